"""Which file an experiment's name means, and which experiments are shipped."""

from __future__ import annotations

import os
from pathlib import Path

from cxsim.scenario_check import nearest
from cxsim.scenario_files import Source
from cxsim.yaml_source import fail, shorten


def _shipped_folder() -> Path:
    package = Path(__file__).resolve().parents[2]
    inside = package / "experiments"  # where a wheel puts them; a source checkout has them beside the package
    return inside if inside.is_dir() else package.parent / "experiments"


def shipped_experiments() -> dict[str, Path]:
    """Experiments that come with cxsim: name -> file, sorted."""
    return {path.stem: path for path in sorted(_shipped_folder().glob("*.yaml"))}


def locate(asked: str | os.PathLike[str]) -> Source:
    """The file that a path means, .yaml left out or not, or the name of a shipped experiment. Raises ScenarioError."""
    name, known = os.fspath(asked), shipped_experiments()
    if isinstance(asked, str) and not name.strip():
        fail(None, "", f"no experiment named; shipped: {', '.join(known)}")
    if isinstance(asked, str) and name in known:
        return Source(known[name], _shown(known[name]))
    path = Path(asked)
    try:
        for entry in (name, f"{name}.yaml"):
            if Path(entry).is_file():
                return Source(Path(entry), entry)
        if path.exists():  # what is no file is refused when it is read
            return Source(path, name)
        beside = {p.name: str(p) for p in path.parent.glob("*.y*ml")} if path.parent.is_dir() else {}
    except (OSError, ValueError):  # a name too long for a file, or with a null character
        fail(None, "", f"{shorten(name)} is not the name of a file; shipped experiments: {', '.join(known)}")
    near = beside.get(nearest(path.name, beside) or "") or nearest(path.stem, known)
    hint = f"did you mean {near!r}?" if near else f"shipped: {', '.join(known)}"
    return fail(None, "", f"{name}: no such file or shipped experiment; {hint}")


def _shown(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return f"cxsim/experiments/{path.name}"
