"""From the copies of the company record, one a step, to the record of a run, one row a month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cxsim.company import BY_NAME
from cxsim.engine.columns import Array
from cxsim.record import FIRM_COLUMNS, SILO_COLUMNS, Record

if TYPE_CHECKING:
    from cxsim.model import CXModel


def _monthly(steps: Array, name: str, per_month: int) -> Array:
    """A field by month: flows are added up, stocks are taken at the end."""
    values = np.ascontiguousarray(steps[name], dtype=np.float64)
    months = len(values) // per_month
    by_month = values[: months * per_month].reshape(months, per_month, *values.shape[1:])
    return by_month.sum(axis=1) if BY_NAME[name].flow else by_month[:, -1]


def to_record(model: CXModel, steps: Array) -> Record:
    """Monthly tables from the steps' copies of the company record."""
    k = model.spec.steps_per_month

    def get(name: str) -> Array:
        return _monthly(steps, name, k)

    firm: dict[str, Array] = {}
    n = np.maximum(get("customers"), 1e-9)
    served = np.maximum(get("served"), 1e-9)
    heads = get("heads")
    per_head = np.maximum(heads.sum(axis=2), 1e-9)
    price = get("price")
    derived: dict[str, Callable[[], Array]] = {
        "satisfaction": lambda: get("sum_satisfaction") / n,
        "trust": lambda: get("sum_trust") / n,
        "entitlement": lambda: get("sum_entitlement") / n,
        "expectation": lambda: get("sum_expectation") / n,
        "quality": lambda: get("sum_quality") / served,
        "promoters_share": lambda: get("promoters") / n,
        "detractors_share": lambda: get("detractors") / n,
        "refused": lambda: get("requests") - get("granted") - get("charged") - get("alternatives"),
        "equity": lambda: get("sum_equity") * price,
        "cost_to_serve": lambda: get("sum_cost") / n * price,
        "employees": lambda: heads.sum(axis=2),
        "quits": lambda: get("quits").sum(axis=2),
        "hires": lambda: get("hires").sum(axis=2),
        "exhaustion": lambda: (get("exhaustion") * heads).sum(axis=2) / per_head,
        "engagement": lambda: (get("engagement") * heads).sum(axis=2) / per_head,
        "insolvent": lambda: 1.0 - get("alive"),
    }
    for name in FIRM_COLUMNS:
        firm[name] = derived[name]() if name in derived else get(name)
    renamed = {"wait_months": "wait"}
    silo: dict[str, Array] = {}
    for name in SILO_COLUMNS:
        if name == "knowledge":
            prior = max(float(model.world["needs"]["personal_sd"][0]) ** 2, 1e-6)
            silo[name] = 1.0 - np.minimum(get("variance") / prior, 1.0).mean(axis=(3, 4))
        else:
            silo[name] = get(renamed.get(name, name))
    return Record(
        firms=model.spec.firms,
        firm=firm,
        silo=silo,
        start_customers=np.array(model.start_customers, dtype=np.float64),
        discount_per_year=float(model.world["finance"]["discount_per_year"][0]),
        seed=model.seed_number,
        replication=model.replication,
    )
