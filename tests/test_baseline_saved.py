"""The shipped baseline gives the numbers that are saved; whoever moves them says so."""

from __future__ import annotations

import json
import math

import renew
from cxsim.record import RESULTS_VERSION


def test_baseline_gives_the_saved_measures() -> None:
    """Four replications; within 1e-9 of each number, which leaves room for nothing but the order of a sum."""
    saved = json.loads(renew.BASELINE.read_text(encoding="utf-8"))
    now = renew.headline_measures()
    assert set(now) == set(saved["measures"]), "measures were added or taken away: run 'python -m tests.renew'"
    moved = [
        f"{name}: {was!r} -> {now[name]!r}"
        for name, was in saved["measures"].items()
        if not (math.isclose(was, now[name], rel_tol=1e-9, abs_tol=1e-12) or was == now[name])
    ]
    assert not moved, "\n".join([renew.MOVED, *moved])
    assert saved["results_version"] == RESULTS_VERSION, renew.MOVED


def test_saved_numbers_are_of_this_version() -> None:
    bits = json.loads(renew.BITS.read_text(encoding="utf-8"))
    assert bits["results_version"] == RESULTS_VERSION, renew.MOVED


def test_the_changelog_speaks_of_the_saved_numbers() -> None:
    """Renewing is not enough: the newest entry under Results gives the net present value that is saved."""
    saved = json.loads(renew.BASELINE.read_text(encoding="utf-8"))["measures"]["npv"]
    changelog = (renew.DATA.parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"Results version {RESULTS_VERSION}" in changelog and f"{saved / 1e6:.3f} million" in changelog, renew.MOVED
