"""The page in a browser, for tests: a server as a process of its own, and a Chromium that is there already."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from command_line import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-component-update",
    "--disable-background-networking", "--disable-sync",
]  # fmt: skip
MISSING = [name for name in ("nicegui", "playwright") if find_spec(name) is None] + ["Chromium"] * (not CHROMIUM)
in_a_browser = pytest.mark.skipif(bool(MISSING), reason=f"the page is not driven without {', '.join(MISSING)}")
"""Mark of tests with a page; what they share is in conftest.py."""
READY = "window.cx && cx.charts.cumulative?.rows.b && cx.crowds['crowd A']"
START_SECONDS, WAIT_SECONDS = 180, 60
SMALL = "customers: 300\nhorizon_months: 24\nreplications: 3\n"
ARMS = ("small_doormat_siloed.yaml", "small_mutual_siloed.yaml")


def small_scenarios(folder: Path) -> None:
    """Two scenarios that are quick to run."""
    for name in ("doormat_siloed", "mutual_siloed"):
        (folder / f"small_{name}.yaml").write_text(f"extends: {name}\ntitle: Small {name}\n{SMALL}")


@contextmanager
def serving(folder: Path, *args: str) -> Iterator[str]:
    """``cxsim app`` with some arguments, from a folder; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "error", "-m", "cxsim", "app", *args, "--no-browser", "--port", str(port)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | {"PYTHONPATH": str(ROOT)}
    log = folder / "server.log"
    with log.open("w") as said:
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=said, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + START_SECONDS
            while server.poll() is None and time.monotonic() < until:
                with socket.socket() as tried:
                    if tried.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            assert server.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(30)


@contextmanager
def browsing() -> Iterator[Any]:
    """A browser that Playwright drives."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Any, address: str, width: int = 1280, height: int = 800) -> Any:
    """A page with its first answer; ``page.faults`` collects what went wrong in it."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    page.set_default_timeout(WAIT_SECONDS * 1000)
    page.goto(address)
    page.wait_for_function(READY, timeout=START_SECONDS * 1000)  # the first run may have to compile the model
    return page


def last(page: Any, chart: str, row: str) -> float | None:
    """The last value of a line that the page has."""
    value: float | None = page.evaluate(f"cx.charts[{chart!r}].rows[{row!r}]?.at(-1) ?? null")
    return value


def settled(page: Any) -> None:
    """Wait until the many runs are there."""
    page.wait_for_function("/\\d+ paired runs/.test(document.querySelector('[role=status]').textContent)")
