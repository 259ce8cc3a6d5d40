"""The tally: what the customers of each firm did this step, in whole numbers so that order does not matter.

Values are counted in 1/1024; sums over a part of a block fit 32 bits (which vectorises), all others 64. What is
lived through belongs to the firm that served, what is held at the end to the firm of the end.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import TALLY_NAMES
from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import HALF, F

SCALE = 1024
N_TALLIES = len(TALLY_NAMES)
# the row of each tally, by its name in the company record
(
    CUSTOMERS, JOINED, LEFT, ENDED, TENURED, PROMOTERS, DETRACTORS, SUM_SATISFACTION, SUM_TRUST, SUM_ENTITLEMENT,
    SUM_EXPECTATION, SUM_COST, SUM_EQUITY, SERVED, SUM_QUALITY, LOAD, TOLD, REQUESTS, GRANTED, CHARGED,
    ALTERNATIVES, FAILURES, COMPLAINTS, RESOLVED, ABUSE, SPEND, EXTRAS, CONCESSION,
) = (TALLY_NAMES.index(name) for name in (
    "customers", "joined", "left", "ended", "tenured", "promoters", "detractors", "sum_satisfaction", "sum_trust",
    "sum_entitlement", "sum_expectation", "sum_cost", "sum_equity", "served", "sum_quality", "load", "told",
    "requests", "granted", "charged", "alternatives", "failures", "complaints", "resolved", "abuse", "spend",
    "extras", "concession",
))  # fmt: skip
READS = (
    "served_by", "firm", "tenure", "joined", "left", "ended", "satisfaction", "trust", "entitlement", "expectation",
    "cost_to_serve", "equity", "quality", "load", "told", "asked", "granted", "charged", "alternative", "failed",
    "complained", "resolved", "abuse", "spend", "extras", "concession",
)  # fmt: skip
WRITES = ()
_SCALE, _TEN, _PROMOTER, _DETRACTOR, _YEAR = F(SCALE), F(10), F(8.5), F(6.5), F(11.99)
_PART = 1024  # of values up to MOST: their sum in 1/1024 fits 32 bits
_16, _LOW16 = np.int32(16), np.int32(0xFFFF)


@inline
def _add(sums, values, owner, m):  # type: ignore[no-untyped-def]
    """Add ``values`` to ``sums`` (firms,) of each customer's firm. (A row's number would be a type of its own.)"""
    for part in range(0, m, _PART):
        some, of = values[part : min(part + _PART, m)], owner[part : min(part + _PART, m)]
        for f in range(sums.shape[0]):
            total = np.int32(0)
            for i in range(len(some)):
                total += np.int32(np.floor(some[i] * _SCALE + HALF)) if of[i] == f else np.int32(0)
            sums[f] += total


@inline
def _count(sums, flags, other_sums, others, owner, m):  # type: ignore[no-untyped-def]
    """Count two columns of flags (0 or 1) into ``sums`` and ``other_sums``: 16 bits each of one word hold a block's."""
    for f in range(sums.shape[0]):
        total = np.int32(0)
        for i in range(m):
            both = np.int32(flags[i]) + (np.int32(others[i]) << _16)
            total += both if owner[i] == f else np.int32(0)
        sums[f] += np.int64(total & _LOW16) * SCALE
        other_sums[f] += np.int64(total >> _16) * SCALE


@step
def count(tile, sums):  # type: ignore[no-untyped-def]
    """Add a block to ``sums`` (firms, tallies), rows in the order of ``company.TALLY_NAMES``."""
    c = tile[0]
    m, now, then = c.m, c.firm, c.served_by
    for f in range(sums.shape[0]):
        here, old, fans, critics, served = np.int32(0), np.int32(0), np.int32(0), np.int32(0), np.int32(0)
        for i in range(m):
            own = now[i] == f
            score = _TEN * c.satisfaction[i]
            here += np.int32(own)
            old += np.int32(own & (c.tenure[i] >= _YEAR))
            fans += np.int32(own & (score >= _PROMOTER))
            critics += np.int32(own & (score < _DETRACTOR))
            served += np.int32(then[i] == f)
        sums[f, CUSTOMERS] += np.int64(here) * SCALE
        sums[f, TENURED] += np.int64(old) * SCALE
        sums[f, PROMOTERS] += np.int64(fans) * SCALE
        sums[f, DETRACTORS] += np.int64(critics) * SCALE
        sums[f, SERVED] += np.int64(served) * SCALE
    _count(sums[:, JOINED], c.joined, sums[:, TOLD], c.told, now, m)  # newcomers are told by the firm that they join
    _count(sums[:, LEFT], c.left, sums[:, ENDED], c.ended, then, m)
    _add(sums[:, SUM_SATISFACTION], c.satisfaction, now, m)
    _add(sums[:, SUM_TRUST], c.trust, now, m)
    _add(sums[:, SUM_ENTITLEMENT], c.entitlement, now, m)
    _add(sums[:, SUM_EXPECTATION], c.expectation, now, m)
    _add(sums[:, SUM_COST], c.cost_to_serve, now, m)
    _add(sums[:, SUM_EQUITY], c.equity, now, m)
    _add(sums[:, SUM_QUALITY], c.quality, then, m)
    _add(sums[:, LOAD], c.load, then, m)
    _count(sums[:, REQUESTS], c.asked, sums[:, ABUSE], c.abuse, then, m)
    _count(sums[:, GRANTED], c.granted, sums[:, CHARGED], c.charged, then, m)
    _count(sums[:, ALTERNATIVES], c.alternative, sums[:, FAILURES], c.failed, then, m)
    _count(sums[:, COMPLAINTS], c.complained, sums[:, RESOLVED], c.resolved, then, m)
    _add(sums[:, SPEND], c.spend, then, m)
    _add(sums[:, EXTRAS], c.extras, then, m)
    _add(sums[:, CONCESSION], c.concession, then, m)


