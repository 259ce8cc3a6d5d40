"""Compiling by numba, and where compiled steps are kept.

Each step is compiled on its own and kept in a cache on disk. Numba notices an edit only in the file that a
function stands in, so the cache's folder carries a hash of the sources that steps share.
"""

from __future__ import annotations

import gc
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
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


def cache_home() -> Path:
    """The user's cache directory on this system, or what CXSIM_CACHE names. RuntimeError if there is no home."""
    if given := os.environ.get("CXSIM_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "cxsim"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cxsim"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cxsim"


def temporary_home() -> Path:
    """Where compiled steps are kept if the user's cache directory cannot be written: a folder of the user's own.

    Raises OSError where it is somebody else's, or open to them: what is loaded from it is run.
    """
    if not hasattr(os, "getuid"):
        return Path(tempfile.gettempdir()) / "cxsim"
    home = Path(tempfile.gettempdir()) / f"cxsim-{os.getuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    state = home.stat()
    if state.st_uid != os.getuid() or state.st_mode & 0o022:
        raise PermissionError(f"{home} is open to others")
    return home


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """A writable folder for compiled steps, keyed by the shared sources; a temporary one as the last resort."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in _SHARED:
        if path.exists():
            digest.update(path.read_bytes())
    name = f"steps-{digest.hexdigest()[:16]}"
    for home in (cache_home, temporary_home):
        try:
            folder = home() / name
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                return folder
        except (OSError, RuntimeError):  # RuntimeError: no home directory can be told
            continue
    return Path(tempfile.mkdtemp(prefix="cxsim-"))


def is_cold() -> bool:
    """True where nothing is compiled yet, so that the first run will take some seconds longer."""
    return next(cache_folder().rglob("*.nbi"), None) is None


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


def compiled_step(function: Callable[..., None]) -> Any:
    """``function`` as a step, see :func:`cxsim.engine.kernels.step`."""
    config: Any = numba.config
    if config.DISABLE_JIT:
        quiet = np.errstate(over="ignore")  # the arithmetic of luck is modulo 2**32
        return quiet(lambda *arguments: function(*map(_with_attributes, arguments)))
    before, config.CACHE_DIR = config.CACHE_DIR, str(cache_folder())
    try:
        keep = _is_text(function.__code__.co_filename)
        return numba.njit(nogil=True, error_model="numpy", cache=keep)(function)
    finally:
        config.CACHE_DIR = before


def _is_text(path: str) -> bool:
    """False for a path with letters that the locale does not know: numba cannot keep what is compiled from there."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def compiled_helper(function: Callable[..., Any]) -> Any:
    """``function`` as a helper, see :func:`cxsim.engine.kernels.inline`."""
    return numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)


def _with_attributes(argument: Any) -> Any:
    """A structured array whose fields are attributes, as they are in compiled code; anything else as it is."""
    structured = getattr(getattr(argument, "dtype", None), "names", None)
    return argument.view(np.recarray) if structured else argument


@intrinsic
def _call(context, address, arguments):  # type: ignore[no-untyped-def]
    """Call the compiled function at ``address`` on a tuple of arguments."""
    signature = types.none(address, arguments)

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        kinds = [context.get_value_type(kind) for kind in signature.args[1]]
        function = ir.FunctionType(context.get_value_type(types.none), kinds)
        given = [builder.extract_value(values[1], k) for k in range(len(kinds))]
        builder.call(builder.inttoptr(values[0], function.as_pointer()), given)
        return context.get_dummy_value()

    return signature, generate


@compiled_step
def _call_of_customers(addresses, tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Call compiled steps of a customer's month, one after the other."""
    for k in range(len(addresses)):
        _call(addresses[k], (tile, luck, world, policy, firms))  # type: ignore[call-arg]


@compiled_step
def _call_of_firms(addresses, firms, world, policy):  # type: ignore[no-untyped-def]
    """Call compiled steps of the firms' month, one after the other."""
    for k in range(len(addresses)):
        _call(addresses[k], (firms, world, policy))  # type: ignore[call-arg]


_one_at_a_time = threading.Lock()
_CALLS: dict[int, Any] = {5: _call_of_customers, 3: _call_of_firms}  # by their number of arguments


def chained(steps: Sequence[Any], arguments: Sequence[Any]) -> Callable[..., None] | None:
    """One call of all steps, for arguments of the types of these; None if there is nothing compiled."""
    kinds: Any = tuple(numba.typeof(a) for a in arguments)  # type: ignore[no-untyped-call]
    found = []
    if not steps or not all(isinstance(run, Dispatcher) for run in steps):
        return None
    for run in steps:
        run.compile(kinds)
        made: Any = run.overloads[kinds]
        found.append(made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name))
    call = _CALLS[len(arguments)]
    with _one_at_a_time:
        call.disable_compile(False)
        call.compile((types.Array(types.int64, 1, "C"), *kinds))
        call.disable_compile()  # arguments of other types than the steps were compiled for are refused
    return partial(call, np.array(found, np.int64))
