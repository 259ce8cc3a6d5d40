"""Arms over many worlds: how much each gives away against the best one there (regret, Savage 1951), and in how many it
reaches what is asked of it (satisficing; the domain criterion of Starr 1963).

Every point of the design counts as a world, and all as equally likely: no claim is made of how likely they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.frames import Table, grid, labels
from cxsim.intervals import estimate, wilson
from cxsim.report.findings_numbers import amount, between, percent, stated
from cxsim.studies.analyses.findings import (
    ARM,
    POINT,
    Array,
    Finding,
    Runs,
    about,
    by_point,
    currency,
    is_sample,
    mean_of_known,
    out_of_business,
    place_of,
    point_name,
    titled,
    titles,
)
from cxsim.studies.analyses.prim import Mask
from cxsim.studies.analyses.questions import read_limit

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

_HIGH = 0.9  # the quantile of regret that is told beside mean and largest


def regret(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """How far each arm stays behind the best one in each world: mean, 90th percentile and largest regret.

    Means over replications are compared. A world in which an arm has no value counts for none. ``settings`` are those
    of :data:`cxsim.studies.analyses.questions.KINDS`, in full.
    """
    arms, (title, unit) = tuple(experiment.arms), titled(experiment, settings["measure"])
    sign = 1.0 if settings["better"] == "higher" else -1.0
    each = np.stack([sign * by_point(experiment, runs, settings["measure"], arm) for arm in arms])
    values = np.stack([mean_of_known(y) for y in each])
    whole = np.isfinite(values).all(axis=0)
    kept = values[:, whole]
    behind = kept.max(axis=0) - kept if kept.size else kept
    best = behind == 0
    sample = is_sample(experiment)
    spread = estimate(behind.T) if behind.size else None
    quantiles = np.quantile(behind, (_HIGH, 1.0), axis=1) if behind.size else np.full((2, len(arms)), np.nan)
    nothing = np.full(len(arms), np.nan)
    told = {**settings, "currency": currency(experiment), "title": title, "unit": unit, "titles": titles(experiment)}
    told |= {"point": point_name(experiment), "sample": sample}
    columns: dict[str, Any] = {
        "arm": labels(arms),
        "mean": spread.mean if spread else nothing,
        "mean_low": spread.low if spread and sample else nothing,
        "mean_high": spread.high if spread and sample else nothing,
        "high": quantiles[0],
        "largest": quantiles[1],
        "best": best.sum(axis=1),
        "tied": (best & (best.sum(axis=0) > 1)).sum(axis=1),
        "undefined": (~np.isfinite(values)).sum(axis=1),
        "n": np.full(len(arms), whole.sum()),
    }
    table = Table(columns, _regret_units(unit, told["point"]))
    point = {**grid({"point": np.flatnonzero(whole), "arm": arms}), "regret": behind.T.reshape(-1)}
    points = Table(point, {"point": POINT, "arm": ARM, "regret": (unit, "less than the best arm has at this point")})
    sentences = (*_regret_said(columns, told, each[:, whole]), *out_of_business(experiment, runs, arms))
    foot = about(experiment, int(whole.sum()))
    return Finding("regret", _regret_title(columns, told), sentences, {"regret": table, "points": points}, told, foot)


def _regret_units(unit: str, point: str) -> dict[str, tuple[str, str]]:
    points, at = f"{point}s", place_of(point)
    return {
        "arm": ARM,
        "mean": (unit, f"mean regret over {points}: what the arm has less than the best one there"),
        "mean_low": (unit, "lower end of its 95 % interval"),
        "mean_high": (unit, "upper end of its 95 % interval"),
        "high": (unit, f"regret that nine {points} in ten stay below"),
        "largest": (unit, f"largest regret of any {point}"),
        "best": (points, f"{points} {at} which no arm is better; ties count for each"),
        "tied": (points, "those of them that it shares with another arm"),
        "undefined": (points, f"{points} {at} which the arm has no value"),
        "n": (points, f"{points} {at} which all arms have a value, which are compared"),
    }


def _least(values: Array, names: Sequence[str]) -> str:
    """Names of the arms with the smallest value, ties included."""
    return " and ".join(name for name, x in zip(names, values, strict=True) if x == np.nanmin(values))


def _regret_title(columns: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    if not columns["n"][0]:
        return f"{told['title']}: no {told['point']} {place_of(told['point'])} which all arms have a value"
    names = list(told["titles"].values())
    by_mean, by_largest = _least(columns["mean"], names), _least(columns["largest"], names)
    what = told["title"][:1].lower() + told["title"][1:]
    if by_mean == by_largest:
        return f"{by_mean} gives away least in {what}, on average and at worst"
    return f"{by_mean} gives away least in {what} on average, {by_largest} at worst"


def _regret_said(columns: Mapping[str, Any], told: Mapping[str, Any], each: Array) -> tuple[str, ...]:
    """``each`` are the values of all runs, (arms, worlds, replications), the higher the better."""
    names, n, point = list(told["titles"].values()), int(columns["n"][0]), told["point"]
    at, said = place_of(point), []
    if n:
        order = np.argsort(columns["mean"], kind="stable")
        for k in order:
            mean, high, largest = (_money(columns[name][k], told) for name in ("mean", "high", "largest"))
            said.append(
                f"{names[k]}: regret {mean} on average, {high} or less {at} nine {point}s of ten, {largest} at worst; "
                f"best {at} {columns['best'][k]:,} of {n:,} {point}s."
            )
        said.append(_luck_of_the_best(each, told))
    for name, missing in zip(names, columns["undefined"].tolist(), strict=True):
        if missing:
            where = f"{missing:,} {point}{'s' * (missing > 1)}"
            said.append(f"{name} has no value {at} {where}, left out for all arms: that flatters it.")
    return tuple(filter(None, said))


def _money(value: float, told: Mapping[str, Any]) -> str:
    return amount(float(value), told["unit"], told["currency"])


def _luck_of_the_best(each: Array, told: Mapping[str, Any]) -> str:
    """How much smaller regret is where the best arm is chosen on one half of the runs and judged on the other."""
    times = each.shape[2]
    if times < 2:
        return f"With one replication, the best arm of a {told['point']} is the luckiest too: regret is too large."
    if not np.isfinite(each).all():
        return ""
    halves = [each[:, :, k::2].mean(axis=2) for k in (0, 1)]
    there = np.arange(each.shape[1])
    fair = [judge[choose.argmax(axis=0), there] for choose, judge in (halves, halves[::-1])]
    inflated = float(each.mean(axis=2).max(axis=0).mean() - np.mean(fair))
    if inflated <= 0:
        return ""
    return (
        f"The best arm of a {told['point']} is chosen by the runs that judge it, which adds "
        f"{_money(inflated, told)} at most to each mean regret."
    )


def satisfice(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """In which share of worlds each arm reaches all thresholds, in the mean over replications, and each one by itself.

    A measure without a value, as of a firm without customers, does not reach its threshold; a world in which no run of
    some arm came to an end counts for none. ``settings`` are those of KINDS, in full.
    """
    arms, limits = tuple(experiment.arms), {m: read_limit(said) for m, said in settings["thresholds"].items()}
    came = np.stack([np.isfinite(_any_value(experiment, runs, arm)) for arm in arms]).all(axis=0)
    n = int(came.sum())
    met = np.stack(
        [
            np.stack([lim.holds(mean_of_known(by_point(experiment, runs, m, arm))) for m, lim in limits.items()])
            for arm in arms
        ]
    )[:, :, came]  # (arms, thresholds, worlds)
    every: Mask = np.all(met, axis=1)
    told = {**settings, "currency": currency(experiment), "titles": titles(experiment)}
    told |= {"point": point_name(experiment), "sample": is_sample(experiment)}
    told["asked"] = {m: _asked(experiment, m, str(lim)) for m, lim in limits.items()}
    counts = every.sum(axis=1)
    ends = np.array([wilson(int(c), n) for c in counts]).reshape(-1, 2)
    ends = ends if is_sample(experiment) else np.full_like(ends, np.nan)
    points, at = f"{told['point']}s", place_of(told["point"])
    columns: dict[str, Any] = {"arm": labels(arms), "reached": counts, "share": counts / max(n, 1)}
    columns |= {"share_low": ends[:, 0], "share_high": ends[:, 1]}
    units = {
        "arm": ARM,
        "reached": (points, f"{points} {at} which all thresholds are reached"),
        "share": ("share", f"share of the {points} that are compared"),
        "share_low": ("share", "lower end of its 95 % interval"),
        "share_high": ("share", "upper end of its 95 % interval"),
    }
    for k, m in enumerate(limits):
        columns[m], units[m] = met[:, k].sum(axis=1) / max(n, 1), ("share", f"share that reaches {told['asked'][m]}")
    columns["n"], units["n"] = np.full(len(arms), n), (points, f"{points} that are compared")
    point = {**grid({"point": np.flatnonzero(came), "arm": arms}), "reached": every.T.reshape(-1).astype(np.int64)}
    about_points = {"point": POINT, "arm": ARM, "reached": ("0 or 1", "whether all thresholds are reached")}
    tables = {"satisficing": Table(columns, units), "points": Table(point, about_points)}
    sentences = (*_satisfice_said(experiment, every, columns, told), *out_of_business(experiment, runs, arms))
    return Finding("satisfice", _satisfice_title(columns, told), sentences, tables, told, about(experiment, n))


def _any_value(experiment: Experiment, runs: Runs, arm: str) -> Array:
    """Something of an arm at each point that every run has; nan where none came to an end."""
    return mean_of_known(by_point(experiment, runs, "insolvent", arm))


def _asked(experiment: Experiment, measure: str, limit: str) -> str:
    """A threshold in words: ``net present value >= EUR 1.0m``."""
    title, unit = titled(experiment, measure)
    sign, value = limit.split(" ")
    return f"{title[:1].lower()}{title[1:]} {sign} {stated(float(value), unit, currency(experiment))}"


def _satisfice_title(columns: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    names, n = list(told["titles"].values()), int(columns["n"][0])
    point, at = told["point"], place_of(told["point"])
    if not n:
        return f"No {point} {at} which all arms have runs"
    if len(names) == 1:
        return f"{names[0]} reaches what is asked {at} {percent(columns['share'][0])} of {point}s"
    if not columns["reached"].any():
        return f"No arm reaches what is asked {at} any {point}"
    first, most = _least(-columns["share"].astype(float), names), columns["share"].max()
    reach = "reach" if (columns["share"] == most).sum() > 1 else "reaches"
    return f"{first} {reach} what is asked {at} the most {point}s: {percent(most)}"


def _satisfice_said(
    experiment: Experiment, every: Mask, columns: Mapping[str, Any], told: Mapping[str, Any]
) -> tuple[str, ...]:
    names, n, point = list(told["titles"].values()), int(columns["n"][0]), told["point"]
    at = place_of(point)
    if not n:
        return ()
    said = [f"Asked: {'; '.join(told['asked'].values())}."]
    order = np.argsort(-columns["share"], kind="stable")
    for k in order:
        interval = f" ({between(columns['share_low'][k], columns['share_high'][k])})" if is_sample(experiment) else ""
        hardest = min(told["thresholds"], key=lambda m: columns[m][k])
        several = len(told["thresholds"]) > 1
        where = f"; hardest: {told['asked'][hardest]}, {at} {percent(columns[hardest][k])}" if several else ""
        said.append(f"{names[k]}: {at} {columns['reached'][k]:,} of {n:,} {point}s{interval}{where}.")
    if len(names) > 1:
        first, second = order[:2]
        gap = estimate(every[first].astype(float) - every[second])
        if every.any() and is_sample(experiment) and not gap.low > 0:
            said.append(f"{names[first]} and {names[second]} cannot be told apart in this.")
        nowhere = int((~every.any(axis=0)).sum())
        if nowhere:
            said.append(f"{at.title()} {nowhere:,} {point}{'s' * (nowhere > 1)} no arm reaches it.")
    lost = len(experiment.points) - n
    if lost:
        said.append(f"{lost:,} {point}{'s' * (lost > 1)} without runs of some arm left out.")
    return tuple(said)
