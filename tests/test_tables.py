"""Text tables and sentences: what they show, how wide they are, and no word more than the numbers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from cxsim.intervals import estimate
from cxsim.measures import Payback
from cxsim.report import sentences, style
from cxsim.report.machine import comparison_data, dumps, run_data
from cxsim.report.readings import (
    Cell,
    Column,
    Heading,
    arm_columns,
    comparison_heading,
    firm_columns,
    firm_years,
    heading,
    labels,
)
from cxsim.report.tables import comparison_table, run_table
from cxsim.report.worlds import worlds_note
from cxsim.results import Comparison, Runs
from cxsim.scenario import Change, Scenario
from invented import SQUARE, Arm, invented_comparison, invented_runs

NAN = math.nan
ALONE = "differences need not be due to policy alone, and a world holds for rivals too."
HEADING = Heading(20, 2000, 400_000, 60, 1, 1, "EUR")


def table_of(comparison: Comparison, unicode: bool = False) -> str:
    return comparison_table(arm_columns(comparison), comparison_heading(comparison), unicode)


def table_of_run(runs: Runs) -> str:
    return run_table(firm_columns(runs), firm_years(runs), heading(runs))


@pytest.fixture(scope="module")
def square() -> Comparison:
    return invented_comparison(*SQUARE)


@pytest.mark.parametrize(
    ("value", "decimals", "sign", "text"),
    [
        (0.64, 2, False, ".64"),
        (-0.4, 1, True, "-.4"),
        (3.14159, 2, True, "+3.14"),
        (12345.6, 0, False, "12,346"),
        (0.96, 1, False, "1.0"),
        (-0.04, 1, True, "0"),
        (NAN, 1, False, "n/a"),
    ],
)
def test_numbers(value: float, decimals: int, sign: bool, text: str) -> None:
    assert style.number(value, decimals, sign) == text


def test_intervals_are_never_shown_narrower_than_they_are() -> None:
    assert style.half_width(0.0, 0.22, 1) == ".2"
    assert style.half_width(0.0, 0.2, 1) == ".1"
    assert style.half_width(0.0, 0.001, 1) == ".1"
    assert style.half_width(NAN, NAN, 1) == ""


def test_labels_differ() -> None:
    assert labels(["A", "B"], ["x", "y"]) == ["A", "B"]
    assert labels(["A", "A", "B"], ["x", "y", "z"]) == ["A (x)", "A (y)", "B"]
    assert len(set(labels(["A", "A"], ["x", "x"]))) == 2


def test_comparison_shows_reference_and_paired_differences(square: Comparison) -> None:
    text = table_of(square)
    rows = {line[:19].strip(): line.split() for line in text.splitlines()}
    kept = float(square.reference.estimate("retention_12_months").mean)
    assert f"{100 * kept:.1f}" in rows["Kept, 12 months"]
    e = square.difference(3, "npv")
    assert rows["Net present value"][-1].startswith(f"{float(e.mean) / 1e6:+.2f}+-".replace("0.", "."))
    assert "4 arms x 20 paired runs, 2,000 people for a market of 400,000, 60 months, seed 1, results v1" in text
    assert "Intervals hold luck only (20 paired runs); the assumptions of the world were not varied." in text
    assert rows["Insolvent"] == ["Insolvent", "runs", "0/20", "0/20", "0/20", "0/20"]
    assert "never (20/20)" in text
    assert "quarter 9" in text


@pytest.mark.parametrize("n_arms", [2, 4, 5, 9])
@pytest.mark.parametrize("money", [1.0, 1e3, 1e6])
def test_tables_are_ascii_and_at_most_100_columns_wide(n_arms: int, money: float) -> None:
    arms = [
        Arm(f"{SQUARE[i % 4].title}, number {i}", 0.84 - i / 100, 5e5 * money, 100.0 * money * i) for i in range(n_arms)
    ]
    text = table_of(invented_comparison(*arms, replications=3))
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("= reference") == math.ceil((n_arms - 1) / 3) if n_arms > 4 else 1


def test_signs_are_the_proper_ones_where_the_terminal_has_them(square: Comparison) -> None:
    text = table_of(square, unicode=True)
    assert "±" in text
    assert "+-" not in text


def test_one_replication_shows_no_interval_and_concludes_nothing() -> None:
    text = table_of(invented_comparison(*SQUARE[:2], replications=1))
    assert "+-" not in text
    assert "gives no interval" in text
    assert "one run does not tell luck from policy" in text
    assert "earns" not in text


def test_an_arm_equal_to_the_reference_is_called_the_same() -> None:
    one = invented_runs(SQUARE[0])
    again = Runs(one.scenario, one.rng, one.records, "again")
    text = table_of(Comparison((one, again)))
    assert "the same as Doormat, siloed (doormat_siloed) in every run." in text


def test_a_short_horizon_leaves_out_what_needs_a_year() -> None:
    text = table_of(invented_comparison(*SQUARE[:2], months=6))
    assert "Profit, year 1" not in text
    assert "Kept" not in text
    assert "Cumulative profit" in text
    assert "Profit, year 1" in (year := table_of(invented_comparison(*SQUARE[:2], months=12)))
    assert year.count("Profit, year") == 1
    assert "Profit, last 12 months" in table_of(invented_comparison(*SQUARE[:2], months=30))


def test_run_has_measures_and_financial_periods_of_every_firm() -> None:
    runs = invented_runs(SQUARE[0], firms=3, months=29)
    text = table_of_run(runs)
    assert "Rival 2" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "Intervals hold luck only (20 runs)" in text
    assert "The last quarter has 2 months only." in text
    _, _, below = text.partition("Profit per financial period, EURm; customers kept over the past 12 months\n")
    lines = below.splitlines()
    assert lines[0].split() == ["Q1", "Q2", "Q3", "Q4", "Year", "Kept,", "%"]
    firm = lines.index("Rival 1")
    profits = runs.period_values["profit"][:, :, 1].mean(axis=0) / 1e6
    shown = [line.split() for line in lines[firm + 1 : firm + 4]]
    assert [row[:2] for row in shown] == [["year", "1"], ["year", "2"], ["year", "3"]]
    for k, row in enumerate([shown[0][2:], shown[1][2:], shown[2][4:]]):  # the third has "(5 mo.)" after its name
        quarters = profits[4 * k : 4 * k + 4]
        means = [float(cell.partition("+-")[0]) for cell in row[:-1]]
        np.testing.assert_allclose(means, [*quarters, quarters.sum()], atol=0.0051)
        assert all("+-" in cell for cell in row)
    assert len(shown[2][4:]) == 4, "two quarters, their sum and the customers kept"
    assert lines[firm + 3].index(shown[2][6]) == pytest.approx(lines[firm + 2].index(shown[1][6]), abs=1)


@pytest.mark.parametrize(("months", "grid"), [(1, False), (3, False), (4, True), (12, True), (600, True)])
def test_a_run_of_one_quarter_has_no_grid(months: int, grid: bool) -> None:
    text = table_of_run(invented_runs(SQUARE[0], 3, months, firms=2))
    assert ("Profit per financial period" in text) == grid
    assert ("customers kept over" in text) == (months >= 12)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("money", [1.0, 1e-3, 1e3, 1.9])
@pytest.mark.parametrize("noise", [0.0, 1e4, 1e6])
def test_the_grid_of_a_run_is_at_most_100_columns_wide(money: float, noise: float) -> None:
    arm = Arm("A name that is as long as the longest titles are, of people who like words", 0.9, -5e5 * money, 0, noise)
    assert max(map(len, table_of_run(invented_runs(arm, 5, 60, 8)).splitlines())) <= 100


def test_comparison_has_the_first_quarters_and_the_last_of_each_year(square: Comparison) -> None:
    text = table_of(square)
    _, _, below = text.partition("Profit per financial period: the first four, then the last of each year\n")
    lines = below.partition("\n\n")[0].splitlines()
    places = [(1, 1), (2, 1), (3, 1), (4, 1), (8, 2), (12, 3), (16, 4), (20, 5)]
    assert [line[:20].strip() for line in lines] == [f"Quarter {q}, year {y}" for q, y in places]
    for (quarter, _), line in zip(places, lines, strict=True):
        _, reference, *others = line[18:].split()
        assert "+-" not in reference, "the reference in full"
        profit = square.reference.period_values["profit"][:, quarter - 1, 0].mean()
        assert float(reference) == pytest.approx(profit / 1e6, abs=0.0051)
        for k, cell in enumerate(others, 1):
            mean, _, half = cell.partition("+-")
            e = estimate(square.period_differences(k, "profit")[:, quarter - 1])
            assert mean[0] in "+-" and float(mean) == pytest.approx(float(e.mean) / 1e6, abs=0.0051)
            assert float(half) >= float(e.half) / 1e6 - 1e-9
    assert "financial period" not in comparison_table(arm_columns(square), comparison_heading(square), periods=False)


def test_quarters_of_horizons_that_are_not_whole_years() -> None:
    def quarters(months: int) -> list[str]:
        lines = table_of(invented_comparison(*SQUARE[:2], replications=3, months=months)).splitlines()
        return [line.partition("  ")[0] for line in lines if line.startswith(("Quarter", "Profit per"))]

    assert quarters(3) == []
    assert quarters(5) == ["Profit per financial period", "Quarter 1, year 1", "Quarter 2, year 1 (2 mo.)"]
    assert quarters(12)[0] == "Profit per financial period" and len(quarters(12)) == 5
    assert quarters(17)[-2:] == ["Quarter 4, year 1", "Quarter 6, year 2 (2 mo.)"]


def test_insolvency_is_counted_and_survivors_are_not_compared() -> None:
    comparison = invented_comparison(SQUARE[0], Arm("Bold", 0.9, 900_000, insolvent_runs=4))
    text = " ".join(table_of(comparison).split())
    assert "4/20" in text
    assert "insolvent in 4 of 20 runs (reference: 0)" in text
    assert "keeps more" not in text
    assert "has 20 % fewer customers at the end" in text  # those of all runs
    assert "no customers left" in text


def column(label: str, **differences: tuple[float, float, float]) -> Column:
    return Column(label, label, {}, {name: Cell(*cell, 20) for name, cell in differences.items()})


REFERENCE = Column("A", "A", {"customers": Cell(100_000, 99_000, 101_000, 20)})
CLEAR, UNCLEAR = (2e6, 1e6, 3e6), (1e6, -1e6, 3e6)


@pytest.mark.parametrize(
    ("differences", "said", "unsaid"),
    [
        ({"npv": CLEAR}, "net present value EUR 2.0m higher", "no clear difference in net present value"),
        ({"npv": UNCLEAR}, "no clear difference", "higher"),
        (
            {"profit_year_1": (-2, -3, -1), "profit_last_year": (2, 1, 3)},
            "earns less in year 1, more in year 5",
            "pays",
        ),
        (
            {"profit_year_1": (2, -1, 5), "profit_last_year": (2, 1, 3)},
            "no clear difference in profit in year 1",
            "less",
        ),
        ({"customers": (-9_300, -9_900, -9_100)}, "; has 9.3 % fewer customers at the end.", "more"),
        ({"customers": (12_345, 9e3, 15e3)}, "; has 12 % more customers at the end.", "fewer"),
        ({"customers": (40, 10, 70)}, "; has more customers at the end.", "%"),
        ({"customers": (-9_700, -2e4, 500)}, "or customers at the end.", "fewer"),
        ({"customers": (-9_700, -2e4, 500), "npv": CLEAR}, "no clear difference in customers at the end", "fewer"),
        ({"retention_12_months": (0.01, 0.005, 0.015)}, "no clear difference", "more"),
    ],
)
def test_sentences_speak_only_of_clear_differences(
    differences: dict[str, tuple[float, float, float]], said: str, unsaid: str
) -> None:
    text = sentences.arm_sentence(column("B", **differences), REFERENCE, HEADING)
    assert said in text
    assert unsaid not in text


def test_payback_in_words() -> None:
    assert sentences.payback_cell(Payback(0, 20, 0, 20)) == "at once"
    assert sentences.payback_cell(Payback(0, 15, 1, 20)) == "at once (19/20)"
    assert sentences.payback_cell(Payback(7, 1, 0, 20)) == "quarter 7"
    assert sentences.payback_cell(Payback(11, 1, 8, 20)) == "quarter 11 (12/20)"
    assert "not within the horizon in 2 of 20 runs" in sentences.payback_clause(Payback(7, 1, 2, 20))
    assert sentences.payback_cell(Payback(None, 0, 18, 20)) == "never (18/20)"
    assert "in 18 of 20 runs" in sentences.payback_clause(Payback(None, 0, 18, 20))


def test_json_holds_the_numbers_and_null_for_what_does_not_exist(square: Comparison) -> None:
    data = json.loads(dumps(comparison_data(square, "results/x")))
    assert [arm["arm"] for arm in data["arms"]] == [arm.label for arm in square.arms]
    assert "differences" not in data["arms"][0]
    e = square.difference(2, "npv")
    assert data["arms"][2]["differences"]["npv"]["low"] == pytest.approx(float(e.low))
    assert data["arms"][1]["payback"]["quarter"] is None
    last = data["arms"][2]["periods"][-1]
    assert (last["period"], last["year"], last["months"]) == (20, 5, 3)
    own, other = (square.arms[k].period_values["profit"][:, -1, 0].mean() for k in (2, 0))
    assert last["profit"]["mean"] == pytest.approx(own)
    assert last["difference"]["mean"] == pytest.approx(own - other)
    assert len(data["arms"][0]["periods"]) == 20 and "difference" not in data["arms"][0]["periods"][0]
    assert "luck only" in data["intervals"]
    one = json.loads(dumps(run_data(invented_runs(SQUARE[0], replications=1, months=6), "results/x")))
    assert one["firms"][0]["measures"]["retention_12_months"]["mean"] is None
    assert one["firms"][0]["measures"]["npv"]["low"] is None
    assert one["months"] == 6
    assert [p["months"] for p in one["firms"][0]["periods"]] == [3, 3]
    assert one["years"][0]["firms"][0]["profit"]["mean"] == pytest.approx(
        sum(p["profit"]["mean"] for p in one["firms"][0]["periods"])
    )


RATE = "world.requests.out_of_scope_rate"


def in_other_worlds(*scenarios: Scenario) -> Comparison:
    """Invented results under given scenarios."""
    arms = zip(invented_comparison(*SQUARE[: len(scenarios)], replications=5).arms, scenarios, strict=True)
    return Comparison(tuple(Runs(s, arm.rng, arm.records, arm.label) for arm, s in arms))


def test_different_worlds_are_said_in_table_and_json(square: Comparison) -> None:
    base = Scenario.default()
    comparison = in_other_worlds(base.replace(RATE, 0.15), base.replace(RATE, 0.25))
    note = f"Worlds differ: requests.out_of_scope_rate .15 / .25: {ALONE}"
    head, _, _ = table_of(comparison).partition("\n\n")
    assert note in " ".join(head.split())
    assert "world were not varied within an arm." in " ".join(table_of(comparison).split())
    worlds = comparison_data(comparison, "x")["worlds"]
    assert worlds["note"] == note
    assert [(d["path"], [a["value"] for a in d["arms"]]) for d in worlds["differences"]] == [(RATE, [0.15, 0.25])]
    assert "Worlds" not in table_of(square)
    assert comparison_data(square, "x")["worlds"] == {"note": None, "differences": []}


def test_worlds_that_change_differently_differ() -> None:
    base = Scenario.default().replace(RATE, 0.15)
    rise = [Change(m, over, world={"requests": {"out_of_scope_rate": 0.25}}) for m, over in ((13, 0), (8, 6))]
    step, ramp = (base.replace("timeline", [change]) for change in rise)
    path = "requests.out_of_scope_rate"
    assert f"{path} .15 / .15 then .25 from month 13:" in worlds_note([base, step])
    assert f"{path} .15 then .25 from month 13 / .15 then .25 by month 13:" in worlds_note([step, ramp])
    policy = base.replace("timeline", [Change(3, policy={"requests": {"conceded_share": 0.1}})])
    assert worlds_note([base, policy]) == worlds_note([base, base]) == ""


def test_many_different_values_are_counted() -> None:
    base = Scenario.default()
    other = base
    for path, p in list(base.catalogue.paths("world"))[:9]:
        if not path.startswith("world.market"):
            other = other.replace(path, p.low if base.value(path) != p.low else p.high)
    note = worlds_note([base, other])
    assert note.count(" / ") == 4 and " more: differences" in note


def test_the_header_tells_people_from_the_market() -> None:
    def header(people: int, market: float, months: int) -> str:
        return comparison_table([column("A")], Heading(2, people, market, months, 1, 1, "EUR")).splitlines()[0]

    assert "2,000 people for a market of 400,000, 60 months," in header(2000, 400_000, 60)
    assert " 1 person for a market of 400,000, 1 month," in header(1, 400_000, 1)
    assert "runs, 500 people, 2 months," in header(500, 500, 2)


def test_too_little_to_read_anything_from_is_said() -> None:
    def note(people: int, runs: int) -> str:
        return sentences.few_note(Heading(runs, people, 400_000, 60, 1, 1, "EUR"))

    assert note(200, 5) == ""
    assert note(199, 5) == "Too few customers (199, 200 at least) to read anything from."
    assert note(1, 1) == "Too few customers (1, 200 at least) and runs (1, 5 at least) to read anything from."
    assert note(200, 4).endswith("An interval of 4 runs is 3.2 standard errors to either side: it means little.")
    assert note(200, 2).endswith("An interval of 2 runs is 12.7 standard errors to either side: it means little.")
    assert "interval" not in note(200, 1)
    assert note(200, 4) in " ".join(table_of(invented_comparison(*SQUARE[:2], replications=4)).split())
    few, enough = (table_of(invented_comparison(*SQUARE[:2], replications=n)) for n in (4, 5))
    assert "+-95 % (luck only; of 4 runs: means little)" in few and "+-95 % (luck only)" in enough
    assert "Too few" in table_of_run(invented_runs(SQUARE[0], replications=4))
    assert "Too few" not in table_of_run(invented_runs(SQUARE[0], replications=5))
