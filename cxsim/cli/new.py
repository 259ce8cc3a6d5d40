"""``cxsim new``: files to start from. Each kind of file has a function here; none is ever written over another."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cxsim.cli.files import write

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path


def scenario(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """A scenario file that explains itself; "-" for standard output."""
    from cxsim.scenario_files import shipped
    from cxsim.scenario_template import BASE, template

    made = _write(options.file, "scenario", shipped(), template)
    if made:
        print(f"{made[0]}: a scenario that extends {BASE}; edit it, then try")
        print(f"  cxsim describe {made[1]}\n  cxsim compare {BASE} {made[1]}")


def experiment(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """An experiment file that explains itself; "-" for standard output."""
    from cxsim.studies.experiments.files import shipped_experiments
    from cxsim.studies.experiments.template import template

    made = _write(options.file, "experiment", shipped_experiments(), template)
    if made:
        print(f"{made[0]}: an experiment that compares two policies; edit it, then try")
        print(f"  cxsim experiment {made[1]} --dry-run\n  cxsim experiment {made[1]}")


def _write(asked: str, kind: str, known: Collection[str], template: Callable[..., str]) -> tuple[Path, str] | None:
    """Write a file of a kind, and return it, also as a command line names it; None where it went to standard output."""
    if asked == "-":
        sys.stdout.write(template())
        return None
    path = _place(asked, kind, known)
    shown, named = _shown(path)
    write(path, template(_title(path.stem, f"My {kind}"), named))
    return path, shown


def _place(asked: str, kind: str, known: Collection[str]) -> Path:
    """The file that is meant, ending in .yaml. Raises OutputError for a folder and for a name that is shipped."""
    from pathlib import Path

    from cxsim.storage import OutputError

    path = Path(asked)
    if asked.endswith(("/", "\\")) or path.is_dir():
        raise OutputError(f"{asked}: is a folder; name a file in it")
    if path.suffix not in (".yaml", ".yml"):
        path = path.with_name(path.name + ".yaml")
    if path.stem in known:
        raise OutputError(f"{path.stem} is the name of a shipped {kind}; choose another")
    return path


def _shown(path: Path) -> tuple[str, str]:
    """A file as a command line names it, and as a comment in the file does."""
    import shlex

    shown = shlex.quote(str(path))
    return shown, shown if shown.isprintable() and len(shown) < 60 else "FILE"


def _title(stem: str, otherwise: str) -> str:
    """A title such as "My idea" for a file called my_idea."""
    words = "".join(c if c.isprintable() else " " for c in stem).replace("_", " ").replace("-", " ").split()
    title = " ".join(words)[:80].strip()
    return f"{title[:1].upper()}{title[1:]}" or otherwise
