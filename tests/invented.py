"""Invented results of whole comparisons, for tests of what is shown: the real classes, no simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxsim.parameters import Parameter, world
from cxsim.record import FIRM_COLUMNS, SILO_COLUMNS, SILOS, Record
from cxsim.results import Comparison, Runs
from cxsim.scenario import Scenario
from made_up import closing

GROUPS = (
    world(
        "market",
        Parameter("represents", 400_000, "customers", 1, 1e9, "assumption: test", "size of the market"),
    ),
)


@dataclass(frozen=True)
class Arm:
    """What an arm does differently. ``noise`` is luck that pairing does not take away."""

    title: str
    kept: float = 0.84  # share of customers still there after 12 months
    profit: float = 500_000.0  # money per month at first
    growth: float = 0.0  # money per month and month
    noise: float = 10_000.0
    insolvent_runs: int = 0


def record(arm: Arm, replication: int, months: int = 60, firms: int = 1) -> Record:
    """One run; equal replications share their luck over arms."""
    shape = (months, firms)
    luck = np.random.default_rng([1, replication]).normal(size=shape)
    own = np.random.default_rng([2, replication, *arm.title.encode()]).normal(size=shape)
    t = np.arange(months, dtype=float)[:, None]
    firm = {name: np.full(shape, 0.5) + 0.01 * luck for name in FIRM_COLUMNS}
    firm["customers"] = 100_000 + 100.0 * luck.cumsum(axis=0)
    firm["tenured"] = firm["customers"] * (arm.kept + 0.002 * (luck + own * arm.noise / 10_000)) * (t >= 11)
    firm["left"] = firm["customers"] * (1 - arm.kept + 1e-7 * arm.noise * own) / 12
    firm["ended"] = np.zeros(shape)
    firm["profit"] = arm.profit + arm.growth * t + 100_000 * luck + arm.noise * own
    firm["profit"][:, 1:] *= 0.8
    firm["cash"] = firm["profit"].cumsum(axis=0)
    firm["revenue"] = 4e6 + arm.noise * own
    firm["equity"] = 5e7 + 1e6 * luck
    firm["employees"] = np.full(shape, 1000.0)
    firm["quits"] = 30.0 + luck
    firm["insolvent"] = np.zeros(shape)
    if replication < arm.insolvent_runs:
        firm["insolvent"][months // 2 :, 0] = 1.0
        for name in ("customers", "tenured", "profit", "revenue", "left"):
            firm[name][months // 2 :, 0] = 0.0
    return Record(
        firms=(arm.title, *(f"Rival {i}" for i in range(1, firms))),
        firm=firm,
        silo={name: np.ones((months, firms, len(SILOS))) for name in SILO_COLUMNS},
        start_customers=np.full(firms, 100_000.0),
        discount_per_year=0.11,
        seed=1,
        replication=replication,
        closing=closing(firm, replication),
    )


def invented_runs(arm: Arm, replications: int = 20, months: int = 60, firms: int = 1) -> Runs:
    """All replications of an arm."""
    name = arm.title.lower().replace(", ", "_").replace("-", "_").replace(" ", "_")
    scenario = Scenario.from_yaml(f"title: {arm.title!r}\ncurrency: EUR\n", name, GROUPS)
    scenario = scenario.replace("replications", replications, "horizon_months", months)
    return Runs(scenario, 1, tuple(record(arm, r, months, firms) for r in range(replications)), name)


def invented_comparison(*arms: Arm, replications: int = 20, months: int = 60) -> Comparison:
    """Paired runs of several arms."""
    return Comparison(tuple(invented_runs(arm, replications, months) for arm in arms))


SQUARE = (
    Arm("Doormat, siloed", 0.84, 520_000, -3_000),
    Arm("Doormat, cross-functional", 0.846, 470_000, -2_500),
    Arm("Mutual, siloed", 0.82, 490_000, 1_500),
    Arm("Mutual, cross-functional", 0.85, 430_000, 4_500),
)
