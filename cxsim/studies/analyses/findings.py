"""What an analysis of an experiment finds, and the numbers that it works on.

A finding holds sentences and tidy tables; text and figures are made of these alone, by :mod:`cxsim.report`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Table
from cxsim.measures import MEASURES
from cxsim.studies.quantities import QUANTITIES, Quantity

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment, Varied

Array = NDArray[np.float64]

ARM = ("name", "arm of the experiment")
PATH = ("name", "path that varies")
POINT = ("number", "point of the design, from 0")
_EACH = 3  # arms that are told one by one
_UNTOLD = "No run has a value, so that nothing can be told"


@dataclass(frozen=True, eq=False)
class Finding:
    """The answer of one analysis: a title that says it, ``sentences`` that qualify it, and its ``tables`` by name.

    ``settings`` are those of the analysis, in full, and ``currency``; ``about`` says on which runs it rests.
    ``files`` are texts to go on with, by name, such as the levers that were found.
    """

    kind: str
    title: str
    sentences: tuple[str, ...]
    tables: Mapping[str, Table]
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    about: str = ""
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Runs(Protocol):
    """Columns by name, with a row for every run: a frame, or what reads a column when it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, column: str, /) -> Any: ...


def by_point(experiment: Experiment, runs: Runs, column: str, arm: str, against: str = "") -> Array:
    """A column of an arm less that of ``against``, (points, replications); nan where a run is not there."""
    found = np.full((len(experiment.points), experiment.replications), np.nan)
    rows = np.asarray(runs["arm"] == arm)
    place = np.asarray(runs["point"])[rows], np.asarray(runs["replication"])[rows]
    found[place] = np.asarray(runs[column], np.float64)[rows]
    return found - by_point(experiment, runs, column, against) if against else found


def lower(title: str) -> str:
    """A title within a sentence."""
    return f"{title[:1].lower()}{title[1:]}"


def mean_of_known(values: Array) -> Array:
    """Mean over replications of (points, replications), of those that are defined; nan where none is."""
    known = ~np.isnan(values)
    n = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    found: Array = np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0)
    return found


def quantity(experiment: Experiment, column: str) -> Quantity:
    """What a column of the runs holds and how it is shown."""
    if column in MEASURES:
        return QUANTITIES[column]
    reading = experiment.readings[experiment.columns.index(column) - len(MEASURES)]
    return replace(QUANTITIES[reading.measure], title=str(reading))


def titled(experiment: Experiment, column: str) -> tuple[str, str]:
    """Title and unit of a column of the runs."""
    found = quantity(experiment, column)
    return found.title, found.unit


def titles(experiment: Experiment) -> dict[str, str]:
    """What each arm is called in a sentence: its scenario's title, or its name where titles are not all different."""
    found = {name: scenario.title for name, scenario in experiment.arms.items()}
    return found if len(set(found.values())) == len(found) else {name: name for name in found}


def out_of_business(experiment: Experiment, runs: Runs, arms: Sequence[str]) -> list[str]:
    """One sentence of the arms whose firm goes out of business somewhere; none where none does."""
    gone = {
        titles(experiment)[arm]: int((by_point(experiment, runs, "insolvent", arm) > 0).any(axis=1).sum())
        for arm in arms
    }
    some = "" if experiment.replications == 1 else " in some run"
    return places_of_arms(experiment, gone, f"out of business{some}")


def places_of_arms(experiment: Experiment, counts: Mapping[str, int], what: str) -> list[str]:
    """One sentence of at how many points arms, by their titles, are ``what``; none where all ``counts`` are nought."""
    known = {name: n for name, n in sorted(counts.items(), key=lambda one: one[1]) if n}
    if not known:
        return []
    point, total = point_name(experiment), len(experiment.points)
    at, of = place_of(point), f"of {total:,} {point}{'s' * (total > 1)}"
    if len(known) <= _EACH:
        each = "; ".join(f"{name} {at} {n:,}" for name, n in known.items())
        return [f"{what[:1].upper()}{what[1:]}: {each} {of}."]
    (least, few), (most, many) = (list(known.items())[k] for k in (0, -1))
    which = f"all {len(known)}" if len(known) == len(counts) else f"{len(known)} of {len(counts)}"
    said = f"{which} arms somewhere, {at} {few:,} ({least}) to {many:,} ({most}) {of}."
    return [f"{what[:1].upper()}{what[1:]}: {said}"]


def no_value(experiment: Experiment, runs: Runs, arms: Sequence[str], what: str = _UNTOLD) -> str:
    """Why nothing is found where no run of the arms has a value; ``what`` says it where some run came to an end."""
    failed = sum(int(np.isnan(by_point(experiment, runs, "insolvent", arm)).sum()) for arm in arms)
    total = len(arms) * len(experiment.points) * experiment.replications
    if failed == total:
        return "No run came to an end, so that nothing can be told: failures.csv says why."
    more = f"; {failed:,} of {total:,} runs failed, failures.csv says why" if failed else ""
    return f"{what}{more}."


_WORDS = {"prob": "probability", "sd": "spread", "sigma": "spread", "cv": "variation", "handoff": "hand-off"}


def label(path: str, paths: Sequence[str]) -> str:
    """A path in words: ``cost to value``; with its heading where another path ends with the same name."""
    *above, name = path.split(".")
    same = sum(other.split(".")[-1] == name for other in paths) > 1
    words = " ".join(_WORDS.get(word, word) for word in name.split("_"))
    if words.startswith("n "):
        words = f"number{' of' * words.endswith('s')} {words[2:]}"
    return f"{words} ({' '.join(above).replace('_', ' ')})" if same and above else words


def currency(experiment: Experiment) -> str:
    """That of the first arm."""
    return next(iter(experiment.arms.values())).currency


def as_shares(vary: Sequence[Varied], points: Array) -> Array:
    """Points as shares of their ranges from ``low`` to ``high``, along the scale of each path."""
    shares = np.empty_like(points)
    for k, v in enumerate(vary):
        ends = np.array([v.low, v.high])
        x = points[:, k]
        if v.scale == "log":
            ends, x = np.log(ends), np.log(x)
        wide = ends[1] - ends[0]
        shares[:, k] = (x - ends[0]) / wide if wide > 0 else 0.5  # a path of one value is at neither end
    return shares


def blocks(experiment: Experiment) -> NDArray[np.int64]:
    """Which points belong together, (points,): those of one chain or one base sample; else each stands alone."""
    n, k = len(experiment.points), len(experiment.vary)
    size = 1
    if experiment.design.kind == "morris":
        size = k + 1
    elif experiment.design.kind == "saltelli":
        size = saltelli_block(experiment.points)
    return np.arange(n) // size


def saltelli_block(points: Array) -> int:
    """Points that belong to one base sample of a Saltelli design: k + 2, or 2 k + 2 with second order.

    Raises ValueError where the points are in no such order.
    """
    n, k = len(points), int(points.shape[1])
    for size in (k + 2, 2 * k + 2):
        if n % size:
            continue
        group = points.reshape(-1, size, k)
        first, last = group[:, 0], group[:, -1]
        changed = [np.where(np.arange(k) == j, last, first) for j in range(k)]
        if all(np.array_equal(group[:, j + 1], changed[j]) for j in range(k)):
            return size
    raise ValueError("the points are not in the order of a Saltelli design")


def is_sample(experiment: Experiment) -> bool:
    """Whether points are worlds drawn by themselves, so that a share of them has an interval.

    Those of a grid or a list are chosen, and those of a chain or a base sample are neighbours of each other.
    """
    return experiment.design.kind not in ("grid", "list", "morris", "saltelli")


def point_name(experiment: Experiment) -> str:
    """What a point is called: a world where it is one of a sample in which nothing but assumptions varies."""
    worlds = is_sample(experiment) and all(v.path.startswith("world.") for v in experiment.vary)
    return "world" if worlds else "point"


def place_of(points: str) -> str:
    """``in`` worlds, ``at`` points."""
    return "in" if points.startswith("world") else "at"


def about(experiment: Experiment, n_points: int | None = None) -> str:
    """On which runs a finding rests: a line for its foot."""
    points, times, point = len(experiment.points), experiment.replications, point_name(experiment)
    known = f" ({n_points:,} with values)" if n_points is not None and n_points < points else ""
    luck = " with common random numbers" if experiment.common_random_numbers else ", seeds of their own"
    arms, design = len(experiment.arms), experiment.design.kind.replace("_", " ")
    return (
        f"{points:,} {point}s{known} x {arms} arm{'s' * (arms > 1)} x {times} replication{'s' * (times > 1)}{luck}; "
        f"{design}, seed {experiment.rng}"
    )
