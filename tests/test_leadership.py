"""Leadership: what it takes in time, what leaders fund of it, and how people chosen for empathy come to be there."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

import lived
from cxsim.company import HOURS_PER_MONTH
from cxsim.mechanisms import leadership

SIZE = {"customers": 1500, "employees": 12}
after = partial(lived.after, SIZE)
LEVERS = {p.name: p.default for p in leadership.POLICY.parameters}
WORLD = {p.name: p.default for p in leadership.WORLD.parameters}
HOURS = {  # of every person's month at a value of the lever
    "support_hours": (3.0, 3.0), "strengths_hours": (2.0, 2.0), "mentoring_share": (0.5, 8.0),
    "coercion_share": (0.25, 4.0), "empathy_hiring_share": (1.0, 0.0),
}  # fmt: skip


def effects(commitment: float = 1.0, world: dict[str, float] | None = None, **levers: float) -> dict[str, float]:
    """What leadership makes of work, and its ``hours``."""
    hours, made = leadership.lead({**LEVERS, **levers}, {**WORLD, **(world or {})}, commitment)
    return {"hours": hours, **made}


def test_without_a_lever_nothing_is_other_than_it_was() -> None:
    assert {name for name, x in effects().items() if x == 0} == {"hours", "drill_strain"}
    assert {x for x in effects().values() if x != 0} == {1}


@pytest.mark.parametrize("lever", HOURS)
def test_a_lever_takes_its_hours_from_own_work(lever: str) -> None:
    value, hours = HOURS[lever]
    assert effects(**{lever: value})["hours"] == pytest.approx(hours)
    plain, busy = after(), after(**{f"policy__leadership__{lever}": value})
    lost = plain.company["own_share"][0, 0] - busy.company["own_share"][0, 0]
    np.testing.assert_allclose(lost * HOURS_PER_MONTH, hours, atol=1e-5)


def test_leaders_without_funds_keep_up_drill_only() -> None:
    broke = effects(0, support_hours=8, strengths_hours=8, mentoring_share=0.5, coercion_share=0.5)
    assert broke == effects(coercion_share=0.5)
    half = effects(0.5, support_hours=8)
    assert half == effects(support_hours=4)


def test_the_vendors_claim_is_the_most_that_strengths_can_do() -> None:
    whole = effects(world={"strengths_effect_share": 1}, strengths_hours=8)
    used = 8 / (8 + leadership.HALF_STRENGTHS_HOURS)
    assert (whole["output"], whole["quit_factor"]) == pytest.approx((1 + 0.08 * used, 1 - 0.15 * used))
    none = effects(world={"strengths_effect_share": 0}, strengths_hours=8)
    assert (none["output"], none["quit_factor"]) == (1, 1) and none["hours"] == 8


def test_empathy_comes_with_hires_and_not_before() -> None:
    model = after(months=0, policy__leadership__empathy_hiring_share=0.5)
    share = np.zeros(5)
    for _ in range(12):
        model.step()
        s = model.company
        new = np.minimum(s["hires"][0, 0] / s["heads"][0, 0], 1)
        share += new * (0.5 - share)
    assert 0 < share.mean() < 0.3
    np.testing.assert_allclose(model.company["empathy"][0, 0], share, rtol=1e-6)
    assert not model.company["empathy"][0, 1].any()  # the rival hires as before


def test_a_drilled_firm_gives_more_at_first_and_wears_its_people_out() -> None:
    calm, driven = (after(policy__leadership__coercion_share=x) for x in (0, 0.5))
    gain = driven.company["capacity_hours"][0, 0].sum() / calm.company["capacity_hours"][0, 0].sum()
    own = driven.company["own_share"][0, 0].mean() / calm.company["own_share"][0, 0].mean()
    assert gain == pytest.approx(1.15 * own, rel=0.01)
    tired = [m.company["exhaustion"][0, 0].mean() for m in (calm, driven)]
    assert tired[1] - tired[0] == pytest.approx(0.5 * 0.3 * (1 - tired[0]), rel=0.2)


def test_newcomers_quit_first_where_tenure_matters() -> None:
    """Quits of a month with everybody new, after a year, and after ten: the chances of the declared form."""
    chances = {}
    for months in (0.0, 12.0, 120.0):
        m = after(seats__tenure=months, seats__exhaustion=0.3, world__turnover__newcomer_quits=2.0,
                  world__turnover__quit_rate=0.1)  # fmt: skip
        chances[months] = float(m.company["quits"][0].sum() / m.company["heads_per_seat"][0].sum() / 12)
    for months, seen in chances.items():
        expected = -math.expm1(-0.1 * (1 + 2 * math.exp(-(months + 1) / 12)))
        assert seen == pytest.approx(expected, abs=0.08)
    assert chances[0.0] > chances[12.0] > chances[120.0]


def test_early_quits_are_those_within_a_year() -> None:
    new, old = (after(seats__tenure=x, world__turnover__quit_rate=0.3).company for x in (1, 24))
    np.testing.assert_array_equal(new["early_quits"], new["quits"])
    assert old["quits"].any() and not old["early_quits"].any()
