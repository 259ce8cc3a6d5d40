"""Arms over many worlds: how much each gives away against the best one there (regret, Savage 1951), and in how many it
reaches what is asked of it (satisficing; the domain criterion of Starr 1963).

Every point of the design counts as a world, and all as equally likely: no claim is made of how likely they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Table, grid, labels
from cxsim.intervals import estimate, wilson
from cxsim.report.findings_numbers import amount, between, difference_unit, percent, shown, stated
from cxsim.studies.analyses.findings import (
    ARM,
    POINT,
    Array,
    Finding,
    Runs,
    about,
    blocks,
    by_point,
    currency,
    is_sample,
    lower,
    mean_of_known,
    no_value,
    out_of_business,
    place_of,
    places_of_arms,
    point_name,
    titled,
    titles,
)
from cxsim.studies.analyses.prim import Mask
from cxsim.studies.analyses.questions import Limit, read_limit
from cxsim.studies.analyses.ranking import Top, best, best_of_runs, listed

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
    first = behind == 0
    sample = is_sample(experiment)
    spread = estimate(behind.T) if behind.size else None
    quantiles = np.quantile(behind, (_HIGH, 1.0), axis=1) if behind.size else np.full((2, len(arms)), np.nan)
    nothing = np.full(len(arms), np.nan)
    told = {**settings, "currency": currency(experiment), "title": title, "titles": titles(experiment)}
    told |= {"point": point_name(experiment), "sample": sample, "unit": difference_unit(unit)}
    columns: dict[str, Any] = {
        "arm": labels(arms),
        "mean": spread.mean if spread else nothing,
        "mean_low": spread.low if spread and sample else nothing,
        "mean_high": spread.high if spread and sample else nothing,
        "high": quantiles[0],
        "largest": quantiles[1],
        "best": first.sum(axis=1),
        "tied": (first & (first.sum(axis=0) > 1)).sum(axis=1),
        "undefined": (~np.isfinite(values)).sum(axis=1),
        "n": np.full(len(arms), whole.sum()),
    }
    table = Table(columns, _regret_units(told["unit"], told["point"]))
    point = {**grid({"point": np.flatnonzero(whole), "arm": arms}), "regret": behind.T.reshape(-1)}
    less = told["unit"], "less than the best arm has at this point"
    points = Table(point, {"point": POINT, "arm": ARM, "regret": less})
    leader = best_of_runs(each[:, whole]) if kept.size and _chosen(experiment) else None
    told["average"] = "on average"
    if leader is not None:
        told["average"] += " over these points" if kept.shape[1] > 1 else " at the one point"
    if leader is None and kept.size:
        leader = best(kept, blocks(experiment)[whole])
    title, told["figure"] = _regret_titles(leader, told)
    told["order"] = _not_apart(leader, told)
    if np.isnan(values).all():
        said = [no_value(experiment, runs, arms)]
    else:
        missing = dict(zip(told["titles"].values(), columns["undefined"].tolist(), strict=True))
        said = [*_regret_said(columns, told, each[:, whole]), *places_of_arms(experiment, missing, "no value")]
        if any(missing.values()):
            point = told["point"]
            said.append(f"Such {point}s are left out for all arms, which flatters those that have no value there.")
    sentences = (*said, *out_of_business(experiment, runs, arms))
    foot = about(experiment, int(whole.sum()))
    return Finding("regret", title, sentences, {"regret": table, "points": points}, told, foot)


def _chosen(experiment: Experiment) -> bool:
    """Whether points were chosen one by one, so that they stand for no others and only runs differ by luck."""
    return experiment.design.kind in ("grid", "list")


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


def _regret_titles(leader: Top | None, told: Mapping[str, Any]) -> tuple[str, str]:
    """What is found, in full and for a figure: who gives away least on average, as far as that can be told."""
    names, what, at = list(told["titles"].values()), lower(told["title"]), place_of(told["point"])
    if leader is None:
        none = f"{told['title']}: no {told['point']} {at} which all arms have a value"
        return none, none
    if len(leader.all) == len(names):
        untold = f"Which arm gives away least in {what}, {told['average']}, cannot be told"
        return untold, untold
    first = [names[k] for k in leader.all]
    if not leader.tied:
        alone = f"{first[0]} gives away least in {what}, {told['average']}"
        return alone, alone
    full = f"{listed(first)} give away least in {what}, {told['average']}, and cannot be told apart"
    return full, f"Least regret in {what}: {_briefly(first)}"


def _briefly(names: Sequence[str]) -> str:
    return " or ".join(names) if len(names) < 3 else f"one of {len(names)} arms"


def _not_apart(leader: Top | None, told: Mapping[str, Any]) -> str:
    """Who may be first, for the foot of a figure that has not all of them in its title."""
    names = list(told["titles"].values())
    if leader is None or not 2 < len(leader.all) < len(names):
        return ""
    return f"Not told apart at the top: {listed([names[k] for k in leader.all], len(names))}. "


def _regret_said(columns: Mapping[str, Any], told: Mapping[str, Any], each: Array) -> tuple[str, ...]:
    """``each`` are the values of all runs, (arms, worlds, replications), the higher the better."""
    names, n, point = list(told["titles"].values()), int(columns["n"][0]), told["point"]
    at, said = place_of(point), []
    if n:
        order = np.argsort(columns["mean"], kind="stable")
        for k in order:
            mean, high, largest = (_money(columns[name][k], told) for name in ("mean", "high", "largest"))
            words = shown([0.0], told["unit"]).unit
            if words.startswith("percentage"):  # once is enough
                high, largest = (text.removesuffix(f" {words}") for text in (high, largest))
            said.append(
                f"{names[k]}: regret {mean} on average, {high} or less {at} nine {point}s of ten, {largest} at worst; "
                f"best {at} {columns['best'][k]:,} of {n:,} {point}s."
            )
        said.append(_luck_of_the_best(each, told))
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
    added = _money(inflated, told)
    if inflated <= 0 or not any(digit in added for digit in "123456789"):
        return ""
    return (
        f"The best arm of a {told['point']} is chosen by the runs that judge it, which adds about "
        f"{added} or less to each mean regret."
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
    told["asked"] = {m: _asked(experiment, m, lim) for m, lim in limits.items()}
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
    if n and _chosen(experiment):
        title = told["figure"] = _counted(counts, n, told)
        told["order"] = ""
    else:
        leader = best(every.astype(float), blocks(experiment)[came]) if n else None
        title, told["figure"] = _satisfice_titles(columns, leader, told)
        told["order"] = _not_apart(leader, told)
    if n:
        said = _satisfice_said(experiment, every, columns, told)
    else:
        said = (no_value(experiment, runs, arms, "Arms that have no run together cannot be compared"),)
    sentences = (*said, *out_of_business(experiment, runs, arms))
    return Finding("satisfice", title, sentences, tables, told, about(experiment, n))


def _any_value(experiment: Experiment, runs: Runs, arm: str) -> Array:
    """Something of an arm at each point that every run has; nan where none came to an end."""
    return mean_of_known(by_point(experiment, runs, "insolvent", arm))


def _asked(experiment: Experiment, measure: str, limit: Limit) -> str:
    """A threshold in words: ``net present value >= EUR 1.0m``, ``goes out of business in no run``."""
    title, unit = titled(experiment, measure)
    if unit != "0 or 1":
        return f"{lower(title)} {limit.sign} {stated(limit.value, unit, currency(experiment))}"
    what = "goes out of business" if measure == "insolvent" else lower(title)
    if limit.sign == "<=" and limit.value == 0:
        return f"{what} in no run"
    if limit.sign == ">=" and limit.value == 1:
        return f"{what} in every run"
    bound = {"<=": "at most", ">=": "at least", "<": "fewer than", ">": "more than"}[limit.sign]
    return f"{what} in {bound} {stated(limit.value, 'share')} of runs"


def _satisfice_titles(columns: Mapping[str, Any], leader: Top | None, told: Mapping[str, Any]) -> tuple[str, str]:
    """What is found, in full and for a figure: who reaches it most often, as far as that can be told."""
    names, point = list(told["titles"].values()), told["point"]
    at = place_of(point)
    if leader is None:
        none = f"No {point} {at} which all arms have runs"
        return none, none
    share = percent(columns["share"].max())
    if len(names) == 1:
        only = f"{names[0]} reaches what is asked {at} {share} of {point}s"
        return only, only
    if not columns["reached"].any():
        nobody = f"No arm reaches what is asked {at} any {point}"
        return nobody, nobody
    if len(leader.all) == len(names):
        untold = f"Which arm reaches what is asked {at} the most {point}s cannot be told"
        return untold, untold
    most = f"what is asked {at} the most {point}s"
    if not leader.tied:
        alone = f"{names[leader.first]} reaches {most}: {share}"
        return alone, alone
    first = [names[k] for k in leader.all]
    shares = [columns["share"][k] for k in leader.all]
    span = between(min(shares), max(shares)) if percent(min(shares)) != percent(max(shares)) else share
    full = f"{listed(first)} reach {most}, {span}, and cannot be told apart"
    return full, f"Most {point}s {at} which what is asked is reached: {_briefly(first)}, {span}"


def _counted(counts: NDArray[np.int64], n: int, told: Mapping[str, Any]) -> str:
    """Who reaches it at the most of ``n`` chosen points: a fact of these, and no claim of others."""
    names, most = list(told["titles"].values()), int(counts.max())
    if not most:
        return "No arm reaches what is asked at any point" if len(names) > 1 else f"{names[0]} reaches it at no point"
    where = f"{most:,} of these {n:,} points" if n > 1 else "the one point"
    first = [name for name, count in zip(names, counts, strict=True) if count == most]
    who = "Every arm reaches" if len(first) == len(names) > 1 else f"{listed(first)} reach{'es' * (len(first) == 1)}"
    others = counts[counts < most]
    rest = f", {'the others' if len(others) > 1 else 'the other'} at " if len(others) else ""
    if len(others):
        next_most = int(others.max())
        rest += f"{next_most:,}{' or fewer' * (len(others) > 1)}" if next_most else "none"
    return f"{who} what is asked at {where}{rest}"


def _satisfice_said(
    experiment: Experiment, every: Mask, columns: Mapping[str, Any], told: Mapping[str, Any]
) -> tuple[str, ...]:
    names, n, point = list(told["titles"].values()), int(columns["n"][0]), told["point"]
    at = place_of(point)
    said = [f"Asked: {'; '.join(told['asked'].values())}."]
    order = np.argsort(-columns["share"], kind="stable")
    for k in order:
        interval = f" ({between(columns['share_low'][k], columns['share_high'][k])})" if is_sample(experiment) else ""
        hardest = min(told["thresholds"], key=lambda m: columns[m][k])
        several = len(told["thresholds"]) > 1
        where = f"; hardest: {told['asked'][hardest]}, {at} {percent(columns[hardest][k])}" if several else ""
        said.append(f"{names[k]}: {at} {columns['reached'][k]:,} of {n:,} {point}s{interval}{where}.")
    nowhere = int((~every.any(axis=0)).sum())
    if nowhere and len(names) > 1:
        said.append(f"{at.title()} {nowhere:,} {point}{'s' * (nowhere > 1)} no arm reaches it.")
    lost = len(experiment.points) - n
    if lost:
        said.append(f"{lost:,} {point}{'s' * (lost > 1)} without runs of some arm left out.")
    return tuple(said)
