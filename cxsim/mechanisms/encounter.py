"""What customers meet next month: care, failures, lost hand-offs, waiting, from the silos that they have to do with.

Care, .4 and .6 of the root of the time that operations and service give, scales the fit of the offer. Failures: the
base chance x causes left x (1 + a rookies) (1 + b (X - .3)) (1 + c (.6 - engagement)) (1 - z people chosen for
empathy), as the mean of operations (.4) and service (.6). Hand-offs: the base loss x seams left x (1 - sharing x the
share of pairs of silos that take part) x exp(-gain x rotation). Inconsistency is the standard deviation of a contact's
chance to fail: it differs between the two silos, and between contacts that are handed on and those that are not.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import N_SILOS, NORMAL_ENGAGEMENT, NORMAL_EXHAUSTION, OPERATIONS, SERVICE
from cxsim.engine.kernels import step
from cxsim.engine.numerics import F
from cxsim.parameters import Parameter, world

HANDED_ON = 0.4  # share of contacts that pass through further silos, as in the journey's chance of losing something

WORLD = world(
    "encounter",
    Parameter(
        "rookie_failures", 2, "ratio", 0, 10,
        "assumption: rookies fail three times as often; range: none to twice",
        "failures of rookies beyond the experienced",
        range=(0, 4),
    ),
    Parameter(
        "exhaustion_failures", 2, "per share", 0, 10,
        "assumption: ten points more raise failures by a fifth; range: none to twice",
        "failures by exhaustion",
        range=(0, 4),
    ),
    Parameter(
        "engagement_failures", 0.5, "per share", 0, 5,
        "assumption: ten points more save a twentieth of failures; range: none to twice",
        "failures saved by engagement",
        range=(0, 1),
    ),
)
CLAIMS = ()
READS = WRITES = ()


@step
def appear(firms, world, policy):  # type: ignore[no-untyped-def]
    """Care, failures, lost hand-offs, waiting, and how much they differ."""
    s, w, people = firms[0], world[0], world[0].encounter
    for f in range(len(s.alive)):
        care = 0.0
        failing = 0.0
        apart = 0.0  # of operations and service
        wait = 0.0
        for j in (OPERATIONS, SERVICE):
            weight = 0.6 if j == SERVICE else 0.4
            care += weight * min(s.time_given[f, j], 1.2) ** 0.5
            rookies = (1.0 - s.proficiency[f, j]) / max(1.0 - w.workforce.rookie_proficiency, 1e-6)
            tired = 1.0 + people.exhaustion_failures * (s.exhaustion[f, j] - NORMAL_EXHAUSTION)
            willing = 1.0 + people.engagement_failures * (NORMAL_ENGAGEMENT - s.engagement[f, j])
            kind = 1.0 - w.leadership.empathy_gain * s.empathy[f, j]
            failing += weight * (1.0 + people.rookie_failures * rookies) * max(tired, 0.0) * max(willing, 0.0) * kind
            apart = (1.0 + people.rookie_failures * rookies) * max(tired, 0.0) * max(willing, 0.0) * kind - apart
            wait += weight * s.wait[f, j]
        s.care[f], s.wait_months[f] = F(care), F(wait)
        s.failure_prob[f] = F(min(w.journey.failure_prob * s.defects[f] * failing, 1.0))
        n = policy[0].silos.n_sharing[f]
        covered = n * (n - 1.0) / (N_SILOS * (N_SILOS - 1.0))
        moved = 2.718281828459045 ** (-w.silos.rotation_gain * policy[0].silos.rotation_per_year[f])
        s.handoff_loss_prob[f] = F(w.journey.handoff_loss_prob * s.seams[f] * (1.0 - covered * s.sharing[f]) * moved)
        apart *= w.journey.failure_prob * s.defects[f]
        lost = np.float64(s.handoff_loss_prob[f])  # nothing where a contact is not handed on, hence more where it is
        s.inconsistency[f] = np.sqrt(0.24 * apart * apart + lost * lost * (1.0 - HANDED_ON) / HANDED_ON)
        s.typical_cost[f] = F(s.sum_cost[f] / max(s.customers[f], 1.0))
