"""Code of a researcher's own that a scenario names: where it is found, and what its file says.

``module:Name`` is a file beside the scenario, or in the working folder, or an installed module, in this order. A file
is executed as it stands and by itself: but for installed packages it holds all it needs, as its hash says what ran.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import linecache
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib.abc import ExecutionLoader
from importlib.util import decode_source, module_from_spec, spec_from_loader
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from cxsim.parameters import Group
from cxsim.scenario_check import Catalogue, nearest
from cxsim.scenario_values import home_of, told
from cxsim.yaml_source import Where, fail, shorten

_SPEC = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Code:
    """A class or function of a researcher's own: its name ``module:Name``, and what its file holds.

    ``file`` is None for what was typed into a notebook, whose cell takes the file's place. ``alone`` says that the file
    is no part of a package, so that a copy of it can be executed. ``values`` is a SHA-256 of what it refers to beyond
    its own text, as it was when the scenario was made; ``untold`` names what of that cannot be told from another.
    """

    spec: str
    content: bytes = field(repr=False)
    file: Path | None = field(compare=False)
    alone: bool = field(compare=False, repr=False)
    what: Any = field(compare=False, repr=False)
    values: str = field(default="", repr=False)
    untold: str = field(default="", compare=False, repr=False)

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of its file as it was when it was executed."""
        return hashlib.sha256(self.content).hexdigest()

    def __reduce__(self) -> tuple[Any, ...]:
        """As its text, which is executed again where there is no such file; what was typed in goes as it is."""
        if self.file is None or self.spec.startswith("__main__:"):
            return Code, (self.spec, self.content, self.file, self.alone, self.what, self.values, self.untold)
        return _once_more, (self.spec, self.content, self.file, self.alone, self.values)

    @property
    def copied_as(self) -> str | None:
        """Where results keep its file, so that they can be repeated from there; None for what is installed."""
        return f"{self.spec.partition(':')[0].replace('.', '/')}.py" if self.alone else None


_codes: dict[Any, Code] = {}  # by class or function: what was executed keeps its text when its file is edited
_modules: dict[tuple[Path, str, bytes], ModuleType] = {}  # by file, name and content


def find(spec: str, folder: Path | None, where: Where | None, path: str) -> Code:
    """The code that ``spec`` names, looked up beside the scenario in ``folder`` first. Raises ScenarioError."""
    match = _SPEC.fullmatch(spec.strip())
    if not match:
        fail(where, path, f"expected module:Name, as in my_study.loyalty:LoyaltyPoints, got {shorten(spec)}")
    name, wanted = match.groups()
    if name == "__main__":
        if (what := getattr(sys.modules[name], wanted, None)) is None:
            fail(where, path, f"{wanted} was typed into a program or notebook that is gone; put it in a file")
        return given(what, path)
    places = list(dict.fromkeys([folder or Path(), Path()]))
    files = [place.joinpath(*name.split(".")).with_suffix(".py") for place in places]
    file = next((f for f in files if f.is_file()), None)
    module, content = _executed(file, name, where, path) if file else _installed(name, places, where, path)
    what = getattr(module, wanted, None)
    if what is None:
        own = [n for n, x in vars(module).items() if getattr(x, "__module__", None) == name]
        near = nearest(wanted, own)
        hint = f"; did you mean {near!r}?" if near else f"; it has: {', '.join(own) or 'nothing of its own'}"
        fail(where, path, f"{shown(file) if file else name} has no {wanted!r}{hint}")
    if (home := getattr(what, "__module__", name)) != name:
        fail(where, path, f"{wanted} of {name} comes from {home}; name that, as results hang on its file")
    found = Code(match[0], content, file or _file_of(module), bool(file) or _stands_alone(module), what)
    return _as_it_is(_codes.setdefault(what, found)) if isinstance(what, (type, FunctionType)) else found


def given(thing: object, path: str) -> Code:
    """The code that a class, a function or a text stands for. Raises ScenarioError."""
    if isinstance(thing, Code):
        return thing
    if isinstance(thing, str):
        return find(thing, None, None, path)
    if not isinstance(thing, (type, FunctionType)):
        fail(None, path, f"expected a class or function of your own, or its name, got {shorten(repr(thing))}")
    if thing not in _codes:
        spec = f"{thing.__module__}:{thing.__qualname__}"
        if not _SPEC.fullmatch(spec):
            fail(None, path, f"{thing.__qualname__} cannot be found by its name; put it at the top of a file")
        module = sys.modules.get(thing.__module__)
        file = _file_of(module)
        content = file.read_bytes() if file else _cell(thing)
        if not content:
            fail(None, path, f"the source of {thing.__qualname__} cannot be read, and results hang on it; use a file")
        _codes[thing] = Code(spec, content, file, module is not None and _stands_alone(module), thing)
    return _as_it_is(_codes[thing])


def _as_it_is(code: Code) -> Code:
    """Code with the values that it refers to now."""
    values, untold = told(code.what)
    return replace(code, values=values, untold=untold)


def refuse_other_values(codes: Iterable[Code]) -> None:
    """Raise ScenarioError where code refers to values that have changed since, or that cannot be told from others.

    What hangs on the hash of a scenario would be that of other values.
    """
    for code in codes:
        if code.untold:
            fail(None, "", f"{code.spec} hangs on {code.untold}, which cannot be told from another; use a parameter")
        if _as_it_is(code) != code:
            fail(None, "", f"what {code.spec} refers to has changed since the scenario was made; make it again")


def _once_more(spec: str, content: bytes, file: Path, alone: bool, values: str) -> Code:
    """The code that was pickled. Raises ScenarioError if another is installed, or if it has other values here."""
    code = _as_it_is(_here(spec, content, file, alone))
    if code.values != values and not code.untold:
        fail(None, "", f"{spec} refers to other values here than where the scenario was made; make them parameters")
    return code


def _here(spec: str, content: bytes, file: Path, alone: bool) -> Code:
    """The code of a file, executed if it is not here already."""
    for code in _codes.values():
        if (code.spec, code.content, code.file) == (spec, content, file):
            return code
    name, _, wanted = spec.partition(":")
    if alone:
        module = _from_text(file, content, name, None, "")
    else:
        module = importlib.import_module(name)
        here = _file_of(module)
        if here is None or here.read_bytes() != content:
            fail(None, "", f"{spec} is another here than where the scenario was made; install the same")
    what = getattr(module, wanted)
    return _codes.setdefault(what, Code(spec, content, file, alone, what))


def refuse_no_mechanisms(codes: Sequence[Code], groups: tuple[Group, ...] | None, where: Where | None) -> None:
    """Raise ScenarioError for what cannot be used (together) in a model of ``groups``."""
    if not codes:
        return
    from cxsim.own import Mechanism, faults

    for code in codes:
        if not (isinstance(code.what, type) and issubclass(code.what, Mechanism) and code.what is not Mechanism):
            fail(where, "use", f"{code.spec} is no class that extends cxsim.Mechanism")
    for what in faults([code.what for code in codes], catalogue(groups).groups):
        fail(where, "use", what)


def refuse_no_rule(code: Code, where: Where | None, path: str) -> None:
    """Raise ScenarioError unless it is a function of one argument."""
    if not isinstance(code.what, FunctionType):
        fail(where, path, f"{code.spec} is no function")
    try:
        inspect.signature(code.what).bind(None)
    except TypeError:
        fail(where, path, f"{code.spec} must take one argument, what the firm can see")


@lru_cache(maxsize=16)
def catalogue(groups: tuple[Group, ...] | None, kinds: tuple[Any, ...] = ()) -> Catalogue:
    """The parameters of ``groups`` (None: those of cxsim) and of mechanisms of one's own."""
    if groups is None:
        from cxsim.mechanisms import GROUPS  # late: it brings the engine with it

        groups = GROUPS
    if kinds:
        from cxsim.own import groups_of

        groups = (*groups, *groups_of(kinds))
    return Catalogue(groups)


def copies(codes: Iterable[Code]) -> dict[str, bytes]:
    """Files that results keep, so that they can be repeated from there: name and content."""
    return {code.copied_as: code.content for code in codes if code.copied_as}


def refuse_same_name(codes: Iterable[Code]) -> None:
    """Raise ScenarioError where two files would have one name in a result folder."""
    kept: dict[str, Code] = {}
    for code in codes:
        name = code.copied_as
        if name and (other := kept.setdefault(name, code)).content != code.content:
            places = " and ".join(dict.fromkeys(shown(c.file) for c in (other, code) if c.file))
            fail(None, "", f"{name} is not the same for all ({places}); results keep both, so give one another name")


def united(several: Iterable[Iterable[Code]]) -> tuple[Code, ...]:
    """Each code once, in the order in which they are named."""
    return tuple(dict.fromkeys(code for codes in several for code in codes))


def shown(file: Path) -> str:
    """A file as the user can find it: from the working folder if it is below."""
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return str(file)


class _AsItStands(ExecutionLoader):
    """Loads a source that was read, never a compiled file beside it, which may be older."""

    def __init__(self, path: str, content: bytes) -> None:
        self.path, self.content = path, content

    def get_filename(self, fullname: str) -> str:
        return self.path

    def get_source(self, fullname: str) -> str:
        return decode_source(self.content)


def _executed(file: Path, name: str, where: Where | None, path: str) -> tuple[ModuleType, bytes]:
    """The module that a file makes as it is now, and its content."""
    try:
        content = file.read_bytes()
    except OSError as error:
        fail(where, path, f"{shown(file)} cannot be read: {error.strerror or error}")
    return _from_text(file, content, name, where, path), content


def _from_text(file: Path, content: bytes, name: str, where: Where | None, path: str) -> ModuleType:
    """The module that a file makes which holds ``content``, executed once."""
    key = file.resolve(), name, content
    if key not in _modules:
        before = sys.modules.get(name)
        ours = before is None or isinstance(before.__loader__, _AsItStands)
        if name.partition(".")[0] in sys.stdlib_module_names or not (ours or _file_of(before) == key[0]):
            fail(where, path, f"{shown(file)}: a module {name} is there already; give the file another name")
        spec = spec_from_loader(name, _AsItStands(str(file), content))
        assert spec and spec.loader
        sys.modules[name] = module = module_from_spec(spec)  # where pickle and dataclasses look for it
        try:
            spec.loader.exec_module(module)
            _modules[key] = module
        except (Exception, SystemExit) as error:
            fail(where, path, "{}: {}".format(*place_of(error, str(file))))
        finally:
            if before and (key not in _modules or not ours):
                sys.modules[name] = before
            elif key not in _modules:
                del sys.modules[name]
    return _modules[key]


def _installed(name: str, places: Sequence[Path], where: Where | None, path: str) -> tuple[ModuleType, bytes]:
    before = sys.modules.get(name)
    if before and isinstance(before.__loader__, _AsItStands):
        del sys.modules[name]  # a file of another folder, or one that is gone
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        sys.modules.update({name: before} if before else {})
        missing = getattr(error, "name", None) if isinstance(error, ModuleNotFoundError) else None
        if not missing or not f"{name}.".startswith(f"{missing}."):
            fail(where, path, "{}: {}".format(*place_of(error, "")))
        near = nearest(name, [n for place in places for n in _names(place)])
        hint = f"; did you mean {near!r}?" if near else ""
        beside = f"{name.replace('.', '/')}.py"
        fail(where, path, f"no {beside} beside this file or in the working folder, nor an installed module{hint}")
    file = _file_of(module)
    if file is None:
        fail(where, path, f"{name} has no source that could be told apart from another; use a file")
    return module, file.read_bytes()


def _names(place: Path) -> list[str]:
    """Modules in a folder and one below."""
    files = sorted([*place.glob("*.py"), *place.glob("*/*.py")])
    return [".".join(f.relative_to(place).with_suffix("").parts) for f in files]


def _file_of(module: ModuleType | None) -> Path | None:
    name = getattr(module, "__file__", None)
    return Path(name).resolve() if name and name.endswith(".py") and Path(name).is_file() else None


def _stands_alone(module: ModuleType) -> bool:
    """Whether a module is a file of somebody's own: not the running program, no part of a package, not installed."""
    file, package = _file_of(module), sys.modules.get(module.__name__.rpartition(".")[0])
    if file is None or module.__name__ == "__main__" or getattr(package, "__file__", None):
        return False
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("stdlib", "purelib", "platlib")}
    return not installed & set(file.parents)


def _cell(thing: type | FunctionType) -> bytes:
    """The cell of a notebook that a class or function was typed into; empty if that is not known."""
    return "".join(linecache.getlines(home_of(thing))).encode()


def place_of(error: BaseException, file: str) -> tuple[Where, str]:
    """Where in ``file`` (or, if it is not there, anywhere) an error arose, and what it says, with the line's text."""
    kind = type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return Where(shown(Path(error.filename)), error.lineno or 0), f"{kind}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    place = ([f for f in frames if f.filename == file] or frames)[-1]
    line = f", in {shorten(place.line, 80)}" if place.line else ""
    return Where(shown(Path(place.filename)), place.lineno or 0), f"{kind}: {error}{line}"
