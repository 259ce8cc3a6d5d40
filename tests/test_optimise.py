"""Optimisation: known optima are found within the budget, over-fitting is shown, and limits are kept or said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
import pytest

from cxsim.intervals import estimate
from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.scenario import Change, Scenario, ScenarioError, load
from cxsim.studies.analyses.asked import seed_for
from cxsim.studies.analyses.findings import Finding
from cxsim.studies.analyses.optimise import Checked, best_levers, best_scenario, optimise, read
from cxsim.studies.analyses.optimise_words import Told, _worth
from cxsim.studies.experiments.experiment import Design, Experiment
from cxsim.studies.quantities import QUANTITIES
from cxsim.studies.runs.runner import Runner
from fake_runner import LEVERS, START, FakeRunner, Function, check_drawn, experiment

PATHS = list(LEVERS)
BEST = (0.2, 0.7, 0.4)
RATE = "world.requests.out_of_scope_rate"
PRICE = "policy.pricing.relative_price"
START_NPV = -10e6 * sum((START - b) ** 2 for b in BEST)


def bowl(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
    """Best at BEST; trust rises with the first lever, exhaustion falls with it."""
    x = [values[path] for path in PATHS]
    npv = -sum((a - b) ** 2 for a, b in zip(x, BEST, strict=True)) + luck.normal(0, 0.05)
    return {"npv": 1e7 * npv, "trust": x[0], "exhaustion": 1.0 - x[0], "customer_equity": 1e7 * x[1]}


def find(function: Function = bowl, base: Experiment | None = None, **settings: Any) -> Finding:
    asked = {"levers": PATHS, "budget_runs": 600, "replications": 3, "held_out_worlds": 10, **settings}
    return optimise(base or experiment("a"), FakeRunner(function), asked)


def said(finding: Finding) -> str:
    return " ".join(finding.sentences)


def test_a_known_optimum_is_found_within_the_budget() -> None:
    runner = FakeRunner(bowl)
    finding = optimise(experiment("a"), runner, {"levers": PATHS, "budget_runs": 600, "replications": 3})
    best = best_levers(finding)
    assert list(best) == PATHS
    assert sum((x - b) ** 2 for x, b in zip(best.values(), BEST, strict=True)) < 0.02
    assert 540 < len(runner.asked) <= 600
    gain = finding.tables["gain_npv"].frame().set_index("runs")
    assert gain.loc["other luck", "gain"] == pytest.approx(-START_NPV, rel=0.15)
    assert "instead of" in finding.title and finding.kind == "optimise"


def test_the_start_is_the_first_trial() -> None:
    trials = find().tables["trials"].frame()
    assert trials.loc[0, PATHS].tolist() == [START] * 3


def test_a_study_that_was_stopped_asks_the_same_again() -> None:
    settings = {"levers": PATHS, "budget_runs": 400, "replications": 2, "worlds": 3}
    whole, stopped = FakeRunner(bowl), FakeRunner(bowl, most=250)
    optimise(experiment("a"), whole, settings)
    with pytest.raises(KeyboardInterrupt):
        optimise(experiment("a"), stopped, settings)
    assert stopped.asked == whole.asked[:250]
    again = FakeRunner(bowl)
    optimise(experiment("a"), again, settings)
    assert again.asked == whole.asked


@pytest.mark.parametrize("measures", [["npv", "trust"], ["npv", "trust", "customer_equity"]])
def test_trials_of_several_measures_follow_from_the_seed(measures: list[str]) -> None:
    asked = []
    for rng in (1, 1, 2):
        runner = FakeRunner(bowl)
        optimise(experiment("a", rng=rng), runner, {"levers": PATHS, "budget_runs": 400, "maximise": measures})
        asked.append([values for _, _, _, values in runner.asked])
    assert asked[0] == asked[1] != asked[2]


def test_worlds_held_out_are_not_those_of_the_trials() -> None:
    runner = FakeRunner(bowl)
    settings = {"levers": PATHS, "budget_runs": 600, "replications": 2, "worlds": 5, "held_out_worlds": 20}
    optimise(experiment("a"), runner, settings)
    drawn: dict[int, set[float]] = {}
    luck: dict[int, set[int]] = {}
    for _, rng, replication, values in runner.asked:
        drawn.setdefault(rng, set()).add(dict(values)[RATE])
        luck.setdefault(rng, set()).add(replication)
    training, fresh, held_out = drawn.values()
    assert len(drawn) == 3, "trials, other luck and worlds held out each have a seed of their own"
    assert training == fresh and len(training) == 5
    assert len(held_out) == 20 and not held_out & training
    assert [len(k) for k in luck.values()] == [10, 10, 20], "no two worlds share their luck"


def test_a_gain_that_is_only_luck_is_shown_to_be() -> None:
    def noise(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        own = np.random.default_rng([int(luck.integers(2**31)), *(int(1e4 * values[path]) for path in PATHS)])
        return {"npv": 1e6 * own.normal()}

    gone, titles = [], []
    for rng in range(1, 7):
        finding = find(noise, experiment("a", rng=rng), held_out_worlds=0, budget_runs=200)
        gain = finding.tables["gain_npv"].frame().set_index("runs")
        gone.append(gain.loc["as tried", "gain"] - gain.loc["other luck", "gain"])
        titles.append(finding.title)
        assert re.search("As tried, the gain in net present value (flatters: of EUR|is not confirmed)", said(finding))
    error = np.std(gone, ddof=1) / np.sqrt(len(gone))
    assert np.mean(gone) > 3 * error, "the best of many flatters"
    assert sum("clearly better" in title for title in titles) >= 5, "one in forty is taken for a gain"


def test_what_holds_in_one_world_only_is_said_not_to_carry_over() -> None:
    def tuned(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        sign = 1.0 if RATE not in values else -1.0
        return {"npv": 1e6 * (sign * values[PATHS[0]] + luck.normal(0, 0.01))}

    finding = find(tuned)
    assert "In worlds held out: net present value is clearly worse." in said(finding)
    assert "none is there in worlds held out" in said(finding)
    assert finding.title.endswith(", but worse in worlds held out")


def test_limits_are_kept() -> None:
    finding = find(subject_to={"trust": ">= 0.4"})
    assert 0.4 <= best_levers(finding)[PATHS[0]] < 0.5
    trials = finding.tables["trials"].frame()
    assert ((trials["trust"] >= 0.4) == (trials["within"] == 1)).all()
    assert "keep within trust >= 0.4" in said(finding)


def test_limits_out_of_reach_are_said_clearly() -> None:
    finding = find(subject_to={"trust": ">= 1.5", "exhaustion": "<= 0.9"})
    assert "keeps within the limits" in finding.title
    assert "Trust has to be >= 1.5: 0 of" in said(finding)
    assert not best_levers(finding) and not finding.files
    assert best_scenario(experiment("a"), finding) == experiment("a").arms["a"]
    assert set(finding_charts(finding)) == {"trials"} and "n/a" not in finding_text(finding)


def test_a_start_that_breaks_a_limit_is_said_with_what_it_costs_to_keep_it() -> None:
    def steep(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 1e6 * (values[PATHS[0]] + luck.normal(0, 0.01)), "trust": values[PATHS[0]]}

    def flat(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 1e6 * luck.normal(), "trust": values[PATHS[0]]}

    title = find(steep, subject_to={"trust": "<= .3"}).title
    assert title.startswith("A as it is breaks trust <= 0.3; to keep within it means net present value of EUR")
    assert "instead of EUR" in title
    title = find(flat, subject_to={"trust": "<= .3"}).title
    assert title == "A as it is breaks trust <= 0.3; to keep within it costs no clear net present value"
    title = find(flat, subject_to={"trust": "<= .6"}).title
    assert title == "The best that keeps within the limits is not clearly better than A as it is in net present value"


@pytest.mark.parametrize("maximise", ["npv", ["npv", "customer_equity"]])
def test_a_winner_that_breaks_a_limit_with_other_luck_is_no_clean_title(maximise: object) -> None:
    fresh = seed_for(1, "optimise other luck")

    def lucky(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        other = luck.bit_generator.seed_seq.entropy[0] == fresh  # type: ignore[attr-defined]
        return {**bowl(arm, values, luck), "trust": 0.3 if other else 0.5}

    finding = find(lucky, maximise=maximise, subject_to={"trust": ">= .4"})
    assert finding.title.endswith("; with other luck the levers found break trust >= 0.4")


def test_of_many_levers_put_back_few_seem_to_matter_by_luck() -> None:
    """Null: 40 levers do nothing. Of 40 intervals of 95 % two miss nought; a lever is named in 5 % at most (3 se)."""
    luck, named = np.random.default_rng(1), 0
    search = read(experiment("a"), {"levers": PATHS})
    told = Told("A", experiment("a").arms["a"], search, {"npv": QUANTITIES["npv"]}, "EUR", 0)
    for _ in range(200):
        losses = {(f"policy.test.p{k}", "npv"): estimate(luck.normal(size=20)) for k in range(40)}
        sentence, *_ = _worth(told, Checked((), losses))
        named += "value: none; 40 of 40 make no clear difference" not in sentence
    assert named / 200 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_limit_that_luck_breaks_is_said() -> None:
    def rare(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        held_out = RATE in values
        return {**bowl(arm, values, luck), "trust": 0.5 - 0.2 * held_out}

    finding = find(rare, subject_to={"trust": ">= .4"})
    assert "Trust is 30.0 % on average in worlds held out: not >= 0.4." in said(finding)


def test_a_measure_that_is_undefined_in_a_run_does_not_win() -> None:
    def gone(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        bold = values[PATHS[0]] > 0.6 and luck.random() < 0.9
        return {"npv": np.nan if bold else 1e6 * values[PATHS[0]]}

    finding = find(gone)
    assert best_levers(finding)[PATHS[0]] <= 0.6
    assert "do not count: a measure is undefined in one of their runs" in said(finding)


def test_pairs_of_runs_without_a_value_do_not_count() -> None:
    def gone(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        lost = luck.random() < 0.2 and values.get(RATE, 0.0) > 0.15
        return {"npv": np.nan if lost else 1e6 * values[PATHS[0]] + luck.normal()}

    finding = find(gone, held_out_worlds=40)
    gain = finding.tables["gain_npv"].frame().set_index("runs").loc["held-out worlds"]
    assert gain["n"] < 40 and gain["best"] - gain["start"] == pytest.approx(gain["gain"])
    assert "not counted, in" in said(finding)


def test_the_front_holds_what_nothing_beats() -> None:
    def two(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        x, y = (values[path] for path in PATHS[:2])
        return {"npv": -1e6 * ((x - 0.2) ** 2 + y**2), "exhaustion": (x - 0.8) ** 2 + y**2}

    finding = find(two, levers=PATHS[:2], maximise=["npv", "exhaustion"], budget_runs=900, replications=1)
    trials = finding.tables["trials"].frame()
    front = trials[trials["front"] == 1]
    for _, one in front.iterrows():
        assert not ((trials["npv"] > one["npv"]) & (trials["exhaustion"] <= one["exhaustion"])).any()
    assert len(front) > 10 and front[PATHS[1]].median() < 0.05
    assert front[PATHS[0]].between(0.15, 0.85).mean() > 0.9
    assert trials.loc[trials["best"] == 1, "front"].tolist() == [1]
    assert 0.35 < best_levers(finding)[PATHS[0]] < 0.65, "the nearest to both is half-way"


def test_levers_at_the_end_of_their_range_are_named() -> None:
    def more(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 1e6 * sum(values[path] for path in PATHS[:2])}

    finding = find(more, levers=[PATHS[0], {PATHS[1]: {"low": 0.2, "high": 0.6}}])
    assert "the model knows nothing beyond: conceded share" in said(finding)
    assert "which is narrower than it may be: effort share" in said(finding)


def test_what_each_lever_is_worth() -> None:
    def one(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 1e6 * values[PATHS[0]] + luck.normal()}

    finding = find(one)
    worth = finding.tables["put_back"].frame().set_index("path")
    assert worth.loc[PATHS[0], "npv"] == pytest.approx(1e6 * (best_levers(finding)[PATHS[0]] - START), rel=1e-3)
    assert "levers that cost net present value: conceded share" in said(finding)
    many = find(one, levers="all", budget_runs=120, replications=1, held_out_worlds=0)
    assert "put_back" not in many.tables and "was not tried" in said(many)


def test_a_start_outside_the_ranges_is_no_trial() -> None:
    finding = find(levers=[{PATHS[0]: {"low": 0.8, "high": 0.9}}, *PATHS[1:]])
    assert "lies outside the ranges" in said(finding)
    assert best_levers(finding)[PATHS[0]] >= 0.8
    assert finding.tables["trials"].frame()["within"].tolist()[0] == 0


def test_what_was_found_can_be_pasted_into_a_scenario() -> None:
    base = experiment("a")
    finding = find(base=base)
    levers = best_levers(finding)
    pasted = Scenario.from_yaml(finding.files["levers.yaml"])
    found = best_scenario(base, finding)
    assert {path: pasted.value(path) for path in PATHS} == {path: found.value(path) for path in PATHS} == levers
    assert found.title == base.arms["a"].title


def test_all_levers_are_those_that_nothing_else_moves() -> None:
    base = experiment("a")
    change = Change(6, 0, 0, {}, {"requests": {"conceded_share": 0.1}})
    moved = Experiment(
        "Moved", {"a": base.arms["a"].replace("timeline", (change,))}, (), base.points, base.design, 1,
    )  # fmt: skip
    names = {v.path for v in read(moved, {}).levers}
    assert names == {path for path, _ in base.arms["a"].catalogue.paths("policy")} - {PATHS[0], PRICE}
    finding = find(base=moved)
    assert f"changes {PATHS[0]} by its own timeline from month 6 on" in said(finding)


def test_price_is_a_lever_only_where_it_is_named() -> None:
    finding = find(levers="all", budget_runs=120, replications=1, held_out_worlds=0)
    assert PRICE not in finding.settings["levers"]
    assert "Left out: relative price; the model cannot judge it" in said(finding)
    named = find(levers=[PRICE, *PATHS], budget_runs=120, replications=1, held_out_worlds=0)
    assert PRICE in named.settings["levers"] and "Left out" not in said(named)


def test_nothing_is_logged_or_changed_in_optuna(capfd: pytest.CaptureFixture[str]) -> None:
    level = optuna.logging.get_verbosity()
    find(maximise=["npv", "trust", "customer_equity"])
    assert optuna.logging.get_verbosity() == level
    captured = capfd.readouterr()
    assert not captured.out and not captured.err


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"levers": "policy.requests.conceded_shar"}, "did you mean 'conceded_share'?"),
        ({"levers": [RATE]}, "is an assumption"),
        ({"levers": [PATHS[0], PATHS[0]]}, "is named twice"),
        ({"levers": {PATHS[0]: {"lo": 0}}}, "valid: low, high"),
        ({"levers": {PATHS[0]: {"low": 0.5, "high": 0.2}}}, "is empty"),
        ({"levers": {PATHS[0]: 3}}, "expected low and high"),
        ({"levers": 3}, "expected paths"),
        ({"levers": [[PATHS[0]]]}, "optimise.levers: expected a path"),
        ({"levers": [3]}, "optimise.levers: expected a path"),
        ({"levers": []}, "names no lever"),
        ({"maximise": "npw"}, "did you mean 'npv'?"),
        ({"maximise": "entitlement"}, "has no direction that is better"),
        ({"maximise": ["npv", "npv"]}, "names a measure twice"),
        ({"subject_to": {"trust": "0.4"}}, "expected a sign and a number"),
        ({"subject_to": "trust"}, "expected measures"),
        ({"budget_runs": 40}, "leave 0 trials"),
        ({"worlds": 1}, "one sampled world says nothing"),
        ({"arm": "c"}, "optimise.arm"),
        ({"levars": PATHS}, "did you mean 'levers'?"),
    ],
)
def test_bad_settings_are_refused_in_one_line(settings: Mapping[str, Any], text: str) -> None:
    with pytest.raises(ScenarioError, match="optimise") as error:
        find(**settings)
    assert text in str(error.value) and "\n" not in str(error.value)


def test_the_budget_that_is_asked_for_is_enough() -> None:
    with pytest.raises(ScenarioError) as error:
        read(experiment("a"), {"levers": PATHS, "budget_runs": 40})
    enough = int(str(error.value).split("allow ")[1].split(" runs")[0].replace(",", ""))
    assert read(experiment("a"), {"levers": PATHS, "budget_runs": enough}).n_trials >= 10


@pytest.mark.parametrize(
    "more",
    [
        {"maximise": ["npv", "trust"]},
        {"subject_to": {"trust": ">= 0.3"}},
        {"levers": "all", "budget_runs": 120, "held_out_worlds": 3},
    ],
)
def test_figures_are_drawn_and_nothing_leaves_them(more: Mapping[str, Any]) -> None:
    charts = finding_charts(find(**more))
    assert {"gain_npv", "levers", "front" if "maximise" in more else "trials"} <= set(charts)
    for chart in charts.values():
        check_drawn(chart)


def test_a_small_study_of_the_model() -> None:
    arm = load("mutual_siloed").replace("customers", 200, "horizon_months", 18)
    asked = Experiment("Small", {"mutual": arm}, (), np.empty((1, 0)), Design("list"), replications=2)
    settings = {"levers": PATHS[:2], "budget_runs": 150, "held_out_worlds": 6}
    with Runner(asked) as runner:
        finding = optimise(asked, runner, settings)
    gain = finding.tables["gain_npv"].frame()
    assert gain["n"].tolist() == [2, 20, 6] and np.isfinite(gain["gain"]).all()
    assert all(len(row) <= 100 for row in finding_text(finding).split("\n"))
