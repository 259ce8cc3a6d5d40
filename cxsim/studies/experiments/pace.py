"""How long an experiment will take on this machine, from a short run of one of its arms."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxsim.scenario import Scenario

_MOST_CUSTOMERS, _MOST_MONTHS = 5_000, 60


def seconds_per_run(scenario: Scenario) -> float:
    """Seconds that a run takes, measured on one that is no larger than a few thousand customers over five years."""
    from cxsim.model import simulate

    customers, months = min(scenario.customers, _MOST_CUSTOMERS), min(scenario.horizon_months, _MOST_MONTHS)
    small = replace(scenario, customers=customers, horizon_months=months, replications=1)
    simulate(small, threads=1)  # the first run may compile
    begun = time.perf_counter()
    simulate(small, threads=1)
    more = scenario.customers / customers * scenario.horizon_months / months
    return (time.perf_counter() - begun) * more


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
