"""Pain points: what is known, what is worked off, what comes back; and what the levers do not do when they are off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxsim.company import N_CLASSES, N_ISSUES
from cxsim.mechanisms import finance, improvement, issues
from cxsim.model import CXModel
from lived import BUSY, IMPROVING, Values, opened, put, scenario

SIZE: dict[str, int] = {"customers": 1000, "employees": 8}
CULTURE: Values = (("policy.culture.programme_hours", 8), ("policy.culture.action_share", 1))  # fewer grow back
LEVERS = tuple(path for path, _ in IMPROVING if path.startswith("policy.improvement"))


def alone(months: int, share: float = 0.05, **levers: float) -> list[dict[str, Any]]:
    """Months of work on pain points alone, in a firm where nothing else happens: the record after each."""
    m = opened(scenario(**SIZE))
    for name, value in levers.items():
        record = m.world if name in (m.world["improvement"].dtype.names or ()) else m.policy
        record["improvement"][name] = value
    m.company["improvement_share"] = share
    seen = []
    for _ in range(months):
        improvement.strive(m.company, m.world, m.policy)
        issues.find(m.company, m.world, m.policy)
        issues.work_off(m.company, m.world, m.policy)
        improvement.mend(m.company, m.world, m.policy)
        seen.append({name: m.company[name][0, 0].copy() for name in m.company.dtype.names})
    return seen


def ran(values: Values, months: int = 24, **more: int) -> CXModel:
    model = opened(scenario(values=values, **SIZE, **more))
    for _ in range(months):
        model.step()
    return model


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("values", [(), BUSY + IMPROVING, IMPROVING + CULTURE], ids=["baseline", "busy", "culture"])
def test_pain_points_add_up_to_the_causes_of_failure(values: Values, steps: int) -> None:
    """Hidden, known and mended but not released: together what customers meet, whoever works on it how."""
    model = opened(scenario(values=values, steps_per_month=steps, **SIZE))
    for _ in range(24 * steps):
        model.step()
        s = model.company[0]
        np.testing.assert_allclose((s["hidden"] + s["known"]).sum(axis=1) + s["waiting"], s["defects"], rtol=1e-9)
        assert (s["hidden"] + s["known"] + s["rooted"] <= 1 / N_CLASSES + 1e-9).all()
        assert (s["known_issues"] <= N_ISSUES).all()


def test_what_comes_up_is_like_all_there_is() -> None:
    """Without the new levers every class keeps its share, whatever is known: the old equation, to the last bit."""
    model = ran((("policy.silos.improvement_share", 0.1),))
    s = model.company[0]
    classes = s["hidden"] + s["known"]
    np.testing.assert_allclose(classes, classes.mean(axis=1, keepdims=True).repeat(N_CLASSES, axis=1), rtol=1e-9)
    np.testing.assert_allclose(s["fix_impact"], 1, rtol=1e-9)
    for name in ("aside", "taken", "waiting", "rooted", "kept", "adjacent", "recognised"):
        assert (s[name] == 0).all(), name
    model = opened(scenario(values=(("policy.silos.improvement_share", 0.1),), **SIZE))
    start = old = model.company["defects"][0, 0]
    for _ in range(24):
        model.step()
        time = 0.0
        for share in model.company["improvement_share"][0, 0]:
            time += share / 5
        old += (1.0 - old) * np.float32(1) / np.float32(24) - min(time, 1.0) * old
    assert model.company["defects"][0, 0] == old < start


@pytest.mark.parametrize("path", LEVERS)
def test_without_time_for_improvement_an_order_of_it_mends_nothing(path: str) -> None:
    idle: Values = (("policy.silos.improvement_share", 0),)
    value = dict(IMPROVING)[path]
    a, b = (ran((*idle, *more)).company[0] for more in ((), ((path, value),)))
    assert a["defects"][0] == b["defects"][0] and b["fixed_issues"][0] == 0


def test_the_list_takes_the_worst_first_and_each_action_shows_less() -> None:
    """B17: with the worst gone, later actions take less from customers than early ones."""
    plain, listed = alone(120, triage_share=0), alone(120, triage_share=1)
    assert listed[-1]["defects"] < plain[-1]["defects"]
    assert listed[-1]["known"][0] > listed[-1]["known"][-1] * 5, "small ones wait"
    assert listed[-1]["fix_impact"] < listed[-1]["best_impact"] * 0.9
    assert listed[-1]["discipline"] < 1
    assert sum(x["fixed_issues"] for x in listed) < sum(x["fixed_issues"] for x in plain), "the list takes time"


def test_where_all_are_alike_a_list_only_takes_time() -> None:
    m = opened(scenario(values=(("world.issues.severity_ratio", 1),), **SIZE))
    put(m, {"policy.improvement.triage_share": 1})
    for _ in range(24):
        m.step()
    assert m.company["defects"][0, 0] > m.company["defects"][0, 1]


def test_the_root_keeps_causes_from_coming_back() -> None:
    """D10: recurrence falls, and so does the number of fixes; without new causes what is mended stays mended."""
    patched, rooted = alone(240, root_cause_share=0), alone(240, root_cause_share=1)
    assert rooted[-1]["recurred_issues"] < 0.1 * patched[-1]["recurred_issues"]
    assert rooted[0]["fixed_issues"] == pytest.approx(patched[0]["fixed_issues"] / 2)
    lasting = alone(600, root_cause_share=1, novelty_share=0)
    assert lasting[-1]["defects"] < 0.1 * alone(600, root_cause_share=1, novelty_share=1)[-1]["defects"]


def test_batches_come_when_they_are_due() -> None:
    months = alone(24, batch_months=6)
    defects = np.array([x["defects"] for x in months])
    fell = np.flatnonzero(np.diff(defects) < 0) + 2  # the month, from 1
    assert fell.tolist() == [6, 12, 18, 24]
    assert months[5]["waiting"] == 0 < months[4]["waiting"]
    saved = months[0]["fixed_issues"] / alone(1)[0]["fixed_issues"]
    assert saved == pytest.approx(1 / (1 - 0.3 * 6 / 18)), "a project of half a year saves a third of the setting up"
    np.testing.assert_array_equal([x["defects"] for x in alone(12, setup_share=0, batch_months=1)],
                                  [x["defects"] for x in alone(12, setup_share=0)])  # fmt: skip


def test_on_the_spot_more_small_ones_are_mended() -> None:
    plain, spot = alone(60), alone(60, small_loop_share=1)
    assert sum(x["fixed_issues"] for x in spot) > sum(x["fixed_issues"] for x in plain)
    assert spot[-1]["known"][0] < plain[-1]["known"][0] and spot[-1]["known"][-1] > plain[-1]["known"][-1]


def test_recognition_is_paid_for_and_keeps_people_at_it() -> None:
    listed: Values = (("policy.improvement.triage_share", 1), ("policy.silos.improvement_share", 0.1))
    share = 0.005
    plain, thanked = (ran((*listed, ("policy.improvement.recognition_share", x)), 48) for x in (0, share))
    a, b = (m.company[0] for m in (plain, thanked))
    assert b["discipline"][0] > a["discipline"][0] and b["found_issues"][0] > a["found_issues"][0]
    platform = finance.PLATFORM_COST * b["sharing"][0] * b["revenue"][0]
    assert b["programme_cost"][0] == pytest.approx(platform + share * b["commitment"][0] * b["pay_cost"][0])


def test_an_adjacent_service_helps_those_who_have_its_pain_and_costs_for_all() -> None:
    plain, beside = (ran((("policy.offer.adjacent_share", x),), 1) for x in (0, 0.02))
    gained = beside.lived["quality"] - plain.lived["quality"]
    own, pain = plain.lived["served_by"] == 0, plain.people["asking"] > 1
    assert (gained[own & ~pain] == 0).all() and (gained[~own] == 0).all()
    np.testing.assert_allclose(gained[own & pain], 0.1 * (2 / 3) / 9, rtol=1e-3)  # a ninth of it is built in a month
    cost = beside.company["programme_cost"][0, 0] - plain.company["programme_cost"][0, 0]
    assert cost == pytest.approx(0.02 * plain.company["revenue"][0, 0], rel=1e-6)


def test_inconsistency_falls_with_joint_initiatives() -> None:
    """E10: what is lost at hand-offs is what most sets one contact apart from another."""
    plain, joint = (ran((("policy.silos.joint_initiative_share", x),)).company[0] for x in (0, 0.05))
    assert joint["inconsistency"][0] < 0.9 * plain["inconsistency"][0]
    no_seams = ran((("world.journey.handoff_loss_prob", 0),), 2).company[0]
    assert 0 < no_seams["inconsistency"][0] < plain["inconsistency"][0] / 5


def test_doing_the_same_changes_nothing() -> None:
    """D12: in a firm that goes on as before as much is found, mended and back as before."""
    usual = opened(scenario(**SIZE)).company["improvement_share"][0, 0].mean()
    first, *_, last = alone(120, share=usual)
    for name in ("known_issues", "found_issues", "fixed_issues", "recurred_issues", "defects"):
        assert last[name] == pytest.approx(first[name], rel=0.1), name
