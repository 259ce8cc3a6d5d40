"""Ending relationships without mutual benefit, judged on what they would save.

The cost of a customer that could be avoided (fulfilment, service, concessions, compensation, less what extras earn) is
smoothed over a year and shrunk to the firm's mean by the length of the evidence (an empirical-Bayes weight
n / (n + 12): a record as long as its own smoothing counts half); where it exceeds her contribution the firm may end
the relationship. She tells others, and cannot return.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import MARK_UP, OFFICE_SHARE
from cxsim.engine.kernels import step
from cxsim.engine.numerics import MOST, ONE, TWO, ZERO, F, clip, exp, log, of
from cxsim.parameters import Parameter, policy
from cxsim.population import LUCK_LEAVE

POLICY = policy(
    "relationships",
    Parameter(
        "ending_rate", 0, "per month", 0, 1,
        "lever: article D (no mutual benefit: terminate)",
        "rate at which relationships found to lose money are ended",
        "saves what they cost",
        "loses scale and name, and strikes some unlucky good customers",
        claims=("D8",),
    ),
)
CLAIMS = ()
READS = (
    "served_by", "firm", "wallet", "spend", "tenure", "load", "asked", "complained", "concession", "extras",
    "granted", "charged", "failed", "resolved", "frailty", "lead", "joined",
)  # fmt: skip
WRITES = ("cost_to_serve", "ended", "barred", "equity")

_SOME = F(1e-6)
_YEAR, _RECORD = F(12), F(24)  # months: smoothing; a record so smoothed holds no more


@step
def judge(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Smooth each customer's avoidable cost, and choose whose relationship is ended."""
    c, w, d, t = tile[0], world[0], world[0].dt, firms[0]
    goods, price = w.finance.variable_cost_share, policy[0].pricing.relative_price
    contact_hours, extra_hours, order_hours = w.work.contact_hours, w.work.request_hours, w.work.operations_hours
    p = policy[0].requests
    quoted, sought, screened = p.charged_share, p.alternative_share, p.selectivity
    rate, effort = policy[0].relationships.ending_rate, policy[0].recovery.effort_share
    paid, gain = policy[0].recovery.compensation, ONE - ONE / F(MARK_UP)
    u, share = luck[LUCK_LEAVE], d / _YEAR
    for i in range(c.m):
        firm = c.served_by[i]
        pursued = c.complained[i] * (ONE + of(effort, firm))
        ungranted = c.asked[i] - c.granted[i]
        tried = of(quoted, firm) * ungranted + of(sought, firm) * (ungranted - c.charged[i])
        hours = order_hours * (c.spend[i] + c.failed[i]) + contact_hours * (c.load[i] + pursued)
        hours += extra_hours * (c.asked[i] * (ONE + of(screened, firm)) + tried)
        bought = c.concession[i] - gain * c.extras[i] + c.resolved[i] * of(paid, firm)
        cost = hours * of(t.labour_price, firm) + bought
        mean = of(t.typical_cost, firm)
        record = clip(c.cost_to_serve[i] + (cost / _YEAR - share * c.cost_to_serve[i]), -MOST, MOST)
        record = record if firm >= 0 else c.cost_to_serve[i]
        c.cost_to_serve[i] = record
        n = min(c.tenure[i], _RECORD)
        judged = mean + (record - mean) * n / (n + _YEAR)
        loses = (firm >= 0) & (judged > (of(price, firm) - goods) * c.wallet[i])
        # the upper tail of the draw whose lower tail decides on leaving: the two exclude each other
        ended = loses & (u[i] > exp(-of(rate, firm) * d))
        c.ended[i] = ONE if ended else ZERO
    for f in range(c.image.shape[0]):
        bit, none = np.int32(1 << f), np.int32(0)
        for i in range(c.m):
            closed = (c.ended[i] > ZERO) & (c.served_by[i] == f)
            c.barred[i] = c.barred[i] | (bit if closed else none)


@step
def value(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Discounted contribution to expect of each customer: m / (h + r), with her own hazard to leave.

    Contribution is what she pays less all that grows with the number of customers: goods, the cost to serve, the
    offices' hours, and on these the overhead of time that is paid for and not spent on customers. It may be
    negative. A newcomer has the record of the firm's mean customer.

    The continuous-time lifetime value at a constant hazard h and discount rate r a month (Gupta, Lehmann & Stuart
    2004 give the discrete form); own hazards, since a mean hazard misprices a mixed base (Fader & Hardie 2010).
    """
    c, w = tile[0], world[0]
    goods, price = w.finance.variable_cost_share, policy[0].pricing.relative_price
    hazard = w.loyalty.leaving_per_year / _YEAR
    discount = log(ONE + w.finance.discount_per_year) / _YEAR
    slope = w.loyalty.satisfaction_slope
    t, office_hours = firms[0], TWO * F(OFFICE_SHARE) * w.work.operations_hours
    for i in range(c.m):
        new = c.joined[i]
        c.cost_to_serve[i] += new * (of(t.typical_cost, c.firm[i]) - c.cost_to_serve[i])
    for i in range(c.m):
        lead = c.lead[i] * (ONE - c.joined[i])
        own = hazard * c.frailty[i] * exp(-slope * lead)
        costs = c.cost_to_serve[i] + office_hours * of(t.labour_price, c.firm[i])
        month = (of(price, c.firm[i]) - goods) * c.wallet[i] - costs * of(t.overhead, c.firm[i])
        worth = clip(month / max(own + discount, _SOME), -MOST, MOST)
        c.equity[i] = worth if c.firm[i] >= 0 else ZERO
