"""Do customers stay, and how do they feel? One function per measure; axes as in ``measures/base.py``."""

from __future__ import annotations

import numpy as np

from cxsim.measures.base import YEAR, Array, Measure, Monthly, at_opening, last_year, mean_by, ratio

MARKETING_METRICS = "Farris, Bendle, Pfeifer & Reibstein 2010, Marketing Metrics, 2nd ed."
THREE_PARTS = "Rosenberg & Hovland 1960, in Attitude Organization and Change"


def retention_by_month(history: Monthly) -> Array:
    """Share of the customers of 12 months ago who are still there, never having left: (..., months, firms).

    ``tenured(t) / customers(t - 12)``, with the opening stock at t = 12; nan before month 12, and where the
    firm had no customers 12 months ago. Those who left and came back do not count as kept.
    """
    tenured = history.firm["tenured"]
    out = np.full(tenured.shape, np.nan)
    if tenured.shape[-2] >= YEAR:
        before = at_opening(history)[..., : tenured.shape[-2] - YEAR + 1, :]
        out[..., YEAR - 1 :, :] = ratio(tenured[..., YEAR - 1 :, :], before)
    return out


def retention_12_months(history: Monthly) -> Array:
    """Kept share over the last 12 months; nan when fewer were simulated."""
    return retention_by_month(history)[..., -1, :]


def churn_per_year(history: Monthly) -> Array:
    """Chance that a customer exposed to the monthly loss rates of the last 12 months is lost within a year.

    ``1 - prod(1 - (left + ended) / customers at the opening of the month)``. Unlike retention it follows the
    stock, newcomers included. With fewer than 12 months the product is raised to 12 / months. A month that
    opens without customers has no rate and is passed over; nan when there are only such months.
    """
    return 1.0 - _kept_a_year(history, history.firm["left"] + history.firm["ended"])


def _kept_a_year(history: Monthly, lost: Array) -> Array:
    """Product over the last 12 months of one less the monthly rate of those ``lost``, (..., firms)."""
    opening = last_year(at_opening(history))
    # a newcomer may leave in the month of joining, so that losses exceed the opening stock of a tiny firm
    rate = np.clip(ratio(last_year(lost), opening), 0.0, 1.0)
    kept = np.where(np.isnan(rate), 1.0, 1.0 - rate).prod(axis=-2)
    return np.where((opening > 0).any(axis=-2), kept ** (YEAR / opening.shape[-2]), np.nan)


def satisfaction(history: Monthly) -> Array:
    """Mean satisfaction over customer-months, in months of spend."""
    return mean_by(history.firm["satisfaction"], history.firm["customers"])


def exceeded_share(history: Monthly) -> Array:
    """Share of the customer-months that brought more than was expected, by a day's worth or more."""
    return _share_of_months(history, "exceeded")


def fell_short_share(history: Monthly) -> Array:
    """Share of the customer-months that brought less than was expected, by a day's worth or more."""
    return _share_of_months(history, "fell_short")


def _share_of_months(history: Monthly, column: str) -> Array:
    customers = history.firm["customers"]
    return mean_by(ratio(history.firm[column], customers), customers)


def trust(history: Monthly) -> Array:
    """Mean trust over customer-months."""
    return mean_by(history.firm["trust"], history.firm["customers"])


def entitlement(history: Monthly) -> Array:
    """Mean belief, over customer-months, that a request beyond the agreement will be granted."""
    return mean_by(history.firm["entitlement"], history.firm["customers"])


def nps(history: Monthly) -> Array:
    """Net promoter score: promoters minus detractors per 100 customers, over customer-months."""
    net = history.firm["promoters_share"] - history.firm["detractors_share"]
    return 100.0 * mean_by(net, history.firm["customers"])


def expectation(history: Monthly) -> Array:
    """Mean over customer-months of the quality that customers have come to expect, in months of spend."""
    return mean_by(history.firm["expectation"], history.firm["customers"])


def quality(history: Monthly) -> Array:
    """Quality as customers feel it, each by her own needs, before failures: mean over customer-months."""
    return mean_by(history.firm["quality"], history.firm["customers"])


def think(history: Monthly) -> Array:
    """What customers believe of the firm: mean of their trust in its word and of the quality that they expect.

    Expectation is held within 0..1 month of spend, where 1 is the agreed service when it fits entirely.
    """
    believed = (history.firm["trust"] + np.clip(history.firm["expectation"], 0.0, 1.0)) / 2.0
    return mean_by(believed, history.firm["customers"])


def feel(history: Monthly) -> Array:
    """How customers feel about it: satisfaction, held within 0..1 month of spend, over customer-months."""
    return mean_by(np.clip(history.firm["satisfaction"], 0.0, 1.0), history.firm["customers"])


def do(history: Monthly) -> Array:
    """What customers do: the share that would stay a year of their own accord, at the loss rates of the last 12 months.

    As churn, but without the relationships that the firm ended, which is not the customers' doing.
    """
    return _kept_a_year(history, history.firm["left"])


def customers(history: Monthly) -> Array:
    """Customers at the end of the last month, in the represented market."""
    return history.firm["customers"][..., -1, :]


LOYALTY = (
    Measure(
        "retention_12_months", "Kept, 12 months", "share",
        "tenured at the end / customers 12 months before", f"{MARKETING_METRICS} (retention rate)",
        "higher", retention_12_months, "%", 100.0, 1, claims=("D17",),
    ),
    Measure(
        "churn_per_year", "Churn", "share per year",
        "1 - product over the last 12 months of (1 - (left + ended) / customers at the opening)",
        f"{MARKETING_METRICS} (churn rate)", "lower", churn_per_year, "%/yr", 100.0, 1, claims=("D7",),
    ),
    Measure(
        "satisfaction", "Satisfaction", "months of spend",
        "mean over the customer-months of the last 12 months",
        "Oliver 1980, J. Marketing Research 17(4)", "higher", satisfaction, "months of spend", claims=("D17",),
    ),
    Measure(
        "trust", "Trust", "share", "mean over the customer-months of the last 12 months",
        "Morgan & Hunt 1994, J. Marketing 58(3)", "higher", trust, "0-1", claims=("C2",),
    ),
    Measure(
        "entitlement", "Entitlement", "probability", "mean over the customer-months of the last 12 months",
        "Boyd & Helms 2005, Psychology & Marketing 22(3); as a learned belief, Rescorla & Wagner 1972",
        "", entitlement, "0-1", claims=("D3",),
    ),
    Measure(
        "nps", "Net promoter score", "points",
        "100 (promoters - detractors) / customers, over the customer-months of the last 12 months",
        "Reichheld 2003, Harvard Business Review 81(12)", "higher", nps, "points", 1.0, 1, claims=("D20",),
    ),
    Measure(
        "customers", "Customers", "customers", "customers at the end of the last month", "definition",
        "higher", customers, "thousand", 1e-3, 1,
    ),
    Measure(
        "quality", "Quality", "months of spend",
        "mean over the customer-months of the last 12 months, before failures",
        "Zeithaml 1988, J. Marketing 52(3) (perceived quality)", "higher", quality, "months of spend", claims=("E6",),
    ),
    Measure(
        "expectation", "Expectation", "months of spend", "mean over the customer-months of the last 12 months",
        "Oliver 1980, J. Marketing Research 17(4)", "", expectation, "months of spend",
    ),
    Measure(
        "exceeded_share", "Expectations exceeded", "share",
        "exceeded / customers, sums over the months of the last 12; by a day's worth of spend or more",
        "Oliver 1980, J. Marketing Research 17(4)", "higher", exceeded_share, "%", 100.0, 1, claims=("C16",),
    ),
    Measure(
        "fell_short_share", "Expectations not met", "share",
        "fell_short / customers, sums over the months of the last 12; by a day's worth of spend or more",
        "Oliver 1980, J. Marketing Research 17(4)", "lower", fell_short_share, "%", 100.0, 1, claims=("C16",),
    ),
    Measure(
        "think", "Customers think", "share",
        "(trust + expectation) / 2, each within 0..1, over the customer-months of the last 12 months",
        f"{THREE_PARTS} (cognition)", "higher", think, "0-1", claims=("A12",),
    ),
    Measure(
        "feel", "Customers feel", "share",
        "satisfaction, within 0..1, over the customer-months of the last 12 months",
        f"{THREE_PARTS} (affect)", "higher", feel, "0-1", claims=("A12",),
    ),
    Measure(
        "do", "Customers do", "share",
        "product over the last 12 months of (1 - left / customers at the opening): staying by their own decision",
        f"{THREE_PARTS} (behaviour)", "higher", do, "0-1", claims=("A12",),
    ),
)  # fmt: skip
