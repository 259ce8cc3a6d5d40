"""Fixtures that several files of tests share."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

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
