"""Made-up records and scenarios, for tests of whatever reads results without running a model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from dataclasses import replace as _replace
from typing import Any

import numpy as np

from cxsim.record import FIRM_COLUMNS, PERCENTS, SEGMENT_COLUMNS, SILO_COLUMNS, SILOS, Closing, Record


def record(
    n_months: int = 24,
    firms: tuple[str, ...] = ("Ours", "Theirs"),
    replication: int = 0,
    seed: int = 1,
    discount_per_year: float = 0.1,
    start: float = 1000.0,
    **columns: Any,
) -> Record:
    """A calm firm: 1,000 customers, none come or go, profit 1 a month.

    Columns are broadcast to (months, firms); one of shape (months,) holds for all firms.
    """
    calm: dict[str, Any] = {
        "customers": 1000.0,
        "tenured": 900.0,
        "satisfaction": 0.5,
        "trust": 0.6,
        "employees": 10.0,
        "revenue": 10.0,
        "profit": 1.0,
    }
    shape = (n_months, len(firms))
    data = {}
    for name in FIRM_COLUMNS:
        value = np.asarray(columns.pop(name, calm.get(name, 0.0)), dtype=np.float64)
        data[name] = np.array(np.broadcast_to(value[:, None] if value.ndim == 1 else value, shape))
    assert not columns, f"unknown columns {sorted(columns)}"
    silo = {name: np.full((*shape, len(SILOS)), float(k)) for k, name in enumerate(SILO_COLUMNS)}
    start_customers = np.full(len(firms), start)
    return Record(firms, data, silo, start_customers, discount_per_year, seed, replication, closing(data, replication))


def closing(data: dict[str, np.ndarray], replication: int) -> Closing:
    """A third of the customers in each of three segments; the worst fifth costs what the rest of the last bring."""
    people, profit = data["customers"][-1], data["profit"][-1]
    bent = np.interp(np.arange(PERCENTS), [0, 80, 100], [0.0, 1.25, 1.0])
    shares = np.array([0.5, 0.3, 0.2]) + 0.01 * replication
    each = {name: np.outer(people, np.full(3, 1 / 3)) for name in SEGMENT_COLUMNS}
    each |= {"contribution": np.outer(profit, shares), "unprofitable": each["customers"] / 5}
    each["knowledge"] = np.tile([0.9, 0.6, 0.3], (len(people), 1))
    return Closing(np.outer(profit, bent), each)


def noisy(
    n_months: int, replication: int, shift: float = 0.0, firms: tuple[str, ...] = ("Ours", "Theirs")
) -> Record:
    """Random columns, the same for the same replication; ``shift`` is added to the focal firm's profit."""
    luck = np.random.default_rng(replication)
    shape = (n_months, len(firms))
    columns: dict[str, Any] = {name: luck.random(shape) for name in FIRM_COLUMNS if name != "insolvent"}
    columns["customers"] = 1000.0 + luck.random(shape)
    columns["employees"] = 50.0 + luck.random(shape)
    columns["profit"][:, 0] += shift
    return record(n_months, firms, replication, **columns)


@dataclass(frozen=True)
class FakeScenario:
    """What results and storage need of a scenario."""

    name: str = "calm"
    title: str = "Calm waters"
    customers: int = 100
    employees: int = 40
    horizon_months: int = 24
    replications: int = 4
    steps_per_month: int = 1
    currency: str = "EUR"
    world: dict[str, dict[str, float]] = field(default_factory=lambda: {"market": {"represents": 400_000.0}})
    code: tuple[Any, ...] = ()

    @property
    def hash(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()[:12]

    def to_yaml(self) -> str:
        return f"title: {self.title}\n"

    def replace(self, path: str, value: Any) -> FakeScenario:
        return _replace(self, **{path: value})
