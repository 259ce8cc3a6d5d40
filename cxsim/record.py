"""What one run leaves behind: monthly tables per firm and per silo, with units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.engine.columns import Column

RESULTS_VERSION = 1
"""Changes whenever the same scenario and seed give other numbers; see CHANGELOG.md."""

SILOS = ("marketing", "sales", "product", "operations", "service")

FIRM_COLUMNS: dict[str, tuple[str, str]] = {
    "customers": ("customers", "customers at the end of the month, in the represented market"),
    "joined": ("customers", "customers gained in the month"),
    "left": ("customers", "customers lost in the month by their own decision"),
    "ended": ("customers", "relationships that the firm ended in the month"),
    "tenured": ("customers", "customers at the end of the month with at least 12 months of unbroken tenure"),
    "satisfaction": ("months of spend", "mean satisfaction of customers"),
    "trust": ("share", "mean trust of customers"),
    "entitlement": ("probability", "mean belief that a request beyond the agreement will be granted"),
    "expectation": ("months of spend", "mean expectation of quality"),
    "quality": ("months of spend", "mean quality that customers lived through in the month, before failures"),
    "delivered": ("months of spend", "mean quality that customers lived through in the month, less what failures took"),
    "promise": ("months of spend", "quality that the firm announces, hype included"),
    "promoters_share": ("share", "customers whose stated likelihood to recommend rounds to 9 or 10"),
    "detractors_share": ("share", "customers whose stated likelihood to recommend rounds to 6 or less"),
    "requests": ("requests", "requests beyond the agreement made in the month"),
    "granted": ("requests", "requests granted free of charge"),
    "charged": ("requests", "requests sold as a priced extra"),
    "alternatives": ("requests", "requests met by an alternative that fitted"),
    "refused": ("requests", "requests that ended without anything"),
    "contacts": ("contacts", "contacts with the firm's people in the month, repeats after failures left out"),
    "failures": ("failures", "failures of service or hand-off"),
    "lost_handoffs": ("failures", "those failures where a contact was handed on and information was lost"),
    "complaints": ("complaints", "complaints voiced"),
    "resolved": ("complaints", "complaints resolved"),
    "exceeded": ("customers", "customers who lived through more than they expected, by a day's worth or more"),
    "fell_short": ("customers", "customers who lived through less than they expected, by a day's worth or more"),
    "abuse": ("events", "abuse of staff by customers"),
    "revenue": ("money", "revenue of the month, extras included"),
    "variable_cost": ("money", "cost of goods and other variable cost"),
    "concession_cost": ("money", "bought-in cost of what was granted or offered instead (its labour is in pay)"),
    "concession_value": ("money", "full cost of what was granted or offered instead, labour included"),
    "recovery_cost": ("money", "compensation paid after complaints"),
    "pay_cost": ("money", "pay of all employees"),
    "turnover_cost": ("money", "cost of hiring: replacing those who left, and growing"),
    "acquisition_cost": ("money", "cost of winning new customers"),
    "programme_cost": (
        "money",
        "programmes: systems that share what is known, values, savings forgone, recognition, adjacent service, scores",
    ),
    "fixed_cost": ("money", "fixed cost"),
    "profit": ("money", "profit of the month"),
    "cash": ("money", "cash at the end of the month"),
    "equity": ("money", "customer equity: discounted expected contribution of present customers"),
    "cost_to_serve": (
        "money per customer",
        "cost of a customer a month, smoothed over 12: labour with its overhead, concessions, recovery, less extras",
    ),
    "employees": ("heads", "employees at the end of the month"),
    "quits": ("heads", "employees who quit in the month"),
    "early_quits": ("heads", "employees who quit in the month, within a year of being hired"),
    "hires": ("heads", "employees hired in the month"),
    "exhaustion": ("share", "mean exhaustion of employees, weighted by heads"),
    "engagement": ("share", "mean engagement of employees, weighted by heads"),
    "knowledge": ("share", "what the firm knows of its customers' needs: 0 nothing, 1 everything"),
    "commitment": ("share", "share of planned programmes that leaders fund this quarter, and for which there is time"),
    "insolvent": ("0 or 1", "1 from the month in which the firm went out of business"),
    "sharing": ("share", "sharing of customer information that happens: what is planned, as far as it is kept up"),
    "practice": ("probability", "mean chance of silos, beyond what is usual, that a decision looks at customers"),
    "cynicism": ("share", "disbelief of employees in what leaders say"),
    "dispute_hours": ("hours", "time that disputes between silos took, their mediation included"),
    "surveys": ("talks", "customers heard by survey or panel, about needs or at events, an hour each"),
    "questionings": ("talks", "customers questioned about their own business and unasked needs, an hour each"),
    "prospect_talks": ("talks", "people heard who are not customers, an hour each"),
    "leader_uses": ("hours", "leaders' own contact with customers, and own use of the firm's processes"),
    "offers_changed": ("offers", "offers to a segment that were being changed while customers were listened to"),
    "proactive_contacts": ("calls", "calls to long-time customers before anything went wrong"),
    "new_asked": ("customers", "new customers who were asked why they came"),
    "known_issues": ("pain points", "known and not mended at the end of the month; 100 in all if nothing is improved"),
    "found_issues": ("pain points", "pain points that came to be known in the month"),
    "fixed_issues": ("pain points", "pain points mended in the month, known or not"),
    "recurred_issues": ("pain points", "pain points that came back in the month, their causes having stayed"),
    "fix_impact": (
        "ratio", "severity taken from customers per pain point mended, against the mean one; smoothed over a year"
    ),
    "discipline": ("share", "planned order of improvement (list, root, spot) that people keep to"),
    "inconsistency": (
        "probability",
        "standard deviation of the chance that a contact fails, between silos and between contacts handed on or not",
    ),
}

SILO_COLUMNS: dict[str, tuple[str, str]] = {
    "heads": ("heads", "employees of the silo at the end of the month"),
    "asked_hours": ("hours", "work asked of the silo in the month"),
    "capacity_hours": ("hours", "hours of own work that its people can give without overtime"),
    "backlog_hours": ("hours", "work left over at the end of the month"),
    "wait_months": ("months", "time that work waits before it is done"),
    "standard": ("share", "service standard: time given to an order against the time it needs"),
    "exhaustion": ("share", "mean exhaustion of its people"),
    "engagement": ("share", "mean engagement of its people"),
    "proficiency": ("share", "mean proficiency of its people"),
    "knowledge": ("share", "what the silo knows of customers' needs"),
    "own_share": ("share", "time given to its own work"),
    "cross_share": ("share", "time given to work across silos"),
    "improvement_share": ("share", "time given to improvement"),
    "practice": ("probability", "chance, beyond what is usual, that customers' outcomes enter a decision"),
    "quits": ("heads", "people of the silo who quit in the month"),
    "hires": ("heads", "people hired by the silo in the month"),
    **{
        f"from_{silo}": ("share of needs", f"uncertainty about customers' needs that what {silo} saw took in the month")
        for silo in SILOS
    },
}

SEGMENT_COLUMNS: dict[str, tuple[str, str]] = {
    "customers": ("customers", "customers of the segment at the end of the run, in the represented market"),
    "contribution": (
        "money per month", "what they pay less all that grows with the number of customers, smoothed over 12 months"
    ),
    "equity": ("money", "their discounted expected contribution"),
    "unprofitable": ("customers", "those who cost more than they bring, smoothed over 12 months"),
    "knowledge": ("share", "what service and sales know of the segment's needs: 0 nothing, 1 everything"),
}
WHALE_COLUMNS: dict[str, tuple[str, str]] = {
    "percent": ("%", "customers at the end of the run, from the most to the least profitable"),
    "contribution": ("money per month", "what they bring together, reckoned as that of segments"),
}
PERCENTS = 101
"""Points of the whale curve: the most profitable 0, 1, ... 100 % of customers."""


@dataclass(frozen=True)
class Closing:
    """The customers of each firm as a run leaves them, ranked by what they bring and sorted by segment.

    ``whale[f, p]`` is the contribution of the most profitable ``p`` % of firm f's customers, money a month (Kaplan &
    Narayanan 2001); the last point is that of all. ``segment[c]`` has shape (firms, segments), in the units of
    ``SEGMENT_COLUMNS``. Runs side by side have a further axis in front.
    """

    whale: NDArray[np.float64]
    segment: dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Panel:
    """The monthly life of some people, the same ones under every policy.

    ``customers[c]`` has shape (months, members), in the units of ``population.CUSTOMER_COLUMNS``; a column with a value
    per firm or dimension of need is there as ``c_0``, ``c_1``, ... ``employees[c]`` is the same of seats of the focal
    firm, with ``hired`` and ``quit``. Where a month has several steps, events and amounts are added up, and everything
    else is as at its end. ``own`` declares those columns of customers that mechanisms of one's own add.
    """

    customer_ids: NDArray[np.int64]
    customers: dict[str, NDArray[Any]]
    seat_ids: NDArray[np.int64]
    employees: dict[str, NDArray[Any]]
    own: tuple[Column, ...] = ()


@dataclass(frozen=True)
class Record:
    """Monthly history of one run.

    ``firm[c]`` has shape (months, firms) and ``silo[c]`` (months, firms, silos), float64, in the units of
    ``FIRM_COLUMNS`` and ``SILO_COLUMNS``; the focal firm is firm 0. Counts are in the represented market. ``closing``
    is as at the end, and None of a record that was cut off before it.
    """

    firms: tuple[str, ...]
    firm: dict[str, NDArray[np.float64]]
    silo: dict[str, NDArray[np.float64]]
    start_customers: NDArray[np.float64]  # (firms,), at the opening of month 1
    discount_per_year: float
    seed: int
    replication: int
    closing: Closing | None = None
    panel: Panel | None = None

    @property
    def n_months(self) -> int:
        """Number of months simulated."""
        return int(self.firm["customers"].shape[0])
