"""The result of an experiment as text: what was run, the arms over all points, and what was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.record import RESULTS_VERSION
from cxsim.report.findings import finding_data, finding_text
from cxsim.report.findings_numbers import shown
from cxsim.report.sheet import Block, Sheet, as_text
from cxsim.studies.analyses.findings import by_point, currency, mean_of_known, titled, titles

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment
    from cxsim.studies.experiments.results import ExperimentResult

_MOST_ARMS = 3  # side by side


def experiment_text(result: ExperimentResult, unicode: bool = False) -> str:
    """Title, size, a row for every measure that is asked for, and the findings in their order."""
    parts = [as_text(Sheet(tuple(_head(result)), (_block(result),), tuple(_foot(result))), unicode).rstrip()]
    told: set[str] = set()
    for k, found in enumerate(result.findings, 1):
        # who goes out of business is the same in every finding: once is enough
        new = tuple(said for said in found.sentences if said not in told or not said.startswith("Out of business"))
        told |= set(found.sentences)
        text = finding_text(replace(found, sentences=new), unicode)
        parts += [f"{k}. {found.kind.replace('_', ' ').upper()}", text]
    return "\n\n".join(parts) + "\n"


def size_of(experiment: Experiment) -> str:
    """``120 points x 2 arms x 3 replications = 720 runs``."""
    n, arms, times = len(experiment.points), len(experiment.arms), experiment.replications
    parts = [f"{n:,} point{'s' * (n > 1)}", f"{arms} arm{'s' * (arms > 1)}", f"{times} replication{'s' * (times > 1)}"]
    return f"{' x '.join(parts)} = {experiment.n_runs:,} run{'s' * (experiment.n_runs > 1)}"


def _head(result: ExperimentResult) -> Iterator[str]:
    e = result.experiment
    yield e.title
    if e.question:
        yield e.question
    first = next(iter(e.arms.values()))
    varied = f"{len(e.vary)} path{'s' * (len(e.vary) != 1)} varied"
    yield f"{size_of(e)}, {varied}"
    yield f"{first.customers:,} customers, {first.horizon_months} months, results v{RESULTS_VERSION}"
    if n := len(result.failures):
        yield f"{n:,} run{'s' * (n > 1)} failed and {'are' if n > 1 else 'is'} left out: failures.csv says why"


def _block(result: ExperimentResult) -> Block:
    """A row for every measure and a column for every arm, or the other way round where arms are many."""
    e, arms = result.experiment, list(titles(result.experiment).values())
    rows = [_row(result, name) for name in e.measures]
    if len(arms) <= _MOST_ARMS:
        return Block(arms, rows, "", _MOST_ARMS)
    heads = ["\n".join(filter(None, row[:2])) for row in rows]
    return Block(heads, [[arm, "", *(row[k] for row in rows)] for k, arm in enumerate(arms, 2)], "", _MOST_ARMS)


def _row(result: ExperimentResult, name: str) -> list[str]:
    """A measure, its unit, and for every arm the median over the points and where the middle nine tenths of them lie.

    Of what either is or is not, the share of the points.
    """
    e, (title, unit) = result.experiment, titled(result.experiment, name)
    values = [mean_of_known(by_point(e, result.rows, name, arm)) for arm in e.arms]
    known = [x[np.isfinite(x)] for x in values]
    if unit == "0 or 1":
        return [title, "% of points", *(f"{100 * x.mean():.0f}" if len(x) else "n/a" for x in known)]
    how = shown(np.concatenate(known).tolist(), unit, currency(e))
    cells = []
    for x in known:
        low, middle, high = np.quantile(x, (0.05, 0.5, 0.95)).tolist() if len(x) else (np.nan,) * 3
        spread = f" ({how.text(low)} to {how.text(high)})" if len(x) > 1 else ""
        cells.append(f"{how.text(middle)}{spread}" if len(x) else "n/a")
    return [title, how.unit, *cells]


def _foot(result: ExperimentResult) -> Iterator[str]:
    if len(result.experiment.points) > 1:
        yield "Median over all points; nine tenths of them lie in the range behind it."


def experiment_data(result: ExperimentResult, folder: str) -> dict[str, Any]:
    """What was run and found, for machines."""
    e = result.experiment
    return {
        "title": e.title, "question": e.question, "name": e.name, "hash": e.hash, "results_version": RESULTS_VERSION,
        "folder": folder, "runs": len(result.rows), "failed": len(result.failures), "points": len(e.points),
        "arms": list(e.arms), "vary": list(e.paths), "measures": list(e.measures),
        "findings": [finding_data(found) for found in result.findings],
    }  # fmt: skip
