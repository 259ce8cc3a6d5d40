"""What a break-even says in sentences. They never say more than the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.report import style
from cxsim.report.findings_numbers import path_amount
from cxsim.scenario_timeline import dated
from cxsim.studies.analyses.asked import Worlds, in_words
from cxsim.studies.analyses.crossings import Crossing, Curve, Stretch
from cxsim.studies.analyses.findings import label
from cxsim.worlds import deciding

if TYPE_CHECKING:
    from cxsim.scenario import Scenario
    from cxsim.studies.analyses.break_even import BreakEven
    from cxsim.studies.experiments.experiment import Varied
    from cxsim.studies.quantities import Quantity

Array = NDArray[np.float64]

_CLOSE = 1e-9  # places along a scale that are the same


@dataclass(frozen=True)
class Told:
    """What is spoken of: the arms by title, the measure and its direction, the parameter and the arm's own value."""

    arm: str
    against: str
    quantity: Quantity
    direction: float
    varied: Varied
    both: bool
    own: float
    arms: Mapping[str, Scenario]
    currency: str
    tolerance_share: float
    source: str

    @property
    def parameter(self) -> str:
        """The parameter in words."""
        return label(self.varied.path, [self.varied.path])

    @property
    def measure(self) -> str:
        """The measure in words."""
        return in_words(self.quantity)

    @property
    def better(self) -> str:
        """What the arm is where it is better, or has more of a measure without direction."""
        return "ahead" if self.direction else "above"

    @property
    def worse(self) -> str:
        """What it is elsewhere."""
        return "behind" if self.direction else "below"

    def side(self, sign: int) -> str:
        """``ahead of Doormat``, for a clear sign of the difference."""
        word = self.word(sign)
        return f"{word} {'of ' * (word == 'ahead')}{self.against}"

    def word(self, sign: int) -> str:
        """``ahead`` or ``behind``, for a sign of the difference."""
        return self.better if sign * (self.direction or 1.0) > 0 else self.worse

    def value(self, x: float) -> str:
        """A value of the parameter, with as many digits as are known."""
        if self.varied.integer:
            return style.number(x, 0)
        if self.varied.scale == "log":
            return style.number(x, style.decimals_for(x, 3, 6))
        span = (self.varied.high - self.varied.low) * self.tolerance_share
        return style.number(x, style.decimals_for(span, 1, 6))

    def exact(self, x: float) -> str:
        """A value that is given, not found: all of its digits."""
        return f"{x:,.10g}".replace("0.", ".", 1) if 0 < abs(x) < 1 else f"{x:,.10g}"

    def along(self, u: float) -> str:
        """The same for a place along the parameter's scale."""
        return self.value(float(np.exp(u)) if self.varied.scale == "log" else u)

    def about(self, curve: Curve, u: float) -> tuple[int, int]:
        """Of a whole parameter the values run next to a tie, or the ends of those at which they tie exactly."""
        x = self._whole(curve)
        low = int(np.flatnonzero(curve.x <= u + _CLOSE)[-1])
        high = int(np.flatnonzero(curve.x >= u - _CLOSE)[0])
        while low > 0 and not curve.mean[low] and not curve.mean[low - 1]:
            low -= 1
        while high < len(x) - 1 and not curve.mean[high] and not curve.mean[high + 1]:
            high += 1
        return int(x[low]), int(x[high])

    def _whole(self, curve: Curve) -> NDArray[np.int64]:
        return np.rint(np.exp(curve.x) if self.varied.scale == "log" else curve.x).astype(np.int64)

    def span(self, part: Stretch) -> str:
        """A stretch of the range; of a whole parameter the numbers in it, empty where it has none."""
        if not self.varied.integer:
            return f"{self.along(part.low)} to {self.along(part.high)}"
        ends = [float(np.exp(u)) if self.varied.scale == "log" else u for u in (part.low, part.high)]
        low, high = int(np.ceil(ends[0] * (1 - _CLOSE))), int(np.floor(ends[1] * (1 + _CLOSE)))
        return "" if low > high else self.value(low) + f" to {self.value(high)}" * (low < high)

    def place(self, curve: Curve, u: float, side: int = 0) -> str:
        """Where they tie, along the scale; with a ``side``, -1 or 1, the end of what is known to lie below or above.

        No run is between whole numbers: the end is the nearest number that is not known to lie on that side.
        """
        if not self.varied.integer:
            return self.along(u)
        low, high = self.about(curve, u)
        if side:
            end = low if side < 0 else high
            tied = not curve.mean[self._whole(curve) == end].any()
            return self.value(end if tied or low == high else end - side)
        return self.value(low) + f" to {self.value(high)}" * (low < high)

    def end(self, u: float) -> str:
        """A place that was run, along the scale: all digits of the range's own ends, else as of what is found."""
        x = float(np.exp(u)) if self.varied.scale == "log" else u
        for end in (self.varied.low, self.varied.high):
            if np.isclose(x, end, rtol=1e-9, atol=0):
                return self.exact(end)
        return self.value(x)

    def settings(self, asked: BreakEven) -> dict[str, Any]:
        """The settings in full, for the finding."""
        v = self.varied
        return {
            "path": v.path, "low": v.low, "high": v.high, "unit": v.unit, "scale": v.scale, "measure": asked.measure,
            "quantity": self.quantity.name, "arm": asked.arm, "against": asked.against, "arm_title": self.arm,
            "against_title": self.against, "both": self.both, "own": self.own, "points": asked.points,
            "tolerance_share": asked.tolerance_share, "replications": asked.replications, "worlds": asked.worlds,
            "currency": self.currency, "title": self.quantity.title, "better": self.better,
            "above": self.word(1), "below": self.word(-1),
        }  # fmt: skip


def title(told: Told, curve: Curve) -> str:
    """The answer in one line."""
    return _answer(told, curve, f" in {told.measure}", told.side)


def headline(told: Told, curve: Curve) -> str:
    """The same without what a figure's axis tells anyway: the measure, and the other arm."""
    return _answer(told, curve, "", told.word)


def _answer(told: Told, curve: Curve, what: str, side: Callable[[int], str]) -> str:
    crossings, stretches = curve.crossings(), curve.stretches()
    signs, where = {part.sign for part in stretches}, told.parameter
    if not stretches:
        return f"Nothing to judge: too few runs of {told.arm} and {told.against} have a value to be compared{what}"
    if len(crossings) == 1 and signs != {0}:
        (c,) = crossings
        if c.before and (not c.after or told.word(c.before) == told.better):
            return f"{told.arm} is {side(c.before)}{what} while {where} is below {told.place(curve, c.value, -1)}"
        return f"{told.arm} is {side(c.after)}{what} once {where} is above {told.place(curve, c.value, 1)}"
    if len(crossings) > 1:
        places = " and ".join(told.place(curve, c.value) for c in crossings)
        return f"{told.arm} and {told.against} tie{what} at {len(crossings)} values of {where}: {places}"
    ends = [told.end(float(u)) for u in (curve.x[0], curve.x[-1])]
    whole = f"{where} from {ends[0]} to {ends[1]}"
    everywhere = ends == [told.exact(end) for end in (told.varied.low, told.varied.high)]
    if signs <= {0}:
        return f"{told.arm} and {told.against} cannot be told apart{what} at any {whole}"
    sign = next(s for s in signs if s)
    where = "over the whole range" if everywhere else "wherever runs have a value"
    where = "wherever they can be told apart" if 0 in signs else where
    return f"{told.arm} is {side(sign)}{what} {where}: {whole}"


def sentences(told: Told, curve: Curve, replications: int, n_values: int) -> Iterator[str]:
    """What the title leaves out: intervals, the rest of the range, what was varied, and what the intervals hold."""
    crossings, stretches = curve.crossings(), curve.stretches()
    clear = any(part.sign for part in stretches)
    if stretches:
        yield from _ties(told, curve, stretches) if clear else ()
        yield from _what_varied(told, crossings)
    if none := n_values - len(curve.x):
        yield f"At {none} of {n_values} values fewer than two pairs of runs have a value: nothing is known there."
    if lost := int((curve.n < replications).sum()):
        least = int(curve.n.min())
        yield f"At {lost} values it is undefined in some runs, which do not count: {least} of {replications} do."
    if stretches:
        yield (
            f"Intervals hold luck only ({replications} paired runs at each of {len(curve.x)} values); "
            "the assumptions of the world were not varied here."
        )


def _ties(told: Told, curve: Curve, stretches: Sequence[Stretch]) -> Iterator[str]:
    """Every tie, with what is so on its sides, and the rest that is not clear."""
    crossings = curve.crossings()
    about = {(c.low, c.high) for c in crossings}
    others = [part for part in stretches if not part.sign and (part.low, part.high) not in about]
    for k, c in enumerate(crossings):
        end = crossings[k + 1].low if k + 1 < len(crossings) else np.inf
        below = [part for part in others if not k and part.high <= c.low]
        yield _crossing(told, curve, c, below, [part for part in others if c.high <= part.low < end])
    for place in filter(None, (told.span(part) for part in others if not crossings)):
        yield f"{'From' if ' to ' in place else 'At'} {place} the two cannot be told apart."


def _crossing(
    told: Told, curve: Curve, c: Crossing, below: Sequence[Stretch], above: Sequence[Stretch]
) -> str:
    """A tie, its interval, and which arm is ahead on its sides, but for stretches where that is not clear."""
    text = f"They tie at {told.along(c.value)} (95 % interval {told.along(c.low)} to {told.along(c.high)})"
    if told.varied.integer:
        low, high = told.about(curve, c.value)
        where = f"between {told.value(low)} and {told.value(high)}" if low < high else f"at {told.value(low)}"
        text = f"They tie {where}"
    less, more = _but(told, below), _but(told, above)
    if c.before and c.after:
        return f"{text}: below that {told.arm} is {told.word(c.before)}{less}, above it {told.word(c.after)}{more}."
    side, sign, end = ("below", c.before, "upper") if c.before else ("above", c.after, "lower")
    said = f"{text}: {side} that {told.arm} is {told.word(sign)}{less or more}"
    return f"{said}; the interval reaches the {end} end of the range."


def _but(told: Told, unclear: Sequence[Stretch]) -> str:
    places = " and ".join(filter(None, (told.span(part) for part in unclear)))
    return f" (but for {places}, where the two cannot be told apart)" if places else ""


def _what_varied(told: Told, crossings: Sequence[Crossing]) -> Iterator[str]:
    v = told.varied
    ends = path_amount(v.high, v.unit, told.exact(v.high))
    ends = f"{v.path} went from {told.exact(v.low)} to {ends} ({told.source})"
    if told.both:
        yield f"{ends} in both arms."
    else:
        yield f"{ends} in {told.arm} only; {told.against} stays as it is."
    own = told.own
    if v.low <= own <= v.high:
        place = np.log(own) if v.scale == "log" else own
        known = len(crossings) == 1 and not v.integer
        far = f", {told.value(abs(own - _value(told, crossings[0])))} from the tie" if known else ""
        within = any(c.low <= place <= c.high for c in crossings)
        yield f"{told.arm}'s own value is {told.exact(own)}{', within the interval' if within else far}."
    for scenario in told.arms.values():
        for path, month in dated(scenario.timeline, [v.path]):
            yield f"{scenario.title} changes {path} by its own timeline from month {month} on: the start varied."


def _value(told: Told, c: Crossing) -> float:
    return float(np.exp(c.value)) if told.varied.scale == "log" else c.value


def worlds_sentences(
    told: Told, states: Sequence[str], ties: Array, worlds: Worlds, known_all: bool
) -> Iterator[str]:
    """How it is in sampled worlds: how many have a tie, where, and on what that hangs.

    ``known_all`` is whether the difference has a value in all of them over the whole range.
    """
    whole = "over the whole range" if known_all else "wherever it has a value"
    n, count = len(states), Counter(states)
    known = ties[~np.isnan(ties)]
    parts = []
    if len(known):
        lower, middle, upper = (told.value(x) for x in np.quantile(known, (0.25, 0.5, 0.75)))
        parts.append(f"one tie in {len(known)}, at {middle} in the median (half of them from {lower} to {upper})")
    for state, word in (("ahead", told.better), ("behind", told.worse)):
        if count[state]:
            parts.append(f"{word} {whole} in {count[state]}")
    if count["several ties"]:
        parts.append(f"several ties in {count['several ties']}")
    if count["the same"]:
        parts.append(f"the same {whole} in {count['the same']}")
    if count["undefined"]:
        parts.append(f"undefined in {count['undefined']}")
    yield (
        f"In {n} sampled worlds, which draw {len(worlds.paths)} assumptions, with one run of each arm in each and so "
        f"with its luck: {'; '.join(parts)}."
    )
    deciders = deciding(worlds.paths, worlds.drawn, ties)
    if deciders:
        sides = [(d.path.removeprefix("world."), "high" if d.rho > 0 else "low", d.rho) for d in deciders]
        names = ", ".join(f"{path} is {side} ({rho:+.2f})" for path, side, rho in sides)
        yield f"Where there is one, the tie is higher where {names}; rank correlations over worlds."
