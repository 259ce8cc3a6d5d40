"""One step of all customers: blocks from a shared queue, on a pool of threads, the same bits on any number.

Each worker has a tile, a luck record and a sum of its own. Sums are whole numbers, so their order does not matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np

from cxsim.engine.columns import BLOCK, Array

SERIAL_BELOW = 20_000  # customers; fewer than this are quicker on one thread
Block = Callable[["Worker", int, int], None]


class Worker:
    """What one thread needs: a tile, luck (draws, block) and a sum; ``lock`` is common to the workers of a sweep.

    Nothing in it outlives a sweep.
    """

    def __init__(self, tile: Array, n_draws: int, sums: tuple[int, int]) -> None:
        self.tile = tile
        self.luck = np.empty((n_draws, BLOCK), np.float32)
        self.sums = np.zeros(sums, np.int64)
        self.lock = threading.Lock()


_idle: dict[tuple[np.dtype[Any], int, tuple[int, int]], list[Worker]] = {}  # kept: fresh memory is dear to touch


def _borrow(count: int, dtype: np.dtype[Any], n_draws: int, sums: tuple[int, int]) -> list[Worker]:
    """``count`` workers, used ones first. Appending to and popping from a list is atomic."""
    shelf = _idle.setdefault((dtype, n_draws, sums), [])
    workers = []
    for _ in range(count):
        try:
            workers.append(shelf.pop())
        except IndexError:
            workers.append(Worker(np.zeros(1, dtype), n_draws, sums))
    return workers


@lru_cache(maxsize=8)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="cxsim")


class _Queue:
    """The first agents of blocks, handed out one by one to whoever is free."""

    def __init__(self, firsts: Iterable[int]) -> None:
        self._firsts, self._lock = iter(firsts), threading.Lock()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._lock:
            return next(self._firsts)


def in_blocks(block: Callable[[int], None], n: int, threads: int) -> None:
    """Call ``block(first)`` for the first agent of every block of ``n``; blocks must not touch each other's rows."""
    firsts = range(0, n, BLOCK)
    if threads == 1 or n < SERIAL_BELOW:
        for first in firsts:
            block(first)
    else:
        list(_pool(threads).map(block, firsts))


def sweep(block: Block, n: int, threads: int, dtype: np.dtype[Any], n_draws: int, sums: tuple[int, int]) -> Array:
    """Call ``block(worker, first, m)`` for every block of ``n`` agents; return the sum of the workers' sums.

    ``dtype`` is the tile's type, ``n_draws`` the draws of an agent's step, ``sums`` the shape (firms, tallies).
    """
    workers = _borrow(threads if n >= SERIAL_BELOW else 1, dtype, n_draws, sums)
    firsts, lock = range(0, n, BLOCK), threading.Lock()
    for w in workers:
        w.sums[:], w.lock = 0, lock
    if len(workers) == 1:
        _drain(workers[0], firsts, block, n)
    else:
        queue = _Queue(firsts)
        for future in [_pool(len(workers)).submit(_drain, w, queue, block, n) for w in workers]:
            future.result()
    total: Array = workers[0].sums.copy()
    for w in workers[1:]:
        total += w.sums
    _idle[dtype, n_draws, sums].extend(workers)
    return total


def _drain(worker: Worker, firsts: Iterable[int], block: Block, n: int) -> None:
    for first in firsts:
        block(worker, first, min(BLOCK, n - first))
