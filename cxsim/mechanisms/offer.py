"""The offer moves toward what product believes customers need; its fit falls with the distance to a need.

offer' = offer + (belief - offer) a dt / tau, with a shorter tau where product's decisions look at customers, and a =
(1 + b) e: b by leaders' contact with customers, e the effort on the segment. Fit = exp(-t |need - offer|^2 / 2): an
ideal-point model (Coombs 1964, A Theory of Data) with a Gaussian fall-off.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import PRODUCT
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ZERO, F, exp
from cxsim.parameters import Parameter, world

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
)
LARGE_MOVE = 0.03  # spreads a month: an offer that moves faster is being changed
READS = ("served_by", "segment", "need")
WRITES = ("fit",)


@step
def adapt(firms, world, policy):  # type: ignore[no-untyped-def]
    """Move each firm's offer to each segment toward the belief of its product silo."""
    s, d = firms[0], np.float64(world[0].dt)
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
