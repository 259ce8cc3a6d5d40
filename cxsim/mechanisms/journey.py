"""The journey: contacts that pass through several silos, hand-offs that lose information, and waiting.

Contacts arrive at a rate; a contact fails within a silo with the firm's failure probability, or at one of its
hand-offs, each of which loses information with the firm's hop-loss probability. A failure repeats the contact.
Newcomers make one hop more. Quality before failures is fit x care - loss x wait.
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
        "assumption: a customer has to do with the firm's people every second month",
        "contacts of a customer with the firm's people",
    ),
    Parameter(
        "failure_prob", 0.05, "probability per contact", 0, 0.5,
        "assumption: one contact in twenty, with experienced staff of normal exhaustion and engagement",
        "chance that a contact fails within a silo, before any improvement",
    ),
    Parameter(
        "failure_loss", 0.3, "months of spend", 0, 2,
        "assumption: a failure costs nine days of the service's value",
        "quality lost by a failure, before loss aversion",
    ),
    Parameter(
        "handoff_share", 0.4, "share of contacts", 0, 1,
        "assumption: two contacts in five need a second and a third silo",
        "contacts that are handed on through two further silos",
    ),
    Parameter(
        "hop_loss_prob", 0.1, "probability per hand-off", 0, 0.5,
        "assumption: one hand-off in ten loses something where nothing is shared",
        "chance that a hand-off loses information when silos share nothing",
    ),
    Parameter(
        "wait_loss", 0.4, "months of spend per month waited", 0, 3,
        "assumption: a month of waiting forgoes two fifths of its value",
        "quality lost by waiting",
    ),
)
READS = ("firm", "fit", "tenure", "wallet")
WRITES = ("served_by", "quality", "contact", "failed", "load", "spend")

_NEWCOMER = F(3)


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
    rate, handed, wait_loss = w.contact_rate * d, w.handoff_share, w.wait_loss
    u = luck[LUCK_CONTACT]
    for i in range(c.m):
        firm = c.served_by[i]
        here = ONE if firm >= 0 else ZERO
        hops = TWO * handed + (ONE if c.tenure[i] < _NEWCOMER else ZERO)
        fails = min(of(t.failure_prob, firm) + hops * of(t.hop_loss_prob, firm), ONE)
        failed = u[i] < rate * fails  # linear: as many a year, however the month is cut
        contact = u[i] < rate
        c.failed[i] = here if failed else ZERO
        c.contact[i] = here if contact else ZERO
        c.load[i] = here * rate * (ONE + fails)
        c.quality[i] = here * (c.fit[i] * of(t.care, firm) - wait_loss * of(t.wait_months, firm))
