"""What is shown while runs are made: a whole that is known beforehand, by name, and the time that is left."""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cxsim.cli.progress import Progress
from cxsim.studies.analyses.kinds import further
from cxsim.studies.experiments.experiment import Analysis
from cxsim.studies.runs.runner import run_experiment
from experiments_small import RATE, SHARE, small


class Seen:
    """Keeps what it is told: for every stage the counts."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, list[tuple[int, int]]]] = [("", [])]

    def begin(self, what: str) -> None:
        self.stages.append((what, []))

    def __call__(self, done: int, total: int) -> None:
        self.stages[-1][1].append((done, total))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("optimise", {"levers": [SHARE], "budget_runs": 70, "replications": 1, "held_out_worlds": 4}),
        ("break_even", {"path": RATE, "points": 3, "replications": 2, "tolerance_share": 0.25}),
    ],
)
def test_runs_of_an_analysis_count_as_a_whole(kind: str, settings: Mapping[str, Any], tmp_path: Path) -> None:
    asked = replace(small(2, replications=1), analysis=(Analysis(kind, settings),))
    first, again = Seen(), Seen()
    run_experiment(asked, tmp_path / "s", workers=1, progress=first)
    (_, design), (what, counts) = first.stages
    assert design[0] == (0, 4) and design[-1] == (4, 4) and what == kind.replace("_", " ")
    more = further(asked.analysis[0], asked)
    assert more
    done, totals = [at[0] for at in counts], [at[1] for at in counts]
    assert done == sorted(done) and done[-1] <= totals[-1] and totals == sorted(totals)
    assert totals[0] == more.runs and (totals[-1] == more.runs if more.bound == "at most" else done[-1] >= more.runs)
    run_experiment(asked, tmp_path / "s", workers=1, progress=again)
    assert [counts for _, counts in again.stages] == [[], []]


def test_what_is_there_already_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    shown.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setattr("cxsim.cli.progress.announce_compiling", lambda: None)
    with Progress(argparse.Namespace(quiet=False)) as progress:
        now = 0.0
        progress._clock = lambda: now
        progress(0, 10)
        progress.begin("optimise")
        progress(100, 300)
        now = 10.0
        progress(150, 300)
    bars = [bar.strip() for bar in shown.getvalue().split("\r") if "runs" in bar]
    assert bars[0].startswith("[---") and bars[1].startswith("optimise: [##########---")
    assert bars[-1].endswith("150/300 runs, 30 s left"), "fifty in ten seconds, so that 150 take thirty"
