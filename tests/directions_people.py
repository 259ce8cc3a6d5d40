"""What the parameters of leadership and competition move: experiments as in ``directions.py``."""

from __future__ import annotations

import numpy as np

from directions import DOWN, HIRING, UP, Row, Stat, firm, seats, silo, strain
from lived import Watched


def rival(name: str, at: int = 1) -> Stat:
    """A quantity of the first rival, in the mean."""
    return lambda m, _: float(np.mean(m.company[name][0, at]))


def off_centre(m: Watched, _: Watched) -> float:
    """How far the first rival's offer is from what segments need."""
    return float(np.abs(m.company["offer"][0, 1] - m.company["centre"][0]).mean())


UNDERSTAFFED = {"policy.workforce.spare_capacity_share": 0.5}
# What takes time brings overtime, which tires, and needs hires: both are kept out.
IN_HOURS = {"world.workforce.overtime_strain_rate": 0, "company.hire_carry": 0, "world.turnover.hiring_months": 36}
DRILLED = {"policy.leadership.coercion_share": 0.5}
QUARRELLING = {"world.disputes.dispute_hours": 2}
CHOOSY = {"policy.leadership.empathy_hiring_share": 1}

ROWS = (
    Row("world.turnover.newcomer_quits", 0, 5, silo("quits"), UP,
        start={"seats.tenure": 0, "world.turnover.quit_rate": 0.1}, mute=("seats.tenure", 0, 100)),
    Row("world.turnover.hiring_months", 1, 24, silo("hires"), DOWN, start=UNDERSTAFFED),
    Row("world.turnover.applicants_slope", 0, 10, seats("talent", new=True), UP,
        start={**HIRING, "company.employer_name": 1}, mute=("company.employer_name", 0.5, 1)),
    Row("world.turnover.applicants_slope", 0, 10, silo("hires"), DOWN,
        start={**UNDERSTAFFED, "policy.workforce.relative_pay": 0.8}, mute=("policy.workforce.relative_pay", 0.7, 1.5)),
    Row("world.turnover.applicants_slope", 0, 10, firm("turnover_cost"), UP,
        start={**HIRING, "policy.workforce.relative_pay": 0.8}, mute=("company.employer_name", 0, 1)),
    Row("policy.workforce.relative_pay", 0.8, 1.5, seats("talent", new=True), UP, start=HIRING),
    Row("world.disputes.dispute_hours", 0, 2, firm("dispute_hours"), UP, off=0),
    Row("world.disputes.dispute_hours", 0, 2, silo("own_share"), DOWN, start={"company.aspiration": -1e12}, months=4,
        not_off="time goes elsewhere too"),
    Row("world.disputes.rancour", 0, 0.1, firm("rancour"), UP, start=QUARRELLING, off=0),
    Row("world.disputes.rancour", 0, 0.1, seats("engagement"), DOWN, start=QUARRELLING, months=3,
        mute=("world.disputes.dispute_hours", 0.001, 0.002)),
    Row("world.disputes.mediation_effort", 0, 2, firm("dispute_hours"), UP,
        start={**QUARRELLING, "policy.disputes.mediated_share": 1},
        not_off="somebody is there to mediate"),
    Row("policy.disputes.mediated_share", 0, 1, firm("dispute_hours"), DOWN, start=QUARRELLING,
        mute=("world.disputes.mediation_effort", 0, 2)),
    Row("world.leadership.support_rest_gain", 0, 1, seats("exhaustion"), DOWN,
        start={"policy.leadership.support_hours": 8, **IN_HOURS}, mute=("policy.leadership.support_hours", 0, 8)),
    Row("world.leadership.voice_gain", 0, 1, firm("defects"), DOWN,
        start={"policy.leadership.support_hours": 8, "policy.silos.improvement_share": 0.2},
        mute=("policy.leadership.support_hours", 0, 8)),
    Row("world.leadership.mentoring_gain", 0, 10, seats("proficiency"), UP,
        start={"policy.leadership.mentoring_share": 0.5, "seats.proficiency": 0.4, **IN_HOURS},
        mute=("policy.leadership.mentoring_share", 0, 0.5)),
    Row("world.leadership.mentoring_gain", 0, 10, silo("practice"), UP,
        start={"policy.leadership.mentoring_share": 0.5, "company.habit": 0.5, "company.practice": 0.5, **IN_HOURS},
        mute=("policy.leadership.mentoring_share", 0, 0.5)),
    Row("world.leadership.drill_pace_gain", 0, 2, silo("capacity_hours"), UP, start=DRILLED,
        not_off="nothing is gained, but leaders' time is taken"),
    Row("world.leadership.drill_strain_rate", 0, 1, strain, UP, start={**DRILLED, **IN_HOURS},
        mute=("policy.leadership.coercion_share", 0, 0.5)),
    Row("world.leadership.strengths_effect_share", 0, 1, firm("output"), UP, off=1,
        start={"policy.leadership.strengths_hours": 8}),
    Row("world.leadership.strengths_effect_share", 0, 1, silo("quits"), DOWN,
        start={"policy.leadership.strengths_hours": 8, "world.turnover.quit_rate": 0.3, **IN_HOURS},
        mute=("policy.leadership.strengths_hours", 0, 8)),
    Row("world.leadership.empathy_gain", 0, 0.9, firm("failure_prob"), DOWN, start={"company.empathy": 1},
        mute=("company.empathy", 0, 1)),
    Row("world.leadership.empathy_gain", 0, 0.9, firm("variance"), DOWN, start={"company.empathy": 1},
        mute=("company.empathy", 0, 1)),
    Row("policy.leadership.support_hours", 0, 8, firm("rest"), UP, off=1),
    Row("policy.leadership.support_hours", 0, 8, firm("voice"), UP, off=1),
    Row("policy.leadership.mentoring_share", 0, 0.5, firm("coaching"), UP, off=1),
    Row("policy.leadership.coercion_share", 0, 0.5, firm("output"), UP, off=1),
    Row("policy.leadership.coercion_share", 0, 0.5, firm("drill_strain"), UP, off=0),
    Row("policy.leadership.strengths_hours", 0, 8, firm("quit_factor"), DOWN, off=1),
    Row("policy.leadership.empathy_hiring_share", 0, 1, silo("empathy"), UP, start=HIRING, off=0),
    Row("world.competition.rival_improvement_rate", 0, 0.5, rival("defects"), DOWN, off=1,
        start={"company.defects": 1, "world.improvement.effect_rate": 0}),
    Row("world.competition.rival_improvement_rate", 0, 0.5, off_centre, DOWN,
        not_off="rivals still learn what customers need"),
    Row("world.competition.imitation_rate", 0, 0.33, lambda m, _: float(m.policy["requests"]["conceded_share"][0, 1]),
        DOWN, start={"policy.requests.conceded_share": 0, "company.recent_profit": 0}, off=0.5),
)
