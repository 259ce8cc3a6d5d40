"""Decisions: what practice, the chance that customers' outcomes enter a decision, does and costs.

It acts in no other way. Of the causes of failure that come with decisions, a share a is avoided where customers were
thought of: new causes grow back to 1 - a (.4 p of operations + .6 p of service) instead of 1, new losses at seams to
1 - a x the mean of p p' over the pairs of silos, for a hand-off has two sides, and the offer follows what product
believes in 1 - a p of the time. For it, savings are forgone, while new ways are learned they tire, and cynicism
and values move engagement.
"""

from __future__ import annotations

from cxsim.company import N_SILOS, OPERATIONS, PRODUCT, SERVICE
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, world

WORLD = world(
    "decisions",
    Parameter(
        "avoidable_share", 0.4, "share", 0, 1,
        ("assumption: two fifths of what goes wrong comes of decisions in which nobody thought of customers; range: "
         "none to twice"),
        "causes of failure, losses at seams and delay of the offer that thinking of customers avoids",
        range=(0, 0.8),
    ),
    Parameter(
        "forgone_share", 0.01, "share of revenue", 0, 0.2,
        "assumption: a hundredth of revenue where every decision thinks of customers (A5); range: none to twice",
        "savings that are forgone for customers, at full practice in all silos",
        range=(0, 0.02),
    ),
    Parameter(
        "change_strain", 0.5, "per share of practice", 0, 5,
        ("assumption: ten points of practice gained in a month are two thirds of the strain of ordinary work (E2); "
         "range: none to twice"),
        "strain of a rise of practice",
        range=(0, 1),
    ),
    Parameter(
        "values_gain", 2, "per share of revenue", 0, 20,
        "assumption: a hundredth of revenue is worth as much as four per cent more pay; range: none to twice",
        "engagement that money spent on values wins",
        range=(0, 4),
    ),
)
CLAIMS = ("A5", "E2")
READS = WRITES = ()


@step
def weigh(firms, world, policy):  # type: ignore[no-untyped-def]
    """What is left of new causes of failure, new losses at seams and the delay of the offer."""
    s, avoidable = firms[0], world[0].decisions.avoidable_share
    for f in range(len(s.alive)):
        p = s.practice[f]
        both = 0.0
        for j in range(N_SILOS):
            for k in range(j):
                both += p[j] * p[k]
        pairs = N_SILOS * (N_SILOS - 1) / 2
        s.new_defects[f] = 1.0 - avoidable * (0.4 * p[OPERATIONS] + 0.6 * p[SERVICE])
        s.new_seams[f] = 1.0 - avoidable * both / pairs
        s.offer_delay[f] = 1.0 - avoidable * p[PRODUCT]
