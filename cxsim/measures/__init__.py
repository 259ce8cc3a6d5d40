"""Measures: what is reported of a run. Each is one function, with its formula and citation beside the code.

``MEASURES[name](record)`` is the value for the focal firm of one run; ``MEASURES[name].function`` takes a
stack of runs too (:mod:`cxsim.measures.base` says which axes).
"""

from cxsim.measures.base import QUARTER, YEAR, Array, History, Measure, Monthly, stack
from cxsim.measures.centricity import CENTRICITY
from cxsim.measures.loyalty import LOYALTY, retention_by_month
from cxsim.measures.periods import PERIOD_COLUMNS, by_period, period_months
from cxsim.measures.profit import PROFIT, Payback, payback, payback_quarters
from cxsim.measures.workforce import WORKFORCE

_AT_THE_END = ("cash", "insolvent")

MEASURES: dict[str, Measure] = {
    m.name: m
    for m in (
        *LOYALTY,
        *(m for m in PROFIT if m.name not in _AT_THE_END),
        *WORKFORCE,
        *CENTRICITY,
        *(m for m in PROFIT if m.name in _AT_THE_END),
    )
}
"""Every measure by name, in the order of reports."""

__all__ = [
    "MEASURES",
    "PERIOD_COLUMNS",
    "QUARTER",
    "YEAR",
    "Array",
    "History",
    "Measure",
    "Monthly",
    "Payback",
    "by_period",
    "payback",
    "payback_quarters",
    "period_months",
    "retention_by_month",
    "stack",
]
