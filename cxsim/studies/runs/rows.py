"""What runs yielded, a row a task: read from the store by the column, so that it need not be in memory as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Labels
from cxsim.studies.runs.folder import StoreError
from cxsim.studies.runs.parts import Family, Parts
from cxsim.studies.runs.tasks import Asked

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

_ALL = slice(None)


class Rows:
    """The rows of tasks, in their order: point, arm, replication, rng, varied paths, and what the run yielded.

    A column by its name is an array, (tasks,). Where a run failed it is nan. Raises StoreError where runs that were
    there are no more.
    """

    def __init__(self, parts: Parts, asked: Asked) -> None:
        self._parts, self._asked, self._family = parts, asked, Family.of(asked.experiment)
        self._there = parts.find(self._family, asked.keys)[1]
        self._last: tuple[str, Array] = "", np.empty(0)  # one is often asked for several times over

    def __len__(self) -> int:
        return len(self._asked)

    def __getitem__(self, column: str) -> NDArray[Any]:
        if column not in self._family.columns:
            found = self._asked.column(column)
            return np.array(found.names, object)[found.codes] if isinstance(found, Labels) else found
        if column != self._last[0]:
            self._last = column, self._read([column])[0]
        return self._last[1]

    def frame(self, rows: slice = _ALL) -> pd.DataFrame:
        """All of them, or some, in memory."""
        import pandas as pd

        names = list(self._family.columns)
        held = pd.DataFrame(self._read(names, rows).T, columns=names, copy=False)
        for k, name in enumerate(self._asked.columns):
            column: Any = self._asked.column(name, rows)
            if isinstance(column, Labels):
                column = pd.array(column.names, dtype="str").take(column.codes)
            held.insert(k, name, column)
        return held

    def _read(self, columns: Sequence[str], rows: slice = _ALL) -> Array:
        values, there = self._parts.find(self._family, self._asked.keys[rows], columns)
        if not there[self._there[rows]].all():
            raise StoreError(f"{self._parts.folder}: runs that were stored are there no more")
        return values
