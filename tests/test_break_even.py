"""Break-even: known ties are found, their intervals hold them as often as they say, and nothing more is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.scenario import ScenarioError, load
from cxsim.studies.analyses.break_even import STATES, break_even, read
from cxsim.studies.analyses.crossings import Curve, roots
from cxsim.studies.analyses.findings import Finding, label
from cxsim.studies.experiments.experiment import Design, Experiment, Varied
from cxsim.studies.runs.runner import Runner
from fake_runner import FakeRunner, Function, check_drawn, experiment, written

SHARE = "policy.requests.conceded_share"
RATE = "world.requests.out_of_scope_rate"


def line(slope: float, tie: float, sd: float = 0.1) -> Function:
    """The second arm is ahead by ``slope`` (x - tie) in millions, and luck."""

    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        common, own = luck.normal(), luck.normal(0, sd)
        gap = slope * (values[SHARE] - tie) + own if arm == "b" else 0.0
        return {"npv": 1e6 * (gap + common), "exhaustion": gap + common}

    return run


def find(function: Function, **settings: Any) -> Finding:
    return break_even(experiment("a", "b"), FakeRunner(function), {"path": SHARE, "replications": 12, **settings})


def ties(finding: Finding) -> list[tuple[float, float, float, str, str]]:
    return list(finding.tables["crossings"].frame().itertuples(index=False, name=None))


def test_a_known_tie_is_found_with_its_interval() -> None:
    sd, n = 0.1, 12
    ((value, low, high, before, after),) = ties(find(line(-2.0, 0.6, sd)))
    error = sd / np.sqrt(n) / 2.0  # of the tie, from that of the mean
    assert abs(value - 0.6) < 4 * error
    assert low < 0.6 < high and high - low == pytest.approx(2 * 2.2 * error, rel=0.5)
    assert (before, after) == ("ahead", "behind")


@pytest.mark.parametrize("curved", [False, True])
def test_intervals_hold_the_tie_as_often_as_they_say(curved: bool) -> None:
    n_studies, n = 1000, 12
    x = np.linspace(0.0, 1.0, 101)
    luck = np.random.default_rng(3)
    held = 0
    for _ in range(n_studies):
        level, slope = luck.normal(0, 0.5, (n, 1)), luck.normal(0, 0.5, (n, 1))
        gaps = 2.0 * (x**2 - 0.36 if curved else x - 0.6) + level + slope * x
        held += sum(c.low <= 0.6 <= c.high for c in Curve.of(x, gaps.T).crossings())
    error = np.sqrt(0.95 * 0.05 / n_studies)
    assert abs(held / n_studies - 0.95) < 3 * error


def test_several_ties_are_all_reported() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        gap = (values[SHARE] - 0.2) * (values[SHARE] - 0.7) + luck.normal(0, 0.005) if arm == "b" else 0.0
        return {"npv": 1e6 * gap}

    finding = find(run)
    found = ties(finding)
    assert [round(tie[0], 1) for tie in found] == [0.2, 0.7]
    assert [tie[3:] for tie in found] == [("ahead", "behind"), ("behind", "ahead")]
    assert "at 2 values of conceded share" in finding.title


def test_a_tie_beyond_the_range_is_none() -> None:
    finding = find(line(1.0, -3.0))
    assert not ties(finding)
    assert finding.title == "B is ahead of A in net present value over the whole range: conceded share from 0 to 1"


def test_arms_that_are_alike_cannot_be_told_apart() -> None:
    finding = find(line(0.0, 0.5, sd=1.0))
    assert "cannot be told apart" in finding.title
    assert not any("tie at" in sentence for sentence in finding.sentences)


def test_an_interval_that_reaches_the_end_of_the_range_says_so() -> None:
    finding = find(line(1.0, 0.97, sd=0.3))
    ((_, _, high, before, after),) = ties(finding)
    assert (before, after) == ("behind", "not clear") and high == 1.0
    assert any("reaches the upper end of the range" in sentence for sentence in finding.sentences)
    assert finding.title.startswith("B is behind A in net present value while conceded share is below")
    for slope, tie, side in (
        (1.0, 0.1, "ahead of A in net present value once conceded share is above"),
        (-1.0, 0.02, "behind A in net present value once conceded share is above"),
        (-1.0, 0.9, "ahead of A in net present value while conceded share is below"),
    ):  # the side that is not clear is not said
        assert find(line(slope, tie, sd=0.3)).title.startswith(f"B is {side}")


def test_worlds_in_which_nothing_differs_are_neither_ahead_nor_behind() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": float(arm == "b" and values.get(RATE, 0.15) > 0.2)}

    finding = find(run, worlds=20)
    worlds = finding.tables["worlds"].frame()
    assert (worlds["state"].astype(str) == np.where(worlds[RATE] > 0.2, "ahead", "the same")).all()
    n = int((worlds["state"] == "the same").sum())
    assert 0 < n < 20 and any(f"the same over the whole range in {n}" in said for said in finding.sentences)


def test_arms_that_are_the_same_at_a_value_tie_exactly_there() -> None:
    ((value, low, high, *_),) = ties(find(line(1.0, 0.5, sd=0.0)))
    assert (value, low, high) == (0.5, 0.5, 0.5)


def test_fewer_is_better_of_some_measures() -> None:
    ((_, _, _, before, after),) = ties(find(line(1.0, 0.4), measure="exhaustion"))
    assert (before, after) == ("ahead", "behind")


def test_a_lever_varies_in_one_arm_and_an_assumption_in_both() -> None:
    runner = FakeRunner(line(1.0, 0.5))
    break_even(experiment("a", "b"), runner, {"path": SHARE})
    assert {bool(values) for arm, _, _, values in runner.asked if arm == "a"} == {False}
    assert sum(arm == "a" for arm, *_ in runner.asked) == 10
    both = FakeRunner(lambda arm, values, luck: {"npv": values[RATE] * (arm == "b") - 0.1 + luck.normal(0, 0.001)})
    finding = break_even(experiment("a", "b"), both, {"path": RATE})
    assert {arm for arm, _, _, values in both.asked if values} == {"a", "b"}
    assert any(sentence.endswith("in both arms.") for sentence in finding.sentences)


def test_every_value_has_the_same_luck_and_is_asked_once() -> None:
    runner = FakeRunner(line(-2.0, 0.6))
    break_even(experiment("a", "b"), runner, {"path": SHARE, "replications": 7})
    assert {(rng, k) for _, rng, k, _ in runner.asked} == {(1, k) for k in range(7)}
    assert len(set(runner.asked)) == len(runner.asked)


def test_a_study_that_was_stopped_asks_the_same_again() -> None:
    whole, stopped = FakeRunner(line(-2.0, 0.6)), FakeRunner(line(-2.0, 0.6), most=150)
    settings = {"path": SHARE, "worlds": 5}
    break_even(experiment("a", "b"), whole, settings)
    with pytest.raises(KeyboardInterrupt):
        break_even(experiment("a", "b"), stopped, settings)
    assert stopped.asked == whole.asked[:150]


def test_whole_numbers_are_all_tried_and_no_others() -> None:
    path = "policy.silos.n_sharing"
    runner = FakeRunner(lambda arm, values, luck: {"npv": (values[path] - 2.4 if values else 0.0) + luck.normal() * 0})
    finding = break_even(experiment("a", "b"), runner, {"path": path})
    assert finding.tables["differences"].frame()["value"].tolist() == [0, 1, 2, 3, 4, 5]
    assert any("tie between 2 and 3" in sentence for sentence in finding.sentences)


def test_on_a_log_scale_small_values_are_told_apart() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": np.log(values[RATE] / 0.1) * (arm == "b") + luck.normal(0, 0.001) * (arm == "b")}

    ((value, low, high, *_),) = ties(break_even(experiment("a", "b"), FakeRunner(run), {"path": RATE}))
    assert value == pytest.approx(0.1, rel=0.01) and low <= 0.1 <= high


def test_values_at_which_runs_have_none_are_told() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        lost = luck.random() < 0.5 and values.get(SHARE, 0.0) > 0.9
        return {"npv": np.nan if lost else 1.0 + luck.random() * (arm == "b")}

    finding = find(run)
    assert finding.tables["differences"].frame()["n"].min() < 12
    assert any("undefined in some runs" in sentence for sentence in finding.sentences)


def test_over_sampled_worlds_the_tie_follows_what_decides_it() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": (4 * values.get(RATE, 0.15) - values[SHARE] if arm == "b" else 0.0) + 0 * luck.normal()}

    finding = find(run, worlds=60)
    worlds = finding.tables["worlds"].frame()
    assert set(worlds["state"]) <= set(STATES) and len(worlds) == 60
    one = worlds[worlds["state"] == "one tie"]
    assert np.allclose(one["value"], 4 * one[RATE])
    assert (worlds.loc[worlds[RATE] > 0.25, "state"] == "ahead").all()
    assert any("out_of_scope_rate is high (+1.00)" in sentence for sentence in finding.sentences)
    ahead = finding.tables["ahead"].frame()
    assert (ahead["n"] == 60).all() and ahead["wins"].is_monotonic_decreasing


def test_every_world_has_luck_of_its_own() -> None:
    runner = FakeRunner(line(-2.0, 0.6))
    break_even(experiment("a", "b"), runner, {"path": SHARE, "worlds": 8, "replications": 5})
    of_worlds = {(rng, k): values for arm, rng, k, values in runner.asked if rng != 1 and arm == "a"}
    assert len(of_worlds) == 8 and len(set(of_worlds.values())) == 8


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.495, 0.525, r"above it ahead \(but for \.[45]\d* to \.5\d*, where the two cannot be told apart\)\."),
        (0.315, 0.325, r"interval \.29 to \.33\): below that B is behind, above it ahead\."),
    ],
)
def test_what_is_not_clear_beside_a_tie_is_said_with_it(low: float, high: float, said: str) -> None:
    """Nowhere does one sentence say that an arm is ahead where another says that the two cannot be told apart."""
    luck = np.random.default_rng(1).normal(size=20) / 5
    luck -= luck.mean()

    def run(arm: str, values: Mapping[str, float], _: np.random.Generator) -> Mapping[str, float]:
        if arm == "a":
            return {"npv": luck[len(runner.asked) % 20]}
        x = values[SHARE]
        return {"npv": 0.05 if low - 1e-9 <= x <= high + 1e-9 else 10 * (x - 0.3)}

    runner = FakeRunner(run)
    finding = break_even(experiment("a", "b"), runner, {"path": SHARE, "points": 201, "replications": 20})
    (tie,) = (sentence for sentence in finding.sentences if "tie at" in sentence)
    assert re.search(said, tie)
    assert not any(sentence.startswith("From") for sentence in finding.sentences)


def test_what_is_clear_for_less_than_the_tolerance_is_part_of_the_interval() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0, 3.1, 3.2, 4.0, 5.0])
    mean, half = np.array([-3.0, -1, 0.1, 0.9, 1.1, 0.9, 2, 3]), np.ones(8)
    curve = Curve(x, mean, mean - half, mean + half, np.full(8, 9))
    assert [part.sign for part in curve.stretches()] == [-1, 0, 1, 0, 1]
    joined = curve._replace(tolerance=0.2)
    assert [part.sign for part in joined.stretches()] == [-1, 0, 1]
    (tie,) = joined.crossings()
    assert (tie.before, tie.after) == (-1, 1) and tie.low == 1 and tie.high > 3.2
    (tie,) = curve.crossings()
    assert tie.high < 3.1


@pytest.mark.parametrize(
    ("settings", "ends", "words"),
    [
        ({}, (0.3, 0.8), "went from .3 to .8 (as in the experiment) in B only"),
        ({"low": 0.1, "high": 0.9}, (0.1, 0.9), "went from .1 to .9 (as asked for)"),
        ({"high": 0.9}, (0.3, 0.9), "went from .3 to .9 (in part as asked for, else as in the experiment)"),
    ],
)
def test_the_range_is_that_of_the_experiment(settings: Mapping[str, Any], ends: tuple[float, ...], words: str) -> None:
    base = experiment("a", "b")
    varies = replace(base, vary=(Varied(SHARE, 0.3, 0.8, "share", "log", arms=("b",)),), points=np.full((1, 1), 0.5))
    finding = break_even(varies, FakeRunner(line(-2.0, 0.6)), {"path": SHARE, **settings})
    x = finding.tables["differences"].frame()["value"]
    assert (x.min(), x.max()) == pytest.approx(ends) and finding.settings["scale"] == "log"
    assert any(words in sentence for sentence in finding.sentences)
    alone = break_even(base, FakeRunner(line(-2.0, 0.6)), {"path": SHARE})
    assert any("went from 0 to 1 (all that is permitted)" in sentence for sentence in alone.sentences)


def test_values_of_the_parameter_are_written_alike_in_sentences_and_tables() -> None:
    finding = find(line(-2.0, 0.115, 0.01))
    (value,) = (s.split("tie at ")[1].split(" ")[0] for s in finding.sentences if "tie at" in s)
    text = finding_text(finding)
    rows = text.split("stands on both sides\n")[1].split("\n")
    assert rows[0].startswith("value") and rows[1].startswith(".11") and value == ".12" and "11." not in text
    assert f"Net present value: B less A, by {label(SHARE, [SHARE])}\n" in text


def test_where_no_run_has_a_value_nothing_is_claimed() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": np.nan}

    finding = find(run, worlds=4)
    assert finding.title.startswith("Nothing to judge: too few runs of B and A have a value")
    text = " ".join(finding.sentences)
    assert "At 9 of 9 values fewer than two pairs of runs have a value: nothing is known there." in text
    assert "undefined in 4." in text and not re.search("told apart|tie at|ahead|luck only", text)
    assert not finding_charts(finding) and "nan" not in finding_text(finding)


def test_of_values_without_runs_nothing_is_claimed() -> None:
    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": np.nan if values.get(SHARE, 0.0) > 0.5 else float(arm == "b") + luck.normal(0, 0.01)}

    finding = find(run, worlds=5)
    assert any("ahead wherever it has a value in 5" in sentence for sentence in finding.sentences)
    assert finding.title.endswith("wherever runs have a value: conceded share from 0 to .50")
    assert any(sentence.startswith("At 4 of 9 values fewer than two pairs") for sentence in finding.sentences)


def test_roots_of_lines_between_points() -> None:
    x = np.arange(5.0)
    assert roots(x, np.array([1.0, -1.0, -1.0, 1.0, 2.0])) == [0.5, 2.5]
    assert roots(x, np.array([1.0, 0.0, -1.0, 0.0, -1.0])) == [1.0]
    assert roots(x, np.zeros(5)) == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "break_even.path: is missing"),
        ({"path": "policy.requests.conceded_shar"}, "did you mean 'conceded_share'?"),
        ({"path": "customers"}, "is a setting of the simulation"),
        ({"path": SHARE, "mesure": "npv"}, "did you mean 'measure'?"),
        ({"path": SHARE, "measure": "npw"}, "did you mean 'npv'?"),
        ({"path": SHARE, "arm": "c"}, "break_even.arm"),
        ({"path": SHARE, "arm": "a", "against": "a"}, "is the arm itself"),
        ({"path": SHARE, "low": 0.5, "high": 0.5}, "is empty"),
        ({"path": SHARE, "low": -1}, "-1 is outside 0..1"),
        ({"path": SHARE, "high": "much"}, "expected a number"),
        ({"path": SHARE, "replications": 1}, "from 2 to"),
        ({"path": SHARE, "points": 3.5}, "expected a whole number"),
        ({"path": SHARE, "tolerance_share": 0}, "outside"),
        ({"path": SHARE, "both": 1}, "expected true or false"),
    ],
)
def test_bad_settings_are_refused_in_one_line(settings: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ScenarioError, match="break_even") as error:
        break_even(experiment("a", "b"), FakeRunner(line(1.0, 0.5)), settings)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_which_arms_are_meant_has_to_be_clear() -> None:
    assert (read(experiment("a", "b"), {"path": SHARE}).arm, read(experiment("a", "b"), {"path": SHARE}).against) == (
        "b", "a",
    )  # fmt: skip
    assert read(experiment("a", "b"), {"path": SHARE, "arm": "a"}).against == "b"
    with pytest.raises(ScenarioError, match="which of b, c is held against a"):
        read(experiment("a", "b", "c"), {"path": SHARE})
    with pytest.raises(ScenarioError, match="compares two arms"):
        read(experiment("a"), {"path": SHARE})


def test_a_small_study_of_the_model() -> None:
    names = ("doormat_siloed", "mutual_siloed")
    arms = {name: load(name).replace("customers", 300, "horizon_months", 24) for name in names}
    asked = Experiment("Small", arms, (), np.empty((1, 0)), Design("list"), replications=5)
    with Runner(asked) as runner:
        finding = break_even(asked, runner, {"path": SHARE, "replications": 5, "tolerance_share": 0.1, "worlds": 6})
    assert len(finding.tables["worlds"].frame()) == 6
    assert "Mutual, siloed" in finding.title
    assert all(len(row) <= 100 for row in finding_text(finding).split("\n"))


def test_sides_of_a_figure_name_the_arm() -> None:
    base = experiment("a", "b")
    long = replace(base, arms={**base.arms, "b": base.arms["b"].replace("title", "Mutual, with large silos")})
    finding = break_even(long, FakeRunner(line(-2.0, 0.6)), {"path": SHARE, "replications": 12})
    (chart,) = finding_charts(finding).values()
    words = {text.get_text() for text in written(chart)}
    assert {"Mutual, with\nlarge silos\nahead", "Mutual, with\nlarge silos\nbehind"} <= words
    check_drawn(chart)
    longer = "Mutual, with large silos, low pay and other things that somebody named at length"
    long = replace(base, arms={**base.arms, "b": base.arms["b"].replace("title", longer)})
    (chart,) = finding_charts(break_even(long, FakeRunner(line(-2.0, 0.6)), {"path": SHARE})).values()
    check_drawn(chart)
    assert max(text.get_text().count("\n") for text in chart.texts) == 1, "a title of two lines"


def test_shares_of_worlds_are_told_apart_only_where_their_intervals_are() -> None:
    def noise(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        own = np.random.default_rng([int(luck.integers(2**31)), int(1e4 * values.get(SHARE, 2.0))])
        return {"npv": own.normal()}

    title = finding_charts(find(noise, worlds=50))["break_even_worlds"].get_label()
    assert re.fullmatch(r"B is ahead in \d+ to \d+ % of sampled worlds", title)

    def falls(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 0.5 + luck.normal(0, 0.1) - values[SHARE] if arm == "b" else 0.0}

    title = finding_charts(find(falls, worlds=50))["break_even_worlds"].get_label()
    name = label(SHARE, [SHARE])
    assert title.startswith(f"B is ahead in 0 to 100 % of sampled worlds, more at a {name} of 0 than of ")


def test_figures_are_drawn_and_nothing_leaves_them() -> None:
    for settings in ({"worlds": 5}, {"measure": "exhaustion", "low": 0.7}):
        charts = finding_charts(find(line(-2.0, 0.6), **settings))
        assert set(charts) == {"break_even", *(["break_even_worlds"] if "worlds" in settings else [])}
        for chart in charts.values():
            check_drawn(chart)
