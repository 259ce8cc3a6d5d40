"""The tidy tables of results: one function each, from arrays to named columns with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.engine.columns import Column as PeopleColumn
from cxsim.frames import Column, Labels, Table, grid, labels
from cxsim.intervals import Estimate
from cxsim.measures import MEASURES, PERIOD_COLUMNS, Array, History, Payback, period_months
from cxsim.population import CUSTOMERS, EMPLOYEES
from cxsim.record import FIRM_COLUMNS, SEGMENT_COLUMNS, SILO_COLUMNS, SILOS, WHALE_COLUMNS, Closing, Panel, Record
from cxsim.worlds import ARM

Names = Sequence[str]
Numbers = NDArray[np.int64]

NAMES = tuple(MEASURES)
"""Names of the measures, in the order of their axis."""

_INDEX = {
    "replication": ("number", "run, from 0; the same number is the same luck in every arm"),
    "month": ("number", "month, from 1"),
    "period": ("number", "financial period (quarter), from 1"),
    "firm": ("name", "firm; the first is the focal one"),
    "focal": ("true or false", "whether the firm is the focal one, whose policy is the scenario's, and no rival"),
    "silo": ("name", "department of the firm"),
    "segment": ("index", "segment of the market, from 0"),
    "customer": ("number", "customer of the panel, the same person in every arm"),
    "seat": ("number", "seat of the panel, at the focal firm; who fills it may change"),
    "measure": ("name", "measure, as in cxsim.measures.MEASURES"),
    "unit": ("name", "unit of the row's values; money is in the currency of the resolved scenario"),
    "arm": ARM,
    "value": ("as in unit", "value of the measure in the run; absent where undefined"),
}
"""Columns that say what a row is about -> (unit, meaning)."""

_UNITS = [m.unit for m in MEASURES.values()]
_ESTIMATE_UNITS = {
    "mean": ("as in unit", "mean over replications"),
    "low": ("as in unit", "lower end of the 95 % interval, which holds luck only"),
    "high": ("as in unit", "upper end of the 95 % interval, which holds luck only"),
    "sd": ("as in unit", "standard deviation over replications"),
    "n": ("runs", "replications in which the measure is defined"),
    "ahead": ("runs", "paired runs in which the arm is better than the reference"),
}
_PAYBACK_UNITS = {
    "quarter": ("quarter", "first quarter by which half of the paired runs have paid back; 0: at once"),
    "n_at_once": ("runs", "paired runs that are ahead from the first quarter on"),
    "n_never": ("runs", "paired runs that do not pay back within the horizon"),
    "n": ("runs", "paired runs"),
}


_FIRM_NAMES = {
    "firm": ("name", "firm whose customer this is at the end of the month; absent for none"),
    "served_by": ("name", "firm that serves the customer this month; absent for none"),
    "chosen": ("name", "firm chosen if the person moves; absent for none"),
}
_SEAT_EVENTS = {
    "hired": ("0 or 1", "somebody new took the seat in the month"),
    "quit": ("0 or 1", "who filled the seat quit in the month, or the firm closed"),
}


def months_table(history: History, replications: Numbers, firms: Names) -> Table:
    """One row per replication, month (from 1) and firm, from columns (replications, months, firms)."""
    months = np.arange(1, history.firm["customers"].shape[1] + 1)
    index = _firms_grid({"replication": replications, "month": months, "firm": firms})
    return _table(index | {name: x.reshape(-1) for name, x in history.firm.items()}, FIRM_COLUMNS)


def periods_table(values: dict[str, Array], n_months: int, replications: Numbers, firms: Names) -> Table:
    """One row per replication, period (from 1) and firm; ``values`` are (replications, periods, firms)."""
    length = period_months(n_months)
    periods = np.arange(1, len(length) + 1)
    columns = _firms_grid({"replication": replications, "period": periods, "firm": firms})
    shape = (len(replications), len(length), len(firms))
    columns["n_months"] = np.broadcast_to(length[None, :, None], shape).reshape(-1)
    units = {"n_months": ("months", "months in the period"), **PERIOD_COLUMNS}
    return _table(columns | {name: x.reshape(-1) for name, x in values.items()}, units)


def silos_table(records: Sequence[Record], replications: Numbers, firms: Names) -> Table:
    """One row per replication, month (from 1), firm and silo."""
    months = np.arange(1, records[0].n_months + 1)
    columns = _firms_grid({"replication": replications, "month": months, "firm": firms, "silo": SILOS})
    for name in SILO_COLUMNS:
        columns[name] = np.stack([r.silo[name] for r in records]).reshape(-1)
    return _table(columns, SILO_COLUMNS)


def segments_table(closing: Closing, replications: Numbers, firms: Names) -> Table:
    """One row per replication, firm and segment of the market (from 0)."""
    segments = np.arange(closing.segment["customers"].shape[-1])
    columns = _firms_grid({"replication": replications, "firm": firms, "segment": segments})
    columns |= {name: closing.segment[name].reshape(-1) for name in SEGMENT_COLUMNS}
    return _table(columns, SEGMENT_COLUMNS)


def whale_table(closing: Closing, replications: Numbers, firms: Names) -> Table:
    """One row per replication, firm and percent of its customers (0, 1, ... 100)."""
    percents = np.arange(closing.whale.shape[-1])
    columns = _firms_grid({"replication": replications, "firm": firms, "percent": percents})
    return _table(columns | {"contribution": closing.whale.reshape(-1)}, WHALE_COLUMNS)


def measures_table(values: Array, replications: Numbers, firms: Names) -> Table:
    """One row per replication, firm and measure; ``values`` is (replications, measures, firms)."""
    columns = _firms_grid({"replication": replications, "firm": firms, "measure": NAMES})
    columns["unit"] = labels(_UNITS * (len(replications) * len(firms)))
    return _table(columns | {"value": values.swapaxes(1, 2).reshape(-1)}, {})


def customers_table(panels: Sequence[Panel], replications: Numbers, firms: Names) -> Table:
    """One row per replication, month (from 1) and customer of the panel."""
    columns = _panel_columns("customer", panels[0].customer_ids, [p.customers for p in panels], replications)
    for name in _FIRM_NAMES:
        columns[name] = Labels(np.asarray(columns[name], np.int32), tuple(firms))
    known = {**CUSTOMERS, **{c.name: c for c in panels[0].own}}
    units = {name: _column_unit(name, known) for name in panels[0].customers}
    return _table(columns, units | _FIRM_NAMES)


def employees_table(panels: Sequence[Panel], replications: Numbers, firms: Names) -> Table:
    """One row per replication, month (from 1) and seat of the panel."""
    columns = _panel_columns("seat", panels[0].seat_ids, [p.employees for p in panels], replications)
    for name, names in (("firm", firms), ("silo", SILOS)):
        columns[name] = Labels(np.asarray(columns[name], np.int32), tuple(names))
    units = {name: _column_unit(name, EMPLOYEES) for name in EMPLOYEES if name not in _INDEX}
    return _table(columns, units | _SEAT_EVENTS)


def _panel_columns(
    key: str, ids: Numbers, lives: Sequence[Mapping[str, NDArray[Any]]], replications: Numbers
) -> dict[str, Column]:
    """Index and columns of a panel; ``lives`` hold arrays (months, members), one mapping per replication."""
    months = np.arange(1, len(next(iter(lives[0].values()))) + 1)
    columns = grid({"replication": replications, "month": months, key: ids})
    return columns | {name: np.stack([life[name] for life in lives]).reshape(-1) for name in lives[0]}


def _column_unit(name: str, columns: Mapping[str, PeopleColumn]) -> tuple[str, str]:
    """Unit and meaning of a column, or of its part ``name_k`` for a firm or dimension of need."""
    if name in columns:
        return columns[name].unit, columns[name].meaning
    whole, _, k = name.rpartition("_")
    column = columns[whole]
    part = f"firm {k}; the focal one is 0" if column.per == "firms" else f"dimension {k}, from 0"
    return column.unit, f"{column.meaning} ({part})"


def columns_table(tables: Mapping[str, Table]) -> Table:
    """One row per table and column, with unit and meaning; then one per measure, as the table ``measure``."""
    rows = [(name, column, *table.units[column]) for name, table in tables.items() for column in table.columns]
    rows += [("measure", m.name, m.unit, f"{m.title}: {m.formula}") for m in MEASURES.values()]
    names = ("table", "column", "unit", "meaning")
    return Table({name: labels(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)})


def _firms_grid(axes: Mapping[str, Names | Numbers]) -> dict[str, Column]:
    """Index columns as of :func:`~cxsim.frames.grid`; after the firm, whether it is the focal one."""
    columns: dict[str, Column] = {}
    for name, column in grid(axes).items():
        columns[name] = column
        if name == "firm" and isinstance(column, Labels):
            columns["focal"] = column.codes == 0
    return columns


def _table(
    columns: dict[str, Column], units: Mapping[str, tuple[str, str]], optional: frozenset[str] = frozenset()
) -> Table:
    """A table whose columns all have a unit, those that say what a row is about too."""
    return Table(columns, {name: (_INDEX | dict(units))[name] for name in columns}, optional)


def estimates_table(key: str, names: Names, estimate: Estimate, ahead: Numbers | None = None) -> Table:
    """One row per ``key`` (firm or arm) and measure; the arrays of ``estimate`` are (names, measures).

    ``ahead`` of the same shape adds a column; -1 in it stands for absent.
    """
    axes = {key: names, "measure": NAMES}
    columns = _firms_grid(axes) if key == "firm" else grid(axes)
    columns["unit"] = labels(_UNITS * len(names))
    for name in ("mean", "low", "high", "sd", "n"):
        columns[name] = getattr(estimate, name).reshape(-1)
    if ahead is None:
        return _table(columns, _ESTIMATE_UNITS)
    return _table({**columns, "ahead": ahead.reshape(-1)}, _ESTIMATE_UNITS, frozenset({"ahead"}))


def payback_table(arms: Names, paybacks: Sequence[Payback]) -> Table:
    """One row per arm; a quarter that is absent means never, in more than half of the paired runs."""
    numbers = {
        "quarter": [-1 if p.quarter is None else p.quarter for p in paybacks],
        "n_at_once": [p.n_at_once for p in paybacks],
        "n_never": [p.n_never for p in paybacks],
        "n": [p.n for p in paybacks],
    }
    columns: dict[str, Column] = {"arm": labels(arms)}
    columns |= {name: np.array(x, dtype=np.int64) for name, x in numbers.items()}
    return _table(columns, _PAYBACK_UNITS, frozenset({"quarter"}))
