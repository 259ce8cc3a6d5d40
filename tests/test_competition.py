"""Rivals that get better and imitate: only rivals, only what can be seen, and by the rate that is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxsim.mechanisms import competition
from lived import PARAMETERS, Watched, opened, put, scenario

SIZE = {"customers": 1000, "employees": 8}
OTHERWISE = (
    ("policy.requests.conceded_share", 0.1), ("policy.requests.selectivity", 0.9),
    ("policy.silos.information_sharing_share", 0.9), ("policy.workforce.relative_pay", 1.2),
)  # fmt: skip


def market(rivals: int = 2, values: Any = OTHERWISE, **world: float) -> Watched:
    """A market whose focal firm does otherwise than its rivals."""
    paths = [(f"world.competition.{name}", value) for name, value in world.items()]
    return opened(scenario(rivals, values=(*values, *paths), **SIZE))


def levers(model: Watched) -> dict[str, np.ndarray]:
    """Every lever of every firm, as it is this month."""
    return {p: model.policy[p.split(".")[1]][p.split(".")[2]][0].copy() for p in PARAMETERS if p.startswith("policy.")}


def test_rivals_move_their_visible_levers_toward_the_most_profitable_firm() -> None:
    model = market(imitation_rate=0.1)
    model.company["recent_profit"][0] = [3, 1, 2]
    before = levers(model)
    model.step()
    visible = {f"policy.{heading}.{name}" for heading, name in competition.VISIBLE}
    for path, now in levers(model).items():
        expected = before[path].astype(float)
        if path in visible:
            expected[1:] += 0.3 * (expected[0] - expected[1:])
        np.testing.assert_allclose(now, expected, rtol=1e-6, err_msg=path)
    assert (levers(model)["policy.requests.conceded_share"][1:] < 0.5).all()


def test_nobody_imitates_who_earns_less_and_the_focal_firm_nobody() -> None:
    model = market(imitation_rate=0.1)
    model.company["recent_profit"][0] = [1, 3, 2]
    before = levers(model)
    model.step()
    for path, now in levers(model).items():
        np.testing.assert_array_equal(now, before[path], err_msg=path)


def test_a_firm_that_has_closed_is_no_example() -> None:
    model = market(imitation_rate=0.33)
    model.company["recent_profit"][0] = [9, 1, 2]
    model.company["alive"][0, 0] = 0
    model.step()
    np.testing.assert_array_equal(levers(model)["policy.requests.conceded_share"][1:], 0.5)


def test_imitation_waits_for_the_quarter() -> None:
    model = market(imitation_rate=0.1)
    seen = []
    for _ in range(4):
        model.company["recent_profit"][0] = [3, 1, 2]
        model.step()
        seen.append(float(levers(model)["policy.requests.conceded_share"][1]))
    assert seen[0] == seen[1] == seen[2] > seen[3]


def test_rivals_get_better_by_the_rate_and_the_focal_firm_does_not() -> None:
    """With nothing else at work on causes and offers, each month takes the rate's share of what is left."""
    model = market(values=(), rival_improvement_rate=0.1)
    put(model, {"company.defects": 1, "company.seams": 1, "world.improvement.effect_rate": 0})
    model.world["improvement"]["renewal_months"] = 1e9
    model.world["offer"]["adapt_months"] = 1e9
    model.world["needs"]["drift_sd"] = 0
    s = model.company
    gap = (s["offer"] - s["centre"][:, None])[0].copy()
    for _ in range(6):
        model.step()
    for name in ("defects", "seams"):
        np.testing.assert_allclose(s[name][0], [1, 0.9**6, 0.9**6], rtol=1e-5)
    left = (s["offer"] - s["centre"][:, None])[0]
    np.testing.assert_allclose(left[1:], 0.9**6 * gap[1:], rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(left[0], gap[0], rtol=1e-4, atol=1e-6)


def test_a_firm_that_stands_still_loses_its_place() -> None:
    """Against rivals that get better it has fewer customers; alone in the market it notices nothing."""
    still, racing = (market(values=(), rival_improvement_rate=x) for x in (0, 0.2))
    alone = [market(0, values=(), rival_improvement_rate=x) for x in (0, 0.2)]
    for model in (still, racing, *alone):
        for _ in range(24):
            model.step()
    assert racing.company["customers"][0, 0] < still.company["customers"][0, 0]
    assert alone[0].company.tobytes() == alone[1].company.tobytes()


@pytest.mark.parametrize("heading_and_name", competition.VISIBLE)
def test_what_is_visible_is_a_lever(heading_and_name: tuple[str, str]) -> None:
    heading, name = heading_and_name
    assert f"policy.{heading}.{name}" in PARAMETERS
