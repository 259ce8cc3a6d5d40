"""Indices of sensitivity: elementary effects, Sobol' indices, rank correlations; and how far luck enters them.

Replications are averaged at every point. What is left of luck in the means is estimated from the spread between
replications and taken out: luck enlarges the variance and every total index, and dilutes the first ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Table, labels
from cxsim.intervals import t_quantile
from cxsim.studies.analyses.findings import PATH, Array, as_shares, blocks, is_sample, mean_of_known, saltelli_block
from cxsim.studies.extras import library
from cxsim.worlds import rank_correlations

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

_RESAMPLES = 500
_SEED = 1  # of the bootstrap: the same numbers give the same intervals
_NORMAL = 1.96  # 95 % of a normal distribution
_END = 0.25  # share of a range that counts as its low or its high end
_FEWEST, _HARMONICS = 60, 6  # points from which RBD-FAST is used, and of what it sums

_MEANINGS = {
    "first": "first Sobol' index: part of the variance between points that the path explains by itself",
    "total": "total Sobol' index: part of it that the path explains by itself and together with others",
    "mu_star": "mean absolute effect of a move over all of the range",
    "mu": "mean effect of a move over all of the range, with its sign",
    "sigma": "standard deviation of the effect between places: interplay and curvature, luck taken out",
    "luck": "mean absolute effect that luck alone would give",
    "rank_correlation": "Spearman's rank correlation with the measure",
}


class Luck(NamedTuple):
    """Luck against parameters: ``share`` of the variance of one run, and ``of_means`` of that of the points' means."""

    share: float
    of_means: float


class Indices(NamedTuple):
    """What a method gives: its name and table, the column that ranks paths, half of the widest interval, and ``n``.

    ``half`` is in the index, for elementary effects in the largest of them; nan where there is none. ``n`` are the
    base samples, chains or points that it rests on.
    """

    method: str
    table: Table
    ranked_by: str
    half: float
    n: int


def indices(experiment: Experiment, y: Array, unit: str) -> tuple[Indices, Luck | None]:
    """Indices of ``y``, (points, replications) in ``unit``, by the method that the design allows.

    Raises ValueError where the points of a Saltelli or Morris design are not in its order.
    """
    luck = decompose(y)
    return _METHODS.get(experiment.design.kind, _given_data)(experiment, y, unit, luck), luck


def decompose(y: Array) -> Luck | None:
    """Share of luck in the variance of ``y`` (points, replications); None where points have one replication.

    With common random numbers the luck of a replication is the same at all points: what it does to all of them alike
    enlarges the variance of a run, but not that between the points' means.
    """
    y = y[np.isfinite(y).all(axis=1)]
    n, times = y.shape
    if times < 2 or n < 3:
        return None
    within = float(y.var(axis=1, ddof=1).mean())
    apart = y - y.mean(axis=0)
    of_means = float(apart.var(axis=1, ddof=1).mean()) * n / (n - 1) / times
    between_points = float(y.mean(axis=1).var(ddof=1))
    if between_points == 0:
        return None
    parameters = max(between_points - of_means, 0.0)
    return Luck(within / (within + parameters), min(of_means / between_points, 1.0))


def _sobol(experiment: Experiment, y: Array, unit: str, luck: Luck | None) -> Indices:
    """First and total indices (Saltelli et al. 2010) of the means, freed of luck.

    Luck is independent between two replications whatever their seeds, so that products of different replications have
    none of it: what products of a replication with itself add is subtracted.
    """
    sobol = library("SALib.analyze.sobol")
    k = len(experiment.vary)
    size = saltelli_block(experiment.points)
    samples = y.reshape(-1, size, y.shape[1])[:, [*range(k + 1), size - 1]]
    samples = samples[np.isfinite(mean_of_known(samples.reshape(-1, y.shape[1]))).reshape(-1, k + 2).all(axis=1)]
    n = len(samples)
    nothing = dict.fromkeys(("first", "total"), np.full(k, nan))
    if n < 2:
        return Indices("Sobol' indices", _table(experiment, nothing, nothing), "total", nan, n)
    means = mean_of_known(samples.reshape(n * (k + 2), -1))
    problem = {"num_vars": k, "names": list(experiment.paths), "bounds": [[0.0, 1.0]] * k}
    found = sobol.analyze(problem, means, calc_second_order=False, num_resamples=_RESAMPLES, seed=_SEED)
    means = means.reshape(n, k + 2)
    base = means[:, [0, -1]]
    variance = float(base.var())
    first_luck, total_luck, share = np.zeros(k), np.zeros(k), 0.0
    whole = samples[np.isfinite(samples).all(axis=(1, 2))]
    if luck is not None and len(whole) > 1:
        times = whole.shape[2]
        centred = whole - whole.mean(axis=(0, 1))
        first, moved, last = centred[:, :1], centred[:, 1:-1] - centred[:, :1], centred[:, -1:]
        first_luck = _covariance(last, moved).mean(axis=0) / times / variance
        total_luck = 0.5 * _covariance(moved, moved).mean(axis=0) / times / variance
        ends = np.concatenate([first, last], axis=1)
        share = float(_covariance(ends, ends).mean()) / times / variance
    if share >= 1:
        return Indices("Sobol' indices", _table(experiment, nothing, nothing), "total", nan, n)
    kept = 1 - share
    one, total = (found["S1"] - first_luck) / kept, (found["ST"] - total_luck) / kept
    values = {"first": one, "total": total}
    halves = {"first": found["S1_conf"] / kept, "total": found["ST_conf"] / kept}
    return Indices("Sobol' indices", _table(experiment, values, halves), "total", float(halves["total"].max()), n)


def _covariance(one: Array, other: Array) -> Array:
    """Of two arrays (samples, paths, replications) over replications."""
    apart = (x - x.mean(axis=-1, keepdims=True) for x in (one, other))
    found: Array = np.multiply(*apart).sum(axis=-1) / (one.shape[-1] - 1)
    return found


def _morris(experiment: Experiment, y: Array, unit: str, luck: Luck | None) -> Indices:
    """Elementary effects (Morris 1991; mu*: Campolongo et al. 2007) of a move over all of a range.

    Each is divided by the share of the range that was moved, which of whole numbers is not the step of the design.
    Raises ValueError where a chain does not move every path once.
    """
    k, times = len(experiment.vary), y.shape[1]
    chains = np.isfinite(mean_of_known(y)).reshape(-1, k + 1).all(axis=1)
    moves = np.diff(as_shares(experiment.vary, experiment.points).reshape(-1, k + 1, k)[chains], axis=1)
    moved = (moves != 0).astype(float)
    if (moved.sum(axis=1) != 1).any() or (moved.sum(axis=2) != 1).any():
        raise ValueError("the points are not in the order of a Morris design")
    y = y.reshape(-1, k + 1, times)[chains]
    n = len(y)
    if n < 2:
        nothing = dict.fromkeys(("mu_star",), np.full(k, nan))
        return Indices("elementary effects", _table(experiment, nothing, nothing, unit), "mu_star", nan, n)
    far = moves.sum(axis=1)
    means = mean_of_known(y.reshape(-1, times)).reshape(n, k + 1)
    effects = np.einsum("csp,cs->cp", moved, np.diff(means, axis=1)) / far
    spread = np.zeros(k)  # variance of an effect by luck
    if luck is not None:
        of_steps = np.nan_to_num(np.diff(y, axis=1).var(axis=2, ddof=1)) / times
        spread = (np.einsum("csp,cs->cp", moved, of_steps) / far**2).mean(axis=0)
    mu_star, sigma = np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1)
    floor = np.sqrt(2 / np.pi * spread)  # mean of the absolute value, were there nothing but luck
    values = {"mu_star": mu_star, "mu": effects.mean(axis=0), "luck": floor}
    values["sigma"] = np.sqrt(np.maximum(sigma**2 - spread, 0))
    drawn = np.random.default_rng(_SEED).integers(n, size=(_RESAMPLES, n))
    halves = {"mu_star": _NORMAL * np.abs(effects)[drawn].mean(axis=1).std(axis=0, ddof=1)}
    table = _table(experiment, values, halves, unit)
    widest = float(halves["mu_star"].max() / max(mu_star.max(), 1e-300))
    return Indices("elementary effects", table, "mu_star", widest, n)


def _given_data(experiment: Experiment, y: Array, unit: str, luck: Luck | None) -> Indices:
    """Rank correlations of any points, and first indices by RBD-FAST where they are a sample that is large enough.

    RBD-FAST: Tarantola, Gatelli & Mara 2006; bias by Tissot & Prieur 2012; as in SALib.
    """
    means = mean_of_known(y)
    known = np.isfinite(means)
    x, means = as_shares(experiment.vary, experiment.points)[known], means[known]
    n, k = x.shape
    rho = rank_correlations(x, means)
    values, halves = {"rank_correlation": rho}, {"rank_correlation": np.full(k, nan)}
    method = "rank correlations"  # they order the paths: first indices of few points are too unsure for that
    if n >= _FEWEST and is_sample(experiment) and (luck is None or luck.of_means < 1):
        rbd_fast = library("SALib.analyze.rbd_fast")
        problem = {"num_vars": k, "names": list(experiment.paths), "bounds": [[0.0, 1.0]] * k}
        found = rbd_fast.analyze(problem, x, means, M=_HARMONICS, num_resamples=100, seed=_SEED)
        kept = 1 - (luck.of_means if luck else 0.0)
        values["first"], halves["first"] = (np.array(found[name], float) / kept for name in ("S1", "S1_conf"))
        method += ", first indices by RBD-FAST"
    table = _table(experiment, values, halves)
    width = 1.06 * _NORMAL / sqrt(max(n - 3, 1))  # of the inverse hyperbolic tangent (Fieller, Hartley & Pearson 1957)
    inverse = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    table.columns["rank_correlation_low"] = np.tanh(inverse - width)
    table.columns["rank_correlation_high"] = np.tanh(inverse + width)
    return Indices(method, table, "rank_correlation", float(np.tanh(width)), n)


def swings(experiment: Experiment, means: Array, unit: str) -> Table:
    """Mean of ``means`` (points,) where a path is in the lowest and in the highest quarter of its range, others alike.

    The others are held alike by a sum of steps, low, middle and high of every path, fitted by least squares; where the
    points are too few for that, the quarters' plain means are taken. Intervals are those of points that come in blocks.
    """
    known = np.isfinite(means)
    shares, y, k = as_shares(experiment.vary, experiment.points)[known], means[known], len(experiment.vary)
    ends = [(shares <= _END + 1e-9).astype(float), (shares >= 1 - _END - 1e-9).astype(float)]
    together = len(y) >= 2 * (2 * k + 1)
    at, half = np.full((2, k), nan), np.full(k, nan)
    for paths in [list(range(k))] if together else [[path] for path in range(k)]:
        steps = np.column_stack([ends[0][:, paths], ends[1][:, paths]])
        at[:, paths], half[paths] = _steps(steps, y, blocks(experiment)[known])
    at[np.stack([end.sum(axis=0) == 0 for end in ends])] = nan
    gap = at[1] - at[0]
    columns: dict[str, Any] = {"path": labels(experiment.paths), "unit": labels([v.unit for v in experiment.vary])}
    columns |= {end: np.array([getattr(v, end) for v in experiment.vary]) for end in ("low", "high")}
    columns |= {"at_low": at[0], "at_high": at[1], "swing": gap, "swing_low": gap - half, "swing_high": gap + half}
    said = {
        "path": PATH,
        "unit": ("name", "unit of the path"),
        "low": ("as in unit", "low end of the path's range"),
        "high": ("as in unit", "high end of the path's range"),
        "at_low": (unit, "mean where the path is in the lowest quarter of its range, others alike"),
        "at_high": (unit, "mean where the path is in the highest quarter of its range, others alike"),
        "swing": (unit, "at_high less at_low"),
        "swing_low": (unit, "lower end of its 95 % interval"),
        "swing_high": (unit, "upper end of its 95 % interval"),
    }
    return Table(columns, said)


def _steps(steps: Array, y: Array, block: NDArray[np.int64]) -> tuple[Array, Array]:
    """Fit low and high ends: mean at both of every path, (2, paths), and half the 95 % interval of their difference.

    ``steps`` (points, 2 paths) are 1 where a path is low, then where it is high. The variance is that of residuals
    summed by block (Liang & Zeger 1986).
    """
    k = steps.shape[1] // 2
    x = np.column_stack([np.ones(len(y)), steps - steps.mean(axis=0)])
    inverse = np.linalg.pinv(x.T @ x)
    beta = inverse @ (x.T @ y)
    _, place = np.unique(block, return_inverse=True)
    n = int(place.max()) + 1
    scores = np.zeros((n, x.shape[1]))
    np.add.at(scores, place, x * (y - x @ beta)[:, None])
    contrast = np.hstack([np.zeros((k, 1)), -np.eye(k), np.eye(k)]) @ inverse @ scores.T
    free = max(len(y) - x.shape[1], 1)
    variance = (contrast**2).sum(axis=1) * n / max(n - 1, 1) * (len(y) - 1) / free
    low, high = beta[1 : k + 1], beta[k + 1 :]
    level = y.mean() - steps[:, :k].mean(axis=0) * low - steps[:, k:].mean(axis=0) * high
    return np.stack([level + low, level + high]), t_quantile(0.975, max(n - 1, 1)) * np.sqrt(variance)


def _table(experiment: Experiment, values: Mapping[str, Array], halves: Mapping[str, Array], unit: str = "") -> Table:
    """A row per path: every index, with the ends of its interval where it has one."""
    columns: dict[str, Any] = {"path": labels(experiment.paths)}
    said = {"path": PATH}
    for name, x in values.items():
        own = "rank correlation" if name == "rank_correlation" else unit or "share"
        columns[name], said[name] = x, (own, _MEANINGS[name])
        if name in halves:
            columns[f"{name}_low"], columns[f"{name}_high"] = x - halves[name], x + halves[name]
            said[f"{name}_low"], said[f"{name}_high"] = (own, "lower end of its 95 % interval"), (own, "upper end")
    return Table(columns, said)


_METHODS: dict[str, Callable[[Experiment, Array, str, Luck | None], Indices]] = {"saltelli": _sobol, "morris": _morris}
