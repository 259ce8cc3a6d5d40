"""A policy acts through its channels or not at all (6, 7, 10, 11 and 15 of the sixteen).

14 (an index of centricity that a slogan does not move) comes with that index.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxsim import model, opening
from cxsim.engine.columns import BLOCK
from cxsim.mechanisms import requests
from cxsim.model import CXModel
from cxsim.population import LUCK_COST, LUCK_SCREEN, LUCK_VALUE, N_DRAWS
from cxsim.record import Record
from cxsim.scenario import Scenario
from validation.runs import (
    SEED,
    SQUARE,
    Array,
    Stage,
    arm,
    differing,
    lived,
    people_differing,
    plant_step,
    runs,
    wrap_stage,
    yearly,
    z_score,
)

SMALL = {"customers": 1000, "employees": 10, "horizon_months": 36}
COSTS = (
    "variable_cost", "concession_cost", "recovery_cost", "pay_cost", "turnover_cost", "acquisition_cost",
    "programme_cost", "fixed_cost",
)  # fmt: skip

# --- 6. blind screening is random granting -----------------------------------------------------------------------

SHARE, BLOCKS = 0.35, 40


def _answers(selectivity: float, knowledge: float) -> dict[str, Array]:
    """What ``requests.answer`` writes for 40 blocks of customers, with the cost each request would have."""
    spec = arm("baseline", policy__requests__conceded_share=SHARE, policy__requests__selectivity=selectivity)
    world, policy = opening.parameter_records(spec)
    company = opening.open_firms(spec, world, (np.uint32(1), np.uint32(2)))
    company["grant_threshold"], company["knowledge"] = model._threshold(SHARE), knowledge
    store = opening.draw_customers(arm("baseline", customers=1), world, company, (np.uint32(1), np.uint32(2)))
    tile, rng = np.zeros(1, store.dtype), np.random.default_rng(SEED)
    tile["m"], tile["served_by"], tile["asking"], tile["entitlement"] = BLOCK, 0, 6.0, 0.5
    parts: dict[str, list[Any]] = {name: [] for name in ("asked", "granted", "concession", "cost", "value", "relief")}
    for _ in range(BLOCKS):
        luck = rng.random((N_DRAWS, BLOCK), dtype=np.float32) * np.float32(0.999998) + np.float32(1e-6)
        requests.answer(tile, luck, world, policy, company)
        for name in ("asked", "granted", "concession", "relief"):
            parts[name].append(tile[name][0].astype(np.float64))
        parts["value"].append(luck[LUCK_VALUE].astype(np.float64))
        parts["cost"].append(luck[LUCK_COST].astype(np.float64))
    return {name: np.concatenate(columns) for name, columns in parts.items()}


def _selection_z(a: dict[str, Array]) -> dict[str, float]:
    """z of the share granted against the policy's, and of how dear and how valued what is granted is against all
    that is asked (their ranks among all occasions)."""
    asked = a["asked"] > 0
    granted = a["granted"][asked] > 0
    share = (granted.mean() - SHARE) / (SHARE * (1 - SHARE) / asked.sum()) ** 0.5
    z = {"share": float(share)}
    for name in ("cost", "value"):
        x = a[name][asked]
        gap = x[granted].mean() - x[~granted].mean()
        z[name] = float(gap / x.std() / (1 / granted.sum() + 1 / (~granted).sum()) ** 0.5)
    return z


@pytest.mark.parametrize(("selectivity", "knowledge"), [(0.0, 0.9), (1.0, 0.0)])
def test_blind_screening_grants_at_random(selectivity: float, knowledge: float) -> None:
    """Null: who does not look, or cannot see, grants the policy's share of some 190,000 requests, and neither dearer
    nor more valued ones than it refuses: each within 3 standard errors (three statements: .8 % by chance)."""
    assert max(map(abs, _selection_z(_answers(selectivity, knowledge)).values())) < 3


def test_blindness_has_one_meaning() -> None:
    """Null: full selectivity without knowledge is no selectivity, to the bit, but for the alternatives that fit."""
    one, other = _answers(1.0, 0.0), _answers(0.0, 0.9)
    assert np.array_equal(one["granted"], other["granted"])


def test_screening_keeps_the_share_and_seeing_it_is_seen() -> None:
    """The share does not depend on selectivity (3 standard errors); that what is granted is cheaper then is what
    the test above would have seen."""
    z = _selection_z(_answers(0.8, 0.8))
    assert abs(z["share"]) < 3
    assert z["cost"] < -50


def _lots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide by lot whose request is granted: nobody looks, and the draws change hands within each block."""
    answer = requests.answer
    rng = np.random.default_rng(SEED)

    def by_lot(tile: Any, luck: Any, world: Any, policy: Any, firms: Any) -> None:
        m, unseeing = int(tile["m"][0]), policy.copy()
        unseeing["requests"]["selectivity"] = 0
        luck[LUCK_SCREEN, :m] = rng.permutation(luck[LUCK_SCREEN, :m])
        answer(tile, luck, world, unseeing, firms)

    steps = tuple(by_lot if known is answer else known for known in model.CUSTOMER_STEPS)
    assert steps != model.CUSTOMER_STEPS
    monkeypatch.setattr(model, "CUSTOMER_STEPS", steps)


@pytest.mark.parametrize(("selectivity", "alike"), [(0.0, True), (0.9, False)])
def test_the_whole_model_under_blind_screening_and_under_lots(
    monkeypatch: pytest.MonkeyPatch, selectivity: float, alike: bool
) -> None:
    """Null: means over a year of grants, concessions, satisfaction, customers and beliefs are those of a lottery:
    paired differences over 40 replications of 1,000 customers within 3 standard errors. Under real screening
    (.9) the cost of concessions is not."""
    spec = arm("doormat_siloed", **SMALL, policy__requests__selectivity=selectivity)
    spec = spec.replace("policy.requests.conceded_share", 0.5)
    columns = ("granted", "concession_cost", "satisfaction", "customers", "entitlement")
    screened = runs(spec, 40)
    _lots(monkeypatch)
    drawn = runs(spec, 40)
    z = {c: abs(z_score(yearly(screened, c) - yearly(drawn, c))) for c in columns}
    assert (max(z.values()) < 3) if alike else (z["concession_cost"] > 5)


# --- 7. satisfaction without weight: the same customers in every arm ----------------------------------------------

INDIFFERENT = {
    "world.loyalty.satisfaction_slope": 0,
    "world.finance.opening_cash_months": 60,  # none is ruined
    "policy.relationships.ending_rate": 0,
    "policy.requests.charged_share": 0,  # extras are revenue
}
ARMS = (*SQUARE, "baseline", "product_centric")


def _without(spec: Scenario, **values: float) -> Scenario:
    for path, value in {**INDIFFERENT, **values}.items():
        spec = spec.replace(path, value)
    return spec


def _check_the_same_customers() -> list[Record]:
    """Every arm has the same customers, to the last one, and profits that differ by costs alone."""
    plain = lived(_without(arm("baseline", **SMALL)))
    records = [plain.record()]
    for name in ARMS:
        other = lived(_without(arm(name, **SMALL)))
        assert people_differing(plain, other, ("firm", "tenure")) == []
        a, b = plain.record(), other.record()
        for column in ("customers", "joined", "left", "ended", "tenured", "revenue", *COSTS[0::7], "acquisition_cost"):
            assert np.array_equal(a.firm[column], b.firm[column]), column
        dearer = sum(b.firm[c] - a.firm[c] for c in COSTS)
        assert np.allclose(a.firm["profit"] - b.firm["profit"], dearer, rtol=0, atol=1e-6 * a.firm["revenue"].max())
        records.append(b)
    return records


def test_without_weight_of_satisfaction_every_arm_has_the_same_customers() -> None:
    """Null: the same bits; profit differs by cost to within rounding, and it does differ."""
    records = _check_the_same_customers()
    assert len({r.firm["profit"][:, 0].sum() for r in records}) >= len(ARMS) - 1


def test_weight_of_satisfaction_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test where satisfaction has its default weight."""
    monkeypatch.setitem(INDIFFERENT, "world.loyalty.satisfaction_slope", 2.94)
    with pytest.raises(AssertionError):
        _check_the_same_customers()


# --- 15. a planted "if mutual: + 1 %" -------------------------------------------------------------------------------


def _check_books(record: Record, variable_cost_share: float = 0.35) -> None:
    """Revenue is what customers pay, and profit is what costs leave of it."""
    f = record.firm
    plain = f["charged"] == 0  # no extras: all revenue is the service's, which is what variable cost is a share of
    service = f["variable_cost"] / variable_cost_share
    scale = f["revenue"].max()
    assert np.allclose(f["revenue"][plain], service[plain], atol=1e-6 * scale)
    assert np.allclose(f["profit"], f["revenue"] - sum(f[c] for c in COSTS), atol=1e-6 * scale)
    assert np.allclose(np.diff(f["cash"], axis=0), f["profit"][1:], atol=1e-6 * f["cash"].max())


def _check_nothing_without_requests() -> None:
    """Where nobody asks and nobody abuses, how a firm would have answered changes nothing, to the bit."""
    silent = {
        "world.requests.out_of_scope_rate": 0, "world.conduct.abuse_prob": 0,
        "policy.expectations.set_up_front_share": 0, "policy.relationships.ending_rate": 0,
    }  # fmt: skip
    spec = arm("doormat_siloed", **SMALL)
    other = arm("mutual_siloed", **SMALL)
    for path, value in silent.items():
        spec, other = spec.replace(path, value), other.replace(path, value)
    one, two = lived(spec), lived(other)
    assert people_differing(one, two) == []
    assert differing(one.record(), two.record()) == []


@pytest.mark.parametrize("name", ["doormat_cross_functional", "mutual_siloed", "product_centric"])
def test_the_books_balance(name: str) -> None:
    """Revenue is the service's price and extras, and profit what costs leave of it, to within rounding."""
    _check_books(lived(arm(name, **SMALL)).record())
    without_extras = lived(arm(name, **SMALL, policy__requests__charged_share=0)).record()
    assert (without_extras.firm["charged"][:, 0] == 0).all()
    _check_books(without_extras)


def test_where_nobody_asks_answers_do_not_matter() -> None:
    """Null: the same bits under a doormat's and a mutual firm's answers when there is nothing to answer."""
    _check_nothing_without_requests()


def _mutual(run: CXModel) -> Any:
    return run.policy["requests"]["conceded_share"][0] < 0.5


def _more_revenue(stage: Stage, run: CXModel) -> None:
    stage(run)
    gift = 0.01 * run.company["revenue"][0] * _mutual(run)
    for name in ("revenue", "profit", "cash"):  # the books are cooked all through
        run.company[name][0] += gift


def _more_profit(stage: Stage, run: CXModel) -> None:
    stage(run)
    run.company["profit"][0] *= 1 + 0.01 * _mutual(run)


def _more_satisfaction(tile: Any, luck: Any, world: Any, policy: Any, firms: Any) -> None:
    chosen = policy["requests"]["conceded_share"][0][np.maximum(tile["served_by"][0], 0)] < 0.5
    tile["satisfaction"][0] *= np.where(chosen, np.float32(1.01), np.float32(1))


def _stay(tile: Any, luck: Any, world: Any, policy: Any, firms: Any) -> None:
    chosen = policy["requests"]["conceded_share"][0][np.maximum(tile["served_by"][0], 0)] < 0.5
    tile["frailty"][0] *= np.where(chosen, np.float32(0.99), np.float32(1))


def test_a_percent_of_revenue_for_the_mutual_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: + 1 % of revenue, profit and cash where the share conceded is below a half."""
    wrap_stage(monkeypatch, "the books are closed", _more_revenue)
    with pytest.raises(AssertionError, match="revenue"):
        _check_the_same_customers()
    with pytest.raises(AssertionError):
        _check_books(lived(arm("mutual_siloed", **SMALL, policy__requests__charged_share=0)).record())
    with pytest.raises(AssertionError):
        _check_nothing_without_requests()


def test_a_percent_of_profit_for_the_mutual_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: + 1 % of profit where the share conceded is below a half."""
    wrap_stage(monkeypatch, "the books are closed", _more_profit)
    with pytest.raises(AssertionError):
        _check_books(lived(arm("mutual_siloed", **SMALL)).record())


def test_a_percent_of_satisfaction_for_the_mutual_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: + 1 % of satisfaction a month where the share conceded is below a half."""
    plant_step(monkeypatch, _more_satisfaction, after="satisfy")
    with pytest.raises(AssertionError):
        _check_nothing_without_requests()


def test_a_percent_of_loyalty_for_the_mutual_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: 1 % less inclined to leave where the share conceded is below a half."""
    plant_step(monkeypatch, _stay, after="satisfy")
    with pytest.raises(AssertionError):
        _check_the_same_customers()


# --- 10. exhaustion without a slope: tolerance moves no quits -------------------------------------------------------

UNHURT = {  # ways other than quitting in which exhaustion and sanctions change the work there is
    "world.loyalty.satisfaction_slope": 0, "world.encounter.exhaustion_failures": 0,
    "world.encounter.engagement_failures": 0,
}  # fmt: skip


def _tolerating(share: float, slope: float, more: dict[str, float], replication: int = 0) -> Record:
    spec = arm("mutual_siloed", **{**SMALL, "employees": 40}).replace("policy.relationships.ending_rate", 0)
    for path, value in {"world.turnover.quit_slope": slope, "policy.conduct.tolerated_share": share, **more}.items():
        spec = spec.replace(path, value)
    return lived(spec, replication).record()


def test_without_a_slope_tolerance_of_abuse_moves_no_quits() -> None:
    """Null: with the same work to do, the same quits to the bit, though people are more exhausted."""
    a, b = _tolerating(0.0, 0.0, UNHURT), _tolerating(1.0, 0.0, UNHURT)
    assert np.array_equal(a.firm["quits"], b.firm["quits"])
    assert (b.firm["exhaustion"] - a.firm["exhaustion"])[-12:, 0].mean() > 0.005


def _quit_rate_z(slope: float) -> float:
    rates = [
        np.array([r.firm["quits"][:, 0].sum() / r.firm["employees"][:, 0].sum() for r in records])
        for records in ([_tolerating(share, slope, {}, k) for k in range(40)] for share in (0.0, 1.0))
    ]
    return z_score(rates[1] - rates[0])


def test_without_a_slope_the_rate_of_quitting_is_that_of_the_hazard() -> None:
    """Null, all else at defaults: quits per head are alike; 40 paired replications of 36 months, 3 standard errors."""
    assert abs(_quit_rate_z(0.0)) < 3


def test_a_slope_is_seen() -> None:
    """The same tests where exhaustion drives people out."""
    assert _quit_rate_z(2.5) > 4
    a, b = _tolerating(0.0, 2.5, UNHURT), _tolerating(1.0, 2.5, UNHURT)
    assert b.firm["quits"][:, 0].sum() > a.firm["quits"][:, 0].sum()


# --- 11. no learning: beliefs do not move with grants ----------------------------------------------------------------


def _granting(share: float, learning: float, naive: float, told: float = 0.0) -> CXModel:
    spec = arm("baseline", **SMALL, world__loyalty__satisfaction_slope=0)
    for path, value in {
        "world.expectations.entitlement_learning_share": learning, "world.expectations.naive_entitlement_prob": naive,
        "policy.expectations.set_up_front_share": told, "policy.requests.conceded_share": share,
        "rivals[0].policy.expectations.set_up_front_share": 0,
    }.items():  # fmt: skip
        spec = spec.replace(path, value)
    return lived(spec)


@pytest.mark.parametrize("naive", [0.5, 0.4])
def test_without_learning_beliefs_never_move_with_grants(naive: float) -> None:
    """Null: the same beliefs, customer by customer to the bit, whether nothing or everything is granted."""
    none, all_ = _granting(0.0, 0.0, naive), _granting(1.0, 0.0, naive)
    assert people_differing(none, all_, ("entitlement",)) == []
    assert np.array_equal(none.record().firm["entitlement"], all_.record().firm["entitlement"])
    assert all_.record().firm["granted"].sum() > 100 > none.record().firm["granted"][:, 0].sum()


@pytest.mark.parametrize(("learning", "told"), [(0.15, 0.0), (0.0, 0.3)])
def test_learning_and_telling_are_seen(learning: float, told: float) -> None:
    """The same test where answers teach, and where people are told the firm's rule."""
    none, all_ = _granting(0.0, learning, 0.5, told), _granting(1.0, learning, 0.5, told)
    assert people_differing(none, all_, ("entitlement",)) == ["entitlement"]
    gap = all_.record().firm["entitlement"] - none.record().firm["entitlement"]
    assert gap[-1, 0] > 0.05
