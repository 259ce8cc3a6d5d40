"""What a claim is tested on: a measure as of the end of a year, a column of a financial period, or the change of one.

All measures of :data:`cxsim.measures.MEASURES` can be read, and the few below that only claims ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from cxsim.company import HOURS_PER_MONTH
from cxsim.measures import MEASURES, PERIOD_COLUMNS, QUARTER, YEAR, by_period
from cxsim.record import SILOS, Record


@dataclass(frozen=True)
class Quantity:
    """A number of the focal firm of one run, in ``unit``; shown times ``scale`` with ``decimals`` in ``shown_unit``."""

    name: str
    title: str
    unit: str
    function: Callable[[Record], float]
    shown_unit: str = ""
    scale: float = 1.0
    decimals: int = 2
    at_end: bool = False  # of a whole run only, and not of its first years


def _mean(record: Record, column: str, weight: str = "") -> float:
    """Mean of a firm's column over the last 12 months, by a weight where one is named; nan without any weight."""
    x = record.firm[column][-YEAR:, 0]
    w = record.firm[weight][-YEAR:, 0] if weight else np.ones_like(x)
    kept = w > 0  # without weight, the column means nothing and may be nan
    return float((x[kept] * w[kept]).sum() / w[kept].sum()) if kept.any() else float("nan")


def _share(record: Record, top: str, bottom: str) -> float:
    """Sum of one column over that of another, last 12 months; nan where the second is nought."""
    above, below = (float(record.firm[name][-YEAR:, 0].sum()) for name in (top, bottom))
    return above / below if below > 0 else float("nan")


def _by_heads(record: Record, column: str) -> float:
    """Mean of a column of silos over the last 12 months, by heads; nan without any."""
    x, heads = (record.silo[name][-YEAR:, 0] for name in (column, "heads"))
    return float((x * heads)[heads > 0].sum() / heads.sum()) if (heads > 0).any() else float("nan")


def _product_knowledge(record: Record) -> float:
    """What product, which shapes the offer, knows of needs; the firm's knowledge is that of service and sales."""
    return float(record.silo["knowledge"][-YEAR:, 0, SILOS.index("product")].mean())


def _dispute_share(record: Record) -> float:
    """Time that disputes took, as a share of everybody's; nan without employees."""
    return _share(record, "dispute_hours", "employees") / HOURS_PER_MONTH


def _gap(record: Record) -> float:
    return _mean(record, "expectation", "customers") - _mean(record, "delivered", "customers")


_OWN = (
    Quantity("saying_doing_gap", "Expectation less delivered", "months of spend", _gap),
    Quantity(
        "requests_per_customer", "Requests", "requests per customer and year",
        lambda r: YEAR * _share(r, "requests", "customers"), "per cust-yr",
    ),
    Quantity(
        "refused_share", "Refused", "share of requests", lambda r: _share(r, "refused", "requests"), "%", 100.0, 1
    ),
    Quantity(
        "failures_per_customer", "Failures", "failures per customer and year",
        lambda r: YEAR * _share(r, "failures", "customers"), "per cust-yr",
    ),
    Quantity("product_knowledge", "Product's knowledge", "share", _product_knowledge, "0-1"),
    Quantity("commitment", "Leaders' commitment", "share", lambda r: _mean(r, "commitment"), "0-1"),
    Quantity("proficiency", "Proficiency", "share", lambda r: _by_heads(r, "proficiency"), "0-1", 1.0, 3),
    Quantity("cross_share", "Time across silos", "share of time", lambda r: _by_heads(r, "cross_share"), "%", 100.0, 1),
    Quantity("dispute_share", "Time for disputes", "share of time", _dispute_share, "%", 100.0, 1),
    Quantity("practice", "Practice", "probability", lambda r: _mean(r, "practice"), "0-1", 1.0, 3),
    Quantity("cynicism", "Cynicism", "share", lambda r: _mean(r, "cynicism"), "0-1", 1.0, 3),
    Quantity("discipline", "Discipline", "share", lambda r: _mean(r, "discipline"), "0-1"),
    Quantity("fix_impact", "Impact per fix", "ratio", lambda r: _mean(r, "fix_impact"), "ratio"),
    Quantity(
        "found_issues_per_year", "Pain points found", "pain points per year",
        lambda r: YEAR * _mean(r, "found_issues"), "per year", 1.0, 1,
    ),
    Quantity(
        "recurrence_share", "Recurred", "share", lambda r: _share(r, "recurred_issues", "fixed_issues"), "%", 100.0, 1
    ),
    Quantity(
        "joined_per_year", "Customers won", "customers per year", lambda r: YEAR * _mean(r, "joined"),
        "thousand per year", 1e-3,
    ),
    Quantity(
        "cost_per_newcomer", "Cost of winning", "money per new customer",
        lambda r: _share(r, "acquisition_cost", "joined"), "per newcomer", 1.0, 1,
    ),
)  # fmt: skip

QUANTITIES: dict[str, Quantity] = {
    m.name: Quantity(m.name, m.title, m.unit, m, m.shown_unit, m.scale, m.decimals, m.at_end) for m in MEASURES.values()
} | {q.name: q for q in _OWN}
"""Everything that a claim may be tested on, by name."""

RANK_CORRELATION = Quantity("rank_correlation", "Rank correlation", "rank correlation", lambda r: float("nan"), "rho")
"""What an association is measured by; it belongs to many runs, not to one."""


class Moment(NamedTuple):
    """A year, or a financial period (``quarter``), counted from 1."""

    kind: Literal["year", "quarter"]
    number: int

    @property
    def months(self) -> int:
        """Months from the opening to its end."""
        return self.number * (YEAR if self.kind == "year" else QUARTER)

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(frozen=True)
class Reading:
    """A quantity at a moment (None: the end of the run), less what it was at ``since`` if that is named.

    Of a year it is the measure of a run that ends with that year; of a quarter, the column of PERIOD_COLUMNS.
    """

    measure: str
    at: Moment | None = None
    since: Moment | None = None

    def __call__(self, record: Record) -> float:
        """Value for the focal firm, in the quantity's unit; nan where undefined."""
        value = self._value(record, self.at)
        return value - self._value(record, self.since) if self.since else value

    @property
    def name(self) -> str:
        """Name of a column that holds it: ``npv``, ``npv_year_3``, ``profit_quarter_8_since_quarter_4``."""
        at, since = f"_{self.at}" if self.at else "", f"_since_{self.since}" if self.since else ""
        return f"{self.measure}{at}{since}".replace(" ", "_")

    def __str__(self) -> str:
        when = f"{self.since} to {str(self.at or 'end').removeprefix('year ')}" if self.since else str(self.at or "")
        return f"{QUANTITIES[self.measure].title}{f', {when}' if when else ''}"

    def _value(self, record: Record, at: Moment | None) -> float:
        if at and at.kind == "quarter":
            return float(by_period(record)[self.measure][at.number - 1, 0])
        months = at.months if at else record.n_months
        return QUANTITIES[self.measure].function(_until(record, months))


def _until(record: Record, months: int) -> Record:
    """The first months of a record."""
    if months >= record.n_months:
        return record
    firm, silo = ({name: x[:months] for name, x in of.items()} for of in (record.firm, record.silo))
    return replace(record, firm=firm, silo=silo, closing=None)


def by_quarter(measure: str) -> bool:
    """Whether a measure is there for single quarters."""
    return measure in PERIOD_COLUMNS and PERIOD_COLUMNS[measure][0] == QUANTITIES[measure].unit
