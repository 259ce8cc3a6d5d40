"""Scenario: a resolved, checked and immutable description of a market; its way from YAML and back."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cxsim.parameters import Group, Parameter
from cxsim.scenario_check import (
    SETTINGS,
    SIDES,
    STRUCTURAL,
    TEXTS,
    Catalogue,
    clean_text,
    flatten,
    nearest,
    python_number,
    unknown,
)
from cxsim.scenario_files import (
    FOCAL,
    MAX_RIVALS,
    MONTH,
    OVER_MONTHS,
    Layer,
    Library,
    RivalEntry,
    Setting,
    Source,
    TimelineEntry,
    locate,
    merge,
    refuse_title,
    shipped,
)
from cxsim.scenario_timeline import Change, Frozen, Scheduled, Values, expand, nest, refuse_overlap
from cxsim.yaml_dump import Plain, dump
from cxsim.yaml_source import ScenarioError, Table, Where, fail, shorten

__all__ = ["STRUCTURAL", "Change", "Rival", "Scenario", "ScenarioError", "Scheduled", "load", "shipped"]

DEFAULT = "default"
REPLACED = "replace()"
_RIVAL_PATH = re.compile(r"rivals\[(\d{1,3})\]\.(policy\..*)")


@dataclass(frozen=True, slots=True)
class Rival:
    """A competing firm: its label and all its levers (heading -> name -> value)."""

    title: str
    policy: Values


@dataclass(frozen=True, repr=False)
class Scenario:
    """Everything that decides a run, except its luck.

    Made by :func:`load`, ``default``, ``from_yaml`` and ``replace``, which check it. ``world`` and ``policy``
    (the focal firm's) hold every declared parameter: heading -> name -> value, in the parameter's unit.
    ``origin`` says where each came from: path -> ``file:line``, ``default`` or ``replace()``. Equality covers
    all but ``name``, ``origin`` and ``groups``; :attr:`hash` covers what can change results. ``groups`` are
    the declared parameters; None stands for those of cxsim.
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
        return _catalogue(self.groups)

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
        parameters: dict[str, Parameter] = {}
        for side in SIDES:
            parameters |= self.catalogue.paths(side)
        policies = [dict(flatten(p, "policy")) for p in (self.policy, *(r.policy for r in self.rivals))]
        world = dict(flatten(self.world, "world"))
        return expand(self.timeline, world, policies, parameters, self.horizon_months)

    @cached_property
    def hash(self) -> str:
        """12 hexadecimal digits of SHA-256 over everything that can change results; labels are left out."""
        content = {
            "settings": {name: getattr(self, name) for name in SETTINGS},
            "world": dict(flatten(self.world, "world")),
            "policies": [dict(flatten(p, "policy")) for p in (self.policy, *(r.policy for r in self.rivals))],
            "schedule": self.schedule(),
        }
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
        edit = _Edit(self)
        for one, its_value in zip((path, *more[::2]), (value, *more[1::2]), strict=True):
            edit.set(str(one), its_value)
        return edit.done()

    def as_dict(self) -> dict[str, Plain]:
        """The resolved scenario as plain data, in the shape of a scenario file (JSON-able)."""
        data: dict[str, Plain] = {key: getattr(self, key) for key in TEXTS if getattr(self, key)}
        data |= {key: getattr(self, key) for key in SETTINGS}
        data |= {"world": _plain(self.world), "policy": _plain(self.policy)}
        data["rivals"] = [{"title": r.title, "policy": _plain(r.policy)} for r in self.rivals]
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
    return _read(found, Path(found.shown).stem, _as_tuple(groups))


def within(tree: Table, source: Source, name: str, library: Library) -> Scenario:
    """The scenario that a mapping describes which is part of another file, ``source``. Raises ScenarioError."""
    return _resolve(library.within(tree, source), name, None, library)


def _as_tuple(groups: Iterable[Group] | None) -> tuple[Group, ...] | None:
    return None if groups is None else tuple(groups)


@lru_cache(maxsize=8)
def _catalogue(groups: tuple[Group, ...] | None) -> Catalogue:
    if groups is None:
        from cxsim.mechanisms import GROUPS  # late: it brings the engine with it

        groups = GROUPS
    return Catalogue(groups)


def _plain(values: Values) -> dict[str, Plain]:
    return {heading: dict(below) for heading, below in values.items()}


def _read(source: Source, name: str, groups: tuple[Group, ...] | None) -> Scenario:
    library = Library(_catalogue(groups))
    return _resolve(library.layer(source), name, groups, library)


def _resolve(
    layer: Layer, name: str, groups: tuple[Group, ...] | None, library: Library | None = None
) -> Scenario:
    """The scenario that ``layer`` describes, with defaults for the rest. Raises ScenarioError."""
    library = library or Library(_catalogue(groups))
    settings: dict[str, Any] = {key: layer[key].value for key in TEXTS if key in layer}
    stem = "".join(c for c in name if c.isprintable())[: TEXTS["title"][0]].strip()
    for key, (_, default) in TEXTS.items():
        settings.setdefault(key, (stem or "Scenario") if key == "title" else default)
    settings |= {key: int(_number(layer, key, p)) for key, p in SETTINGS.items()}
    keys = (*TEXTS, *SETTINGS, "rivals", "timeline")
    origin = {key: str(layer[key].where) if key in layer else DEFAULT for key in keys}
    world = _side(layer, library.catalogue, "world", "", origin)
    policy = _side(layer, library.catalogue, "policy", "", origin)
    entries = layer["rivals"].value if "rivals" in layer else (RivalEntry("Rival", (), {}, Where("")),)
    assert isinstance(entries, tuple)
    rivals = []
    for i, entry in enumerate(entries):
        assert isinstance(entry, RivalEntry)
        own: Layer = {path: Setting(leaf.value, leaf.where) for path, leaf in entry.policy.items()}
        bases = [_levers(layer if base == FOCAL else library.layer(_file(base))) for base in entry.bases]
        levers = _side(merge(bases, own), library.catalogue, "policy", f"rivals[{i}].", origin)
        origin[f"rivals[{i}].title"] = str(entry.where) or DEFAULT
        rivals.append(Rival(entry.title, levers))
    dated = layer["timeline"].value if "timeline" in layer else ()
    assert isinstance(dated, tuple)
    titles = [r.title for r in rivals]
    changes = [_change(e, i, titles, origin) for i, e in enumerate(dated) if isinstance(e, TimelineEntry)]
    places = [e.where for e in dated]
    _check_timeline(changes, settings["horizon_months"], len(rivals), places)
    return Scenario(
        **settings, world=world, policy=policy, rivals=tuple(rivals), timeline=tuple(changes),
        name=name, origin=Frozen(origin), groups=groups,
    )  # fmt: skip


def _file(base: Source | str) -> Source:
    assert isinstance(base, Source)
    return base


def _levers(layer: Layer) -> Layer:
    return {path: setting for path, setting in layer.items() if path.startswith("policy.")}


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


def _check_timeline(
    changes: Sequence[Change], horizon_months: int, n_rivals: int, places: Sequence[Where | None]
) -> None:
    """Refuse changes outside the horizon, of what cannot change, or that contradict each other."""
    for i, (change, where) in enumerate(zip(changes, places, strict=True)):
        if not 1 <= change.month <= horizon_months:
            what = f"{change.month} is outside the horizon 1..{horizon_months} months"
            fail(where, f"timeline[{i}].month", what)
        if not 0 <= change.firm <= n_rivals:
            fail(where, f"timeline[{i}].firm", f"there is no firm {change.firm}; 0 is the focal firm")
        for _, path, _ in change.targets():
            if path in STRUCTURAL:
                what = "is fixed for the whole run and cannot change over time"
                fail(where, f"timeline[{i}].{path}", what)
    refuse_overlap(changes, places)


class _Edit:
    """Collects the replacements of :meth:`Scenario.replace`, then checks the whole."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.catalogue = scenario.catalogue
        self.new: dict[str, Any] = {f.name: getattr(scenario, f.name) for f in fields(scenario)}
        self.origin = dict(scenario.origin)

    def set(self, path: str, value: object) -> None:
        rival = _RIVAL_PATH.fullmatch(path)
        if path in SETTINGS:
            self.new[path] = int(python_number(value, path, SETTINGS[path]))
        elif path in TEXTS:
            optional = value == "" and path in ("question", "description")
            longest = TEXTS[path][0]
            self.new[path] = "" if optional else clean_text(value, path, longest, None, path != "description")
        elif path == "rivals":
            self.new[path] = tuple(self._rivals(value))
        elif path == "timeline":
            self.new[path] = tuple(self._changes(value))
        elif rival and int(rival[1]) < len(self.new["rivals"]):
            rivals = list(self.new["rivals"])
            one = rivals[int(rival[1])]
            rivals[int(rival[1])] = Rival(one.title, self._with(one.policy, rival[2], value, path))
            self.new["rivals"] = tuple(rivals)
        elif path.startswith(("world.", "policy.")):
            side = path.partition(".")[0]
            self.new[side] = self._with(self.new[side], path, value, path)
        else:
            fail(None, "", unknown(path, (*TEXTS, *SETTINGS, "world", "policy", "rivals", "timeline")))
        self.origin = {k: v for k, v in self.origin.items() if not k.startswith((f"{path}[", f"{path}."))}
        self.origin[path] = REPLACED

    def done(self) -> Scenario:
        changes = self.new["timeline"]
        _check_timeline(changes, self.new["horizon_months"], len(self.new["rivals"]), [None] * len(changes))
        self.new["origin"] = Frozen(self.origin)
        return Scenario(**self.new)

    def _with(self, values: Values, path: str, value: object, shown: str) -> Values:
        parameter = self.catalogue.parameter(path)
        side = path.partition(".")[0]
        return nest({**dict(flatten(values, side)), path: python_number(value, shown, parameter)}, side)

    def _values(self, values: Values, side: str, prefix: str) -> dict[str, float]:
        return {
            path: python_number(value, prefix + path, self.catalogue.parameter(path))
            for path, value in flatten(values, side)
        }

    def _rivals(self, value: object) -> list[Rival]:
        rivals: list[Rival] = []
        if not isinstance(value, Sequence) or not all(isinstance(r, Rival) for r in value):
            fail(None, "rivals", "expected a list of Rival objects")
        if len(value) > MAX_RIVALS:
            fail(None, "rivals", f"{len(value)} rivals; at most {MAX_RIVALS} are possible")
        for i, rival in enumerate(value):
            title = clean_text(rival.title, f"rivals[{i}].title", TEXTS["title"][0], None)
            refuse_title(title, [r.title for r in rivals], None, f"rivals[{i}].title")
            levers = {path: float(p.default) for path, p in self.catalogue.paths("policy")}
            levers |= self._values(rival.policy, "policy", f"rivals[{i}].")
            rivals.append(Rival(title, nest(levers, "policy")))
        return rivals

    def _changes(self, value: object) -> list[Change]:
        if not isinstance(value, Sequence) or not all(isinstance(c, Change) for c in value):
            fail(None, "timeline", "expected a list of Change objects")
        changes = []
        for i, c in enumerate(value):
            world = nest(self._values(c.world, "world", f"timeline[{i}]."), "world")
            policy = nest(self._values(c.policy, "policy", f"timeline[{i}]."), "policy")
            month = python_number(c.month, f"timeline[{i}].month", MONTH)
            over = python_number(c.over_months, f"timeline[{i}].over_months", OVER_MONTHS)
            changes.append(Change(int(month), int(over), c.firm, world, policy))
        return changes
