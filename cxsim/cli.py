"""The command line. Thin: it imports what a command needs only when that command runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from cxsim.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from cxsim.results import Comparison, Runs
    from cxsim.scenario import Scenario

_ANY = 2**63 - 1  # no limit here; a scenario has its own
BAD_INPUT, INTERRUPTED, TERMINATED, PIPE_CLOSED = 2, 130, 143, 141
"""Exit statuses besides 0; the last three are what a shell reports for those signals."""

ABOUT = """\
Try a customer strategy on a simulated company before trying it on a real one.

examples:
  cxsim list                                    the scenarios that come with cxsim
  cxsim describe baseline                       every assumption and lever, with unit, range and source
  cxsim run baseline                            one company: loyalty, profit, people
  cxsim compare doormat_siloed mutual_siloed    two policies, the same customers, the same luck

A SCENARIO is the name of a shipped one or the path of a YAML file. To make your own, write a file
that extends a shipped one and changes what you want to change:

  title: Fewer favours
  extends: baseline
  policy:
    requests: {conceded_share: .1}
"""
RUN = """\
Run one scenario and show its measures with 95 % intervals over replications.

examples:
  cxsim run baseline
  cxsim run my_idea.yaml --replications 50 --rng 7
  cxsim run baseline --customers 100000          finer resolution: less noise, the same market
  cxsim run baseline --quiet --json > run.json

The intervals hold luck only; the assumptions of the scenario are not varied.
"""
COMPARE = """\
Run several scenarios on the same customers with the same luck, so that what differs is the policy.
The first is the reference; the others are shown as paired differences from it.

examples:
  cxsim compare doormat_siloed mutual_siloed
  cxsim compare doormat_siloed doormat_cross_functional mutual_siloed mutual_cross_functional
  cxsim compare baseline my_idea.yaml --out results/my_idea

The intervals hold luck only; the assumptions of the scenarios are not varied.
"""
DESCRIBE = """\
Show every value of a scenario with its unit, its range, its source and the place that set it.

examples:
  cxsim describe baseline
  cxsim describe my_idea.yaml --json
"""


class _Parser(argparse.ArgumentParser):
    """Errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"cxsim: {message}; see {self.prog} --help\n")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            most = f" to {high:,}" if high < _ANY else ""
            raise argparse.ArgumentTypeError(f"expected a whole number from {low:,}{most}, not {text[:40]!r}")
        return value

    return parse


def _named(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError(f"expected the name of a folder, not {text[:40]!r}")
    return text


def _parser() -> _Parser:
    plain: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}
    parser = _Parser(prog="cxsim", description=ABOUT, **plain)
    parser.add_argument("--version", action="version", version=f"cxsim {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, about, text in (
        ("run", "run one scenario", RUN),
        ("compare", "compare scenarios over paired runs", COMPARE),
    ):
        sub = commands.add_parser(name, help=about, description=text, **plain)
        many = name == "compare"
        sub.add_argument(
            "scenarios",
            nargs="+" if many else 1,
            metavar="SCENARIO",
            help="names or files; the first is the reference" if many else "name or file",
        )
        _add_run_options(sub)
    sub = commands.add_parser(
        "describe", help="show every value of a scenario", description=DESCRIBE, **plain
    )
    sub.add_argument("scenario", metavar="SCENARIO", help="name or file")
    sub.add_argument("--json", action="store_true", help="JSON on standard output")
    sub = commands.add_parser("list", help="show the shipped scenarios", **plain)
    sub.add_argument("--json", action="store_true", help="JSON on standard output")
    return parser


def _add_run_options(sub: argparse.ArgumentParser) -> None:
    number = {
        "--replications": (1, _ANY, "N", "runs per scenario (default: the scenario's)"),
        "--rng": (0, 2**63 - 1, "SEED", "seed of the luck; the same seed gives the same numbers (default: 1)"),
        "--threads": (1, 1024, "N", "threads; they change the time, never a number (default: all processors)"),
        "--customers": (1, _ANY, "N", "simulated customers: resolution, not size of the market"),
    }
    for option, (low, high, letter, about) in number.items():
        default = 1 if option == "--rng" else None
        sub.add_argument(option, type=_whole(low, high), metavar=letter, default=default, help=about)
    sub.add_argument("--out", type=_named, metavar="DIR", help="results folder (default: results/<names>-<hash>)")
    sub.add_argument("--quiet", action="store_true", help="no progress bar and no notes")
    sub.add_argument("--json", action="store_true", help="JSON instead of the table on standard output")


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = _parser()
    commands = ("run", "compare", "describe", "list")
    first = next((a for a in argv if not a.startswith("-")), None)
    if first is not None and first not in commands:
        parser.error(f"unknown command {first[:60]!r}{_hint(first, commands)}")
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        what = "option" if unknown[0].startswith("-") else "argument"
        known = [f"--{name}" for name in vars(options) if name not in ("command", "scenario", "scenarios")]
        near = _hint(unknown[0].partition("=")[0], [*known, "--help"])
        parser.error(f"{options.command}: unknown {what} {unknown[0][:60]!r}{near}")
    if options.command == "compare" and len(options.scenarios) < 2:
        alone = options.scenarios[0]
        parser.error(f"compare needs at least two scenarios; for one: cxsim run {alone}")
    return options


def _hint(word: str, known: Sequence[str]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    if word.endswith((".yaml", ".yml")):
        return f"; did you mean 'run {word}'?"
    return f"; there are {', '.join(known)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; wrong usage raises SystemExit(2) as argparse does."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        options = _parse(argv)
        _be_safe()
        commands = {"run": _run, "compare": _compare, "describe": _describe, "list": _list}
        commands[options.command](options, argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("cxsim: interrupted; no results were written", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        _close_stdout()
        return PIPE_CLOSED
    except (ValueError, OSError, MemoryError) as error:
        message = _explained(error)
        if message is None:
            raise
        print(f"cxsim: {message}", file=sys.stderr)
        return BAD_INPUT
    return 0


def _be_safe() -> None:
    """Show "?" where the terminal lacks a sign; let a polite kill clean up as Ctrl-C does."""
    import signal
    import threading

    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")

    def stop(signum: int, frame: object) -> NoReturn:
        raise SystemExit(TERMINATED)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


def _close_stdout() -> None:
    """Point standard output to nowhere, so that the interpreter's own flush at exit stays silent."""
    import contextlib
    import os

    with contextlib.suppress(OSError, ValueError):  # no real file beneath it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explained(error: Exception) -> str | None:
    """One line for an error that the user can mend; None for one of ours."""
    from cxsim.yaml_source import ScenarioError

    if isinstance(error, MemoryError):
        return "not enough memory; try fewer --customers or --threads"
    if isinstance(error, ScenarioError) or (isinstance(error, OSError) and not error.strerror and str(error)):
        return " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return None


def _run(options: argparse.Namespace, argv: Sequence[str]) -> None:
    folder, scenarios = _prepared(options)
    from cxsim.api import run

    with _Progress(options) as progress:
        runs = run(scenarios[0], rng=options.rng, threads=options.threads, progress=progress)
    from cxsim.report.readings import firm_columns, firm_years, heading
    from cxsim.report.tables import run_table

    if not options.json:
        _show(run_table(firm_columns(runs), firm_years(runs), heading(runs), _unicode()))

    def figures() -> dict[str, bytes]:
        from cxsim.report.figures import run_figures

        return run_figures(runs)

    place = _save(runs, folder, argv, figures)
    if options.json:
        from cxsim.report.machine import dumps, run_data

        print(dumps(run_data(runs, place)))


def _compare(options: argparse.Namespace, argv: Sequence[str]) -> None:
    folder, scenarios = _prepared(options)
    from cxsim.api import compare

    with _Progress(options) as progress:
        comparison = compare(scenarios, rng=options.rng, threads=options.threads, progress=progress)
    from cxsim.report.readings import arm_columns, comparison_heading
    from cxsim.report.tables import comparison_table

    if not options.json:
        _show(comparison_table(arm_columns(comparison), comparison_heading(comparison), _unicode()))

    def figures() -> dict[str, bytes]:
        from cxsim.report.figures import comparison_figures

        return comparison_figures(comparison)

    place = _save(comparison, folder, argv, figures)
    if options.json:
        from cxsim.report.machine import comparison_data, dumps

        print(dumps(comparison_data(comparison, place)))


def _prepared(options: argparse.Namespace) -> tuple[Path, tuple[Scenario, ...]]:
    """Everything that can be wrong, scenarios and folder, is found here: before anything is simulated."""
    from pathlib import Path

    from cxsim import storage
    from cxsim.api import prepare
    from cxsim.results import default_folder, identity

    scenarios = prepare(options.scenarios, options.replications, options.customers)
    folder = Path(options.out) if options.out else default_folder(scenarios, options.rng)
    storage.check(folder, identity(scenarios, options.rng))
    return folder, scenarios


def _unicode() -> bool:
    from cxsim.report.tables import can_show

    return can_show("\u00b1", sys.stdout.encoding)


def _show(table: str) -> None:
    print(table, flush=True)


def _save(
    results: Runs | Comparison, folder: Path, argv: Sequence[str], figures: Callable[[], dict[str, bytes]]
) -> str:
    import shlex

    def draw(place: Path) -> None:
        for name, content in figures().items():
            (place / name).write_bytes(content)

    results.save(folder, command=shlex.join(["cxsim", *argv]), figures=draw)
    if "--json" not in argv:
        print(f"\nResults: {folder} (figures, tables, resolved scenarios)")
    return str(folder)


def _describe(options: argparse.Namespace, argv: Sequence[str]) -> None:
    from cxsim.describe import describe, describe_data
    from cxsim.scenario import load

    scenario = load(options.scenario)
    if options.json:
        from cxsim.report.machine import dumps

        print(dumps(describe_data(scenario)))
    else:
        print(describe(scenario), end="")


def _list(options: argparse.Namespace, argv: Sequence[str]) -> None:
    from cxsim.scenario_files import shipped
    from cxsim.yaml_source import Scalar, read

    found = []
    for name, path in shipped().items():
        entries = read(path, name).entries  # not load(): that would bring the whole model with it
        texts = {key: node.text for key, node in entries.items() if isinstance(node, Scalar)}
        title, question = texts.get("title", name), texts.get("question", "")
        found.append({"name": name, "title": title, "question": " ".join(question.split())})
    if options.json:
        import json

        print(json.dumps(found, indent=2))
        return
    wide = max((len(one["name"]) for one in found), default=0) + 2
    for one in found:
        print(f"{one['name']:<{wide}}{one['title']}")
        if one["question"]:
            print(f"{'':<{wide}}{one['question']}")
    print("\nTry: cxsim describe NAME, cxsim run NAME, cxsim compare NAME NAME")


class _Progress:
    """A bar on standard error, on a terminal only; gone when the runs are done. Use as ``with``."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._shown = not options.quiet and sys.stderr.isatty()
        self._width = 0
        self._begun = 0.0

    def __enter__(self) -> _Progress:
        import time

        self._clock = time.monotonic
        if self._shown:
            from cxsim.engine.kernels import is_cold

            if is_cold():
                print("cxsim: compiling the model, once on this machine (some 10 s)", file=sys.stderr)
        return self

    def __exit__(self, *error: object) -> None:
        self._write("")

    def __call__(self, done: int, total: int) -> None:
        if done == 0:
            self._begun = self._clock()
        spent = self._clock() - self._begun
        left = f", {spent / done * (total - done):.0f} s left" if done and spent > 1 else ""
        full = 30 * done // max(total, 1)
        self._write(f"[{'#' * full}{'-' * (30 - full)}] {done}/{total} runs{left}")

    def _write(self, text: str) -> None:
        if self._shown:
            blank = " " * (self._width - len(text))
            sys.stderr.write(f"\r{text}{blank}" if text else f"\r{blank}\r")
            sys.stderr.flush()
            self._width = len(text)


if __name__ == "__main__":
    sys.exit(main())
