"""run and compare: pairing, threads, progress and interruption, with a made-up model in place of the real."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cxsim import api, running
from cxsim.record import Record
from cxsim.scenario import ScenarioError
from made_up import FakeScenario, noisy


class Model(ModuleType):
    """Stands in for cxsim.model; keeps note of how it was called."""

    def __init__(self) -> None:
        super().__init__("cxsim.model")
        self.calls: list[tuple[str, int, int, int]] = []
        self.in_threads: set[int] = set()
        self.delay = 0.0
        self.error: dict[int, BaseException] = {}

    def simulate(self, spec: FakeScenario, rng: int, replication: int, threads: int, panel: int) -> Record:
        self.calls.append((spec.name, rng, replication, threads))
        self.in_threads.add(threading.get_ident())
        time.sleep(self.delay * (1 + replication % 3))
        if replication in self.error:
            raise self.error[replication]
        return noisy(spec.horizon_months, replication + 1000 * rng, float(len(spec.title)))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    fake = Model()
    monkeypatch.setitem(sys.modules, "cxsim.model", fake)
    monkeypatch.setattr("cxsim.scenario.Scenario", FakeScenario)
    return fake


def fake(name: str = "calm", **more: Any) -> Any:
    return FakeScenario(name, **more)


def test_threads_change_no_number(model: Model) -> None:
    model.delay = 0.002
    one, many = (api.run(fake(replications=9, customers=running.SIDE_BY_SIDE.start), rng=3, threads=n) for n in (1, 7))
    assert [r.replication for r in many.records] == [r.replication for r in one.records]
    np.testing.assert_array_equal(one.values, many.values)
    assert len(model.in_threads) > 1


def test_middling_runs_go_side_by_side_and_large_ones_get_the_threads(model: Model) -> None:
    api.run(fake(customers=running.SIDE_BY_SIDE.stop - 1), threads=3)
    assert {c[3] for c in model.calls} == {1}
    model.calls.clear()
    api.run(fake(customers=running.SIDE_BY_SIDE.stop), threads=3)
    assert {c[3] for c in model.calls} == {3}
    assert [c[2] for c in model.calls] == [0, 1, 2, 3]


@pytest.mark.parametrize("threads", [1, 2, None])
def test_progress_comes_from_the_calling_thread(model: Model, threads: int | None) -> None:
    seen = []
    api.compare(
        [fake("a"), fake("b")],
        threads=threads,
        progress=lambda done, total: seen.append((done, total, threading.get_ident())),
    )
    assert seen == [(k, 8, threading.get_ident()) for k in range(9)]


def test_options_replace_what_the_scenario_says(model: Model) -> None:
    runs = api.run(fake(), replications=2, customers=7, rng=5, threads=1)
    assert (runs.scenario.replications, runs.scenario.customers, runs.rng) == (2, 7, 5)
    assert sorted(model.calls) == [("calm", 5, 0, 1), ("calm", 5, 1, 1)]


def test_arms_of_the_same_name_get_different_labels(model: Model) -> None:
    c = api.compare([fake("a"), fake("a", title="Longer"), fake("b")])
    assert c.labels == ("a", "longer", "b"), "what was changed in Python goes by its title"
    assert api.arm_names([fake("a"), fake("a"), fake("a", title="B"), fake("b")]) == ("a", "a-2", "a-3", "b")
    assert api.arm_names([fake("a"), fake("a", title="!?")]) == ("a", "a-2")
    assert c.reference.records[0].firm["profit"][0, 0] != c.arms[1].records[0].firm["profit"][0, 0]
    assert {(c[0], c[2]) for c in model.calls} == {(n, r) for n in "ab" for r in range(4)}


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"horizon_months": 12}, "horizon_months is 24 and 12"),
        ({"replications": 5}, "replications is 4 and 5"),
        ({"customers": 99}, "customers is 100 and 99"),
        ({"employees": 8}, "employees is 40 and 8"),
        ({"steps_per_month": 2}, "steps_per_month is 1 and 2"),
        ({"currency": "USD"}, "currency is EUR and USD"),
        ({"world": {"market": {"represents": 5e5}}}, r"world\.market\.represents is 400000 and 500000"),
    ],
)
def test_arms_that_cannot_be_paired_are_refused_before_anything_runs(
    model: Model, other: dict[str, Any], what: str
) -> None:
    with pytest.raises(ScenarioError, match=rf"^a and b cannot be compared: {what}; give both the same$"):
        api.compare([fake("a"), fake("b", **other)])
    assert not model.calls


def test_what_is_asked_for_all_arms_may_have_differed(model: Model) -> None:
    c = api.compare([fake("a"), fake("b", replications=9, customers=5)], replications=2, customers=50)
    assert [len(a.records) for a in c.arms] == [2, 2]


@pytest.mark.parametrize("rng", [-1, 2**63, 1.5, "1", None])
def test_a_seed_that_is_none(model: Model, rng: Any) -> None:
    with pytest.raises(ValueError, match="rng must be"):
        api.run(fake(), rng=rng)
    assert not model.calls


def test_numbers_of_threads_and_arms(model: Model) -> None:
    assert api.run(fake(), rng=np.int64(4)).rng == 4
    for threads in (0, -2, 1.5):
        with pytest.raises(ValueError, match="threads must be"):
            api.run(fake(), threads=threads)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least two"):
        api.compare([fake()])
    assert running.available_threads() >= 1


@pytest.mark.parametrize("given", [("a", "b"), ("ab",), (Path("ab"),), (fake(), fake("b"))])
def test_scenarios_of_a_comparison_come_in_a_list(model: Model, given: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"^give a list of scenarios, such as compare\("):
        api.compare(*given)
    assert not model.calls


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_one_run_is_raised_and_the_rest_is_dropped(model: Model, threads: int) -> None:
    model.delay = 0.005
    model.error[1] = ZeroDivisionError("in run 1")
    with pytest.raises(ZeroDivisionError, match="in run 1"):
        api.run(fake(replications=200), threads=threads)
    assert len(model.calls) < 50


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_stops_promptly_and_leaves_no_thread(model: Model, threads: int) -> None:
    model.delay = 0.01

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        api.run(fake(replications=500), threads=threads, progress=interrupt)
    assert time.perf_counter() - begun < 2  # of some 5 seconds
    assert len(model.calls) < 50
    assert not [t for t in threading.enumerate() if t.name.startswith("cxsim")]
