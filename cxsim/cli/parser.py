"""The commands and their options, as argparse knows them; each names the function that does it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from cxsim.cli.errors import BAD_INPUT, one_line
from cxsim.version import __version__

SHELLS = ("bash", "zsh", "fish", "powershell")
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

The intervals hold luck only. The assumptions are varied below them, in sampled worlds (--worlds): every arm is run once
more in each, and the table says in how many it is ahead, by how much, and what that hangs on.
"""
CLAIMS = """\
Test the claims of the five articles, each in an experiment that was written down before any of them was run: the
measure, the direction as the article has it, and the smallest effect that would matter. A claim is run over paired
runs in the world that is assumed, then once in each of many sampled worlds.

examples:
  cxsim claims A1 D3                      two of them, in seconds
  cxsim claims C                          all of article C
  cxsim claims --out results/claims       all of them, in minutes, and a folder with the tables

Verdicts: supported, contradicted, no effect, depends (the sign flips between worlds), undecided (more runs would
tell), not built (the model lacks what the claim is about).
"""
EXPERIMENT = """\
Run an experiment over hundreds or thousands of runs: arms, what varies between the runs, a design of points, and what
is asked of them. cxsim new experiment writes a file to start from.

examples:
  cxsim experiment when_does_doormat_pay --dry-run    its size, and how long it will take
  cxsim experiment when_does_doormat_pay              in minutes, with figures, tables and a summary
  cxsim experiment my_experiment.yaml --out results/mine
  cxsim experiment my_experiment.yaml --scheduler tcp://cluster:8786      on a Dask cluster
  cxsim experiment my_experiment.yaml --shard 3/20 --out shared/mine      one part of twenty
  cxsim experiment --status results/mine              how far it has come

What has been run is kept in the folder. Killed at any moment, the same command goes on from there; an experiment that
has grown, or asks something else, runs only what is new.
"""
APP = """\
Open a page in the browser: two companies side by side, with the same customers and the same luck, that differ in
policy. Sliders answer at once; time can be played; any customer's story can be read in both worlds. The page is served
from this machine, to this machine only, and asks the internet for nothing. It needs: pip install "cxsim[app]"

examples:
  cxsim app                               the doormat and its opposite
  cxsim app product_centric my_idea.yaml
"""
DESCRIBE = """\
Show every value of a scenario with its unit, its range, its source and the place that set it.

examples:
  cxsim describe baseline
  cxsim describe baseline --only entitle         what has to do with entitlement
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
NEW = """\
Write a file to start from. It explains itself, and runs as it is; nothing is ever overwritten.

examples:
  cxsim new scenario                      my_scenario.yaml, in the folder where you are
  cxsim new scenario fewer_favours        fewer_favours.yaml, titled "Fewer favours"
  cxsim new scenario -                    on standard output
  cxsim new experiment                    my_experiment.yaml, which runs in seconds
"""
SCHEMA = """\
Write the JSON Schema of scenario files, with which an editor completes keys, shows units and meanings, and underlines
what is wrong while one types. It is read from this version's declarations; write it again after an upgrade.

examples:
  cxsim schema cxsim.schema.json          then begin a scenario beside it with the line
                                          # yaml-language-server: $schema=cxsim.schema.json
  cxsim schema                            on standard output
  cxsim schema --experiment               that of experiment files
"""
DOCTOR = """\
Find out whether all is in order on this machine, what is slow, and why: versions, processors, the cache of compiled
steps, this folder. Compiles the model ahead, which is done once per version, and measures a run.

The exit status is 0 when nothing is wrong, 1 when something is: cxsim then works, but slower than it could, or not in
this folder.

examples:
  cxsim doctor
  cxsim doctor --clean                    removes compiled steps that other versions have left behind
"""
COMPLETION = """\
Print a script that lets a shell complete commands, options, scenarios and files of cxsim with the tab key.

  bash         in ~/.bashrc:                  eval "$(cxsim completion bash)"
  zsh          in ~/.zshrc, after compinit:   eval "$(cxsim completion zsh)"
  fish         once:                          cxsim completion fish > ~/.config/fish/completions/cxsim.fish
  powershell   in the file $PROFILE:          cxsim completion powershell | Out-String | Invoke-Expression
"""


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
    parser = Parser(prog="cxsim", description=ABOUT)
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
    sub = parser.command("completion", "print a script that completes in your shell", "completion.script", COMPLETION)
    sub.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    return parser


def _add_runs(parser: Parser) -> None:
    sub = parser.command("run", "run one scenario", "runs.run", RUN)
    sub.add_argument("scenarios", nargs=1, metavar="SCENARIO", help="name or file")
    _add_run_options(sub)
    sub = parser.command("compare", "compare scenarios over paired runs", "runs.compare", COMPARE)
    sub.add_argument("scenarios", nargs="+", metavar="SCENARIO", help="names or files; the first is the reference")
    _add_run_options(sub)
    worlds = "worlds drawn from the ranges of the assumptions, in which every arm is run once more; 0 for none"
    sub.add_argument("--worlds", type=whole(0, 10_000), metavar="N", default=100, help=f"{worlds} (default: 100)")
    sub.add_argument("--everyone", action="store_true", help="also show the arms with every rival under their policy")


THREADS = "threads, or processes where runs are small; they change no number (default: one per processor)"


def _add_run_options(sub: argparse.ArgumentParser) -> None:
    number = {
        "--replications": (1, _ANY, "N", "runs per scenario (default: the scenario's)"),
        "--rng": (0, 2**63 - 1, "SEED", "seed of the luck; the same seed gives the same numbers (default: 1)"),
        "--threads": (1, 1024, "N", THREADS),
        "--customers": (1, _ANY, "N", "simulated customers: resolution, not size of the market"),
        "--panel": (1, _ANY, "N", "keep the monthly life of N customers and N employees, the same ones in every arm"),
    }
    for option, (low, high, letter, about) in number.items():
        default = 1 if option == "--rng" else None
        sub.add_argument(option, type=whole(low, high), metavar=letter, default=default, help=about)
    sub.add_argument(
        "--out", type=named("folder"), metavar="DIR", help="results folder (default: results/<names>-<hash>)"
    )
    sub.add_argument("--quiet", action="store_true", help="no progress bar and no notes")
    sub.add_argument("--json", action="store_true", help="JSON instead of the table on standard output")


def _add_app(parser: Parser) -> None:
    sub = parser.command("app", "open the page for teaching and trying out", "app.app", APP)
    sub.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="none, or two: names or files")
    sub.add_argument("--port", type=whole(1, 65535), metavar="N", help="port (default: the first free one from 8080)")
    sub.add_argument("--lessons", type=named("folder"), metavar="DIR", help="folder with lessons of your own (YAML)")
    sub.add_argument("--no-browser", action="store_true", help="do not open the browser, only say the address")


def _add_claims(parser: Parser) -> None:
    sub = parser.command("claims", "test the claims of the articles", "claims.claims", CLAIMS)
    sub.add_argument("ids", nargs="*", metavar="ID", help="claims such as A1, or an article such as A (default: all)")
    runs = "paired runs per claim in the world that is assumed (default: 20)"
    sub.add_argument("--replications", type=whole(1, 10_000), metavar="N", default=20, help=runs)
    worlds = "sampled worlds in which each claim is run once more; 0 for none (default: 100)"
    sub.add_argument("--worlds", type=whole(0, 10_000), metavar="N", default=100, help=worlds)
    sub.add_argument("--out", type=named("folder"), metavar="DIR", help="folder for the tables (default: none)")
    seed = "seed of the luck; the same seed gives the same numbers (default: 1)"
    sub.add_argument("--rng", type=whole(0, 2**63 - 1), metavar="SEED", default=1, help=seed)
    sub.add_argument("--threads", type=whole(1, 1024), metavar="N", help=THREADS)
    sub.add_argument("--quiet", action="store_true", help="no progress bar")
    _add_json(sub)


def _add_experiment(parser: Parser) -> None:
    sub = parser.command("experiment", "run an experiment over many runs", "experiment.experiment", EXPERIMENT)
    sub.add_argument("file", nargs="?", metavar="EXPERIMENT", help="name of a shipped experiment, or file")
    sub.add_argument("--workers", type=whole(1, 1024), metavar="N", help="processes (default: one per processor)")
    sub.add_argument("--scheduler", type=named("scheduler"), metavar="ADDRESS", help="a Dask cluster, host:port")
    sub.add_argument("--shard", type=_shard, metavar="K/N", help="run only the K-th of N parts of it")
    sub.add_argument(
        "--out", type=named("folder"), metavar="DIR", help="results folder (default: results/<name>-<hash>)"
    )
    sub.add_argument("--dry-run", action="store_true", help="show size, time and what varies; run nothing")
    sub.add_argument("--status", type=named("folder"), metavar="DIR", help="show how far a results folder has come")
    sub.add_argument("--yes", action="store_true", help="run it however large it is")
    sub.add_argument("--quiet", action="store_true", help="no progress bar")
    _add_json(sub)


def _shard(text: str) -> tuple[int, int]:
    """A type for argparse: ``3/20``, the third of twenty parts."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= 100_000):
        raise argparse.ArgumentTypeError(f"expected a part such as 3/20, not {text[:40]!r}")
    return int(part), int(parts)


def _add_scenarios(parser: Parser) -> None:
    sub = parser.command("describe", "show every value of a scenario", "scenarios.describe", DESCRIBE)
    sub.add_argument("scenario", metavar="SCENARIO", help="name or file")
    only = "only values with these letters in their name, meaning or source"
    sub.add_argument("--only", type=named("value"), metavar="TEXT", help=only)
    _add_json(sub)
    sub = parser.command("diff", "show what differs between two scenarios", "scenarios.diff", DIFF)
    sub.add_argument("one", metavar="A", help="name or file of a scenario")
    sub.add_argument("other", metavar="B", help="name or file of another")
    _add_json(sub)
    _add_json(parser.command("list", "show the shipped scenarios and experiments", "scenarios.list_shipped"))


def _add_new(parser: Parser) -> None:
    new = parser.command("new", "write a file to start from", text=NEW)
    new.commands("kind")
    for kind, article in (("scenario", "a"), ("experiment", "an")):
        sub = new.command(kind, f"{article} {kind} file that explains itself", f"new.{kind}", NEW)
        sub.add_argument(
            "file",
            nargs="?",
            type=named("file"),
            default=f"my_{kind}.yaml",
            metavar="FILE",
            help="name of the file, .yaml may be left out; - is standard output (default: %(default)s)",
        )


def _add_schema(parser: Parser) -> None:
    sub = parser.command("schema", "write the JSON Schema of scenario files, for editors", "scenarios.schema", SCHEMA)
    sub.add_argument(
        "file", nargs="?", type=named("file"), metavar="FILE", help="file to write (default: standard output)"
    )
    sub.add_argument("--experiment", action="store_true", help="of experiment files instead")
    sub.add_argument("--for", dest="scenario", metavar="SCENARIO", help="with the mechanisms of your own that it uses")


def _add_doctor(parser: Parser) -> None:
    sub = parser.command("doctor", "check this installation, and say what is slow", "doctor.doctor", DOCTOR)
    sub.add_argument("--clean", action="store_true", help="remove compiled steps of other versions")
    _add_json(sub)


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
