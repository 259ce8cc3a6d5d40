"""Charts as ECharts options: what never changes of them. What does is sent to the page by itself (page_*.js)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cxsim.app.people import PLACES, STATES
from cxsim.app.views import Line, Numbers, Quantity
from cxsim.report import style

Options = dict[str, Any]

FONT = "Roboto, system-ui, sans-serif"
HUES = (style.COLOURS[0], style.COLOURS[1])
MARKS = ("circle", "triangle")
"""Of the two companies, beside their colours; their lines differ too."""
_DASHES: tuple[str | list[int], ...] = ("solid", [7, 3])


def line_chart(quantity: Quantity, x: Sequence[int], size: int = 12) -> Options:
    """Both companies over time, with bands, the run before (ghost), the pinned run and what was guessed."""
    series: list[Options] = []
    for k, letter in enumerate("ab"):
        series += [_band(letter, 0, HUES[k]), _band(letter, 1, HUES[k])]
    for k, letter in enumerate("ab"):
        series += [_line(f"pinned {letter}", k, 1.2, 0.55, "dotted"), _line(f"ghost {letter}", k, 3.5, 0.28, "solid")]
    for k, letter in enumerate("ab"):
        series.append(_line(letter, k, 2.2, 1.0, _DASHES[k]) | _end_label(letter.upper(), HUES[k], size))
    series.append(_guess())
    return _frame(f"{quantity.title}, {quantity.unit}", x, size) | {"series": series}


def difference_chart(title: str, x: Sequence[int], size: int = 12) -> Options:
    """B minus A, over the same customers and the same luck."""
    hue = style.COLOURS[3]
    own = _line("d", 1, 2.2, 1.0, "solid") | _end_label("B\u2212A", hue, size)
    lines = [_line("ghost d", 1, 3.5, 0.28, "solid"), own]
    for line in lines:
        line |= {"lineStyle": line["lineStyle"] | {"color": hue}, "itemStyle": {"color": hue}}
    return _frame(title, x, size) | {"series": [_band("d", 0, hue), _band("d", 1, hue), *lines]}


def _frame(title: str, x: Sequence[int], size: int) -> Options:
    quiet = {"color": style.QUIET, "fontSize": size, "fontFamily": FONT}
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT},
        "title": {
            "text": title,
            "left": 4,
            "top": 0,
            "padding": [0, 4],
            "itemGap": 0,
            "textStyle": {"fontSize": size + 1, "lineHeight": round(1.5 * size), "color": style.INK, "fontWeight": 600},
            "subtextStyle": {"fontSize": size, "lineHeight": round(1.4 * size), "color": style.INK},
        },
        "grid": {"left": 8, "right": size * 2.6, "top": size * 3.7, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True, ":formatter": "(points) => cx.tip(points)"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": x[-1],
            "interval": 12 if x[-1] <= 72 else 12 * -(-x[-1] // 72),
            "axisLabel": quiet,
            "splitLine": {"show": False},
            "axisLine": {"onZero": False, "lineStyle": {"color": style.QUIET}},
            "axisTick": {"show": True},
        },
        "yAxis": {
            "type": "value",
            "axisLabel": quiet,
            "splitLine": {"lineStyle": {"color": style.FAINT}},
        },
    }


def _line(name: str, k: int, width: float, opacity: float, dash: str | list[int]) -> Options:
    return {
        "id": name,
        "type": "line",
        "symbol": MARKS[k],
        "showSymbol": False,
        "symbolSize": 7,
        "z": 3 if opacity == 1 else 2,
        "silent": True,
        "lineStyle": {"width": width, "opacity": opacity, "type": dash, "color": HUES[k]},
        "itemStyle": {"color": HUES[k]},
    }


def _end_label(letter: str, hue: str, size: int) -> Options:
    label = {"show": True, "formatter": letter, "color": style.darker(hue), "fontSize": size + 1, "fontWeight": "bold"}
    return {"endLabel": label | {"distance": 4}, "labelLayout": {"moveOverlap": "shiftY"}}


def _band(letter: str, part: int, hue: str) -> Options:
    """The lower end, unseen, and on top of it the width of the band."""
    area = {"areaStyle": {"color": hue, "opacity": 0.16}} if part else {}
    return {
        "id": f"band {letter} {part}",
        "type": "line",
        "stack": letter,
        "stackStrategy": "all",
        "symbol": "none",
        "silent": True,
        "lineStyle": {"opacity": 0},
        "z": 1,
        **area,
    }


def _guess() -> Options:
    return {
        "id": "guess",
        "type": "line",
        "symbol": "diamond",
        ":symbolSize": "(point) => (cx.handle(point[0]) ? 16 : 5)",
        "z": 5,
        "silent": True,
        "lineStyle": {"width": 2, "type": [2, 3], "color": style.INK},
        "itemStyle": {"color": style.INK},
    }


def drawn(name: str, line: Line) -> dict[str, Numbers]:
    """The data of a line and of its band, by the names of their series; ``name`` is a, b or d."""
    width = [None if lo is None or hi is None else hi - lo for lo, hi in zip(line.low, line.high, strict=True)]
    return {name: line.mean, f"band {name} 0": line.low, f"band {name} 1": width}


def crowd(size: int = 12) -> Options:
    """A dot for each person of the panel, one shape for each state."""
    places = {"type": "value", "show": False}
    series = [
        {
            "id": state.name,
            "name": state.title,
            "type": "scatter",
            "symbol": state.symbol,
            "symbolSize": round(state.size * size / 12),
            "itemStyle": {"color": state.colour, "borderColor": state.border, "borderWidth": 1.2},
            "emphasis": {"scale": 1.6},
            "animation": False,
        }
        for state in STATES
    ]
    return {
        "animation": False,
        "textStyle": {"fontFamily": FONT},
        "grid": {"left": 6, "right": 6, "top": 6, "bottom": round(size * 3.6)},
        "legend": {
            "bottom": 0,
            "itemWidth": 12,
            "itemHeight": 10,
            "itemGap": 8,
            "left": 0,
            "selectedMode": False,
            "textStyle": {"fontSize": size, "color": style.INK},
        },
        "tooltip": {"confine": True, ":formatter": "(point) => cx.who(point)"},
        "xAxis": places | {"min": -0.7, "max": PLACES - 0.3},
        "yAxis": places | {"min": -0.7, "max": 8 - 0.3, "inverse": True},
        "series": series,
    }


def firm(size: int = 12) -> Options:
    """The silos of a firm as a ring; what a month makes of them is put in on the page."""
    label = {"show": True, "fontSize": size - 1, "color": style.INK, "lineHeight": round(size * 1.25)}
    graph = {
        "id": "silos",
        "type": "graph",
        "layout": "none",
        "left": size * 9.5,
        "right": size * 9,
        "top": size * 8.6,
        "preserveAspect": True,
        "bottom": size * 3,
        "label": label,
        "lineStyle": {"color": style.QUIET, "curveness": 0.12},  # there and back are two arrows
        "edgeLabel": {"fontSize": size - 2, "color": style.darker(style.COLOURS[1]), "opacity": 1},
        "emphasis": {"disabled": True},
    }
    tooltip = {"confine": True, ":formatter": "(point) => point.data.tip"}
    said = {"fontSize": size, "lineHeight": round(1.3 * size), "fontWeight": "normal", "color": style.INK}
    title = {"left": 4, "top": 0, "padding": [0, 4], "itemGap": 2, "textStyle": said, "subtextStyle": said}
    common = {"animation": False, "textStyle": {"fontFamily": FONT}, "title": title, "tooltip": tooltip}
    return common | {"series": [graph]}


def waterfall(size: int = 12) -> Options:
    """How a difference in profit comes about, account by account; its bars are put in on the page."""
    frame = _frame("Where the money went", [0], size)
    label = frame["yAxis"]["axisLabel"] | {"color": style.INK}
    bars = {
        "id": "bars",
        "type": "custom",
        "silent": True,
        ":renderItem": "(params, api) => cx.bar(params, api)",
        "encode": {"x": [1, 2], "y": 0},
        "data": [],
    }
    return frame | {
        "grid": frame["grid"] | {"right": size * 4.5},
        "tooltip": {"show": False},
        "xAxis": {"type": "value", "axisLabel": frame["xAxis"]["axisLabel"], "splitLine": frame["yAxis"]["splitLine"]},
        "yAxis": {"type": "category", "inverse": True, "data": [], "axisLabel": label, "axisTick": {"show": False}},
        "series": [bars],
    }


def spans(parts: Mapping[str, Mapping[str, Numbers]]) -> dict[str, list[Numbers]]:
    """Of every chart, all that its axis has to hold: lines and both ends of bands."""
    found: dict[str, list[Numbers]] = {}
    for chart, rows in parts.items():
        held = [row for name, row in rows.items() if not name.startswith("band")]
        for name in ("a", "b", "d"):
            low, width = rows.get(f"band {name} 0"), rows.get(f"band {name} 1")
            if low and width:
                held += [low, [None if x is None or w is None else x + w for x, w in zip(low, width, strict=True)]]
        found[chart] = held
    return found


def small_line(letter: str, k: int, data: list[list[int | float | None]], size: int = 11) -> Options:
    """A line of a small chart, named at its end."""
    return _line(letter, k, 2, 1.0, _DASHES[k]) | {"data": data} | _end_label(letter, HUES[k], size)


def small_chart(title: str, last: int, lines: list[Options], size: int = 11) -> Options:
    """A chart without tooltip, for a window."""
    frame = _frame(title, [last], size)
    frame["title"]["textStyle"] |= {"width": 30 * size, "overflow": "truncate"}
    frame["grid"]["top"] = 15 + size
    frame["yAxis"] |= {"scale": True, "splitNumber": 3}
    return frame | {"series": lines, "tooltip": {"show": False}}
