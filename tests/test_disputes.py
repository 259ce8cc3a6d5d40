"""Disputes between silos and their mediation; and attention to what is measured."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import lived
from cxsim.company import HOURS_PER_MONTH, N_SILOS
from cxsim.record import FIRM_COLUMNS, Record

SIZE: dict[str, int] = {"customers": 600, "employees": 8}
QUARREL = ("world.disputes.dispute_hours", 2)
after, arm = partial(lived.after, SIZE), partial(lived.arm, SIZE)


def same(a: Record, b: Record) -> bool:
    return all(a.firm[name].tobytes() == b.firm[name].tobytes() for name in FIRM_COLUMNS)


def test_where_disputes_take_no_time_there_is_nothing_to_mediate() -> None:
    """The default: to the bit, whatever the other numbers of disputes are."""
    plain = arm()
    others = ("world.disputes.mediation_effort", 3), ("world.disputes.rancour", 0.5)
    assert same(plain, arm(*others)) and not plain.firm["dispute_hours"].any()


def test_somebody_is_there_to_mediate_whether_there_are_disputes_or_not() -> None:
    """What mediation saves comes at a price: hours of all, which a firm at peace spends for nothing."""
    for share in (0, 0.5, 1):
        s = after(policy__disputes__mediated_share=share).company[0]
        assert s["dispute_hours"][0] == pytest.approx(0.05 * share * s["heads"][0].sum())
        assert s["rancour"][0] == 0
    little = "world.disputes.dispute_hours", 0.01
    fought, settled = (arm(little, ("policy.disputes.mediated_share", share)) for share in (0, 1))
    assert settled.firm["dispute_hours"][:, 0].sum() > fought.firm["dispute_hours"][:, 0].sum()


@pytest.mark.parametrize("off", [("policy.silos.shared_metrics_share", 1), ("world.journey.handoff_loss_prob", 0)])
def test_silos_with_one_metric_or_without_hand_offs_have_nothing_to_fight_over(off: tuple[str, float]) -> None:
    record = arm(QUARREL, off, months=6)
    first = 3 if off[0].startswith("policy") else 0  # the policy's own default rules the opening
    assert not record.firm["dispute_hours"][first:, 0].any()


def test_joint_work_is_fought_over_too() -> None:
    alone = {"world__disputes__dispute_hours": 2.0, "world__journey__handoff_loss_prob": 0.0}
    m = after(**alone, policy__silos__joint_initiative_share=0.1, company__pressure=0.9)
    s = m.company[0]
    joint = (s["heads"][0] * HOURS_PER_MONTH * s["joint_share"][0]).sum()
    assert s["dispute_hours"][0] == pytest.approx(0.8 * 2 * 0.1 * joint, rel=1e-5) and joint > 0


def test_a_mediated_dispute_takes_as_long_as_mediation_and_leaves_no_rancour() -> None:
    fought, half, settled = (
        after(world__disputes__dispute_hours=2.0, policy__disputes__mediated_share=share).company[0]
        for share in (0, 0.5, 1)
    )
    assert fought["rancour"][0] > 0 == settled["rancour"][0]
    assert half["rancour"][0] == pytest.approx(fought["rancour"][0] / 2, rel=1e-6)
    there = 0.05 * settled["heads"][0].sum()
    assert settled["dispute_hours"][0] == pytest.approx(fought["dispute_hours"][0] / 2 + there, rel=1e-6)


def test_people_do_other_things_than_fight() -> None:
    """Half of everybody's time is the most that disputes and their mediation take together."""
    values = ("world.disputes.dispute_hours", 20), ("world.disputes.mediation_effort", 3)
    record = arm(*values, ("policy.disputes.mediated_share", 0.5), ("world.journey.handoff_loss_prob", 0.5))
    f, living = record.firm, record.firm["employees"] > 0  # the books are closed on such firms before long
    assert 0.49 < (f["dispute_hours"][living] / f["employees"][living] / HOURS_PER_MONTH).max() < 0.6
    assert (f["commitment"] >= 0).all() and (record.silo["own_share"][living] > 0.099).all()


def test_slow_mediation_takes_longer_than_the_dispute() -> None:
    slow = arm(QUARREL, ("world.disputes.mediation_effort", 1.2), ("policy.disputes.mediated_share", 1))
    assert slow.firm["dispute_hours"][:, 0].sum() > arm(QUARREL).firm["dispute_hours"][:, 0].sum()


def test_what_disputes_take_is_missing_from_own_work_and_paid_for() -> None:
    plain, fighting = arm(), arm(QUARREL)
    lost = fighting.firm["dispute_hours"][12:, 0] / fighting.firm["employees"][12:, 0] / HOURS_PER_MONTH
    missing = (plain.silo["own_share"] - fighting.silo["own_share"])[12:, 0].mean()
    assert 0.002 < missing == pytest.approx(lost.mean(), rel=0.3)
    assert fighting.firm["profit"][:, 0].sum() < plain.firm["profit"][:, 0].sum()
    assert fighting.firm["engagement"][-1, 0] < plain.firm["engagement"][-1, 0]


def test_attention_goes_to_the_silo_that_scores_lowest_and_to_no_other() -> None:
    practice = np.array([0.3, 0.3, 0.1, 0.3, 0.3])
    m = after(0, policy__navigator__measuring_hours=2)
    m.company["habit"][:] = m.company["practice"][:] = practice
    m.step()
    attention = m.company["attention"][0, 0]
    assert attention[2] == pytest.approx(N_SILOS * 0.25 * 2) and attention.sum() == attention[2]


def test_silos_that_tie_for_the_lowest_score_share_attention() -> None:
    """Whichever of them comes first."""
    for lowest in ([1, 3], [0, 1, 2, 3, 4]):
        m = after(0, policy__navigator__measuring_hours=2)
        practice = np.full(N_SILOS, 0.3)
        practice[lowest] = 0.1
        m.company["habit"][:] = m.company["practice"][:] = practice
        m.step()
        attention = m.company["attention"][0, 0]
        assert attention[lowest] == pytest.approx(N_SILOS * 0.25 * 2 / len(lowest))
        assert attention.sum() == pytest.approx(N_SILOS * 0.25 * 2)


def test_a_score_that_moves_nothing_only_costs() -> None:
    """Without attention: practice stays nought, hours and money are gone."""
    still = ("world.navigator.attention_gain", 0)
    plain, measured = arm(still), arm(still, ("policy.navigator.measuring_hours", 2))
    assert not measured.firm["practice"].any()
    assert measured.firm["programme_cost"][0, 0] > plain.firm["programme_cost"][0, 0]
    assert (measured.silo["own_share"][0, 0] < plain.silo["own_share"][0, 0]).all()


def test_every_silo_gets_its_turn() -> None:
    """What is worst changes as it improves."""
    practice = arm(("policy.navigator.measuring_hours", 4), months=12).silo["practice"][-1, 0]
    assert (practice > 0).all() and practice.max() < 2 * practice.min()
