"""Listening: hours that people take to hear customers, prospects and other firms, and what each hour tells.

Marketing and product may go out and ask, an hour a talk. Plain listening (surveys, panels) adds to what they see of
the stated dimensions of needs; questioning, about the customer's own business, is slower for these and the only one
that sees the unstated one. Talks at events, after a failure or on leaving, tell causes of failure instead, and talks
with prospects what a message should say. What is known of causes is x / (1 + x) of what can be known, x = gain x hours,
and makes each hour of improvement count for up to two. Leaders who meet customers, and use the firm's own processes,
find causes too, and the offer follows what is believed at 1 + gain x hours times the pace; leaders who look at other
firms bring the causes of failure down towards the best practice, and never below it. All hours are funded as far as
leaders fund programmes, and are taken from own work; leaders are a tenth of the staff.
"""

from __future__ import annotations

from collections.abc import Mapping

from cxsim.company import MARKETING, PRODUCT
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, policy, world

HOURS = ("listening_hours", "leaders_contact_hours", "benchmarking_hours")  # funded quarter by quarter
LEADERS_SHARE = 0.1  # of the people of every silo
OWN_BUSINESS = 0.5  # of an hour that questions goes to the customer's own business (assumption)
BEST_PRACTICE = 0.5  # causes of failure in the best firms of any industry, of a firm that mends nothing (assumption)
WORLD = world(
    "listening",
    Parameter(
        "exposure_per_hour", 0.05, "share per hour a month", 0, 1,
        "assumption: twenty hours a month tell as much as all contacts tell service; range: none to twice",
        "what an hour of listening tells marketing and product of stated needs, against service's contacts",
        range=(0, 0.1),
    ),
    Parameter(
        "findings_gain", 0.05, "per hour a month", 0, 1,
        "assumption: half of the causes that can be known are known at twenty hours a month; range: none to twice",
        "how fast causes of failure are found, per hour of listening at events and of leaders' own contact and use",
        range=(0, 0.1),
    ),
    Parameter(
        "contact_pace_gain", 0.1, "per hour a month", 0, 1,
        "assumption: ten hours halve the time from insight to offer; range: none to twice",
        "how much quicker the offer follows what is believed, per hour of leaders' own contact",
        range=(0, 0.2),
    ),
    Parameter(
        "imitation_rate", 0.005, "per month and hour a month", 0, 0.1,
        "assumption: ten hours close half of the gap in little over a year; range: none to twice",
        "rate at which causes of failure fall to the best practice, per hour of benchmarking",
        range=(0, 0.01),
    ),
)
POLICY = policy(
    "listening",
    Parameter(
        "listening_hours", 0, "hours per month and person", 0, 40,
        "lever: articles A, B, C and D (panels, surveys; learn of each customer)",
        "time of each person in marketing and product for hearing customers, in surveys, panels and meetings",
        "the offer is nearer to what is needed, and follows when needs move",
        "the time is taken from own work",
        claims=("A11", "B1", "B10", "B13", "C6", "D4", "D13", "D14"),
    ),
    Parameter(
        "questioning_share", 0, "share of listening to needs", 0, 1,
        "lever: article D (a questioning organisation)",
        "listening that questions the customer about the own business and what was not asked for",
        "finds what customers cannot put into words",
        "an hour tells less of what they can",
        claims=("B10", "D4", "D13", "D15"),
    ),
    Parameter(
        "events_share", 0, "share of listening to customers", 0, 1,
        "lever: article B (triggers: after a transaction, at events, on leaving)",
        "listening at events, to those who met a failure or are leaving, instead of to anyone",
        "causes of failure are known, and improvement works on the right ones",
        "tells nothing of what is needed, and nothing at all where nobody improves",
        claims=("B9", "B10"),
    ),
    Parameter(
        "prospects_share", 0, "share of listening", 0, 1,
        "lever: article B (voice of the prospect)",
        "listening to people who are not customers",
        "what is said to prospects is to the point",
        "customers are heard less",
        claims=("B9", "B12"),
    ),
    Parameter(
        "leaders_contact_hours", 0, "hours per month and leader", 0, 40,
        "lever: articles C, D and E (own use, the customer's place, direct contact)",
        "leaders' own contact with customers, and own use of the firm's processes",
        "the offer follows insight sooner, and causes of failure are known",
        "the time is taken from own work",
        claims=("B10", "C8", "D19", "E3"),
    ),
    Parameter(
        "benchmarking_hours", 0, "hours per month and leader", 0, 40,
        "lever: article E (conferences, workshops, benchmarking)",
        "leaders' study of rivals and other industries",
        "what others have solved need not be found out",
        "the time is taken from own work, and copying leads no further than the best",
        claims=("B9", "E12"),
    ),
)
CLAIMS = ()
READS = WRITES = ()


def fund(lever: Mapping[str, float], commitment: float) -> dict[str, float]:
    """The hours that are given in a quarter, as far as leaders fund them (``commitment``)."""
    return {name: commitment * lever[name] for name in HOURS}


def hours(silo: int, given: dict[str, float]) -> float:
    """Hours per person and month that a silo gives, of what the firm gives in a quarter."""
    led = LEADERS_SHARE * (given["leaders_contact_hours"] + given["benchmarking_hours"])
    return led + (given["listening_hours"] if silo in (MARKETING, PRODUCT) else 0.0)


@step
def hear(firms, world, policy):  # type: ignore[no-untyped-def]
    """Share out the hours of listening: what they tell, and how many talks they are."""
    s, w, p, d = firms[0], world[0].listening, policy[0].listening, world[0].dt
    for f in range(len(s.alive)):
        time, contact, asking = s.listening_hours[f], s.leaders_contact_hours[f], p.questioning_share[f]
        prospects = time * p.prospects_share[f]
        events = (time - prospects) * p.events_share[f]
        needs = time - prospects - events
        s.stated_exposure[f] = w.exposure_per_hour * needs * (1.0 - asking * OWN_BUSINESS)
        s.unstated_exposure[f] = w.exposure_per_hour * needs * asking * (1.0 - OWN_BUSINESS)
        found, heard = w.findings_gain * (events + contact), w.exposure_per_hour * prospects
        s.findings[f] = found / (1.0 + found)
        s.prospect_insight[f], s.contact_pace[f] = heard / (1.0 + heard), w.contact_pace_gain * contact
        people = (s.heads[f, MARKETING] + s.heads[f, PRODUCT]) * d
        s.surveys[f], s.questionings[f] = people * (time - prospects - needs * asking), people * needs * asking
        s.prospect_talks[f], s.leader_uses[f] = people * prospects, LEADERS_SHARE * s.heads[f].sum() * contact * d


@step
def imitate(firms, world, policy):  # type: ignore[no-untyped-def]
    """Bring causes of failure down towards the best practice, as far as leaders look at others."""
    s, w, d = firms[0], world[0].listening, world[0].dt
    for f in range(len(s.alive)):
        copied = min(w.imitation_rate * s.benchmarking_hours[f] * d, 1.0)
        s.defects[f] -= copied * max(s.defects[f] - BEST_PRACTICE, 0.0)
