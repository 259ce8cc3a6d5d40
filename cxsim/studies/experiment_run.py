"""Run an experiment: what its design asks, then what its analyses ask for, and find what is to be found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxsim import storage
from cxsim.api import check_whole
from cxsim.running import Progress
from cxsim.studies.analyses import analyse
from cxsim.studies.experiment import Experiment, Task
from cxsim.studies.experiment_read import read_experiment
from cxsim.studies.experiment_results import FINDINGS, RUNS, ExperimentResult, identity
from cxsim.studies.runner import Runner

if TYPE_CHECKING:
    import pandas as pd


def experiment(
    source: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    shard: tuple[int, int] | None = None,
    progress: Progress | None = None,
    most_runs: int | None = None,
    command: str = "",
) -> ExperimentResult:
    """Run an experiment (a file, the name of a shipped one, a mapping of that shape, or an Experiment) and analyse it.

    With ``out``, a folder, every run is kept as it is made, and none is made twice: whatever ends it, the same call
    goes on from there, and ``out`` holds the findings in the end. Without, nothing is written. ``workers`` is the
    number of processes, by default one per processor; ``scheduler`` the address of a Dask cluster; ``shard`` (3, 20) the
    third of twenty parts, which is run without being analysed. ``most_runs`` replaces what the file allows. Raises
    ScenarioError for an experiment that is wrong, ValueError for workers or a shard out of range, OutputError or
    StoreError for a folder that holds something else.
    """
    if workers is not None:
        check_whole("workers", workers, 1, 1024)
    if shard is not None:
        check_whole("the part", shard[0], 1, check_whole("parts", shard[1], 1, 100_000))
    asked = read_experiment(source, most_runs)
    folder = None if out is None else checked_folder(out, asked)
    with Runner(asked, folder and folder / RUNS, workers=workers, scheduler=scheduler, shard=shard) as runner:
        runs = runner(asked.tasks(), progress=progress)
        analyses = () if shard else asked.analysis
        findings = tuple(analyse(a, asked, runs, _With(runner, progress)) for a in analyses)
        result = ExperimentResult(asked, runs, findings, runner.failures())
    if folder and not shard:
        result.save(folder / FINDINGS, command)
    return result


def checked_folder(out: str | os.PathLike[str], experiment: Experiment) -> Path:
    """The folder of an experiment, if it may be written. Raises OutputError."""
    folder = storage.check(Path(out) / FINDINGS, identity(experiment)).parent
    foreign = [p.name for p in folder.iterdir() if p.name not in (RUNS, FINDINGS)] if folder.is_dir() else []
    foreign = [name for name in foreign if not name.startswith(".")]
    if foreign:
        raise storage.OutputError(f"{os.fspath(out)}: holds other things than an experiment; choose another folder")
    return folder


class _With:
    """A runner for analyses that ask for runs of their own, with the same progress."""

    def __init__(self, runner: Runner, progress: Progress | None) -> None:
        self.runner, self.progress = runner, progress

    def __call__(self, tasks: Iterable[Task], experiment: Experiment) -> pd.DataFrame:
        return self.runner(tasks, experiment, progress=self.progress)
