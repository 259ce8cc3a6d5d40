"""Lives as the page tells them: of customers, of employees and of silos, in both worlds."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cxsim.api import run
from cxsim.app import life_customer, life_employee, people
from cxsim.app.life_customer import Customer
from cxsim.app.life_employee import Employee
from cxsim.app.life_silo import Silo
from cxsim.app.lives import parted, spells
from cxsim.record import SILOS
from cxsim.results import Runs
from cxsim.scenario import Change, Scenario, load

MONTHS = 26
SMALL = "customers", 400, "horizon_months", MONTHS


@pytest.fixture(scope="module")
def runs() -> Runs:
    return run(load("mutual_siloed").replace(*SMALL), replications=2, threads=1, panel=120)


@pytest.fixture(scope="module")
def pressed() -> Runs:
    """A firm that is asked for more than it can, and more from month 5 on."""
    change = Change(5, 3, policy={"requests": {"conceded_share": 1.0}})
    hard = ("policy.workforce.spare_capacity_share", 0, "world.turnover.quit_slope", 5)
    demanding = ("world.requests.out_of_scope_rate", 0.3, "world.work.overtime_limit", 1)
    spec = load("doormat_siloed").replace(*SMALL, *hard, *demanding, "timeline", (change,))
    return run(spec, replications=1, threads=1, panel=120)


def test_a_customers_life_is_told(runs: Runs) -> None:
    told = [Customer(number).life(runs) for number in people.numbers(runs)]
    texts = {event.text for one in told for event in one.events}
    assert any("asked for more than agreed" in t for t in texts) and any("went wrong" in t for t in texts)
    assert any("got lost between silos" in t for t in texts)
    for one in told:  # as often as she leaves
        left = [event.month for event in one.events if event.text.startswith("left us")]
        assert [month for month, _ in one.partings] == left
    found = life_customer.chosen((runs, runs))
    assert found["both"] and not found["A"] and not found["B"]
    gone = found["both"][0].life(runs)
    month, why = gone.partings[0]
    assert 1 <= month <= MONTHS and f"Left in month {month}" in why
    assert any(e.month == month and e.text.startswith("left us") for e in gone.events)
    stayed = found["neither"][0].life(runs)
    assert not stayed.partings and re.match(r"Paid EUR [1-9]", stayed.sums[-1]) and len(stayed.sums) == MONTHS
    with pytest.raises(KeyError, match="no customer -1"):
        Customer(-1).life(runs)


def test_what_is_felt_is_of_the_months_that_end_with_us(runs: Runs) -> None:
    """Who leaves has by the end of that month what she expects of another firm: that is not told of us."""
    for kind, ours in (("both", False), ("neither", True)):
        one = life_customer.chosen((runs, runs))[kind][0]
        rows = people.lived(runs)
        there = (rows[rows["customer"] == one.number]["firm"].cat.codes == 0).tolist()
        felt = one.life(runs).felt
        assert all([x is not None for x in row] == there for row in felt.values()) and all(there) == ours
        for month, _ in one.life(runs).partings:
            assert felt["Trust in what the firm says, 0 to 1"][month - 1] is None


def test_what_led_to_leaving_was_lived_with_us(runs: Runs) -> None:
    lived = people.lived(runs)
    number = next(one.number for one in life_customer.chosen((runs, runs))["both"] if one.life(runs).partings[0][0] > 8)
    rows = lived[lived["customer"] == number].copy()
    month = life_customer.life(runs, number).partings[0][0]
    rows.loc[rows["month"] < month, "served_by"] = "Rival"
    rows.loc[rows["month"] < month, "failed"] = 1.0
    ((_, why),) = life_customer._partings(rows)
    assert "In the 1 month before:" in why and not re.search("[2-9] failures", why)


def test_the_customers_told_first_have_long_lives_with_both(runs: Runs) -> None:
    other = run(load("doormat_siloed").replace(*SMALL), replications=2, threads=1, panel=120)
    pair = runs, other
    for some in life_customer.chosen(pair).values():
        lives = [[one.life(each) for each in pair] for one in some]
        ended = [any("we ended" in e.text for life in both for e in life.events) for both in lives]
        months = [min(sum(x is not None for x in next(iter(life.felt.values()))) for life in both) for both in lives]
        assert ended == sorted(ended), "whom a firm sent away comes last"
        kept = [n for n, gone in zip(months, ended, strict=True) if not gone]
        assert kept == sorted(kept, reverse=True)


def test_an_employees_life_is_that_of_the_panel(runs: Runs) -> None:
    rows = life_employee.employed(runs)
    for seat in rows["seat"].unique()[::7]:
        own, silo = rows[rows["seat"] == seat], str(rows[rows["seat"] == seat]["silo"].iloc[0])
        one = Employee(int(seat), silo).life(runs)
        quit_in, hired_in = ([int(m) for m in own[own[name] > 0]["month"]] for name in ("quit", "hired"))
        assert [month for month, _ in one.partings] == quit_in
        assert [e.month for e in one.events if e.text == "resigned"] == quit_in
        assert [e.month for e in one.events if e.text.startswith("somebody joined")] == hired_in
        tired = one.felt[life_employee.FELT["exhaustion"]]
        assert [x is None for x in tired] == (own["present"] == 0).tolist()
        for month, why in one.partings:
            assert f"Resigned in month {month} " in why
            assert f"Exhaustion was {own['exhaustion'].iloc[month - 1]:.2f}" in why
            later = [m for m in hired_in if m > month]
            assert (f"In month {later[0]} somebody new came" if later else "Nobody has come") in why
        assert ["empty" in said for said in one.sums] == (own["present"] == 0).tolist()
    assert ("rude" in Employee(int(seat), silo).life(runs).sums[-1]) == (silo == "service")
    with pytest.raises(KeyError, match="no seat -1"):
        Employee(-1, "service").life(runs)


def test_employees_are_the_same_people_at_the_opening(runs: Runs, pressed: Runs) -> None:
    both = {kind: {e.number for e in found} for kind, found in life_employee.chosen((runs, pressed)).items()}
    assert both["both"] and both["B"] and not both["A"] & both["B"]
    for number in both["B"]:
        stayed, went = (Employee(number, "").life(r).partings for r in (runs, pressed))
        rows = life_employee.employed(runs)
        assert not stayed or rows[(rows["seat"] == number) & (rows["hired"] > 0)]["month"].min() < stayed[0][0]
        assert went
    here = life_employee.chosen((runs, pressed), "service")
    assert {e.silo for found in here.values() for e in found} == {"service"}
    same = life_employee.chosen((runs, runs))
    assert not same["A"] and not same["B"]


def test_quitting_is_as_likely_as_the_model_has_it(pressed: Runs) -> None:
    """Of those who resigned, exhaustion raised the odds by the slope of the scenario."""
    told = [why for e in life_employee.chosen((pressed, pressed))["both"] for _, why in e.life(pressed).partings]
    assert told
    for why in told:
        x = float(re.findall(r"Exhaustion was ([\d.]+),", why)[0])
        odds = float(re.findall(r"quitting ([\d.]+)", why)[0])
        assert odds == pytest.approx(np.exp(5 * (x - 0.3)), rel=0.03, abs=0.01)


def test_a_silos_life_has_the_events_that_mattered(pressed: Runs) -> None:
    record = pressed.records[0]
    for k, name in enumerate(SILOS):
        one = Silo(name).life(pressed)
        load_ = record.silo["asked_hours"][:, 0, k] / record.silo["capacity_hours"][:, 0, k]
        most = [e.month for e in one.events if e.text.startswith("the most work of all months")]
        assert most == [int(load_.argmax()) + 1]
        begun = [e.month for e in one.events if "began to be left over" in e.text]
        left = record.silo["backlog_hours"][:, 0, k] >= 1
        assert begun == [m + 1 for m in range(MONTHS) if left[m] and not (m and left[m - 1])]
        changed = [e for e in one.events if e.text == "requests.conceded_share went to 1, over 3 months"]
        assert [e.month for e in changed] == [5]
        came, went = (record.silo[flow][:, 0, k].sum() for flow in ("hires", "quits"))
        assert f"since the opening {came:.0f} came and {went:.0f} left" in one.sums[-1]
        assert all(len(row) == MONTHS for row in one.felt.values()) and len(one.felt) == 6
        assert [e.month for e in one.events] == sorted(e.month for e in one.events)
    assert any("began to be left over" in e.text for name in SILOS for e in Silo(name).life(pressed).events)


def test_a_firm_that_closes_is_told() -> None:
    poor = Scenario.default().replace(
        *SMALL, "world.finance.opening_cash_months", 1, "world.finance.fixed_cost_share", 0.5
    )
    runs = run(poor, replications=1, threads=1, panel=60)
    closed = int(runs.records[0].firm["insolvent"][:, 0].argmax()) + 1
    assert 1 < closed < MONTHS
    told = Silo("sales").life(runs)
    assert [e.month for e in told.events if "went out of business" in e.text] == [closed]
    assert told.felt["Exhaustion, 0 to 1"][-1] is None and "closed" in told.sums[-1]
    lost = [Employee(int(k), "").life(runs) for k in life_employee.employed(runs)["seat"].unique()]
    assert any(e.text == "lost the place: the firm closed" for one in lost for e in one.events)
    assert all(month < closed for one in lost for month, _ in one.partings)


def test_spells_and_partings() -> None:
    on = np.array([True, True, False, True, False, True])
    assert [*spells(on)] == [(1, 3), (4, 5), (6, None)] and not [*spells(~on & on)]
    found = parted([1, 2, 3, 4, 5], {1, 2}, {2, 3}, {4})
    assert found == {"A": [1], "B": [3], "both": [2], "neither": [4]}
