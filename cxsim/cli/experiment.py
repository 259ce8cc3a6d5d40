"""``cxsim experiment``: run an experiment, show what it found, and say how far one has come."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cxsim.cli.errors import NOT_WELL
from cxsim.cli.progress import Progress, announce_compiling
from cxsim.cli.terminal import bold, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from cxsim.studies.experiments.experiment import Experiment, Varied

_ANY = 10**12
_MOST_SHOWN = 20
_LONG_SECONDS, _DAY = 300.0, 24 * 3600.0  # of which one is told in any case, and which has to be allowed


def experiment(options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Run it, or tell about it; everything that can be wrong with it is found before anything is run."""
    if options.status:
        return _status(options)
    from cxsim.studies.experiments.read import read_experiment
    from cxsim.studies.experiments.results import default_folder

    asked = read_experiment(options.file, _ANY if options.yes else None, options.points, options.customers)
    folder = Path(options.out) if options.out else default_folder(asked)
    return (_dry_run if options.dry_run else _run)(asked, folder, options, argv)


def _run(asked: Experiment, folder: Path, options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Status 1 where no run came to its end."""
    import shlex

    from cxsim.cli.fonts import font_cache
    from cxsim.studies.experiments import run

    run.checked_folder(folder, asked)
    font_cache()
    _announce(asked, folder, options)
    with Progress(options) as progress:
        result = run.experiment(
            asked, folder, options.workers, options.scheduler, options.shard, progress,
            command=shlex.join(["cxsim", *argv]),
        )  # fmt: skip
    if options.json:
        from cxsim.report.experiment import experiment_data
        from cxsim.report.machine import dumps

        print(dumps(experiment_data(result, str(folder))))
    elif options.shard:
        part, parts = options.shard
        print(f"Part {part} of {parts}: {len(result.rows):,} runs in {folder}")
        print("When all parts are there, the same command without --shard finds what is to be found.")
    else:
        from cxsim.cli.runs import can_unicode
        from cxsim.report.experiment import experiment_text

        show(experiment_text(result, can_unicode()), r" {12,}\S|\d+\. [A-Z]{4}")
        print(f"\nResults: {folder} (runs, findings with tables and figures)")
    if len(result.failures) < len(result.rows) or not len(result.rows):
        return 0
    print(f"cxsim: all runs failed, the first with {result.failures['error'].iloc[0]}", file=sys.stderr)
    return NOT_WELL


def _announce(asked: Experiment, folder: Path, options: argparse.Namespace) -> None:
    """Say how large it is and how long it will take; refuse what takes days, unless that is allowed."""
    from cxsim.report.experiment import size_of
    from cxsim.studies.experiments.outlook import outlook
    from cxsim.yaml_source import ScenarioError

    if options.scheduler:  # whose pace nobody knows
        return
    found = outlook(asked, folder, options.workers, options.shard)
    if not found.runs:
        return
    if not options.quiet:
        announce_compiling()
    seconds = found.seconds
    size = f"{size_of(asked)}, {found.said(seconds)}"
    if seconds > _DAY and found.left and not options.yes:
        ways = "make it smaller, share it out with --shard or --scheduler, or allow it with --yes"
        raise ScenarioError(f"{options.file}: {size}: more than a day; {ways}")
    if not options.quiet and (seconds > _LONG_SECONDS or (sys.stderr.isatty() and found.left)):
        print(f"cxsim: {size}", file=sys.stderr)


def _dry_run(asked: Experiment, folder: Path, options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Size, time, what varies, and where it would be written."""
    from cxsim.report.experiment import size_of
    from cxsim.studies.experiments.outlook import outlook
    from cxsim.studies.experiments.run import checked_folder

    checked_folder(folder, asked)
    found = outlook(asked, folder, options.workers, options.shard)
    if options.json:
        import json
        from dataclasses import asdict

        data = {"title": asked.title, "points": len(asked.points), "arms": list(asked.arms), "runs": asked.n_runs}
        more = [{"analysis": kind, f.bound.replace(" ", "_"): f.runs} for kind, f in found.further if f]
        data |= {"further_runs": more, "there": found.there, "seconds": round(found.seconds, 1)}
        data |= {"vary": [asdict(v) for v in asked.vary], "folder": str(folder)}
        print(json.dumps(data, indent=2))
        return 0
    from cxsim.studies.experiments.pace import told

    print(bold(asked.title))
    print(f"{size_of(asked)}: {found.said(asked.n_runs * found.each)}")
    if found.there:
        print(f"{found.there:,} of them are there already: about {told(found.left * found.each)} for the rest")
    print(f"Design: {asked.design.kind}. Arms: {', '.join(asked.arms)}")
    for v in asked.vary[:_MOST_SHOWN]:
        print(f"  {_varied(v)}")
    if len(asked.vary) > _MOST_SHOWN:
        print(f"  and {len(asked.vary) - _MOST_SHOWN} more; --json shows all")
    if found.further:
        kinds = [f"{kind} ({f.bound} {f.runs:,} more runs)" if f else kind for kind, f in found.further]
        longer = f": about {told(found.seconds)} in all" if any(f for _, f in found.further) else ""
        print(f"Then: {', '.join(kinds)}{longer}")
    print(f"Folder: {folder}")
    return 0


def _varied(v: Varied) -> str:
    scale = ", log" if v.scale == "log" else ""
    where = f", in {', '.join(v.arms)}" if v.arms else ""
    return f"{v.path}: {v.low:g} to {v.high:g} {v.unit}{scale}{where}"


def _status(options: argparse.Namespace) -> int:
    """How far the runs of a folder have come."""
    from cxsim.studies.experiments.results import RUNS
    from cxsim.studies.runs.store import status

    found = status(Path(options.status) / RUNS)
    last = found.last.isoformat(timespec="seconds") if found.last else None
    if options.json:
        import json

        data = {"title": found.title, "done": found.done, "failed": found.failed, "left": found.left}
        print(json.dumps(data | {"more": found.more, "last": last, "command": found.command}, indent=2))
        return 0
    print(bold(found.title))
    failed = f", {found.failed:,} failed" if found.failed else ""
    print(f"{found.done:,} of {found.done + found.failed + found.left:,} runs are done{failed}")
    if found.more:
        print(f"{found.more:,} more were asked for by analyses")
    if last:
        print(f"Last: {last}")
    if found.left and found.command:
        print(f"To go on: {found.command}")
    return 0
