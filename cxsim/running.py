"""Many runs on this machine, one after the other or side by side on threads; their order changes no number."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from cxsim.record import Record
    from cxsim.scenario import Scenario

Progress = Callable[[int, int], None]
"""Called as progress(runs done, runs in all), from the calling thread, after each run and once before."""

SIDE_BY_SIDE = range(8_000, 20_000)
"""Simulated customers at which runs go side by side on threads: with fewer they would wait for the interpreter's lock
longer than they compute, with more one run keeps all threads busy."""


class Job(NamedTuple):
    """One run of a scenario, and what is taken of its record: the record itself if nothing is said.

    ``panel`` people of each kind are kept one by one.
    """

    scenario: Scenario
    replication: int
    take: Callable[[Record], Any] | None = None
    panel: int = 0


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def simulate_all(jobs: Sequence[Job], rng: int, threads: int, progress: Progress | None = None) -> list[Any]:
    """What every job takes of its run, in the order of the jobs, whatever the order in which they were finished."""
    beside = threads > 1 and all(job.scenario.customers in SIDE_BY_SIDE for job in jobs)
    done: dict[int, Any] = {}
    finished = (_side_by_side if beside else _one_by_one)(jobs, rng, threads)
    if progress:
        progress(0, len(jobs))
    with contextlib.closing(finished):  # whatever ends this early ends the pool too
        for k, taken in finished:
            done[k] = taken
            if progress:
                progress(len(done), len(jobs))
    return [done[k] for k in range(len(jobs))]


def _run(job: Job, rng: int, threads: int) -> Any:
    from cxsim.model import simulate

    record = simulate(job.scenario, rng=rng, replication=job.replication, threads=threads, panel=job.panel)
    return record if job.take is None else job.take(record)


def _one_by_one(jobs: Sequence[Job], rng: int, threads: int) -> Generator[tuple[int, Any], None, None]:
    for k, job in enumerate(jobs):
        yield k, _run(job, rng, threads)


def _side_by_side(jobs: Sequence[Job], rng: int, threads: int) -> Generator[tuple[int, Any], None, None]:
    """Runs on a pool of threads; they give up the interpreter's lock while a month is computed."""
    finished: SimpleQueue[Future[Any]] = SimpleQueue()
    with ThreadPoolExecutor(min(threads, len(jobs)), thread_name_prefix="cxsim") as pool:
        try:
            futures: dict[Future[Any], int] = {}
            for k, job in enumerate(jobs):
                future = pool.submit(_run, job, rng, 1)
                futures[future] = k
                future.add_done_callback(finished.put)
            for _ in jobs:
                future = _next(finished)
                yield futures[future], future.result()
        finally:  # an error, or Ctrl-C: what has not begun never does, what has begun is short
            pool.shutdown(wait=False, cancel_futures=True)


def _next(queue: SimpleQueue[Future[Any]]) -> Future[Any]:
    while True:
        try:
            return queue.get(timeout=0.2)  # a wait without end cannot be interrupted on every system
        except Empty:
            continue
