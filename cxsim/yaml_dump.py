"""Writes plain data as YAML that :mod:`cxsim.yaml_source` reads back to the same values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Plain: TypeAlias = "str | int | float | list[Plain] | dict[str, Plain]"


def dump(data: Mapping[str, Plain], comment: Callable[[str], str] = lambda path: "") -> str:
    """``data`` as block YAML; ``comment(path)`` is written behind a number, where it is not empty."""
    return "\n".join(_lines(data, "", "", comment)) + "\n"


def _lines(data: Mapping[str, Plain], indent: str, path: str, comment: Callable[[str], str]) -> Iterator[str]:
    for key, value in data.items():
        here = f"{path}.{key}" if path else key
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ", here, comment)
        elif isinstance(value, list) and value:
            yield f"{indent}{key}:"
            for i, item in enumerate(value):
                first, *rest = _item(item, indent + "    ", f"{here}[{i}]", comment)
                yield f"{indent}  - {first.lstrip()}"
                yield from rest
        else:
            note = "" if isinstance(value, (str, list, dict)) else " ".join(comment(here).split())
            yield f"{indent}{key}: {_scalar(value)}" + (f"  # {note}" if note else "")


def _item(item: Plain, indent: str, path: str, comment: Callable[[str], str]) -> Iterator[str]:
    if isinstance(item, dict) and item:
        yield from _lines(item, indent, path, comment)
    else:
        yield _scalar(item)


def _scalar(value: Plain) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (int, float)):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return "{}" if isinstance(value, dict) else "[]"


def quoted(text: str) -> str:
    """Double quotes for every text, so that no reader takes one for a number or a truth value."""
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n"}
    out = []
    for c in text:
        code = ord(c)
        if c in named:
            out.append(named[c])
        elif c.isprintable():
            out.append(c)
        else:
            out.append(f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")
    return '"' + "".join(out) + '"'
