"""One step of all customers: blocks from a shared queue, on a pool of threads, the same bits on any number.

Each worker has a tile, a luck record and a sum of its own. Sums are whole numbers, so their order does not matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np

from cxsim.engine.columns import BLOCK, Array

SERIAL_BELOW = 20_000  # customers; fewer than this are quicker on one thread
Block = Callable[["Worker", int, int], None]


class Worker:
    """What one thread needs: a tile, luck (draws, block) and a sum."""

    def __init__(self, tile: Array, n_draws: int, sums: tuple[int, int]) -> None:
        self.tile = tile
        self.luck = np.empty((n_draws, BLOCK), np.float32)
        self.sums = np.zeros(sums, np.int64)


@lru_cache(maxsize=8)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="cxsim")


class _Queue:
    """Blocks handed out one by one."""

    def __init__(self, n: int) -> None:
        self._firsts: Iterator[int] = iter(range(0, n, BLOCK))
        self._lock = threading.Lock()

    def next(self) -> int | None:
        with self._lock:
            return next(self._firsts, None)


def sweep(block: Block, n: int, workers: list[Worker]) -> Array:
    """Call ``block(worker, first, m)`` for every block of ``n`` agents; return the sum of the workers' sums."""
    queue = _Queue(n)

    def drain(worker: Worker) -> None:
        worker.sums[:] = 0
        while (first := queue.next()) is not None:
            block(worker, first, min(BLOCK, n - first))

    if len(workers) == 1 or n < SERIAL_BELOW:
        drain(workers[0])
        return workers[0].sums
    for future in [_pool(len(workers)).submit(drain, w) for w in workers]:
        future.result()
    return np.sum([w.sums for w in workers], axis=0)  # type: ignore[no-any-return]
