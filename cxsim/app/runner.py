"""One thread that computes for all pages: short answers before thorough ones, and none that nobody waits for."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from cxsim.api import run
from cxsim.results import Runs
from cxsim.scenario import Scenario

KEPT = 24
"""Runs that are remembered for all pages together, the last ones asked for: some hundred kilobytes each."""

T = TypeVar("T")


class Superseded(Exception):
    """What was being computed is not wanted any more."""


class Runner:
    """Computes one thing at a time.

    What is ``quick`` goes first, even between two runs of what is not, and in the order in which it was asked for. Runs
    are remembered by scenario and luck.
    """

    def __init__(self) -> None:
        self._quick: deque[Callable[[], None]] = deque()
        self._slow: deque[Callable[[], None]] = deque()
        self._hurried = False  # what is being computed is quick
        self._ready = threading.Condition()
        self._kept: OrderedDict[tuple[str, str, int, int, int], Runs] = OrderedDict()
        threading.Thread(target=self._work, name="cxsim-app", daemon=True).start()

    def submit(self, task: Callable[[], T], quick: bool) -> Future[T]:
        """Have a task done on the thread. One that is cancelled before its turn is never done."""
        future: Future[T] = Future()

        def do() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(task())
            except BaseException as error:
                future.set_exception(error)

        with self._ready:
            (self._quick if quick else self._slow).append(do)
            self._ready.notify()
        return future

    def runs(
        self,
        scenario: Scenario,
        seed: int,
        replications: int,
        panel: int = 0,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Runs:
        """Runs of a scenario, remembered; for tasks, on the thread.

        Raises Superseded between two runs where they are not ``wanted`` any more.
        """
        key = scenario.hash, scenario.title, seed, replications, panel
        if key not in self._kept:

            def between(done: int, _all: int) -> None:
                if done and not wanted():
                    raise Superseded
                if done:
                    self._first_quick()

            found = run(scenario, replications=replications, rng=seed, threads=1, progress=between, panel=panel)
            self._kept[key] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _first_quick(self) -> None:
        if self._hurried:  # who asked first is not to wait for those who asked later
            return
        self._hurried = True
        while self._quick:
            self._quick.popleft()()
        self._hurried = False

    def _work(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._quick or self._slow)
                self._hurried = bool(self._quick)
                task = (self._quick or self._slow).popleft()
            task()
