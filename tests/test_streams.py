"""Luck: the generator against its published vectors, and what becomes of its words."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from cxsim.engine import streams

ALL = 0xFFFFFFFF
# Counter, key and result of philox4x32-10, from the known-answer tests that are published with Random123.
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ALL, ALL, ALL, ALL), (ALL, ALL), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@numba.njit
def _philox(c, k, out):  # type: ignore[no-untyped-def]
    out[0], out[1], out[2], out[3] = streams.philox(c[0], c[1], c[2], c[3], k[0], k[1])


@numba.njit
def _uniforms(words, out):  # type: ignore[no-untyped-def]
    for i in range(len(words)):
        out[i] = streams.uniform(words[i])


def words(counter: tuple[int, ...], key: tuple[int, ...]) -> tuple[int, ...]:
    """Four words of philox."""
    out = np.empty(4, np.uint32)
    _philox(np.array(counter, np.uint32), np.array(key, np.uint32), out)
    return tuple(int(x) for x in out)


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN)
def test_philox_gives_the_published_words(counter, key, expected) -> None:  # type: ignore[no-untyped-def]
    assert words(counter, key) == expected


def test_uniforms_lie_in_the_open_interval() -> None:
    out = np.empty(4, np.float32)
    _uniforms(np.array([0, 255, 2**31, ALL], np.uint32), out)
    assert out[0] == out[1] == np.float32(2.0**-24)  # the middle of the first of 2**23 cells
    assert (out > 0).all() and (out < 1).all()


def filled(n: int, clock: int = 3, key: tuple[int, int] = (5, 6), draws: int = 8, first: int = 0) -> np.ndarray:
    """Luck of agents ``first`` .. ``first + n``."""
    luck = np.empty((draws, n), np.float32)
    streams.fill(luck, first, n, clock, *(np.uint32(k) for k in key), streams.CUSTOMERS)
    return luck


def test_luck_is_a_function_of_agent_clock_draw_and_key() -> None:
    whole = filled(1000)
    np.testing.assert_array_equal(whole[:, 400:], filled(600, first=400))  # whatever the block
    np.testing.assert_array_equal(whole[:4], filled(1000, draws=4))  # a further draw moves no other
    for other in (filled(1000, clock=4), filled(1000, key=(6, 6)), filled(1000, key=(5, 7))):
        assert (whole != other).mean() > 0.99
    expected = words((17, 3, 1, int(streams.CUSTOMERS)), (5, 6))
    np.testing.assert_array_equal(whole[4:8, 17], [(w // 512 + 0.5) / 2**23 for w in expected])


def test_luck_is_uniform_and_independent() -> None:
    """Null: independent uniforms. n = 8 x 50,000; means, variances, correlations (of draws, of agents next to each
    other, of months) within 5 standard errors: one chance in 10,000 of a false alarm, and the seed is fixed."""
    n = 50_000
    now, later = filled(n), filled(n, clock=4)
    assert np.abs(now.mean(axis=1) - 0.5).max() < 5 * (1 / 12 / n) ** 0.5
    assert np.abs(now.var(axis=1) - 1 / 12).max() < 5 * (1 / 180 / n) ** 0.5
    z, z_later = now - 0.5, later - 0.5
    among = np.corrcoef(z)[np.triu_indices(8, 1)]
    between = [np.corrcoef(a, b)[0, 1] for a, b in zip(z, z_later, strict=True)]
    beside = [np.corrcoef(a[1:], a[:-1])[0, 1] for a in z]
    assert np.abs([*among, *between, *beside]).max() < 5 / n**0.5


def test_keys_differ_by_seed_and_replication() -> None:
    keys = {streams.key(seed, r) for seed in (0, 1, 2, 2**32, 2**40, 2**63) for r in range(50)}
    assert len(keys) == 300


def test_streams_have_numbers_of_their_own() -> None:
    numbers = [int(x) for x in (
        streams.POPULATION, streams.CUSTOMERS, streams.EMPLOYEES, streams.NEEDS, streams.INSIGHT, streams.NETWORK,
    )]  # fmt: skip
    assert numbers == [1, 2, 3, 4, 5, 6]  # for ever: another number is another world
