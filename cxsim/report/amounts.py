"""An amount of a measure as it stands in a sentence or on an axis: its number, and its unit beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cxsim.report import style
from cxsim.studies.quantities import Quantity

_SHORT = {"months of spend": "mo. of spend", "0-1": "", "ratio": ""}


class Scale(NamedTuple):
    """How amounts are shown: times ``factor`` with ``decimals``, between ``prefix`` and ``suffix``; ``unit`` for an axis."""

    factor: float
    decimals: int
    prefix: str
    suffix: str
    unit: str

    def __call__(self, value: float, sign: bool = False) -> str:
        """``EUR 3.8m``, ``84.1 %``, ``+.04``."""
        text = style.number(value * self.factor, self.decimals, sign)
        return text if text == "n/a" else f"{self.prefix}{text}{self.suffix}"

    def between(self, low: float, high: float) -> str:
        """``EUR 1.2m to EUR 3.4m``."""
        return f"{self(low)} to {self(high)}"


def scale(quantity: Quantity, currency: str, values: Iterable[float]) -> Scale:
    """One scale for all these amounts of a quantity."""
    largest = max((abs(v) for v in values if v == v), default=0.0)
    if quantity.unit.startswith("money"):
        divisor, size = style.money_scale(largest)
        per = quantity.unit.removeprefix("money").replace("customer and month", "customer-month")
        decimals = style.decimals_for(largest / divisor, 3, 2)
        unit = f"{currency} {size}".strip() + per
        return Scale(1 / divisor, decimals, f"{currency} ", size + per, unit)
    unit = _SHORT.get(quantity.shown_unit, quantity.shown_unit)
    apart = {"%/yr": " % a year", "thousand": " thousand"}.get(unit, f" {unit}" if unit else "")
    decimals = max(quantity.decimals, style.decimals_for(largest * quantity.scale, 2, 3))
    return Scale(quantity.scale, decimals, "", apart, quantity.shown_unit)
