"""The result folder: written beside its place and moved there in one step, so that it is whole or not there.

Whatever happens in between (an error, a full disk, Ctrl-C, a kill) leaves the former folder untouched and at
worst a hidden folder beside it, which the next save to the same place removes. A folder that holds another
run, or anything that cxsim did not write, is never replaced.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

PROVENANCE = "provenance.json"
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # left by file managers, of no value
_STALE_SECONDS = 24 * 3600.0

_active: set[Path] = set()  # hidden folders that this process is writing now

Writer = Callable[[Path], None]


class OutputError(OSError):
    """Results cannot be written where asked. The message is one line that names the place and the reason."""


@dataclass(frozen=True)
class Identity:
    """What makes two result folders hold the same numbers; ``panel`` counts the customers kept one by one.

    ``ranges`` is the hash of what sampled worlds are drawn from.
    """

    kind: Literal["run", "compare", "claims", "experiment"]
    scenarios: tuple[str, ...]
    rng: int
    replications: int
    results_version: int
    worlds: int = 0
    everyone: bool = False
    panel: int = 0
    ranges: str = ""

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits of all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]


def check(folder: Path | str, identity: Identity) -> Path:
    """Return the absolute path if results may be written there; leaves everything as it was.

    Raises OutputError when the folder has no name, holds a different run or foreign files, or cannot be written,
    which is tried by making and removing a hidden folder beside it.
    """
    path, place = _allowed(folder, identity)
    probe = place / _beside(path, "new").name
    _active.add(probe)
    try:
        probe.mkdir()
    except OSError as error:
        raise OutputError(f"{folder}: cannot write in {place}: {_reason(error)}") from error
    finally:  # also when interrupted
        _remove_if_empty(probe)
        _active.discard(probe)
    return path


def _allowed(folder: Path | str, identity: Identity) -> tuple[Path, Path]:
    """The absolute path, and the folder that exists already in which it is or will be. Raises OutputError."""
    if not os.fspath(folder):
        raise OutputError("the name of the results folder is empty")
    try:
        path = Path(folder).resolve()
        if path.exists():
            _check_replaceable(path, folder, identity)
        place = path.parent
        while not place.exists() and place != place.parent:
            place = place.parent
        if not place.is_dir():
            raise OutputError(f"{folder}: cannot be created, {place} is not a folder")
        if not os.access(place, os.W_OK | os.X_OK):
            raise OutputError(f"{folder}: no permission to write in {place}")
    except OutputError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # a null byte in the path, a loop of links
        raise OutputError(f"{folder}: {_reason(error)}") from error
    return path, place


def write(
    folder: Path | str,
    identity: Identity,
    provenance: Mapping[str, Any],
    writers: Sequence[tuple[str, Writer]],
) -> Path:
    """Write a result folder in one step and return its absolute path.

    ``writers`` are pairs of a path relative to the folder and a function that writes that file; a name that
    ends in "/" is a folder, made beforehand. ``provenance`` is completed by the identity and the list of
    files. Raises OutputError as :func:`check` does, and when writing fails; errors of another kind pass
    through. In every case the place is left as it was.
    """
    path, _ = _allowed(folder, identity)
    made: list[Path] = []
    temp: Path | None = None
    try:
        _make_parents(path.parent, made)
        _clean(path)
        temp = _beside(path, "new")
        _active.add(temp)
        temp.mkdir()
        for name, writer in writers:
            target = temp / name
            (target if name.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
            writer(target)
        _write_provenance(temp, identity, provenance)
        _flush(temp)
        _allowed(folder, identity)  # another process may have written there meanwhile
        _move(temp, path)
    except BaseException as error:
        if temp is not None:
            shutil.rmtree(temp, ignore_errors=True)
        for parent in reversed(made):
            _remove_if_empty(parent)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise OutputError(
                f"{folder}: cannot write results: {_reason(error)}; nothing was changed"
            ) from error
        raise
    finally:
        if temp is not None:
            _active.discard(temp)
    return path


def _write_provenance(temp: Path, identity: Identity, provenance: Mapping[str, Any]) -> None:
    files = sorted(p.relative_to(temp).as_posix() for p in temp.rglob("*") if p.is_file())
    content = {
        **provenance,
        "identity": {**asdict(identity), "hash": identity.hash},
        "files": [*files, PROVENANCE],
    }
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    # What is no text, such as a name of a file in another encoding, is escaped as JSON does.
    (temp / PROVENANCE).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def _check_replaceable(path: Path, shown: Path | str, identity: Identity) -> None:
    if not path.is_dir():
        raise OutputError(f"{shown}: exists and is not a folder")
    held = _held(path)
    if held is None:
        if all(p.name in _LITTER for p in path.iterdir()):
            return
        raise OutputError(f"{shown}: holds other things than cxsim results; choose another folder")
    former, files = held
    for name, wanted in asdict(identity).items():
        if former.get(name) != (list(wanted) if isinstance(wanted, tuple) else wanted):
            if name == "kind" and former.get(name):
                raise OutputError(f"{shown}: holds what cxsim {former[name]} made; choose another folder")
            one = identity.kind if identity.kind in ("experiment", "claims") else "scenario"
            what = {"scenarios": one, "rng": "seed"}.get(name, name.replace("_", " "))
            raise OutputError(f"{shown}: holds a different run (not the same {what}); choose another folder")
    for p in sorted(path.rglob("*")):
        ours = p.relative_to(path).as_posix() in files or p.name in _LITTER
        if not ours and (p.is_symlink() or not p.is_dir()):
            raise OutputError(
                f"{shown}: holds {p.name}, which cxsim did not write; move it or choose another folder"
            )


def _held(path: Path) -> tuple[dict[str, Any], set[str]] | None:
    """Identity and files of a result folder, None if it is not one."""
    try:
        content = json.loads((path / PROVENANCE).read_text(encoding="utf-8"))
        return dict(content["identity"]), set(content["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _make_parents(parent: Path, made: list[Path]) -> None:
    missing = []
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        made.append(folder)


def _hidden(path: Path, use: str) -> str:
    """Start of the name of hidden folders for a place; ``use`` is "new" or "old"."""
    return f".cxsim-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-{use}-"


def _beside(path: Path, use: str) -> Path:
    """Name of a hidden folder of this process beside its place."""
    return path.parent / f"{_hidden(path, use)}{os.getpid()}-{secrets.token_hex(4)}"


def _clean(path: Path) -> None:
    """Put a folder back that was lost between the two steps of a move, and remove what killed saves left."""
    for left in path.parent.glob(_hidden(path, "old") + "*"):
        if not path.exists() and _abandoned(left) and _held(left) is not None:
            left.rename(path)
    for use in ("old", "new"):
        for left in path.parent.glob(_hidden(path, use) + "*"):
            if _abandoned(left):
                shutil.rmtree(left, ignore_errors=True)


def _abandoned(left: Path) -> bool:
    """Whether the process that made a hidden folder is gone; if that is unknown, whether a day has."""
    pid = int(left.name.split("-")[3])
    if pid == os.getpid():
        return left not in _active
    try:
        if sys.platform != "win32":  # there, signal 0 would reach the process
            os.kill(pid, 0)
        return time.time() - left.stat().st_mtime > _STALE_SECONDS
    except ProcessLookupError:
        return True
    except OSError:
        return False


def _flush(folder: Path) -> None:
    """Force the files to the disk before the move makes them visible; a full disk may show only here."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("r+b") as handle:
                os.fsync(handle.fileno())


def _move(temp: Path, path: Path) -> None:
    if not path.exists():
        temp.rename(path)
    elif _exchange(temp, path):
        shutil.rmtree(temp, ignore_errors=True)
    else:  # two renames: a kill between them leaves the old folder hidden, and the next save puts it back
        old = _beside(path, "old")
        try:
            path.rename(old)
            temp.rename(path)
        except BaseException:
            if old.exists() and not path.exists():
                old.rename(path)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(one: Path, two: Path) -> bool:
    """Swap two folders in one step where the system can (Linux, macOS)."""
    names = {"linux": ("renameat2", -100, 2), "darwin": ("renameatx_np", -2, 2)}  # AT_FDCWD; exchange, swap
    if sys.platform not in names:
        return False
    name, here, flag = names[sys.platform]
    try:
        function = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError):
        return False
    done = function(here, os.fsencode(one), here, os.fsencode(two), ctypes.c_uint(flag))
    return bool(done == 0)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
