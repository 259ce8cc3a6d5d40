"""Small runs, and which of their columns differ by a bit."""

from __future__ import annotations

import numpy as np

from cxsim.model import CXModel
from cxsim.record import Record
from cxsim.scenario import Change, Scenario

SMALL = Scenario.default().replace("customers", 400, "employees", 10, "horizon_months", 8)


def run(model: CXModel, steps: int) -> CXModel:
    for _ in range(steps):
        model.step()
    return model


def tables(record: Record, months: slice = slice(None)) -> dict[str, np.ndarray]:
    """All columns of a record by name, of some months."""
    both = {f"firm.{k}": v for k, v in record.firm.items()} | {f"silo.{k}": v for k, v in record.silo.items()}
    return {name: values[months] for name, values in both.items()}


def moved(one: Record, other: Record, months: slice = slice(None)) -> list[str]:
    """Columns that differ by a bit or more."""
    a, b = tables(one, months), tables(other, months)
    return [name for name in a if not np.array_equal(a[name], b[name])]


def dated(side: str, heading: str, name: str, value: float, **more: int) -> Change:
    return Change(**{"month": 5, **more, side: {heading: {name: value}}})
