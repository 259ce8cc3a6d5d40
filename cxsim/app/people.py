"""People of a panel: what state each is in, month by month, and the story of a life in both worlds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxsim.report import style
from cxsim.results import Runs

if TYPE_CHECKING:
    import pandas as pd

PANEL = 200
"""People shown, and kept one by one; fewer where fewer are simulated."""
PLACES = 25
"""Dots in a row."""


@dataclass(frozen=True, slots=True)
class State:
    """What may be said of a person at the end of a month, with the look of a dot: no two have one shape."""

    name: str
    title: str
    about: str
    symbol: str
    size: int
    colour: str
    border: str


_GREEN, _CROSS = style.COLOURS[2], "path://M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z"
STATES = (
    State("elsewhere", "never ours", "somebody else's customer, or nobody's", "circle", 4, "#FFFFFF", "#9A9A9A"),
    State("staying", "staying", "as satisfied as seems possible elsewhere, or more", "circle", 11, _GREEN, _GREEN),
    State("wavering", "wavering", "more seems to be had elsewhere", "triangle", 11, style.COLOURS[4], "#7A5200"),
    State("gone", "left us", "of her own accord", _CROSS, 9, style.INK, style.INK),
    State("ended", "we ended it", "the firm ended the relationship", "rect", 9, "#FFFFFF", style.COLOURS[1]),
)
WAVERING = (
    "Wavering: believes that more satisfaction is to be had elsewhere, which makes leaving likelier, the more so the"
    " wider the gap."
)
_ELSEWHERE, _STAYING, _WAVERING, _GONE, _ENDED = range(len(STATES))


def places(n: int) -> list[tuple[int, int]]:
    """Where the dots of ``n`` people stand; a person has the same place in both worlds."""
    return [(k % PLACES, k // PLACES) for k in range(n)]


def lived(runs: Runs) -> pd.DataFrame:
    """One row for each month and customer of the panel, in the first run."""
    rows = runs.customers
    first: pd.DataFrame = rows[rows["replication"] == rows["replication"].iloc[0]]
    return first


def numbers(runs: Runs) -> list[int]:
    """Numbers of the people of the panel, by place."""
    return [int(k) for k in lived(runs)["customer"].drop_duplicates()]


def codes(runs: Runs) -> list[str]:
    """One text for each month, with one digit for each person: the index in STATES."""
    n = len(numbers(runs))
    lives = lived(runs)
    ours = _table(lives["firm"].cat.codes, n) == 0
    lead, left, ended, joined = (_table(lives[name], n) for name in ("lead", "left", "ended", "joined"))
    served = _table(lives["served_by"].cat.codes, n) == 0
    gone = np.logical_or.accumulate((left > 0) & served, axis=0)
    closed = np.logical_or.accumulate((ended > 0) & served, axis=0)
    code = np.where(closed, _ENDED, np.where(gone, _GONE, _ELSEWHERE))
    # what a newcomer compares is not yet life with us
    code = np.where(ours, np.where((lead < 0) & (joined == 0), _WAVERING, _STAYING), code)
    return ["".join(map(str, row)) for row in code.tolist()]


def _table(column: pd.Series, n: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.asarray(column, np.float64).reshape(-1, n)
