"""Plausible ranges: every assumption has one that a sceptic would accept, with no effect in it where one is assumed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import cxsim
import directions
import directions_culture
import directions_listening
import directions_people
from cxsim.describe import describe, describe_data
from cxsim.mechanisms import GROUPS
from cxsim.model import simulate
from cxsim.parameters import Parameter, policy, world
from lived import PARAMETERS

ROWS = (*directions.ROWS, *directions_culture.ROWS, *directions_listening.ROWS, *directions_people.ROWS)
WORLD = {path: p for path, p in PARAMETERS.items() if path.startswith("world.")}
SCALES = {"world.market.represents", "world.market.monthly_price"}  # they set the scale of heads and of money
SAMPLED = {path: p for path, p in WORLD.items() if path not in SCALES}

# Why the value at which a thing would be off (its lower bound) is not in its range: it exists, its size is open.
CERTAIN = {
    "world.market.spend_sigma": "people differ in what they spend",
    "world.journey.contact_rate": "customers do have to do with the firm's people",
    "world.journey.failure_prob": "some contacts fail",
    "world.requests.out_of_scope_rate": "people do want more than was agreed",
    "world.requests.asking_cv": "people differ in how much they ask",
    "world.requests.value_sigma": "requests differ in worth",
    "world.requests.alternative_cost_share": "an alternative costs something, or it would be a gift",
    "world.recovery.complaint_prob": "some complain",
    "world.conduct.abuse_prob": "some abuse staff",
    "world.loyalty.leaving_per_year": "customers leave",
    "world.loyalty.frailty_cv": "people differ in restlessness",
    "world.word_of_mouth.bad_news_ratio": "none is 1: bad news is told as often as good",
    "world.work.operations_hours": "fulfilment takes time",
    "world.work.contact_hours": "a contact takes time",
    "world.silos.coordination_hours": "keeping others informed takes time",
    "world.turnover.quit_rate": "employees quit",
    "world.finance.variable_cost_share": "goods cost money",
    "world.finance.turnover_cost_share": "hiring costs money",
    "world.finance.acquisition_cost": "winning customers costs money",
    "world.finance.fixed_cost_share": "premises cost money",
    "world.finance.opening_cash_months": "a firm begins with cash, or would not begin",
}
NONE_AT = {  # numbers whose "no effect" is not their lower bound, or that have one at each end
    "world.word_of_mouth.bad_news_ratio": 1, "world.work.overtime_limit": 1,
    "world.culture.training_speed": 1, "world.insight.unstated_share": 1, "world.work.standard_up_months": 4.31,
    "world.issues.severity_ratio": 1, "world.improvement.novelty_share": 1,
    "world.improvement.root_effort": 1,
}  # fmt: skip


def within(p: Parameter, value: float) -> bool:
    return p.range is not None and p.range[0] <= value <= p.range[1]


def test_every_assumption_but_the_two_scales_has_a_range_with_its_default() -> None:
    assert {path for path, p in WORLD.items() if p.range is None} == SCALES
    for path, p in SAMPLED.items():
        assert within(p, p.default), path
        assert p.range and p.low <= p.range[0] < p.range[1] <= p.high, path


def test_a_range_says_where_it_comes_from() -> None:
    assert [path for path, p in PARAMETERS.items() if ("; range: " in p.source) != (p.range is not None)] == []


def test_levers_have_none() -> None:
    assert all(p.range is None for g in GROUPS if g.side == "policy" for p in g.parameters)


def test_ranges_contain_no_effect_where_an_effect_is_assumed() -> None:
    """Rows of ``directions.py`` that say what "off" is have it in the range, or a reason here why not."""
    switched = {row.path for row in ROWS if row.off is not None or row.mute is not None} & set(SAMPLED)
    outside = {path for path in switched if not within(SAMPLED[path], SAMPLED[path].low)}
    assert outside == set(CERTAIN)
    assert len(switched - outside) > 30


@pytest.mark.parametrize("path", NONE_AT)
def test_ranges_contain_what_means_none(path: str) -> None:
    assert within(SAMPLED[path], NONE_AT[path])


def parameter(**more: object) -> Parameter:
    plain: dict[str, object] = {"name": "x", "default": 1, "unit": "ratio", "low": 0, "high": 4}
    return Parameter(**{**plain, "source": "assumption: test", "meaning": "test", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"range": (2, 3)}, "default 1 outside its range"),
        ({"range": (-1, 2)}, "goes beyond 0..4"),
        ({"range": (0, 5)}, "goes beyond 0..4"),
        ({"range": (1, 1)}, "empty"),
        ({"range": (2, 0)}, "empty"),
        ({"range": (0, 2), "scale": "log"}, "begins above 0"),
        ({"scale": "log"}, "belongs to a range"),
        ({"range": (0, 2), "scale": "square"}, "neither linear nor log"),
    ],
)
def test_impossible_ranges_are_refused(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parameter(**more)


def test_a_lever_with_a_range_is_refused() -> None:
    lever = {"helps": "a", "hurts": "b"}
    assert world("heading", parameter(range=(0, 2))).parameters[0].range == (0, 2)
    assert policy("heading", parameter(**lever)).parameters[0].range is None
    with pytest.raises(ValueError, match="chosen"):
        policy("heading", parameter(range=(0, 2), **lever))


def test_describe_shows_ranges() -> None:
    scenario = cxsim.load("baseline")
    text = " ".join(describe(scenario).split())
    assert "trouble of asking. Plausible: 0..0.2. Source:" in text
    assert "mean cost of a request to the firm over its value. Plausible: 0.25..2 (log). Source:" in text
    values = {v["path"]: v for v in describe_data(scenario)["values"]}
    assert values["world.requests.hassle"]["range"] == [0, 0.2]
    assert values["world.requests.hassle"]["scale"] == "linear"
    assert values["world.requests.cost_to_value"]["scale"] == "log"
    for path in (*SCALES, "policy.requests.selectivity", "customers"):
        assert values[path]["range"] is None and values[path]["scale"] is None


def sampled_world(u: np.ndarray) -> dict[str, dict[str, float]]:
    """A world with every number at its place ``u``, 0 to 1, in its range."""
    out = {heading: dict(values) for heading, values in cxsim.load("baseline").world.items()}
    for (path, p), x in zip(SAMPLED.items(), u, strict=True):
        _, heading, name = path.split(".")
        assert p.range is not None
        first, last = p.range
        out[heading][name] = first * (last / first) ** x if p.scale == "log" else first + (last - first) * x
    return out


def test_sampled_worlds_have_companies_that_could_be() -> None:
    """Numbers drawn one by one still make companies: of 60 worlds, at most a tenth is insolvent within five years, and
    in none of the others does a firm keep less than two fifths of its customers a year."""
    spec = cxsim.load("baseline").replace("customers", 1000)
    closed, kept = 0, []
    for u in np.random.default_rng(1).random((60, len(SAMPLED))):
        f = simulate(dataclasses.replace(spec, world=sampled_world(u))).firm
        if f["insolvent"][-1, 0]:
            closed += 1
        else:
            kept.append((1 - f["left"][:, 0].sum() / f["customers"][:, 0].sum()) ** 12)
    assert closed <= 6
    assert min(kept) > 0.4
