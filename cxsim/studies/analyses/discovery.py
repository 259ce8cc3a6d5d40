"""Scenario discovery: where does one arm beat another, or reach a number, and where does it fail to?

The rarer of the two is looked for by PRIM (Bryant & Lempert 2010). A box is found in the same points that it is judged
by, so that its density flatters it: the search is done anew without a fifth of the points, five times, and judged by
those. A second box is looked for among the points outside the first, and told where it holds a share of what is
looked for that is worth it.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Table, labels
from cxsim.intervals import estimate, wilson
from cxsim.measures import MEASURES
from cxsim.report.findings_numbers import between, path_amount, percent, stated
from cxsim.studies.analyses.findings import (
    PATH,
    POINT,
    Array,
    Finding,
    Runs,
    about,
    as_shares,
    blocks,
    currency,
    is_sample,
    label,
    mean_of_known,
    out_of_business,
    place_of,
    point_name,
    titled,
    titles,
)
from cxsim.studies.analyses.prim import Box, Held, Mask, held, quasi_p, search
from cxsim.studies.analyses.questions import Condition, read_condition
from cxsim.worlds import rank_correlations

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment, Varied

_FOLDS = 5
_SEED = 1  # of the division into folds
_FEWEST = 10  # points of the rarer kind from which it is searched for
_WORTH = 0.1  # of them, which a second box holds at least

_POINT_UNITS = {
    "point": POINT,
    "holds": ("0 or 1", "whether the condition holds in the mean over replications; absent where undefined"),
    "in_box": ("number", "1 of the points in the box, 2 of those in the second box only, 0 of others"),
}
_LIMIT_UNITS = {
    "box": ("number", "1, or 2 of the second box, which is of the points outside the first"),
    "path": PATH,
    "side": ("name", "which values of the path lie in the box"),
    "limit": ("as in unit", "end of them, included"),
    "unit": ("name", "unit of the path"),
    "quasi_p": ("ratio", "chance of such a density, were the limit not there; small because it was searched for"),
    "density_without": ("share", "density of the box without this limit"),
    "coverage_without": ("share", "coverage of the box without this limit"),
}
_PEELED_UNITS = {
    "n": ("points", "points in the box"),
    "density": ("share", "share of them that are of the kind looked for"),
    "coverage": ("share", "share of all of that kind that lie in the box"),
    "limits": ("number", "limits of the box"),
}


class _Box(NamedTuple):
    """A box found, what it holds, and what the boxes of the folds hold of points that they were not found in."""

    box: Box
    now: Held
    left_out: Held


def discover(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """Where the condition ``when`` holds, in the mean over replications, and a box that says where it does otherwise.

    ``settings`` are those of :data:`cxsim.studies.analyses.questions.KINDS`, in full. Raises ValueError for a condition
    that does not fit the experiment.
    """
    condition = read_condition(settings["when"], tuple(experiment.arms), experiment.columns)
    gaps = condition.gap(experiment, runs)
    gap = mean_of_known(gaps)
    known = np.isfinite(gap)
    x, holds = experiment.points[known], condition.holds(gap[known])
    n, wins = len(holds), int(holds.sum())
    rare = ~holds if 2 * wins >= n else holds
    group = blocks(experiment)[known]
    found, peeled = _found(experiment, x, rare, group, settings)
    second = _second(experiment, x, rare, group, settings, found)
    told = {**settings, "currency": currency(experiment), "gap": _gap_title(experiment, condition)}
    told["looked_for"] = "failures" if 2 * wins >= n else "successes"
    told["claim"] = _claim(experiment, condition)
    told["axes"] = _axes(experiment, x, gap[known], found)
    told["scales"] = {v.path: v.scale for v in experiment.vary}
    told["box"] = {"density": found.now.density, "coverage": found.now.coverage} if found else {}
    told["second_box"] = {"density": second.now.density, "coverage": second.now.coverage} if second else {}
    sentences = [
        _share_said(experiment, wins, n),
        _box_said(experiment, found, rare, told),
        _held_out_said(experiment, found, rare),
        _second_said(experiment, second, told),
        _unclear_said(gaps),
        _missing_said(experiment, runs, condition, len(known) - n),
    ]
    tables = {
        "points": _points(experiment, known, gap, condition, (found, second), told),
        "box": _limits(experiment, x, rare, (found, second)),
        "peeled": _peeled(x, rare, peeled),
    }
    title = _answer(experiment, told["claim"], wins, n) + _title_where(experiment, found, rare, told)
    return Finding("discover", title, tuple(filter(None, sentences)), tables, told, about(experiment, n))


def _found(
    experiment: Experiment, x: Array, rare: Mask, group: NDArray[np.int64], settings: Mapping[str, Any]
) -> tuple[_Box | None, list[Box]]:
    """The box, and the whole of what was peeled; groups of points are left out together."""
    if rare.sum() < _FEWEST:
        return None, []
    density, smallest = settings["density"], settings["smallest"]
    box, peeled = search(x, rare, density, smallest)
    if box is None:
        return None, peeled
    box = _rounded(experiment, x, rare, box)
    order = np.random.default_rng(_SEED).permutation(int(group.max()) + 1)
    fold = order[group] % _FOLDS
    n = hits = 0
    for k in range(_FOLDS):
        out = fold == k
        other, _ = search(x[~out], rare[~out], density, smallest)
        if other is not None:
            there = held(x[out], rare[out], other)
            n, hits = n + there.n, hits + there.hits
    return _Box(box, held(x, rare, box), Held(n, hits, int(rare.sum()))), peeled


def _second(
    experiment: Experiment, x: Array, rare: Mask, group: NDArray[np.int64], settings: Mapping[str, Any],
    first: _Box | None,
) -> _Box | None:
    """A box among the points outside the first that is dense, no chance, and holds enough of all that is looked for."""
    if first is None:
        return None
    out = ~first.box.inside(x)
    if not out.any():
        return None
    share = {"smallest": min(settings["smallest"] / float(out.mean()), 0.5)}  # of all points, as the first
    box, _ = _found(experiment, x[out], rare[out], group[out], {**settings, **share})
    if box is None or _by_chance(box, rare[out]) or box.now.density < settings["density"]:
        return None
    whole = [Held(h.n, h.hits, int(rare.sum())) for h in (box.now, box.left_out)]
    return _Box(box.box, *whole) if whole[0].coverage >= _WORTH else None


def _rounded(experiment: Experiment, x: Array, y: Mask, box: Box) -> Box:
    """The same with limits that can be said: halfway to the next point beyond, in few digits."""
    for path, side in box.limits:
        v = experiment.vary[path]
        if v.integer:
            continue
        limit = box[side][path]
        beyond = x[x[:, path] > limit, path].min() if side else x[x[:, path] < limit, path].max()
        box = box.moved(path, side, _round(v, (limit + beyond) / 2))
    return box


def _round(v: Varied, value: float) -> float:
    """To two digits on a scale of "log", else to a decimal place finer than a thirtieth of the range."""
    if v.scale == "log":
        return round(value, 1 - floor(log10(abs(value))))
    return round(value, ceil(-log10((v.high - v.low) / 30)))


def _answer(experiment: Experiment, claim: str, wins: int, n: int) -> str:
    """How often the condition holds."""
    if not n:
        return f"{claim}: undefined at every point"
    if not is_sample(experiment):
        return f"{claim} at {wins} of {n} points"
    share = "every one" if wins == n else "none" if wins == 0 else percent(wins / n)
    points = f"{point_name(experiment)}s"
    return f"{claim} {place_of(points)} {share} of {n:,} {points}"


def _share_said(experiment: Experiment, wins: int, n: int) -> str:
    """How surely that share is known, where the points are a sample."""
    if not n or not is_sample(experiment):
        return ""
    return f"95 % interval of that share: {between(*wilson(wins, n))}."


def _claim(experiment: Experiment, condition: Condition) -> str:
    """The condition in words: ``Mutual beats Doormat in net present value``."""
    left, right, names = condition.left, condition.right, titles(experiment)
    title, unit = titled(experiment, left.column)
    more = condition.sign.startswith(">")
    if right.arm and right.column == left.column:
        better = MEASURES[left.column].better if left.column in MEASURES else ""
        if better == ("higher" if more else "lower"):
            return f"{names[left.arm]} beats {names[right.arm]} in {_lower(title)}"
        return f"{names[left.arm]} has {'more' if more else 'less'} than {names[right.arm]} in {_lower(title)}"
    if right.arm:
        other = f"{_lower(titled(experiment, right.column)[0])} of {names[right.arm]}"
    else:
        other = stated(right.value, unit, currency(experiment))
    return f"{title} of {names[left.arm]} is {'above' if more else 'below'} {other}"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _gap_title(experiment: Experiment, condition: Condition) -> str:
    """What is compared with nought."""
    names, title = titles(experiment), titled(experiment, condition.left.column)[0]
    right, unit = condition.right, titled(experiment, condition.left.column)[1]
    other = names[right.arm] if right.arm else stated(right.value, unit, currency(experiment))
    return f"{title}, {names[condition.left.arm]} less {other}"


def _box_said(experiment: Experiment, found: _Box | None, rare: Mask, told: Mapping[str, Any]) -> str:
    """Where the rarer kind lies."""
    kind = told["looked_for"]
    if not rare.any():
        return ""
    if rare.sum() < _FEWEST:
        return f"Too few {kind} ({rare.sum()} points, {_FEWEST} at least) to search for where they lie."
    if found is None:
        return (
            f"No box found: in no range of parameters that holds {percent(told['smallest'])} of the points or more are "
            f"{kind} denser than chance makes them."
        )
    where = _where(experiment, found.box)
    what = "The exception" if kind == "failures" else "Where it does"
    if found.now.density < told["density"]:
        what = f"No box of {percent(told['density'])} density; the best one"
    dense = f"{percent(found.now.coverage)} of the {kind} with {percent(found.now.density)} density"
    return f"{what}, covering {dense}: {where}."


def _title_where(experiment: Experiment, found: _Box | None, rare: Mask, told: Mapping[str, Any]) -> str:
    """The box for a title; nothing of one that does not hold at points left out."""
    if found is None or _by_chance(found, rare):
        return ""
    fails, where = told["looked_for"] == "failures", _where(experiment, found.box, "is ")
    if found.now.density < told["density"]:
        return f"; it {'fails' if fails else 'does'} more often where {where}"
    most = "mostly" if found.now.coverage >= 0.5 else "in part"
    return f"; {'the exceptions lie' if fails else 'it does'} {most} where {where}"


def _where(experiment: Experiment, box: Box, verb: str = "") -> str:
    """A box in words: ``cost to value below .62 and number of areas at most 2``; a ``verb`` makes it a clause."""
    said = []
    for path, side in box.limits:
        v, value = experiment.vary[path], float(box[side][path])
        words = ("at least", "at most") if v.integer else ("above", "below")
        said.append(f"{label(v.path, experiment.paths)} {verb}{words[side]} {path_amount(value, v.unit)}")
    return " and ".join(said)


def _by_chance(found: _Box, rare: Mask) -> bool:
    """Whether such boxes are no denser than all points are, among points left out of the search."""
    out = found.left_out
    return out.n == 0 or wilson(out.hits, out.n)[0] <= float(rare.mean())


def _held_out_said(experiment: Experiment, found: _Box | None, rare: Mask) -> str:
    """How far the box holds at points left out of the search."""
    if found is None:
        return ""
    out = found.left_out
    low, high = wilson(out.hits, out.n)
    if _by_chance(found, rare):
        return (
            "It does not hold at points left out of the search, where its like is no denser than chance: take it for "
            "no finding."
        )
    sample = is_sample(experiment)
    interval = f" ({between(low, high)})" if sample else ""
    said = f"At points left out of the search, such boxes have {percent(out.density)} density{interval}"
    less = sample and high < found.now.density
    return f"{said} and cover {percent(out.coverage)}{': less, the limits follow chance in part' if less else ''}."


def _second_said(experiment: Experiment, second: _Box | None, told: Mapping[str, Any]) -> str:
    """Where more of the rarer kind lies, outside the first box."""
    if second is None:
        return ""
    now, left_out = second.now, second.left_out
    dense = f"another {percent(now.coverage)} of the {told['looked_for']} with {percent(now.density)} density"
    fair = f"{percent(left_out.density)} density at points left out of the search"
    return f"A second box, of points outside the first, covering {dense} ({fair}): {_where(experiment, second.box)}."


def _unclear_said(gaps: Array) -> str:
    """At how many points luck decides."""
    if gaps.shape[1] < 2:
        return "With one replication, luck may decide at points where the two sides are close."
    found = estimate(gaps.T)
    n = int(((found.low <= 0) & (found.high >= 0)).sum())
    of = f"At {n:,} point{'s' * (n != 1)}"
    return f"{of} the 95 % interval of the difference contains nought: luck may decide there." if n else ""


def _missing_said(experiment: Experiment, runs: Runs, condition: Condition, missing: int) -> str:
    """Points left out, and firms out of business."""
    said = []
    if missing:
        said.append(f"At {missing:,} point{'s' * (missing > 1)} the condition is undefined: left out.")
    arms = dict.fromkeys(side.arm for side in (condition.left, condition.right) if side.arm)
    return " ".join([*said, *out_of_business(experiment, runs, tuple(arms))])


def _axes(experiment: Experiment, x: Array, gap: Array, found: _Box | None) -> tuple[str, ...]:
    """The two paths to be drawn: those of the box, then those with which the condition goes most closely."""
    rho = np.abs(rank_correlations(as_shares(experiment.vary, x), gap)) if len(gap) > 2 else np.zeros(x.shape[1])
    limited = {path for path, _ in found.box.limits} if found else set()
    order = sorted(range(x.shape[1]), key=lambda k: (k not in limited, -rho[k]))
    return tuple(experiment.paths[k] for k in order[:2])


def _points(
    experiment: Experiment, known: Mask, gap: Array, condition: Condition, boxes: tuple[_Box | None, ...],
    told: Mapping[str, Any],
) -> Table:
    unit = titled(experiment, condition.left.column)[1]
    inside = np.zeros(len(known), np.int64)
    for number, box in enumerate(boxes, 1):
        if box:
            inside[(inside == 0) & box.box.inside(experiment.points)] = number
    columns: dict[str, Any] = {"point": np.arange(len(known))}
    units = dict(_POINT_UNITS) | {"gap": (unit, f"{told['gap']}; mean over replications")}
    for k, v in enumerate(experiment.vary):
        columns[v.path], units[v.path] = experiment.points[:, k], (v.unit, "value at the point")
    columns["gap"] = gap
    columns["holds"] = np.where(known, condition.holds(gap), -1).astype(np.int64)
    columns["in_box"] = inside
    return Table(columns, units, frozenset({"holds"}))


def _limits(experiment: Experiment, x: Array, rare: Mask, boxes: tuple[_Box | None, ...]) -> Table:
    """A row per limit of the boxes, each reckoned on the points outside those before it."""
    ends: list[tuple[int, int]] = []
    limits, numbers, chance, without = [np.empty(0)], [], [np.empty(0)], []
    whole, of = np.ones(len(x), bool), int(rare.sum())
    for number, found in enumerate(boxes, 1):
        if found is None:
            continue
        box, (cases, hits) = found.box, (x[whole], rare[whole])
        ends += box.limits
        numbers += [number] * len(box.limits)
        limits.append(np.array([box[side][path] for path, side in box.limits]))
        chance.append(quasi_p(cases, hits, box))
        without += [held(cases, hits, box.without(*end))._replace(of=of) for end in box.limits]
        whole = whole & ~box.inside(x)
    columns: dict[str, Any] = {
        "box": np.array(numbers, np.int64),
        "path": labels([experiment.paths[path] for path, _ in ends]),
        "side": labels(["below" if side else "above" for _, side in ends]),
        "limit": np.concatenate(limits),
        "unit": labels([experiment.vary[path].unit for path, _ in ends]),
        "quasi_p": np.concatenate(chance),
        "density_without": np.array([h.density for h in without], float),
        "coverage_without": np.array([h.coverage for h in without], float),
    }
    return Table(columns, _LIMIT_UNITS)


def _peeled(x: Array, rare: Mask, peeled: list[Box]) -> Table:
    """Density against coverage of every box that was peeled."""
    seen = [held(x, rare, box) for box in peeled]
    columns: dict[str, Any] = {
        "n": np.array([h.n for h in seen], np.int64),
        "density": np.array([h.density for h in seen], float),
        "coverage": np.array([h.coverage for h in seen], float),
        "limits": np.array([len(box.limits) for box in peeled], np.int64),
    }
    return Table(columns, _PEELED_UNITS)
