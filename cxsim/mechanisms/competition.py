"""Competition: rivals that get better and imitate, so that a firm which stands still loses its place.

The Red Queen of article E; both are off at the default. Rivals get better by a rate r beyond what their policy does:
a share r a month of their causes of failure and of their losses at hand-offs is worked off, and of the distance
between their offer and what customers need. What that costs them is not in the model. Imitation is: each quarter, a
rival moves those of its levers that anybody can see toward the ones of the firm with the highest recent profit, three
months' worth of the rate, and bears what they cost and do. Customers' expectations then follow what they see of rivals
(see expectations). The focal firm does only what its own policy says.
"""

from __future__ import annotations

from cxsim.company import N_CLASSES
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import ONE
from cxsim.parameters import Parameter, world

WORLD = world(
    "competition",
    Parameter(
        "rival_improvement_rate", 0, "per month", 0, 1,
        ("assumption: rivals do what their policy says; set it for a race (E13); range: none, to a fifth of what is "
         "left a year"),
        "causes of failure, losses at hand-offs and misfit of the offer that rivals get rid of beyond their policy",
        range=(0, 0.02),
    ),
    Parameter(
        "imitation_rate", 0, "per month", 0, 0.33,
        "assumption: rivals keep their policy (E13); range: none, to two thirds of the difference in a year",
        "how fast the visible levers of rivals move toward those of the most profitable firm",
        range=(0, 0.1),
    ),
)  # fmt: skip
CLAIMS = ("E13",)
READS = WRITES = ()

# What customers, and hence rivals, can see of a policy; what goes on between departments they cannot.
VISIBLE = (
    ("pricing", "relative_price"),
    ("requests", "conceded_share"), ("requests", "charged_share"), ("requests", "alternative_share"),
    ("expectations", "set_up_front_share"), ("expectations", "hype"), ("recovery", "effort_share"),
    ("recovery", "compensation"), ("workforce", "relative_pay"),
)  # fmt: skip


@step
def refine(firms, world, policy):  # type: ignore[no-untyped-def]
    """Rivals' offers move toward what customers need, beyond what they learn of it themselves."""
    s = firms[0]
    share = min(world[0].competition.rival_improvement_rate * world[0].dt, ONE)
    for f in range(1, len(s.alive)):
        for g in range(N_SEGMENTS):
            for k in range(N_NEEDS):
                s.offer[f, g, k] += share * (s.centre[g, k] - s.offer[f, g, k])


@step
def advance(firms, world, policy):  # type: ignore[no-untyped-def]
    """Rivals get rid of causes of failure and of losses at hand-offs, beyond what they work off themselves."""
    s = firms[0]
    share = min(world[0].competition.rival_improvement_rate * world[0].dt, ONE)
    for f in range(1, len(s.alive)):
        s.defects[f] -= share * s.defects[f]
        s.waiting[f] -= share * s.waiting[f]
        s.seams[f] -= share * s.seams[f]
        for k in range(N_CLASSES):  # known or not
            s.known[f, k] -= share * s.known[f, k]
            s.hidden[f, k] -= share * s.hidden[f, k]
