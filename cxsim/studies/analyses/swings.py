"""How far a measure moves from the low to the high end of every path's range, as a tornado shows it.

What the design pairs is compared in pairs: a Morris design has moves of one path at a time within a chain, a Saltelli
design pairs of points that differ in one path. Only points that stand alone are compared as groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxsim.frames import Table, labels
from cxsim.intervals import t_quantile
from cxsim.report.findings_numbers import difference_unit
from cxsim.studies.analyses.findings import PATH, Array, as_shares, mean_of_known, saltelli_block
from cxsim.studies.analyses.indices import chains

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

END = 0.25
"""Share of a range that counts as its low or its high end, where points stand alone."""
_AMPLE = 2  # points for each number that is fitted, from which the others are held alike by a fit
_LEAST_AT_END = 5  # points at each end, where points stand alone: of fewer, intervals are too narrow
_LEAST = 3  # points, pairs or chains of which a path's interval is made


class Swings(NamedTuple):
    """``table`` has a row for every path, and ``free`` the degrees of freedom of its intervals.

    ``how`` says what was compared: "moves" of one path over all of its range, "pairs" of points, "fit" where a sum of
    steps holds the others alike, "groups" where they are as they come.
    """

    table: Table
    free: int
    how: str


def swings(experiment: Experiment, y: Array, unit: str, points: str = "points") -> Swings | None:
    """Swing of every path in the measure ``y``, (points, replications) in ``unit``, with 95 % intervals over points.

    None where the points are too few, or not of a design that tells paths from each other. Raises ValueError where the
    points of a Saltelli or Morris design are not in its order.
    """
    kind = experiment.design.kind
    if kind == "morris":
        found = chains(experiment, y)
        effects = found.effects
        n = len(effects)
        if n < _LEAST:
            return None
        half = t_quantile(0.975, n - 1) * effects.std(axis=0, ddof=1) / np.sqrt(n)
        return Swings(_table(experiment, unit, {"swing": effects.mean(axis=0)}, half, _MOVED), n - 1, "moves")
    means = mean_of_known(y)
    known = np.isfinite(means)
    low, high = _ends(experiment)
    if kind == "saltelli":
        fitted, how = _paired(experiment, means, low, high), "pairs"
    else:
        ample = known.sum() >= _AMPLE * (2 * len(experiment.vary) + 1)
        if not ample and kind != "latin_hypercube":
            return None  # paths of few points of a list, a grid or a Sobol' sequence go together
        how = "fit" if ample else "groups"
        fitted = _fitted(means[known], low[known], high[known], together=ample)
    if fitted is None:
        return None
    at, half, free = fitted
    least = _LEAST_AT_END if kind != "saltelli" else 1
    few = np.minimum(low[known].sum(axis=0), high[known].sum(axis=0)) < least
    if few.all():
        return None
    at[:, few] = half[few] = nan
    said = {
        "at_low": f"mean where the path is in the lowest quarter of its range, {_OTHERS[how]}",
        "at_high": f"mean where the path is in the highest quarter of its range, {_OTHERS[how]}",
        "swing": f"at_high less at_low; its interval is over {points}",
    }
    columns = {"at_low": at[0], "at_high": at[1], "swing": at[1] - at[0]}
    return Swings(_table(experiment, unit, columns, half, said), free, how)


_MOVED = {"swing": "mean effect of a move over all of the range, with its sign; its interval is over chains"}
_OTHERS = {"pairs": "others alike", "fit": "others alike", "groups": "others as they come"}


def _ends(experiment: Experiment) -> tuple[Array, Array]:
    """Where a path is at its low, and where at its high end, (points, paths) each: 0 or 1."""
    shares = as_shares(experiment.vary, experiment.points)
    return (shares <= END + 1e-9).astype(float), (shares >= 1 - END - 1e-9).astype(float)


def _levels(y: Array, low: Array, high: Array, steps: Array) -> Array:
    """Mean at both ends, (2, paths), given how far each is from the middle, (2, paths)."""
    middle = y.mean() - low.mean(axis=0) * steps[0] - high.mean(axis=0) * steps[1]
    found: Array = middle + steps
    return found


def _paired(experiment: Experiment, means: Array, low: Array, high: Array) -> tuple[Array, Array, int] | None:
    """From what a base sample's points differ by where only one path does: all others are the same in a pair."""
    k, size = len(experiment.vary), saltelli_block(experiment.points)
    whole = np.isfinite(means).reshape(-1, size).all(axis=1)
    n = int(whole.sum())
    if n < _LEAST + 2:
        return None
    y, first, last = (x.reshape(-1, size, *x.shape[1:])[whole] for x in (means, low, high))
    steps, half = np.full((2, k), nan), np.full(k, nan)
    second = size == 2 * k + 2  # then the last point of a base sample has pairs too
    for path in range(k):
        x = np.stack([first[:, path + 1, path] - first[:, 0, path], last[:, path + 1, path] - last[:, 0, path]], axis=1)
        gap = y[:, path + 1] - y[:, 0]
        if second:
            gap = (gap - y[:, k + path + 1] + y[:, -1]) / 2  # the same move, backwards
        beta, spread = _least_squares(x, gap)
        steps[:, path], half[path] = beta, t_quantile(0.975, n - 2) * spread[0]
    return _levels(y.reshape(-1), first.reshape(-1, k), last.reshape(-1, k), steps), half, n - 2


def _fitted(y: Array, low: Array, high: Array, together: bool) -> tuple[Array, Array, int] | None:
    """Low, middle and high of every path, by least squares: of all paths in one sum, or of each path by itself."""
    n, k = low.shape
    steps, half = np.full((2, k), nan), np.full(k, nan)
    groups = [list(range(k))] if together else [[path] for path in range(k)]
    free = n - 2 * len(groups[0]) - 1
    if free < _LEAST - 1:
        return None
    for paths in groups:
        many = len(paths)
        x = np.column_stack([low[:, paths], high[:, paths]])
        x = np.column_stack([np.ones(n), x - x.mean(axis=0)])
        beta, spread = _least_squares(x, y, many)
        steps[:, paths], half[paths] = beta[1:].reshape(2, many), t_quantile(0.975, free) * spread
    return _levels(y, low, high, steps), half, free


def _least_squares(x: Array, y: Array, many: int = 1) -> tuple[Array, Array]:
    """Coefficients, of which the last 2 ``many`` are low and high ends, and the standard errors of their differences.

    Residuals count by themselves, whatever their variance (HC2 of MacKinnon & White 1985). Nan where the points do not
    tell a path from the others.
    """
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ (x.T @ y)
    leverage = np.einsum("nc,cd,nd->n", x, inverse, x)
    spread = (y - x @ beta) ** 2 / np.maximum(1 - leverage, 1e-9)
    contrast = np.hstack([np.zeros((many, x.shape[1] - 2 * many)), -np.eye(many), np.eye(many)])
    told = np.abs(contrast @ (inverse @ (x.T @ x)) - contrast).max(axis=1) < 1e-6
    variance = (contrast @ inverse @ x.T) ** 2 @ spread
    return beta, np.where(told, np.sqrt(variance), nan)


def _table(
    experiment: Experiment, unit: str, values: Mapping[str, Array], half: Array, said: Mapping[str, str]
) -> Table:
    gap = np.where(np.isfinite(half), values["swing"], nan)
    columns: dict[str, Any] = {"path": labels(experiment.paths), "unit": labels([v.unit for v in experiment.vary])}
    columns |= {end: np.array([getattr(v, end) for v in experiment.vary]) for end in ("low", "high")}
    columns |= {**values, "swing": gap, "swing_low": gap - half, "swing_high": gap + half}
    units = {
        "path": PATH,
        "unit": ("name", "unit of the path"),
        "low": ("as in unit", "low end of the path's range"),
        "high": ("as in unit", "high end of the path's range"),
    }
    gap_unit = difference_unit(unit)
    units |= {name: (gap_unit if name == "swing" else unit, meaning) for name, meaning in said.items()}
    units |= {"swing_low": (gap_unit, "lower end of its 95 % interval"), "swing_high": (gap_unit, "upper end")}
    return Table(columns, units)
