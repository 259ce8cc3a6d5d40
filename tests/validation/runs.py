"""Runs, comparisons and planted bugs for the tests that an honest model passes and a faked one fails.

Seeds are fixed, so a test has one outcome for a given model; the tolerances say how often another model of the
same behaviour would be refused by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cxsim import model, opening
from cxsim.model import CXModel
from cxsim.record import Record
from cxsim.scenario import Scenario, load

SEED = 20_260  # the only source of luck here
SQUARE = ("doormat_siloed", "mutual_siloed", "doormat_cross_functional", "mutual_cross_functional")
Array = NDArray[np.float64]
Stage = Callable[[CXModel], None]


def arm(name: str = "baseline", **settings: Any) -> Scenario:
    """A shipped scenario with other values; ``__`` stands for the dot of a path."""
    spec = load(name)
    for path, value in settings.items():
        spec = spec.replace(path.replace("__", "."), value)
    return spec


def lived(spec: Scenario, replication: int = 0, months: int | None = None) -> CXModel:
    """A model after its horizon, or after some months of it."""
    run = CXModel(spec, rng=SEED, replication=replication)
    for _ in range((months or spec.horizon_months) * spec.steps_per_month):
        run.step()
    return run


def runs(spec: Scenario, n: int) -> list[Record]:
    """Records of ``n`` replications."""
    return [lived(spec, r).record() for r in range(n)]


def yearly(records: list[Record], column: str, months: slice = slice(-12, None), firm: int = 0) -> Array:
    """Mean of a column over some months, by default the last twelve, one value a replication."""
    return np.array([r.firm[column][months, firm].mean() for r in records])


def z_score(differences: Array) -> float:
    """Mean over its standard error; 0 where nothing differs."""
    error = differences.std(ddof=1) / len(differences) ** 0.5
    return 0.0 if not differences.any() else float(differences.mean() / max(error, 1e-300))


def differing(a: Record, b: Record, months: slice = slice(None)) -> list[str]:
    """Columns of firms and silos that are not the same to the bit."""
    return [
        f"{side}.{name}"
        for side in ("firm", "silo")
        for name, column in getattr(a, side).items()
        if not np.array_equal(column[months], getattr(b, side)[name][months], equal_nan=True)
    ]


def people_differing(a: CXModel, b: CXModel, names: tuple[str, ...] = ()) -> list[str]:
    """Columns of customers (all that are kept, or those named) that are not the same to the bit."""
    return [name for name in names or tuple(a.people.columns) if not np.array_equal(a.people[name], b.people[name])]


def forget_openings(patch: pytest.MonkeyPatch) -> None:
    """Let no planted bug see, or leave behind, an opening that arms share."""
    patch.setattr(opening, "recall", lambda identity: None)
    patch.setattr(opening, "remember", lambda identity, state: None)


def plant_step(patch: pytest.MonkeyPatch, bug: Callable[..., None], after: str = "tell") -> None:
    """Add a plain Python step ``bug(tile, luck, world, policy, firms)`` behind one of the customers' steps."""
    forget_openings(patch)
    steps: list[Any] = []
    for known in model.CUSTOMER_STEPS:
        steps += [known, bug] if known.py_func.__name__ == after else [known]
    assert len(steps) == len(model.CUSTOMER_STEPS) + 1
    patch.setattr(model, "CUSTOMER_STEPS", tuple(steps))


def wrap_stage(patch: pytest.MonkeyPatch, title: str, wrap: Callable[[Stage, CXModel], None]) -> None:
    """Put ``wrap(stage, model)`` in the place of the month's stage that begins with ``title``."""
    forget_openings(patch)
    found = [name for name, _ in model.MONTH if name.startswith(title)]
    assert len(found) == 1

    def bind(stage: Stage) -> Stage:
        return lambda run: wrap(stage, run)

    month = tuple((name, bind(stage) if name in found else stage) for name, stage in model.MONTH)
    patch.setattr(model, "MONTH", month)


def money_columns(units: dict[str, tuple[str, str]]) -> set[str]:
    """Names of columns whose unit is money."""
    return {name for name, (unit, _) in units.items() if unit.startswith("money")}

