"""What a measure depends on, and how far it is luck, in sentences and tables; the numbers are those of ``indices``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Labels, Table, labels
from cxsim.intervals import t_quantile
from cxsim.report.findings_numbers import amount, between, percent, rounded
from cxsim.studies.analyses.findings import (
    Finding,
    Runs,
    about,
    by_point,
    currency,
    label,
    mean_of_known,
    titled,
    titles,
)
from cxsim.studies.analyses.indices import Indices, Luck, indices, swings

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

_NAMED = 3  # paths named in a sentence at most
_NORMAL = 1.96  # of the 95 % intervals of indices
_ERROR = 0.05  # chance that any path is named though none matters
_RAISED_BY_LUCK = ("total", "mu_star")  # indices that are positive where there is nothing but luck
_LITTLE = 0.05  # a total index that stays below it is said to hardly matter


def sensitivity(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """On which varied paths a measure of an arm depends, or its difference between two arms, and how far that is luck.

    ``settings`` are those of :data:`cxsim.studies.analyses.questions.KINDS`, in full. Raises ValueError where the
    points of a Saltelli or Morris design are not in its order.
    """
    title, unit = titled(experiment, settings["measure"])
    what = _what(experiment, settings, title)
    y = by_point(experiment, runs, settings["measure"], settings["arm"], settings["against"])
    means = mean_of_known(y)
    known = np.isfinite(means)
    told = {**settings, "currency": currency(experiment), "design": experiment.design.kind, "unit": unit, "what": what}
    told["short"] = f"Lead in {title[:1].lower()}{title[1:]}" if settings["against"] else title
    foot = about(experiment, int(known.sum()))
    if known.sum() < 3 or np.ptp(means[known]) == 0:
        why = "is the same at every point" if known.sum() > 2 else "is defined at fewer than three points"
        return Finding("sensitivity", f"{what} {why}", ("It depends on nothing that varies here.",), {}, told, foot)
    found, luck = indices(experiment, y, unit)
    rank = np.abs(np.asarray(found.table.columns[found.ranked_by]))
    order = np.argsort(-np.nan_to_num(rank), kind="stable")
    found = found._replace(table=_sorted(found.table, order))
    told |= {"method": found.method, "luck_known": luck is not None}
    n_missing = int(len(known) - known.sum())
    sentences = [
        *_SAID[found.ranked_by](found, experiment, told),
        _luck_sentence(experiment, luck, found.ranked_by),
        f"At {n_missing:,} point{'s' * (n_missing > 1)} it is undefined: left out." if n_missing else "",
        _converged(experiment, found, settings["tolerance"]),
    ]
    tables = {"indices": found.table, "swings": _sorted(swings(experiment, means, unit), order)}
    title = _title(what, found, experiment, luck is not None)
    return Finding("sensitivity", title, tuple(filter(None, sentences)), tables, told, foot)


def _what(experiment: Experiment, settings: Mapping[str, Any], title: str) -> str:
    names = titles(experiment)
    if settings["against"]:
        ahead, behind = names[settings["arm"]], names[settings["against"]]
        return f"The lead of {ahead} over {behind} in {title[:1].lower()}{title[1:]}"
    return f"{title} of {names[settings['arm']]}" if len(names) > 1 else title


def _sorted(table: Table, order: NDArray[np.intp]) -> Table:
    columns: dict[str, Any] = {}
    for name, column in table.columns.items():
        if isinstance(column, Labels):
            columns[name] = labels([column.names[column.codes[k]] for k in order])
        else:
            columns[name] = column[order]
    return replace(table, columns=columns)


def _rows(table: Table) -> list[dict[str, Any]]:
    """A dict per row, names as texts."""
    columns = {
        name: [column.names[k] for k in column.codes] if isinstance(column, Labels) else column.tolist()
        for name, column in table.columns.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _clear(rows: Sequence[Mapping[str, Any]], by: str, n: int, luck_known: bool = True) -> list[str]:
    """Paths whose index lies beyond nought and luck, strongest first; given how many there are (Bonferroni).

    None by an index that luck alone makes positive, where it is not known how much luck there is.
    """
    if by in _RAISED_BY_LUCK and not luck_known:
        return []
    wide = t_quantile(1 - _ERROR / 2 / len(rows), max(n - 2, 1))
    if by == "rank_correlation":
        return [r["path"] for r in rows if abs(r[by]) > wide / sqrt(n - 2 + wide * wide)]
    se = {r["path"]: (r[f"{by}_high"] - r[f"{by}_low"]) / 2 / _NORMAL for r in rows}
    return [r["path"] for r in rows if r[by] - wide * se[r["path"]] > r.get("luck", 0.0)]


def _title(what: str, found: Indices, experiment: Experiment, luck_known: bool) -> str:
    rows = _rows(found.table)
    clear = [label(path, experiment.paths) for path in _clear(rows, found.ranked_by, found.n, luck_known)]
    if len(clear) > 1:
        return f"{what} depends most on {clear[0]}, then on {clear[1]}"
    if clear:
        return f"{what} depends on {clear[0]}"
    if found.ranked_by in _RAISED_BY_LUCK and not luck_known:
        why = "one replication" if experiment.replications == 1 else "too few points with all replications"
        return f"{what}: what it depends on cannot be told from luck ({why})"
    return f"{what} depends clearly on nothing that varies here"


def _sobol_said(found: Indices, experiment: Experiment, told: Mapping[str, Any]) -> list[str]:
    rows = _rows(found.table)
    if not isfinite(rows[0]["total"]):
        return ["Luck hides what the parameters do: more replications are needed."]
    named = [
        f"{label(r['path'], experiment.paths)} {percent(r['total'])} ({between(r['total_low'], r['total_high'])})"
        for r in rows[:_NAMED]
    ]
    alone = sum(r["first"] for r in rows)
    little = [label(r["path"], experiment.paths) for r in rows if r["total_high"] < _LITTLE]
    hardly = f"Below {percent(_LITTLE)} each: {', '.join(little)}." if little else ""
    rest = ", the rest is their interplay" if told["luck_known"] else ""
    return [
        f"Of the variance between points, each explains, alone and with others: {', '.join(named)} (95 % interval).",
        f"Paths by themselves explain {percent(min(max(alone, 0), 1))} of it{rest}.",
        hardly,
    ]


def _morris_said(found: Indices, experiment: Experiment, told: Mapping[str, Any]) -> list[str]:
    rows = _rows(found.table)
    if not isfinite(rows[0]["mu_star"]):
        return ["Fewer than two chains are complete: more are needed."]
    unit, money = told["unit"], told["currency"]
    named = []
    for r in rows[:_NAMED]:
        text = f"{label(r['path'], experiment.paths)} by {amount(r['mu_star'], unit, money)}"
        mixed = abs(r["mu"]) < 0.5 * r["mu_star"]
        named.append(f"{text}, {'in either direction' if mixed else 'upwards' if r['mu'] > 0 else 'downwards'}")
    first = f"A move over all of its range changes it on average: {'; '.join(named)}."
    if not told["luck_known"]:
        return [first]
    within = [label(r["path"], experiment.paths) for r in rows if r["mu_star_low"] <= r["luck"]]
    lucky = ", ".join(within) if len(within) <= _NAMED else f"{len(within)} of {len(rows)} paths"
    curved = [label(r["path"], experiment.paths) for r in rows[:_NAMED] if r["sigma"] > r["mu_star"]]
    return [
        first,
        f"What it does depends on where the others stand: {', '.join(curved)}." if curved else "",
        f"Not told apart from luck: {lucky}." if within else "",
    ]


def _ranks_said(found: Indices, experiment: Experiment, told: Mapping[str, Any]) -> list[str]:
    rows = _rows(found.table)
    rho = {r["path"]: r["rank_correlation"] for r in rows}
    named = [
        f"{label(path, experiment.paths)} is {'high' if rho[path] > 0 else 'low'} ({rho[path]:+.2f})"
        for path in _clear(rows, "rank_correlation", found.n)[:_NAMED]
    ]
    if not named:
        return ["No rank correlation can be told from nought."]
    return [f"It is larger where {', '.join(named)} (rank correlation).", *_alone_said(rows, found, experiment)]


def _alone_said(rows: Sequence[Mapping[str, Any]], found: Indices, experiment: Experiment) -> list[str]:
    """What paths explain by themselves, where first indices were estimated and stand out."""
    if "first" not in found.table.columns:
        return []
    by_path = {r["path"]: r for r in rows}
    named = [
        f"{label(path, experiment.paths)} {percent(by_path[path]['first'])} "
        f"({between(by_path[path]['first_low'], by_path[path]['first_high'])})"
        for path in _clear(rows, "first", found.n)[:_NAMED]
    ]
    if not named:
        return []
    return [f"Of the variance between points, each explains by itself: {', '.join(named)} (95 % interval)."]


_SAID = {"total": _sobol_said, "mu_star": _morris_said, "rank_correlation": _ranks_said}


def _luck_sentence(experiment: Experiment, luck: Luck | None, ranked_by: str) -> str:
    if luck is None:
        return "One replication: luck cannot be told from parameters, and is contained in what they seem to do."
    n = experiment.replications
    taken = "it makes correlations smaller" if ranked_by == "rank_correlation" else "it is taken out of the indices"
    said = (
        f"Luck is {percent(luck.share)} of the variance of a single run and {percent(luck.of_means)} of that between "
        f"means over {n} replications; {taken}."
    )
    return said + " More replications would tell more than more points." * (luck.of_means > 0.5)


def _converged(experiment: Experiment, found: Indices, tolerance: float) -> str:
    """How many more runs would narrow the widest interval to the tolerance: widths go with one over their root."""
    if not isfinite(found.half) or found.half <= tolerance:
        return ""
    more = experiment.n_runs * ((found.half / tolerance) ** 2 - 1)
    of = " of the largest" if found.ranked_by == "mu_star" else ""
    return (
        f"Not converged: about {rounded(more)} more runs, to narrow the widest interval from +-{found.half:.2f} to "
        f"+-{tolerance:.2g}{of}."
    )
