"""Designs: where in the space of the varied paths an experiment runs.

Every design is laid in the unit cube, one axis for each path, and stretched to the ranges: evenly, or evenly in the
logarithm; a whole number is rounded to the nearest. The same seed gives the same points.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxsim.parameters import Parameter
from cxsim.studies.experiments.experiment import Varied
from cxsim.studies.extras import library
from cxsim.worlds import draw

Array = NDArray[np.float64]
Settings = Mapping[str, Any]


def _count(name: str, default: int, low: int, high: int, meaning: str) -> Parameter:
    return Parameter(name, default, "number", low, high, "choice of the study", meaning, integer=True)


@dataclass(frozen=True)
class Kind:
    """A kind of design: its whole numbers, how many points it has for so many paths, and how they are laid.

    ``power`` names the setting that is a power of two, as Sobol' sequences are balanced only then.
    """

    about: str
    numbers: tuple[Parameter, ...]
    size: Callable[[int, Settings], int]
    lay: Callable[[Sequence[Varied], Settings, int], Array]
    power: str = ""


def lay(kind: str, vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    """The points of a design, (points, paths), in the paths' units. Raises ScenarioError for a missing library."""
    if not vary:
        return np.empty((1, 0))
    return KINDS[kind].lay(vary, settings, rng)


def size(kind: str, n_paths: int, settings: Settings) -> int:
    """How many points a design has, without laying it."""
    return KINDS[kind].size(n_paths, settings) if n_paths else 1


def stretch(vary: Sequence[Varied], shares: Array) -> Array:
    """Points in the units of the paths from their places in the unit cube, (points, paths)."""
    points = np.empty(shares.shape)
    for k, v in enumerate(vary):
        low, high = _ends(v)
        column = low + shares[:, k] * (high - low)
        column = np.exp(column) if v.scale == "log" else column
        column = np.floor(column + 0.5) if v.integer else column
        points[:, k] = np.clip(column, v.low, v.high)
    return points


def coordinates(vary: Sequence[Varied], points: Array) -> Array:
    """Points as analyses see them: the value, or its logarithm on a log scale; within the bounds of :func:`problem`."""
    logs = np.array([v.scale == "log" for v in vary], dtype=bool)
    return np.where(logs, np.log(np.where(logs, points, 1.0)), points)


def problem(vary: Sequence[Varied]) -> dict[str, Any]:
    """The paths and their bounds as SALib wants them; bounds of a log scale are logarithms, as in ``coordinates``."""
    return {"num_vars": len(vary), "names": [v.path for v in vary], "bounds": [list(_ends(v)) for v in vary]}


def _ends(v: Varied) -> tuple[float, float]:
    return (float(np.log(v.low)), float(np.log(v.high))) if v.scale == "log" else (v.low, v.high)


def _unit(vary: Sequence[Varied]) -> dict[str, Any]:
    return problem(vary) | {"bounds": [[0.0, 1.0]] * len(vary)}


def _grid(vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    """Every combination of the values of all paths, the last path fastest."""
    axes = np.meshgrid(*(np.array(values, float) for values in settings["values"]), indexing="ij")
    return np.column_stack([axis.reshape(-1) for axis in axes])


def levels(v: Varied, n: int) -> tuple[float, ...]:
    """``n`` values of a path from its lowest to its highest, evenly on its scale; whole numbers once each."""
    found = stretch([v], np.linspace(0.0, 1.0, n)[:, None])[:, 0]
    return tuple(dict.fromkeys(found.tolist()))


def _list(vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    return np.array(settings["rows"], float).reshape(-1, len(vary))


def _latin_hypercube(vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    return draw({v.path: _ranged(v) for v in vary}, settings["points"], rng)


def _ranged(v: Varied) -> Parameter:
    """A parameter with the range of a path, as worlds are drawn from."""
    return Parameter(
        v.path, v.low, v.unit or "number", v.low, v.high, "choice of the study", "varies", integer=v.integer,
        range=(v.low, v.high), scale=v.scale,
    )  # fmt: skip


def _sobol(vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    sequence = library("scipy.stats").qmc.Sobol(len(vary), scramble=True, rng=np.random.default_rng(rng))
    return stretch(vary, sequence.random(settings["points"]))


def _morris(vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    sample = library("SALib.sample.morris").sample
    luck = np.random.default_rng(rng)
    return stretch(vary, sample(_unit(vary), settings["trajectories"], num_levels=settings["levels"], seed=luck))


def _saltelli(vary: Sequence[Varied], settings: Settings, rng: int) -> Array:
    sample = library("SALib.sample.sobol").sample
    luck, second = np.random.default_rng(rng), settings["second_order"]
    return stretch(vary, sample(_unit(vary), settings["base_points"], calc_second_order=second, seed=luck))


_POINTS = _count("points", 100, 1, 10_000_000, "points of the design")

KINDS: dict[str, Kind] = {
    "grid": Kind(
        "all combinations of the values of every path",
        (_count("levels", 5, 2, 10_000, "values of each path, evenly from its lowest to its highest"),),
        lambda n, s: prod(len(values) for values in s["values"]), _grid,
    ),
    "list": Kind("the points that are written down", (), lambda n, s: len(s["rows"]), _list),
    "latin_hypercube": Kind(
        "every range cut into as many strips as there are points, each strip used once (McKay et al. 1979)",
        (_POINTS,), lambda n, s: int(s["points"]), _latin_hypercube,
    ),
    "sobol": Kind(
        "a scrambled Sobol' sequence, which fills the space evenly, and goes on where a smaller one ended (Owen 1998)",
        (_count("points", 128, 1, 2**23, "points, a power of two"),),
        lambda n, s: int(s["points"]), _sobol, "points",
    ),
    "morris": Kind(
        "walks that change one path at a time, to find what matters among many (Morris 1991)",
        (_count("trajectories", 10, 2, 100_000, "walks, each of one point more than there are paths"),
         _count("levels", 4, 4, 100, "values of each path, an even number")),
        lambda n, s: int(s["trajectories"] * (n + 1)), _morris,
    ),
    "saltelli": Kind(
        "pairs of points that exchange one path at a time, for Sobol' indices (Saltelli et al. 2010); with "
        "second_order, for those of every pair of paths too",
        (_count("base_points", 128, 2, 2**23, "pairs, a power of two"),),
        lambda n, s: int(s["base_points"] * (2 * n + 2 if s["second_order"] else n + 2)), _saltelli, "base_points",
    ),
}  # fmt: skip
"""Kinds of designs by name."""


def fault(kind: str, settings: Settings) -> tuple[str, str] | None:
    """The setting that a design cannot have, and why; None where all is well."""
    power = KINDS[kind].power
    if power and (n := int(settings[power])) & (n - 1):
        below = 1 << (n.bit_length() - 1)
        return power, f"{n} is not a power of two, as a Sobol' sequence needs: {below} or {2 * below}"
    if kind == "morris" and (n := int(settings["levels"])) % 2:
        return "levels", f"{n} is not even, as walks need: {n + 1}"
    return None
