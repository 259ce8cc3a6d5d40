"""Indices of sensitivity: elementary effects, Sobol' indices, rank correlations; and how far luck enters them.

Replications are averaged at every point. What is left of luck in the means is estimated from the spread between
replications and taken out: luck enlarges the variance and every total index, and dilutes the first ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from math import nan, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxsim.frames import Table, labels
from cxsim.intervals import t_quantile
from cxsim.report.findings_numbers import difference_unit
from cxsim.studies.analyses.findings import (
    PATH,
    Array,
    as_shares,
    is_sample,
    label,
    mean_of_known,
    point_name,
    saltelli_block,
)
from cxsim.studies.extras import library
from cxsim.worlds import rank_correlations, ranks

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

_RESAMPLES = 500
_SEED = 1  # of the bootstrap: the same numbers give the same intervals
_NORMAL = 1.96  # 95 % of a normal distribution
_FEWEST, _HARMONICS = 60, 6  # points from which RBD-FAST is used, and of what it sums

_MEANINGS = {
    "first": "first Sobol' index: part of the variance between {points} that the path explains by itself",
    "total": "total Sobol' index: part of it that the path explains by itself and together with others",
    "mu_star": "mean absolute effect of a move over all of the range",
    "mu": "mean effect of a move over all of the range, with its sign",
    "sigma": "standard deviation of the effect between places: interplay and curvature, luck taken out",
    "luck": "mean absolute effect that luck alone would give",
    "rank_correlation": "Spearman's rank correlation with the measure",
}
_SECOND = "second Sobol' index: part of the variance between points that both explain together, beyond each by itself"


class Luck(NamedTuple):
    """Luck against parameters: ``share`` of the variance of one run, and ``of_means`` of that of the points' means.

    ``alike`` is the part of luck that was the same at all points: it is in a run, but not between means.
    """

    share: float
    of_means: float
    alike: float = 0.0


class Widest(NamedTuple):
    """Half of the widest interval: in the index, for elementary effects in the largest of them; and whose it is."""

    half: float
    whose: str


class Indices(NamedTuple):
    """What a method gives: its name and table, the column that ranks paths, and ``n``.

    ``n`` are the base samples, chains or points that it rests on; ``widest`` None where nothing can be told. ``shared``
    is the covariance of the estimates in the column that ranks, of its absolute values; ``drawn`` holds first and total
    indices of bootstrap samples, (samples, paths); ``pairs`` the second indices, where the design gives them.
    """

    method: str
    table: Table
    ranked_by: str
    n: int
    widest: Widest | None = None
    shared: Array | None = None
    drawn: Mapping[str, Array] = {}
    pairs: Table | None = None


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
    alike = min(max(1 - of_means * times / within, 0.0), 1.0) if within > 0 else 0.0
    return Luck(within / (within + parameters), min(of_means / between_points, 1.0), alike)


def _sobol(experiment: Experiment, y: Array, unit: str, luck: Luck | None) -> Indices:
    """First, second and total indices (Saltelli 2002, Saltelli et al. 2010) of the means, freed of luck.

    Luck is independent between two replications whatever their seeds, so that products of different replications have
    none of it: what products of a replication with itself add is subtracted.
    """
    sobol = library("SALib.analyze.sobol")
    k, times = len(experiment.vary), y.shape[1]
    size = saltelli_block(experiment.points)
    whole = np.isfinite(mean_of_known(y)).reshape(-1, size).all(axis=1)
    samples = y.reshape(-1, size, times)[whole]
    second = size == 2 * k + 2 and k > 1
    if not second:  # one path makes no pair, whatever was asked for
        samples = samples[:, [*range(k + 1), size - 1]]
    n, size = samples.shape[:2]
    nothing = dict.fromkeys(("first", "total"), np.full(k, nan))
    untold = Indices("Sobol' indices", _table(experiment, nothing, nothing), "total", n)
    if n < 2:
        return untold
    means = mean_of_known(samples.reshape(n * size, times))
    problem = {"num_vars": k, "names": list(experiment.paths), "bounds": [[0.0, 1.0]] * k}
    how = {"calc_second_order": second, "num_resamples": _RESAMPLES, "keep_resamples": True, "seed": _SEED}
    found = sobol.analyze(problem, means, **how)
    variance = float(means.reshape(n, size)[:, [0, -1]].var())
    lucky = _products_of_luck(samples, k, second) if luck is not None else None
    if lucky is None:
        lucky = _Lucky(np.zeros(k), np.zeros(k), np.zeros((k, k)), 0.0)
    lucky = _Lucky(*(np.asarray(x) / max(variance, 1e-300) for x in lucky))
    kept = 1 - float(lucky.variance)
    if kept <= 0 or variance == 0:
        return untold
    values = {"first": (found["S1"] - lucky.first) / kept, "total": (found["ST"] - lucky.total) / kept}
    halves = {"first": found["S1_conf"] / kept, "total": found["ST_conf"] / kept}
    drawn = {
        "first": (found["S1_conf_all"] - lucky.first) / kept,
        "total": (found["ST_conf_all"] - lucky.total) / kept,
    }
    pairs, judged = None, dict(halves)
    if second:
        rows = list(combinations(range(k), 2))
        at = tuple(np.array(rows).T)
        together, half = (found["S2"][at] - lucky.second[at]) / kept, found["S2_conf"][at] / kept
        pairs, judged["pair"] = _pairs(experiment, rows, together, half), half
    shared = np.atleast_2d(np.cov(drawn["total"], rowvar=False))
    table, widest = _table(experiment, values, halves), _widest(judged, experiment)
    return Indices("Sobol' indices", table, "total", n, widest, shared, drawn, pairs)


class _Lucky(NamedTuple):
    """What luck adds to the products that indices are made of, and to the variance."""

    first: Array
    total: Array
    second: Array
    variance: Array | float


def _products_of_luck(samples: Array, k: int, second: bool) -> _Lucky | None:
    """Of means over the replications of ``samples`` (base samples, points, replications); None of too few."""
    whole = samples[np.isfinite(samples).all(axis=(1, 2))]
    if len(whole) < 2:
        return None
    times = whole.shape[2]
    centred = whole - whole.mean(axis=(0, 1))
    start, last = centred[:, :1], centred[:, -1:]
    moved = centred[:, 1 : k + 1] - start
    first = _covariance(last, moved).mean(axis=0)
    total = 0.5 * _covariance(moved, moved).mean(axis=0)
    ends = np.concatenate([start, last], axis=1)
    pairs = np.zeros((k, k))
    if second:
        apart = _covariance(start, last).mean()
        for j in range(k):
            back = centred[:, k + 1 + j : k + 2 + j]
            pairs[j] = _covariance(back, centred[:, 1 : k + 1]).mean(axis=0) - apart - first[j] - first
    return _Lucky(first / times, total / times, pairs / times, float(_covariance(ends, ends).mean()) / times)


def _pairs(experiment: Experiment, rows: Sequence[tuple[int, int]], second: Array, half: Array) -> Table:
    """A row for every pair of paths, the strongest first."""
    order = np.argsort(-second, kind="stable")
    names = [[experiment.paths[rows[r][end]] for r in order] for end in (0, 1)]
    x, half = second[order], half[order]
    columns = {"path": labels(names[0]), "other": labels(names[1])}
    share = {"second": x, "second_low": x - half, "second_high": x + half}
    units = {"path": PATH, "other": ("name", "the other path of the pair"), "second": ("share", _SECOND)}
    units |= {"second_low": ("share", "lower end of its 95 % interval"), "second_high": ("share", "upper end")}
    return Table(columns | share, units)


def _widest(halves: Mapping[str, Array], experiment: Experiment) -> Widest | None:
    """The widest interval of all that are told."""
    name, half = max(halves.items(), key=lambda one: float(np.nanmax(one[1], initial=-1.0)))
    if not (half >= 0).any():
        return None
    k = int(np.nanargmax(half))
    alike = name in ("pair", "rank_correlation")  # one of many, or as wide for all
    path = "" if alike else f" of {label(experiment.paths[k], experiment.paths)}"
    return Widest(float(half[k]), f"{_CALLED[name]}{path}")


_CALLED = {
    "first": "the first index",
    "total": "the total index",
    "pair": "the second index of a pair",
    "mu_star": "the effect",
    "rank_correlation": "a rank correlation",
}


def _covariance(one: Array, other: Array) -> Array:
    """Of two arrays (samples, paths, replications) over replications."""
    apart = (x - x.mean(axis=-1, keepdims=True) for x in (one, other))
    found: Array = np.multiply(*apart).sum(axis=-1) / (one.shape[-1] - 1)
    return found


class Chains(NamedTuple):
    """The whole chains of a Morris design: ``y`` (chains, points, replications), and what their moves do to the means.

    ``effects`` are elementary effects of a move over all of a range, (chains, paths); ``moved`` (chains, moves, paths)
    is 1 for the path of a move, and ``far`` (chains, paths) the share of the range by which it was moved.
    """

    y: Array
    effects: Array
    moved: Array
    far: Array


def chains(experiment: Experiment, y: Array) -> Chains:
    """Elementary effects (Morris 1991) of ``y``, (points, replications), of the chains in which no point is undefined.

    Each is divided by the share of the range that was moved, which of whole numbers is not the step of the design.
    Raises ValueError where a chain does not move every path once.
    """
    k, times = len(experiment.vary), y.shape[1]
    whole = np.isfinite(mean_of_known(y)).reshape(-1, k + 1).all(axis=1)
    moves = np.diff(as_shares(experiment.vary, experiment.points).reshape(-1, k + 1, k)[whole], axis=1)
    moved = (moves != 0).astype(float)
    if (moved.sum(axis=1) != 1).any() or (moved.sum(axis=2) != 1).any():
        raise ValueError("the points are not in the order of a Morris design")
    y = y.reshape(-1, k + 1, times)[whole]
    far = moves.sum(axis=1)
    means = mean_of_known(y.reshape(-1, times)).reshape(len(y), k + 1)
    return Chains(y, np.einsum("csp,cs->cp", moved, np.diff(means, axis=1)) / far, moved, far)


def _morris(experiment: Experiment, y: Array, unit: str, luck: Luck | None) -> Indices:
    """Mean, mean absolute value (mu*: Campolongo et al. 2007) and spread of elementary effects."""
    k = len(experiment.vary)
    y, effects, moved, far = chains(experiment, y)
    n = len(y)
    if n < 2:
        nothing = dict.fromkeys(("mu_star",), np.full(k, nan))
        return Indices("elementary effects", _table(experiment, nothing, nothing, unit), "mu_star", n)
    spread = np.zeros(k)  # variance of an effect by luck
    if luck is not None:
        of_steps = np.nan_to_num(np.diff(y, axis=1).var(axis=2, ddof=1)) / y.shape[2]
        spread = (np.einsum("csp,cs->cp", moved, of_steps) / far**2).mean(axis=0)
    mu_star, sigma = np.abs(effects).mean(axis=0), effects.std(axis=0, ddof=1)
    floor = np.sqrt(2 / np.pi * spread)  # mean of the absolute value, were there nothing but luck
    values = {"mu_star": mu_star, "mu": effects.mean(axis=0), "luck": floor}
    values["sigma"] = np.sqrt(np.maximum(sigma**2 - spread, 0))
    drawn = np.random.default_rng(_SEED).integers(n, size=(_RESAMPLES, n))
    halves = {"mu_star": _NORMAL * np.abs(effects)[drawn].mean(axis=1).std(axis=0, ddof=1)}
    halves["mu"] = t_quantile(0.975, n - 1) * effects.std(axis=0, ddof=1) / np.sqrt(n)
    table = _table(experiment, values, halves, difference_unit(unit))
    widest = halves["mu_star"] / max(mu_star.max(), 1e-300)
    shared = np.atleast_2d(np.cov(np.abs(effects), rowvar=False)) / n
    return Indices("elementary effects", table, "mu_star", n, _widest({"mu_star": widest}, experiment), shared)


def _given_data(experiment: Experiment, y: Array, unit: str, luck: Luck | None) -> Indices:
    """Rank correlations of any points, and first indices by RBD-FAST where they are a sample that is large enough.

    RBD-FAST: Tarantola, Gatelli & Mara 2006; bias by Tissot & Prieur 2012; as in SALib.
    """
    means = mean_of_known(y)
    known = np.isfinite(means)
    x, means = as_shares(experiment.vary, experiment.points)[known], means[known]
    n, k = x.shape
    rho = np.where(np.ptp(x, axis=0) > 0, rank_correlations(x, means), nan)
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
    judged = {**halves, "rank_correlation": np.where(np.isfinite(rho), np.tanh(width), nan)}
    return Indices(method, table, "rank_correlation", n, _widest(judged, experiment), _shared_ranks(x, means, rho))


def _shared_ranks(x: Array, y: Array, rho: Array) -> Array:
    """Covariance of absolute rank correlations, from what each point adds to them (their influence functions)."""
    n = len(y)
    at, other = (_standard(np.column_stack([ranks(column) for column in z.T])) for z in (x, y[:, None]))
    each = at * other
    at *= at
    at += other**2
    at *= rho / 2
    each -= at
    each *= np.sign(rho)
    each -= each.mean(axis=0)
    found: Array = each.T @ each / (n - 1) / n
    return found


def _standard(z: Array) -> Array:
    z -= z.mean(axis=0)
    z /= np.maximum(z.std(axis=0), 1e-300)
    return z


def _table(experiment: Experiment, values: Mapping[str, Array], halves: Mapping[str, Array], unit: str = "") -> Table:
    """A row per path: every index, with the ends of its interval where it has one."""
    columns: dict[str, Any] = {"path": labels(experiment.paths)}
    said = {"path": PATH}
    for name, x in values.items():
        own = "rank correlation" if name == "rank_correlation" else unit or "share"
        columns[name], said[name] = x, (own, _MEANINGS[name].format(points=f"{point_name(experiment)}s"))
        if name in halves:
            columns[f"{name}_low"], columns[f"{name}_high"] = x - halves[name], x + halves[name]
            said[f"{name}_low"], said[f"{name}_high"] = (own, "lower end of its 95 % interval"), (own, "upper end")
    return Table(columns, said)


_METHODS: dict[str, Callable[[Experiment, Array, str, Luck | None], Indices]] = {"saltelli": _sobol, "morris": _morris}
