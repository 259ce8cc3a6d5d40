"""The offer moves toward what product believes customers need; its fit falls with the distance to a need.

offer' = offer + (belief - offer) a dt / tau, with a shorter tau where product's decisions look at customers, and a =
(1 + b) e: b by leaders' contact with customers, e the effort on the segment. Fit = exp(-t |need - offer|^2 / 2): an
ideal-point model (Coombs 1964, A Theory of Data) with a Gaussian fall-off. A firm may also offer an adjacent service (a
shop in the taxi) that solves a pain beside the agreed one. Those have it who want more than was agreed more often than
most; what they gain is the relief x spending / (spending + 1 % of revenue), and is built up as slowly as any offer.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import PRODUCT
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ZERO, F, exp
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "offer",
    Parameter(
        "adapt_months", 9, "months", 1, 60,
        "assumption: a product follows insight in three quarters of a year; range: half to twice",
        "time in which the offer closes the gap to what is believed to be needed",
        range=(4.5, 18), scale="log",
    ),
    Parameter(
        "misfit_loss", 0.125, "per spread squared", 0, 1,
        "assumption: one personal spread off in every dimension costs a sixth of the value; range: none to twice",
        "how fast value falls with the distance between offer and need",
        range=(0, 0.25),
    ),
    Parameter(
        "adjacent_relief", 0.1, "months of spend", 0, 1,
        "assumption: three days' worth, to the two in five who have the pain; range: none to twice",
        "quality that an adjacent service adds at most, for those who have the pain that it solves",
        range=(0, 0.2),
    ),
)
LARGE_MOVE = 0.03  # spreads a month: an offer that moves faster is being changed
POLICY = policy(
    "offer",
    Parameter(
        "adjacent_share", 0, "share of revenue", 0, 0.1,
        "lever: article C (an adjacent service that solves a common pain)",
        "spent on a service that solves a common pain beside the agreed one",
        "those who have the pain are better served",
        "costs as much for customers who have no use for it",
        claims=("C10",),
    ),
)
_HALF_SPEND = F(0.01)  # share of revenue with which half of the pain is solved
CLAIMS = ("C9",)
READS = ("served_by", "segment", "need")
WRITES = ("fit",)


@step
def adapt(firms, world, policy):  # type: ignore[no-untyped-def]
    """Move each firm's offer to each segment toward the belief of its product silo, and build adjacent services."""
    s, d, relief = firms[0], np.float64(world[0].dt), world[0].offer.adjacent_relief
    for f in range(len(s.alive)):
        s.offers_changed[f] = 0.0
        share = min(world[0].dt / (world[0].offer.adapt_months * F(s.offer_delay[f])), F(1))
        for g in range(N_SEGMENTS):
            followed = min(share * F((1.0 + s.contact_pace[f]) * s.effort_by_segment[f, g]), F(1))
            squared = 0.0
            for k in range(N_NEEDS):
                move = followed * (F(s.belief[f, PRODUCT, g, k]) - s.offer[f, g, k])
                s.offer[f, g, k] += move
                squared += np.float64(move) ** 2
            heard = s.surveys[f] + s.questionings[f] + s.leader_uses[f] > 0.0
            s.offers_changed[f] += d if heard and squared > (LARGE_MOVE * d) ** 2 else 0.0
        spent = policy[0].offer.adjacent_share[f]
        s.adjacent[f] += share * (relief * spent / (spent + _HALF_SPEND) - s.adjacent[f])


@step
def experience(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """How well the firm's offer fits each customer's need."""
    c, offer, loss = tile[0], firms[0].offer, HALF * world[0].offer.misfit_loss
    fit = c.fit
    fit[: c.m] = ZERO
    for k in range(N_NEEDS):
        need = c.need[k]
        for f in range(offer.shape[0]):
            offer0, offer1, offer2 = offer[f, 0, k], offer[f, 1, k], offer[f, 2, k]
            for i in range(c.m):
                g = c.segment[i]
                gap = need[i] - (offer2 if g == 2 else (offer1 if g == 1 else offer0))
                fit[i] += gap * gap if c.served_by[i] == f else ZERO
    for i in range(c.m):
        fit[i] = exp(-loss * fit[i])
