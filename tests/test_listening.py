"""Listening and targeting: what hours tell and take, where effort goes, and what is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxsim.company import MARKETING, PRODUCT, SERVICE
from cxsim.mechanisms import listening, targeting
from cxsim.model import CXModel, simulate
from lived import opened, put, scenario

SMALL: dict[str, int] = {"customers": 600, "employees": 8}
ASKING = {"policy.listening.listening_hours": 16}
COUNTS = (
    "surveys", "questionings", "prospect_talks", "leader_uses", "offers_changed", "proactive_contacts", "new_asked",
)  # fmt: skip


def lived(months: int = 6, **values: Any) -> CXModel:
    """A model with values given by path, after some months."""
    model = opened(scenario(**SMALL))
    put(model, values)
    for _ in range(months):
        model.step()
    return model


def uncertainty(model: CXModel) -> np.ndarray:
    """Product's mean variance by dimension."""
    mean: np.ndarray = model.company["variance"][0, 0, PRODUCT].mean(axis=0)
    return mean


def test_surveys_do_not_see_what_customers_cannot_state() -> None:
    plain, asked = lived(24), lived(24, **ASKING)
    questioned = lived(24, **ASKING, **{"policy.listening.questioning_share": 1})
    assert (uncertainty(asked)[:-1] < 0.8 * uncertainty(plain)[:-1]).all()
    # grants, which show it by accident, differ a little
    assert uncertainty(asked)[-1] == pytest.approx(uncertainty(plain)[-1], rel=0.02)
    assert uncertainty(questioned)[-1] < 0.8 * uncertainty(plain)[-1]
    assert (uncertainty(questioned)[:-1] > uncertainty(asked)[:-1]).all()


def test_hours_are_taken_from_own_work_and_staffed() -> None:
    plain, asked = lived(24), lived(24, **ASKING)
    own, cut = (m.company["own_share"][0, 0] for m in (plain, asked))
    commitment = asked.company["commitment"][0, 0]
    np.testing.assert_allclose((own - cut)[[MARKETING, PRODUCT]], commitment * 16 / 160, rtol=0.05)
    assert own[SERVICE] == pytest.approx(cut[SERVICE], rel=0.01)
    heads = [m.company["heads"][0, 0, [MARKETING, PRODUCT]].sum() for m in (plain, asked)]
    assert heads[1] > 1.05 * heads[0]


def test_hours_by_silo() -> None:
    lever = {"listening_hours": 8, "leaders_contact_hours": 10, "benchmarking_hours": 5}
    funded = listening.fund(lever, 0.5)
    assert list(funded.values()) == [4, 5, 2.5]
    assert listening.hours(PRODUCT, funded) == pytest.approx(4 + 0.75)
    assert listening.hours(SERVICE, funded) == pytest.approx(0.75)


def test_hours_and_what_they_tell_change_together() -> None:
    """A programme that begins between two quarters waits for the next: nothing is heard without being paid for."""
    model = opened(scenario(**SMALL), steps=1)
    put(model, ASKING)
    model.step()
    s = model.company[0]
    assert s["surveys"][0] == 0 and s["stated_exposure"][0] == 0
    for _ in range(2):
        model.step()
    assert s["surveys"][0] > 0 and s["stated_exposure"][0] > 0 and s["own_share"][0, PRODUCT] < 0.9


def test_copying_leads_no_further_than_the_best() -> None:
    mends_nothing = {"policy.listening.benchmarking_hours": 40, "policy.silos.improvement_share": 0}
    model = lived(1, **mends_nothing, **{"company.defects": 0.4, "world.listening.imitation_rate": 0.1})
    assert 0.4 < model.company["defects"][0, 0] < 0.5, "causes grow back, and what is better than the best stays so"
    worse = lived(60, **mends_nothing, **{"world.listening.imitation_rate": 0.01})
    assert 0.5 < worse.company["defects"][0, 0] < 0.55


@pytest.mark.parametrize("best", [0, 1, 2])
def test_focus_moves_effort_to_the_segment_that_brings_most(best: int) -> None:
    """Effort keeps its sum, and what moves is the focus times what is known; without focus nothing moves."""
    model = opened(scenario(**SMALL))
    put(model, {"policy.targeting.focus_share": 0.8, "company.knowledge": 0.5})
    people = {name: model.people[name].copy() for name in ("firm", "segment", "wallet", "cost_to_serve")}
    people["wallet"][people["segment"] == best] += 5
    targeting.choose(model.company, model.world, model.policy, people)
    effort = model.company["effort_by_segment"][0]
    assert effort[0].argmax() == best
    np.testing.assert_allclose(effort[0], np.where(np.arange(3) == best, 0.6 + 3 * 0.4, 0.6), rtol=1e-6)
    np.testing.assert_array_equal(effort[1], 1)
    put(model, {"policy.targeting.focus_share": 0})
    targeting.choose(model.company, model.world, model.policy, people)
    np.testing.assert_array_equal(effort, 1)


def test_messages_keep_their_sum_over_segments() -> None:
    model = lived(1, **{"policy.targeting.focus_share": 1})
    appeal = model.company["appeal"][0, 0]
    assert appeal.max() > 0 > appeal.min()
    assert appeal.sum() == pytest.approx(0, abs=1e-6)


def test_only_those_who_stayed_are_called_and_only_where_they_are_known() -> None:
    known = {"policy.targeting.proactive_rate": 12, "policy.silos.information_sharing_share": 1}
    model = lived(3, **known)
    s = model.company[0]
    assert s["proactive_contacts"][0] == pytest.approx(s["tenured"][0] * s["sharing"][0], rel=0.05)
    model = lived(3, **{**known, "policy.silos.information_sharing_share": 0})
    assert model.company["proactive_contacts"][0, 0] == 0 and model.company["foresight"][0, 0] == 0


def test_what_was_learned_of_newcomers_lasts_a_year() -> None:
    model = lived(24, **{"policy.targeting.asking_new_share": 0.5})
    assert model.company["reasons"][0, 0] == pytest.approx(0.5 * (1 - (11 / 12) ** 24), rel=1e-6)
    put(model, {"policy.targeting.asking_new_share": 0})
    model.step()
    assert model.company["new_asked"][0, 0] == 0
    assert model.company["reasons"][0, 0] == pytest.approx(0.5 * (1 - (11 / 12) ** 24) * 11 / 12, rel=1e-6)


def test_nothing_is_counted_by_default_and_all_in_use() -> None:
    spec = scenario(**SMALL, horizon_months=12)
    used = spec.replace(
        "policy.listening.listening_hours", 16, "policy.listening.questioning_share", 0.5,
        "policy.listening.prospects_share", 0.2, "policy.listening.leaders_contact_hours", 20,
        "policy.targeting.proactive_rate", 2, "policy.targeting.asking_new_share", 0.5,
    )  # fmt: skip
    plain, busy = simulate(spec), simulate(used)
    assert not any(plain.firm[name].any() for name in COUNTS)
    assert all(busy.firm[name][:, 0].sum() > 0 and not busy.firm[name][:, 1].any() for name in COUNTS)
