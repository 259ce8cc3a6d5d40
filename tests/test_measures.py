"""Measures against numbers worked out by hand, and the axes that they keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxsim.measures import (
    MEASURES,
    PERIOD_COLUMNS,
    by_period,
    payback,
    payback_quarters,
    period_months,
    retention_by_month,
    stack,
)
from made_up import noisy, record


def value(name: str, **columns: object) -> float:
    return MEASURES[name](record(**columns))  # type: ignore[arg-type]


def ramp(n: int = 24) -> np.ndarray:
    return np.arange(1.0, n + 1)


def test_every_measure_says_what_it_is() -> None:
    for name, m in MEASURES.items():
        assert name == m.name and m.title and m.unit and m.formula and m.source and m.shown_unit
        assert m.scale > 0 and m.decimals >= 0 and m.better in ("higher", "lower", "")


@pytest.mark.parametrize("name", MEASURES)
def test_a_stack_of_runs_gives_what_each_run_gives(name: str) -> None:
    records = [noisy(30, r) for r in range(4)]
    together = MEASURES[name].function(stack(records))
    assert together.shape == (4, 2)
    for k, one in enumerate(records):
        for firm in (0, 1):
            np.testing.assert_array_equal(together[k, firm], MEASURES[name](one, firm))


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("n_months", [1, 11, 12, 13])
def test_any_horizon_is_measured_or_absent(name: str, n_months: int) -> None:
    whole_year = {"retention_12_months", "revenue_per_year", "profit_year_1", "profit_last_year"}
    absent = math.isnan(MEASURES[name](noisy(n_months, 0)))
    assert absent == (name in whole_year and n_months < 12)


@pytest.mark.parametrize("name", MEASURES)
def test_a_firm_long_gone_gives_no_warning(name: str) -> None:
    """All columns nought, or nan where nobody is left to average over; warnings are errors here."""
    gone = dict.fromkeys(("customers", "tenured", "employees", "revenue", "profit"), 0.0)
    x = value(name, **gone, insolvent=1.0, satisfaction=math.nan, trust=math.nan, exhaustion=math.nan)
    undefined = {
        "retention_12_months", "churn_per_year", "satisfaction", "trust", "entitlement", "nps",
        "cost_to_serve", "concession_cost_share", "employee_turnover_per_year", "early_quits_share",
        "exhaustion", "engagement", "centricity_index", "mutual_benefit", "execution_gap", "failures_per_year",
        "quality", "expectation", "think", "feel", "do", "lifetime_value", "whale_peak", "unprofitable_share",
        "promise_gap", "ideal_knowledge", "exceeded_share", "fell_short_share",
    }  # fmt: skip
    assert math.isnan(x) == (name in undefined)


def test_retention_compares_with_the_stock_of_12_months_before() -> None:
    customers, tenured = 1000.0 + ramp(), 800.0 + ramp()
    r = record(customers=customers, tenured=tenured, start=950.0)
    kept = retention_by_month(r)[:, 0]
    assert np.isnan(kept[:11]).all()
    assert kept[11] == 812 / 950
    assert kept[12] == 813 / 1001
    assert MEASURES["retention_12_months"](r) == 824 / 1012


def test_retention_is_nought_in_the_year_of_insolvency_and_then_absent() -> None:
    alive = np.where(ramp(36) < 20, 1000.0, 0.0)
    kept = retention_by_month(record(36, customers=alive, tenured=alive))[:, 0]
    assert kept[18] == 1 and (kept[19:31] == 0).all() and np.isnan(kept[31:]).all()


def test_churn_compounds_the_monthly_losses() -> None:
    assert value("churn_per_year", left=10.0, ended=5.0) == pytest.approx(1 - (1 - 0.015) ** 12)
    left = np.zeros(24)
    left[11] = 500.0  # thirteen months before the end: not in the last year
    assert value("churn_per_year", left=left) == 0
    left[12] = 500.0
    assert value("churn_per_year", left=left) == pytest.approx(0.5)
    assert value("churn_per_year", left=1000.0) == 1


def test_churn_of_a_short_run_is_put_on_a_year() -> None:
    assert value("churn_per_year", n_months=6, left=10.0) == pytest.approx(1 - 0.99**12)
    assert value("churn_per_year", n_months=1, left=10.0, start=100.0) == pytest.approx(1 - 0.9**12)


def test_means_weigh_months_by_customers() -> None:
    customers = np.where(ramp() == 24, 3000.0, 1000.0)
    x = np.where(ramp() == 24, 1.0, 0.0)
    assert value("satisfaction", customers=customers, satisfaction=x) == pytest.approx(3 / 14)
    assert value("trust", customers=customers, trust=x) == pytest.approx(3 / 14)
    assert value("nps", customers=customers, promoters_share=x, detractors_share=1 - x) == pytest.approx(
        -800 / 14
    )
    heads = np.where(ramp() == 24, 0.0, 10.0)
    assert value("exhaustion", employees=heads, exhaustion=np.where(heads > 0, 0.3, np.nan)) == pytest.approx(
        0.3
    )


def test_money() -> None:
    assert value("profit_year_1", profit=ramp()) == 78
    assert value("profit_last_year", profit=ramp()) == 300 - 78
    assert value("cumulative_profit", profit=ramp()) == 300
    assert value("revenue_per_year", revenue=ramp()) == 300 - 78
    assert value("concession_cost_share", revenue=20.0, concession_value=ramp()) == pytest.approx(222 / 240)
    assert value("cash", cash=ramp()) == 24


def test_present_values() -> None:
    month = ramp()
    by_hand = sum(m * 1.21 ** (-m / 12) for m in month)
    assert value("npv", profit=month, discount_per_year=0.21) == pytest.approx(by_hand)
    worth = value("value", profit=month, equity=month * 100, discount_per_year=0.21)
    assert worth == pytest.approx(by_hand + 2400 / 1.21**2)
    assert value("npv", profit=month, discount_per_year=0.0) == 300
    annuity = value("npv", n_months=360, profit=1.0, discount_per_year=1.01**12 - 1)
    assert annuity == pytest.approx((1 - 1.01**-360) / 0.01)


def test_staff_turnover_is_per_year() -> None:
    assert value("employee_turnover_per_year", quits=0.5) == pytest.approx(0.6)
    assert value("employee_turnover_per_year", n_months=3, quits=0.5) == pytest.approx(0.6)
    assert value("early_quits_share", quits=0.5, early_quits=0.2) == pytest.approx(0.4)


def test_periods() -> None:
    n = 14
    r = record(n, profit=ramp(n), customers=ramp(n) * 10, tenured=90.0, start=100.0, satisfaction=ramp(n))
    p = {name: x[:, 0] for name, x in by_period(r).items()}
    assert list(p) == list(PERIOD_COLUMNS)
    assert period_months(n).tolist() == [3, 3, 3, 3, 2]
    assert p["profit"].tolist() == [6, 15, 24, 33, 27]
    assert p["cumulative_profit"][-1] == MEASURES["cumulative_profit"](r)
    assert p["customers"].tolist() == [30, 60, 90, 120, 140]
    np.testing.assert_allclose(p["retention_12_months"], [np.nan] * 3 + [0.9, 90 / 20])
    assert p["satisfaction"][0] == pytest.approx((1 + 4 + 9) / 6)


@given(n=st.integers(1, 40), replications=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_periods_add_up_to_months(n: int, replications: int) -> None:
    history = stack([noisy(n, r) for r in range(replications)])
    p = by_period(history)
    for name in ("profit", "revenue", "quits"):
        np.testing.assert_allclose(p[name].sum(axis=1), history.firm[name].sum(axis=1))
    np.testing.assert_array_equal(p["customers"][:, -1], history.firm["customers"][:, -1])
    np.testing.assert_array_equal(p["retention_12_months"][:, -1], retention_by_month(history)[:, -1])
    assert period_months(n).sum() == n


@pytest.mark.parametrize(
    ("lead", "quarter"),
    [
        ([1, 1, 1, 1], 0),
        ([0, 0, 0, 0], math.inf),  # equal is not ahead
        ([-1, 2, 0, 0], 2),
        ([-1, 0, 0, 2], 4),
        ([-1, 1, 1, 0], 3),  # exactly even in quarter 2 is not above
        ([5, -9, 8, 1], 3),  # ahead, behind, ahead for good
        ([5, 1, 1, -9], math.inf),
    ],
)
def test_payback(lead: list[int], quarter: float) -> None:
    profit = np.repeat(np.array(lead, dtype=float) / 4, 3)
    arm, reference = record(12, profit=profit + 1.0), record(12)
    assert payback_quarters(arm, reference) == quarter
    stacked = payback_quarters(stack([arm, arm]), stack([reference, arm]))
    assert stacked.tolist() == [quarter, math.inf]


def test_payback_counts_the_last_part_of_a_quarter_and_refuses_what_is_not_paired() -> None:
    profit = np.array([0.0, 0, 0, 2])
    assert payback_quarters(record(4, profit=profit), record(4, profit=0.0)) == 2
    with pytest.raises(ValueError, match="paired"):
        payback_quarters(record(4), record(5))


def test_payback_over_runs_is_a_quarter_that_half_have_reached() -> None:
    inf = math.inf
    summary = payback(np.array([0.0, 3, inf, 7]))
    assert (summary.quarter, summary.n_at_once, summary.n_never, summary.n) == (3, 1, 1, 4)
    assert payback(np.array([7.0, inf])).quarter == 7
    assert payback(np.array([7.0, inf, inf])).quarter is None
    assert payback(np.zeros(3)).quarter == 0
    with pytest.raises(ValueError, match="no paired runs"):
        payback(np.array([]))


def test_only_runs_of_one_kind_are_stacked() -> None:
    with pytest.raises(ValueError, match="no records"):
        stack([])
    with pytest.raises(ValueError, match="replication 3"):
        stack([record(12), record(13, replication=3)])
