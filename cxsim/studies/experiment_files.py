"""Where an experiment stands: in a file, among those that are shipped, or in Python as a mapping of the same shape."""

from __future__ import annotations

import numbers
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from cxsim.scenario import Scenario
from cxsim.scenario_check import nearest, show
from cxsim.scenario_files import Source
from cxsim.yaml_source import Node, Scalar, ScenarioError, Sequence, Table, Where, fail, shorten

_NOWHERE = Where("")


def _shipped_folder() -> Path:
    package = Path(__file__).resolve().parents[1]
    inside = package / "experiments"  # where a wheel puts them; a source checkout has them beside the package
    return inside if inside.is_dir() else package.parent / "experiments"


def shipped_experiments() -> dict[str, Path]:
    """Experiments that come with cxsim: name -> file, sorted."""
    return {path.stem: path for path in sorted(_shipped_folder().glob("*.yaml"))}


def locate(asked: str | os.PathLike[str]) -> Source:
    """The file that a path means, .yaml left out or not, or the name of a shipped experiment. Raises ScenarioError."""
    name, known = os.fspath(asked), shipped_experiments()
    if isinstance(asked, str) and not name.strip():
        fail(None, "", f"no experiment named; shipped: {', '.join(known)}")
    if isinstance(asked, str) and name in known:
        return Source(known[name], _shown(known[name]))
    path = Path(asked)
    try:
        for entry in (name, f"{name}.yaml"):
            if Path(entry).is_file():
                return Source(Path(entry), entry)
        if path.exists():  # what is no file is refused when it is read
            return Source(path, name)
        beside = {p.name: str(p) for p in path.parent.glob("*.y*ml")} if path.parent.is_dir() else {}
    except (OSError, ValueError):  # a name too long for a file, or with a null character
        fail(None, "", f"{shorten(name)} is not the name of a file; shipped experiments: {', '.join(known)}")
    near = beside.get(nearest(path.name, beside) or "") or nearest(path.stem, known)
    hint = f"did you mean {near!r}?" if near else f"shipped: {', '.join(known)}"
    return fail(None, "", f"{name}: no such file or shipped experiment; {hint}")


def _shown(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return f"cxsim/experiments/{path.name}"


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
