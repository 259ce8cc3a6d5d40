"""Where results came from: versions, scenarios, command and date, for provenance.json."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxsim.record import RESULTS_VERSION
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.scenario import Scenario

_PACKAGES = ("numpy", "numba", "mesa", "pandas", "pyarrow")
_UNKNOWN = "unknown"


def provenance(
    scenarios: Sequence[tuple[Scenario, str]], command: str, packages: Sequence[str] = ()
) -> dict[str, Any]:
    """Content of provenance.json but for the seed, replications and files, which the storage adds.

    ``scenarios`` are pairs of a scenario and the file in the folder that holds it, resolved; ``packages`` are named if
    they are installed, besides those that every run needs.
    """
    more = {name: _version(name) for name in packages}
    return {
        "what": "results of cxsim; intervals in them hold luck only, the assumptions were not varied",
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cxsim": __version__,
        "results_version": RESULTS_VERSION,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version(name) for name in _PACKAGES} | {k: v for k, v in more.items() if v != _UNKNOWN},
        "scenarios": [_scenario(s, f) for s, f in scenarios],
    }


def _scenario(scenario: Scenario, file: str) -> dict[str, Any]:
    """A scenario, and what code of one's own it names: with the SHA-256 of its file, and the copy in the folder."""
    told: dict[str, Any] = {"name": scenario.name, "title": scenario.title, "hash": scenario.hash, "file": file}
    for code in scenario.code:
        copied = code.copied_as and (Path(file).parent / code.copied_as).as_posix()
        told.setdefault("code", []).append({"name": code.spec, "sha256": code.sha256, "file": copied})
    return told


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return _UNKNOWN
