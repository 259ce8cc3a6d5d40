"""The figures of findings, by kind, drawn from their tables alone; each with its message as title."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from cxsim.report import box_marks, fonts, style
from cxsim.report.drawing import Chart, page, styled
from cxsim.report.findings import names_of
from cxsim.report.findings_numbers import path_unit, percent, shown
from cxsim.report.findings_rows import BELOW, Rows, Series, column, footer, number, plain_axes, rows_chart
from cxsim.report.optimum import break_even_charts, optimise_charts
from cxsim.report.sensitivity_figures import sensitivity_charts
from cxsim.report.table_figure import table_charts
from cxsim.studies.analyses.findings import label, place_of

if TYPE_CHECKING:
    from cxsim.frames import Table
    from cxsim.studies.analyses.findings import Finding

_MOST = 10  # rows of a figure; the table has them all
_LEFT, _RIGHT, _AXIS_NAME = 56.0, 172.0, 18.0  # points beside a scatter, and for the name of its axis


def finding_charts(finding: Finding) -> dict[str, Chart]:
    """The figures of a finding by name, the main one first; none where there is nothing to draw."""
    return _DRAWN[finding.kind](finding) if finding.kind in _DRAWN else {}


def _discover(finding: Finding) -> dict[str, Chart]:
    if "points" not in finding.tables or not finding.settings["scales"]:
        return {}
    points, told = finding.tables["points"], finding.settings
    paths = [key for key in points.columns if "." in key or key in told["scales"]]
    across, up = (*told["axes"], "gap")[:2]
    holds = np.asarray(points.columns["holds"])
    known, rare = holds >= 0, holds == (0 if told["looked_for"] == "failures" else 1)
    words = ("fails", "holds") if told["looked_for"] == "failures" else ("holds", "fails")
    key = [f"\u25cf {words[0]}: {rare.sum():,}", f"\u25cb {words[1]}: {(known & ~rare).sum():,}"]
    said = f"Every mark is a {told['point']} of the design: mean over replications. Paths that are not shown vary too."
    hidden = np.zeros(len(holds), bool)
    if told["drawn"]:
        dense, cover = percent(told["box"]["density"]), percent(told["box"]["coverage"])
        key.append(f"Box: it {words[0]} {place_of(told['point'])} {dense}\nof the {told['point']}s within,")
        key[-1] += f"\nwhich are {cover}\nof all such {told['point']}s"
        said = f"Box: {told['drawn']}. {said}"
        hidden = box_marks.beyond(finding.tables["box"], points, (across, up))
    said += " Pale: not in the box, by a limit on such a path." * bool(hidden.any())
    logs = [told["scales"].get(k) == "log" for k in (across, up)]
    (x, y), apart = box_marks.apart(column(points, across)[known], column(points, up)[known], logs)
    said += " Marks of equal values are drawn beside each other." * apart
    name_y = _axis_name(points, up, paths, told)
    title, foot = fonts.drawable_part(told["answer"]), fonts.drawable_part(footer(finding, said))
    with styled(" ".join([title, foot, *key, name_y])):
        chart, axes, size = page(title, foot, _LEFT, _RIGHT, BELOW + _AXIS_NAME, 190.0)
        box_marks.dots(axes, x, y, rare[known], hidden[known])
        for name, path in (("x", across), ("y", up)):
            _scale(axes, name, points, path, told)
        if told["drawn"]:
            box_marks.rectangle(axes, finding.tables["box"], points, (across, up), logs)
        axes.grid(color=style.FAINT, linewidth=0.8)
        plain_axes(axes)
        axes.set_xlabel(_axis_name(points, across, paths, told), size=style.LABEL, color=style.INK, loc="left")
        axes.set_title(name_y, loc="left", size=style.LABEL, pad=6, x=(14.0 - _LEFT) / size[0])
        colours = (style.darker(style.COLOURS[1]), style.darker(style.COLOURS[0]), style.INK)
        for k, (text, hue) in enumerate(zip(key, colours, strict=False)):
            place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
            axes.annotate(text, (1, 1), (14, -22.0 * k), size=style.TICK, color=hue, weight="bold", **place)
    return {"box": chart}


def _axis_name(points: Table, key: str, paths: Sequence[str], told: Mapping[str, Any]) -> str:
    unit = points.units[key][0]
    if key == "gap":
        return f"{told['gap']}, {shown(column(points, key), unit, told['currency']).unit}"
    log = " (log scale)" if told["scales"].get(key) == "log" else ""
    return ", ".join(filter(None, [label(key, paths), path_unit(unit)])) + log


def _scale(axes: Axes, name: str, points: Table, key: str, told: Mapping[str, Any]) -> None:
    axis = axes.xaxis if name == "x" else axes.yaxis
    if told["scales"].get(key) == "log":
        (axes.set_xscale if name == "x" else axes.set_yscale)("log")
        low, high = (axes.get_xlim if name == "x" else axes.get_ylim)()
        steps = [m * 10.0**e for e in range(-9, 10) for m in (1, 2, 5)]
        axis.set_ticks([s for s in steps if low <= s <= high])
        axis.set_minor_formatter(NullFormatter())
        axis.set_ticks([], minor=True)
    else:
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
    factor = shown(column(points, key), points.units[key][0], told["currency"]).factor if key == "gap" else 1.0
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value * factor)))


def _regret(finding: Finding) -> dict[str, Chart]:
    table, told = finding.tables["regret"], finding.settings
    if not np.isfinite(column(table, "mean")).any():
        return {}
    order = np.argsort(column(table, "mean"), kind="stable")
    how = shown(column(table, "largest"), told["unit"], told["currency"])
    names = [told["titles"][arm] for arm in names_of(table, "arm")]
    mean, low, high, most, worst = (
        column(table, key)[order] * how.factor for key in ("mean", "mean_low", "mean_high", "high", "largest")
    )
    sample, point = told["sample"], told["point"]
    first = Series(mean, "o", True, low, high) if sample else Series(mean, "o")
    series = [first, Series(most, "|"), Series(worst, "D", filled=False)]
    unit = f", {how.unit}" if how.unit else ""
    heading = f"Less than the best arm{unit}: \u25cf mean, | nine {point}s in ten, \u25c7 largest"
    said = f"Regret: what an arm has less than the best one {place_of(point)} the same {point}."
    said = f"{told['order']}{said}{' Line at the mean: 95 % interval.' * sample}"
    spans = np.stack([np.zeros(len(order)), worst], axis=1)
    rows = Rows([names[k] for k in order], heading, series, spans)
    return {"regret": rows_chart(told["figure"], footer(finding, said), rows)}


def _satisfice(finding: Finding) -> dict[str, Chart]:
    table, told = finding.tables["satisficing"], finding.settings
    reached, n = np.asarray(table.columns["reached"]), np.asarray(table.columns["n"])
    if not n.any():
        return {}
    order = np.argsort(-reached, kind="stable")
    names = [told["titles"][arm] for arm in names_of(table, "arm")]
    share, low, high = (100 * column(table, key)[order] for key in ("share", "share_low", "share_high"))
    notes = [("", f"{reached[k]:,} of {n[k]:,}") for k in order]
    sample = told["sample"]
    said = f"Asked, in the mean over replications: {'; '.join(told['asked'].values())}."
    said = f"{told['order']}{said}{' Lines: 95 % intervals.' * sample}"
    series = [Series(share, "o", True, low, high) if sample else Series(share, "o")]
    heading = f"{told['point'].title()}s {place_of(told['point'])} which all of it is reached, %"
    rows = Rows([names[k] for k in order], heading, series, None, notes)
    return {"satisficing": rows_chart(told["figure"], footer(finding, said), rows)}


_DRAWN: Mapping[str, Callable[[Finding], dict[str, Chart]]] = {
    "sensitivity": sensitivity_charts,
    "discover": _discover,
    "regret": _regret,
    "satisfice": _satisfice,
    "table": table_charts,
    "break_even": break_even_charts,
    "optimise": optimise_charts,
}
