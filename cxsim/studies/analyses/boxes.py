"""Boxes of points in which a condition holds, or fails, searched for and judged at points left out of the search."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.intervals import wilson
from cxsim.studies.analyses.prim import Array, Box, Held, Mask, held, search

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment, Varied

FEWEST = 10
"""Points of the rarer kind from which it is searched for."""
_FOLDS = 5
_SEED = 1  # of the division into folds
_MORE_DIGITS = 3  # of a limit, where few would change what is said of its box
_WORTH = 0.1  # of the rarer kind, which a second box holds at least


class Found(NamedTuple):
    """A box found, what it holds, and what the boxes of the folds hold of points that they were not found in.

    ``alone`` is how many points stand by themselves, for each point: those of a chain share most of their values.
    """

    box: Box
    now: Held
    left_out: Held
    alone: float = 1.0


def find(
    experiment: Experiment, x: Array, rare: Mask, group: NDArray[np.int64], settings: Mapping[str, Any]
) -> tuple[Found | None, list[Box]]:
    """The box, and the whole of what was peeled: ``rare`` of points ``x`` (points, paths) are what is looked for.

    ``group`` (points,) are left out together, and ``settings`` hold ``density`` and ``smallest``. None where too few
    are of the rarer kind, or all of one group.
    """
    groups, rank = np.unique(group, return_inverse=True)
    if rare.sum() < FEWEST or len(groups) < 2:
        return None, []
    density, smallest = settings["density"], settings["smallest"]
    box, peeled = search(x, rare, density, smallest)
    if box is None:
        return None, peeled
    box = _rounded(experiment, x, rare, box, density)
    order = np.random.default_rng(_SEED).permutation(len(groups))
    fold = order[rank] % _FOLDS
    n = hits = 0
    for k in np.unique(fold).tolist():
        out = fold == k
        other, _ = search(x[~out], rare[~out], density, smallest)
        if other is not None:
            there = held(x[out], rare[out], other)
            n, hits = n + there.n, hits + there.hits
    return Found(box, held(x, rare, box), Held(n, hits, int(rare.sum())), len(groups) / len(x)), peeled


def find_second(
    experiment: Experiment, x: Array, rare: Mask, group: NDArray[np.int64], settings: Mapping[str, Any],
    first: Found | None,
) -> Found | None:
    """A box among the points outside the first that is dense, no chance, and holds enough of all that is looked for."""
    if first is None:
        return None
    out = ~first.box.inside(x)
    if not out.any():
        return None
    share = {"smallest": min(settings["smallest"] / float(out.mean()), 0.5)}  # of all points, as the first
    box, _ = find(experiment, x[out], rare[out], group[out], {**settings, **share})
    if box is None or by_chance(box, rare[out]) or box.now.density < settings["density"]:
        return None
    now, left_out = (Held(h.n, h.hits, int(rare.sum())) for h in (box.now, box.left_out))
    return Found(box.box, now, left_out, box.alone) if now.coverage >= _WORTH else None


def _rounded(experiment: Experiment, x: Array, y: Mask, box: Box, density: float) -> Box:
    """The same with limits that can be said, in so many digits that a dense box stays one."""
    dense = held(x, y, box).density >= density
    for digits in range(_MORE_DIGITS + 1):
        found = _said(experiment, x, box, digits)
        if not dense or held(x, y, found).density >= density:
            return found
    return box


def _said(experiment: Experiment, x: Array, box: Box, digits: int) -> Box:
    """The same with limits halfway to the next point that they keep out, in few digits and so many more."""
    for path, side in box.limits:
        v, limit = experiment.vary[path], float(box[side][path])
        values = x[box.without(path, side).inside(x), path]
        within = values <= limit if side else values >= limit
        if v.integer or within.all():
            continue
        inner, outer = values[within], values[~within]
        halfway = (inner.max() + outer.min()) / 2 if side else (inner.min() + outer.max()) / 2
        box = box.moved(path, side, _round(v, float(halfway), digits))
    return box


def _round(v: Varied, value: float, digits: int) -> float:
    """To two digits on a scale of "log", else to a decimal place finer than a thirtieth of the range; and more."""
    if v.scale == "log":
        return round(value, 1 - floor(log10(abs(value))) + digits)
    return round(value, ceil(-log10((v.high - v.low) / 30)) + digits)


def by_chance(found: Found, rare: Mask) -> bool:
    """Whether such boxes are no denser than all points are, among points left out of the search.

    Points of a chain count as one: what holds at one of them holds at most of them.
    """
    hits, n = (round(found.alone * x) for x in (found.left_out.hits, found.left_out.n))
    return n == 0 or wilson(hits, n)[0] <= float(rare.mean())
