"""An experiment: arms, what varies between its runs, a design of points, and what is asked of the runs.

A point gives every varied path a value; all arms are run at every point, each so many times. With common random numbers
(the default) replication ``k`` has the same people and the same luck in every arm and at every point.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.measures import MEASURES
from cxsim.scenario import Scenario
from cxsim.studies.quantities import Reading

Array = NDArray[np.float64]
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Varied:
    """A path that varies from ``low`` to ``high``, in ``unit``; ``scale`` "log" is even in its logarithm."""

    path: str
    low: float
    high: float
    unit: str = ""
    scale: str = "linear"
    integer: bool = False


@dataclass(frozen=True)
class Design:
    """How points are laid: ``kind`` is one of :data:`cxsim.studies.designs.KINDS`, with its settings."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Analysis:
    """A question asked of the runs: its ``kind``, and its settings, checked."""

    kind: str
    settings: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


class Task(NamedTuple):
    """One run: an arm at a point; ``values`` are those of the varied paths, in their order."""

    point: int
    arm: str
    replication: int
    rng: int
    values: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Experiment:
    """Arms by name, varied paths, and the ``points`` of the design, (points, paths), in the parameters' units.

    ``readings`` are taken of every run besides all measures of MEASURES; ``measures`` are those that are shown first.
    """

    title: str
    arms: Mapping[str, Scenario]
    vary: tuple[Varied, ...]
    points: Array
    design: Design
    replications: int = 1
    rng: int = 1
    common_random_numbers: bool = True
    measures: tuple[str, ...] = ("npv",)
    readings: tuple[Reading, ...] = ()
    analysis: tuple[Analysis, ...] = ()
    question: str = ""
    description: str = ""
    name: str = "experiment"

    @property
    def paths(self) -> tuple[str, ...]:
        """The varied paths."""
        return tuple(v.path for v in self.vary)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what every run yields: all measures, then the readings."""
        return (*MEASURES, *map(str, self.readings))

    @cached_property
    def n_runs(self) -> int:
        """Runs of the design; adaptive analyses ask for more."""
        return len(self.points) * len(self.arms) * self.replications

    def tasks(self) -> Iterator[Task]:
        """All runs of the design, point by point."""
        for point, row in enumerate(self.points.tolist()):
            for arm in self.arms:
                for replication in range(self.replications):
                    yield Task(point, arm, replication, self.seed(point, arm), tuple(row))

    def seed(self, point: int, arm: str) -> int:
        """The seed of an arm at a point: the experiment's own, or one by itself without common random numbers."""
        if self.common_random_numbers:
            return self.rng
        word = hashlib.sha256(f"{self.rng} {point} {arm}".encode()).digest()
        return int.from_bytes(word[:8], "little") >> 1  # seeds go to 2**63 - 1
