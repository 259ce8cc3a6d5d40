"""Work shared out to a Dask cluster, whose scheduler and workers somebody has started (see docs/cluster.md)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from cxsim.pool import Lost
from cxsim.studies.extras import library

A = TypeVar("A")
R = TypeVar("R")

_ANSWER_SECONDS = 10  # how long the scheduler, or the first worker, is waited for
_AHEAD = 3  # batches for each thread of the cluster, lest it waits for us
_POLL_SECONDS = 0.2
_COUNT_SECONDS = 2.0  # workers come and go


class ClusterError(OSError):
    """A cluster that cannot be used, or not any more; the message is one line."""


def _asked_who(address: str) -> str:
    """What of Dask answers at an address; empty if nothing does, whatever else may listen there.

    A client would wait for ever for one that listens and does not answer, so this is asked beside us.
    """
    distributed, found = library("distributed", "cluster"), list[str]()

    async def ask() -> None:
        with contextlib.suppress(Exception):
            secured = distributed.Security().get_connection_args("client")
            there: Any = distributed.rpc(address, connection_args=secured)
            try:
                found.append((await asyncio.wait_for(there.identity(), _ANSWER_SECONDS))["type"])
            finally:
                await there.close_rpc()

    asking = threading.Thread(target=asyncio.run, args=(ask(),), daemon=True)
    asking.start()
    asking.join(_ANSWER_SECONDS)
    return found[0] if found else ""


class Cluster:
    """A connection to the ``scheduler`` at an address; use as ``with``. Raises ClusterError if it does not answer."""

    def __init__(self, scheduler: str) -> None:
        self._address = scheduler

    def __enter__(self) -> Cluster:
        distributed = library("distributed", "cluster")
        for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what goes wrong is said by us, once
        silent = f"the scheduler at {self._address} does not answer; is it running?"
        if (found := _asked_who(self._address)) != "Scheduler":
            other = f"what answers at {self._address} is a {found.lower()} of Dask; give the address of its scheduler"
            raise ClusterError(other if found else silent)
        try:
            self._client = distributed.Client(
                self._address, timeout=_ANSWER_SECONDS, set_as_default=False, name="cxsim"
            )
        except (OSError, ValueError, TypeError) as error:
            raise ClusterError(silent) from error
        if not self.threads():
            self._client.close()
            line = f"the scheduler at {self._address} has no worker; start one: dask worker {self._address}"
            raise ClusterError(line)
        return self

    def __exit__(self, *error: object) -> None:
        with contextlib.suppress(Exception):  # it may be gone
            self._client.close(timeout=2)

    def share(
        self, work: Callable[[Sequence[A]], R], batches: Iterator[Sequence[A]]
    ) -> Generator[tuple[Sequence[A], R | Lost], None, None]:
        """Each batch with what ``work`` makes of it, in the order in which they are done.

        A batch whose worker dies is tried again by the scheduler, then thing by thing; what kills its workers comes
        with Lost. Errors of ``work`` are raised. Raises ClusterError where the scheduler, or all workers, are lost.
        """
        waiting: dict[Any, Sequence[A]] = {}
        finished: SimpleQueue[Any] = SimpleQueue()
        again: deque[Sequence[A]] = deque()
        counted, room = -_COUNT_SECONDS, 0
        try:
            while True:
                if time.monotonic() - counted > _COUNT_SECONDS:
                    counted, room = time.monotonic(), _AHEAD * self.threads()
                    if not room:
                        raise self._lost("all workers of")
                while len(waiting) < room and (batch := again.popleft() if again else next(batches, None)):
                    future = self._client.submit(work, batch, pure=False)
                    waiting[future] = batch
                    future.add_done_callback(finished.put)
                if not waiting:
                    return
                try:
                    future = finished.get(timeout=_POLL_SECONDS)
                except Empty:
                    continue
                batch = waiting.pop(future)
                result = self._result(future)
                if isinstance(result, Lost) and len(batch) > 1:
                    again.extend(batch[k : k + 1] for k in range(len(batch)))
                else:
                    yield batch, result
        finally:
            with contextlib.suppress(Exception):
                self._client.cancel(list(waiting))

    def _result(self, future: Any) -> Any:
        distributed = library("distributed", "cluster")
        try:
            return future.result(timeout=_ANSWER_SECONDS)
        except distributed.KilledWorker:
            return Lost()
        except (distributed.CancelledError, distributed.TimeoutError, distributed.comm.CommClosedError) as error:
            raise self._lost("") from error
        except ModuleNotFoundError as error:
            raise ClusterError(f"a worker of {self._address} lacks {error.name}; install cxsim there") from error

    def threads(self) -> int:
        """Threads of all workers, after waiting a while for some."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        while True:
            try:
                if self._client.status != "running":
                    raise OSError
                found = int(sum(self._client.nthreads().values()))
            except OSError:  # lost: it may come back
                found = -1
            if found > 0 or time.monotonic() > deadline:
                if found < 0:
                    raise self._lost("")
                return found
            time.sleep(_POLL_SECONDS)

    def _lost(self, what: str) -> ClusterError:
        """The error for ``what`` was lost, followed by the scheduler's name."""
        place = f"the scheduler at {self._address}"
        lost = f"{what} {place} were lost" if what else f"{place} was lost"
        return ClusterError(f"{lost}; what is done is stored, start again to go on")
