"""The state of the firms and their silos: one record, so that a month's history is one copy.

``firms[0].care`` has shape (firms,), ``firms[0].heads`` (firms, silos), ``firms[0].known`` (firms, classes of
severity), ``firms[0].belief`` (firms, silos, segments, needs). What customers' steps read is float32, what is booked is
float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from cxsim.engine.columns import N_NEEDS, N_SEGMENTS

N_SILOS = 5
HOURS_PER_MONTH = 160.0
NORMAL_EXHAUSTION, NORMAL_ENGAGEMENT = 0.3, 0.6  # the levels at which quitting and failing have their base rates
MARKETING, SALES, PRODUCT, OPERATIONS, SERVICE = range(N_SILOS)
OFFICE_SHARE = 0.2  # time for a customer that marketing takes, and product, of operations' for one of mean spend
N_CLASSES, N_ISSUES = 4, 100.0  # classes of severity of pain points; all of these where nothing is ever improved
MARK_UP = 1.2  # price of an extra over its cost: extras earn a sixth of their price (assumption)
CONCESSION_LABOUR = 0.5  # of what a favour costs is work (assumption)
PROJECT_MONTHS = 12.0  # a batch of so many months saves half of the work of taking things up
SHARING_RANK = (4, 3, 1, 2, 0)  # who joins the sharing first: those nearest to the customer's journey


@dataclass(frozen=True, slots=True)
class Field:
    """One quantity of the company record: shape by name, unit, meaning, and whether it is a flow of the step."""

    name: str
    per: str  # "firm", "silo", "ties" (and silo), "class", "segment", "effort" (firm, segment), "offer" (and need),
    # "belief" (and silo)
    unit: str
    meaning: str
    flow: bool = False
    type: str = "f8"


def _firm(name: str, unit: str, meaning: str, flow: bool = False, type: str = "f8") -> Field:
    return Field(name, "firm", unit, meaning, flow, type)


def _silo(name: str, unit: str, meaning: str, flow: bool = False) -> Field:
    return Field(name, "silo", unit, meaning, flow)


def _class(name: str, unit: str, meaning: str, flow: bool = False) -> Field:
    return Field(name, "class", unit, meaning, flow)


_MOS = "months of spend"
SEEN_BY_CUSTOMERS = (
    _firm("alive", "0 or 1", "1 while in business", type="f4"),
    _firm("care", "ratio", "what time and attention make of the offer's fit", type="f4"),
    _firm("failure_prob", "probability", "a contact fails within a silo", type="f4"),
    _firm("handoff_loss_prob", "probability", "a contact loses information where it is handed on", type="f4"),
    _firm("wait_months", "months", "time that customers wait", type="f4"),
    _firm("knowledge", "share", "what those who answer customers know of their needs", type="f4"),
    _firm("promise", _MOS, "quality that the firm announces", type="f4"),
    _firm("failure_toll", _MOS, "quality of a step that a failure takes"),
    _firm("reputation", _MOS, "satisfaction that the public credits the firm with", type="f4"),
    _firm("grant_threshold", "normal score", "score above which a request is granted", type="f4"),
    _firm("typical_cost", _MOS, "mean avoidable cost of a customer a month", type="f4"),
    _firm("labour_price", "months of spend per hour", "pay of an hour against the monthly price", type="f4"),
    _firm("overhead", "ratio", "pay for an hour of work asked against that, smoothed over a year", type="f4"),
    _firm("adjacent", _MOS, "quality that the adjacent service adds for those who have its pain", type="f4"),
    Field("offer", "offer", "spreads", "what is offered to each segment", type="f4"),
    Field("centre", "segment", "spreads", "centre of each segment's needs", type="f4"),
    Field("centre_step", "segment", "spreads", "move of the centres this step", True, "f4"),
    Field("appeal", "effort", _MOS, "what a message to the point adds to what prospects hear", type="f4"),
    _firm("dear", _MOS, "what the price takes from the worth of the service, against the market's", type="f4"),
    _firm("dearer", _MOS, "rise of that since last month", True, "f4"),
    _firm("foresight", "share", "failures of long-time customers that are prevented", type="f4"),
)
TALLIED = (
    _firm("customers", "customers", "customers at the end"),
    _firm("joined", "customers", "gained", True),
    _firm("left", "customers", "lost by their own decision", True),
    _firm("ended", "customers", "relationships ended by the firm", True),
    _firm("tenured", "customers", "with at least 12 months of unbroken tenure"),
    _firm("promoters", "customers", "likely to recommend: 9 or 10 of 10"),
    _firm("detractors", "customers", "likely to recommend: 6 or less of 10"),
    _firm("sum_satisfaction", _MOS, "sum over customers"),
    _firm("sum_trust", "share", "sum over customers"),
    _firm("sum_entitlement", "probability", "sum over customers"),
    _firm("sum_expectation", _MOS, "sum over customers"),
    _firm("sum_cost", _MOS, "sum over customers of the smoothed cost to serve"),
    _firm("sum_equity", _MOS, "sum over customers of discounted contribution"),
    _firm("served", "customers", "served during the step", True),
    _firm("sum_quality", _MOS, "sum over customers served", True),
    _firm("load", "contacts", "contacts to expect", True),
    _firm("told", "customers", "told what can and cannot be done", True),
    _firm("requests", "requests", "beyond the agreement", True),
    _firm("granted", "requests", "granted free", True),
    _firm("charged", "requests", "sold as an extra", True),
    _firm("alternatives", "requests", "met by an alternative", True),
    _firm("contacts", "contacts", "with the firm's people, repeats after failures left out", True),
    _firm("failures", "failures", "of service or hand-off", True),
    _firm("lost_handoffs", "failures", "where a contact was handed on", True),
    _firm("complaints", "complaints", "voiced", True),
    _firm("resolved", "complaints", "resolved", True),
    _firm("exceeded", "customers", "lived through more than they expected", True),
    _firm("fell_short", "customers", "lived through less than they expected", True),
    _firm("abuse", "events", "of abuse of staff", True),
    _firm("spend", _MOS, "paid for the agreed service", True),
    _firm("extras", _MOS, "paid for extras", True),
    _firm("concession", _MOS, "cost of what was granted or offered instead", True),
)
SILO_STATE = (
    _silo("heads_per_seat", "heads", "heads that a simulated seat stands for"),
    _silo("heads", "heads", "employees"),
    _silo("proficiency", "share", "mean proficiency"),
    _silo("ability", "ratio", "mean of proficiency times talent"),
    _silo("exhaustion", "share", "mean exhaustion"),
    _silo("engagement", "share", "mean engagement"),
    _silo("pay", "ratio", "mean pay against the market's"),
    _silo("quits", "heads", "left of their own accord", True),
    _silo("hires", "heads", "hired", True),
    _silo("asked_hours", "hours", "own work asked for", True),
    _silo("capacity_hours", "hours", "own work that can be given without overtime", True),
    _silo("backlog_hours", "hours", "own work left over"),
    _silo("wait", "months", "time that work waits"),
    _silo("pressure", "ratio", "work asked at the current standard against capacity, as perceived"),
    _silo("standard", "share", "desired time per order against the time it needs"),
    _silo("time_given", "share", "time given to an order against the time it needs"),
    _silo("drawn_hours", "hours per month", "own work that depends on the month's luck, smoothed"),
    _silo("planned_hours", "hours per month", "own work that staffing plans for"),
    _silo("target_heads", "heads", "staff aimed at"),
    _silo("hire_carry", "seats", "part of a seat to be hired that waits for the next month"),
    _silo("smooth_quits", "heads per month", "quits that hiring replaces"),
    _silo("effort", "ratio", "hours worked against capacity without overtime"),
    _silo("abuse_per_contact", "events per contact", "abuse that its people meet, per contact"),
    _silo("own_share", "share", "time for its own work"),
    _silo("cross_share", "share", "time for work across silos"),
    _silo("joint_share", "share", "time for joint initiatives, part of the time across silos"),
    _silo("improvement_share", "share", "time for improvement"),
    _silo("insight", "share", "what of customers' needs it believes rightly"),
    _silo("training_hours", "hours per month and person", "training to think of customers"),
    _silo("action_hours", "hours per month and person", "decisions changed for customers"),
    _silo("leaders_hours", "hours per month and person", "leaders' example"),
    _silo("purpose_hours", "hours per month and person", "understanding why"),
    _silo("attention", "hours per month and person", "hours of action that attention to a score is worth"),
    _silo("taught", "share", "practice that training keeps up"),
    _silo("habit", "share", "practice that has become habit"),
    _silo("practice", "probability", "customers' outcomes enter a decision, beyond what is usual"),
    _silo("practice_rise", "per month", "rise of practice"),
    _silo("early_quits", "heads", "left of their own accord within a year of being hired", True),
    _silo("empathy", "share", "people who were chosen for empathy"),
    Field("belief", "belief", "spreads", "what each silo believes each segment needs"),
    Field("variance", "belief", "spreads squared", "how uncertain that belief is"),
    Field("learned", "ties", "share", "uncertainty that each silo lost by what each silo saw", True),
)
FIRM_STATE = (
    _firm("commitment", "share", "planned programmes that leaders fund, and for which there is time"),
    _firm("sharing", "share", "sharing of customer information that happens"),
    _firm("defects", "ratio", "sources of failure against the start"),
    _firm("seams", "ratio", "losses at hand-offs against the start"),
    _firm("employer_name", "share", "name as an employer"),
    _firm("applicants", "ratio", "people who apply, against what is usual"),
    _firm("output", "ratio", "what an hour's work gives, by drill and by strengths"),
    _firm("drill_strain", "per month", "strain of being driven"),
    _firm("rest", "ratio", "how fast exhaustion fades, by support"),
    _firm("coaching", "ratio", "how fast new hires mature and practice spreads, by mentoring"),
    _firm("voice", "ratio", "causes of failure that improvement finds, by what staff say"),
    _firm("quit_factor", "ratio", "hazard to quit, by the use of strengths"),
    _firm("search", "ratio", "time and cost of hiring, by how choosy it is"),
    _firm("aspiration", "money per month", "profit that leaders hold to be normal"),
    _firm("recent_profit", "money per month", "profit as leaders feel it, smoothed over four quarters"),
    _firm("start_spend", "months of spend per month", "spend at the opening"),
    _firm("price", "money per month", "the market's price of the agreed service"),
    _firm("cash", "money", "cash"),
    *(
        _firm(name, "money", "see the record's columns", True)
        for name in (
            "revenue", "variable_cost", "concession_cost", "recovery_cost", "pay_cost", "turnover_cost",
            "acquisition_cost", "programme_cost", "fixed_cost", "profit",
        )
    ),
    _firm("cynicism", "share", "disbelief in what leaders say"),
    _firm("measuring_hours", "hours per month and person", "given to measuring how customer-centric the firm is"),
    _firm("rancour", "share", "engagement that disputes between silos cost"),
    _firm("dispute_share", "share", "everybody's time that disputes between silos take, mediated or not"),
    _firm("dispute_hours", "hours", "see the record's columns", True),
    _firm("values_share", "share of revenue", "spent on values"),
    _firm("new_defects", "ratio", "sources of failure that grow back, against the start"),
    _firm("new_seams", "ratio", "losses at hand-offs that grow back, against the start"),
    _firm("offer_delay", "ratio", "time in which the offer follows, against the start"),
    Field("effort_by_segment", "effort", "ratio", "listening, development and messages against an even spread"),
    _firm("listening_hours", "hours per month and person", "given to listening by marketing and product"),
    _firm("leaders_contact_hours", "hours per month and leader", "given to contact with customers and own use"),
    _firm("benchmarking_hours", "hours per month and leader", "given to the study of other firms"),
    _firm("stated_exposure", "share", "what listening shows of stated needs, against service's contacts"),
    _firm("unstated_exposure", "share", "what listening shows of unstated needs, against service's contacts"),
    _firm("findings", "share", "causes of failure that are known beyond what staff come upon"),
    _firm("prospect_insight", "share", "what is known of prospects"),
    _firm("contact_pace", "ratio", "how much quicker the offer follows by leaders' contact"),
    _firm("reasons", "share", "newcomers of the last year who were asked why they came"),
    *(
        _firm(name, unit, "see the record's columns", True)
        for name, unit in (
            ("surveys", "talks"), ("questionings", "talks"), ("prospect_talks", "talks"), ("leader_uses", "hours"),
            ("offers_changed", "offers"), ("proactive_contacts", "calls"), ("new_asked", "customers"),
        )
    ),
)  # fmt: skip
PAIN_POINTS = (
    _class("hidden", "ratio", "severity of causes of failure that nobody knows, of all against the start"),
    _class("known", "ratio", "severity of causes that are known and not mended"),
    _class("rooted", "ratio", "severity that was mended at the root"),
    _class("spotted", "ratio", "severity that came to be known", True),
    _firm("kept", "ratio", "severity that cannot come back"),
    _firm("recognised", "share", "how far effort for improvement is recognised"),
    _firm("discipline", "share", "planned order of improvement that people keep to"),
    _firm("pace", "share", "open pain points that the time for improvement can mend", True),
    _firm("aside", "share", "improvement that goes by the list or is done on the spot"),
    _firm("taken", "ratio", "severity mended by the list or on the spot", True),
    _firm("waiting", "ratio", "severity mended that waits to be released"),
    _firm("since_release", "months", "time since mended causes were last released"),
    _firm("fix_impact", "ratio", "severity taken from customers per pain point mended, against the mean, over a year"),
    _firm("best_impact", "ratio", "the highest that it has been"),
    _firm("inconsistency", "probability", "spread of the chance that a contact fails, by silo and by hand-off"),
    _firm("known_issues", "pain points", "known and not mended"),
    _firm("found_issues", "pain points", "that came to be known", True),
    _firm("fixed_issues", "pain points", "mended", True),
    _firm("recurred_issues", "pain points", "mended before, and back", True),
)
FIELDS: tuple[Field, ...] = SEEN_BY_CUSTOMERS + TALLIED + SILO_STATE + FIRM_STATE + PAIN_POINTS
BY_NAME = {f.name: f for f in FIELDS}
TALLY_NAMES = tuple(f.name for f in TALLIED)


@lru_cache(maxsize=8)  # compiled steps recognise a dtype by identity
def company_dtype(n_firms: int) -> np.dtype[Any]:
    """The record type of a market of ``n_firms`` firms."""
    shapes = {
        "firm": (n_firms,),
        "silo": (n_firms, N_SILOS),
        "ties": (n_firms, N_SILOS, N_SILOS),
        "class": (n_firms, N_CLASSES),
        "segment": (N_SEGMENTS, N_NEEDS),
        "effort": (n_firms, N_SEGMENTS),
        "offer": (n_firms, N_SEGMENTS, N_NEEDS),
        "belief": (n_firms, N_SILOS, N_SEGMENTS, N_NEEDS),
    }
    return np.dtype([(f.name, f.type, shapes[f.per]) for f in FIELDS])
