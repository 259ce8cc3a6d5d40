"""Student's t and the intervals made with it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxsim.intervals import estimate, t_quantile

TABLE = {  # two-sided 95 %, as printed in any table of the t distribution
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 10: 2.228, 19: 2.093, 29: 2.045, 30: 2.042,
    60: 2.000, 99: 1.984, 120: 1.980, 999: 1.962,
}  # fmt: skip


@pytest.mark.parametrize(("df", "t"), TABLE.items())
def test_t_agrees_with_printed_tables(df: int, t: float) -> None:
    assert round(t_quantile(0.975, df), 3) == t


@pytest.mark.parametrize("probability", [0.5, 0.75, 0.9, 0.975, 0.995, 0.9995])
def test_t_agrees_with_scipy(probability: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    for df in (1, 2, 3, 4, 7, 20, 49, 199, 200, 201, 202, 500, 10_000):
        expected = stats.t.ppf(probability, df)
        assert t_quantile(probability, df) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert t_quantile(1 - probability, df) == pytest.approx(-expected, rel=1e-9, abs=1e-12)


def test_t_refuses_what_has_no_quantile() -> None:
    for probability, df in ((0.975, 0), (0.0, 5), (1.0, 5), (math.nan, 5)):
        with pytest.raises(ValueError, match="no t quantile"):
            t_quantile(probability, df)


def test_a_known_interval() -> None:
    e = estimate(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert e.mean == 3 and e.n == 5
    assert e.sd == pytest.approx(math.sqrt(2.5))
    assert e.half == pytest.approx(2.776445 * math.sqrt(2.5 / 5), rel=1e-6)
    assert e.low == pytest.approx(3 - float(e.half)) and e.high == pytest.approx(3 + float(e.half))


def test_one_run_has_no_interval_and_none_no_mean() -> None:
    e = estimate(np.array([[7.0, np.nan]]))
    assert e.mean[0] == 7 and np.isnan(e.mean[1])
    assert np.isnan([e.low, e.high, e.sd]).all()
    assert e.n.tolist() == [1, 0]


def test_undefined_runs_are_left_out() -> None:
    x = np.array([[1.0, 1.0], [2.0, np.nan], [3.0, 3.0], [6.0, 6.0]])
    e, without = estimate(x), estimate(x[[0, 2, 3], 1])
    assert e.n.tolist() == [4, 3]
    assert (e.mean[1], e.low[1], e.sd[1]) == (without.mean, without.low, without.sd)


def test_equal_runs_have_no_width() -> None:
    e = estimate(np.full((20, 3), 0.1))
    assert (e.low == e.mean).all() and (e.high == e.mean).all() and (e.sd == 0).all()


@given(shift=st.floats(-1e6, 1e6), scale=st.floats(1e-3, 1e6), n=st.integers(2, 30))
@settings(max_examples=50, deadline=None)
def test_intervals_move_with_the_unit(shift: float, scale: float, n: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    a, b = estimate(x), estimate(shift + scale * x)
    assert float(b.half) == pytest.approx(scale * float(a.half), rel=1e-6, abs=1e-9 * abs(shift))
    assert float(b.mean) == pytest.approx(
        shift + scale * float(a.mean), rel=1e-9, abs=1e-9 * (abs(shift) + scale)
    )


def test_the_interval_covers_95_percent() -> None:
    """Null: coverage .95. 20,000 intervals of 5 normal runs each, seed 1; 4 standard errors (.0062)."""
    x = np.random.default_rng(1).normal(size=(5, 20_000))
    e = estimate(x)
    covered = ((e.low <= 0) & (e.high >= 0)).mean()
    assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 20_000)
