"""Means and 95 % intervals over replications, by Student's t.

They hold luck only: how far the mean of so many runs may be from that of infinitely many, in the *same*
assumed world. What the assumptions are worth is a question for varying them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
"""Confidence of every interval reported."""

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """Mean over replications with its interval; arrays of the values' shape without its first axis.

    ``sd`` is the standard deviation over runs; ``n`` the runs in which the value is defined. ``low``,
    ``high`` and ``sd`` are nan for one run, all of them nan for none.
    """

    mean: Array
    low: Array
    high: Array
    sd: Array
    n: NDArray[np.int64]

    @property
    def half(self) -> Array:
        """Half of the interval's width: mean +- half."""
        return (self.high - self.low) / 2


def estimate(values: Array, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the mean over axis 0 (replications); for a paired comparison hand in the differences.

    Values are finite, or nan where undefined in a run: those are left out, and ``n`` counts without them.
    """
    values = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(values)
    n = known.sum(axis=0)
    # about the first known value, so that equal runs have exactly no spread
    first = np.take_along_axis(values, known.argmax(axis=0)[None], axis=0)[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = first + np.where(known, values - first, 0.0).sum(axis=0) / n
        squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
        sd = np.sqrt(squares / np.where(n > 1, n - 1, np.nan))
        half = _quantiles(n - 1, 0.5 + confidence / 2) * sd / np.sqrt(n)
    return Estimate(mean, mean - half, mean + half, sd, np.asarray(n, dtype=np.int64))


def _quantiles(df: NDArray[np.int64], probability: float) -> Array:
    out = np.full(np.shape(df), np.nan)
    for d in np.unique(df):
        if d >= 1:
            out[df == d] = t_quantile(probability, int(d))
    return out


@lru_cache(maxsize=256)
def t_quantile(probability: float, df: int) -> float:
    """Quantile of Student's t with a whole number of degrees of freedom.

    Up to 200 degrees the finite series for the distribution (Abramowitz & Stegun 26.7.3-4), exact for whole
    numbers, is inverted by bisection; above, the expansion about the normal quantile (26.7.5), good to 1e-9
    for probabilities between .0005 and .9995. Raises ValueError for df < 1 or a probability not within (0,
    1).
    """
    if df < 1 or not 0.0 < probability < 1.0:
        raise ValueError(f"no t quantile for probability {probability} and {df} degrees of freedom")
    if probability < 0.5:
        return -t_quantile(1.0 - probability, df)
    if df > 200:
        return _expansion(NormalDist().inv_cdf(probability), df)
    central = 2.0 * probability - 1.0
    low, high = 0.0, pi / 2
    while low < (middle := (low + high) / 2) < high:
        if _central(middle, df) < central:
            low = middle
        else:
            high = middle
    return sqrt(df) * tan(low)


def _central(angle: float, df: int) -> float:
    """P(|T| <= t) with angle = atan(t / sqrt(df))."""
    c2 = cos(angle) ** 2
    term = total = cos(angle) if df % 2 else 1.0
    for k in range(3 if df % 2 else 2, df, 2):
        term *= c2 * (k - 1) / k
        total += term
    if df % 2 == 0:
        return sin(angle) * total
    return 2.0 / pi * (angle + (sin(angle) * total if df > 1 else 0.0))


def _expansion(x: float, df: int) -> float:
    g1 = (x**3 + x) / 4
    g2 = (5 * x**5 + 16 * x**3 + 3 * x) / 96
    g3 = (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384
    g4 = (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160
    return x + g1 / df + g2 / df**2 + g3 / df**3 + g4 / df**4


def wilson(count: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Score interval of a share of ``count`` in ``n`` (Wilson 1927, JASA 22(158)); 0..1 where ``n`` is 0."""
    if n == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (count + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(count * (n - count) / n + z * z / 4)
    return max(middle - half, 0.0), min(middle + half, 1.0)
