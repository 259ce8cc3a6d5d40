"""The schema of scenario files and the reader of them agree: what is read is never underlined in an editor."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import yaml_core
from cxsim.scenario import Scenario, ScenarioError, load, shipped
from cxsim.scenario_check import SETTINGS
from cxsim.scenario_schema import schema
from cxsim.scenario_template import template
from scenario_samples import BAD, GROUPS

ROOT = Path(__file__).parents[1]
WHOLE = Draft202012Validator(schema())
SMALL = Draft202012Validator(schema(GROUPS))

# What only reading can find: signs of YAML, other files, and what one value has to do with another.
BEYOND = (
    "tab character", "duplicate key", "anchors", "holds the character", "; write 10", "0x10", ".nan", "no scenario",
    "two rivals", "must stand alone", "changes nothing", "outside the horizon", "no rival is called", "contradictory",
)  # fmt: skip


def faults(validator: Draft202012Validator, text: str) -> list[str]:
    return [e.message for e in validator.iter_errors(yaml_core.read(text))]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema(), allow_nan=False)) == schema()


@pytest.mark.parametrize("name", shipped(parts=True))
def test_shipped_scenarios_are_valid(name: str) -> None:
    assert faults(WHOLE, shipped(parts=True)[name].read_text(encoding="utf-8")) == []
    assert faults(WHOLE, load(name).to_yaml()) == []


def test_what_is_shown_to_newcomers_is_valid() -> None:
    shown = [template(), re.sub(r"(?m)^#(?!#)", "", template())]
    for page in ("README.md", "docs/scenario_files.md"):
        found = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
        assert found
        shown += found
    assert [faults(WHOLE, text) for text in shown] == [[]] * len(shown)


def test_every_value_has_type_bounds_unit_and_meaning() -> None:
    top, parts = schema()["properties"], schema()["$defs"]
    for path, p in [
        *SETTINGS.items(),
        *((q, p) for s in ("world", "policy") for q, p in load("baseline").catalogue.paths(s)),
    ]:
        side, _, rest = path.rpartition(".")[0].partition(".")
        entry = parts[side]["properties"][rest]["properties"][p.name] if side else top[path]
        assert entry["type"] == ("integer" if p.integer else "number")
        assert (entry["minimum"], entry["maximum"], entry["default"]) == (p.low, p.high, p.default)
        assert p.unit in entry["description"] and p.meaning[1:] in entry["description"]
    assert "represents" not in parts["dated_world"]["properties"]["market"]["properties"]
    assert set(top["extends"]["examples"]) == set(shipped(parts=True))


@pytest.mark.parametrize(("text", "said"), BAD, ids=lambda v: str(v)[:40])
def test_broken_files_are_refused_by_both(text: str, said: str | None) -> None:
    with pytest.raises(ScenarioError):
        Scenario.from_yaml(text, "x", GROUPS)
    try:
        found = faults(SMALL, text)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return  # no YAML at all
    assert found or said is None or any(part in said for part in BEYOND)


WHOLE_FILE: dict[str, Any] = {
    "title": "A", "question": "Why?", "currency": "EUR", "extends": "baseline", "customers": 500, "horizon_months": 24,
    "world": {"market": {"monthly_price": 90.5}, "requests": {"out_of_scope_rate": 0.2}},
    "policy": {"requests": {"conceded_share": 0.1}, "silos": {"n_meetings": 3}},
    "rivals": [{"title": "R", "policy": {"silos": {"n_meetings": 1}}}, {"title": "T", "extends": "focal"}],
    "timeline": [
        {"month": 3, "over_months": 4, "policy": {"requests": {"conceded_share": 0.3}}},
        {"month": 9, "firm": "R", "policy": {"silos": {"n_meetings": 4}}},
        {"month": 12, "world": {"requests": {"out_of_scope_rate": 1}}},
    ],
}  # fmt: skip
ODD = (
    None, True, False, 0, 1, -1, 2, 2.5, 1e300, -0.0, 0.5, 10**20, "", " ", "focal", "Focal", "R", "baseline", "12 %",
    "0.5", "a\nb", "a" * 90, [], {}, [1], ["baseline"], [["baseline"]], {"a": 1}, {"requests": {}}, {"policy": {}},
    [{"title": "Z"}], [{"month": 1}],
)  # fmt: skip
NAMES = ("title", "extends", "policy", "world", "requests", "n_meetings", "firm", "month", "represents", "market", "x")


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every container in ``data`` with each of its keys or indices."""
    found = []
    for key in list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        found += [(data, key), *places(data[key])]
    return found


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_read_is_valid(draw: st.DataObject) -> None:
    data = copy.deepcopy(WHOLE_FILE)
    for _ in range(draw.draw(st.integers(1, 3))):
        holder, key = draw.draw(st.sampled_from(places(data)))
        kind = draw.draw(st.sampled_from(["value", "delete", "rename", "add"]))
        if kind == "value":
            holder[key] = copy.deepcopy(draw.draw(st.sampled_from(ODD)))
        elif kind == "delete":
            del holder[key]
        elif isinstance(holder, dict):
            name = draw.draw(st.sampled_from(NAMES))
            holder[name] = copy.deepcopy(draw.draw(st.sampled_from(ODD))) if kind == "add" else holder.pop(key)
        if not places(data):
            return
    text = json.dumps(data)
    try:
        Scenario.from_yaml(text, "x", GROUPS)
    except ScenarioError:
        return
    assert faults(SMALL, text) == [], text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("customers",), 0), (("customers",), 2.5), (("customers",), "5"), (("titel",), "B"), (("title",), 5),
        (("title",), "a" * 81), (("policy", "requests", "conceded_share"), 1.01),
        (("policy", "silos", "n_meetings"), 2.5), (("policy", "requests", "authority_limt"), 1),
        (("policy", "requests"), 3), (("world", "silos"), {}), (("rivals", 0, "title"), "focal"),
        (("rivals", 0, "name"), "B"), (("rivals", 0, "policy"), None), (("rivals",), {"title": "A"}),
        (("rivals",), [{"title": f"R{i}"} for i in range(8)]), (("extends",), [1]), (("timeline", 0, "month"), 0),
        (("timeline", 0, "month"), "13"), (("timeline", 0, "firms"), "R"), (("timeline", 2, "firm"), "R"),
        (("timeline", 2, "world", "market"), {"represents": 1000}),
    ],
)  # fmt: skip
def test_single_mistakes_are_refused_by_both(path: tuple[Any, ...], value: object) -> None:
    data = copy.deepcopy(WHOLE_FILE)
    assert not faults(SMALL, json.dumps(data))
    assert Scenario.from_yaml(json.dumps(data), "x", GROUPS).title == "A"
    holder: Any = data
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    assert faults(SMALL, json.dumps(data))
    with pytest.raises(ScenarioError):
        Scenario.from_yaml(json.dumps(data), "x", GROUPS)
