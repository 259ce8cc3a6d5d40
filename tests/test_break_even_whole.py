"""Break-even of a whole parameter: claims are of whole numbers, and between those that were run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cxsim.studies.analyses.break_even import break_even
from cxsim.studies.analyses.findings import Finding, label
from cxsim.studies.experiments.experiment import Varied
from fake_runner import FakeRunner, experiment

SILOS = "policy.silos.n_sharing"
PEOPLE = "world.market.represents"


def whole(path: str, tie: float, sign: float = 1.0, **settings: Any) -> Finding:
    """The second arm is ahead by ``sign`` (x - tie) of a parameter of whole numbers, without luck."""

    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": sign * (values[path] - tie) if arm == "b" else 0.0}

    return break_even(experiment("a", "b"), FakeRunner(run), {"path": path, **settings})


@pytest.mark.parametrize(
    ("tie", "sign", "title"),
    [
        (2.3, -1.0, "while number of silos is below 3"),
        (2.7, -1.0, "while number of silos is below 3"),
        (2.3, 1.0, "once number of silos is above 2"),
        (2.7, 1.0, "once number of silos is above 2"),
    ],
)
def test_whole_numbers_that_are_ahead_are_in_the_title(tie: float, sign: float, title: str) -> None:
    finding = whole(SILOS, tie, sign)
    told = title.replace("number of silos", label(SILOS, [SILOS]))
    assert finding.title.startswith("B is ahead of A") and finding.title.endswith(told)
    assert finding.settings["headline"].endswith(told)
    assert any(sentence.startswith("They tie between 2 and 3:") for sentence in finding.sentences)
    at = whole(SILOS, 3.0, sign)
    assert at.title.endswith("above 3" if sign > 0 else "below 3")
    assert any(sentence.startswith("They tie at 3:") for sentence in at.sentences)


def among(*gaps: float) -> Finding:
    """B is ahead by this much where the number of silos is 0, 1 and so on."""

    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        gap = gaps[round(values[SILOS])] if arm == "b" else 0.0
        return {"npv": luck.normal(gap, 0.01) if gap % 1 else gap}

    return break_even(experiment("a", "b"), FakeRunner(run), {"path": SILOS, "replications": 20})


@pytest.mark.parametrize(("sign", "end"), [(1.0, "is above 4"), (-1.0, "is below 2")])
def test_whole_numbers_that_tie_exactly_are_not_ahead(sign: float, end: str) -> None:
    finding = among(*(sign * gap for gap in (-2, -1, 0, 0, 0, 1)))
    assert finding.title.startswith("B is ahead of A") and finding.title.endswith(end)
    assert any(sentence.startswith("They tie between 2 and 4:") for sentence in finding.sentences)


@pytest.mark.parametrize(
    ("gaps", "said"), [((3, 3, 0.001, 0.001, 3, 3), "From 2 to 3"), ((3, 3, 3, 0.001, 3, 3), "At 3")]
)
def test_whole_numbers_that_are_not_clear_are_those_that_are_not(gaps: tuple[float, ...], said: str) -> None:
    assert f"{said} the two cannot be told apart." in among(*gaps).sentences


def test_of_many_whole_numbers_those_about_the_tie_are_run() -> None:
    finding = whole(PEOPLE, 243.4, low=100, high=500, tolerance_share=0.001)
    run = finding.tables["differences"].frame()["value"].tolist()
    assert {243.0, 244.0} <= set(run) and all(x == round(x) for x in run) and len(run) < 20
    assert any(sentence.startswith("They tie between 243 and 244:") for sentence in finding.sentences)
    rough = whole(PEOPLE, 243.4, low=100, high=500, tolerance_share=0.2)
    run = rough.tables["differences"].frame()["value"].tolist()
    below, above = max(x for x in run if x < 243), min(x for x in run if x > 244)
    assert above > below + 1, "within the tolerance no more are run, and no more is said"
    assert any(s.startswith(f"They tie between {below:.0f} and {above:.0f}:") for s in rough.sentences)
    assert rough.title.endswith(f"is above {above - 1:.0f}")


def test_whole_numbers_on_a_log_scale_are_told_by_their_own_values() -> None:
    base = experiment("a", "b")
    varies = replace(base, vary=(Varied(PEOPLE, 1, 8, "people", "log", True),), points=np.full((1, 1), 1.0))

    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": values.get(PEOPLE, 1.0) - 5.5 if arm == "b" else 0.0}

    finding = break_even(varies, FakeRunner(run), {"path": PEOPLE, "points": 30})
    assert any(sentence.startswith("They tie between 5 and 6:") for sentence in finding.sentences)
    assert finding.title.endswith("is above 5")
