"""Compiling: how a plain function on columns becomes a step that runs without Python's lock.

Each step is compiled on its own and kept in a cache on disk. Numba notices an edit only in the file that a
function stands in, so the cache's folder carries a hash of the sources that steps share.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import typeof as _kind
from numba.core import event, types
from numba.core.dispatcher import Dispatcher
from numba.extending import intrinsic

_HERE = Path(__file__).parent
_SHARED = (
    *sorted(_HERE.glob("*.py")),
    _HERE.parent / "parameters.py",
    _HERE.parent / "population.py",
    _HERE.parent / "company.py",
)


def _cache_home() -> Path:
    """The user's cache directory on this system."""
    if given := os.environ.get("CXSIM_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "cxsim"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cxsim"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cxsim"


def _cache_folder() -> Path:
    """A writable folder for compiled steps, keyed by the shared sources; a temporary one as the last resort."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in _SHARED:
        if path.exists():
            digest.update(path.read_bytes())
    name = f"steps-{digest.hexdigest()[:16]}"
    for home in (_cache_home, lambda: Path(tempfile.gettempdir()) / f"cxsim-{os.getuid()}"
                 if hasattr(os, "getuid") else Path(tempfile.gettempdir()) / "cxsim"):
        try:
            folder = home() / name
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except (OSError, RuntimeError):  # RuntimeError: no home directory can be told
            continue
    return Path(tempfile.mkdtemp(prefix="cxsim-"))


FOLDER = _cache_folder()


class _NoCollection(event.Listener):
    """Keeps Python's collector off while a step is compiled: it would sift millions of live objects in vain."""

    def __init__(self) -> None:
        self._depth, self._was_on = 0, False

    def on_start(self, event: Any) -> None:
        if self._depth == 0:
            self._was_on = gc.isenabled()
            gc.disable()
        self._depth += 1

    def on_end(self, event: Any) -> None:
        self._depth -= 1
        if self._depth == 0 and self._was_on:
            gc.enable()


event.register("numba:compile", _NoCollection())  # type: ignore[no-untyped-call]


def step(function: Callable[..., None]) -> Any:
    """Compile ``function`` on first use: no Python lock, IEEE arithmetic in the order written, cached on disk.

    With NUMBA_DISABLE_JIT=1 it runs as Python, slowly and with the same bits, under any debugger.
    """
    config: Any = numba.config
    if config.DISABLE_JIT:
        quiet = np.errstate(over="ignore")  # the arithmetic of luck is modulo 2**32
        return quiet(lambda *arguments: function(*map(_with_attributes, arguments)))
    before, config.CACHE_DIR = config.CACHE_DIR, str(FOLDER)
    try:
        return numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    finally:
        config.CACHE_DIR = before


def _with_attributes(argument: Any) -> Any:
    """A structured array whose fields are attributes, as they are in compiled code; anything else as it is."""
    structured = getattr(getattr(argument, "dtype", None), "names", None)
    return argument.view(np.recarray) if structured else argument


@intrinsic
def _call(context, address, tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Call the compiled function at ``address``."""
    signature = types.none(address, tile, luck, world, policy, firms)

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        kinds = [context.get_value_type(kind) for kind in signature.args[1:]]
        function = ir.FunctionType(context.get_value_type(types.none), kinds)
        builder.call(builder.inttoptr(values[0], function.as_pointer()), values[1:])
        return context.get_dummy_value()

    return signature, generate


@step
def _in_turn(addresses, tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    for k in range(len(addresses)):
        _call(addresses[k], tile, luck, world, policy, firms)  # type: ignore[call-arg]


Step = Callable[..., None]
_chains: dict[Any, tuple[list[Any], tuple[Step, ...]]] = {}  # with their dtypes, lest another takes an identity


def in_turn(steps: tuple[Step, ...], *arguments: Any) -> None:
    """Run steps of a customer's month on the same arguments; neighbours that are compiled run as one call.

    Each call hands Python's lock over twice: with few of them threads hardly wait for one another.
    """
    dtypes = [a.dtype for a in arguments]
    key = steps, *map(id, dtypes)
    if key not in _chains:
        _chains[key] = dtypes, tuple(_chain(steps, tuple(map(_kind, arguments))))
    for run in _chains[key][1]:
        run(*arguments)


def _chain(steps: tuple[Step, ...], kinds: tuple[Any, ...]) -> Iterator[Step]:
    for compiled, group in groupby(steps, lambda run: isinstance(run, Dispatcher)):
        if compiled:
            yield partial(_in_turn, np.array([_address(run, kinds) for run in group], np.int64))
        else:
            yield from group


def _address(run: Any, kinds: tuple[Any, ...]) -> int:
    """Where a step compiled for arguments of these types stands in memory."""
    run.compile(kinds)
    made = run.overloads[kinds]
    return int(made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name))


def inline(function: Callable[..., Any]) -> Any:
    """Compile a small helper into every step that calls it."""
    return numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)


def is_cold() -> bool:
    """True where nothing is compiled yet, so that the first run will take some seconds longer."""
    return next(FOLDER.rglob("*.nbi"), None) is None
