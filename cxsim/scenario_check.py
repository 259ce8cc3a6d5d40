"""What a scenario may say: keys, types and bounds, read from the declared parameters."""

from __future__ import annotations

import difflib
import math
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cxsim.parameters import Group, Parameter, Side
from cxsim.yaml_source import Node, Scalar, Sequence, Table, Where, fail, shorten

SIDES: tuple[Side, Side] = ("world", "policy")
STRUCTURAL: set[str] = {
    "world.market.represents",
    "world.market.spend_sigma",
    "world.requests.asking_cv",
    "world.loyalty.frailty_cv",
    "world.finance.opening_cash_months",
    "world.finance.discount_per_year",
}
"""Paths whose value is fixed for a whole run: no ``timeline`` entry may change them.

They are read once, when people and firms are drawn, or hold for a whole run's figures (the discount rate).
"""


def _setting(name: str, default: int, unit: str, low: int, high: int, meaning: str) -> Parameter:
    return Parameter(name, default, unit, low, high, "choice of the study", meaning, integer=True)


SETTINGS: dict[str, Parameter] = {
    p.name: p
    for p in (
        _setting("customers", 2000, "customers", 1, 20_000_000, "simulated customers (resolution, not size)"),
        _setting("employees", 40, "seats", 4, 2000, "simulated employees per silo and firm at the start"),
        _setting("horizon_months", 60, "months", 1, 600, "length of a run"),
        _setting("replications", 20, "runs", 1, 10_000, "runs that differ in luck only"),
        _setting("steps_per_month", 1, "steps", 1, 8, "steps into which a month is cut"),
    )
}
"""Whole numbers at the top level of a scenario."""

TEXTS: dict[str, tuple[int, str]] = {
    "title": (80, ""),
    "question": (400, ""),
    "description": (20_000, ""),
    "currency": (12, "EUR"),
}
"""Texts at the top level: longest length in characters, and default. Titles and currency are one line."""

# As in YAML 1.2, without the octal and sexagesimal numbers of 1.1.
_NUMBER = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
# What any reader of YAML takes for a number, a truth value or nothing, unless it stands in quotes.
_NO_TEXT = re.compile(
    r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-f]+|[-+]?\.inf|\.nan|true|false|null|~",
    re.IGNORECASE,
)
_MAX_DIGITS = 400


class Catalogue:
    """All declared parameters of a model by side, heading and name, in the order declared."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = tuple(groups)
        self.sides: dict[str, dict[str, dict[str, Parameter]]] = {side: {} for side in SIDES}
        for group in self.groups:
            heading = self.sides[group.side].setdefault(group.heading, {})
            for p in group.parameters:
                if p.name in heading:
                    raise ValueError(f"{group.path(p)} is declared twice")
                heading[p.name] = p

    def paths(self, side: str) -> Iterator[tuple[str, Parameter]]:
        """Pairs of (``side.heading.name``, parameter) of one side."""
        for heading, parameters in self.sides[side].items():
            for name, p in parameters.items():
                yield f"{side}.{heading}.{name}", p

    def parameter(self, path: str, where: Where | None = None) -> Parameter:
        """The parameter at ``side.heading.name``; raises ScenarioError that names the nearest."""
        side, _, rest = path.partition(".")
        heading, _, name = rest.partition(".")
        if side not in self.sides:
            fail(where, path, unknown(side, self.sides))
        if heading not in self.sides[side]:
            fail(where, side, unknown(heading, self.sides[side]))
        if name not in self.sides[side][heading]:
            fail(where, f"{side}.{heading}", self._unknown_name(side, heading, name))
        return self.sides[side][heading][name]

    def full_paths(self, path: str) -> list[str]:
        """The paths that end with ``path``: a name, ``heading.name``, or all of it."""
        known = [full for side in SIDES for full, _ in self.paths(side)]
        return [full for full in known if f".{full}".endswith(f".{path}")]

    def unknown_at_top(self, key: str, valid: Iterable[str]) -> str:
        """Text of an error about an unknown key at the top of a file, which may have its place further down."""
        sides = [side for side in ("policy", "world") if key in self.sides[side]]
        if sides:
            return f"unknown key {shorten(key)}; it belongs under {' or '.join(sides)}, indented"
        if full := self.full_paths(key):
            return f"unknown key {shorten(key)}; write it nested: {_nested(full[0])}"
        return unknown(key, valid)

    def _unknown_name(self, side: str, heading: str, name: str) -> str:
        if name.isdecimal():  # what follows the comma of {name: 0,12}
            return f"unknown key {shorten(name)}; in a number use a point, not a comma"
        for other_side, headings in self.sides.items():
            for other, parameters in headings.items():
                if name in parameters:
                    return f"unknown key {shorten(name)}; it belongs to {other_side}.{other}"
        return unknown(name, self.sides[side][heading])

    def values(self, node: Node, side: str, prefix: str = "") -> dict[str, Leaf]:
        """Checked values of a ``world`` or ``policy`` mapping: path -> leaf. ``prefix`` is for messages."""
        leaves: dict[str, Leaf] = {}
        top = f"{prefix}{side}"
        outer = table(node, top)
        for heading, below in outer.entries.items():
            if heading not in self.sides[side]:
                fail(outer.keys[heading], top, self._unknown_heading(side, heading))
            inner = table(below, f"{top}.{heading}")
            for name, value in inner.entries.items():
                if name not in self.sides[side][heading]:
                    fail(inner.keys[name], f"{top}.{heading}", self._unknown_name(side, heading, name))
                found = number(value, f"{top}.{heading}.{name}", self.sides[side][heading][name])
                leaves[f"{side}.{heading}.{name}"] = Leaf(found, value.where)
        return leaves

    def _unknown_heading(self, side: str, heading: str) -> str:
        (other,) = (s for s in SIDES if s != side)
        if heading in self.sides[other]:
            return f"unknown key {shorten(heading)}; it belongs to {other}"
        for place, parameters in self.sides[side].items():
            if heading in parameters:
                return f"unknown key {shorten(heading)}; it belongs to {side}.{place}"
        full = f"{side}.{heading}"
        if full in self.full_paths(heading):
            return f"unknown key {shorten(heading)}; write it nested: {_nested(full)}"
        missing = "; is a 'use:' missing?" if ":" not in heading and not nearest(heading, self.sides[side]) else ""
        return unknown(heading, self.sides[side]) + missing


def _nested(full: str) -> str:
    """A path as a file writes it, on one line."""
    side, heading, name = full.split(".")
    return f"{side}: {{{heading}: {{{name}: ...}}}}"


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """A checked value and where it was written; two leaves are equal when their values are."""

    value: float
    where: Where

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Leaf) and self.value == other.value

    def __hash__(self) -> int:
        return hash(self.value)


def unknown(key: str, valid: Iterable[str], what: str = "key") -> str:
    """Text of an error about an unknown key, or ``what`` it is, with the nearest valid one or the whole choice."""
    valid = list(valid)
    near = nearest(key, valid)
    if ":" in key:
        hint = "; write ': ' with a space between key and value"
    elif near:
        hint = f"; did you mean {near!r}?"
    elif not valid:
        hint = "; nothing can be set here"
    else:
        hint = "; valid: " + ", ".join(valid[:16]) + (", ..." if len(valid) > 16 else "")
    return f"{f'unknown {what}'.strip()} {shorten(key)}{hint}"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice most like ``word``, blind to case, spaces and hyphens; None if nothing is near."""
    plain = {c.lower(): c for c in reversed(list(choices))}
    asked = re.sub(r"[\s-]+", "_", word[:80].strip().lower())
    found = difflib.get_close_matches(asked, list(plain), n=1, cutoff=0.6)
    return plain[found[0]] if found else None


def show(value: float) -> str:
    """A number as a person writes it: ``20000000``, ``0.25``, ``1e-07``; it reads back to the same bits."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def bounds(p: Parameter) -> str:
    """The range of a parameter with its unit: ``0..1 share``."""
    return f"{show(float(p.low))}..{show(float(p.high))} {p.unit}"


def table(node: Node, path: str) -> Table:
    """``node`` as a mapping; raises ScenarioError if it is anything else, nothing included."""
    if not isinstance(node, Table):
        missing = "; indent the lines that belong to it, or leave the key out" if _if_empty(node) else ""
        fail(node.where, path, f"expected 'key: value' lines, got {_kind(node)}{missing}")
    return node


def only(node: Table, valid: Iterable[str], path: str) -> None:
    """Refuse keys of ``node`` other than ``valid``."""
    valid = list(valid)
    for key, where in node.keys.items():
        if key not in valid:
            fail(where, path, unknown(key, valid))


def number(node: Node, path: str, p: Parameter) -> float:
    """The number that ``node`` holds, within the bounds of ``p``; raises ScenarioError otherwise."""
    if not isinstance(node, Scalar):
        fail(node.where, path, f"expected a number ({p.unit}), got {_kind(node)}")
    if node.quoted or not _NUMBER.fullmatch(node.text):
        fail(node.where, path, _not_a_number(node, p))
    if len(node.text) > _MAX_DIGITS:
        fail(node.where, path, f"{shorten(node.text)} is outside {bounds(p)}")
    return within(float(node.text), path, p, node.where, node.text)


def python_number(value: object, path: str, p: Parameter) -> float:
    """A number handed over from Python, within the bounds of ``p``; raises ScenarioError otherwise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        fail(None, path, f"expected a number ({p.unit}), got {shorten(str(value))} ({type(value).__name__})")
    try:
        return within(float(value), path, p, None, str(value))
    except OverflowError:
        fail(None, path, f"is outside {bounds(p)}")


def within(value: float, path: str, p: Parameter, where: Where | None, written: str) -> float:
    """``value`` if ``p`` allows it; raises ScenarioError that shows bounds and unit otherwise."""
    if math.isnan(value):
        fail(where, path, "NaN is not a number that can be used")
    if math.isinf(value) or not p.low <= value <= p.high:
        percent = p.low >= 0 and p.high <= 1 and 2 <= value <= 100
        hint = f"; for {value:g} % write {_share(Decimal(repr(value)))}" if percent else ""
        fail(where, path, f"{shorten(written)[1:-1]} is outside {bounds(p)}{hint}")
    if p.integer and not value.is_integer():
        fail(where, path, f"{shorten(written)[1:-1]} is not a whole number ({p.unit})")
    return value + 0.0  # no minus zero: it would change the hash but nothing else


def text(node: Node, path: str, longest: int, one_line: bool = True) -> str:
    """The text that ``node`` holds, stripped; raises ScenarioError if it is not one, empty, or too long."""
    if not isinstance(node, Scalar):
        fail(node.where, path, f"expected a text, got {_kind(node)}")
    if not node.text.strip() and not node.quoted:
        fail(node.where, path, "is empty; a text that begins with # must stand in quotes")
    refuse_unquoted(node, path)
    return clean_text(node.text, path, longest, node.where, one_line)


def one_of(node: Node, path: str, choices: Iterable[str]) -> str:
    """The text of a node, one of ``choices``; raises ScenarioError that names the nearest otherwise."""
    known = list(choices)
    if not isinstance(node, Scalar):
        fail(node.where, path, f"expected a text, got {_kind(node)}")
    refuse_unquoted(node, path)
    if node.text not in known:
        what = unknown(node.text, known).removeprefix("unknown key ")
        kind = re.sub(r"s?\[\d+\]$", "", path.rpartition(".")[2])  # an item of measures is a measure
        fail(node.where, path, f"unknown {kind} {what}")
    return node.text


def truth(node: Node, path: str) -> bool:
    """Whether ``node`` says true or false; raises ScenarioError for anything else."""
    if not isinstance(node, Scalar) or node.quoted or node.text not in ("true", "false"):
        fail(node.where, path, f"expected true or false, got {_kind(node)}{_if_empty(node)}")
    return node.text == "true"


def refuse_unquoted(node: Scalar, path: str) -> None:
    """Raise ScenarioError for a text that others would read as a number, a truth value or nothing."""
    if not node.quoted and _NO_TEXT.fullmatch(node.text):
        fail(node.where, path, f"expected a text, got {shorten(node.text)[1:-1]}; put it in quotes")


def clean_text(value: object, path: str, longest: int, where: Where | None, one_line: bool = True) -> str:
    """A text without surrounding space, unprintable characters or, for ``one_line``, line breaks."""
    if not isinstance(value, str):
        fail(where, path, f"expected a text, got {shorten(str(value))}")
    value = value.strip()
    if not value:
        fail(where, path, "is empty")
    if len(value) > longest:
        fail(where, path, f"is longer than {longest} characters")
    for c in value:
        if not c.isprintable() and (one_line or c != "\n"):
            odd = f"holds the character U+{ord(c):04X}, which cannot be shown; take it out"
            fail(where, path, "must be one line" if c in "\r\n" else odd)
    return value


def items(node: Node, path: str) -> tuple[Node, ...]:
    """The items of a list; raises ScenarioError if it is not one."""
    if not isinstance(node, Sequence):
        fail(node.where, path, f"expected a list, got {_kind(node)}{_if_empty(node)}")
    return node.items


def flatten(values: Mapping[str, Mapping[str, float]], side: str) -> Iterator[tuple[str, float]]:
    """Pairs of (``side.heading.name``, value)."""
    for heading, below in values.items():
        for name, value in below.items():
            yield f"{side}.{heading}.{name}", value


def _if_empty(node: Node) -> str:
    """What to do about a key without a value, such as one whose lines below are all comments."""
    empty = isinstance(node, Scalar) and not node.quoted and node.text.lower() in ("", "~", "null")
    return "; leave the key out if nothing is to be set" if empty else ""


def _kind(node: Node) -> str:
    if isinstance(node, Table):
        return "a mapping" if node.entries else "an empty mapping"
    if isinstance(node, Sequence):
        return "a list"
    if node.quoted:
        return f"the text {shorten(node.text)}"
    if node.text.lower() in ("", "~", "null"):
        return "nothing"
    if node.text.lower() in ("true", "false"):
        return node.text.lower()
    return f"the number {node.text}" if _NUMBER.fullmatch(node.text) else f"the text {shorten(node.text)}"


def _share(percent: Decimal) -> str:
    """So many per cent as a share: ``.12``."""
    share = f"{percent / 100:f}"
    share = share.rstrip("0").rstrip(".") if "." in share else share
    return re.sub(r"^(-?)0[.]", r"\1.", share)


def _not_a_number(node: Scalar, p: Parameter) -> str:
    """Why a scalar is no number, and what to write instead where that is certain."""
    written = node.text.strip()
    comma = re.fullmatch(r"([-+]?[0-9]{0,12}),([0-9]{1,12})", written)
    if node.quoted:
        hint = "; leave out the quotes" if comma or _NUMBER.fullmatch(written) else ""
        point = f", and use a point: {comma[1]}.{comma[2]}" if comma else ""
        return f"expected a number ({p.unit}), got {_kind(node)}{hint}{point}"
    if comma and (len(comma[2]) != 3 or comma[1].strip("-+") in ("", "0")):
        return f"{shorten(written)} is not a number; use a point: {comma[1]}.{comma[2]}"
    percent = re.fullmatch(r"([-+]?[0-9]{0,9}(?:\.[0-9]{0,9})?)\s*%", written)
    if percent and any(c.isdigit() for c in percent[1]):
        return f"{shorten(written)} is not a number; write {_share(Decimal(percent[1]))}"
    if re.fullmatch(r"[-+]?\.(nan|inf)|[-+]?(nan|inf|infinity)", written, re.IGNORECASE):
        return f"{shorten(written)} is not a number that can be used"
    if re.fullmatch(r"0[0-9]{1,12}", written):
        return f"{shorten(written)} is not a number; write {int(written)}"
    if re.fullmatch(r"[-+]?[0-9]{1,12}(_[0-9]+)+", written):
        return f"{shorten(written)} is not a number; write {written.replace('_', '')}"
    if re.fullmatch(r"[-+]?[0-9]{1,3}([ ',\u2019\xa0\u202f][0-9]{3}){1,4}", written):
        return f"{shorten(written)} is not a number; write {re.sub('[^-+0-9]', '', written)}"
    if part := re.fullmatch(r"([0-9]{1,6}) ?/ ?([1-9][0-9]{0,5})", written):
        return f"{shorten(written)} is not a number; write {int(part[1]) / int(part[2]):.4g}"
    if span := re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?(year|yr|quarter)s?", written.lower()):
        months = Decimal(span[1]) * (3 if span[2] == "quarter" else 12)
        if p.unit == "months":
            return f"{shorten(written)} is not a number; write {months.normalize():f}: it is in months"
    price = re.fullmatch(r"[^-+0-9.,:/_\s]{1,4} ?([0-9]{1,12}\.?[0-9]{0,9})", written)
    if price and p.unit.startswith("money"):
        return f"{shorten(written)} is not a number; write {price[1]}, without a unit: it is {p.unit}"
    if unit := re.fullmatch(r"([-+]?[0-9]{0,12}\.?[0-9]{1,9})\s*[^-+0-9.,:/_\s][^0-9]*", written):
        return f"{shorten(written)} is not a number; write {unit[1]}, without a unit: it is {p.unit}"
    return f"expected a number ({p.unit}), got {_kind(node)}{_if_empty(node)}"
