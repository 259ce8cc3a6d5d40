"""How long runs will take on this machine, from short ones."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxsim.scenario import Scenario

_MOST_CUSTOMERS, _MOST_MONTHS = 5_000, 60


def seconds_per_run(scenarios: Sequence[Scenario]) -> float:
    """Seconds that a run of some scenarios takes in one process, the openings that they may share included.

    Measured on a run of each, which is no larger than a few thousand customers over five years.
    """
    from cxsim.measures import MEASURES
    from cxsim.model import simulate

    first = scenarios[0]
    customers, months = min(first.customers, _MOST_CUSTOMERS), min(first.horizon_months, _MOST_MONTHS)
    small = [replace(s, customers=customers, horizon_months=months, replications=1) for s in scenarios]
    simulate(small[0])  # the first run may compile
    begun = time.perf_counter()
    for scenario in small:
        record = simulate(scenario, replication=1)  # whose opening is not there yet
        for measure in MEASURES.values():
            measure(record)
    more = first.customers / customers * first.horizon_months / months
    return (time.perf_counter() - begun) / len(small) * more


def told(seconds: float) -> str:
    """A time as a person says it: ``40 s``, ``12 min``, ``3 h 20 min``, ``4 days``."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes / 1440:,.0f} days"
