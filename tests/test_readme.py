"""What the README says, runs: its commands, its Python, and the files it shows, in order in one folder.

A comment above a block says what to do with it: ``command: main`` and ``command: test`` are the promises
(run word for word by ``.ci/run``; here the first is run small), ``file: NAME`` is written to that name
for the blocks after it, and ``setup`` is left alone. Every other block of ``sh`` or ``python`` is run as
it stands.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)
BLOCKS = [(m["mark"] or "", m["kind"], m["text"]) for m in BLOCK.finditer(README)]
CXSIM = "import sys; from cxsim.cli import main; sys.exit(main())"


def promise(name: str) -> str:
    """The command of the block marked ``command: name``, which must be one line."""
    (text,) = [text for mark, _, text in BLOCKS if mark == f"command: {name}"]
    assert text.count("\n") == 1, "one command"
    return text.strip()


def python(*arguments: str, folder: Path) -> str:
    """Standard output of a fresh interpreter in ``folder``, warnings being errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments], cwd=folder, capture_output=True, text=True, check=False,
        timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def cxsim(command: str, folder: Path) -> str:
    """Run one command line that begins with cxsim; its standard output."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "cxsim", f"mark this block as setup, or begin it with cxsim: {command}"
    return python("-c", CXSIM, *arguments, folder=folder)


def test_promises_are_one_command_each() -> None:
    for name in ("main", "test"):
        assert promise(name).startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert promise("test").endswith("&& .venv/bin/python -m pytest -q")


def test_first_promise_run_small(tmp_path: Path) -> None:
    command = promise("main").split("&&")[-1].strip().removeprefix(".venv/bin/")
    shown = cxsim(f"{command} --replications 2 --customers 300", tmp_path)
    assert "luck only" in shown
    left = {path.suffix for path in (tmp_path / "results" / "square").rglob("*")}
    assert {".svg", ".png", ".parquet", ".csv", ".yaml", ".json"} <= left


def test_the_rest_runs_in_order(tmp_path: Path) -> None:
    ran = 0
    for mark, kind, text in BLOCKS:
        if mark.startswith("file: "):
            (tmp_path / mark.removeprefix("file: ")).write_text(text, encoding="utf-8")
        elif mark == "setup" or mark.startswith("command: "):
            continue
        elif kind == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                if shlex.split(line, comments=True):
                    cxsim(line, tmp_path)
                    ran += 1
        elif kind == "python":
            python("-c", text, folder=tmp_path)
            ran += 1
    assert ran >= 8, "the README has lost its examples"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#\s]+)", README))))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_first_screen_is_whole() -> None:
    first_screen = README.split("## For the strategist")[0]
    assert "<!-- FILL" not in first_screen, "the figure and the table are still to be put in"
    assert re.search(r"!\[[^\]]{20,}\]\(", first_screen), "one figure, with words for those who cannot see it"
    assert "When not to use it" in first_screen


def test_first_screen_is_true() -> None:
    python(str(ROOT / "docs" / "square.py"), "--check", folder=ROOT)
