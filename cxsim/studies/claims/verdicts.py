"""When a claim holds: what an effect, its interval and its sign over sampled worlds say about a direction.

An effect matters where it reaches the smallest one that would matter to a manager, fixed beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

SUPPORTED, CONTRADICTED, NO_EFFECT = "supported", "contradicted", "no effect"
UNDECIDED, DEPENDS, NOT_BUILT = "undecided", "depends", "not built"
VERDICTS = (SUPPORTED, CONTRADICTED, NO_EFFECT, DEPENDS, UNDECIDED, NOT_BUILT)

DIRECTIONS = ("higher", "lower", "unchanged", "not_higher", "not_lower")
"""What an article may say of a measure: that it is higher in the arm than in the reference, and so on."""

FLIP_SHARE = 0.1
"""A claim depends on the world where at least this share of worlds has an effect that matters, in either direction."""
_Z = NormalDist().inv_cdf(0.975)

_WORST_FIRST = (CONTRADICTED, NO_EFFECT, DEPENDS, UNDECIDED, SUPPORTED)

Array = NDArray[np.float64]


def verdict(direction: str, low: float, high: float, smallest: float) -> str:
    """Verdict on a direction from the interval of the effect, in one world.

    Beyond the smallest effect that matters it is supported or contradicted, within it there is no effect (which
    supports "unchanged", "not_higher" and "not_lower"). An interval that straddles it decides nothing, nor does nan.
    """
    if isnan(low) or isnan(high):
        return UNDECIDED
    if direction in ("lower", "not_lower"):  # the mirror image
        low, high = -high, -low
    above, below, within = low >= smallest, high <= -smallest, -smallest < low and high < smallest
    if direction in ("higher", "lower"):
        found = {SUPPORTED: above, CONTRADICTED: below, NO_EFFECT: within}
    elif direction == "unchanged":
        found = {SUPPORTED: within, CONTRADICTED: above or below}
    else:
        found = {SUPPORTED: high < smallest, CONTRADICTED: above}
    return next((name for name, so in found.items() if so), UNDECIDED)


def holds(direction: str, effects: Array, smallest: float) -> Array:
    """For each effect 1 where what the direction says is so, 0 where not; nan where the effect is."""
    e = -effects if direction in ("lower", "not_lower") else effects
    if direction in ("higher", "lower"):
        so = e >= smallest
    elif direction == "unchanged":
        so = np.abs(e) < smallest
    else:
        so = e < smallest
    return np.where(np.isnan(e), np.nan, so)


def flips(effects: Array, smallest: float, luck_sd: float = 0.0) -> bool:
    """Whether an effect that matters comes out in both directions, each in :data:`FLIP_SHARE` of worlds at least.

    A world is run once. Only an effect counts that lies beyond the smallest by more than the luck of one run could
    explain (95 %), whose standard deviation is ``luck_sd``: otherwise a noisy measure would flip by luck alone.
    """
    known = effects[~np.isnan(effects)]
    if not len(known):
        return False
    beyond = smallest + (_Z * luck_sd if luck_sd > 0 else 0.0)
    return bool(min((known >= beyond).mean(), (known <= -beyond).mean()) >= FLIP_SHARE)


def worst(verdicts: Iterable[str]) -> str:
    """A claim of several parts stands as its worst part does: one that fails is not made good by the others."""
    return min(verdicts, key=_WORST_FIRST.index)
