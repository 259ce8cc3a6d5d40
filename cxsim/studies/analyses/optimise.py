"""Levers that make measures best, and how much of the gain is real.

The best of many trials flatters: it was chosen for its luck too, and it is fitted to the worlds in which it was tried.
So the winner and the arm as it is are run again with other luck, and in sampled worlds that were held out.

Trials have the luck of the experiment's own seed. All else has a seed that
:func:`cxsim.studies.analyses.asked.seed_for` derives from it by name: ``optimise trials`` (which settings
are tried), ``optimise worlds`` and ``optimise held_out_worlds`` (which worlds are drawn), ``optimise other luck`` and
``optimise luck of held-out worlds``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Column, Table, labels
from cxsim.intervals import Estimate, estimate
from cxsim.scenario import Scenario
from cxsim.scenario_timeline import nest
from cxsim.studies.analyses import findings
from cxsim.studies.analyses.asked import Further, TaskRunner, Worlds, ask, sample, seed_for
from cxsim.studies.analyses.optimise_gain import CHECKS, FRESH, HELD_OUT, TRAINING, sign_of
from cxsim.studies.analyses.optimise_read import KEYS, Goal, Search, read
from cxsim.studies.analyses.optimise_words import Told, sentences, title
from cxsim.studies.analyses.trials import Trials, Values, search
from cxsim.studies.experiments.experiment import Experiment
from cxsim.yaml_dump import Plain, dump

__all__ = ["CHECKS", "KEYS", "Checked", "Gain", "best_levers", "best_scenario", "optimise", "read"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gain:
    """The winner less the arm as it is, of one measure, on one set of runs; in ``lost`` pairs it is undefined.

    ``start_ends`` and ``best_ends`` are the ends of the 95 % intervals of both; nan for less than two pairs.
    """

    check: str
    measure: str
    start: float
    best: float
    lost: int
    gain: Estimate
    start_ends: tuple[float, float] = (np.nan, np.nan)
    best_ends: tuple[float, float] = (np.nan, np.nan)


@dataclass(frozen=True, eq=False)
class Checked:
    """A winner run again: its gains, and what is lost where one lever is put back, by (lever, measure).

    ``leading`` are those of the latter that clearly cost more, or clearly gain more, than any other lever.
    """

    gains: tuple[Gain, ...] = ()
    put_back: Mapping[tuple[str, str], Estimate] = field(default_factory=dict)
    leading: frozenset[tuple[str, str]] = frozenset()

    def gain(self, check: str, measure: str) -> Gain | None:
        """One of the gains; None where it was not asked for."""
        return next((g for g in self.gains if (g.check, g.measure) == (check, measure)), None)

    def clear(self, goal: Goal) -> dict[str, int]:
        """Levers that clearly cost a measure where they are put back (1), or are better put back (-1)."""
        n = len(self.put_back)
        signs = {path: sign_of(e, goal, n) for (path, name), e in self.put_back.items() if name == goal.measure}
        return {path: sign for path, sign in signs.items() if sign}

    def settings(self, goals: Sequence[Goal]) -> dict[str, Any]:
        """Of every measure the levers that are clear, and those that lead, for the finding."""
        names, leading = [goal.measure for goal in goals], sorted(self.leading)
        return {
            "clear_levers": {goal.measure: list(self.clear(goal)) for goal in goals},
            "leading_levers": {name: [path for path, of in leading if of == name] for name in names},
        }


def optimise(experiment: Experiment, runner: TaskRunner, settings: Mapping[str, Any]) -> findings.Finding:
    """Find the levers that are best, and run the winner again. Raises ScenarioError for unusable settings."""
    asked = read(experiment, settings)
    training, held_out = _worlds(experiment, asked)

    def evaluate(rows: Array) -> Values:
        n, rng = asked.replications, experiment.rng
        return _of_arm(ask(runner, experiment, [asked.arm], asked.levers, rows, training, n, rng, asked.measures))

    trials = search(asked, seed_for(experiment.rng, "optimise trials"), evaluate)
    checked = Checked()
    if trials.best:  # neither none nor the arm as it is
        checked = _check(experiment, runner, trials, training, held_out)
    told = Told(
        arm=findings.titles(experiment)[asked.arm], scenario=experiment.arms[asked.arm], search=asked,
        quantities={name: findings.quantity(experiment, name) for name in asked.measures},
        currency=findings.currency(experiment), n_drawn=len((training if asked.worlds else held_out).paths),
    )  # fmt: skip
    tables = {"trials": _trials(told, trials), "levers": _levers(told, trials)}
    if checked.gains:
        tables |= {f"gain_{name}": _gains(told, checked, name) for name in asked.measures}
    if checked.put_back:
        tables["put_back"] = _put_back(told, checked)
    about = f"{len(trials.rows)} trials x {asked.trial_runs:,} runs, seed {experiment.rng}"
    said = tuple(sentences(told, trials, checked))
    full = told.settings() | checked.settings(asked.goals)
    files = {"levers.yaml": _yaml(told, trials.rows[trials.best])} if trials.best else {}
    return findings.Finding("optimise", title(told, trials, checked), said, tables, full, about, files)


def further(experiment: Experiment, settings: Mapping[str, Any]) -> Further:
    """Runs of all trials and of the winner's checks, which are not made where the arm as it is cannot be bettered."""
    asked = read(experiment, settings)
    return Further("at most", asked.n_trials * asked.trial_runs + asked.check_runs + asked.put_back_runs)


def best_levers(finding: findings.Finding) -> dict[str, float]:
    """Path -> value of the levers that were found; empty where no trial kept within the limits.

    ``finding.files["levers.yaml"]`` has them as a part of a scenario, to paste into one or to name in its ``extends``.
    """
    levers = finding.tables["levers"].frame()
    known = levers[levers["best"].notna()]
    return dict(zip(known["path"].astype(str), known["best"].astype(float), strict=True))


def best_scenario(experiment: Experiment, finding: findings.Finding) -> Scenario:
    """The arm with the levers that were found; as it is where there are none."""
    scenario = experiment.arms[finding.settings["arm"]]
    for path, value in best_levers(finding).items():
        scenario = scenario.replace(path, value)
    return scenario


def _worlds(experiment: Experiment, asked: Search) -> tuple[Worlds, Worlds]:
    """Those in which the trials are run, and those held out: other draws, by other seeds."""
    arms = [experiment.arms[asked.arm]]
    found = []
    for n, what in ((asked.worlds, "worlds"), (asked.held_out_worlds, "held_out_worlds")):
        rng = seed_for(experiment.rng, f"optimise {what}")
        found.append(sample(arms, n, rng, f"optimise.{what}") if n else Worlds())
    return found[0], found[1]


def _of_arm(found: Mapping[str, Array]) -> Values:
    return {name: values[:, :, 0] for name, values in found.items()}


def _check(
    experiment: Experiment, runner: TaskRunner, trials: Trials, training: Worlds, held_out: Worlds
) -> Checked:
    """Run the winner again beside the start, and beside itself with each lever put back to where it was."""
    asked, best = trials.search, trials.best
    assert best is not None
    pair = trials.rows[[0, best]]
    back = np.tile(pair[1], (len(asked.levers), 1))
    np.fill_diagonal(back, pair[0])
    moved = np.flatnonzero((pair[0] != pair[1]) & bool(asked.put_back_runs))
    rows, seed = np.vstack([pair, back[moved]]), experiment.rng

    def run(rows: Array, worlds: Worlds, n: int, what: str) -> Values:
        rng = seed_for(seed, f"optimise {what}")
        return _of_arm(ask(runner, experiment, [asked.arm], asked.levers, rows, worlds, n, rng, asked.measures))

    fresh = run(rows, training, asked.fresh_replications, "other luck")
    sets = {TRAINING: {name: x[[0, best]] for name, x in trials.values.items()}, FRESH: fresh}
    if len(held_out) > 1:
        sets[HELD_OUT] = run(pair, held_out, 1, "luck of held-out worlds")
    gains = [_gain(check, name, values[name]) for check, values in sets.items() for name in asked.measures]
    put_back: dict[tuple[str, str], Estimate] = {}
    leading: set[tuple[str, str]] = set()
    for goal in asked.goals:
        units = _units(fresh[goal.measure])
        for i, k in enumerate(moved.tolist(), start=2):
            put_back[asked.levers[k].path, goal.measure] = estimate(units[1] - units[i])
        found = _leading(units[2:], goal, len(moved) * len(asked.goals))
        leading |= {(asked.levers[moved[i]].path, goal.measure) for i in found}
    return Checked(tuple(gains), put_back, frozenset(leading))


def _leading(units: Array, goal: Goal, n_tests: int) -> Iterator[int]:
    """Rows, each of runs with one lever put back, that are clearly worse than any other row, or clearly better."""
    for i, row in enumerate(units):
        signs = {sign_of(estimate(other - row), goal, n_tests) for k, other in enumerate(units) if k != i}
        if signs in ({1}, {-1}):
            yield i


def _gain(check: str, measure: str, values: Array) -> Gain:
    """From values of the start and the winner; pairs of which one is undefined do not count."""
    pairs = _units(values[:2])
    known = ~np.isnan(pairs).any(axis=0)
    if not known.any():
        return Gain(check, measure, np.nan, np.nan, known.size, estimate(pairs[1] - pairs[0]))
    start, best = pairs[:, known].mean(axis=1).tolist()
    both = estimate(pairs[:, known].T)
    ends = [(float(low), float(high)) for low, high in zip(both.low, both.high, strict=True)]
    return Gain(check, measure, start, best, int((~known).sum()), estimate(pairs[1] - pairs[0]), *ends)


def _units(values: Array) -> Array:
    """What intervals are taken over: worlds where there are several, else replications, of (rows, both)."""
    means: Array = values.mean(axis=2) if values.shape[1] > 1 else values[:, 0]
    return means


def _trials(told: Told, trials: Trials) -> Table:
    asked, n = told.search, len(trials.rows)
    columns: dict[str, Column] = {"trial": np.arange(n)}
    columns |= {v.path: trials.rows[:, k] for k, v in enumerate(asked.levers)}
    columns |= {name: trials.means[name] for name in asked.measures}
    front = np.isin(np.arange(n), trials.front).astype(np.int64)
    best = (np.arange(n) == (-1 if trials.best is None else trials.best)).astype(np.int64)
    columns |= {"within": trials.feasible.astype(np.int64), "front": front, "best": best}
    units = {"trial": ("number", "trial, in the order in which they were tried; 0 is the arm as it is")}
    units |= {v.path: (v.unit, "value of the lever") for v in asked.levers}
    units |= {name: (q.unit, f"{q.title}, mean over the runs of the trial") for name, q in told.quantities.items()}
    units["within"] = ("0 or 1", "1 where it counts: within the ranges and all limits, and defined in every run")
    units["front"] = ("0 or 1", "1 where no other trial that counts is better in one goal and as good in all")
    units["best"] = ("0 or 1", "1 for the trial whose levers are given")
    return Table(columns, units)


def _yaml(told: Told, row: Array) -> str:
    """Levers as part of a scenario file."""
    found = {v.path: float(x) for v, x in zip(told.search.levers, row, strict=True)}
    below: dict[str, Plain] = {heading: dict(values) for heading, values in nest(found, "policy").items()}
    return dump({"policy": below}, lambda path: told.scenario.catalogue.parameter(path).unit)


def _levers(told: Told, trials: Trials) -> Table:
    asked, best = told.search, trials.best
    found = np.full(len(asked.levers), np.nan) if best is None else trials.rows[best]
    columns: dict[str, Column] = {"path": labels([v.path for v in asked.levers])}
    columns |= {"unit": labels([v.unit for v in asked.levers])}
    columns |= {"low": np.array([v.low for v in asked.levers]), "high": np.array([v.high for v in asked.levers])}
    columns |= {"start": np.array(asked.start), "best": found}
    return Table(columns, title="Levers", units={
        "path": findings.PATH,
        "unit": ("name", "unit of the other columns"),
        "low": ("as in unit", "lowest value tried"),
        "high": ("as in unit", "highest value tried"),
        "start": ("as in unit", "value of the arm as it is"),
        "best": ("as in unit", "value of the best trial; absent where none kept within the limits"),
    })  # fmt: skip


def _gains(told: Told, checked: Checked, measure: str) -> Table:
    gains = [g for g in checked.gains if g.measure == measure]
    unit = told.quantities[measure].unit
    columns: dict[str, Column] = {"runs": labels([g.check for g in gains])}
    columns |= {name: np.array([getattr(g, name) for g in gains]) for name in ("start", "best")}
    columns |= _estimates([g.gain for g in gains], "gain")
    columns["n"] = np.array([int(g.gain.n) for g in gains])
    title = f"{told.quantities[measure].title}: the best levers less {told.arm} as it is"
    return Table(columns, title=title, units={
        "runs": ("name", "those of the trials, the same worlds with other luck, or worlds held out"),
        "start": (unit, "mean of the arm as it is, over runs that count"),
        "best": (unit, "mean with the levers that were found, over the same"),
        "gain": (unit, "the second less the first"),
        "gain_low": (unit, "lower end of its 95 % interval"),
        "gain_high": (unit, "upper end of its 95 % interval"),
        "n": ("runs or worlds", "paired runs, or worlds where there are several, in which it is defined"),
    })  # fmt: skip


def _put_back(told: Told, checked: Checked) -> Table:
    paths = list(dict.fromkeys(path for path, _ in checked.put_back))
    columns: dict[str, Column] = {"path": labels(paths)}
    units = {"path": ("name", "lever that is put back to its value in the arm as it is")}
    for goal in told.search.goals:
        name, unit = goal.measure, told.quantities[goal.measure].unit
        columns |= _estimates([checked.put_back[path, name] for path in paths], name)
        units[name] = (unit, "what was found less the same with the lever put back, with other luck")
        units[f"{name}_low"] = (unit, "lower end of its 95 % interval")
        units[f"{name}_high"] = (unit, "upper end of its 95 % interval")
    return Table(columns, units, title="What each lever is worth: the best levers less the same with one put back")


def _estimates(found: list[Estimate], name: str) -> dict[str, Column]:
    columns: dict[str, Column] = {name: np.array([float(e.mean) for e in found])}
    return columns | {f"{name}_{end}": np.array([float(getattr(e, end)) for e in found]) for end in ("low", "high")}
