"""What runs yielded, a row a task: read from the store by the column, so that it need not be in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Labels, Table
from cxsim.studies.runs.folder import StoreError
from cxsim.studies.runs.parts import Family, Parts
from cxsim.studies.runs.tasks import ALL, Asked

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

_KEPT = 8  # columns, which analyses ask for again and again
_PIECE, _MOST_PIECES = 2_500, 40  # rows in memory at a time; for each piece all parts are opened


class Rows:
    """The rows of tasks, in their order: point, arm, replication, rng, varied paths, and what the run yielded.

    A column by its name is an array, (tasks,), not to be written to; nan where a run had failed when the rows were
    asked for. Raises StoreError where runs that were stored are there no more.
    """

    def __init__(self, parts: Parts, asked: Asked) -> None:
        self._parts, self._asked, self._family = parts, asked, Family.of(asked.experiment)
        self._there = parts.find(self._family, asked.keys)[1]
        failed = parts.failures(self._family)["key"].to_numpy()
        self._check(self._there | np.isin(asked.keys, failed))
        self._kept: dict[str, Array] = {}

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of all columns."""
        return (*self._asked.columns, *self._family.columns)

    def __len__(self) -> int:
        return len(self._asked)

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __getitem__(self, column: str) -> NDArray[Any]:
        if column in self._asked.columns:
            found = self._asked.column(column)
            return np.array(found.names, object)[found.codes] if isinstance(found, Labels) else found
        if column not in self._family.columns:
            raise KeyError(column)
        if column not in self._kept:
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[column] = self._read([column])[0]
            self._kept[column].flags.writeable = False
        return self._kept[column]

    def frame(self) -> pd.DataFrame:
        """All of them, in memory."""
        import pandas as pd

        told: dict[str, Any] = {name: self._asked.column(name) for name in self._asked.columns}
        told["arm"] = pd.array(told["arm"].names, dtype="str").take(told["arm"].codes)
        names = list(self._family.columns)
        made = pd.DataFrame(self._read(names).T, columns=names, copy=False)
        return pd.concat([pd.DataFrame(told), made], axis=1)

    def pieces(self) -> Iterator[Table]:
        """All rows as tables whose columns have units, of which one at a time need be in memory."""
        units, names = self._asked.experiment.units(), self._family.columns
        n = max(_PIECE, -(-len(self) // _MOST_PIECES))
        for begin in range(0, max(1, len(self)), n):
            rows = slice(begin, begin + n)
            told = {name: self._asked.column(name, rows) for name in self._asked.columns}
            yield Table(told | dict(zip(names, self._read(names, rows), strict=True)), units)

    def _read(self, columns: Sequence[str], rows: slice = ALL) -> Array:
        values, there = self._parts.find(self._family, self._asked.keys[rows], columns)
        self._check(there | ~self._there[rows])
        values[:, ~self._there[rows]] = np.nan  # made since
        return values

    def _check(self, found: NDArray[np.bool_]) -> None:
        if not found.all():
            raise StoreError(f"{self._parts.folder}: runs that were stored are there no more")
