"""Scenario discovery: where does one arm beat another, or reach a number, and where does it fail to?

The rarer of the two is looked for by PRIM (Bryant & Lempert 2010), with boxes built up before they are peeled. A box
is found in the same points that it is judged by, so that its density flatters it: the search is done anew without a
fifth of the points, five times, and judged by those. A second box is looked for among the points outside the first, and
told where it holds a share of what is looked for that is worth it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.frames import Table, labels
from cxsim.studies.analyses import discovery_words as words
from cxsim.studies.analyses.boxes import Found, by_chance, find, find_second
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
    mean_of_known,
    point_name,
    titled,
)
from cxsim.studies.analyses.prim import Box, Mask, held, quasi_p
from cxsim.studies.analyses.questions import Condition, read_condition
from cxsim.worlds import rank_correlations

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

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
    "quasi_p": ("chance", "of such a density, were the limit not there; small because it was searched for"),
    "density_without": ("share", "density of the box without this limit"),
    "coverage_without": ("share", "coverage of the box without this limit"),
}
_PEELED_UNITS = {
    "n": ("points", "points in the box"),
    "density": ("share", "share of them that are of the kind looked for"),
    "coverage": ("share", "share of all of that kind that lie in the box"),
    "limits": ("number", "limits of the box"),
}


def discover(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """Where the condition ``when`` holds, in the mean over replications, and a box that says where it does otherwise.

    ``settings`` are those of :data:`cxsim.studies.analyses.questions.KINDS`, in full. Raises ValueError for a condition
    that does not fit the experiment.
    """
    condition = read_condition(settings["when"], tuple(experiment.arms), experiment.columns)
    claim, point = words.claim_said(experiment, condition), point_name(experiment)
    gaps = condition.gap(experiment, runs)
    gap = mean_of_known(gaps)
    known = np.isfinite(gap)
    x, holds = experiment.points[known], condition.holds(gap[known])
    n, wins = len(holds), int(holds.sum())
    told = {**settings, "currency": currency(experiment), "gap": words.gap_title(experiment, condition), "point": point}
    told |= {"claim": claim, "answer": words.answer(experiment, claim, wins, n)}
    foot, missing = about(experiment, n), words.missing_said(experiment, runs, condition, len(known) - n)
    if not n:
        return Finding("discover", told["answer"], tuple(missing), {}, told, foot)
    told["looked_for"] = "failures" if 2 * wins >= n else "successes"
    rare = ~holds if 2 * wins >= n else holds
    group = blocks(experiment)[known]
    found, peeled = find(experiment, x, rare, group, settings)
    second = find_second(experiment, x, rare, group, settings, found)
    told |= _boxes_told(experiment, x, gap[known], rare, (found, second))
    sentences = [
        words.share_said(experiment, wins, n),
        words.box_said(experiment, found, rare, told),
        words.held_out_said(experiment, found, rare),
        words.second_said(experiment, second, told),
        words.unclear_said(experiment, gaps),
        *missing,
    ]
    tables = {
        "points": _points(experiment, known, gap, condition, (found, second), told),
        "box": _limits(experiment, x, rare, (found, second)),
        "peeled": _peeled(x, rare, peeled),
    }
    title = told["answer"] + words.title_where(experiment, found, rare, told)
    return Finding("discover", title, tuple(filter(None, sentences)), tables, told, foot)


def _boxes_told(
    experiment: Experiment, x: Array, gap: Array, rare: Mask, boxes: tuple[Found | None, Found | None]
) -> dict[str, Any]:
    """The boxes for the settings of a finding, and what is to be drawn: no box that is no finding."""
    told: dict[str, Any] = {"scales": {v.path: v.scale for v in experiment.vary}}
    for name, found in zip(("box", "second_box"), boxes, strict=True):
        told[name] = {"density": found.now.density, "coverage": found.now.coverage} if found else {}
    drawn = boxes[0] if boxes[0] and not by_chance(boxes[0], rare) else None
    told["drawn"] = words.where(experiment, drawn.box) if drawn else ""
    told["axes"] = _axes(experiment, x, gap, drawn)
    return told


def _axes(experiment: Experiment, x: Array, gap: Array, found: Found | None) -> tuple[str, ...]:
    """The two paths to be drawn: those of the box, then those with which the condition goes most closely."""
    rho = np.abs(rank_correlations(as_shares(experiment.vary, x), gap)) if len(gap) > 2 else np.zeros(x.shape[1])
    limited = {path for path, _ in found.box.limits} if found else set()
    order = sorted(range(x.shape[1]), key=lambda k: (k not in limited, -rho[k]))
    return tuple(experiment.paths[k] for k in order[:2])


def _points(
    experiment: Experiment, known: Mask, gap: Array, condition: Condition, boxes: tuple[Found | None, ...],
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


def _limits(experiment: Experiment, x: Array, rare: Mask, boxes: tuple[Found | None, ...]) -> Table:
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
