"""Mean of a measure by arm and point, and every arm's difference to the first, with intervals over replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.frames import Table, grid
from cxsim.intervals import estimate
from cxsim.report.findings_numbers import difference_unit
from cxsim.report.sentences import few_runs
from cxsim.studies.analyses.findings import (
    ARM,
    POINT,
    Finding,
    Runs,
    about,
    by_point,
    currency,
    no_value,
    place_of,
    point_name,
    titled,
    titles,
)

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

MOST_ROWS = 20
"""Rows of a table that are drawn one by one."""
_MOST_LEVELS, _MOST_ARMS = 30, 3  # values of all paths together that are drawn, and arms beside the first


def table(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """Mean and 95 % interval of a measure by point and arm, and the difference of each arm to the first, run by run.

    ``settings`` are those of :data:`cxsim.studies.analyses.questions.KINDS`, in full.
    """
    arms, (title, unit) = tuple(experiment.arms), titled(experiment, settings["measure"])
    values = np.stack([by_point(experiment, runs, settings["measure"], arm) for arm in arms], axis=1)  # point, arm, run
    own = estimate(np.moveaxis(values, 2, 0))
    gap = estimate(np.moveaxis(values - values[:, :1], 2, 0))
    point = point_name(experiment)
    columns = grid({"point": np.arange(len(experiment.points)), "arm": arms})
    units = {"point": POINT, "arm": ARM}
    for k, v in enumerate(experiment.vary):
        columns[v.path], units[v.path] = np.repeat(experiment.points[:, k], len(arms)), (v.unit, "value at the point")
    columns |= {"mean": own.mean.reshape(-1), "mean_low": own.low.reshape(-1), "mean_high": own.high.reshape(-1)}
    units["mean"] = unit, f"mean of {title} over replications"
    units |= {"mean_low": (unit, "lower end of its 95 % interval"), "mean_high": (unit, "upper end")}
    if len(arms) > 1:
        first = np.arange(len(columns["point"])) % len(arms) == 0  # type: ignore[arg-type]
        for name, x in (("difference", gap.mean), ("difference_low", gap.low), ("difference_high", gap.high)):
            columns[name] = np.where(first, np.nan, x.reshape(-1))
        apart = difference_unit(unit)
        units |= {"difference": (apart, f"mean difference to {arms[0]}, run by run")}
        units |= {"difference_low": (apart, "lower end of its 95 % interval"), "difference_high": (apart, "upper end")}
    columns["n"], units["n"] = own.n.reshape(-1), ("runs", "runs in which the measure is defined")
    told = {**settings, "currency": currency(experiment), "title": title, "unit": unit, "titles": titles(experiment)}
    told["scales"] = {v.path: v.scale for v in experiment.vary}
    held = Table(columns, units)
    if np.isnan(values).all():
        said: tuple[str, ...] = (no_value(experiment, runs, arms),)
    else:
        said = (*_said(experiment, gap.low, gap.high), undrawn(held, list(told["scales"]), len(arms)))
    title = f"{title} by arm and {point}" if len(arms) > 1 else f"{title} by {point}"
    return Finding("table", title, tuple(filter(None, said)), {"table": held}, told, about(experiment))


def _said(experiment: Experiment, low: Any, high: Any) -> tuple[str, ...]:
    """At how many points each arm is clearly above or below the first."""
    names, n, point = list(titles(experiment).values()), len(experiment.points), point_name(experiment)
    at, many = place_of(point), f"{point}{'s' * (n > 1)}"
    if experiment.replications < 2:
        return (f"One replication gives no interval: nothing can be said of single {point}s.",)
    said = []
    for k, name in enumerate(names[1:], start=1):
        above, below = int((low[:, k] > 0).sum()), int((high[:, k] < 0).sum())
        said.append(
            f"{name}: above {names[0]} {at} {above:,} of {n:,} {many}, below {at} {below:,}, not told apart {at} "
            f"{n - above - below:,}."
        )
    held = "Intervals hold luck only, each for itself: of twenty, one misses."
    return (*said, *filter(None, [held, few_runs(experiment.replications)]))


def levels_of(table: Table, paths: Sequence[str]) -> dict[str, list[float]]:
    """The values that each path takes in a table, of those that take several."""
    found = {path: np.unique(np.asarray(table.columns[path], float)).tolist() for path in paths}
    return {path: values for path, values in found.items() if len(values) > 1}


def undrawn(table: Table, paths: Sequence[str], n_arms: int) -> str:
    """Why a table has no figure; "" where it has one: row by row if they are few, else by the values of each path."""
    n = len(np.asarray(table.columns["point"]))
    if n <= MOST_ROWS:
        return ""
    if n_arms - 1 > _MOST_ARMS:
        return f"No figure: {n:,} rows of {n_arms} arms are too many for one."
    if not 0 < sum(map(len, levels_of(table, paths).values())) <= _MOST_LEVELS:
        return f"No figure: {n:,} rows, and too many values of the paths for one, or none that differ."
    return ""
