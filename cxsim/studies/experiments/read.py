"""From a file, or a mapping of the same shape, to a checked experiment: one line says what is wrong, and where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim.api import arm_names, prepare
from cxsim.measures import MEASURES
from cxsim.parameters import Parameter
from cxsim.running import available_threads
from cxsim.scenario import Scenario, named, within
from cxsim.scenario_check import SETTINGS, TEXTS, items, number, one_of, only, refuse_unquoted, table, text, truth
from cxsim.scenario_files import Library, Source
from cxsim.scenario_timeline import Frozen
from cxsim.studies.analyses.kinds import KINDS, settings_of
from cxsim.studies.experiments import designs
from cxsim.studies.experiments.data import plain, tree_of
from cxsim.studies.experiments.experiment import Analysis, Design, Experiment, Varied
from cxsim.studies.experiments.files import locate
from cxsim.studies.experiments.pace import seconds_per_run, told
from cxsim.studies.experiments.vary import VaryReader, design, kind_of, parameter, refuse_undone, rows
from cxsim.studies.quantities import QUANTITIES, Reading
from cxsim.studies.quantities_read import reading
from cxsim.worlds import COMPARED
from cxsim.yaml_source import Node, Scalar, ScenarioError, Sequence, Table, Where, fail, shorten

if TYPE_CHECKING:
    import pandas as pd

MOST_RUNS = 100_000
"""Runs that an experiment may have unless it, or who starts it, allows more."""

MOST_VALUES = 50_000_000
"""Points times paths that are held at once."""

_TEXTS = ("title", "question", "description")
_SETTINGS = tuple(name for name in SETTINGS if name != "replications")
KEYS = (
    *_TEXTS, "arms", *_SETTINGS, "vary", "design", "replications", "rng", "common_random_numbers", "most_runs",
    "measures", "analysis",
)  # fmt: skip
ARM_KEYS = (*_TEXTS, "extends", "use", "decide", "world", "policy", "rivals", "timeline")
RNG = Parameter("rng", 1, "seed", 0, 10**15 - 1, "choice of the study", "seed of luck and design", integer=True)
REPLICATIONS = Parameter(
    "replications", 1, "runs", 1, 10_000, "choice of the study", "runs of every arm at every point", integer=True
)
MOST = Parameter("most_runs", MOST_RUNS, "runs", 1, 1e9, "choice of the study", "runs that are allowed", integer=True)
_LONGEST = 80


def read_experiment(
    source: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
    most_runs: int | None = None,
    points: int | None = None,
    customers: int | None = None,
) -> Experiment:
    """The experiment in a file, the shipped one of that name, or one told as a mapping of the shape of a file.

    In a mapping, arms may be scenarios, and ``design`` a DataFrame with a column for each path and a row for each
    point. ``most_runs`` replaces what the file allows, ``points`` how many its design has, ``customers`` how many are
    simulated in all arms. Raises ScenarioError for whatever is wrong, with file, line and path; for ``points`` too
    where a design has no number of them of its own.
    """
    if isinstance(source, Experiment):
        if points is not None or customers is not None:
            fail(None, "", "an Experiment has its points and its customers; build another to have others")
        return source
    if isinstance(source, Mapping):
        data, frame = dict(source), source.get("design")
        if hasattr(frame, "columns"):
            del data["design"]
        else:
            frame = None
        scenarios: dict[str, Scenario] = {}
        tree = _sized(tree_of(data, scenarios), customers)
        return _Reader(Source(None, ""), "experiment", scenarios, frame, points).read(tree, most_runs)
    found = locate(source)
    name = Path(found.shown).stem.encode(errors="replace").decode()
    return _Reader(found, name, {}, None, points).read(_sized(found.read(), customers), most_runs)


def _sized(tree: Table, customers: int | None) -> Table:
    """The same with another number of customers, if one is asked for."""
    if customers is None:
        return tree
    said, nowhere = Scalar(str(customers), False, Where("")), Where("")
    return replace(tree, entries={**tree.entries, "customers": said}, keys={**tree.keys, "customers": nowhere})


class _Reader:
    """Reads one experiment; ``scenarios`` are arms that came from Python, ``frame`` a design that did.

    ``points`` replaces the number of the file.
    """

    def __init__(
        self, source: Source, name: str, scenarios: Mapping[str, Scenario], frame: pd.DataFrame | None,
        points: int | None,
    ) -> None:
        self.source, self.name, self.scenarios, self.frame, self.points = source, name, scenarios, frame, points
        self.library = Library(None)

    def read(self, tree: Table, most_runs: int | None) -> Experiment:
        """The experiment that a mapping tells. Raises ScenarioError."""
        only(tree, KEYS, "")
        below = tree.entries
        texts = {k: text(below[k], k, TEXTS[k][0], k != "description") for k in _TEXTS if k in below}
        stem = "".join(c for c in self.name if c.isprintable())[:_LONGEST].strip()
        texts.setdefault("title", stem.replace("_", " ") or "Experiment")
        replications = int(_number(below, REPLICATIONS))
        arms = self._arms(tree, replications)
        vary, laid = self._space(below, arms)
        self._refuse_large(tree, laid, len(vary), arms, replications, most_runs)
        rng = int(_number(below, RNG))
        lowest = min((int(v.low) for v in vary if v.path == "horizon_months"), default=10**6)
        months = min(lowest, *(s.horizon_months for s in arms.values()))
        measures, readings = self._measures(below.get("measures"), months)
        asked = below.get("common_random_numbers")
        common = truth(asked, "common_random_numbers") if asked else True
        try:
            found = Experiment(
                texts["title"], Frozen(arms), vary, designs.lay(laid.kind, vary, laid.settings, rng), laid,
                replications, rng, common, measures, readings,
                (), texts.get("question", ""), texts.get("description", ""), stem or "experiment",
            )  # fmt: skip
        except ScenarioError as error:
            fail(tree.keys.get("vary") or tree.keys.get("design"), "", str(error))
        return replace(found, analysis=_analyses(below.get("analysis"), found))

    def _arms(self, tree: Table, replications: int) -> dict[str, Scenario]:
        if "arms" not in tree.entries:
            fail(tree.where, "", "has no 'arms': the scenarios that are run at every point")
        node = tree.entries["arms"]
        arms = self._mapped(node) if isinstance(node, Table) else self._listed(node)
        if not arms:
            fail(node.where, "arms", "holds no arm")
        own = {key: number(tree.entries[key], key, SETTINGS[key]) for key in _SETTINGS if key in tree.entries}
        pairs = [x for pair in own.items() for x in pair]
        try:
            arms = {name: s.replace("replications", replications, *pairs) for name, s in arms.items()}
            prepare(list(arms.values()))
        except ScenarioError as error:
            fail(node.where, "arms", str(error))
        return arms

    def _listed(self, node: Node) -> dict[str, Scenario]:
        listed = items(node, "arms")
        found = [self._scenario(n, f"arms[{i}]") for i, n in enumerate(listed)]
        return dict(zip(arm_names(found), found, strict=True))

    def _mapped(self, node: Table) -> dict[str, Scenario]:
        arms = {}
        for name, arm in node.entries.items():
            path = f"arms.{name}"
            if not name.strip() or len(name) > _LONGEST or not name.isprintable():
                fail(node.keys[name], "arms", f"{shorten(name)} is no name of an arm")
            if isinstance(arm, Table):
                only(arm, ARM_KEYS, path)
                found = within(arm, self.source, name, self.library)
            else:
                found = self._scenario(arm, path)
            arms[name] = replace(found, name=name)
        return arms

    def _scenario(self, node: Node, path: str) -> Scenario:
        """The scenario that a name means, or that came from Python."""
        if isinstance(node, Scalar) and node.text in self.scenarios:
            return self.scenarios[node.text]
        if isinstance(node, (Table, Sequence)):
            fail(node.where, path, "expected the name or path of a scenario; arms of your own are a mapping by name")
        return named(node, path, self.source, self.library)

    def _space(self, below: Mapping[str, Node], arms: Mapping[str, Scenario]) -> tuple[tuple[Varied, ...], Design]:
        """What varies, and the design, not yet laid."""
        node = below.get("design")
        listed = self.frame is not None or (node is not None and kind_of(node) == "list")
        if self.points is not None and (listed or "vary" not in below):
            fail(node.where if node else None, "points", "the points are written down, or nothing varies")
        if listed and "vary" in below:
            fail(below["vary"].where, "vary", "a list of points says itself what varies; leave 'vary' out")
        if self.frame is not None:
            return _framed(self.frame, arms)
        if listed:
            assert node is not None
            return rows(table(node, "design"), arms)
        reader = VaryReader(arms)
        vary = reader.read(below["vary"]) if "vary" in below else ()
        if not vary and node is not None:
            fail(node.where, "design", "there is nothing to lay points for; name what varies under 'vary'")
        return vary, design(node, vary, reader, self.points) if vary else Design("list", Frozen({"rows": ((),)}))

    @staticmethod
    def _refuse_large(
        tree: Table, laid: Design, n_paths: int, arms: Mapping[str, Scenario], replications: int, most_runs: int | None
    ) -> None:
        """Refuse a design of too many runs, with its size and how long it would take."""
        most = most_runs or int(_number(tree.entries, MOST))
        points = designs.size(laid.kind, n_paths, laid.settings)
        runs, where = points * len(arms) * replications, tree.keys.get("design") or tree.keys.get("vary") or tree.where
        many = [f"{n:,}" if n < 10**15 else f"{Decimal(n):.0e}" for n in (points, runs)]
        size = f"{many[0]} points x {len(arms)} arms x {replications} replications = {many[1]} runs"
        if points * max(n_paths, 1) > MOST_VALUES:
            fail(where, "design", f"{size} with {n_paths} paths: more than can be held at once")
        if runs > most:
            seconds = runs * seconds_per_run(list(arms.values())[:4]) / available_threads()
            allow = f"more than {most:,}; make it smaller, or allow it with 'most_runs: {runs}' or --yes"
            fail(where, "design", f"{size}, about {told(seconds)} on this machine: {allow}")

    @staticmethod
    def _measures(node: Node | None, months: int) -> tuple[tuple[str, ...], tuple[Reading, ...]]:
        """Columns that are shown first, and the readings among them that are no measure of MEASURES."""
        if node is None:
            return COMPARED, ()
        listed = items(node, "measures") if isinstance(node, Sequence) else (node,)
        found = []
        for i, item in enumerate(listed):
            path = f"measures[{i}]"
            one = reading(item, path, months) if isinstance(item, Table) else Reading(one_of(item, path, QUANTITIES))
            if one in found:
                fail(item.where, path, f"{one} is named twice")
            found.append(one)
        if not found:
            fail(node.where, "measures", "names no measure; leave the key out for the usual ones")
        return tuple(r.name for r in found), tuple(r for r in found if r.name not in MEASURES)


def _number(below: Mapping[str, Node], p: Parameter) -> float:
    return number(below[p.name], p.name, p) if p.name in below else p.default


def _analyses(node: Node | None, experiment: Experiment) -> tuple[Analysis, ...]:
    found = []
    for i, item in enumerate(items(node, "analysis") if node else ()):
        below = table(item, path := f"analysis[{i}]")
        if len(below.entries) != 1:
            fail(item.where, path, "expected one kind and what it is asked, such as {discover: 'a.npv > b.npv'}")
        ((kind, asked),) = below.entries.items()
        only(below, KINDS, path)
        if isinstance(asked, Scalar):
            refuse_unquoted(asked, f"{path}.{kind}")
        try:
            settings = settings_of(kind, plain(asked), experiment)
        except ValueError as error:  # a ScenarioError too
            fail(asked.where, path, str(error).removeprefix(f"{path}: "))
        found.append(Analysis(kind, Frozen(settings)))
    return tuple(found)


def _framed(frame: pd.DataFrame, arms: Mapping[str, Scenario]) -> tuple[tuple[Varied, ...], Design]:
    """A design whose points are the rows of a DataFrame, its columns the paths that vary."""
    nowhere = Where("")
    known = {str(path): parameter(str(path), nowhere, list(arms.values())) for path in frame.columns}
    if len(known) < len(frame.columns):
        fail(None, "design", "a column is there twice")
    if not len(frame):
        fail(None, "design", "holds no point")
    for path in known:
        refuse_undone(path, nowhere, arms)
    try:
        points = frame.to_numpy(np.float64)
    except (TypeError, ValueError):
        fail(None, "design", "holds what is no number")
    if not np.isfinite(points).all():
        fail(None, "design", "holds a value that is missing or no number")
    ends = zip(points.min(axis=0).tolist(), points.max(axis=0).tolist(), strict=True)
    vary = [Varied(k, *span, p.unit, "linear", p.integer) for (k, p), span in zip(known.items(), ends, strict=True)]
    return tuple(vary), Design("list", Frozen({"rows": points}))
