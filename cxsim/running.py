"""Many runs on this machine, one by one or side by side, which changes no number."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from cxsim import pool

if TYPE_CHECKING:
    from cxsim.record import Record
    from cxsim.scenario import Scenario

Progress = Callable[[int, int], None]
"""Called as progress(runs done, runs in all), from the calling thread, after each run and once before."""


@runtime_checkable
class Staged(Protocol):
    """A :data:`Progress` that is told, too, what the runs are for that follow; they count from nought again."""

    def begin(self, what: str) -> None:
        """Take the name of a stage."""
        ...


SIDE_BY_SIDE = range(8_000, 20_000)
"""Simulated customers at which runs go side by side on threads: with fewer they would wait for the interpreter's lock
longer than they compute, so that they go to processes, with more one run keeps all threads busy."""

_SPEED = 1e7  # customer-months a second: an estimate, by which work is shared out
_BATCH_SECONDS = 0.1  # long against sending it, short against waiting for the last one
_WORTH_SECONDS = 2.0  # of work for each further process, which takes a second to start; a tenth of it if it is there


class Job(NamedTuple):
    """One run of a scenario, and what is taken of its record: the record itself if nothing is said.

    ``panel`` people of each kind are kept one by one.
    """

    scenario: Scenario
    replication: int
    take: Callable[[Record], Any] | None = None
    panel: int = 0

    @property
    def seconds(self) -> float:
        """Some idea of the time it takes."""
        return self.scenario.customers * self.scenario.horizon_months / _SPEED


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def simulate_all(jobs: Sequence[Job], rng: int, threads: int, progress: Progress | None = None) -> list[Any]:
    """What every job takes of its run, in the order of the jobs, whatever the order in which they were finished."""
    done: dict[int, Any] = {}
    finished = _way(jobs, threads)(jobs, rng, threads)
    if progress:
        progress(0, len(jobs))
    with contextlib.closing(finished):  # whatever ends this early ends the pool too
        for k, taken in finished:
            done[k] = taken
            if progress:
                progress(len(done), len(jobs))
    return [done[k] for k in range(len(jobs))]


_Finished = Generator[tuple[int, Any], None, None]


def _way(jobs: Sequence[Job], threads: int) -> Callable[[Sequence[Job], int, int], _Finished]:
    sizes = [job.scenario.customers for job in jobs]
    if threads > 1 and all(size in SIDE_BY_SIDE for size in sizes):
        return _on_threads
    if _processes(jobs, threads) > 1 and max(sizes) < SIDE_BY_SIDE.stop:
        return _on_processes
    return _one_by_one


def _processes(jobs: Sequence[Job], threads: int) -> int:
    """How many processes are worth their start, this one among them."""
    if threads == 1 or not pool.may_start():
        return 1
    each = _WORTH_SECONDS * (0.1 if pool.is_warm() else 1.0)
    return min(threads, len(jobs), 1 + int(sum(job.seconds for job in jobs) / each))


def _run(job: Job, rng: int, threads: int) -> Any:
    from cxsim.model import simulate

    record = simulate(job.scenario, rng=rng, replication=job.replication, threads=threads, panel=job.panel)
    return record if job.take is None else job.take(record)


def _one_by_one(jobs: Sequence[Job], rng: int, threads: int) -> _Finished:
    for k, job in enumerate(jobs):
        yield k, _run(job, rng, threads)


def _on_processes(jobs: Sequence[Job], rng: int, threads: int) -> _Finished:
    """Runs in several processes, batch by batch; those that share an opening, which is lived once, go together."""
    workers = pool.boot(_processes(jobs, threads) - 1)
    from cxsim.engine.compiling import is_cold

    batches = _batches(jobs)
    if is_cold():  # compiled once, not by each
        (k, job), *rest = next(batches)
        yield k, _run(job, rng, 1)
        batches = chain([rest] if rest else [], batches)
    for batch, taken in pool.share(partial(_run_batch, rng), batches, workers):
        if isinstance(taken, pool.Lost):
            raise taken
        yield from zip((k for k, _ in batch), taken, strict=True)


def _run_batch(rng: int, batch: Sequence[tuple[int, Job]]) -> list[Any]:
    return [_run(job, rng, 1) for _, job in batch]


def _batches(jobs: Sequence[Job]) -> Iterator[list[tuple[int, Job]]]:
    """Jobs with their numbers, those of a world and a replication next to each other, some tenths of a second each."""
    together: dict[Hashable, list[int]] = {}
    for k, job in enumerate(jobs):
        world = tuple(tuple(values.values()) for values in job.scenario.world.values())
        together.setdefault((job.replication, world), []).append(k)
    batch: list[tuple[int, Job]] = []
    seconds = 0.0
    for numbers in together.values():
        for k in numbers:
            batch.append((k, jobs[k]))
            seconds += jobs[k].seconds
            if seconds >= (_BATCH_SECONDS if k == numbers[-1] else 4 * _BATCH_SECONDS):
                yield batch
                batch, seconds = [], 0.0
    if batch:
        yield batch


def _on_threads(jobs: Sequence[Job], rng: int, threads: int) -> _Finished:
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
