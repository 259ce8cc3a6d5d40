"""Culture: the chance, beyond what is usual, that customers' outcomes enter a decision, silo by silo.

Practice p = taught + habit spreads by a push from outside and by imitation (Bass 1969, Management Science 15(5)): a
month's push is rate x hours of training x speed for what is taught, and rate x hours of action, leaders' example and
attention + peers x p x engagement / .6 for habit, peers faster by mentors. It moves (1 - p)(1 - c): returns diminish,
no silo is ever wholly there. Habit fades, what is taught as much faster as it was learned; knowing why makes both last.
Cynicism c is the firm's: training that leaders do not match by example breeds it, hype more so; it fades as habits do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from cxsim.company import N_SILOS, NORMAL_ENGAGEMENT
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "culture",
    Parameter(
        "adoption_rate", 0.01, "per hour", 0, 0.1,
        "assumption: four hours a month change a twenty-fifth of what is left to change; range: none to twice",
        "practice gained by an hour of action, or of leaders' example, as a share of what is left to gain",
        range=(0, 0.02),
    ),
    Parameter(
        "training_speed", 4, "ratio", 1, 12,
        ("assumption: what is taught is taken up in a quarter of the time, and lost in a quarter; range: as action, to "
         "twice"),
        "how much faster training moves practice than action does, hour by hour, and how much faster that fades",
        range=(1, 8), scale="log",
    ),
    Parameter(
        "peer_rate", 0.03, "per month", 0, 0.3,
        ("assumption: where half practise, peers win over as many as an hour and a half of action; range: none to "
         "twice"),
        "practice that all peers practising would spread in a month, at normal engagement; more in a cohesive team",
        range=(0, 0.06),
    ),
    Parameter(
        "lasting_months", 24, "months", 1, 240,
        "assumption: two years; range: half to twice",
        "time in which habit and cynicism fade when nothing feeds them",
        range=(12, 48), scale="log",
    ),
    Parameter(
        "cynicism_rate", 0.01, "per hour", 0, 0.1,
        ("assumption: four hours a month that nobody sets an example for make half the staff cynics in the long run; "
         "range: none to twice"),
        "cynicism bred by an hour of training that leaders do not match, as a share of what is left",
        range=(0, 0.02),
    ),
)
POLICY = policy(
    "culture",
    Parameter(
        "programme_hours", 0, "hours per month and person", 0, 16,
        "lever: articles A and B (reorient everybody; reinforcement)",
        "time for a programme that brings customers into people's decisions: training and action",
        "decisions look at what becomes of customers",
        "the time is taken from own work, change is a strain, and training without example makes cynics",
        claims=("A2", "A5", "A7", "B6", "D22"),
    ),
    Parameter(
        "action_share", 0, "share of the programme", 0, 1,
        "lever: article A (training mistaken for action)",
        "part of the programme that changes real decisions instead of training for them",
        "what was done lasts, and nobody takes it for mere words",
        "moves practice more slowly than training does",
        claims=("A2", "A5"),
    ),
    Parameter(
        "leaders_hours", 0, "hours per month and person", 0, 8,
        "lever: articles A and B (absolute commitment, buy-in)",
        "time in which people see their leaders act by it: reviews, decisions, support",
        "an example that lasts, and training that is believed",
        "the time of people and leaders is taken from own work",
        claims=("A3", "A7", "B5", "E18"),
    ),
    Parameter(
        "n_roles", 5, "silos", 0, N_SILOS,
        "lever: articles A to C (every role, every department, all functions)",
        "silos that the programme includes, in the order service, sales, operations, product, marketing",
        "more decisions look at customers, and both sides of more hand-offs",
        "each further silo gives its people's time",
        integer=True,
        claims=("A4", "B4", "C3", "D22"),
    ),
    Parameter(
        "purpose_hours", 0, "hours per month and person", 0, 4,
        "lever: article A (understand why)",
        "time for why customers matter to the firm's goals",
        "what was gained lasts longer",
        "the time is taken from own work, and by itself it moves nothing",
        claims=("A6",),
    ),
    Parameter(
        "values_share", 0, "share of revenue", 0, 0.05,
        "lever: article A (values for employees, suppliers and community)",
        "spent on values that cover employees, suppliers and the community",
        "employees are more engaged, and the firm has a better name as an employer",
        "costs as much",
        claims=("A8",),
    ),
)
CLAIMS = ("A3", "A10", "E1", "E18")
READS = WRITES = ()
RANK = (4, 1, 3, 2, 0)  # who is included first: those who meet customers


class Programme(NamedTuple):
    """Hours per month and person that a silo gives in a quarter."""

    training_hours: float
    action_hours: float
    leaders_hours: float
    purpose_hours: float


def fund(silo: int, lever: Mapping[str, float], commitment: float) -> Programme:
    """What a silo gives in a quarter, of what the policy's heading culture plans and leaders fund (``commitment``)."""
    kept = commitment if RANK[silo] < lever["n_roles"] else 0.0
    action = lever["programme_hours"] * lever["action_share"]
    training = lever["programme_hours"] - action
    return Programme(kept * training, kept * action, kept * lever["leaders_hours"], kept * lever["purpose_hours"])


@step
def adopt(firms, world, policy):  # type: ignore[no-untyped-def]
    """Practice is learned, copied and lost in every silo; words without deeds breed cynicism."""
    s, w, d = firms[0], world[0].culture, world[0].dt
    for f in range(len(s.alive)):
        hollow, heads, hype = 0.0, 0.0, policy[0].expectations.hype[f]
        for j in range(N_SILOS):
            training, example = s.training_hours[f, j], s.leaders_hours[f, j]
            unmatched = min(max(training - example, 0.0) + hype * training, training)
            hollow, heads = hollow + s.heads[f, j] * unmatched, heads + s.heads[f, j]
            before, lasts = s.practice[f, j], w.lasting_months * (1.0 + s.purpose_hours[f, j])
            taught = w.adoption_rate * w.training_speed * training
            lived = w.adoption_rate * (s.action_hours[f, j] + example + s.attention[f, j])
            lived += w.peer_rate * before * s.engagement[f, j] / NORMAL_ENGAGEMENT * s.coaching[f]
            heed = (1.0 - s.cynicism[f]) * d
            room = (1.0 - before) * heed / (1.0 + (taught + lived) * heed)  # an implicit step: never beyond 1
            s.taught[f, j] += room * taught - s.taught[f, j] * min(w.training_speed * d / lasts, 1.0)
            s.habit[f, j] += room * lived - s.habit[f, j] * d / lasts
            s.practice[f, j] = s.taught[f, j] + s.habit[f, j]
            s.practice_rise[f, j] = max(s.practice[f, j] - before, 0.0) / d
        bred = w.cynicism_rate * hollow / max(heads, 1e-9) * d
        s.cynicism[f] += (1.0 - s.cynicism[f]) * bred / (1.0 + bred) - s.cynicism[f] * d / w.lasting_months
