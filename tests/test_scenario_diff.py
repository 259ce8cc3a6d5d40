"""What differs between two scenarios: all of it, in order, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxsim.scenario import Change, Rival, Scenario
from cxsim.scenario_diff import Difference, diff, diff_data, differences
from scenario_samples import GROUPS

A = Scenario.default(GROUPS)


def parts(b: Scenario) -> list[tuple[str, str, object, object]]:
    return [(d.part, d.path, d.a, d.b) for d in differences(A, b)]


def test_nothing_differs() -> None:
    assert differences(A, Scenario.default(GROUPS)) == []
    assert diff(A, A).endswith("\n\nNothing differs.\n")
    assert diff_data(A, A)["differences"] == []


def test_every_part_in_the_order_of_declaration() -> None:
    b = A.replace(
        "policy.silos.n_meetings", 3, "policy.requests.authority_limit", 2, "world.market.monthly_price", 90,
        "horizon_months", 24, "title", "B", "rivals", [Rival("R", {"silos": {"n_meetings": 5}}), Rival("Second", {})],
        "timeline", [
            Change(9, world={"requests": {"out_of_scope_rate": 0.3}}),
            Change(3, 2, 1, policy={"silos": {"n_meetings": 1}, "requests": {"conceded_share": 0.0}}),
        ],
    )  # fmt: skip
    assert parts(b) == [
        ("label", "title", "defaults", "B"),
        ("setting", "horizon_months", 60, 24),
        ("world", "world.market.monthly_price", 100, 90),
        ("policy", "policy.requests.authority_limit", 1, 2),
        ("policy", "policy.silos.n_meetings", 2, 3),
        ("rivals", "rivals[0].title", "Rival", "R"),
        ("rivals", "rivals[0].policy.silos.n_meetings", 2, 5),
        ("rivals", "rivals[1].title", None, "Second"),
        ("timeline", "policy.requests.conceded_share", None, 0.0),
        ("timeline", "policy.silos.n_meetings", None, 1.0),
        ("timeline", "world.requests.out_of_scope_rate", None, 0.3),
    ]
    price, *_, dated, _ = (d for d in differences(A, b) if d.part in ("world", "timeline"))
    assert (price.unit, price.meaning) == ("money per month", "price")
    assert (dated.month, dated.over_months, dated.firm) == (3, 2, 1)
    text = diff(A, b)
    assert "timeline, months 3..4, R: policy.silos" in text
    assert "monthly_price                              100          90  money per month" in text
    assert text.endswith("\n10 values differ.\n")
    assert max(map(len, text.splitlines())) <= 100
    data = diff_data(A, b)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert [(d["part"], d["path"]) for d in data["differences"]] == [p[:2] for p in parts(b)]


def test_a_change_to_another_value_is_one_difference() -> None:
    one, other = (A.replace("timeline", [Change(5, policy={"silos": {"n_meetings": n}})]) for n in (1, 4))
    (found,) = differences(one, other)
    assert found == Difference("timeline", "policy.silos.n_meetings", 1.0, 4.0, "per month", "meetings", 5, 0, 0)
    assert "timeline, month 5: policy.silos" in diff(one, other)


def test_labels_are_said_to_change_nothing() -> None:
    b = A.replace("question", "Why " + "so " * 100)
    assert diff(A, b).endswith("\nNo values differ, only labels; both give the same numbers.\n")
    assert diff_data(A, b)["same_results"]
    assert diff(A, A.replace("customers", 5)).endswith("\n1 value differs.\n")


paths = st.sampled_from([p for side in ("world", "policy") for p, _ in A.catalogue.paths(side)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(paths, st.floats(0, 1)), max_size=5))
def test_what_differs_is_what_makes_one_into_the_other(edits: list[tuple[str, float]]) -> None:
    b = A
    for path, share in edits:
        p = A.catalogue.parameter(path)
        value = p.low + share * (min(p.high, 1000) - p.low)
        b = b.replace(path, round(value) if p.integer else value)
    found = differences(A, b)
    assert bool(found) == (b != A)
    again = A
    for d in found:
        assert isinstance(d.b, float)
        again = again.replace(d.path, d.b)
    assert again == b


@pytest.mark.parametrize("other", ["mutual_siloed", "doormat_pays", "product_centric"])
def test_shipped_scenarios_in_lines_that_fit(other: str) -> None:
    from cxsim.scenario import load

    text = diff(load("baseline"), load(other))
    assert max(map(len, text.splitlines())) <= 100
    assert f"B  {load(other).title}" in text
