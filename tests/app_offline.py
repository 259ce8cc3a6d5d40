"""The page on a machine that has no network but itself: to be run by a test in a network namespace of its own.

``python app_offline.py FOLDER``, where the folder holds two small scenarios. Ends with status 0 where all works.
"""

from __future__ import annotations

import fcntl
import re
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from app_browser import ARMS, browsing, last, opened, serving, settled

FLAGS, UP, GET_FLAGS, SET_FLAGS = "16sh14x", 1, 0x8913, 0x8914


def loopback() -> None:
    """Bring up the only interface that a new namespace has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        now = fcntl.ioctl(asked, GET_FLAGS, struct.pack(FLAGS, b"lo", 0))
        name, flags = struct.unpack(FLAGS, now)
        fcntl.ioctl(asked, SET_FLAGS, struct.pack(FLAGS, name, flags | UP))


def reaches_out() -> bool:
    """Whether there is a way to any other machine; the address is one of those kept for documentation."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 53))  # sends nothing
        except OSError:
            return False
    return True


def use(page: Any, folder: Path) -> None:
    """One thing of every kind."""
    settled(page)
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Roboto'))")
    icon = page.get_by_role("button", name="Play").locator(".q-icon").bounding_box()
    assert icon["width"] < 40, "icons are drawn, and not spelt out"
    before = last(page, "cumulative", "b")
    page.get_by_role("slider", name="Conceded share, company B").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"cx.charts.cumulative.rows.b.at(-1) !== {before}")
    settled(page)
    page.get_by_role("button", name="To the opening").click()
    page.wait_for_function("cx.now === 0")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("cx.now >= 2")
    page.get_by_role("button", name="Predict").click()
    page.get_by_label("month 24").fill("3")
    page.wait_for_function("cx.charts.cumulative.rows.guess?.at(-1) === 3")
    page.get_by_role("button", name="Reveal").click()
    page.get_by_role("row").get_by_text("3.00").wait_for()
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="left both").click()
    page.get_by_role("dialog").get_by_text(re.compile(r"Customer \d+")).first.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Tables, figures and scenarios").click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("menuitem", name="The doormat trap").click()
    lesson = page.get_by_role("region", name="Lesson")
    lesson.get_by_text("The doormat trap, 1 of").wait_for()
    with page.expect_popup() as popup:
        lesson.get_by_role("link", name="Notes and handout").click()
    popup.value.get_by_role("heading", name="Handout").wait_for()
    assert popup.value.pdf(format="A4")[:4] == b"%PDF"
    assert page.faults == [] and (folder / "cxsim_predictions.json").is_file()


def main(folder: Path) -> None:
    """Cut off, serve and look."""
    loopback()
    assert not reaches_out(), "this is not a namespace without a network"
    with serving(folder, *ARMS) as address, browsing() as browser:
        use(opened(browser, address), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
