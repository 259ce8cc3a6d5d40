"""Silos: work asked for and given, service standards that erode, sharing and what it costs in time.

Work pressure w is the work asked at the current standard D, and what waits, against capacity; staffing and staff
perceive it with delay (work that was drawn, and pressure, are smoothed over half a year). Staff give each order D
w^-.639 of the time it needs, hence work about w^.361 of their hours, up to a limit; what is left waits. The
standard follows the time given: down in months, up practically never (Oliva & Sterman 2001, Management Science
47(7)); that ratchet is published structure, not settled fact, and the delays are not in it. It holds for operations
and service, who work on customers' orders; care, .4 and .6 of the root of the time that they give, scales the fit
of the offer. Sharing reduces what hand-offs lose and takes each person hours for every other silo that takes part;
shared metrics take the time of keeping one more silo informed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cxsim.company import (
    CONCESSION_LABOUR,
    HOURS_PER_MONTH,
    MARK_UP,
    N_SILOS,
    NORMAL_ENGAGEMENT,
    NORMAL_EXHAUSTION,
    OFFICE_SHARE,
    OPERATIONS,
    SERVICE,
    SHARING_RANK,
)
from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import F
from cxsim.parameters import Parameter, policy, world

WEEKS_PER_MONTH = 4
SALE_HOURS = 3.0  # to win a customer (assumption); winning one costs money too, which is a parameter
STANDARD_DOWN_MONTHS = 4.31  # in which the standard falls to the time given (Oliva & Sterman 2001: 18.73 weeks)
LEAST_OWN_SHARE = 0.1  # time that people keep for their own work, whatever programmes are planned
SMOOTHING_MONTHS = 6.0  # over which staffing sees what work there is
HANDED_ON = 0.4  # share of contacts that pass through further silos, as in the journey's chance of losing something

WORLD = world(
    "silos",
    Parameter(
        "operations_hours", 0.35, "hours per month of spend", 0, 8,
        ("assumption: twenty minutes of fulfilment for a customer of mean spend, four of marketing and four of "
         "product; range: twelve to thirty minutes"),
        ("operations' work per month's spend, and per failure once more; marketing and product have a fifth of it per "
         "customer"),
        range=(0.2, 0.5), scale="log",
    ),
    Parameter(
        "contact_hours", 1.0758, "hours per contact", 0, 8,
        ("Oliva & Sterman 2001: desired time per order of a bank; that a contact takes as long is an assumption; "
         "range: two thirds to a third more; longer, and few firms could live at this price"),
        "service's work per contact",
        range=(0.7, 1.4), scale="log",
    ),
    Parameter(
        "request_hours", 0.4, "hours per request", 0, 8,
        "assumption: 24 minutes to hear, weigh and answer; range: half to twice",
        ("service's work per request, or call beforehand; as much again to screen a request fully, to quote, or to "
         "seek an alternative; sales' to tell a customer up front what can and cannot be done, or to ask why she came"),
        range=(0.2, 0.8), scale="log",
    ),
    Parameter(
        "pressure_exponent", 0.639, "exponent", 0, 1,
        "Oliva & Sterman 2001: -.639; range: time per order that holds, to time that takes all the load",
        "how far pressure is answered by giving less time",
        range=(0, 1),
    ),
    Parameter(
        "standard_up_months", 184000, "months", 1, 200000,
        "Oliva & Sterman 2001: about 8e5 weeks, practically never; range: as fast as it falls, to never",
        "time in which the standard rises to the time given",
        range=(4, 200000), scale="log",
    ),
    Parameter(
        "overtime_limit", 1.1, "ratio", 1, 2,
        "assumption: a tenth of overtime can be had; range: none to three tenths",
        "most hours worked against capacity",
        range=(1, 1.3),
    ),
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
    ),
    Parameter(
        "n_sharing", 5, "silos", 0, N_SILOS,
        "lever: article C (all functions)",
        "silos that take part, in the order service, product, operations, sales, marketing",
        "more hand-offs and more views are covered",
        "each further silo costs everybody's time",
        integer=True,
    ),
    Parameter(
        "shared_metrics_share", 0.2, "share", 0, 1,
        "lever: article C (unifying metrics)",
        "weight of shared customer metrics in what a silo is judged on",
        "silos keep up joint work and improvement under pressure",
        "reviews take time from own work",
    ),
    Parameter(
        "joint_initiative_share", 0, "share of time", 0, 0.3,
        "lever: article E (cross-departmental initiatives: E9, E10)",
        "time for joint initiatives that mend the seams between silos",
        "hand-offs lose less, lastingly",
        "the time is taken from own work",
    ),
    Parameter(
        "rotation_per_year", 0, "share of staff per year", 0, 1,
        "lever: articles C and E (transfer of expertise: C7, E11)",
        "staff who change places with another silo for a while",
        "people know whom they hand on to",
        "those who moved must learn anew",
    ),
    Parameter(
        "improvement_share", 0.02, "share of time", 0, 0.3,
        "lever: article B (continuous improvement: B1, step four)",
        "time for removing the causes of failure",
        "contacts fail less",
        "the time is taken from own work",
    ),
)
READS = ()
WRITES = ()


@inline
def _ask(s, world, p, f):  # type: ignore[no-untyped-def]
    """Hours asked of the five silos by the month's customers, at full standard.

    What is known for certain of each customer (contacts to expect, spend) counts at once; what was drawn (requests,
    complaints, joins) is smoothed over half a year, or overtime, which is convex, and standards, which only fall,
    would make losses of mere luck, the more so the fewer customers are simulated.
    """
    w, money, d = world.silos, world.finance, np.float64(world.dt)
    base = s.customers[f] * d
    hours_per_spend = CONCESSION_LABOUR * world.market.monthly_price / money.pay_per_hour
    made = s.concession[f] + s.extras[f] / MARK_UP
    favours = made * hours_per_spend / 2.0  # half in product, half in service
    unmet = s.requests[f] - s.granted[f]
    screening = s.requests[f] * p.requests.selectivity[f]
    quoting = unmet * p.requests.charged_share[f]
    seeking = (unmet - s.charged[f]) * p.requests.alternative_share[f]
    pursuing = s.complaints[f] * p.recovery.effort_share[f]
    answering = w.request_hours * (s.requests[f] + screening + quoting + seeking)
    selling = SALE_HOURS * s.joined[f] + w.request_hours * (s.told[f] + s.new_asked[f])
    serving = w.contact_hours * (s.complaints[f] + pursuing) + answering + favours
    calling = w.request_hours * s.proactive_contacts[f]
    office = w.operations_hours * (OFFICE_SHARE * base)
    # marketing, sales, product, operations, service
    certain = (office, 0.0, office, w.operations_hours * s.spend[f], w.contact_hours * s.load[f] + calling)
    drawn = (0.0, selling, favours, w.operations_hours * s.failures[f], serving)
    for j in range(N_SILOS):
        s.drawn_hours[f, j] += (drawn[j] / d - s.drawn_hours[f, j]) * min(d / SMOOTHING_MONTHS, 1.0)
        s.asked_hours[f, j] = certain[j] + s.drawn_hours[f, j] * d


@inline
def erode(standard, given, down, up, dt):  # type: ignore[no-untyped-def]
    """The service standard after a time ``dt``: it follows the time given, fast down and slowly up (all in months)."""
    return standard + (given - standard) * dt / (down if given < standard else up)


@step
def work(firms, world, policy):  # type: ignore[no-untyped-def]
    """Load, capacity, time given, standards and backlog of every silo."""
    s, w, d = firms[0], world[0].silos, world[0].dt
    weeks = d / WEEKS_PER_MONTH
    for f in range(len(s.alive)):
        _ask(s, world[0], policy[0], f)
        for j in range(N_SILOS):
            hours = s.heads[f, j] * s.ability[f, j] * HOURS_PER_MONTH * s.own_share[f, j] * d
            s.capacity_hours[f, j] = hours * s.output[f]
            capacity = max(s.capacity_hours[f, j], 1e-9)
            asked = s.asked_hours[f, j]
            s.planned_hours[f, j] += (asked / d - s.planned_hours[f, j]) * d / SMOOTHING_MONTHS
            load = (asked * s.standard[f, j] + s.backlog_hours[f, j] * d) / capacity
            s.pressure[f, j] += (min(max(load, 0.05), 5.0) - s.pressure[f, j]) * d / SMOOTHING_MONTHS
            given = s.standard[f, j] * s.pressure[f, j] ** -w.pressure_exponent
            for _ in range(WEEKS_PER_MONTH if j >= OPERATIONS else 0):  # those who work on customers' orders
                given = s.standard[f, j] * s.pressure[f, j] ** -w.pressure_exponent
                s.standard[f, j] = erode(
                    s.standard[f, j], given, STANDARD_DOWN_MONTHS, w.standard_up_months, weeks
                )
            s.time_given[f, j] = given
            needed = asked * given + s.backlog_hours[f, j]
            s.effort[f, j] = min(needed / capacity, w.overtime_limit)
            s.backlog_hours[f, j] = max(needed - capacity * w.overtime_limit, 0.0)
            s.wait[f, j] = min(s.backlog_hours[f, j] / capacity * d, 12.0)


@step
def appear(firms, world, policy):  # type: ignore[no-untyped-def]
    """What customers meet next month: care, failures, lost hand-offs, waiting.

    Failures: the base chance x causes left x (1 + a rookies) (1 + b (X - .3)) (1 + c (.6 - engagement))
    (1 - z people chosen for empathy), as the mean of operations (.4) and service (.6). Hand-offs: the base loss x
    seams left x (1 - sharing x the share of pairs of silos that take part) x exp(-gain x rotation). Inconsistency is
    the standard deviation of a contact's chance to fail: it differs between the two silos, and between contacts that
    are handed on and those that are not.
    """
    s, w, people = firms[0], world[0], world[0].workforce
    for f in range(len(s.alive)):
        care = 0.0
        failing = 0.0
        apart = 0.0  # of operations and service
        wait = 0.0
        for j in (OPERATIONS, SERVICE):
            weight = 0.6 if j == SERVICE else 0.4
            care += weight * min(s.time_given[f, j], 1.2) ** 0.5
            rookies = (1.0 - s.proficiency[f, j]) / max(1.0 - people.rookie_proficiency, 1e-6)
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
    return min(room, default=1.0)


def takes_part(silo: int, n_sharing: float) -> bool:
    """Whether a silo is among the ``n_sharing`` that share."""
    return bool(SHARING_RANK[silo] < n_sharing)
