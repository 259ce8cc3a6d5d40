"""``cxsim experiment``: run an experiment, show what it found, and say how far one has come."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cxsim.cli.progress import Progress
from cxsim.cli.terminal import bold, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from cxsim.studies.experiments.experiment import Experiment, Varied

_ANY = 10**12
_MOST_SHOWN = 20


def experiment(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """Run it, or tell about it; everything that can be wrong with it is found before anything is run."""
    if options.status:
        _status(options)
        return
    from cxsim.studies.experiments.read import read_experiment
    from cxsim.studies.experiments.results import default_folder

    asked = read_experiment(options.file, _ANY if options.yes else None, options.points, options.customers)
    folder = Path(options.out) if options.out else default_folder(asked)
    (_dry_run if options.dry_run else _run)(asked, folder, options, argv)


def _run(asked: Experiment, folder: Path, options: argparse.Namespace, argv: Sequence[str]) -> None:
    import shlex

    from cxsim.cli.fonts import font_cache
    from cxsim.studies.experiments import run

    font_cache()
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


def _dry_run(asked: Experiment, folder: Path, options: argparse.Namespace, argv: Sequence[str]) -> None:
    """Size, time, what varies, and where it would be written."""
    from cxsim.report.experiment import size_of
    from cxsim.running import available_threads
    from cxsim.studies.analyses.kinds import further
    from cxsim.studies.experiments.pace import seconds_per_run, told
    from cxsim.studies.experiments.run import checked_folder

    checked_folder(folder, asked)
    workers = options.workers or available_threads()
    each = seconds_per_run(next(iter(asked.arms.values()))) / workers
    more = [(a.kind, further(a, asked)) for a in asked.analysis]
    in_all = (asked.n_runs + sum(f.runs for _, f in more if f)) * each
    if options.json:
        import json
        from dataclasses import asdict

        data = {"title": asked.title, "points": len(asked.points), "arms": list(asked.arms), "runs": asked.n_runs}
        data["further_runs"] = [{"analysis": kind, f.bound.replace(" ", "_"): f.runs} for kind, f in more if f]
        data |= {"seconds": round(in_all, 1), "vary": [asdict(v) for v in asked.vary], "folder": str(folder)}
        print(json.dumps(data, indent=2))
        return
    print(bold(asked.title))
    here = f"with {workers} process{'es' * (workers > 1)} on this machine"
    print(f"{size_of(asked)}: about {told(asked.n_runs * each)} {here}")
    print(f"Design: {asked.design.kind}. Arms: {', '.join(asked.arms)}")
    for v in asked.vary[:_MOST_SHOWN]:
        print(f"  {_varied(v)}")
    if len(asked.vary) > _MOST_SHOWN:
        print(f"  and {len(asked.vary) - _MOST_SHOWN} more; --json shows all")
    if more:
        kinds = [f"{kind} ({f.bound} {f.runs:,} more runs)" if f else kind for kind, f in more]
        longer = f": about {told(in_all)} in all" if any(f for _, f in more) else ""
        print(f"Then: {', '.join(kinds)}{longer}")
    print(f"Folder: {folder}")


def _varied(v: Varied) -> str:
    scale = ", log" if v.scale == "log" else ""
    where = f", in {', '.join(v.arms)}" if v.arms else ""
    return f"{v.path}: {v.low:g} to {v.high:g} {v.unit}{scale}{where}"


def _status(options: argparse.Namespace) -> None:
    """How far the runs of a folder have come."""
    from cxsim.studies.experiments.results import RUNS
    from cxsim.studies.runs.store import status

    found = status(Path(options.status) / RUNS)
    last = found.last.isoformat(timespec="seconds") if found.last else None
    if options.json:
        import json

        data = {"title": found.title, "done": found.done, "failed": found.failed, "left": found.left}
        print(json.dumps(data | {"more": found.more, "last": last, "command": found.command}, indent=2))
        return
    print(bold(found.title))
    failed = f", {found.failed:,} failed" if found.failed else ""
    print(f"{found.done:,} of {found.done + found.failed + found.left:,} runs are done{failed}")
    if found.more:
        print(f"{found.more:,} more were asked for by analyses")
    if last:
        print(f"Last: {last}")
    if found.left and found.command:
        print(f"To go on: {found.command}")
