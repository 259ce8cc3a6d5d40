"""Requests beyond what was agreed, and how policy answers them.

An occasion has a value v (lognormal) to the customer and a cost c = chi v x lognormal(mean 1) to the firm, of the same
spread. She asks when v g exceeds the hassle, g being her belief that it will be granted, for which free grants count.
The firm grants a share of what is asked, choosing by a score rho z + sqrt(1 - rho^2) noise, z being how cheap a request
is for its value and rho = selectivity x sqrt(knowledge): blind screening is random granting at the same share. What is
not granted may be sold at a mark-up of a fifth, met by an alternative (which fits as often as the firm knows her
needs), or is refused. Utility of the answer: n + L(n - g v), n its net value, L loss aversion (Koszegi & Rabin 2006).
"""

from __future__ import annotations

import numpy as np

from cxsim.company import MARK_UP
from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, MOST, ONE, ZERO, F, exp, log, normal, of, valued
from cxsim.parameters import Parameter, policy, world
from cxsim.population import LUCK_COST, LUCK_EXTRA, LUCK_OCCASION, LUCK_SCREEN, LUCK_VALUE

_MOS = "months of spend"
WORLD = world(
    "requests",
    Parameter(
        "out_of_scope_rate", 0.15, "per month", 0, 1,
        "assumption: nearly two occasions a year; range: half to twice",
        "occasions for wanting more than was agreed",
        range=(0.075, 0.3), scale="log",
    ),
    Parameter(
        "asking_cv", 1, "ratio", 0, 2,
        "assumption: as the hazard to leave; range: half to that of CDNOW's purchases (BG/NBD, r = .243: 2.0)",
        "coefficient of variation of occasions between people (gamma)",
        range=(0.5, 2), scale="log",
    ),
    Parameter(
        "value_median", 0.3, _MOS, 0.02, 3,
        "assumption: nine days of the service's value; range: half to twice",
        "median value of a request to the customer",
        range=(0.15, 0.6), scale="log",
    ),
    Parameter(
        "value_sigma", 0.8, "log units", 0, 2,
        "assumption: one in five is worth over twice the median; cost is as uncertain; range: half to one and a half",
        "spread of the logarithm of value between requests, and of cost between those of like value",
        range=(0.4, 1.2),
    ),
    Parameter(
        "cost_to_value", 1, "ratio", 0.1, 3,
        "assumption: a favour costs what it is worth, the crux of the doormat; range: a quarter of its worth, to twice",
        "mean cost of a request to the firm over its value",
        range=(0.25, 2), scale="log",
    ),
    Parameter(
        "hassle", 0.1, _MOS, 0, 1,
        "assumption: three days of the service's value; range: none to twice",
        "trouble of asking",
        range=(0, 0.2),
    ),
    Parameter(
        "alternative_value_share", 0.6, "share", 0, 1,
        "assumption: a substitute is worth less than the wish; range: worthless, to as good as the wish",
        "value of a fitting alternative against what was asked",
        range=(0, 1),
    ),
    Parameter(
        "alternative_cost_share", 0.35, "share", 0, 1,
        "assumption: it costs about a third; range: half to twice",
        "cost of an alternative against what was asked",
        range=(0.175, 0.7), scale="log",
    ),
)
POLICY = policy(
    "requests",
    Parameter(
        "conceded_share", 0.5, "share of requests", 0, 1,
        "lever: article D (not a doormat)",
        "requests beyond the agreement that are granted free",
        "customers stay, recommend, and show needs that they cannot state",
        "costs money and labour, and teaches to expect it",
        claims=("D3", "E15", "E19"),
    ),
    Parameter(
        "selectivity", 0.3, "share", 0, 1,
        "lever: article D (mutual benefit)",
        "how far granting looks at cost against value instead of at who asks first",
        "grants what is cheap for its worth",
        "screening takes time",
        claims=("D3", "E19"),
    ),
    Parameter(
        "charged_share", 0.2, "share of requests not granted", 0, 1,
        "lever: article D (upgrades and add-ons)",
        "requests not granted that are quoted as a priced extra",
        "earns on what customers value",
        "every quote takes time, accepted or not",
        claims=("D3", "D5"),
    ),
    Parameter(
        "alternative_share", 0.3, "share of requests not granted or sold", 0, 1,
        "lever: articles D and E (guide)",
        "requests not granted or sold for which an alternative is sought",
        "saves part of the value at a part of the cost",
        "seeking takes time, and does not always fit",
        claims=("D6", "E19"),
    ),
)
CLAIMS = ()
READS = ("served_by", "asking", "entitlement")
WRITES = ("asked", "granted", "charged", "alternative", "relief", "extras", "concession")


@step
def answer(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Occasions, asking, and the firm's answer with its utility and cost."""
    c, w, p, t, d = tile[0], world[0].requests, policy[0].requests, firms[0], world[0].dt
    rate, median, sigma = w.out_of_scope_rate * d, log(w.value_median), w.value_sigma
    chi, hassle, mark_up = w.cost_to_value, w.hassle, F(MARK_UP)
    worth, effort = w.alternative_value_share, w.alternative_cost_share
    u_occasion, u_value, u_cost, u_screen = luck[LUCK_OCCASION], luck[LUCK_VALUE], luck[LUCK_COST], luck[LUCK_SCREEN]
    u_extra = luck[LUCK_EXTRA]
    for i in range(c.m):
        firm, g = c.served_by[i], c.entitlement[i]
        value = min(exp(median + sigma * normal(u_value[i])), MOST)
        dear = normal(u_cost[i])
        cost = min(chi * value * exp(sigma * dear - HALF * sigma * sigma), MOST)
        occasion = u_occasion[i] < rate * c.asking[i]  # linear: as many a year, however the month is cut
        asked = (firm >= 0) & occasion & (value * g > hassle)
        knowledge = of(t.knowledge, firm)
        rho = of(p.selectivity, firm) * np.sqrt(knowledge)
        score = np.sqrt(ONE - rho * rho) * normal(u_screen[i]) - rho * dear
        granted = asked & (score > of(t.grant_threshold, firm))
        ungranted = asked & (score <= of(t.grant_threshold, firm))
        share = of(p.charged_share, firm)
        quoted = u_extra[i] < share
        charged = ungranted & quoted & (value > mark_up * cost)
        # one draw for both: an alternative is sought and fits for this part of those quoted, and of those not quoted
        chance = of(p.alternative_share, firm) * knowledge
        found = u_extra[i] < (share * chance if quoted else share + (ONE - share) * chance)
        fits = ungranted & (not charged) & found
        net = value if granted else ZERO
        net = value - mark_up * cost if charged else net
        net = worth * value if fits else net
        c.asked[i] = ONE if asked else ZERO
        c.granted[i] = ONE if granted else ZERO
        c.charged[i] = ONE if charged else ZERO
        c.alternative[i] = ONE if fits else ZERO
        c.relief[i] = net + valued(net - g * value) if asked else ZERO
        c.extras[i] = min(mark_up * cost, MOST) if charged else ZERO
        c.concession[i] = cost if granted else (effort * cost if fits else ZERO)
