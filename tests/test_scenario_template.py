"""The file to start from runs as it is, and whatever is uncommented in it is valid."""

from __future__ import annotations

import re

import pytest

from cxsim.scenario import Scenario, load
from cxsim.scenario_check import SETTINGS, bounds
from cxsim.scenario_template import template

TEXT = template()
BLOCKS = TEXT.split("\n\n")
EXAMPLE = re.compile(r"^#(?!#)", re.MULTILINE)
HOW = {"by hand": EXAMPLE, "as editors do it, with a space": re.compile(r"^#(?!#) ?", re.MULTILINE)}


def read(text: str) -> Scenario:
    return Scenario.from_yaml(text, "my_scenario")


def test_as_it_is_it_is_the_baseline() -> None:
    new = read(TEXT)
    assert new.hash == load("baseline").hash
    assert new.title == "My scenario"


@pytest.mark.parametrize("how", HOW)
def test_all_examples_together(how: str) -> None:
    base, new = load("baseline"), read(HOW[how].sub("", TEXT))
    assert (new.policy, new.world, new.horizon_months) == (base.policy, base.world, base.horizon_months)
    assert new.firms == ("My scenario", "Follower", "Twin")
    assert new.rivals[1].policy == new.policy != new.rivals[0].policy
    assert [(c.firm, c.over_months > 0, bool(c.world)) for c in new.timeline] == [
        (0, True, False), (1, False, False), (0, False, True),
    ]  # fmt: skip
    assert {"customers", "policy.requests.conceded_share"} <= {p for p, at in new.origin.items() if "<my_" in at}


@pytest.mark.parametrize("how", HOW)
def test_each_block_of_examples_alone(how: str) -> None:
    examples = [k for k, block in enumerate(BLOCKS) if EXAMPLE.search(block)]
    assert len(examples) == 6
    for k in examples:
        chosen = {k, k - 1} if "timeline:" in BLOCKS[k] else {k}  # its rival is in the block above
        new = read("\n\n".join(HOW[how].sub("", b) if i in chosen else b for i, b in enumerate(BLOCKS)))
        assert new.title == "My scenario"


def test_each_value_with_the_headings_above_it() -> None:
    lines = TEXT.splitlines()
    found = 0
    for k, line in enumerate(lines):
        value = re.match(r"#( *)(\w+): [-.\d]", line)
        if not value or value[2] in ("month", "over_months"):
            continue
        chosen, depth = {k}, len(value[1])
        for above in range(k, -1, -1):
            heading = re.match(r"#( *)\w+:", lines[above])
            if heading and len(heading[1]) < depth:
                chosen, depth = chosen | {above}, len(heading[1])
        new = read("\n".join(EXAMPLE.sub("", text) if i in chosen else text for i, text in enumerate(lines)))
        assert [p for p, at in new.origin.items() if at == f"<my_scenario>:{k + 1}"], line
        found += 1
    assert found > 20


def test_it_names_every_setting_and_lever_with_unit_and_range() -> None:
    for path, p in [*SETTINGS.items(), *load("baseline").catalogue.paths("policy")]:
        line = rf"^#.*\b{path.rpartition('.')[2]}: [-.\d]+ +# {re.escape(bounds(p))}$"
        assert re.search(line, TEXT, re.MULTILINE), path


def test_any_title_and_name() -> None:
    odd = '"Zwölf: # 12" \\ \'é'
    text = template(odd, "'a b.yaml'")
    assert read(text).title == odd
    assert "cxsim describe 'a b.yaml'." in text.replace("\n## ", " ")
    assert TEXT.isascii()
    assert max(map(len, TEXT.splitlines())) <= 100
