"""The closing: who among the customers brings how much as a run ends, in a few numbers per firm and segment.

Nothing is kept while the months are lived: what a customer costs is smoothed over a year as it is, and what she is
still worth was reckoned in the last month. Only percentiles and sums leave this file, however many customers there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxsim.company import OFFICE_SHARE, SALES, SERVICE
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS, Array
from cxsim.record import PERCENTS, Closing

if TYPE_CHECKING:
    from cxsim.model import CXModel

_SHARES = np.arange(PERCENTS) / (PERCENTS - 1)


def close(model: CXModel) -> Closing:
    """Rank and add up the customers whom every firm has now, in the represented market."""
    people, n_firms = model.people, len(model.firms)
    price, each = float(model.world["market"]["monthly_price"][0]), model.people_each
    firm, month = people["firm"], contributions(model)
    cell = (firm.astype(np.int64) + 1) * N_SEGMENTS + people["segment"]  # prospects come first, and are left out
    sums = [
        np.bincount(cell, amount, (n_firms + 1) * N_SEGMENTS)[N_SEGMENTS:].reshape(n_firms, N_SEGMENTS) * each
        for amount in (None, month, people["equity"], month < 0)
    ]
    whale = np.array([_ranked(month[firm == f]) for f in range(n_firms)])
    segment = {
        "customers": sums[0], "contribution": sums[1] * price, "equity": sums[2] * price, "unprofitable": sums[3],
        "knowledge": _known(model.company[0]),
    }  # fmt: skip
    return Closing(whale * (each * price), segment)


def contributions(model: CXModel) -> Array:
    """What every customer brings in a month, in months of spend, as her lifetime value has it; nothing of prospects."""
    w, s, people = model.world[0], model.company[0], model.people
    firm, price = people["firm"], model.policy["pricing"]["relative_price"][0]
    margin = price - w["finance"]["variable_cost_share"]
    office = np.float32(2 * OFFICE_SHARE) * w["work"]["operations_hours"] * s["labour_price"]
    brought: Array = margin[firm] * people["wallet"] - (people["cost_to_serve"] + office[firm]) * s["overhead"][firm]
    return brought


def _ranked(month: Array) -> Array:
    """What the best 0, 1, ... 100 % of customers bring together, (PERCENTS,); between two customers, in proportion."""
    n = len(month)
    month.sort()
    total = np.zeros(n + 2)  # beyond the last customer there is nobody to add
    month[::-1].cumsum(dtype=np.float64, out=total[1:-1])
    total[-1] = total[-2]
    at = _SHARES * n
    before = at.astype(np.int64)
    start = total[before]
    curve: Array = start + (at - before) * (total[before + 1] - start)
    return curve


def _known(s: Array) -> Array:
    """What those who answer customers know of each segment, (firms, segments): right in the mean of its dimensions."""
    gap = s["belief"][:, (SALES, SERVICE)] - s["centre"]
    right: Array = np.maximum(1.0 - (gap * gap).sum(axis=-1) / N_NEEDS, 0.0)
    known: Array = right.sum(axis=1) / 2
    return known
