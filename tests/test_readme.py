"""What the README says, runs: its commands, its Python, and the files it shows, in order in one folder.

Blocks marked ``command: main`` and ``command: test`` are the promises, run word for word by ``.ci/run``; here the
first is run small.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages import ROOT, blocks, cxsim, python, run_in_order

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = blocks("README.md")


def promise(name: str) -> str:
    """The command of the block marked ``command: name``, which must be one line."""
    (text,) = [text for mark, _, text in BLOCKS if mark == f"command: {name}"]
    assert text.count("\n") == 1, "one command"
    return text.strip()


def test_promises_are_one_command_each() -> None:
    for name in ("main", "test"):
        assert promise(name).startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert promise("test").endswith("&& .venv/bin/python -m pytest -q")


@pytest.mark.end_to_end
def test_first_promise_run_small(tmp_path: Path) -> None:
    command = promise("main").split("&&")[-1].strip().removeprefix(".venv/bin/")
    shown = cxsim(f"{command} --replications 2 --customers 300", tmp_path)
    assert "luck only" in shown
    left = {path.suffix for path in (tmp_path / "results" / "square").rglob("*")}
    assert {".svg", ".png", ".parquet", ".csv", ".yaml", ".json"} <= left


@pytest.mark.end_to_end
def test_the_rest_runs_in_order(tmp_path: Path) -> None:
    assert run_in_order("README.md", tmp_path) >= 8, "the README has lost its examples"


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:|#)([^)#\s]+)", README))))
def test_links_lead_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_first_screen_is_whole() -> None:
    first_screen = README.split("## For the strategist")[0]
    assert "<!-- FILL" not in first_screen, "the figure and the table are still to be put in"
    assert re.search(r"!\[[^\]]{20,}\]\(", first_screen), "one figure, with words for those who cannot see it"
    assert "When not to use it" in first_screen


@pytest.mark.end_to_end
def test_first_screen_is_true() -> None:
    python(str(ROOT / "docs" / "square.py"), "--check", folder=ROOT)
