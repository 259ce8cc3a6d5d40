"""Run an experiment from a file or from Python: its design, what its analyses ask for, and the folder it leaves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxsim import storage
from cxsim.running import Progress
from cxsim.studies.experiments.experiment import Experiment
from cxsim.studies.experiments.read import read_experiment
from cxsim.studies.experiments.results import FINDINGS, RUNS, ExperimentResult, identity
from cxsim.studies.runs.folder import check_manifest
from cxsim.studies.runs.runner import run_experiment


def experiment(
    source: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    shard: tuple[int, int] | None = None,
    progress: Progress | None = None,
    most_runs: int | None = None,
    command: str = "",
    points: int | None = None,
    customers: int | None = None,
) -> ExperimentResult:
    """Run an experiment (a file, the name of a shipped one, a mapping of that shape, or an Experiment) and analyse it.

    With ``out``, a folder, every run is kept as it is made, and none is made twice: whatever ends it, the same call
    goes on from there, and ``out`` holds the findings in the end. Without, nothing is written. ``workers`` is the
    number of processes, by default one per processor; ``scheduler`` the address of a Dask cluster; ``shard`` (3, 20)
    the third of twenty parts, which is run without being analysed. ``most_runs`` replaces what the file allows,
    ``points`` the number of points of its design and ``customers`` those that are simulated, as a smaller or a larger
    study of the same questions. ``command`` is what the folder says that it came from.

    Raises ScenarioError for an experiment that is wrong, ValueError for workers or a shard out of range, OutputError or
    StoreError for a folder that holds something else or cannot be written, ClusterError for a scheduler that does not
    answer.
    """
    asked = read_experiment(source, most_runs, points, customers)
    folder = None if out is None else checked_folder(out, asked)
    result = run_experiment(asked, folder and folder / RUNS, workers, scheduler, shard, progress, command)
    if folder and result.complete:
        result.save(folder / FINDINGS, command)
    return result


def checked_folder(out: str | os.PathLike[str], asked: Experiment) -> Path:
    """The folder of an experiment, if it may be written. Raises StoreError or OutputError."""
    check_manifest(Path(out) / RUNS, asked)  # first, as it knows what differs
    folder = storage.check(Path(out) / FINDINGS, identity(asked)).parent
    names = [p.name for p in folder.iterdir()] if folder.is_dir() else []
    if any(name not in (RUNS, FINDINGS) and not name.startswith(".") for name in names):
        raise storage.OutputError(f"{os.fspath(out)}: holds other things than an experiment; choose another folder")
    return folder
