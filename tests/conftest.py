"""Fixtures that several files of tests share."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app_browser import ARMS, browsing, opened, serving, settled, small_scenarios
from cxsim.record import Record
from cxsim.scenario import Scenario
from invented import Arm, record


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with two scenarios, and a model that answers at once with invented runs."""

    def simulate(spec: Scenario, rng: int = 1, replication: int = 0, threads: int = 1, panel: int = 0) -> Record:
        return record(Arm(spec.title, growth=100.0 * len(spec.title)), replication, spec.horizon_months, firms=2)

    model = types.ModuleType("cxsim.model")
    model.simulate = simulate  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cxsim.model", model)
    monkeypatch.chdir(tmp_path)
    for name in ("calm", "bold"):
        (tmp_path / f"{name}.yaml").write_text(f"title: {name.title()} Ärger\ncurrency: EUR\nhorizon_months: 24\n")
    return tmp_path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two small scenarios."""
    folder = tmp_path_factory.mktemp("app")
    small_scenarios(folder)
    return folder


@pytest.fixture(scope="module")
def address(place: Path) -> Iterator[str]:
    """Where the page is served from that folder."""
    with serving(place, *ARMS) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser for a file of tests."""
    with browsing() as browser:
        yield browser


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """An open page whose many runs are there, and in which nothing may go wrong."""
    page = opened(browser, address)
    settled(page)
    yield page
    assert page.faults == []
    page.close()
