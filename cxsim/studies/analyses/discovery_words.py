"""What scenario discovery says: how often a condition holds, boxes in words, and how far they are to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxsim.intervals import estimate, wilson
from cxsim.measures import MEASURES
from cxsim.report.findings_numbers import between, path_amount, percent, stated
from cxsim.report.sentences import few_runs
from cxsim.studies.analyses.boxes import FEWEST, Found, by_chance
from cxsim.studies.analyses.findings import (
    Array,
    Runs,
    currency,
    is_sample,
    label,
    lower,
    out_of_business,
    place_of,
    point_name,
    titled,
    titles,
)
from cxsim.studies.analyses.prim import Box, Mask
from cxsim.studies.analyses.questions import Condition

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment


def answer(experiment: Experiment, claim: str, wins: int, n: int) -> str:
    """How often the condition holds."""
    point = point_name(experiment)
    if not n:
        return f"{claim}: undefined {place_of(point)} every {point}"
    share = f"{wins:,}"
    if is_sample(experiment) and n > 1:
        share = "every one" if wins == n else "none" if wins == 0 else percent(wins / n)
    return f"{claim} {place_of(point)} {share} of {_counted(experiment, n)}"


def _counted(experiment: Experiment, n: int) -> str:
    """So many points: ``1 world``, ``400 points``."""
    return f"{n:,} {point_name(experiment)}{'s' * (n != 1)}"


def share_said(experiment: Experiment, wins: int, n: int) -> str:
    """How surely that share is known, where the points are a sample."""
    return f"95 % interval of that share: {between(*wilson(wins, n))}." if is_sample(experiment) else ""


def claim_said(experiment: Experiment, condition: Condition) -> str:
    """The condition in words: ``Mutual beats Doormat in net present value``."""
    left, right, names = condition.left, condition.right, titles(experiment)
    title, unit = titled(experiment, left.column)
    more = condition.sign.startswith(">")
    if right.arm and right.column == left.column:
        better = MEASURES[left.column].better if left.column in MEASURES else ""
        if better == ("higher" if more else "lower"):
            return f"{names[left.arm]} beats {names[right.arm]} in {lower(title)}"
        return f"{names[left.arm]} has {'more' if more else 'less'} than {names[right.arm]} in {lower(title)}"
    if right.arm:
        other = f"{lower(titled(experiment, right.column)[0])} of {names[right.arm]}"
    else:
        other = stated(right.value, unit, currency(experiment))
    return f"{title} of {names[left.arm]} is {'above' if more else 'below'} {other}"


def gap_title(experiment: Experiment, condition: Condition) -> str:
    """What is compared with nought."""
    names, title = titles(experiment), titled(experiment, condition.left.column)[0]
    right, unit = condition.right, titled(experiment, condition.left.column)[1]
    other = names[right.arm] if right.arm else stated(right.value, unit, currency(experiment))
    return f"{title}, {names[condition.left.arm]} less {other}"


def box_said(experiment: Experiment, found: Found | None, rare: Mask, told: Mapping[str, Any]) -> str:
    """Where the rarer kind lies; ``told`` are the settings of the finding."""
    kind, point = told["looked_for"], point_name(experiment)
    if not rare.any():
        return ""
    if rare.sum() < FEWEST:
        few = _counted(experiment, int(rare.sum()))
        return f"Too few {kind} ({few}, {FEWEST} at least) to search for where they lie."
    if found is None:
        size = f"{percent(told['smallest'])} of the {point}s or more"
        return (
            f"The search found no box, of {size}, in which {kind} are denser than chance makes them; that is not to "
            "say that there is none."
        )
    what = "The exception" if kind == "failures" else "Where it does"
    if found.now.density < told["density"]:
        what = f"The search found no box of {percent(told['density'])} density; the best one"
    dense = f"{percent(found.now.coverage)} of the {kind} with {percent(found.now.density)} density"
    base = f"{percent(float(rare.mean()))} {place_of(point)} all {point}s"
    return f"{what}, covering {dense} ({base}): {where(experiment, found.box)}."


def title_where(experiment: Experiment, found: Found | None, rare: Mask, told: Mapping[str, Any]) -> str:
    """The box for a title; nothing of one that does not hold at points left out."""
    if found is None or by_chance(found, rare):
        return ""
    fails, lies = told["looked_for"] == "failures", where(experiment, found.box, "is ")
    if found.now.density < told["density"]:
        return f"; it {'fails' if fails else 'does'} more often where {lies}"
    most = "mostly" if found.left_out.coverage >= 0.5 else "in part"
    return f"; {'the exceptions lie' if fails else 'it does'} {most} where {lies}"


def where(experiment: Experiment, box: Box, verb: str = "") -> str:
    """A box in words: ``cost to value below .62 and number of areas at most 2``; a ``verb`` makes it a clause."""
    said = []
    for path, side in box.limits:
        v, value = experiment.vary[path], float(box[side][path])
        words = ("at least", "at most") if v.integer else ("above", "below")
        said.append(f"{label(v.path, experiment.paths)} {verb}{words[side]} {path_amount(value, v.unit)}")
    return " and ".join(said)


def held_out_said(experiment: Experiment, found: Found | None, rare: Mask) -> str:
    """How far the box holds at points left out of the search."""
    if found is None:
        return ""
    out, points = found.left_out, f"{point_name(experiment)}s"
    at = f"{place_of(points)} {points} left out of the search"
    low, high = wilson(out.hits, out.n)
    if by_chance(found, rare):
        return f"It does not hold {at}, where its like is no denser than chance: take it for no finding."
    sample = is_sample(experiment)
    interval = f" ({between(low, high)})" if sample else ""
    said = f"{at.capitalize()}, such boxes have {percent(out.density)} density{interval}"
    less = sample and high < found.now.density
    chains = " Points of a chain share most of their values: limits are less sure than their quasi p."
    said += f" and cover {percent(out.coverage)}{': less, the limits follow chance in part' if less else ''}."
    return said + chains * (found.alone < 1)


def second_said(experiment: Experiment, second: Found | None, told: Mapping[str, Any]) -> str:
    """Where more of the rarer kind lies, outside the first box."""
    if second is None:
        return ""
    now, left_out, points = second.now, second.left_out, f"{point_name(experiment)}s"
    dense = f"another {percent(now.coverage)} of the {told['looked_for']} with {percent(now.density)} density"
    fair = f"{percent(left_out.density)} density {place_of(points)} {points} left out of the search"
    return f"A second box, of {points} outside the first, covering {dense} ({fair}): {where(experiment, second.box)}."


def unclear_said(experiment: Experiment, gaps: Array) -> str:
    """At how many points luck decides, of (points, replications)."""
    point = point_name(experiment)
    if gaps.shape[1] < 2:
        return f"With one replication, luck may decide {place_of(point)} {point}s where the two sides are close."
    found = estimate(gaps.T)
    n = int(((found.low <= 0) & (found.high >= 0)).sum())
    if not n:
        return ""
    of = f"{place_of(point).capitalize()} {n:,} of {_counted(experiment, int((found.n > 0).sum()))}"
    unclear = f"{of} the 95 % interval of the difference contains nought: luck may decide there."
    return " ".join(filter(None, [unclear, few_runs(gaps.shape[1])]))


def missing_said(experiment: Experiment, runs: Runs, condition: Condition, missing: int) -> list[str]:
    """Points left out, and firms out of business."""
    said, place = [], place_of(point_name(experiment)).capitalize()
    if missing == len(experiment.points):
        said.append(f"No {point_name(experiment)} has a value: nothing can be told of where it holds.")
    elif missing:
        said.append(f"{place} {_counted(experiment, missing)} the condition is undefined: left out.")
    arms = dict.fromkeys(side.arm for side in (condition.left, condition.right) if side.arm)
    return [*said, *out_of_business(experiment, runs, tuple(arms))]
