"""The figure of a table: a row for every arm and point where they are few, else for every level of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxsim.report.drawing import Chart
from cxsim.report.findings import names_of, rows_of
from cxsim.report.findings_numbers import path_amount, path_unit, shown
from cxsim.report.findings_rows import Rows, Series, column, footer, rows_chart
from cxsim.studies.analyses.findings import label
from cxsim.studies.analyses.tabulation import MOST_ROWS, levels_of, undrawn

if TYPE_CHECKING:
    from cxsim.frames import Table
    from cxsim.studies.analyses.findings import Finding

_PATHS = 3  # that a row names with their values
_MARKERS = ("o", "D", "s")  # of arms beside the first: MOST_ARMS


def table_charts(finding: Finding) -> dict[str, Chart]:
    """Means by point and arm, or by level; none where they are too many or there is no value."""
    table, told = finding.tables["table"], finding.settings
    paths = list(told["scales"])
    if not np.isfinite(column(table, "mean")).any() or undrawn(table, paths, len(told["titles"])):
        return {}
    if rows_of(table) > MOST_ROWS:
        return {"table": _by_level(finding, table, paths)}
    how = shown(column(table, "mean"), told["unit"], told["currency"])
    mean, low, high = (column(table, key) * how.factor for key in ("mean", "mean_low", "mean_high"))
    varied = list(levels_of(table, paths))
    units = {path: table.units[path][0] for path in varied}
    names, several = [], bool(column(table, "point").any())
    for k, arm in enumerate(names_of(table, "arm")):
        values = [f"{label(p, paths)} {_value(column(table, p)[k], units[p])}" for p in varied]
        where = ", ".join(values) if 0 < len(values) <= _PATHS else f"point {column(table, 'point')[k]:.0f}" * several
        names.append(": ".join(filter(None, [told["titles"][arm] * (len(told["titles"]) > 1 or not where), where])))
    said = "Lines: 95 % intervals, luck only." + " What varies at a point: the table." * (len(varied) > _PATHS)
    unit = f", {how.unit}" if how.unit else ""
    rows = Rows(names, f"{told['title']}{unit}", [Series(mean, "o", True, low, high)], zero=False, wide=36, lines=4)
    return {"table": rows_chart(finding.title, footer(finding, said), rows)}


def _value(x: float, unit: str) -> str:
    return path_amount(float(f"{x:.3g}"), unit)


def _by_level(finding: Finding, table: Table, paths: list[str]) -> Chart:
    """Mean over the points at which a path has a value, and the span of these points: of differences, or of one arm."""
    told, arms = finding.settings, np.array(names_of(table, "arm"))
    first, *others = told["titles"]
    key, shown_arms = ("difference", others) if others else ("mean", [first])
    how = shown(column(table, key), table.units[key][0], told["currency"])
    levels = levels_of(table, paths)
    names, found = [], []
    for path, values in levels.items():
        unit = path_unit(table.units[path][0])
        names += [f"{label(path, paths)} {path_amount(x, unit)}" for x in values]
        found += [(path, x) for x in values]
    series = []
    for arm, marker in zip(shown_arms, _MARKERS, strict=False):
        some = [column(table, key)[(arms == arm) & (column(table, path) == x)] * how.factor for path, x in found]
        some = [x[np.isfinite(x)] for x in some]
        ends = [np.array([f(x) if len(x) else np.nan for x in some]) for f in (np.mean, np.min, np.max)]
        series.append(Series(ends[0], marker, marker == "o", *ends[1:]))
    signs = dict(zip(_MARKERS, "\u25cf\u25c7\u25a1", strict=True))
    which = ", ".join(f"{signs[s.marker]} {told['titles'][arm]}" for s, arm in zip(series, shown_arms, strict=True))
    unit = f", {how.unit}" if how.unit else ""
    what = f"Difference to {told['titles'][first]}{unit}: {which}" if others else f"{told['title']}{unit}"
    said = f"{told['title']}. Marks: means over the points at which a path has that value. "
    said += "Lines: from the least to the greatest of these points; they are no intervals."
    rows = Rows(names, what, series, zero=bool(others), apart=len(series) > 1, wide=36, lines=2)
    return rows_chart(f"{told['title']} by the values of what varies", footer(finding, said), rows)
