"""Practice and cynicism: who is included, what bounds them, what a programme takes, and what they leave alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxsim.company import HOURS_PER_MONTH, MARKETING, OPERATIONS, PRODUCT, SALES, SERVICE
from cxsim.mechanisms import culture
from cxsim.model import simulate
from cxsim.record import FIRM_COLUMNS, Record
from cxsim.scenario import Change, Rival
from lived import opened, put, scenario

SIZE: dict[str, int] = {"customers": 600, "employees": 8}
PROGRAMME = {"programme_hours": 4, "action_share": 0.5, "leaders_hours": 1}
ORDER = (SERVICE, SALES, OPERATIONS, PRODUCT, MARKETING)


def arm(months: int = 24, world: tuple[tuple[str, Any], ...] = (), **levers: float) -> Record:
    """A run under levers of the heading culture."""
    values = (*((f"policy.culture.{name}", x) for name, x in levers.items()), *world)
    return simulate(scenario(values=(("horizon_months", months), *values), **SIZE), rng=3)


@pytest.mark.parametrize("n", range(6))
def test_the_silos_included_are_those_nearest_to_customers(n: int) -> None:
    practice = arm(6, **PROGRAMME, n_roles=n).silo["practice"][-1, 0]
    assert {int(j) for j in np.flatnonzero(practice)} == set(ORDER[:n])


def test_nobody_is_ever_wholly_there() -> None:
    """Everything at its bounds: practice stays below 1, cynicism too, and a part of each is lost every month."""
    fast = {"adoption_rate": 0.1, "peer_rate": 0.3, "training_speed": 12}
    rich = ("world.finance.opening_cash_months", 60)  # such programmes can ruin a firm, and are to go on
    bounds = (rich, *((f"world.culture.{name}", x) for name, x in fast.items()))
    led = arm(60, bounds, programme_hours=16, leaders_hours=8, purpose_hours=4)
    unled = arm(60, (*bounds, ("world.culture.cynicism_rate", 0.1)), programme_hours=16)
    for name, record in (("practice", led), ("cynicism", unled)):
        assert 0.8 < record.firm[name][-1, 0] <= record.firm[name].max() < 1 - 1e-3


def test_gains_diminish() -> None:
    practice = arm(48, (("world.culture.peer_rate", 0),), **{**PROGRAMME, "action_share": 1}).firm["practice"][::12, 0]
    assert (np.diff(practice) > 0).all() and (np.diff(practice, 2) < 0).all()


def test_cynics_take_up_less() -> None:
    practice = []
    for cynicism in (0.0, 0.5, 1.0):
        model = opened(scenario(**SIZE))
        put(model, {"company.cynicism": cynicism, "policy.culture.programme_hours": 4})
        model.step()
        practice.append(model.company["practice"][0, 0].mean())
    assert practice[1] == pytest.approx(practice[0] / 2, rel=0.1) and practice[2] == 0 < practice[0]


def test_a_cohesive_team_spreads_practice_faster() -> None:
    gained = []
    for engagement in (0.3, 0.6, 0.9):
        model = opened(scenario(**SIZE))
        put(model, {"company.habit": 0.3, "company.practice": 0.3, "company.engagement": engagement})
        model.step()
        gained.append(model.company["habit"][0, 0, 0])
    assert gained[2] - gained[1] == pytest.approx(gained[1] - gained[0], rel=0.05) and gained[1] > gained[0]


@pytest.mark.parametrize("horizon", [0, 8])
def test_what_leaders_do_not_fund_takes_no_time_and_teaches_nothing(horizon: int) -> None:
    """Under the greatest pressure, leaders without a horizon drop the programme, and others a part of it."""
    model = opened(scenario(**SIZE))
    levers = {f"policy.culture.{name}": x for name, x in PROGRAMME.items()}
    put(model, {**levers, "company.aspiration": 1e12, "policy.budgeting.horizon_quarters": horizon})
    model.step()
    s = model.company[0]
    given = sum(s[name][0] for name in culture.Programme._fields)
    assert given == pytest.approx(5 * s["commitment"][0])
    own = 1 - s["cross_share"][0] - s["improvement_share"][0] - given / HOURS_PER_MONTH
    np.testing.assert_allclose(s["own_share"][0], own)
    assert bool(s["commitment"][0]) == bool(s["practice"][0].any()) == bool(horizon)


def test_a_programme_that_ends_between_quarters_is_paid_to_their_end() -> None:
    """Hours and what they teach are decided together: there is no month of one without the other."""
    change = Change(3, policy={"culture": {"programme_hours": 0}})
    levers = (("policy.culture.programme_hours", 8), ("horizon_months", 6), ("timeline", (change,)))
    record = simulate(scenario(values=levers, **SIZE), rng=3)
    practice, own = record.silo["practice"][:, 0, SERVICE], record.silo["own_share"][:, 0, SERVICE]
    assert practice[0] < practice[1] < practice[2] > practice[3], "three months are taught"
    assert own[0] == own[1] == own[2] < own[3] - 0.04, "and three are paid for"


def test_rivals_have_a_culture_of_their_own() -> None:
    spec = scenario(values=(("horizon_months", 12), ("rivals", (Rival("R", {"culture": PROGRAMME}),))), **SIZE)
    record = simulate(spec, rng=3)
    assert (record.firm["practice"][:, 0] == 0).all() and record.firm["practice"][-1, 1] > 0.1


def test_words_at_no_cost_move_no_practice() -> None:
    """Announcing more than is delivered reaches customers; nobody in the firm decides otherwise."""
    record = arm(12, (("policy.expectations.hype", 0.3),))
    assert not record.firm["practice"].any() and not record.firm["cynicism"].any()


def test_practice_acts_through_decisions_only() -> None:
    """Where thinking of customers avoids nothing, costs nothing and tires nobody, practice moves no other number."""
    idle = tuple((f"world.decisions.{name}", 0) for name in ("avoidable_share", "forgone_share", "change_strain"))
    model, plain = (opened(scenario(values=(("horizon_months", 12), *idle), **SIZE)) for _ in range(2))
    put(model, {"company.habit": 0.5, "company.practice": 0.5})
    for _ in range(12):
        model.step(), plain.step()
    a, b = model.record(), plain.record()
    assert [n for n in FIRM_COLUMNS if a.firm[n].tobytes() != b.firm[n].tobytes()] == ["practice"]
