"""What code of one's own refers to beyond its own text: values, functions and modules, told in a digest.

They are told as they are in memory: plain values and arrays by value, functions of other cells and files by what was
compiled, other objects by what pickle would keep of them, and what is installed by its name. The digest is the same in
any process in which they are the same.
"""

from __future__ import annotations

import copyreg
import dis
import functools
import hashlib
import importlib
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType, ModuleType
from typing import Any

_PLAIN = {bool, int, float, complex, str, bytes, type(None), type(Ellipsis)}
_INSTALLED = {"site-packages", "dist-packages"}
_NOT_OWN = (sys.stdlib_module_names | {"builtins", "cxsim"}) - {"__main__"}
_WRAPPED = {property: ("fget", "fset"), staticmethod: ("__func__",), classmethod: ("__func__",)}
_WRAPPED |= {functools.cached_property: ("func",)}


def told(thing: type | FunctionType) -> tuple[str, str]:
    """A SHA-256 of what a class or function refers to, and the name of the first thing that cannot be told, or ''."""
    teller = _Teller(home_of(thing))
    digest = hashlib.sha256(teller.say(thing).encode())
    while teller.left:
        digest.update(teller.body(teller.left.popleft()).encode())
    return digest.hexdigest(), teller.untold


def home_of(thing: type | FunctionType) -> str:
    """The name under which the text of a class or function was compiled; empty if that is not known."""
    functions = [thing] if isinstance(thing, FunctionType) else list(vars(thing).values())
    return next((f.__code__.co_filename for f in functions if isinstance(f, FunctionType)), "")


class _Teller:
    """Says of each value what it is; what functions, classes and modules hold waits in ``left``, each once."""

    def __init__(self, home: str) -> None:
        self.untold, self.left = "", deque[Any]()
        self._home, self._name = home, ""
        self._said: dict[int, tuple[str, object]] = {}  # with the object, lest another takes its place in memory

    def say(self, x: Any) -> str:
        if type(x) in _PLAIN:
            return f"{type(x).__name__} {x!r}"
        if id(x) not in self._said:
            self._said[id(x)] = "itself", x  # what holds itself
            self._said[id(x)] = self._new(x), x
        return self._said[id(x)][0]

    def _new(self, x: Any) -> str:
        if isinstance(x, (FunctionType, type, ModuleType)):
            if _is_own(x):
                self.left.append(x)
            module = "" if isinstance(x, ModuleType) else x.__module__
            return f"{type(x).__name__} {module} {getattr(x, '__qualname__', x.__name__)}"
        if type(x) in (tuple, list):
            return f"{type(x).__name__} ({self._each(x)})"
        if isinstance(x, (dict, MappingProxyType)) and type(x).__reduce_ex__ is object.__reduce_ex__:
            return f"{type(x).__name__} ({self._each(each for item in x.items() for each in item)})"
        if type(x) in (set, frozenset):
            return f"{type(x).__name__} ({', '.join(sorted(map(self.say, x)))})"
        numpy = sys.modules.get("numpy")  # where nobody has imported it, nothing is an array
        if numpy and type(x) is numpy.ndarray and x.dtype != object:
            return f"array {x.dtype} {x.shape} {hashlib.sha256(x.tobytes()).hexdigest()}"
        if isinstance(x, CodeType):
            return f"code ({self._each((x.co_code, x.co_names, x.co_varnames, x.co_freevars, x.co_consts))})"
        inner = _WRAPPED.get(type(x)) or (("py_func",) if hasattr(x, "py_func") else ())
        if inner:
            return f"{type(x).__name__} ({self._each(getattr(x, name) for name in inner)})"
        return self._object(x)

    def _each(self, values: Iterable[Any]) -> str:
        return ", ".join(map(self.say, values))

    def _object(self, x: Any) -> str:
        """An object by what pickle would keep of it."""
        kind = f"{type(x).__module__}.{type(x).__qualname__}"
        try:
            reduce = copyreg.dispatch_table.get(type(x))
            kept = reduce(x) if reduce else x.__reduce_ex__(4)
            if isinstance(kept, str):  # a global; a function in a cache is one too
                return f"{kind} {kept} ({self._each([x.__wrapped__] if hasattr(x, '__wrapped__') else [])})"
            return f"{kind} ({self._each(list(part) if isinstance(part, Iterator) else part for part in kept)})"
        except Exception:  # whatever a class of somebody's own does not like, or what is too deep
            self.untold = self.untold or f"{self._name}, a {type(x).__name__}"
            return kind

    def body(self, x: Any) -> str:
        """What a function, a class or a module holds."""
        if isinstance(x, FunctionType):
            return self._function(x)
        if isinstance(x, type):
            held = {n: v for n, v in vars(x).items() if not _is_special(n) or isinstance(v, FunctionType)}
            return f"{self._each(x.__bases__)} {self._named(held)}"
        return self._named({n: v for n, v in vars(x).items() if not _is_special(n)})

    def _named(self, values: dict[str, Any]) -> str:
        said = []
        for name, value in values.items():
            self._name = name
            said.append(f"{name}: {self.say(value)}")
        return "; ".join(said)

    def _function(self, f: FunctionType) -> str:
        names, imports = _globals_of(f.__code__)
        values = {n: f.__globals__[n] for n in sorted(names) if n in f.__globals__ and not _is_special(n)}
        for level, name in sorted(imports):
            try:
                values[f"import {name}"] = importlib.import_module("." * level + name, f.__globals__.get("__package__"))
            except Exception:  # its own affair, once it gets there
                values[f"import {name}"] = None
        for k, cell in enumerate(f.__closure__ or ()):
            try:
                values[f"cell {k}"] = cell.cell_contents
            except ValueError:  # empty as yet
                values[f"cell {k}"] = None
        values |= {"defaults": f.__defaults__, "keywords": f.__kwdefaults__}
        if f.__code__.co_filename != self._home:  # whose text is known
            values["code"] = f.__code__
        return self._named(values)


def _globals_of(code: CodeType) -> tuple[set[str], set[tuple[int, str]]]:
    """Names that a function looks up outside itself, and modules that it imports, with the level of their names."""
    names: set[str] = set()
    imports: set[tuple[int, str]] = set()
    before: list[Any] = [None, None]
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            names.add(step.argval)
        elif step.opname == "IMPORT_NAME":
            imports.add((before[-2] or 0, step.argval))
        before = [before[-1], step.argval]
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more = _globals_of(inner)
            names, imports = names | more[0], imports | more[1]
    return names, imports


def _is_special(name: str) -> bool:
    return (name.startswith("__") and name.endswith("__")) or name == "_abc_impl"


def _is_own(x: Any) -> bool:
    """Whether something is neither installed nor a part of Python or of this package."""
    name = x.__name__ if isinstance(x, ModuleType) else x.__module__ or ""
    if name.partition(".")[0] in _NOT_OWN:
        return False
    module = x if isinstance(x, ModuleType) else sys.modules.get(name)
    file = x.__globals__.get("__file__") if isinstance(x, FunctionType) else getattr(module, "__file__", None)
    return not _INSTALLED & set(Path(file or "").parts)
