"""The commands and their options, as argparse knows them; each names the function that does it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from cxsim.cli.errors import BAD_INPUT
from cxsim.version import __version__

_ANY = 2**63 - 1  # no limit here; a scenario has its own

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
DIFF = """\
Show what differs between two scenarios, once all that they extend and all defaults are filled in: settings,
assumptions, levers, rivals and dated changes, each with its unit and meaning. Nothing is simulated.

examples:
  cxsim diff doormat_siloed mutual_siloed
  cxsim diff baseline my_idea.yaml
  cxsim diff my_idea.yaml results/my_idea/resolved.yaml --json
"""


class _Parser(argparse.ArgumentParser):
    """Errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"cxsim: {message}; see {self.prog} --help\n")


class _Commands:
    """Adds commands to a parser, all in one style."""

    def __init__(self, parser: argparse.ArgumentParser, dest: str, metavar: str) -> None:
        self._made = parser.add_subparsers(dest=dest, metavar=metavar, required=True)

    def add(self, name: str, about: str, action: str = "", text: str = "") -> argparse.ArgumentParser:
        """A command; ``action`` is the ``module.function`` of this package that does it."""
        sub: argparse.ArgumentParser = self._made.add_parser(
            name, help=about, description=text or f"{about[0].upper()}{about[1:]}.", **_PLAIN
        )
        if action:
            sub.set_defaults(action=action)
        return sub

    @property
    def parsers(self) -> dict[str, argparse.ArgumentParser]:
        """Every command's parser by name."""
        return dict(self._made.choices)


_PLAIN: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}


def whole(low: int, high: int) -> Callable[[str], int]:
    """A type for argparse: whole numbers from ``low`` to ``high``."""

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


def build() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the whole command line, and those of its commands by name."""
    parser = _Parser(prog="cxsim", description=ABOUT, **_PLAIN)
    parser.add_argument("--version", action="version", version=f"cxsim {__version__}")
    commands = _Commands(parser, "command", "COMMAND")
    _add_runs(commands)
    _add_scenarios(commands)
    return parser, commands.parsers


def _add_runs(commands: _Commands) -> None:
    sub = commands.add("run", "run one scenario", "runs.run", RUN)
    sub.add_argument("scenarios", nargs=1, metavar="SCENARIO", help="name or file")
    _add_run_options(sub)
    sub = commands.add("compare", "compare scenarios over paired runs", "runs.compare", COMPARE)
    sub.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="names or files; the first is the reference")
    _add_run_options(sub)
    worlds = "worlds drawn from the ranges of the assumptions, in which every arm is run once more; 0 for none"
    sub.add_argument("--worlds", type=whole(0, 10_000), metavar="N", default=100, help=f"{worlds} (default: 100)")
    sub.add_argument("--everyone", action="store_true", help="also show the arms with every rival under their policy")


def _add_run_options(sub: argparse.ArgumentParser) -> None:
    number = {
        "--replications": (1, _ANY, "N", "runs per scenario (default: the scenario's)"),
        "--rng": (0, 2**63 - 1, "SEED", "seed of the luck; the same seed gives the same numbers (default: 1)"),
        "--threads": (1, 1024, "N", "threads; they change the time, never a number (default: all processors)"),
        "--customers": (1, _ANY, "N", "simulated customers: resolution, not size of the market"),
    }
    for option, (low, high, letter, about) in number.items():
        default = 1 if option == "--rng" else None
        sub.add_argument(option, type=whole(low, high), metavar=letter, default=default, help=about)
    sub.add_argument("--out", type=_named, metavar="DIR", help="results folder (default: results/<names>-<hash>)")
    sub.add_argument("--quiet", action="store_true", help="no progress bar and no notes")
    sub.add_argument("--json", action="store_true", help="JSON instead of the table on standard output")


def _add_scenarios(commands: _Commands) -> None:
    sub = commands.add("describe", "show every value of a scenario", "scenarios.describe", DESCRIBE)
    sub.add_argument("scenario", metavar="SCENARIO", help="name or file")
    _add_json(sub)
    sub = commands.add("diff", "show what differs between two scenarios", "scenarios.diff", DIFF)
    sub.add_argument("one", metavar="A", help="name or file of a scenario")
    sub.add_argument("other", metavar="B", help="name or file of another")
    _add_json(sub)
    _add_json(commands.add("list", "show the shipped scenarios", "scenarios.list_shipped"))


def _add_json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--json", action="store_true", help="JSON on standard output")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options in ``argv``; what is wrong with them is said in one line, with the nearest right word."""
    parser, commands = build()
    first = next((a for a in argv if not a.startswith("-")), None)
    if first is not None and first not in commands:
        parser.error(f"unknown command {first[:60]!r}{_hint(first, list(commands))}")
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
