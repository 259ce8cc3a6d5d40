"""How a figure is drawn: lines over time labelled at their ends, bands, title, footer.

Knows nothing of scenarios or measures. matplotlib is used through its objects (no pyplot, no global state). A figure
shows itself in a notebook, and is written as SVG and PNG, the same bytes for the same numbers.
"""

from __future__ import annotations

import io
import logging
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from cxsim.report import fonts, style

_WIDTH, _HEIGHT = (72 * inches for inches in style.SIZE)  # points
_LEFT, _LINE = 50.0, 1.25  # points; line height in type sizes
_BELOW_AXIS = 28.0  # points for tick labels and the name of the time axis beside them
_HEADING = style.LABEL * _LINE + 6  # points above the plot
_MARGIN = 14.0  # points left of the text
_TIE, _APART = 25.0, 4.0  # points between the plot and the names, and between one name and the next


@dataclass(frozen=True)
class Curve:
    """One line with its band; arrays of shape (periods,), NaN where there is nothing to show."""

    label: str
    index: int  # which colour and line style
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class Plot:
    """What a figure shows: its message, a heading with quantity and unit, curves over periods 1, 2, ..., a footer.

    ``axis`` names the axis of periods. With ``zero``, nought is always within the range. With ``shares``, curves run
    over 0, 1, ... 100 % instead. Where there are too many periods to number each, every so many are by ``steps``.
    """

    title: str
    heading: str
    curves: tuple[Curve, ...]
    axis: str
    footer: str
    zero: bool = False
    shares: bool = False
    steps: tuple[int, ...] = (1, 4, 8, 20, 40, 80)

    def drawable(self) -> Plot:
        """The same with texts that can be drawn here."""
        part = fonts.drawable_part
        curves = tuple(Curve(part(c.label), c.index, c.mean, c.low, c.high) for c in self.curves)
        title, heading, axis, footer = map(part, (self.title, self.heading, self.axis, self.footer))
        return replace(self, title=title, heading=heading, curves=curves, axis=axis, footer=footer)

    def text(self) -> str:
        """All that is written in the figure."""
        return " ".join([self.title, self.heading, self.axis, self.footer, *(c.label for c in self.curves)])


class Chart(Figure):
    """A matplotlib Figure that a notebook shows by itself, whether pyplot is in use or not."""

    def _repr_png_(self) -> bytes:
        return _written(self, "png", dpi=style.SCREEN_DPI, metadata={"Software": None})


@contextmanager
def _our_style(families: Sequence[str] = (fonts.OURS,)) -> Iterator[None]:
    """Our settings on top of matplotlib's defaults, whatever the user's own configuration says."""
    blank = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k and k != "interactive"}
    log = logging.getLogger("matplotlib.font_manager")
    level = log.level
    log.setLevel(logging.ERROR)  # a further font without a bold face is no news to whoever looks at a figure
    try:
        with matplotlib.rc_context(blank | style.RC | {"font.family": list(families)}):  # type: ignore[arg-type]
            yield
    finally:
        log.setLevel(level)


def files(charts: Mapping[str, Chart]) -> dict[str, bytes]:
    """``{"<name>.svg": ..., "<name>.png": ...}`` of every chart."""
    out = {}
    for name, chart in charts.items():
        title = chart.get_label()
        out[f"{name}.svg"] = _written(chart, "svg", metadata={"Date": None, "Creator": None, "Title": title})
        out[f"{name}.png"] = _written(chart, "png", dpi=style.DPI, metadata={"Software": None, "Title": title})
    return out


def _written(chart: Chart, kind: str, **how: Any) -> bytes:
    file = io.BytesIO()
    with _our_style():
        chart.savefig(file, format=kind, **how)
    return file.getvalue()


def draw(plot: Plot) -> Chart:
    """The figure; 16:9 unless so many names need more height."""
    plot = plot.drawable()
    with styled(plot.text()):
        return _chart(plot)


def _chart(plot: Plot) -> Chart:
    footer = plot.footer + "\nA cross: from here on, some runs have no value." * any(map(_ends_early, plot.curves))
    names = [_wrapped_name(curve.label) for curve in plot.curves]
    longest = max((fonts.columns(line) for name in names for line in name.split("\n")), default=0)
    beside = max(longest * style.LABEL * 0.62, fonts.columns(plot.axis) * style.TICK * 0.56)  # bold, and not
    lines = max((name.count("\n") + 1 for name in names), default=1)
    needed = len(names) * ((lines if len(names) <= 12 else 1) * style.LABEL * 1.16 + _APART)
    chart, axes, size = page(plot.title, footer, _LEFT, _TIE + 10 + beside, _BELOW_AXIS, needed)
    _fill(axes, plot, size)
    return chart


def page(
    title: str, footer: str, left: float, right: float, below: float, needed: float
) -> tuple[Chart, Axes, tuple[float, float]]:
    """A figure with title and footer, empty axes between them, and the size of these in points.

    ``left``, ``right`` and ``below`` are points beside the axes; ``needed`` are those of height that they need at
    least: the figure has the shape of a slide unless that is more. Call it within :func:`styled`.
    """
    heads = _balanced(re.sub(r"(?<=\w) (?=[.\d])", "\u00a0", title), 50)
    feet = [line for part in footer.split("\n") for line in wrapped(part, 88)]
    width = _WIDTH - left - right
    top, bottom = 16 + len(heads) * style.TITLE * _LINE + _HEADING, 12 + len(feet) * style.FOOT * _LINE + below
    height = max(_HEIGHT - top - bottom, needed, 110.0)
    total = top + height + bottom
    chart = Chart(figsize=(style.SIZE[0], total / 72), dpi=style.SCREEN_DPI, facecolor="white")
    chart.set_label(title)
    text: dict[str, Any] = {"ha": "left", "parse_math": False}
    x, message = _MARGIN / _WIDTH, "\n".join(heads)
    chart.text(x, 1 - 12 / total, message, size=style.TITLE, weight="bold", va="top", linespacing=1.15, **text)
    for k, line in enumerate(feet):  # each on a baseline of its own: those of one text are not equally far apart
        place = bottom - below - 2 - (k + 0.8) * style.FOOT * _LINE
        chart.text(x, place / total, line, size=style.FOOT, color=style.QUIET, va="baseline", **text)
    box = (left / _WIDTH, bottom / total, width / _WIDTH, height / total)
    return chart, chart.add_axes(box), (width, height)


@contextmanager
def styled(text: str) -> Iterator[None]:
    """Our settings, with fonts for all of ``text``."""
    with _our_style(fonts.families(text)):
        yield


def _fill(axes: Axes, plot: Plot, size: tuple[float, float]) -> None:
    """``size`` is that of the axes in points."""
    first = 0 if plot.shares else 1
    for curve in plot.curves:
        x = np.arange(first, len(curve.mean) + first)
        hue = style.colour(curve.index)
        if np.any(curve.high > curve.low):
            axes.fill_between(x, curve.low, curve.high, color=hue, alpha=min(0.2, 0.8 / len(plot.curves)), linewidth=0)
        look: dict[str, Any] = {"color": hue, "linestyle": style.dash(curve.index), "linewidth": 2.4}
        look |= {"marker": "o", "clip_on": False} if np.isfinite(curve.mean).sum() == 1 else {}
        axes.plot(x, curve.mean, solid_capstyle="round", **look)
    periods = max((len(curve.mean) for curve in plot.curves), default=1)
    axes.set_xlim(0.5 if periods < 3 else first, periods - 1 + first)
    axes.margins(y=0.08)
    known = any(np.isfinite(curve.mean).any() for curve in plot.curves)
    if not known:
        axes.set(ylim=(0, 1), yticks=[])
        middle: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center"}
        axes.text(0.5, 0.5, "no value within this horizon", size=style.LABEL, color=style.QUIET, **middle)
    axes.xaxis.set_major_locator(FixedLocator([*range(0, 101, 20)] if plot.shares else _ticks(periods, plot.steps)))
    if known:
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
        axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    axes.grid(axis="y", color=style.FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="both", length=3, pad=4)
    low, high = axes.get_ylim()
    if plot.zero:
        low, high = min(low, -0.02 * high), max(high, -0.02 * low)
        axes.set_ylim(low, high)
    if plot.zero and low < 0 < high:
        axes.axhline(0, color=style.QUIET, linewidth=1.1, zorder=1.5)
    cut = known and bool(low > 0 or high < 0)
    heading = plot.heading + " (axis does not begin at 0)" * cut
    indent = (_MARGIN - _LEFT) / size[0]  # below the title, not above the axis
    axes.set_title(heading, loc="left", size=style.LABEL, color=style.INK, pad=6, x=indent)
    beside: dict[str, Any] = {
        "xy": (1, 0),
        "xycoords": "axes fraction",
        "xytext": (_TIE, -7),
        "textcoords": "offset points",
    }
    axes.annotate(plot.axis, **beside, ha="left", va="top", size=style.TICK, annotation_clip=False)
    _label_ends(axes, plot.curves, size, first)


def _ends_early(curve: Curve) -> bool:
    return bool(np.isfinite(curve.mean).any() and not np.isfinite(curve.mean[-1]))


def wrapped(text: str, most: int) -> list[str]:
    """Lines of at most so many columns; words with hyphens are broken only where they are longer than a line."""
    width = max(1, most * len(text) // max(1, fonts.columns(text)))
    return textwrap.wrap(text, width, break_on_hyphens=max(map(len, text.split()), default=0) > width)


def _balanced(text: str, most: int) -> list[str]:
    """As few lines as ``most`` columns allow: one per clause, or of about equal length."""
    lines, clauses = wrapped(text, most), re.split(r"(?<=[:;]) ", text)
    if 1 < len(clauses) <= len(lines) and all(fonts.columns(clause) <= most for clause in clauses):
        return clauses
    for width in range(most - 1, max(map(len, text.split(" ")), default=1), -1):
        narrower = wrapped(text, width)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def _tick(value: float, _position: int) -> str:
    return f"{value:,.10g}".replace("-", "\u2212")


def _ticks(periods: int, steps: Sequence[int]) -> list[int]:
    """Every period if there are few, else whole years or groups of years."""
    step = next((s for s in steps if periods / s <= 12), 200)
    return sorted({1, *range(step, periods + 1, step)}) if step > 1 else list(range(1, periods + 1))


def _wrapped_name(name: str) -> str:
    """At most three lines of 18 columns."""
    lines = wrapped(name, 18)
    return "\n".join(lines if len(lines) <= 3 else [*lines[:2], f"{lines[2][:15]} ..."])


def _label_ends(axes: Axes, curves: Sequence[Curve], size: tuple[float, float], first: int) -> None:
    """Names at the line ends, pushed apart so that none covers another, each tied to its line, from ``first`` on."""
    width, height = size
    low, high = axes.get_ylim()
    ends: list[tuple[Curve, float, float]] = []  # curve, x and y of its last point in points
    for curve in curves:
        known = np.flatnonzero(np.isfinite(curve.mean))
        if len(known):
            left, right = axes.get_xlim()
            x = (known[-1] + first - left) / (right - left) * width
            ends.append((curve, x, (float(curve.mean[known[-1]]) - low) / (high - low) * height))
    names = [_wrapped_name(curve.label) for curve, _, _ in ends]
    lines = max((name.count("\n") + 1 for name in names), default=1)
    gap = lines * style.LABEL * 1.16 + _APART
    if gap * len(ends) > height + 1:  # no room for several lines each
        names = [wrapped(curve.label, 18)[0] + " ..." * (fonts.columns(curve.label) > 18) for curve, _, _ in ends]
        gap = style.LABEL * 1.16 + _APART
    edge = min(gap / 2, height / 2)  # a name reaches neither into the heading nor below the axis
    places = style.spread([y for _, _, y in ends], gap, edge, height - edge)
    for (curve, x, y), name, place in zip(ends, names, places, strict=True):
        if _ends_early(curve):  # a cross, and no tie that would look like its continuation
            end = [x / width], [y / height]
            hue = style.colour(curve.index)
            axes.plot(*end, "X", transform=axes.transAxes, color=hue, markersize=9, clip_on=False)
        else:
            _tie(axes, curve, (x, y), (width + _TIE - 5, place), (width, height))
        type_size = style.LABEL if gap * len(ends) <= height + 1 else style.FOOT
        axes.text(
            (width + _TIE) / width,
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
