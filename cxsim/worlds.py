"""Sampled worlds: whether an arm stays ahead when the assumptions are others that a sceptic would accept.

A world draws every assumption from its plausible range, by Latin hypercube (McKay, Beckman & Conover 1979,
Technometrics 21(2)). All arms meet the same worlds, with the same people and the same luck in each. An assumption that
a scenario sets, or that its timeline changes, describes the market that is meant: it keeps its value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.intervals import t_quantile, wilson
from cxsim.measures import MEASURES
from cxsim.scenario_check import flatten
from cxsim.scenario_timeline import nest

if TYPE_CHECKING:
    from cxsim.parameters import Parameter
    from cxsim.record import Record
    from cxsim.scenario import Scenario

Array = NDArray[np.float64]

COMPARED = ("npv", "retention_12_months", "profit_last_year")
"""Measures in which arms are held against the reference, world by world."""

_MOST_NAMED = 3
_ERROR = 0.05  # chance that any assumption is named though none matters (Bonferroni)


class Ahead(NamedTuple):
    """In how many of ``n`` worlds an arm is better than the reference; ``low`` and ``high`` bound the share (95 %)."""

    wins: int
    n: int
    low: float
    high: float


class Decider(NamedTuple):
    """An assumption, ``world.heading.name``, on which an arm's lead depends: Spearman's rank correlation with it."""

    path: str
    rho: float


@dataclass(frozen=True, eq=False)
class Worlds:
    """What ``n`` sampled worlds make of a comparison.

    ``paths`` are the assumptions that were drawn, with their ``units``, ``drawn`` their values (worlds, paths);
    ``held`` those that keep what a scenario says. ``values`` are measures of the focal firm, (worlds, arms,
    len(COMPARED)); nan where undefined.
    """

    labels: tuple[str, ...]
    paths: tuple[str, ...]
    held: tuple[str, ...]
    units: tuple[str, ...]
    drawn: Array
    values: Array

    @property
    def n(self) -> int:
        """Number of worlds."""
        return len(self.drawn)

    @cached_property
    def differences(self) -> Array:
        """Arm minus reference in every world, (worlds, arms - 1, len(COMPARED))."""
        return self.values[:, 1:] - self.values[:, :1]

    def ahead(self, arm: int, measure: str) -> Ahead:
        """Worlds in which ``arms[arm]`` beats the reference in one of ``COMPARED``; undefined ones do not count.

        Raises KeyError for another measure and IndexError where ``arm`` is not between 1 and the last.
        """
        gap = self._gap(arm, measure)
        gap = gap[~np.isnan(gap)]
        n, wins = len(gap), int((gap > 0).sum())
        return Ahead(wins, n, *wilson(wins, n))

    def deciders(self, arm: int, measure: str = "npv") -> tuple[Decider, ...]:
        """The assumptions that decide most how far an arm is ahead: three at most, strongest first.

        Only those whose rank correlation with the lead could hardly come about by chance, given how many were drawn.
        Errors as in :meth:`ahead`.
        """
        return deciding(self.paths, self.drawn, self._gap(arm, measure))

    def _gap(self, arm: int, measure: str) -> Array:
        """How far the arm is ahead in every world; nan where that is undefined."""
        if measure not in COMPARED:
            raise KeyError(f"worlds are compared in {', '.join(COMPARED)}, not in {measure!r}")
        if not 1 <= arm < len(self.labels):
            raise IndexError(f"no arm {arm} after the reference; the last is {len(self.labels) - 1}")
        gap: Array = self.differences[:, arm - 1, COMPARED.index(measure)]
        return gap


def deciding(paths: Sequence[str], drawn: Array, gap: Array) -> tuple[Decider, ...]:
    """The assumptions, ``drawn`` (worlds, paths), on which ``gap`` (worlds) depends: three at most, strongest first.

    Worlds in which the gap is nan do not count. Only correlations that could hardly come about by chance are named,
    given how many assumptions were drawn.
    """
    rows = ~np.isnan(gap)
    drawn, gap = drawn[rows], gap[rows]
    if len(gap) < 5 or not paths or np.ptp(gap) == 0:
        return ()
    rhos = rank_correlations(drawn, gap)
    t = t_quantile(1.0 - _ERROR / 2 / len(paths), len(gap) - 2)
    least = t / sqrt(len(gap) - 2 + t * t)
    order = np.argsort(-np.abs(rhos), kind="stable")[:_MOST_NAMED]
    return tuple(Decider(paths[k], float(rhos[k])) for k in order if abs(rhos[k]) >= least)


def rank_correlations(columns: Array, other: Array) -> Array:
    """Spearman's rank correlation of each column of ``columns`` (n, k) with ``other`` (n,); ties share their rank."""
    x = np.column_stack([ranks(column) for column in columns.T])
    y = ranks(other)
    x, y = x - x.mean(axis=0), y - y.mean()
    spread = np.sqrt((x * x).sum(axis=0) * (y * y).sum())
    rho: Array = np.divide(x.T @ y, spread, out=np.zeros(x.shape[1]), where=spread > 0)
    return rho


def ranks(values: Array) -> Array:
    """Ranks of values (n,), from 1; ties share their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    found: Array = (last - (counts - 1) / 2)[place]
    return found


def variable(scenarios: Sequence[Scenario]) -> tuple[dict[str, Parameter], tuple[str, ...]]:
    """Assumptions with a plausible range: those that all scenarios leave open, and the paths of those that one sets."""
    open_: dict[str, Parameter] = {}
    held: list[str] = []
    if not scenarios:
        return open_, ()
    dated = {path for s in scenarios for c in s.timeline for firm, path, _ in c.targets() if firm is None}
    known = {path: p for s in scenarios for path, p in s.catalogue.paths("world")}  # mechanisms may differ
    for path, p in known.items():
        if p.range is None:
            continue
        said = path in dated or any(s.origin.get(path, "default") != "default" for s in scenarios)
        if said:
            held.append(path)
        else:
            open_[path] = p
    return open_, tuple(held)


def draw(parameters: dict[str, Parameter], n: int, rng: int) -> Array:
    """Latin hypercube of ``n`` worlds, (n, parameters): each range is cut into ``n`` strips, each used once.

    Every parameter has luck of its own, by its path, so that another parameter moves nobody's values.
    """
    drawn = np.empty((n, len(parameters)))
    for k, (path, p) in enumerate(parameters.items()):
        assert p.range is not None
        low, high = p.range
        word = int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], "little")
        luck = np.random.Generator(np.random.PCG64([rng, n, word]))
        share = (luck.permutation(n) + luck.random(n)) / n
        if p.scale == "log":
            drawn[:, k] = np.exp(log(low) + share * (log(high) - log(low)))
        else:
            drawn[:, k] = low + share * (high - low)
        if p.integer:
            drawn[:, k] = np.floor(drawn[:, k] + 0.5)
        drawn[:, k] = np.clip(drawn[:, k], low, high)
    return drawn


def in_worlds(scenarios: Sequence[Scenario], parameters: dict[str, Parameter], drawn: Array) -> Iterator[Scenario]:
    """Every scenario in the first world, in the second, and so on: one run each."""
    for row in drawn.tolist():
        new = dict(zip(parameters, row, strict=True))
        for s in scenarios:
            world = nest({path: new.get(path, value) for path, value in flatten(s.world, "world")}, "world")
            yield replace(s, world=world, replications=1)


def values(record: Record) -> list[float]:
    """The measures in which worlds are compared, of the focal firm."""
    return [MEASURES[name](record) for name in COMPARED]
