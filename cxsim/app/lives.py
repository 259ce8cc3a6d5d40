"""Lives as a window tells them, month by month with one company: of a customer, an employee or a silo."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cxsim.app.views import Numbers
from cxsim.results import Runs

Pair = tuple[Runs, Runs]
BEFORE = 6
"""Months before somebody leaves that are told as what led to it."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; ``mark`` is a sign beside the text, since colour is never the only cue."""

    month: int
    mark: str
    text: str
    grave: bool = False


@dataclass(frozen=True)
class Life:
    """A life with one company.

    ``felt`` are titles of small charts with a value for each month, None where there is none; ``sums`` has a line for
    each month, what it has come to; ``partings`` are the months in which somebody left, and what led to it.
    """

    events: tuple[Event, ...]
    felt: dict[str, Numbers]
    sums: tuple[str, ...]
    partings: tuple[tuple[int, str], ...] = ()


class Subject(Protocol):
    """Whose life it is, the same in both worlds."""

    @property
    def number(self) -> int:
        """The place among others of its kind."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def about(self) -> str:
        """What is the same in both companies."""

    def life(self, runs: Runs) -> Life:
        """Its life with one company. Raises KeyError where it is not in the panel."""


def spells(on: NDArray[np.bool_]) -> Iterator[tuple[int, int | None]]:
    """The first month, from 1, of each time in which it holds, and the first one after, None where it never ends."""
    begun = 0
    for month, now in enumerate(on.tolist(), 1):
        if now and not begun:
            begun = month
        elif begun and not now:
            yield begun, month
            begun = 0
    if begun:
        yield begun, None


def counted(n: float, one: str, many: str) -> str:
    """A whole number with its noun."""
    return f"{round(n)} {one if round(n) == 1 else many}"


def parted(everyone: Sequence[int], first: set[int], second: set[int], stayed: set[int]) -> dict[str, list[int]]:
    """Numbers by with whom they parted: ``A`` only, ``B`` only, ``both``, and those of ``stayed`` with ``neither``."""
    return {
        "A": [n for n in everyone if n in first and n not in second],
        "B": [n for n in everyone if n in second and n not in first],
        "both": [n for n in everyone if n in first and n in second],
        "neither": [n for n in everyone if n not in first | second and n in stayed],
    }
