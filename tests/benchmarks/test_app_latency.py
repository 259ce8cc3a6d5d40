"""How soon the page answers a slider, all the way: browser, websocket, runs, charts, next frame.

A move is one step of a slider; the clock runs from the browser's event to the end of the frame after the answer was
drawn. Moves follow one another 15 ms after the last was answered, as they do in a drag. The slider goes from end to end
and back, so that no run is one that is remembered. Charts in view are drawn, at 1280 x 800: eight of them.

With eight pages all eight are real ones, in one browser on the machine of the server, which is harder than eight
machines would be: server, browser and eight drawn pages share its processors. Seven are dragged all the time, each a
step 100 ms after it has shown its last answer, and each with luck of its own, so that no page's runs are another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app_browser import CHROMIUM, browsing, opened, serving, settled
from ledger import Ledger

pytest.importorskip("nicegui", reason="the page needs the extra cxsim[app]")
pytest.importorskip("playwright", reason="no Playwright to drive a browser")
pytestmark = [pytest.mark.benchmark, pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")]

MOVES = 120
DRAG = """async ([label, moves, pause]) => {
  const slider = [...document.querySelectorAll('[type=range]')].find((e) => e.ariaLabel.startsWith(label));
  const found = [];
  const put = cx.put.bind(cx);
  let up = true;
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  for (let k = 0; k < moves; k++) {
    const answered = new Promise((done) => { cx.put = (parts) => { put(parts); done(); }; });
    if (slider.value === slider.max) up = false;
    if (slider.value === slider.min) up = true;
    const start = performance.now();
    up ? slider.stepUp() : slider.stepDown();
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await answered;
    await frame();
    found.push(performance.now() - start);
    await new Promise((done) => setTimeout(done, pause));
  }
  cx.put = put;
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as browser:
        yield browser


def late(found: list[float]) -> float:
    """The 95th percentile, in seconds."""
    return sorted(found)[int(0.95 * len(found))] / 1000


@pytest.mark.parametrize("label", ["Conceded share, company B", "Out of scope rate"])
def test_one_page(browser: Any, ledger: Ledger, tmp_path: Path, label: str) -> None:
    with serving(tmp_path) as address:
        page = opened(browser, address)
        settled(page)
        if "company" not in label:
            page.get_by_label("Find a lever or an assumption").fill("out of scope")
        page.get_by_role("slider", name=label).first.wait_for()
        page.evaluate(DRAG, [label, 20, 15])  # warm
        found = page.evaluate(DRAG, [label, MOVES, 15])
        ledger.within(f"slider answered, p95: {label.lower()}", late(found), 0.1)
        page.close()


def test_eight_pages(browser: Any, ledger: Ledger, tmp_path: Path) -> None:
    """Seven others are dragged while one is measured."""
    label = "Conceded share, company B"
    with serving(tmp_path) as address:
        pages = [opened(browser, f"{address}?seed={k}") for k in range(1, 9)]
        for page in pages:
            settled(page)
        for page in pages[1:]:
            page.evaluate(f"void ({DRAG})({[label, 10_000, 100]})")
        found = pages[0].evaluate(DRAG, [label, MOVES, 15])
        ledger.within("slider answered, p95: eight pages", late(found), 0.25)
        for page in pages:
            page.close()
