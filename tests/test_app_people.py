"""People, silos and money on the page in a real browser, and that nothing of company B is there while it is covered."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app_browser import in_a_browser

pytestmark = in_a_browser


def test_a_life_in_both_worlds(page: Any) -> None:
    page.get_by_role("button", name="left both").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(re.compile(r"Customer \d+")).first.wait_for()
    assert dialog.get_by_text(re.compile(r"Left in month \d+\. In the \d+ months? before")).count() == 2
    assert dialog.get_by_text(re.compile("^left us")).count() >= 2
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")


def test_an_employees_life_and_the_silos(page: Any) -> None:
    page.get_by_role("button", name="resigned from both").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(re.compile(r"Place \d+, \w+")).first.wait_for()
    title = dialog.get_by_role("heading", level=2).inner_text()
    assert dialog.get_by_text(re.compile(r"Resigned in month \d+ after \d+ month")).count() >= 2
    dialog.get_by_role("button", name="resigned from both").click()
    page.wait_for_function(f"document.querySelector('[role=dialog] [aria-level=\"2\"]').textContent !== {title!r}")
    silo = dialog.get_by_role("heading", level=2).inner_text().split(", ")[1]
    dialog.get_by_role("button", name=silo, exact=True).click()
    dialog.get_by_role("heading", name=silo.capitalize(), exact=True).wait_for()
    assert dialog.get_by_text(re.compile("the most work of all months")).count() == 2
    dialog.get_by_role("button", name="Close").click()
    dialog.wait_for(state="detached")


def test_a_silo_is_clicked(page: Any) -> None:
    chart = page.locator(".cx-firm").first
    chart.scroll_into_view_if_needed()
    page.wait_for_function("cx.chart('firm A').getOption().series[0].data?.length")
    place = page.evaluate(
        "(() => { const s = cx.chart('firm A').getModel().getSeriesByIndex(0), e = s.getData().getItemGraphicEl(1);"
        " e.updateTransform(); const [x, y] = e.transformCoordToGlobal(0, 0); return [x, y]; })()"
    )
    chart.click(position={"x": place[0], "y": place[1]})
    page.get_by_role("dialog").get_by_role("heading", name="Sales", exact=True).wait_for()


def test_where_the_money_went_follows_the_month(page: Any) -> None:
    bars = "cx.chart('waterfall').getOption().series[0].data"
    page.evaluate("cx.chart('waterfall').getDom().scrollIntoView()")
    for month in (24, 6):
        page.evaluate(f"cx.month({month})")
        page.wait_for_function(f"cx.now === {month} && {bars}.length === 10")
        steps = [bar[3] for bar in page.evaluate(bars)]
        assert sum(steps[:-1]) == pytest.approx(steps[-1], abs=0.01)
        profit = page.evaluate(f"['a', 'b'].map(k => cx.charts.cumulative.rows[k][{month} / 3 - 1])")
        assert steps[-1] == pytest.approx(profit[1] - profit[0], abs=0.01)
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function(f"cx.silent && {bars}.length === 0")
    assert page.evaluate("cx.books") == {}


def test_nobody_is_counted_while_a_class_predicts(page: Any) -> None:
    legend = "cx.chart('crowd B').getOption().legend[0].show"
    assert page.evaluate(legend)
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function(f"cx.silent && {legend} === false")
    assert page.evaluate("cx.chart('crowd A').getOption().legend[0].show")
    page.get_by_role("button", name="Stop predicting").click()
    page.wait_for_function(f"{legend} === true")


def test_silos_move_with_time(page: Any) -> None:
    label = "cx.chart('firm A').getOption().series[0].data.map(d => d.label.formatter).join()"
    page.evaluate("cx.chart('firm A').getDom().scrollIntoView()")
    page.wait_for_function("cx.chart('firm A').getOption().series[0].data?.length")
    end = page.evaluate(label)
    assert "operations" in end and "exhaustion" in end
    page.get_by_role("button", name="To the opening").click()
    page.wait_for_function(f"{label} !== {end!r}")
    ties = "cx.chart('firm A').getOption().series[0].links.map(l => l.label.formatter + l.lineStyle.width).join()"
    first = page.evaluate(ties)
    assert "\u2717" in first
    page.get_by_role("button", name="Month on").click(click_count=2)
    page.wait_for_function(f"cx.now === 2 && {ties} !== {first!r}")
    assert "Lost at hand-offs" in page.evaluate("cx.chart('firm A').getOption().title[0].text")


def test_what_is_covered_is_emptied_out_of_view_too(page: Any) -> None:
    shown = "cx.chart('difference').getOption().series.filter((s) => s?.data?.some(([, y]) => y != null)).length"
    page.set_viewport_size({"width": 1280, "height": 400})
    assert page.evaluate(shown)
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function(f"cx.silent && {shown} === 0")
    assert page.evaluate("cx.chart('difference').getDom().getBoundingClientRect().top > innerHeight")


def test_nothing_of_b_is_taken_away_while_it_is_covered(page: Any) -> None:
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function("cx.silent")
    downloads: list[Any] = []
    page.on("download", lambda download: downloads.append(download))
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Tables, figures and scenarios").click()
    page.get_by_text("no results to save while company B is covered").wait_for()
    assert not downloads


def test_small_and_large_shares_are_said_as_they_are(page: Any) -> None:
    said = page.evaluate("[0, 4e-8, 0.0123, 1.26, 99.7, 123].map((share) => cx.small(share))")
    assert said == ["0", "0", "0.012", "1.3", "100", "120"]
