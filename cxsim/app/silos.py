"""The picture of a firm: its silos month by month, and what of one silo's knowledge reaches another."""

from __future__ import annotations

from typing import Any

import numpy as np

from cxsim.app.views import plain
from cxsim.measures import Array
from cxsim.record import SILOS
from cxsim.results import Runs
from cxsim.scenario import Scenario

SHARING, TAKE_PART = "policy.silos.information_sharing_share", "policy.silos.n_sharing"
JOINING = ("service", "product", "operations", "sales", "marketing")
"""The order in which silos take part in sharing, as the lever's declaration has it."""
SHOWN = {
    "heads": "heads",
    "load": "work asked, of capacity",
    "backlog_hours": "hours left over at the end of the month",
    "exhaustion": "exhaustion, 0 to 1",
    "knowledge": "known of what customers need, of all",
}
"""What is told of a silo: name -> meaning."""


def picture(runs: Runs) -> dict[str, Any]:
    """Means over runs as plain data: of every quantity in SHOWN a row for each month, and what is shared by month."""
    columns = {name: _mean(runs, name) for name in ("heads", "asked_hours", "capacity_hours", "backlog_hours")}
    columns |= {name: _mean(runs, name) for name in ("exhaustion", "knowledge")}
    capacity = columns["capacity_hours"]
    columns["load"] = np.divide(columns["asked_hours"], capacity, out=np.zeros_like(capacity), where=capacity > 0)
    n = len(capacity)
    return {
        "silos": [*SILOS],
        "rows": {name: [plain(month) for month in columns[name]] for name in SHOWN},
        "shared": _by_month(runs.scenario, SHARING, n),
        "joined": [[silo in JOINING[: round(k)] for silo in SILOS] for k in _by_month(runs.scenario, TAKE_PART, n)],
    }


def _mean(runs: Runs, name: str) -> Array:
    """A column of the focal firm's silos, (months, silos)."""
    found: Array = np.mean([record.silo[name][:, 0] for record in runs.records], axis=0)
    return found


def _by_month(scenario: Scenario, path: str, n: int) -> list[float]:
    """A lever of the focal firm in every month, dated changes included."""
    values = [scenario.value(path)] * n
    side, heading, name = path.split(".")
    for change in scenario.schedule():
        if (change.firm, change.side, change.heading, change.name) == (0, side, heading, name):
            values[change.month - 1 :] = [change.value] * (n - change.month + 1)
    return values
