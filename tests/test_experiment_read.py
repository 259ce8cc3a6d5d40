"""Experiment files: what they say, and that whatever is wrong with one is said in one line that names its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import cxsim
import yaml_core
from cxsim.scenario import ScenarioError
from cxsim.scenario_timeline import Change
from cxsim.studies.analyses.kinds import KINDS
from cxsim.studies.experiments.designs import KINDS as DESIGNS
from cxsim.studies.experiments.experiment import Experiment, Varied
from cxsim.studies.experiments.files import shipped_experiments
from cxsim.studies.experiments.pace import told
from cxsim.studies.experiments.read import MOST_RUNS, read_experiment
from cxsim.studies.experiments.schema import schema
from cxsim.studies.experiments.template import ARMS, template
from cxsim.worlds import COMPARED, variable
from pages import blocks

RATE, RATIO = "world.requests.out_of_scope_rate", "world.requests.cost_to_value"
GOOD = """\
title: When does doormat pay?
arms: [doormat_siloed, mutual_siloed]
vary:
  world.requests.out_of_scope_rate:
  world.requests.cost_to_value: {low: .2, high: 3, scale: log}
design: {kind: latin_hypercube, points: 30}
replications: 2
customers: 500
common_random_numbers: true
measures: [npv, practice, {measure: npv, year: 3}]
analysis:
  - discover: "doormat_siloed.npv > mutual_siloed.npv"
  - break_even: {path: world.requests.cost_to_value}
  - sensitivity: npv_year_3
"""
SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
RANGE = "  world.requests.out_of_scope_rate:"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str) -> Experiment:
    Path("x.yaml").write_text(text, encoding="utf-8")
    return read_experiment("x.yaml")


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_what_a_file_says() -> None:
    e = read(GOOD)
    assert (e.title, e.name, e.replications, e.n_runs) == ("When does doormat pay?", "x", 2, 120)
    assert {s.customers for s in e.arms.values()} == {500}
    p = cxsim.load("baseline").catalogue.parameter(RATE)
    assert p.range
    assert e.vary == (Varied(RATE, *p.range, p.unit, "log"), Varied(RATIO, 0.2, 3, "ratio", "log"))
    assert e.measures == ("npv", "practice", "npv_year_3")
    assert e.columns[-2:] == ("practice", "npv_year_3")
    assert [a.kind for a in e.analysis] == ["discover", "break_even", "sensitivity"]
    assert e.analysis[2].settings["measure"] == "npv_year_3"


def test_what_is_left_out_has_a_default() -> None:
    e = read("arms: [baseline]\n")
    assert (e.title, len(e.points), e.n_runs, e.rng, e.common_random_numbers) == ("x", 1, 1, 1, True)
    assert e.measures == COMPARED and e.analysis == () and e.vary == ()
    assert read(f"arms: [baseline]\nvary: [{RATE}]\n").design.kind == "latin_hypercube"
    assert read(f"arms: [baseline]\nvary: {{{RATE}: {{values: [.1, .2]}}}}\n").points.tolist() == [[0.1], [0.2]]


def test_arms_may_be_written_as_scenarios_are() -> None:
    Path("own.yaml").write_text("extends: baseline\ntitle: Own\n")
    arms = "{one: own, two: {extends: [own, parts/mutual], title: Two, policy: {silos: {n_sharing: 2}}}}"
    e = read(f"arms: {arms}\n")
    assert {name: s.title for name, s in e.arms.items()} == {"one": "Own", "two": "Two"}
    assert e.arms["two"].value("policy.silos.n_sharing") == 2
    assert {name: s.name for name, s in e.arms.items()} == {"one": "one", "two": "two"}
    assert list(read("arms: [own, own.yaml]\n").arms) == ["own", "own-2"]


def test_all_assumptions_may_vary_but_those_that_an_arm_sets() -> None:
    e = read(f"arms: [doormat_siloed, doormat_pays_mutual]\nvary: {{assumptions: , {RATE}: {{low: .1, high: .2}}}}\n")
    open_, held = variable(list(e.arms.values()))
    assert RATIO in held
    assert set(e.paths) == set(open_)
    assert e.vary[0] == Varied(RATE, 0.1, 0.2, "per month", "log"), "a range of one's own counts"
    assert set(read("arms: [baseline]\nvary: assumptions\n").paths) > set(open_)
    assert read("arms: [baseline]\nvary: [assumptions]\n").hash == read("arms: [baseline]\nvary: assumptions\n").hash


def test_a_lever_varies_over_all_that_is_permitted_in_the_arms_that_are_named() -> None:
    lever = "policy.requests.conceded_share"
    (v,) = read(f"arms: [doormat_siloed, mutual_siloed]\nvary: {{{lever}: {{arms: [mutual_siloed]}}}}\n").vary
    assert v == Varied(lever, 0, 1, "share of requests", "linear", arms=("mutual_siloed",))


def test_points_may_be_written_down() -> None:
    rows = f"[{{{RATE}: .1, {RATIO}: 1}}, {{{RATIO}: 2, {RATE}: .3}}]"
    e = read(f"arms: [baseline]\ndesign: {{kind: list, rows: {rows}}}\n")
    assert e.points.tolist() == [[0.1, 1], [0.3, 2]]
    assert e.vary[0] == Varied(RATE, 0.1, 0.3, "per month")


def test_a_grid_has_values_or_levels_of_its_own() -> None:
    vary = f"{{{RATE}: {{low: .1, high: .4, levels: 3}}, policy.silos.n_sharing: {{values: [5, 1]}}, {RATIO}: }}"
    e = read(f"arms: [baseline]\nvary: {vary}\ndesign: {{kind: grid, levels: 2}}\n")
    assert e.points[:, 0].tolist() == pytest.approx(np.repeat([0.1, 0.2, 0.4], 4))
    assert e.points[:4, 1].tolist() == [5, 5, 1, 1]
    assert len(e.points) == 12


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("out_of_scope_rate", "out_of_scop_rate", 4, "did you mean 'out_of_scope_rate'?"),
        (f"  {RATE}", "  out_of_scope_rate", 4, f"write the whole path: {RATE}"),
        (f"  {RATE}", "  world.offset", 4, "unknown path 'world.offset'"),
        (f"  {RATE}", "  replications", 4, "'replications' at the top"),
        (f"  {RATE}", f"  {RATIO}", 5, "duplicate key"),
        (RANGE, "  world.market.represents:", 4, "give it low and high"),
        (RANGE, "  policy.requests.conceded_share:", 4, "doormat_siloed has 0.9 and mutual_siloed 0.35"),
        (RANGE, "  policy.requests.conceded_share: {arms: []}", 4, "names no arm"),
        (RANGE, "  policy.requests.conceded_share: {arms: [doormat]}", 4, "did you mean 'doormat_siloed'?"),
        (RANGE, "  horizon_months: {low: 12, high: 24, arms: [mutual_siloed]}", 4, "they are paired"),
        (RANGE, "  horizon_months: {low: 12, high: 24}", 10, "3 is beyond the horizon; the last is 1"),
        (RANGE, "  horizon_months: {low: 12.5, high: 24}", 4, "not a whole number"),
        (RANGE, "  assumptions: {low: 1}", 4, "name a path to change one"),
        (RANGE, f"  {RATE}: {{values: [.1, .1]}}", 4, "holds a value twice"),
        (RANGE, f"  {RATE}: {{values: [.1]}}", 4, "at least two values"),
        (RANGE, f"  {RATE}: {{values: [.1, .2], low: 0}}", 4, "either 'values' or 'low'"),
        (RANGE, f"  {RATE}: {{values: [.1, .2]}}", 6, "go with a grid, not with latin_hypercube"),
        (RANGE, f"  {RATE}: 3", 4, "expected 'key: value' lines"),
        (RANGE, f"  {RATE}: {{hihg: 1}}", 4, "did you mean 'high'?"),
        (RANGE, f"  {RATE}: {{low: 0, scale: log}}", 4, "begins above 0"),
        (RANGE, f"  {RATE}: {{scale: cubic}}", 4, "unknown scale 'cubic'"),
        ("low: .2, high: 3", "low: 3, high: .2", 5, "the range from 3 to 0.2 is empty"),
        ("low: .2", "low: 0", 5, "is outside"),
        ("low: .2", "low: 20 %", 5, "write .2"),
        ("points: 30", "points: 30000000", 6, "is outside"),
        ("points: 30", "points: 300000", 6, "300,000 points x 2 arms x 2 replications = 1,200,000 runs, about"),
        ("points: 30", "pionts: 30", 6, "did you mean 'points'?"),
        ("latin_hypercube, points: 30", "latin_hypercub", 6, "did you mean 'latin_hypercube'?"),
        ("kind: latin_hypercube, ", "", 6, "has no 'kind'"),
        ("latin_hypercube, points: 30", "sobol, points: 30", 6, "16 or 32"),
        ("latin_hypercube, points: 30", "morris, levels: 5", 6, "is not even"),
        ("latin_hypercube, points: 30", "saltelli, second_order: 1", 6, "expected true or false"),
        ("latin_hypercube, points: 30", f"list, rows: [{{{RATE}: .1}}]", 4, "leave 'vary' out"),
        ("replications: 2", "replications: 0", 7, "is outside"),
        ("replications: 2", "replication: 2", 7, "did you mean 'replications'?"),
        ("replications: 2", "rng: -1", 7, "is outside"),
        ("replications: 2", "most_runs: 10", 6, "more than 10; make it smaller"),
        ("customers: 500", "customers: 0", 8, "is outside"),
        ("customers: 500", "horizon_months: 24", 10, "beyond the horizon"),
        ("true", "yes", 9, "expected true or false"),
        ("[npv, practice", "[npw, practice", 10, "unknown measure 'npw'; did you mean 'npv'?"),
        ("[npv, practice", "[npv, npv", 10, "is named twice"),
        ("[npv, practice, {measure: npv, year: 3}]", "[]", 10, "names no measure"),
        ("year: 3", "year: 9", 10, "9 is beyond the horizon; the last is 5"),
        ("year: 3", "quater: 3", 10, "did you mean 'quarter'?"),
        ("doormat_siloed.npv >", "doormat.npv >", 12, "did you mean 'doormat_siloed'?"),
        ("doormat_siloed.npv >", "doormat_siloed.npw >", 12, "did you mean 'npv'?"),
        ("doormat_siloed.npv >", "doormat_siloed.npv", 12, "expected 'arm.measure"),
        ("path: world.requests.cost_to_value", "path: world.requests.cost_to_valu", 13, "did you mean 'cost_to_v"),
        ("path: world", "apth: world", 13, "did you mean 'path'?"),
        ("sensitivity: npv_year_3", "sensitivity: npv_year_4", 14, "did you mean 'npv_year_3'?"),
        ("sensitivity: npv_year_3", "sensitivty: npv", 14, "did you mean 'sensitivity'?"),
        ("- sensitivity: npv_year_3", "- {sensitivity: npv, table: npv}", 14, "expected one kind"),
        ("- sensitivity: npv_year_3", "- sensitivity", 14, "expected 'key: value' lines"),
        ("sensitivity: npv_year_3", "satisfice: {npv: 3}", 14, 'such as ">= .8"'),
        ("doormat_siloed, mutual_siloed", "doormat_silod, mutual_siloed", 2, "did you mean 'doormat_siloed'?"),
        ("[doormat_siloed, mutual_siloed]", "[]", 2, "holds no arm"),
        ("[doormat_siloed, mutual_siloed]", "baseline", 2, "expected a list"),
        ("[doormat_siloed, mutual_siloed]", "[baseline, []]", 2, "are a mapping by name"),
        ("[doormat_siloed, mutual_siloed]", "{a: baseline, b: {extends: baseline, customers: 9}}", 2, "valid:"),
        (
            "[doormat_siloed, mutual_siloed]", "{a: baseline, b: {world: {market: {represents: 9000}}}}", 2,
            "a and b cannot be compared",
        ),
        ("title: When", "titel: When", 1, "did you mean 'title'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        read(changed(old, new))
    message = str(error.value)
    assert message.startswith(f"x.yaml:{line}: "), message
    assert said in message and message.isprintable() and message.count("x.yaml") == 1


@pytest.mark.parametrize("text", ["", "title: X\n", "- a\n", "arms:\n", "arms: {a: 3}\n", "arms: [baseline]\nvary:\n"])
def test_half_a_file(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^x\.yaml"):
        read(text)


def test_a_change_that_falls_outside_the_horizon() -> None:
    with pytest.raises(ScenarioError, match=r"^x\.yaml:2: .*outside the horizon"):
        read("arms: [shock]\nvary: {horizon_months: {low: 12, high: 24}}\n")


def test_a_large_experiment_is_allowed_by_who_asks_for_it() -> None:
    large = changed("points: 30", f"points: {MOST_RUNS}")
    with pytest.raises(ScenarioError, match="400,000 runs"):
        read(large)
    Path("x.yaml").write_text(large)
    assert read_experiment("x.yaml", most_runs=400_000).n_runs == 400_000
    assert read(large + "most_runs: 400000\n").n_runs == 400_000
    with pytest.raises(ScenarioError, match="more than can be held at once"):
        read("arms: [baseline]\nvary: assumptions\ndesign: {kind: grid, levels: 10}\nmost_runs: 1000000000\n")


def test_which_file_is_meant() -> None:
    assert read_experiment("what_matters").name == "what_matters"
    long = "y" * 400
    for asked, said in (("what_mater", "'what_matters'?"), ("", "no experiment named"), (long, "is not the name of")):
        with pytest.raises(ScenarioError, match=re.escape(said)):
            read_experiment(asked)
    read(GOOD)
    assert read_experiment("x").hash == read_experiment(Path("x.yaml")).hash
    with pytest.raises(ScenarioError, match=r"did you mean 'x\.yaml'"):
        read_experiment("xx.yaml")


TOLD: dict[str, Any] = {
    "title": "When does doormat pay?",
    "arms": ["doormat_siloed", cxsim.load("mutual_siloed")],
    "vary": {RATE: None, RATIO: {"low": 0.2, "high": np.float64(3), "scale": "log"}},
    "design": {"kind": "latin_hypercube", "points": 30},
    "replications": 2,
    "customers": 500,
    "common_random_numbers": True,
    "measures": ("npv", "practice", {"measure": "npv", "year": 3}),
    "analysis": [
        {"discover": "doormat_siloed.npv > mutual_siloed.npv"},
        {"break_even": {"path": RATIO}},
        {"sensitivity": "npv_year_3"},
    ],
}


def test_the_same_told_in_python() -> None:
    one, other = read(GOOD), read_experiment(TOLD)
    assert other.hash == one.hash
    np.testing.assert_array_equal(other.points, one.points)
    assert other.analysis == one.analysis and other.measures == one.measures
    assert read_experiment(one) is one


def test_a_design_may_be_a_frame_of_rows() -> None:
    without = {k: v for k, v in TOLD.items() if k != "vary"}
    frame = pd.DataFrame({RATE: [0.1, 0.3, 0.2], "policy.silos.n_sharing": [1, 2, 3]})
    e = read_experiment(without | {"design": frame})
    assert e.points.tolist() == frame.to_numpy().tolist()
    assert e.vary[1] == Varied("policy.silos.n_sharing", 1, 3, "silos", "linear", True)
    for wrong, said in (
        (frame.rename(columns={RATE: "rate"}), "unknown path 'rate'"),
        (frame.assign(**{RATE: [0.1, np.nan, 0.2]}), "missing"),
        (frame.assign(**{RATE: ["a", "b", "c"]}), "no number"),
        (frame.assign(**{RATE: [0.1, 20.0, 0.2]}), "is outside"),
        (frame.head(0), "holds no point"),
        (frame.assign(**{"policy.requests.conceded_share": 0.5}), "would undo"),
        (pd.concat([frame, frame], axis=1), "twice"),
    ):
        with pytest.raises(ScenarioError, match=said):
            read_experiment(without | {"design": wrong})
    with pytest.raises(ScenarioError, match="leave 'vary' out"):
        read_experiment(TOLD | {"design": frame})


def test_what_a_timeline_sets_does_not_vary() -> None:
    """A value that the timeline puts in place of the one that varies would be taken for no effect of it."""
    change = Change(6, 0, 0, {}, {"silos": {"n_sharing": 1}})
    moved = cxsim.load("mutual_siloed").replace("timeline", (change,))
    path, without = "policy.silos.n_sharing", {k: v for k, v in TOLD.items() if k not in ("vary", "design", "analysis")}
    told = without | {"arms": {"doormat": "doormat_siloed", "moved": moved}}
    for asked in (
        {"vary": {path: {"low": 1, "high": 3}}},
        {"design": {"kind": "list", "rows": [{path: 1}, {path: 2}]}},
        {"design": pd.DataFrame({path: [1, 2]})},
    ):
        with pytest.raises(ScenarioError, match=rf"vary.{path}: moved changes it by its own timeline from month 6 on"):
            read_experiment(told | asked)
    one = read_experiment(told | {"vary": {path: {"low": 1, "high": 3, "arms": ["doormat"]}}})
    assert one.vary[0].arms == ("doormat",)


def test_what_cannot_stand_in_an_experiment() -> None:
    with pytest.raises(ScenarioError, match=r"^analysis\[0\]\.discover: .*\(object\) cannot stand"):
        read_experiment(TOLD | {"analysis": [{"discover": object()}]})
    with pytest.raises(ScenarioError, match=r"^replications: expected a number"):
        read_experiment(TOLD | {"replications": "2"})


@pytest.mark.parametrize("name", shipped_experiments())
def test_shipped_experiments_are_read_and_explain_themselves(name: str) -> None:
    e = read_experiment(name)
    assert e.title and e.question.endswith("?") and e.description and e.analysis
    assert 500 <= e.n_runs <= 10_000, "minutes on two processors"


def test_the_schema_of_editors_knows_what_is_read() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    texts = [GOOD, template(), EXAMPLE.sub("", template())]
    texts += [path.read_text(encoding="utf-8") for path in shipped_experiments().values()]
    texts += [text for _, kind, text in blocks("docs/experiments.md") if kind == "yaml"]
    for text in texts:
        assert [e.message for e in VALIDATOR.iter_errors(yaml_core.read(text))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("title: W", "titel: W"), ("points: 30", "pionts: 30"), ("latin_hypercube", "latin"), ("npv, pra", "npw, pra"),
        ("replications: 2", "replications: 0"), ("low: .2", "lwo: .2"), ("scale: log", "scale: cubic"),
        ("true", "yes"), ("sensitivity: npv", "sensitivty: npv"), ("[doormat_siloed, mutual_siloed]", "[]"),
    ],
)  # fmt: skip
def test_the_schema_underlines_what_is_wrong(old: str, new: str) -> None:
    assert list(VALIDATOR.iter_errors(yaml_core.read(changed(old, new))))


EXAMPLE = re.compile(r"^#(?!#)", re.MULTILINE)


def test_the_file_to_start_from() -> None:
    text = template()
    plain, whole = read(text), read(EXAMPLE.sub("", text))
    assert tuple(plain.arms) == ARMS and plain.title == "My experiment"
    assert len(whole.vary) == len(plain.vary) + 2 and whole.measures[-1] == "npv_year_3"
    assert {a.kind for a in whole.analysis} == KINDS.keys()
    assert all(f"{name}: " in " ".join(text.replace("##", " ").split()) for name in (*DESIGNS, *KINDS))
    lines = text.splitlines()
    examples = [k for k, line in enumerate(lines) if EXAMPLE.match(line)]
    assert len(examples) > 12
    for k in examples:
        needs = [i for i in examples if "year: 3" in lines[i]] if "year" in lines[k] else []
        chosen = {k, *needs}
        assert read("\n".join(line[1:] if i in chosen else line for i, line in enumerate(lines)) + "\n").n_runs >= 120


def test_times_are_told_as_people_do() -> None:
    times = {0.2: "1 s", 40: "40 s", 100: "2 min", 5000: "83 min", 12_345: "3 h 26 min", 900_000: "10 days"}
    assert {x: told(x) for x in times} == times
