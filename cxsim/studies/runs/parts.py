"""What stands in the parts of a store, of which no more is in memory than is asked for: some columns, some runs."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxsim.studies.runs.folder import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

    from cxsim.studies.experiments.experiment import Experiment

Array = NDArray[np.float64]
Keys = NDArray[np.uint64]

PARTS, FAILURES = "parts", "failures"


@dataclass(frozen=True)
class Family:
    """Runs that vary the same paths, whose columns are ``varied``, and yield the same ``columns``."""

    varied: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def id(self) -> str:
        """Eight hexadecimal digits, in the names of its parts."""
        return hashlib.sha256(json.dumps([self.varied, self.columns]).encode()).hexdigest()[:8]

    @classmethod
    def of(cls, experiment: Experiment) -> Family:
        """The family of an experiment's runs."""
        return cls(tuple(v.column for v in experiment.vary), experiment.columns)

    def schema(self) -> pa.Schema:
        """Names and types of the columns of its parts."""
        import pyarrow as pa

        fixed = [("key", pa.uint64()), ("arm", pa.string()), ("replication", pa.int64()), ("rng", pa.int64())]
        return pa.schema([*fixed, *((name, pa.float64()) for name in (*self.varied, *self.columns))])

    def failures(self) -> pa.Schema:
        """Names and types of the columns of its failures."""
        import pyarrow as pa

        told = [("error", pa.string()), ("killed", pa.bool_())]
        return pa.schema([*list(self.schema())[: 4 + len(self.varied)], *(pa.field(*each) for each in told)])


class Parts:
    """The parts in a folder, whoever wrote them. A run that is in several counts once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keys: dict[Path, Keys] = {}

    def of(self, kind: str, family: str = "*") -> Iterator[Path]:
        """Those of a family by its id, or of all: of its runs (PARTS) or of its failures (FAILURES).

        Parts that appear meanwhile come too, as when another process merges some: then one may be gone when it is read.
        """
        seen: set[Path] = set()
        while new := [part for part in sorted((self.folder / kind).glob(f"*-{family}-*.parquet")) if part not in seen]:
            yield from new
            seen.update(new)

    def keys(self, part: Path) -> Keys:
        """The keys of its runs, sorted."""
        if part not in self._keys:
            self._keys[part] = read_part(part, ["key"])["key"].to_numpy()
        return self._keys[part]

    def forget(self, part: Path) -> None:
        """Of a part that is no more."""
        self._keys.pop(part, None)

    def failed(self, family: Family, keys: Keys) -> NDArray[np.bool_]:
        """Which of the sorted ``keys`` are those of runs that failed, and would fail again."""
        table = self.failures(family)
        found = np.zeros(len(keys), bool)
        found[_places(keys, table["key"].to_numpy()[~table["killed"].to_numpy()])[0]] = True
        return found

    def find(self, family: Family, keys: Keys, columns: Sequence[str] = ()) -> tuple[Array, NDArray[np.bool_]]:
        """Some columns of runs, (columns, keys), nan elsewhere; and for which of the ``keys`` runs are there.

        Keys may stand in any order, and several times.
        """
        values = np.full((len(columns), len(keys)), np.nan)  # each column in one piece
        there = np.zeros(len(keys), bool)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        for part in self.of(PARTS, family.id):
            if there.all():
                break
            with contextlib.suppress(FileNotFoundError):  # merged into one that is still to come
                place, rows = _places(ordered, self.keys(part))
                place = order[place]
                if len(place) and columns:
                    held = read_part(part, columns)
                    for name, column in zip(columns, values, strict=True):
                        column[place] = held[name].to_numpy()[rows]
                there[place] = True
        return values, there

    def failures(self, family: Family) -> pa.Table:
        """Runs that failed and were not made since: key, arm, replication, rng, varied paths, error, killed.

        One that was killed once, and failed by an error another time, has failed by the error.
        """
        import pyarrow as pa

        tables = [family.failures().empty_table()]
        for part in self.of(FAILURES, family.id):
            with contextlib.suppress(FileNotFoundError):
                tables.append(read_part(part))
        table = pa.concat_tables(tables).sort_by([("key", "ascending"), ("killed", "ascending")])
        keys, first = np.unique(table["key"].to_numpy(), return_index=True)
        return table.take(first[~self.find(family, keys)[1]])

    def every(self, kind: str) -> dict[str, Keys]:
        """All keys by the id of their family, sorted, each once."""
        found: dict[str, list[Keys]] = {}
        for part in self.of(kind):
            with contextlib.suppress(FileNotFoundError):
                found.setdefault(part.name.split("-")[1], []).append(self.keys(part))
        return {family: np.unique(np.concatenate(keys)) for family, keys in found.items()}


def _places(keys: Keys, found: Keys) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places in the sorted ``keys`` of those ``found``, which are sorted too; and where these are.

    In ``keys`` one may stand several times. The fewer are looked up among the more.
    """
    if len(keys) < len(found):
        row = np.minimum(np.searchsorted(found, keys), len(found) - 1)
        place = np.flatnonzero(found[row] == keys)
        return place, row[place]
    first = np.searchsorted(keys, found)
    n = np.searchsorted(keys, found, "right") - first
    before = np.cumsum(n) - n
    return np.arange(n.sum()) + np.repeat(first - before, n), np.repeat(np.arange(len(found)), n)


def read_part(part: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Some columns of a part; all of them where none are named. Raises StoreError where it is no whole part."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(part).read(None if columns is None else list(columns))
    except pa.ArrowException as error:
        raise StoreError(f"{part}: cannot be read; take it away, and its runs are made again") from error
