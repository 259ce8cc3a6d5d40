"""Expectations: learned from experience, set up front or left to hope, raised by rivals and by what is granted.

Quality: E' = E + (q - E) dt / tau, q including failures, plus a pull toward the best that is seen elsewhere.
Being granted: g' = g + a (outcome - g) at each request (Rescorla & Wagner 1972): that belief *is* entitlement.
Those who are told what can and cannot be done believe it as far as they trust the firm; the others hope.
A month exceeds expectations, or falls short of them, where q - E and what happened (the answer to a request or a
complaint, a failure, a sanction) come to a day's worth or more.
"""

from __future__ import annotations

from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ONE, ZERO, F, of
from cxsim.parameters import Parameter, policy, world
from cxsim.population import LUCK_TOLD, LUCK_WELCOME

WORLD = world(
    "expectations",
    Parameter(
        "learning_months", 6, "months", 1, 60,
        "assumption: half a year of experience outweighs what was before; range: half to twice",
        "time in which expectation and satisfaction follow experience",
        range=(3, 12), scale="log",
    ),
    Parameter(
        "entitlement_learning_share", 0.15, "share per request", 0, 1,
        "assumption: five answers move the belief half the way; 0 switches entitlement off; range: none to twice",
        "how far one answer moves the belief of being granted",
        range=(0, 0.3),
    ),
    Parameter(
        "naive_entitlement_prob", 0.5, "probability", 0, 1,
        "assumption: who knows nothing holds the odds to be even; range: unlikely to likely",
        "belief of being granted when nothing was said",
        range=(0.2, 0.8),
    ),
    Parameter(
        "optimism", 0.1, "months of spend", 0, 1,
        "assumption: unsaid limits are taken to be three days' worth better; range: none to twice",
        "quality hoped for beyond what is announced, when nothing is set up front",
        range=(0, 0.2),
    ),
    Parameter(
        "rival_pull_rate", 0.01, "per month", 0, 0.5,
        "assumption: a tenth of the gap a year; range: none to twice",
        "how fast expectation rises to the best that is seen elsewhere",
        range=(0, 0.02),
    ),
    Parameter(
        "outside_quality", 0, "months of spend", 0, 2,
        ("assumption: no shock; set by a dated shock (article E); range: nothing better, to a service that fits "
         "entirely"),
        "quality that customers see in other industries",
        range=(0, 1),
    ),
)
POLICY = policy(
    "expectations",
    Parameter(
        "set_up_front_share", 0.3, "share", 0, 1,
        "lever: article D (set expectations up front)",
        "new customers, and present ones once a year, who are told what can and cannot be done",
        "prevents disappointment and requests in vain",
        "takes time, and the honest picture wins fewer prospects",
        claims=("D5", "D7"),
    ),
    Parameter(
        "hype", 0, "months of spend", 0, 1,
        "lever: articles A and C (slogans, hype)",
        "announced beyond what is delivered",
        "wins prospects",
        "disappoints those who believed it",
        claims=("A1", "C2", "D7", "E18"),
    ),
)
CLAIMS = ("E13", "E14")
READS = (
    "served_by", "firm", "joined", "trust", "asked", "granted", "failed", "quality", "relief", "recovery", "sanctioned",
)  # fmt: skip
WRITES = ("expectation", "entitlement", "told", "best_seen", "exceeded", "fell_short")
_DAY = F(1 / 30)


@step
def announce(firms, world, policy):  # type: ignore[no-untyped-def]
    """Each firm announces what it delivers on average, less what failures took, three months smoothed, and hype."""
    s, share = firms[0], min(world[0].dt / F(3), ONE)
    for f in range(len(s.alive)):
        s.failure_toll[f] = world[0].journey.failure_loss / world[0].dt  # quality is a level, failures a flow
        if s.served[f] > 0:
            delivered = F((s.sum_quality[f] - s.failure_toll[f] * s.failures[f]) / s.served[f])
            s.promise[f] += share * (delivered + policy[0].expectations.hype[f] - s.promise[f])


@step
def learn(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Expectation and entitlement after the month's experience."""
    c, w, p, d = tile[0], world[0].expectations, policy[0], world[0].dt
    follow, pull, outside = d / w.learning_months, w.rival_pull_rate * d, w.outside_quality
    teach = w.entitlement_learning_share
    loss, sanction = world[0].journey.failure_loss, world[0].conduct.sanction_loss
    failure = loss / w.learning_months
    yearly = d / F(12)
    up_front, conceded = p.expectations.set_up_front_share, p.requests.conceded_share
    u = luck[LUCK_TOLD]
    for i in range(c.m):
        c.best_seen[i] = outside
    for f in range(c.image.shape[0]):
        announced = firms[0].promise[f] if firms[0].alive[f] > ZERO else outside
        for i in range(c.m):
            c.best_seen[i] = max(c.best_seen[i], announced) if c.served_by[i] != f else c.best_seen[i]
    for i in range(c.m):
        firm = c.served_by[i]
        here = firm >= 0
        told = here & (u[i] < yearly * of(up_front, firm))
        old = c.expectation[i]
        new = old + follow * (c.quality[i] - old) - failure * c.failed[i] + pull * max(c.best_seen[i] - old, ZERO)
        c.expectation[i] = new if here else old
        beyond = (c.quality[i] - old) * d + c.relief[i] + c.recovery[i] - loss * c.failed[i]
        beyond -= sanction * c.sanctioned[i]
        c.exceeded[i] = ONE if here & (beyond >= _DAY) else ZERO
        c.fell_short[i] = ONE if here & (beyond <= -_DAY) else ZERO
        g = c.entitlement[i]
        g += c.asked[i] * teach * (c.granted[i] - g)
        g += (c.trust[i] if told else ZERO) * (of(conceded, firm) - g)
        c.entitlement[i] = g
        c.told[i] = ONE if told else ZERO


@step
def arrive(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """What new customers expect: the promise, and hope where nothing was set up front."""
    c, w, p, promise = tile[0], world[0].expectations, policy[0], firms[0].promise
    hope, naive = w.optimism, w.naive_entitlement_prob
    up_front, conceded = p.expectations.set_up_front_share, p.requests.conceded_share
    u = luck[LUCK_WELCOME]
    for i in range(c.m):
        new, firm = c.joined[i] > ZERO, c.firm[i]
        told = new & (u[i] < of(up_front, firm))
        hoped = of(promise, firm) + (ZERO if told else hope)
        belief = naive + (HALF if told else ZERO) * (of(conceded, firm) - naive)
        c.expectation[i] = hoped if new else c.expectation[i]
        c.entitlement[i] = belief if new else c.entitlement[i]
        c.told[i] = (ONE if told else ZERO) if new else c.told[i]
