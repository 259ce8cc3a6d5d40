"""How a table is set: as text of at most 100 columns for a screen, or as HTML for a notebook.

Knows nothing of scenarios or measures. Cells are texts in plain ASCII; ``+-`` stands before half an interval and
becomes the proper sign where that can be shown.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH = 100
_TITLE, _GAP = 16, 2
_SIGN = "\u00b1"


@dataclass(frozen=True)
class Block:
    """Rows below the titles of columns.

    A row holds label, unit and one cell per column; a row of a single text is a heading among rows. ``caption`` stands
    above all. As text, at most ``most`` columns stand side by side.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    most: int = 4


@dataclass(frozen=True)
class Sheet:
    """Lines, blocks and lines again."""

    head: Sequence[str]
    blocks: Sequence[Block]
    foot: Sequence[str]


def as_text(sheet: Sheet, unicode: bool = False) -> str:
    """The sheet as lines of at most 100 columns, in ASCII signs or in the proper ones."""
    parts = [_fold(sheet.head), *(_chunks(block) for block in sheet.blocks), _fold(sheet.foot)]
    text = "\n\n".join(parts)
    return text.replace("+-", _SIGN) if unicode else text


def as_html(sheet: Sheet) -> str:
    """The sheet as HTML that takes the colours of the page, light or dark; every text is escaped."""
    lines = [_paragraphs(sheet.head), *(_html_table(block) for block in sheet.blocks), _paragraphs(sheet.foot)]
    return '<div class="cxsim" style="max-width: 72em; overflow-x: auto">\n' + "\n".join(lines) + "\n</div>"


def _fold(lines: Iterable[str]) -> str:
    return "\n".join(part for line in lines for part in textwrap.wrap(line, WIDTH, subsequent_indent="  ") or [""])


def _chunks(block: Block) -> str:
    """The columns side by side; beyond ``most``, further tables that repeat the first column."""
    if len(block.titles) <= block.most:
        return "\n".join([*[block.caption] * bool(block.caption), _table(block.titles, block.rows)])
    rest = range(1, len(block.titles))
    chunks = [[0, *rest[i : i + block.most - 1]] for i in range(0, len(rest), block.most - 1)]
    return "\n\n".join(
        _table(
            [block.titles[i] for i in chunk],
            [row if len(row) == 1 else [*row[:2], *[row[2 + i] for i in chunk]] for row in block.rows],
        )
        for chunk in chunks
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    whole = [row for row in rows if len(row) > 1]
    first, second = (max(len(row[k]) for row in whole) + _GAP for k in (0, 1))
    room = (WIDTH - first - second) // len(titles) - _GAP
    columns = []
    for k, title in enumerate(titles):
        head = [line for part in title.split("\n") for line in textwrap.wrap(part, min(room, _TITLE))]
        columns.append((head, _align([row[2 + k] for row in whole])))
    tall = max(len(head) for head, _ in columns)
    lines = [" " * (first + second)] * tall + [f"{row[0]:<{first}}{row[1]:<{second}}" for row in whole]
    for head, cells in columns:
        texts = [*head, *[""] * (tall - len(head)), *cells]
        wide = max(map(len, texts)) + _GAP
        lines = [line + f"{text:<{wide}}" for line, text in zip(lines, texts, strict=True)]
    set_rows = iter(lines[tall:])
    lines = [*lines[:tall], *(row[0] if len(row) == 1 else next(set_rows) for row in rows)]
    return "\n".join(line.rstrip() for line in lines)


def _align(cells: Sequence[str]) -> list[str]:
    """Numbers end below each other, intervals begin below each other; words stand at the left."""
    numeric = [cell for cell in cells if " " not in cell]
    wide = max((len(cell.split("+-")[0]) for cell in numeric), default=0)
    return [" " * (wide - len(cell.split("+-")[0])) + cell if cell in numeric else cell for cell in cells]


def _escaped(text: str) -> str:
    return html.escape(text).replace("+-", _SIGN)


def _paragraphs(lines: Iterable[str]) -> str:
    return "\n".join(f'<p style="margin: .3em 0">{_escaped(line)}</p>' for line in lines if line)


def _html_table(block: Block) -> str:
    right, left = (f"text-align: {side}; padding: .1em .6em; white-space: nowrap" for side in ("right", "left"))
    over = right.replace("nowrap", "normal")  # titles may be long
    line = "border-bottom: 1px solid rgba(128, 128, 128, .5)"
    titles = [_escaped(title).replace("\n", "<br>") for title in block.titles]
    head = "".join(f'<th scope="col" style="{over}; {line}">{title}</th>' for title in titles)
    rows = [f'<tr><td style="{line}"></td><td style="{line}"></td>{head}</tr>']
    for row in block.rows:
        if len(row) == 1:
            rows.append(f'<tr><th colspan="{len(titles) + 2}" style="{left}">{_escaped(row[0])}</th></tr>')
            continue
        cells = "".join(f'<td style="{right}">{_escaped(cell)}</td>' for cell in row[2:])
        label = f'<th scope="row" style="{left}; font-weight: normal">{_escaped(row[0])}</th>'
        rows.append(f'<tr>{label}<td style="{left}">{_escaped(row[1])}</td>{cells}</tr>')
    caption = f'<caption style="{left}">{_escaped(block.caption)}</caption>\n' if block.caption else ""
    style = "border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6em 0"
    return f'<table style="{style}">\n{caption}' + "\n".join(rows) + "\n</table>"
