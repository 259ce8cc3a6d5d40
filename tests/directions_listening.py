"""What the parameters of listening and targeting move: experiments as in ``directions.py``."""

from __future__ import annotations

import numpy as np

from cxsim.company import MARKETING, PRODUCT, SALES, SERVICE
from directions import DOWN, FAILING, FRESH, UP, Row, Stat, firm, offer_moved, people, silo, unstated
from lived import Watched


def stated(m: Watched, _: Watched) -> float:
    """Product's uncertainty about what customers can state."""
    return float(m.company["variance"][0, 0, PRODUCT, :, :-1].mean())


def other_time(j: int) -> Stat:
    """Share of time of a silo that goes neither to own or joint work nor to improvement."""

    def stat(m: Watched, _: Watched) -> float:
        return 1 - sum(float(m.company[f"{name}_share"][0, 0, j]) for name in ("own", "cross", "improvement"))

    return stat


ASKING = {"policy.listening.listening_hours": 20}
QUESTIONING = {**ASKING, "policy.listening.questioning_share": 1}
LED = {"policy.listening.leaders_contact_hours": 10}
BENCHMARKING = {"policy.listening.benchmarking_hours": 20}
TO_PROSPECTS = {**ASKING, "policy.listening.prospects_share": 0.5}
CALLING = {"policy.targeting.proactive_rate": 1}

ROWS = (
    Row("world.listening.exposure_per_hour", 0, 0.1, stated, DOWN, start=ASKING,
        mute=("policy.listening.listening_hours", 0, 20)),
    Row("world.listening.exposure_per_hour", 0, 0.1, firm("prospect_insight"), UP, start=TO_PROSPECTS, off=0),
    Row("world.listening.findings_gain", 0, 0.1, firm("findings"), UP, start=LED, off=0),
    Row("world.listening.findings_gain", 0, 0.1, firm("defects"), DOWN,
        start={**LED, "policy.silos.improvement_share": 0.2}, mute=("policy.listening.leaders_contact_hours", 0, 20)),
    Row("world.listening.contact_pace_gain", 0, 0.2, offer_moved, UP, start=LED,
        mute=("policy.listening.leaders_contact_hours", 0, 20)),
    Row("world.listening.imitation_rate", 0, 0.01, firm("defects"), DOWN, start=BENCHMARKING,
        mute=("policy.listening.benchmarking_hours", 0, 20)),
    Row("policy.listening.listening_hours", 0, 20, stated, DOWN, mute=("world.listening.exposure_per_hour", 0, 0.1)),
    Row("policy.listening.listening_hours", 0, 20, firm("surveys"), UP, off=0),
    Row("policy.listening.listening_hours", 0, 20, firm("offers_changed"), UP, off=0,
        start={"company.offer": 0}),
    Row("policy.listening.listening_hours", 0, 20, other_time(MARKETING), UP, off=0),
    Row("policy.listening.questioning_share", 0, 1, unstated, DOWN, start=ASKING,
        mute=("world.listening.exposure_per_hour", 0, 0.1)),
    Row("policy.listening.events_share", 0, 1, firm("findings"), UP, start=ASKING, off=0),
    Row("policy.listening.prospects_share", 0, 1, firm("appeal"), UP, start=ASKING, off=0),
    Row("policy.listening.leaders_contact_hours", 0, 20, firm("leader_uses"), UP, off=0),
    Row("policy.listening.leaders_contact_hours", 0, 20, other_time(SERVICE), UP, off=0),
    Row("policy.listening.leaders_contact_hours", 0, 20, offer_moved, UP,
        mute=("world.listening.contact_pace_gain", 0, 0.2)),
    Row("policy.listening.benchmarking_hours", 0, 20, firm("defects"), DOWN,
        mute=("world.listening.imitation_rate", 0, 0.01)),
    Row("world.targeting.message_gain", 0, 0.1, firm("appeal"), UP, start=TO_PROSPECTS, off=0),
    Row("world.targeting.preventable_share", 0, 0.8, firm("foresight"), UP, start=CALLING, off=0),
    Row("world.targeting.wasted_share", 0, 0.4, firm("acquisition_cost"), DOWN,
        start={"policy.targeting.asking_new_share": 1}, mute=("policy.targeting.asking_new_share", 0, 1)),
    Row("policy.targeting.focus_share", 0, 1, firm("effort_by_segment", np.max), UP, off=1),
    Row("policy.targeting.proactive_rate", 0, 12, people("failed"), DOWN, start=FAILING,
        mute=("world.targeting.preventable_share", 0, 0.8)),
    Row("policy.targeting.proactive_rate", 0, 12, firm("proactive_contacts"), UP, off=0),
    Row("policy.targeting.proactive_rate", 0, 12, silo("asked_hours", SERVICE), UP, off=0,
        start={**FRESH, "world.requests.out_of_scope_rate": 0, "world.work.contact_hours": 0}),
    Row("policy.targeting.asking_new_share", 0, 1, firm("new_asked"), UP, off=0),
    Row("policy.targeting.asking_new_share", 0, 1, silo("asked_hours", SALES), UP,
        start={**FRESH, "policy.expectations.set_up_front_share": 0}, not_off="winning them takes time all the same"),
)  # fmt: skip
