"""Silos: sharing, joint work and improvement, and what they take of people's time.

Sharing reduces what hand-offs lose (see encounter) and takes each person hours for every other silo that takes part;
shared metrics take the time of keeping one more silo informed. A silo that is judged on its own metric neglects part
of what is planned across silos, and more under pressure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cxsim.company import HOURS_PER_MONTH, N_SILOS, SHARING_RANK
from cxsim.parameters import Parameter, policy, world

LEAST_OWN_SHARE = 0.1  # time that people keep for their own work, whatever programmes are planned

WORLD = world(
    "silos",
    Parameter(
        "coordination_hours", 2, "hours per month, person and other silo", 0, 16,
        ("assumption: half an hour a week with each other silo; range: full sharing takes one to twenty per cent of "
         "everybody's time"),
        "time that full sharing takes each person for every other silo that takes part, and shared metrics once more",
        range=(0.5, 8), scale="log",
    ),
    Parameter(
        "own_metric_neglect_share", 0.3, "share", 0, 1,
        "assumption: a silo judged on its own metric skips a third of joint work; range: none to twice",
        "planned work across silos that is skipped without shared metrics and without pressure",
        range=(0, 0.6),
    ),
    Parameter(
        "rotation_gain", 2, "per share of staff a year", 0, 20,
        "assumption: a tenth of the staff a year saves a fifth of the losses; range: none to twice",
        "how far transferred expertise reduces what hand-offs lose",
        range=(0, 4),
    ),
)
POLICY = policy(
    "silos",
    Parameter(
        "information_sharing_share", 0.2, "share", 0, 1,
        "lever: article C (share customer data)",
        "customer information that is shared between silos",
        "hand-offs lose less, and every silo learns from the others' contacts",
        "takes time that grows with the number of silos, and a platform",
        claims=("C4", "C12", "D14", "E9"),
    ),
    Parameter(
        "n_sharing", 5, "silos", 0, N_SILOS,
        "lever: article C (all functions)",
        "silos that take part, in the order service, product, operations, sales, marketing",
        "more hand-offs and more views are covered",
        "each further silo costs everybody's time",
        integer=True,
        claims=("C3", "C4"),
    ),
    Parameter(
        "shared_metrics_share", 0.2, "share", 0, 1,
        "lever: article C (unifying metrics)",
        "weight of shared customer metrics in what a silo is judged on",
        "silos keep up joint work and improvement under pressure",
        "reviews take time from own work",
        claims=("C5", "E5"),
    ),
    Parameter(
        "joint_initiative_share", 0, "share of time", 0, 0.3,
        "lever: article E (cross-departmental initiatives)",
        "time for joint initiatives that mend the seams between silos",
        "hand-offs lose less, lastingly",
        "the time is taken from own work",
        claims=("C4", "C6", "E9", "E10"),
    ),
    Parameter(
        "rotation_per_year", 0, "share of staff per year", 0, 1,
        "lever: articles C and E (transfer of expertise)",
        "staff who change places with another silo for a while",
        "people know whom they hand on to",
        "those who moved must learn anew",
        claims=("C7", "E11"),
    ),
    Parameter(
        "improvement_share", 0.02, "share of time", 0, 0.3,
        "lever: article B (continuous improvement, step four)",
        "time for removing the causes of failure",
        "contacts fail less",
        "the time is taken from own work",
        claims=("B1", "B2"),
    ),
)
CLAIMS = ()
READS = WRITES = ()


class Split(NamedTuple):
    """How a silo splits its people's time, and the share ``kept`` of the joint work that was planned."""

    own_share: float
    cross_share: float
    joint_share: float
    improvement_share: float
    kept: float


def split(
    *, sharing: float, n_sharing: float, joint: float, improvement: float, metrics: float,
    commitment: float, pressure: float, hours: float, neglect: float, other: float = 0.0,
) -> Split:  # fmt: skip
    """A silo's quarterly decision on its people's time.

    Joint work and improvement are planned by the firm, and kept up as far as leaders fund them (``commitment``) and
    the silo is judged on shared ``metrics``; one judged on its own metric neglects part of them, and more under
    ``pressure`` (work pressure above 1). ``other`` is the share of time that is given to other programmes. What is left
    for own work may be too little, or less than nothing: then the firm has planned more than there is time for.
    """
    skipped = (1.0 - metrics) * min(neglect + 2.0 * max(pressure - 1.0, 0.0), 1.0)
    kept = commitment * (1.0 - skipped)
    informing = hours / HOURS_PER_MONTH  # one other silo, and whoever keeps the shared metrics
    cross = kept * (informing * max(n_sharing - 1.0, 0.0) * sharing + joint) + informing * metrics
    improving = kept * improvement
    return Split(1.0 - cross - improving - other, cross, kept * joint, improving, kept)


def feasible(planned: Sequence[Split], without: Sequence[Split]) -> float:
    """Share of the ``planned`` programmes for which every silo has the time, given the splits ``without`` any."""
    room = [
        (bare.own_share - LEAST_OWN_SHARE) / (bare.own_share - full.own_share)
        for full, bare in zip(planned, without, strict=True)
        if full.own_share < LEAST_OWN_SHARE
    ]
    return max(min(room, default=1.0), 0.0)


def takes_part(silo: int, n_sharing: float) -> bool:
    """Whether a silo is among the ``n_sharing`` that share."""
    return bool(SHARING_RANK[silo] < n_sharing)
