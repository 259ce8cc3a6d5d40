"""Tidy tables: named columns with units, made into a pandas frame, Parquet or CSV when asked for.

pandas and pyarrow are imported only then: most runs need neither.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


_ROWS_OF_CELLS = 500  # as objects of Python at a time, each of which needs several times a number's memory


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of names, stored as codes into ``names`` (all different), one per row; code -1 is absent."""

    codes: NDArray[np.int32]
    names: tuple[str, ...]


Column = Labels | NDArray[Any]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of equal length; ``units`` gives (unit, meaning) of those that have one.

    ``optional`` names columns of whole numbers in which -1 stands for "absent", ``parameters`` those with values of a
    parameter, which are written as in a scenario file; ``title`` says what it shows.
    """

    columns: dict[str, Column]
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    title: str = ""

    def frame(self) -> pd.DataFrame:
        """Build a new pandas frame: names as categories, absent whole numbers as <NA> (Int64)."""
        import pandas as pd

        data: dict[str, Any] = {}
        for name, column in self.columns.items():
            if isinstance(column, Labels):
                data[name] = pd.Categorical.from_codes(column.codes, categories=pd.Index(column.names))
            elif name in self.optional:
                data[name] = pd.array(column, dtype="Int64")
                data[name][column < 0] = pd.NA
            else:
                data[name] = column
        return pd.DataFrame(data)

    def write_parquet(self, path: Path) -> None:
        """Write a Parquet file whose columns carry ``unit`` and ``meaning`` in their metadata."""
        write_parquet(path, [self])

    def write_csv(self, path: Path) -> None:
        """Write UTF-8 with a byte order mark, which spreadsheets need; absent values are empty."""
        write_csv(path, [self])

    def arrow(self) -> pa.Table:
        """The same for pyarrow, with ``unit`` and ``meaning`` in the metadata of its columns."""
        import pyarrow as pa

        arrays, fields = [], []
        for name, column in self.columns.items():
            if isinstance(column, Labels):
                names = pa.array(column.names, pa.string())
                codes = pa.array(column.codes, mask=column.codes < 0)
                array = pa.DictionaryArray.from_arrays(codes, names)
            else:
                array = pa.array(column, mask=column < 0 if name in self.optional else None)
            unit, meaning = self.units.get(name, ("", ""))
            metadata = {"unit": unit, "meaning": meaning} if unit else None
            arrays.append(array)
            fields.append(pa.field(name, array.type, metadata=metadata))
        return pa.Table.from_arrays(arrays, schema=pa.schema(fields))

    def cells(self) -> Iterator[tuple[Any, ...]]:
        """The values of one row after another; what is absent is empty."""
        n = max((len(_values(column)) for column in self.columns.values()), default=0)
        for begin in range(0, n, _ROWS_OF_CELLS):
            rows = slice(begin, begin + _ROWS_OF_CELLS)
            yield from zip(*(self._cells(name, column, rows) for name, column in self.columns.items()), strict=True)

    def _cells(self, name: str, column: Column, rows: slice) -> Iterable[Any]:
        held = _values(column)[rows].tolist()
        if isinstance(column, Labels):
            return ["" if code < 0 else column.names[code] for code in held]
        if name in self.optional:
            return ["" if x < 0 else x for x in held]
        return ["" if isinstance(x, float) and math.isnan(x) else x for x in held]


def write_parquet(path: Path, pieces: Iterable[Table]) -> None:
    """Write tables of the same columns below one another, of which one at a time need be in memory."""
    import pyarrow.parquet as pq

    writer = None
    with path.open("wb") as file:  # a path with letters that the locale does not know is no name to pyarrow
        for table in map(Table.arrow, pieces):
            writer = writer or pq.ParquetWriter(file, table.schema)
            writer.write_table(table)
        if writer:
            writer.close()


def write_csv(path: Path, pieces: Iterable[Table]) -> None:
    """As :func:`write_parquet`, as text."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for k, piece in enumerate(pieces):
            if not k:
                writer.writerow(piece.columns)
            writer.writerows(piece.cells())


def grid(axes: Mapping[str, Sequence[str] | NDArray[np.int64]]) -> dict[str, Column]:
    """Index columns of a table whose rows run over all combinations, the last axis fastest.

    Names become Labels, numbers stay numbers.
    """
    shape = tuple(len(values) for values in axes.values())
    out: dict[str, Column] = {}
    for k, (name, values) in enumerate(axes.items()):
        along = np.arange(shape[k]).reshape([-1 if i == k else 1 for i in range(len(shape))])
        index = np.broadcast_to(along, shape).reshape(-1)
        if isinstance(values, np.ndarray):
            out[name] = values[index]
        else:
            out[name] = Labels(index.astype(np.int32), tuple(values))
    return out


def labels(values: Sequence[str]) -> Labels:
    """Labels of a short column, categories in order of first appearance."""
    names = tuple(dict.fromkeys(values))
    return Labels(np.array([names.index(v) for v in values], dtype=np.int32), names)


def concatenate(tables: Mapping[str, Table], key: str, about: tuple[str, str]) -> Table:
    """Put tables below one another, with a first column ``key`` (unit, meaning) saying which.

    A column of numbers that some lack is nan there.
    """
    parts = list(tables.values())
    n_rows = [len(_values(next(iter(t.columns.values())))) for t in parts]
    which = np.repeat(np.arange(len(parts), dtype=np.int32), n_rows)
    columns: dict[str, Column] = {key: Labels(which, tuple(tables))}
    units = {name: unit for table in parts for name, unit in table.units.items()}
    for name in dict.fromkeys(name for table in parts for name in table.columns):
        held = [table.columns.get(name, np.full(n, np.nan, np.float32)) for table, n in zip(parts, n_rows, strict=True)]
        columns[name] = _joined(held)
    return Table(columns, {key: about, **units}, parts[0].optional)


def _values(column: Column) -> NDArray[Any]:
    return column.codes if isinstance(column, Labels) else column


def _joined(parts: Sequence[Column]) -> Column:
    if not isinstance(parts[0], Labels):
        return np.concatenate([_values(p) for p in parts])
    names = tuple(dict.fromkeys(n for p in parts if isinstance(p, Labels) for n in p.names))
    place = {n: k for k, n in enumerate(names)}
    codes = [np.array([*(place[n] for n in p.names), -1], np.int32)[p.codes] for p in parts if isinstance(p, Labels)]
    return Labels(np.concatenate(codes), names)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Make names differ, whatever their case: the second ``a`` becomes ``a-2``, the next ``a-3``."""
    wanted = list(names)
    reserved = {n.casefold() for n in wanted}
    taken: set[str] = set()
    out = []
    for name in wanted:
        label, k = name, 2
        while label.casefold() in taken or (label != name and label.casefold() in reserved):
            label, k = f"{name}-{k}", k + 1
        taken.add(label.casefold())
        out.append(label)
    return tuple(out)
