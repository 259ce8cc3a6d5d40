"""How do the people of the firm fare? One function per measure; axes as in ``measures/base.py``."""

from __future__ import annotations

from cxsim.measures.base import YEAR, Array, Measure, Monthly, last_year, mean_by, ratio


def employee_turnover_per_year(history: Monthly) -> Array:
    """Quits of the last 12 months over mean heads (ends of months), per year; it may exceed 1.

    With fewer than 12 months it is their rate, times 12 / months; nan for a firm without employees.
    """
    quits, heads = last_year(history.firm["quits"]), last_year(history.firm["employees"])
    return YEAR * ratio(quits.sum(axis=-2), heads.sum(axis=-2))


def early_quits_share(history: Monthly) -> Array:
    """Of the quits of the last 12 months, those within a year of being hired; nan where nobody quit."""
    early, quits = last_year(history.firm["early_quits"]), last_year(history.firm["quits"])
    return ratio(early.sum(axis=-2), quits.sum(axis=-2))


def exhaustion(history: Monthly) -> Array:
    """Mean exhaustion over head-months of the last 12 months."""
    return mean_by(history.firm["exhaustion"], history.firm["employees"])


def engagement(history: Monthly) -> Array:
    """Mean engagement over head-months of the last 12 months."""
    return mean_by(history.firm["engagement"], history.firm["employees"])


WORKFORCE = (
    Measure(
        "employee_turnover_per_year", "Staff turnover", "share per year",
        "quits of the last 12 months / mean heads", "Price 1977, The Study of Turnover",
        "lower", employee_turnover_per_year, "%/yr", 100.0, 1, claims=("C1", "E15", "E16"),
    ),
    Measure(
        "early_quits_share", "Quits in the first year", "share",
        "quits within a year of being hired / quits, over the last 12 months", "share of counts",
        "", early_quits_share, "%", 100.0, 1, claims=("E15",),
    ),
    Measure(
        "exhaustion", "Exhaustion", "share", "mean over the head-months of the last 12 months",
        "Maslach & Jackson 1981, J. Occupational Behaviour 2(2)", "lower", exhaustion, "0-1", claims=("E2",),
    ),
    Measure(
        "engagement", "Engagement", "share", "mean over the head-months of the last 12 months",
        "Schaufeli, Salanova, Gonzalez-Roma & Bakker 2002, J. Happiness Studies 3(1)",
        "higher", engagement, "0-1", claims=("E18",),
    ),
)  # fmt: skip
