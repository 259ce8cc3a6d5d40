"""How far runs that had no say in the choice bear out a gain, in sentences.

A gain as tried is what a choice promises. What is left of it is judged by the winner's further runs alone: the
interval of the runs by which it was chosen would be that of one that nobody chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING

from cxsim.intervals import t_quantile
from cxsim.report.findings_numbers import rounded

if TYPE_CHECKING:
    from cxsim.intervals import Estimate
    from cxsim.studies.analyses.optimise import Checked, Gain
    from cxsim.studies.analyses.optimise_read import Goal
    from cxsim.studies.analyses.optimise_words import Told

TRAINING, FRESH, HELD_OUT = "as tried", "other luck", "held-out worlds"
CHECKS = (TRAINING, FRESH, HELD_OUT)
"""On which runs a gain rests: those by which the winner was chosen, the same worlds with other luck, other worlds."""
AFTERWARDS: Mapping[str, str] = MappingProxyType({FRESH: "with other luck", HELD_OUT: "in worlds held out"})
"""Runs that had no say in the choice, in words."""
BETTER, WORSE, OPEN, UNKNOWN = (
    "is clearly better", "is clearly worse", "is not clearly better", "has too few values to be judged",
)  # fmt: skip
_ERROR = 0.05  # chance that anything is called clear though nothing differs
_MOST_ASKED = 100_000  # runs or worlds that may be asked for


def gain_sentences(told: Told, checked: Checked) -> Iterator[str]:
    """Which measures are better in runs that had no say in the choice, by how much, and what is left of each gain."""
    yield from _verdicts(told, checked)
    for goal in told.search.goals:
        yield _change(told, goal, checked)
        for check, what in ((FRESH, "worlds or runs with other luck"), (HELD_OUT, "worlds held out")):
            gain = checked.gain(check, goal.measure)
            if gain and gain.lost:
                yield f"Undefined, and not counted, in {gain.lost} of {gain.lost + int(gain.gain.n)} {what}."
        yield from _left(told, goal, checked)


def verdict(gain: Gain | None, goal: Goal) -> str:
    """What runs that had no say in the choice say of a measure: one of four."""
    if gain is None or gain.gain.n < 2:
        return UNKNOWN
    return {1: BETTER, 0: OPEN, -1: WORSE}[sign_of(gain.gain, goal)]


def size_of(e: Estimate, goal: Goal) -> float:
    """How much better a mean difference is, which is negative where it is worse."""
    return goal.direction * float(e.mean)


def sign_of(e: Estimate, goal: Goal, n_tests: int = 1) -> int:
    """1 where an estimate is clearly better than nought, -1 where clearly worse; one of ``n_tests`` (Bonferroni)."""
    mean, free = size_of(e, goal), int(e.n) - 1
    if free < 1:
        return 0
    half = float(e.half) * t_quantile(1 - _ERROR / 2 / n_tests, free) / t_quantile(1 - _ERROR / 2, free)
    return 1 if mean - half > 0 else -1 if mean + half < 0 else 0


def _verdicts(told: Told, checked: Checked) -> Iterator[str]:
    """Every measure by its name; runs of which the same is to be said in one sentence."""
    goals = told.search.goals
    places: dict[tuple[str, ...], list[str]] = {}
    for check, where in AFTERWARDS.items():
        gains = [checked.gain(check, goal.measure) for goal in goals]
        if any(gains):
            found = tuple(verdict(gain, goal) for gain, goal in zip(gains, goals, strict=True))
            places.setdefault(found, []).append(where)
    for found, named in places.items():
        said = [f"{told.measure(goal.measure)} {words}" for goal, words in zip(goals, found, strict=True)]
        place = " and ".join(named)
        yield f"{place[0].upper()}{place[1:]}: {'; '.join(said)}."


def _change(told: Told, goal: Goal, checked: Checked) -> str:
    """The gain as tried, with other luck and in other worlds."""
    name, asked = goal.measure, told.search
    tried = checked.gain(TRAINING, name)
    assert tried
    first = told.change(name, float(tried.gain.mean)) if isfinite(tried.gain.mean) else "not defined"
    parts = [f"{first} in the runs by which it was chosen"]
    for check, where in AFTERWARDS.items():
        if gain := checked.gain(check, name):
            e = gain.gain
            text = told.interval(name, float(e.mean), float(e.low), float(e.high), True) if e.n else "not defined"
            parts.append(f"{text} {where}" + f" ({asked.held_out_worlds} sampled ones)" * (check == HELD_OUT))
    return f"Change in {told.measure(name)}: {', '.join(parts[:-1])} and {parts[-1]}."


def _left(told: Told, goal: Goal, checked: Checked) -> Iterator[str]:
    """What is left of a gain as tried; nothing is said where there was none."""
    name = goal.measure
    first = checked.gain(TRAINING, name)
    tried = size_of(first.gain, goal) if first else 0.0
    if not tried > 0:
        return
    gone, kept, unsure = [], [], []
    for check, where in AFTERWARDS.items():
        gain = checked.gain(check, name)
        if gain is None or gain.gain.n < 2:
            continue
        low, high = sorted(goal.direction * float(x) for x in (gain.gain.low, gain.gain.high))
        missing = told.interval(name, tried - size_of(gain.gain, goal), tried - high, tried - low)
        if high < 0:
            gone.append(f"none is there {where}")
        elif high < tried:
            gone.append(f"{missing} is not there {where}")
        elif low >= tried or high - low <= tried:
            kept.append(f"{where} the difference is {missing}")
        else:
            unsure.append(_too_few(told, goal, gain, tried, low > 0))
    measure = told.measure(name)
    if kept:
        yield f"Of the gain in {measure} as tried, none is clearly missing: {', and '.join(kept)}."
    if gone:
        whole = told.change(name, tried, False)
        yield f"As tried, the gain in {measure} flatters: of {whole}, {', and '.join(gone)}."
    yield from unsure


def _too_few(told: Told, goal: Goal, gain: Gain, tried: float, clear: bool) -> str:
    """That an interval wider than the gain as tried does not tell what is left of that, and how many runs would."""
    asked, e = told.search, gain.gain
    if gain.check == HELD_OUT:
        what, setting = "worlds", "held_out_worlds"
    else:
        what, setting = ("worlds", "worlds") if asked.worlds else ("runs", "replications")
    needed = (2 * t_quantile(1 - _ERROR / 2, 200) * float(e.sd) / tried) ** 2 + 2
    more = f"about {rounded(needed)} would ({setting})" if needed <= _MOST_ASKED else "nor would any number of them"
    where, measure = AFTERWARDS[gain.check], told.measure(goal.measure)
    if clear:
        return f"There is a gain in {measure} {where}, but {e.n} {what} cannot tell whether all of it is there; {more}."
    head = f"As tried, the gain in {measure} is not confirmed {where}"
    return f"{head}: {e.n} {what} cannot tell whether none or all of it is there; {more}."
