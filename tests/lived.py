"""Models that tests can look into: flows of the last month kept, openings shared, values set by path."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from cxsim import model as months
from cxsim.engine.sweep import Worker
from cxsim.mechanisms import GROUPS
from cxsim.model import CXModel, simulate
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEE_COLUMNS
from cxsim.record import Record
from cxsim.scenario import Rival, Scenario

Values = tuple[tuple[str, Any], ...]
PARAMETERS = {g.path(p): p for g in GROUPS for p in g.parameters}

BUSY: Values = (  # a world in which every column is used: favours, abuse, endings, a service beside, listening, focus
    ("policy.requests.conceded_share", 0.4),
    ("policy.requests.charged_share", 0.5),
    ("policy.requests.alternative_share", 0.7),
    ("policy.conduct.tolerated_share", 0.3),
    ("policy.relationships.ending_rate", 0.3),
    ("policy.offer.adjacent_share", 0.02),
    ("world.requests.out_of_scope_rate", 0.8),
    ("world.conduct.abuse_prob", 0.3),
    ("policy.listening.listening_hours", 10),
    ("policy.listening.questioning_share", 0.5),
    ("policy.listening.prospects_share", 0.3),
    ("policy.listening.leaders_contact_hours", 10),
    ("policy.listening.benchmarking_hours", 5),
    ("policy.targeting.focus_share", 0.5),
    ("policy.targeting.proactive_rate", 1),
    ("policy.targeting.asking_new_share", 0.5),
)

IMPROVING: Values = (  # every way of improving in use
    ("policy.silos.joint_initiative_share", 0.05),
    ("policy.silos.improvement_share", 0.05),
    ("policy.improvement.triage_share", 0.6),
    ("policy.improvement.small_loop_share", 0.3),
    ("policy.improvement.root_cause_share", 0.5),
    ("policy.improvement.batch_months", 3),
    ("policy.improvement.recognition_share", 0.004),
)

SIGNED = {  # quantities of the company record that may be below nought
    "belief", "centre", "centre_step", "offer", "promise", "reputation", "grant_threshold", "typical_cost",
    "sum_satisfaction", "sum_expectation", "sum_quality", "sum_cost", "sum_equity", "aspiration", "recent_profit",
    "profit", "cash", "appeal", "dear", "dearer",
}  # fmt: skip


def scenario(rivals: int = 1, values: Iterable[tuple[str, Any]] = (), **settings: int) -> Scenario:
    """The defaults with so many rivals, values by path and settings such as ``customers=500``.

    Raises ScenarioError for what may not be.
    """
    pairs: list[tuple[str, Any]] = [("rivals", tuple(Rival(f"R{k}", {}) for k in range(rivals)))]
    pairs += [*settings.items(), *values]
    first, *more = pairs
    return Scenario.default().replace(*first, *[x for pair in more for x in pair])


class Watched(CXModel):
    """A model of at most one block that keeps the customers' columns of its last step, flows too, in ``lived``."""

    lived: dict[str, np.ndarray]

    def _block(self, worker: Worker, first: int, m: int) -> None:
        super()._block(worker, first, m)
        tile = worker.tile[0]
        self.lived = {c.name: tile[c.name][..., :m].copy() for c in CUSTOMER_COLUMNS}


@lru_cache(maxsize=64)
def _opened(spec: Scenario, steps: int) -> Watched:
    model = Watched(spec, rng=7)
    for _ in range(steps):
        model.step()
    return model


def opened(spec: Scenario, steps: int = 0) -> Watched:
    """A fresh copy of a model of ``spec`` after so many steps; the opening is lived once."""
    return copy.deepcopy(_opened(spec, steps))


def put(model: CXModel, values: Mapping[str, Any]) -> None:
    """Set parameters (policy: the focal firm's) and states: ``company.x``, ``people.x`` or ``seats.x``, all of it."""
    for path, value in values.items():
        side, heading, *name = path.split(".")
        if side in ("world", "policy"):
            getattr(model, side)[heading][name[0]][(0,) if side == "world" else (0, 0)] = value
        elif side == "company":
            model.company[heading][:] = value
        else:
            getattr(model, side)[heading][:] = value


def after(size: Mapping[str, int], months: int = 1, **start: Any) -> Watched:
    """A model of so many people some months after values were set, ``side__heading__name=value``."""
    model = opened(scenario(**size))
    put(model, {path.replace("__", "."): value for path, value in start.items()})
    for _ in range(months):
        model.step()
    return model


def arm(size: Mapping[str, int], *values: tuple[str, Any], months: int = 24) -> Record:
    """A run of so many people with values set by path."""
    return simulate(scenario(values=(("horizon_months", months), *values), **size), rng=3)


def outside_bounds(model: Watched) -> list[str]:
    """What is not finite or beyond the declared bounds, one line each."""
    found = [f"company.{n} is not finite" for n in model.company.dtype.names if not _finite(model.company[n])]
    found += [
        f"company.{n} is below nought: {model.company[n].min()}"
        for n in set(model.company.dtype.names) - SIGNED
        if (model.company[n] < 0).any()
    ]
    columns = [(f"customers.{c.name}", c, model.lived[c.name]) for c in CUSTOMER_COLUMNS]
    columns += [(f"stored customers.{n}", c, model.people[n]) for n, c in model.people.columns.items()]
    columns += [(f"seats.{c.name}", c, model.seats[c.name]) for c in EMPLOYEE_COLUMNS]
    for name, c, x in columns:
        if not (_finite(x) and (x >= c.low).all() and (x <= c.high).all()):
            found.append(f"{name}: {x.min()}..{x.max()}, declared {c.low}..{c.high}")
    return found


def _finite(x: np.ndarray) -> bool:
    return bool(np.isfinite(x).all())


def steps_of_customers() -> list[tuple[str, Any]]:
    """The customers' steps in order, with the name of the mechanism (its module) that each belongs to."""
    return [(run.py_func.__module__, run) for run in months.CUSTOMER_STEPS]
