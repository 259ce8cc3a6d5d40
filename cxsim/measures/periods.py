"""The same questions quarter by quarter: one table over financial periods, axes (..., periods, firms)."""

from __future__ import annotations

import numpy as np

from cxsim.measures.base import QUARTER, Array, Monthly, n_months, ratio
from cxsim.measures.loyalty import retention_by_month

PERIOD_COLUMNS: dict[str, tuple[str, str]] = {
    "customers": ("customers", "customers at the end of the period"),
    "retention_12_months": (
        "share",
        "customers of 12 months before who are still there at the end of the period; absent before month 12",
    ),
    "satisfaction": ("months of spend", "mean over the customer-months of the period"),
    "trust": ("share", "mean over the customer-months of the period"),
    "exhaustion": ("share", "mean exhaustion over the head-months of the period"),
    "quits": ("heads", "employees who quit in the period"),
    "revenue": ("money", "revenue of the period"),
    "profit": ("money", "profit of the period"),
    "cumulative_profit": ("money", "profit from the opening to the end of the period, not discounted"),
}
"""Column -> (unit, meaning) of the table over financial periods."""


def period_months(n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Months in each financial period of a horizon of ``n`` months: 3, the last one possibly fewer."""
    starts = np.arange(0, n, QUARTER)
    return np.minimum(starts + QUARTER, n) - starts


def by_period(history: Monthly) -> dict[str, Array]:
    """Columns of ``PERIOD_COLUMNS``, each (..., periods, firms); the last period may be shorter."""
    f = history.firm
    n = n_months(history)
    starts = np.arange(0, n, QUARTER)
    ends = np.minimum(starts + QUARTER, n) - 1

    def total(column: Array) -> Array:
        out: Array = np.add.reduceat(column, starts, axis=-2)
        return out

    def mean(name: str, weight: str) -> Array:
        w = f[weight]
        return ratio(total(np.where(w > 0, f[name], 0.0) * w), total(w))

    profit = total(f["profit"])
    columns = {
        "customers": f["customers"][..., ends, :],
        "retention_12_months": retention_by_month(history)[..., ends, :],
        "satisfaction": mean("satisfaction", "customers"),
        "trust": mean("trust", "customers"),
        "exhaustion": mean("exhaustion", "employees"),
        "quits": total(f["quits"]),
        "revenue": total(f["revenue"]),
        "profit": profit,
        "cumulative_profit": profit.cumsum(axis=-2),
    }
    assert tuple(columns) == tuple(PERIOD_COLUMNS)
    return columns
