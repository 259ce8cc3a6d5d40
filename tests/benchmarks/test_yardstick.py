"""The yardstick is a working model: nobody is lost, and what should happen in its month does happen."""

import pytest

import yardstick


def test_a_year_of_the_yardstick() -> None:
    market = yardstick.Market(n_customers=600, rng=3)
    seen = dict.fromkeys(("requests", "granted", "failures", "complaints", "left"), 0)
    for _ in range(12):
        market.step()
        assert sum(firm.customers for firm in market.firms) == 600
        for name in seen:
            seen[name] += sum(getattr(firm, name) for firm in market.firms)
    assert all(seen.values()), seen
    assert len(market.agents) == 600
    assert sum(len(c.neighbours) for c in market.agents) == pytest.approx(6 * 600)


def test_same_seed_same_market() -> None:
    one, two = yardstick.Market(200, rng=5), yardstick.Market(200, rng=5)
    for _ in range(3):
        one.step()
        two.step()
    assert one.firms == two.firms
