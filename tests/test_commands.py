"""Commands that simulate nothing: what they show, and what they write."""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import ROOT, call, fails
from cxsim.scenario import Scenario


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (("new",), "KIND"),
        (("new", "idea.yaml"), "did you mean 'new scenario idea.yaml'?"),
        (("new", "scenari"), "did you mean 'scenario'?"),
        (("new", "scenario", "calm"), "calm.yaml: exists already"),
        (("new", "scenario", "calm.yaml"), "exists already"),
        (("new", "scenario", "baseline"), "shipped"),
        (("new", "scenario", "."), "is a folder"),
        (("new", "experiment", "what_matters"), "the name of a shipped experiment"),
        (("new", "experiment", "calm.yaml"), "exists already"),
        (("new", "scenario", "no/idea"), "there is no folder no"),
        (("new", "scenario", ""), "name"),
        (("new", "scenario", "a\0b"), "is not the name of a file"),
        (("new", "scenario", "n" * 300), "too long"),
        (("completion",), "SHELL"),
        (("completion", "tcsh"), "powershell"),
        (("schema", "calm.yaml"), "is something else"),
        (("schema", "--experiment", "--for", "calm"), "either --experiment or --for"),
        (("schema", "."), "is something else"),
        (("schema", "no/where.json"), "there is no folder no"),
        (("schema", ""), "name of a file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], part: str
) -> None:
    assert part in fails(capsys, argv)
    assert sorted(p.name for p in here.iterdir()) == ["bold.yaml", "calm.yaml"]


def test_diff(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bold.yaml").write_text("extends: calm\nhorizon_months: 36\n")
    assert call("diff", "calm.yaml", "bold.yaml") == 0
    assert "1 value differs." in capsys.readouterr().out
    assert call("diff", "calm.yaml", "calm.yaml") == 0
    assert "Nothing differs." in capsys.readouterr().out
    assert call("diff", "calm.yaml", "bold.yaml", "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert [d["path"] for d in data["differences"]] == ["title", "horizon_months"]


def test_new_scenario(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("new", "scenario") == 0
    assert "cxsim describe my_scenario.yaml" in capsys.readouterr().out
    assert call("new", "scenario", "fewer-favours für alle") == 0
    said = capsys.readouterr().out
    for line in said.splitlines()[1:]:  # what it says to try works as it stands
        program, *argv = shlex.split(line)
        assert program == "cxsim"
        assert call(*argv) == 0
    assert "Fewer favours für alle" in capsys.readouterr().out
    assert call("new", "scenario", "-") == 0
    assert Scenario.from_yaml(capsys.readouterr().out).title == "My scenario"
    names = {p.name for p in here.iterdir()}
    assert names == {"bold.yaml", "calm.yaml", "my_scenario.yaml", "fewer-favours für alle.yaml", "results"}


def test_schema(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("schema") == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["properties"]["extends"]["examples"][0] == "baseline"
    file = here / "my schema.json"
    assert call("schema", "my schema.json") == 0
    assert "# yaml-language-server: $schema=my%20schema.json" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == shown
    file.write_text(shown.replace("baseline", "of an older version"))
    assert call("schema", "my schema.json") == 0
    assert file.read_text(encoding="utf-8") == shown
    assert sorted(p.name for p in here.iterdir()) == ["bold.yaml", "calm.yaml", "my schema.json"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("=comp", ["compare", "completion"]),
        ("new =", ["scenario", "experiment"]),
        ("run =bas", ["baseline"]),
        ("run =bo", ["bold.yaml"]),
        ("run =m", ["mutual_cross_functional", "mutual_siloed", "mine/", "my idea.yaml"]),
        ("run =mine/", ["mine/sub.yaml"]),
        ("run ='my", ["my idea.yaml"]),
        ("run =no/", []),
        ("run =parts/mut", ["parts/mutual"]),
        ("run calm.yaml =", []),
        ("compare calm.yaml =bo", ["bold.yaml"]),
        ("diff calm.yaml =bo", ["bold.yaml"]),
        ("diff calm.yaml bold.yaml =bo", []),
        ("run --rng 3 =bo", ["bold.yaml"]),
        ("run --rng =", []),
        ("run --out =m", ["mine/"]),
        ("run --quiet =--qu", []),
        ("compare calm.yaml =--r", ["--replications", "--rng"]),
        ("new scenario =", []),
        ("new experiment =", []),
        ("experiment =what", ["what_matters", "what_matters_most"]),
        ("experiment =bo", ["bold.yaml"]),
        ("experiment --status =m", ["mine/"]),
        ("completion =f", ["fish"]),
        ("claims =a1", ["A1", "A10", "A11", "A12", "A13"]),
        ("claims A1 =B18", ["B18"]),
        ("rum =", []),
    ],
)
def test_what_a_shell_offers(here: Path, capsys: pytest.CaptureFixture[str], typed: str, offered: list[str]) -> None:
    (here / "my idea.yaml").touch()
    (here / "mine").mkdir()
    for name in ("sub.yaml", "notes.txt", ".hidden.yaml"):
        (here / "mine" / name).touch()
    assert call("__complete", *typed.split(" ")) == 0
    assert capsys.readouterr().out.split("\n")[:-1] == offered


@pytest.mark.skipif(not shutil.which("bash") or os.name == "nt", reason="needs bash")
def test_completion_in_bash(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "calm idea.yaml").touch()
    assert call("completion", "bash") == 0
    script = capsys.readouterr().out
    run = f"""cxsim() {{ {shlex.quote(sys.executable)} -W error -m cxsim "$@"; }}
{script}
COMP_WORDS=(cxsim run 'calm\\ i'); COMP_CWORD=2; _cxsim; printf '<%s>' "${{COMPREPLY[@]}}"
COMP_WORDS=(cxsim ''); COMP_CWORD=1; _cxsim; printf '<%s>' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "-u", "-c", run], capture_output=True, text=True, check=True, cwd=here, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.startswith("<calm idea.yaml><run><compare>")
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_a_script_for_every_shell(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert call("completion", shell) == 0
    said = capsys.readouterr().out
    assert "cxsim __complete" in said
    assert said.isascii()


def test_a_new_file_is_whole_or_not_there(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    class Full(io.FileIO):
        def flush(self) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        Path, "open", lambda self, mode="r", **more: Full(self, "x") if "x" in mode else real(self, mode)
    )
    assert "No space left" in fails(capsys, ["new", "scenario"])
    assert sorted(p.name for p in here.iterdir()) == ["bold.yaml", "calm.yaml"]
