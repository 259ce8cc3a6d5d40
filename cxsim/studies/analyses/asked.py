"""What analyses that ask for runs of their own have in common: sampled worlds, and the asking.

Such an analysis makes an experiment of its own out of the one that it belongs to and has it run. All arms and points
of it share their luck. What it asks follows from the settings and the seed alone: a study that was stopped asks the
same again, and finds in the store what has been run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cxsim.measures import MEASURES
from cxsim.studies.analyses.findings import Runs, lower, quantity
from cxsim.studies.experiments.experiment import Experiment, Task, Varied
from cxsim.studies.quantities import Quantity
from cxsim.worlds import draw, variable
from cxsim.yaml_source import fail

if TYPE_CHECKING:
    from cxsim.parameters import Parameter
    from cxsim.scenario import Scenario

Array = NDArray[np.float64]


class TaskRunner(Protocol):
    """Runs tasks of an experiment, or takes from a store what has been run: one row a task, in their order."""

    def __call__(self, tasks: Iterable[Task], experiment: Experiment) -> Runs:
        """Columns are those of the task, the varied paths, and ``experiment.columns``; nan where a run failed."""
        ...


class Further(NamedTuple):
    """Runs that an analysis asks for besides those of the design, as far as that is known beforehand."""

    bound: Literal["at least", "at most"]
    runs: int


def seed_for(rng: int, what: str) -> int:
    """A seed of its own for ``what``, from that of the experiment: SHA-256 of both, 63 bits."""
    word = hashlib.sha256(f"{rng} {what}".encode()).digest()
    return int.from_bytes(word[:8], "little") >> 1


@dataclass(frozen=True)
class Worlds:
    """Sampled worlds: the assumptions ``drawn``, (worlds, assumptions). One world without any stands for none."""

    vary: tuple[Varied, ...] = ()
    drawn: Array = field(default_factory=lambda: np.empty((1, 0)))

    def __len__(self) -> int:
        return len(self.drawn)

    @property
    def paths(self) -> tuple[str, ...]:
        """The assumptions drawn."""
        return tuple(v.path for v in self.vary)

    def at(self, rows: Array) -> Array:
        """Every row of values in every world, the world fastest: (rows x worlds, values and assumptions)."""
        return np.hstack([np.repeat(rows, len(self), axis=0), np.tile(self.drawn, (len(rows), 1))])


def sample(arms: Sequence[Scenario], n: int, rng: int, key: str, without: str = "") -> Worlds:
    """``n`` worlds: each draws every assumption that all arms leave open, but for the path ``without``.

    Raises ScenarioError, at ``key``, where nothing is left open.
    """
    parameters = {path: p for path, p in variable(arms)[0].items() if path != without}
    if not parameters:
        fail(None, key, "the arms set every assumption that has a plausible range: no world can be sampled")
    return Worlds(tuple(varied(path, p, p.range) for path, p in parameters.items()), draw(parameters, n, rng))


def varied(path: str, p: Parameter, ends: tuple[float, float] | None = None) -> Varied:
    """A path that varies over ``ends``, else over its plausible range, else over all that is possible."""
    low, high = ends or p.range or (p.low, p.high)
    scale = p.scale if low > 0 else "linear"
    return Varied(path, float(low), float(high), p.unit, scale, p.integer)


def ask(
    runner: TaskRunner, experiment: Experiment, arms: Sequence[str], vary: Sequence[Varied], rows: Array,
    worlds: Worlds, n: int, rng: int, measures: Sequence[str],
) -> dict[str, Array]:
    """Run ``arms`` at ``rows`` of values in all worlds: some measures, each (rows, worlds, arms, replications).

    Every world has ``n`` replications of its own, the same in all rows and arms: no luck is shared by all worlds.
    """
    own = replace(
        experiment, arms={name: experiment.arms[name] for name in arms}, vary=(*vary, *worlds.vary),
        points=worlds.at(rows), replications=n, rng=rng, common_random_numbers=True, analysis=(),
    )

    def tasks() -> Iterator[Task]:
        for point, row in enumerate(own.points):
            first, values = point % len(worlds) * n, tuple(row.tolist())
            for arm in arms:
                for replication in range(first, first + n):
                    yield Task(point, arm, replication, rng, values)

    runs = runner(tasks(), own)
    shape = (len(rows), len(worlds), len(arms), n)
    return {name: np.asarray(runs[name], np.float64).reshape(shape) for name in measures}


def in_words(quantity: Quantity) -> str:
    """What a quantity is called within a sentence."""
    if quantity.title == MEASURES["retention_12_months"].title:
        return "the share of customers kept"
    return lower(quantity.title)


def direction(experiment: Experiment, column: str) -> float:
    """1 where more of a column is better, -1 where less is, 0 where that depends."""
    name = quantity(experiment, column).name
    better = MEASURES[name].better if name in MEASURES else ""
    return {"higher": 1.0, "lower": -1.0, "": 0.0}[better]
