"""What an optimisation says in sentences: what was found, how much of the gain is real, and what it hangs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.report.findings_numbers import amount, apart, path_amount, with_interval
from cxsim.scenario_timeline import dated
from cxsim.studies.analyses.asked import in_words
from cxsim.studies.analyses.findings import label
from cxsim.studies.analyses.optimise_gain import (
    AFTERWARDS,
    BETTER,
    FRESH,
    HELD_OUT,
    OPEN,
    WORSE,
    gain_sentences,
    size_of,
    verdict,
)
from cxsim.studies.analyses.optimise_read import NOT_JUDGED

if TYPE_CHECKING:
    from cxsim.intervals import Estimate
    from cxsim.scenario import Scenario
    from cxsim.studies.analyses.optimise import Checked
    from cxsim.studies.analyses.optimise_read import Goal, Search
    from cxsim.studies.analyses.questions import Limit
    from cxsim.studies.analyses.trials import Trials
    from cxsim.studies.quantities import Quantity

_MOST_NAMED = 4
_AT_END = 0.01  # of the range


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

    def interval(self, name: str, mean: float, low: float, high: float, sign: bool = False) -> str:
        """A difference of a measure with its interval; of shares in points."""
        text = with_interval((mean, low, high), self.quantities[name].unit, self.currency, sign)
        return text.replace(" %", " points")

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
    """The answer in one line; of a gain, in runs that had no say in the choice."""
    goals, best = told.search.goals, trials.best
    if not trials.defined[trials.first :].any():
        return f"Nothing to judge: no setting of the levers of {told.arm} has a value in all of its runs"
    if best is None:
        return f"No setting of the levers of {told.arm} that was tried keeps within the limits"
    said = _best_of_one(told, goals[0], checked) if len(goals) == 1 else _best_of_several(told, trials)
    broken = _broken(told, checked, "best", True)
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
    """The gain where it is clear, and whether other worlds bear it out.

    An arm that breaks a limit as it is may be no worse for that.
    """
    measure, gain = told.measure(goal.measure), checked.gain(FRESH, goal.measure)
    if gain and gain.gain.n < 2:
        return f"Too few runs have a value to hold the best setting against {told.arm} as it is in {measure}"
    instead, found = "", verdict(gain, goal)
    if gain and found in (BETTER, WORSE):
        after, before = apart([gain.best, gain.start], told.quantities[goal.measure].unit, told.currency)
        instead = f"{measure} of {after} instead of {before}"
    if found == BETTER:
        return f"{told.arm}: {instead} with other levers, in runs with other luck{_elsewhere(goal, checked)}"
    for word, clear in (("breaks", True), ("may break", False)):
        if broken := _broken(told, checked, "start", clear):
            cost = f"to keep within it means {instead}" if instead else f"to keep within it costs no clear {measure}"
            return f"{told.arm} as it is {word} {broken}; {cost}"
    which = "The best that keeps within the limits is not" if told.search.limits else "No setting that was tried is"
    return f"{which} clearly better than {told.arm} as it is in {measure}"


def _elsewhere(goal: Goal, checked: Checked) -> str:
    """How worlds held out qualify a gain that is clear with other luck."""
    gain = checked.gain(HELD_OUT, goal.measure)
    said = {OPEN: ", not confirmed in worlds held out", WORSE: ", but worse in worlds held out"}
    return said.get(verdict(gain, goal), "") if gain else ""


def _broken(told: Told, checked: Checked, which: str, clear: bool) -> str:
    """Limits that the ``start`` or the ``best`` does not keep within on average, with other luck; in words.

    Those beyond which it is clearly, or those where luck may put it there.
    """
    found = []
    for name, limit in told.search.limits:
        gain = checked.gain(FRESH, name)
        if gain and _beyond(limit, getattr(gain, which), getattr(gain, f"{which}_ends")) is clear:
            found.append(f"{told.measure(name)} {limit}")
    return " and ".join(found)


def _beyond(limit: Limit, mean: float, ends: tuple[float, float]) -> bool | None:
    """Whether a mean beyond a limit is so clearly, by its interval; None where it is not beyond."""
    if not isfinite(mean) or limit.holds(np.array([mean]))[0]:
        return None
    return isfinite(ends[0]) and not bool(limit.holds(np.array(ends)).any())


def sentences(told: Told, trials: Trials, checked: Checked) -> Iterator[str]:
    """How it was searched, what the gain is worth, what is at its end, and what the intervals hold."""
    yield from _searched(told, trials)
    if trials.best is None:
        yield from _out_of_reach(told, trials)
        return
    if len(told.search.goals) > 1:
        yield from _front(told, trials)
    if checked.gains:
        yield from gain_sentences(told, checked)
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
    """Why no trial counts: what came nearest to each limit, or how many runs have a value."""
    if not trials.defined[trials.first :].any():
        for name, values in trials.values.items():
            runs = values[trials.first :]
            n = int((~np.isnan(runs)).sum())
            yield f"{told.quantities[name].title} has a value in {n:,} of {runs.size:,} runs."
        return
    for name, limit in told.search.limits:
        values = trials.means[name][trials.first :]
        known = values[~np.isnan(values)]
        held = int(limit.holds(known).sum())
        nearest = known.min() if limit.sign.startswith("<") else known.max()
        text = f"{told.quantities[name].title} has to be {limit}: {held} of {len(known)} trials keep to that"
        yield f"{text}, the nearest with {told.amount(name, float(nearest), digits=3)}." if not held else f"{text}."
    yield "Allow more, give the levers wider ranges, or allow more runs."


def _front(told: Told, trials: Trials) -> Iterator[str]:
    """From where to where the front goes, with digits enough to tell its ends apart, and which of it is given."""
    assert trials.best is not None
    parts, chosen = [], []
    for goal in told.search.goals:
        values, quantity = trials.means[goal.measure], told.quantities[goal.measure]
        ends = [float(end(values[trials.front])) for end in (np.min, np.max)]
        low, high, given = apart([*ends, float(values[trials.best])], quantity.unit, told.currency)
        name = told.measure(goal.measure)
        parts.append(f"{name} from {low} to {high}" if low != high else f"{name} hardly differs ({low})")
        chosen.append(f"{name} {given}")
    if len(trials.front) == 1:
        yield f"One setting is best in all of them: {', '.join(chosen)}."
        return
    yield f"Where one setting is better in one measure, it is worse in another: {', '.join(parts)}."
    yield f"The levers given are those nearest to the best of each, in spreads of the front: {', '.join(chosen)}."


def _limits(told: Told, checked: Checked) -> Iterator[str]:
    """Whether what was found keeps within the limits with other luck and in other worlds."""
    for name, limit in told.search.limits:
        for check, where in AFTERWARDS.items():
            gain = checked.gain(check, name)
            clear = _beyond(limit, gain.best, gain.best_ends) if gain else None
            if gain and clear is not None:
                mean = told.amount(name, gain.best, digits=3)
                judged = f"not {limit}" if clear else f"too few runs to tell whether it is {limit}"
                yield f"{told.quantities[name].title} is {mean} on average {where}: {judged}."


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
        signs = checked.clear(goal)
        clear = sorted(signs, key=lambda p: -size_of(losses[p], goal))
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
