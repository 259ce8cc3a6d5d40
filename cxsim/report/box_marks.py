"""Marks of points, and the box among them, for the figure of scenario discovery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from cxsim.report import style
from cxsim.report.findings import names_of
from cxsim.report.findings_rows import column

if TYPE_CHECKING:
    from cxsim.frames import Table

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FEW = 20  # values of a path, of which each has room of its own
_CROWD = 500  # marks from which on they are smaller


def apart(x: Array, y: Array, logs: Sequence[bool]) -> tuple[tuple[Array, Array], bool]:
    """Places (x, y) of marks, spread within the room of their values where these are few; and whether any are.

    Of few values marks would hide each other; ``logs`` says which axis is logarithmic.
    """
    few = [_is_few(values) for values in (x, y)]
    _, cell = np.unique(np.stack([v * f for v, f in zip((x, y), few, strict=True)]), axis=1, return_inverse=True)
    if not any(few) or (all(few) and cell.max() + 1 == len(cell)):
        return (x, y), False
    cell = cell.ravel()
    order = np.argsort(cell, kind="stable")
    nth = np.empty(len(cell))  # of the points in the same place
    nth[order] = np.arange(len(cell)) - np.searchsorted(cell[order], cell[order])
    placed = []
    for values, is_few, log, step in zip((x, y), few, logs, (0.7549, 0.5698), strict=True):
        v = np.log(values) if log else values
        if is_few:
            known, which = np.unique(v, return_inverse=True)
            gaps = np.diff(known)
            room = np.minimum(np.append(gaps, gaps[-1]), np.insert(gaps, 0, gaps[0]))[which.ravel()]
            v = v + 0.6 * room * ((0.5 + nth * step) % 1 - 0.5)  # evenly over the room, however many there are
        placed.append(np.exp(v) if log else v)
    return (placed[0], placed[1]), True


def beyond(box: Table, points: Table, shown_paths: tuple[str, str]) -> Mask:
    """Which points lie in the box as it is drawn, and yet not in it, by a limit on a path that is not shown."""
    within: Mask = np.asarray(points.columns["in_box"]) != 1
    for path, below, limit in _limits(box, shown_paths):
        values = column(points, path)
        within &= values <= limit if below else values >= limit
    return within


def dots(axes: Axes, x: Array, y: Array, rare: Mask, pale: Mask) -> None:
    """Marks in an order that has nothing to do with what they are, so that neither kind lies on top."""
    order = np.random.default_rng(1).permutation(len(x))
    kind, (often, found) = rare[order], style.COLOURS[:2]
    size = min(1.0, (_CROWD / len(x)) ** 0.5)
    look: dict[str, Any] = {"s": size * np.where(kind, 48, 30), "linewidths": np.where(kind, 0.6, 1.1), "zorder": 3}
    look |= {"facecolors": np.where(kind, found, "white"), "edgecolors": np.where(kind, "white", often)}
    look |= {"alpha": np.where(pale[order], 0.25, 1.0), "clip_on": False}
    axes.scatter(x[order], y[order], **look)


def rectangle(axes: Axes, box: Table, points: Table, paths: tuple[str, str], logs: Sequence[bool]) -> None:
    """The first box, open to the edge where it has no limit."""
    ends = [list(axes.get_xlim()), list(axes.get_ylim())]
    for path, below, limit in _limits(box, paths):
        k = paths.index(path)
        ends[k][below] = _edge(column(points, path), limit, below, logs[k])
    (x0, x1), (y0, y1) = ends
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())
    look: dict[str, Any] = {"facecolor": "#00000012", "edgecolor": style.INK, "linewidth": 2.0, "zorder": 2.5}
    axes.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, clip_on=False, **look))


def _limits(box: Table, paths: Sequence[str]) -> Iterator[tuple[str, bool, float]]:
    """Those of the first box on some paths: path, whether the box lies below, and the limit."""
    for k, which in enumerate(column(box, "box")):
        path = names_of(box, "path")[k]
        if which == 1 and path in paths:
            yield path, names_of(box, "side")[k] == "below", float(column(box, "limit")[k])


def _edge(values: Array, limit: float, below: bool, log: bool) -> float:
    """Where a limit is drawn: between the values on either side of it, where there are few."""
    first = values <= limit if below else values < limit
    if not _is_few(values) or first.all() or not first.any():
        return limit
    low, high = values[first].max(), values[~first].min()
    return float(np.sqrt(low * high) if log else (low + high) / 2)


def _is_few(values: Array) -> bool:
    """Whether there are so few values that marks would hide each other."""
    return 1 < len(np.unique(values)) <= min(_FEW, len(values) / 5)
