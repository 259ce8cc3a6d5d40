"""Does it pay, and when? One function per measure; axes as in ``measures/base.py``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxsim.measures.base import (
    QUARTER,
    YEAR,
    Array,
    Measure,
    Monthly,
    last_year,
    mean_by,
    n_months,
    ratio,
    sum_last_year,
)

FINANCE = "Brealey, Myers & Allen 2020, Principles of Corporate Finance, 13th ed."
WHALE = "Kaplan & Narayanan 2001, J. Cost Management 15(5)"


def revenue_per_year(history: Monthly) -> Array:
    """Revenue of the last 12 months; nan when fewer were simulated."""
    return sum_last_year(history.firm["revenue"])


def profit_year_1(history: Monthly) -> Array:
    """Profit of months 1 to 12; nan when fewer were simulated."""
    return sum_last_year(history.firm["profit"][..., :YEAR, :])


def profit_last_year(history: Monthly) -> Array:
    """Profit of the last 12 months; nan when fewer were simulated."""
    return sum_last_year(history.firm["profit"])


def cumulative_profit(history: Monthly) -> Array:
    """Profit of all months, not discounted."""
    total: Array = history.firm["profit"].sum(axis=-2)
    return total


def discount_factors(history: Monthly) -> Array:
    """Worth at the opening of money at the end of month m = 1, 2, ...: (1 + d)^(-m / 12), (months,)."""
    m = np.arange(1, n_months(history) + 1)
    factors: Array = (1.0 + history.discount_per_year) ** (-m / YEAR)
    return factors


def npv(history: Monthly) -> Array:
    """Monthly profits, each at the end of its month, discounted to the opening; none after insolvency."""
    value: Array = (history.firm["profit"] * discount_factors(history)[:, None]).sum(axis=-2)
    return value


def customer_equity(history: Monthly) -> Array:
    """Discounted expected contribution of the customers present at the end; zero after insolvency."""
    return history.firm["equity"][..., -1, :]


def value(history: Monthly) -> Array:
    """Net present value plus customer equity discounted from the end: what the horizon cuts off counts."""
    total: Array = npv(history) + discount_factors(history)[-1] * customer_equity(history)
    return total


def cost_to_serve(history: Monthly) -> Array:
    """Labour, concessions and recovery caused per customer and month, over the last 12 months."""
    return mean_by(history.firm["cost_to_serve"], history.firm["customers"])


def concession_cost_share(history: Monthly) -> Array:
    """Full cost of concessions and alternatives, labour included, as a share of revenue, last 12 months."""
    cost, revenue = last_year(history.firm["concession_value"]), last_year(history.firm["revenue"])
    return ratio(cost.sum(axis=-2), revenue.sum(axis=-2))


def lifetime_value(history: Monthly) -> Array:
    """Customer equity per customer at the end: what each is expected still to bring, acquisition being spent."""
    equity, here = (history.firm[name][..., -1, :] for name in ("equity", "customers"))
    return ratio(equity, here)


def whale_peak(history: Monthly) -> Array:
    """Highest point of the whale curve over its end: what the best customers bring for each unit that all bring.

    nan where all together bring nothing, and where the customers at the end are not known.
    """
    if history.closing is None:
        return np.full(history.start_customers.shape, np.nan)
    return ratio(history.closing.whale.max(axis=-1), history.closing.whale[..., -1])


def unprofitable_share(history: Monthly) -> Array:
    """Customers at the end who cost more than they bring, smoothed over 12 months; nan as in :func:`whale_peak`."""
    if history.closing is None:
        return np.full(history.start_customers.shape, np.nan)
    lose, here = (history.closing.segment[name].sum(axis=-1) for name in ("unprofitable", "customers"))
    return ratio(lose, here)


def cash(history: Monthly) -> Array:
    """Cash at the end of the last month."""
    return history.firm["cash"][..., -1, :]


def insolvent(history: Monthly) -> Array:
    """1 for a firm that went out of business within the horizon; its mean over runs is the share that did."""
    return history.firm["insolvent"][..., -1, :]


@dataclass(frozen=True)
class Payback:
    """Payback over paired runs.

    ``quarter`` is the median, the first quarter by which at least half of the paired runs have paid back:
    0 means at once, None that fewer than half do so within the horizon.
    """

    quarter: int | None
    n_at_once: int
    n_never: int
    n: int


def payback_quarters(history: Monthly, reference: Monthly, firm: int = 0) -> Array:
    """First quarter from which cumulative profit stays above the reference's to the end: (...).

    Paired runs: the same replications, months and luck in both.

    0 where it is above from the first quarter on (at once), infinity where it is not above at the end
    (never). Equal is not above. Raises ValueError when the histories differ in shape of months or
    replications.
    """
    own, other = (x.firm["profit"][..., firm] for x in (history, reference))
    if own.shape != other.shape:
        raise ValueError(
            f"paired runs need the same months and replications, not {own.shape} and {other.shape}"
        )
    starts = np.arange(0, own.shape[-1], QUARTER)
    ahead = np.add.reduceat(own - other, starts, axis=-1).cumsum(axis=-1) > 0
    stays = np.logical_and.accumulate(ahead[..., ::-1], axis=-1)[..., ::-1]
    first = stays.argmax(axis=-1)
    return np.where(stays[..., -1], np.where(first == 0, 0.0, first + 1.0), np.inf)


def payback(quarters: Array) -> Payback:
    """Summarise :func:`payback_quarters`, shape (replications,). Raises ValueError when empty."""
    if quarters.size == 0:
        raise ValueError("no paired runs")
    middle = float(np.sort(quarters)[(quarters.size - 1) // 2])
    return Payback(
        quarter=int(middle) if np.isfinite(middle) else None,
        n_at_once=int((quarters == 0).sum()),
        n_never=int(np.isinf(quarters).sum()),
        n=quarters.size,
    )


PROFIT = (
    Measure(
        "revenue_per_year", "Revenue, last year", "money per year", "sum over the last 12 months",
        "definition", "higher", revenue_per_year, "m", 1e-6, 1,
    ),
    Measure(
        "profit_year_1", "Profit, year 1", "money", "sum over months 1 to 12", "definition",
        "higher", profit_year_1, "m", 1e-6, 1,
    ),
    Measure(
        "profit_last_year", "Profit, last year", "money", "sum over the last 12 months", "definition",
        "higher", profit_last_year, "m", 1e-6, 1,
    ),
    Measure(
        "cumulative_profit", "Cumulative profit", "money", "sum over all months", "definition",
        "higher", cumulative_profit, "m", 1e-6, 1,
    ),
    Measure(
        "npv", "Net present value", "money",
        "sum over months m of profit(m) (1 + discount per year)^(-m / 12)", f"{FINANCE} (net present value)",
        "higher", npv, "m", 1e-6, 1,
    ),
    Measure(
        "customer_equity", "Customer equity", "money",
        "discounted expected contribution of the customers present at the end, as of the end",
        "Blattberg & Deighton 1996, Harvard Business Review 74(4);"
        " Fader & Hardie 2010, Marketing Science 29(1)",
        "higher", customer_equity, "m", 1e-6, 1,
    ),
    Measure(
        "value", "Value", "money",
        "net present value + customer equity (1 + discount per year)^(-horizon months / 12)",
        "Gupta, Lehmann & Stuart 2004, J. Marketing Research 41(1)", "higher", value, "m", 1e-6, 1, claims=("D22",),
    ),
    Measure(
        "cost_to_serve", "Cost to serve", "money per customer and month",
        "mean over the customer-months of the last 12 months",
        WHALE, "lower", cost_to_serve, "per customer-month",
    ),
    Measure(
        "concession_cost_share", "Concessions", "share of revenue",
        "full cost of concessions and alternatives, labour included / revenue, last 12 months", "definition",
        "", concession_cost_share, "% of revenue", 100.0, 2, claims=("D3",),
    ),
    Measure(
        "lifetime_value", "Lifetime value left", "money per customer", "customer equity / customers, at the end",
        "Gupta, Lehmann & Stuart 2004, J. Marketing Research 41(1); own hazards and what is left of a lifetime:"
        " Fader & Hardie 2010, Marketing Science 29(1)",
        "higher", lifetime_value, "per customer", 1.0, 0, claims=("D2",),
    ),
    Measure(
        "whale_peak", "Whale curve, peak", "ratio",
        "contribution of the most profitable customers at its highest / of all, smoothed over 12 months, at the end",
        f"{WHALE} (whale curve)", "", whale_peak, "of the total", at_end=True, claims=("D8",),
    ),
    Measure(
        "unprofitable_share", "Unprofitable customers", "share",
        "customers at the end whose contribution, smoothed over 12 months, is below nought / customers",
        WHALE, "lower", unprofitable_share, "%", 100.0, 1, at_end=True, claims=("D8",),
    ),
    Measure(
        "cash", "Cash", "money", "cash at the end of the last month", "definition",
        "higher", cash, "m", 1e-6, 1,
    ),
    Measure(
        "insolvent", "Insolvent", "0 or 1", "1 if out of business at the end of the last month", "definition",
        "lower", insolvent, "share of runs", claims=("D9",),
    ),
)  # fmt: skip
