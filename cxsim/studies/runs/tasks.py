"""The runs that are asked for, in little memory, each with the key of its content; and what a worker makes of them."""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
import time
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import cloudpickle
import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Column, Labels
from cxsim.record import RESULTS_VERSION
from cxsim.studies.experiments.experiment import ABOUT, Experiment, Task
from cxsim.studies.runs.parts import Keys
from cxsim.studies.runs.store import Failure
from cxsim.version import __version__

Array = NDArray[np.float64]

ALL = slice(None)
_SPEED, _WARM_UP_MONTHS = 1e7, 24  # customer-months a second, until it has been measured


class Asked:
    """Tasks of an experiment, in their order; ``keys`` (tasks,) are alike where runs are.

    A run is the arm with the values put into it, its seed, its replication and the version of results.
    """

    def __init__(self, experiment: Experiment, tasks: Iterable[Task]) -> None:
        self.experiment, self._arms = experiment, list(experiment.arms)
        self._point, self._arm, self._row, self._replication, self._rng, keys = (array(c) for c in "qqqqqQ")
        self._values = array("d")  # of every point, one after another
        heads = {arm: _head(experiment, arm) for arm in self._arms}
        numbers = {arm: k for k, arm in enumerate(self._arms)}
        last: tuple[float, ...] | None = None
        n_points = 0
        for task in tasks:
            if task.values != last:
                self._values.extend(last := task.values)
                n_points += 1
                with_values: dict[str, Any] = {}
            if task.arm not in with_values:
                head, applied = heads[task.arm]
                head = head.copy()
                head.update(struct.pack(f"<{len(applied)}d", *(last[k] + 0.0 for k in applied)))  # -0 is 0
                with_values[task.arm] = head
            content = with_values[task.arm].copy()
            content.update(struct.pack("<qq", task.rng, task.replication))
            keys.append(int.from_bytes(content.digest(), "little"))
            self._point.append(task.point)
            self._arm.append(numbers[task.arm])
            self._row.append(n_points - 1)
            self._replication.append(task.replication)
            self._rng.append(task.rng)
        self.keys: Keys = np.array(keys, np.uint64)

    def __len__(self) -> int:
        return len(self.keys)

    def task(self, k: int) -> Task:
        """The task in a place."""
        arm, values = self._arms[self._arm[k]], self._values_at(k)
        return Task(self._point[k], arm, self._replication[k], self._rng[k], tuple(values))

    def _values_at(self, k: int) -> array[float]:
        n = len(self.experiment.vary)
        return self._values[n * self._row[k] : n * (self._row[k] + 1)]

    def same_point(self, k: int, other: int) -> bool:
        """Whether the tasks in two places have the same values."""
        return self._row[k] == self._row[other]

    def values(self, k: int) -> Array:
        """Values of the varied paths in a place, nan where the arm does not take them."""
        arm, varied = self._arms[self._arm[k]], zip(self.experiment.vary, self._values_at(k), strict=True)
        return np.array([x if applies(v, arm) else np.nan for v, x in varied])

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that tell the tasks: point, arm, replication, rng, and the varied paths."""
        return (*ABOUT, *(v.column for v in self.experiment.vary))

    def column(self, name: str, rows: slice = ALL) -> Column:
        """One of ``columns``, or some rows of it."""
        if name == "arm":
            return Labels(np.array(self._arm[rows], np.int32), tuple(self._arms))
        if name in ABOUT:
            held = {"point": self._point, "replication": self._replication, "rng": self._rng}[name]
            return np.array(held[rows], np.int64)
        varied = [v.column for v in self.experiment.vary]
        values: Array = np.frombuffer(self._values, np.float64).reshape(-1, len(varied))
        column: Array = values[np.array(self._row[rows], np.int64), varied.index(name)]
        return column


def applies(varied: Any, arm: str) -> bool:
    """Whether a path varies in an arm."""
    return not varied.arms or arm in varied.arms


def _head(experiment: Experiment, arm: str) -> tuple[Any, list[int]]:
    """The hash of what an arm's runs have in common, and the places of values that are put into it, by path."""
    applied = sorted((k for k, v in enumerate(experiment.vary) if applies(v, arm)), key=lambda k: experiment.paths[k])
    common = [RESULTS_VERSION, experiment.arms[arm].hash, [experiment.paths[k] for k in applied]]
    return hashlib.blake2b(json.dumps(common).encode(), digest_size=8), applied


class Batches:
    """Tasks in some places, in batches of about so many ``seconds`` by the pace that runs turn out to have.

    Those of a point stay together if they can, as arms share their openings. Towards the end batches get shorter, so
    that ``workers`` end at about the same time.
    """

    def __init__(self, asked: Asked, places: NDArray[np.intp], seconds: float, workers: int = 1) -> None:
        self._asked, self._places, self._seconds, self._workers = asked, places, seconds, max(1, workers)
        self.arms = tuple(asked.experiment.arms.values())
        most = max(s.customers * (s.horizon_months + _WARM_UP_MONTHS) for s in self.arms)
        self.each = most / _SPEED

    def __iter__(self) -> Iterator[list[tuple[int, Task]]]:
        k = 0
        while k < len(self._places):
            n = max(1, min(int(self._seconds / self.each), (len(self._places) - k) // (4 * self._workers)))
            end = min(k + n, len(self._places))
            while end < min(k + 2 * n, len(self._places)) and self._asked.same_point(*self._places[end - 1 : end + 1]):
                end += 1
            yield [(place, self._asked.task(place)) for place in self._places[k:end].tolist()]
            k = end

    def note(self, seconds: float, n: int) -> None:
        """Note how long ``n`` runs took."""
        self.each += 0.2 * (seconds / n - self.each)


class Made(NamedTuple):
    """What the runs of a batch yielded, and the seconds that they took."""

    rows: list[list[float] | Failure]
    seconds: float


class Work:
    """What workers do: the runs of an experiment, which is sent packed and unpacked once by each."""

    def __init__(self, experiment: Experiment) -> None:
        bare = replace(experiment, points=experiment.points[:0], analysis=())
        self._packed = zlib.compress(cloudpickle.dumps(bare))  # what was typed into a notebook goes by value
        self._digest = hashlib.sha256(self._packed).hexdigest()
        self._version = __version__, RESULTS_VERSION

    def __call__(self, batch: Sequence[tuple[int, Task]]) -> Made:
        """The values of every run of a batch, or why it failed. Raises OSError where this is another cxsim."""
        if (here := (__version__, RESULTS_VERSION)) != self._version:
            one, other = ("{} (results version {})".format(*v) for v in (here, self._version))
            raise OSError(f"a worker has cxsim {one}, and this is {other}; install the same")
        begun = time.perf_counter()
        experiment = _unpacked(self)
        rows = [_one(experiment, task) for _, task in batch]
        return Made(rows, time.perf_counter() - begun)

    def unpack(self) -> Experiment:
        """The experiment, without its points."""
        found: Experiment = pickle.loads(zlib.decompress(self._packed))  # noqa: S301 - made by this program
        return found

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Work) and self._digest == other._digest


@lru_cache(maxsize=4)
def _unpacked(work: Work) -> Experiment:
    return work.unpack()


def _one(experiment: Experiment, task: Task) -> list[float] | Failure:
    from cxsim.model import simulate

    try:
        return experiment.read(simulate(experiment.scenario(task), task.rng, task.replication))
    except Exception as error:
        words = " ".join(str(error).split())
        by_machine = isinstance(error, (MemoryError, OSError, ImportError))  # which may be well another time
        return Failure(f"{type(error).__name__}: {words}" if words else type(error).__name__, by_machine)
