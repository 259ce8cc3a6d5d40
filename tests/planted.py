"""Experiments whose runs are known functions of their points: what an analysis has to find is known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from SALib.sample import latin, morris, sobol

from cxsim.parameters import Parameter, world
from cxsim.scenario import Scenario
from cxsim.studies.experiments.experiment import Design, Experiment, Varied


def parameter(name: str, low: float, high: float, unit: str = "share", integer: bool = False) -> Parameter:
    return Parameter(name, low, unit, low, high, "assumption: test", "test", integer=integer)


MADE_UP = Scenario.default(
    [
        world("test", *(parameter(f"p{k}", 0, 1) for k in range(30)), parameter("steps", 0, 3, "people", True)),
        world("requests", parameter("cost_to_value", 0.1, 3, "ratio"), parameter("hassle", 0, 1, "months of spend")),
        world("expectations", parameter("entitlement_learning_share", 0, 1)),
        world("silos", parameter("n_areas", 1, 9, "silos", True)),
    ]
)
"""A scenario with parameters of its own: nothing is run."""
Values = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
"""Values of a measure at points (points, paths) in one replication, of which the luck is given."""


def varied(n: int) -> tuple[Varied, ...]:
    """Paths that go from 0 to 1."""
    return tuple(Varied(f"world.test.p{k}", 0, 1, "share") for k in range(n))


def points(kind: str, vary: Sequence[Varied], n: int, rng: int = 1) -> np.ndarray:
    """Points of a design, (points, paths); ``n`` are base samples, chains or points."""
    shares = {"num_vars": len(vary), "names": [v.path for v in vary], "bounds": [[0.0, 1.0]] * len(vary)}
    drawn = {
        "saltelli": lambda: sobol.sample(shares, n, calc_second_order=False, seed=rng),
        "saltelli_second": lambda: sobol.sample(shares, n, calc_second_order=True, seed=rng),
        "morris": lambda: morris.sample(shares, n, seed=rng),
        "latin_hypercube": lambda: latin.sample(shares, n, seed=rng),
    }[kind]()
    found = np.empty_like(drawn)
    for k, v in enumerate(vary):
        log = v.scale == "log"
        low, high = (np.log(v.low), np.log(v.high)) if log else (v.low, v.high)
        x = low + drawn[:, k] * (high - low)
        found[:, k] = np.round(x) if v.integer else np.exp(x) if log else x
    return found


def experiment(
    x: np.ndarray,
    vary: Sequence[Varied],
    kind: str,
    replications: int = 1,
    arms: Mapping[str, str] | None = None,
    crn: bool = True,
) -> Experiment:
    """An experiment with arms by name and title; one arm "a" if none is given."""
    named = {name: MADE_UP.replace("title", title) for name, title in (arms or {"a": "Arm a"}).items()}
    design = Design(kind.removesuffix("_second"))
    return Experiment("Planted", named, tuple(vary), x, design, replications, common_random_numbers=crn)


def runs(made: Experiment, measures: Mapping[tuple[str, str], Values], rng: int = 1) -> pd.DataFrame:
    """A row per run; ``measures`` gives values by arm and column; no firm goes out of business."""
    frames = []
    for arm in made.arms:
        for k in range(made.replications):
            columns: dict[str, Any] = {"point": np.arange(len(made.points)), "arm": arm, "replication": k, "rng": rng}
            columns |= {path: made.points[:, j] for j, path in enumerate(made.paths)}
            columns["insolvent"] = np.zeros(len(made.points))
            for number, ((of, column), values) in enumerate(measures.items()):
                if of == arm:
                    columns[column] = values(made.points, k, np.random.default_rng([rng, number, k]))
            frames.append(pd.DataFrame(columns))
    return pd.concat(frames).sort_values(["point", "arm", "replication"], kind="stable").reset_index(drop=True)
