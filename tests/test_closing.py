"""The closing of a run: what each customer brings, ranked and by segment, against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bits import SMALL, run
from cxsim.closing import close
from cxsim.measures import MEASURES
from cxsim.model import CXModel, simulate
from cxsim.record import PERCENTS, SEGMENT_COLUMNS, Record
from cxsim.scenario import Change, Scenario
from cxsim.studies.quantities import Moment, Reading
from lived import scenario
from made_up import record


@pytest.fixture(scope="module")
def model() -> CXModel:
    return run(CXModel(SMALL, collect=False), 8)


def by_hand(model: CXModel, firm: int) -> list[tuple[float, int]]:
    """What each customer of a firm brings in a month, in the represented market, and her segment; best first."""
    w, s = model.world[0], model.company[0]
    hours = 0.4 * w["work"]["operations_hours"]
    found = []
    for c in model.customers.select(lambda c: c.firm == firm):
        cost = (c.cost_to_serve + hours * s["labour_price"][firm]) * s["overhead"][firm]
        month = (1 - w["finance"]["variable_cost_share"]) * c.wallet - cost
        found.append((float(month) * w["market"]["monthly_price"] * model.people_each, int(c.segment)))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("firm", [0, 1])
def test_the_closing_is_what_its_customers_add_up_to(model: CXModel, firm: int) -> None:
    closing, people = close(model), by_hand(model, firm)
    money = np.array([month for month, _ in people])
    ranked = np.concatenate([[0.0], money.cumsum()])
    for percent in (0, 1, 37, 50, 99, 100):
        there = percent / 100 * len(people)
        whole = int(there)
        part = (there - whole) * (money[whole] if whole < len(people) else 0.0)
        assert closing.whale[firm, percent] == pytest.approx(ranked[whole] + part, rel=1e-4, abs=1.0)
    for g in range(3):
        own = [month for month, segment in people if segment == g]
        assert closing.segment["customers"][firm, g] == pytest.approx(len(own) * model.people_each)
        assert closing.segment["contribution"][firm, g] == pytest.approx(sum(own), rel=1e-4)
        assert closing.segment["unprofitable"][firm, g] == sum(x < 0 for x in own) * model.people_each


def test_the_closing_agrees_with_the_books(model: CXModel) -> None:
    closing, books = close(model), model.record()
    for column in ("customers", "equity"):
        np.testing.assert_allclose(closing.segment[column].sum(axis=1), books.firm[column][-1], rtol=2e-3)
    np.testing.assert_allclose(closing.segment["knowledge"].mean(axis=1), books.firm["knowledge"][-1], rtol=1e-6)
    np.testing.assert_allclose(closing.whale[:, -1], closing.segment["contribution"].sum(axis=1), rtol=1e-6)
    assert closing.whale.shape == (2, PERCENTS) and list(closing.segment) == list(SEGMENT_COLUMNS)
    assert (np.diff(closing.whale, n=2, axis=1) <= 1e-6 * closing.whale.max()).all(), "the best come first"


def test_customers_bring_what_their_lifetime_value_is_reckoned_from() -> None:
    """Where all leave at one rate, equity is contribution over hazard and discount; a month of books lies between."""
    s = SMALL.replace("world.loyalty.satisfaction_slope", 0, "world.loyalty.frailty_cv", 0)
    closing = simulate(s.replace("policy.requests.conceded_share", 0.9)).closing
    assert closing
    rate = (s.world["loyalty"]["leaving_per_year"] + np.log(1 + s.world["finance"]["discount_per_year"])) / 12
    np.testing.assert_allclose(closing.segment["equity"] * rate, closing.segment["contribution"], rtol=0.02)


def test_the_closing_depends_on_no_number_of_threads() -> None:
    one, four = (simulate(SMALL.replace("customers", 20_000, "horizon_months", 2), threads=n).closing for n in (1, 4))
    assert one and four
    np.testing.assert_array_equal(one.whale, four.whale)
    for name, values in one.segment.items():
        np.testing.assert_array_equal(values, four.segment[name])


def test_a_firm_out_of_business_has_nobody_to_rank() -> None:
    broke = {"world.finance.variable_cost_share": 0.95, "world.finance.opening_cash_months": 0}
    closed = simulate(SMALL.replace(*(x for pair in broke.items() for x in pair), "horizon_months", 3))
    assert closed.firm["insolvent"][-1, 0] == 1
    assert closed.closing and not closed.closing.whale[0].any()
    for name in ("whale_peak", "unprofitable_share", "lifetime_value", "ideal_knowledge"):
        assert np.isnan(MEASURES[name](closed))


def test_dear_customers_sink_the_end_of_the_curve() -> None:
    """Gifts to whoever asks leave more customers who cost more than they bring."""
    few, many = (
        simulate(Scenario.default().replace("customers", 2000, "policy.requests.conceded_share", share), rng=3)
        for share in (0.0, 1.0)
    )
    for name in ("unprofitable_share", "whale_peak"):
        assert MEASURES[name](many) > MEASURES[name](few)
    assert MEASURES["lifetime_value"](many) < MEASURES["lifetime_value"](few)


def whole() -> Record:
    return record(profit=np.arange(1.0, 25.0), equity=5000.0)


def test_measures_of_the_closing() -> None:
    r = whole()
    assert MEASURES["whale_peak"](r) == pytest.approx(1.25)
    assert MEASURES["unprofitable_share"](r) == pytest.approx(0.2)
    assert MEASURES["ideal_knowledge"](r) == 0.9
    assert MEASURES["lifetime_value"](r) == 5.0


def test_a_record_that_was_cut_off_has_no_closing() -> None:
    for name in ("whale_peak", "unprofitable_share", "ideal_knowledge"):
        assert np.isnan(Reading(name, Moment("year", 1))(whole()))
    assert Reading("lifetime_value", Moment("year", 1))(whole()) == 5.0


def test_three_scores_share_no_column() -> None:
    """What customers think, feel and do: each moves with columns of its own and with no other's."""
    own = {"think": {"trust", "expectation"}, "feel": {"satisfaction"}, "do": {"left"}}
    calm = dict.fromkeys(("trust", "expectation", "satisfaction"), 0.5)
    for column in (*calm, "left", "ended", "quality"):
        now, then = (record(**{**calm, column: x}) for x in (0.25, 0.75))
        moved = {name for name in own if MEASURES[name](now) != MEASURES[name](then)}
        assert moved == {name for name, columns in own.items() if column in columns}
    r = record(trust=0.4, expectation=1.5, satisfaction=-0.5, left=10.0, ended=500.0)
    assert MEASURES["think"](r) == pytest.approx(0.7)
    assert MEASURES["feel"](r) == 0
    assert MEASURES["do"](r) == pytest.approx(0.99**12)


def test_gaps_and_the_shift_of_culture() -> None:
    month = np.arange(24.0)
    r = record(promise=0.9, quality=0.85, delivered=0.8, expectation=0.7, practice=month / 100)
    assert MEASURES["promise_gap"](r) == pytest.approx(0.1)
    assert MEASURES["execution_gap"](r) == pytest.approx(-0.1)
    assert MEASURES["quality"](r) == pytest.approx(0.85)
    assert MEASURES["expectation"](r) == pytest.approx(0.7)
    assert MEASURES["culture_shift"](r) == pytest.approx(0.23)


def test_a_firm_that_announces_what_it_delivers_has_no_gap_whatever_fails() -> None:
    """Failures count on both sides; hype is the gap, and so is a rise of failures until the promise has followed."""
    small = {"customers": 1500, "employees": 8, "horizon_months": 40}
    plain = simulate(scenario(**small), rng=3)
    hyped = simulate(scenario(values=[("policy.expectations.hype", 0.1)], **small), rng=3)
    failing = simulate(scenario(values=[("world.journey.failure_prob", 0.2)], **small), rng=3)
    worse = Change(35, world={"journey": {"failure_prob": 0.3}})
    declining = simulate(scenario(values=[("timeline", (worse,))], **small), rng=3)
    gap, unmet = MEASURES["promise_gap"], MEASURES["execution_gap"]
    assert abs(gap(plain)) < 0.012 and abs(unmet(plain)) < 0.02
    assert gap(failing) == pytest.approx(gap(plain), abs=0.005)
    assert unmet(failing) == pytest.approx(unmet(plain), abs=0.005)
    assert gap(hyped) > 0.08 and unmet(hyped) > unmet(plain) + 0.002
    assert gap(declining) > gap(plain) + 0.01 and unmet(declining) > unmet(plain) + 0.01
