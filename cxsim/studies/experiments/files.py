"""Which file an experiment's name means, and which experiments are shipped."""

from __future__ import annotations

import os
from pathlib import Path

from cxsim.scenario_check import nearest
from cxsim.scenario_files import Source, existing, shipped_folder, shown_shipped
from cxsim.yaml_source import fail, shorten


def shipped_experiments() -> dict[str, Path]:
    """Experiments that come with cxsim: name -> file, sorted."""
    return {path.stem: path for path in sorted(shipped_folder("experiments").glob("*.yaml"))}


def locate(asked: str | os.PathLike[str]) -> Source:
    """The file that a path means, .yaml left out or not, or the name of a shipped experiment. Raises ScenarioError."""
    name, known = os.fspath(asked), shipped_experiments()
    if isinstance(asked, str) and not name.strip():
        fail(None, "", f"no experiment named; shipped: {', '.join(known)}")
    if isinstance(asked, str) and name in known:
        return Source(known[name], shown_shipped(known[name], "experiments"))
    path = Path(asked)
    try:
        if there := existing(path, name):
            return there
        beside = {p.name: str(p) for p in path.parent.glob("*.y*ml")} if path.parent.is_dir() else {}
    except (OSError, ValueError):  # a name too long for a file, or with a null character
        fail(None, "", f"{shorten(name)} is not the name of a file; shipped experiments: {', '.join(known)}")
    near = beside.get(nearest(path.name, beside) or "") or nearest(path.stem, known)
    hint = f"did you mean {near!r}?" if near else f"shipped: {', '.join(known)}"
    return fail(None, "", f"{name}: no such file or shipped experiment; {hint}")
