"""Sampled worlds: how they are drawn, which assumptions keep their value, who is ahead, and what that hangs on."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import cxsim
from cxsim import results, worlds
from cxsim.api import as_everyone
from cxsim.intervals import wilson
from cxsim.measures import MEASURES
from cxsim.model import simulate
from cxsim.parameters import Parameter
from cxsim.report.ahead import clause, rows
from cxsim.report.machine import comparison_data, dumps
from cxsim.report.readings import Cell, Column, Heading
from cxsim.scenario import Change, Rival, Scenario
from cxsim.worlds import COMPARED, Worlds, draw, in_worlds, ranges_hash, rank_correlations, variable

RNG = 20261122
NEITHER = ": neither clearly more nor clearly fewer than half"
HEADING = Heading(20, 2000, 400_000, 60, 1, 1, "EUR")
SMALL = Scenario.default().replace("customers", 300, "employees", 6, "horizon_months", 15, "replications", 2)


def parameter(low: float, high: float, scale: str = "linear", integer: bool = False) -> Parameter:
    return Parameter(
        "x", low, "u", low, high, "assumption: test", "test", integer=integer, range=(low, high), scale=scale
    )


def sampled(gap: np.ndarray, drawn: np.ndarray) -> Worlds:
    """Worlds in which the value of every measure is higher by ``gap`` for the one arm than for the reference."""
    n, k = drawn.shape
    values = np.zeros((n, 2, len(MEASURES)))
    values[:, 1] = gap[:, None]
    return Worlds(("a", "b"), tuple(f"world.h.p{j}" for j in range(k)), (), ("u",) * k, drawn, values)


def test_every_strip_of_a_range_is_used_once() -> None:
    drawn = draw({"a": parameter(2, 4), "b": parameter(1, 100, "log"), "c": parameter(0, 7, integer=True)}, 40, RNG)
    np.testing.assert_array_equal(np.sort(np.floor((drawn[:, 0] - 2) / 2 * 40)), np.arange(40))
    np.testing.assert_array_equal(np.sort(np.floor(np.log(drawn[:, 1]) / np.log(100) * 40)), np.arange(40))
    assert set(drawn[:, 2]) == set(range(8))
    assert abs(rank_correlations(drawn[:, :1], drawn[:, 1])[0]) < 4 / np.sqrt(40), "columns are drawn apart"


def test_another_assumption_moves_nobodys_values() -> None:
    one = draw({"a": parameter(0, 1), "b": parameter(0, 1)}, 30, RNG)
    more = draw({"new": parameter(0, 1), "b": parameter(0, 1), "a": parameter(0, 1)}, 30, RNG)
    np.testing.assert_array_equal(one, more[:, [2, 1]])
    assert not np.array_equal(one, draw({"a": parameter(0, 1), "b": parameter(0, 1)}, 30, RNG + 1))


def test_what_worlds_are_drawn_from_has_a_hash() -> None:
    open_ = ranges_hash([SMALL])
    assert open_ == ranges_hash([SMALL.replace("policy.requests.conceded_share", 0.1)]), "levers are not drawn"
    held = SMALL.replace("world.requests.cost_to_value", 0.25)
    assert open_ != ranges_hash([held]), "what a scenario sets is not drawn"
    one, none = results.identity([SMALL], 1, 10), results.identity([SMALL], 1, 0)
    assert one.ranges == open_ and not none.ranges


def test_what_a_scenario_says_of_its_market_is_held() -> None:
    cheap = SMALL.replace("world.requests.cost_to_value", 0.25)
    dated = SMALL.replace("timeline", [Change(3, world={"expectations": {"outside_quality": 0.5}})])
    free, held = variable([SMALL, cheap, dated])
    assert set(held) == {"world.requests.cost_to_value", "world.expectations.outside_quality"}
    everything = {path for path, p in SMALL.catalogue.paths("world") if p.range is not None}
    assert set(free) == everything - set(held)
    assert {path for path, _ in SMALL.catalogue.paths("world")} - everything == {
        "world.market.represents",
        "world.market.monthly_price",
    }


def test_all_arms_meet_the_same_worlds() -> None:
    other = SMALL.replace("policy.requests.conceded_share", 0.9, "world.requests.cost_to_value", 0.25)
    free, _ = variable([SMALL, other])
    drawn = draw(free, 3, RNG)
    made = list(in_worlds([SMALL, other], free, drawn))
    assert len(made) == 6
    for k, (one, two) in enumerate(zip(made[::2], made[1::2], strict=True)):
        assert [one.value(path) for path in free] == drawn[k].tolist() == [two.value(path) for path in free]
        assert (one.value("world.requests.cost_to_value"), two.value("world.requests.cost_to_value")) == (1, 0.25)
        assert one.policy == SMALL.policy and two.policy == other.policy
    again = Scenario.from_yaml(made[0].to_yaml())
    assert again.hash == made[0].hash, "a drawn world is one that a scenario file may say"


@pytest.fixture(scope="module")
def compared() -> cxsim.Comparison:
    arms = [SMALL, SMALL.replace("title", "Refusing", "policy.requests.conceded_share", 0.0)]
    return cxsim.compare(arms, rng=RNG, worlds=5, everyone=True, threads=1)


def test_a_world_is_a_run_like_any_other(compared: cxsim.Comparison) -> None:
    found = compared.worlds
    assert found is not None and found.values.shape == (5, 2, len(MEASURES))
    arms = [arm.scenario for arm in compared.arms]
    free, _ = variable(arms)
    fourth = list(in_worlds(arms, free, found.drawn))[2 * 3 + 1]
    record = simulate(fourth, RNG, replication=3)
    np.testing.assert_array_equal(found.values[3, 1], [measure(record) for measure in MEASURES.values()])


def test_worlds_change_nothing_else_and_threads_change_nothing(compared: cxsim.Comparison) -> None:
    arms = [arm.scenario for arm in compared.arms]
    plain, threaded = cxsim.compare(arms, rng=RNG), cxsim.compare(arms, rng=RNG, worlds=5, everyone=True, threads=7)
    assert plain.worlds is plain.everyone is None
    for one, two in zip(plain.arms, compared.arms, strict=True):
        np.testing.assert_array_equal(one.values, two.values)
    assert threaded.worlds is not None and compared.worlds is not None
    np.testing.assert_array_equal(threaded.worlds.values, compared.worlds.values)


def test_everyone_has_the_policy_of_the_focal_firm() -> None:
    own = Change(2, policy={"requests": {"conceded_share": 0.1}}, world={"finance": {"fixed_cost_share": 0.1}})
    spec = SMALL.replace("rivals", [Rival("R", {"requests": {"conceded_share": 0.9}}), Rival("S", {})])
    theirs = Change(4, firm=2, policy={"requests": {"conceded_share": 0.7}})
    spec = spec.replace("timeline", [own, theirs], "policy.requests.selectivity", 0.8)
    alike = as_everyone(spec)
    assert [r.policy for r in alike.rivals] == [spec.policy] * 2 and alike.firms == spec.firms
    moves = [(s.firm, s.value) for s in alike.schedule() if s.name == "conceded_share"]
    assert moves == [(0, 0.1), (1, 0.1), (2, 0.1)]
    assert [s.value for s in alike.schedule() if s.side == "world"] == [0.1]


def test_among_equals_nobody_is_ahead_for_long(compared: cxsim.Comparison) -> None:
    """Firms under one policy differ by the luck of their customers only: their profits are of one size."""
    assert compared.everyone is not None
    for arm in compared.everyone.arms:
        revenue = np.mean([r.firm["revenue"][-1] for r in arm.records], axis=0)
        assert revenue.max() < 1.5 * revenue.min()


def test_wilson_against_published_values() -> None:
    """81 of 263: Newcombe 1998, Statistics in Medicine 17, table I, method 3."""
    np.testing.assert_allclose(wilson(81, 263), (0.2553, 0.3662), atol=5e-5)
    np.testing.assert_allclose(wilson(0, 20), (0.0, 0.1611), atol=5e-5)
    assert wilson(0, 0) == (0.0, 1.0) and wilson(20, 20)[1] == 1.0


def test_rank_correlation_shares_tied_ranks() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    luck = np.random.default_rng(RNG)
    x, y = luck.integers(0, 6, (50, 3)).astype(float), luck.integers(0, 4, 50).astype(float)
    expected = [scipy_stats.spearmanr(x[:, j], y).statistic for j in range(3)]
    np.testing.assert_allclose(rank_correlations(x, y), expected, atol=1e-12)
    assert rank_correlations(np.ones((5, 1)), y[:5])[0] == 0


def test_worlds_in_which_a_measure_is_undefined_do_not_count() -> None:
    gap = np.array([1.0, np.nan, 2.0, -1.0, 0.0])
    found = sampled(gap, np.arange(5.0)[:, None]).ahead(1, "retention_12_months")
    assert (found.wins, found.n) == (2, 4)
    lost = "retention_12_months of b is undefined in 1 of 5 worlds, in 0 of which it goes out of business"
    assert found.missing == lost
    assert sampled(np.ones(5), np.zeros((5, 1))).ahead(1, "npv").missing == ""
    with pytest.raises(IndexError, match="no arm 2"):
        sampled(gap, np.zeros((5, 1))).ahead(2, "npv")


def test_any_measure_with_a_direction_says_who_is_ahead_in_it() -> None:
    found = sampled(np.array([1.0, 2.0, -1.0]), np.zeros((3, 1)))
    assert found.ahead("b", "satisfaction").wins == 2
    assert found.ahead("b", "churn_per_year").wins == 1, "less is better"
    assert found.quartiles("b", "entitlement") == (0.0, 1.0, 1.5, 3)
    for wrong, said in (("entitlement", "no direction"), ("trsut", "unknown measure 'trsut'; did you mean 'trust'")):
        with pytest.raises(KeyError, match=said):
            found.ahead(1, wrong)
    drawn = np.linspace(0, 1, 30)[:, None]
    assert sampled(drawn[:, 0], drawn).deciders("b", "churn_per_year")[0].rho == pytest.approx(-1)


def test_an_arm_is_known_by_its_label_too(compared: cxsim.Comparison) -> None:
    assert compared.worlds is not None
    label, found = compared.labels[1], compared.worlds
    assert compared.difference(label, "npv").mean == compared.difference(1, "npv").mean
    assert found.ahead(label, "npv") == found.ahead(1, "npv") and found.deciders(label) == found.deciders(1)
    by_label, by_number = (compared.period_differences(arm, "profit") for arm in (label, 1))
    np.testing.assert_array_equal(by_label, by_number)
    for asked in (compared.difference, found.ahead, found.quartiles):
        with pytest.raises(KeyError, match=f"'nobody' is no arm; the arms after the reference are: {label}"):
            asked("nobody", "npv")
        with pytest.raises(KeyError, match="is the reference"):
            asked(compared.labels[0], "npv")


def test_worlds_show_themselves_and_their_table(compared: cxsim.Comparison) -> None:
    found = compared.worlds
    assert found is not None
    assert len(repr(found)) < 200 and "5 sampled" in repr(found)
    assert list(found.table["world"]) == [k for k in range(5) for _ in range(2)]
    assert {"arm", *MEASURES, *found.paths} <= set(found.table.columns)
    shown = found._repr_html_()
    assert shown.count("<tr") == 1 + len(COMPARED) and compared.labels[1] in shown
    rows_ = found.summary.set_index("measure")
    assert tuple(rows_.loc["npv", ["wins", "n", "low", "high"]]) == found.ahead(1, "npv")[:4]
    assert tuple(rows_.loc["npv", ["lower", "median", "upper"]]) == found.quartiles(1, "npv")[:3]
    assert rows_["wins"].isna()["entitlement"]


def central(mean: float, gap: np.ndarray) -> tuple[Column, Heading]:
    """An arm whose central case differs by ``mean`` +- 1m in net present value, and by ``gap`` in sampled worlds."""
    found = sampled(gap, np.zeros((len(gap), 1)))
    ahead, gaps = {m: found.ahead(1, m) for m in COMPARED}, {m: found.quartiles(1, m) for m in COMPARED}
    differences = {"npv": Cell(mean, mean - 1e6, mean + 1e6, 20)}
    return Column("B", "b", {}, differences, ahead=ahead, gaps=gaps), replace(HEADING, sampled=found)


@pytest.mark.parametrize(
    ("mean", "wins", "said"),
    [
        (5e6, 70, "ahead in net present value in 70 of 100 sampled worlds (60-78 %)"),
        (-5e6, 30, "ahead in net present value in 30 of 100 sampled worlds (22-40 %)"),
        (5e6, 30, "but ahead in net present value in 30 of 100 sampled worlds (22-40 %): most point the other way"),
        (-5e6, 70, "but ahead in net present value in 70 of 100 sampled worlds (60-78 %): most point the other way"),
        (5e6, 45, f"ahead in net present value in 45 of 100 sampled worlds (36-55 %){NEITHER}"),
        (5e5, 30, "ahead in net present value in 30 of 100 sampled worlds (22-40 %)"),
        (5e5, 45, "ahead in net present value in 45 of 100 sampled worlds (36-55 %)"),
    ],
)
def test_worlds_that_point_another_way_than_the_central_case(mean: float, wins: int, said: str) -> None:
    assert clause(*central(mean, np.where(np.arange(100) < wins, 2e6, -3e6))) == said


def test_sizes_stand_below_the_counts() -> None:
    arm, heading = central(5e6, np.array([-3.2e6, -1e6, 2.5e6, 4e6, 8e6]))
    shown = rows([Column("A", "a", {}), arm], heading)
    assert shown[3] == ["  by how much", "EURm", "-", "+2.5, -1.0..+4.0"]
    assert shown[-2] == ["NPV in these worlds", "EURm", "0, 0..0", "2.5, -1.0..4.0"]
    heading.sampled.values[:, 1, list(MEASURES).index("insolvent")] = (1, 0, 0, 1, 0)
    assert rows([Column("A", "a", {}), arm], heading)[-1] == ["Insolvent", "worlds", "0/5", "2/5"]
    nowhere, heading = central(5e6, np.full(5, np.nan))
    assert rows([Column("A", "a", {}), nowhere], heading)[3][2:] == ["-", "undefined"]


def test_what_decides_is_named_and_chance_is_not() -> None:
    """Null: no assumption matters. 60 worlds of 80 assumptions, 300 times: one is named in 5 % at most (3 se)."""
    luck, n, k, times = np.random.default_rng(RNG), 60, 80, 300
    named = sum(bool(sampled(luck.normal(size=n), luck.random((n, k))).deciders(1)) for _ in range(times))
    assert named / times < 0.05 + 3 * np.sqrt(0.05 * 0.95 / times)
    drawn = luck.random((100, k))
    gap = 3 * drawn[:, 7] - 2 * drawn[:, 3] + 0.5 * luck.normal(size=100)
    first, second = sampled(gap, drawn).deciders(1)
    assert (first.path, second.path) == ("world.h.p7", "world.h.p3") and first.rho > 0 > second.rho
    assert sampled(np.zeros(100), drawn).deciders(1) == ()


def test_the_screen_and_the_folder_show_the_worlds(compared: cxsim.Comparison, tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = compared._repr_html_()
    assert "in 5 sampled worlds" in text and "every rival has the policy of the arm" in text
    data = json.loads(dumps(comparison_data(compared, "x")))
    assert data["sampled_worlds"]["n"] == 5 and len(data["everyone"]) == 2
    assert data["arms"][1]["ahead_in_sampled_worlds"]["npv"]["n"] == 5
    assert set(data["arms"][1]["differences_in_sampled_worlds"]["npv"]) == {"lower", "median", "upper", "n"}
    folder = compared.save(tmp_path / "out")
    frame = cxsim_frame(folder / "worlds.parquet")
    assert list(frame["world"]) == [k for k in range(5) for _ in range(2)]
    assert compared.worlds is not None
    for k, name in enumerate(MEASURES):
        np.testing.assert_array_equal(frame[name], compared.worlds.values[..., k].ravel())
    assert (folder / "everyone.csv").exists()
    columns = (folder / "columns.csv").read_text(encoding="utf-8-sig")
    assert "worlds,world.requests.value_median,months of spend" in columns
    plain = replace(compared, worlds=None, everyone=None)
    with pytest.raises(OSError, match="different"):
        plain.save(folder)


def cxsim_frame(path):  # type: ignore[no-untyped-def]
    import pandas as pd

    return pd.read_parquet(path)


def test_compared_measures_are_measures_of_which_more_is_better() -> None:
    assert all(MEASURES[name].better == "higher" for name in worlds.COMPARED)
