"""How the generated documentation is set: numbers, tables and docstrings as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any


def number(x: float) -> str:
    """A number as a scenario file may write it: 400000, 0.47, 1e+09."""
    return f"{int(x)}" if float(x).is_integer() and abs(x) < 1e9 else f"{x:g}"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars within cells are escaped."""
    lines = [tuple(head)]
    lines += [("---",) * len(lines[0]), *(tuple(str(x).replace("|", r"\|") for x in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text(doc: str | None) -> str:
    """A docstring as Markdown: code in single backticks, references as code, signs of markup escaped."""
    out = inspect.cleandoc(doc or "")
    out = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", out).replace("``", "`")
    return re.sub(r"(?<= )\*(?= )|<", r"\\\g<0>", out)  # emphasis stays, signs of arithmetic are kept from it


def first_line(function: Any) -> str:
    """First sentence of a function's docstring; compiled steps carry the Python function within."""
    return " ".join(text(getattr(function, "py_func", function).__doc__).split("\n\n")[0].split())


def whole(function: Any) -> str:
    """A function's docstring in one paragraph."""
    return " ".join(text(getattr(function, "py_func", function).__doc__).split())


def name_of(function: Any) -> str:
    """``module.function`` of a step."""
    plain = getattr(function, "py_func", function)
    return f"{plain.__module__.rpartition('.')[2]}.{plain.__name__}"
