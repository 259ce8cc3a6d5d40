"""Culture navigator: measuring how customer-centric the firm is draws attention to what it is worst at.

Hours of every person go into being asked, and into looking at the result; whoever asks is paid as well (see finance).
What is measured is practice, silo by silo. All attention goes to the silo that scores lowest: there h hours a person,
of all silos, work as g h hours of action (see culture), and elsewhere as none; those that tie share it. That anything
improves by being looked at is an assumption, and g = 0 is within its range.
"""

from __future__ import annotations

from collections.abc import Mapping

from cxsim.company import N_SILOS
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "navigator",
    Parameter(
        "attention_gain", 0.25, "ratio", 0, 2,
        ("assumption: an hour of looking at the score moves a quarter of what an hour of action does; range: nothing, "
         "to half"),
        "what an hour of measuring moves where the firm is worst, against an hour of action there",
        range=(0, 0.5),
    ),
)
POLICY = policy(
    "navigator",
    Parameter(
        "measuring_hours", 0, "hours per month and person", 0, 4,
        "lever: article B (culture navigator)",
        "time for measuring how customer-centric the firm is, and for looking at the result",
        "attention goes to the department that is worst at it",
        "the time is taken from own work, whoever asks is paid, and a score by itself may move nothing",
        claims=("B15",),
    ),
)
CLAIMS = ("B15",)
READS = WRITES = ()


def fund(lever: Mapping[str, float], commitment: float) -> float:
    """Hours per month and person that are given in a quarter, as far as leaders fund them (``commitment``)."""
    return commitment * lever["measuring_hours"]


@step
def attend(firms, world, policy):  # type: ignore[no-untyped-def]
    """Hours of action that attention is worth, all in the silo of the lowest practice, or shared by those that tie."""
    s, gain = firms[0], world[0].navigator.attention_gain
    for f in range(len(s.alive)):
        worst, tied = s.practice[f, 0], 0
        for j in range(N_SILOS):
            worst = min(worst, s.practice[f, j])
        for j in range(N_SILOS):
            tied += 1 if s.practice[f, j] == worst else 0
        for j in range(N_SILOS):
            s.attention[f, j] = N_SILOS * gain * s.measuring_hours[f] / tied if s.practice[f, j] == worst else 0.0
