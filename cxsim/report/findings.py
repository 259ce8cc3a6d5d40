"""Findings of an experiment as text for a terminal, and as plain data for JSON."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.frames import Labels, Table
from cxsim.report.findings_numbers import path_amount, path_unit, shown
from cxsim.report.sheet import WIDTH
from cxsim.report.style import number
from cxsim.studies.analyses.findings import label

if TYPE_CHECKING:
    from cxsim.studies.analyses.findings import Finding

_MOST_ROWS = 12
_FOR_FIGURES = ("points", "peeled", "trials", "worlds")
"""Tables of which a terminal is only told how long they are."""
_GAP = 2
_TITLES = {
    "table": "By point and arm",
    "indices": "What each path does to it",
    "swings": "From one end of each path's range to the other",
    "pairs": "What pairs of paths do together, beyond each by itself",
    "box": "Limits of the box",
    "regret": "Regret of each arm",
    "satisficing": "Where each arm reaches what is asked",
}
"""Titles of tables that have none of their own, by name."""


def finding_text(finding: Finding, unicode: bool = False) -> str:
    """Title, sentences and tables, in lines of at most 100 columns; ``unicode`` allows the proper signs."""
    parts = ["\n".join(textwrap.wrap(finding.title, WIDTH)), "\n".join(_wrapped(finding.sentences))]
    for name, table in finding.tables.items():
        n = rows_of(table)
        if n and name not in _FOR_FIGURES:
            title = table.title or _TITLES.get(name) or name.replace("_", " ").capitalize()
            rows = _table_text(table, str(finding.settings.get("currency", "")), n)
            parts.append("\n".join([*textwrap.wrap(title, WIDTH), rows]))
    if finding.about:
        parts.append("\n".join(_wrapped([finding.about])))
    text = "\n\n".join(part for part in parts if part)
    return text.replace("+-", "\u00b1").replace(">=", "\u2265").replace("<=", "\u2264") if unicode else text


def finding_data(finding: Finding) -> dict[str, Any]:
    """All of it as plain data: tables by columns, with unit and meaning; what does not exist is None."""
    tables = {
        name: {
            "columns": {key: _plain(table, key) for key in table.columns},
            "units": {key: {"unit": unit, "meaning": meaning} for key, (unit, meaning) in table.units.items()},
            **({"title": table.title} if table.title else {}),
        }
        for name, table in finding.tables.items()
    }
    return {
        "kind": finding.kind,
        "title": finding.title,
        "sentences": list(finding.sentences),
        "about": finding.about,
        "settings": _data(finding.settings),
        "tables": tables,
    }


def rows_of(table: Table) -> int:
    """Number of rows of a table."""
    column = next(iter(table.columns.values()))
    return len(column.codes if isinstance(column, Labels) else column)


def names_of(table: Table, key: str) -> list[str]:
    """A column of names as texts; "" where absent."""
    column = table.columns[key]
    assert isinstance(column, Labels)
    return [column.names[code] if code >= 0 else "" for code in column.codes]


def _data(value: Any) -> Any:
    """Settings as plain data."""
    if isinstance(value, Mapping):
        return {str(key): _data(x) for key, x in value.items()}
    if isinstance(value, tuple | list):
        return [_data(x) for x in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _plain(table: Table, key: str) -> list[Any]:
    column = table.columns[key]
    if isinstance(column, Labels):
        return [name or None for name in names_of(table, key)]
    if key in table.optional:
        return [None if x < 0 else x for x in column.tolist()]
    return [None if isinstance(x, float) and not math.isfinite(x) else x for x in column.tolist()]


def _wrapped(sentences: Sequence[str]) -> Iterator[str]:
    for sentence in sentences:
        held = sentence.replace(" %", "\u00a0%")  # a number and its sign stay on one line
        yield from (line.replace("\u00a0", " ") for line in textwrap.wrap(held, WIDTH, subsequent_indent="  "))


def _table_text(table: Table, currency: str, n: int) -> str:
    """The first rows, an interval beside its value in one cell; columns that do not fit stand below."""
    keys = [key for key in table.columns if not _beside(table, key)]
    columns = [_column(table, key, currency) for key in keys]
    first = columns[: 2 if keys[:2] == ["point", "arm"] else 1]
    blocks, block = [], [*first]
    for column in columns[len(first) :]:
        if sum(map(_wide, [*block, column])) > WIDTH:
            blocks.append(block)
            block = [*first]
        block.append(column)
    texts = [_block_text(block) for block in [*blocks, block]]
    more = [f"... and {n - _MOST_ROWS:,} row{'s' * (n - _MOST_ROWS > 1)} more"] * (n > _MOST_ROWS)
    return "\n\n".join(["\n".join([text, *more]) for text in texts])


def _beside(table: Table, key: str) -> bool:
    """Whether a column is shown within another one: ends of an interval, and the unit of a row."""
    for end in ("_low", "_high"):
        if key.endswith(end) and key.removesuffix(end) in table.columns:
            return True
    return key == "unit"


def _column(table: Table, key: str, currency: str) -> tuple[list[str], list[str]]:
    """Lines of the head, and the cells of the first rows."""
    unit = table.units.get(key, ("", ""))[0]
    unit = path_unit(unit) if key in table.parameters else unit
    column, head = table.columns[key], [key.replace("_", " ")]
    if isinstance(column, Labels):
        names = names_of(table, key)[:_MOST_ROWS]
        return head, [label(name, column.names) for name in names] if key in ("path", "other") else names
    values = np.asarray(column, float)[:_MOST_ROWS]
    if unit == "as in unit":
        units = names_of(table, "unit")
        return head, ["-" if math.isnan(x) else path_amount(x, u) for x, u in zip(values, units, strict=False)]
    if unit == "chance":
        return head, ["< .001" if x < 0.0005 else number(x, 3) for x in values]
    if "." in key:  # a path
        words = label(key, [k for k in table.columns if "." in k])
        return [words, unit], [path_amount(float(f"{x:.3g}"), "") for x in values]
    beside = [f"{key}{end}" for end in ("_low", "_high") if f"{key}{end}" in table.columns]
    ends = [np.asarray(table.columns[name], float)[:_MOST_ROWS] for name in beside]
    whole = np.issubdtype(column.dtype, np.integer)
    how = shown([x for v in (values, *ends) for x in v], unit, currency)
    how = how._replace(decimals=0) if whole else how
    cells = ["" if math.isnan(x) or (key in table.optional and x < 0) else how.text(x) for x in values]
    if ends:
        with_ends = zip(cells, *ends, strict=True)
        cells = [
            f"{cell} ({how.text(low)} to {how.text(high)})" if cell and math.isfinite(low + high) else cell
            for cell, low, high in with_ends
        ]
    return [*head, *filter(None, [how.unit])], cells


def _wide(column: tuple[list[str], list[str]]) -> int:
    return max(map(len, [*column[0], *column[1]])) + _GAP


def _block_text(block: Sequence[tuple[list[str], list[str]]]) -> str:
    tall = max(len(head) for head, _ in block)
    lines = [""] * (tall + len(block[0][1]))
    for head, cells in block:
        wide = _wide((head, cells))
        numeric = all(cell[:1] in "-+.<0123456789" for cell in cells)
        before = max((len(cell.split(" (")[0]) for cell in cells), default=0)
        set_ = [" " * (before - len(cell.split(" (")[0])) + cell if numeric else cell for cell in cells]
        wide = max([wide, *(len(cell) + _GAP for cell in set_)])
        texts = [*head, *[""] * (tall - len(head)), *set_]
        lines = [line + f"{text:<{wide}}" for line, text in zip(lines, texts, strict=True)]
    return "\n".join(line.rstrip() for line in lines)
