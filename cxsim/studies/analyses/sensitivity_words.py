"""What indices and swings say of a measure, in titles and sentences: no winner and no order that they do not carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cxsim.frames import Labels, Table
from cxsim.intervals import t_quantile
from cxsim.report.findings_numbers import amount, difference_unit, percent, rounded, share_between, shown
from cxsim.studies.analyses.findings import label, place_of, point_name
from cxsim.studies.analyses.indices import Indices, Luck
from cxsim.studies.analyses.ranking import listed, top
from cxsim.studies.analyses.swings import Swings

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

_NAMED, _BRIEFLY = 3, 2  # paths named in a sentence, and in the title of a figure, at most
_NORMAL = 1.96  # of the 95 % intervals of indices
_ERROR = 0.05  # chance that any path is named though none matters
_RAISED_BY_LUCK = ("total", "mu_star")  # indices that are positive where there is nothing but luck
_RANKED = 8  # points of which ranks agree by chance so seldom that a path can be named
_LITTLE = 0.05  # a total index that stays below it is said to hardly matter
_SURE = " (95 % interval)"
_UNTOLD = ": what it depends on cannot be told"


class Named(NamedTuple):
    """``clear`` paths lie beyond nought and luck; ``title`` and ``brief`` go on after the measure, in full or short.

    ``order`` says what is known of their order, where a figure names several; "" if all is said. ``unsure`` are paths
    that may matter as much as the first, or not at all.
    """

    clear: tuple[str, ...]
    title: str
    brief: str
    order: str = ""
    unsure: tuple[str, ...] = ()


def _rows(table: Table) -> list[dict[str, Any]]:
    """A dict per row, names as texts."""
    columns = {
        name: [column.names[k] for k in column.codes] if isinstance(column, Labels) else column.tolist()
        for name, column in table.columns.items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def named(found: Indices, experiment: Experiment, luck_known: bool) -> Named:
    """Which paths matter, and which of them most, as far as that can be told."""
    paths = experiment.paths
    rows = _rows(found.table)
    estimates = np.abs(np.array([r[found.ranked_by] for r in rows], float))
    if found.n < 2:
        return Named((), _UNTOLD, _UNTOLD)
    clear = _clear(rows, found.ranked_by, found.n, luck_known)
    clear = sorted(clear, key=lambda path: -estimates[paths.index(path)])
    names = [label(path, paths) for path in clear]
    if not clear:
        if found.ranked_by in _RAISED_BY_LUCK and not luck_known:
            why = "one replication" if experiment.replications == 1 else "too few points with all replications"
            return Named((), f"{_UNTOLD} from luck ({why})", f"{_UNTOLD} from luck")
        if found.ranked_by == "rank_correlation" and found.n < _RANKED:
            said = f"{_UNTOLD} from {found.n} {point_name(experiment)}s"
        else:
            said = " depends clearly on nothing that varies here"
        return Named((), said, said)
    assert found.shared is not None
    free = max(found.n - 2, 1)
    leader = top(estimates, found.shared, free)
    alike = [paths[k] for k in leader.all if paths[k] in clear]
    unsure = tuple(paths[k] for k in leader.all if paths[k] not in clear)
    if not leader.tied and not unsure:
        then = ""
        if len(clear) > 1:
            after = top(estimates, found.shared, free, [k for k in range(len(paths)) if k != leader.first])
            then = f", then on {names[1]}" if after.all == (paths.index(clear[1]),) else ""
        said = f" depends {'most ' * (len(clear) > 1)}on {names[0]}{then}"
        return Named(tuple(clear), said, said)
    if unsure and (not alike or max(estimates[paths.index(p)] for p in unsure) > estimates[paths.index(alike[-1])]):
        said, brief = (f" depends clearly on {listed(names, most)}" for most in (_NAMED, _BRIEFLY))
        more = "; which matters most cannot be told" * (len(names) > 1)
        return Named(tuple(clear), f"{said}{more}", brief, "Which matters most cannot be told.", unsure)
    apart = len(alike) > 1
    first = [label(path, paths) for path in alike]
    said, brief = (f" depends most on {listed(first, most)}" for most in (_NAMED, _BRIEFLY))
    order = "Those in the title cannot be told apart." if apart else ""
    return Named(tuple(clear), f"{said}{', which cannot be told apart' * apart}", brief, order, unsure)


def _clear(rows: Sequence[Mapping[str, Any]], by: str, n: int, luck_known: bool = True) -> list[str]:
    """Paths whose index lies beyond nought and luck; given how many there are (Bonferroni).

    None by an index that luck alone makes positive, where it is not known how much luck there is.
    """
    if by in _RAISED_BY_LUCK and not luck_known:
        return []
    tests = len(rows) * (2 if by == "mu_star" else 1)
    wide = t_quantile(1 - _ERROR / 2 / tests, max(n - 2, 1))
    if by == "rank_correlation":
        if n < _RANKED:
            return []
        return [r["path"] for r in rows if abs(r[by]) > wide / sqrt(n - 2 + wide * wide)]
    half = {r["path"]: (r[f"{by}_high"] - r[f"{by}_low"]) / 2 / _NORMAL * wide for r in rows}
    found = [r["path"] for r in rows if r[by] - half[r["path"]] > r.get("luck", 0.0)]
    if by == "mu_star":  # effects of one direction tell more by their mean, of which luck is no part
        wider = t_quantile(1 - _ERROR / 2 / tests, n - 1) / t_quantile(0.975, n - 1)
        found += [r["path"] for r in rows if abs(r["mu"]) > wider * (r["mu_high"] - r["mu"])]
    return list(dict.fromkeys(found))


def clear_swings(moved: Swings, clear: Sequence[str]) -> list[str]:
    """Of the paths that matter clearly, those whose swing excludes nought, given how many there are (Bonferroni)."""
    rows = _rows(moved.table)
    wider = t_quantile(1 - _ERROR / 2 / len(rows), moved.free) / t_quantile(0.975, moved.free)
    found = []
    for r in rows:
        half = (r["swing_high"] - r["swing_low"]) / 2
        if r["path"] in clear and abs(r["swing"]) > wider * half:
            found.append(r["path"])
    return found


def tornado_title(table: Table, words: Named, told: Mapping[str, Any], experiment: Experiment) -> str:
    """What the largest clear swing does; or as the finding has it, that none is clear."""
    if not words.clear:
        return f"{told['short']}{words.brief}"
    if not told["clear_swings"]:
        return f"{told['short']}: no path moves it clearly from one end of its range to the other"
    r = max((r for r in _rows(table) if r["path"] in told["clear_swings"]), key=lambda r: abs(r["swing"]))
    unit, money = told["unit"], told["currency"]
    goes = f"as {label(r['path'], experiment.paths)} goes from low to high"
    if "at_low" in r:
        low, high = (amount(r[key], unit, money) for key in ("at_low", "at_high"))
        return f"{told['short']} goes from {low} to {high} {goes}"
    by = amount(abs(r["swing"]), difference_unit(unit), money)
    return f"{told['short']} {'rises' if r['swing'] > 0 else 'falls'} by {by} on average {goes}"


def sentences(
    found: Indices, experiment: Experiment, told: Mapping[str, Any], luck: Luck | None, words: Named
) -> list[str]:
    """What the sorted table of ``found`` says, how far it is luck, and whether more runs would tell more."""
    said = [
        *_SAID[found.ranked_by](found, experiment, told, words),
        _unsure_said(words, experiment),
        _luck_sentence(experiment, luck, found.ranked_by, told["point"]),
        _converged(experiment, found, told["tolerance"]),
    ]
    return list(filter(None, said))


def _unsure_said(words: Named, experiment: Experiment) -> str:
    if not words.unsure:
        return ""
    names = listed([label(path, experiment.paths) for path in words.unsure])
    return f"Too unsure to say whether they matter as much or not at all: {names}."


def _share(value: float, low: float, high: float) -> str:
    """A share with its interval; an estimate can lie beyond what a share can be, and is told as a bound then."""
    if low <= 0 and high >= 1:
        return "too unsure to tell"
    if value > 1:
        return f"{percent(min(low, 1.0))} or more"
    if value < 0:
        return f"{percent(max(high, 0.0))} or less"
    return f"{percent(value)} ({share_between(low, high)})"


def _sobol_said(found: Indices, experiment: Experiment, told: Mapping[str, Any], words: Named) -> list[str]:
    rows = _rows(found.table)
    if found.n < 2:
        return ["Fewer than two base samples are complete: more are needed."]
    if not isfinite(rows[0]["total"]):
        return ["Luck hides what the parameters do: more replications are needed."]
    each = [
        f"{label(r['path'], experiment.paths)} {_share(r['total'], r['total_low'], r['total_high'])}"
        for r in rows[:_NAMED]
    ]
    small = [r["path"] for r in rows if r["total_high"] < _LITTLE and r["path"] not in words.unsure]
    little = [label(path, experiment.paths) for path in small]
    return [
        f"Of the variance between points, each explains, alone and with others: {', '.join(each)}{_SURE}.",
        *_interplay_said(found, experiment, told),
        *_pairs_said(found, experiment, told),
        f"Below {percent(_LITTLE)} each: {', '.join(little)}." if little else "",
    ]


def _interplay_said(found: Indices, experiment: Experiment, told: Mapping[str, Any]) -> list[str]:
    """What paths explain by themselves, and whether interplay is left: given intervals of sums and differences."""
    paths = experiment.paths
    by_path = {r["path"]: r for r in _rows(found.table)}
    first, total = (found.drawn[name] for name in ("first", "total"))
    alone = sum(r["first"] for r in by_path.values())
    half = t_quantile(0.975, max(found.n - 1, 1)) * float(first.sum(axis=1).std(ddof=1))
    low, high = alone - half, alone + half
    wide = t_quantile(1 - _ERROR / 2 / len(paths), max(found.n - 2, 1))
    spread = wide * (total - first).std(axis=0, ddof=1)
    joint = [p for k, p in enumerate(paths) if by_path[p]["total"] - by_path[p]["first"] > spread[k]]
    joint = joint if told["luck_known"] else []
    said = []
    none = "" if joint or not told["luck_known"] else "; interplay cannot be told from none"
    if low <= 0:
        said.append("How much of it paths explain by themselves is too unsure to tell.")
    elif high < 1:
        rest = ", the rest is their interplay" if told["luck_known"] else ""
        said.append(f"Paths by themselves explain {_share(alone, low, high)} of it{rest}.")
    elif low > 1:
        said.append(f"First indices add up to {100 * alone:.0f} %, more than there is: too unsure, more base points.")
    else:
        said.append(f"Paths by themselves explain {_share(alone, low, high)} of it{none}.")
    if joint:
        joint = sorted(joint, key=lambda p: by_path[p]["first"] - by_path[p]["total"])
        each = [f"{label(p, paths)} ({percent(max(by_path[p]['first'], 0.0))} alone)" for p in joint[:_NAMED]]
        said.append(f"Clearly more with others than alone: {', '.join(each)}.")
    return said


def _pairs_said(found: Indices, experiment: Experiment, told: Mapping[str, Any]) -> list[str]:
    """The pairs whose index excludes nought, given how many there are (Bonferroni)."""
    if found.pairs is None or not told["luck_known"]:
        return []
    rows = _rows(found.pairs)
    wider = t_quantile(1 - _ERROR / 2 / len(rows), max(found.n - 2, 1)) / _NORMAL
    clear = [r for r in rows if r["second"] > wider * (r["second"] - r["second_low"])]
    if not clear:
        return ["No pair of paths explains clearly more together than each by itself."]
    each = [
        f"{label(r['path'], experiment.paths)} with {label(r['other'], experiment.paths)} "
        f"{_share(r['second'], r['second_low'], r['second_high'])}"
        for r in clear[:_NAMED]
    ]
    return [f"Pairs explain, beyond each path by itself: {', '.join(each)}{_SURE}."]


def _morris_said(found: Indices, experiment: Experiment, told: Mapping[str, Any], words: Named) -> list[str]:
    rows = _rows(found.table)
    if found.n < 2:
        return ["Fewer than two chains are complete: more are needed."]
    unit, money = difference_unit(told["unit"]), told["currency"]
    each = []
    for r in rows[:_NAMED]:
        how = shown([r["mu_star"]], unit, money, 2)
        ends = f"{how.text(max(r['mu_star_low'], 0.0))} to {how.text(r['mu_star_high'])}"
        by = f"{amount(r['mu_star'], unit, money)} ({ends})"
        way = ", upwards" if r["mu_low"] > 0 else ", downwards" if r["mu_high"] < 0 else ""
        mixed = abs(r["mu"]) < 0.5 * r["mu_star"] and r["path"] in words.clear
        each.append(f"{label(r['path'], experiment.paths)} by {by}{', in either direction' if mixed else way}")
    first = f"A move over all of its range changes it on average: {'; '.join(each)}."
    if not told["luck_known"]:
        return [first]
    within = [label(r["path"], experiment.paths) for r in rows if r["path"] not in words.clear]
    lucky = ", ".join(within) if len(within) <= _NAMED else f"{len(within)} of {len(rows)} paths"
    bent = [r["path"] for r in rows[:_NAMED] if r["sigma"] > r["mu_star"] and r["path"] in words.clear]
    curved = [label(path, experiment.paths) for path in bent]
    return [
        first,
        f"What it does depends on where it and the others stand: {', '.join(curved)}." if curved else "",
        f"Not told apart from luck: {lucky}." if within else "",
    ]


def _ranks_said(found: Indices, experiment: Experiment, told: Mapping[str, Any], words: Named) -> list[str]:
    rows = _rows(found.table)
    rho = {r["path"]: r["rank_correlation"] for r in rows}
    each = [
        f"{label(path, experiment.paths)} is {'high' if rho[path] > 0 else 'low'} ({rho[path]:+.2f})"
        for path in words.clear[:_NAMED]
    ]
    if not each:
        return ["No rank correlation can be told from nought."]
    return [f"It is larger where {', '.join(each)} (rank correlation).", *_alone_said(rows, found, experiment, told)]


def _alone_said(
    rows: Sequence[Mapping[str, Any]], found: Indices, experiment: Experiment, told: Mapping[str, Any]
) -> list[str]:
    """What paths explain by themselves, where first indices were estimated and stand out."""
    if "first" not in found.table.columns:
        return []
    by_path = {r["path"]: r for r in rows}
    each = []
    for path in _clear(rows, "first", found.n)[:_NAMED]:
        one = by_path[path]
        each.append(f"{label(path, experiment.paths)} {_share(one['first'], one['first_low'], one['first_high'])}")
    if not each:
        return []
    return [f"Of the variance between {told['point']}s, each explains by itself: {', '.join(each)}{_SURE}."]


_SAID = {"total": _sobol_said, "mu_star": _morris_said, "rank_correlation": _ranks_said}


_TAKEN = {
    "total": "it is taken out of the indices",
    "mu_star": "it enlarges effects, by what luck alone would give at most (luck in the table)",
    "rank_correlation": "it makes correlations smaller",
}


def _luck_sentence(experiment: Experiment, luck: Luck | None, ranked_by: str, point: str) -> str:
    n = experiment.replications
    if luck is None:
        few = "One replication" if n == 1 else f"Too few {point}s with all replications"
        return f"{few}: luck cannot be told from parameters, and is contained in what they seem to do."
    taken = _TAKEN[ranked_by]
    means = f"{percent(luck.of_means)} of the variance between means over {n} replications"
    if experiment.common_random_numbers and luck.alike >= _LITTLE:
        said = (
            f"Luck is {percent(luck.share)} of the variance of a single run. Of that luck {percent(luck.alike)} is the "
            f"same {place_of(point)} all {point}s (common random numbers) and drops out between them; the rest is "
            f"{means}: {taken}."
        )
    else:
        said = f"Luck is {percent(luck.share)} of the variance of a single run and {means}; {taken}."
    return said + f" More replications would tell more than more {point}s." * (luck.of_means > 0.5)


def _converged(experiment: Experiment, found: Indices, tolerance: float) -> str:
    """How many more runs would narrow the widest interval to the tolerance: widths go with one over their root."""
    if found.widest is None or found.widest.half <= tolerance:
        return ""
    half, whose = found.widest
    more = experiment.n_runs * ((half / tolerance) ** 2 - 1)
    of = " of the largest" if found.ranked_by == "mu_star" else ""
    return (
        f"Not converged: about {rounded(more)} more runs, to narrow the widest interval, that of {whose}, from "
        f"+-{half:.2f} to +-{tolerance:.2g}{of}."
    )
