"""Which of several is ahead: a winner is one only where its paired difference to every other excludes nought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.intervals import t_quantile
from cxsim.studies.analyses.findings import Array

_ERROR = 0.05  # chance that one is told to be ahead where all are alike (Bonferroni over the others)
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
    """The row of ``values`` (things, points) with the largest mean; points of one ``block`` count as one."""
    _, place, counts = np.unique(block, return_inverse=True, return_counts=True)
    each = np.stack([np.bincount(place, row) / counts for row in values])
    means, n = values.mean(axis=1), each.shape[1]
    first, *others = np.argsort(-means, kind="stable").tolist()
    tied = []
    for k in others:
        gap = each[first] - each[k]
        if (gap != 0).sum() < _FEWEST:
            tied.append(k)
            continue
        wide = t_quantile(1 - _ERROR / 2 / len(others), n - 1)
        if not gap.mean() > wide * gap.std(ddof=1) / np.sqrt(n):
            tied.append(k)
    return Top(first, tuple(tied))


def listed(names: Sequence[str], most: int = 3) -> str:
    """``a, b and c``; of more than ``most`` and one, how many more there are."""
    shown = list(names) if len(names) <= most + 1 else [*names[:most], f"{len(names) - most} more"]
    between = "; " if any("," in name for name in shown) and len(shown) > 2 else ", "
    return " and ".join(filter(None, [between.join(shown[:-1]), shown[-1]]))
