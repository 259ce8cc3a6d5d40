"""The figures of a sensitivity: indices of the paths, and the tornado of their swings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.report import fonts
from cxsim.report.drawing import Chart
from cxsim.report.findings import names_of, rows_of
from cxsim.report.findings_numbers import Shown, path_amount, path_unit, shown
from cxsim.report.findings_rows import Rows, Series, column, footer, rows_chart
from cxsim.studies.analyses.findings import label

if TYPE_CHECKING:
    from cxsim.frames import Table
    from cxsim.studies.analyses.findings import Finding

_MOST = 10  # rows of a figure; the table has them all
_LINE = 78  # columns of a heading
_CHANCE = "Grey: not told from nought or from luck, given how many paths there are."
_HEADINGS = {
    "total": "Share of the variance between points, %: \u25cf with others, \u25c7 by itself",
    "mu_star": "Mean effect over the whole range, {unit}: \u25cf found, | luck alone",
    "rank_correlation": "Rank correlation",
}
_DIFFER = {
    "total": "An index is a share of variance, whatever the direction; a swing is a difference of means: ups and downs "
    "cancel out.",
    "mu_star": "Opposite effects cancel out here; the other figure counts their size.",
    "rank_correlation": "A correlation says how steadily a path moves it, a swing how far.",
}
_OTHERS = {"pairs": "the others held alike", "fit": "the others held alike", "groups": "the others as they come"}


def sensitivity_charts(finding: Finding) -> dict[str, Chart]:
    """Indices, and swings where the points gave them; none where there is no index."""
    if "indices" not in finding.tables:
        return {}
    indices, told = finding.tables["indices"], finding.settings
    n = min(rows_of(indices), _MOST)
    paths = names_of(indices, "path")
    main = _ranked_by(indices)
    tornado = {"tornado": _tornado(finding, main, n)} if "swings" in finding.tables else {}
    if not np.isfinite(column(indices, main)).any():
        return tornado
    how = shown(column(indices, main), indices.units[main][0], told["currency"])
    series = [series_of(indices, main, how, n, "o")]
    if main == "total":
        series.append(series_of(indices, "first", how, n, "D", filled=False))
    if main == "mu_star":
        series.append(Series(column(indices, "luck")[:n] * how.factor, "|"))
    said = f"{_whose(told)}Lines: 95 % intervals, each for itself. {told['order']}".rstrip() + _first_of(n, paths)
    rows = Rows(
        [label(path, paths) for path in paths[:n]], _HEADINGS[main].format(unit=how.unit), series, apart=main == "total"
    )
    return {"indices": rows_chart(told["figure"], footer(finding, said), rows)} | tornado


def _ranked_by(indices: Table) -> str:
    return next(name for name in ("total", "mu_star", "rank_correlation") if name in indices.columns)


def _whose(told: Mapping[str, Any]) -> str:
    """The measure in full, where the title has it short."""
    return "" if told["what"] == told["short"] else f"{told['what']}. "


def _first_of(n: int, paths: list[str]) -> str:
    return f" The first {n} of {len(paths)} paths." if len(paths) > n else ""


def series_of(table: Table, key: str, how: Shown, n: int, marker: str, filled: bool = True) -> Series:
    """The first ``n`` values of a column, with their intervals."""
    ends = [column(table, f"{key}{end}")[:n] * how.factor for end in ("_low", "_high")]
    return Series(column(table, key)[:n] * how.factor, marker, filled, *ends)


def _tornado(finding: Finding, main: str, n: int) -> Chart:
    """What a measure does from the low to the high end of every path's range."""
    swings, told = finding.tables["swings"], finding.settings
    order = np.argsort(-np.nan_to_num(np.abs(column(swings, "swing"))), kind="stable")[:n]
    paths, units = names_of(swings, "path"), names_of(swings, "unit")
    pale = [paths[k] not in told["clear_swings"] for k in order]
    ends = [(path_amount(column(swings, "low")[k], ""), path_amount(column(swings, "high")[k], "")) for k in order]
    names = [label(paths[k], paths) for k in order]
    grey = f" {_CHANCE}" * any(pale)
    if told["swings"] == "moves":
        how = shown(column(swings, "swing"), swings.units["swing"][0], told["currency"])
        one = Series(*_marks(swings, order, how))
        spans = np.stack([np.zeros(len(order)), one.values], axis=1)
        over = [path_amount(0, units[k], f"{a} to {b}") for k, (a, b) in zip(order, ends, strict=True)]
        named = [f"{name}, {span}" for name, span in zip(names, over, strict=True)]
        said = f"{_whose(told)}Lines: 95 % intervals over chains, each for itself. {_DIFFER[main]}{grey}"
        heading = _cut(f"Mean change from the low to the high end, {how.unit}")
        rows = Rows(named, heading, [one], spans, None, pale, wide=34)
        return rows_chart(told["tornado"], footer(finding, said), rows)
    at = np.stack([column(swings, key) for key in ("at_low", "at_high")], axis=1)
    how = shown(at.ravel(), told["unit"], told["currency"])
    at = at[order] * how.factor
    series = [Series(at[:, 0], "o", filled=False), Series(at[:, 1], "o")]
    unit = f", {how.unit}" if how.unit else ""
    heading = f"{told['short']}{unit}: \u25cb lowest, \u25cf highest quarter of a range"
    said = f"{_whose(told)}Numbers at the ends: the ends of the range. Means over {told['point']}s, "
    said += f"{_OTHERS[told['swings']]}. {_DIFFER[main]}{grey}"
    named = [", ".join(filter(None, [name, path_unit(units[k])])) for name, k in zip(names, order, strict=True)]
    rows = Rows(named, _cut(heading), series, at, ends, pale, zero=False)
    return rows_chart(told["tornado"], footer(finding, said), rows)


def _marks(swings: Table, order: Any, how: Shown) -> tuple[Any, ...]:
    value, low, high = (column(swings, key)[order] * how.factor for key in ("swing", "swing_low", "swing_high"))
    return value, "o", True, low, high


def _cut(heading: str) -> str:
    """A heading that fits on one line."""
    return heading if fonts.columns(heading) <= _LINE else heading.split(": ")[-1]
