"""Which file a scenario's name means, and what files that extend each other say together.

A *layer* is what a file and its bases set: path -> :class:`Setting`. Every file is checked by itself before
it is merged, so an error names the file that holds it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cxsim.parameters import Group, Parameter
from cxsim.scenario_check import (
    SETTINGS,
    TEXTS,
    Catalogue,
    Leaf,
    items,
    nearest,
    number,
    only,
    refuse_unquoted,
    show,
    table,
    text,
)
from cxsim.scenario_use import Code, catalogue, find, refuse_no_mechanisms, refuse_no_rule, united
from cxsim.yaml_source import Node, Scalar, Sequence, Table, Where, fail, parse, read, shorten

KEYS = (*TEXTS, "extends", "use", "decide", *SETTINGS, "world", "policy", "rivals", "timeline")
MAX_RIVALS = 7
MAX_CHAIN = 32
FOCAL = "focal"
NO_RULE = "none"
_LONGEST = 200  # characters of the name of a class or function

MONTH = Parameter("month", 1, "months", 1, 600, "choice", "first month of a change", integer=True)
OVER_MONTHS = Parameter("over_months", 0, "months", 0, 600, "choice", "length of a ramp", integer=True)


@dataclass(frozen=True, slots=True)
class Source:
    """A scenario file; ``shown`` is its name in messages. ``path`` is None for a text that is in no file."""

    path: Path | None
    shown: str
    content: str = field(default="", repr=False)

    def read(self) -> Table:
        """The file's mapping. Raises ScenarioError."""
        return parse(self.content, self.shown) if self.path is None else read(self.path, self.shown)


@dataclass(frozen=True, slots=True)
class RivalEntry:
    """A rival as written: its base (a file, the word ``focal``, or none) and what it changes.

    ``decide`` is a function, NO_RULE, or None where nothing is said.
    """

    title: str
    bases: tuple[Source | str, ...]
    policy: dict[str, Leaf]
    where: Where = field(compare=False)
    decide: Code | str | None = None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A change over time as written; ``values`` are keyed by path."""

    month: int
    over_months: int
    firm: str
    values: dict[str, Leaf]
    where: Where = field(compare=False)
    firm_where: Where = field(compare=False)


Value = float | str | Code | tuple[Code, ...] | tuple[RivalEntry, ...] | tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A value with its place, and the places whose values it replaces (its history)."""

    value: Value
    where: Where
    over: frozenset[Where] = frozenset()


Layer = dict[str, Setting]


def shipped_folder(name: str, checkout: str = "") -> Path:
    """Where files that come with cxsim are: in the package, where a wheel puts them, or beside it in a source checkout.

    There the folder is called ``checkout``, if not by its own name.
    """
    here = Path(__file__).resolve().parent
    inside = here / name
    return inside if inside.is_dir() else here.parent / (checkout or name)


def shipped(parts: bool = False) -> dict[str, Path]:
    """Scenarios that come with cxsim: name -> file, sorted; with ``parts`` also those made to be extended."""
    root = shipped_folder("scenarios")
    found = root.rglob("*.yaml") if parts else root.glob("*.yaml")
    return {p.relative_to(root).with_suffix("").as_posix(): p for p in sorted(found)}


def locate(asked: str | os.PathLike[str]) -> Source:
    """The file that a path means, .yaml left out or not, or the name of a shipped scenario. Raises ScenarioError."""
    name = os.fspath(asked)
    if isinstance(asked, str) and not name.strip():
        fail(None, "", "no scenario named; cxsim list shows the shipped ones")
    if isinstance(asked, str) and name in (known := shipped(parts=True)):
        return Source(known[name], shown_shipped(known[name], "scenarios"))
    path = Path(asked)
    try:
        if there := existing(path, name):
            return there
    except (OSError, ValueError):  # a name too long for a file, or with a null character
        fail(None, "", f"{shorten(name)} is not the name of a file; cxsim list shows the shipped scenarios")
    near = _nearest_file(path)
    hint = f"; did you mean {near!r}?" if near else "; cxsim list shows the shipped ones"
    return fail(None, "", f"{name}: no such file or shipped scenario{hint}")


def existing(path: Path, name: str) -> Source | None:
    """The file at ``path``, given as ``name`` with .yaml or without; what is no file is refused when it is read.

    None where nothing is. Raises OSError or ValueError for what cannot be the name of a file.
    """
    for entry in (name, f"{name}.yaml"):
        if Path(entry).is_file():
            return Source(Path(entry), entry)
    return Source(path, name) if path.exists() else None


def _nearest_file(path: Path) -> str | None:
    siblings = {p.name: str(p) for p in path.parent.glob("*.y*ml")} if path.parent.is_dir() else {}
    near = nearest(path.name, siblings) if path.suffix else None
    if near:
        return siblings[near]
    known = shipped(parts=True)
    stem = Path(os.path.splitext(path)[0])  # noqa: PTH122 - pathlib fails on "/"
    return nearest(stem.as_posix(), known) or nearest(stem.name, known)


def shown_shipped(path: Path, folder: str) -> str:
    """A file of a shipped folder as the user can find it: from the working folder if it is below, else by package."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return f"cxsim/{folder}/{path.relative_to(shipped_folder(folder)).as_posix()}"


def _file_name(text: str) -> str:
    """``text`` as Python names the file, also where the locale lacks letters of it. Raises ValueError if none can."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.fsdecode(text.encode())
    return text


def same_file(one: Source, other: Source) -> bool:
    """Whether both are the same file."""
    return one.path is not None and other.path is not None and one.path.resolve() == other.path.resolve()


class Library:
    """Reads files once, for a model of ``groups`` (None: cxsim's). Bases are looked up beside the file, then by name.

    Each file may set the parameters of the mechanisms that it and its bases use, and no others.
    """

    def __init__(self, groups: tuple[Group, ...] | None) -> None:
        self.groups = groups
        self._layers: dict[Path, Layer] = {}

    def layer(self, source: Source, chain: tuple[Source, ...] = ()) -> Layer:
        """What ``source`` and everything it extends set. Raises ScenarioError, also for a cycle."""
        key = source.path.resolve() if source.path else None
        if key in self._layers:
            return self._layers[key]
        layer = self.within(source.read(), source, chain)
        if key:
            self._layers[key] = layer
        return layer

    def within(self, tree: Table, source: Source, chain: tuple[Source, ...] = ()) -> Layer:
        """What a mapping of ``source``, in the shape of a scenario file, and everything it extends set."""
        for key, where in tree.keys.items():
            if key not in KEYS:
                fail(where, "", catalogue(self.groups).unknown_at_top(key, KEYS))
        chain = (*chain, source)
        bases = []
        for node in _listed(tree.entries.get("extends")):
            base = self.base(node, source, "extends")
            self._refuse_cycle(base, chain, node.where)
            bases.append(self.layer(base, chain))
        use = _listed(tree.entries.get("use"))
        folder = source.path.parent if source.path else None
        codes = [find(text(n, "use", _LONGEST), folder, n.where, "use") for n in use]
        used = united([*map(uses, bases), codes])
        refuse_no_mechanisms(used, self.groups, tree.keys.get("use") or tree.keys.get("extends"))
        own = self._own(tree, source, catalogue(self.groups, tuple(code.what for code in used)))
        if codes:
            own["use"] = Setting(tuple(codes), tree.keys["use"])
        return merge(bases, own)

    @staticmethod
    def _refuse_cycle(base: Source, chain: tuple[Source, ...], where: Where) -> None:
        for i, earlier in enumerate(chain):
            if same_file(base, earlier):
                names = " -> ".join([*(s.shown for s in chain[i:]), earlier.shown])
                fail(where, "extends", f"a cycle: {names}")
        if len(chain) >= MAX_CHAIN:
            fail(where, "extends", f"more than {MAX_CHAIN} files extend each other")

    def base(self, node: Node, source: Source, path: str) -> Source:
        """The file that an entry such as ``extends`` means: beside ``source`` first, then by shipped name."""
        if not isinstance(node, Scalar) or not node.text.strip():
            fail(node.where, path, "expected the name or path of a scenario, or a list of them")
        refuse_unquoted(node, path)
        name = node.text.strip()
        folder = source.path.parent if source.path else Path()
        known = shipped(parts=True)
        for entry in (name, f"{name}.yaml"):
            shown = (Path(source.shown).parent / entry).as_posix() if source.path else entry
            try:
                beside = folder / _file_name(entry)
                if beside.is_file():
                    found = Source(beside, shown)
                    # A file of one's own may extend the shipped one of the same name.
                    if name not in known or not same_file(found, source):
                        return found
            except (OSError, ValueError):
                fail(node.where, path, f"{shorten(name)} is not the name of a file")
        if name in known:
            return Source(known[name], shown_shipped(known[name], "scenarios"))
        local = {p.stem for p in folder.glob("*.y*ml")} if folder.is_dir() else set()
        near = nearest(os.path.splitext(name)[0], [*known, *sorted(local)])  # noqa: PTH122 - pathlib fails on "/"
        hint = f"; did you mean {near!r}?" if near else "; cxsim list shows the shipped ones"
        return fail(node.where, path, f"no scenario {shorten(name)} beside this file or shipped{hint}")

    def _own(self, tree: Table, source: Source, known: Catalogue) -> Layer:
        own: Layer = {}
        for key, node in tree.entries.items():
            if key in TEXTS:
                own[key] = Setting(text(node, key, TEXTS[key][0], key != "description"), node.where)
            elif key in SETTINGS:
                own[key] = Setting(number(node, key, SETTINGS[key]), node.where)
            elif key in ("world", "policy"):
                for path, leaf in known.values(node, key).items():
                    own[path] = Setting(leaf.value, leaf.where)
            elif key == "decide":
                own[key] = Setting(self._rule(node, source, key), node.where)
            elif key == "rivals":
                own[key] = Setting(self._rivals(node, source, known), tree.keys[key])
            elif key == "timeline":
                changes = [self._change(n, f"timeline[{i}]", known) for i, n in enumerate(items(node, key))]
                own[key] = Setting(tuple(changes), tree.keys[key])
        return own

    @staticmethod
    def _rule(node: Node, source: Source, path: str) -> Code | str:
        named = text(node, path, _LONGEST)
        if named == NO_RULE:
            return named
        code = find(named, source.path.parent if source.path else None, node.where, path)
        refuse_no_rule(code, node.where, path)
        return code

    def _rivals(self, node: Node, source: Source, known: Catalogue) -> tuple[RivalEntry, ...]:
        listed = items(node, "rivals")
        if len(listed) > MAX_RIVALS:
            what = f"{len(listed)} rivals; at most {MAX_RIVALS} are possible"
            fail(listed[MAX_RIVALS].where, "rivals", what)
        rivals: list[RivalEntry] = []
        for i, item in enumerate(listed):
            path = f"rivals[{i}]"
            entry = table(item, path)
            only(entry, ("title", "extends", "decide", "policy"), path)
            if "title" not in entry.entries:
                fail(entry.where, path, "a rival needs a title")
            title = text(entry.entries["title"], f"{path}.title", TEXTS["title"][0])
            where = entry.entries["title"].where
            refuse_title(title, [r.title for r in rivals], where, f"{path}.title")
            bases = self._rival_bases(entry.entries.get("extends"), source, f"{path}.extends")
            below = entry.entries.get("policy")
            policy = known.values(below, "policy", f"{path}.") if below else {}
            named = entry.entries.get("decide")
            decide = self._rule(named, source, f"{path}.decide") if named else None
            rivals.append(RivalEntry(title, bases, policy, where, decide))
        return tuple(rivals)

    def _rival_bases(self, node: Node | None, source: Source, path: str) -> tuple[Source | str, ...]:
        listed = _listed(node)
        if any(isinstance(n, Scalar) and n.text == FOCAL for n in listed):
            if len(listed) > 1:
                fail(listed[0].where, path, f"'{FOCAL}' (the focal firm's policy) must stand alone")
            return (FOCAL,)
        return tuple(self.base(n, source, path) for n in listed)

    @staticmethod
    def _change(node: Node, path: str, known: Catalogue) -> TimelineEntry:
        entry = table(node, path)
        only(entry, ("month", "over_months", "firm", "policy", "world"), path)
        below = entry.entries
        if "month" not in below:
            fail(entry.where, path, "a change needs a month")
        month = number(below["month"], f"{path}.month", MONTH)
        over = 0.0
        if "over_months" in below:
            over = number(below["over_months"], f"{path}.over_months", OVER_MONTHS)
        firm = text(below["firm"], f"{path}.firm", TEXTS["title"][0]) if "firm" in below else FOCAL
        values: dict[str, Leaf] = {}
        for side in ("world", "policy"):
            if side in below:
                values |= known.values(below[side], side, f"{path}.")
        if not values:
            fail(entry.where, path, "changes nothing; give it 'policy' or 'world' values")
        if "firm" in below and not any(p.startswith("policy.") for p in values):
            what = "'firm' goes with 'policy' values; the world is the same for all firms"
            fail(entry.keys["firm"], path, what)
        firm_where = below["firm"].where if "firm" in below else entry.where
        return TimelineEntry(int(month), int(over), firm, values, below["month"].where, firm_where)


def refuse_title(title: str, others: Iterable[str], where: Where | None, path: str) -> None:
    """Refuse a rival's title that could mean another firm."""
    if title.lower() == FOCAL:
        fail(where, path, f"'{FOCAL}' means the focal firm; choose another title")
    if title in others:
        fail(where, path, f"two rivals are called {shorten(title)}")


def _listed(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def uses(layer: Layer) -> tuple[Code, ...]:
    """The mechanisms that a layer uses."""
    value = layer["use"].value if "use" in layer else ()
    assert isinstance(value, tuple)
    return tuple(code for code in value if isinstance(code, Code))


def merge(bases: list[Layer], own: Layer) -> Layer:
    """Lay ``own`` over ``bases``. Raises ScenarioError where bases disagree and ``own`` leaves it open.

    A base that changed a value which it shares with another base through a common ancestor wins over it. What is used
    adds up. Title, question and description are a file's own: another that extends it asks something else.
    """
    merged: Layer = {}
    given = {p: None for layer in bases for p in layer if p not in TEXTS or p == "currency"}
    for path in given | dict.fromkeys(own):
        found = [layer[path] for layer in bases if path in layer]
        history = frozenset[Where]().union(*(s.over for s in found))
        if path == "use":
            place = own[path] if path in own else found[0]
            merged[path] = Setting(united(map(uses, (*bases, own))), place.where)
            continue
        if path in own:
            replaced = history.union(s.where for s in found)
            merged[path] = Setting(own[path].value, own[path].where, replaced)
            continue
        open_ = [s for s in found if not any(s.where in other.over for other in found)]
        first = open_[0]
        rival = next((s for s in open_ if s.value != first.value), None)
        if rival is None:
            merged[path] = Setting(first.value, first.where, history)
        else:
            said = f"{_told(rival.value)} here, but {_told(first.value)} in {first.where}"
            fail(rival.where, path, f"two bases disagree: {said}; set it in the file that extends both")
    return merged


def _told(value: Value) -> str:
    if isinstance(value, float):
        return show(value)
    if isinstance(value, Code):
        return shorten(value.spec)
    return shorten(value) if isinstance(value, str) else f"a list of {len(value)}"
