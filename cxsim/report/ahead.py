"""In how many sampled worlds an arm is ahead of the reference, and what that hangs on: rows, notes and clauses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cxsim.measures import MEASURES
from cxsim.report import style
from cxsim.worlds import COMPARED, Ahead, Decider, Quartiles, Worlds

if TYPE_CHECKING:
    from cxsim.report.readings import Column, Heading

_LABELS = {"npv": "Net present value", "retention_12_months": "Kept, 12 months"}


def rows(columns: Sequence[Column], heading: Heading) -> list[list[str]]:
    """A heading among rows, then one row per measure in which worlds are compared; nothing without worlds."""
    if not heading.sampled:
        return []
    what = f"Ahead of the reference, in {_worlds(heading.sampled)} (95 % interval); by how much: median, quartiles"
    out = [[""], [what]]
    for measure in COMPARED:
        cells = [_cell(column.ahead[measure]) if column.ahead else "-" for column in columns]
        out.append([_LABELS.get(measure, f"Profit, {heading.last_year}"), "worlds", *cells])
        gaps = [column.gaps.get(measure) for column in columns]
        out.append(_sizes("  by how much", measure, gaps, heading, signed=True))
    levels = [heading.sampled.level(arm, "npv") for arm in range(len(columns))]
    out.append(_sizes("NPV in these worlds", "npv", levels, heading))
    closed = [heading.sampled.insolvent(arm) for arm in range(len(columns))]
    out.append(["Insolvent", "worlds", *(f"{n}/{heading.sampled.n}" for n in closed)])
    return out


def _sizes(
    label: str, measure: str, gaps: Sequence[Quartiles | None], heading: Heading, signed: bool = False
) -> list[str]:
    """A row of sizes: every cell a median, and the quartiles between which half of the worlds lie."""
    m = MEASURES[measure]
    known = [abs(x) for gap in gaps if gap and gap.n for x in gap[:3]]
    unit, factor = m.shown_unit, m.scale
    if m.unit == "money":
        divisor, prefix = style.money_scale(max(known, default=0.0))
        unit, factor = f"{heading.currency}{prefix}", 1 / divisor
    decimals = style.decimals_for(max(known, default=0.0) * factor, 2, 2)
    cells = []
    for gap in gaps:
        low, middle, high = (style.number(x * factor, decimals, signed) for x in gap[:3]) if gap else ("", "-", "")
        cells.append(f"{middle}, {low}..{high}" if gap and gap.n else "undefined" if gap else "-")
    return [label, unit, *cells]


def note(columns: Sequence[Column], sampled: Worlds) -> str:
    """What the sampled worlds varied, and what they did not; and why some count in no row."""
    gone = any(ahead.n < sampled.n for column in columns for ahead in column.ahead.values())
    undefined = " A world counts in no row that needs customers where a firm had none left." if gone else ""
    held = f", but for {len(sampled.held)} that the scenarios set" if sampled.held else ""
    return (
        f"Sampled worlds draw {len(sampled.paths)} assumptions from their plausible ranges{held}; "
        f"one run of each arm in each, with the same people and luck.{undefined}"
    )


def clause(arm: Column, heading: Heading) -> str:
    """In how many worlds an arm has the higher net present value, for a sentence; "" without worlds.

    It says so where the central case is clear and most worlds point the other way, or neither way.
    """
    if not heading.sampled or not arm.ahead:
        return ""
    npv, sign = arm.ahead["npv"], arm.difference("npv").sign
    said = f"ahead in net present value in {npv.wins} of {npv.n} sampled worlds ({_interval(npv)} %)"
    if (sign > 0 and npv.high < 0.5 and arm.gaps["npv"].median < 0) or (sign < 0 and npv.low > 0.5):
        return f"but {said}: most point the other way"
    return said + ": neither clearly more nor clearly fewer than half" * (sign != 0 and npv.low <= 0.5 <= npv.high)


def hangs_on(arm: Column, sampled: Worlds) -> str:
    """The assumptions that decide an arm's lead in net present value, in one sentence."""
    if not arm.ahead:
        return ""
    if not arm.deciders:
        return f"{arm.label}: no assumption stands out from luck in how far it is ahead in net present value."
    told = ", ".join(_told(decider) for decider in arm.deciders)
    return f"{arm.label}: its lead in net present value is larger where {told}."


def _told(decider: Decider) -> str:
    side = "high" if decider.rho > 0 else "low"
    return f"{decider.path.removeprefix('world.')} is {side} (rank correlation {decider.rho:+.2f})"


def _worlds(sampled: Worlds) -> str:
    return f"{sampled.n} sampled world{'s' * (sampled.n != 1)}"


def _cell(ahead: Ahead) -> str:
    return f"{ahead.wins}/{ahead.n} ({_interval(ahead)} %)" if ahead.n else "undefined"


def _interval(ahead: Ahead) -> str:
    return f"{100 * ahead.low:.0f}-{100 * ahead.high:.0f}"
