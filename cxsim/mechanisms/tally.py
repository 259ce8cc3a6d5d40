"""The tally: what the customers of each firm did this step, in whole numbers so that order does not matter.

Values are counted in 1/1024; sums over a part of a block fit 32 bits (which vectorises), all others 64. What is
lived through belongs to the firm that served, what is held at the end to the firm of the end.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from cxsim.company import TALLY_NAMES
from cxsim.engine.columns import Array, offset
from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import HALF, F

SCALE = 1024
N_TALLIES = len(TALLY_NAMES)
CUSTOMERS, TENURED, PROMOTERS, DETRACTORS, SERVED = (
    TALLY_NAMES.index(name) for name in ("customers", "tenured", "promoters", "detractors", "served")
)
# tallies by whose they are, with the column of which each is the sum
SUMS = {
    "firm": {
        "sum_satisfaction": "satisfaction", "sum_trust": "trust", "sum_entitlement": "entitlement",
        "sum_expectation": "expectation", "sum_cost": "cost_to_serve", "sum_equity": "equity",
    },
    "served_by": {
        "sum_quality": "quality", "load": "load", "spend": "spend", "extras": "extras", "concession": "concession",
    },
}  # fmt: skip
# the same for flags; they are counted in pairs
FLAGS = {
    "firm": {"joined": "joined", "told": "told"},  # newcomers are told by the firm that they join
    "served_by": {
        "left": "left", "ended": "ended", "requests": "asked", "abuse": "abuse", "granted": "granted",
        "charged": "charged", "alternatives": "alternative", "failures": "failed", "complaints": "complained",
        "resolved": "resolved", "exceeded": "exceeded", "fell_short": "fell_short", "contacts": "contact",
        "lost_handoffs": "lost",
    },
}  # fmt: skip
READS = (
    "firm", "served_by", "tenure", "satisfaction",
    *(c for table in (SUMS, FLAGS) for columns in table.values() for c in columns.values() if c != "satisfaction"),
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
        for f in range(0, sums.shape[0], 2):  # two firms at a time: rounding takes longest
            one, two = np.int32(0), np.int32(0)
            for i in range(len(some)):
                amount = np.int32(np.floor(some[i] * _SCALE + HALF))
                one += amount if of[i] == f else np.int32(0)
                two += amount if of[i] == f + 1 else np.int32(0)
            sums[f] += one
            if f + 1 < sums.shape[0]:
                sums[f + 1] += two


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


@lru_cache(maxsize=16)
def _places(dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """The tables as numbers: words of the tile at which column and owner begin, and the row of the tally."""
    first, second = (
        [
            (offset(dtype, column) // 4, offset(dtype, owner) // 4, TALLY_NAMES.index(name))
            for owner, columns in table.items()
            for name, column in columns.items()
        ]
        for table in (SUMS, FLAGS)
    )
    return np.array(first, np.int64), np.array(second, np.int64)


@step
def _tally(tile, words, codes, summed, counted, sums):  # type: ignore[no-untyped-def]
    """Count whole columns by table. (A slice for each, written out, would take a second to compile.)"""
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
    for k in range(len(summed)):
        column, owner, row = summed[k]
        _add(sums[:, row], words[column : column + m], codes[owner : owner + m], m)
    for k in range(0, len(counted), 2):
        (one, owner, row), (two, _, other) = counted[k], counted[k + 1]
        _count(
            sums[:, row], words[one : one + m], sums[:, other], words[two : two + m], codes[owner : owner + m], m
        )


def count(tile: Array, sums: Array) -> None:
    """Add a block to ``sums`` (firms, tallies), rows in the order of ``company.TALLY_NAMES``."""
    summed, counted = _places(tile.dtype)
    _tally(tile, tile.view(np.float32), tile.view(np.int32), summed, counted, sums)
