"""Experiments and designs: which points are laid, which scenario a task runs, and what makes two the same."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cxsim.measures import MEASURES
from cxsim.model import simulate
from cxsim.scenario import Change, Scenario, ScenarioError
from cxsim.scenario_timeline import Frozen, nest
from cxsim.studies import extras
from cxsim.studies.experiments import designs
from cxsim.studies.experiments.designs import coordinates, fault, lay, levels, problem, size
from cxsim.studies.experiments.experiment import Design, Experiment, Task, Varied
from cxsim.studies.quantities import Moment, Reading
from cxsim.worlds import draw, variable

SMALL = Scenario.default().replace("customers", 300, "employees", 6, "horizon_months", 15, "replications", 1)
ARMS = {"a": SMALL, "b": SMALL.replace("policy.requests.conceded_share", 0.9)}
RATE = Varied("world.requests.out_of_scope_rate", 0.05, 0.4, "per month", "log")
SHARE = Varied("policy.silos.information_sharing_share", 0, 1, "share")
SIZE = Varied("policy.silos.n_sharing", 0, 5, "silos", integer=True)
VARY = (RATE, SHARE, SIZE)
SETTINGS: dict[str, Mapping[str, Any]] = {
    "grid": {"values": [levels(v, 3) for v in VARY]},
    "list": {"rows": [[0.1, 0.2, 3], [0.2, 1, 5]]},
    "latin_hypercube": {"points": 12},
    "sobol": {"points": 16},
    "morris": {"trajectories": 4, "levels": 4},
    "saltelli": {"base_points": 8, "second_order": False},
}


def experiment(vary: tuple[Varied, ...] = VARY, kind: str = "latin_hypercube", **more: Any) -> Experiment:
    points = lay(kind, vary, SETTINGS[kind], 1)
    return Experiment("Test", Frozen(ARMS), vary, points, Design(kind, Frozen(SETTINGS[kind])), **more)


@pytest.mark.parametrize("kind", designs.KINDS)
def test_a_design_keeps_to_the_ranges_and_to_its_size(kind: str) -> None:
    points = lay(kind, VARY, SETTINGS[kind], 2**62)
    assert points.shape == (size(kind, len(VARY), SETTINGS[kind]), 3)
    for k, v in enumerate(VARY):
        assert (v.low <= points[:, k]).all() and (points[:, k] <= v.high).all()
    np.testing.assert_array_equal(points[:, 2], np.floor(points[:, 2]))
    np.testing.assert_array_equal(points, lay(kind, VARY, SETTINGS[kind], 2**62))
    if kind not in ("grid", "list"):
        assert not np.array_equal(points, lay(kind, VARY, SETTINGS[kind], 3))


@pytest.mark.parametrize("kind", designs.KINDS)
def test_a_design_without_anything_that_varies_is_one_point(kind: str) -> None:
    assert lay(kind, (), SETTINGS[kind], 1).shape == (1, 0)
    assert size(kind, 0, SETTINGS[kind]) == 1


@pytest.mark.parametrize(("kind", "name"), [("sobol", "points"), ("saltelli", "base_points")])
def test_a_sequence_that_grows_keeps_its_points(kind: str, name: str) -> None:
    small, large = (lay(kind, VARY, {**SETTINGS[kind], name: n}, 5) for n in (8, 32))
    np.testing.assert_array_equal(small, large[: len(small)])


def test_a_latin_hypercube_is_that_of_sampled_worlds() -> None:
    open_, _ = variable([SMALL])
    vary = tuple(Varied(k, *p.range, p.unit, p.scale, p.integer) for k, p in open_.items() if p.range)
    np.testing.assert_array_equal(lay("latin_hypercube", vary, {"points": 7}, 9), draw(open_, 7, 9))


def test_second_order_has_twice_the_points() -> None:
    asked = {"base_points": 8, "second_order": True}
    assert len(lay("saltelli", VARY, asked, 1)) == size("saltelli", 3, asked) == 8 * 8


def test_walks_change_one_path_at_a_time() -> None:
    moved = np.diff(coordinates(VARY[:2], lay("morris", VARY[:2], SETTINGS["morris"], 1)).reshape(4, 3, 2), axis=1) != 0
    assert (moved.sum(axis=2) == 1).all()
    assert (moved.sum(axis=1) == 1).all()


def test_levels_are_even_on_the_scale() -> None:
    np.testing.assert_allclose(np.diff(np.log(levels(RATE, 5))), np.log(8) / 4)
    np.testing.assert_allclose(levels(SHARE, 3), [0, 0.5, 1])
    assert levels(SIZE, 50) == (0, 1, 2, 3, 4, 5)


def test_a_grid_holds_every_combination_the_last_path_fastest() -> None:
    points = lay("grid", VARY[1:], {"values": [(0.2, 0.4), (1.0, 3.0, 2.0)]}, 1)
    assert points.tolist() == [[0.2, 1], [0.2, 3], [0.2, 2], [0.4, 1], [0.4, 3], [0.4, 2]]


def test_coordinates_lie_within_the_bounds_that_analyses_are_told() -> None:
    points, told = lay("saltelli", VARY, SETTINGS["saltelli"], 1), problem(VARY)
    seen, bounds = coordinates(VARY, points), np.array(told["bounds"])
    assert told["num_vars"] == 3 and told["names"] == [v.path for v in VARY]
    np.testing.assert_allclose(bounds[0], np.log([0.05, 0.4]))
    assert (bounds[:, 0] <= seen + 1e-12).all() and (seen <= bounds[:, 1] + 1e-12).all()
    np.testing.assert_array_equal(seen[:, 1:], points[:, 1:])


@pytest.mark.parametrize(
    ("kind", "settings", "said"),
    [
        ("sobol", {"points": 100}, "64 or 128"),
        ("saltelli", {"base_points": 3}, "2 or 4"),
        ("morris", {"trajectories": 3, "levels": 5}, "is not even"),
    ],
)
def test_numbers_that_a_design_cannot_have(kind: str, settings: dict[str, int], said: str) -> None:
    found = fault(kind, settings)
    assert found and said in found[1]
    assert fault(kind, SETTINGS[kind]) is None


def test_a_library_that_is_missing_is_said_in_one_line() -> None:
    with pytest.raises(ScenarioError, match=r'^no_such_thing is not installed, .*pip install "cxsim\[studies\]"$'):
        extras.library("no_such_thing.below")


def test_tasks_go_point_by_point_with_the_same_luck() -> None:
    e = experiment(replications=2, rng=7)
    tasks = list(e.tasks())
    assert len(tasks) == e.n_runs == 12 * 2 * 2
    assert [(t.point, t.arm, t.replication) for t in tasks[:5]] == [
        (0, "a", 0), (0, "a", 1), (0, "b", 0), (0, "b", 1), (1, "a", 0),
    ]  # fmt: skip
    assert {t.rng for t in tasks} == {7}
    assert [t.values for t in tasks[::4]] == [tuple(row) for row in e.points.tolist()]


def test_without_common_random_numbers_every_arm_and_point_has_a_seed_of_its_own() -> None:
    e = experiment(replications=2, common_random_numbers=False)
    seeds = {(t.point, t.arm): t.rng for t in e.tasks()}
    assert len(set(seeds.values())) == 24
    assert all(0 <= seed < 2**63 for seed in seeds.values())
    assert seeds == {(t.point, t.arm): t.rng for t in e.tasks()}


def test_the_scenario_of_a_task_is_its_arm_with_the_values_put_in() -> None:
    e = experiment((*VARY, Varied("horizon_months", 12, 24, "months", integer=True)))
    for task in e.tasks():
        pairs = [x for pair in zip(e.paths, task.values, strict=True) for x in pair]
        wanted = ARMS[task.arm].replace("replications", 1, *pairs)
        assert e.scenario(task) == wanted
        assert e.scenario(task).hash == wanted.hash


def test_a_path_may_vary_in_some_arms_only() -> None:
    e = experiment((RATE, replace(SHARE, arms=("b",)), SIZE))
    task = next(t for t in e.tasks() if t.arm == "a")
    assert e.scenario(task).value(SHARE.path) == SMALL.value(SHARE.path)
    assert e.scenario(task._replace(arm="b")).value(SHARE.path) == task.values[1]
    assert replace(e, arms=Frozen({"a": SMALL})).scenario(task) == e.scenario(task), "the other arm may be left out"


def test_what_is_read_off_a_run() -> None:
    year = Reading("npv", Moment("year", 1))
    e = experiment(readings=(year, Reading("practice")))
    assert e.columns == (*MEASURES, "npv_year_1", "practice")
    assert list(e.units()) == ["point", "arm", "replication", "rng", *e.paths, *e.columns]
    assert all(unit and meaning for unit, meaning in e.units().values())
    record = simulate(SMALL)
    read = dict(zip(e.columns, e.read(record), strict=True))
    assert read["npv_year_1"] == year(record) != read["npv"] == MEASURES["npv"](record)
    longest = Reading("profit", Moment("quarter", 8), Moment("quarter", 4))
    assert longest.name == "profit_quarter_8_since_quarter_4"


def test_it_travels_to_other_processes() -> None:
    e = experiment()
    again = pickle.loads(pickle.dumps(e))
    task = next(iter(e.tasks()))
    assert again.hash == e.hash and again.scenario(task) == e.scenario(task)


def test_its_hash_covers_what_it_asks_and_not_how_much() -> None:
    e = experiment()
    for same in (
        replace(e, points=e.points[:3]), replace(e, replications=9), replace(e, title="Another"),
        replace(e, measures=("satisfaction",)),
    ):  # fmt: skip
        assert same.hash == e.hash
    others = (
        replace(e, rng=2), replace(e, common_random_numbers=False), replace(e, arms=Frozen({"a": SMALL})),
        replace(e, readings=(Reading("practice"),)), replace(e, vary=(replace(RATE, low=0.06), SHARE, SIZE)),
        replace(e, vary=(RATE, replace(SHARE, arms=("b",)), SIZE)),
    )  # fmt: skip
    assert len({e.hash, *(other.hash for other in others)}) == len(others) + 1


@pytest.mark.parametrize(
    ("path", "values", "said"),
    [
        (RATE.path, [2000.0], "is outside"),
        (RATE.path, [float("nan")], "is outside"),
        (SIZE.path, [1.5], "not a whole number"),
        ("world.requests.out_of_scop_rate", [1.0], "did you mean 'out_of_scope_rate'"),
        ("horizon_months", [601.0], "is outside"),
        ("horizon_months", [12.0], "13 is outside the horizon"),
    ],
)
def test_values_that_no_scenario_may_have(path: str, values: list[float], said: str) -> None:
    dated = SMALL.replace("timeline", [Change(13, policy=nest({SHARE.path: 0.5}, "policy"))])
    with pytest.raises(ScenarioError, match=said):
        Experiment(
            "Test", Frozen({"a": dated}), (Varied(path, 0, 1),), np.array([values]), Design("list")
        ).scenario(Task(0, "a", 0, 1, tuple(values)))


def test_points_have_a_column_for_every_path() -> None:
    with pytest.raises(ScenarioError, match="a column for each of 3"):
        replace(experiment(), points=np.zeros((4, 2)))
    with pytest.raises(ScenarioError, match="holds no arm"):
        replace(experiment(), arms=Frozen({}))
