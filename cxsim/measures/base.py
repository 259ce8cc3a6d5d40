"""What a measure is, and the few sums over months that measures share.

Axes: a monthly column has shape (..., months, firms). A single :class:`~cxsim.record.Record` has no leading
axis; a :class:`History`, many runs of one scenario, has one (replications). A measure takes either and gives
an array of shape (..., firms), so that one expression serves one run and a thousand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from cxsim.record import FIRM_COLUMNS, SEGMENT_COLUMNS, Closing, Record

Array = NDArray[np.float64]

YEAR = 12
"""Months in a year."""
QUARTER = 3
"""Months in a financial period."""


class Monthly(Protocol):
    """What measures read: monthly columns of shape (..., months, firms). Record and History both do."""

    @property
    def firm(self) -> Mapping[str, Array]:
        """Columns of FIRM_COLUMNS, each (..., months, firms)."""
        ...

    @property
    def start_customers(self) -> Array:
        """Customers at the opening of month 1, (..., firms)."""
        ...

    @property
    def discount_per_year(self) -> float:
        """Yearly rate of discount, a fraction."""
        ...

    @property
    def closing(self) -> Closing | None:
        """Customers as the run leaves them, arrays (..., firms, percents or segments); None where it was cut off."""
        ...


@dataclass(frozen=True, eq=False)
class History:
    """Runs of one scenario side by side: ``firm[c]`` has shape (replications, months, firms)."""

    firms: tuple[str, ...]
    firm: dict[str, Array]
    start_customers: Array  # (replications, firms)
    discount_per_year: float
    closing: Closing | None = None


def stack(records: Sequence[Record]) -> History:
    """Put the records of one scenario side by side, replications first.

    Raises ValueError when there are none or when they differ in firms, months or rate of discount.
    """
    if not records:
        raise ValueError("no records to stack")
    first = records[0]
    for r in records:
        if (r.firms, r.n_months, r.discount_per_year) != (
            first.firms,
            first.n_months,
            first.discount_per_year,
        ):
            raise ValueError(
                f"replication {r.replication} differs in firms, months or discount from the first"
            )
    return History(
        firms=first.firms,
        firm={name: np.stack([r.firm[name] for r in records]) for name in FIRM_COLUMNS},
        start_customers=np.stack([r.start_customers for r in records]),
        discount_per_year=first.discount_per_year,
        closing=_closings([r.closing for r in records]),
    )


def _closings(each: Sequence[Closing | None]) -> Closing | None:
    """The closings of runs side by side; none where one is missing."""
    known = [c for c in each if c is not None]
    if len(known) < len(each):
        return None
    whale = np.stack([c.whale for c in known])
    return Closing(whale, {name: np.stack([c.segment[name] for c in known]) for name in SEGMENT_COLUMNS})


@dataclass(frozen=True)
class Measure:
    """One reported number per run and firm.

    ``function`` maps a :class:`Monthly` to an array (..., firms) in ``unit``, nan where undefined. For
    display, multiply by ``scale``, round to ``decimals`` and write ``shown_unit``. ``better`` says which
    direction a manager would call good; it is empty where that depends. A measure ``at_end`` needs the
    closing of a run: it is nan of a record that was cut off. ``claims`` are those of the articles that name it.
    """

    name: str
    title: str
    unit: str
    formula: str
    source: str
    better: Literal["higher", "lower", ""]
    function: Callable[[Monthly], Array]
    shown_unit: str
    scale: float = 1.0
    decimals: int = 2
    at_end: bool = False
    claims: tuple[str, ...] = ()

    def __call__(self, record: Record, firm: int = 0) -> float:
        """Value for one firm (0 is the focal one) of one run, in ``unit``; nan where undefined."""
        return float(self.function(record)[firm])


def n_months(history: Monthly) -> int:
    """Number of months simulated."""
    return int(history.firm["customers"].shape[-2])


def at_opening(history: Monthly) -> Array:
    """Customers at the opening of each month, (..., months, firms)."""
    customers = history.firm["customers"]
    return np.concatenate([history.start_customers[..., None, :], customers[..., :-1, :]], axis=-2)


def last_year(column: Array) -> Array:
    """Return the last 12 months of a column, or all of them if there are fewer."""
    return column[..., -YEAR:, :]


def ratio(top: Array, bottom: Array) -> Array:
    """Divide, giving nan where ``bottom`` is not positive: there is nothing to take a share of."""
    out = np.full(np.broadcast_shapes(np.shape(top), np.shape(bottom)), np.nan)
    quotient: Array = np.divide(top, bottom, out=out, where=bottom > 0)
    return quotient


def mean_by(column: Array, weight: Array) -> Array:
    """Mean over the last 12 months weighted by ``weight``, (..., firms); nan without any weight."""
    x, w = last_year(column), last_year(weight)  # without weight, x means nothing and may be nan
    return ratio((np.where(w > 0, x, 0.0) * w).sum(axis=-2), w.sum(axis=-2))


def sum_last_year(column: Array) -> Array:
    """Sum over the last 12 months, (..., firms); nan when fewer were simulated: it would not be a year."""
    total: Array = last_year(column).sum(axis=-2)
    return total if column.shape[-2] >= YEAR else np.full_like(total, np.nan)
