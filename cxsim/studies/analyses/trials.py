"""Trials of an optimisation: which settings of the levers are tried, one batch after another, and which are best.

The search is Optuna's (Akiba et al. 2019, KDD): for one measure the tree-structured Parzen estimator (Bergstra et al.
2011, NIPS), for two NSGA-II (Deb et al. 2002, IEEE TEC 6(2)), for more NSGA-III (Deb & Jain 2014, IEEE TEC 18(4)).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.studies.analyses.optimise_read import Search
from cxsim.studies.experiments.experiment import Varied
from cxsim.studies.extras import library

Array = NDArray[np.float64]
Values = Mapping[str, Array]
"""Measure -> (trials, worlds, replications)."""

LEAST_RANDOM = 10
"""Trials drawn at random before the search for one measure begins to learn."""
_POPULATION = range(10, 51)  # trials of a generation


@dataclass(frozen=True, eq=False)
class Trials:
    """Values of the levers that were tried, ``rows`` (trials, levers), and what came of them; the first is the start.

    ``first`` is the first that counts: 1 where the start lies outside the ranges.
    """

    search: Search
    rows: Array
    values: Values
    first: int

    @property
    def means(self) -> Values:
        """Mean of every measure, (trials,); nan where it is undefined in any run, which would flatter the others."""
        return {name: values.mean(axis=(1, 2)) for name, values in self.values.items()}

    @property
    def defined(self) -> NDArray[np.bool_]:
        """Trials of which every measure is defined in every run."""
        return np.asarray(np.logical_and.reduce([~np.isnan(self.means[name]) for name in self.search.measures]))

    @property
    def feasible(self) -> NDArray[np.bool_]:
        """Trials that count and keep within all limits."""
        within = [limit.holds(self.means[name]) for name, limit in self.search.limits]
        counts = np.arange(len(self.rows)) >= self.first
        return np.asarray(np.logical_and.reduce([self.defined, counts, *within]))

    @property
    def front(self) -> NDArray[np.int64]:
        """Feasible trials than which no other is better in one goal and as good in all; in the order of the first."""
        better = np.array([goal.direction * self.means[goal.measure] for goal in self.search.goals]).T
        kept = np.flatnonzero(self.feasible)
        found = []
        for k in kept:
            others = better[kept]
            beaten = (others >= better[k]).all(axis=1) & (others > better[k]).any(axis=1)
            same = (others == better[k]).all(axis=1) & (kept < k)
            if not beaten.any() and not same.any():
                found.append(int(k))
        return np.array(sorted(found, key=lambda k: better[k, 0]), dtype=np.int64)

    @property
    def best(self) -> int | None:
        """The best trial; for several goals that of the front nearest to the best of each, in spreads of the front."""
        front = self.front
        if not len(front):
            return None
        better = np.array([goal.direction * self.means[goal.measure][front] for goal in self.search.goals]).T
        spread = np.ptp(better, axis=0)
        short = (better.max(axis=0) - better) / np.where(spread > 0, spread, 1.0)
        return int(front[(short**2).sum(axis=1).argmin()])


def search(asked: Search, seed: int, evaluate: Callable[[Array], Values]) -> Trials:
    """Try as many settings as the budget allows. ``evaluate`` gives the values of rows, which it is handed in batches.

    The same trials follow from the same settings, seed and values.
    """
    optuna = library("optuna")
    rows: list[tuple[float, ...]] = []
    found: list[Values] = []
    with _quiet(optuna):
        study, batch = _study(optuna, asked, seed)
        axes = {v.path: _axis(optuna, v) for v in asked.levers}
        if asked.inside:
            study.enqueue_trial(dict(zip(axes, asked.start, strict=True)))
        while len(rows) < asked.n_trials:
            new = [] if asked.inside or rows else [asked.start]
            trials = [study.ask(axes) for _ in range(min(batch, asked.n_trials - len(rows) - len(new)))]
            tried = [tuple(_neat(v, trial.params[v.path]) for v in asked.levers) for trial in trials]
            if asked.inside and not rows:
                tried[0] = asked.start  # all its digits: it is what the winner is held against
            values = evaluate(np.array([*new, *tried]))
            for k, trial in enumerate(trials, start=len(new)):
                _tell(optuna, study, trial, asked, {name: x[k] for name, x in values.items()})
            rows += [*new, *tried]
            found.append(values)
    joined = {name: np.concatenate([values[name] for values in found]) for name in asked.measures}
    return Trials(asked, np.array(rows), joined, 0 if asked.inside else 1)


def _study(optuna: Any, asked: Search, seed: int) -> tuple[Any, int]:
    """A study, and how many trials to ask at a time."""
    directions = ["maximize" if goal.direction > 0 else "minimize" for goal in asked.goals]
    seed %= 2**32
    if len(directions) == 1:
        startup = max(LEAST_RANDOM, min(2 * len(asked.levers), asked.n_trials // 4))
        sampler, batch = optuna.samplers.TPESampler(n_startup_trials=startup, seed=seed), asked.batch
    else:
        size = min(max(asked.n_trials // 8, _POPULATION[0]), _POPULATION[-1])
        kind = optuna.samplers.NSGAIISampler if len(directions) == 2 else optuna.samplers.NSGAIIISampler
        with warnings.catch_warnings():  # that NSGA-III may still change is no news to whoever runs a study
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler, batch = kind(population_size=size, seed=seed), size
    return optuna.create_study(directions=directions, sampler=sampler), batch


def _axis(optuna: Any, v: Varied) -> Any:
    if v.integer:
        return optuna.distributions.IntDistribution(int(v.low), int(v.high))
    return optuna.distributions.FloatDistribution(v.low, v.high, log=v.scale == "log")


def _neat(v: Varied, x: float) -> float:
    """The value that is run: with no more digits than tell a thousand values of the range apart."""
    size = abs(x) if v.scale == "log" else v.high - v.low
    return min(max(round(float(x), 3 - floor(log10(size))), v.low), v.high)


def _tell(optuna: Any, study: Any, trial: Any, asked: Search, values: Values) -> None:
    means = {name: float(values[name].mean()) for name in asked.measures}
    if any(np.isnan(x) for x in means.values()):
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        return
    for name, limit in asked.limits:
        over = means[name] - limit.value if limit.sign.startswith("<") else limit.value - means[name]
        trial.set_constraint(f"{name} {limit}", over / (abs(limit.value) or 1.0))
    study.tell(trial, [means[goal.measure] for goal in asked.goals])


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """No log of every trial."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
