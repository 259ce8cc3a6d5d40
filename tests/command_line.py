"""The command line for tests: in this process, and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import cxsim
from cxsim import cli

ROOT = Path(cxsim.__file__).parents[1]


def python(*args: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python with warnings as errors, the package importable from any folder."""
    full = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
    return subprocess.run(
        [sys.executable, "-W", "error", *args],
        capture_output=True,
        encoding="utf-8",
        env=full,
        cwd=cwd,
        check=False,
        timeout=300,
    )


def call(*argv: str) -> int:
    """Exit status of the command line, whichever way it ends."""
    try:
        return cli.main(argv)
    except SystemExit as stop:
        return int(stop.code or 0)


def fails(capsys: pytest.CaptureFixture[str], argv: Sequence[str]) -> str:
    """The one line that a wrong command leaves; nothing else may be said or written."""
    assert call(*argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert said.err.startswith("cxsim: ")
    return said.err
