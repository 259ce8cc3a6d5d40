"""Columns: how state is laid out, whole (structure of arrays) and in a tile that fits the second cache.

A column is declared once. "state" is loaded into a tile and stored back, a "trait" is loaded only, a "flow" lives
in the tile for the step. A column has one value per agent, or one per firm ("firms") or dimension of need ("needs").
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.engine.kernels import step
from cxsim.parameters import Group

BLOCK = 8192  # customers in a tile: fits the second cache
N_NEEDS = 3
N_SEGMENTS = 3
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: kind, type when stored, unit, meaning, and bounds that hold after every step."""

    name: str
    kind: str  # "state", "trait" or "flow"
    stored: str  # "f4" or "i1"
    unit: str
    meaning: str
    low: float = -np.inf
    high: float = np.inf
    per: str = ""  # "", "firms" or "needs"

    def width(self, n_firms: int) -> int:
        """Number of values per agent."""
        return {"": 1, "firms": n_firms, "needs": N_NEEDS}[self.per]


@lru_cache(maxsize=16)  # compiled steps recognise a dtype by identity
def tile_dtype(columns: tuple[Column, ...], n_firms: int) -> np.dtype[Any]:
    """The record type of a tile: ``m`` (agents in use) and one array per column; whole numbers as int32."""
    fields: list[Any] = [("m", "i8")]
    for c in columns:
        shape = (c.width(n_firms), BLOCK) if c.per else (BLOCK,)
        fields.append((c.name, "f4" if c.stored == "f4" else "i4", shape))
    return np.dtype(fields)


@lru_cache(maxsize=32)
def parameter_dtype(groups: tuple[Group, ...], side: str, n_firms: int) -> np.dtype[Any]:
    """The record type of one side's parameters: a float32 per assumption, an array over firms per lever.

    The world's record also carries ``dt``, the length of a step in months.
    """
    shape = () if side == "world" else (n_firms,)
    fields: list[Any] = [("dt", "f4")] if side == "world" else []
    for g in groups:
        if g.side == side:
            fields.append((g.heading, [(p.name, "f4", shape) for p in g.parameters]))
    return np.dtype(fields)


@step
def _copy_in(tile, rows, offsets, first, m):  # type: ignore[no-untyped-def]
    """Copy ``rows[t][k, first:first + m]`` to the tile's words from ``offsets[t][k]`` on, for both types ``t``."""
    for k in range(len(offsets[0])):
        source, target = rows[0][k, first : first + m], tile[0][offsets[0][k] : offsets[0][k] + m]
        for i in range(m):
            target[i] = source[i]
    for k in range(len(offsets[1])):
        whole, into = rows[1][k, first : first + m], tile[1][offsets[1][k] : offsets[1][k] + m]
        for i in range(m):
            into[i] = whole[i]


@step
def _copy_out(tile, rows, offsets, first, m):  # type: ignore[no-untyped-def]
    """Copy the tile's words from ``offsets[t][k]`` on to ``rows[t][k, first:first + m]``."""
    for k in range(len(offsets[0])):
        source, target = tile[0][offsets[0][k] : offsets[0][k] + m], rows[0][k, first : first + m]
        for i in range(m):
            target[i] = source[i]
    for k in range(len(offsets[1])):
        whole, into = tile[1][offsets[1][k] : offsets[1][k] + m], rows[1][k, first : first + m]
        for i in range(m):
            into[i] = whole[i]


def _words(tile: Array) -> tuple[Array, Array]:
    """A tile as words of each of the two types."""
    return tile.view(np.float32), tile.view(np.int32)


def offset(record: np.dtype[Any], name: str) -> int:
    """Where a field begins in a record type, in bytes."""
    fields: Any = record.fields
    return int(fields[name][1])


class Store:
    """The columns of ``n`` agents: one float32 and one int8 matrix, a row per column (or per firm, per dimension).

    ``store["trust"]`` is a live view: (n,), or (width, n) for a column per firm or dimension.
    """

    def __init__(self, columns: tuple[Column, ...], n: int, n_firms: int) -> None:
        self.n = n
        self.columns = {c.name: c for c in columns if c.kind != "flow"}
        self.dtype = tile_dtype(columns, n_firms)
        self._row: dict[str, tuple[str, int, int]] = {}
        kept: dict[str, list[int]] = {"f4": [], "i1": []}
        read: dict[str, list[int]] = {"f4": [], "i1": []}
        for kind, into in (("state", kept), ("trait", read)):  # state first: what is stored back is a prefix
            for c in self.columns.values():
                if c.kind == kind:
                    first = len(kept[c.stored]) + len(read[c.stored])
                    width = c.width(n_firms)
                    self._row[c.name] = (c.stored, first, width)
                    word = offset(self.dtype, c.name) // 4
                    into[c.stored] += [word + k * BLOCK for k in range(width)]
        self._loaded = tuple(np.array(kept[t] + read[t], np.int64) for t in kept)
        self._kept = tuple(np.array(kept[t], np.int64) for t in kept)
        self._rows: tuple[Array, ...] = tuple(
            np.zeros((len(words), n), kind)
            for words, kind in zip(self._loaded, (np.float32, np.int8), strict=True)
        )

    def __getitem__(self, name: str) -> Array:
        """Live view of a column. Raises KeyError for a name that is not stored."""
        stored, first, width = self._row[name]
        rows = self._rows[stored == "i1"]
        return rows[first : first + width] if self.columns[name].per else rows[first]

    def load(self, tile: Array, first: int, m: int) -> None:
        """Copy agents ``first .. first + m`` into ``tile``."""
        tile["m"] = m
        _copy_in(_words(tile), self._rows, self._loaded, first, m)

    def save(self, tile: Array, first: int, m: int) -> None:
        """Copy the state of ``tile`` back."""
        _copy_out(_words(tile), self._rows, self._kept, first, m)

    def __deepcopy__(self, memo: dict[int, Any]) -> Store:
        twin = copy.copy(self)
        twin._rows = tuple(rows.copy() for rows in self._rows)
        return twin

    def append(self, **values: float) -> int:
        """Add one agent, zero but for ``values``, and return its id (tests use it for a bystander)."""
        self._rows = tuple(np.concatenate([r, np.zeros((len(r), 1), r.dtype)], axis=1) for r in self._rows)
        self.n += 1
        for name, value in values.items():
            self[name][..., -1] = value
        return self.n - 1
