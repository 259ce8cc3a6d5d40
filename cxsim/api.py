"""Run scenarios from Python: :func:`run` one, :func:`compare` several on the same customers and luck."""

from __future__ import annotations

import contextlib
import operator
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from cxsim.frames import distinct
from cxsim.results import Comparison, Runs

if TYPE_CHECKING:
    from cxsim.record import Record
    from cxsim.scenario import Scenario

Progress = Callable[[int, int], None]
"""Called as progress(runs done, runs in all), from the calling thread, after each run and once before."""

SIDE_BY_SIDE = range(8_000, 20_000)
"""Simulated customers at which runs go side by side on threads: with fewer they would wait for the interpreter's lock
longer than they compute, with more one run keeps all threads busy."""


def run(
    scenario: Scenario | str | os.PathLike[str],
    replications: int | None = None,
    rng: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    customers: int | None = None,
) -> Runs:
    """Run a scenario (a Scenario, a path, or the name of a shipped one) as often as it asks for.

    ``replications`` and ``customers`` (simulated) replace the scenario's own; ``rng`` is the seed, a whole
    number from 0; ``threads`` the number of threads, by default one per processor: it changes the time, never
    a number. Raises ScenarioError for a scenario that is wrong, ValueError for a seed or threads out of
    range.
    """
    scenarios = prepare([scenario], replications, customers)
    (records,) = _simulate(scenarios, rng, threads, progress)
    return Runs(scenarios[0], _seed(rng), records, scenarios[0].name)


def compare(
    scenarios: Sequence[Scenario | str | os.PathLike[str]],
    replications: int | None = None,
    rng: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    customers: int | None = None,
) -> Comparison:
    """Run several scenarios on the same customers with the same luck; the first is the reference.

    Arguments and errors as in :func:`run`; ScenarioError too for scenarios that cannot be paired, because
    they differ in horizon, replications, simulated customers or employees, size of the market, currency or
    steps; ValueError for fewer than two scenarios, and for anything but a list of them. Scenarios of the same
    name are labelled name, name-2 and so on.
    """
    if isinstance(scenarios, (str, os.PathLike)) or not isinstance(scenarios, Iterable):
        raise ValueError('give a list of scenarios, such as compare(["baseline", "my_idea.yaml"])')
    scenarios = list(scenarios)
    if len(scenarios) < 2:
        raise ValueError("a comparison needs at least two scenarios")
    prepared = prepare(scenarios, replications, customers)
    names = distinct(s.name for s in prepared)
    all_records = _simulate(prepared, rng, threads, progress)
    seed = _seed(rng)
    return Comparison(
        tuple(Runs(s, seed, r, n) for s, r, n in zip(prepared, all_records, names, strict=True))
    )


def prepare(
    scenarios: Sequence[Scenario | str | os.PathLike[str]],
    replications: int | None = None,
    customers: int | None = None,
) -> tuple[Scenario, ...]:
    """Load scenarios, put in what is asked otherwise, and check that they can be paired.

    Everything that can be wrong with them is found here, before anything is run. Raises ScenarioError.
    """
    from cxsim.scenario import Scenario, load

    prepared = []
    for source in scenarios:
        s = source if isinstance(source, Scenario) else load(os.fspath(source))
        for name, value in (("replications", replications), ("customers", customers)):
            if value is not None:
                s = s.replace(name, value)
        prepared.append(s)
    for other in prepared[1:]:
        _check_pair(prepared[0], other)
    return tuple(prepared)


_COMMON = ("horizon_months", "replications", "customers", "employees", "steps_per_month", "currency")


def _check_pair(one: Scenario, two: Scenario) -> None:
    from cxsim.scenario import ScenarioError

    for name in _COMMON:
        a, b = getattr(one, name), getattr(two, name)
        if a != b:
            raise ScenarioError(f"{one.name} and {two.name} cannot be compared: {name} is {a} and {b}")
    a, b = (s.world["market"]["represents"] for s in (one, two))
    if a != b:
        what = "world.market.represents"
        raise ScenarioError(f"{one.name} and {two.name} cannot be compared: {what} is {a:.15g} and {b:.15g}")


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _seed(rng: int) -> int:
    return _whole("rng", rng, 0, 2**63 - 1)


def _whole(name: str, value: int, low: int, high: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, not {value!r}") from None
    if not low <= number <= high:
        raise ValueError(f"{name} must be between {low} and {high}, not {number}")
    return number


def _simulate(
    scenarios: Sequence[Scenario], rng: int, threads: int | None, progress: Progress | None
) -> list[tuple[Record, ...]]:
    """Records of every scenario, in order of replication, whatever the order in which they were finished."""
    seed = _seed(rng)
    n_threads = available_threads() if threads is None else _whole("threads", threads, 1, 1024)
    jobs = [(k, r) for k, s in enumerate(scenarios) for r in range(int(s.replications))]
    beside = n_threads > 1 and all(s.customers in SIDE_BY_SIDE for s in scenarios)
    done: dict[tuple[int, int], Record] = {}
    finished = (_side_by_side if beside else _one_by_one)(scenarios, jobs, seed, n_threads)
    if progress:
        progress(0, len(jobs))
    with contextlib.closing(finished):  # whatever ends this early ends the pool too
        for job, record in finished:
            done[job] = record
            if progress:
                progress(len(done), len(jobs))
    return [tuple(done[k, r] for r in range(int(s.replications))) for k, s in enumerate(scenarios)]


Job = tuple[int, int]


def _one_by_one(
    scenarios: Sequence[Scenario], jobs: Sequence[Job], seed: int, threads: int
) -> Generator[tuple[Job, Record], None, None]:
    from cxsim.model import simulate

    for k, r in jobs:
        yield (k, r), simulate(scenarios[k], rng=seed, replication=r, threads=threads)


def _side_by_side(
    scenarios: Sequence[Scenario], jobs: Sequence[Job], seed: int, threads: int
) -> Generator[tuple[Job, Record], None, None]:
    """Runs on a pool of threads; they give up the interpreter's lock while a month is computed."""
    from cxsim.model import simulate

    finished: SimpleQueue[Future[Record]] = SimpleQueue()
    with ThreadPoolExecutor(min(threads, len(jobs)), thread_name_prefix="cxsim") as pool:
        try:
            futures: dict[Future[Record], Job] = {}
            for k, r in jobs:
                future = pool.submit(simulate, scenarios[k], rng=seed, replication=r, threads=1)
                futures[future] = (k, r)
                future.add_done_callback(finished.put)
            for _ in jobs:
                future = _next(finished)
                yield futures[future], future.result()
        finally:  # an error, or Ctrl-C: what has not begun never does, what has begun is short
            pool.shutdown(wait=False, cancel_futures=True)


def _next(queue: SimpleQueue[Future[Record]]) -> Future[Record]:
    while True:
        try:
            return queue.get(timeout=0.2)  # a wait without end cannot be interrupted on every system
        except Empty:
            continue
