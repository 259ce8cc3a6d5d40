"""Budgeting: leaders who feel pressure cut what pays later, the more so the shorter their horizon.

Pressure is the shortfall of recent profit against what leaders hold to be normal, as a share of revenue; that
aspiration itself follows what is achieved (Cyert & March 1963, A Behavioral Theory of the Firm). Programmes
are funded at 1 - pressure x exp(-horizon / 4 quarters).
"""

from __future__ import annotations

import math

from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "budgeting",
    Parameter(
        "pressure_slope", 10, "per share of revenue", 0, 50,
        "assumption: ten points of margin lost are the greatest pressure; range: none to twice",
        "pressure per shortfall of profit as a share of revenue",
        range=(0, 20),
    ),
)
POLICY = policy(
    "budgeting",
    Parameter(
        "horizon_quarters", 4, "quarters", 0, 40,
        "lever: article E (later financial periods)",
        "how far ahead leaders look when they set budgets",
        "programmes survive lean quarters",
        "cash goes on flowing out when the programme is wrong",
        claims=("B1", "B5", "B6", "D22", "E8"),
    ),
)
CLAIMS = ("B6", "E7")
READS = WRITES = ()

ASPIRATION_QUARTERS = 8.0


def pressure(recent: float, aspiration: float, revenue: float, slope: float) -> float:
    """Pressure, 0 to 1, from recent and normal profit and revenue (money per month)."""
    if revenue <= 0.0:
        return 0.0
    return min(max(slope * (aspiration - recent) / revenue, 0.0), 1.0)


def commitment(felt: float, horizon_quarters: float) -> float:
    """Share of planned programmes that is funded under pressure ``felt``."""
    return 1.0 - felt * math.exp(-horizon_quarters / 4.0)
