"""What an optimisation says in sentences: what was found, how much of the gain is real, and what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import hypot, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.intervals import t_quantile
from cxsim.report.findings_numbers import amount, path_amount, percent
from cxsim.scenario_timeline import dated
from cxsim.studies.analyses.asked import in_words
from cxsim.studies.analyses.findings import label
from cxsim.studies.analyses.optimise_read import NOT_JUDGED

if TYPE_CHECKING:
    from cxsim.intervals import Estimate
    from cxsim.scenario import Scenario
    from cxsim.studies.analyses.optimise import Checked, Gain
    from cxsim.studies.analyses.optimise_read import Goal, Search
    from cxsim.studies.analyses.trials import Trials
    from cxsim.studies.quantities import Quantity

_MOST_NAMED = 4
_AT_END = 0.01  # of the range
_ERROR = 0.05  # chance that anything is called clear though nothing differs


@dataclass(frozen=True)
class Told:
    """What is spoken of: the arm, its levers and goals, measures with their units; ``n_drawn`` assumptions vary."""

    arm: str
    scenario: Scenario
    search: Search
    quantities: Mapping[str, Quantity]
    currency: str
    n_drawn: int

    def measure(self, name: str) -> str:
        """A measure in words."""
        return in_words(self.quantities[name])

    def amount(self, name: str, value: float, sign: bool = False, digits: int = 2) -> str:
        """An amount of a measure."""
        return amount(value, self.quantities[name].unit, self.currency, sign, digits)

    def change(self, name: str, value: float, sign: bool = True) -> str:
        """A difference of a measure; of shares in points, since a per cent of a share is another thing."""
        return self.amount(name, value, sign).replace(" %", " points")

    def lever(self, path: str) -> str:
        """A lever in words."""
        return label(path, [v.path for v in self.search.levers])

    def settings(self) -> dict[str, Any]:
        """The settings in full, for the finding."""
        asked = self.search
        return {
            "arm": asked.arm, "arm_title": self.arm, "levers": [v.path for v in asked.levers],
            "maximise": [goal.measure for goal in asked.goals],
            "better": ["higher" if goal.direction > 0 else "lower" for goal in asked.goals],
            "subject_to": {name: str(limit) for name, limit in asked.limits}, "budget_runs": asked.budget_runs,
            "trials": asked.n_trials, "trial_runs": asked.trial_runs, "replications": asked.replications,
            "worlds": asked.worlds, "held_out_worlds": asked.held_out_worlds, "batch_trials": asked.batch_trials,
            "titles": {name: q.title for name, q in self.quantities.items()},
            "words": {name: in_words(q) for name, q in self.quantities.items()}, "currency": self.currency,
        }  # fmt: skip


def title(told: Told, trials: Trials, checked: Checked) -> str:
    """The answer in one line; of a gain, with luck other than that by which it was chosen."""
    goals, best = told.search.goals, trials.best
    if best is None:
        return f"No setting of the levers of {told.arm} that was tried keeps within the limits"
    said = _best_of_one(told, goals[0], checked) if len(goals) == 1 else _best_of_several(told, trials)
    broken = _broken(told, checked, "best")
    return f"{said}; with other luck the levers found break {broken}" if broken else said


def _best_of_several(told: Told, trials: Trials) -> str:
    names = [told.measure(goal.measure) for goal in told.search.goals]
    number = len(trials.front)
    what = f"{', '.join(names[:-1])} and {names[-1]}"
    if number == 1:
        return f"{told.arm}: one setting of the levers is best in {what}"
    what = what if len(names) > 2 else " against ".join(names)
    return f"{told.arm}: {what}; {number} settings of which none beats another"


def _best_of_one(told: Told, goal: Goal, checked: Checked) -> str:
    """The gain where it is clear; an arm that breaks a limit as it is may be no worse for that."""
    measure, gain = told.measure(goal.measure), checked.gain("other luck", goal.measure)
    instead = ""
    if gain and (sign := _sign(gain.gain, goal)):
        found, before = (told.amount(goal.measure, x) for x in (gain.best, gain.start))
        instead = f"{measure} of {found} instead of {before}"
        if sign > 0:
            return f"{told.arm}: {instead} with other levers"
    if broken := _broken(told, checked, "start"):
        cost = f"to keep within it means {instead}" if instead else f"to keep within it costs no clear {measure}"
        return f"{told.arm} as it is breaks {broken}; {cost}"
    which = "The best that keeps within the limits is not" if told.search.limits else "No setting that was tried is"
    return f"{which} clearly better than {told.arm} as it is in {measure}"


def _broken(told: Told, checked: Checked, which: str) -> str:
    """Limits that the ``start`` or the ``best`` does not keep within on average, with other luck; in words."""
    found = []
    for name, limit in told.search.limits:
        gain = checked.gain("other luck", name)
        mean = getattr(gain, which) if gain else np.nan
        if isfinite(mean) and not limit.holds(np.array([mean]))[0]:
            found.append(f"{told.measure(name)} {limit}")
    return " and ".join(found)


def sentences(told: Told, trials: Trials, checked: Checked) -> Iterator[str]:
    """How it was searched, what the gain is worth, what is at its end, and what the intervals hold."""
    yield from _searched(told, trials)
    if trials.best is None:
        yield from _out_of_reach(told, trials)
        return
    if len(told.search.goals) > 1:
        yield from _front(told, trials)
    for goal in told.search.goals if checked.gains else ():
        yield from _gain(told, goal, checked)
    yield from _limits(told, checked)
    yield from _ends(told, trials, trials.best)
    yield from _worth(told, checked)
    yield from _not_alone(told)
    if checked.gains:
        yield _what_intervals_hold(told)


def _searched(told: Told, trials: Trials) -> Iterator[str]:
    asked, n = told.search, len(trials.rows) - trials.first
    where = f"in {asked.worlds} sampled worlds" if asked.worlds else "in its own world"
    k = len(asked.levers)
    times = f"{asked.replications} run{'s' * (asked.replications > 1)}{' each' * (asked.worlds > 0)}"
    yield f"{n} settings of {k} lever{'s' * (k > 1)} were tried, with {times} {where}."
    for path in asked.left_out:
        yield f"Left out: {told.lever(path)}; {NOT_JUDGED[path]}. Name it among the levers to have it tried."
    if asked.limits and trials.best is not None:
        limits = " and ".join(f"{told.measure(name)} {limit}" for name, limit in asked.limits)
        yield f"{int(trials.feasible.sum())} of them keep within {limits}."
    lost = int((~trials.defined[trials.first :]).sum())
    if lost:
        yield f"{lost} do not count: a measure is undefined in one of their runs."
    if not asked.inside:
        yield f"{told.arm} as it is lies outside the ranges: it is what the gain is measured from, and no trial."


def _out_of_reach(told: Told, trials: Trials) -> Iterator[str]:
    """Why no trial keeps within the limits: what came nearest to each of them."""
    for name, limit in told.search.limits:
        values = trials.means[name][trials.first :]
        known = values[~np.isnan(values)]
        if not len(known):
            yield f"{told.quantities[name].title} is undefined in every trial."
            continue
        held = int(limit.holds(known).sum())
        nearest = known.min() if limit.sign.startswith("<") else known.max()
        text = f"{told.quantities[name].title} has to be {limit}: {held} of {len(known)} trials keep to that"
        yield f"{text}, the nearest with {told.amount(name, float(nearest), digits=3)}." if not held else f"{text}."
    if told.search.limits:
        yield "Allow more, give the levers wider ranges, or allow more runs."


def _front(told: Told, trials: Trials) -> Iterator[str]:
    parts = []
    for goal in told.search.goals:
        values = trials.means[goal.measure][trials.front]
        ends = [told.amount(goal.measure, float(x)) for x in (values.min(), values.max())]
        parts.append(f"{told.measure(goal.measure)} from {ends[0]} to {ends[1]}")
    yield f"Where one setting is better in one measure, it is worse in another: {', '.join(parts)}."
    chosen = [f"{told.measure(g.measure)} {told.amount(g.measure, _mean(trials, g))}" for g in told.search.goals]
    yield f"The levers given are those nearest to the best of each, in spreads of the front: {', '.join(chosen)}."


def _mean(trials: Trials, goal: Goal) -> float:
    return float(trials.means[goal.measure][trials.best or 0])


def _gain(told: Told, goal: Goal, checked: Checked) -> Iterator[str]:
    """The gain as tried, with other luck and in other worlds, and how far it was fitted to the runs of the trials."""
    name, asked = goal.measure, told.search
    tried, fresh, held_out = (checked.gain(check, name) for check in ("as tried", "other luck", "held-out worlds"))
    assert tried and fresh
    parts = [f"{told.change(name, float(tried.gain.mean))} in the runs by which it was chosen"]
    parts.append(f"{_told(told, fresh)} with other luck")
    if held_out:
        parts.append(f"{_told(told, held_out)} in {asked.held_out_worlds} sampled worlds held out")
    yield f"Change in {told.measure(name)}: {', '.join(parts[:-1])} and {parts[-1]}."
    last, where = (held_out, "in worlds held out") if held_out and asked.worlds else (fresh, "with other luck")
    for gain, which in ((fresh, "worlds or runs with other luck"), (held_out, "worlds held out")):
        if gain and gain.lost:
            yield f"Undefined, and not counted, in {gain.lost} of {gain.lost + int(gain.gain.n)} {which}."
    yield _over_fitted(told, goal, tried, last, where)
    if held_out and _sign(held_out.gain, goal) <= 0:
        what = "It is worse" if _sign(held_out.gain, goal) < 0 else "It is not clearly better"
        yield f"{what} in worlds held out: it holds for the world{'s' * (asked.worlds > 0)} that it was tuned to."


def _over_fitted(told: Told, goal: Goal, tried: Gain, last: Gain, where: str) -> str:
    """The gain as tried less that on runs that had no say in the choice, both with their luck."""
    gone = goal.direction * (float(tried.gain.mean) - float(last.gain.mean))
    half = hypot(float(tried.gain.half), float(last.gain.half))
    amounts = [told.change(goal.measure, x, False) for x in (gone, gone - half, gone + half)]
    interval = f" (95 % interval {amounts[1]} to {amounts[2]})" if isfinite(half) else ""
    if gone - half > 0:
        share = percent(min(gone / abs(float(tried.gain.mean)), 1.0))
        return f"Over-fitted: {amounts[0]}{interval}, {share} of the gain as tried, is not there {where}."
    return f"No over-fitting is clear: the gain as tried less that {where} is {amounts[0]}{interval}."


def _limits(told: Told, checked: Checked) -> Iterator[str]:
    """Whether what was found keeps within the limits with other luck and in other worlds."""
    for name, limit in told.search.limits:
        for check, where in (("other luck", "with other luck"), ("held-out worlds", "in worlds held out")):
            gain = checked.gain(check, name)
            if gain and isfinite(gain.best) and not limit.holds(np.array([gain.best]))[0]:
                mean = told.amount(name, gain.best, digits=3)
                yield f"{told.quantities[name].title} is {mean} on average {where}: not {limit}."


def _ends(told: Told, trials: Trials, best: int) -> Iterator[str]:
    """Levers at an end of their range: that of the model, or one that was chosen narrower."""
    final: list[str] = []
    narrower: list[str] = []
    for v, x in zip(told.search.levers, trials.rows[best].tolist(), strict=True):
        for end in (v.low, v.high):
            if abs(x - end) <= _AT_END * (v.high - v.low):
                p = told.scenario.catalogue.parameter(v.path)
                name = f"{told.lever(v.path)} ({path_amount(x, v.unit)})"
                (final if end in (p.low, p.high) else narrower).append(name)
                break
    if final:
        yield f"At the end of its range, and the model knows nothing beyond: {', '.join(final)}."
    if narrower:
        yield f"At the end of the range that was asked for, which is narrower than it may be: {', '.join(narrower)}."


def _worth(told: Told, checked: Checked) -> Iterator[str]:
    """Which levers the gain hangs on, and which would be better where they were."""
    if checked.gains and not told.search.put_back_runs:
        yield "What each lever is worth was not tried: it would take too much of the budget."
    for goal in told.search.goals if checked.put_back else ():
        losses = {path: e for (path, name), e in checked.put_back.items() if name == goal.measure}
        signs = {path: _sign(e, goal, len(checked.put_back)) for path, e in losses.items()}
        clear = sorted((p for p, sign in signs.items() if sign), key=lambda p: -_size(losses[p], goal))
        costs, gains = ([p for p in clear if signs[p] == sign] for sign in (1, -1))
        named = [_lever(told, goal, p, losses[p]) for p in costs[:_MOST_NAMED]]
        more = f" and {len(costs) - _MOST_NAMED} more" * (len(costs) > _MOST_NAMED)
        what = f"Put back one by one to where they were, levers that cost {told.measure(goal.measure)}"
        rest = f"; {len(losses) - len(clear)} of {len(losses)} make no clear difference" * (len(clear) < len(losses))
        yield f"{what}: {', '.join(named) or 'none'}{more}{rest}."
        if gains and len(told.search.goals) == 1 and not told.search.limits:
            better = ", ".join(_lever(told, goal, p, losses[p]) for p in gains[::-1][:_MOST_NAMED])
            yield f"Better put back: {better}. The search had not come to its end: allow more runs."


def _lever(told: Told, goal: Goal, path: str, loss: Estimate) -> str:
    return f"{told.lever(path)} ({told.change(goal.measure, abs(float(loss.mean)), False)})"


def _not_alone(told: Told) -> Iterator[str]:
    """What else moves the levers during a run."""
    paths = [v.path for v in told.search.levers]
    for path, month in dated(told.scenario.timeline, paths):
        yield f"{told.arm} changes {path} by its own timeline from month {month} on: what was set is the start."
    if told.scenario.decide:
        yield f"{told.arm} moves levers by a function of its own each quarter: what was set is the start."


def _what_intervals_hold(told: Told) -> str:
    asked = told.search
    held = "Intervals with other luck hold luck only" if not asked.worlds else "Intervals hold worlds and luck"
    n = f"{asked.fresh_replications} paired runs" if not asked.worlds else f"{asked.worlds} worlds"
    drawn = f"; sampled worlds draw {told.n_drawn} assumptions" if told.n_drawn else ""
    also = ", those in worlds held out worlds too" if not asked.worlds and asked.held_out_worlds else ""
    return f"{held} ({n}){also}{drawn}."


def _told(told: Told, gain: Gain) -> str:
    e = gain.gain
    mean, low, high = (told.change(gain.measure, float(x)) for x in (e.mean, e.low, e.high))
    return f"{mean} ({low} to {high})"


def _size(e: Estimate, goal: Goal) -> float:
    return goal.direction * float(e.mean)


def _sign(e: Estimate, goal: Goal, n_tests: int = 1) -> int:
    """1 where an estimate is clearly better than nought, -1 where clearly worse; one of ``n_tests`` (Bonferroni)."""
    mean, free = _size(e, goal), int(e.n) - 1
    if free < 1:
        return 0
    half = float(e.half) * t_quantile(1 - _ERROR / 2 / n_tests, free) / t_quantile(1 - _ERROR / 2, free)
    return 1 if mean - half > 0 else -1 if mean + half < 0 else 0
