"""The patient rule induction method, PRIM: a box of parameters in which cases of one kind are dense.

Peeling and pasting after Friedman & Fisher 1999, Statistics and Computing 9(2): 123-143; the gain of a peel counts per
case peeled, which keeps whole numbers from being cut too eagerly. Which limits are beyond chance, after Bryant &
Lempert 2010, Technological Forecasting and Social Change 77(1): 34-49.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.studies.extras import library

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PEELED = 0.05
"""Share of a box's cases that one peel takes off, and one paste adds."""
CHANCE = 0.05
"""Quasi-p-value from which a limit is dropped."""


class Box(NamedTuple):
    """Limits of every path, ends included: ``low`` and ``high`` (paths,), infinite where there is none."""

    low: Array
    high: Array

    def inside(self, x: Array) -> Mask:
        """Which of the cases ``x``, (cases, paths), lie within."""
        found: Mask = np.all((x >= self.low) & (x <= self.high), axis=1)
        return found

    @property
    def limits(self) -> tuple[tuple[int, int], ...]:
        """(path, side) of every limit; side 0 is the lower one."""
        ends = np.isfinite(np.stack(self, axis=1))
        return tuple((int(path), int(side)) for path, side in np.argwhere(ends))

    def moved(self, path: int, side: int, value: float) -> Box:
        """The same with another limit."""
        ends = [self.low.copy(), self.high.copy()]
        ends[side][path] = value
        return Box(*ends)

    def without(self, path: int, side: int) -> Box:
        """The same without a limit."""
        return self.moved(path, side, np.inf if side else -np.inf)


class Held(NamedTuple):
    """What a box holds: ``n`` cases, ``hits`` of them of the kind that is looked for, of ``of`` that there are."""

    n: int
    hits: int
    of: int

    @property
    def density(self) -> float:
        """Share of its cases that are hits; 0 of none."""
        return self.hits / self.n if self.n else 0.0

    @property
    def coverage(self) -> float:
        """Share of all hits that it holds; 0 of none."""
        return self.hits / self.of if self.of else 0.0


def held(x: Array, y: Mask, box: Box) -> Held:
    """What ``box`` holds of cases ``x`` (cases, paths), hits where ``y``."""
    inside = box.inside(x)
    return Held(int(inside.sum()), int(y[inside].sum()), int(y.sum()))


def peel(x: Array, y: Mask, smallest: float) -> Iterator[Box]:
    """Boxes from all cases down to ``smallest``, a share of them, each peeled off the one before."""
    box = Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))
    fewest = max(smallest * len(x), 2.0)
    yield box
    while True:
        inside = box.inside(x)
        cases, hits = x[inside], y[inside]
        if hits.all() or not hits.any():
            return
        cuts = [cut for path in range(x.shape[1]) for side in (0, 1) if (cut := _cut(cases, hits, path, side, fewest))]
        if not cuts:
            return
        _, path, side, value = max(cuts, key=lambda cut: cut[0])
        box = box.moved(path, side, value)
        yield box


def _cut(cases: Array, hits: Mask, path: int, side: int, fewest: float) -> tuple[float, int, int, float] | None:
    """Peel off one end: gain in density per share of cases, path, side, and the limit; None where too few are left."""
    values, n = cases[:, path], len(cases)
    ordered = np.sort(values)
    k = max(int(PEELED * n), 1)
    if side:
        value = ordered[-1 - k]
        inner = ordered[ordered < ordered[-1]]
        if value == ordered[-1] and len(inner):
            value = inner[-1]
        kept = values <= value
    else:
        value = ordered[k]
        inner = ordered[ordered > ordered[0]]
        if value == ordered[0] and len(inner):
            value = inner[0]
        kept = values >= value
    left = int(kept.sum())
    if left == n or left < fewest:
        return None
    gain = (float(hits[kept].mean()) - float(hits.mean())) * n / (n - left)
    return gain, path, side, float(value)


def paste(x: Array, y: Mask, box: Box) -> Box:
    """Move limits outwards, or drop them, while that does not lower the density; the largest gain first."""
    while True:
        now = held(x, y, box)
        wider = [(held(x, y, other), other) for path, side in box.limits for other in _wider(x, box, path, side, now.n)]
        better = [(h.hits, h.density, k) for k, (h, _) in enumerate(wider) if h.n > now.n and h.density >= now.density]
        if not better:
            return box
        box = wider[max(better)[2]][1]


def _wider(x: Array, box: Box, path: int, side: int, n: int) -> Iterator[Box]:
    """The box with a limit dropped, and with it moved so far that the next cases come in."""
    open_ = box.without(path, side)
    yield open_
    values = np.sort(x[open_.inside(x), path])
    limit, k = box[side][path], max(int(PEELED * n), 1)
    beyond = values[values > limit] if side else values[values < limit][::-1]
    if len(beyond) > k:
        yield box.moved(path, side, float(beyond[k - 1]))


def quasi_p(x: Array, y: Mask, box: Box) -> Array:
    """Of every limit, the chance of so many hits among as many cases, were they no denser than without this limit.

    It takes the limits as given, although they were searched for: it is too small, and no more than a rule for which
    limits are worth saying. (limits,), in their order.
    """
    ends = [(x[:, path] > box.high[path]) if side else (x[:, path] < box.low[path]) for path, side in box.limits]
    beyond = np.array(ends).reshape(len(ends), len(x))
    misses = beyond.sum(axis=0)
    n, hits = int((misses == 0).sum()), int(y[misses == 0].sum())
    if hits == 0:
        return np.ones(len(ends))
    more = beyond & (misses == 1)  # cases that come in where the limit is dropped
    found: Array = library("scipy.special").bdtrc(hits - 1, n, (hits + (more & y).sum(axis=1)) / (n + more.sum(axis=1)))
    return found


def pruned(x: Array, y: Mask, box: Box) -> Box:
    """Without the limits that chance may have made, the least certain first."""
    while box.limits:
        p = quasi_p(x, y, box)
        worst = int(p.argmax())
        if p[worst] < CHANCE:
            break
        box = box.without(*box.limits[worst])
    return box


def search(x: Array, y: Mask, density: float, smallest: float) -> tuple[Box | None, list[Box]]:
    """The best box, of those in which ``density`` of the cases are hits where there are any; and all that were peeled.

    The best has most hits beyond those that as many cases have on average: a larger one would take in cases among which
    hits are rarer than that. None where no box of ``smallest``, a share of the cases, has a limit beyond chance.
    """
    peeled = list(peel(x, y, smallest))
    found = [other for box in peeled if (other := pruned(x, y, box)).limits]
    if not found:
        return None, peeled
    best = _best(x, y, found, density)
    pasted = pruned(x, y, paste(x, y, best))
    return (_best(x, y, [best, pasted], density) if pasted.limits else best), peeled


def _best(x: Array, y: Mask, boxes: list[Box], density: float) -> Box:
    """The last of the best: of dense ones if there are any, with most hits beyond the average."""
    seen = [held(x, y, box) for box in boxes]
    worth = [(h.density >= density, h.hits - h.n * float(y.mean()), k) for k, h in enumerate(seen)]
    return boxes[max(worth)[2]]
