"""Figures: the same bytes for the same numbers, titles that follow from them, labels that do not collide."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET

import pytest
from matplotlib import rc_context

from cxsim.report import sentences, style
from cxsim.report.drawing import _figure, _our_style
from cxsim.report.figures import _footer, comparison_figures, run_figures
from cxsim.report.readings import Cell, pairwise
from cxsim.results import Runs
from cxsim.scenario import Scenario
from invented import SQUARE, Arm, invented_comparison, invented_runs

UP, DOWN, OPEN = Cell(2e6, 1e6, 3e6, 20), Cell(-2e6, -3e6, -1e6, 20), Cell(1e6, -1e6, 3e6, 20)
NIL = Cell(0, 0, 0, 20)


def title_of(files: dict[str, bytes], name: str) -> str:
    root = ET.fromstring(files[name])
    return next(node.text or "" for node in root.iter() if node.tag.endswith("}title"))


def test_comparison_gives_both_figures_as_svg_and_png() -> None:
    files = comparison_figures(invented_comparison(*SQUARE))
    assert set(files) == {f"{n}.{e}" for n in ("loyalty_and_profit", "paired_difference") for e in ("svg", "png")}
    for name, content in files.items():
        assert content.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")
    assert title_of(files, "loyalty_and_profit.svg") == (
        "Mutual, cross-functional keeps the most customers and earns the most in year 5"
    )
    assert title_of(files, "paired_difference.svg") == (
        "Cumulative profit after 5 years: 2 of 3 arms ahead of Doormat, siloed; Doormat, cross-functional behind"
    )


def test_same_numbers_same_bytes_whatever_the_users_settings() -> None:
    comparison = invented_comparison(*SQUARE[:2], replications=3, months=24)
    first = comparison_figures(comparison)
    with rc_context({"font.size": 30.0, "svg.hashsalt": None, "axes.grid": True}):
        assert comparison_figures(comparison) == first
    assert b"<dc:date>" not in first["paired_difference.svg"]


@pytest.mark.parametrize("months", [1, 2, 5, 12, 13, 120])
@pytest.mark.parametrize("replications", [1, 2])
def test_any_horizon_can_be_drawn(months: int, replications: int) -> None:
    assert len(comparison_figures(invented_comparison(*SQUARE[:2], replications=replications, months=months))) == 4
    assert len(run_figures(invented_runs(SQUARE[0], replications, months, firms=2))) == 2


def test_hard_cases_can_be_drawn() -> None:
    arms = [Arm(f"Costs $5 & <more> _{i}_ 100 % Ärger 客户", insolvent_runs=i, noise=0.0) for i in range(9)]
    files = comparison_figures(invented_comparison(*arms, replications=5))
    ET.fromstring(files["loyalty_and_profit.svg"])


def test_titles_name_a_leader_only_against_every_other_arm() -> None:
    names = ["A", "B", "C"]
    b_leads = [[NIL, DOWN, OPEN], [UP, NIL, UP], [OPEN, DOWN, NIL]]
    nobody = [[NIL, DOWN, OPEN], [UP, NIL, OPEN], [OPEN, OPEN, NIL]]

    def title(kept: list[list[Cell]], profit: list[list[Cell]], n: int = 20) -> str:
        return sentences.loyalty_and_profit_title(names, kept, profit, n, "year 5")

    assert title(b_leads, b_leads) == "B keeps the most customers and earns the most in year 5"
    assert title(b_leads, nobody) == "B keeps the most customers; no clear leader in profit"
    assert title(nobody, b_leads) == "B earns the most in year 5; no clear leader in customers kept"
    assert title(nobody, nobody).startswith("No clear leader")
    assert "cannot be told apart" in title(b_leads, b_leads, n=1)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([UP], "B has earned EUR 2.0m more than A after 5 years"),
        ([DOWN], "B has earned EUR 2.0m less than A after 5 years"),
        ([OPEN], "No clear difference in cumulative profit between B and A after 5 years"),
        ([OPEN, OPEN], "After 5 years, no arm's cumulative profit differs clearly from A"),
        ([UP, UP], "Cumulative profit after 5 years: all 2 arms ahead of A"),
        ([DOWN, OPEN], "Cumulative profit after 5 years: B behind A; 1 not clearly different"),
    ],
)
def test_titles_of_differences(cells: list[Cell], message: str) -> None:
    arms = list(zip("BCD", cells, strict=False))
    assert sentences.difference_title(arms, "A", "5 years", "EUR", 20) == message


def test_survivors_do_not_lead() -> None:
    comparison = invented_comparison(SQUARE[0], Arm("Bold", 0.95, insolvent_runs=3))
    assert sentences.leader(pairwise(comparison, "retention_12_months")) is None


def test_labels_are_pushed_apart_and_stay_in_order() -> None:
    for wanted in ([5.0, 5.0, 5.0], [0.0, 1.0, 99.0], [100.0, 100.0, 0.0], [50.0]):
        placed = style.spread(wanted, 10, 0, 100)
        ordered = sorted(placed)
        assert all(b - a >= 10 - 1e-9 for a, b in itertools.pairwise(ordered))
        assert ordered[0] >= 0
        assert ordered[-1] <= 100
        assert all(
            (a < b) == (x < y)
            for a, x in zip(wanted, placed, strict=True)
            for b, y in zip(wanted, placed, strict=True)
            if a != b
        )
    assert style.spread([1.0, 1.0, 1.0], 100, 0, 10) == [0, 5, 10]
    assert style.spread([2.0, 8.0], 3, 0, 10) == [2.0, 8.0]


@pytest.mark.parametrize("n_arms", [2, 4, 10])
def test_no_text_covers_another_or_leaves_the_figure(n_arms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {}

    def catch(stem: str, *given: object) -> dict[str, bytes]:
        seen[stem] = given
        return {}

    monkeypatch.setattr("cxsim.report.figures.figure_bytes", catch)
    arms = [Arm(f"{SQUARE[i % 4].title} {i}", 0.84, noise=1e3) for i in range(n_arms)]
    comparison_figures(invented_comparison(*arms, replications=4))
    for given in seen.values():
        with _our_style():
            figure = _figure(*given)  # type: ignore[arg-type]
            figure.draw_without_rendering()
            boxes = [text.get_window_extent() for text in figure.texts]
            boxes += [text.get_window_extent() for axes in figure.axes for text in axes.texts]
            sizes = [t.get_fontsize() for t in figure.findobj(lambda o: hasattr(o, "get_fontsize")) if t.get_text()]
        assert min(sizes) >= 11
        for i, one in enumerate(boxes):
            assert figure.bbox.x0 <= one.x0
            assert one.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= one.y0
            assert one.y1 <= figure.bbox.y1
            assert not any(_overlap(one, other) for other in boxes[i + 1 :])


def _overlap(one, other) -> bool:  # type: ignore[no-untyped-def]
    slack = 3.0  # pixels: the space above and below the letters
    return bool(
        min(one.x1, other.x1) - max(one.x0, other.x0) > slack and min(one.y1, other.y1) - max(one.y0, other.y0) > slack
    )


def test_lines_differ_without_colour() -> None:
    assert len({style.dash(i) for i in range(7)}) == 7
    assert len({(style.colour(i), style.dash(i)) for i in range(20)}) == 20


def test_the_footer_says_that_worlds_differ() -> None:
    one, two = invented_comparison(*SQUARE[:2], replications=3).arms
    rate = "world.requests.out_of_scope_rate"
    worlds = [Scenario.default().replace(rate, value) for value in (0.15, 0.25)]
    pair = [Runs(s, 1, arm.records, arm.label) for s, arm in zip(worlds, (one, two), strict=True)]
    assert "Worlds differ: requests.out_of_scope_rate .15 / .25:" in _footer(pair, paired=True)
    assert "Worlds" not in _footer([one, two], paired=True)
