"""Strict YAML that remembers where everything stands: each value with its file and line, or one clear error.

A small part of YAML is read: mappings, lists, plain and quoted scalars. Tabs, anchors, tags, duplicate keys
and several documents in a file are refused. Scalars stay text here, so that no YAML 1.1 guess
(``yes``, ``1:30``, ``010``) turns into a number; :mod:`cxsim.scenario_check` decides what a text means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

if TYPE_CHECKING:
    from yaml.events import Event

MAX_BYTES = 1 << 20
MAX_NODES = 20_000
MAX_DEPTH = 20


class ScenarioError(ValueError):
    """A scenario that cannot be used; the message is one line: ``file:line: path: what is wrong``."""


class Where(NamedTuple):
    """A place in a file as shown to the user; ``line`` counts from 1, 0 means the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as written; ``quoted`` also for block texts (``|``, ``>``)."""

    text: str
    quoted: bool
    where: Where


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    where: Where


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; ``keys`` says where each key stands."""

    entries: dict[str, Node]
    keys: dict[str, Where]
    where: Where


Node = Scalar | Sequence | Table


def fail(where: Where | None, path: str, what: str) -> NoReturn:
    """Raise the one-line :class:`ScenarioError` for ``path`` at ``where``; either may be absent."""
    parts = [str(where) if where else "", path if len(path) <= 200 else f"{path[:197]}...", what]
    message = ": ".join(part for part in parts if part)
    raise ScenarioError("".join(c if c.isprintable() else " " for c in message))


def shorten(text: str, limit: int = 40) -> str:
    """``text`` quoted for a message, cut to about ``limit`` characters."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")


def read(path: Path, shown: str) -> Table:
    """Read one file, called ``shown`` in messages. Raises ScenarioError for whatever is wrong with it."""
    here = Where(shown)
    try:
        if path.is_dir():
            fail(here, "", "is a folder; name a file in it")
        if path.exists() and not path.is_file():
            fail(here, "", "is not a regular file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        fail(here, "", "no such file")
    except OSError as error:
        fail(here, "", f"cannot be read: {error.strerror or error}")
    except ScenarioError:
        raise
    except ValueError:  # a null character in the name
        fail(here, "", "is not a file name")
    if len(content) > MAX_BYTES:
        fail(here, "", f"is larger than {MAX_BYTES // 1024} KiB; is it a scenario?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fail(Where(shown, line), "", "is not UTF-8 text; save the file as UTF-8")
    return parse(text, shown)


def parse(text: str, shown: str) -> Table:
    """The mapping that ``text`` holds. Raises ScenarioError."""
    import yaml  # here, because it takes longer to import than all of this package's help text

    _refuse_characters(text, shown)
    builder = _Builder(shown)
    try:
        root = builder.document(iter(yaml.parse(text, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        from cxsim.yaml_faults import explain

        line, reason = explain(error, text)
        fail(Where(shown, line), "", f"not valid YAML: {reason}")
    except ScenarioError:
        raise
    except (ValueError, OverflowError):  # an impossible "\U" escape
        fail(Where(shown, builder.line), "", "not valid YAML: a \\U escape names no character")
    except yaml.YAMLError as error:
        fail(Where(shown, builder.line), "", f"not valid YAML: {error}")
    if root is None:
        fail(Where(shown), "", "is empty")
    if not isinstance(root, Table):
        fail(root.where, "", "expected 'key: value' lines, as in 'title: My scenario'")
    return root


def _refuse_characters(text: str, shown: str) -> None:
    found = re.search("[^\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    if found:
        line = len(re.findall("\r\n|[\n\r\x85\u2028\u2029]", text[: found.start()])) + 1
        tab = found.group() == "\t"
        odd = f"character U+{ord(found.group()):04X}, which cannot be shown; take it out"
        what = "tab character; use spaces" if tab else odd
        fail(Where(shown, line), "", what)


class _Builder:
    """Turns PyYAML's stream of events into nodes, stopping at the first excess."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.line = 1
        self.n_nodes = 0

    def document(self, events: Iterator[Event]) -> Node | None:
        import yaml

        root: Node | None = None
        n_documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                n_documents += 1
                if n_documents > 1:
                    fail(self._where(event), "", "a second document begins; one file holds one scenario")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, events, "", 0)
        if isinstance(root, Scalar) and not root.text and not root.quoted:
            return None
        return root

    def _where(self, event: Event) -> Where:
        mark: Any = event.start_mark
        self.line = mark.line + 1
        return Where(self.file, self.line)

    def _node(self, event: Event, events: Iterator[Event], path: str, depth: int) -> Node:
        import yaml

        where = self._where(event)
        self.n_nodes += 1
        if self.n_nodes > MAX_NODES:
            fail(where, "", f"more than {MAX_NODES} values in one file")
        if depth > MAX_DEPTH:
            fail(where, "", f"nested more than {MAX_DEPTH} levels deep")
        if getattr(event, "anchor", None) is not None:
            what = "a text that begins with & or * must stand in quotes; anchors and aliases are not supported"
            fail(where, path, f"{what}, use 'extends'")
        tag = getattr(event, "tag", None)
        if tag is not None:
            what = "a text that begins with ! must stand in quotes; YAML tags are not supported"
            fail(where, path, f"{what}, leave {shorten(str(tag))} out")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(event.value, event.style is not None, where)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._node(event, events, f"{path}[{len(items)}]", depth + 1))
            return Sequence(tuple(items), where)
        return self._table(events, where, path, depth)

    def _table(self, events: Iterator[Event], where: Where, path: str, depth: int) -> Table:
        import yaml

        table = Table({}, {}, where)
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, path, depth + 1)
            if not isinstance(key, Scalar):
                fail(key.where, path, "a key must be a single word")
            if key.text in table.keys:
                first = table.keys[key.text].line
                fail(key.where, path, f"duplicate key {shorten(key.text)}, first set in line {first}")
            name = f"{path}.{key.text}" if path else key.text
            table.keys[key.text] = key.where
            table.entries[key.text] = self._node(next(events), events, name, depth + 1)
        return table
