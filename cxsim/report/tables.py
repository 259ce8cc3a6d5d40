"""Text tables for the screen: at most 100 columns wide, plain ASCII where the terminal can show no more."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from cxsim.measures import MEASURES, YEAR
from cxsim.report import sentences, style
from cxsim.report.readings import Cell, Column, Heading

WIDTH = 100
_TITLE, _GAP = 16, 2


ROWS = (
    "retention_12_months",
    "churn_per_year",
    "satisfaction",
    "trust",
    "nps",
    "customers",
    "revenue_per_year",
    "profit_year_1",
    "profit_last_year",
    "cumulative_profit",
    "npv",
    "customer_equity",
    "value",
    "cost_to_serve",
    "concession_cost_share",
    "employee_turnover_per_year",
    "exhaustion",
    "cash",
)
"""Measures in the order shown."""

_SHORT = {"months of spend": "mo.spend", "% of revenue": "% rev.", "thousand": "k"}
_PER_MONTH = "per customer and month"


@dataclass(frozen=True)
class Row:
    """How one line is shown. Money is scaled to the size of its row, all else as the measure says."""

    label: str
    unit: str
    decimals: int
    scale: float
    money: bool

    @staticmethod
    def of(measure: str, last_year: str) -> Row:
        """The line of a measure."""
        m = MEASURES[measure]
        label = {"profit_last_year": f"Profit, {last_year}"}.get(measure, m.title)
        if m.unit == "customers":  # a head count is short enough to stand in full
            return Row(label, "heads", 0, 1.0, False)
        money = m.unit.startswith("money")
        unit = "" if money else _SHORT.get(m.shown_unit, m.shown_unit)
        if m.unit.endswith(_PER_MONTH):
            unit = "/mo."
        return Row(label, unit, m.decimals, m.scale, money)


def can_show(text: str, encoding: str | None) -> bool:
    """True where ``text`` can be written in this encoding."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def comparison_table(columns: Sequence[Column], heading: Heading, unicode: bool = False) -> str:
    """The table of a comparison: reference in absolute values, the others as paired differences."""
    arms, runs = len(columns), heading.replications
    head = [f"{arms} arm{'s' * (arms > 1)} x {runs} paired run{'s' * (runs > 1)}, {_sizes(heading)}"]
    if arms > 1:
        shown = ", +-95 % (luck only)" if runs > 1 else " (one paired run: no interval)"
        head.append(f"Reference: {columns[0].label}. Others: difference{shown}")
    head += [heading.worlds] if heading.worlds else []
    rows = [_comparison_row(measure, columns, heading) for measure in ROWS]
    paybacks = [column.payback for column in columns]
    rows.append(
        ["Pays back", "", *["-" if back is None else sentences.payback_cell(back) for back in paybacks]]
    )
    rows.append(["Insolvent", "runs", *[f"{column.insolvent}/{runs}" for column in columns]])
    titles = [column.label for column in columns]
    titles[0] += "\n= reference" if arms > 1 else ""
    foot = [sentences.luck_note(runs, True, heading.worlds), *_gone_note(columns, runs), *_few_note(heading), ""]
    foot += [sentences.arm_sentence(arm, columns[0], heading) for arm in columns[1:]]
    return _page(head, _blocks(titles, [row for row in rows if row]), foot, unicode)


def run_table(
    columns: Sequence[Column],
    years: Sequence[tuple[str, Sequence[Cell], Sequence[Cell]]],
    heading: Heading,
    unicode: bool = False,
) -> str:
    """The tables of one scenario: measures of the focal firm and its rivals, then its financial years.

    ``years`` holds, per financial year, its name and every firm's profit and 12-month retention.
    """
    runs = heading.replications
    head = [f"{columns[0].label}: {runs} run{'s' * (runs > 1)}, {_sizes(heading)}"]
    if runs > 1:
        head.append("Mean over runs, +-95 % (luck only)")
    shown = [(measure, [column.value(measure) for column in columns]) for measure in ROWS]
    rows = [
        _row(Row.of(measure, heading.last_year), cells, heading)
        for measure, cells in shown
        if any(cell.n for cell in cells)
    ]
    rows.append(["Insolvent", "runs", *[f"{column.insolvent}/{runs}" for column in columns]])
    titles = [column.label for column in columns]
    body = _blocks(titles, rows)
    if len(years) > 1:
        profits, kept = [cells for _, cells, _ in years], [cells for _, _, cells in years]
        scale = [cell for cells in profits for cell in cells]
        rows = [
            _row(Row(f"Profit, {name}", "", 1, 1.0, True), cells, heading, scale=scale)
            for name, cells, _ in years
        ]
        rows += [
            _row(Row(f"Kept, {name}", "%", 1, 100.0, False), cells, heading)
            for (name, _, _), cells in zip(years, kept, strict=True)
            if any(cell.n for cell in cells)
        ]
        body += "\n\nBy financial year\n" + _blocks(titles, rows)
    foot = [sentences.luck_note(runs, paired=False), *_gone_note(columns, runs), *_few_note(heading)]
    return _page(head, body, foot, unicode)


def _gone_note(columns: Sequence[Column], runs: int) -> list[str]:
    """A warning where means leave out runs."""
    seen = [cell.n for column in columns for measure in ROWS for cell in [column.value(measure)]]
    if not any(0 < n < runs for n in seen):
        return []
    return [
        "Where a firm had no customers left, a run counts in no mean that needs customers (n in summary.csv)."
    ]


def _few_note(heading: Heading) -> list[str]:
    note = sentences.few_note(heading)
    return [note] if note else []


def _sizes(heading: Heading) -> str:
    people = f"{heading.simulated:,} {'person' if heading.simulated == 1 else 'people'}"
    if heading.represented != heading.simulated:
        people += f" for a market of {heading.represented:,.0f}"
    return (
        f"{people}, {heading.months} month{'s' * (heading.months != 1)}, seed {heading.seed}, "
        f"results v{heading.results_version}"
    )


def _comparison_row(measure: str, columns: Sequence[Column], heading: Heading) -> list[str]:
    """Label, unit, and one cell per arm; empty if no arm has the measure."""
    reference, others = columns[0].value(measure), [arm.difference(measure) for arm in columns[1:]]
    if measure == "profit_last_year" and heading.months == YEAR:
        return []  # the same as year 1
    if not reference.n and not any(cell.n for cell in others):
        return []
    plain = Cell(reference.mean, math.nan, math.nan, reference.n)
    return _row(Row.of(measure, heading.last_year), [plain, *others], heading, signed=range(1, len(columns)))


def _row(
    row: Row, cells: Sequence[Cell], heading: Heading, signed: Sequence[int] = (), scale: Sequence[Cell] = ()
) -> list[str]:
    """Label, unit and the cells as text; ``scale`` are the cells that settle the unit of money."""
    unit, factor, decimals = row.unit, row.scale, row.decimals
    known = [cell for cell in scale or cells if math.isfinite(cell.mean)]
    largest = max((abs(cell.mean) for cell in known), default=0.0)
    if row.money:
        divisor, prefix = style.money_scale(largest)
        factor, unit = 1 / divisor, f"{heading.currency}{prefix}{unit}"
        decimals = style.decimals_for(largest * factor)
    widest = max((cell.high - cell.low for cell in known if cell.high > cell.low), default=0.0) / 2
    finer = style.decimals_for(widest * factor, significant=1)  # at least one digit of the interval
    decimals = max(decimals, min(finer, decimals + 1, 3))
    texts = [_cell(cell, factor, decimals, i in signed) for i, cell in enumerate(cells)]
    return [row.label, unit, *texts]


def _cell(cell: Cell, factor: float, decimals: int, sign: bool) -> str:
    text = style.number(cell.mean * factor, decimals, sign)
    half = style.half_width(cell.low * factor, cell.high * factor, decimals)
    return f"{text}+-{half}" if half and not cell.same else text


def _blocks(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The columns side by side; beyond four, further blocks that repeat the first column."""
    most = 4
    if len(titles) <= most:
        return _block(titles, rows)
    rest = range(1, len(titles))
    chunks = [[0, *rest[i : i + most - 1]] for i in range(0, len(rest), most - 1)]
    return "\n\n".join(
        _block([titles[i] for i in chunk], [[*row[:2], *[row[2 + i] for i in chunk]] for row in rows])
        for chunk in chunks
    )


def _block(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first, second = (max(len(row[k]) for row in rows) + _GAP for k in (0, 1))
    room = (WIDTH - first - second) // len(titles) - _GAP
    columns = []
    for k, title in enumerate(titles):
        head = [line for part in title.split("\n") for line in textwrap.wrap(part, min(room, _TITLE))]
        columns.append((head, _align([row[2 + k] for row in rows])))
    tall = max(len(head) for head, _ in columns)
    lines = [" " * (first + second)] * tall + [f"{row[0]:<{first}}{row[1]:<{second}}" for row in rows]
    for head, cells in columns:
        texts = [*head, *[""] * (tall - len(head)), *cells]
        wide = max(map(len, texts)) + _GAP
        lines = [line + f"{text:<{wide}}" for line, text in zip(lines, texts, strict=True)]
    return "\n".join(line.rstrip() for line in lines)


def _align(cells: Sequence[str]) -> list[str]:
    """Numbers end below each other, intervals begin below each other; words stand at the left."""
    numeric = [cell for cell in cells if " " not in cell]
    wide = max((len(cell.split("+-")[0]) for cell in numeric), default=0)
    return [" " * (wide - len(cell.split("+-")[0])) + cell if cell in numeric else cell for cell in cells]


def _page(head: Sequence[str], body: str, foot: Sequence[str], unicode: bool) -> str:
    """Head, table and foot, in ASCII signs or in the proper ones."""
    text = "\n".join(["\n".join(_fold(head)), "", body, "", "\n".join(_fold(foot))])
    if unicode:
        text = text.replace("+-", "\u00b1")
    return text


def _fold(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(line, WIDTH, subsequent_indent="  ") or [""]]
