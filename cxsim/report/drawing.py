"""How a figure is drawn: panels over one time axis, lines labelled at their ends, bands, title, footer.

Knows nothing of scenarios or measures. matplotlib is used through its objects (no pyplot, no global state),
and each figure comes out as SVG and PNG, the same bytes for the same numbers.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from cxsim.report import style

_WIDTH = style.SIZE[0] * 72  # points
_LEFT, _LINE = 56.0, 1.25  # points; line height in type sizes
_BELOW_AXIS = 44.0  # points for tick labels and the name of the time axis
_HEADING = style.LABEL * _LINE + 6  # points above a panel
_GAP, _MARGIN = 14.0, 14.0  # points between panels, and left of the text


@dataclass(frozen=True)
class Curve:
    """One line with its band; arrays of shape (periods,), NaN where there is nothing to show."""

    label: str
    index: int  # which colour and line style
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """One plot: a heading that names quantity and unit, and its curves."""

    heading: str
    curves: tuple[Curve, ...]
    zero: Literal["", "mark", "include"] = ""  # mark nought where it lies in range, or see that it does


@contextmanager
def _our_style() -> Iterator[None]:
    """Our settings on top of matplotlib's defaults, whatever the user's own configuration says."""
    blank = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k and k != "interactive"}
    with matplotlib.rc_context(blank | style.RC):  # type: ignore[arg-type]
        yield


def figure_bytes(stem: str, title: str, panels: Sequence[Panel], axis: str, footer: str) -> dict[str, bytes]:
    """``{"<stem>.svg": ..., "<stem>.png": ...}``.

    ``axis`` names the time axis, whose points are the periods 1, 2, ... of the curves.
    """
    with _our_style(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a box, as browsers show
        figure = _figure(title, panels, axis, footer)
        png, svg = io.BytesIO(), io.BytesIO()
        agg: Any = FigureCanvasAgg(figure)
        agg.print_png(png, metadata={"Software": None, "Title": title})
        vector: Any = FigureCanvasSVG(figure)
        vector.print_svg(svg, metadata={"Date": None, "Creator": None, "Title": title})
    return {f"{stem}.svg": svg.getvalue(), f"{stem}.png": png.getvalue()}


def _figure(title: str, panels: Sequence[Panel], axis: str, footer: str) -> Figure:
    heads = _balanced(title, 66)
    feet = [line for part in footer.split("\n") for line in textwrap.wrap(part, 116)]
    labels = [_wrap_label(curve.label) for panel in panels for curve in panel.curves]
    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    width = _WIDTH - _LEFT - (36 + longest * style.LABEL * 0.62)
    top, bottom = 20 + len(heads) * style.TITLE * _LINE, 12 + len(feet) * style.FOOT * _LINE
    around = top + bottom + _BELOW_AXIS + len(panels) * _HEADING + (len(panels) - 1) * _GAP
    most = max(len(panel.curves) for panel in panels)
    least = max(72.0, most * style.LABEL * 1.2)  # room for all names, or the figure grows
    height = max((style.SIZE[1] * 72 - around) / len(panels), least)
    total = around + len(panels) * height
    figure = Figure(figsize=(style.SIZE[0], total / 72), dpi=style.DPI, facecolor="white")
    text: dict[str, Any] = {"ha": "left", "va": "top", "linespacing": 1.15, "parse_math": False}
    x = _MARGIN / _WIDTH
    figure.text(x, 1 - 12 / total, "\n".join(heads), size=style.TITLE, weight="bold", **text)
    figure.text(x, (bottom - 2) / total, "\n".join(feet), size=style.FOOT, color=style.QUIET, **text)
    place = bottom + _BELOW_AXIS
    for panel in reversed(panels):  # from the bottom up; only the lowest carries the time axis's numbers
        box = (_LEFT / _WIDTH, place / total, width / _WIDTH, height / total)
        _panel(figure.add_axes(box), panel, axis if panel is panels[-1] else "", (width, height))
        place += height + _HEADING + _GAP
    return figure


def _panel(axes: Axes, panel: Panel, axis: str, size: tuple[float, float]) -> None:
    """``size`` is that of the axes in points."""
    for curve in panel.curves:
        x = np.arange(1, len(curve.mean) + 1)
        hue = style.colour(curve.index)
        if np.any(curve.high > curve.low):
            axes.fill_between(x, curve.low, curve.high, color=hue, alpha=0.2, linewidth=0)
        alone = np.isfinite(curve.mean).sum() == 1
        axes.plot(
            x,
            curve.mean,
            color=hue,
            linestyle=style.dash(curve.index),
            linewidth=2.4,
            marker="o" if alone else "",
            solid_capstyle="round",
        )
    periods = max((len(curve.mean) for curve in panel.curves), default=1)
    axes.set_xlim(0.5 if periods < 3 else 1, max(periods, 1.5))
    axes.margins(y=0.08)
    if not any(np.isfinite(curve.mean).any() for curve in panel.curves):
        axes.set_ylim(0, 1)
        axes.text(
            0.5,
            0.5,
            "no value within this horizon",
            transform=axes.transAxes,
            ha="center",
            va="center",
            size=style.LABEL,
            color=style.QUIET,
        )
    axes.xaxis.set_major_locator(FixedLocator(_ticks(periods)))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    axes.grid(axis="y", color=style.FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=3, pad=4, labelbottom=bool(axis))
    indent = (_MARGIN - _LEFT) / size[0]  # below the title, not above the axis
    axes.set_title(panel.heading, loc="left", size=style.LABEL, color=style.INK, pad=6, x=indent)
    if axis:
        axes.set_xlabel(axis, size=style.TICK, color=style.INK, loc="left", labelpad=3)
    low, high = axes.get_ylim()
    if panel.zero == "include":
        low, high = min(low, -0.02 * high), max(high, -0.02 * low)
        axes.set_ylim(low, high)
    if panel.zero and low < 0 < high:
        axes.axhline(0, color=style.QUIET, linewidth=1.1, zorder=1.5)
    _label_ends(axes, panel, size)


def _balanced(text: str, most: int) -> list[str]:
    """Lines of about equal length, as few as lines of ``most`` characters would be."""
    lines = textwrap.wrap(text, most)
    for width in range(most - 1, max(map(len, text.split()), default=1), -1):
        narrower = textwrap.wrap(text, width)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _tick(value: float, _position: int) -> str:
    return f"{value:,.10g}".replace("-", "\u2212")


def _ticks(periods: int) -> list[int]:
    """Every period if there are few, else whole years or groups of years, the last one always."""
    step = next((s for s in (1, 4, 8, 20, 40, 80) if periods / s <= 12), 200)
    return sorted({1, *range(step, periods + 1, step)}) if step > 1 else list(range(1, periods + 1))


def _wrap_label(label: str) -> str:
    """At most two lines of 26 characters."""
    return "\n".join(textwrap.wrap(label, 26, max_lines=2, placeholder=" ..."))


def _label_ends(axes: Axes, panel: Panel, size: tuple[float, float]) -> None:
    """Names at the line ends, pushed apart so that none covers another, each tied to its line."""
    width, height = size
    low, high = axes.get_ylim()
    ends: list[tuple[Curve, float, float]] = []  # curve, x and y of its last point in points
    for curve in panel.curves:
        known = np.flatnonzero(np.isfinite(curve.mean))
        if len(known):
            left, right = axes.get_xlim()
            x = (known[-1] + 1 - left) / (right - left) * width
            ends.append((curve, x, (float(curve.mean[known[-1]]) - low) / (high - low) * height))
    names = [_wrap_label(curve.label) for curve, _, _ in ends]
    lines = max((name.count("\n") + 1 for name in names), default=1)
    gap = lines * style.LABEL * 1.16 + 1
    if gap * (len(ends) - 1) > height + style.LABEL:  # no room for two lines each
        names = [textwrap.shorten(curve.label, 26, placeholder=" ...") for curve, _, _ in ends]
        gap = style.LABEL * 1.16 + 1
    places = style.spread([y for _, _, y in ends], gap, min(4.0, height / 2), max(height - 2.0, height / 2))
    for (curve, x, y), name, place in zip(ends, names, places, strict=True):
        if x < width - 1:  # ended early: a cross, and no tie that would look like its continuation
            end = [x / width], [y / height]
            hue = style.colour(curve.index)
            axes.plot(*end, "X", transform=axes.transAxes, color=hue, markersize=9, clip_on=False)
        else:
            _tie(axes, curve, (x, y), (width + 20, place), (width, height))
        type_size = style.LABEL if gap * (len(ends) - 1) <= height + style.LABEL else style.FOOT
        axes.text(
            (width + 25) / width,
            place / height,
            name,
            transform=axes.transAxes,
            size=type_size,
            va="center_baseline",
            ha="left",
            color=style.darker(style.colour(curve.index)),
            linespacing=1.1,
            weight="bold",
            clip_on=False,
        )


def _tie(
    axes: Axes,
    curve: Curve,
    start: tuple[float, float],
    end: tuple[float, float],
    box: tuple[float, float],
) -> None:
    """A thin elbow in the curve's own colour and dash from its end to its name."""
    (x0, y0), (x1, y1), (width, height) = start, end, box
    xs: list[Any] = [(x0 + 2) / width, (x1 - 15) / width, x1 / width]
    ys: list[Any] = [y0 / height, y0 / height, y1 / height]
    axes.add_line(
        Line2D(
            xs,
            ys,
            transform=axes.transAxes,
            color=style.colour(curve.index),
            linewidth=1.3,
            linestyle=style.dash(curve.index),
            clip_on=False,
        )
    )
