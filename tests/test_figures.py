"""Figures: the same bytes for the same numbers, titles that follow from them, labels that do not collide."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import matplotlib
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager, rc_context
from matplotlib.figure import Figure

from cxsim.report import drawing, fonts, sentences, style
from cxsim.report.figures import ANYWAY, _footer, known_figures
from cxsim.report.readings import Cell, Heading, heading, pairwise
from cxsim.results import Runs
from cxsim.scenario import Scenario
from invented import SQUARE, Arm, invented_comparison, invented_runs

UP, DOWN, OPEN = Cell(2e6, 1e6, 3e6, 20), Cell(-2e6, -3e6, -1e6, 20), Cell(1e6, -1e6, 3e6, 20)
NIL = Cell(0, 0, 0, 20)


def title_of(files: dict[str, bytes], name: str) -> str:
    root = ET.fromstring(files[name])
    return next(node.text or "" for node in root.iter() if node.tag.endswith("}title"))


NAMES = ("paired_difference", "profit", "customers_kept", "whale_curve")


def test_comparison_gives_its_figures_as_svg_and_png() -> None:
    files = drawing.files(invented_comparison(*SQUARE).figures())
    assert set(files) == {f"{n}.{e}" for n in NAMES for e in ("svg", "png")}
    for name, content in files.items():
        assert content.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")
    assert title_of(files, "customers_kept.svg") == (
        "Mutual, cross-functional keeps the largest share of its customers in year 5"
    )
    assert title_of(files, "profit.svg") == "Mutual, cross-functional earns the most in year 5"
    assert title_of(files, "paired_difference.svg") == (
        "Cumulative profit after 5 years: 2 of 3 arms ahead of Doormat, siloed; Doormat, cross-functional behind"
    )
    assert title_of(files, "whale_curve.svg") == (
        "No clear leader in the share of customers who cost more than they bring"
    )


def test_a_run_shows_the_focal_firm_and_its_rivals() -> None:
    charts = invented_runs(SQUARE[0], 20, firms=3).figures()
    assert tuple(charts) == NAMES[1:]
    assert charts["profit"].get_label() == "Doormat, siloed earns EUR 4.3m in year 5"
    assert charts["customers_kept"].get_label() == "Doormat, siloed keeps 84 % of its customers in year 5"
    assert charts["whale_curve"].get_label() == "Doormat, siloed: 20 % of customers cost more than they bring"
    for chart in charts.values():
        assert {"Doormat, siloed", "Rival 1", "Rival 2"} <= {text.get_text() for text in chart.axes[0].texts}
    one = invented_runs(SQUARE[0], 1, 1).figures()
    assert {name: chart.get_label() for name, chart in one.items()} == {
        "profit": "Doormat, siloed earns EUR 554k in 1 month, in one run",
        "whale_curve": "Doormat, siloed: 20 % of customers cost more than they bring, in one run",
    }


@pytest.mark.parametrize("months", [1, 14, 60])
@pytest.mark.parametrize("replications", [1, 4])
def test_any_column_and_any_measure_can_be_drawn(months: int, replications: int) -> None:
    """Columns by quarter or by month, whole quarters only; measures as a row for each arm or firm."""
    comparison = invented_comparison(*SQUARE[:2], replications=replications, months=months)
    runs = invented_runs(SQUARE[0], replications, months, firms=2)
    for name in ("trust", "quits", "pay_cost", "nps", "churn_per_year", "npv", "insolvent"):
        for results in (comparison, runs):
            chart = results.figure(name)
            assert name not in results.figures() and chart.get_label() and "nan" not in chart.get_label()
    for name in known_figures():
        if name not in ANYWAY:
            comparison.figure(name).draw_without_rendering()


def test_what_a_figure_of_a_column_shows() -> None:
    comparison = invented_comparison(*SQUARE, replications=6)
    kept = comparison.figure("retention_12_months")
    assert kept.get_label() == "Retention 12 months: highest in Mutual, cross-functional in the last quarter"
    (axes,) = kept.axes
    line = next(line for line in axes.lines if len(line.get_xdata()) == 20)
    own = 100 * comparison.reference.period_values["retention_12_months"][..., 0]
    assert line.get_ydata()[-1] == pytest.approx(own[:, -1].mean())
    assert axes.get_title(loc="left").startswith("Retention 12 months, %")
    by_month = comparison.figure("pay_cost").axes[0]
    assert list(by_month.get_xticks()) == [1, 12, 24, 36, 48, 60]
    one = comparison.figure("npv")
    assert one.get_label().startswith("Net present value: ") and len(one.axes[0].get_yticks()) == 4
    assert comparison.reference.figure("trust").get_label().startswith("Trust of Doormat, siloed is ")
    for wrong, near in (("trsut", "trust"), ("nvp", "npv"), ("paired_diference", "paired_difference")):
        with pytest.raises(KeyError, match=f"unknown figure '{wrong}'; did you mean '{near}'"):
            comparison.figure(wrong)


def test_the_whale_curve_runs_over_customers_and_rises_before_it_falls() -> None:
    (axes,) = invented_runs(SQUARE[0], 3).figure("whale_curve").axes
    (curve,) = (line for line in axes.lines if len(line.get_xdata()) == 101)
    x, y = curve.get_xdata(), curve.get_ydata()
    assert (x[0], x[-1], y[0]) == (0, 100, 0) and y.argmax() == 80
    assert axes.get_xlim() == (0, 100) and list(axes.get_xticks()) == [0, 20, 40, 60, 80, 100]


def test_the_title_of_whale_curves_follows_from_the_share_of_unprofitable_customers() -> None:
    told = sentences.leader_title
    about = heading(invented_runs(SQUARE[0], 20))
    names = ["A", "B"]
    few = "has the smaller share of customers who cost more than they bring"
    assert told("unprofitable", names, [[NIL, DOWN], [UP, NIL]], about) == f"A {few}"
    assert told("unprofitable", names, [[NIL, UP], [DOWN, NIL]], about) == f"B {few}"
    assert told("unprofitable", names, [[NIL, OPEN], [OPEN, NIL]], about).startswith("No clear leader")


def test_same_numbers_same_bytes_whatever_the_users_settings() -> None:
    comparison = invented_comparison(*SQUARE[:2], replications=3, months=24)
    first = drawing.files(comparison.figures())
    with rc_context({"font.size": 30.0, "svg.hashsalt": None, "axes.grid": True}):
        assert drawing.files(comparison.figures()) == first
    assert b"<dc:date>" not in first["paired_difference.svg"]


@pytest.mark.parametrize("months", [1, 2, 5, 12, 13, 120])
@pytest.mark.parametrize("replications", [1, 2])
def test_any_horizon_can_be_drawn(months: int, replications: int) -> None:
    names = tuple(name for name in NAMES if months >= 12 or name != "customers_kept")
    comparison = invented_comparison(*SQUARE[:2], replications=replications, months=months)
    assert tuple(comparison.figures()) == names
    assert tuple(invented_runs(SQUARE[0], replications, months, firms=2).figures()) == names[1:]


def test_hard_cases_can_be_drawn() -> None:
    arms = [Arm(f"Costs $5 & <more> _{i}_ 100 % Ärger 客户", insolvent_runs=i, noise=0.0) for i in range(9)]
    files = drawing.files(invented_comparison(*arms, replications=5).figures())
    for name in NAMES:
        ET.fromstring(files[f"{name}.svg"])


def test_titles_name_a_leader_only_against_every_other_arm() -> None:
    names = ["A", "B", "C"]
    b_leads = [[NIL, DOWN, OPEN], [UP, NIL, UP], [OPEN, DOWN, NIL]]
    nobody = [[NIL, DOWN, OPEN], [UP, NIL, OPEN], [OPEN, OPEN, NIL]]

    def title(what: Literal["kept", "profit"], pairs: list[list[Cell]], n: int = 20, months: int = 60) -> str:
        return sentences.leader_title(what, names[: len(pairs)], pairs, Heading(n, 2000, 4e5, months, 1, 1, "EUR"))

    assert title("kept", b_leads) == "B keeps the largest share of its customers in year 5"
    assert title("profit", b_leads) == "B earns the most in year 5"
    assert title("kept", nobody) == "No clear leader in the share of customers kept in year 5"
    assert title("profit", nobody, months=30) == "No clear leader in profit in the last 12 months"
    assert title("profit", [[NIL, DOWN], [UP, NIL]], months=6) == "B earns more in 6 months"
    assert title("kept", [[NIL, DOWN], [UP, NIL]]) == "B keeps a larger share of its customers in year 5"
    assert "cannot be told apart" in title("profit", b_leads, n=1)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([UP], "B has earned EUR 2.0m more than A after 5 years"),
        ([DOWN], "B has earned EUR 2.0m less than A after 5 years"),
        ([OPEN], "No clear difference in cumulative profit between B and A after 5 years"),
        ([OPEN, OPEN], "After 5 years, no arm's cumulative profit differs clearly from A"),
        ([UP, UP], "Cumulative profit after 5 years: both arms ahead of A"),
        ([DOWN, OPEN], "Cumulative profit after 5 years: B behind A; C not clearly different"),
        ([DOWN, OPEN, OPEN], "Cumulative profit after 5 years: B behind A; 2 not clearly different"),
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


@pytest.mark.parametrize(("n_arms", "short"), [(2, False), (2, True), (4, False), (10, False), (20, False)])
def test_no_text_covers_another_or_leaves_the_figure(n_arms: int, short: bool) -> None:
    arms = [Arm("Less"[i:] if short else f"{SQUARE[i % 4].title} {i}", 0.84, noise=1e3) for i in range(n_arms)]
    for figure in invented_comparison(*arms, replications=4).figures().values():
        with drawing._our_style():
            figure.draw_without_rendering()
            texts = [*figure.texts, *figure.axes[0].texts, figure.axes[0]._left_title]  # type: ignore[attr-defined]
            boxes = [text.get_window_extent() for text in texts]
            sizes = [t.get_fontsize() for t in figure.findobj(lambda o: hasattr(o, "get_fontsize")) if t.get_text()]
        assert min(sizes) >= 11
        for i, one in enumerate(boxes):
            assert figure.bbox.x0 <= one.x0
            assert one.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= one.y0
            assert one.y1 <= figure.bbox.y1
            assert not any(_overlap(one, other) for other in boxes[i + 1 :])


@pytest.mark.parametrize(("n_arms", "slide"), [(2, True), (4, True), (10, False)])
def test_figures_have_the_shape_of_a_slide_unless_names_need_more(n_arms: int, slide: bool) -> None:
    arms = [Arm(f"{SQUARE[i % 4].title} {i}", 0.84) for i in range(n_arms)]
    for chart in invented_comparison(*arms, replications=3).figures().values():
        width, height = chart.get_size_inches()
        assert (width / height == pytest.approx(16 / 9)) == slide and width / height <= 16 / 9 + 1e-9


def test_arms_share_one_scale_that_says_where_it_begins() -> None:
    charts = invented_comparison(*SQUARE).figures()
    for name, chart in charts.items():
        (axes,) = chart.axes
        low, high = axes.get_ylim()
        assert ("(axis does not begin at 0)" in axes.get_title("left")) == (low > 0 or high < 0)
        assert (name == "customers_kept") == (low > 0)


def test_the_footer_says_where_the_title_rests_on_more_than_the_bands() -> None:
    for n in (1, 5):
        charts = invented_comparison(*SQUARE[:2], replications=n).figures()
        said = {name: any("rests on paired differences" in t.get_text() for t in c.texts) for name, c in charts.items()}
        assert said == {"paired_difference": False, "profit": n > 1, "customers_kept": n > 1, "whale_curve": n > 1}


def test_runs_out_of_business_are_marked_and_counted() -> None:
    charts = invented_comparison(SQUARE[0], Arm("Bold", 0.95, insolvent_runs=3)).figures()
    kept, profit = (" ".join(t.get_text() for t in charts[n].texts) for n in ("customers_kept", "profit"))
    assert "Out of business in some of the 20 runs: bold 3." in kept
    assert "A cross: from here on, some runs have no value." in kept.replace("\n", " ")
    assert "A cross" not in profit
    bands = charts["customers_kept"].axes[0].collections
    assert all(0 <= y <= 100 for band in bands for path in band.get_paths() for y in path.vertices[:, 1])


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


def font_with(signs: str, folder: Path) -> None:
    """Make a font that has these signs, each a square, known to matplotlib until the test ends."""
    maker = FontBuilder(1000, isTTF=True)
    names = [".notdef", *(f"sign{k}" for k in range(len(signs)))]
    pen = TTGlyphPen(None)
    for move, point in ((pen.moveTo, (0, 0)), (pen.lineTo, (0, 900)), (pen.lineTo, (900, 900)), (pen.lineTo, (900, 0))):
        move(point)
    pen.closePath()
    square = pen.glyph()
    maker.setupGlyphOrder(names)
    maker.setupCharacterMap({ord(sign): name for sign, name in zip(signs, names[1:], strict=True)})
    maker.setupGlyf(dict.fromkeys(names, square))
    maker.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    maker.setupHorizontalHeader(ascent=900, descent=-100)
    maker.setupNameTable({"familyName": "Squares", "styleName": "Regular"})
    maker.setupOS2(usWeightClass=400)
    maker.setupPost()
    maker.save(folder / "squares.ttf")
    font_manager.fontManager.addfont(folder / "squares.ttf")


@pytest.fixture
def no_further_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the fonts that come with matplotlib, whatever this machine has."""
    ours = Path(matplotlib.get_data_path())
    kept = [f for f in font_manager.fontManager.ttflist if ours in Path(f.fname).parents]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", kept)
    fonts._further.cache_clear()
    yield
    fonts._further.cache_clear()


@pytest.mark.usefixtures("no_further_fonts")
def test_titles_that_no_font_has_are_replaced_by_names() -> None:
    assert fonts.families("Сначала клиент, Ärger, €") == [fonts.OURS]
    assert fonts.readable("客户", "customer_first", "arm 2") == "customer_first"
    assert fonts.readable("客户", "客", "arm 2") == "arm 2"
    assert fonts.drawable_part("EUR 客户") == "EUR ??"
    chart = invented_comparison(SQUARE[0], Arm("客户至上")).figures()["profit"]
    assert "arm 2" in {text.get_text() for text in chart.axes[0].texts}
    with drawing._our_style():
        chart.draw_without_rendering()  # a missing sign would warn, and warnings are errors


@pytest.mark.usefixtures("no_further_fonts")
def test_a_font_of_this_system_is_used_for_what_ours_lacks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    font_with("客户至上", tmp_path)
    assert fonts.families("客户 first") == [fonts.OURS, "Squares"]
    assert fonts.drawable_part("客户至上爱") == "客户至上?"
    charts = invented_comparison(SQUARE[0], Arm("客户至上")).figures()
    assert "客户至上" in {text.get_text() for text in charts["profit"].axes[0].texts}
    files = drawing.files(charts)
    assert not caplog.records, "nothing is said of a font without a bold face"
    assert "客户至上 earns".encode() in files["profit.svg"] or b"No clear" in files["profit.svg"]


def test_wide_signs_count_twice() -> None:
    assert fonts.columns("Mutual") == 6 and fonts.columns("客户至上") == 8
    assert drawing._wrapped_name("客户" * 10).count("\n") == 2


def test_a_notebook_is_given_a_picture() -> None:
    chart = invented_comparison(*SQUARE[:2], replications=2).figures()["profit"]
    picture = chart._repr_png_()
    assert picture.startswith(b"\x89PNG") and len(picture) < 100_000
    assert isinstance(chart, Figure)
