"""Satisfaction, trust, and staying, leaving or choosing a firm.

Satisfaction: S' = S + [(q - dear + G(q - E) - S) dt + utility of requests, recovery and failures] / tau, the
expectation-disconfirmation model (Oliver 1980, J. Marketing Research 17): G(x) is g x where more is had than was
expected, and L(x) / 2, with loss aversion L, where less is; dear is what the price takes (see pricing). Trust rises
with good surprises and falls with bad ones. A customer reconsiders, and leaves, at a hazard h_i exp(-beta (S -
S_elsewhere)), h_i a gamma frailty, beta the slope; a person without a firm looks for one at the mean hazard. The next
firm, or none, is a logit choice with the same beta by image and by what is said: hope where nothing is set up front,
hype, and how far the message is to the point. Newcomers start with the image they had as satisfaction and a trust of
.5.
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, LOSS, ONE, ZERO, F, clip, exp, felt, of
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_CHOICE, LUCK_LEAVE

WORLD = world(
    "loyalty",
    Parameter(
        "satisfaction_slope", 2.94, "per month of spend", 0, 20,
        "assumption: a standard deviation of the baseline's customers, .16, changes it 1.6-fold; range: none to twice",
        "how strongly satisfaction, and the belief of it, decides on staying and choosing",
        range=(0, 5.88),
    ),
    Parameter(
        "delight_gain", 0.5, "ratio", 0, 3,
        "assumption: half as much again as what was expected; range: exceeding is no more than meeting, to twice that",
        "satisfaction by quality beyond what was expected, per month of spend",
        range=(0, 1),
    ),
    Parameter(
        "leaving_per_year", 0.18, "per year", 0, 3,
        "assumption within 10-25 % a year (secondary sources); range: that, and more, for the restless leave first",
        "hazard to leave of a person of mean frailty who is as satisfied as elsewhere; without a firm, to look for one",
        range=(0.1, 0.3), scale="log",
    ),
    Parameter(
        "frailty_cv", 1, "ratio", 0, 2,
        "assumption: of the order of the heterogeneity in Fader & Hardie 2007; range: half to one and a half",
        "coefficient of variation of the hazard to leave between people (gamma)",
        range=(0.5, 1.5),
    ),
    Parameter(
        "trust_gain", 0.3, "per month of spend", 0, 5,
        "assumption: a failure takes a fifth of trust; range: none to twice",
        "how fast trust moves with surprises",
        range=(0, 0.6),
    ),
    Parameter(
        "doing_without", 0.6, "months of spend", -2, 2,
        "assumption: a third of those who leave choose no firm; range: from a sixth to nearly half of them",
        "satisfaction of going without any firm",
        range=(0.3, 0.8),
    ),
)
CLAIMS = ("D2", "E7")
READS = (
    "served_by", "frailty", "quality", "failed", "relief", "recovery", "sanctioned", "expectation", "ended", "image",
    "barred", "segment",
)  # fmt: skip
WRITES = ("satisfaction", "trust", "firm", "tenure", "left", "joined", "lead", "odds", "chosen")
_FIRST_TRUST, _ODDS_CAP = F(0.5), F(60)


@step
def satisfy(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Satisfaction and trust after the month's experience."""
    c, w, d = tile[0], world[0].loyalty, world[0].dt
    rate, trusting = ONE / world[0].expectations.learning_months, w.trust_gain
    loss, sanction = world[0].journey.failure_loss, world[0].conduct.sanction_loss
    failure_felt, delight, half_loss = felt(loss), w.delight_gain, HALF * LOSS
    dear, dearer = firms[0].dear, firms[0].dearer
    for i in range(c.m):
        firm = c.served_by[i]
        gap = c.quality[i] - c.expectation[i]
        s = c.satisfaction[i] - of(dearer, firm)
        felt_gap = delight * max(gap, ZERO) + half_loss * min(gap, ZERO)
        level = (c.quality[i] - of(dear, firm) + felt_gap - s) * d
        events = c.relief[i] + c.recovery[i] - failure_felt * c.failed[i] - sanction * c.sanctioned[i]
        c.satisfaction[i] = clip(s + rate * (level + events), F(-9), F(9)) if firm >= 0 else c.satisfaction[i]
        # a complaint made good mends the breach at best: recovery earns no trust (assumption)
        surprise = gap * d - max(loss * c.failed[i] - c.recovery[i], ZERO)
        t = c.trust[i]
        moved = t + trusting * (max(surprise, ZERO) * (ONE - t) + LOSS * min(surprise, ZERO) * t)
        c.trust[i] = clip(moved, ZERO, ONE) if firm >= 0 else t


@step
def look(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """What each person believes to be had elsewhere, and the firm she would choose (logit)."""
    c, w, p, alive, appeal = tile[0], world[0].loyalty, policy[0].expectations, firms[0].alive, firms[0].appeal
    beta, hope = w.satisfaction_slope, world[0].expectations.optimism
    for i in range(c.m):
        c.lead[i] = w.doing_without
    for f in range(c.odds.shape[0]):
        said = hope * (ONE - p.set_up_front_share[f]) + p.hype[f]
        living, bit = alive[f] > ZERO, np.int32(1 << f)
        appeal0, appeal1, appeal2 = appeal[f, 0], appeal[f, 1], appeal[f, 2]
        for i in range(c.m):
            other = living & (c.served_by[i] != f)
            open_ = other & ((c.barred[i] & bit) == 0)
            c.lead[i] = max(c.lead[i], c.image[f, i]) if open_ else c.lead[i]
            g = c.segment[i]
            heard = said + (appeal2 if g == 2 else (appeal1 if g == 1 else appeal0))
            odds = exp(clip(beta * (c.image[f, i] + heard), -_ODDS_CAP, _ODDS_CAP))
            c.odds[f, i] = odds if open_ else ZERO
    without, u = exp(clip(beta * w.doing_without, -_ODDS_CAP, _ODDS_CAP)), luck[LUCK_CHOICE]
    for i in range(c.m):
        total = without
        for f in range(c.odds.shape[0]):
            total += c.odds[f, i]
        mark, reached, chosen = u[i] * total, without, np.int32(-1)
        for f in range(c.odds.shape[0]):
            chosen = np.int32(f) if (mark >= reached) & (c.odds[f, i] > ZERO) else chosen
            reached += c.odds[f, i]
        c.chosen[i] = chosen
        c.lead[i] = c.satisfaction[i] - c.lead[i]


@step
def decide(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Who stays, who leaves, who joins. Whoever loses her firm against her will chooses another at once."""
    c, w, d = tile[0], world[0].loyalty, world[0].dt
    beta, hazard, u = w.satisfaction_slope, w.leaving_per_year / F(12) * d, luck[LUCK_LEAVE]
    for i in range(c.m):  # three loops: each is short enough to vectorise
        own = c.frailty[i] * exp(-beta * c.lead[i]) if c.served_by[i] >= 0 else ONE
        chance = ONE - exp(-hazard * own)
        displaced = c.tenure[i] < ZERO  # her firm has closed: she looks for another at once
        c.left[i] = ONE if (u[i] < chance) | displaced | (c.ended[i] > ZERO) else ZERO
    for i in range(c.m):
        firm, chosen, moves = c.served_by[i], c.chosen[i], c.left[i] > ZERO
        customer, ended = firm >= 0, c.ended[i] > ZERO
        joined = moves & (chosen >= 0)
        after = chosen if moves else firm
        c.left[i] = ONE if customer & moves & (not ended) else ZERO
        c.joined[i] = ONE if joined else ZERO
        c.firm[i] = after
        stays = customer & (not moves)
        c.tenure[i] = c.tenure[i] + d if stays else ZERO
        c.trust[i] = _FIRST_TRUST if joined else c.trust[i]
    for f in range(c.image.shape[0]):
        image = c.image[f]
        for i in range(c.m):
            arrives = c.joined[i] if c.chosen[i] == f else ZERO
            c.satisfaction[i] += arrives * (image[i] - c.satisfaction[i])
