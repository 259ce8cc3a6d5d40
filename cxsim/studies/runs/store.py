"""The store of an experiment's runs: a folder of Parquet parts, to which is only ever added.

A run is known by its content: the arm, the values put into it, seed, replication and version of results. A part appears
under its name when it is whole, so that a kill at any moment loses the last seconds and nothing else. Small parts are
merged as they add up: the merged one is there before the others go, and rows that are there twice count once.
Runs that vary the same paths are a family, and share their columns.
"""

from __future__ import annotations

import contextlib
import io
import math
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.studies.runs.folder import StoreError, check_manifest, claim, read_manifest, settle, write_manifest
from cxsim.studies.runs.parts import FAILURES, PARTS, Family, Keys, Parts, read_part

if TYPE_CHECKING:
    import pyarrow as pa

    from cxsim.studies.experiments.experiment import Experiment, Task

Array = NDArray[np.float64]

DESIGN = "design.u8"  # the keys of the runs that the design asks for, eight bytes each
WHOLE = "all"
"""Name of who writes a whole experiment; a shard is called ``3of20``."""

_FLUSH_SECONDS, _FLUSH_ROWS = 2.0, 1_000
_MERGED = 16  # parts of a size are merged when there are so many, or make a large one
_LARGE_ROWS = 5_000  # a part of so many is merged no more, lest merging needs much memory


class Failure(NamedTuple):
    """A run that failed: what went wrong, and if by the machine (``killed``), so that it is tried again."""

    error: str
    killed: bool = False


class Store:
    """The runs in a folder; use as ``with``, which claims it for one process and ``writer``.

    Raises StoreError for a folder of another experiment or another version of results, for one that somebody else is
    at work in, and where it cannot be written; what is stored stays.
    """

    def __init__(self, folder: Path | str, experiment: Experiment, writer: str = WHOLE, command: str = "") -> None:
        self.folder, self.writer = Path(folder), writer
        self._experiment, self._command = experiment, command
        self._pending: dict[Family, dict[int, tuple[Task, Array, Sequence[float] | Failure]]] = {}
        self.parts = Parts(self.folder.absolute())
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
            self._write(kind, family, pa.concat_tables([read_part(part) for part in parts]))
            for part in parts:
                self.parts.forget(part)
                with contextlib.suppress(OSError):  # somebody reads it, where that forbids it; twice counts once
                    part.unlink()


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

    parts = Parts(folder)
    lost, made = parts.every(FAILURES), parts.every(PARTS)  # in this order, lest one made meanwhile is neither
    main, none = held["family"], np.empty(0, np.uint64)
    done = len(np.intersect1d(design, made.get(main, none)))
    failed = len(np.setdiff1d(np.intersect1d(design, lost.get(main, none)), made.get(main, none)))
    more = sum(map(len, made.values())) - done
    times = []
    for part in (part for kind in (PARTS, FAILURES) for part in parts.of(kind)):
        with contextlib.suppress(FileNotFoundError):  # merged
            times.append(part.stat().st_mtime)
    last = datetime.fromtimestamp(max(times)).astimezone() if times else None
    return Status(folder, held["title"], done, failed, len(design) - done - failed, more, last, held["command"])


def _as_bytes(table: pa.Table) -> memoryview:
    import pyarrow.parquet as pq

    made = io.BytesIO()
    pq.write_table(table, made, compression="lz4", use_dictionary=["arm"])
    return made.getbuffer()


_Rows = Mapping[int, tuple["Task", Array, Any]]


def _fixed(family: Family, rows: _Rows) -> list[Any]:
    tasks = [task for task, _, _ in rows.values()]
    values = np.array([values for _, values, _ in rows.values()]).reshape(len(rows), len(family.varied))
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
