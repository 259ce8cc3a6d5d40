"""Single-precision functions that vectorise and give the same bits on every processor.

The library's exp and log differ between platforms in the last bit and do not vectorise here. These are
weighted least-squares polynomials, fitted for this file; tests hold them against the exact functions.
Literals are named float32: a bare one would widen the arithmetic to double and change the bits.
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.kernels import inline

F = np.float32
ZERO, HALF, ONE, TWO = F(0), F(0.5), F(1), F(2)
MOST = F(1000)  # no sum of money of one person in a month goes beyond this many months of spend
LOSS = F(2.25)  # loss aversion, Tversky & Kahneman 1992, J. Risk and Uncertainty 5(4)

_LN2_HIGH, _LN2_LOW, _LOG2E = F(0.693359375), F(-2.12194440e-4), F(1.44269504)
_E2, _E3, _E4, _E5, _E6 = F(0.5), F(0.16666405), F(0.041666060), F(0.0083759610), F(0.0013957390)
_EXP_LOW, _EXP_HIGH = F(-80), F(80)
_I23, _I127 = np.int32(23), np.int32(127)
_MANTISSA, _SQRT_HALF_BITS, _ONE_BITS = np.int32(0x007FFFFF), np.int32(0x3F3504F3), np.int32(0x3F800000)
_L1, _L2, _L3, _L4 = F(0.99999992), F(-0.50000345), F(0.33335606), F(-0.24971534)
_L5, _L6, _L7, _L8 = F(0.19884291), F(-0.17212889), F(0.16337707), F(-0.10376324)
_C0, _C1, _C2, _C3 = F(2.1233120), F(0.34881667), F(-0.0059020108), F(-0.0017905556)
_C4, _C5, _C6 = F(3.0534951e-4), F(-7.5029503e-7), F(-4.2666277e-6)
_T0, _T1, _T2, _T3 = F(4.0064370), F(1.4165939), F(0.013268664), F(-0.010903944)
_T4, _T5, _T6 = F(0.0085061264), F(-0.0049261344), F(0.0012978958)
_FOUR, _TWO_AND_HALF, _THREE, _FIVE = F(4), F(2.5), F(3), F(5)


@inline
def clip(x, low, high):  # type: ignore[no-untyped-def]
    """``x`` held between ``low`` and ``high``."""
    return min(max(x, low), high)


@inline
def valued(x):  # type: ignore[no-untyped-def]
    """Value of a gain or loss: ``x`` for gains, 2.25 ``x`` for losses (Tversky & Kahneman 1992)."""
    return max(x, ZERO) + LOSS * min(x, ZERO)


@inline
def felt(loss):  # type: ignore[no-untyped-def]
    """A ``loss`` with its disconfirmation, of which half its value counts (as in satisfaction)."""
    return loss - HALF * valued(-loss)


@inline
def exp(x):  # type: ignore[no-untyped-def]
    """e to the ``x``, float32, relative error below 3e-7; ``x`` is held within -80..80."""
    x = min(max(x, _EXP_LOW), _EXP_HIGH)
    k = np.floor(x * _LOG2E + HALF)
    r = x - k * _LN2_HIGH - k * _LN2_LOW
    p = ONE + r * (ONE + r * (_E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * _E6)))))
    return p * np.int32((np.int32(k) + _I127) << _I23).view(np.float32)


@inline
def log(x):  # type: ignore[no-untyped-def]
    """Natural logarithm, float32, of a positive normal ``x``; absolute error below 2e-7 near 1."""
    bits = np.float32(x).view(np.int32)
    shifted = np.int32(bits - _SQRT_HALF_BITS)
    k = np.int32(shifted >> _I23)
    m = np.int32((shifted & _MANTISSA) + _SQRT_HALF_BITS).view(np.float32)
    f = m - ONE
    p = f * (_L1 + f * (_L2 + f * (_L3 + f * (_L4 + f * (_L5 + f * (_L6 + f * (_L7 + f * _L8)))))))
    e = np.float32(k)
    return e * _LN2_HIGH + (p + e * _LN2_LOW)


@inline
def normal(u):  # type: ignore[no-untyped-def]
    """Standard normal by inverse distribution of a uniform ``u`` in (0, 1); absolute error below 1e-5.

    Two polynomials, in -log(4 u (1 - u)) and in its square root: the split of Giles 2010, own coefficients.
    """
    w = -log(_FOUR * u * (ONE - u))
    s = w - _TWO_AND_HALF
    central = _C0 + s * (_C1 + s * (_C2 + s * (_C3 + s * (_C4 + s * (_C5 + s * _C6)))))
    t = np.sqrt(max(w, _FIVE)) - _THREE
    tail = _T0 + t * (_T1 + t * (_T2 + t * (_T3 + t * (_T4 + t * (_T5 + t * _T6)))))
    return (TWO * u - ONE) * (central if w < _FIVE else tail)


@inline
def of(table, firm):  # type: ignore[no-untyped-def]
    """``table[firm]`` by compare and select, which vectorises where a gather would not; firm -1 reads firm 0."""
    value = table[0]
    for f in range(1, len(table)):
        value = table[f] if firm == f else value
    return value
