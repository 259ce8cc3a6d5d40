"""Folders of compiled steps: those of other versions of cxsim, of numba, or of edited sources are of no use here."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"steps-[0-9a-f]{16}")


@dataclass(frozen=True)
class Cache:
    """A folder of compiled steps and its size in bytes."""

    path: Path
    size: int


def others() -> list[Cache]:
    """Caches beside the one in use, and in the temporary folder, told by their names."""
    from cxsim.engine.compiling import cache_folder, cache_home, temporary_home

    found = []
    for home in (cache_home, temporary_home):
        try:
            folders = sorted(p for p in home().iterdir() if _NAME.fullmatch(p.name) and not p.is_symlink())
        except (OSError, RuntimeError):  # no such folder, or no home
            continue
        found += [Cache(p, size(p)) for p in folders if p != cache_folder()]
    return found


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).lstat().st_size
            except OSError:  # gone meanwhile
                continue
    return total


def remove(cache: Cache) -> bool:
    """Remove a cache; False where that was not allowed."""
    shutil.rmtree(cache.path, ignore_errors=True)
    return not cache.path.exists()
