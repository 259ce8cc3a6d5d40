"""The commands and their options, as argparse knows them; each names the function that does it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from cxsim.cli import texts
from cxsim.cli.errors import BAD_INPUT, one_line
from cxsim.version import __version__

SHELLS = ("bash", "zsh", "fish", "powershell")
_ANY = 2**63 - 1  # no limit here; a scenario has its own

_PLAIN: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}


class Parser(argparse.ArgumentParser):
    """A command, or all of them. Errors are one line; ``below`` are the commands that it has, by name."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**_PLAIN, **settings)
        self.below: dict[str, Parser] = {}
        self._adder: Any = None

    def error(self, message: str) -> NoReturn:
        """End with one line on standard error."""
        self.exit(BAD_INPUT, f"cxsim: {one_line(message)}; see {self.prog} --help\n")

    def commands(self, dest: str) -> None:
        """Let commands follow."""
        self._adder = self.add_subparsers(dest=dest, metavar=dest.upper(), required=True)

    def command(self, name: str, about: str, action: str = "", text: str = "") -> Parser:
        """Add a command; ``action`` is the ``module.function`` of this package that does it."""
        sub: Parser = self._adder.add_parser(name, help=about, description=text or f"{about[0].upper()}{about[1:]}.")
        if action:
            sub.set_defaults(action=action)
        self.below[name] = sub
        return sub

    @property
    def options(self) -> list[str]:
        """The options of this command, such as ``--rng``."""
        return [o for action in self._actions for o in action.option_strings if o.startswith("--")]

    @property
    def values(self) -> dict[str, str]:
        """The options of this command that take a value, and what they call it."""
        taking = [action for action in self._actions if action.option_strings and action.nargs is None]
        return {option: str(action.metavar) for action in taking for option in action.option_strings}

    @property
    def arguments(self) -> list[argparse.Action]:
        """What this command takes besides options, in order."""
        return [action for action in self._actions if not action.option_strings]


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


def named(what: str) -> Callable[[str], str]:
    """A type for argparse: the name of a file or folder, not blank."""

    def parse(text: str) -> str:
        if not text.strip():
            raise argparse.ArgumentTypeError(f"expected the name of a {what}, not {text[:40]!r}")
        return text

    return parse


def build() -> Parser:
    """The parser of the whole command line."""
    parser = Parser(prog="cxsim", description=texts.ABOUT)
    parser.add_argument("--version", action="version", version=f"cxsim {__version__}")
    parser.commands("command")
    _add_runs(parser)
    _add_experiment(parser)
    _add_claims(parser)
    _add_app(parser)
    _add_scenarios(parser)
    _add_new(parser)
    _add_schema(parser)
    _add_doctor(parser)
    about = "print a script that completes in your shell"
    sub = parser.command("completion", about, "completion.script", texts.COMPLETION)
    sub.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    return parser


def _add_runs(parser: Parser) -> None:
    sub = parser.command("run", "run one scenario", "runs.run", texts.RUN)
    sub.add_argument("scenarios", nargs=1, metavar="SCENARIO", help="name or file")
    _add_run_options(sub)
    sub = parser.command("compare", "compare scenarios over paired runs", "runs.compare", texts.COMPARE)
    sub.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="names or files; the first is the reference")
    _add_run_options(sub)
    worlds = "worlds drawn from the ranges of the assumptions, in which every arm is run once more; 0 for none"
    sub.add_argument("--worlds", type=whole(0, 10_000), metavar="N", default=100, help=f"{worlds} (default: 100)")
    sub.add_argument("--everyone", action="store_true", help="also show the arms with every rival under their policy")


FIGURE = "draw this besides: a measure, or a column of months or periods, over time; once for each"
CUSTOMERS = "simulated customers: resolution, not size of the market"
THREADS = "threads, or processes where runs are small; they change no number (default: one per processor)"


def _add_run_options(sub: argparse.ArgumentParser) -> None:
    number = {
        "--replications": (1, _ANY, "N", "runs per scenario (default: the scenario's)"),
        "--rng": (0, 2**63 - 1, "SEED", "seed of the luck; the same seed gives the same numbers (default: 1)"),
        "--threads": (1, 1024, "N", THREADS),
        "--customers": (1, _ANY, "N", CUSTOMERS),
        "--panel": (1, _ANY, "N", "keep the monthly life of N customers and N employees, the same ones in every arm"),
    }
    for option, (low, high, letter, about) in number.items():
        default = 1 if option == "--rng" else None
        sub.add_argument(option, type=whole(low, high), metavar=letter, default=default, help=about)
    sub.add_argument("--figure", action="append", default=[], metavar="NAME", help=FIGURE)
    sub.add_argument(
        "--out", type=named("folder"), metavar="DIR", help="results folder (default: results/<names>-<hash>)"
    )
    _add_quiet(sub)
    sub.add_argument("--json", action="store_true", help="JSON instead of the table on standard output")


def _add_app(parser: Parser) -> None:
    sub = parser.command("app", "open the page for teaching and trying out", "app.app", texts.APP)
    sub.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="none, or two: names or files")
    sub.add_argument("--port", type=whole(1, 65535), metavar="N", help="port (default: the first free one from 8080)")
    sub.add_argument("--lessons", type=named("folder"), metavar="DIR", help="folder with lessons of your own (YAML)")
    kept = "file that keeps the predictions of a class (default: cxsim_predictions.json here, once there are any)"
    sub.add_argument("--predictions", type=named("file"), metavar="FILE", default="cxsim_predictions.json", help=kept)
    sub.add_argument("--no-browser", action="store_true", help="do not open the browser, only say the address")


def _add_claims(parser: Parser) -> None:
    sub = parser.command("claims", "test the claims of the articles", "claims.claims", texts.CLAIMS)
    sub.add_argument("ids", nargs="*", metavar="ID", help="claims such as A1, or an article such as A (default: all)")
    runs = "paired runs per claim in the world that is assumed (default: 20)"
    sub.add_argument("--replications", type=whole(1, 10_000), metavar="N", default=20, help=runs)
    worlds = "sampled worlds in which each claim is run once more; 0 for none (default: 100)"
    sub.add_argument("--worlds", type=whole(0, 10_000), metavar="N", default=100, help=worlds)
    sub.add_argument("--out", type=named("folder"), metavar="DIR", help="folder for the tables (default: none)")
    seed = "seed of the luck; the same seed gives the same numbers (default: 1)"
    sub.add_argument("--rng", type=whole(0, 2**63 - 1), metavar="SEED", default=1, help=seed)
    sub.add_argument("--threads", type=whole(1, 1024), metavar="N", help=THREADS)
    _add_quiet(sub)
    _add_json(sub)


def _add_experiment(parser: Parser) -> None:
    sub = parser.command("experiment", "run an experiment over many runs", "experiment.experiment", texts.EXPERIMENT)
    sub.add_argument("file", nargs="?", metavar="EXPERIMENT", help="name of a shipped experiment, or file")
    sub.add_argument("--workers", type=whole(1, 1024), metavar="N", help="processes (default: one per processor)")
    sub.add_argument("--scheduler", type=named("scheduler"), metavar="ADDRESS", help="a Dask cluster, host:port")
    sub.add_argument("--shard", type=_shard, metavar="K/N", help="run only the K-th of N parts of it")
    sub.add_argument(
        "--out", type=named("folder"), metavar="DIR", help="results folder (default: results/<name>-<hash>)"
    )
    sub.add_argument("--dry-run", action="store_true", help="show size, time and what varies; run nothing")
    sub.add_argument("--status", type=named("folder"), metavar="DIR", help="show how far a results folder has come")
    sub.add_argument("--yes", action="store_true", help="run it however large it is, and however long it takes")
    points = "points of the design, where it has a number of them (default: the file's)"
    sub.add_argument("--points", type=whole(1, _ANY), metavar="N", help=points)
    sub.add_argument("--customers", type=whole(1, _ANY), metavar="N", help=f"{CUSTOMERS} (default: the file's)")
    _add_quiet(sub)
    _add_json(sub)


def _shard(text: str) -> tuple[int, int]:
    """A type for argparse: ``3/20``, the third of twenty parts."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= 100_000):
        raise argparse.ArgumentTypeError(f"expected a part such as 3/20, not {text[:40]!r}")
    return int(part), int(parts)


def _add_scenarios(parser: Parser) -> None:
    sub = parser.command("describe", "show every value of a scenario", "scenarios.describe", texts.DESCRIBE)
    sub.add_argument("scenario", metavar="SCENARIO", help="name or file")
    only = "only values with these letters in their name, meaning or source"
    sub.add_argument("--only", type=named("value"), metavar="TEXT", help=only)
    _add_json(sub)
    sub = parser.command("diff", "show what differs between two scenarios", "scenarios.diff", texts.DIFF)
    sub.add_argument("one", metavar="A", help="name or file of a scenario")
    sub.add_argument("other", metavar="B", help="name or file of another")
    _add_json(sub)
    _add_json(parser.command("list", "show the shipped scenarios and experiments", "scenarios.list_shipped"))


def _add_new(parser: Parser) -> None:
    new = parser.command("new", "write a file to start from", text=texts.NEW)
    new.commands("kind")
    for kind, article in (("scenario", "a"), ("experiment", "an")):
        sub = new.command(kind, f"{article} {kind} file that explains itself", f"new.{kind}", texts.NEW)
        sub.add_argument(
            "file",
            nargs="?",
            type=named("file"),
            default=f"my_{kind}.yaml",
            metavar="FILE",
            help="name of the file, .yaml may be left out; - is standard output (default: %(default)s)",
        )


def _add_schema(parser: Parser) -> None:
    about = "write the JSON Schema of scenario files, for editors"
    sub = parser.command("schema", about, "scenarios.schema", texts.SCHEMA)
    sub.add_argument(
        "file", nargs="?", type=named("file"), metavar="FILE", help="file to write (default: standard output)"
    )
    sub.add_argument("--experiment", action="store_true", help="of experiment files instead")
    sub.add_argument("--for", dest="scenario", metavar="SCENARIO", help="with the mechanisms of your own that it uses")


def _add_doctor(parser: Parser) -> None:
    sub = parser.command("doctor", "check this installation, and say what is slow", "doctor.doctor", texts.DOCTOR)
    sub.add_argument("--clean", action="store_true", help="remove compiled steps of other versions")
    _add_json(sub)


def _add_quiet(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--quiet", action="store_true", help="no progress bar and no notes; what was found is shown")


def _add_json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--json", action="store_true", help="JSON on standard output")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The options in ``argv``; what is wrong with them is said in one line, with the nearest right word."""
    parser = here = build()
    for word in (a for a in argv if not a.startswith("-")):
        if not here.below:
            break
        if word not in here.below:
            asked = here.prog.removeprefix("cxsim").strip()
            what = f"{asked}: unknown kind" if asked else "unknown command"
            here.error(f"{what} {word[:60]!r}{_hint(word, list(here.below), f'{asked} scenario' if asked else 'run')}")
        here = here.below[word]
    if list(argv).count("--") > 1:  # argparse would take the second for a value
        here.error("'--', after which a name may begin with a hyphen, stands once only")
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        here.error(f"{here.prog.removeprefix('cxsim ')}: {_unknown(unknown[0], here, options)}")
    if options.command == "experiment" and (options.file is None) == (options.status is None):
        here.error("experiment takes one file, or --status DIR")
    if options.command == "schema" and options.experiment and options.scenario:
        here.error("schema takes either --experiment or --for SCENARIO")
    if options.command == "compare" and len(options.scenarios) < 2:
        here.error(f"compare needs at least two scenarios; for one: cxsim run {options.scenarios[0]}")
    if options.command == "app" and len(options.scenarios) not in (0, 2):
        here.error(f"app takes two scenarios, or none, not {len(options.scenarios)}")
    return options


def _unknown(word: str, here: Parser, options: argparse.Namespace) -> str:
    if word.startswith("-"):
        return f"unknown option {word[:60]!r}{_hint(word.partition('=')[0], here.options)}"
    if options.command == "run":
        return f"takes one scenario; for several: cxsim compare {options.scenarios[0]} {word}"[:120]
    if options.command == "describe":
        return f"takes one scenario; for two: cxsim diff {options.scenario} {word}"[:120]
    return f"unknown argument {word[:60]!r}"


def _hint(word: str, known: Sequence[str], file: str = "") -> str:
    """The nearest of the words known; for a file name after ``cxsim`` the command that takes ``file``s."""
    import difflib

    words = [*known, "--help", "--version"]
    near = [w for w in words if len(word) > 2 and w.startswith(word)] or difflib.get_close_matches(word, words, 1)
    if near:
        return f"; did you mean {near[0]!r}?"
    if file and word.endswith((".yaml", ".yml")):
        return f"; did you mean '{file} {word}'?"
    return f"; choose from: {', '.join(known)}"
