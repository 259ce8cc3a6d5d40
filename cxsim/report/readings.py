"""What tables, figures and sentences read of a run: plain numbers, taken once from its records."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cxsim.intervals import Estimate, estimate
from cxsim.measures import (
    MEASURES,
    QUARTER,
    YEAR,
    Array,
    Payback,
    period_months,
    retention_by_month,
)
from cxsim.record import RESULTS_VERSION
from cxsim.report.worlds import worlds_note
from cxsim.worlds import COMPARED, Ahead, Decider, Quartiles, Worlds

if TYPE_CHECKING:
    from cxsim.results import Comparison, Runs


class Cell(NamedTuple):
    """A mean over ``n`` runs with its 95 % interval (NaN where one run gives none)."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def sign(self) -> int:
        """+1 or -1 where the whole interval lies on that side of nought, else 0: not distinguishable."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0

    @property
    def same(self) -> bool:
        """True where every run gave exactly nought."""
        return self.mean == 0 and (self.n == 1 or self.low == self.high == 0)


NOTHING = Cell(math.nan, math.nan, math.nan, 0)


@dataclass(frozen=True)
class Column:
    """What one column of a table shows: an arm of a comparison, or a firm of a run.

    ``profits`` are those of every financial period. ``differences``, ``profit_differences`` (against the reference,
    paired), ``payback``, ``ahead`` (in sampled worlds), ``gaps`` (arm minus reference there) and ``deciders`` (of the
    lead there) are empty for the reference.
    """

    label: str
    name: str
    values: Mapping[str, Cell]
    differences: Mapping[str, Cell] = field(default_factory=dict)
    payback: Payback | None = None
    insolvent: int = 0  # runs
    profits: Sequence[Cell] = ()
    profit_differences: Sequence[Cell] = ()
    ahead: Mapping[str, Ahead] = field(default_factory=dict)
    gaps: Mapping[str, Quartiles] = field(default_factory=dict)
    deciders: Sequence[Decider] = ()

    def value(self, measure: str) -> Cell:
        """The measure itself, or nothing."""
        return self.values.get(measure, NOTHING)

    def difference(self, measure: str) -> Cell:
        """The paired difference against the reference, or nothing."""
        return self.differences.get(measure, NOTHING)


@dataclass(frozen=True)
class Heading:
    """What stands above a table: sizes and origin of the runs."""

    replications: int
    simulated: int
    represented: float
    months: int
    seed: int
    results_version: int
    currency: str
    worlds: str = ""  # a sentence where the arms of a comparison have different worlds
    sampled: Worlds | None = None

    @property
    def last_year(self) -> str:
        """Name of the last 12 months: "year 5", or "last 12 months" if the horizon ends within a year."""
        return "last 12 months" if self.months % YEAR else f"year {self.months // YEAR}"


class Period(NamedTuple):
    """A financial period: its number and its year, both from 1, and its months (the last one may have fewer than 3)."""

    number: int
    year: int
    months: int


class Year(NamedTuple):
    """A financial year: every firm's profit, and its 12-month retention at the end."""

    name: str
    profit: list[Cell]
    kept: list[Cell]


def financial_periods(months: int) -> list[Period]:
    """The financial periods of a horizon of so many months."""
    lengths = period_months(months).tolist()
    return [Period(k + 1, k * QUARTER // YEAR + 1, n) for k, n in enumerate(lengths)]


def labels(titles: Sequence[str], names: Sequence[str]) -> list[str]:
    """One distinct label per arm: its title; with its name, then its place, where titles collide."""
    out = [title or name for title, name in zip(titles, names, strict=True)]
    for suffixes in ([f" ({name})" for name in names], [f" #{i + 1}" for i in range(len(names))]):
        double = [out.count(label) > 1 for label in out]
        out = [label + suffix * again for label, suffix, again in zip(out, suffixes, double, strict=True)]
    return out


def cells(values: Array) -> list[Cell]:
    """One cell per column of ``values``, shape (replications, columns)."""
    e = estimate(values)
    rows = zip(e.mean.tolist(), e.low.tolist(), e.high.tolist(), e.n.tolist(), strict=True)
    return [Cell(mean, low, high, n) for mean, low, high, n in rows]


def heading(runs: Runs) -> Heading:
    """Sizes and origin of the runs of one scenario."""
    s = runs.scenario
    return Heading(
        replications=len(runs.records),
        simulated=int(s.customers),
        represented=float(s.world["market"]["represents"]),
        months=runs.records[0].n_months,
        seed=runs.rng,
        results_version=RESULTS_VERSION,
        currency=s.currency,
    )


def comparison_heading(comparison: Comparison) -> Heading:
    """Sizes and origin of the runs of a comparison, and how the worlds of its arms differ."""
    note = worlds_note([a.scenario for a in comparison.arms])
    return replace(heading(comparison.reference), worlds=note, sampled=comparison.worlds)


def _by_measure(e: Estimate, *at: int | slice) -> dict[str, Cell]:
    """One cell per measure; ``at`` picks them out of the estimate's arrays."""
    picked = (x[at].tolist() for x in (e.mean, e.low, e.high, e.n))
    return {name: Cell(*row) for name, row in zip(MEASURES, zip(*picked, strict=True), strict=True)}


def firm_columns(runs: Runs) -> list[Column]:
    """The focal firm and its rivals, one column each."""
    gone = _insolvent(runs)
    return [
        Column(firm, firm, _by_measure(runs.estimates, slice(None), i), insolvent=gone[i], profits=_profits(runs, i))
        for i, firm in enumerate(runs.firms)
    ]


def _profits(runs: Runs, firm: int) -> list[Cell]:
    return cells(runs.period_values["profit"][..., firm])


def _insolvent(runs: Runs) -> list[int]:
    """Runs in which each firm went out of business."""
    return [int(n) for n in runs.history.firm["insolvent"][:, -1, :].sum(axis=0)]


def firm_years(runs: Runs) -> list[Year]:
    """The financial years of the focal firm and its rivals; the last one may be shorter."""
    months = runs.records[0].n_months
    starts = np.arange(0, months, YEAR)
    profit = np.add.reduceat(runs.history.firm["profit"], starts, axis=-2)
    kept = retention_by_month(runs.history)
    out = []
    for k, start in enumerate(starts):
        end = min(int(start) + YEAR, months)
        short = f" ({end - start} mo.)" if end - start < YEAR else ""
        out.append(Year(f"year {k + 1}{short}", cells(profit[:, k, :]), cells(kept[:, end - 1, :])))
    return out


def arm_labels(comparison: Comparison) -> list[str]:
    """One distinct label per arm: titles where they differ."""
    return labels([arm.scenario.title for arm in comparison.arms], [arm.label for arm in comparison.arms])


def arm_columns(comparison: Comparison) -> list[Column]:
    """The focal firm of every arm, with its paired differences against the first."""
    out, worlds = [], comparison.worlds
    for i, (label, arm) in enumerate(zip(arm_labels(comparison), comparison.arms, strict=True)):
        out.append(
            Column(
                label,
                arm.label,
                _by_measure(arm.estimates, slice(None), 0),
                _by_measure(comparison.difference_estimates, i - 1) if i else {},
                comparison.paybacks[i - 1] if i else None,
                _insolvent(arm)[0],
                _profits(arm, 0),
                cells(comparison.period_differences(i, "profit")) if i else (),
                {m: worlds.ahead(i, m) for m in COMPARED} if worlds and i else {},
                {m: worlds.quartiles(i, m) for m in COMPARED} if worlds and i else {},
                worlds.deciders(i) if worlds and i else (),
            )
        )
    return out


def pairwise(comparison: Comparison, measure: str) -> list[list[Cell]]:
    """``[i][j]``: the paired difference of arm i minus arm j in a measure of the focal firm.

    Nothing where it does not exist in every run: survivors would be compared.
    """
    k = list(MEASURES).index(measure)
    arrays = [arm.values[:, k, :1] for arm in comparison.arms]
    differences = [[cells(one - other)[0] for other in arrays] for one in arrays]
    n = len(comparison.reference.records)
    return [[cell if cell.n == n else NOTHING for cell in row] for row in differences]
