"""Whatever stands in an experiment file, reading it gives an experiment or one line, and the command ends with 0 or 2.

As with scenario files, ``CXSIM_FUZZ=10000`` asks for that many others.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import yaml_core
from command_line import call
from cxsim.scenario import Scenario, ScenarioError
from cxsim.studies.experiments import read
from cxsim.studies.experiments.files import shipped_experiments
from cxsim.studies.experiments.read import read_experiment
from cxsim.studies.experiments.schema import schema
from cxsim.studies.experiments.template import template
from mangled import OWN, mangled
from test_experiment_command import SMALL
from test_fuzz import examples, tree, whole

OTHER = """\
arms: {a: baseline, b: {extends: calm, policy: {requests: {conceded_share: .9}}}}
design: {kind: list, rows: [{world.requests.cost_to_value: 1, horizon_months: 24}]}
analysis: [{table: npv}]
"""
GRID = """\
{"arms": ["calm", "bold"], "vary": {"policy.silos.n_sharing": {"values": [1, 5]}, "customers": {"low": 100, "high": 900,
"levels": 2}}, "design": "grid", "measures": ["npv"], "replications": 2, "analysis": [{"regret": "npv"}]}
"""
LARGE = [*(p.read_text(encoding="utf-8") for p in shipped_experiments().values()), template()]
SOURCES = [SMALL, OTHER, GRID, re.sub(r"(?m)^#(?!#)", "", template()), *LARGE]
VALIDATOR = Draft202012Validator(schema())
CALM = "title: Calm\nhorizon_months: 24\n"


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder of its own, and a machine of which it is known how fast it is."""
    before, place = Path.cwd(), tmp_path_factory.mktemp("fuzz")
    os.chdir(place)
    for name, text in (*OWN.items(), ("calm.yaml", CALM), ("bold.yaml", CALM)):
        Path(name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "seconds_per_run", lambda scenario: 0.01)
        yield place
    os.chdir(before)


@examples(400)
@given(st.data())
def test_any_file_is_an_experiment_or_one_line(draw: st.DataObject) -> None:
    file = Path("x.yaml")
    file.write_bytes(mangled(draw, SOURCES))
    try:
        e = read_experiment("x.yaml")
    except ScenarioError as error:
        said = str(error)
        assert said.isprintable() and len(said) < 900
        assert said.startswith(("x.yaml:", "calm.yaml:")), said
        return
    try:
        data = yaml_core.read(file.read_bytes().decode("utf-8-sig"))
    except (yaml.YAMLError, ValueError):
        data = None  # what else editors make of it is theirs to say
    if data is not None and not any(code.spec for s in e.arms.values() for code in s.code):
        assert [error.message for error in VALIDATOR.iter_errors(data)] == [], "an editor must not underline it"
    assert e.points.shape == (len(e.points), len(e.vary)) and np.isfinite(e.points).all()
    assert e.hash == read_experiment(file).hash
    first = next(iter(e.tasks()))
    scenario = e.scenario(first)
    assert Scenario.from_yaml(scenario.to_yaml()).hash == scenario.hash, "what is run is what a file could say"


@examples(80)
@given(st.data())
def test_any_experiment_ends_with_0_or_2(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, draw: st.DataObject
) -> None:
    def no_figures(result: Any, folder: Path) -> None:
        (folder / "a.svg").write_bytes(b"")  # drawing takes longer than all the rest

    monkeypatch.setattr("cxsim.studies.experiments.results.ExperimentResult._draw", no_figures)
    monkeypatch.setattr(read, "MOST", replace(read.MOST, default=100, high=100))
    with tempfile.TemporaryDirectory(dir=here) as place:
        monkeypatch.chdir(Path(place))
        for name in ("calm.yaml", "bold.yaml"):
            Path(name).write_text(CALM, encoding="utf-8")
        Path("x.yaml").write_bytes(mangled(draw, [SMALL, OTHER, GRID]))
        before = tree(here)
        argv = ["experiment", "x.yaml", "--quiet", "--workers", "1"]
        argv += draw.draw(st.sampled_from([[], ["--dry-run"], ["--json"], ["--out", "out"], ["--shard", "2/3"]]))
        status = call(*argv)
        said = capsys.readouterr()
        assert status in (0, 2), argv
        assert (said.err == "") == (status == 0), said.err
        assert status == 0 or (said.out == "" and re.fullmatch("cxsim: .*\n", said.err)), said.err
        assert tree(here) == before or (status == 0 and "--dry-run" not in argv), "what fails leaves all as it was"
        whole(here)
        monkeypatch.chdir(here)
