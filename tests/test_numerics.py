"""Single-precision functions against the exact ones; bounds are those that their docstrings state."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from scipy.special import ndtri

from cxsim.engine import numerics

F = np.float32


@numba.njit
def _each(kind, x, out):  # type: ignore[no-untyped-def]
    for i in range(len(x)):
        if kind == 0:
            out[i] = numerics.exp(x[i])
        elif kind == 1:
            out[i] = numerics.log(x[i])
        elif kind == 2:
            out[i] = numerics.normal(x[i])
        elif kind == 3:
            out[i] = numerics.valued(x[i])
        else:
            out[i] = numerics.clip(x[i], F(-1), F(2))


def each(kind: int, x: np.ndarray) -> np.ndarray:
    """The function of that number on float32 values, as float64."""
    out = np.empty(len(x), F)
    _each(kind, x.astype(F), out)
    return out.astype(np.float64)


def test_exp_within_3e_7_of_its_value() -> None:
    x = np.linspace(-80, 80, 400_001).astype(F)
    exact = np.exp(x.astype(np.float64))
    assert np.abs(each(0, x) / exact - 1).max() < 3e-7
    assert each(0, np.array([0.0]))[0] == 1.0


def test_exp_stays_finite_and_positive_far_out() -> None:
    x = np.array([-1e30, -200, -80, 80, 200, 1e30])
    got = each(0, x)
    assert np.isfinite(got).all() and (got > 0).all()
    np.testing.assert_allclose(got, np.exp([-80, -80, -80, 80, 80, 80]), rtol=3e-7)


def test_log_within_2e_7_and_rounding() -> None:
    near = np.linspace(0.71, 1.41, 400_001).astype(F)
    assert np.abs(each(1, near) - np.log(near.astype(np.float64))).max() < 2e-7
    far = np.exp(np.linspace(-80, 80, 400_001)).astype(F)
    exact = np.log(far.astype(np.float64))
    assert (np.abs(each(1, far) - exact) / np.maximum(np.abs(exact), 1)).max() < 2e-7


def test_normal_within_1e_5_of_the_inverse_distribution() -> None:
    cells = np.concatenate([np.arange(0, 2**23, 19), [2**23 - 1]])
    u = ((cells + 0.5) * 2.0**-23).astype(F)  # all that a stream can give, from end to end
    assert np.abs(each(2, u) - ndtri(u.astype(np.float64))).max() < 1e-5


def test_losses_weigh_two_and_a_quarter_times() -> None:
    np.testing.assert_array_equal(each(3, np.array([-2.0, 0.0, 2.0])), [-4.5, 0, 2])
    np.testing.assert_array_equal(each(4, np.array([-2.0, 0.5, 3.0])), [-1, 0.5, 2])


@pytest.mark.parametrize("n", [1, 2, 4])
def test_lookup_by_firm_reads_what_indexing_reads(n: int) -> None:
    @numba.njit
    def look(table, firm, out):  # type: ignore[no-untyped-def]
        for i in range(len(firm)):
            out[i] = numerics.of(table, firm[i])

    table, firm = np.arange(10, 10 + n).astype(F), np.arange(-1, n).astype(np.int32)
    out = np.empty(n + 1, F)
    look(table, firm, out)
    np.testing.assert_array_equal(out, [table[0], *table])  # a prospect, firm -1, reads firm 0


def test_constants_are_single_precision() -> None:
    wide = [
        name for name, value in vars(numerics).items()
        if isinstance(value, (float, np.float64)) and not isinstance(value, F)
    ]  # fmt: skip
    assert not wide and math.isclose(float(numerics.LOSS), 2.25)
