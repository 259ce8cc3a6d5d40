"""What a measure depends on, and how far it is luck: tables and title; ``sensitivity_words`` says what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.frames import Labels, Table, labels
from cxsim.studies.analyses.findings import (
    Finding,
    Runs,
    about,
    by_point,
    currency,
    lower,
    mean_of_known,
    no_value,
    place_of,
    point_name,
    titled,
    titles,
)
from cxsim.studies.analyses.indices import indices
from cxsim.studies.analyses.sensitivity_words import clear_swings, named, sentences, tornado_title
from cxsim.studies.analyses.swings import swings

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment


def sensitivity(experiment: Experiment, runs: Runs, settings: Mapping[str, Any]) -> Finding:
    """On which varied paths a measure of an arm depends, or its difference between two arms, and how far that is luck.

    ``settings`` are those of :data:`cxsim.studies.analyses.questions.KINDS`, in full. Raises ValueError where the
    points of a Saltelli or Morris design are not in its order.
    """
    title, unit = titled(experiment, settings["measure"])
    what, point = _what(experiment, settings, title), point_name(experiment)
    y = by_point(experiment, runs, settings["measure"], settings["arm"], settings["against"])
    means = mean_of_known(y)
    known = np.isfinite(means)
    told = {**settings, "currency": currency(experiment), "design": experiment.design.kind, "unit": unit, "what": what}
    told["short"] = f"Lead in {lower(title)}" if settings["against"] else title
    told["point"] = point
    foot = about(experiment, int(known.sum()))
    if known.sum() < 3 or np.ptp(means[known]) == 0:
        arms = tuple(filter(None, (settings["arm"], settings["against"])))
        why, said = _nothing(int(known.sum()), point, no_value(experiment, runs, arms))
        return Finding("sensitivity", f"{what} {why}", (said,), {}, told, foot)
    found, luck = indices(experiment, y, unit)
    moved = swings(experiment, y, unit, f"{point}s")
    words = named(found, experiment, luck is not None)
    order = np.argsort(-np.nan_to_num(np.abs(np.asarray(found.table.columns[found.ranked_by]))), kind="stable")
    tables = {"indices": _sorted(found.table, order)}
    if moved is not None:
        tables["swings"] = _sorted(moved.table, order)
        told |= {"swings": moved.how, "clear_swings": clear_swings(moved, words.clear)}
        told["tornado"] = tornado_title(tables["swings"], words, told, experiment)
    if found.pairs is not None:
        tables["pairs"] = found.pairs
    told |= {"method": found.method, "luck_known": luck is not None, "figure": f"{told['short']}{words.brief}"}
    told["order"] = words.order
    all_said = sentences(found._replace(table=tables["indices"]), experiment, told, luck, words)
    n_missing = int(len(known) - known.sum())
    if n_missing:
        where = f"{place_of(point).title()} {n_missing:,} {point}{'s' * (n_missing > 1)}"
        all_said.append(f"{where} it is undefined: left out.")
    if moved is None:
        all_said.append(f"Too few {point}s to tell what each path does from its low to its high end: no tornado.")
    return Finding("sensitivity", f"{what}{words.title}", tuple(all_said), tables, told, foot)


def _nothing(n: int, point: str, missing: str) -> tuple[str, str]:
    """Why nothing is to be explained: the end of the title, and a sentence."""
    if not n:
        return f"has no value {place_of(point)} any {point}", missing
    if n < 3:
        return f"is defined {place_of(point)} fewer than three {point}s", "What it depends on cannot be told."
    return f"is the same {place_of(point)} every {point}", "Nothing that varies here moves it."


def _what(experiment: Experiment, settings: Mapping[str, Any], title: str) -> str:
    names = titles(experiment)
    if settings["against"]:
        ahead, behind = names[settings["arm"]], names[settings["against"]]
        return f"The lead of {ahead} over {behind} in {lower(title)}"
    return f"{title} of {names[settings['arm']]}" if len(names) > 1 else title


def _sorted(table: Table, order: NDArray[np.intp]) -> Table:
    columns: dict[str, Any] = {}
    for name, column in table.columns.items():
        if isinstance(column, Labels):
            columns[name] = labels([column.names[column.codes[k]] for k in order])
        else:
            columns[name] = column[order]
    return replace(table, columns=columns)
