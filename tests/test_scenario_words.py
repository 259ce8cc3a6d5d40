"""What a file takes over from what it extends, and what somebody is told who asks in another way."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from cxsim.scenario import Scenario, ScenarioError, load
from scenario_samples import GROUPS


def test_what_a_file_asks_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "base": "title: B\nquestion: Q?\ndescription: D\ncurrency: CHF\n",
        "silent": "extends: base\n",
        "own": "extends: base\ntitle: O\nquestion: Why?\n",
    }.items():
        Path(f"{name}.yaml").write_text(text)
    silent, own = load("silent", GROUPS), load("own", GROUPS)
    assert (silent.title, silent.question, silent.description, silent.currency) == ("silent", "", "", "CHF")
    assert (own.title, own.question, own.description, own.currency) == ("O", "Why?", "", "CHF")
    assert silent.origin["question"] == "default"


def test_values_are_read_by_path_or_key() -> None:
    s = Scenario.default(GROUPS)
    with pytest.raises(AttributeError, match=r"write \['requests'\], or scenario.value\('world.heading.name'\)"):
        s.world.requests  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="no 'nothing' here"):
        s.policy.nothing  # type: ignore[attr-defined]  # noqa: B018
    assert copy.deepcopy(s.world) == s.world == pickle.loads(pickle.dumps(s.world))


@pytest.mark.parametrize("path", ["conceded_share", "requests.conceded_share"])
def test_part_of_a_path_is_answered_with_all_of_it(path: str) -> None:
    with pytest.raises(ScenarioError, match=r"write the whole path: 'policy.requests.conceded_share'"):
        Scenario.default(GROUPS).replace(path, 0.1)


def test_a_heading_that_nothing_declares_may_be_of_a_mechanism() -> None:
    for text, said in (("points", True), ("request", False), ("market", False)):
        with pytest.raises(ScenarioError) as caught:
            Scenario.from_yaml(f"policy: {{{text}: {{a: 1}}}}\n", groups=GROUPS)
        assert ("is a 'use:' missing?" in str(caught.value)) == said
