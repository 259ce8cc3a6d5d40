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
READS = (
    "served_by", "firm", "tenure", "joined", "left", "ended", "satisfaction", "trust", "entitlement", "expectation",
    "cost_to_serve", "equity", "quality", "load", "told", "asked", "granted", "charged", "alternative", "failed",
    "complained", "resolved", "abuse", "spend", "extras", "concession", "compensation",
)  # fmt: skip
WRITES = ()
_SCALE, _TEN, _PROMOTER, _DETRACTOR, _YEAR = F(SCALE), F(10), F(8.5), F(6.5), F(11.99)
_PART = 1024  # of values up to MOST: their sum in 1/1024 fits 32 bits
_16, _LOW16 = np.int32(16), np.int32(0xFFFF)


@inline
def _add(sums, row, values, owner, m):  # type: ignore[no-untyped-def]
    """Add ``values`` to ``sums[firm, row]`` of each customer's firm."""
    for part in range(0, m, _PART):
        some, of = values[part : min(part + _PART, m)], owner[part : min(part + _PART, m)]
        for f in range(sums.shape[0]):
            total = np.int32(0)
            for i in range(len(some)):
                total += np.int32(np.floor(some[i] * _SCALE + HALF)) if of[i] == f else np.int32(0)
            sums[f, row] += total


@inline
def _count(sums, row, flags, others, owner, m):  # type: ignore[no-untyped-def]
    """Count two columns of flags (0 or 1) into ``row`` and the next: 16 bits each of one word hold a block's."""
    for f in range(sums.shape[0]):
        total = np.int32(0)
        for i in range(m):
            both = np.int32(flags[i]) + (np.int32(others[i]) << _16)
            total += both if owner[i] == f else np.int32(0)
        sums[f, row] += np.int64(total & _LOW16) * SCALE
        sums[f, row + 1] += np.int64(total >> _16) * SCALE


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
        sums[f, 0] += np.int64(here) * SCALE
        sums[f, 4] += np.int64(old) * SCALE
        sums[f, 5] += np.int64(fans) * SCALE
        sums[f, 6] += np.int64(critics) * SCALE
        sums[f, 13] += np.int64(served) * SCALE
    _add(sums, 1, c.joined, now, m)
    _count(sums, 2, c.left, c.ended, then, m)
    _add(sums, 7, c.satisfaction, now, m)
    _add(sums, 8, c.trust, now, m)
    _add(sums, 9, c.entitlement, now, m)
    _add(sums, 10, c.expectation, now, m)
    _add(sums, 11, c.cost_to_serve, now, m)
    _add(sums, 12, c.equity, now, m)
    _add(sums, 14, c.quality, then, m)
    _add(sums, 15, c.load, then, m)
    _count(sums, 16, c.told, c.asked, then, m)
    _count(sums, 18, c.granted, c.charged, then, m)
    _count(sums, 20, c.alternative, c.failed, then, m)
    _count(sums, 22, c.complained, c.resolved, then, m)
    _add(sums, 24, c.abuse, then, m)
    _add(sums, 25, c.spend, then, m)
    _add(sums, 26, c.extras, then, m)
    _add(sums, 27, c.concession, then, m)
    _add(sums, 28, c.compensation, then, m)


