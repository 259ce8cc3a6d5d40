"""How the numbers of findings are written, by their unit: money in thousands or millions, shares in percent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cxsim.report import style

_PLAIN = ("", "ratio", "number", "name", "exponent")
_POINTS = " points"


class Shown(NamedTuple):
    """How values of one unit are shown: times ``factor``, with ``decimals``, in ``unit``."""

    factor: float
    unit: str
    decimals: int

    def text(self, value: float, sign: bool = False) -> str:
        """The number alone."""
        return style.number(value * self.factor, self.decimals, sign)


def shown(values: Iterable[float], unit: str, currency: str = "", significant: int = 3) -> Shown:
    """How to show ``values`` beside each other, with so many digits of the largest."""
    known = [abs(x) for x in values if math.isfinite(x)]
    largest = max(known, default=0.0)
    factor, name = 1.0, "" if unit in _PLAIN else unit
    if unit.startswith("money"):
        divisor, prefix = style.money_scale(largest)
        factor, name = 1.0 / divisor, f"{currency} {prefix}{unit.removeprefix('money')}".strip()
    elif unit.split(" ")[0] in ("share", "probability"):
        rest = unit.removeprefix("share").removeprefix("probability")
        factor, name = 100.0, f"percentage{rest}" if rest.startswith(_POINTS) else f"%{rest}"
    return Shown(factor, name, style.decimals_for(largest * factor, significant))


def amount(
    value: float, unit: str, currency: str = "", sign: bool = False, significant: int = 2, decimals: int | None = None
) -> str:
    """A number with its unit, for a sentence: ``EUR 3.8m``, ``83 %``, ``6.1 months of spend``."""
    how = shown([value], unit, currency, significant)
    text = style.number(value * how.factor, how.decimals if decimals is None else decimals, sign)
    if unit.startswith("money"):
        return f"{currency} {text}{style.money_scale(value)[1]}{unit.removeprefix('money')}".strip()
    return f"{text} {how.unit}".strip()


def apart(values: Sequence[float], unit: str, currency: str = "") -> list[str]:
    """Numbers with their unit, for a sentence: on one scale, with as many digits (two to four) as tell them apart."""
    for significant in (2, 3, 4):
        how = shown(values, unit, currency, significant)
        texts = [_with_unit(how.text(x), how, values, unit, currency) for x in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def with_interval(ends: tuple[float, float, float], unit: str, currency: str = "", sign: bool = False) -> str:
    """A mean and the ends of its interval, on one scale: ``EUR 1.9m (.8m to 2.9m)``; without ends, the mean alone."""
    mean, low, high = ends
    how = shown(ends, unit, currency)
    said = _with_unit(how.text(mean, sign), how, ends, unit, currency)
    prefix = _prefix(ends) if unit.startswith("money") else ""
    beside = f" ({how.text(low, sign)}{prefix} to {how.text(high, sign)}{prefix})"
    return said + beside * math.isfinite(low + high)


def _with_unit(text: str, how: Shown, values: Iterable[float], unit: str, currency: str) -> str:
    if unit.startswith("money"):
        return f"{currency} {text}{_prefix(values)}{unit.removeprefix('money')}".strip()
    return f"{text} {how.unit}".strip()


def _prefix(values: Iterable[float]) -> str:
    """That of the scale of money on which these are shown."""
    return style.money_scale(max((abs(x) for x in values if math.isfinite(x)), default=0.0))[1]


def stated(value: float, unit: str, currency: str = "") -> str:
    """A number that somebody has set, with its unit and all its digits: ``EUR 11m``, ``80 %``."""
    scaled = value * shown([value], unit, currency).factor
    decimals = next((d for d in range(6) if abs(round(scaled, d) - scaled) <= 1e-9 * abs(scaled)), 6)
    return amount(value, unit, currency, decimals=decimals)


def percent(share: float) -> str:
    """A share in whole percent, never 0 or 100 where it is neither."""
    if not math.isfinite(share):
        return "n/a"
    if 0 < share < 0.005 or 0.995 <= share < 1:
        return "below 1 %" if share < 0.5 else "over 99 %"
    return f"{100 * share:.0f} %"


def between(low: float, high: float) -> str:
    """An interval of shares in percent: ``90-95 %``."""
    return f"{100 * low:.0f}-{100 * high:.0f} %"


def difference_unit(unit: str) -> str:
    """The unit of a difference: of shares and probabilities, percentage points."""
    first, *rest = unit.split(" ", 1)
    return " ".join([f"{first}{_POINTS}", *rest]) if first in ("share", "probability") else unit


def share_between(low: float, high: float) -> str:
    """An interval of a share, of which no end lies beyond what a share can be."""
    return between(min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0))


def path_amount(value: float, unit: str, text: str = "") -> str:
    """The value of a path with its unit: ``.1``, ``6 months``; ``text`` is the number as it is to be written."""
    text = text or f"{value:.6g}"
    text = text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
    return " ".join(filter(None, [text, path_unit(unit)]))


def path_unit(unit: str) -> str:
    """The unit of a path where it has to be said: not of shares, probabilities and ratios."""
    return "" if unit in _PLAIN or unit.split(" ")[0] in ("share", "probability", "ratio") else unit


def rounded(number: float) -> str:
    """A count of about this size, two digits of it: ``1,400``."""
    if number < 100:
        return f"{math.ceil(number):,}"
    step = 10 ** (math.floor(math.log10(number)) - 1)
    return f"{math.ceil(number / step) * step:,}"
