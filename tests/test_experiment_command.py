"""``cxsim experiment``: what it shows, what it leaves, how it goes on, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import cxsim
from command_line import ROOT, call, fails
from cxsim.studies.analyses import break_even, optimise_read, questions
from cxsim.studies.analyses.kinds import KINDS
from cxsim.studies.experiments.designs import KINDS as DESIGNS
from cxsim.studies.experiments.files import shipped_experiments
from cxsim.studies.experiments.read import KEYS, read_experiment
from pages import python, run_in_order

SMALL = """\
title: Small, but whole
question: Does it work?
arms: [doormat_siloed, mutual_siloed]
vary: [world.requests.out_of_scope_rate, world.requests.cost_to_value]
design: {kind: latin_hypercube, points: 12}
replications: 2
customers: 200
employees: 6
horizon_months: 15
measures: [npv, satisfaction, {measure: npv, year: 1}]
analysis:
  - discover: "mutual_siloed.npv > doormat_siloed.npv"
  - sensitivity: npv
  - regret: satisfaction
  - satisfice: {npv: ">= 0"}
  - table: npv_year_1
  - break_even: {path: world.requests.cost_to_value, points: 3, replications: 2}
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an experiment in it that has been run."""
    place = tmp_path_factory.mktemp("experiment")
    (place / "small.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        assert call("experiment", "small.yaml", "--out", "out", "--quiet") == 0
    return place


@pytest.fixture
def folder(whole: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(whole)
    return whole


def test_it_says_how_large_it_is_before_it_starts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("experiment", "small.yaml", "--dry-run", "--out", "new") == 0
    said = capsys.readouterr().out
    for part in ("Small, but whole\n", "12 points x 2 arms x 2 replications = 48 runs: about", "0.075 to 0.3 per month",
                 "Folder: new\n"):  # fmt: skip
        assert part in said
    assert call("experiment", "small", "--dry-run", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["runs"] == 48 and data["seconds"] > 0
    assert data["further_runs"] == [{"analysis": "break_even", "at_least": 12}]
    assert data["vary"][0]["path"] == "world.requests.out_of_scope_rate"
    assert data["folder"].startswith(str(Path("results/small-")))
    assert sorted(p.name for p in folder.iterdir()) == ["out", "small.yaml"], "nothing is written"


def test_it_counts_the_runs_that_analyses_ask_for(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a break-even those across the range, of an optimisation its whole budget, each with what it rests on."""
    monkeypatch.setattr("cxsim.studies.experiments.outlook.seconds_per_run", lambda scenario: 1.0)
    text = SMALL.partition("analysis:")[0] + """analysis:
  - table: npv
  - break_even: {path: policy.requests.conceded_share, arm: mutual_siloed, points: 5, replications: 10, worlds: 3}
  - optimise: {maximise: npv, levers: [policy.requests.conceded_share], budget_runs: 400, held_out_worlds: 0}
"""
    (folder / "more.yaml").write_text(text)
    assert call("experiment", "more.yaml", "--dry-run", "--workers", "1") == 0
    said = capsys.readouterr().out
    (folder / "more.yaml").unlink()
    least = 10 * (5 + 1) + 3 * (5 + 1)  # across the range, and in worlds
    assert f"Then: table, break_even (at least {least} more runs), optimise (at most 400 more runs)" in said
    assert "48 runs: about 48 s" in said and ": about 9 min in all\n" in said


def test_smaller_and_larger_without_a_change_of_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["experiment", "small.yaml", "--points", "5", "--customers", "150"]
    assert call(*asked, "--dry-run", "--out", "new") == 0
    assert "5 points x 2 arms x 2 replications = 20 runs" in capsys.readouterr().out
    assert "not the same customers" in fails(capsys, [*asked, "--out", "out"])
    grid = SMALL.partition("analysis:")[0].replace("{kind: latin_hypercube, points: 12}", "grid")
    designs = {
        "grid": "a design of kind grid has no number of points of its own; change its levels in the file",
        "{kind: morris, trajectories: 2}": "points of its own; change its trajectories and levels",
        "{kind: saltelli, base_points: 2}": "change its base_points in the file",
        "sobol": "design.points: 5 is not a power of two",
    }
    for design, said in designs.items():
        (folder / "other.yaml").write_text(grid.replace("design: grid", f"design: {design}"))
        assert said in fails(capsys, ["experiment", "other.yaml", "--points", "5", "--dry-run"])
    (folder / "other.yaml").write_text("arms: [baseline]\n")
    assert "nothing varies" in fails(capsys, ["experiment", "other.yaml", "--points", "5", "--dry-run"])
    assert "customers" in fails(capsys, ["experiment", "other.yaml", "--customers", "999999999999", "--dry-run"])
    (folder / "other.yaml").unlink()
    e = read_experiment("small.yaml", points=7, customers=150)
    assert len(e.points) == 7 and {s.customers for s in e.arms.values()} == {150}
    with pytest.raises(cxsim.ScenarioError, match="has its points"):
        read_experiment(e, points=3)


def test_what_it_shows_and_what_it_leaves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("experiment", "small.yaml", "--out", "out", "--quiet") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith("Small, but whole\nDoes it work?\n12 points x 2 arms x 2 replications = 48 runs")
    assert [line for line in said.out.splitlines() if line[:3] in {f"{k}. " for k in range(1, 9)}] == [
        "1. DISCOVER", "2. SENSITIVITY", "3. REGRET", "4. SATISFICE", "5. TABLE", "6. BREAK EVEN",
    ]  # fmt: skip
    assert said.out.endswith("\nResults: out (runs, findings with tables and figures)\n")
    findings = folder / "out" / "findings"
    shown = said.out.partition("\nResults:")[0].rstrip()
    plain = shown.replace("\u00b1", "+-").replace("\u2265", ">=").replace("\u2264", "<=")
    assert (findings / "summary.txt").read_text(encoding="utf-8").rstrip() == plain
    runs = pq.read_table(findings / "runs.parquet")
    assert runs.num_rows == 48
    meta = runs.schema.field("npv_year_1").metadata
    assert meta[b"unit"] == b"money" and b"year 1" in meta[b"meaning"]
    columns = pd.read_csv(findings / "columns.csv")
    assert set(columns[columns["table"] == "runs"]["column"]) == set(runs.column_names)
    about = json.loads((findings / "provenance.json").read_text(encoding="utf-8"))
    assert about["command"] == "cxsim experiment small.yaml --out out --quiet"
    assert set(about["files"]) == {p.relative_to(findings).as_posix() for p in findings.rglob("*") if p.is_file()}
    for k, kind in enumerate(("discover", "sensitivity", "regret", "satisfice", "table", "break_even"), 1):
        assert list(findings.glob(f"{k}-{kind}-*.csv")) and list(findings.glob(f"{k}-{kind}-*.parquet"))
    assert list(findings.glob("figures/*.svg")) and list(findings.glob("figures/*.png"))
    resolved = findings / "resolved" / "mutual_siloed.yaml"
    assert cxsim.load(resolved).customers == 200


def test_it_is_the_same_from_python(folder: Path) -> None:
    result = cxsim.experiment("small.yaml")
    kept = pd.read_parquet(folder / "out" / "findings" / "runs.parquet")
    assert result.runs["npv"].tolist() == kept["npv"].tolist()
    assert result.summary.rstrip() == (folder / "out/findings/summary.txt").read_text(encoding="utf-8").rstrip()
    assert [f.kind for f in result.findings][:2] == ["discover", "sensitivity"]
    assert repr(result) == "<ExperimentResult small: 48 runs, 6 findings>"
    assert "Does it work?" in result._repr_html_()
    assert any(name.startswith("2-sensitivity") for name in result.figures())
    assert sorted(p.name for p in folder.iterdir()) == ["out", "small.yaml"], "without a folder nothing is written"


def test_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("experiment", "small.yaml", "--out", "out", "--quiet", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["runs"], data["failed"], data["points"]) == (48, 0, 12)
    assert data["findings"][0]["kind"] == "discover" and data["findings"][1]["tables"]


def test_it_grows_with_what_it_has(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = SMALL.partition("analysis:")[0].replace("latin_hypercube, points: 12", "sobol, points: 8")
    (folder / "grow.yaml").write_text(small)
    assert call("experiment", "grow.yaml", "--out", "grown", "--quiet") == 0
    first = pd.read_parquet(folder / "grown/findings/runs.parquet")
    parts = {p.name for p in (folder / "grown/runs/parts").iterdir()}
    (folder / "grow.yaml").write_text(small.replace("points: 8", "points: 16"))
    assert call("experiment", "grow.yaml", "--out", "grown", "--quiet") == 0
    second = pd.read_parquet(folder / "grown/findings/runs.parquet")
    pd.testing.assert_frame_equal(second[: len(first)], first)
    new = [p for p in (folder / "grown/runs/parts").iterdir() if p.name not in parts]
    assert sum(pq.ParquetFile(p).metadata.num_rows for p in new) == 32, "only what is new was run"
    capsys.readouterr()
    (folder / "grow.yaml").write_text(small.replace("replications", "rng: 2\nreplications"))
    said = fails(capsys, ["experiment", "grow.yaml", "--out", "grown"])
    assert "holds another experiment (not the same seed); choose another folder" in said
    (folder / "grow.yaml").write_text(small.replace("customers: 200", "customers: 210"))
    for more in ((), ("--dry-run",)):
        said = fails(capsys, ["experiment", "grow.yaml", "--out", "grown", *more])
        assert "holds another experiment (not the same customers)" in said


def test_shards_and_how_far_they_have_come(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["experiment", "small.yaml", "--out", "shards", "--quiet"]
    assert call(*argv, "--shard", "1/3") == 0
    assert capsys.readouterr().out.startswith("Part 1 of 3: 16 runs in shards\n")
    assert not (folder / "shards" / "findings").exists()
    assert call("experiment", "--status", "shards") == 0
    said = capsys.readouterr().out
    assert "16 of 48 runs are done\n" in said and "To go on" not in said, "which shards are left it cannot know"
    for shard in ("2/3", "3/3"):
        assert call(*argv, "--shard", shard) == 0
    capsys.readouterr()
    assert call("experiment", "--status", "shards", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["done"], told["left"], told["more"]) == (48, 0, 0)
    assert call(*argv) == 0
    one, other = (pd.read_parquet(folder / name / "findings/runs.parquet") for name in ("shards", "out"))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ((), "one file, or --status DIR"),
        (("small.yaml", "--status", "out"), "one file, or --status DIR"),
        (("small.yaml", "--shard", "4/3"), "a part such as 3/20"),
        (("small.yaml", "--shard", "0"), "a part such as 3/20"),
        (("small.yaml", "--workers", "0"), "whole number from 1"),
        (("smal.yaml",), "did you mean 'small.yaml'?"),
        (("what_mater",), "did you mean 'what_matters'?"),
        (("small.yaml", "extra.yaml"), "unknown argument"),
        (("small.yaml", "--out", "small.yaml"), "small.yaml"),
        (("small.yaml", "--out", "."), "holds other things than an experiment"),
        (("small.yaml", "--dry-run", "--out", "small.yaml"), "small.yaml"),
        (("small.yaml", "--scheduler", "127.0.0.1:9", "--out", "new"), "127.0.0.1:9"),
        (("--status", "nowhere"), "holds no experiment"),
        (("--status", "small.yaml"), "small.yaml"),
        (("small.yaml", "--dryrun"), "did you mean '--dry-run'?"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], said: str
) -> None:
    monkeypatch.setattr("cxsim.studies.runs.cluster._ANSWER_SECONDS", 1)
    before = sorted(folder.iterdir())
    assert said in fails(capsys, ["experiment", *argv])
    assert sorted(folder.iterdir()) == before


def test_new_experiment(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert call("new", "experiment", "doormats") == 0
        assert "cxsim experiment doormats.yaml --dry-run" in capsys.readouterr().out
        text = (tmp_path / "doormats.yaml").read_text(encoding="utf-8")
        assert 'title: "Doormats"' in text
        (tmp_path / "doormats.yaml").write_text(text + "customers: 200\nemployees: 6\nhorizon_months: 15\n")
        assert call("experiment", "doormats", "--quiet") == 0
        assert "400 runs" in capsys.readouterr().out
        assert call("new", "experiment", "-") == 0
        assert capsys.readouterr().out.startswith("## Every arm is run")


def test_interrupted_it_keeps_what_was_run(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*anything: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cxsim.studies.experiments.results.ExperimentResult.save", stop)
    assert call("experiment", "small.yaml", "--out", "stopped", "--quiet") == 130
    said = capsys.readouterr()
    assert said.out == "" and "what was run is kept" in said.err
    assert call("experiment", "--status", "stopped") == 0
    assert "48 of 48 runs are done" in capsys.readouterr().out


def test_shipped_experiments_are_listed_and_packed(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("list") == 0
    assert "what_matters" in capsys.readouterr().out.partition("Experiments")[2]
    assert call("list", "--json") == 0
    data = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert data["what_matters"]["experiment"] and not data["baseline"]["experiment"]
    packed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in shipped_experiments():
        assert f'"experiments/{name}.yaml" = "cxsim/experiments/{name}.yaml"' in packed


@pytest.mark.end_to_end
def test_the_page_on_experiments_runs(tmp_path: Path) -> None:
    assert run_in_order("docs/experiments.md", tmp_path) >= 8


def test_the_page_on_experiments_is_whole() -> None:
    page = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    settings = [s.name for kind in questions.KINDS.values() for s in kind if s.name != "thresholds"]
    settings += [p.name for kind in DESIGNS.values() for p in kind.numbers]
    named = [*KEYS, *KINDS, *DESIGNS, *break_even.KEYS, *optimise_read.KEYS, *settings, *shipped_experiments()]
    assert [name for name in named if f"`{name}`" not in page] == []


@pytest.mark.end_to_end
@pytest.mark.parametrize("script", ["share_curve.py", "luck_or_world.py"])
def test_scripts_run_small(script: str, tmp_path: Path) -> None:
    assert "world" in python(str(ROOT / "experiments" / script), "3", folder=tmp_path)
    assert list((tmp_path / "results").glob("*/findings/runs.parquet"))


def test_a_run_that_fails_is_told_and_loses_no_other(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cxsim import model

    real = model.simulate

    def sometimes(scenario: cxsim.Scenario, rng: int = 1, replication: int = 0, **more: object) -> object:
        if replication == 1 and scenario.value("world.requests.cost_to_value") > 1.5:
            raise FloatingPointError("planted")
        return real(scenario, rng, replication)

    monkeypatch.setattr(model, "simulate", sometimes)
    text = SMALL.partition("analysis:")[0] + 'analysis: [{regret: npv}, {discover: "mutual_siloed.npv > 0"}]\n'
    (folder / "fails.yaml").write_text(text)
    assert call("experiment", "fails.yaml", "--out", "fails", "--quiet", "--workers", "1") == 0
    said = capsys.readouterr()
    assert said.err == "" and "runs failed and are left out: failures.csv says why" in said.out
    failures = pd.read_csv(folder / "fails/findings/failures.csv")
    assert failures["error"].str.contains("planted").all()
    runs = pd.read_parquet(folder / "fails/findings/runs.parquet")
    lost = (runs["replication"] == 1) & (runs["world.requests.cost_to_value"] > 1.5)
    assert runs["npv"].isna().tolist() == lost.tolist()
    assert 0 < lost.sum() == len(failures) < 48 and failures["point"].tolist() == sorted(runs["point"][lost])


def test_a_shard_may_have_no_points_and_an_experiment_no_paths(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("experiment", "small.yaml", "--out", "many", "--shard", "20/20", "--quiet") == 0
    assert "Part 20 of 20: 0 runs in many" in capsys.readouterr().out
    text = 'arms: [doormat_siloed, mutual_siloed]\ncustomers: 100\nhorizon_months: 12\nreplications: 3\n'
    text += 'analysis: [{discover: "mutual_siloed.npv > 0"}, {regret: npv}, {table: npv}]\n'
    (folder / "plain.yaml").write_text(text)
    assert call("experiment", "plain.yaml", "--out", "plain", "--quiet") == 0
    assert (folder / "plain/findings/summary.txt").is_file()


def test_where_all_is_there_nothing_is_measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "once.yaml").write_text(SMALL.partition("analysis:")[0])
    assert call("experiment", "once.yaml", "--out", "once", "--quiet") == 0
    monkeypatch.setattr("cxsim.studies.experiments.outlook._each", lambda asked: pytest.fail("measured"))
    assert call("experiment", "once.yaml", "--out", "once", "--quiet") == 0


def test_where_all_runs_fail(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, and claims nothing of what nobody has seen."""
    monkeypatch.setattr("cxsim.model.simulate", lambda *a, **k: 1 // 0)
    monkeypatch.setattr("cxsim.studies.experiments.outlook._each", lambda asked: 1.0)
    analyses = '[{regret: npv}, {discover: "mutual_siloed.npv > 0"}, {sensitivity: npv}, {table: npv}]'
    (folder / "none.yaml").write_text(f"{SMALL.partition('analysis:')[0]}analysis: {analyses}\n")
    assert call("experiment", "none.yaml", "--out", "none", "--quiet", "--workers", "1") == 1
    said = capsys.readouterr()
    assert said.err.startswith("cxsim: all runs failed, the first with ZeroDivisionError")
    assert len(pd.read_csv(folder / "none/findings/failures.csv")) == 48
