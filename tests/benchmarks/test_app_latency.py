"""How soon the page answers a slider, all the way: browser, websocket, runs, charts, next frame.

A move is one step of a slider by its keyboard; the clock runs from the change of the slider to the frame after the
charts were drawn. Moves follow one another as soon as the last was answered, as they do in a drag.
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
  const slider = [...document.querySelectorAll('[role=slider]')].find((e) => e.ariaLabel.startsWith(label));
  const thumb = slider.querySelector('[tabindex]'), found = [];
  const put = cx.put.bind(cx);
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  for (let k = 0; k < moves; k++) {
    const answered = new Promise((done) => { cx.put = (parts) => { put(parts); done(); }; });
    const code = k % 20 < 10 ? 39 : 37, key = k % 20 < 10 ? 'ArrowRight' : 'ArrowLeft';
    const start = performance.now();
    thumb.focus();
    thumb.dispatchEvent(new KeyboardEvent('keydown', { key, keyCode: code, which: code, bubbles: true }));
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
    """Seven others are dragged by hand while one is measured."""
    label = "Conceded share, company B"
    with serving(tmp_path) as address:
        pages = [opened(browser, address) for _ in range(8)]
        for page in pages:
            settled(page)
        for page in pages[1:]:
            page.evaluate(f"void ({DRAG})({[label, 10_000, 100]})")
        found = pages[0].evaluate(DRAG, [label, MOVES // 3, 15])
        ledger.within("slider answered, p95: eight pages", late(found), 0.25)
        for page in pages:
            page.close()
