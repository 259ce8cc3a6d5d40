"""The offer moves toward what product believes customers need; its fit falls with the distance to a need.

offer' = offer + (belief - offer) dt / tau. Fit = exp(-t |need - offer|^2 / 2): an ideal-point model (Coombs
1964, A Theory of Data) with a Gaussian fall-off.
"""

from __future__ import annotations

from cxsim.company import PRODUCT
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import HALF, ZERO, F, exp
from cxsim.parameters import Parameter, world

WORLD = world(
    "offer",
    Parameter("adapt_months", 9, "months", 1, 60,
              "assumption: a product follows insight in three quarters of a year",
              "time in which the offer closes the gap to what is believed to be needed"),
    Parameter("misfit_loss", 0.5, "per scale unit squared", 0, 4,
              "assumption: one personal spread off in every dimension costs a sixth of the value",
              "how fast value falls with the distance between offer and need"),
)  # fmt: skip
READS = ("served_by", "segment", "need")
WRITES = ("fit",)


@step
def adapt(firms, world, policy):  # type: ignore[no-untyped-def]
    """Move each firm's offer to each segment toward the belief of its product silo."""
    s = firms[0]
    share = min(world[0].dt / world[0].offer.adapt_months, F(1))
    for f in range(len(s.alive)):
        for g in range(N_SEGMENTS):
            for k in range(N_NEEDS):
                s.offer[f, g, k] += share * (F(s.belief[f, PRODUCT, g, k]) - s.offer[f, g, k])


@inline
def _wanted(offer, firm, segment, k):  # type: ignore[no-untyped-def]
    """The offer of a customer's firm to her segment, by compare and select."""
    value = offer[0, 0, k]
    for f in range(offer.shape[0]):
        for g in range(N_SEGMENTS):
            value = offer[f, g, k] if (firm == f) & (segment == g) else value
    return value


@step
def experience(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """How well the firm's offer fits each customer's need."""
    c, offer, loss = tile[0], firms[0].offer, HALF * world[0].offer.misfit_loss
    for i in range(c.m):
        far = ZERO
        for k in range(N_NEEDS):
            gap = c.need[k, i] - _wanted(offer, c.served_by[i], c.segment[i], k)
            far += gap * gap
        c.fit[i] = exp(-loss * far)
