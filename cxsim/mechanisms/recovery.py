"""Complaints and recovery: some who met a failure complain, and some complaints are made good.

Those who trust the firm complain rather than fall silent (Hirschman 1970, Exit, Voice, and Loyalty). Being answered
helps, and more so without a wait (half as much after a month).
"""

from __future__ import annotations

from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ONE, ZERO, of
from cxsim.parameters import Parameter, policy, world
from cxsim.population import LUCK_COMPLAIN

WORLD = world(
    "recovery",
    Parameter(
        "complaint_prob", 0.5, "probability per failure", 0, 1,
        ("about half of unhappy customers complain to the front line (TARP, quoted by Goodman); range: as few as "
         "complain of mistreatment (5 %, same source), to three in four"),
        "chance that a failure is complained about, at a trust of one half",
        range=(0.05, 0.75),
    ),
    Parameter(
        "resolved_relief", 0.45, "months of spend", 0, 2,
        ("assumption: a good answer makes up for two thirds of a failure with its loss aversion; range: none to "
         "twice, which is more than the failure took"),
        "utility of a complaint resolved at once",
        range=(0, 0.9),
    ),
)
POLICY = policy(
    "recovery",
    Parameter(
        "effort_share", 0.5, "share of complaints", 0, 1,
        "lever: article D (meet what was promised)",
        "complaints that are pursued until they are resolved",
        "keeps customers whom a failure would lose",
        "takes hours and compensation",
        claims=("D7",),
    ),
    Parameter(
        "compensation", 0.1, "months of spend", 0, 2,
        "lever: article D (mutual benefit)",
        "paid for each resolved complaint",
        "adds its value to the relief",
        "costs as much, whoever would have stayed",
        claims=("D7",),
    ),
)
CLAIMS = ()
READS = ("served_by", "failed", "trust")
WRITES = ("complained", "resolved", "recovery")


@step
def make_good(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Complaints of the month, what becomes of them, and what that is worth and costs."""
    c, w, p, t = tile[0], world[0].recovery, policy[0].recovery, firms[0]
    chance, relief = w.complaint_prob, w.resolved_relief
    u = luck[LUCK_COMPLAIN]
    for i in range(c.m):
        firm = c.served_by[i]
        speaks = chance * (HALF + c.trust[i])
        complained = (c.failed[i] > ZERO) & (u[i] < speaks)
        # hurried staff resolve less of what they pursue
        resolved = complained & (u[i] < min(speaks, ONE) * of(p.effort_share, firm) * min(of(t.care, firm), ONE))
        paid = of(p.compensation, firm)
        worth = relief / (ONE + of(t.wait_months, firm)) + paid
        c.complained[i] = ONE if complained else ZERO
        c.resolved[i] = ONE if resolved else ZERO
        c.recovery[i] = worth if resolved else ZERO
