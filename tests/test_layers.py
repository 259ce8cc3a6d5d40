"""The package keeps its layers: imports run downwards only, and files and functions stay readable.

The order is the one that ``docs/design.md`` explains. Imports are read from the source, those within
functions and under ``TYPE_CHECKING`` too: a lazy import across the order is still an import across it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cxsim"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

LAYERS: tuple[tuple[str, ...], ...] = (  # from the bottom; those of one row may import each other
    ("cxsim.version", "cxsim.parameters", "cxsim.engine"),
    ("cxsim.population", "cxsim.company"),
    ("cxsim.mechanisms",),
    ("cxsim.yaml", "cxsim.scenario", "cxsim.describe", "cxsim.own"),
    ("cxsim.record",),
    ("cxsim.opening", "cxsim.agents", "cxsim.closing", "cxsim.history", "cxsim.views", "cxsim.model", "cxsim.panel"),
    ("cxsim.measures",),
    ("cxsim.intervals", "cxsim.frames", "cxsim.provenance", "cxsim.storage", "cxsim.worlds"),
    ("cxsim.results", "cxsim.pool", "cxsim.running", "cxsim.report", "cxsim.api", "cxsim.studies"),
    ("cxsim.app",),
    ("cxsim.cli",),
    ("cxsim", "cxsim.__main__"),
)
KEPT_OUT = {"cxsim.mechanisms": {"mesa", "pandas", "yaml", "matplotlib", "networkx"}}
ONLY_IN = {"mesa": {"cxsim.agents", "cxsim.model"}, "matplotlib": {"cxsim.report"}, "nicegui": {"cxsim.app"}}
MAX_FILE, MAX_FUNCTION = 400, 60
SOURCES = sorted(
    path
    for folder in ("cxsim", "tests", "scenarios", "experiments", "docs", ".ci")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and "__pycache__" not in path.parts and path.suffix in {".py", ".yaml", ".md", ""}
) + [ROOT / name for name in ("README.md", "CHANGELOG.md", "CITATION.cff", "pyproject.toml")]


def belongs(module: str, layer: str) -> bool:
    """True where ``module`` is ``layer``, lies within it, or is split off from it (``scenario_check``)."""
    return module == layer or (layer != "cxsim" and module.startswith((layer + ".", layer + "_")))


def rank(module: str) -> int:
    """Row of ``LAYERS`` that a module of the package stands in; LookupError where it stands in none."""
    for row, layers in enumerate(LAYERS):
        if any(belongs(module, layer) for layer in layers):
            return row
    raise LookupError(f"{module} stands in no layer: give it a place in LAYERS")


def imports(source: str, module: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and full name of whatever a source imports; ``from a import b`` is a.b where that is a module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:  # relative: drop as many parts as there are dots
                parts = module.split(".")
                kept = parts[: len(parts) - node.level + is_package]
                base = ".".join([*kept, base] if base else kept)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node.lineno, full if full in MODULES else base


def faults(source: str, module: str, is_package: bool = False) -> list[str]:
    """What a module imports against the rules, one line each."""
    found = []
    for line, name in imports(source, module, is_package):
        top = name.split(".")[0]
        if any(belongs(module, layer) and top in names for layer, names in KEPT_OUT.items()):
            found.append(f"{module}:{line}: a mechanism does not import {top}")
        if top in ONLY_IN and not any(belongs(module, layer) for layer in ONLY_IN[top]):
            found.append(f"{module}:{line}: {top} is imported only in {', '.join(sorted(ONLY_IN[top]))}")
        if top != "cxsim":
            continue
        if rank(name) > rank(module):
            found.append(f"{module}:{line}: imports {name}, which stands above it")
        if module.startswith("cxsim.mechanisms.") and name.startswith("cxsim.mechanisms"):
            found.append(f"{module}:{line}: a mechanism imports no other: {name}")
    return found


def test_every_module_has_its_place() -> None:
    for module in MODULES:
        rank(module)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards(module: str) -> None:
    path = MODULES[module]
    assert not faults(path.read_text(encoding="utf-8"), module, path.name == "__init__.py")


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("cxsim.mechanisms.requests", "import pandas as pd"),
        ("cxsim.mechanisms.requests", "from cxsim.mechanisms.loyalty import update"),
        ("cxsim.mechanisms.requests", "from cxsim.mechanisms import loyalty"),
        ("cxsim.mechanisms.requests", "from . import loyalty"),
        ("cxsim.measures.profit", "def f():\n    from mesa import Model"),
        ("cxsim.record", "from cxsim.model import CXModel"),
        ("cxsim.engine.sweep", "import cxsim.population"),
        ("cxsim.model", "from cxsim import load"),
        ("cxsim.results", "import matplotlib.pyplot as plt"),
        ("cxsim.cli.app", "def f():\n    from nicegui import ui"),
        ("cxsim.api", "import cxsim.app.serve"),
    ],
)
def test_planted_faults_are_found(module: str, line: str) -> None:
    assert faults(line, module)


def test_sources_stay_readable() -> None:
    found = []
    for path in SOURCES:
        if path.suffix != ".py":
            continue
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT).as_posix()
        if (n := len(source.splitlines())) > MAX_FILE:
            found.append(f"{name}: {n} lines, at most {MAX_FILE}")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                n = (node.end_lineno or node.lineno) - node.lineno + 1
                if n > MAX_FUNCTION:
                    found.append(f"{name}:{node.lineno}: {node.name} has {n} lines, at most {MAX_FUNCTION}")
    assert not found, "\n".join(found)


# Joined from parts, so that this file does not contain what it looks for.
UNWANTED = {
    "a path of one machine": r"(?<![\w.])/(wo" + r"rk/|ro" + r"ot/|ho" + r"me/\w|tm" + r"p/(plan|v)\b)",
    "a drive of one machine": r"\b[A-Z]:\\" + r"Users",
    "an unfinished note": r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    "a package index": "py" + r"pi\.|index" + r"-url",
    "who was at work rather than the work": r"(?i)\b(cl" + r"aude|chat" + r"gpt|co" + r"pilot|l" + r"lm)\b",
    "a ticket rather than a reason": r"(?i)\bis" + r"sue #?\d|\bsha" + r"red/\w+\.md",
    "a breakpoint": r"\b(break" + r"point|set_" + r"trace)\(",
}


def test_nothing_left_behind() -> None:
    found = []
    for path in SOURCES:
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        for what, pattern in UNWANTED.items():
            for hit in re.finditer(pattern, text):
                line = text.count("\n", 0, hit.start()) + 1
                found.append(f"{name}:{line}: {what}: {hit[0]}")
    assert not found, "\n".join(found)
