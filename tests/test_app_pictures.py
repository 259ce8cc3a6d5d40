"""What the page draws of money, silos and dots, without a browser."""

from __future__ import annotations

import numpy as np
import pytest

from cxsim.api import run
from cxsim.app import books, people, silos
from cxsim.record import FIRM_COLUMNS, SILOS
from cxsim.results import Runs
from cxsim.scenario import load


@pytest.fixture(scope="module")
def pair() -> tuple[Runs, Runs]:
    small = "customers", 300, "horizon_months", 14
    one, two = (load(name).replace(*small) for name in ("doormat_siloed", "mutual_cross_functional"))
    return run(one, replications=2, threads=1, panel=100), run(two, replications=2, threads=1, panel=100)


def test_bars_sum_to_the_difference_in_profit(pair: tuple[Runs, Runs]) -> None:
    one, two = ([record.firm["profit"][:, 0] for record in runs.records] for runs in pair)
    gap = (np.mean(two, axis=0) - np.mean(one, axis=0)).cumsum()
    assert np.abs(gap).min() > 0
    assert sum(books.differences(*pair).values()) == pytest.approx(gap, rel=1e-9)
    picture = books.picture(*pair)
    shown = np.sum([*picture["rows"].values()], axis=0)
    assert shown == pytest.approx(np.array(picture["total"]), abs=0.01) and picture["unit"] == "EUR m"
    assert len(shown) == 14


def test_every_account_has_a_bar() -> None:
    money = {name for name, (unit, _) in FIRM_COLUMNS.items() if unit == "money"}
    assert money - set(books.ACCOUNTS) == {"concession_value", "profit", "cash", "equity"}


def test_nothing_is_between_a_company_and_itself(pair: tuple[Runs, Runs]) -> None:
    assert not any(row.any() for row in books.differences(pair[0], pair[0]).values())


def test_arrows_are_what_silos_learned_and_crosses_what_was_lost(pair: tuple[Runs, Runs]) -> None:
    for runs in pair:
        picture = silos.picture(runs)
        record = runs.records[0].firm
        lost, passed = np.array(picture["lost"]), np.array(picture["passed"])
        assert lost.sum(axis=(1, 2)) == pytest.approx(np.array(picture["losses"]), rel=1e-3)
        service, product = SILOS.index("service"), SILOS.index("product")
        mean = np.mean([r.silo["from_service"][:, 0, product] for r in runs.records], axis=0)
        assert passed[:, product, service] == pytest.approx(100 * mean, rel=1e-2)
        assert len(picture["contacts"]) == len(record["contacts"])
    siloed, shared = (np.array(silos.picture(runs)["passed"])[-1] for runs in pair)
    others = ~np.eye(len(SILOS), dtype=bool)
    assert shared[others].sum() > 2 * siloed[others].sum()


def test_pairs_that_share_lose_less() -> None:
    small = load("baseline").replace("customers", 200, "horizon_months", 5)
    three = small.replace("policy.silos.n_sharing", 3, "policy.silos.information_sharing_share", 0.9)
    weight = silos.pairs(run(three, replications=1, threads=1))
    assert weight.sum(axis=(1, 2)) == pytest.approx(np.ones(5))
    inside = weight[-1][SILOS.index("service"), SILOS.index("product")]
    assert 0 < inside < 0.7 * weight[-1][SILOS.index("sales"), SILOS.index("marketing")]


def test_who_wavers_believes_more_to_be_had_elsewhere(pair: tuple[Runs, Runs]) -> None:
    runs = pair[0]
    lives = people.lived(runs)
    last = lives[lives["month"] == lives["month"].max()]
    ours = (last["firm"].cat.codes == 0).to_numpy()
    wavers = np.array([c == "2" for c in people.codes(runs)[-1]])
    assert people.STATES[2].name == "wavering" and wavers.any() and not wavers.all()
    known = ours & (last["joined"] == 0).to_numpy()
    assert np.array_equal(wavers[known], (last["lead"] < 0).to_numpy()[known])
    assert not wavers[~known].any()
