"""Where the mean of paired differences crosses nought along a parameter, and within which interval.

The interval is the set of values at which the 95 % interval of the mean difference holds nought: a test of "they tie
here" turned round (Fieller 1954, JRSS B 16(2), does it for straight lines). Whatever the shape of the curve, it holds
the true value in 95 % of studies where there is one. Curves are straight between the values that were run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.intervals import estimate

Array = NDArray[np.float64]


class Crossing(NamedTuple):
    """A value at which the sign of the mean difference changes, with the ends of its interval.

    ``before`` and ``after`` are the clear signs, -1 or 1, on both sides; 0 where the interval reaches the end of the
    range, beyond which nothing is known.
    """

    value: float
    low: float
    high: float
    before: int
    after: int


class Stretch(NamedTuple):
    """Part of the range in which the difference is clearly above nought (1), below it (-1), or neither (0)."""

    low: float
    high: float
    sign: int


class Curve(NamedTuple):
    """Mean paired difference and the ends of its 95 % interval at the values ``x``, in order; ``n`` are runs.

    ``tolerance`` is how well places along ``x`` are known: what is clear over less, between two stretches that are
    not, belongs to them.
    """

    x: Array
    mean: Array
    low: Array
    high: Array
    n: NDArray[np.int64]
    tolerance: float = 0.0

    @staticmethod
    def of(x: Array, differences: Array, tolerance: float = 0.0) -> Curve:
        """From differences (values, replications); values at which fewer than two runs have one are left out."""
        order = np.argsort(x)
        e = estimate(differences[order].T)
        kept = e.n >= 2
        return Curve(x[order][kept], e.mean[kept], e.low[kept], e.high[kept], e.n[kept], tolerance)

    def stretches(self) -> list[Stretch]:
        """The range cut where an end of the interval crosses nought."""
        if len(self.x) < 2:
            return []
        ends = {float(x) for x in self.x}
        ends |= {root for y in (self.low, self.high) for root in roots(self.x, y)}
        found: list[Stretch] = []
        for a, b in pairwise(sorted(ends)):
            low, high = (float(np.interp((a + b) / 2, self.x, y)) for y in (self.low, self.high))
            sign = 1 if low > 0 else -1 if high < 0 else 0
            if found and found[-1].sign == sign:
                found[-1] = Stretch(found[-1].low, b, sign)
            else:
                found.append(Stretch(a, b, sign))
        return list(self._joined(found))

    def _joined(self, parts: list[Stretch]) -> Iterator[Stretch]:
        """Stretches that are not clear, made one with what is clear for less than the tolerance between them."""
        last: Stretch | None = None
        for k, part in enumerate(parts):
            inside = 0 < k < len(parts) - 1 and not parts[k - 1].sign and not parts[k + 1].sign
            sign = 0 if inside and part.high - part.low < self.tolerance else part.sign
            if last and last.sign == sign:
                last = Stretch(last.low, part.high, sign)
                continue
            if last:
                yield last
            last = Stretch(part.low, part.high, sign)
        if last:
            yield last

    def crossings(self) -> list[Crossing]:
        """Every change of the sign, in order.

        Where the interval holds nought between two clear stretches, or up to an end of the range, the mean may cross
        more than once by luck: that is one crossing, the middle one, if its sign changes in all, and else none.
        """
        parts = self.stretches()
        means = roots(self.x, self.mean)
        found = []
        for k, part in enumerate(parts):
            before, after = (parts[j].sign if 0 <= j < len(parts) else 0 for j in (k - 1, k + 1))
            if part.sign:
                if before == -part.sign:  # both ends of the interval cross at the same value
                    found.append(Crossing(part.low, part.low, part.low, before, part.sign))
                continue
            inside = [x for x in means if part.low <= x <= part.high]
            clear = before and after
            if inside and (before != after if clear else len(inside) % 2):
                found.append(Crossing(inside[len(inside) // 2], part.low, part.high, before, after))
        return found


def roots(x: Array, y: Array) -> list[float]:
    """Where the straight lines between points (x, y) cross nought, or touch it between different signs."""
    signs = np.sign(y)
    between = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    found = [float(x[k] - y[k] * (x[k + 1] - x[k]) / (y[k + 1] - y[k])) for k in between]
    known = np.flatnonzero(signs)
    for a, b in pairwise(known.tolist()):
        if b > a + 1 and signs[a] != signs[b]:  # nought at the points between
            found.append(float((x[a + 1] + x[b - 1]) / 2))
    return sorted(found)


def next_values(curve: Curve, tolerance: float, halve: bool) -> list[float]:
    """Values to run next: within every bracket of a crossing or of an end of its interval that is wider than tolerance.

    Two values about where a straight line crosses nought, which close in on it where the curve is smooth, or the
    middle of the bracket, which always halves it.
    """
    wanted: set[float] = set()
    for a, b, share in brackets(curve):
        if b - a <= tolerance * (1 + 1e-9):
            continue
        if halve:
            wanted.add((a + b) / 2)
            continue
        at = a + share * (b - a)
        near = [at - 0.45 * tolerance, at + 0.45 * tolerance]
        inside = [x for x in near if a + 0.05 * tolerance < x < b - 0.05 * tolerance]
        wanted |= set(inside or [(a + b) / 2])
    return sorted(wanted)


def brackets(curve: Curve) -> Iterator[tuple[float, float, float]]:
    """Of every crossing and its interval: the values run on both sides, and where between them, as a share."""
    for crossing in curve.crossings():
        for value in {crossing.value, crossing.low, crossing.high}:
            k = int(np.searchsorted(curve.x, value))
            if 0 < k < len(curve.x) and curve.x[k] != value:
                a, b = float(curve.x[k - 1]), float(curve.x[k])
                yield a, b, (value - a) / (b - a)
