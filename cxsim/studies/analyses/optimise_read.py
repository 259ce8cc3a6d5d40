"""What an optimisation is asked: levers with their ranges, what is to be best, within which limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

from cxsim.studies.analyses.asked import direction, varied
from cxsim.studies.analyses.questions import Given, Limit
from cxsim.studies.experiments.experiment import Experiment, Varied
from cxsim.yaml_source import fail, shorten

KEYS = (
    "maximise", "levers", "arm", "subject_to", "budget_runs", "replications", "worlds", "held_out_worlds",
    "batch_trials",
)  # fmt: skip
"""Settings; the first is the one that a short form gives."""
ALL = "all"
NOT_JUDGED = {
    "policy.pricing.relative_price": "the model cannot judge it: rivals do not answer a price, and no wallet shrinks"
}
"""Levers that are not among all of them, and why: the model cannot judge what they do."""
LEAST_TRIALS = 10
_BATCH_RUNS = 100  # a batch of fewer would leave processors idle
_FRESH_RUNS = 20  # of the winner and of the start, with other luck
_PUT_BACK_SHARE = 0.25  # of the budget, at most, to find what each lever is worth


class Goal(NamedTuple):
    """A measure, and 1 where more of it is better, -1 where less is."""

    measure: str
    direction: float


@dataclass(frozen=True)
class Search:
    """What is asked, checked. ``start`` are the arm's own values of the levers, in their order.

    A trial is run ``replications`` times, in each of ``worlds`` sampled worlds or, where that is 0, in the arm's own.
    ``left_out`` are those of :data:`NOT_JUDGED` that would be levers too.
    """

    arm: str
    levers: tuple[Varied, ...]
    start: tuple[float, ...]
    goals: tuple[Goal, ...]
    limits: tuple[tuple[str, Limit], ...]
    budget_runs: int
    replications: int
    worlds: int
    held_out_worlds: int
    batch_trials: int
    left_out: tuple[str, ...] = ()

    @property
    def trial_runs(self) -> int:
        """Runs of a trial."""
        return self.replications * max(self.worlds, 1)

    @property
    def fresh_replications(self) -> int:
        """Runs in each world with other luck, of the winner and of what it is held against."""
        return self.replications if self.worlds else max(self.replications, _FRESH_RUNS)

    @property
    def check_runs(self) -> int:
        """Runs of the winner and the start with other luck, and in the worlds held out."""
        return 2 * (self.fresh_replications * max(self.worlds, 1) + self.held_out_worlds)

    @property
    def put_back_runs(self) -> int:
        """Runs that find what each lever is worth; 0 where they would take too much of the budget."""
        runs = len(self.levers) * self.fresh_replications * max(self.worlds, 1)
        return runs if runs <= min(_PUT_BACK_SHARE * self.budget_runs, self.budget_runs - self.least_runs) else 0

    @property
    def least_runs(self) -> int:
        """The smallest budget: that of :data:`LEAST_TRIALS`."""
        return LEAST_TRIALS * self.trial_runs + self.check_runs

    @property
    def n_trials(self) -> int:
        """Trials that the budget allows, the start among them."""
        return (self.budget_runs - self.check_runs - self.put_back_runs) // self.trial_runs

    @property
    def batch(self) -> int:
        """Trials that are asked before one is told. It does not depend on the machine, so that trials do not."""
        return self.batch_trials or max(1, min(ceil(_BATCH_RUNS / self.trial_runs), self.n_trials // 10))

    @property
    def inside(self) -> bool:
        """Whether the start lies within the ranges."""
        return all(v.low <= x <= v.high for v, x in zip(self.levers, self.start, strict=True))

    @property
    def measures(self) -> tuple[str, ...]:
        """Everything that is looked at, what is to be best first."""
        return tuple(dict.fromkeys([*(goal.measure for goal in self.goals), *(name for name, _ in self.limits)]))


def read(experiment: Experiment, settings: Mapping[str, Any]) -> Search:
    """Check settings and put in what they leave open. Raises ScenarioError."""
    given = Given(experiment, "optimise", settings, KEYS)
    arm = given.arm("arm", next(iter(experiment.arms)))
    asked = settings.get("levers", ALL)
    found = tuple(_levers(given, arm, asked))
    left_out = tuple(v.path for v in found if asked == ALL and v.path in NOT_JUDGED)
    levers = tuple(v for v in found if v.path not in left_out)
    if not levers:
        fail(None, "optimise.levers", "names no lever")
    scenario = experiment.arms[arm]
    search = Search(
        arm=arm, levers=levers, start=tuple(scenario.value(v.path) for v in levers),
        goals=tuple(_goals(given, settings.get("maximise", "npv"))),
        limits=tuple(given.limits("subject_to").items()) if settings.get("subject_to") else (),
        budget_runs=given.whole("budget_runs", 2000, 1, 100_000_000),
        replications=given.whole("replications", experiment.replications, 1, 100_000),
        worlds=given.whole("worlds", 0, 0, 10_000),
        held_out_worlds=given.whole("held_out_worlds", 50, 0, 100_000),
        batch_trials=given.whole("batch_trials", 0, 0, 10_000), left_out=left_out,
    )  # fmt: skip
    if search.worlds == 1 or search.held_out_worlds == 1:
        fail(None, "optimise", "one sampled world says nothing of others: ask for two at least, or for 0")
    if search.n_trials < LEAST_TRIALS:
        what = f"{search.budget_runs:,} runs leave {max(search.n_trials, 0)} trials of {search.trial_runs:,} runs each"
        hint = f"{LEAST_TRIALS} at least: allow {search.least_runs:,} runs, or ask for fewer replications or worlds"
        fail(None, "optimise.budget_runs", f"{what}; {hint}")
    return search


def _levers(given: Given, arm: str, listed: object) -> Iterator[Varied]:
    """Levers of the focal firm; ``all`` are those that nothing else moves during a run."""
    scenario = given.experiment.arms[arm]
    if listed == ALL:
        moved = {path for change in scenario.timeline for firm, path, _ in change.targets() if firm == 0}
        yield from (varied(path, p) for path, p in scenario.catalogue.paths("policy") if path not in moved)
        return
    for path, ends in _named(given, listed):
        key = f"levers.{path}"
        if path.startswith("world."):
            fail(None, given.place(key), "is an assumption: management does not decide on it")
        p = given.path("levers", path, [arm])
        if unknown := [k for k in ends if k not in ("low", "high")]:
            fail(None, given.place(key), f"unknown key {shorten(str(unknown[0]))}; valid: low, high")
        yield varied(path, p, given.ends(key, p, ends.get("low"), ends.get("high")))


def _named(given: Given, listed: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Paths with their ends, from a path, a list of paths or of ``path: {low, high}``, or one such mapping."""
    items = [listed] if isinstance(listed, str | Mapping) else listed
    if not isinstance(items, Sequence):
        fail(None, given.place("levers"), f"expected paths, or {ALL!r}, not {shorten(str(listed))}")
    found: dict[str, Mapping[str, Any]] = {}
    for item in items:
        if not isinstance(item, str | Mapping):
            fail(None, given.place("levers"), f"expected a path, or path: {{low, high}}, not {shorten(str(item))}")
        pairs: Mapping[Any, Any] = item if isinstance(item, Mapping) else {item: None}
        for path, ends in pairs.items():
            if str(path) in found:
                fail(None, given.place(f"levers.{path}"), "is named twice")
            if ends is not None and not isinstance(ends, Mapping):
                fail(None, given.place(f"levers.{path}"), f"expected low and high, not {shorten(str(ends))}")
            found[str(path)] = ends or {}
    return list(found.items())


def _goals(given: Given, listed: object) -> Iterator[Goal]:
    names = [listed] if isinstance(listed, str) else listed
    if not isinstance(names, Sequence) or not names:
        fail(None, given.place("maximise"), f"expected measures, not {shorten(str(listed))}")
    if len(set(map(str, names))) < len(names):
        fail(None, given.place("maximise"), "names a measure twice")
    for name in names:
        measure = given.measure("maximise", name)
        better = direction(given.experiment, measure)
        if not better:
            fail(None, given.place("maximise"), f"{measure} has no direction that is better; put it under subject_to")
        yield Goal(measure, better)
