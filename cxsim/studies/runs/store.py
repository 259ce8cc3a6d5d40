"""The store of an experiment's runs: a folder of Parquet parts, to which is only ever added.

A run is known by its content: the arm, the values put into it, seed, replication and version of results. A part appears
under its name when it is whole, so that a kill at any moment loses the last seconds and nothing else. Small parts are
merged as they add up: the merged one is there before the others go, and rows that are there twice count once.
Runs that vary the same paths are a family, and share their columns.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import math
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cxsim.studies.runs.folder import StoreError, check_manifest, claim, read_manifest, settle, write_manifest

if TYPE_CHECKING:
    import pyarrow as pa

    from cxsim.studies.experiments.experiment import Experiment, Task

T = TypeVar("T")
Array = NDArray[np.float64]
Keys = NDArray[np.uint64]

PARTS, FAILURES = "parts", "failures"
DESIGN = "design.u8"  # the keys of the runs that the design asks for, eight bytes each
WHOLE = "all"
"""Name of who writes a whole experiment; a shard is called ``3of20``."""

_FLUSH_SECONDS, _FLUSH_ROWS = 2.0, 5_000
_MERGED = 16  # parts of a size are merged when there are so many, or make a large one
_LARGE_ROWS = 5_000  # a part of so many is merged no more, lest merging needs much memory


class Failure(NamedTuple):
    """A run that failed: what went wrong, and if by the machine (``killed``), so that it is tried again."""

    error: str
    killed: bool = False


@dataclass(frozen=True)
class Family:
    """Runs that vary the same ``paths`` and yield the same ``columns``."""

    paths: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def id(self) -> str:
        """Eight hexadecimal digits, in the names of its parts."""
        return hashlib.sha256(json.dumps([self.paths, self.columns]).encode()).hexdigest()[:8]

    @classmethod
    def of(cls, experiment: Experiment) -> Family:
        """The family of an experiment's runs."""
        return cls(experiment.paths, experiment.columns)

    def schema(self) -> pa.Schema:
        """Names and types of the columns of its parts."""
        import pyarrow as pa

        fixed = [("key", pa.uint64()), ("arm", pa.string()), ("replication", pa.int64()), ("rng", pa.int64())]
        return pa.schema([*fixed, *((name, pa.float64()) for name in (*self.paths, *self.columns))])

    def failures(self) -> pa.Schema:
        """Names and types of the columns of its failures."""
        import pyarrow as pa

        told = [("error", pa.string()), ("killed", pa.bool_())]
        return pa.schema([*list(self.schema())[: 4 + len(self.paths)], *(pa.field(*each) for each in told)])


class Store:
    """The runs in a folder; use as ``with``, which claims it for one process and ``writer``.

    Raises StoreError for a folder of another experiment or another version of results, for one that somebody else is
    at work in, and where it cannot be written; what is stored stays.
    """

    def __init__(self, folder: Path | str, experiment: Experiment, writer: str = WHOLE, command: str = "") -> None:
        self.folder, self.writer = Path(folder), writer
        self._experiment, self._command = experiment, command
        self._pending: dict[Family, dict[int, tuple[Task, Array, Sequence[float] | Failure]]] = {}
        self._keys: dict[Path, Keys] = {}
        self._since = 0.0  # when the first of these was added
        self._session, self._count = secrets.token_hex(4), 0
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Store:
        check_manifest(self.folder, self._experiment)
        with _told(self.folder):
            for name in (PARTS, FAILURES):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._held.enter_context(claim(self.folder, self.writer))
        check_manifest(self.folder, self._experiment)  # another may have been first
        with _told(self.folder):
            write_manifest(self.folder, self._experiment, Family.of(self._experiment).id, self._command)
        with _told(self.folder):
            for left in self.folder.glob(f"*/{self.writer}-*.tmp"):  # of one that was killed
                left.unlink()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        try:
            if kind is None or not issubclass(kind, StoreError):  # type: ignore[arg-type]
                self.flush()
        finally:
            self._held.close()

    def plan(self, keys: Keys) -> None:
        """Note which runs the design asks for, each once and sorted, for :func:`status`."""
        with _told(self.folder):
            settle(self.folder / DESIGN, keys.tobytes())

    def find(self, family: Family, keys: Keys) -> tuple[Array, NDArray[np.bool_]]:
        """What runs yielded, (keys, columns), and for which of the sorted ``keys`` they are there; nan elsewhere."""
        values = np.full((len(family.columns), len(keys)), np.nan)  # each column in one piece
        there = np.zeros(len(keys), bool)

        def look() -> None:
            for part in self._parts(PARTS, family):
                place, rows = _places(keys, self._keys_of(part))
                if len(place):
                    for column, found in zip(values, _read(part, list(family.columns)).columns, strict=True):
                        column[place] = found.to_numpy()[rows]
                    there[place] = True

        _though_merged(look)
        pending = self._pending.get(family, {})
        made = [(key, row) for key, (_, _, row) in pending.items() if not isinstance(row, Failure)]
        if made:
            place, rows = _places(keys, np.array([key for key, _ in made], np.uint64))
            found = np.array([made[k][1] for k in rows.tolist()])
            values[:, place] = found.reshape(len(place), len(family.columns)).T
            there[place] = True
        return values.T, there

    def failed(self, family: Family, keys: Keys) -> NDArray[np.bool_]:
        """For which of the sorted ``keys`` a run failed that would fail again."""
        lost = [key for key, row in self._pending.get(family, {}).items() if isinstance(row[2], Failure)]
        table = self.failures(family)
        stays = table["key"].to_numpy()[~table["killed"].to_numpy()]
        there = np.zeros(len(keys), bool)
        for found in (np.array(lost, np.uint64), stays):
            there[_places(keys, found)[0]] = True
        return there

    def add(self, family: Family, key: int, task: Task, values: Array, made: Sequence[float] | Failure) -> None:
        """Keep a run, on disk within seconds; ``values`` are those of the varied paths, nan where none is put in."""
        if not self._pending:
            self._since = time.monotonic()
        self._pending.setdefault(family, {})[key] = task, values, made
        late = time.monotonic() - self._since >= _FLUSH_SECONDS
        if late or sum(map(len, self._pending.values())) >= _FLUSH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is kept in memory. Raises StoreError, and keeps it, where the disk is full."""
        for family in list(self._pending):
            rows = self._pending[family]
            made = {key: row for key, row in rows.items() if not isinstance(row[2], Failure)}
            lost = {key: row for key, row in rows.items() if isinstance(row[2], Failure)}
            if made:
                self._write(PARTS, family, _table(family, made))
            if lost:
                self._write(FAILURES, family, _failed_table(family, lost))
            del self._pending[family]
            for kind in (PARTS, FAILURES):
                self._merge(kind, family)

    def failures(self, family: Family) -> pa.Table:
        """Runs that failed and were not made since: key, arm, replication, rng, varied paths, error, killed."""
        import pyarrow as pa

        def look() -> pa.Table:
            tables = [_read(part, None) for part in self._parts(FAILURES, family)]
            if not tables:
                return family.failures().empty_table()
            table = pa.concat_tables(tables)
            keys, first = np.unique(table["key"].to_numpy(), return_index=True)
            made = np.concatenate([self._keys_of(p) for p in self._parts(PARTS, family)] or [keys[:0]])
            return table.take(first[~np.isin(keys, made)])

        return _though_merged(look)

    def _parts(self, kind: str, family: Family) -> list[Path]:
        return sorted((self.folder / kind).glob(f"*-{family.id}-*.parquet"))

    def _keys_of(self, part: Path) -> Keys:
        if part not in self._keys:
            self._keys[part] = _read(part, ["key"])["key"].to_numpy()
        return self._keys[part]

    def _write(self, kind: str, family: Family, table: pa.Table) -> Path:
        _, first = np.unique(table["key"].to_numpy(), return_index=True)
        table = table.take(first)  # sorted, so that its rows are found fast
        self._count += 1
        name = f"{self.writer}-{family.id}-{self._session}{self._count:06}-{table.num_rows}.parquet"
        with _told(self.folder):
            return settle(self.folder / kind / name, _as_bytes(table))

    def _merge(self, kind: str, family: Family) -> None:
        """Make one of the parts of a size that this writer left, once there are many."""
        import pyarrow as pa

        sizes: dict[int, dict[Path, int]] = {}
        for part in (self.folder / kind).glob(f"{self.writer}-{family.id}-*.parquet"):
            n = int(part.stem.rpartition("-")[2])
            if n < _LARGE_ROWS:
                sizes.setdefault(int(math.log(max(n, 1), _MERGED)), {})[part] = n
        for parts in sizes.values():
            if len(parts) < _MERGED and sum(parts.values()) < _LARGE_ROWS:
                continue
            self._write(kind, family, pa.concat_tables([_read(part, None) for part in parts]))
            for part in parts:
                part.unlink()
                self._keys.pop(part, None)


@dataclass(frozen=True)
class Status:
    """How far the runs of a folder have come.

    ``left`` of the design are neither ``done`` nor ``failed``; ``more`` were made for analyses, or for a former design.
    ``last`` is when something was stored, None if nothing is yet; ``command`` goes on with it.
    """

    folder: Path
    title: str
    done: int
    failed: int
    left: int
    more: int
    last: datetime | None
    command: str


def status(folder: Path | str) -> Status:
    """How far the runs in a folder have come. Raises StoreError where it holds no experiment."""
    folder = Path(folder)
    held = read_manifest(folder)
    if held is None:
        raise StoreError(f"{folder}: holds no experiment")

    design = np.empty(0, np.uint64)
    with contextlib.suppress(FileNotFoundError):  # killed as it began
        design = np.frombuffer((folder / DESIGN).read_bytes(), np.uint64)

    def look() -> Status:
        made, lost = _all_keys(folder / PARTS), _all_keys(folder / FAILURES)
        main, none = held["family"], np.empty(0, np.uint64)
        done = len(np.intersect1d(design, made.get(main, none)))
        failed = len(np.setdiff1d(np.intersect1d(design, lost.get(main, none)), made.get(main, none)))
        more = sum(map(len, made.values())) - done
        times = [p.stat().st_mtime for kind in (PARTS, FAILURES) for p in (folder / kind).glob("*.parquet")]
        last = datetime.fromtimestamp(max(times)).astimezone() if times else None
        left = len(design) - done - failed
        return Status(folder, held["title"], done, failed, left, more, last, held["command"])

    return _though_merged(look)


def _all_keys(folder: Path) -> dict[str, Keys]:
    """The keys in a folder of parts by family, each once."""
    found: dict[str, list[Keys]] = {}
    for part in folder.glob("*.parquet"):
        found.setdefault(part.name.split("-")[1], []).append(_read(part, ["key"])["key"].to_numpy())
    every = {family: np.sort(np.concatenate(keys)) for family, keys in found.items()}
    return {family: keys[np.diff(keys, prepend=keys[:1] - np.uint64(1)) > 0] for family, keys in every.items()}


def _though_merged(look: Callable[[], T]) -> T:
    """What ``look`` finds in the parts; once more where another process merged some meanwhile."""
    for _ in range(20):
        with contextlib.suppress(FileNotFoundError):
            return look()
        time.sleep(0.05)
    return look()


def _places(keys: Keys, found: Keys) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places in the sorted ``keys`` of those that are ``found``, and where in ``found`` they are."""
    if not len(keys) or not len(found):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    place = np.minimum(np.searchsorted(keys, found), len(keys) - 1)
    rows = np.flatnonzero(keys[place] == found)
    return place[rows], rows


def _read(part: Path, columns: list[str] | None) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.ParquetFile(part).read(columns)


def _as_bytes(table: pa.Table) -> memoryview:
    import pyarrow.parquet as pq

    made = io.BytesIO()
    pq.write_table(table, made, compression="lz4", use_dictionary=["arm"])
    return made.getbuffer()


_Rows = Mapping[int, tuple["Task", Array, Any]]


def _fixed(family: Family, rows: _Rows) -> list[Any]:
    tasks = [task for task, _, _ in rows.values()]
    values = np.array([values for _, values, _ in rows.values()]).reshape(len(rows), len(family.paths))
    fixed = [np.array(list(rows), np.uint64), [t.arm for t in tasks], [t.replication for t in tasks]]
    return [*fixed, [t.rng for t in tasks], *values.T]


def _table(family: Family, rows: _Rows) -> pa.Table:
    import pyarrow as pa

    made = np.array([made for _, _, made in rows.values()], np.float64).reshape(len(rows), len(family.columns))
    columns, schema = [*_fixed(family, rows), *made.T], family.schema()
    return pa.table([pa.array(x, f.type) for x, f in zip(columns, schema, strict=True)], schema)


def _failed_table(family: Family, rows: _Rows) -> pa.Table:
    import pyarrow as pa

    told: list[Any] = [[lost.error for _, _, lost in rows.values()], [lost.killed for _, _, lost in rows.values()]]
    columns, schema = [*_fixed(family, rows), *told], family.failures()
    return pa.table([pa.array(x, f.type) for x, f in zip(columns, schema, strict=True)], schema)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell what the system refuses in one line."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise StoreError(f"{folder}: {why}; what is stored stays: mend that and start again to go on") from error
