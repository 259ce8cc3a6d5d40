"""The page in a class: by touch, by keyboard, without seeing it, on a phone, on paper, and after a restart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app_browser import ARMS, READY, in_a_browser, opened, serving, settled, small_scenarios
from command_line import ROOT
from cxsim.app.lessons import SHIPPED

pytestmark = in_a_browser

CONTROL = re.compile(r"- '?(slider|button|combobox|textbox|spinbutton|link|dialog|menuitem|img|region)\b(?! \")")
"""A line of what a screen reader is told that has a control and no name."""
WIDER = (
    "[...document.querySelectorAll('body *')].filter(e => e.offsetParent && !e.closest('.q-drawer, .scroll')"
    " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"
)
GUESS = "cx.charts.cumulative.rows.guess"
HANDLE = """(month) => {
  const chart = cx.chart('cumulative'), box = chart.getDom().getBoundingClientRect();
  const guess = cx.charts.cumulative.rows.guess[cx.x.indexOf(month)];
  const [x, y] = chart.convertToPixel({gridIndex: 0}, [month, guess]);
  return [box.x + x, box.y + y];
}"""


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    with serving(place, *ARMS, "--predictions", "all.json") as address:
        yield address


def predict(page: Any, first: str, second: str) -> None:
    """Type a prediction at the end of both years."""
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function("cx.silent && cx.drawing !== null")
    page.get_by_label("month 12").fill(first)
    page.get_by_label("month 24").fill(second)
    page.wait_for_function(f"{GUESS}.at(-1) === {second}")


def test_a_point_of_a_prediction_is_dragged(page: Any) -> None:
    predict(page, "1", "2")
    before = page.evaluate(GUESS)
    x, y = page.evaluate(HANDLE, 12)
    page.mouse.move(x + 3, y - 3)
    page.mouse.down()
    page.mouse.move(x + 30, y - 40, steps=4)
    page.mouse.up()
    page.wait_for_function(f"{GUESS}[3] > 1.01")
    after = page.evaluate(GUESS)
    assert after[-1] == before[-1] and after[3] > after[4] > before[4], "the next one stays"
    assert [v is None for v in after] == [v is None for v in before]
    field = "document.querySelector('[aria-label=\"month 12\"]')"
    page.wait_for_function(f"Math.abs({field}.value - {after[3]}) < .01")


def test_a_point_is_dragged_by_a_finger(browser: Any, address: str) -> None:
    page = browser.new_context(has_touch=True, viewport={"width": 390, "height": 844}).new_page()
    page.goto(address)
    page.wait_for_function(READY)
    predict(page, "1", "2")
    page.evaluate("cx.chart('cumulative').getDom().scrollIntoView({block: 'center'})")
    x, y = page.evaluate(HANDLE, 24)
    top = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for k, kind in enumerate(["touchStart", *["touchMove"] * 4, "touchEnd"]):
        points = [{"x": x, "y": y + 12 * k}] if kind != "touchEnd" else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.wait_for_function(f"{GUESS}.at(-1) < 1.9")
    assert page.evaluate(f"{GUESS}[3]") == 1 and page.evaluate("scrollY") == top
    page.context.close()


def test_a_number_far_off_is_seen(page: Any) -> None:
    predict(page, "1", "500")
    page.wait_for_function("cx.charts.cumulative.y[1] >= 500")
    page.get_by_role("button", name="Show year 1 of B").click()
    page.wait_for_function("cx.charts.cumulative.rows.b.some(x => x != null) && cx.charts.cumulative.y[1] >= 500")
    page.get_by_label("month 24").fill("1e16")  # no file of predictions holds that
    page.wait_for_function(f"{GUESS}.length === 0")


def test_the_projector_keeps_what_is_being_predicted(page: Any) -> None:
    predict(page, "1", "2")
    page.get_by_role("button", name="Projector").click()
    page.wait_for_function("cx.chart('cumulative')?.getOption().title[0].textStyle.fontSize > 16")
    page.wait_for_function(f"{GUESS}?.at(-1) === 2 && cx.drawing !== null")
    page.wait_for_function("cx.chart('cumulative').getOption().series.some(s => s?.id === 'a' && s.data.length)")
    page.wait_for_function("cx.chart('cumulative').getDom().closest('.cx-first')")
    x, y = page.evaluate(HANDLE, 24)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 40, steps=3)
    page.mouse.up()
    page.wait_for_function(f"{GUESS}.at(-1) < 1.9")


def test_predictions_outlive_the_server(browser: Any, place: Path) -> None:
    with serving(place, *ARMS) as address:
        page = opened(browser, address)
        settled(page)
        predict(page, "1", "2")
        page.get_by_label("Table", exact=True).fill("Window")
        page.get_by_role("button", name="Keep this prediction").click()
        page.get_by_text("Kept: Window.").wait_for()
        page.close()
    with serving(place, *ARMS) as address:
        page = opened(browser, address)
        settled(page)
        page.get_by_role("button", name="Predict").click()
        page.get_by_text("Kept: Window.").wait_for()
        (place / "cxsim_predictions.json").write_text("somebody else's")
        page.get_by_role("button", name="Reveal").click()
        page.get_by_role("alert").get_by_text("was changed by something else").wait_for()
        page.get_by_role("row").get_by_text("Window").wait_for()
        page.close()
    assert (place / "cxsim_predictions.json").read_text() == "somebody else's"


def unnamed(page: Any) -> list[str]:
    """Controls of whatever is shown that a screen reader has no name for."""
    told = page.locator("body").aria_snapshot()
    return [line for line in told.splitlines() if CONTROL.search(line)]


def test_everything_has_a_name_and_sliders_a_unit(page: Any) -> None:
    assert unnamed(page) == []
    said = page.locator("input[type=range]").evaluate_all(
        "them => them.map(e => [e.getAttribute('aria-label'), e.getAttribute('aria-valuetext')])"
    )
    assert len(said) == 9 and all(label and re.match(r"-?[\d.e+-]+ \S+", text) for label, text in said)
    assert ["Month shown", "24 of 24 months"] in said
    assert ["Conceded share, company B", "0.35 share of requests"] in said
    page.get_by_label("Find a lever or an assumption").fill("out of scope")
    page.get_by_role("slider", name="Out of scope rate").first.wait_for()
    assert unnamed(page) == []
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("menuitem", name="Silos").wait_for()
    assert unnamed(page) == []
    page.keyboard.press("Escape")
    predict(page, "1", "2")
    assert unnamed(page) == []
    page.get_by_role("button", name="Reveal").click()
    page.get_by_label("Why?").wait_for()
    assert unnamed(page) == []
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="left both").click()
    page.get_by_role("dialog", name="in both companies").wait_for()
    assert unnamed(page) == []


def test_all_is_done_by_the_keyboard(page: Any) -> None:
    """A lesson is begun and led through, a prediction typed, kept and revealed, time played: without a mouse."""
    keys = page.keyboard
    page.get_by_role("button", name="Lessons").focus()
    keys.press("Enter")
    page.get_by_role("menuitem", name="The doormat trap").wait_for()
    page.wait_for_function("document.activeElement.closest('[role=menu]')")
    keys.press("Tab")
    page.wait_for_function("document.activeElement.role === 'menuitem'")
    keys.press("Enter")
    lesson = page.get_by_role("region", name="Lesson")
    lesson.get_by_text("The doormat trap, 1 of 9").wait_for()
    lesson.get_by_role("button", name="Next").focus()
    keys.press("Enter")
    lesson.get_by_text("The doormat trap, 2 of 9").wait_for()
    lesson.get_by_role("button", name="Back").focus()
    keys.press("Enter")
    lesson.get_by_text("The doormat trap, 1 of 9").wait_for()
    page.get_by_role("button", name="Predict").focus()
    keys.press("Enter")
    page.wait_for_function("cx.silent && cx.drawing !== null")
    page.get_by_label("month 60").focus()
    keys.type("33")
    page.wait_for_function(f"{GUESS}?.at(-1) === 33")
    for name in ("Keep this prediction", "Reveal"):
        page.get_by_role("button", name=name).focus()
        keys.press("Enter")
    page.get_by_role("row").get_by_text("33.0").wait_for()
    page.get_by_role("button", name="Close", exact=True).focus()
    keys.press("Enter")
    page.get_by_label("Why?").wait_for(state="hidden")
    page.get_by_role("slider", name="Month shown").focus()
    keys.press("Home")
    page.wait_for_function("cx.now === 0")
    keys.press("ArrowRight")
    page.wait_for_function("cx.now === 1")
    page.get_by_role("button", name="Play").focus()
    keys.press("Enter")
    page.wait_for_function("cx.now >= 3")
    keys.press("Enter")
    page.get_by_role("slider", name="Month shown").focus()
    keys.press("End")
    page.wait_for_function("cx.now === 60")


def test_a_window_holds_the_focus_and_closes_with_escape(page: Any) -> None:
    opener = page.get_by_role("button", name="left both")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    page.wait_for_function("document.activeElement.closest('[role=dialog]')")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.matches('body *:not([role=dialog], [role=dialog] *)')")
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert opener.evaluate("e => e.contains(document.activeElement)")


def test_the_mouse_leaves_the_keys_free(page: Any) -> None:
    page.get_by_role("slider", name="Month shown").click(position={"x": 40, "y": 10})
    page.wait_for_function("cx.now < 10 && document.activeElement === document.body")
    now = page.evaluate("cx.now")
    page.keyboard.press(".")
    page.wait_for_function(f"cx.now === {now + 1}")


def test_a_phone_is_wide_enough(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})

    def fits() -> None:
        page.wait_for_function("document.documentElement.scrollWidth <= 390")
        page.wait_for_function(f"{WIDER}.length === 0")

    fits()
    assert page.locator(".cx-month").bounding_box()["height"] < 30, "Month 24 of 24 stands in one line"
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("menuitem", name="Silos").click()
    page.get_by_role("region", name="Lesson").wait_for()
    fits()
    page.get_by_role("button", name="Predict").click()
    page.get_by_label("month 12").fill("1")
    fits()
    page.get_by_role("button", name="Reveal").click()
    page.get_by_label("Why?").wait_for()
    fits()
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="left both").click()
    page.get_by_role("dialog").wait_for()
    fits()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show or hide the levers").click()
    page.get_by_role("slider", name="Conceded share, company A").wait_for()
    fits()


def pages(pdf: bytes) -> int:
    """Pages of a document that Chromium has printed."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("lesson", sorted(file.stem for file in SHIPPED.glob("*.yaml")))
def test_a_handout_is_one_sheet(lesson: str, browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}print?lesson={lesson}")
    page.get_by_role("heading", name="Handout").wait_for()
    assert len(unnamed(page)) == 0
    both = pages(page.pdf(format="A4"))
    page.evaluate("window.print = () => { window.asked = true; }")
    page.get_by_role("button", name="Print the handout").click()
    page.wait_for_function("window.asked")
    handout = pages(page.pdf(format="A4"))
    assert handout == 1 == pages(page.pdf(format="Letter"))
    page.get_by_role("button", name="Print the notes").click()
    page.wait_for_function("document.body.dataset.sheet === 'notes'")
    notes = pages(page.pdf(format="A4"))
    assert notes <= 2 and both == notes + 1
    page.close()


def test_all_works_without_a_network(tmp_path: Path) -> None:
    """Server and browser in a network namespace that has no other machine in it."""
    alone = ["unshare", "--user", "--map-root-user", "--net"]
    try:
        tried = subprocess.run([*alone, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no command unshare on this machine: its network cannot be cut off for a test")
    if tried.returncode:
        pytest.skip(f"this machine allows no network namespace: {tried.stderr.decode().strip()}")
    small_scenarios(tmp_path)
    script = Path(__file__).with_name("app_offline.py")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(script.parent)])}
    command = [*alone, sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_charts_that_are_made_anew_are_drawn(page: Any) -> None:
    """A chart is given its first options a second time soon after it is there, which must not empty it."""
    drawn = "['a', 'b'].every((id) => cx.chart('kept').getOption()?.series?.find((s) => s?.id === id)?.data?.length)"
    for _ in range(6):
        before = page.evaluate("cx.ids.kept")
        page.get_by_role("button", name="Projector").click()
        page.wait_for_function(f"cx.ids.kept !== {before} && cx.chart('kept') && {drawn}")
        page.wait_for_timeout(200)
        assert page.evaluate(drawn)
