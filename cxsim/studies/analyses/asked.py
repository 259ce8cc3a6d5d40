"""What analyses that ask for runs of their own have in common: settings, sampled worlds, and the asking.

Such an analysis makes an experiment of its own out of the one that it belongs to and has it run. All arms and points
of it share their luck. What it asks follows from the settings and the seed alone: a study that was stopped asks the
same again, and finds in the store what has been run.
"""

from __future__ import annotations

import hashlib
import math
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxsim.measures import MEASURES
from cxsim.scenario_check import SETTINGS, bounds, show, unknown
from cxsim.studies.analyses.findings import quantity
from cxsim.studies.experiments.experiment import Experiment, Task, Varied
from cxsim.studies.quantities import Quantity
from cxsim.worlds import draw, variable
from cxsim.yaml_source import ScenarioError, fail, shorten

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.parameters import Parameter
    from cxsim.scenario import Scenario

Array = NDArray[np.float64]


class Runner(Protocol):
    """Runs tasks of an experiment, or takes from a store what has been run: one row a task, in their order."""

    def __call__(self, tasks: Iterable[Task], experiment: Experiment) -> pd.DataFrame:
        """Columns are those of the task, the varied paths, and ``experiment.columns``; nan where a run failed."""
        ...


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
    runner: Runner, experiment: Experiment, arms: Sequence[str], vary: Sequence[Varied], rows: Array, worlds: Worlds,
    n: int, rng: int,
) -> dict[str, Array]:
    """Run ``arms`` at ``rows`` of values in all worlds: measure -> (rows, worlds, arms, replications).

    Every world has ``n`` replications of its own, the same in all rows and arms: no luck is shared by all worlds.
    """
    own = replace(
        experiment, arms={name: experiment.arms[name] for name in arms}, vary=(*vary, *worlds.vary),
        points=worlds.at(rows), replications=n, rng=rng, common_random_numbers=True, analysis=(),
    )

    def tasks() -> Iterator[Task]:
        for point, values in enumerate(own.points.tolist()):
            first = point % len(worlds) * n
            for arm in arms:
                for replication in range(first, first + n):
                    yield Task(point, arm, replication, rng, tuple(values))

    runs = runner(tasks(), own)
    shape = (len(rows), len(worlds), len(arms), n)
    return {name: runs[name].to_numpy(dtype=np.float64).reshape(shape) for name in own.columns}


def in_words(quantity: Quantity) -> str:
    """What a quantity is called within a sentence."""
    if quantity.title == MEASURES["retention_12_months"].title:
        return "the share of customers kept"
    return quantity.title[:1].lower() + quantity.title[1:]


def direction(experiment: Experiment, column: str) -> float:
    """1 where more of a column is better, -1 where less is, 0 where that depends."""
    name = quantity(experiment, column).name
    better = MEASURES[name].better if name in MEASURES else ""
    return {"higher": 1.0, "lower": -1.0, "": 0.0}[better]


class Given:
    """The settings of an analysis of a ``kind``, taken one by one. Every method raises ScenarioError."""

    def __init__(self, experiment: Experiment, kind: str, settings: Mapping[str, Any], known: Iterable[str]) -> None:
        self.experiment, self.kind, self.settings = experiment, kind, settings
        for key in settings:
            if key not in (known := tuple(known)):
                fail(None, kind, unknown(str(key), known))

    def __contains__(self, key: str) -> bool:
        return self.settings.get(key) is not None

    def place(self, key: str) -> str:
        """Where a setting stands, for a message."""
        return f"{self.kind}.{key}"

    def number(self, key: str, default: float, p: Parameter | None = None) -> float:
        """A number, within the bounds of ``p`` if that is given."""
        value = self.settings[key] if key in self else default
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
            fail(None, self.place(key), f"expected a number, got {shorten(str(value))}")
        if p and not p.low <= float(value) <= p.high:
            fail(None, self.place(key), f"{show(float(value))} is outside {bounds(p)}")
        return float(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number between two others."""
        value = self.number(key, default)
        if not value.is_integer() or not low <= value <= high:
            fail(None, self.place(key), f"expected a whole number from {low} to {high:,}, got {show(value)}")
        return int(value)

    def truth(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.settings[key] if key in self else default
        if not isinstance(value, bool):
            fail(None, self.place(key), f"expected true or false, got {shorten(str(value))}")
        return value

    def arm(self, key: str, default: str) -> str:
        """The name of an arm."""
        return self._one_of(key, str(self.settings[key]) if key in self else default, self.experiment.arms)

    def measure(self, key: str, name: object) -> str:
        """The name of a measure or reading."""
        return self._one_of(key, str(name), self.experiment.columns)

    def path(self, key: str, path: object, arms: Iterable[str]) -> Parameter:
        """The parameter at a path, which all of ``arms`` have."""
        found: list[Parameter] = []
        for arm in arms:
            if str(path) in SETTINGS:
                fail(None, self.place(key), f"{path} is a setting of the simulation; name a path of world or policy")
            try:
                found.append(self.experiment.arms[arm].catalogue.parameter(str(path)))
            except ScenarioError as error:
                fail(None, self.place(key), str(error))
        return found[0]

    def ends(self, key: str, p: Parameter, low: object, high: object) -> tuple[float, float]:
        """A range within the bounds of a parameter; an end that is None is that of its own range."""
        first, last = p.range or (p.low, p.high)
        ends = []
        for value, default in ((low, first), (high, last)):
            ends.append(Given(self.experiment, self.kind, {key: value}, [key]).number(key, default, p))
        if not ends[0] < ends[1]:
            fail(None, self.place(key), f"the range from {show(ends[0])} to {show(ends[1])} is empty")
        if p.integer and not (ends[0].is_integer() and ends[1].is_integer()):
            fail(None, self.place(key), f"the ends must be whole numbers ({p.unit})")
        return ends[0], ends[1]

    def _one_of(self, key: str, name: str, choices: Iterable[str]) -> str:
        if name not in (known := tuple(choices)):
            fail(None, self.place(key), unknown(name, known))
        return name
