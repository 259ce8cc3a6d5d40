"""Every parameter, over what is plausible, moves something that is reported: none is there for nothing.

Each is run at both ends of its plausible range (a lever, of its bounds) in markets with the same people and luck, so
that what does nothing moves nothing. A measure responds where it moves by more than a thousandth of itself, and by
several times what luck makes of the difference.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import cxsim
from cxsim.measures import MEASURES
from cxsim.model import simulate
from cxsim.scenario import Scenario
from lived import PARAMETERS

REPLICATIONS, LEAST, BEYOND_LUCK = 8, 0.001, 3.5  # in standard errors of the mean difference
SIZE = ("customers", 1000, "employees", 20, "horizon_months", 24)

# What a parameter needs to have something to act upon, beyond all levers in some use.
BUSY: dict[str, Any] = {
    "policy.improvement.batch_months": 3, "policy.leadership.coercion_share": 0.05,
    "policy.leadership.strengths_hours": 1, "policy.leadership.empathy_hiring_share": 0.5,
    "policy.listening.benchmarking_hours": 4, "policy.offer.adjacent_share": 0.01, "policy.expectations.hype": 0.05,
    "policy.silos.rotation_per_year": 0.1, "policy.workforce.relative_pay": 0.95, "policy.navigator.measuring_hours": 1,
    "policy.pricing.relative_price": 1.05, "policy.requests.charged_share": 0.3, "policy.conduct.tolerated_share": 0.3,
    "world.disputes.dispute_hours": 0.5, "policy.disputes.mediated_share": 0.5, "policy.culture.programme_hours": 4,
    "world.competition.rival_improvement_rate": 0.005, "world.competition.imitation_rate": 0.02,
}  # fmt: skip
COMPANIONS: dict[str, dict[str, Any]] = {
    "world.culture.cynicism_rate": {"policy.culture.action_share": 0},
    "world.encounter.engagement_failures": {"policy.workforce.relative_pay": 1.3},
    "world.disputes.mediation_effort": {"world.disputes.dispute_hours": 2, "policy.disputes.mediated_share": 1},
    "world.targeting.message_gain": {"policy.listening.listening_hours": 20, "policy.listening.prospects_share": 1},
    "world.listening.exposure_per_hour": {"policy.listening.listening_hours": 40, "world.insight.noise_variance": 16},
    "policy.budgeting.horizon_quarters": {"policy.pricing.relative_price": 0.95},
    "world.budgeting.pressure_slope": {"policy.pricing.relative_price": 0.95},
    "world.competition.rival_improvement_rate": {"horizon_months": 48, "world.competition.imitation_rate": 0},
    "world.competition.imitation_rate": {"policy.pricing.relative_price": 1.3},
}


@lru_cache(maxsize=1)
def busy() -> Scenario:
    """A firm that does some of everything, in a market where everything happens."""
    return cxsim.load("customer_centric_whole").replace(*SIZE, *(x for pair in BUSY.items() for x in pair))


def measured(spec: Scenario) -> np.ndarray:
    """All measures of a few replications, (replications, measures)."""
    records = [simulate(spec, 5, k) for k in range(REPLICATIONS)]
    return np.array([[m(r) for m in MEASURES.values()] for r in records])


def responses(path: str, companions: dict[str, Any]) -> dict[str, float]:
    """Measures that respond to a parameter, with their change as a share of themselves."""
    p = PARAMETERS[path]
    spec = busy()
    for name, value in companions.items():
        spec = spec.replace(name, value)
    a, b = (measured(spec.replace(path, end)) for end in p.range or (p.low, p.high))
    difference = b - a
    error = difference.std(axis=0, ddof=1) / REPLICATIONS**0.5
    level = np.maximum(np.abs(a), np.abs(b)).mean(axis=0)
    with np.errstate(invalid="ignore"):
        moved = np.abs(difference.mean(axis=0))
        so = (moved > LEAST * level) & (moved > BEYOND_LUCK * error)
    return {name: float(moved[k] / level[k]) for k, name in enumerate(MEASURES) if so[k]}


@pytest.mark.slow
@pytest.mark.parametrize("path", PARAMETERS)
def test_a_parameter_moves_what_is_reported(path: str) -> None:
    found = responses(path, COMPANIONS.get(path, {}))
    assert found, f"nothing that is reported responds to {path}: drop it, or merge it with another"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "switch"),
    [
        ("world.disputes.rancour", "world.disputes.dispute_hours"),
        ("world.navigator.attention_gain", "policy.navigator.measuring_hours"),
        ("world.offer.adjacent_relief", "policy.offer.adjacent_share"),
    ],
)
def test_a_parameter_that_does_nothing_is_found(path: str, switch: str) -> None:
    """Planted: where what it acts upon is switched off, a parameter is dead, and no luck makes up for it."""
    assert not responses(path, {switch: 0})
