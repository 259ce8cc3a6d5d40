"""Where results came from: versions, scenarios, command and date, for provenance.json."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cxsim.record import RESULTS_VERSION
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.scenario import Scenario

_PACKAGES = ("numpy", "numba", "mesa", "pandas", "pyarrow")


def provenance(scenarios: Sequence[tuple[Scenario, str]], command: str) -> dict[str, Any]:
    """Content of provenance.json but for the seed, replications and files, which the storage adds.

    ``scenarios`` are pairs of a scenario and the file in the folder that holds it, resolved.
    """
    return {
        "what": "results of cxsim; intervals in them hold luck only, the assumptions were not varied",
        "command": command,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cxsim": __version__,
        "results_version": RESULTS_VERSION,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version(name) for name in _PACKAGES},
        "scenarios": [{"name": s.name, "title": s.title, "hash": s.hash, "file": f} for s, f in scenarios],
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
