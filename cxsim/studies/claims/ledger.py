"""The ledger: every claim over paired runs in the world that is assumed, and once in each of many sampled worlds.

All claims meet the same luck and the same sampled worlds, so that what they share (often a reference) is run once.
An assumption that an arm sets is part of the claim's experiment and keeps its value in every world.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxsim.api import MOST_WORLDS, check_seed, check_threads, check_whole, prepare
from cxsim.intervals import Estimate, estimate, wilson
from cxsim.running import Job, Progress, simulate_all
from cxsim.studies.claims.claim import Claim, Gap, Test
from cxsim.studies.claims.verdicts import DEPENDS, NOT_BUILT, VERDICTS, flips, holds, verdict, worst
from cxsim.worlds import Ahead, Decider, deciding, draw, in_worlds, ranks, variable

if TYPE_CHECKING:
    from cxsim.record import Record
    from cxsim.scenario import Scenario
    from cxsim.studies.quantities import Reading

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """One test of a claim: its effect in every replication, and in every sampled world (nan where undefined)."""

    test: Test
    effects: Array
    world_effects: Array

    @cached_property
    def estimate(self) -> Estimate:
        """Mean effect with its interval, which holds luck only."""
        return estimate(self.effects)

    @cached_property
    def flips(self) -> bool:
        """Whether effects that matter come out in both directions across sampled worlds."""
        return flips(self.world_effects, self.test.smallest, float(self.estimate.sd))

    @property
    def verdict(self) -> str:
        """What the interval says, unless the sign flips across sampled worlds."""
        if self.flips:
            return DEPENDS
        low, high = float(self.estimate.low), float(self.estimate.high)
        return verdict(self.test.direction, low, high, self.test.smallest)

    @cached_property
    def holds(self) -> Array:
        """For each sampled world 1 where the article is right there, 0 where not, nan where undefined."""
        return holds(self.test.direction, self.world_effects, self.test.smallest)

    @property
    def ahead(self) -> Ahead:
        """In how many sampled worlds it holds; those in which it is undefined do not count."""
        return _count(self.holds)


@dataclass(frozen=True, eq=False)
class Entry:
    """A claim with its parts; none where the model cannot test it yet.

    ``paths`` are the assumptions that were drawn for its worlds, ``drawn`` their values (worlds, paths).
    """

    claim: Claim
    parts: tuple[Part, ...] = ()
    paths: tuple[str, ...] = ()
    drawn: Array | None = None

    @property
    def verdict(self) -> str:
        """The verdict on the whole claim: that of its worst part."""
        return worst(part.verdict for part in self.parts) if self.parts else NOT_BUILT

    @property
    def ahead(self) -> Ahead:
        """In how many sampled worlds all parts hold; worlds in which one is undefined do not count."""
        return _count(np.min([part.holds for part in self.parts], axis=0) if self.parts else np.empty(0))

    def deciders(self, part: Part) -> tuple[Decider, ...]:
        """The assumptions, two at most, that decide how far a part holds; a positive rank correlation helps it."""
        if self.drawn is None:
            return ()
        direction, effects = part.test.direction, part.world_effects
        if direction == "unchanged":
            effects = -np.abs(effects)
        elif direction in ("lower", "not_higher"):
            effects = -effects
        return deciding(self.paths, self.drawn, effects)[:2]


def _count(holds: Array) -> Ahead:
    known = holds[~np.isnan(holds)]
    wins, n = int(known.sum()), len(known)
    return Ahead(wins, n, *wilson(wins, n))


@dataclass(frozen=True, eq=False)
class Ledger:
    """All claims asked for, tested or not, and how."""

    entries: tuple[Entry, ...]
    replications: int
    n_worlds: int
    rng: int
    customers: int

    @property
    def tally(self) -> dict[str, int]:
        """Verdict -> number of claims."""
        found = [entry.verdict for entry in self.entries]
        return {name: found.count(name) for name in VERDICTS}


_AT_ONCE = 600  # runs, about: enough to keep all processors busy, few enough to be in memory together


@dataclass(frozen=True)
class _Trial:
    """What one replication, or one sampled world, runs for one claim; with the luck of a replication."""

    claim: Claim
    scenarios: tuple[Scenario, ...]
    luck: int


def examine(
    claims: Sequence[Claim],
    replications: int = 20,
    worlds: int = 100,
    rng: int = 1,
    progress: Progress | None = None,
    customers: int = 2000,
    threads: int | None = None,
) -> Ledger:
    """Test the claims that can be tested, each over ``replications`` paired runs and once in each of ``worlds``.

    Claims of an association draw firms anew for every replication and world. Raises ScenarioError for replications or
    customers out of range, ValueError for worlds, a seed or threads out of range.
    """
    n_worlds, seed, n_threads = check_whole("worlds", worlds, 0, MOST_WORLDS), check_seed(rng), check_threads(threads)
    built = [claim for claim in claims if claim.built]
    arms = {claim.id: prepare(list(claim.arms.values()), replications, customers) for claim in built}
    open_ = {claim.id: variable(arms[claim.id] if n_worlds else ())[0] for claim in built}
    drawn = {key: draw(parameters, n_worlds, seed) for key, parameters in open_.items()}
    firms = {c.id: _firms(c, arms[c.id], replications + n_worlds, seed) for c in built}

    def trial(claim: Claim, k: int) -> _Trial:
        scenarios = next(firms[claim.id])
        w = k - replications
        if w >= 0:
            scenarios = tuple(in_worlds(scenarios, open_[claim.id], drawn[claim.id][w : w + 1]))
        return _Trial(claim, scenarios, k if w < 0 else w)

    effects: dict[str, list[list[float]]] = {claim.id: [] for claim in built}
    n_trials = replications + n_worlds if built else 0
    step = max(1, _AT_ONCE // max(1, sum(c.n_firms or len(c.arms) for c in built)))
    for k in range(0, n_trials, step):
        last = min(k + step, n_trials)
        trials = [trial(claim, i) for i in range(k, last) for claim in built]
        found_all = _run(trials, seed, n_threads, _part(progress, k, last, n_trials))
        for t, values in zip(trials, found_all, strict=True):
            effects[t.claim.id].append([_effect(t, test, values) for test in t.claim.tests])
    entries = []
    for claim in claims:
        if not claim.built:
            entries.append(Entry(claim))
            continue
        found = np.array(effects[claim.id], float).reshape(n_trials, len(claim.tests))
        parts = [Part(t, found[:replications, i], found[replications:, i]) for i, t in enumerate(claim.tests)]
        entries.append(Entry(claim, tuple(parts), tuple(open_[claim.id]), drawn[claim.id]))
    return Ledger(tuple(entries), replications, n_worlds, seed, customers)


def _part(progress: Progress | None, first: int, last: int, n: int) -> Progress | None:
    """Progress of some trials of ``n`` as part of all, which take about as many runs each."""
    if progress is None:
        return None

    def report(done: int, total: int) -> None:
        each = total / (last - first)
        if done or not first:
            progress(round(first * each) + done, round(n * each))

    return report


def _firms(claim: Claim, arms: Sequence[Scenario], n: int, rng: int) -> Iterator[tuple[Scenario, ...]]:
    """The scenarios of each of ``n`` trials: the arms, or for an association as many firms with levers drawn."""
    if not claim.levers:
        for _ in range(n):
            yield tuple(arms)
        return
    levers = dict(claim.levers)
    # one draw for all trials, of which each takes every n-th firm: the strips of the hypercube are in random order
    drawn = draw(levers, claim.n_firms * n, rng).reshape(claim.n_firms, n, len(levers))
    for k in range(n):
        rows = drawn[:, k].tolist()
        yield tuple(_with(arms[0], dict(zip(levers, row, strict=True))) for row in rows)


def _with(scenario: Scenario, values: dict[str, float]) -> Scenario:
    path, value = next(iter(values.items()))
    more = [x for pair in list(values.items())[1:] for x in pair]
    return scenario.replace(path, value, *more)


def _run(
    trials: Sequence[_Trial], rng: int, threads: int, progress: Progress | None
) -> list[dict[Reading, list[float]]]:
    """For each trial the values of its claim's readings, one per scenario; like runs are made once."""
    wanted: dict[tuple[int, str], dict[Reading, None]] = {}
    scenarios: dict[tuple[int, str], Scenario] = {}
    for t in trials:
        for s in t.scenarios:
            scenarios.setdefault((t.luck, s.hash), s)
            wanted.setdefault((t.luck, s.hash), {}).update(dict.fromkeys(t.claim.readings))
    jobs = [Job(s, key[0], _Taker(tuple(wanted[key]))) for key, s in scenarios.items()]
    found = dict(zip(scenarios, simulate_all(jobs, rng, threads, progress), strict=True))
    return [{r: [found[t.luck, s.hash][r] for s in t.scenarios] for r in t.claim.readings} for t in trials]


@dataclass(frozen=True)
class _Taker:
    """Takes readings of a record."""

    readings: tuple[Reading, ...]

    def __call__(self, record: Record) -> dict[Reading, float]:
        return {reading: reading(record) for reading in self.readings}


def _effect(trial: _Trial, test: Test, values: dict[Reading, list[float]]) -> float:
    """The effect that a test asks for, in one trial; nan where undefined."""
    if test.other:
        given = [values[reading] for reading in test.given]
        if test.given_levers:
            given += [[s.value(path) for s in trial.scenarios] for path in trial.claim.levers]
        return partial_rank_correlation(values[test.gap.reading], values[test.other], given)
    effect = _gap(trial.claim, test.gap, values)
    return effect - _gap(trial.claim, test.beyond, values) if test.beyond else effect


def _gap(claim: Claim, gap: Gap, values: dict[Reading, list[float]]) -> float:
    by_arm = dict(zip(claim.arms, values[gap.reading], strict=True))
    return by_arm[gap.arm] - (by_arm[gap.against] if gap.against else 0.0)


def partial_rank_correlation(one: Sequence[float], other: Sequence[float], given: Sequence[Sequence[float]]) -> float:
    """Spearman's rank correlation of two variables with the ranks of ``given`` partialled out.

    Cases in which one of them is nan are left out; nan where fewer than ``len(given)`` + 4 are left, or where nothing
    of a variable is left to correlate.
    """
    columns = np.array([one, other, *given], float)
    columns = columns[:, ~np.isnan(columns).any(axis=0)]
    n = columns.shape[1]
    if n < len(given) + 4:
        return float("nan")
    ranked = np.array([ranks(c) for c in columns])
    ranked -= ranked.mean(axis=1, keepdims=True)
    x, y, z = ranked[0], ranked[1], ranked[2:].T
    if len(given):
        x, y = (v - z @ np.linalg.lstsq(z, v, rcond=None)[0] for v in (x, y))
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread > 1e-9 * n**3 else float("nan")
