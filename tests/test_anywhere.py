"""The command works wherever it is called: odd names, a home that cannot be written, a locale that knows ASCII only."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command_line import call, fails, python
from cxsim.engine import compiling

SMALL = "customers: 200\nhorizon_months: 15\nreplications: 2\n"
ADVERSE = {"HOME": "/dev/null", "LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.skipif(os.name == "nt", reason="locales and homes of POSIX")
def test_the_real_model_under_adverse_conditions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "a folder" / "Zwölf 値"
    folder.mkdir(parents=True)
    (folder / "Ärger über Öl.yaml").write_text(f"title: Ärger €\n{SMALL}", encoding="utf-8")
    (folder / "other.yaml").write_text("extends: Ärger über Öl\ntitle: Other\n", encoding="utf-8")
    cache = {"CXSIM_CACHE": str(compiling.cache_folder().parent)}  # compiled already
    asked = ["compare", "Ärger über Öl.yaml", "other.yaml", "--out", "mein ergebnis/Ü"]
    done = python("-m", "cxsim", *asked, env=ADVERSE | cache, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "neither Python nor matplotlib complains"
    assert done.stdout.isascii()
    results = folder / "mein ergebnis" / "Ü"
    assert "Ärger €" in (results / "provenance.json").read_text(encoding="utf-8")
    assert (results / "summary.csv").read_text(encoding="utf-8-sig").startswith("arm,measure,unit,mean")
    assert pq.read_table(results / "months.parquet").num_rows == 2 * 2 * 15 * 2
    (resolved,) = (p for p in (results / "resolved").iterdir() if p.stem != "other")
    again = python("-m", "cxsim", "describe", str(resolved), cwd=folder)
    assert "Ärger €" in again.stdout
    assert again.returncode == 0, again.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes")
def test_a_name_that_is_no_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"b\xffad.yaml")
    (here / name).write_text("extends: calm\n")
    assert call("compare", name, "calm.yaml", "--replications", "2", "--out", os.fsdecode(b"o\xffut")) == 0
    capsys.readouterr()
    kept = json.loads((here / os.fsdecode(b"o\xffut") / "provenance.json").read_text(encoding="utf-8"))
    assert kept["command"].startswith("cxsim compare 'b\udcffad.yaml'")
    assert kept["scenarios"][0]["name"] == "b?ad"
    assert call("compare", name, "calm.yaml", "--replications", "2", "--out", os.fsdecode(b"o\xffut")) == 0
    capsys.readouterr()
    assert "did you mean" in fails(capsys, ["describe", name.removesuffix("l")])


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed")
def test_a_folder_that_is_gone(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    gone = here / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    for argv in (["run", "baseline"], ["new", "scenario"], ["schema", "x.json"], ["describe", "x.yaml"]):
        fails(capsys, argv)
    for argv in (["list"], ["describe", "baseline"], ["schema"]):
        assert call(*argv) == 0
    monkeypatch.chdir(here)


def test_what_is_compiled_from_an_odd_place_is_not_kept() -> None:
    def step(x):  # type: ignore[no-untyped-def]
        x[0] = 2.0

    step.__code__ = step.__code__.replace(co_filename="/a\udcfc/step.py")
    x = [1.0]
    compiling.compiled_step(step).py_func(x)
    assert x == [2.0]
