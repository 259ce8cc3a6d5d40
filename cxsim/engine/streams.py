"""Luck: counter-based uniforms, a pure function of (seed, replication, stream, agent, month, draw).

Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11). No
state is kept, so the same person has the same luck in every arm, on every thread, in any order.
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import normal

_U, _W = np.uint32, np.uint64
_M0, _M1 = _W(0xD2511F53), _W(0xCD9E8D57)
_W0, _W1 = _U(0x9E3779B9), _U(0xBB67AE85)
_LOW32, _S32 = _W(0xFFFFFFFF), _W(32)
_S9, _SCALE, _HALF = _U(9), np.float32(2.0**-23), np.float32(0.5)

# Streams: one number each, for ever; a new one takes the next number so that no other moves.
POPULATION, CUSTOMERS, EMPLOYEES, NEEDS, INSIGHT, NETWORK = (np.uint32(k) for k in range(1, 7))


@inline
def philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Four 32-bit words from a counter of four and a key of two words."""
    for _ in range(10):
        p0, p1 = _M0 * _W(c0), _M1 * _W(c2)
        n0 = _U(p1 >> _S32) ^ c1 ^ k0
        n2 = _U(p0 >> _S32) ^ c3 ^ k1
        c1, c3 = _U(p1 & _LOW32), _U(p0 & _LOW32)
        c0, c2 = n0, n2
        k0, k1 = _U(k0 + _W0), _U(k1 + _W1)
    return c0, c1, c2, c3


@inline
def uniform(word):  # type: ignore[no-untyped-def]
    """A float32 in the open interval (0, 1) from a 32-bit word: the middle of one of 2**23 cells.

    With more cells the last one would round to 1.
    """
    return (np.float32(np.int32(word >> _S9)) + _HALF) * _SCALE


@step
def fill(luck, first, m, clock, key0, key1, stream):  # type: ignore[no-untyped-def]
    """Fill ``luck`` (draws, block) with uniforms for agents ``first .. first + m`` at step ``clock``."""
    for d in range(luck.shape[0] // 4):
        a, b, c, e = luck[4 * d], luck[4 * d + 1], luck[4 * d + 2], luck[4 * d + 3]
        for i in range(m):
            w0, w1, w2, w3 = philox(_U(first + i), _U(clock), _U(d), stream, key0, key1)
            a[i], b[i], c[i], e[i] = uniform(w0), uniform(w1), uniform(w2), uniform(w3)


@step
def normals(out, agent, stream, key0, key1):  # type: ignore[no-untyped-def]
    """Fill ``out`` with standard normals of one agent, a draw each."""
    for i in range(len(out)):
        word, _, _, _ = philox(_U(agent), _U(0), _U(i), stream, key0, key1)
        out[i] = normal(uniform(word))


def key(seed: int, replication: int) -> tuple[np.uint32, np.uint32]:
    """The key of a run: the low word of ``seed``, and its high word mixed with the replication's number."""
    mixed = (seed >> 32) * 0x9E3779B1 + replication
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(mixed & 0xFFFFFFFF)
