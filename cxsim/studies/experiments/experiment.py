"""An experiment: arms, what varies between its runs, a design of points, and what is asked of the runs.

A point gives every varied path a value; all arms are run at every point, each so many times. With common random numbers
(the default) replication ``k`` has the same people and the same luck in every arm and at every point.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.measures import MEASURES
from cxsim.parameters import Scale
from cxsim.record import RESULTS_VERSION, Record
from cxsim.scenario import Scenario
from cxsim.scenario_check import SETTINGS, bounds, show
from cxsim.scenario_timeline import Frozen, check_timeline
from cxsim.studies.quantities import QUANTITIES, Reading
from cxsim.yaml_source import fail

Array = NDArray[np.float64]
_NOTHING: Mapping[str, Any] = Frozen({})

ABOUT = {
    "point": ("number", "point of the design, from 0"),
    "arm": ("name", "arm of the experiment"),
    "replication": ("number", "from 0; the same replication has the same people and the same luck in every arm"),
    "rng": ("number", "seed of the run"),
}
"""Unit and meaning of the columns with which every row of runs begins."""


@dataclass(frozen=True)
class Varied:
    """A path that varies from ``low`` to ``high``, in ``unit``; ``scale`` "log" is even in its logarithm.

    It varies in the arms of ``arms`` and keeps its value in others; none named means all.
    """

    path: str
    low: float
    high: float
    unit: str = ""
    scale: Scale = "linear"
    integer: bool = False
    arms: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """Its column in a table of runs: the path, and ``customers_simulated``, as ``customers`` is a measure too."""
        return f"{self.path}_simulated" if self.path in MEASURES else self.path


@dataclass(frozen=True)
class Design:
    """How points are laid: ``kind`` is one of :data:`cxsim.studies.experiments.designs.KINDS`, with its settings."""

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


@dataclass(frozen=True, eq=False, repr=False)
class Experiment:
    """Arms by name, varied paths, and the ``points`` of the design, (points, paths), in the parameters' units.

    ``readings`` are taken of every run besides all measures of MEASURES; ``measures`` are those that are shown first.
    Raises ScenarioError for arms or paths that there are not, and for values that a scenario may not have.
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

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != len(self.vary):
            fail(None, "points", f"expected a column for each of {len(self.vary)} varied paths: {self.points.shape}")
        if not self.arms:
            fail(None, "arms", "holds no arm")
        for k, v in enumerate(self.vary):
            for arm in self._arms_of(v):
                self._check(self.arms[arm], v.path, self.points[:, k])

    def _arms_of(self, varied: Varied) -> list[str]:
        """The arms in which a path varies."""
        return [arm for arm in self.arms if not varied.arms or arm in varied.arms]

    @staticmethod
    def _check(scenario: Scenario, path: str, values: Array) -> None:
        """Refuse values that the scenario may not have."""
        p = SETTINGS[path] if path in SETTINGS else scenario.catalogue.parameter(path)
        if not len(values):
            return
        low, high = float(values.min()), float(values.max())
        for value in (low, high):
            if not p.low <= value <= p.high:  # not a number is refused too
                fail(None, path, f"{show(value)} is outside {bounds(p)}")
        if p.integer and (values != np.floor(values)).any():
            fail(None, path, f"holds a value that is not a whole number ({p.unit})")
        if path == "horizon_months":
            check_timeline(scenario.timeline, int(low), len(scenario.rivals), [None] * len(scenario.timeline))

    def __repr__(self) -> str:
        return f"<Experiment {self.name}: {self.n_runs} runs, arms {', '.join(self.arms)}, {len(self.vary)} paths vary>"

    @property
    def paths(self) -> tuple[str, ...]:
        """The varied paths."""
        return tuple(v.path for v in self.vary)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what every run yields: all measures, then the readings, such as ``npv_year_3``."""
        return (*MEASURES, *(r.name for r in self.readings))

    def units(self) -> dict[str, tuple[str, str]]:
        """Unit and meaning of every column of the table of runs, in order."""
        about = dict(ABOUT)
        about |= {v.column: (v.unit, "value at the point") for v in self.vary}
        about |= {name: (m.unit, m.title) for name, m in MEASURES.items()}
        return about | {r.name: (QUANTITIES[r.measure].unit, str(r)) for r in self.readings}

    def read(self, record: Record) -> list[float]:
        """What is taken of a run, in the order of ``columns``."""
        return [*(measure(record) for measure in MEASURES.values()), *(reading(record) for reading in self.readings)]

    @cached_property
    def n_runs(self) -> int:
        """Runs of the design; adaptive analyses ask for more."""
        return len(self.points) * len(self.arms) * self.replications

    def tasks(self, shard: tuple[int, int] | None = None) -> Iterator[Task]:
        """All runs of the design, point by point; or of a ``shard``, (3, 20) being the third of twenty."""
        part, parts = shard or (1, 1)
        for point in range(part - 1, len(self.points), parts):
            for arm in self.arms:
                first = self.task(point, arm)
                yield first
                for replication in range(1, self.replications):
                    yield first._replace(replication=replication)

    def task(self, point: int, arm: str, replication: int = 0) -> Task:
        """One of them."""
        return Task(point, arm, replication, self.seed(point, arm), tuple(self.points[point].tolist()))

    def seed(self, point: int, arm: str) -> int:
        """The seed of an arm at a point: the experiment's own, or one by itself without common random numbers."""
        if self.common_random_numbers:
            return self.rng
        word = hashlib.sha256(f"{self.rng} {point} {arm}".encode()).digest()
        return int.from_bytes(word[:8], "little") >> 1  # seeds go to 2**63 - 1

    def scenario(self, task: Task) -> Scenario:
        """What a task runs: its arm with the values of the point put in."""
        arm = self.arms[task.arm]
        new: dict[str, Any] = {"replications": 1}
        for (side, heading), places in self._places[task.arm].items():
            if not side:
                new |= {name: int(task.values[k]) for name, k in places}
                continue
            values = new.get(side) or getattr(arm, side)
            changed = {**values[heading], **{name: task.values[k] for name, k in places}}
            new[side] = Frozen({**values, heading: Frozen(changed)})
        return replace(arm, **new)

    @cached_property
    def _places(self) -> dict[str, dict[tuple[str, str], list[tuple[str, int]]]]:
        """Of every arm the names that vary by side and heading, and where their values stand; settings have neither."""
        found: dict[str, dict[tuple[str, str], list[tuple[str, int]]]] = {arm: {} for arm in self.arms}
        for k, v in enumerate(self.vary):
            side, heading, name = v.path.split(".") if "." in v.path else ("", "", v.path)
            for arm in self._arms_of(v):
                found[arm].setdefault((side, heading), []).append((name, k))
        return found

    @cached_property
    def hash(self) -> str:
        """12 hexadecimal digits of what it asks: arms, what varies and how, seed, readings and results version.

        The numbers of points and replications, what is shown and what is analysed are left out: an experiment that
        grows or is asked something else goes on with the runs that it has.
        """
        content = {
            "arms": [(name, s.hash) for name, s in self.arms.items()],
            "vary": [(v.path, v.low, v.high, v.scale, v.arms) for v in self.vary],
            "design": self.design.kind,
            "rng": self.rng,
            "common_random_numbers": self.common_random_numbers,
            "readings": [r.name for r in self.readings],
            "results_version": RESULTS_VERSION,
        }
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]
