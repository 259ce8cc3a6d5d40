"""The picture of a firm: its silos month by month, what one comes to know from another, and what hand-offs lose."""

from __future__ import annotations

from typing import Any

import numpy as np

from cxsim.app.views import plain
from cxsim.company import N_SILOS, SHARING_RANK
from cxsim.measures import Array
from cxsim.record import SILOS
from cxsim.results import Runs
from cxsim.scenario import Scenario

TAKE_PART = "policy.silos.n_sharing"
SHOWN = {
    "heads": "heads",
    "load": "work asked, of capacity",
    "backlog_hours": "hours left over at the end of the month",
    "exhaustion": "exhaustion, 0 to 1",
    "knowledge": "known of what customers need, of all",
}
"""What is told of a silo: name -> meaning."""


MEANING = (
    "An arrow is what one silo comes to know of customers from another in the month. \u2717 are contacts that lost"
    " something where they were handed on, spread over the pairs as the model expects it. A click on a silo shows its"
    " life."
)


def picture(runs: Runs) -> dict[str, Any]:
    """Means over runs as plain data, a row for each month.

    ``rows`` are the quantities in SHOWN by silo; ``passed`` is what each silo came to know from each, per cent of what
    there is to know of customers' needs, own contacts included; ``lost`` are the contacts that lost information between
    two silos, as expected of each pair, ``losses`` all of them and ``contacts`` all that there were.
    """
    rows = {name: _mean(runs, name) for name in ("heads", "asked_hours", "backlog_hours", "exhaustion", "knowledge")}
    rows["load"] = load(rows["asked_hours"], _mean(runs, "capacity_hours"))
    passed = np.stack([_mean(runs, f"from_{silo}") for silo in SILOS], axis=-1)
    losses = _mean_of_firm(runs, "lost_handoffs")
    lost = losses[:, None, None] * pairs(runs)
    return {
        "silos": [*SILOS],
        "rows": {name: [plain(month) for month in rows[name]] for name in SHOWN},
        "passed": [[plain(100 * silo) for silo in month] for month in passed],
        "lost": [[plain(silo) for silo in month] for month in lost],
        "losses": plain(losses),
        "contacts": plain(_mean_of_firm(runs, "contacts")),
    }


def load(asked: Array, capacity: Array) -> Array:
    """Hours asked of capacity; 0 where nobody is there."""
    return np.divide(asked, capacity, out=np.zeros_like(capacity), where=capacity > 0)


def pairs(runs: Runs) -> Array:
    """How the losses of a month spread over pairs of silos, (months, silos, silos), half of it empty; it sums to 1.

    A pair that shares loses the less, the more is shared; all others lose alike. What is lost in a month follows from
    what was shared in the one before.
    """
    sharing = _mean_of_firm(runs, "sharing")
    taking_part = np.array(by_month(runs.scenario, TAKE_PART, len(sharing)))
    takes = np.array(SHARING_RANK) < taking_part[:, None]
    weight = 1.0 - np.minimum(sharing, 1.0)[:, None, None] * (takes[:, :, None] & takes[:, None, :])
    weight = np.concatenate([weight[:1], weight[:-1]]) * np.tri(N_SILOS, k=-1)
    total = weight.sum(axis=(1, 2), keepdims=True)
    share: Array = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    return share


def _mean(runs: Runs, name: str) -> Array:
    """A column of the focal firm's silos, (months, silos)."""
    found: Array = np.mean([record.silo[name][:, 0] for record in runs.records], axis=0)
    return found


def _mean_of_firm(runs: Runs, name: str) -> Array:
    """A column of the focal firm, (months,)."""
    found: Array = np.mean([record.firm[name][:, 0] for record in runs.records], axis=0)
    return found


def by_month(scenario: Scenario, path: str, n: int) -> list[float]:
    """A parameter of the world or of the focal firm in every one of ``n`` months, dated changes included."""
    values = [scenario.value(path)] * n
    side, heading, name = path.split(".")
    for change in scenario.schedule():
        if not change.firm and (change.side, change.heading, change.name) == (side, heading, name):
            values[change.month - 1 :] = [change.value] * (n - change.month + 1)
    return values
