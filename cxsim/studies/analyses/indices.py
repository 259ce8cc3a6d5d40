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
from cxsim.studies.analyses.ranking import shared_ranks
from cxsim.studies.extras import library
from cxsim.worlds import rank_correlations

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

_RESAMPLES = 500
_SEED = 1  # of the bootstrap: the same numbers give the same intervals
_NORMAL = 1.96  # 95 % of a normal distribution
_KNOWN = 0.2  # share of base samples or moves with replications, from which it is known how much is luck
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
    indices of bootstrap samples, (samples, paths); ``pairs`` the second indices, where the design gives them. ``freed``
    is False where so many replications are missing that it is not known how much luck is in the indices.
    """

    method: str
    table: Table
    ranked_by: str
    n: int
    widest: Widest | None = None
    shared: Array | None = None
    drawn: Mapping[str, Array] = {}
    pairs: Table | None = None
    freed: bool = True


def indices(experiment: Experiment, y: Array, unit: str) -> tuple[Indices, Luck | None]:
    """Indices of ``y``, (points, replications) in ``unit``, by the method that the design allows.

    Luck is None where it is not known, and was not taken out.
    Raises ValueError where the points of a Saltelli or Morris design are not in its order.
    """
    luck = decompose(y)
    found = _METHODS.get(experiment.design.kind, _given_data)(experiment, y, unit, luck)
    return found, luck if found.freed else None


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
    if not np.isfinite(samples).all():
        samples = _level(samples)
    means = mean_of_known(samples.reshape(n * size, times))
    problem = {"num_vars": k, "names": list(experiment.paths), "bounds": [[0.0, 1.0]] * k}
    how = {"calc_second_order": second, "num_resamples": _RESAMPLES, "keep_resamples": True, "seed": _SEED}
    found = sobol.analyze(problem, means, **how)
    variance = float(means.reshape(n, size)[:, [0, -1]].var())
    lucky = _products_of_luck(samples, k, second) if luck is not None else None
    freed = lucky is not None
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
    return Indices("Sobol' indices", table, "total", n, widest, shared, drawn, pairs, freed)


class _Lucky(NamedTuple):
    """What luck adds to the products that indices are made of, and to the variance."""

    first: Array
    total: Array
    second: Array
    variance: Array | float


def _products_of_luck(samples: Array, k: int, second: bool) -> _Lucky | None:
    """Of means over the replications of ``samples`` (base samples, points, replications); None of too few."""
    size = samples.shape[1]
    levelled = _level(samples)
    rows = [_luck_shared(levelled, point) for point in range(size if second else 1)]
    rows += [] if second else [_luck_shared(levelled, size - 1)]
    own = _luck_shared(levelled, None)
    if own is None or any(row is None for row in rows):
        return None
    start, last = (np.asarray(rows[end]) for end in (0, -1))
    moved = slice(1, k + 1)
    first = last[moved] - last[0]
    total = 0.5 * (own[moved] + own[0] - 2 * start[moved])
    pairs = np.zeros((k, k))
    for j in range(k if second else 0):
        pairs[j] = np.asarray(rows[k + 1 + j])[moved] - start[size - 1] - first[j] - first
    return _Lucky(first, total, pairs, float(own[0] + own[-1]) / 2)


def _luck_shared(samples: Array, point: int | None) -> Array | None:
    """Covariance by luck of the mean of ``point`` with that of every point of a base sample; None: of each with itself.

    Replications count that both have: what luck does in one of them is estimated from all base samples with two such.
    None where those are too few.
    """
    known = np.isfinite(samples)
    other = known if point is None else known[:, [point]]
    both = known & other
    n = both.sum(axis=2)
    apart = [np.where(both, x, 0.0) for x in (samples, samples if point is None else samples[:, [point]])]
    for x in apart:
        x -= np.where(both, (x.sum(axis=2) / np.maximum(n, 1))[:, :, None], 0.0)
    if _too_few((n > 1).sum(axis=0).min(), len(n)):
        return None
    of_runs = np.multiply(*apart).sum(axis=(0, 2)) / np.maximum(n - 1, 0).sum(axis=0)
    found: Array = of_runs * (n / known.sum(axis=2) / other.sum(axis=2)).mean(axis=0)
    return found


def _level(samples: Array) -> Array:
    """Without what luck does to all points alike in a replication, which means over other replications do not share."""
    whole = samples[np.isfinite(samples).all(axis=2)]
    if len(whole) < 3:
        return samples
    found: Array = samples - (whole.mean(axis=0) - whole.mean())
    return found


def _too_few(known: int, of: int) -> bool:
    """Whether the luck of so many is hardly known, from those of them that have replications."""
    return known < max(2, _KNOWN * of)


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
    of_steps = _luck_of_steps(y) if luck is not None else None
    if of_steps is not None:
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
    widest_of = _widest({"mu_star": widest}, experiment)
    freed = of_steps is not None
    return Indices("elementary effects", table, "mu_star", n, widest_of, shared, freed=freed)


def _luck_of_steps(y: Array) -> Array | None:
    """Variance by luck of every step of the means of ``y`` (chains, points, replications); None where hardly known.

    Where a replication is missing, it is reckoned from the others: one mean has more luck, and both share less of it.
    """
    known = np.isfinite(y)
    both, n = known[:, 1:] & known[:, :-1], known.sum(axis=2)
    shared = both.sum(axis=2)
    if _too_few(int((shared > 1).sum()), shared.size):
        return None
    steps = np.diff(y, axis=1)
    of_run, of_step = _pooled_variance(y), _pooled_variance(steps)
    alike = of_run - of_step / 2
    reckoned = of_run / n[:, 1:] + of_run / n[:, :-1] - 2 * alike * shared / (n[:, 1:] * n[:, :-1])
    whole = both.all(axis=2)
    found: Array = np.maximum(reckoned, 0.0)
    found[whole] = steps[whole].var(axis=1, ddof=1) / y.shape[2]
    return found


def _pooled_variance(y: Array) -> float:
    """Within rows of the last axis, of what is known."""
    rows = y.reshape(-1, y.shape[-1])
    rows = rows[np.isfinite(rows).sum(axis=1) > 1]
    apart = rows - mean_of_known(rows)[:, None]
    return float(np.nansum(apart**2) / (np.isfinite(rows).sum() - len(rows)))


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
    width = _NORMAL * sqrt(1.06 / max(n - 3, 1))  # of the inverse hyperbolic tangent (Fieller, Hartley & Pearson 1957)
    inverse = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    table.columns["rank_correlation_low"] = np.tanh(inverse - width)
    table.columns["rank_correlation_high"] = np.tanh(inverse + width)
    judged = {**halves, "rank_correlation": np.where(np.isfinite(rho), np.tanh(width), nan)}
    return Indices(method, table, "rank_correlation", n, _widest(judged, experiment), shared_ranks(x, means, rho))


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
