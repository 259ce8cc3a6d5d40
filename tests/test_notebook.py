"""How scenarios, runs and comparisons show themselves in a notebook: HTML without surprises, figures, short texts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

from cxsim.report.readings import arm_columns, comparison_heading, firm_columns, firm_years, heading
from cxsim.report.sheet import Block, Sheet, as_html, as_text
from cxsim.report.tables import comparison_table, run_table
from cxsim.scenario import Change, Rival, Scenario
from invented import SQUARE, Arm, invented_comparison, invented_runs

NASTY = '<script>alert(1)</script> & "more"'


class Reader(HTMLParser):
    """Checks that tags close in order, and keeps the texts and the cells of each row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.styles: list[str] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.styles += [value or "" for name, value in attrs if name == "style"]
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag == "br":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def numbers(text: str) -> list[str]:
    return re.findall(r"[-+]?\d*\.?\d[\d,]*(?:\.\d+)?", text.replace("\u00b1", " ").replace("+-", " "))


@pytest.mark.parametrize("n_arms", [2, 4, 7])
def test_a_comparison_shows_the_table_of_the_screen(n_arms: int) -> None:
    comparison = invented_comparison(*[Arm(f"Arm {i}", 0.84, 5e5 + 1e4 * i) for i in range(n_arms)], replications=5)
    shown = Reader(comparison._repr_html_())
    text = comparison_table(arm_columns(comparison), comparison_heading(comparison))
    labels = [row[0] for row in shown.rows if len(row) == n_arms + 2 and row[0]]
    assert labels[:2] == ["Kept, 12 months", "Churn"] and "Quarter 20, year 5" in labels
    for row in (row for row in shown.rows if len(row) == n_arms + 2 and row[0]):
        on_screen = [line for line in text.splitlines() if line.startswith(f"{row[0]} ")]
        cells = " ".join(on_screen)
        assert all(cell.replace("\u00b1", "+-") in cells for cell in row[2:])
    assert "Intervals hold luck only (5 paired runs); the assumptions of the world were not varied." in shown.texts


def test_a_run_shows_the_table_of_the_screen() -> None:
    runs = invented_runs(SQUARE[0], 5, 30, firms=2)
    shown = Reader(runs._repr_html_())
    assert sorted(numbers(" ".join(shown.texts))) == sorted(
        numbers(run_table(firm_columns(runs), firm_years(runs), heading(runs)))
    )


def test_html_has_no_colours_of_its_own_and_escapes_titles() -> None:
    pages = [
        invented_comparison(SQUARE[0], Arm(NASTY), replications=3)._repr_html_(),
        invented_runs(Arm(NASTY), 3)._repr_html_(),
        Scenario.default().replace("title", NASTY, "question", NASTY)._repr_html_(),
    ]
    for page in pages:
        shown = Reader(page)
        assert shown.tags <= {"div", "p", "b", "table", "caption", "tr", "th", "td", "br"}
        assert any(NASTY in text for text in shown.texts)
        assert not any(re.search(r"(?<!-)color:|background", style) for style in shown.styles), "themes decide"


def test_headings_and_captions_stand_in_both_forms() -> None:
    block = Block(["A", "B\n= b"], [["one", "m", "1", "+2+-3"], ["a heading"], ["two", "", "n/a", "4"]], "what it is")
    sheet = Sheet(["head"], [block], ["foot"])
    lines = [
        "head", "", "what it is",
        "        A    B",
        "             = b",
        "one  m    1  +2+-3",
        "a heading",
        "two     n/a   4", "", "foot",
    ]  # fmt: skip
    assert as_text(sheet).splitlines() == lines
    shown = Reader(as_html(sheet))
    assert shown.rows == [["", "", "A", "B= b"], ["one", "m", "1", "+2\u00b13"], ["a heading"], ["two", "", "n/a", "4"]]


def test_texts_stay_short() -> None:
    comparison = invented_comparison(*SQUARE, replications=3)
    for one in (comparison, comparison.reference, Scenario.default()):
        assert len(repr(one)) < 150 and "\n" not in repr(one)


def test_figures_by_name() -> None:
    comparison = invented_comparison(*SQUARE[:2], replications=3)
    figures = comparison.figures()
    assert list(figures) == ["paired_difference", "profit", "customers_kept", "whale_curve"]
    assert all(isinstance(figure, Figure) for figure in figures.values())
    assert comparison.figure().get_label() == figures["paired_difference"].get_label()
    assert comparison.figure("profit").get_label() == figures["profit"].get_label()
    assert list(comparison.reference.figures()) == ["profit", "customers_kept", "whale_curve"]
    assert comparison.reference.figure().get_label().startswith("Doormat, siloed earns")
    with pytest.raises(KeyError, match="unknown figure 'profits'; did you mean 'profit'"):
        comparison.figure("profits")


def test_a_scenario_shows_what_differs_from_the_defaults() -> None:
    base = Scenario.default()
    assert "All defaults." in Reader(base._repr_html_()).texts
    changed = base.replace(
        "question", "Why?", "policy.requests.conceded_share", 0.123, "customers", 500, "rivals", (Rival("R", {}),) * 1,
        "timeline", [Change(3, policy={"requests": {"conceded_share": 0.5}})],
    )  # fmt: skip
    shown = Reader(changed._repr_html_())
    assert "Why?" in shown.texts
    assert [row[:2] for row in shown.rows[1:]] == [["customers", "500"], ["policy.requests.conceded_share", "0.123"]]
    assert any("1 rival, 1 change over time" in text for text in shown.texts)
