"""Which of several is ahead: a winner is one only where its paired difference to every other excludes nought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.intervals import t_quantile
from cxsim.studies.analyses.findings import Array
from cxsim.studies.extras import library
from cxsim.worlds import ranks

_ERROR = 0.05  # chance that one is told to be ahead where all are alike (Bonferroni over the others)
_REPLICATIONS = 3  # from which the interval of a mean over chosen points is made
_FEWEST = 6  # points that differ: of fewer, even if all go one way, luck could make as many


class Top(NamedTuple):
    """The ``first`` by its estimate, and those ``tied`` with it, which it cannot be told from, the best first."""

    first: int
    tied: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        """All that may be first."""
        return (self.first, *self.tied)


def top(estimates: Array, shared: Array, free: int, among: Sequence[int] | None = None) -> Top:
    """The largest of ``estimates``, given their covariance; ``free`` are its degrees of freedom.

    Only those ``among`` are compared, if it is given. What has no value is nowhere.
    """
    known = [k for k in (range(len(estimates)) if among is None else among) if np.isfinite(estimates[k])]
    first, *others = sorted(known, key=lambda k: -estimates[k])
    wide = t_quantile(1 - _ERROR / 2 / max(len(others), 1), max(free, 1))
    tied = []
    for k in others:
        variance = max(shared[first, first] + shared[k, k] - 2 * shared[first, k], 0.0)
        if not estimates[first] - estimates[k] > wide * np.sqrt(variance):
            tied.append(k)
    return Top(first, tuple(tied))


def best(values: Array, block: NDArray[np.int64]) -> Top:
    """The row of ``values`` (things, points) with the largest mean; points of one ``block`` count as one.

    Values of which there are only 0 and 1, each in a block of its own, are held against each other by the exact sign
    test: Student's t is no good for so few that differ.
    """
    _, place, counts = np.unique(block, return_inverse=True, return_counts=True)
    each = np.stack([np.bincount(place, row) / counts for row in values])
    yes_or_no = bool(np.isin(each, (0, 1)).all())
    first, *others = np.argsort(-each.mean(axis=1), kind="stable").tolist()
    tied = []
    for k in others:
        gap = each[first] - each[k]
        if (gap != 0).sum() < _FEWEST:
            tied.append(k)
        elif yes_or_no:
            tied += [k] * (_sign_test(gap) > _ERROR / len(others))
        elif not _ahead(gap, len(others)):
            tied.append(k)
    return Top(first, tuple(tied))


def best_of_runs(values: Array) -> Top | None:
    """The first of ``values`` (things, points, replications) in the mean over points, which are all there are.

    What differs from run to run is luck alone. None where fewer than three replications have a value everywhere.
    """
    each = values.mean(axis=1)
    each = each[:, np.isfinite(each).all(axis=0)]
    if each.shape[1] < _REPLICATIONS:
        return None
    first, *others = np.argsort(-each.mean(axis=1), kind="stable").tolist()
    return Top(first, tuple(k for k in others if not _ahead(each[first] - each[k], len(others))))


def _ahead(gap: Array, n_others: int) -> bool:
    """Whether the mean of paired differences lies clearly above nought, as one of so many that are tested."""
    n = len(gap)
    return bool(gap.mean() > t_quantile(1 - _ERROR / 2 / n_others, n - 1) * gap.std(ddof=1) / np.sqrt(n))


def _sign_test(gap: Array) -> float:
    """The chance of so many of one sign or more, were both as likely: two-sided and exact."""
    ahead, behind = int((gap > 0).sum()), int((gap < 0).sum())
    return min(2 * float(library("scipy.special").bdtr(min(ahead, behind), ahead + behind, 0.5)), 1.0)


def shared_ranks(x: Array, y: Array, rho: Array) -> Array:
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


def listed(names: Sequence[str], most: int = 3) -> str:
    """``a, b and c``; of more than ``most`` and one, how many more there are."""
    shown = list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]
    between = "; " if any("," in name for name in shown) and len(shown) > 2 else ", "
    return " and ".join(filter(None, [between.join(shown[:-1]), shown[-1]]))
