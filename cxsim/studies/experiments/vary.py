"""From an experiment file to what varies, and the design of points in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cxsim.parameters import Parameter, Scale
from cxsim.scenario import Scenario
from cxsim.scenario_check import SETTINGS, items, nearest, number, one_of, only, show, table, text, truth
from cxsim.scenario_timeline import Frozen, dated
from cxsim.studies.experiments import designs
from cxsim.studies.experiments.experiment import Design, Varied
from cxsim.worlds import variable
from cxsim.yaml_source import Node, Scalar, Sequence, Table, Where, fail, shorten

ASSUMPTIONS = "assumptions"
"""In place of a path: every assumption with a plausible range that no arm sets."""

_KEYS = ("low", "high", "scale", "levels", "values", "arms")
_LONGEST = 200
_DEFAULT_DESIGN = "latin_hypercube"

Values = dict[str, tuple[float, ...]]
"""Path -> the values that are written down for it, for a grid."""


class VaryReader:
    """Reads what varies between the runs of some arms."""

    def __init__(self, arms: Mapping[str, Scenario]) -> None:
        self.arms = arms
        self.values: Values = {}
        self.levels: dict[str, int] = {}

    def read(self, node: Node) -> tuple[Varied, ...]:
        """What a list of paths, a mapping of them, or the word ``assumptions`` says. Raises ScenarioError."""
        found: dict[str, Varied] = {}
        everything = False
        for name, where, below in self._entries(node):
            if name == ASSUMPTIONS:
                if below is not None:
                    fail(below.where, f"vary.{name}", "has the ranges of the assumptions; name a path to change one")
                everything = True
            elif name in found:
                fail(where, "vary", f"{name} is named twice")
            else:
                found[name] = self._one(name, where, below)
        if everything:
            open_, _ = variable(list(self.arms.values()))
            for path, p in open_.items():
                if path not in found:
                    found[path] = _varied(path, p, p.range or (p.low, p.high), p.scale)
        return tuple(found.values())

    @staticmethod
    def _entries(node: Node) -> Iterator[tuple[str, Where, Node | None]]:
        """Name, place and mapping of every path; no mapping where only the path is written."""
        listed = node.items if isinstance(node, Sequence) else (node,)
        if isinstance(node, Table):
            for key, below in node.entries.items():
                empty = isinstance(below, Scalar) and not below.quoted and below.text in ("", "~", "null")
                yield key, node.keys[key], None if empty else below
        else:
            for i, item in enumerate(listed):
                yield text(item, f"vary[{i}]", _LONGEST), item.where, None
        if not (node.entries if isinstance(node, Table) else listed):
            fail(node.where, "vary", "names no path; leave the key out if nothing varies")

    def _one(self, name: str, where: Where, below: Node | None) -> Varied:
        path = f"vary.{name}"
        node = table(below, path) if below else Table({}, {}, where)
        only(node, _KEYS, path)
        arms = self._in_arms(node.entries.get("arms"), f"{path}.arms")
        within = {arm: self.arms[arm] for arm in arms or self.arms}
        p = parameter(name, where, list(within.values()))
        refuse_undone(name, where, within)
        if name in SETTINGS and arms:
            fail(node.keys["arms"], path, f"{name} is the same in all arms: they are paired")
        if "values" in node.entries:
            return self._listed(name, p, node, arms)
        if not p.range and not name.startswith("policy.") and not {"low", "high"} <= node.entries.keys():
            fail(where, path, "has no plausible range of its own: give it low and high")
        low, high = self._ends(node, path, p)
        if "levels" in node.entries:
            (most,) = designs.KINDS["grid"].numbers
            self.levels[name] = int(number(node.entries["levels"], f"{path}.levels", most))
        return _varied(name, p, (low, high), self._scale(node, path, p, low), arms)

    @staticmethod
    def _ends(node: Table, path: str, p: Parameter) -> tuple[float, float]:
        """Lowest and highest value: what is written, else the plausible range, else all that is permitted."""
        first, last = p.range or (p.low, p.high)
        low, high = (
            number(node.entries[key], f"{path}.{key}", p) if key in node.entries else float(default)
            for key, default in (("low", first), ("high", last))
        )
        if not low < high:
            written = node.entries.get("high") or node.entries.get("low")
            fail(written.where if written else node.where, path, f"the range from {show(low)} to {show(high)} is empty")
        return low, high

    @staticmethod
    def _scale(node: Table, path: str, p: Parameter, low: float) -> Scale:
        if "scale" not in node.entries:
            return p.scale if low > 0 else "linear"
        if one_of(node.entries["scale"], f"{path}.scale", ("linear", "log")) == "linear":
            return "linear"
        if low <= 0:
            fail(node.entries["scale"].where, f"{path}.scale", "a range on a log scale begins above 0")
        return "log"

    def _listed(self, name: str, p: Parameter, node: Table, arms: tuple[str, ...]) -> Varied:
        path = f"vary.{name}.values"
        for key in node.entries.keys() & {"low", "high", "scale", "levels"}:
            fail(node.keys[key], f"vary.{name}", f"either 'values' or {key!r}, not both")
        listed = [number(n, f"{path}[{i}]", p) for i, n in enumerate(items(node.entries["values"], path))]
        values = tuple(dict.fromkeys(listed))
        if len(values) < len(listed) or len(values) < 2:
            what = "holds a value twice" if len(values) < len(listed) else "needs at least two values"
            fail(node.entries["values"].where, path, what)
        self.values[name] = values
        return _varied(name, p, (min(values), max(values)), "linear", arms)

    def _in_arms(self, node: Node | None, path: str) -> tuple[str, ...]:
        if node is None:
            return ()
        found = [one_of(n, f"{path}[{i}]", self.arms) for i, n in enumerate(items(node, path))]
        if not found:
            fail(node.where, path, "names no arm; leave the key out for all of them")
        return tuple(arm for arm in self.arms if arm in found)


def refuse_undone(name: str, where: Where, arms: Mapping[str, Scenario]) -> None:
    """Refuse a path in which arms differ, which one value would undo, and one that an arm's own timeline sets anew."""
    if name in SETTINGS:
        return
    for arm, scenario in arms.items():
        for _, month in dated(scenario.timeline, [name]):
            what = f"{arm} changes it by its own timeline from month {month} on, which would undo what varies"
            fail(where, f"vary.{name}", f"{what}; take it out of the timeline, or say in which arms it varies")
    held = {arm: scenario.value(name) for arm, scenario in arms.items()}
    one = next(iter(held))
    other = next((arm for arm in held if held[arm] != held[one]), None)
    if other is not None:
        pair = f"{one} has {show(held[one])} and {other} {show(held[other])}"
        what = f"{pair}, which one value for both would undo; say where it varies, such as 'arms: [{other}]'"
        fail(where, f"vary.{name}", what)


def _varied(
    path: str, p: Parameter, ends: tuple[float, float], scale: Scale, arms: tuple[str, ...] = ()
) -> Varied:
    return Varied(path, float(ends[0]), float(ends[1]), p.unit, scale, p.integer, arms)


def parameter(path: str, where: Where | None, arms: list[Scenario]) -> Parameter:
    """The parameter at a path, or a setting, that all ``arms`` have. Raises ScenarioError that names the nearest."""
    if path in SETTINGS and path != "replications":
        return SETTINGS[path]
    if path == "replications":
        fail(where, "vary", "replications do not vary; 'replications' at the top says how many runs each arm has")
    known = arms[0].catalogue
    if path.count(".") != 2 or path.split(".")[0] not in known.sides:
        full = known.full_paths(path)
        near = nearest(path, [p for side in known.sides for p, _ in known.paths(side)])
        hint = f"write the whole path: {' or '.join(full)}" if full else f"did you mean {near}?" if near else (
            "expected world.heading.name or policy.heading.name; cxsim describe baseline shows all"
        )  # fmt: skip
        fail(where, "vary", f"unknown path {shorten(path)}; {hint}")
    for arm in arms:
        found = arm.catalogue.parameter(path, where)
    return found


def design(node: Node | None, vary: tuple[Varied, ...], reader: VaryReader, points: int | None = None) -> Design:
    """The design that a mapping or a word says; by default a grid of what is written down, or a Latin hypercube.

    ``points`` replaces how many there are. Raises ScenarioError.
    """
    written = reader.values.keys() | reader.levels.keys()
    kind = kind_of(node) if node else "grid" if written else _DEFAULT_DESIGN
    below = node if isinstance(node, Table) else Table({}, {}, node.where if node else Where(""))
    numbers = {p.name: p for p in designs.KINDS[kind].numbers}
    only(below, ("kind", *numbers, *(["second_order"] if kind == "saltelli" else [])), "design")
    if kind != "grid" and written:
        fail(below.where, "design", f"values and levels, as of {min(written)}, go with a grid, not with {kind}")
    settings: dict[str, Any] = {name: int(p.default) for name, p in numbers.items()}
    for name in settings.keys() & below.entries.keys():
        settings[name] = int(number(below.entries[name], f"design.{name}", numbers[name]))
    if points is not None:
        settings |= _resized(kind, points, below.where)
    if kind == "saltelli":
        asked = below.entries.get("second_order")
        settings["second_order"] = truth(asked, "design.second_order") if asked else False
    if kind == "grid":
        n = settings.pop("levels")
        axes = (reader.values.get(v.path) or designs.levels(v, reader.levels.get(v.path, n)) for v in vary)
        settings["values"] = tuple(axes)
    if fault := designs.fault(kind, settings):
        name, what = fault
        fail(below.entries[name].where if name in below.entries else below.where, f"design.{name}", what)
    return Design(kind, Frozen(settings))


def _resized(kind: str, points: int, where: Where) -> dict[str, int]:
    """The number of points for a design that has one."""
    numbers = {p.name: p for p in designs.KINDS[kind].numbers}
    if "points" not in numbers:
        has = f"has no number of points of its own; change its {' and '.join(numbers)} in the file"
        fail(where, "points", f"a design of kind {kind} {has}")
    return {"points": int(number(Scalar(str(points), False, where), "points", numbers["points"]))}


def kind_of(node: Node) -> str:
    """The kind of design that a mapping or a word names. Raises ScenarioError."""
    if isinstance(node, Scalar):
        return one_of(node, "design", designs.KINDS)
    below = table(node, "design")
    if "kind" not in below.entries:
        fail(below.where, "design", f"has no 'kind': {', '.join(designs.KINDS)}")
    return one_of(below.entries["kind"], "design.kind", designs.KINDS)


def rows(node: Table, arms: Mapping[str, Scenario]) -> tuple[tuple[Varied, ...], Design]:
    """A design of points that are written down, one mapping of path to value each. Raises ScenarioError."""
    only(node, ("kind", "rows"), "design")
    if "rows" not in node.entries:
        fail(node.where, "design", "a list of points needs 'rows', such as [{world.requests.out_of_scope_rate: .1}]")
    listed = items(node.entries["rows"], "design.rows")
    if not listed:
        fail(node.entries["rows"].where, "design.rows", "holds no point")
    first = table(listed[0], "design.rows[0]")
    known = {path: parameter(path, first.keys[path], list(arms.values())) for path in first.entries}
    found = []
    for i, item in enumerate(listed):
        row = table(item, place := f"design.rows[{i}]")
        only(row, known, place)
        missing = [path for path in known if path not in row.entries]
        if missing:
            fail(row.where, place, f"gives no value to {missing[0]}, which the first row varies")
        found.append(tuple(number(row.entries[path], f"{place}.{path}", p) for path, p in known.items()))
    for path in known:
        refuse_undone(path, first.keys[path], arms)
    columns = dict(zip(known, zip(*found, strict=True), strict=True)) if known else {}
    vary = tuple(_varied(path, p, (min(columns[path]), max(columns[path])), "linear") for path, p in known.items())
    return vary, Design("list", Frozen({"rows": tuple(found)}))
