"""A figure of rows: names at the left, marks with intervals on one axis, or bars from one value to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from cxsim.record import RESULTS_VERSION
from cxsim.report import fonts, style
from cxsim.report.drawing import Chart, page, styled, wrapped
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.frames import Table
    from cxsim.studies.analyses.findings import Finding

Array = NDArray[np.float64]

BELOW = 26.0
"""Points for the numbers below the axes."""
_ROW = 25.0  # points of height that a row takes
_MARGIN = 14.0  # points left of the text


@dataclass(frozen=True)
class Series:
    """One mark per row: its values, ends of intervals where it has them, and how it is drawn."""

    values: Array
    marker: str
    filled: bool = True
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True)
class Rows:
    """Rows of values on one axis: their names, a heading with quantity and unit, and series drawn in this order.

    ``spans`` (rows, 2) are bars from one value to another, ``notes`` texts at their two ends; without bars, the second
    text of a row stands right of its marks. ``pale`` rows are grey. With ``zero``, nought is within the range, and
    ``apart`` draws the series of a row below each other. A name has at most so many ``lines``, each ``wide`` columns.
    """

    names: Sequence[str]
    heading: str
    series: Sequence[Series]
    spans: Array | None = None
    notes: Sequence[tuple[str, str]] | None = None
    pale: Sequence[bool] = ()
    zero: bool = True
    apart: bool = False
    wide: int = 26
    lines: int = 2


def footer(finding: Finding, said: str) -> str:
    """What stands below a figure: how it is to be read, on which runs it rests, and what drew it."""
    said = said.replace(">=", "\u2265").replace("<=", "\u2264").replace(" %", "\u00a0%")
    return f"{said}\n{finding.about}\ncxsim {__version__}, results v{RESULTS_VERSION}"


def column(table: Table, key: str) -> Array:
    """A column of numbers."""
    return np.asarray(table.columns[key], float)


def plain_axes(axes: Axes) -> None:
    """Marks above the grid, short ticks."""
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=3, pad=4)


def number(value: float, _position: int = 0) -> str:
    """A number at an axis."""
    return f"{value:,.10g}".replace("-", "\u2212")


def rows_chart(title: str, footer: str, rows: Rows) -> Chart:
    """Rows of marks with their names at the left, the first row at the top."""
    names = ["\n".join(wrapped(fonts.drawable_part(name), rows.wide)[: rows.lines]) for name in rows.names]
    title, footer = fonts.drawable_part(title), fonts.drawable_part(footer)
    with styled(" ".join([title, rows.heading, footer, *names])):
        longest = max(fonts.columns(line) for name in names for line in name.split("\n"))
        left = 22 + longest * style.TICK * 0.58
        tall = max(name.count("\n") + 1 for name in names)
        needed = len(names) * max(_ROW, tall * style.TICK * 1.2 + 6)
        chart, axes, size = page(title, footer, left, 30.0, BELOW, needed)
        y = np.arange(len(names), dtype=float)
        for row, height in enumerate(y):
            _bar(axes, rows, row, height)
        for k, one in enumerate(rows.series):
            _marks(axes, rows, one, y + (k - (len(rows.series) - 1) / 2) * 0.24 * rows.apart)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.set_yticks(y, names)
        axes.margins(x=0.06)
        _span_x(axes, rows, size[0])
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
        axes.xaxis.set_major_formatter(FuncFormatter(number))
        axes.grid(axis="x", color=style.FAINT, linewidth=0.8)
        axes.spines["left"].set_visible(False)
        plain_axes(axes)
        axes.tick_params(axis="y", length=0)
        axes.set_title(rows.heading, loc="left", size=style.LABEL, color=style.INK, pad=6, x=(_MARGIN - left) / size[0])
        _write_notes(axes, rows, y)
    return chart


def _span_x(axes: Axes, rows: Rows, width: float) -> None:
    """Room for texts beside the marks; nought within the range where it has a meaning, and a line there."""
    low, high = axes.get_xlim()
    if rows.zero:
        low, high = min(low, -0.02 * (high - low)), max(high, 0.02 * (high - low))
        axes.axvline(0, color=style.QUIET, linewidth=1.1, zorder=1.5)
    if rows.notes is not None:
        longest = max(fonts.columns(text) for note in rows.notes for text in note)
        room = (longest * style.FOOT * 0.6 + 4) / width * (high - low)
        low, high = low - room * (rows.spans is not None), high + room
    axes.set_xlim(low, high)


def _hue(rows: Rows, row: int) -> str:
    return style.QUIET if rows.pale and rows.pale[row] else style.COLOURS[0]


def _bar(axes: Axes, rows: Rows, row: int, y: float) -> None:
    if rows.spans is None or not np.isfinite(rows.spans[row]).all():
        return
    pale = bool(rows.pale) and rows.pale[row]
    look: dict[str, Any] = {"linewidth": 9, "solid_capstyle": "butt", "alpha": 0.3 if pale else 0.45, "zorder": 2}
    axes.plot(rows.spans[row], [y, y], color=_hue(rows, row), **look)


def _marks(axes: Axes, rows: Rows, one: Series, y: Array) -> None:
    for row, (value, height) in enumerate(zip(one.values, y, strict=True)):
        if not np.isfinite(value):
            continue
        hue = _hue(rows, row)
        if one.low is not None and one.high is not None and np.isfinite(one.low[row] + one.high[row]):
            axes.plot([one.low[row], one.high[row]], [height, height], color=hue, linewidth=2.2, zorder=3)
        face = hue if one.filled else "white"
        look: dict[str, Any] = {"markerfacecolor": face, "markeredgecolor": hue, "markeredgewidth": 1.8, "zorder": 4}
        axes.plot(value, height, one.marker, markersize=14 if one.marker == "|" else 8.5, clip_on=False, **look)


def _write_notes(axes: Axes, rows: Rows, y: Array) -> None:
    """Texts beside bars or marks, on their outer sides."""
    if rows.notes is None:
        return
    text: dict[str, Any] = {"textcoords": "offset points", "va": "center_baseline", "size": style.FOOT}
    for row, (first, second) in enumerate(rows.notes):
        if rows.spans is None:
            ends = [x[row] for one in rows.series for x in (one.values, one.high) if x is not None]
            if not np.isfinite(ends).any():
                continue
            axes.annotate(second, (float(np.nanmax(ends)), y[row]), (8, 0), ha="left", **text)
            continue
        ends = rows.spans[row]
        if not np.isfinite(ends).all():
            continue
        for note, end, other in ((first, ends[0], ends[1]), (second, ends[1], ends[0])):
            right = end > other or (end == other and note is second)
            axes.annotate(note, (end, y[row]), (8 if right else -8, 0), ha="left" if right else "right", **text)
