"""How much of an experiment is still to be run, and how long that will take on this machine."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cxsim.running import available_threads
from cxsim.scenario import Scenario
from cxsim.studies.experiments.pace import seconds_per_run, told
from cxsim.studies.experiments.results import RUNS
from cxsim.studies.runs.parts import Family, Parts
from cxsim.studies.runs.tasks import Asked

if TYPE_CHECKING:
    from cxsim.studies.analyses.asked import Further
    from cxsim.studies.experiments.experiment import Experiment


_TRIED, _MOST_ARMS = 3, 4  # points that are tried, and arms at each


@dataclass(frozen=True)
class Outlook:
    """Runs of an experiment's design that are ``there`` already and that are ``left``, and what analyses ask for."""

    asked: Experiment
    there: int
    left: int
    further: tuple[tuple[str, Further | None], ...]
    workers: int

    @property
    def runs(self) -> int:
        """All that are left, those of analyses included."""
        return self.left + sum(f.runs for _, f in self.further if f)

    @cached_property
    def each(self) -> float:
        """Seconds that a run takes where ``workers`` processes share the work; short ones are made to measure it."""
        return _each(self.asked) / self.workers

    @property
    def seconds(self) -> float:
        """For all that is left."""
        return self.runs * self.each

    def said(self, seconds: float) -> str:
        """``about 4 min with 2 processes on this machine``."""
        return f"about {told(seconds)} with {self.workers} process{'es' * (self.workers > 1)} on this machine"


def outlook(
    asked: Experiment, folder: Path, workers: int | None = None, shard: tuple[int, int] | None = None
) -> Outlook:
    """What an experiment, or a ``shard`` of it, will take, given what its ``folder`` holds.

    What analyses ask for counts as still to be run, whether it is there or not.
    """
    from cxsim.studies.analyses.kinds import further

    keys = Asked(asked, asked.tasks(shard)).keys
    there = int(Parts(folder / RUNS).find(Family.of(asked), keys)[1].sum())
    n = workers or available_threads()
    more = () if shard else tuple((a.kind, further(a, asked)) for a in asked.analysis)
    return Outlook(asked, there, len(keys) - there, more, n)


def _size(asked: Experiment) -> float:
    """Customer-months of a run, in the mean over points and arms."""
    varied = {v.path: asked.points[:, k].mean() for k, v in enumerate(asked.vary) if len(asked.points)}
    sizes = [
        varied.get("customers", s.customers) * varied.get("horizon_months", s.horizon_months)
        for s in asked.arms.values()
    ]
    return float(np.mean(sizes))


def _each(asked: Experiment) -> float:
    """Seconds that a run takes by itself: at some points, or with default values where a run might be our end."""
    n, arms = len(asked.points), list(asked.arms)[:_MOST_ARMS]
    points = sorted({n * k // (_TRIED + 1) for k in range(1, _TRIED + 1)}) if n else []
    if points and not any(asked.arms[arm].code for arm in arms):
        with contextlib.suppress(Exception):  # which the runs themselves will tell
            tried = [asked.scenario(asked.task(point, arm)) for point in points for arm in arms]
            return seconds_per_run(tried) * _size(asked) / (tried[0].customers * tried[0].horizon_months)
    first = asked.arms[arms[0]]
    size = ("customers", first.customers, "employees", first.employees, "horizon_months", first.horizon_months)
    return seconds_per_run([Scenario.default().replace(*size)])
