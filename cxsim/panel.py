"""A panel: the monthly life of some customers and employees, kept month by month, the same people in every arm.

Nothing of it touches the model: what happens to a block of customers is followed by a look at its members, and a run
with a panel gives the same bits as one without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from cxsim.company import N_SILOS
from cxsim.engine.columns import Array, Column
from cxsim.model import CXModel
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEE_COLUMNS
from cxsim.record import Panel, Record
from cxsim.scenario import Scenario

_ADDED = ("0 or 1", "count")  # units of flows that are added up where a month has several steps,
_AMOUNTS = ("relief", "extras", "concession", "recovery", "spend")  # as these amounts are


def spread(n: int, of: int) -> Array:
    """``n`` of the numbers 0 .. ``of`` - 1, evenly spread; all of them where there are no more."""
    return np.arange(min(n, of)) * of // min(n, of)


class Follower(CXModel):
    """A model that keeps a panel of ``panel`` customers and employees; all else is as in CXModel, to the last bit.

    Fewer employees where the focal firm has fewer. Raises ValueError for fewer than one member, or more than there are
    customers.
    """

    _panel: _Recorder | None = None  # none while the firms warm up

    def __init__(self, spec: Scenario, rng: Any = 1, replication: int = 0, threads: int = 1, *, panel: int) -> None:
        if not 1 <= panel <= spec.customers:
            raise ValueError(f"panel must be between 1 and the {spec.customers} simulated customers, not {panel}")
        super().__init__(spec, rng, replication, threads, collect=False)
        self._panel = _Recorder(self, panel)

    def _watching(self) -> _Recorder | None:
        """The recorder, within the horizon."""
        return self._panel if self._panel is not None and self.n_steps < len(self._history) else None

    def _month_of_customers(self) -> Iterable[tuple[Any, ...] | Callable[[Array, int, int], None]]:
        parts, panel = super()._month_of_customers(), self._watching()
        return parts if panel is None else (*parts, panel.see_customers)

    def _month(self) -> None:
        panel = self._watching()
        if panel is None:
            super()._month()
            return
        before = panel.present(self)
        panel.begin(self.n_steps)
        super()._month()
        panel.see_employees(self, before)

    def record(self) -> Record:
        """As CXModel's, with the panel."""
        assert self._panel is not None
        return replace(super().record(), panel=self._panel.panel(self.n_steps))


class _Recorder:
    """Arrays (months, members) of every column, filled while the months are lived."""

    def __init__(self, model: CXModel, size: int) -> None:
        spec = model.spec
        self._per_month = spec.steps_per_month
        self._row, self._first_step = 0, True
        focal = np.flatnonzero(model.seats["firm"] == 0).reshape(N_SILOS, -1)
        seats = focal[:, : spec.employees].reshape(-1)  # those filled at the very start, whatever rivals there are
        self._customers = spread(size, spec.customers)
        self._seats = seats[spread(size, len(seats))]
        n_firms = len(spec.firms)
        self._own = {c: model.own.columns[name] for name, c in model.own.declared.items()}
        columns = (*CUSTOMER_COLUMNS, *self._own)
        self._lives = {c.name: _empty(c, spec.horizon_months, len(self._customers), n_firms) for c in columns}
        self._work = {c.name: _empty(c, spec.horizon_months, len(self._seats), n_firms) for c in EMPLOYEE_COLUMNS}
        shape = (spec.horizon_months, len(self._seats))
        self._work |= {name: np.zeros(shape, np.float32) for name in ("hired", "quit")}

    def begin(self, step: int) -> None:
        """Turn to the row of the month that a step belongs to."""
        self._row, part = divmod(step, self._per_month)
        self._first_step = part == 0

    def see_customers(self, tile: Array, first: int, m: int) -> None:
        """Copy the members among customers ``first .. first + m`` at the end of their step; blocks share no member."""
        low, high = np.searchsorted(self._customers, (first, first + m))
        members = self._customers[low:high] - first
        for c in CUSTOMER_COLUMNS if len(members) else ():
            seen, kept = tile[0][c.name][..., members], self._lives[c.name][self._row, ..., low:high]
            if c.kind == "flow" and (c.unit in _ADDED or c.name in _AMOUNTS) and not self._first_step:
                kept += seen
            else:
                kept[...] = seen
        for c, column in self._own.items():
            self._lives[c.name][self._row, low:high] = column[first : first + m][members]

    def present(self, model: CXModel) -> Array:
        """Which members' seats are filled, (members,)."""
        filled: Array = model.seats["present"][self._seats] > 0
        return filled

    def see_employees(self, model: CXModel, before: Array) -> None:
        """Copy the members' seats at the end of a step; ``before`` says which were filled at its beginning."""
        now, row = self.present(model), self._row
        for c in EMPLOYEE_COLUMNS:
            self._work[c.name][row] = model.seats[c.name][self._seats]
        self._work["hired"][row] += now & ~before
        self._work["quit"][row] += before & ~now

    def panel(self, steps: int) -> Panel:
        """What was kept in the months that are complete after so many steps."""
        months = min(steps // self._per_month, len(self._work["present"]))
        customers: dict[str, Array] = {}
        for c in (*CUSTOMER_COLUMNS, *self._own):
            kept = self._lives[c.name][:months]
            customers |= {f"{c.name}_{k}": kept[:, k] for k in range(kept.shape[1])} if c.per else {c.name: kept}
        employees = {name: kept[:months] for name, kept in self._work.items()}
        return Panel(self._customers, customers, self._seats, employees, tuple(self._own))


def _empty(column: Column, months: int, members: int, n_firms: int) -> Array:
    width = (column.width(n_firms),) if column.per else ()
    return np.zeros((months, *width, members), column.stored)
