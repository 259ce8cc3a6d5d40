"""How customer-centric is what the firm does? Counted in what was done in the run, never read from how levers are set.

The index is the mean of eight sub-scores: the four metrics of article D and what the four questions of article E ask
for. Each is n / (n + half), with n a count of behaviour and ``half`` the count that scores one half (assumptions), so
that none is ever whole, and doing more of one thing cannot stand for the others. Where a lever is itself a count of
behaviour (newcomers asked, leaders' hours, calls) its score follows it closely. Axes as in ``measures/base.py``.
"""

from __future__ import annotations

import numpy as np

from cxsim.measures.base import YEAR, Array, Measure, Monthly, last_year, mean_by, n_months, ratio

OFFERS_HALF = 6.0  # offers to a segment changed by what customers said, a year
TALKS_HALF = 0.02  # customers heard, per customer and year
LEADERS_HALF = 1.0  # hours of leaders with customers and processes, per employee and year
PROACTIVE_HALF = 0.5  # calls per long-time customer and year
ASKED_HALF = 0.5  # newcomers asked why they came, as a share
QUESTIONED_HALF = 0.02  # customers questioned about their own business, per customer and year
MENDED_HALF = 20.0  # pain points mended that did not come back, a year
KEPT_HALF = 0.01  # spent on programmes in lean months, as a share of revenue
SPREAD_HALF = 0.05  # standard deviation of the chance that a contact fails


def _scored(count: Array, half: float) -> Array:
    count = np.maximum(count, 0.0)
    score: Array = count / (count + half)
    return score


def _per_year(history: Monthly, name: str) -> Array:
    """A count over the last 12 months, per year."""
    column = last_year(history.firm[name])
    total: Array = column.sum(axis=-2) * (YEAR / column.shape[-2])
    return total


def _each(history: Monthly, name: str, people: str) -> Array:
    """A count of the last 12 months per person and year; nought where there is nobody."""
    mean = last_year(history.firm[people]).mean(axis=-2)
    each: Array = np.divide(_per_year(history, name), mean, out=np.zeros(mean.shape), where=mean > 0)
    return each


def input_score(history: Monthly) -> Array:
    """Customers' input changes the offer: offers changed while customers were heard, as far as they were heard."""
    talks = _each(history, "surveys", "customers") + _each(history, "questionings", "customers")
    score: Array = _scored(_per_year(history, "offers_changed"), OFFERS_HALF) * _scored(talks, TALKS_HALF)
    return score


def in_their_place_score(history: Monthly) -> Array:
    """Leaders in the customer's place: hours with customers and in the firm's own processes."""
    return _scored(_each(history, "leader_uses", "employees"), LEADERS_HALF)


def proactive_score(history: Monthly) -> Array:
    """Calls to long-time customers before anything went wrong."""
    return _scored(_each(history, "proactive_contacts", "tenured"), PROACTIVE_HALF)


def asked_score(history: Monthly) -> Array:
    """New customers are asked why they came."""
    asked, joined = (_per_year(history, name) for name in ("new_asked", "joined"))
    return _scored(np.divide(asked, joined, out=np.zeros(joined.shape), where=joined > 0), ASKED_HALF)


def questioning_score(history: Monthly) -> Array:
    """Customers are questioned about their own business, not only listened to."""
    return _scored(_each(history, "questionings", "customers"), QUESTIONED_HALF)


def mending_score(history: Monthly) -> Array:
    """Severe pain points are mended and stay away: what success is judged by shows in what is done."""
    relief = last_year(history.firm["fixed_issues"] * history.firm["fix_impact"])  # in points of mean severity
    mended = relief.sum(axis=-2) * (YEAR / relief.shape[-2])
    return _scored(mended - _per_year(history, "recurred_issues"), MENDED_HALF)


def lean_months_score(history: Monthly) -> Array:
    """Programmes are paid for in lean months too: those of the last 12 with less profit than their mean.

    Spent on them in lean months as a share of revenue, and less where other months see more of it.
    """
    profit, revenue, costs = (last_year(history.firm[name]) for name in ("profit", "revenue", "programme_cost"))
    lean = profit <= profit.mean(axis=-2, keepdims=True)

    def share(months: Array) -> Array:
        spent, earned = (np.where(months, column, 0.0).sum(axis=-2) for column in (costs, revenue))
        out: Array = np.divide(spent, earned, out=np.zeros(spent.shape), where=earned > 0)
        return out

    kept, other = share(lean), share(~lean)
    held = np.divide(kept, other, out=np.ones(kept.shape), where=other > kept)
    score: Array = _scored(kept, KEPT_HALF) * held
    return score


def consistency_score(history: Monthly) -> Array:
    """Customers meet the same good firm everywhere: failures are rare, and as rare in all silos and at hand-offs."""
    spread = last_year(history.firm["inconsistency"]).mean(axis=-2)
    score: Array = SPREAD_HALF / (SPREAD_HALF + spread) / (1.0 + _each(history, "failures", "customers"))
    return score


SUB_SCORES = (
    input_score, in_their_place_score, proactive_score, asked_score,
    questioning_score, mending_score, lean_months_score, consistency_score,
)  # fmt: skip


def centricity_index(history: Monthly) -> Array:
    """Mean of the sub-scores; nan for a firm that has no customers left."""
    mean = np.mean([score(history) for score in SUB_SCORES], axis=0)
    there = last_year(history.firm["customers"]).sum(axis=-2) > 0
    index: Array = np.where(there, mean, np.nan)
    return index


def knowledge(history: Monthly) -> Array:
    """Mean over months of what the firm knows of its customers' needs."""
    known: Array = last_year(history.firm["knowledge"]).mean(axis=-2)
    return known


def execution_gap(history: Monthly) -> Array:
    """What customers expect less what is delivered, failures counted: over customer-months, in months of spend."""
    return mean_by(history.firm["expectation"] - history.firm["delivered"], history.firm["customers"])


def promise_gap(history: Monthly) -> Array:
    """What the firm announces less what it delivers, failures counted: over customer-months, in months of spend."""
    return mean_by(history.firm["promise"] - history.firm["delivered"], history.firm["customers"])


def ideal_knowledge(history: Monthly) -> Array:
    """What service and sales know, at the end, of the needs of the segment that brings most.

    nan without customers, and where the customers at the end are not known.
    """
    if history.closing is None:
        return np.full(history.start_customers.shape, np.nan)
    of = history.closing.segment
    best = of["contribution"].argmax(axis=-1)[..., None]
    known = np.take_along_axis(of["knowledge"], best, axis=-1)[..., 0]
    return np.where(of["customers"].sum(axis=-1) > 0, known, np.nan)


def culture_shift(history: Monthly) -> Array:
    """Practice in the last month less that in the first: how far the firm's culture has come in the run."""
    practice = history.firm["practice"]
    shift: Array = practice[..., -1, :] - practice[..., 0, :]
    return shift


def failures_per_year(history: Monthly) -> Array:
    """Failures that a customer meets in a year: quality as counted, not as felt."""
    failures, customers = (last_year(history.firm[name]) for name in ("failures", "customers"))
    return YEAR * ratio(failures.sum(axis=-2), customers.sum(axis=-2))


def inconsistency(history: Monthly) -> Array:
    """Mean over months of the spread of a contact's chance to fail."""
    spread: Array = last_year(history.firm["inconsistency"]).mean(axis=-2)
    return spread


def known_issues(history: Monthly) -> Array:
    """Pain points known and not mended at the end of the last month."""
    return history.firm["known_issues"][..., n_months(history) - 1, :]


def mutual_benefit(history: Monthly) -> Array:
    """Alignment x response x mutual profit, each held within 0..1; lacking any one, all is nought.

    What the firm knows of needs; the quality that customers live through; profit as a share of revenue, as
    m / (m + .1). nan for a firm without customers.
    """
    profit, revenue = (last_year(history.firm[name]).sum(axis=-2) for name in ("profit", "revenue"))
    response = np.clip(mean_by(history.firm["quality"], history.firm["customers"]), 0.0, 1.0)
    product: Array = np.clip(knowledge(history), 0.0, 1.0) * response * _scored(ratio(profit, revenue), 0.1)
    return product


GAPS = "Parasuraman, Zeithaml & Berry 1985, J. Marketing 49(4)"
_COUNTED, _DONE = "n / (n + half); see cxsim.measures.centricity", "assumption; counts as article"
_NAMED = {
    "input_score": ("Input changes offers", f"{_DONE} D, metric 1, proposes", "D18"),
    "in_their_place_score": ("Leaders in customers' place", f"{_DONE} D, metric 2, proposes", "D19"),
    "proactive_score": ("Proactive contact", f"{_DONE} D, metric 3, proposes", "D20"),
    "asked_score": ("Newcomers asked why", f"{_DONE} D, metric 4, proposes", "D21"),
    "questioning_score": ("Questioning", f"{_DONE} E, direct contact, asks for", "D15", "E3"),
    "mending_score": ("Pain points mended", f"{_DONE} E, what success is judged by, asks for", "E5"),
    "lean_months_score": ("Programmes kept when lean", f"{_DONE} E, later financial periods, asks for", "E8"),
    "consistency_score": ("Consistency", f"{_DONE} E, boundaries, asks for", "E9"),
}
CENTRICITY = (
    Measure(
        "centricity_index", "Centricity, as done", "share", "mean of the eight sub-scores of what was done",
        "assumption; behaviours counted as articles D and E propose", "higher", centricity_index, "0-1",
        claims=("B15", "D17", "E1"),
    ),
    *(
        Measure(f.__name__, title, "share", _COUNTED, source, "higher", f, "0-1", claims=tuple(claims))
        for f, (title, source, *claims) in ((f, _NAMED[f.__name__]) for f in SUB_SCORES)
    ),
    Measure(
        "mutual_benefit", "Mutual benefit", "share",
        "knowledge of needs x quality lived through x margin / (margin + .1), each within 0..1",
        "assumption; the product that article D proposes", "higher", mutual_benefit, "0-1", claims=("D1",),
    ),
    Measure(
        "knowledge", "Knowledge of needs", "share", "mean over the last 12 months", "definition",
        "higher", knowledge, "0-1", claims=("B8",),
    ),
    Measure(
        "execution_gap", "Expected, not delivered", "months of spend",
        "expectation - quality less what failures took, over the customer-months of the last 12 months",
        f"{GAPS} (gap 5)", "lower", execution_gap, "months of spend", 1.0, 3, claims=("D7",),
    ),
    Measure(
        "failures_per_year", "Failures met", "failures per customer and year",
        "failures / customer-months x 12, over the last 12 months", "definition",
        "lower", failures_per_year, "per year", claims=("E6",),
    ),
    Measure(
        "inconsistency", "Inconsistency", "probability", "mean over the last 12 months", "definition",
        "lower", inconsistency, "0-1", 1.0, 3, claims=("E9", "E10"),
    ),
    Measure(
        "known_issues", "Known pain points", "pain points", "known and not mended at the end", "definition",
        "", known_issues, "pain points", 1.0, 1, claims=("B3",),
    ),
    Measure(
        "promise_gap", "Promised, not delivered", "months of spend",
        "announced quality - quality less what failures took, over the customer-months of the last 12 months",
        f"{GAPS} (gap 4)", "lower", promise_gap, "months of spend", 1.0, 3, claims=("A1", "D7"),
    ),
    Measure(
        "ideal_knowledge", "Ideal customers known", "share",
        "knowledge of the needs of the segment that brings most, at the end", "assumption; as article B advises",
        "higher", ideal_knowledge, "0-1", at_end=True, claims=("B8",),
    ),
    Measure(
        "culture_shift", "Shift of culture", "probability", "practice in the last month - practice in the first",
        "assumption; the shift that article A speaks of", "", culture_shift, "0-1", 1.0, 3, claims=("A13",),
    ),
)  # fmt: skip
