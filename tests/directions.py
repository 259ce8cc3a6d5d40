"""What every parameter moves: two values, the quantity that its mechanism writes, and the sign of the change.

A row is an experiment of one month (or a few) on the same people with the same luck, set up so that the channel
stands alone. Nothing here is loyalty or profit: whether a lever pays is for the model to find, not for a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cxsim.company import MARKETING, OPERATIONS, PRODUCT, SALES, SERVICE
from lived import Watched

Stat = Callable[[Watched, Watched], float]  # of the model afterwards and before
UP, DOWN = 1, -1


@dataclass(frozen=True)
class Row:
    """One experiment; a parameter that acts in several ways has several.

    At most one of ``off``, ``mute`` and ``not_off`` says what the lower bound means.
    ``off``: the quantity at the lower bound. ``mute``: a path and two values between which the quantity does not
    move while the parameter stands at its lower bound. ``not_off``: why the lower bound switches nothing off.
    ``opening``: the parameter acts where people and firms are drawn, so two models are opened.
    """

    path: str
    low: float
    high: float
    stat: Stat
    sign: int
    start: Mapping[str, Any] = field(default_factory=dict)
    off: float | None = None
    mute: tuple[str, float, float] | None = None
    not_off: str = ""
    months: int = 1
    opening: bool = False


def people(name: str, where: Callable[[dict[str, np.ndarray]], np.ndarray] | None = None, of: Any = np.mean) -> Stat:
    """A customers' column in the month lived: its mean (or ``of``) over the focal firm's, or ``where``."""

    def stat(m: Watched, _: Watched) -> float:
        c = m.lived
        chosen = c["served_by"] == 0 if where is None else where(c) > 0
        assert chosen.any(), f"nobody to look at for {name}"
        return float(of(c[name][..., chosen].astype(float)))

    return stat


def moved(name: str, where: Callable[[dict[str, np.ndarray]], np.ndarray] | None = None) -> Stat:
    """How far a stored customers' column moved, in the mean over the focal firm's who did not just join."""

    def stat(m: Watched, before: Watched) -> float:
        c = m.lived
        chosen = (c["served_by"] == 0) & (c["joined"] == 0)
        if where is not None:
            chosen &= where(c) > 0
        return float(np.abs(c[name].astype(float) - before.people[name])[..., chosen].mean())

    return stat


def firm(name: str, of: Any = np.mean) -> Stat:
    """A quantity of the focal firm."""
    return lambda m, _: float(of(np.abs(m.company[name][0, 0]) if of is np.ptp else m.company[name][0, 0]))


def silo(name: str, j: Any = slice(None)) -> Stat:
    """A quantity of the focal firm's silos, or of one of them."""
    return lambda m, _: float(np.mean(m.company[name][0, 0, j]))


def seats(name: str, new: bool = False) -> Stat:
    """An employees' column: the mean over filled seats, or over those that were filled this month."""

    def stat(m: Watched, _: Watched) -> float:
        s = m.seats
        chosen = (s["present"] > 0) & (s["tenure"] == 0 if new else True)
        assert chosen.any(), f"nobody to look at for {name}"
        return float(s[name][chosen].mean())

    return stat


def strain(m: Watched, before: Watched) -> float:
    """Mean strain of those who stayed: what exhaustion gained beyond what rest took away."""
    stayed = (m.seats["present"] > 0) & (before.seats["present"] > 0) & (m.seats["tenure"] > 0)
    x, y = (k.seats["exhaustion"].astype(float)[stayed] for k in (before, m))
    return float((y - x + x / m.world["workforce"]["recovery_months"][0]).mean())


def store(name: str, of: Any = np.std) -> Stat:
    """Spread of a stored column over the whole pool."""
    return lambda m, _: float(of(m.people[name].astype(float)))


def own_move(m: Watched, before: Watched) -> float:
    """How far people's needs moved beyond the move of their segment."""
    step = m.company["centre_step"][0][m.people["segment"]].T
    return float(np.abs(m.people["need"] - before.people["need"] - step).mean())


def unstated(m: Watched, _: Watched) -> float:
    """Uncertainty about what customers cannot state."""
    return float(m.company["variance"][0, 0, :, :, -1].mean())


def offer_moved(m: Watched, before: Watched) -> float:
    """How far the focal firm's offer moved."""
    return float(np.abs(m.company["offer"] - before.company["offer"])[0, 0].mean())


def above_delivered(m: Watched, before: Watched) -> float:
    """What the promise gained beyond what follows from the quality delivered."""
    s = before.company[0]
    loss = before.world["journey"]["failure_loss"][0] * s["failures"][0]
    follow = s["promise"][0] + ((s["sum_quality"][0] - loss) / s["served"][0] - s["promise"][0]) / 3
    return float(m.company["promise"][0, 0] - follow)


def news(bad: int | None = None) -> Stat:
    """Share of people who tell a story: any, or a good (0) or bad (1) one."""

    def stat(m: Watched, _: Watched) -> float:
        n = m.lived["news"]
        return float(((n > 0) & ((n - 1) % 2 == bad if bad is not None else True)).mean())

    return stat


def times(name: str, value: float) -> Stat:
    """Share of the pool for whom a column of the month has a value."""
    return lambda m, _: float((m.lived[name] == value).mean())


def over_standard(m: Watched, _: Watched) -> float:
    """Time given against the standard, in service."""
    return float(m.company["time_given"][0, 0, SERVICE] / m.company["standard"][0, 0, SERVICE])



def _free(granted: float = 0, sold: float = 0, instead: float = 0, occasions: float = 2) -> dict[str, float]:
    """Many requests, and how they are answered."""
    return {
        "world.requests.out_of_scope_rate": occasions, "policy.requests.conceded_share": granted,
        "policy.requests.charged_share": sold, "policy.requests.alternative_share": instead,
    }  # fmt: skip


def granted(c: dict[str, np.ndarray]) -> np.ndarray:
    return c["granted"] * (c["served_by"] == 0)


def joined(c: dict[str, np.ndarray]) -> np.ndarray:
    return c["joined"] * (c["firm"] == 0)


def stayed(c: dict[str, np.ndarray]) -> np.ndarray:
    return (c["served_by"] == 0) & (c["firm"] == 0)


FAILING = {"world.journey.failure_prob": 0.5, "company.failure_prob": 0.5, "world.journey.contact_rate": 1}
COMPLAINING = {**FAILING, "world.recovery.complaint_prob": 1, "policy.recovery.effort_share": 1}
ABUSED = {"world.conduct.abuse_prob": 0.5, "world.journey.contact_rate": 1}
BURIED = {"company.backlog_hours": 1e7}
PRESSED = {"company.pressure": 2.0, "company.standard": 1.0}
RELAXED = {"company.pressure": 0.5, "company.standard": 0.5}
NO_OTHER_FAILURES = {f"world.encounter.{k}_failures": 0 for k in ("rookie", "exhaustion", "engagement")}
ALARM = {"company.aspiration": 1e12}
HIRING = {"company.hire_carry": 5.0}
JOINING = {"world.loyalty.leaving_per_year": 3}

FRESH = {"company.drawn_hours": 0}  # what was drawn in earlier months is not carried over

ROWS = (
    Row("world.market.represents", 1e5, 4e5, firm("customers"), UP, opening=True),
    Row("world.market.monthly_price", 50, 200, firm("revenue"), UP),
    Row("world.pricing.price_weight", 0, 3, people("satisfaction"), DOWN, start={"policy.pricing.relative_price": 1.1},
        mute=("policy.pricing.relative_price", 0.5, 2)),
    Row("world.pricing.price_weight", 0, 3, people("image"), DOWN, start={"policy.pricing.relative_price": 1.1},
        mute=("policy.pricing.relative_price", 0.5, 2)),
    Row("policy.pricing.relative_price", 0.5, 2, firm("revenue"), UP),
    Row("policy.pricing.relative_price", 0.5, 2, people("satisfaction"), DOWN),
    Row("world.market.spend_sigma", 0, 1, store("wallet"), UP, off=0, opening=True),
    Row("world.needs.drift_sd", 0, 0.2, lambda m, _: float(np.abs(m.company["centre_step"]).mean()), UP, off=0),
    Row("world.needs.return_rate", 0, 0.2, own_move, UP, off=0),
    Row("world.insight.noise_variance", 0.4, 40, firm("variance"), UP),
    Row("world.insight.unstated_share", 0, 1, unstated, DOWN,
        mute=("world.insight.noise_variance", 0.4, 40)),
    Row("world.offer.adapt_months", 2, 30, offer_moved, DOWN),
    Row("world.offer.misfit_loss", 0, 0.5, people("fit"), DOWN, off=1),
    Row("world.offer.adjacent_relief", 0, 1, people("quality"), UP, start={"policy.offer.adjacent_share": 0.1},
        mute=("policy.offer.adjacent_share", 0, 0.1)),
    Row("policy.offer.adjacent_share", 0, 0.1, firm("adjacent"), UP, off=0),
    Row("policy.offer.adjacent_share", 0, 0.1, firm("programme_cost"), UP, off=0,
        start={"policy.silos.information_sharing_share": 0}),
    Row("world.expectations.learning_months", 2, 30, moved("expectation"), DOWN),
    Row("world.expectations.learning_months", 2, 30, moved("satisfaction"), DOWN),
    Row("world.expectations.entitlement_learning_share", 0, 1, moved("entitlement"), UP, off=0,
        start={**_free(granted=0.5), "policy.expectations.set_up_front_share": 0}),
    Row("world.expectations.naive_entitlement_prob", 0, 1, people("entitlement", joined), UP, start=JOINING,
        not_off="a belief: newcomers take a favour to be impossible"),
    Row("world.expectations.optimism", 0, 0.5, people("expectation", joined), UP,
        start={**JOINING, "policy.expectations.set_up_front_share": 0},
        mute=("policy.expectations.set_up_front_share", 0, 1)),
    Row("world.expectations.rival_pull_rate", 0, 0.3, people("expectation"), UP,
        start={"world.expectations.outside_quality": 2}, mute=("world.expectations.outside_quality", 0, 2)),
    Row("world.expectations.outside_quality", 0, 2, people("expectation"), UP,
        start={"world.expectations.rival_pull_rate": 0.2},
        not_off="no shock; rivals are still looked at"),
    Row("policy.expectations.set_up_front_share", 0, 1, people("told", stayed), UP, off=0),
    Row("policy.expectations.hype", 0, 1, above_delivered, UP, off=0),
    Row("world.journey.contact_rate", 0, 1, people("contact"), UP, off=0),
    Row("world.journey.failure_prob", 0, 0.3, firm("failure_prob"), UP, off=0),
    Row("world.journey.failure_loss", 0, 1, people("satisfaction"), DOWN,
        start={"world.recovery.complaint_prob": 0, "world.journey.contact_rate": 1},
        mute=("company.failure_prob", 0, 0.9)),
    Row("world.journey.failure_loss", 0, 1, people("quality"), DOWN, start={"company.wait_months": 1},
        mute=("company.wait_months", 0, 2)),
    Row("world.journey.handoff_loss_prob", 0, 0.3, firm("handoff_loss_prob"), UP, off=0),
    Row("world.requests.out_of_scope_rate", 0, 1, people("asked"), UP, off=0),
    Row("world.requests.asking_cv", 0, 2, store("asking"), UP, off=0, opening=True),
    Row("world.requests.value_median", 0.1, 1, people("concession", granted), UP, start=_free(granted=1)),
    Row("world.requests.value_sigma", 0, 1, people("concession", granted, np.std), UP, off=0,
        start=_free(granted=1)),
    Row("world.requests.value_sigma", 0, 1, people("charged"), UP, off=0, start=_free(sold=1)),  # some cost less
    Row("world.requests.cost_to_value", 0.2, 2, people("concession", granted), UP, start=_free(granted=1)),
    Row("world.requests.hassle", 0, 0.5, people("asked"), DOWN, start=_free(),
        mute=("world.requests.value_median", 0.02, 3)),
    Row("world.requests.alternative_value_share", 0, 1, people("relief"), UP, start=_free(instead=1),
        mute=("policy.requests.alternative_share", 0, 1)),
    Row("world.requests.alternative_cost_share", 0, 1, people("concession"), UP, start=_free(instead=1), off=0),
    Row("policy.requests.conceded_share", 0, 1, people("granted"), UP, start=_free(), off=0),
    Row("policy.requests.selectivity", 0, 1, people("concession", granted), DOWN, start=_free(granted=0.5),
        mute=("company.variance", 1e-6, 1)),
    Row("policy.requests.charged_share", 0, 1, people("charged"), UP, start=_free(), off=0),
    Row("policy.requests.alternative_share", 0, 1, people("alternative"), UP, start=_free(), off=0),
    Row("world.recovery.complaint_prob", 0, 1, people("complained"), UP, start=FAILING, off=0),
    Row("world.recovery.resolved_relief", 0, 1, people("recovery"), UP, off=0,
        start={**COMPLAINING, "policy.recovery.compensation": 0}),
    Row("policy.recovery.effort_share", 0, 1, people("resolved"), UP, start=COMPLAINING, off=0),
    Row("policy.recovery.compensation", 0, 1, firm("recovery_cost"), UP, start=COMPLAINING, off=0),
    Row("world.conduct.abuse_prob", 0, 0.5, people("abuse"), UP, off=0),
    Row("world.conduct.refusal_factor", 0, 20, people("abuse"), UP,
        start={**ABUSED, **_free(), "world.requests.hassle": 0}, mute=("people.entitlement", 0.4, 0.9)),
    Row("world.conduct.sanction_loss", 0, 2, people("satisfaction"), DOWN,
        start={**ABUSED, "policy.conduct.tolerated_share": 0}, mute=("policy.conduct.tolerated_share", 0, 1)),
    Row("policy.conduct.tolerated_share", 0, 1, people("sanctioned"), DOWN, start=ABUSED,
        not_off="the upper end is off: at 1 nobody is sanctioned"),
    Row("world.loyalty.satisfaction_slope", 0, 6, people("odds", of=lambda x: x[1].mean()), UP, off=1),
    Row("world.loyalty.leaving_per_year", 0, 2, people("left"), UP, off=0),
    Row("world.loyalty.leaving_per_year", 0, 2, people("joined", lambda c: c["served_by"] == -1), UP, off=0),
    Row("world.loyalty.frailty_cv", 0, 2, store("frailty"), UP, off=0, opening=True),
    Row("world.loyalty.delight_gain", 0, 2, people("satisfaction"), UP, start={"people.expectation": 0.5},
        mute=("people.expectation", 0.1, 0.3)),
    Row("world.loyalty.trust_gain", 0, 2, moved("trust"), UP, off=0),
    Row("world.loyalty.doing_without", -1, 2, times("chosen", -1), UP),
    Row("world.loyalty.doing_without", -1, 2, store("firm", lambda x: (x < 0).mean()), UP, opening=True),
    Row("world.word_of_mouth.talk_prob", 0, 1, news(), UP, off=0),
    Row("world.word_of_mouth.bad_news_ratio", 0, 5, news(bad=1), UP, start=FAILING, off=0),
    Row("world.word_of_mouth.story_weight", 0, 0.3, moved("image"), UP, off=0),
    Row("world.word_of_mouth.story_weight", 0, 0.3, people("image"), UP, start={"company.reputation": 2},
        mute=("company.reputation", 0, 2)),
    Row("policy.relationships.ending_rate", 0, 1, people("ended"), UP, off=0, start=_free(granted=1)),
    Row("world.work.operations_hours", 0, 1, silo("asked_hours", OPERATIONS), UP, off=0, start=FRESH),
    Row("world.work.operations_hours", 0, 1, silo("asked_hours", MARKETING), UP, off=0),
    Row("world.work.operations_hours", 0, 1, silo("asked_hours", PRODUCT), UP, off=0,
        start={**FRESH, "world.requests.out_of_scope_rate": 0}),
    Row("world.work.contact_hours", 0, 4, silo("asked_hours", SERVICE), UP, off=0,
        start={**FRESH, "world.requests.out_of_scope_rate": 0}),
    Row("world.work.request_hours", 0, 4, silo("asked_hours", SERVICE), UP,
        start={**FRESH, "world.work.contact_hours": 0}, not_off="favours take time all the same"),
    Row("world.work.request_hours", 0, 4, silo("asked_hours", SALES), UP, start=FRESH,
        not_off="winning customers takes time all the same"),
    Row("world.work.pressure_exponent", 0, 1, over_standard, DOWN, start=PRESSED, off=1),
    Row("world.work.standard_up_months", 1, 1000, silo("standard", SERVICE), DOWN, start=RELAXED),
    Row("world.work.overtime_limit", 1, 1.5, silo("effort"), UP, start=BURIED),
    Row("world.silos.coordination_hours", 0, 10, silo("cross_share"), UP, off=0,
        start={"policy.silos.shared_metrics_share": 0}),
    Row("world.silos.coordination_hours", 0, 10, silo("cross_share"), UP, off=0,
        start={"policy.silos.information_sharing_share": 0}),
    Row("world.silos.own_metric_neglect_share", 0, 1, firm("sharing"), DOWN, start={"company.pressure": 0.9},
        mute=("policy.silos.shared_metrics_share", 0, 1)),
    Row("world.silos.rotation_gain", 0, 10, firm("handoff_loss_prob"), DOWN,
        start={"policy.silos.rotation_per_year": 0.5}, mute=("policy.silos.rotation_per_year", 0, 1)),
    Row("policy.silos.information_sharing_share", 0, 1, firm("sharing"), UP, off=0),
    Row("policy.silos.n_sharing", 0, 5, firm("handoff_loss_prob"), DOWN,
        start={"policy.silos.information_sharing_share": 1},
        mute=("policy.silos.information_sharing_share", 0, 1)),
    Row("policy.silos.shared_metrics_share", 0, 1, firm("sharing"), UP,
        start={"company.pressure": 0.9, "company.aspiration": -1e12}, off=0.2 * 0.7),  # a silo skips what it may
    Row("policy.silos.joint_initiative_share", 0, 0.3, silo("joint_share"), UP, off=0),
    Row("policy.silos.rotation_per_year", 0, 1, firm("handoff_loss_prob"), DOWN,
        mute=("world.silos.rotation_gain", 0, 20)),
    Row("policy.silos.improvement_share", 0, 0.3, silo("improvement_share"), UP, off=0),
    Row("world.workforce.abuse_strain_rate", 0, 5, strain, UP, start=ABUSED,
        mute=("world.conduct.abuse_prob", 0, 0.5)),
    Row("world.workforce.overtime_strain_rate", 0, 5, strain, UP, start=BURIED,
        mute=("company.backlog_hours", 0, 1e7)),
    Row("world.workforce.recovery_months", 1, 12, seats("exhaustion"), UP),
    Row("world.turnover.quit_rate", 0, 0.3, silo("quits"), UP, off=0),
    Row("world.turnover.quit_slope", 0, 5, silo("quits"), UP,
        start={"seats.exhaustion": 0.9, "world.turnover.quit_rate": 0.1}, mute=("seats.exhaustion", 0.1, 0.9)),
    Row("world.turnover.pay_slope", 0, 10, silo("quits"), DOWN,
        start={"policy.workforce.relative_pay": 1.5, "world.turnover.quit_rate": 0.3},
        mute=("policy.workforce.relative_pay", 0.7, 1.5)),
    Row("world.workforce.rookie_proficiency", 0.1, 0.9, seats("proficiency", new=True), UP, start=HIRING),
    Row("world.workforce.learning_months", 1, 20, seats("proficiency"), DOWN, start={"seats.proficiency": 0.4}),
    Row("world.encounter.rookie_failures", 0, 5, firm("failure_prob"), UP, start={"seats.proficiency": 0.5},
        mute=("seats.proficiency", 0.4, 0.9)),
    Row("world.encounter.exhaustion_failures", 0, 5, firm("failure_prob"), UP,
        start={**NO_OTHER_FAILURES, "seats.exhaustion": 0.9}, mute=("seats.exhaustion", 0.1, 0.9)),
    Row("world.encounter.engagement_failures", 0, 2, firm("failure_prob"), DOWN,
        start={**NO_OTHER_FAILURES, "seats.engagement": 1}, mute=("seats.engagement", 0.1, 0.9)),
    Row("policy.workforce.relative_pay", 0.8, 1.5, lambda m, _: float(m.company["pay"][0, 0].mean()), UP),
    Row("policy.workforce.spare_capacity_share", 0, 0.5, silo("target_heads"), UP,
        not_off="staff for the work that is planned, and nobody to spare"),
    Row("world.improvement.effect_rate", 0, 5, firm("defects"), DOWN, start={"policy.silos.improvement_share": 0.2},
        mute=("policy.silos.improvement_share", 0, 0.3)),
    Row("world.improvement.renewal_months", 2, 100, firm("defects"), DOWN, start={"company.defects": 0.5}),
    Row("world.improvement.novelty_share", 0, 1, firm("defects"), UP, start={"company.rooted": 0.05},
        not_off="nothing new comes up: what was mended at the root stays so"),
    Row("world.improvement.novelty_share", 0, 1, firm("recurred_issues"), DOWN,
        not_off="whatever comes up was mended before"),
    Row("world.improvement.root_effort", 1, 5, firm("fixed_issues"), DOWN,
        start={"policy.improvement.root_cause_share": 1}),
    Row("world.improvement.setup_share", 0, 0.8, firm("pace"), UP, start={"policy.improvement.batch_months": 12},
        mute=("policy.improvement.batch_months", 0, 24)),
    Row("world.improvement.plateau_fade_share", 0, 1, firm("discipline"), DOWN, start={"company.best_impact": 4},
        off=1),
    Row("policy.improvement.triage_share", 0, 1, firm("defects"), DOWN, mute=("company.known", 0, 0.1)),
    Row("policy.improvement.small_loop_share", 0, 1, firm("aside"), UP, off=0),
    Row("policy.improvement.root_cause_share", 0, 1, firm("rooted"), UP, off=0),
    Row("policy.improvement.batch_months", 0, 12, firm("waiting"), UP, off=0),
    Row("policy.improvement.recognition_share", 0, 0.02, firm("discipline"), UP, start={"company.best_impact": 4},
        off=1 - 0.5 * (1 - 1 / 4)),  # half of the order is given up where nothing shows
    Row("policy.improvement.recognition_share", 0, 0.02, firm("found_issues"), UP,
        start={"world.recovery.complaint_prob": 0}, mute=("world.issues.feedback_rate", 0, 1)),
    Row("policy.improvement.recognition_share", 0, 0.02, firm("programme_cost"), UP, off=0,
        start={"policy.silos.information_sharing_share": 0}),
    Row("world.issues.severity_ratio", 1, 8, firm("defects"), DOWN, start={"policy.improvement.triage_share": 1}),
    Row("world.issues.feedback_rate", 0, 1, firm("found_issues"), UP, mute=("world.recovery.complaint_prob", 0, 1)),
    Row("world.issues.revealed_per_fix", 0, 5, firm("found_issues"), UP, mute=("company.fixed_issues", 0, 2)),
    Row("world.budgeting.pressure_slope", 0, 50, firm("commitment"), DOWN, start=ALARM, off=1),
    Row("policy.budgeting.horizon_quarters", 0, 20, firm("commitment"), UP, start=ALARM, off=0),
    Row("world.finance.variable_cost_share", 0, 0.8, firm("variable_cost"), UP, off=0,
        start={"policy.requests.charged_share": 0}),
    Row("world.finance.pay_per_hour", 10, 60, firm("pay_cost"), UP),
    Row("world.finance.turnover_cost_share", 0, 1, firm("turnover_cost"), UP, off=0,
        start={"world.turnover.quit_rate": 0.3}),
    Row("world.finance.acquisition_cost", 0, 1000, firm("acquisition_cost"), UP, off=0),
    Row("world.finance.fixed_cost_share", 0, 0.5, firm("fixed_cost"), UP, off=0),
    Row("world.finance.discount_per_year", 0, 0.5, people("equity"), DOWN,
        not_off="money later is worth money now; customers still leave"),
    Row("world.finance.opening_cash_months", 0, 12, firm("cash"), UP, off=0, opening=True),
)  # fmt: skip
