"""The page without a browser: its state and address, sliders, and what is taken away."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from pathlib import Path

import pytest

import cxsim
from cxsim.app import takeaway, views
from cxsim.app.levers import groups, searched
from cxsim.app.library import DEFAULT, MOST_CUSTOMERS, Library
from cxsim.app.predict import Board, between, clean, held, score
from cxsim.app.state import LONGEST, State, from_address, pinned_state
from cxsim.scenario import Scenario, ScenarioError

CONCEDED, ASKED = "policy.requests.conceded_share", "world.requests.out_of_scope_rate"
OFFERED = (*DEFAULT, "baseline")


@pytest.fixture(scope="module")
def bases() -> tuple[Scenario, Scenario]:
    return Library().pair(DEFAULT)


def moved() -> State:
    state = State(DEFAULT, seed=7, month=14, projector=True).moved(CONCEDED, 0.8, 1).moved(ASKED, 0.2, 0)
    return replace(state, pinned=State(DEFAULT).moved(CONCEDED, 0.1, 0).address())


def test_an_address_opens_the_same_state() -> None:
    state = moved()
    assert from_address(state.address(), DEFAULT, OFFERED) == state
    assert pinned_state(state.pinned, state.arms, OFFERED) == State(DEFAULT).moved(CONCEDED, 0.1, 0)
    assert from_address("", DEFAULT, OFFERED) == State(DEFAULT)
    assert "B.policy.requests.conceded_share=0.8" in state.address()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("a=/etc/passwd", "'/etc/passwd' that is not offered"),
        ("a=doormat_siloed&nonsense=1", "'nonsense'"),
        ("seed=-1", "seed"),
        ("seed=1e9", "seed"),
        ("month=601", "month"),
        ("projector=yes", "projector"),
        ("C.policy.requests.conceded_share=.5", "unknown part"),
        ("A.world.requests.out_of_scope_rate=.1", "unknown part"),
        (f"A.{CONCEDED}=much", "must be a number"),
        ("lesson=" + "x" * LONGEST, "longer than"),
        ("&".join(["a=1"] * 401), "more values"),
    ],
)
def test_an_address_that_is_wrong_is_refused(query: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        from_address(query, DEFAULT, OFFERED)


@pytest.mark.parametrize("text", ["1.5", "nan", "inf", "-1"])
def test_values_out_of_bounds_are_refused(text: str, bases: tuple[Scenario, Scenario]) -> None:
    with pytest.raises(ScenarioError):
        from_address(f"A.{CONCEDED}={text}", DEFAULT, OFFERED).scenarios(bases)


def test_a_parameter_that_is_unknown_is_refused(bases: tuple[Scenario, Scenario]) -> None:
    with pytest.raises(ScenarioError, match="did you mean"):
        from_address("A.policy.requests.conceded_shar=.5", DEFAULT, OFFERED).scenarios(bases)


def test_the_world_is_shared_and_policies_are_not(bases: tuple[Scenario, Scenario]) -> None:
    a, b = moved().scenarios(bases)
    assert a.value(ASKED) == b.value(ASKED) == 0.2
    assert (a.value(CONCEDED), b.value(CONCEDED)) == (bases[0].value(CONCEDED), 0.8)


def test_settled_leaves_out_what_is_as_it_was(bases: tuple[Scenario, Scenario]) -> None:
    back = moved().moved(CONCEDED, bases[1].value(CONCEDED), 1).moved(ASKED, bases[0].value(ASKED), 0)
    assert back.settled(bases) == replace(moved(), world=(), policies=((), ()))


def test_every_slider_holds_its_default_and_stays_in_bounds(bases: tuple[Scenario, Scenario]) -> None:
    found = [lever for group in groups(bases[0]) for lever in group.levers]
    assert {lever.path for lever in found} >= {CONCEDED, ASKED}
    for lever in found:
        p = bases[0].catalogue.parameter(lever.path)
        assert lever.low < lever.high and lever.unit == p.unit and p.source in lever.about
        for place in (lever.low, lever.high, lever.place(p.default)):
            bases[0].replace(lever.path, lever.value(place))
        assert lever.value(lever.place(p.default)) == pytest.approx(p.default, rel=0.005, abs=lever.step)
        assert lever.value(10**400) == lever.value(lever.high), "whatever a page sends"


def test_sliders_are_found_by_what_is_said_of_them(bases: tuple[Scenario, Scenario]) -> None:
    found = [lever.path for group in groups(bases[0]) for lever in group.levers if searched(lever, "GRANTED FREE")]
    assert CONCEDED in found and len(found) < 10


def test_scenarios_of_the_command_line_come_first(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("extends: mutual_siloed\ntitle: Mine\ncustomers: 50000\n")
    library = Library([str(file), "baseline"])
    assert library.first == ("mine", "baseline") == library.names[:2]
    assert library.source("mine") == str(file) and "doormat_siloed" in library.names
    assert library.pair(library.first)[0].customers == MOST_CUSTOMERS
    file.write_text("extends: mutual_siloed\ntitle: Short\nhorizon_months: 12\n")
    with pytest.raises(ScenarioError, match="horizon_months"):
        Library([str(file), "baseline"])


def test_a_saved_scenario_gives_the_same_numbers(tmp_path: Path, bases: tuple[Scenario, Scenario]) -> None:
    for arm, scenario in enumerate(moved().scenarios(bases)):
        file = tmp_path / f"{arm}.yaml"
        file.write_text(takeaway.as_yaml(moved(), bases, arm, DEFAULT[arm]))
        assert cxsim.load(file).hash == scenario.hash
        assert "changed" in cxsim.load(file).title


def test_the_script_makes_the_same_scenarios(bases: tuple[Scenario, Scenario], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    class Nothing:
        differences = ""

    def compare(scenarios: list[Scenario], **how: int) -> Nothing:
        asked.update(how, hashes=[s.hash for s in scenarios])
        return Nothing()

    monkeypatch.setattr(cxsim, "compare", compare, raising=False)
    exec(takeaway.as_python(moved(), bases, DEFAULT, 8), {})
    ast.parse(takeaway.as_python(moved(), bases, ("o'brien.yaml", 'a "b".yaml'), 8))
    assert asked == {"replications": 8, "rng": 7, "hashes": [s.hash for s in moved().scenarios(bases)]}


def test_scores() -> None:
    found = score((None, 1.0, 4.0), [None, 2.0, 3.0])
    assert found is not None
    assert (found.mean, found.last, found.guessed, found.came_out) == (1.0, 1.0, 4.0, 3.0)
    assert score((1.0, None), [None, 2.0]) is None


def test_the_board_keeps_tables_and_rounds_apart() -> None:
    board = Board()
    board.keep("A and B", "  Window ", "profit", "EUR", (0.0, 5.0))
    board.keep("A and B", "Window", "profit", "EUR", (0.0, 3.0))  # a change of mind
    board.keep("A and B", "=HYPERLINK()", "profit", "EUR", (0.0, 1.0))
    first, second = board.score("A and B", {"profit": [1.0, 4.0]})
    assert (first.table, first.score and first.score.last) == ("Window", -1.0)
    assert second.table == "=HYPERLINK()"
    board.next_round("Nobody thought of entitlement.")
    board.keep("A and B", "Window", "profit", "EUR", (2.0, 2.0))
    assert [p.table for p in board.now("A and B")] == ["Window"]
    header, *rows = board.table().splitlines()
    assert header.startswith("round,companies,table,quantity") and len(rows) == 3
    assert "'=HYPERLINK()" in board.table() and "Nobody thought of entitlement." in rows[0]


def test_curves_that_are_drawn_and_typed() -> None:
    assert between({12: 1.0, 24: 3.0}, [6, 12, 18, 24, 30]) == (None, 1.0, 2.0, 3.0, None)
    assert clean([None, 1, 2.5], 3) == (None, 1, 2.5)
    assert held((None, 1.0, 2.0, None, None), [3, 6, 9, 12, 15]) == (None, 1.0, 2.0, 2.0, 2.0)
    assert held((None, 1.0, None, None, None), [3, 6, 9, 12, 15]) == (None, 1.0, None, None, None)
    for wrong in (None, [1], [None, None, None], ["1", 2, 3], [math.inf, 1, 2], {"a": 1}):
        assert clean(wrong, 3) is None


def test_axes_are_round_and_hold_everything() -> None:
    for row, zero in (([81.2, 89.9], False), ([1.0, 47.7], True), ([-3.0, 2.0], True), ([0.26, 0.26], False)):
        low, high, step = views.axis(views.span([[*row, None]], zero))
        assert low <= min(row) and high >= max(row) and (not zero or low <= 0 <= high)
        assert (high - low) / step == pytest.approx(round((high - low) / step)) and 2 <= (high - low) / step <= 8
    assert views.span([[None]], False) == (0.0, 1.0)
