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
from math import log, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Table, grid, labels
from cxsim.intervals import t_quantile, wilson
from cxsim.measures import MEASURES
from cxsim.scenario_check import flatten, unknown
from cxsim.scenario_timeline import nest

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.parameters import Parameter
    from cxsim.record import Record
    from cxsim.scenario import Scenario

Array = NDArray[np.float64]

COMPARED = ("npv", "retention_12_months", "profit_last_year")
"""Measures that the screen shows of every world."""

ARM = ("name", "arm of the comparison; the first is the reference")
"""Unit and meaning of a column that names arms."""

_MOST_NAMED = 3
_ERROR = 0.05  # chance that any assumption is named though none matters (Bonferroni)
_SUMMARY_UNITS = {
    "arm": ARM,
    "measure": ("name", "measure, as in cxsim.measures.MEASURES"),
    "unit": ("name", "unit of the difference; money is in the currency of the resolved scenario"),
    "wins": ("worlds", "sampled worlds in which the arm is better than the reference; absent where no direction is"),
    "n": ("worlds", "sampled worlds in which the measure is defined"),
    "low": ("share", "lower end of the 95 % interval of wins / n"),
    "high": ("share", "upper end of the 95 % interval of wins / n"),
    "lower": ("as in unit", "lower quartile of arm minus reference over worlds"),
    "median": ("as in unit", "median of arm minus reference over worlds"),
    "upper": ("as in unit", "upper quartile of arm minus reference over worlds"),
}


class Ahead(NamedTuple):
    """In how many of ``n`` worlds an arm is better than the reference; ``low`` and ``high`` bound the share (95 %).

    ``missing`` says why further worlds do not count, and is empty where all do.
    """

    wins: int
    n: int
    low: float
    high: float
    missing: str = ""


class Quartiles(NamedTuple):
    """Arm minus reference over ``n`` worlds, in the measure's unit; half of them lie from ``lower`` to ``upper``."""

    lower: float
    median: float
    upper: float
    n: int


def _quartiles(values: Array) -> Quartiles:
    known = values[~np.isnan(values)]
    lower, median, upper = np.quantile(known, (0.25, 0.5, 0.75)).tolist() if len(known) else (nan,) * 3
    return Quartiles(lower, median, upper, len(known))


class Decider(NamedTuple):
    """An assumption, ``world.heading.name``, on which an arm's lead depends: Spearman's rank correlation with it."""

    path: str
    rho: float


def place_of_arm(arm: int | str, labels: Sequence[str]) -> int:
    """The number of an arm after the reference, given by number or label.

    Raises IndexError for a number that is not between 1 and the last, KeyError for another label.
    """
    if isinstance(arm, str):
        others = list(labels[1:])
        if arm not in others:
            what = "is the reference" if arm == labels[0] else "is no arm"
            raise KeyError(f"{arm!r} {what}; the arms after the reference are: {', '.join(others)}")
        return others.index(arm) + 1
    if not 1 <= arm < len(labels):
        raise IndexError(f"no arm {arm} after the reference; the last is {len(labels) - 1}")
    return arm


@dataclass(frozen=True, eq=False, repr=False)
class Worlds:
    """What ``n`` sampled worlds make of a comparison.

    ``paths`` are the assumptions that were drawn, with their ``units``, ``drawn`` their values (worlds, paths);
    ``held`` those that keep what a scenario says. ``values`` are all measures of the focal firm, in the order of
    MEASURES, (worlds, arms, measures); nan where undefined. An arm is given by its label, or its number: 1 is the
    first after the reference.
    """

    labels: tuple[str, ...]
    paths: tuple[str, ...]
    held: tuple[str, ...]
    units: tuple[str, ...]
    drawn: Array
    values: Array

    def __repr__(self) -> str:
        return f"<Worlds: {self.n} sampled, {len(self.paths)} assumptions drawn, arms {', '.join(self.labels)}>"

    def _repr_html_(self) -> str:
        """In how many worlds each arm is ahead and by how much, for a notebook."""
        return str(self._summary(COMPARED).frame().to_html(index=False, na_rep="", float_format="{:.4g}".format))

    @property
    def n(self) -> int:
        """Number of worlds."""
        return len(self.drawn)

    @cached_property
    def differences(self) -> Array:
        """Arm minus reference in every world, (worlds, arms - 1, measures)."""
        return self.values[:, 1:] - self.values[:, :1]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per sampled world and arm: measures of the focal firm, and the value of every assumption drawn."""
        return self._table().frame()

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per arm after the reference and measure: wins, n, low, high, lower, median, upper.

        As :meth:`ahead` and :meth:`quartiles` say; <NA> and nan where a measure has no direction.
        """
        return self._summary(tuple(MEASURES)).frame()

    def ahead(self, arm: int | str, measure: str) -> Ahead:
        """Worlds in which an arm beats the reference in a measure; those in which it is undefined do not count.

        Raises KeyError for an unknown measure or label and one of which no direction is better, and IndexError where a
        number is not between 1 and the last.
        """
        gap = self._gap(arm, measure) * _direction(measure)
        n, wins = int((~np.isnan(gap)).sum()), int((gap > 0).sum())
        return Ahead(wins, n, *wilson(wins, n), self._missing(arm, measure))

    def quartiles(self, arm: int | str, measure: str) -> Quartiles:
        """By how much an arm differs from the reference over worlds; nan where the measure is defined in none.

        Errors as in :meth:`ahead`, but that a measure needs no direction.
        """
        return _quartiles(self._gap(arm, measure))

    def level(self, place: int, measure: str) -> Quartiles:
        """What an arm itself comes to over worlds, by its place; 0 is the reference."""
        return _quartiles(self.values[:, place, _NAMES.index(measure)])

    def insolvent(self, place: int) -> int:
        """Worlds in which an arm, by its place, goes out of business."""
        return int((self.values[:, place, _NAMES.index("insolvent")] > 0).sum())

    def deciders(self, arm: int | str, measure: str = "npv") -> tuple[Decider, ...]:
        """The assumptions that decide most how far an arm is ahead: three at most, strongest first.

        Only those whose rank correlation with the lead could hardly come about by chance, given how many were drawn.
        Errors as in :meth:`ahead`.
        """
        return deciding(self.paths, self.drawn, self._gap(arm, measure) * _direction(measure))

    def _missing(self, arm: int | str, measure: str) -> str:
        """Of an arm and the reference, in how many worlds a measure is undefined, and in how many the firm is gone."""
        said = []
        for place in (0, place_of_arm(arm, self.labels)):
            lost = np.isnan(self.values[:, place, _NAMES.index(measure)])
            gone = int((self.values[lost, place, _NAMES.index("insolvent")] > 0).sum())
            if lost.any():
                where = f"in {int(lost.sum())} of {self.n} worlds, in {gone} of which it goes out of business"
                said.append(f"{measure} of {self.labels[place]} is undefined {where}")
        return "; ".join(said)

    def _gap(self, arm: int | str, measure: str) -> Array:
        """Arm minus reference in every world; nan where that is undefined."""
        if measure not in MEASURES:
            raise KeyError(unknown(measure, MEASURES, "measure"))
        gap: Array = self.differences[:, place_of_arm(arm, self.labels) - 1, _NAMES.index(measure)]
        return gap

    def _table(self) -> Table:
        columns = grid({"world": np.arange(self.n), "arm": self.labels})
        columns |= {name: self.values[..., k].reshape(-1) for k, name in enumerate(_NAMES)}
        columns |= {path: np.repeat(self.drawn[:, k], len(self.labels)) for k, path in enumerate(self.paths)}
        units = {"world": ("number", "sampled world, from 0"), "arm": ARM}
        units |= {name: (m.unit, m.title) for name, m in MEASURES.items()}
        drawn = zip(self.paths, self.units, strict=True)
        return Table(columns, units | {path: (unit, "value drawn for the world") for path, unit in drawn})

    def _summary(self, names: Sequence[str]) -> Table:
        arms = range(1, len(self.labels))
        found = [self.ahead(k, m) if MEASURES[m].better else Ahead(-1, 0, nan, nan) for k in arms for m in names]
        sizes = [self.quartiles(k, m) for k in arms for m in names]
        columns = grid({"arm": self.labels[1:], "measure": names})
        columns["unit"] = labels([MEASURES[m].unit for _ in arms for m in names])
        columns["wins"] = np.array([one.wins for one in found], dtype=np.int64)
        columns["n"] = np.array([one.n for one in sizes], dtype=np.int64)
        columns |= {name: np.array([getattr(one, name) for one in found]) for name in ("low", "high")}
        columns |= {name: np.array([getattr(one, name) for one in sizes]) for name in ("lower", "median", "upper")}
        return Table(columns, _SUMMARY_UNITS, frozenset({"wins"}))


_NAMES = tuple(MEASURES)


def _direction(measure: str) -> float:
    better = MEASURES[measure].better
    if not better:
        raise KeyError(f"{measure!r} has no direction that is better; see quartiles()")
    return 1.0 if better == "higher" else -1.0


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


def ranges_hash(scenarios: Sequence[Scenario]) -> str:
    """12 hexadecimal digits of the assumptions that scenarios leave open and of their ranges: of what is drawn."""
    drawn = [(path, p.range, p.scale, p.integer) for path, p in variable(scenarios)[0].items()]
    return hashlib.sha256(repr(drawn).encode()).hexdigest()[:12]


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
    """All measures of the focal firm, in the order of MEASURES."""
    return [measure(record) for measure in MEASURES.values()]
