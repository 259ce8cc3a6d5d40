"""The figures of a break-even and of an optimisation, drawn from their tables alone; each with its message as title."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from cxsim.report import fonts, style
from cxsim.report.drawing import Chart, page, styled, wrapped
from cxsim.report.findings import names_of
from cxsim.report.findings_numbers import Shown, apart, path_amount, shown
from cxsim.report.findings_rows import BELOW, Rows, Series, column, footer, number, plain_axes, rows_chart
from cxsim.studies.analyses.findings import label
from cxsim.studies.analyses.optimise_gain import AFTERWARDS, FRESH, HELD_OUT, TRAINING

if TYPE_CHECKING:
    from cxsim.studies.analyses.findings import Finding

Array = NDArray[np.float64]

_LEFT, _RIGHT, _AXIS_NAME = 56.0, 118.0, 18.0  # points beside the axes, and for the name of the one below
_ALONE, _LEAST, _MARGIN = 30.0, 124.0, 14.0  # points right of axes alone, of their height, and left of the text
_MOST = 12  # levers in a figure; the table has them all
_MOST_DIGITS = 28  # columns of a name within a title
_BESIDE = 14  # columns of a name beside the axes


def break_even_charts(finding: Finding) -> dict[str, Chart]:
    """The difference along the parameter, and in sampled worlds the share in which the arm is better."""
    charts = {}
    if len(column(finding.tables["differences"], "value")) > 1:
        charts["break_even"] = _differences(finding)
    if "ahead" in finding.tables and np.isfinite(column(finding.tables["ahead"], "share")).any():
        charts["break_even_worlds"] = _in_worlds(finding)
    return charts


def optimise_charts(finding: Finding) -> dict[str, Chart]:
    """The trials, and of the best one its gains, its levers, and what each of them is worth."""
    told, trials = finding.settings, finding.tables["trials"]
    values = [column(trials, measure) for measure in (*told["maximise"], *told["subject_to"])]
    if not np.isfinite(values).all(axis=0).any():
        return {}  # no trial counts
    charts = {"front" if len(told["maximise"]) > 1 else "trials": _front(finding)}
    charts |= {f"gain_{m}": _gain(finding, m) for m in told["maximise"] if f"gain_{m}" in finding.tables}
    if any(name.startswith("gain_") for name in finding.tables):
        charts["levers"] = _levers(finding)
    if "put_back" in finding.tables:
        charts |= {f"worth_{m}": _worth(finding, m) for m in told["maximise"]}
    return charts


class _Canvas:
    """A figure with one axis of numbers each way, their names, and texts beside the axes at the right."""

    def __init__(self, title: str, footer: str, heading: str, below: str, beside: Sequence[str] = ()) -> None:
        part = fonts.drawable_part
        self.texts = [part(text) for text in (title, footer, heading, below)]
        self.beside = [part(text) for text in beside]
        self.style = styled(" ".join([*self.texts, *self.beside]))

    def __enter__(self) -> _Canvas:
        self.style.__enter__()
        title, footer, heading, below = self.texts
        right = _RIGHT if self.beside else _ALONE
        self.chart, self.axes, size = page(title, footer, _LEFT, right, BELOW + _AXIS_NAME, _LEAST)
        self.axes.grid(axis="y", color=style.FAINT, linewidth=0.8)
        plain_axes(self.axes)
        self.axes.set_xlabel(below, size=style.LABEL, color=style.INK, loc="left")
        indent = (_MARGIN - _LEFT) / size[0]
        self.axes.set_title(heading, loc="left", size=style.LABEL, color=style.INK, pad=6, x=indent)
        return self

    def __exit__(self, *error: Any) -> None:
        self.axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
        self.axes.yaxis.set_major_formatter(FuncFormatter(number))
        self.axes.xaxis.set_major_formatter(FuncFormatter(number))
        self.style.__exit__(*error)

    def note(self, k: int, y: float, points: float, colour: str = style.INK, side: str = "center") -> None:
        """One of the texts beside the axes, its ``side`` at the height ``y`` and so many points above it."""
        place: dict[str, Any] = {"xycoords": self.axes.get_yaxis_transform(), "textcoords": "offset points"}
        look: dict[str, Any] = {"size": style.TICK, "color": colour, "weight": "bold", "va": side}
        self.axes.annotate(self.beside[k], (1, y), (10, points), annotation_clip=False, **place, **look)


def _along(axes: Axes, finding: Finding, x: Array) -> None:
    """The axis of the parameter, over its range."""
    told = finding.settings
    if told["scale"] == "log":
        axes.set_xscale("log")
        steps = [m * 10.0**e for e in range(-9, 10) for m in (1, 2, 5)]
        axes.xaxis.set_major_locator(FixedLocator([s for s in steps if told["low"] <= s <= told["high"]]))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3))
    axes.set_xlim(float(x.min()), float(x.max()))


def _parameter(finding: Finding) -> str:
    told = finding.settings
    unit = "" if told["unit"] in ("ratio", "share", "probability") else str(told["unit"])
    name = label(told["path"], [told["path"]])
    log = " (log scale)" if told["scale"] == "log" else ""
    return ", ".join(filter(None, [name, unit])) + log


def _differences(finding: Finding) -> Chart:
    table, told = finding.tables["differences"], finding.settings
    x, unit = column(table, "value"), table.units["difference"][0]
    how = shown(column(table, "difference"), unit, told["currency"])
    mean, low, high = (column(table, f"difference{end}") * how.factor for end in ("", "_low", "_high"))
    heading = f"{told['title']}, difference{_points(how)}"
    said = f"Band: 95 % interval of the mean over {told['replications']} paired runs; luck only."
    own = told["low"] <= told["own"] <= told["high"]
    said += f"\nTriangle: the value that {_short(told['arm_title'])} has as it is." * own
    words = [_beside(told["arm_title"], word) for word in (told["above"], told["below"])]
    title = _headline(told)
    with _Canvas(title, footer(finding, said), heading, _parameter(finding), words) as canvas:
        axes = canvas.axes
        axes.fill_between(x, low, high, color=style.COLOURS[0], alpha=0.2, linewidth=0)
        axes.plot(x, mean, color=style.COLOURS[0], linewidth=2.4, solid_capstyle="round")
        axes.axhline(0, color=style.INK, linewidth=1.2, zorder=1.5)
        _along(axes, finding, x)
        axes.margins(y=0.08)
        bottom, top = axes.get_ylim()
        bottom, top = min(bottom, -0.2 * (top - bottom)), max(top, 0.2 * (top - bottom))
        axes.set_ylim(bottom, top)
        if own:
            triangle: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False, "markersize": 10}
            axes.plot(told["own"], 0.035, "^", color=style.QUIET, **triangle)
        _ties(axes, finding)
        canvas.note(0, 0.0, 5.0, side="bottom")
        canvas.note(1, 0.0, -5.0, side="top")
    return canvas.chart


def _ties(axes: Axes, finding: Finding) -> None:
    """Every tie as a mark with its interval on the line of nought."""
    table = finding.tables["crossings"]
    hue = style.COLOURS[1]
    for value, low, high in zip(*(column(table, f"value{end}") for end in ("", "_low", "_high")), strict=True):
        axes.plot([low, high], [0, 0], color=hue, linewidth=5, solid_capstyle="butt", zorder=3)
        axes.plot(value, 0, "o", color=hue, markersize=10, markeredgecolor="white", zorder=4, clip_on=False)


def _in_worlds(finding: Finding) -> Chart:
    table, told = finding.tables["ahead"], finding.settings
    x = column(table, "value")
    share, low, high = (100 * column(table, f"share{end}") for end in ("", "_low", "_high"))
    n = int(np.asarray(table.columns["n"]).max())
    heading = f"Sampled worlds in which {_short(told['arm_title'])} is {told['better']}, %"
    said = f"Band: 95 % interval for {n} worlds, one run of each arm in each. Black: half of them."
    title = _worlds_title(finding, x, share, (low, high))
    with _Canvas(title, footer(finding, said), heading, _parameter(finding)) as canvas:
        axes = canvas.axes
        axes.fill_between(x, low, high, color=style.COLOURS[0], alpha=0.2, linewidth=0)
        axes.plot(x, share, color=style.COLOURS[0], linewidth=2.4, marker="o", markersize=6, clip_on=False)
        axes.axhline(50, color=style.INK, linewidth=1.2, zorder=1.5)
        _along(axes, finding, x)
        axes.set_ylim(0, 104)
    return canvas.chart


def _worlds_title(finding: Finding, x: Array, share: Array, ends: tuple[Array, Array]) -> str:
    """From which to which share it goes, and where these are only if their intervals are apart."""
    told = finding.settings
    least, most = int(np.nanargmin(share)), int(np.nanargmax(share))
    low, high = (f"{share[k]:.0f}" for k in (least, most))
    where = f"in {f'{low} to ' * (low != high)}{high} % of sampled worlds"
    if ends[0][most] > ends[1][least]:
        name = label(told["path"], [told["path"]])
        where += f", more at a {name} of {_plain(x[most])} than of {_plain(x[least])}"
    return f"{_short(told['arm_title'])} is {told['better']} {where}"


def _front(finding: Finding) -> Chart:
    """Two goals against each other, or one over the trials."""
    table, told = finding.tables["trials"], finding.settings
    goals = told["maximise"]
    several = len(goals) > 1
    up, across = (goals[1], goals[0]) if several else (goals[0], "trial")
    hows = {m: shown(column(table, m), table.units[m][0], told["currency"]) for m in (up, across) if m != "trial"}
    within, front = (np.asarray(table.columns[key]) > 0 for key in ("within", "front"))
    y = column(table, up) * hows[up].factor
    x = column(table, across) * (hows[across].factor if several else 1.0)
    said = "Every mark is a trial: the mean over its runs."
    said += (" Filled: not beaten in any measure." if several else " Line: the best so far.") * bool(front.any())
    unseen = [told["words"][m] for m in goals[2:]]
    said += f"\nNot shown, but counted too: {', '.join(unseen)}." * bool(unseen)
    said += " Pale: beyond a limit." * bool(told["subject_to"] and np.isfinite(y[~within]).any())
    names = ["\u25c6 as it is", "\u25cf front" if several else "\u25cf best", "\u25cb levers given"][: 2 + several]
    below = _axis(told, across, hows[across]) if several else "Trial"
    title = _trials_title(finding, y, hows[up])
    with _Canvas(title, footer(finding, said), _axis(told, up, hows[up]), below, names) as canvas:
        axes = canvas.axes
        look: dict[str, Any] = {"s": 30, "facecolors": "white", "linewidths": 1.2, "clip_on": False}
        axes.scatter(x[~within], y[~within], edgecolors="#B8B8B8", zorder=2, **look)
        axes.scatter(x[within], y[within], edgecolors=style.COLOURS[0], zorder=3, **look)
        order = np.flatnonzero(front)[np.argsort(x[front], kind="stable")]
        if several and not unseen:
            axes.plot(x[order], y[order], color=style.COLOURS[0], linewidth=1.2, zorder=2.5)
        elif not several and within.any():
            better = np.maximum if told["better"][0] == "higher" else np.minimum
            worst = -np.inf if told["better"][0] == "higher" else np.inf
            so_far = better.accumulate(np.where(within, y, worst))
            known = np.isfinite(so_far)
            axes.step(x[known], so_far[known], where="post", color=style.COLOURS[0], linewidth=1.6, zorder=2.5)
        look |= {"edgecolors": "white", "zorder": 4}
        axes.scatter(x[order], y[order], **{**look, "s": 70, "facecolors": style.COLOURS[0]})
        axes.scatter(x[:1], y[:1], marker="D", **{**look, "s": 80, "facecolors": style.COLOURS[1]})
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3, integer=not several))
        top = axes.get_ylim()[1]
        canvas.note(0, top, -8.0, style.darker(style.COLOURS[1]))
        if front.any():
            canvas.note(1, top, -28.0, style.darker(style.COLOURS[0]))
        if several and front.any():
            given = np.asarray(table.columns["best"]) > 0
            ring: dict[str, Any] = {"facecolors": "none", "edgecolors": style.INK, "linewidths": 1.8}
            axes.scatter(x[given], y[given], s=230, zorder=6, clip_on=False, **ring)
            canvas.note(2, top, -48.0)
    return canvas.chart


def _trials_title(finding: Finding, y: Array, how: Shown) -> str:
    """What the marks show: of one goal, the best and the start, both as tried."""
    table, told = finding.tables["trials"], finding.settings
    front, n = np.asarray(table.columns["front"]), len(y)
    names = [told["words"][measure] for measure in told["maximise"]]
    if not front.any():
        return f"None of {n} settings keeps within the limits"
    if len(names) > 1:
        many = f"{front.sum()} settings of {n} that none beats" if front.sum() > 1 else f"one of {n} settings is best"
        what = " against ".join(names) if len(names) == 2 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{what[0].upper()}{what[1:]}: {many}"
    best = int(np.flatnonzero(np.asarray(table.columns["best"]))[0])
    unit, currency = table.units[told["maximise"][0]][0], told["currency"]
    found, before = apart([x / how.factor for x in (y[best], y[0])], unit, currency)
    what = told["titles"][told["maximise"][0]]
    if not best or not np.isfinite(y[0]):
        return f"{what} as tried: {found} is the best of {n} settings" + ", the arm as it is" * (not best)
    return f"{what} as tried: {found} in the best of {n} settings, {before} as it is"


def _gain(finding: Finding, measure: str) -> Chart:
    table, told = finding.tables[f"gain_{measure}"], finding.settings
    how = shown(column(table, "gain"), table.units["gain"][0], told["currency"])
    mean, low, high = (column(table, f"gain{end}") * how.factor for end in ("", "_low", "_high"))
    names = [_CHECKS[name] for name in names_of(table, "runs")]
    what = told["titles"][measure]
    known = np.flatnonzero(np.isfinite(low))
    chosen = names_of(table, "runs").index(TRAINING)
    title = f"{what}: too few runs have a value to judge a gain"
    if len(after := known[known != chosen]):
        k = int(after[-1])
        better = 1 if told["better"][told["maximise"].index(measure)] == "higher" else -1
        ends = sorted((better * low[k], better * high[k]))
        clear = "a clear gain" if ends[0] > 0 else "a clear loss" if ends[1] < 0 else "no clear gain"
        title = f"{what}: {clear} {AFTERWARDS[names_of(table, 'runs')[k]]}"
    low[chosen] = high[chosen] = np.nan  # what was chosen is not drawn by chance
    said = "Best levers less the arm as it is. Lines: 95 % intervals; the runs by which it was chosen have none."
    notes = [("", style.number(x, how.decimals, True)) for x in mean]
    heading = f"Change in {told['words'][measure]}{_points(how)}"
    rows = Rows(names, heading, [Series(mean, "o", True, low, high)], None, notes)
    return rows_chart(title, footer(finding, said), rows)


_CHECKS = {
    TRAINING: "Runs by which it was chosen",
    FRESH: "The same, other luck",
    HELD_OUT: "Worlds held out",
}


def _levers(finding: Finding) -> Chart:
    """Where each lever was and where it is best, within its range: those that move most."""
    table, told = finding.tables["levers"], finding.settings
    low, high, start, best = (column(table, key) for key in ("low", "high", "start", "best"))
    at = 100 * (np.stack([start, best], axis=1) - low[:, None]) / (high - low)[:, None]
    order = np.argsort(-np.abs(at[:, 1] - at[:, 0]), kind="stable")[:_MOST]
    paths = names_of(table, "path")
    names = [label(paths[k], paths) for k in order]
    notes = [(_plain(start[k]), _plain(best[k])) for k in order]
    series = [Series(at[order, 0], "o", filled=False), Series(at[order, 1], "o")]
    more = f" The {len(order)} that move most, of {len(paths)}." if len(paths) > len(order) else ""
    said = f"Numbers: the values, in the units of the levers.{more}"
    rows = Rows(names, "% of the range: \u25cb as it is, \u25cf best", series, at[order], notes, zero=False)
    first = names[0]
    title = f"{_short(told['arm_title'])}: of {len(paths)} levers, {first} moves farthest"
    return rows_chart(title, footer(finding, said), rows)


def _worth(finding: Finding, measure: str) -> Chart:
    table, told = finding.tables["put_back"], finding.settings
    mean, low, high = (column(table, f"{measure}{end}") for end in ("", "_low", "_high"))
    sign = 1.0 if told["better"][told["maximise"].index(measure)] == "higher" else -1.0
    paths, worth = names_of(table, "path"), sign * np.nan_to_num(mean)
    title, first = _hangs(finding, measure, worth)
    size = np.abs(worth)
    size[first] = np.inf  # what the title names is drawn
    order = np.argsort(-worth, kind="stable")
    order = order[np.isin(order, np.argsort(-size, kind="stable")[:_MOST])]
    how = shown(mean, table.units[measure][0], told["currency"])
    mean, low, high = (x[order] * how.factor for x in (mean, low, high))
    names = [label(paths[k], told["levers"]) for k in order]
    pale = [paths[k] not in told["clear_levers"][measure] for k in order]
    what = told["words"][measure]
    said = "Best levers less the same with one of them put back. Lines: 95 % intervals."
    said += f"\nGrey: not clear where {len(paths)} levers are judged at once." * any(pale)
    said += f" Shown: the {len(order)} with the largest means." * (len(order) < len(paths))
    heading = f"What the lever alone does to {what}{_points(how)}"
    notes = [("", style.number(x, how.decimals, True)) for x in mean]
    rows = Rows(names, heading, [Series(mean, "o", True, low, high)], None, notes, pale)
    return rows_chart(title, footer(finding, said), rows)


def _hangs(finding: Finding, measure: str, worth: Array) -> tuple[str, list[int]]:
    """On which lever a gain hangs, or a loss, whose lever is better put back; and which row of the table that is.

    It is the one with the largest mean of those that are clear; "most" is said where it clearly leads all others.
    """
    told, table = finding.settings, finding.tables[f"gain_{measure}"]
    what, k = told["words"][measure], names_of(table, "runs").index(FRESH)
    better = 1 if told["better"][told["maximise"].index(measure)] == "higher" else -1
    low, high = sorted(better * column(table, f"gain_{end}")[k] for end in ("low", "high"))
    if not (low > 0 or high < 0):
        return f"No clear change in {what} that could hang on a lever", []
    towards, whole = (1, "gain") if low > 0 else (-1, "loss")
    paths = names_of(finding.tables["put_back"], "path")
    named = told["clear_levers"][measure]
    clear = [i for i, path in enumerate(paths) if path in named and towards * worth[i] > 0]
    if not clear:
        return f"The {whole} in {what} hangs on no single lever", []
    first = max(clear, key=lambda i: float(towards * worth[i]))
    most = paths[first] in told["leading_levers"][measure]
    others = " among others" * (len(clear) > 1 and not most)
    return f"The {whole} in {what} hangs {'most ' * most}on {label(paths[first], told['levers'])}{others}", [first]


def _plain(value: float) -> str:
    """A value of a parameter, three digits of it."""
    return path_amount(float(f"{value:.3g}"), "")


def _axis(told: Any, measure: str, how: Shown) -> str:
    lower = measure in told["maximise"] and told["better"][told["maximise"].index(measure)] == "lower"
    return f"{told['titles'][measure]}" + f", {how.unit}" * bool(how.unit) + " (lower is better)" * lower


def _points(how: Shown) -> str:
    """The unit of a difference, behind its name."""
    return f", {how.unit.replace('%', '% points')}" * bool(how.unit)


def _short(title: str, most: int = _MOST_DIGITS) -> str:
    """A name of at most so many columns, cut between words if that leaves any."""
    cut = title
    while fonts.columns(cut) > most - 4 * (cut != title):
        cut = cut[:-1]
    if cut == title:
        return title
    whole = cut if title[len(cut)] == " " else cut.rpartition(" ")[0]
    return f"{(whole or cut).rstrip()} ..."


def _beside(title: str, word: str) -> str:
    """A name on two lines that fit beside the axes, and a word below it."""
    lines = wrapped(title, _BESIDE)
    lines = lines if len(lines) <= 2 else [lines[0], _short(" ".join(lines[1:]), _BESIDE)]
    return "\n".join([*(_short(line, _BESIDE) for line in lines), word])


def _headline(told: Mapping[str, Any]) -> str:
    """The answer of a break-even, with names of arms that leave the title two lines or so."""
    text = str(told["headline"])
    for name in (told["arm_title"], told["against_title"]):
        text = text.replace(name, _short(name))
    return text
