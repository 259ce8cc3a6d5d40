"""The journey: contacts that pass through several silos, hand-offs that lose information, and waiting.

Contacts arrive at a rate; a contact fails within a silo with the firm's failure probability, or where it is handed on
with the firm's probability of losing information there. A failure repeats the contact. Newcomers' contacts are handed
on twice as often; for those who stayed a year, calls beforehand prevent a part of the failures. Quality before failures
is fit x care - loss x wait: a month of waiting is as bad as a failure. What an adjacent service adds comes on top, for
those who want more than was agreed more often than the mean person.
"""

from __future__ import annotations

from cxsim.engine.kernels import step
from cxsim.engine.numerics import ONE, TWO, ZERO, F, of
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_CONTACT

WORLD = world(
    "journey",
    Parameter(
        "contact_rate", 0.5, "per month", 0, 1,
        ("assumption: a customer has to do with the firm's people every second month; range: every fourth month to "
         "three in four; more, and few firms could live at this price"),
        "contacts of a customer with the firm's people",
        range=(0.25, 0.75), scale="log",
    ),
    Parameter(
        "failure_prob", 0.05, "probability per contact", 0, 0.5,
        ("assumption: one contact in twenty, with experienced staff of normal exhaustion and engagement; range: half "
         "to twice"),
        "chance that a contact fails within a silo, before any improvement",
        range=(0.025, 0.1), scale="log",
    ),
    Parameter(
        "failure_loss", 0.3, "months of spend", 0, 2,
        "assumption: a failure costs nine days of the service's value; range: none to twice",
        "quality lost by a failure, and by a month of waiting, before loss aversion",
        range=(0, 0.6),
    ),
    Parameter(
        "handoff_loss_prob", 0.08, "probability per contact", 0, 0.5,
        ("assumption: two contacts in five pass through two further silos, and one hand-off in ten loses something; "
         "at 0 departments do not depend on one another; range: none to twice"),
        "chance that a contact fails at a hand-off when silos share nothing",
        range=(0, 0.16),
    ),
)
CLAIMS = ("C7", "E9")
READS = ("firm", "fit", "tenure", "wallet", "asking")
WRITES = ("served_by", "quality", "contact", "failed", "lost", "load", "spend")

_NEWCOMER, _YEAR = F(3), F(12)


@step
def begin(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Note which firm serves each customer this month, and what she pays for the agreed service."""
    c, d = tile[0], world[0].dt
    for i in range(c.m):
        c.served_by[i] = c.firm[i]
        c.spend[i] = c.wallet[i] * d if c.firm[i] >= 0 else ZERO


@step
def travel(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Contacts, failures and the quality of the month."""
    c, w, d, t = tile[0], world[0].journey, world[0].dt, firms[0]
    rate, loss = w.contact_rate * d, w.failure_loss
    u = luck[LUCK_CONTACT]
    for i in range(c.m):
        firm = c.served_by[i]
        here = ONE if firm >= 0 else ZERO
        often = TWO if c.tenure[i] < _NEWCOMER else ONE
        called = of(t.foresight, firm) if c.tenure[i] >= _YEAR else ZERO
        within = of(t.failure_prob, firm)
        fails = min(within + often * of(t.handoff_loss_prob, firm), ONE) * (ONE - called)
        failed = u[i] < rate * fails  # linear: as many a year, however the month is cut
        lost = failed & (u[i] >= rate * within * (ONE - called))
        contact = u[i] < rate
        c.failed[i] = here if failed else ZERO
        c.lost[i] = here if lost else ZERO
        c.contact[i] = here if contact else ZERO
        c.load[i] = here * rate * (ONE + fails)
        beside = of(t.adjacent, firm) if c.asking[i] > ONE else ZERO
        c.quality[i] = here * (c.fit[i] * of(t.care, firm) - loss * of(t.wait_months, firm) + beside)
