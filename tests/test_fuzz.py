"""Whatever stands in a file, reading it gives a scenario or one line; whatever is asked, the command ends with 0 or 2.

A few hundred mangled files and command lines by default, the same ones every time. ``CXSIM_FUZZ=10000`` asks for that
many others instead; ``pytest -m slow`` tries ten thousand files.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import yaml_core
from command_line import call
from cxsim.cli.parser import build
from cxsim.describe import describe, describe_data
from cxsim.scenario import Scenario, ScenarioError, load
from cxsim.scenario_diff import diff
from cxsim.scenario_schema import schema
from mangled import NUMBERS, OWN, TEXTS, mangled

ASKED = os.environ.get("CXSIM_FUZZ", "")
SCHEMA = Draft202012Validator(schema())
BASELINE = load("baseline")


def examples(n: int, same: bool = True) -> settings:
    """``n`` examples, the ``same`` every time; as many others as CXSIM_FUZZ asks for instead."""
    return settings(
        max_examples=int(ASKED or n), derandomize=same and not ASKED, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A working folder of its own."""
    before, place = Path.cwd(), tmp_path_factory.mktemp("fuzz")
    os.chdir(place)
    for name, text in OWN.items():
        Path(name).write_text(text, encoding="utf-8")
    yield place
    os.chdir(before)


def reads(file: Path) -> None:
    """Reading gives a scenario that holds together, or one line that names the file."""
    try:
        scenario = load(file.name)
    except ScenarioError as error:
        said = str(error)
        assert said.isprintable(), "one line, and nothing that moves a cursor"
        assert len(said) < 600
        assert said.startswith(f"{file.name}:"), said
        return
    again = Scenario.from_yaml(scenario.to_yaml())
    assert again == scenario
    assert again.hash == scenario.hash
    assert all(1 <= step.month <= scenario.horizon_months for step in scenario.schedule())
    assert describe(scenario).startswith(f"{scenario.title}\n")
    assert json.dumps(describe_data(scenario), allow_nan=False)
    assert diff(scenario, again).endswith("\nNothing differs.\n")
    assert f"\nB  {scenario.title} (" in diff(BASELINE, scenario)
    if scenario.use:
        return  # the schema knows the parameters of cxsim only
    try:
        data = yaml_core.read(file.read_bytes().decode("utf-8-sig"))
    except (yaml.YAMLError, ValueError):
        return  # what else editors make of it is theirs to say
    assert [e.message for e in SCHEMA.iter_errors(data)] == [], "an editor must not underline what is read"


@examples(400)
@given(st.data())
def test_any_file_is_a_scenario_or_one_line(draw: st.DataObject) -> None:
    file = Path("x.yaml")
    file.write_bytes(mangled(draw))
    reads(file)


@pytest.mark.slow
@examples(10_000, same=False)
@given(st.data())
def test_ten_thousand_files(draw: st.DataObject) -> None:
    file = Path("x.yaml")
    file.write_bytes(mangled(draw))
    reads(file)


QUICK = ("--replications", "2", "--quiet")
LINES = (
    ("run", "x.yaml", *QUICK), ("run", "calm.yaml", *QUICK, "--out", "out"), ("run", "x.yaml", "--json", *QUICK),
    ("compare", "calm.yaml", "x.yaml", *QUICK, "--worlds", "0"),
    ("compare", "x.yaml", "x.yaml", *QUICK, "--worlds", "2"),
    ("describe", "x.yaml"), ("describe", "x.yaml", "--json"), ("diff", "x.yaml", "baseline"),
    ("diff", "calm.yaml", "x.yaml", "--json"), ("list",), ("new", "scenario", "idea"), ("schema", "cxsim.schema.json"),
    ("completion", "bash"),
)  # fmt: skip
# Not the doctor, who looks at this machine, nor whole people of runs that are invented here.
WORDS = (
    *(name for name in build().below if name != "doctor"), "scenario", "x.yaml", "calm.yaml", "baseline", "out", "-",
    "--", "--help", "--version", "--rng", "--threads", "--customers", "--out", "--everyone", "--worlds=1", "--rng=3",
    "--rng=", "--replications=2", "--relpications", "-x", "/dev/null/x", "calm.yaml/x", "new/deep/folder", "x" * 5000,
)  # fmt: skip


def command_line(draw: st.DataObject) -> list[str]:
    """A command line that makes sense, with up to three words replaced, put in or left out."""
    words = list(draw.draw(st.sampled_from(LINES)))
    odd = st.one_of(st.sampled_from(WORDS), st.sampled_from(NUMBERS + TEXTS), st.text(max_size=5))
    for _ in range(draw.draw(st.integers(0, 3))):
        at = draw.draw(st.integers(0, len(words)))
        words[at : at + draw.draw(st.integers(0, 1))] = draw.draw(st.lists(odd, max_size=1))
    return words


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def whole(folder: Path) -> None:
    """Every result folder has all its files, and nothing half-done lies about."""
    assert not list(folder.rglob(".cxsim-*"))
    for kept in folder.rglob("provenance.json"):
        files = json.loads(kept.read_text(encoding="utf-8"))["files"]
        present = {p.relative_to(kept.parent).as_posix() for p in kept.parent.rglob("*") if p.is_file()}
        assert present == set(files)


@examples(150)
@given(st.data())
def test_any_command_line_ends_with_0_or_2(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, draw: st.DataObject
) -> None:
    def no_figures(results: Any, asked: object, folder: Path) -> None:
        (folder / "a.svg").write_bytes(b"")  # drawing takes longer than all the rest

    monkeypatch.setattr("cxsim.results_base.Results._draw", no_figures)
    with tempfile.TemporaryDirectory(dir=here) as place:
        monkeypatch.chdir(Path(place))
        for name in ("calm.yaml", "bold.yaml"):
            Path(name).write_bytes((here / name).read_bytes())
        Path("x.yaml").write_bytes(mangled(draw) if draw.draw(st.booleans()) else b"title: X\nhorizon_months: 24\n")
        argv = command_line(draw)
        before = tree(here)
        status = call(*argv)
        said = capsys.readouterr()
        assert status in (0, 2), argv
        if status == 2:
            assert said.out == ""
            assert said.err.startswith("cxsim: ")
            assert said.err.count("\n") == 1, said.err
            assert tree(here) == before, "a command that fails leaves everything as it was"
        else:
            assert said.err == ""
        whole(here)
        monkeypatch.chdir(here)
