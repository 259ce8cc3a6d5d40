"""The bar that runs show while they are made."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def announce_compiling() -> None:
    """Say on a terminal that the first run takes longer, where it does."""
    from cxsim.engine.compiling import is_cold

    if sys.stderr.isatty() and is_cold():
        print("cxsim: compiling the model, once on this machine (some 10 s)", file=sys.stderr)


class Progress:
    """A bar on standard error, on a terminal only; gone when the runs are done. Use as ``with``."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._shown = not options.quiet and sys.stderr.isatty()
        self._width = 0
        self._what, self._begun, self._first = "", -1.0, 0

    def __enter__(self) -> Progress:
        import time

        from cxsim.studies.experiments.pace import told

        self._clock, self._told = time.monotonic, told
        if self._shown:
            announce_compiling()
        return self

    def __exit__(self, *error: object) -> None:
        self._write("")

    def begin(self, what: str) -> None:
        """Name what follows: an analysis that asks for runs of its own."""
        self._what, self._begun = f"{what}: ", -1.0

    def __call__(self, done: int, total: int) -> None:
        if done == 0 or self._begun < 0:
            self._begun, self._first = self._clock(), done  # what is there already took no time
        spent, made = self._clock() - self._begun, done - self._first
        left = f", {self._told(spent / made * (total - done))} left" if made and spent > 1 else ""
        full = 30 * done // max(total, 1)
        self._write(f"{self._what}[{'#' * full}{'-' * (30 - full)}] {done:,}/{total:,} runs{left}")

    def _write(self, text: str) -> None:
        if self._shown:
            blank = " " * (self._width - len(text))
            sys.stderr.write(f"\r{text}{blank}" if text else f"\r{blank}\r")
            sys.stderr.flush()
            self._width = len(text)
