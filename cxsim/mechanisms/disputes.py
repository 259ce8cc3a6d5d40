"""Disputes between silos: they come of hand-offs and joint work where each is judged by its own metric.

There is something to quarrel about where a hand-off loses something, and in a tenth of the hours of joint work; how
much of it is fought over is what shared metrics leave, 1 - m. A dispute takes the hours h, from all silos alike, and
the hours a month and person that it takes lower engagement by e each. A part of the disputes may be mediated, which
takes r h and leaves no rancour; somebody has to be there for it, disputes or not. What both have taken is known when
time is split again, each quarter, and staffed for. At h = 0 what disputes take is in the hours of work as they are.
"""

from __future__ import annotations

from cxsim.company import HOURS_PER_MONTH, N_SILOS
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "disputes",
    Parameter(
        "dispute_hours", 0, "hours per dispute", 0, 20,
        ("assumption: what disputes take is in the hours of work as they are (C11); range: none, to an hour each of "
         "two people"),
        "hours lost to a hand-off that loses something, and to ten hours of joint work, where no metric is shared",
        range=(0, 2),
    ),
    Parameter(
        "rancour", 0.02, "share per hour a month and person", 0, 0.5,
        "assumption: four hours of quarrel a month cost as much as a sixth of pay; range: none to twice",
        "engagement lost by an hour of disputes that nobody mediates",
        range=(0, 0.04),
    ),
    Parameter(
        "mediation_effort", 0.5, "ratio", 0, 3,
        ("assumption: half the time of fighting it out; range: a tenth, to longer than the dispute itself would take"),
        "hours that a mediated dispute takes, against one that is fought out",
        range=(0.1, 1.2),
    ),
)
POLICY = policy(
    "disputes",
    Parameter(
        "mediated_share", 0, "share of disputes", 0, 1,
        "lever: article C (disputes mediated)",
        "disputes between silos that somebody mediates",
        "they leave no rancour, and are over sooner if mediation is quick",
        "somebody is there to mediate, disputes or not; and mediation takes longer than the dispute where it is slow",
        claims=("C11",),
    ),
)
_JOINT = 0.1  # of the hours of joint work there is something to quarrel about
_MOST = 0.5  # of everybody's time, whatever there is to fight over
_READY = 0.05  # hours a month and person, if all are mediated; assumption: one mediator to three thousand people
CLAIMS = ("C11",)
READS = WRITES = ()


@step
def quarrel(firms, world, policy):  # type: ignore[no-untyped-def]
    """Hours lost to disputes this month, the share of time that they are, and the engagement that they cost."""
    s, w, d = firms[0], world[0].disputes, world[0].dt
    for f in range(len(s.alive)):
        hours, joint = 0.0, 0.0
        for j in range(N_SILOS):
            hours += s.heads[f, j] * HOURS_PER_MONTH * d
            joint += s.heads[f, j] * HOURS_PER_MONTH * d * s.joint_share[f, j]
        apart = 1.0 - policy[0].silos.shared_metrics_share[f]
        lost = apart * w.dispute_hours * (s.load[f] * s.handoff_loss_prob[f] + _JOINT * joint)
        mediated = policy[0].disputes.mediated_share[f]
        taken = lost * (1.0 - mediated + mediated * w.mediation_effort) + mediated * _READY * hours / HOURS_PER_MONTH
        within = min(_MOST * hours / taken, 1.0) / hours if taken > 0.0 and hours > 0.0 else 0.0
        s.rancour[f] = w.rancour * (1.0 - mediated) * lost * within * HOURS_PER_MONTH
        s.dispute_share[f] = taken * within
        s.dispute_hours[f] = s.dispute_share[f] * hours
