"""Hiring: who applies, what that does to empty seats, cost and talent, and what a firm's name is made of."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import lived
from cxsim.mechanisms import turnover
from cxsim.mechanisms.silos import LEAST_OWN_SHARE
from cxsim.mechanisms.turnover import NORMAL_NAME
from lived import opened, put, scenario

SIZE: dict[str, int] = {"customers": 600, "employees": 30}
after = partial(lived.after, SIZE)


def test_usual_pay_and_a_normal_name_draw_the_usual_applicants() -> None:
    assert after(company__employer_name=NORMAL_NAME).company["applicants"][0, 0] == pytest.approx(1)


def test_a_tenth_less_pay_draws_as_many_as_a_name_worse_by_ten_points() -> None:
    paid_less = after(company__employer_name=NORMAL_NAME, policy__workforce__relative_pay=0.9)
    worse_name = after(company__employer_name=NORMAL_NAME - 0.1)
    assert paid_less.company["applicants"][0, 0] == pytest.approx(np.exp(-0.5), rel=1e-5)
    assert worse_name.company["applicants"][0, 0] == pytest.approx(np.exp(-0.5), rel=1e-5)


def test_low_pay_draws_fewer_at_once_and_fewer_still_by_the_name_that_it_earns() -> None:
    """A tenth less: two fifths fewer in the first month, about two fifths as many after five years."""
    usual, low = (after(60, policy__workforce__relative_pay=pay).company["applicants"][0, 0] for pay in (1, 0.9))
    assert 0.3 < low / usual < 0.55


@pytest.mark.parametrize("newcomer_quits", [0.5, 2])
def test_a_firm_of_default_policies_has_a_normal_name_whenever_people_leave(newcomer_quits: float) -> None:
    """Newcomers who leave first leave everywhere: no firm is the worse an employer for it."""
    means = []
    for n in (0, newcomer_quits):
        m = opened(scenario(**SIZE, values=[("world.turnover.newcomer_quits", n)]))
        names = []
        for _ in range(60):
            m.step()
            names.append(m.company["employer_name"][0].mean())
        means.append(np.mean(names))
    assert means[1] == pytest.approx(means[0], abs=0.03)
    assert means[1] == pytest.approx(NORMAL_NAME, abs=0.05)


@pytest.mark.parametrize("name", [0.2, NORMAL_NAME, 0.9])
@pytest.mark.parametrize("missing", [0, 10])
def test_expected_quits_are_replaced_whoever_applies_and_only_a_gap_stays_open(name: float, missing: int) -> None:
    m = opened(scenario(**SIZE))
    s = m.company[0]
    s["employer_name"], s["smooth_quits"], s["quits"], s["hire_carry"] = name, 6.0, 6.0, 0.0
    turnover.plan(m.company, m.world, m.policy)
    s["heads"], s["hire_carry"] = s["target_heads"] - missing, 0.0
    turnover.plan(m.company, m.world, m.policy)
    offered = s["hire_carry"] * s["heads_per_seat"]
    replaced = 6.0 * (1 - 1 / 6)  # of which a sixth is forgotten, nobody having quit since
    assert offered[0] == pytest.approx(replaced + missing * s["applicants"][0] / 7, rel=1e-5)


def test_low_pay_has_its_price_in_people_in_the_long_run() -> None:
    """Five years of low pay: abler people do not come, hires are dear, and the firm's name suffers."""
    usual, low = (after(60, policy__workforce__relative_pay=pay) for pay in (1.0, 0.8))
    a, b = usual.company[0], low.company[0]
    assert b["employer_name"][0] < a["employer_name"][0] - 0.05
    talent = [m.seats["talent"][(m.seats["present"] > 0) & (m.seats["firm"] == 0)].mean() for m in (usual, low)]
    assert talent[1] < talent[0] - 0.05
    dear = [s["turnover_cost"][0] / max(s["hires"][0].sum() * s["pay"][0].mean(), 1e-9) for s in (a, b)]
    assert dear[1] > 1.5 * dear[0] > 0


def test_who_quits_beyond_the_usual_counts_as_nothing() -> None:
    """Half of the staff a year beyond the usual: the name heads for two thirds of their engagement, over a year."""
    m = after(0)
    s = m.company[0]
    usual = float(m.world["turnover"]["quit_rate"][0])
    s["engagement"], s["heads"], s["smooth_quits"], s["employer_name"] = 0.6, 100.0, 100.0 * (usual + 0.5 / 12), 0.6
    turnover.speak(m.company, m.world, m.policy)
    assert s["employer_name"][0] == pytest.approx(0.6 - (0.6 - 0.4) / 12)


PLANNED = {
    "culture": {"programme_hours": 16, "leaders_hours": 8, "purpose_hours": 4}, "listening": {"listening_hours": 40},
    "leadership": {"support_hours": 8, "strengths_hours": 8},
    "silos": {"improvement_share": 0.3, "joint_initiative_share": 0.3},
}  # fmt: skip


def test_programmes_for_which_there_is_no_time_are_cut_and_teach_nothing() -> None:
    """People keep a tenth of their time for their own work: no hour is given twice, nor is one free."""
    levers = {f"policy.{h}.{name}": x for h, values in PLANNED.items() for name, x in values.items()}
    m = opened(scenario(**SIZE))
    put(m, {**levers, "company.aspiration": -1e12})
    m.step()
    s = m.company[0]
    assert s["own_share"][0].min() == pytest.approx(LEAST_OWN_SHARE)
    assert s["own_share"][0].max() > LEAST_OWN_SHARE + 0.05, "the fullest silo decides"
    assert 0.3 < s["commitment"][0] < 0.95
    assert s["listening_hours"][0] == pytest.approx(40 * s["commitment"][0])
    assert s["training_hours"][0] == pytest.approx(np.full(5, 16 * s["commitment"][0]))


def test_programmes_that_fit_are_not_cut() -> None:
    m = after(policy__culture__programme_hours=16, company__aspiration=-1e12)
    assert m.company["commitment"][0, 0] == 1 and m.company["training_hours"][0, 0, 0] == 16
