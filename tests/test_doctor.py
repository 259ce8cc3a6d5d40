"""``cxsim doctor``: what it finds wrong, what it removes, and that it never fails itself. The runs are invented."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numba
import pytest

from command_line import call
from cxsim.cli import fonts
from cxsim.engine import compiling

OLD = "steps-0123456789abcdef"


@pytest.fixture
def home(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine in order: an own cache, an own temporary folder, a model that answers at once."""
    for name, value in (("CXSIM_CACHE", "cache"), ("MPLCONFIGDIR", "fonts")):
        monkeypatch.setenv(name, str(here / value))
    temporary = here / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    monkeypatch.setattr("cxsim.running.available_threads", lambda: 4)
    compiling.cache_folder.cache_clear()
    yield here
    compiling.cache_folder.cache_clear()


def found(capsys: pytest.CaptureFixture[str], *argv: str, status: int = 0) -> dict[str, Any]:
    """What the doctor says in JSON, by the name of the check."""
    assert call("doctor", "--json", *argv) == status
    data = json.loads(capsys.readouterr().out)
    assert data["well"] == (status == 0)
    return {f["check"]: f for f in data["findings"]}


def wrong(findings: dict[str, Any]) -> list[str]:
    return [name for name, f in findings.items() if f["level"] == "wrong"]


def test_all_is_well(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    findings = found(capsys)
    assert {f["level"] for f in findings.values()} == {"ok"}
    assert findings["versions"]["facts"]["packages"]["numba"] == numba.__version__
    assert findings["processors"]["facts"] == {"processors": 4}
    assert Path(findings["cache"]["facts"]["folder"]).parent == home / "cache"
    assert findings["model"]["facts"]["compiled"]
    assert call("doctor") == 0
    said = capsys.readouterr().out
    assert said.endswith("\nAll is well.\n")
    assert max(map(len, said.splitlines())) <= 100
    assert sorted(p.name for p in home.iterdir()) == ["bold.yaml", "cache", "calm.yaml", "temporary"]


def test_caches_of_other_versions_are_told_and_removed_on_demand(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (OLD, "steps-of-mine", "other"):
        (home / "cache" / name / "below").mkdir(parents=True)
        (home / "cache" / name / "below" / "a.nbc").write_bytes(bytes(3_000_000))
    (home / "cache" / "steps-fedcba9876543210").symlink_to(home / "cache" / "other")
    findings = found(capsys)
    assert "3 MB; cxsim doctor --clean" in findings["old caches"]["text"]
    assert (findings["old caches"]["level"], findings["old caches"]["facts"]["bytes"]) == ("note", 3_000_000)
    own = Path(findings["cache"]["facts"]["folder"])
    findings = found(capsys, "--clean")
    assert findings["old caches"]["facts"]["removed"] == 1
    kept = {own.name, "steps-of-mine", "other", "steps-fedcba9876543210"}
    assert {p.name for p in (home / "cache").iterdir()} == kept
    assert (home / "cache" / "other" / "below" / "a.nbc").exists()
    assert found(capsys, "--clean")["old caches"]["text"] == "none"


def test_a_cache_that_cannot_be_written(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXSIM_CACHE", str(home / "calm.yaml"))
    compiling.cache_folder.cache_clear()
    findings = found(capsys, status=1)
    assert wrong(findings) == ["cache"]
    assert "set CXSIM_CACHE to a folder of your own" in findings["cache"]["text"]
    assert Path(findings["cache"]["facts"]["folder"]).is_relative_to(home / "temporary")
    if hasattr(os, "getuid"):  # a temporary folder that others can write to may hold anything
        (home / "temporary" / f"cxsim-{os.getuid()}").chmod(0o777)
        compiling.cache_folder.cache_clear()
        findings = found(capsys, status=1)
        assert "for this time only" in findings["cache"]["text"]
        assert Path(findings["cache"]["facts"]["folder"]).parent == home / "temporary"


def test_a_folder_that_cannot_be_written(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse)
    findings = found(capsys, status=1)
    assert wrong(findings) == ["folder"]
    assert "Permission denied" in findings["folder"]["text"]
    assert "--out" in findings["folder"]["text"]


def test_whatever_is_wrong_with_the_model_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise ImportError("numba needs another\nnumpy")

    monkeypatch.setattr(sys.modules["cxsim.model"], "simulate", broken)
    findings = found(capsys, status=1)
    assert findings["model"]["text"] == "the model does not run: ImportError: numba needs another numpy"
    assert call("doctor") == 1
    assert "WRONG model" in capsys.readouterr().out


def test_an_uncompiled_model_and_a_busy_machine(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    monkeypatch.setattr(os, "getloadavg", lambda: (9.0, 0.0, 0.0), raising=False)
    findings = found(capsys, status=1)
    assert wrong(findings) == ["cache", "a run"]
    assert "NUMBA_DISABLE_JIT" in findings["cache"]["text"]
    assert "keeps 9.0 busy" in findings["processors"]["text"]
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0), raising=False)
    monkeypatch.setattr("cxsim.running.available_threads", lambda: 1)
    assert found(capsys, status=1)["processors"]["level"] == "note"


def test_fonts_have_a_place(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert fonts.font_cache() is None, "MPLCONFIGDIR says where"
    monkeypatch.delenv("MPLCONFIGDIR")
    monkeypatch.setattr(fonts, "_own", lambda: iter([home / "writable" / "matplotlib"]))
    assert fonts.font_cache() is None
    monkeypatch.setattr(fonts, "_own", lambda: iter([home / "calm.yaml" / "matplotlib"]))
    assert found(capsys)["figures"]["level"] == "note"
    assert os.environ["MPLCONFIGDIR"] == str(compiling.cache_folder() / "matplotlib")
