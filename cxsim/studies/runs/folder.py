"""The folder of a store: what it says of itself, who may write in it, and how a file gets there whole."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cxsim.record import RESULTS_VERSION
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.studies.experiments.experiment import Experiment

MANIFEST = "manifest.json"
_FORMAT = 1  # of the folder
_HELD = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class StoreError(OSError):
    """A store that cannot be used, or not be written; the message is one line."""


def content(experiment: Experiment) -> dict[str, Any]:
    """What makes runs belong together, in the words of a message; numbers of points and replications may grow."""
    first = next(iter(experiment.arms.values()))
    return {
        "customers": first.customers,
        "horizon": first.horizon_months,
        "arms": {name: s.hash for name, s in experiment.arms.items()},
        "varied paths and ranges": [[v.path, v.low, v.high, v.scale, list(v.arms)] for v in experiment.vary],
        "design": experiment.design.kind,
        "seed": experiment.rng,
        "common random numbers": experiment.common_random_numbers,
        "readings": [r.name for r in experiment.readings],
    }


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """What a folder says of itself; None if there is no such folder, or nothing in it. Raises StoreError."""
    try:
        return dict(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        if not folder.exists() or (folder.is_dir() and not any(_others(folder))):
            return None
        what = "holds other things than an experiment's runs" if folder.is_dir() else "exists and is not a folder"
        raise StoreError(f"{folder}: {what}; choose another folder") from None
    except (ValueError, TypeError):
        raise StoreError(f"{folder}: {MANIFEST} cannot be read; choose another folder") from None
    except OSError as error:
        raise StoreError(f"{folder}: {(error.strerror or str(error)).lower()}") from error


def _others(folder: Path) -> Iterator[Path]:
    """Files of a folder without a manifest that a start that was killed cannot have left."""
    ours = (f"{MANIFEST}.", "lock-")
    return (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(ours))


def check_manifest(folder: Path, experiment: Experiment) -> None:
    """Raise StoreError where a folder holds runs that are not this experiment's, with what differs."""
    held = read_manifest(folder)
    if held is None:
        return
    if held.get("format") != _FORMAT:
        raise StoreError(f"{folder}: written by cxsim {held.get('cxsim')}, in a format that this one cannot read")
    if held.get("results_version") != RESULTS_VERSION:
        versions = f"results version {held.get('results_version')}, and this cxsim makes version {RESULTS_VERSION}"
        raise StoreError(f"{folder}: holds runs of {versions}, which are not mixed; choose another folder")
    for name, wanted in content(experiment).items():
        former = held.get("content", {}).get(name)
        if former == json.loads(json.dumps(wanted)):
            continue
        if name == "arms" and isinstance(former, dict):
            changed = [arm for arm in {**former, **wanted} if former.get(arm) != wanted.get(arm)]
            name = f"arm {changed[0]}" if changed else "order of arms"
        raise StoreError(f"{folder}: holds another experiment (not the same {name}); choose another folder")


def write_manifest(folder: Path, experiment: Experiment, family: str, command: str) -> None:
    """Say what the folder holds, and by which command it goes on."""
    held = read_manifest(folder) or {}
    told = {
        "format": _FORMAT, "cxsim": __version__, "results_version": RESULTS_VERSION,
        "title": experiment.title, "name": experiment.name, "content": content(experiment),
        "family": family, "command": command or held.get("command", ""),
    }  # fmt: skip
    if told != held:
        settle(folder / MANIFEST, (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode())


def settle(path: Path, what: bytes | memoryview) -> Path:
    """Write a file that is there whole or not at all, even if the power fails. Raises OSError."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with part.open("wb") as file:
            file.write(what)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    if sys.platform != "win32":
        place = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(place)
        finally:
            os.close(place)
    return path


@contextlib.contextmanager
def claim(folder: Path, writer: str) -> Iterator[None]:
    """Hold a folder for one ``writer``, until the end or that of this process. Raises StoreError if it is held."""
    try:
        file = (folder / f"lock-{writer}").open("ab")
    except OSError as error:
        raise StoreError(f"{folder}: {(error.strerror or str(error)).lower()}") from error
    what = "this shard of it" if "of" in writer else "it"
    with file:
        try:
            _lock(file)
        except OSError as error:
            if error.errno in _NO_LOCKS:
                line = f"{folder}: its file system has no locks; see to it that no other process is running {what}"
                warnings.warn(line, RuntimeWarning, stacklevel=2)
            elif error.errno in _HELD:
                line = f"{folder}: another process is running {what}; wait, or share the work out by --shard"
                raise StoreError(line) from None
            else:
                raise StoreError(f"{folder}: {(error.strerror or str(error)).lower()}") from error
        yield


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
