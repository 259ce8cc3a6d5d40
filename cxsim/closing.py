"""The closing: who among the customers brings how much as a run ends, in a few numbers per firm and segment.

Nothing is kept while the months are lived: what a customer costs is smoothed over a year as it is, and what she is
still worth was reckoned in the last month. Only percentiles and sums leave this file, however many customers there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxsim.company import OFFICE_SHARE, SALES, SERVICE
from cxsim.engine.columns import N_SEGMENTS, Array
from cxsim.record import PERCENTS, Closing

if TYPE_CHECKING:
    from cxsim.model import CXModel


def close(model: CXModel) -> Closing:
    """Rank and add up the customers whom every firm has now, in the represented market."""
    people, n_firms = model.people, len(model.firms)
    price, each = float(model.world["market"]["monthly_price"][0]), model.people_each
    cell = people["firm"].astype(np.int16) * N_SEGMENTS + people["segment"]
    whale = np.zeros((n_firms, PERCENTS))
    sums = np.zeros((4, n_firms * N_SEGMENTS))
    for f in range(n_firms):
        here = np.flatnonzero(people["firm"] == f)
        month = contribution(model, f, people["wallet"][here], people["cost_to_serve"][here])
        for k, amount in enumerate((None, month, people["equity"][here], month < 0)):
            sums[k] += np.bincount(cell[here], amount, n_firms * N_SEGMENTS)
        ranked = np.zeros(len(here) + 1)
        np.cumsum(np.sort(month)[::-1], dtype=np.float64, out=ranked[1:])
        at = np.arange(PERCENTS) * (len(here) / (PERCENTS - 1))
        before = np.minimum(at.astype(np.int64), max(len(here) - 1, 0))
        after = np.minimum(before + 1, len(here))
        whale[f] = ranked[before] + (at - before) * (ranked[after] - ranked[before])
    customers, brought, equity, unprofitable = sums.reshape(4, n_firms, N_SEGMENTS) * each
    segment = {
        "customers": customers, "contribution": brought * price, "equity": equity * price,
        "unprofitable": unprofitable, "knowledge": _known(model.company[0]),
    }  # fmt: skip
    return Closing(whale * (each * price), segment)


def contribution(model: CXModel, firm: int, wallet: Array, cost_to_serve: Array) -> Array:
    """What customers of a firm bring in a month, in months of spend, as their lifetime value has it."""
    w, s = model.world[0], model.company[0]
    office = 2 * OFFICE_SHARE * w["silos"]["operations_hours"] * s["labour_price"][firm]
    margin = 1 - w["finance"]["variable_cost_share"]
    brought: Array = margin * wallet - (cost_to_serve + np.float32(office)) * s["overhead"][firm]
    return brought


def _known(s: Array) -> Array:
    """What those who answer customers know of each segment, (firms, segments): right in the mean of its dimensions."""
    wrong = ((s["belief"] - s["centre"]) ** 2).mean(axis=-1)[:, (SALES, SERVICE)]
    known: Array = np.maximum(1.0 - wrong, 0.0).mean(axis=1)
    return known
