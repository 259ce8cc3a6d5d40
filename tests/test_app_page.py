"""The page in a real browser: companies, sliders, time, predictions, lessons; and that it asks nobody else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cxsim
from app_browser import ARMS, READY, SMALL, in_a_browser, last, opened, serving, settled, small_scenarios

pytestmark = in_a_browser

SLIDER = "Conceded share, company B"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    small_scenarios(folder)
    (folder / "broken.py").write_text(
        "def decide(firm):\n    if firm.month > 3:\n        raise RuntimeError('nobody decides')\n    return {}\n"
    )
    (folder / "broken.yaml").write_text(f"extends: small_doormat_siloed\ntitle: Broken\ndecide: broken:decide\n{SMALL}")
    lesson = Path(cxsim.__file__).with_name("app") / "lessons" / "1_doormat_trap.yaml"
    (folder / "lessons").mkdir()
    text = lesson.read_text(encoding="utf-8").replace("title: The doormat trap", "title: Our own")
    text = text.replace("[doormat_siloed, mutual_siloed]", "[small_doormat_siloed, small_mutual_siloed]")
    text = text.replace("to: 60", "to: 24").replace("month: 60", "month: 24")
    (folder / "lessons" / "own.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    with serving(place, *ARMS, "--lessons", "lessons") as address:
        yield address
    assert (place / "server.log").read_text().count("\n") == 1, "the server says its address, and nothing else"
    assert not (place / ".nicegui").exists()


def press(page: Any, slider: str, key: str, times: int) -> None:
    """Move a slider by a key that is held: one gesture, however long it takes."""
    page.get_by_role("slider", name=slider).first.focus()
    for _ in range(times):
        page.keyboard.down(key)
    page.keyboard.up(key)


def test_two_companies_with_the_same_people(page: Any) -> None:
    assert page.evaluate("cx.crowds['crowd A'].numbers") == page.evaluate("cx.crowds['crowd B'].numbers")
    assert page.evaluate("cx.crowds['crowd A'].codes") != page.evaluate("cx.crowds['crowd B'].codes")
    a, b, d = (last(page, chart, row) for chart, row in (("cumulative", "a"), ("cumulative", "b"), ("difference", "d")))
    assert a is not None and b is not None and d == pytest.approx(b - a, abs=0.02)
    scenario = cxsim.load("mutual_siloed").replace("customers", 300, "horizon_months", 24)
    runs = cxsim.run(scenario, replications=3, threads=1)
    assert b == pytest.approx(runs.estimate("cumulative_profit").mean / 1e6, rel=1e-3)


def test_a_slider_answers_leaves_a_ghost_and_stays_in_the_address(page: Any) -> None:
    before = last(page, "cumulative", "b")
    press(page, SLIDER, "ArrowRight", 20)
    page.wait_for_function(f"cx.charts.cumulative.rows.b.at(-1) !== {before}")
    settled(page)
    page.wait_for_url("**B.policy.requests.conceded_share**")
    assert last(page, "cumulative", "b") != before
    assert last(page, "cumulative", "ghost b") == before
    now = last(page, "cumulative", "b")
    page.reload()
    page.wait_for_function(READY)
    assert last(page, "cumulative", "b") == now, "a reload comes back to where it was"
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function(f"cx.charts.cumulative.rows.b.at(-1) === {before}")


def test_what_moves_is_drawn_above_its_chart_which_follows(page: Any) -> None:
    """While a slider moves, its lines are on a sheet, with nothing of them in the chart; at rest the chart has them."""
    lines = "cx.chart('cumulative').getOption().series.filter((s) => s?.id === 'a' || s?.id === 'b')"
    there = f"{lines}.filter(({{ data }}) => data.length).length"
    assert page.evaluate(there) == 2 and not page.evaluate("document.querySelector('.cx-ink')")
    page.evaluate(
        "() => { const ink = cx.ink; window.inked = []; cx.ink = function (name) { ink.call(this, name); if (name =="
        f" 'cumulative' && cx.charts[name].inked) inked.push([{there}, cx.chart(name).getDom().querySelector("
        "'.cx-ink').getContext('2d').getImageData(0, 0, 400, 200).data.some((x) => x)]); }; }"
    )
    press(page, SLIDER, "ArrowRight", 5)
    page.wait_for_function("inked.length")
    settled(page)
    page.wait_for_function(f"{there} === 2 && !document.querySelector('.cx-ink')")
    assert page.evaluate("inked")[-1] == [0, True]
    drawn = page.evaluate(f"{lines}.map(({{ data }}) => data.at(-1)[1])")
    assert drawn == [last(page, "cumulative", "a"), last(page, "cumulative", "b")]


def test_a_chart_out_of_view_is_drawn_when_it_is_seen(page: Any) -> None:
    shown = "cx.chart('difference').getOption().series.find((s) => s?.id === 'd')?.data.at(-1)[1]"
    page.set_viewport_size({"width": 1280, "height": 500})
    before = last(page, "difference", "d")
    assert page.evaluate(shown) == before
    press(page, SLIDER, "ArrowRight", 20)
    page.wait_for_function(f"cx.charts.difference.rows.d.at(-1) !== {before}")
    settled(page)
    assert page.evaluate(shown) == before, "nobody sees it"
    page.evaluate("cx.chart('difference').getDom().scrollIntoView()")
    page.wait_for_function(f"{shown} === cx.charts.difference.rows.d.at(-1)")


def test_a_pinned_run_stays(page: Any) -> None:
    before = last(page, "cumulative", "b")
    page.get_by_role("button", name="Pin").click()
    page.wait_for_function("cx.charts.cumulative.rows['pinned b']?.length")
    press(page, SLIDER, "ArrowRight", 20)
    page.wait_for_function(f"cx.charts.cumulative.rows.b.at(-1) !== {before}")
    assert last(page, "cumulative", "pinned b") == before


def test_luck_is_bounded(page: Any) -> None:
    page.get_by_role("spinbutton", name="Luck").fill("99999999999")
    page.get_by_role("alert").get_by_text("Luck must be a whole number").wait_for()
    assert "seed" not in page.url


def test_an_assumption_is_found_and_moves_both(page: Any) -> None:
    page.get_by_label("Find a lever or an assumption").fill("out of scope")
    slider = page.get_by_role("slider", name="Out of scope rate").first
    slider.wait_for()
    a, b = last(page, "cumulative", "a"), last(page, "cumulative", "b")
    press(page, "Out of scope rate", "ArrowRight", 15)
    page.wait_for_function(f"cx.charts.cumulative.rows.a.at(-1) !== {a} && cx.charts.cumulative.rows.b.at(-1) !== {b}")


def test_time_is_played_and_stepped_by_the_keyboard(page: Any) -> None:
    page.get_by_role("button", name="To the opening").click()
    page.wait_for_function("cx.now === 0")
    page.locator("body").click(position={"x": 640, "y": 60})
    page.keyboard.press(" ")
    page.wait_for_function("cx.now >= 3")
    page.keyboard.press(" ")
    page.get_by_role("button", name="Play").wait_for()
    now = page.evaluate("cx.now")
    page.keyboard.press(".")
    page.wait_for_function(f"cx.now === {now + 1}")
    page.keyboard.press(",")
    page.wait_for_function(f"cx.now === {now}")
    page.evaluate("scrollTo(0, 0)")  # the space bar scrolls, too, and charts are drawn where they are seen
    page.wait_for_function("cx.chart('profit').getOption().series.some((s) => s?.id === 'a')")
    line = page.evaluate("cx.chart('profit').getOption().series.find(s => s.id === 'a').data")
    assert sum(value is not None for _, value in line) == now // 3


def test_a_prediction_is_drawn_kept_and_scored(page: Any) -> None:
    came_out = last(page, "cumulative", "b")
    page.get_by_role("button", name="Predict").click()
    page.wait_for_function("cx.silent && cx.charts.cumulative.rows.b.every(x => x == null)")
    assert page.evaluate("cx.crowds['crowd B'].codes") == [""]
    assert str(came_out) not in page.content(), "what is to be predicted is nowhere on the page"
    page.wait_for_function("cx.drawing !== null")
    box = page.evaluate("(() => { const b = cx.chart('cumulative').getDom().getBoundingClientRect();"
                        " return [b.x, b.y, b.width, b.height]; })()")  # fmt: skip
    x, y, width, height = box
    page.mouse.move(x + 60, y + height * 0.7)
    page.mouse.down()
    page.mouse.move(x + width - 45, y + height * 0.4, steps=6)
    page.mouse.up()
    page.wait_for_function("cx.charts.cumulative.rows.guess.filter(x => x != null).length > 5")
    page.get_by_label("Table", exact=True).fill("Window")
    page.get_by_role("button", name="Keep this prediction").click()
    page.get_by_text("Kept: Window.").wait_for()
    page.get_by_label("month 12").fill("1")
    page.get_by_label("month 24").fill("2")
    page.wait_for_function("cx.charts.cumulative.rows.guess.at(-1) === 2")
    page.get_by_label("Table", exact=True).fill("Door")
    page.get_by_role("button", name="Reveal").click()
    page.get_by_text("how far off").wait_for()
    rows = page.get_by_role("row").all_inner_texts()
    assert len(rows) == 3 and any("Window" in row for row in rows) and any("Door" in row for row in rows)
    assert last(page, "cumulative", "b") == came_out
    page.get_by_label("Why?").fill("We forgot what favours cost.")
    with page.expect_download() as download:
        page.get_by_role("button", name="All predictions").click()
    table = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert {row["table"] for row in table} == {"Window", "Door"}
    assert all(float(row["came_out_last"]) == pytest.approx(came_out, rel=1e-3) for row in table)


def test_a_lesson_leads_through(page: Any) -> None:
    page.get_by_role("button", name="Lessons").click()
    page.get_by_text("Our own").click()
    lesson = page.get_by_role("region", name="Lesson")
    lesson.get_by_text("Our own, 1 of 9: The question").wait_for()
    page.wait_for_function("cx.silent && cx.now === 0")
    following = lesson.get_by_role("button", name="Next")
    following.click()
    page.get_by_label("month 24").fill("7")
    page.get_by_role("button", name="Keep this prediction").click()
    following.click()
    page.wait_for_function("cx.now === 12 && cx.charts.cumulative.rows.b.filter(x => x != null).length === 4")
    page.reload()
    page.wait_for_function(READY)
    lesson.get_by_text("Our own, 3 of 9: Watch").wait_for()
    page.get_by_text(re.compile("Kept: .*The class")).wait_for()
    page.wait_for_function("cx.silent && cx.now === 12")
    page.wait_for_function("cx.charts.cumulative.rows.b.filter(x => x != null).length === 4")
    assert page.evaluate("[cx.crowds['crowd B'].codes, cx.books]") == [[""], {}], "what nobody has seen is not there"
    following.click()
    page.wait_for_function("cx.now === 24")
    for _ in range(2):  # what was predicted is told, and told again
        page.get_by_role("row").get_by_text("The class").wait_for()
        page.reload()
        page.wait_for_function(READY)
    page.get_by_role("row").get_by_text("The class").wait_for()
    following.click()
    came_out = lesson.get_by_text("B has earned more")
    came_out.wait_for()
    page.get_by_role("button", name="Predict").click()
    came_out.wait_for(state="detached")
    page.get_by_role("button", name="Stop predicting").click()
    came_out.wait_for()
    for _ in range(2):
        following.click()
    lesson.get_by_text("Our own, 7 of 9: One customer").wait_for()
    lesson.get_by_role("button", name="Show one who left A, not B").click()
    page.get_by_role("dialog", name="in both companies").or_(page.get_by_text("nobody left A")).wait_for()
    page.keyboard.press("Escape")
    for _ in range(2):
        following.click()
    page.wait_for_url("**world.requests.cost_to_value=0.25**")
    lesson.get_by_text("Which of these markets is yours?").wait_for()
    with page.expect_popup() as popup:
        lesson.get_by_role("link", name="Notes and handout").click()
    sheet = popup.value
    sheet.get_by_text("For whoever leads it").wait_for()
    assert sheet.get_by_role("heading", name="Handout").count() == 1
    sheet.close()


def test_one_lesson_after_another(page: Any) -> None:
    """B of the first is A of the second: that both change one after the other makes no third pair in between."""
    for title in ("The doormat trap", "Silos"):
        page.get_by_role("button", name="Lessons").click()
        page.get_by_role("menuitem", name=title).click()
        page.get_by_role("region", name="Lesson").get_by_text(f"{title}, 1 of").wait_for()
    page.wait_for_url("**a=mutual_siloed&b=mutual_cross_functional**lesson=2_silos**")


def test_scenarios_script_and_results_are_taken_away(page: Any, place: Path) -> None:
    press(page, SLIDER, "ArrowRight", 10)
    page.wait_for_url("**B.policy.requests.conceded_share**")
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_text("Company B as a scenario file").click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "conceded_share" in text and 'extends: "small_mutual_siloed.yaml"' in text
    saved = place / "saved.yaml"
    saved.write_text(text, encoding="utf-8")
    assert cxsim.load(saved).value("policy.requests.conceded_share") > 0.35
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_text("Tables, figures and scenarios").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Copy as Python").click()
    page.get_by_role("dialog").get_by_text("cxsim.compare").wait_for()
    page.keyboard.press("Escape")


def test_a_failing_run_is_told_and_the_page_lives_on(browser: Any, place: Path) -> None:
    with serving(place, "broken.yaml", "small_mutual_siloed.yaml") as address:
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("alert").get_by_text("nobody decides").wait_for(timeout=60_000)
        page.get_by_role("combobox", name="Company A").click()
        page.get_by_role("option", name="baseline").click()
        page.get_by_role("alert").get_by_text("horizon_months").wait_for(timeout=60_000)
        page.close()


def test_an_address_that_is_wrong_is_told(browser: Any, address: str) -> None:
    page = opened(browser, f"{address}?a=/etc/passwd")
    assert "not offered" in page.get_by_role("alert").inner_text()
    page.close()


def test_foreign_origins_get_no_websocket(browser: Any, address: str) -> None:
    """A page of another origin, here another port of this machine, cannot speak to the server in the browser's name."""
    page = browser.new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body="<p>elsewhere</p>", content_type="text/html"))
    page.goto("http://evil.example/")
    socket = address.replace("http", "ws") + "_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    ended = page.evaluate(
        "(url) => new Promise((done) => { const s = new WebSocket(url); s.onopen = () => done('open');"
        " s.onerror = () => done('refused'); })",
        socket,
    )
    assert ended == "refused"
    page.close()


def test_the_page_asks_nobody_else(browser: Any, address: str) -> None:
    """With every other place cut off, all works, and nothing is even tried."""
    context, asked = browser.new_context(), []

    def only_here(route: Any) -> None:
        asked.append(route.request.url)
        if route.request.url.startswith(address):
            route.continue_()
        else:
            route.abort()

    context.route("**/*", only_here)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(READY)
    page.get_by_role("button", name="Lessons").click()
    page.get_by_text("Our own").click()
    page.wait_for_function("cx.silent")
    foreign = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    assert len(asked) > 10 and not foreign
    page.wait_for_function("document.fonts.check('16px Roboto') && document.fonts.size > 0")
    context.close()


def test_the_projector_hides_controls(page: Any) -> None:
    page.get_by_role("button", name="Projector").click()
    page.get_by_role("button", name="Reset").wait_for(state="hidden")
    page.wait_for_function("cx.chart('cumulative').getOption().title[0].textStyle.fontSize > 16")
    assert page.get_by_label("Month shown").first.is_visible()
    for name in ("kept", "cumulative"):
        page.wait_for_function(f"cx.chart('{name}').getOption().series.filter(s => s?.data?.length).length > 3")
    assert page.evaluate("Object.values(mounted_app.elements).every(e => !e.update_method?.includes('chart'))")
