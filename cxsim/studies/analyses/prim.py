"""The patient rule induction method, PRIM: a box of parameters in which cases of one kind are dense.

Peeling and pasting after Friedman & Fisher 1999, Statistics and Computing 9(2): 123-143; the gain of a peel counts per
case peeled, which keeps whole numbers from being cut too eagerly. Over many paths peeling collects limits that chance
makes, among which the true ones are lost: boxes are first built up, limit by limit, the best few at a time (beam
search, as Clark & Niblett 1989, Machine Learning 3(4): 261-283, build rules), and only the ends at which the best of
these are limited are peeled. Limits that chance may have made are dropped, as by Bryant & Lempert 2010, Technological
Forecasting and Social Change 77(1): 34-49, but by Fisher's exact test, and given how many limits were tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.studies.extras import library

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

PEELED = 0.05
"""Share of a box's cases that one peel takes off, and one paste adds."""
CHANCE = 0.05
"""Chance, over all limits that were tried, from which a limit is dropped."""
_BEAM = 10  # boxes that are built on
_MOST = 4  # limits that a box is built of
_PEELINGS = 5  # sets of ends that are peeled


class Box(NamedTuple):
    """Limits of every path, ends included: ``low`` and ``high`` (paths,), infinite where there is none."""

    low: Array
    high: Array

    def inside(self, x: Array) -> Mask:
        """Which of the cases ``x``, (cases, paths), lie within."""
        paths = np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))  # a few of many
        found: Mask = np.all((x[:, paths] >= self.low[paths]) & (x[:, paths] <= self.high[paths]), axis=1)
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


def build(x: Array, columns: _Columns) -> list[Box]:
    """Boxes of one limit, of two and so on, each built on one before.

    Of all limits at every value, those are taken on which hits exceed their average by most standard errors.
    """
    last, built = [_whole(x)], []
    for _ in range(_MOST):
        best: dict[tuple[tuple[int, int], ...], tuple[float, Box]] = {}
        for box in last:
            for score, path, side, value in columns.limits(box.inside(x)):
                other = box.moved(path, side, value)
                if score > best.get(other.limits, (-np.inf,))[0]:
                    best[other.limits] = score, other
        last = [box for _, box in sorted(best.values(), key=lambda found: -found[0])[:_BEAM]]
        built += last
    return built


def _whole(x: Array) -> Box:
    """A box without limits."""
    return Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))


class _Columns:
    """Cases in the order of every path, hits where ``y``, for boxes of ``fewest`` cases or more."""

    def __init__(self, x: Array, y: Mask, fewest: float) -> None:
        self.order = np.argsort(x, axis=0, kind="stable")
        self.values = np.take_along_axis(x, self.order, axis=0)
        self.hits, self.fewest, self.average = y[self.order], fewest, float(y.mean())
        self.last = np.zeros(x.shape, bool)  # of its value, with others beyond
        self.last[:-1] = self.values[1:] > self.values[:-1]

    def limits(self, inside: Mask) -> list[tuple[float, int, int, float]]:
        """The best ends at which to limit the cases ``inside``: score, path, side, and the limit."""
        within = inside[self.order]
        n, hits = within.cumsum(axis=0), (within & self.hits).cumsum(axis=0)
        found = []
        for side in (0, 1):
            left, good = (n, hits) if side else (n[-1] - n, hits[-1] - hits)
            fits = self.last & (left >= self.fewest) & (left < n[-1])
            spread = np.sqrt(np.where(fits, left * (1 - left / len(n)), 1.0))  # times a constant, of so many by chance
            score = np.where(fits, (good - left * self.average) / spread, -np.inf)
            row = score.argmax(axis=0)
            for path in np.argsort(-score.max(axis=0), kind="stable")[:_BEAM]:
                k = row[path]
                if fits[k, path]:
                    value = self.values[k if side else k + 1, path]
                    found.append((float(score[k, path]), int(path), side, float(value)))
        return found


def peel(x: Array, y: Mask, smallest: float, ends: Sequence[tuple[int, int]]) -> Iterator[Box]:
    """Boxes limited at ``ends`` (path, side), from all cases to a share ``smallest``, each peeled off the last."""
    box, fewest = _whole(x), max(smallest * len(x), 2.0)
    yield box
    while True:
        inside = box.inside(x)
        hits = y[inside]
        if hits.all() or not hits.any():
            return
        cuts = [cut for path, side in ends if (cut := _cut(x[inside, path], hits, path, side, fewest))]
        if not cuts:
            return
        _, path, side, value = max(cuts, key=lambda cut: cut[0])
        box = box.moved(path, side, value)
        yield box


def _cut(values: Array, hits: Mask, path: int, side: int, fewest: float) -> tuple[float, int, int, float] | None:
    """Peel off one end: gain in density per share of cases, path, side, and the limit; None where too few are left."""
    n = len(values)
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


class Tried(NamedTuple):
    """How many limits were tried: ``n``, of which ``n_known`` at the ends (path, side) that matter by themselves."""

    n: int
    known: frozenset[tuple[int, int]] = frozenset()
    n_known: int = 0

    def times(self, box: Box) -> NDArray[np.int64]:
        """Against how many others each limit of a box is held, (limits,)."""
        return np.array([self.n_known if end in self.known else self.n for end in box.limits])


def tried(x: Array, y: Mask, columns: _Columns) -> Tried:
    """Of each side of every path there are as many limits to try as it has values, or peels from its end.

    An end matters by itself where its best limit among all cases is beyond chance, given all that there are.
    """
    n = [min(len(np.unique(column)) - 1, round(1 / PEELED)) for column in x.T]
    every, whole = Tried(2 * sum(n)), _whole(x)
    alone = [whole.moved(path, side, value) for _, path, side, value in columns.limits(whole.inside(x))]
    known = frozenset(end for box in alone for end in pruned(x, y, box, every).limits)
    return Tried(every.n, known, sum(n[path] for path, _ in known))


def quasi_p(x: Array, y: Mask, box: Box) -> Array:
    """Of every limit, the chance of so many hits in the box, were those of the box without this limit spread anyhow.

    Fisher's exact test, one-sided. It takes the limits as given, although they were searched for: it is too small.
    (limits,), in their order.
    """
    ends = [(x[:, path] > box.high[path]) if side else (x[:, path] < box.low[path]) for path, side in box.limits]
    beyond = np.array(ends).reshape(len(ends), len(x))
    misses = beyond.sum(axis=0)
    n, hits = int((misses == 0).sum()), int(y[misses == 0].sum())
    more = beyond & (misses == 1)  # cases that come in where the limit is dropped
    return _chance(n, hits, n + more.sum(axis=1), hits + (more & y).sum(axis=1))


def _chance(n: int, hits: int, of: NDArray[np.int64], hits_of: NDArray[np.int64]) -> Array:
    """The chance of so many hits or more among ``n`` cases that are drawn from so many with so many hits."""
    found: Array = np.asarray(library("scipy.stats").hypergeom.sf(hits - 1, of, hits_of, n), float)
    return found


def pruned(x: Array, y: Mask, box: Box, of: Tried) -> Box:
    """Without the limits that chance may have made, the least certain first, given how many were tried.

    Each limit is held against the number of limits, and the whole box against the number of boxes of as many limits.
    """
    whole = np.array([len(x)]), np.array([y.sum()])
    while box.limits:
        p, now = quasi_p(x, y, box) * of.times(box), held(x, y, box)
        if p.max() < CHANCE and float(_chance(now.n, now.hits, *whole)[0]) * comb(of.n, len(box.limits)) < CHANCE:
            break
        box = box.without(*box.limits[int(p.argmax())])
    return box


def search(x: Array, y: Mask, density: float, smallest: float) -> tuple[Box | None, list[Box]]:
    """The best box, of those in which ``density`` of the cases are hits where there are any; and all that were peeled.

    The best has most hits beyond those that as many cases have on average: a larger one would take in cases among which
    hits are rarer than that. None where the search finds no box of ``smallest``, a share of the cases, beyond chance.
    """
    columns = _Columns(x, y, max(smallest * len(x), 2.0))
    of = tried(x, y, columns)
    found = [other for box in build(x, columns) if (other := pruned(x, y, box, of)).limits]
    peeled = [box for ends in _ends(x, y, found) for box in peel(x, y, smallest, ends)]
    found += [other for box in peeled if (other := pruned(x, y, box, of)).limits]
    if not found:
        return None, peeled
    best = _best(x, y, found, density)
    pasted = pruned(x, y, paste(x, y, best), of)
    return (_best(x, y, [best, pasted], density) if pasted.limits else best), peeled


def _ends(x: Array, y: Mask, boxes: list[Box]) -> list[tuple[tuple[int, int], ...]]:
    """The ends that are limited in the boxes with most hits beyond the average, no set of them twice."""
    seen = [held(x, y, box) for box in boxes]
    order = sorted(range(len(boxes)), key=lambda k: seen[k].n * float(y.mean()) - seen[k].hits)
    return list(dict.fromkeys(boxes[k].limits for k in order))[:_PEELINGS]


def _best(x: Array, y: Mask, boxes: list[Box], density: float) -> Box:
    """The last of the best: of dense ones if there are any, with most hits beyond the average."""
    seen = [held(x, y, box) for box in boxes]
    worth = [(h.density >= density, h.hits - h.n * float(y.mean()), k) for k, h in enumerate(seen)]
    return boxes[max(worth)[2]]
