"""An experiment told in Python: data in the shape of a file, made into what a file is read into; and the way back."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Mapping

from cxsim.scenario import Scenario
from cxsim.scenario_check import show
from cxsim.yaml_source import Node, Scalar, ScenarioError, Sequence, Table, Where, shorten

_NOWHERE = Where("")


def tree_of(data: Mapping[str, object], scenarios: dict[str, Scenario]) -> Table:
    """Data from Python in the shape of a file; scenarios among it are kept in ``scenarios`` by the text for them.

    Raises ScenarioError for anything that a file could not hold.
    """
    found = _node(data, "", scenarios)
    assert isinstance(found, Table)
    return found


def _node(value: object, path: str, scenarios: dict[str, Scenario]) -> Node:
    if isinstance(value, Scenario):
        scenarios[mark := f"\0{len(scenarios)}"] = value  # no text in a file holds this character
        return Scalar(mark, True, _NOWHERE)
    if value is None or isinstance(value, bool):
        return Scalar("" if value is None else str(value).lower(), False, _NOWHERE)
    if isinstance(value, numbers.Real):
        return Scalar(show(float(value)), False, _NOWHERE)
    if isinstance(value, str | os.PathLike):
        return Scalar(os.fspath(value), True, _NOWHERE)
    if isinstance(value, Mapping):
        below = {str(k): _node(v, f"{path}.{k}" if path else str(k), scenarios) for k, v in value.items()}
        return Table(below, dict.fromkeys(below, _NOWHERE), _NOWHERE)
    if isinstance(value, Iterable):
        listed = [_node(v, f"{path}[{i}]", scenarios) for i, v in enumerate(value)]
        return Sequence(tuple(listed), _NOWHERE)
    raise ScenarioError(f"{path}: {shorten(repr(value))} ({type(value).__name__}) cannot stand in an experiment")


def plain(node: Node) -> object:
    """What a node holds as plain data: numbers, truth values, texts, lists and mappings."""
    if isinstance(node, Table):
        return {key: plain(below) for key, below in node.entries.items()}
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    if node.quoted:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    try:
        number = float(node.text.replace("_", "?"))  # Python would read 1_000
    except ValueError:
        return node.text
    return int(number) if node.text.lstrip("+-").isdecimal() else number
