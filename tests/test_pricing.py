"""Prices and what customers make of them: public at once, weighed or not, and paid; and what exceeds expectations."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import lived
from cxsim.scenario import Change
from lived import opened, put, scenario

SIZE: dict[str, int] = {"customers": 1500, "employees": 8}
after, arm = partial(lived.after, SIZE), partial(lived.arm, SIZE)


def test_a_price_is_known_at_once_by_customers_prospects_and_the_public() -> None:
    plain, dear = after(), after(policy__pricing__relative_price=1.1)
    for name in ("satisfaction", "image"):
        a, b = (m.people[name] if name == "satisfaction" else m.people[name][0] for m in (plain, dear))
        ours = (plain.people["firm"] == 0) & (dear.people["firm"] == 0) & (plain.lived["joined"] == 0)
        chosen = ours if name == "satisfaction" else slice(None)
        np.testing.assert_allclose((a - b)[chosen], 0.1, atol=2e-3)
    assert plain.company["reputation"][0, 0] - dear.company["reputation"][0, 0] == pytest.approx(0.1, abs=2e-3)
    assert dear.company["reputation"][0, 1] == pytest.approx(plain.company["reputation"][0, 1], abs=1e-3)


def test_a_steady_price_moves_nothing_further() -> None:
    """Satisfaction, image and reputation have moved by as much, so that nothing drifts where prices stay."""
    plain, dear = (arm(("policy.pricing.relative_price", p), ("world.loyalty.leaving_per_year", 0)) for p in (1, 1.1))
    gap = plain.firm["satisfaction"][:, 0] - dear.firm["satisfaction"][:, 0]
    np.testing.assert_allclose(gap, 0.1, atol=2e-3)


def test_who_does_not_notice_prices_pays_and_stays() -> None:
    """Without weight nothing but revenue moves: by as much as the price, for the agreed service."""
    blind = ("world.pricing.price_weight", 0)
    plain, dear = (arm(("policy.pricing.relative_price", p), blind, months=6) for p in (1, 1.1))
    for name in ("customers", "satisfaction", "failures", "pay_cost", "requests"):
        np.testing.assert_array_equal(plain.firm[name][:3], dear.firm[name][:3])
    assert (dear.firm["revenue"][:3, 0] > 1.09 * plain.firm["revenue"][:3, 0]).all()


def test_a_shortfall_of_worth_for_the_price_costs_customers_and_quality_makes_it_good() -> None:
    """Asking a tenth more loses customers to the rival; so does a rival that asks a tenth less."""
    plain, dear = arm(), arm(("policy.pricing.relative_price", 1.1))
    assert dear.firm["customers"][-1, 0] < 0.97 * plain.firm["customers"][-1, 0]
    cheaper = Change(1, firm=1, policy={"pricing": {"relative_price": 0.9}})
    undercut = arm(("timeline", (cheaper,)))
    assert undercut.firm["customers"][-1, 0] < 0.97 * plain.firm["customers"][-1, 0]
    better = arm(("policy.pricing.relative_price", 1.1), ("world.offer.misfit_loss", 0))
    assert better.firm["satisfaction"][-1, 0] > dear.firm["satisfaction"][-1, 0]


def test_more_than_expected_is_worth_its_gain_and_less_is_not_its_matter() -> None:
    """Half a month of quality beyond expectation is worth the gain times as much; a shortfall does not hang on it."""
    tau = 6
    for low, moves in ((-0.5, True), (0.5, False)):
        felt = []
        for gain in (0.0, 0.5, 1.0):
            m = opened(scenario(**SIZE))
            put(m, {"world.loyalty.delight_gain": gain, "world.loyalty.leaving_per_year": 0})
            m.people["expectation"][:] += low
            m.step()
            felt.append(m.lived["satisfaction"][(m.lived["served_by"] == 0) & (m.lived["firm"] == 0)].mean())
        if moves:
            assert felt[1] - felt[0] == pytest.approx(felt[2] - felt[1], rel=1e-3)
            assert felt[2] - felt[0] == pytest.approx(0.5 / tau, rel=0.2)
        else:
            assert felt[0] == pytest.approx(felt[2], abs=1e-3)


def test_months_that_exceed_and_fall_short_are_counted_by_customer() -> None:
    """A higher expectation turns the one into the other; nobody does both, and a failure falls short."""
    m = after()
    c = m.lived
    ours = c["served_by"] == 0
    assert not (c["exceeded"] * c["fell_short"]).any() and not c["exceeded"][c["served_by"] < 0].any()
    assert c["fell_short"][ours & (c["failed"] > 0) & (c["resolved"] == 0) & (c["asked"] == 0)].mean() > 0.9
    each = m.spec.world["market"]["represents"] / m.spec.customers
    assert m.company["exceeded"][0, 0] == pytest.approx(c["exceeded"][ours].sum() * each)
    modest, demanding = after(people__expectation=0.2), after(people__expectation=1.5)
    assert modest.company["fell_short"][0, 0] < 0.1 * modest.company["exceeded"][0, 0]
    assert demanding.company["exceeded"][0, 0] < 0.1 * demanding.company["fell_short"][0, 0]


def test_who_got_more_than_expected_expects_more() -> None:
    """Delight is used up: the next month has to be better still to exceed."""
    m = opened(scenario(**SIZE))
    m.people["expectation"][:] -= 0.2
    before = m.people["expectation"].copy()
    m.step()
    c = m.lived
    pleased = (c["exceeded"] > 0) & (c["failed"] == 0) & (c["asked"] == 0) & (c["joined"] == 0)
    assert pleased.mean() > 0.3 and (m.people["expectation"][pleased] > before[pleased]).all()
    first = m.company["exceeded"][0, 0]
    for _ in range(24):
        m.step()
    assert m.company["exceeded"][0, 0] < 0.7 * first
