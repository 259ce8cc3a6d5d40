"""From the copies of the company record, one a step, to the record of a run, one row a month."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cxsim.closing import close
from cxsim.company import BY_NAME
from cxsim.engine.columns import Array
from cxsim.record import FIRM_COLUMNS, SILO_COLUMNS, SILOS, Record

if TYPE_CHECKING:
    from cxsim.model import CXModel


def added_up(steps: Array, name: str, n_steps: int) -> Array:
    """A field by month, or another time of ``n_steps``: flows are added up, stocks are taken at the end."""
    values = np.ascontiguousarray(steps[name], dtype=np.float64)
    if n_steps == 1:
        return values
    times = len(values) // n_steps
    by_time = values[: times * n_steps].reshape(times, n_steps, *values.shape[1:])
    return by_time.sum(axis=1) if BY_NAME[name].flow else by_time[:, -1]


Get = Callable[[str], Array]


def _per(get: Get, top: str, bottom: str) -> Array:
    """A mean over people; 0 where there are none."""
    people = get(bottom)
    mean: Array = np.divide(get(top), people, out=np.zeros(people.shape), where=people > 0)
    return mean


def _per_head(get: Get, name: str) -> Array:
    heads = get("heads")
    mean: Array = (get(name) * heads).sum(axis=-1) / np.maximum(heads.sum(axis=-1), 1e-9)
    return mean


def _delivered(get: Get) -> Array:
    """Quality per customer served, less what failures took; 0 where nobody was served."""
    served = get("served")
    lived = get("sum_quality") - get("failure_toll") * get("failures")
    mean: Array = np.divide(lived, served, out=np.zeros(served.shape), where=served > 0)
    return mean


_DERIVED: dict[str, Callable[[Get], Array]] = {
    "satisfaction": lambda get: _per(get, "sum_satisfaction", "customers"),
    "trust": lambda get: _per(get, "sum_trust", "customers"),
    "entitlement": lambda get: _per(get, "sum_entitlement", "customers"),
    "expectation": lambda get: _per(get, "sum_expectation", "customers"),
    "concession_value": lambda get: get("concession") * get("price"),
    "quality": lambda get: _per(get, "sum_quality", "served"),
    "delivered": _delivered,
    "promoters_share": lambda get: _per(get, "promoters", "customers"),
    "detractors_share": lambda get: _per(get, "detractors", "customers"),
    "refused": lambda get: get("requests") - get("granted") - get("charged") - get("alternatives"),
    "equity": lambda get: get("sum_equity") * get("price"),
    "cost_to_serve": lambda get: _per(get, "sum_cost", "customers") * get("price") * get("overhead"),
    "employees": lambda get: get("heads").sum(axis=-1),
    "quits": lambda get: get("quits").sum(axis=-1),
    "early_quits": lambda get: get("early_quits").sum(axis=-1),
    "hires": lambda get: get("hires").sum(axis=-1),
    "exhaustion": lambda get: _per_head(get, "exhaustion"),
    "engagement": lambda get: _per_head(get, "engagement"),
    "insolvent": lambda get: 1.0 - get("alive"),
    "practice": lambda get: get("practice").mean(axis=-1),
}


def firm_column(get: Get, name: str) -> Array:
    """A column of ``FIRM_COLUMNS``, from ``get``, which gives the fields of the company record by name."""
    return _DERIVED[name](get) if name in _DERIVED else get(name)


_FROM = {f"from_{silo}": k for k, silo in enumerate(SILOS)}
_RENAMED = {"wait_months": "wait", "knowledge": "insight"}


def silo_column(get: Get, name: str) -> Array:
    """A column of ``SILO_COLUMNS``, in the same way."""
    return get("learned")[..., _FROM[name]] if name in _FROM else get(_RENAMED.get(name, name))


def to_record(model: CXModel, steps: Array) -> Record:
    """Monthly tables from the steps' copies of the company record."""

    @cache
    def get(name: str) -> Array:
        return added_up(steps, name, model.spec.steps_per_month)

    firm = {name: firm_column(get, name) for name in FIRM_COLUMNS}
    return Record(
        firms=model.spec.firms,
        firm=firm,
        silo={name: silo_column(get, name) for name in SILO_COLUMNS},
        start_customers=np.array(model.start_customers, dtype=np.float64),
        discount_per_year=float(model.world["finance"]["discount_per_year"][0]),
        seed=model.seed_number,
        replication=model.replication,
        closing=close(model),
    )
