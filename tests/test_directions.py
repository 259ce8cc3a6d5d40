"""Every declared parameter moves what its mechanism writes, the way that is said, and "off" is off.

The experiments stand in ``directions.py`` and its neighbours. No test here is statistical: both arms have
the same people and the same luck, so that a parameter which does nothing gives a difference of exactly nothing.
"""

from __future__ import annotations

from typing import Any

import pytest

import directions
import directions_culture
import directions_listening
import directions_people
from directions import Row
from lived import PARAMETERS, Watched, opened, put, scenario

SIZE: dict[str, int] = {"customers": 1500, "employees": 12}
ROWS = (*directions.ROWS, *directions_culture.ROWS, *directions_listening.ROWS, *directions_people.ROWS)
IDS = [row.path for row in ROWS]
CLOSE = {"rel": 1e-6, "abs": 1e-6}  # single precision, summed


def after(row: Row, value: float, **more: Any) -> float:
    """The quantity of a row's experiment with its parameter at ``value``; ``more`` is set too."""
    if row.opening:
        model = opened(scenario(values=((row.path, value), *row.start.items()), **SIZE))
    else:
        model = opened(scenario(**SIZE))
        put(model, {**row.start, row.path: value, **more})
    before: Watched = opened(scenario(**SIZE))
    put(before, {k: v for k, v in row.start.items() if not k.startswith(("world", "policy"))})
    for _ in range(0 if row.opening else row.months):
        model.step()
    return row.stat(model, before)


def test_every_declared_parameter_has_an_experiment() -> None:
    assert set(IDS) == set(PARAMETERS), "add a row to directions.py, or take one out"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_direction(row: Row) -> None:
    p = PARAMETERS[row.path]
    assert p.low <= row.low < row.high <= p.high
    difference = after(row, row.high) - after(row, row.low)
    assert difference != 0, f"{row.path} moves nothing: dead, or its experiment is"
    assert difference * row.sign > 0


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_off_is_off(row: Row) -> None:
    p = PARAMETERS[row.path]
    said = [row.off is not None, row.mute is not None, bool(row.not_off)]
    assert sum(said) == (p.low == 0), f"{row.path}: say what {p.low} means"
    if row.off is not None:
        assert after(row, p.low) == pytest.approx(row.off, **CLOSE)
    if row.mute is not None:
        path, a, b = row.mute
        assert after(row, p.low, **{path: a}) == after(row, p.low, **{path: b})
        assert after(row, row.high, **{path: a}) != after(row, row.high, **{path: b}), "mute at any value: no test"
