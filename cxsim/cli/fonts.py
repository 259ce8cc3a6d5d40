"""Where matplotlib keeps its list of fonts: in a folder that it can write, or it complains and is slow every time."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path


def font_cache() -> Path | None:
    """Point matplotlib to a folder among the compiled steps if its own cannot be written; to be called before it loads.

    Returns that folder, None where nothing had to be done.
    """
    from cxsim.engine.compiling import cache_folder

    if os.environ.get("MPLCONFIGDIR") or _own_are_writable():
        return None
    folder = cache_folder() / "matplotlib"
    os.environ["MPLCONFIGDIR"] = str(folder)
    return folder


def _own_are_writable() -> bool:
    try:
        for folder in _own():
            folder.mkdir(parents=True, exist_ok=True)  # as matplotlib would
            if not os.access(folder, os.W_OK):
                return False
    except (OSError, RuntimeError):  # RuntimeError: no home directory can be told
        return False
    return True


def _own() -> Iterator[Path]:
    """The folders that matplotlib chooses by itself."""
    if sys.platform == "win32":
        yield Path(os.environ.get("LOCALAPPDATA") or Path.home() / ".cache") / "matplotlib"
    elif sys.platform == "darwin":
        yield Path.home() / ".matplotlib"
    else:
        yield Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "matplotlib"
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matplotlib"
