"""Processes that share work with this one: loky's, which are kept from call to call.

A worker imports nothing of the program that started it, so that scripts need no guard and notebooks work. What it makes
is the same to the bit as if it were made here; who makes what is left to whoever has time.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

A = TypeVar("A")
R = TypeVar("R")

IDLE_SECONDS = 60
"""How long a worker waits for more before it ends."""

_AHEAD = 3  # batches with each worker: one in hand, and enough for as long as we are at our own
_TRIES = 3  # of a batch whose worker was killed
_POLL_SECONDS = 0.2  # a wait without end cannot be interrupted on every system

_used = -float(IDLE_SECONDS)  # when workers were last at work, by the monotonic clock
_kept: tuple[int, Any] | None = None  # number of workers, and their executor
_one_at_a_time = threading.Lock()


class Lost(OSError):
    """A worker ended, each time, before it had done what it was given; the message is one line."""

    def __init__(self) -> None:
        super().__init__("a worker process was killed, perhaps for lack of memory; try fewer at a time")


def may_start() -> bool:
    """Whether this process may have workers: one that is somebody's worker leaves that to them."""
    return multiprocessing.parent_process() is None and not multiprocessing.current_process().daemon


def is_warm() -> bool:
    """Whether workers are there that have imported what they need."""
    return time.monotonic() - _used < IDLE_SECONDS - 1


def share(
    work: Callable[[Sequence[A]], R], batches: Iterable[Sequence[A]], workers: int, here: bool = True
) -> Generator[tuple[Sequence[A], R | Lost], None, None]:
    """Each batch with what ``work`` makes of it, in the order in which they are done, by so many workers.

    This process does its part too where ``here`` is set. A batch whose worker is killed is tried again by itself, then
    thing by thing; what fails for the third time comes with Lost. ``batches`` are taken as they are needed. Errors
    of ``work`` are raised; on any, on Ctrl-C and on closing the generator what is under way is killed.
    """
    todo, crew = iter(batches), _Crew(work, workers)
    try:
        while True:
            crew.fill(todo)
            yield from crew.done(wait=False)
            batch = (next(todo, None) or crew.not_begun()) if here else None
            if batch:
                yield batch, work(batch)
            elif crew.busy:
                yield from crew.done(wait=True)
            else:
                break
    except BaseException:
        crew.kill()
        raise


def boot(workers: int) -> int:
    """Start workers, which import the model while this process does something else; 0 where the system has none."""
    try:
        executor = _executor(workers)
        for _ in range(workers):
            executor.submit(_nothing)
    except (OSError, ImportError, NotImplementedError):  # no shared memory, no more processes allowed
        return 0
    return workers


def end() -> None:
    """End all workers at once, without waiting for them to tidy up: nothing more is to be done."""
    if _kept:
        executor = _kept[1]
        _forget(executor)
        executor.shutdown(wait=True, kill_workers=True)


class _Crew(Generic[A, R]):
    """Batches that are with workers, and those to be tried again."""

    def __init__(self, work: Callable[[Sequence[A]], R], workers: int) -> None:
        self._work, self._workers = work, workers
        self._waiting: dict[Future[Any], tuple[Sequence[A], int]] = {}
        self._finished: SimpleQueue[Future[Any]] = SimpleQueue()
        self._again: deque[tuple[Sequence[A], int]] = deque()
        self._any_done = False
        self._executor: Any = None

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._again)

    def fill(self, todo: Iterable[Sequence[A]]) -> None:
        """Give workers what they can take; one at a time what was with a worker that was killed."""
        while not self._again and len(self._waiting) < _AHEAD * self._workers:
            batch = next(iter(todo), None)
            if batch is None:
                return
            self._submit(batch, 1)
        if self._again and not self._waiting:
            batch, tries = self._again.popleft()
            self._submit(batch, tries)

    def not_begun(self) -> Sequence[A] | None:
        """Take back the batch that no worker can have begun; None if all are under way."""
        if self._again or (len(self._waiting) <= self._workers and self._any_done) or not self._waiting:
            return None
        future = next(reversed(self._waiting))
        future.cancel()  # if it is on its way nevertheless, it is made twice
        return self._waiting.pop(future)[0]

    def done(self, wait: bool) -> Generator[tuple[Sequence[A], R | Lost], None, None]:
        """What workers have done; at least one batch if asked to ``wait``."""
        global _used
        while self._waiting:
            try:
                future = self._finished.get(timeout=_POLL_SECONDS) if wait else self._finished.get_nowait()
            except Empty:
                if wait:
                    continue
                return
            if future not in self._waiting:
                continue
            batch, tries = self._waiting.pop(future)
            if _was_killed(future):
                _forget(self._executor)
                yield from self._once_more(batch, tries)
            else:
                made = future.result()
                self._any_done, wait, _used = True, False, time.monotonic()
                yield batch, made
            if self._again:
                return

    def _once_more(self, batch: Sequence[A], tries: int) -> Generator[tuple[Sequence[A], Lost], None, None]:
        if tries == _TRIES:
            yield batch, Lost()
        elif tries == 1:
            self._again.append((batch, 2))
        else:
            self._again.extend((batch[k : k + 1], _TRIES) for k in range(len(batch)))

    def _submit(self, batch: Sequence[A], tries: int) -> None:
        self._executor = _executor(self._workers)
        try:
            future = self._executor.submit(_worked, self._work, batch)
        except BrokenProcessPool:
            _forget(self._executor)
            self._again.append((batch, tries))
            return
        self._waiting[future] = batch, tries
        future.add_done_callback(self._finished.put)

    def kill(self) -> None:
        """End workers that are in the midst of something."""
        if self._waiting:
            self._waiting.clear()
            _forget(self._executor)
            self._executor.shutdown(wait=True, kill_workers=True)


def _executor(workers: int) -> Any:
    """The pool of so many workers, which is kept until another number is asked for."""
    global _kept
    with _one_at_a_time:
        if _kept is None or _kept[0] != workers:
            from loky import ProcessPoolExecutor

            if _kept:
                _kept[1].shutdown(wait=False)
            made = ProcessPoolExecutor(workers, timeout=IDLE_SECONDS, initializer=_begin, initargs=(os.getpid(),))
            _kept = workers, made
        return _kept[1]


def _forget(executor: Any) -> None:
    """Let the next who asks have another, this one being broken or shut down."""
    global _kept, _used
    with _one_at_a_time:
        if _kept and _kept[1] is executor:
            _kept, _used = None, -float(IDLE_SECONDS)


def _was_killed(future: Future[Any]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


# --- in the worker -----------------------------------------------------------------------------------------------


def _begin(parent: int) -> None:
    """Leave Ctrl-C to the process that started us, end with it, and import what every run needs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import cxsim.model  # noqa: F401


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _nothing() -> None:
    pass


def _worked(work: Callable[[Sequence[A]], R], batch: Sequence[A]) -> R:
    """``work(batch)``; an error that does not survive the way to another process is told in words."""
    try:
        return work(batch)
    except Exception as error:
        try:
            pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        except Exception:
            raise RuntimeError(f"{type(error).__name__}: {error}") from error
        raise
