"""Satisfaction, trust, and staying, leaving or choosing a firm.

Satisfaction: S' = S + [(q + L(q - E) / 2 - S) dt + utility of requests, recovery and failures] / tau, the
expectation-disconfirmation model (Oliver 1980, J. Marketing Research 17) with loss aversion L. Trust rises with
good surprises and falls with bad ones. A customer reconsiders, and leaves, at a hazard
h_i exp(-beta (S - S_elsewhere) / sd): h_i a gamma frailty, beta per standard deviation of satisfaction in the
baseline. The next firm, or none, is a logit choice by image and promise with the same beta.
"""

from __future__ import annotations

from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import HALF, LOSS, ONE, ZERO, F, clip, exp, valued
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_CHOICE, LUCK_LEAVE

WORLD = world(
    "loyalty",
    Parameter("satisfaction_months", 6, "months", 1, 60, "assumption: as fast as expectation",
              "time in which satisfaction follows experience"),
    Parameter("satisfaction_sd", 0.2, "months of spend", 0.02, 2, "measured in the baseline, then frozen: the unit of beta",
              "standard deviation of satisfaction between customers"),
    Parameter("satisfaction_beta", 0.47, "per standard deviation", 0, 3,
              "assumption: one standard deviation changes the hazard by a factor of 1.6; 0 switches satisfaction off",
              "how strongly satisfaction, and the belief of it, decides on staying and choosing"),
    Parameter("leaving_per_year", 0.18, "per year", 0, 3, "annual consumer churn is 10-25 % (secondary sources)",
              "hazard to leave of a person of mean frailty who is as satisfied as elsewhere"),
    Parameter("frailty_cv", 1, "ratio", 0, 2, "assumption: of the order of the heterogeneity in Fader & Hardie 2007",
              "coefficient of variation of the hazard to leave between people (gamma)"),
    Parameter("trust_rate", 0.3, "per month of spend", 0, 5, "assumption: a failure takes a tenth to a fifth of trust",
              "how fast trust moves with surprises"),
    Parameter("entry_rate", 0.06, "per month", 0, 1, "assumption: a prospect looks round every 17 months",
              "rate at which prospects look for a firm"),
    Parameter("doing_without", 0.3, "months of spend", -2, 2, "assumption: well below what firms deliver",
              "satisfaction of going without any firm"),
)  # fmt: skip
READS = ("served_by", "frailty", "quality", "failed", "relief", "recovery", "resolved", "sanctioned", "expectation", "ended", "image")
WRITES = ("satisfaction", "trust", "firm", "tenure", "barred", "left", "joined", "lead")

_FIRST_TRUST = F(0.5)
_EXIT_ODDS_CAP = F(60)


@step
def satisfy(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Satisfaction and trust after the month's experience."""
    c, w, d = tile[0], world[0].loyalty, world[0].dt
    rate, trusting = ONE / w.satisfaction_months, w.trust_rate
    loss = world[0].journey.failure_loss
    failure_felt = loss - HALF * valued(-loss)
    sanction = world[0].conduct.sanction_loss
    for i in range(c.m):
        gap = c.quality[i] - c.expectation[i]
        s = c.satisfaction[i]
        level = (c.quality[i] + HALF * valued(gap) - s) * d
        events = c.relief[i] + c.recovery[i] - failure_felt * c.failed[i] - sanction * c.sanctioned[i]
        here = c.served_by[i] >= 0
        c.satisfaction[i] = clip(s + rate * (level + events), F(-9), F(9)) if here else s
        surprise = gap * d + c.recovery[i] - loss * c.failed[i]
        t = c.trust[i]
        moved = t + trusting * (max(surprise, ZERO) * (ONE - t) + LOSS * min(surprise, ZERO) * t)
        c.trust[i] = clip(moved, ZERO, ONE) if here else t


@inline
def _appeal(c, i, f, firm, beta, hope, policy, firms):  # type: ignore[no-untyped-def]
    """Odds of firm ``f`` in person ``i``'s choice; 0 for the firm she leaves, one that barred her, or a dead one."""
    p = policy[0].expectations
    seen = c.image[f, i] + hope * (ONE - p.set_up_front_share[f]) + p.hype[f]
    open_ = (firm != f) & ((c.barred[i] >> f) & 1 == 0) & (firms[0].alive[f] > ZERO)
    return exp(clip(beta * seen, -_EXIT_ODDS_CAP, _EXIT_ODDS_CAP)) if open_ else ZERO


@step
def decide(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Who leaves, who looks round, and which firm they choose."""
    c, w, d, alive = tile[0], world[0].loyalty, world[0].dt, firms[0].alive
    n = c.image.shape[0]
    beta, hazard, entry = w.satisfaction_beta / w.satisfaction_sd, w.leaving_per_year / F(12) * d, w.entry_rate * d
    hope = world[0].expectations.optimism
    without = exp(clip(beta * w.doing_without, -_EXIT_ODDS_CAP, _EXIT_ODDS_CAP))
    typical = w.doing_without
    u, v = luck[LUCK_LEAVE], luck[LUCK_CHOICE]
    for i in range(c.m):
        firm, before = c.served_by[i], c.firm[i]
        elsewhere = typical
        for f in range(n):
            elsewhere = max(elsewhere, c.image[f, i]) if (firm != f) & (alive[f] > ZERO) else elsewhere
        lead = c.satisfaction[i] - elsewhere
        c.lead[i] = lead
        ended, bankrupt = c.ended[i] > ZERO, (before >= 0) & (firm < 0)
        chance = ONE - exp(-(hazard * c.frailty[i] * exp(-beta * lead) if firm >= 0 else entry))
        moves = (u[i] < chance) & (not ended)
        total = without
        for f in range(n):
            total += _appeal(c, i, f, firm, beta, hope, policy, firms)
        mark, reached, chosen = v[i] * total, without, -1
        for f in range(n):
            odds = _appeal(c, i, f, firm, beta, hope, policy, firms)
            chosen = f if (mark >= reached) & (odds > ZERO) else chosen
            reached += odds
        left = (firm >= 0) & (moves | ended)
        joined = moves & (chosen >= 0)
        now = chosen if moves else firm
        now = -1 if ended else now
        c.left[i] = ONE if left & (not ended) else ZERO
        c.joined[i] = ONE if joined else ZERO
        c.barred[i] = c.barred[i] | (1 << max(firm, 0)) if ended else c.barred[i]
        c.firm[i] = now
        stays = (firm >= 0) & (not left) & (not bankrupt)
        c.tenure[i] = c.tenure[i] + d if stays else ZERO
        believed = c.image[0, i]
        for f in range(1, n):
            believed = c.image[f, i] if chosen == f else believed
        c.satisfaction[i] = believed if joined else c.satisfaction[i]
        c.trust[i] = _FIRST_TRUST if joined else c.trust[i]
