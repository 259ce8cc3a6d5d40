"""Scenario: a resolved, checked and immutable description of a market; its way from YAML and back."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from cxsim.parameters import Group, Parameter
from cxsim.scenario_check import SETTINGS, SIDES, STRUCTURAL, TEXTS, Catalogue, flatten, nearest
from cxsim.scenario_edit import DEFAULT, Edit
from cxsim.scenario_files import (
    FOCAL,
    Layer,
    Library,
    RivalEntry,
    Setting,
    Source,
    TimelineEntry,
    locate,
    merge,
    shipped,
    uses,
)
from cxsim.scenario_timeline import Change, Frozen, Rival, Scheduled, Values, check_timeline, expand, nest
from cxsim.scenario_use import Code, catalogue, united
from cxsim.yaml_dump import Plain, dump
from cxsim.yaml_source import Node, ScenarioError, Table, Where, fail, shorten

__all__ = ["DEFAULT", "STRUCTURAL", "Change", "Rival", "Scenario", "ScenarioError", "Scheduled", "load", "shipped"]


@dataclass(frozen=True, repr=False)
class Scenario:
    """Everything that decides a run, except its luck.

    Made by :func:`load`, ``default``, ``from_yaml`` and ``replace``, which check it. ``world`` and ``policy``
    (the focal firm's) hold every declared parameter: heading -> name -> value, in the parameter's unit.
    ``origin`` says where each came from: path -> ``file:line``, ``default`` or ``replace()``. Equality covers
    all but ``name``, ``origin`` and ``groups``; :attr:`hash` covers what can change results. ``groups`` are
    the declared parameters; None stands for those of cxsim. ``use`` are mechanisms of one's own, which add theirs,
    and ``decide`` is the function that moves the focal firm's levers each quarter.
    """

    title: str
    question: str
    description: str
    currency: str
    customers: int
    employees: int
    horizon_months: int
    replications: int
    steps_per_month: int
    world: Values
    policy: Values
    rivals: tuple[Rival, ...]
    timeline: tuple[Change, ...]
    name: str = field(default="scenario", compare=False)
    origin: Mapping[str, str] = field(default_factory=lambda: Frozen({}), compare=False, repr=False)
    groups: tuple[Group, ...] | None = field(default=None, compare=False, repr=False)
    use: tuple[Code, ...] = ()
    decide: Code | None = None

    def __repr__(self) -> str:
        return f"<Scenario {self.name}: {self.title!r}, hash {self.hash}>"

    @classmethod
    def default(cls, groups: Iterable[Group] | None = None) -> Scenario:
        """All defaults: one rival with the same policy, nothing changing over time."""
        return _resolve({}, "defaults", _as_tuple(groups))

    @classmethod
    def from_yaml(cls, text: str, name: str = "scenario", groups: Iterable[Group] | None = None) -> Scenario:
        """Read a scenario from a text; ``extends`` looks in the working folder. Raises ScenarioError."""
        return _read(Source(None, f"<{name}>", text), name, _as_tuple(groups))

    @property
    def catalogue(self) -> Catalogue:
        """The declared parameters by side, heading and name."""
        return catalogue(self.groups, tuple(code.what for code in self.use))

    @property
    def firms(self) -> tuple[str, ...]:
        """Labels of all firms; the focal one, with the scenario's own title, is firm 0."""
        return (self.title, *(rival.title for rival in self.rivals))

    def value(self, path: str) -> float:
        """The value at ``world.heading.name`` or ``policy.heading.name``. Raises ScenarioError if unknown."""
        self.catalogue.parameter(path)
        side, heading, name = path.split(".")
        return (self.world if side == "world" else self.policy)[heading][name]

    def schedule(self) -> list[Scheduled]:
        """All values that change within the horizon, sorted: (month, side, firm, heading, name, value).

        Firm 0 is the focal one; the world's is None. A value holds from the start of its month. A ramp gives
        one linear step per month: 6 months from month 13 on are months 13 to 18, the last at the full value.
        """
        if not self.timeline:
            return []
        parameters: dict[str, Parameter] = {}
        for side in SIDES:
            parameters |= self.catalogue.paths(side)
        policies = [dict(flatten(p, "policy")) for p in (self.policy, *(r.policy for r in self.rivals))]
        world = dict(flatten(self.world, "world"))
        return expand(self.timeline, world, policies, parameters, self.horizon_months)

    @property
    def code(self) -> tuple[Code, ...]:
        """All code of one's own: mechanisms, and functions that decide for firms."""
        rules = (self.decide, *(rival.decide for rival in self.rivals))
        return united([self.use, (rule for rule in rules if rule)])

    @cached_property
    def hash(self) -> str:
        """12 hexadecimal digits of SHA-256 over everything that can change results; labels are left out."""
        content: dict[str, object] = {
            "settings": {name: getattr(self, name) for name in SETTINGS},
            "world": dict(flatten(self.world, "world")),
            "policies": [dict(flatten(p, "policy")) for p in (self.policy, *(r.policy for r in self.rivals))],
            "schedule": self.schedule(),
        }
        if self.use:
            content["use"] = [(code.spec, code.sha256, code.values) for code in self.use]
        if any(rules := [self.decide, *(r.decide for r in self.rivals)]):
            content["decide"] = [(c.spec, c.sha256, c.values) if c else None for c in rules]
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]

    def __hash__(self) -> int:
        return int(self.hash, 16)

    def replace(self, path: str, value: object, *more: object) -> Scenario:
        """A copy with other values: ``replace("policy.requests.conceded_share", .3, "customers", 5000)``.

        A path is a top-level key, ``world.heading.name``, ``policy.heading.name`` or
        ``rivals[0].policy.heading.name``; ``rivals`` takes :class:`Rival` objects (levers left out are
        default) and ``timeline`` :class:`Change` objects. Raises ScenarioError.
        """
        if len(more) % 2:
            raise TypeError("replace() takes pairs of a path and a value")
        edit = Edit({f.name: getattr(self, f.name) for f in fields(self)})
        for one, its_value in zip((path, *more[::2]), (value, *more[1::2]), strict=True):
            edit.set(str(one), its_value)
        return Scenario(**edit.done())

    def as_dict(self) -> dict[str, Plain]:
        """The resolved scenario as plain data, in the shape of a scenario file (JSON-able)."""
        data: dict[str, Plain] = {key: getattr(self, key) for key in TEXTS if getattr(self, key)}
        if self.use:
            data["use"] = [code.spec for code in self.use]
        if self.decide:
            data["decide"] = self.decide.spec
        data |= {key: getattr(self, key) for key in SETTINGS}
        data |= {"world": _plain(self.world), "policy": _plain(self.policy)}
        data["rivals"] = [
            {"title": r.title, **({"decide": r.decide.spec} if r.decide else {}), "policy": _plain(r.policy)}
            for r in self.rivals
        ]
        changes: list[Plain] = []
        for c in self.timeline:
            entry: dict[str, Plain] = {"month": c.month}
            if c.over_months:
                entry["over_months"] = c.over_months
            if c.firm:
                entry["firm"] = self.rivals[c.firm - 1].title
            entry |= {side: _plain(v) for side, v in (("world", c.world), ("policy", c.policy)) if v}
            changes.append(entry)
        data["timeline"] = changes
        return data

    def to_yaml(self) -> str:
        """Every value, with its unit; reading this text gives an equal scenario with the same hash."""
        units: dict[str, str] = {name: p.unit for name, p in SETTINGS.items()}
        for side in SIDES:
            units |= {path: p.unit for path, p in self.catalogue.paths(side)}

        def unit(path: str) -> str:
            return units.get(re.sub(r"^(rivals|timeline)\[\d+\]\.", "", path), "")

        return f"# Fully resolved scenario, hash {self.hash}\n" + dump(self.as_dict(), unit)

    def _repr_html_(self) -> str:
        """Title, question and what differs from the defaults, for a notebook."""
        from cxsim.describe import describe_html

        return describe_html(self)


def load(source: str | os.PathLike[str], groups: Iterable[Group] | None = None) -> Scenario:
    """The scenario in a file, or the shipped one of that name. Raises ScenarioError with one clear line."""
    found = locate(source)
    name = Path(found.shown).stem.encode(errors="replace").decode()  # letters that the locale does not know
    return _read(found, name, _as_tuple(groups))


def within(tree: Table, source: Source, name: str, library: Library) -> Scenario:
    """The scenario that a mapping describes which is part of another file, ``source``. Raises ScenarioError."""
    return _resolve(library.within(tree, source), name, None, library)


def named(node: Node, path: str, source: Source, library: Library) -> Scenario:
    """The scenario that a name or path in another file, ``source``, means. Raises ScenarioError."""
    found = library.base(node, source, path)
    return _resolve(library.layer(found), Path(found.shown).stem, None, library)


def _as_tuple(groups: Iterable[Group] | None) -> tuple[Group, ...] | None:
    return None if groups is None else tuple(groups)


def _plain(values: Values) -> dict[str, Plain]:
    return {heading: dict(below) for heading, below in values.items()}


def _read(source: Source, name: str, groups: tuple[Group, ...] | None) -> Scenario:
    library = Library(groups)
    return _resolve(library.layer(source), name, groups, library)


def _resolve(
    layer: Layer, name: str, groups: tuple[Group, ...] | None, library: Library | None = None
) -> Scenario:
    """The scenario that ``layer`` describes, with defaults for the rest. Raises ScenarioError."""
    library, use = library or Library(groups), uses(layer)
    known = catalogue(groups, tuple(code.what for code in use))
    settings: dict[str, Any] = {key: layer[key].value for key in TEXTS if key in layer}
    stem = "".join(c for c in name if c.isprintable())[: TEXTS["title"][0]].strip()
    for key, (_, default) in TEXTS.items():
        settings.setdefault(key, (stem or "Scenario") if key == "title" else default)
    settings |= {key: int(_number(layer, key, p)) for key, p in SETTINGS.items()}
    keys = (*TEXTS, "use", "decide", *SETTINGS, "rivals", "timeline")
    origin = {key: str(layer[key].where) if key in layer else DEFAULT for key in keys}
    world, policy = (_side(layer, known, side, "", origin) for side in SIDES)
    entries = layer["rivals"].value if "rivals" in layer else (RivalEntry("Rival", (), {}, Where("")),)
    assert isinstance(entries, tuple)
    rivals = []
    for i, entry in enumerate(entries):
        assert isinstance(entry, RivalEntry)
        own: Layer = {path: Setting(leaf.value, leaf.where) for path, leaf in entry.policy.items()}
        if entry.decide:
            own["decide"] = Setting(entry.decide, entry.where)
        bases = [_levers(layer if base == FOCAL else library.layer(_file(base))) for base in entry.bases]
        merged = merge(bases, own)
        _refuse_unused(merged, known, f"rivals[{i}]")
        levers = _side(merged, known, "policy", f"rivals[{i}].", origin)
        origin[f"rivals[{i}].title"] = str(entry.where) or DEFAULT
        if rule := _rule(merged):
            origin[f"rivals[{i}].decide"] = str(merged["decide"].where)
        rivals.append(Rival(entry.title, levers, rule))
    dated = layer["timeline"].value if "timeline" in layer else ()
    assert isinstance(dated, tuple)
    titles = [r.title for r in rivals]
    changes = [_change(e, i, titles, origin) for i, e in enumerate(dated) if isinstance(e, TimelineEntry)]
    places = [e.where for e in dated if isinstance(e, TimelineEntry)]
    check_timeline(changes, settings["horizon_months"], len(rivals), places)
    return Scenario(
        **settings, world=world, policy=policy, rivals=tuple(rivals), timeline=tuple(changes),
        name=name, origin=Frozen(origin), groups=groups, use=use, decide=_rule(layer),
    )  # fmt: skip


def _file(base: Source | str) -> Source:
    assert isinstance(base, Source)
    return base


def _levers(layer: Layer) -> Layer:
    return {path: s for path, s in layer.items() if path.startswith("policy.") or path == "decide"}


def _rule(layer: Layer) -> Code | None:
    value = layer["decide"].value if "decide" in layer else None
    return value if isinstance(value, Code) else None


def _refuse_unused(layer: Layer, known: Catalogue, path: str) -> None:
    """Refuse levers of a mechanism that the scenario does not use."""
    for lever, setting in layer.items():
        if lever.startswith("policy.") and lever.split(".")[1] not in known.sides["policy"]:
            fail(setting.where, f"{path}.{lever}", "belongs to a mechanism that this scenario does not 'use'")


def _number(layer: Layer, path: str, p: Parameter) -> float:
    value = layer[path].value if path in layer else p.default
    assert isinstance(value, (int, float))
    return float(value)


def _side(layer: Layer, catalogue: Catalogue, side: str, prefix: str, origin: dict[str, str]) -> Values:
    values = {}
    for path, p in catalogue.paths(side):
        values[path] = _number(layer, path, p)
        origin[prefix + path] = str(layer[path].where) if path in layer else DEFAULT
    return nest(values, side)


def _change(entry: TimelineEntry, i: int, rivals: Sequence[str], origin: dict[str, str]) -> Change:
    if entry.firm != FOCAL and entry.firm not in rivals:
        near = nearest(entry.firm, [FOCAL, *rivals])
        hint = f"; did you mean {near!r}?" if near else f"; there are: {', '.join([FOCAL, *rivals])}"
        fail(entry.firm_where, f"timeline[{i}].firm", f"no rival is called {shorten(entry.firm)}{hint}")
    firm = 0 if entry.firm == FOCAL else rivals.index(entry.firm) + 1
    origin[f"timeline[{i}]"] = str(entry.where)
    origin |= {f"timeline[{i}].{path}": str(leaf.where) for path, leaf in entry.values.items()}
    values = {path: leaf.value for path, leaf in entry.values.items()}
    return Change(entry.month, entry.over_months, firm, nest(values, "world"), nest(values, "policy"))
