"""``cxsim run`` and ``cxsim compare``: simulate, show the table, leave a folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cxsim.cli.progress import Progress
from cxsim.cli.terminal import show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from cxsim.results import Comparison, Runs
    from cxsim.scenario import Scenario

_HEADINGS = r" {12,}\S|Profit per financial period"  # the titles of columns begin far to the right


def run(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """One scenario: its measures, and the tables and figures in a folder."""
    figures = _figures(options)
    folder, scenarios = _prepared(options)
    from cxsim.api import run

    with Progress(options) as progress:
        runs = run(
            scenarios[0], rng=options.rng, threads=options.threads, progress=progress, panel=options.panel or 0
        )
    place = _save(runs, folder, argv, figures)
    if options.json:
        from cxsim.report.machine import dumps, run_data

        print(dumps(run_data(runs, place)))
        return
    from cxsim.report.readings import firm_columns, firm_years, heading
    from cxsim.report.tables import run_table

    show(run_table(firm_columns(runs), firm_years(runs), heading(runs), can_unicode()), _HEADINGS)
    _tell(place)


def compare(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """Several scenarios over paired runs: differences from the first, and a folder."""
    figures = _figures(options)
    folder, scenarios = _prepared(options)
    from cxsim.api import compare

    with Progress(options) as progress:
        comparison = compare(
            scenarios,
            rng=options.rng,
            threads=options.threads,
            progress=progress,
            worlds=options.worlds,
            everyone=options.everyone,
            panel=options.panel or 0,
        )
    place = _save(comparison, folder, argv, figures)
    if options.json:
        from cxsim.report.machine import comparison_data, dumps

        print(dumps(comparison_data(comparison, place)))
        return
    from cxsim.report.readings import arm_columns, comparison_heading
    from cxsim.report.tables import comparison_table

    others = arm_columns(comparison.everyone) if comparison.everyone else ()
    arms, heading = arm_columns(comparison), comparison_heading(comparison)
    show(comparison_table(arms, heading, can_unicode(), everyone=others), _HEADINGS)
    _tell(place)


def _prepared(options: argparse.Namespace) -> tuple[Path, tuple[Scenario, ...]]:
    """Everything that can be wrong, scenarios and folder, is found here: before anything is simulated."""
    from pathlib import Path

    from cxsim import storage
    from cxsim.api import prepare
    from cxsim.results import default_folder, identity

    scenarios = prepare(options.scenarios, options.replications, options.customers)
    more = getattr(options, "worlds", 0), getattr(options, "everyone", False), options.panel or 0
    asked = scenarios, options.rng, *more
    folder = Path(options.out) if options.out else default_folder(*asked)
    storage.check(folder, identity(*asked))
    return folder, scenarios


def _figures(options: argparse.Namespace) -> list[str]:
    """The figures that are asked for besides those that are drawn anyway. Raises ScenarioError for an unknown name."""
    if not options.figure:
        return []
    from cxsim.report.figures import ANYWAY, known_figures
    from cxsim.scenario_check import unknown
    from cxsim.yaml_source import fail

    for name in options.figure:
        if name not in known_figures():
            fail(None, "--figure", unknown(name, known_figures(), "name"))
    return [name for name in options.figure if name not in ANYWAY]


def can_unicode() -> bool:
    """Whether standard output shows the sign of an interval."""
    from cxsim.report.tables import can_show

    return can_show("\u00b1", sys.stdout.encoding)


def _save(results: Runs | Comparison, folder: Path, argv: Sequence[str], figures: Sequence[str]) -> str:
    """The folder, written before anything is shown: whoever reads the table may stop early, as ``head`` does."""
    import shlex

    from cxsim.cli.fonts import font_cache

    font_cache()
    results.save(folder, command=shlex.join(["cxsim", *argv]), figures=figures or True)
    return str(folder)


def _tell(folder: str) -> None:
    print(f"\nResults: {folder} (figures, tables, resolved scenarios)")
