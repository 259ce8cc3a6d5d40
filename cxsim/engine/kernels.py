"""Steps: plain functions on columns that are compiled when they are first called.

Nothing here imports numba: that takes longer than all the rest of a command that only shows a scenario. It comes
with :mod:`cxsim.engine.compiling`, when a first step is called.
"""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

_one_at_a_time = threading.Lock()


class Kernel:
    """A function to be compiled; ``py_func`` is the plain one. Called from Python, or by its name in another kernel."""

    def __init__(self, function: Callable[..., Any], compiler: str) -> None:
        functools.update_wrapper(self, function)
        self.py_func = function
        self._compiler = compiler
        self._compiled: Any = None

    def __call__(self, *arguments: Any) -> Any:
        return (self._compiled or self.ready())(*arguments)

    @property
    def _numba_type_(self) -> Any:
        """What numba asks of a name that it meets in a function being compiled."""
        return (self._compiled or self.ready())._numba_type_

    def ready(self) -> Any:
        """The compiled function; without compiling (NUMBA_DISABLE_JIT=1) a plain one."""
        from cxsim.engine import compiling

        with _one_at_a_time:  # threads that call it first at the same time share one
            self._compiled = self._compiled or getattr(compiling, self._compiler)(self.py_func)
        return self._compiled


def step(function: Callable[..., None]) -> Any:
    """Compile ``function`` on first use: no Python lock, IEEE arithmetic in the order written, cached on disk.

    With NUMBA_DISABLE_JIT=1 it runs as Python, slowly and with the same bits, under any debugger.
    """
    return Kernel(function, "compiled_step")


def inline(function: Callable[..., Any]) -> Any:
    """Compile a small helper into every step that calls it."""
    return Kernel(function, "compiled_helper")


Step = Callable[..., None]
_chains: dict[tuple[Any, ...], tuple[Step, ...]] = {}  # by steps and the types of their arguments


def in_turn(steps: tuple[Step, ...], *arguments: Any) -> None:
    """Run steps on the same arguments; neighbours that are compiled run as one call.

    Each call takes longer than a small step, and hands Python's lock over twice: with few of them threads hardly wait
    for one another. Arguments are whole arrays in C order, three of a firm's step or five of a customer's, and steps
    do not raise: an error within the one call would be printed and passed over. Raises ValueError or TypeError for
    another order.
    """
    key = steps, *[a.dtype for a in arguments]
    runs = _chains.get(key)
    if runs is None:
        runs = _chains[key] = tuple(_chain(steps, arguments))
    for run in runs:
        run(*arguments)


def _chain(steps: tuple[Step, ...], arguments: tuple[Any, ...]) -> Iterator[Step]:
    from cxsim.engine import compiling

    if not all(a.flags.c_contiguous for a in arguments):
        raise ValueError("steps take arrays in C order")
    for _, group in itertools.groupby(steps, lambda run: isinstance(run, Kernel)):
        runs = list(group)
        chained = compiling.chained([run.ready() for run in runs if isinstance(run, Kernel)], arguments)
        if chained is None:
            yield from runs
        else:
            yield chained
