"""The page without a browser: what it makes of runs, and the thread that computes them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from cxsim.api import run
from cxsim.app import people, views
from cxsim.app.runner import KEPT, Runner, Superseded
from cxsim.measures import MEASURES
from cxsim.results import Runs
from cxsim.scenario import Scenario, load


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("mutual_siloed").replace("customers", 400, "horizon_months", 26)


@pytest.fixture(scope="module")
def runs(scenario: Scenario) -> Runs:
    return run(scenario, replications=3, threads=1, panel=120)


def test_values_are_those_of_the_measures(runs: Runs) -> None:
    values = views.values(runs)
    assert list(values) == [q.name for q in views.quantities(runs.scenario)]
    assert views.months(runs.scenario) == [3, 6, 9, 12, 15, 18, 21, 24, 26]
    divisor, unit = views.money(runs.scenario)
    last = {name: array[:, -1] for name, array in values.items()}
    expected = {
        "kept": ("retention_12_months", 100),
        "cumulative": ("cumulative_profit", 1 / divisor),
        "turnover": ("employee_turnover_per_year", 100),
        "centricity": ("centricity_index", 1),
    }
    for name, (measure, scale) in expected.items():
        assert last[name] == pytest.approx(scale * MEASURES[measure].function(runs.history)[:, 0]), name
    assert np.isnan(values["turnover"][:, :3]).all() and unit == "EUR m"


def test_what_is_foreseen_of_many_runs(scenario: Scenario, runs: Runs) -> None:
    """Nothing is foreseen of a run that was not moved, and little is missed of one that was."""
    before = views.values(runs)
    first = {name: array[:1] for name, array in before.items()}
    same = views.foreseen(first, first, before)
    for name, array in same.items():
        assert array[0] == pytest.approx(before[name].mean(axis=0), nan_ok=True)
    other = scenario.replace("policy.requests.conceded_share", 0.9)
    few, many = (views.values(run(other, replications=n, threads=1)) for n in (1, 3))
    gap = abs(views.foreseen(few, first, before)["cumulative"][0, -1] - many["cumulative"][:, -1].mean())
    assert gap < abs(many["cumulative"][:, -1].mean() - before["cumulative"][:, -1].mean())


def test_lines_have_bands_where_there_are_many_runs(runs: Runs) -> None:
    line = views.lines(views.values(runs), True)["profit"]
    assert all(lo < x < hi for lo, x, hi in zip(line.low, line.mean, line.high, strict=True) if None not in (lo, x, hi))
    one = views.lines({name: array[:1] for name, array in views.values(runs).items()}, True)["profit"]
    assert set(one.low) == {None} and None not in one.mean


def test_dots_follow_what_becomes_of_people(runs: Runs) -> None:
    codes, who = people.codes(runs), people.numbers(runs)
    assert len(codes) == 26 and {len(row) for row in codes} == {120} == {len(who)}
    assert len(set(people.places(120))) == 120
    rows = runs.customers
    rows = rows[rows["replication"] == 0]
    here = rows[rows["month"] == 26]["firm"] == runs.firms[0]
    assert [c in "12" for c in codes[-1]] == here.tolist()
    assert len({state.symbol for state in people.STATES if state.size > 5}) == 4, "colour is not the only cue"


def test_quick_answers_go_before_thorough_ones(scenario: Scenario) -> None:
    runner, done, begun, go = Runner(), [], threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        go.wait(30)
        runner.runs(scenario, 1, 3)
        done.append("slow")

    def quick() -> None:
        done.append("quick")

    thorough = runner.submit(slow, False)
    begun.wait(30)
    cancelled = runner.submit(lambda: done.append("cancelled"), True)
    cancelled.cancel()
    short = runner.submit(quick, True)
    go.set()
    short.result(60)
    thorough.result(60)
    assert done == ["quick", "slow"]


def test_quick_answers_come_in_the_order_of_their_asking(scenario: Scenario) -> None:
    runner, done, go = Runner(), [], threading.Event()
    runner.submit(lambda: go.wait(30), False)

    def quick(seed: int) -> None:
        runner.runs(scenario, seed, 1)
        done.append(seed)

    asked = [runner.submit(lambda seed=seed: quick(seed), True) for seed in (1, 2, 3)]
    go.set()
    for future in asked:
        future.result(60)
    assert done == [1, 2, 3]


def test_what_nobody_wants_is_not_finished(scenario: Scenario) -> None:
    runner, asked = Runner(), []

    def wanted() -> bool:
        asked.append(1)
        return False

    with pytest.raises(Superseded):
        runner.submit(lambda: runner.runs(scenario, 1, 50, wanted=wanted), False).result(60)
    assert len(asked) == 1


def test_runs_are_remembered_within_bounds(scenario: Scenario) -> None:
    runner = Runner()
    small = scenario.replace("horizon_months", 3, "customers", 50)
    first = runner.submit(lambda: runner.runs(small, 1, 1), True).result(60)
    assert runner.submit(lambda: runner.runs(small, 1, 1), True).result(60) is first
    for seed in range(2, KEPT + 4):
        runner.submit(lambda seed=seed: runner.runs(small, seed, 1), True).result(60)
    assert runner.submit(lambda: len(runner._kept), True).result(60) == KEPT


def test_an_error_comes_back_and_the_thread_lives_on(scenario: Scenario) -> None:
    runner = Runner()
    with pytest.raises(ZeroDivisionError):
        runner.submit(lambda: 1 // 0, True).result(60)
    assert runner.submit(lambda: 1, False).result(60) == 1
