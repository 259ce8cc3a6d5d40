"""The tables of a run and of a comparison: which rows they have, and how numbers stand in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cxsim.measures import MEASURES, QUARTER, YEAR
from cxsim.report import ahead, sentences, style
from cxsim.report.readings import Cell, Column, Heading, Year, financial_periods
from cxsim.report.sheet import Block, Sheet, as_text

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

EVERYONE = ("retention_12_months", "customers", "profit_year_1", "profit_last_year", "npv", "customer_equity")
"""Measures shown of the arms where every rival has the same policy."""

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


_MONEY, _KEPT = Row("", "", 1, 1.0, True), Row("", "%", 1, 100.0, False)  # of financial periods and years


def can_show(text: str, encoding: str | None) -> bool:
    """True where ``text`` can be written in this encoding."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def comparison_table(
    columns: Sequence[Column],
    heading: Heading,
    unicode: bool = False,
    periods: bool = True,
    everyone: Sequence[Column] = (),
) -> str:
    """The table of a comparison as text; without its financial periods where ``periods`` is false."""
    return as_text(comparison_sheet(columns, heading, periods, everyone), unicode)


def comparison_sheet(
    columns: Sequence[Column], heading: Heading, periods: bool = True, everyone: Sequence[Column] = ()
) -> Sheet:
    """The table of a comparison: reference in absolute values, the others as paired differences.

    ``everyone`` are the same arms where every rival has the arm's policy.
    """
    arms, runs = len(columns), heading.replications
    head = [f"{arms} arm{'s' * (arms > 1)} x {runs} paired run{'s' * (runs > 1)}, {_sizes(heading)}"]
    if arms > 1:
        shown = f", +-95 % ({_held(runs)})" if runs > 1 else " (one paired run: no interval)"
        head.append(f"Reference: {columns[0].label}. Others: difference{shown}")
    head += [heading.worlds] if heading.worlds else []
    rows = [_comparison_row(measure, columns, heading) for measure in ROWS]
    paybacks = [column.payback for column in columns]
    rows.append(["Pays back", "", *["-" if back is None else sentences.payback_cell(back) for back in paybacks]])
    rows.append(["Insolvent", "runs", *[f"{column.insolvent}/{runs}" for column in columns]])
    if periods:
        rows += _period_rows(columns, heading)
    titles = [column.label for column in columns]
    titles[0] += "\n= reference" if arms > 1 else ""
    rows += ahead.rows(columns, heading)
    sampled = heading.sampled
    foot = [sentences.luck_note(runs, True, heading.worlds, sampled is not None)]
    foot += [ahead.note(columns, sampled)] if sampled else []
    foot += [*_gone_note(columns, runs), *_few_note(heading), ""]
    foot += [sentences.arm_sentence(arm, columns[0], heading) for arm in columns[1:]]
    foot += ["", *(ahead.hangs_on(arm, sampled) for arm in columns[1:])] if sampled else []
    blocks = [Block(titles, [row for row in rows if row])]
    if everyone:
        alike = [_comparison_row(measure, everyone, heading) for measure in EVERYONE]
        caption = "The same, where every rival has the policy of the arm"
        blocks.append(Block(titles, [row for row in alike if row], caption))
    return Sheet(head, blocks, foot)


def run_table(columns: Sequence[Column], years: Sequence[Year], heading: Heading, unicode: bool = False) -> str:
    """The tables of one scenario as text."""
    return as_text(run_sheet(columns, years, heading), unicode)


def run_sheet(columns: Sequence[Column], years: Sequence[Year], heading: Heading) -> Sheet:
    """The tables of one scenario: measures of the focal firm and its rivals, then their financial periods."""
    runs = heading.replications
    head = [f"{columns[0].label}: {runs} run{'s' * (runs > 1)}, {_sizes(heading)}"]
    if runs > 1:
        head.append(f"Mean over runs, +-95 % ({_held(runs)})")
    shown = [(measure, [column.value(measure) for column in columns]) for measure in ROWS]
    rows = [
        _row(Row.of(measure, heading.last_year), cells, heading)
        for measure, cells in shown
        if any(cell.n for cell in cells)
    ]
    rows.append(["Insolvent", "runs", *[f"{column.insolvent}/{runs}" for column in columns]])
    blocks = [Block([column.label for column in columns], rows)]
    if heading.months > QUARTER:
        blocks.append(_year_block(columns, years, heading))
    foot = [sentences.luck_note(runs, paired=False), *_gone_note(columns, runs), *_few_note(heading)]
    return Sheet(head, blocks, foot)


def _period_rows(columns: Sequence[Column], heading: Heading) -> list[list[str]]:
    """Profit of the first four financial periods and of the last of each year."""
    reference, others = columns[0].profits, [column.profit_differences for column in columns[1:]]
    last_of_year = {p.year: p for p in financial_periods(heading.months)}.values()
    shown = [p for p in financial_periods(heading.months) if p.number <= YEAR // QUARTER or p in last_of_year]
    if len(shown) < 2 or not reference:
        return []
    plain = [Cell(cell.mean, math.nan, math.nan, cell.n) for cell in reference]
    by_period = {p: [plain[p.number - 1], *[cells[p.number - 1] for cells in others]] for p in shown}
    scale = [cell for cells in by_period.values() for cell in cells]
    which = ": the first four, then the last of each year" * (len(shown) < len(reference))
    rows = [[""], [f"Profit per financial period{which}"]]
    for p, cells in by_period.items():
        row = Row(f"Quarter {p.number}, year {p.year}{_short(p.months, QUARTER)}", "", 1, 1.0, True)
        rows.append(_row(row, cells, heading, signed=range(1, len(columns)), scale=scale))
    return rows


def _year_block(columns: Sequence[Column], years: Sequence[Year], heading: Heading) -> Block:
    """A row per firm and financial year: profit of its quarters and in all, and 12-month retention at its end."""
    per_year = YEAR // QUARTER
    profits = [cell for column in columns for cell in column.profits] + [c for year in years for c in year.profit]
    kept = [cell for year in years for cell in year.kept]
    known = any(cell.n for cell in kept)
    titles = [*[f"Q{k + 1}" for k in range(min(per_year, len(columns[0].profits)))], "Year", *["Kept, %"] * known]
    unit = _row(_MONEY, [], heading, scale=profits)[1]
    rows: list[list[str]] = []
    for i, column in enumerate(columns):
        rows.append([column.label])
        for k, year in enumerate(years):
            quarters = column.profits[k * per_year : (k + 1) * per_year]
            amounts = _row(_MONEY, [*quarters, year.profit[i]], heading, scale=profits)[2:]
            blank = [""] * (len(titles) - known - len(amounts))
            share = _row(_KEPT, [year.kept[i]], heading, scale=kept)[2:] if known else []
            rows.append([f"  {year.name}", "", *amounts[:-1], *blank, amounts[-1], *share])
    if short := heading.months % QUARTER:
        rows.append([f"The last quarter has {short} month{'s' * (short > 1)} only."])
    caption = f"Profit per financial period, {unit}" + "; customers kept over the past 12 months" * known
    return Block(titles, rows, caption, most=len(titles))


def _short(months: int, whole: int) -> str:
    return f" ({months} mo.)" if months < whole else ""


def _gone_note(columns: Sequence[Column], runs: int) -> list[str]:
    """A warning where means leave out runs."""
    seen = [cell.n for column in columns for measure in ROWS for cell in [column.value(measure)]]
    if not any(0 < n < runs for n in seen):
        return []
    return ["Where a firm had no customers left, a run counts in no mean that needs customers (n in summary.csv)."]


def _held(runs: int) -> str:
    """What an interval holds; of a few runs, how little that is."""
    return "luck only" + f"; of {runs} runs: means little" * (runs < sentences.FEW_RUNS)


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
