"""What a page shows of runs, as plain data: lines with bands over financial periods, readings, and differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cxsim.intervals import estimate
from cxsim.measures import MEASURES, QUARTER, YEAR, Array, History
from cxsim.report.style import money_scale
from cxsim.results import Runs
from cxsim.scenario import Scenario

Numbers = list[float | None]


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a chart shows, over financial periods. ``about`` says it in words."""

    name: str
    title: str
    unit: str
    about: str
    zero: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A mean with its band; lists over periods, None where there is nothing to show."""

    mean: Numbers
    low: Numbers
    high: Numbers


Values = Mapping[str, Array]
"""Name of a quantity -> its values in every run, (replications, periods)."""

BANDS = (
    "Lines are means over runs that differ in luck only. A band holds the mean of infinitely many such runs in 95 of"
    " 100 cases. It says nothing of being wrong about an assumption: move one, and see."
)


def money(scenario: Scenario) -> tuple[float, str]:
    """Divisor and unit for amounts of money in charts, the same whatever is moved."""
    market = scenario.world["market"]
    divisor, prefix = money_scale(market["represents"] * market["monthly_price"] / 2)
    return divisor, f"{scenario.currency} {prefix}".strip()


def quantities(scenario: Scenario) -> tuple[Quantity, ...]:
    """The charts of a page, in their order."""
    unit = money(scenario)[1]
    year = "over the 12 months before"
    return (
        Quantity("kept", "Customers kept", "%", "Customers of 12 months before who are still there."),
        Quantity("satisfaction", "Satisfaction", "months of spend", "Mean over the customers of the quarter."),
        Quantity("profit", "Profit per quarter", unit, "Profit of the financial period.", True),
        Quantity("cumulative", "Cumulative profit", unit, "Profit from the opening on, not discounted.", True),
        Quantity("exhaustion", "Staff exhaustion", "0 to 1", "Mean exhaustion of employees in the quarter."),
        Quantity("turnover", "Staff turnover", "% a year", f"Employees who quit {year}, of 100."),
        Quantity("centricity", "Customer centricity", "0 to 1", f"Counted in what was done {year}, not in levers."),
    )


def months(scenario: Scenario) -> list[int]:
    """The months at which periods end: the places of all values on the time axis."""
    n = scenario.horizon_months
    return [min(m + QUARTER, n) for m in range(0, n, QUARTER)]


def values(runs: Runs) -> dict[str, Array]:
    """Every quantity of the focal firm in every run."""
    divisor, _ = money(runs.scenario)
    period = {name: column[..., 0] for name, column in runs.period_values.items()}
    ends = np.array(months(runs.scenario))
    return {
        "kept": 100 * period["retention_12_months"],
        "satisfaction": period["satisfaction"],
        "profit": period["profit"] / divisor,
        "cumulative": period["cumulative_profit"] / divisor,
        "exhaustion": period["exhaustion"],
        "turnover": 100 * _over_year(runs.history, "employee_turnover_per_year", ends),
        "centricity": _over_year(runs.history, "centricity_index", ends),
    }


def _over_year(history: History, measure: str, ends: Array) -> Array:
    """A measure of the last 12 months at every period's end from month 12 on: (replications, periods)."""
    n = history.firm["customers"].shape[-2]
    out = np.full((len(history.start_customers), len(ends)), np.nan)
    if n >= YEAR:
        windows = _Windows(history, ends[ends >= YEAR] - YEAR)
        out[:, ends >= YEAR] = MEASURES[measure].function(windows)[..., 0]
    return out


class _Windows:
    """The years of a history that begin at ``starts``, side by side: columns (replications, starts, 12, firms).

    For measures of the last 12 months, which so need one evaluation for all of them.
    """

    def __init__(self, history: History, starts: Array) -> None:
        self.firm = _Columns(history.firm, starts)
        self.start_customers = history.start_customers
        self.discount_per_year = history.discount_per_year
        self.closing = None


class _Columns(Mapping[str, Array]):
    def __init__(self, columns: Mapping[str, Array], starts: Array) -> None:
        self._columns, self._starts = columns, starts

    def __getitem__(self, name: str) -> Array:
        windows = sliding_window_view(self._columns[name], YEAR, axis=1)[:, self._starts]
        return np.moveaxis(windows, -1, -2)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def foreseen(now: Values, before: Values, thorough: Values) -> dict[str, Array]:
    """Means to expect of many runs, from few: those of many ``before`` plus what the move changed in a few, paired.

    ``before`` and ``now`` are the same few runs before and after the move, ``thorough`` the many before it. The same
    luck in both leaves little noise in their difference, so that lines do not jump when the many are there.
    """
    return {
        name: thorough[name].mean(axis=0, keepdims=True) + (now[name] - before[name]).mean(axis=0, keepdims=True)
        for name in now
    }


def lines(of: Values, bands: bool) -> dict[str, Line]:
    """Means of every quantity, with 95 % intervals over runs where ``bands``."""
    found = {}
    for name, array in of.items():
        e = estimate(_while_all(array))
        ends = (e.low, e.high) if bands and len(array) > 1 else (np.full_like(e.mean, np.nan),) * 2
        found[name] = Line(plain(e.mean), plain(ends[0]), plain(ends[1]))
    return found


def _while_all(array: Array) -> Array:
    """Nothing where it exists in some runs only: the mean over survivors would flatter."""
    return np.where(np.isnan(array).any(axis=0), np.nan, array)


def difference(a: Values, b: Values) -> dict[str, Array]:
    """B minus A in every paired run, of every quantity."""
    return {name: b[name] - a[name] for name in a}


def plain(array: Array) -> Numbers:
    """Numbers for a message: four significant digits of the largest, None for what is not known."""
    finite = np.abs(array[np.isfinite(array)])
    largest = float(finite.max()) if finite.size else 1.0
    decimals = max(0, 4 - int(np.floor(np.log10(largest))) if largest > 0 else 0)
    return [round(x, decimals) if np.isfinite(x) else None for x in array.tolist()]


def span(numbers: Sequence[Numbers], zero: bool) -> tuple[float, float]:
    """Ends of an axis that holds all of these, and nought where ``zero``."""
    known = [x for row in numbers for x in row if x is not None] + [0.0] * zero
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    if high - low < 1e-9 * max(1.0, abs(high)):
        low, high = low - 0.5, high + 0.5
    pad = 0.04 * (high - low)
    return low - pad * (low != 0 or not zero), high + pad * (high != 0 or not zero)


def wide(row: Numbers, zero: bool) -> tuple[float, float]:
    """Ends of an axis that leave room for another line far above or below this one."""
    low, high = span([row], zero)
    room = max(high - low, 0.1 * max(abs(low), abs(high)))
    return low - room, high + room


def axis(ends: tuple[float, float]) -> tuple[float, float, float]:
    """Round ends around these, and a round step between them."""
    low, high = ends
    step = _round_step((high - low) / 4)
    low, high = np.floor(low / step + 1e-9) * step, np.ceil(high / step - 1e-9) * step
    return float(f"{low:.10g}"), float(f"{high:.10g}"), step


def _round_step(width: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten, from a positive width on."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(f"{next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= width * 0.999):.10g}")
