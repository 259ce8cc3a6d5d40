"""The value of one parameter at which two arms tie in a measure, with its interval: how far can one afford to go?

The difference of paired runs is taken at values across the range, and where its mean, or an end of its interval,
crosses nought, at further values until the place is known well enough. In sampled worlds it is taken across the range
only: whether there is a tie, and where, is found for each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Column, Table, labels
from cxsim.intervals import wilson
from cxsim.parameters import Parameter
from cxsim.studies.analyses import findings
from cxsim.studies.analyses.asked import Further, TaskRunner, Worlds, ask, direction, sample, seed_for, varied
from cxsim.studies.analyses.break_even_words import Told, headline, sentences, title, worlds_sentences
from cxsim.studies.analyses.crossings import Curve, brackets, next_values, roots
from cxsim.studies.analyses.questions import Given
from cxsim.studies.experiments.designs import levels
from cxsim.studies.experiments.experiment import Experiment, Varied
from cxsim.yaml_source import fail

Array = NDArray[np.float64]

KEYS = (
    "path", "measure", "arm", "against", "low", "high", "both", "points", "tolerance_share", "replications", "worlds",
)  # fmt: skip
"""Settings; the first is the one that a short form gives."""
LEAST_REPLICATIONS = 10
"""Replications where neither the analysis nor the experiment asks for more: fewer make a wide interval."""
AHEAD, BEHIND, SAME, UNDEFINED = "ahead", "behind", "the same", "undefined"
ONE_TIE, MORE_TIES = "one tie", "several ties"
STATES = (AHEAD, BEHIND, ONE_TIE, MORE_TIES, SAME, UNDEFINED)
"""What may be so in a sampled world: ahead, behind or the same over the whole range, or the difference changes sign."""

_TOLERANCE = Parameter(
    "tolerance_share", 0.01, "share of the range", 1e-4, 0.25, "choice of the study", "how well a tie is located"
)
_MOST_ROUNDS = 16
_MOST_WHOLE = 41  # whole numbers that are all run; of more, those next to a tie


@dataclass(frozen=True)
class BreakEven:
    """What is asked: the parameter that varies (in both arms, or in ``arm`` only), and how well it is to be known.

    ``source`` says where its range is from.
    """

    varied: Varied
    source: str
    measure: str
    arm: str
    against: str
    both: bool
    points: int
    tolerance_share: float
    replications: int
    worlds: int

    @property
    def tolerance(self) -> float:
        """Width of a bracket that needs no more runs, along the parameter's scale."""
        low, high = _along(self.varied, np.array([self.varied.low, self.varied.high]))
        return self.tolerance_share * float(high - low)


def read(experiment: Experiment, settings: Mapping[str, Any]) -> BreakEven:
    """Check settings and put in what they leave open. Raises ScenarioError."""
    given = Given(experiment, "break_even", settings, KEYS)
    names = list(experiment.arms)
    if len(names) < 2:
        fail(None, "break_even", "compares two arms; the experiment has one")
    against = given.arm("against", names[1] if settings.get("arm") == names[0] else names[0])
    others = [name for name in names if name != against]
    if len(others) > 1 and "arm" not in given:
        fail(None, "break_even.arm", f"is missing: which of {', '.join(others)} is held against {against}?")
    arm = given.arm("arm", others[0])
    if arm == against:
        fail(None, "break_even.against", f"{arm} is the arm itself")
    if "path" not in given:
        fail(None, "break_even.path", "is missing: which lever or assumption is to vary?")
    path = str(settings["path"])
    both = given.truth("both", path.startswith("world."))
    p = given.path("path", path, [arm, against] if both else [arm])
    v, source = _range(given, path, p)
    measure = given.measure("measure", settings.get("measure", "npv"))
    return BreakEven(
        varied=v, source=source, measure=measure, arm=arm, against=against, both=both,
        points=given.whole("points", 9, 3, 1001),
        tolerance_share=given.number("tolerance_share", _TOLERANCE.default, _TOLERANCE),
        replications=given.whole("replications", max(experiment.replications, LEAST_REPLICATIONS), 2, 100_000),
        worlds=given.whole("worlds", 0, 0, 10_000),
    )  # fmt: skip


def _range(given: Given, path: str, p: Parameter) -> tuple[Varied, str]:
    """The range that the analysis names, else that over which the experiment varies the path, else the parameter's."""
    own = next((v for v in given.experiment.vary if v.path == path), None)
    low, high = given.settings.get("low"), given.settings.get("high")
    named = low is not None, high is not None
    if own is None:
        source = "its plausible range" if p.range else "all that is permitted"
        found = varied(path, p, given.ends("low", p, low, high))
    else:
        source = "as in the experiment"
        ends = given.ends("low", p, own.low if low is None else low, own.high if high is None else high)
        found = replace(own, low=ends[0], high=ends[1], scale=own.scale if ends[0] > 0 else "linear", arms=())
    return found, "as asked for" if all(named) else f"in part as asked for, else {source}" if any(named) else source


def break_even(experiment: Experiment, runner: TaskRunner, settings: Mapping[str, Any]) -> findings.Finding:
    """Find where an arm and another tie. Raises ScenarioError for settings that cannot be used."""
    asked = read(experiment, settings)
    curve, n_values = locate(experiment, runner, asked)
    told = _told(experiment, asked)
    x = _back(asked.varied, curve.x)
    tables = {"differences": _differences(asked, told, curve, x), "crossings": _crossings(asked, told, curve)}
    said = [*sentences(told, curve, asked.replications, n_values)]
    if asked.worlds:
        worlds = sample(
            [experiment.arms[name] for name in (asked.arm, asked.against)], asked.worlds,
            seed_for(experiment.rng, "break_even worlds"), "break_even.worlds", asked.varied.path,
        )  # fmt: skip
        found = in_worlds(experiment, runner, asked, worlds)
        tables |= {"worlds": found.table(told), "ahead": found.ahead(told)}
        said += worlds_sentences(told, found.states, found.ties, worlds, not np.isnan(found.gaps).any())
    about = f"{n_values} values x {asked.replications} paired replications, seed {experiment.rng}"
    message = title(told, curve)
    settings = told.settings(asked) | {"headline": headline(told, curve)}
    return findings.Finding("break_even", message, tuple(said), tables, settings, about)


def further(experiment: Experiment, settings: Mapping[str, Any]) -> Further:
    """Runs at the values across the range; how many it takes to close in on ties is not known beforehand."""
    asked = read(experiment, settings)
    arms, reference = (2, 0) if asked.both else (1, 1)
    here = (arms * len(_across(asked)) + reference) * asked.replications
    return Further("at least", here + (arms * len(levels(asked.varied, asked.points)) + reference) * asked.worlds)


def _across(asked: BreakEven) -> Array:
    """The values across the range at which the difference is taken first: whole numbers all, if they are few."""
    v = asked.varied
    every = int(v.high - v.low) + 1 if v.integer and v.high - v.low < _MOST_WHOLE else 0
    return np.array(levels(v, max(asked.points, every)))


def locate(experiment: Experiment, runner: TaskRunner, asked: BreakEven) -> tuple[Curve, int]:
    """The difference of paired runs along the parameter's scale, finely enough wherever it crosses nought.

    And at how many values it was taken, some of which may have too few runs with a value for the curve.
    """
    v, x = asked.varied, _across(asked)
    differences = _Differences(experiment, runner, asked, Worlds(), asked.replications, experiment.rng)
    along, found = _along(v, x), differences(x)[:, 0]
    width = 0.0 if v.integer else asked.tolerance
    for turn in range(_MOST_ROUNDS):
        curve = Curve.of(along, found, width)
        more = np.array([new for new in _next(asked, curve, halve=turn % 2 == 1) if new not in x])
        if not len(more):
            break
        x, along = np.append(x, more), np.append(along, _along(v, more))
        found = np.vstack([found, differences(more)[:, 0]])
    return Curve.of(along, found, width), len(along)


def _next(asked: BreakEven, curve: Curve, halve: bool) -> Array:
    """Values of the parameter to run next; of whole numbers those next to where a line crosses nought."""
    v = asked.varied
    if not v.integer:
        return _back(v, np.array(next_values(curve, asked.tolerance, halve)))
    wanted: set[float] = set()
    for a, b, share in brackets(curve):
        low, at, high = _back(v, np.array([a, a + (0.5 if halve else share) * (b - a), b])).tolist()
        if b - a > asked.tolerance:
            wanted |= {float(np.floor(at)), float(np.ceil(at))} - {float(round(low)), float(round(high))}
    return np.array(sorted(wanted))


class _Differences:
    """Arm less the other, at values of the parameter: (values, worlds, replications)."""

    def __init__(
        self, experiment: Experiment, runner: TaskRunner, asked: BreakEven, worlds: Worlds, n: int, rng: int
    ) -> None:
        def run(arms: Sequence[str], vary: Sequence[Varied], rows: Array) -> Array:
            return ask(runner, experiment, arms, vary, rows, worlds, n, rng, [asked.measure])[asked.measure]

        self.asked, self.run = asked, run
        self.reference = None if asked.both else run([asked.against], [], np.empty((1, 0)))[:, :, 0]

    def __call__(self, x: Array) -> Array:
        asked, rows = self.asked, x[:, None]
        if self.reference is not None:  # the other arm is the same whatever the value
            return np.asarray(self.run([asked.arm], [asked.varied], rows)[:, :, 0] - self.reference)
        both = self.run([asked.arm, asked.against], [asked.varied], rows)
        return np.asarray(both[:, :, 0] - both[:, :, 1])


@dataclass(frozen=True, eq=False)
class InWorlds:
    """Differences (values ``x``, worlds) in sampled worlds, positive where the arm is better; nan where undefined."""

    asked: BreakEven
    sampled: Worlds
    x: Array
    gaps: Array
    states: tuple[str, ...]
    ties: Array  # of worlds with one tie, nan in others

    def table(self, told: Told) -> Table:
        """One row per world."""
        v = self.asked.varied
        columns: dict[str, Column] = {"world": np.arange(len(self.states)), "state": labels(self.states)}
        columns["value"] = self.ties
        columns |= {path: self.sampled.drawn[:, k] for k, path in enumerate(self.sampled.paths)}
        units = {
            "world": ("number", "sampled world, from 0"),
            "state": ("name", f"how {told.arm} stands over the range of the parameter"),
            "value": (v.unit, f"{v.path} at which they tie, where they do so once"),
        }
        units |= {w.path: (w.unit, "value drawn for the world") for w in self.sampled.vary}
        return Table(columns, units, parameters=frozenset({"value"}))

    def ahead(self, told: Told) -> Table:
        """At every value of the parameter the worlds in which the arm is better."""
        n = (~np.isnan(self.gaps)).sum(axis=1)
        wins = (self.gaps > 0).sum(axis=1)
        bounds = np.array([wilson(int(a), int(b)) for a, b in zip(wins, n, strict=True)])
        share = np.divide(wins, n, out=np.full(len(n), np.nan), where=n > 0)
        columns: dict[str, Column] = {"value": self.x, "wins": wins, "n": n, "share": share}
        columns |= {"share_low": bounds[:, 0], "share_high": bounds[:, 1]}
        title = f"Sampled worlds in which {told.arm} is {told.better}, by {told.parameter}"
        return Table(columns, title=title, parameters=frozenset({"value"}), units={
            "value": (self.asked.varied.unit, self.asked.varied.path),
            "wins": ("worlds", f"sampled worlds in which {told.arm} is {told.better}"),
            "n": ("worlds", "sampled worlds in which the difference is defined"),
            "share": ("share", "wins / n"),
            "share_low": ("share", "lower end of its 95 % interval"),
            "share_high": ("share", "upper end of its 95 % interval"),
        })  # fmt: skip


def in_worlds(experiment: Experiment, runner: TaskRunner, asked: BreakEven, worlds: Worlds) -> InWorlds:
    """Where they tie in every world, from one run of each arm at each value."""
    v = asked.varied
    x = np.array(levels(v, asked.points))
    rng = seed_for(experiment.rng, "break_even luck of worlds")
    gaps = _Differences(experiment, runner, asked, worlds, 1, rng)(x)[:, :, 0]
    gaps = gaps * (direction(experiment, asked.measure) or 1.0)
    states, ties = [], []
    for gap in gaps.T:
        known = ~np.isnan(gap)
        found = roots(_along(v, x[known]), gap[known])
        ties.append(float(_back(v, np.array(found))[0]) if len(found) == 1 else np.nan)
        if not known.any():
            states.append(UNDEFINED)
        elif found:
            states.append(ONE_TIE if len(found) == 1 else MORE_TIES)
        elif not gap[known].any():
            states.append(SAME)
        else:
            states.append(AHEAD if np.nansum(gap) > 0 else BEHIND)
    return InWorlds(asked, worlds, x, gaps, tuple(states), np.array(ties))


def _along(v: Varied, x: Array) -> Array:
    """Values along the scale of the parameter: their logarithms on a log scale."""
    return np.log(x) if v.scale == "log" else x


def _back(v: Varied, along: Array) -> Array:
    return np.clip(np.exp(along), v.low, v.high) if v.scale == "log" else along


def _told(experiment: Experiment, asked: BreakEven) -> Told:
    titles = findings.titles(experiment)
    arms = {name: experiment.arms[name] for name in (asked.arm, asked.against)}
    return Told(
        arm=titles[asked.arm], against=titles[asked.against], quantity=findings.quantity(experiment, asked.measure),
        direction=direction(experiment, asked.measure), varied=asked.varied, both=asked.both,
        own=arms[asked.arm].value(asked.varied.path), arms=arms, currency=findings.currency(experiment),
        tolerance_share=asked.tolerance_share, source=asked.source,
    )  # fmt: skip


def _differences(asked: BreakEven, told: Told, curve: Curve, x: Array) -> Table:
    unit = told.quantity.unit
    columns: dict[str, Column] = {"value": x, "difference": curve.mean}
    columns |= {"difference_low": curve.low, "difference_high": curve.high, "n": curve.n}
    title = f"{told.quantity.title}: {told.arm} less {told.against}, by {told.parameter}"
    return Table(columns, title=title, parameters=frozenset({"value"}), units={
        "value": (asked.varied.unit, asked.varied.path),
        "difference": (unit, f"{told.quantity.title}, {told.arm} less {told.against}: mean over paired runs"),
        "difference_low": (unit, "lower end of its 95 % interval"),
        "difference_high": (unit, "upper end of its 95 % interval"),
        "n": ("runs", "paired runs in which it is defined"),
    })  # fmt: skip


def _crossings(asked: BreakEven, told: Told, curve: Curve) -> Table:
    found = curve.crossings()
    ends = _back(asked.varied, np.array([c[:3] for c in found], float).reshape(-1, 3))
    sides = {-1: "behind", 0: "not clear", 1: "ahead"} if told.direction else {-1: "below", 0: "not clear", 1: "above"}
    columns: dict[str, Column] = {name: ends[:, k] for k, name in enumerate(("value", "value_low", "value_high"))}
    sign = -1 if told.direction < 0 else 1
    columns["before"] = labels([sides[sign * c.before] for c in found])
    columns["after"] = labels([sides[sign * c.after] for c in found])
    unit = asked.varied.unit
    title = f"Where they tie, by {told.parameter}, and how {told.arm} stands on both sides"
    return Table(columns, title=title, parameters=frozenset({"value"}), units={
        "value": (unit, f"{asked.varied.path} at which they tie"),
        "value_low": (unit, "lower end of its 95 % interval; that of the range where nothing is clear before"),
        "value_high": (unit, "upper end of its 95 % interval; that of the range where nothing is clear after"),
        "before": ("name", f"how {told.arm} stands below the tie"),
        "after": ("name", f"how {told.arm} stands above the tie"),
    })  # fmt: skip
