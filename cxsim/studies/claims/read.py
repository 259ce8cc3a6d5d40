"""From a file of claims to checked ones: as strict as scenario files, with one line that names file, line and path."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from cxsim.api import prepare
from cxsim.parameters import Parameter
from cxsim.scenario import Scenario, within
from cxsim.scenario_check import items, nearest, number, one_of, only, table, text, unknown
from cxsim.scenario_files import Library, Source
from cxsim.studies.claims.claim import ABOUT, KINDS, Claim, Gap, Test
from cxsim.studies.claims.verdicts import DIRECTIONS
from cxsim.studies.quantities import QUANTITIES, RANK_CORRELATION, Reading
from cxsim.studies.quantities_read import WHEN, reading, reading_of
from cxsim.yaml_source import Node, Scalar, ScenarioError, Table, Where, fail, read, shorten

SMALLEST = "smallest.yaml"
_KEYS = ("about", "claim", "kind", "same_as", "note", "status", "missing", "arms", "firms", "levers", "tests")
_ARM_KEYS = ("extends", "world", "policy", "rivals", "timeline")
_TEST_KEYS = ("measure", "direction", *WHEN, "arm", "against", "beyond", "correlated_with", "given", "smallest", "why")
_LONGEST = 400
_ID = re.compile(r"[A-Z][1-9][0-9]?")
_FIRMS = Parameter("firms", 40, "firms", 8, 1000, "choice", "firms over which an association is measured", integer=True)
_EFFECT = Parameter("smallest", 1, "the measure's unit", 1e-9, 1e15, "choice", "smallest effect that matters")


class Reader:
    """Reads the files of one folder; what they extend is read once."""

    def __init__(self, folder: Path) -> None:
        self.library, self.catalogue = Library(None), Scenario.default().catalogue
        self.claims: dict[str, Claim] = {}
        self._pointers: list[tuple[Node, str, str]] = []
        self._smallest = _read_smallest(folder / SMALLEST)

    def read(self, path: Path) -> None:
        """Add the claims of a file. Raises ScenarioError."""
        source = Source(path, _shown(path))
        for key, node in source.read().entries.items():
            where = node.where
            if not _ID.fullmatch(key):
                fail(where, "", f"{shorten(key)} is not an id such as A1")
            if key in self.claims:
                fail(where, "", f"a second claim {key}; the first is in {self.claims[key].where}")
            self.claims[key] = self._claim(key, table(node, key), source)

    def done(self) -> dict[str, Claim]:
        """All claims, in the order of their ids. Raises ScenarioError where one points to another that is not there."""
        for node, path, wanted in self._pointers:
            if wanted not in self.claims:
                near = nearest(wanted, self.claims)
                fail(node.where, path, f"no claim {shorten(wanted)}{f'; did you mean {near}?' if near else ''}")
        return {key: self.claims[key] for key in sorted(self.claims, key=lambda k: (k[0], int(k[1:])))}

    def _claim(self, key: str, node: Table, source: Source) -> Claim:
        only(node, _KEYS, key)
        below = node.entries
        for name in ("claim", "kind"):
            if name not in below:
                fail(node.where, key, f"has no {name!r}")
        about = {k: text(below[k], f"{key}.{k}", _LONGEST) for k in ("claim", "note") if k in below}
        kind = one_of(below["kind"], f"{key}.kind", KINDS)
        subject = one_of(below["about"], f"{key}.about", ABOUT) if "about" in below else ""
        claim = Claim(
            key, about["claim"], kind, note=about.get("note", ""), same_as=self._same_as(below.get("same_as"), key),
            where=str(node.where), about=subject,
        )  # fmt: skip
        if "status" in below:
            return replace(claim, missing=_missing(node, key))
        if "missing" in below:
            fail(node.keys["missing"], key, "'missing' goes with 'status: not built'")
        for name in ("arms", "tests"):
            if name not in below:
                fail(node.where, key, f"has no {name!r}; without them, say 'status: not built' and what is 'missing'")
        return self._with_tests(claim, node, source)

    def _same_as(self, node: Node | None, key: str) -> tuple[str, ...]:
        path = f"{key}.same_as"
        listed = items(node, path) if node else ()
        found = tuple(text(n, f"{path}[{i}]", 8) for i, n in enumerate(listed))
        self._pointers += [(n, f"{path}[{i}]", wanted) for i, (n, wanted) in enumerate(zip(listed, found, strict=True))]
        return found

    def _with_tests(self, claim: Claim, node: Table, source: Source) -> Claim:
        key, below = claim.id, node.entries
        arms = self._arms(below["arms"], f"{key}.arms", source)
        n_firms, levers = 0, dict[str, Parameter]()
        if claim.kind == "association":
            if len(arms) != 1:
                fail(below["arms"].where, f"{key}.arms", "an association has one arm, whose levers are drawn")
            for name in ("firms", "levers"):
                if name not in below:
                    fail(node.where, key, f"an association needs {name!r}")
            n_firms = int(number(below["firms"], f"{key}.firms", _FIRMS))
            levers = self._levers(below["levers"], f"{key}.levers")
        else:
            for name in {"firms", "levers"} & below.keys():
                fail(node.keys[name], key, f"{name!r} goes with 'kind: association'")
        listed = items(below["tests"], f"{key}.tests")
        if not listed:
            fail(below["tests"].where, f"{key}.tests", "holds no test")
        months = next(iter(arms.values())).horizon_months
        checker = _Tests(arms, months, self._smallest, bool(levers))
        tests = tuple(checker.test(n, f"{key}.tests[{i}]") for i, n in enumerate(listed))
        return replace(claim, arms=arms, tests=tests, n_firms=n_firms, levers=levers)

    def _arms(self, node: Node, path: str, source: Source) -> dict[str, Scenario]:
        below = table(node, path)
        arms: dict[str, Scenario] = {}
        for name, arm in below.entries.items():
            only(table(arm, f"{path}.{name}"), _ARM_KEYS, f"{path}.{name}")
            arms[name] = within(table(arm, f"{path}.{name}"), source, name, self.library)
        if not arms:
            fail(node.where, path, "holds no arm")
        try:
            prepare(list(arms.values()))
        except ScenarioError as error:
            fail(node.where, path, str(error))
        return arms

    def _levers(self, node: Node, path: str) -> dict[str, Parameter]:
        below = table(node, path)
        levers = {}
        for name, span in below.entries.items():
            p = self.catalogue.parameter(name, below.keys[name])
            ends = [number(n, f"{path}.{name}[{i}]", p) for i, n in enumerate(items(span, f"{path}.{name}"))]
            if len(ends) != 2 or ends[0] >= ends[1]:
                fail(span.where, f"{path}.{name}", "expected a range, such as [0, 1]")
            levers[name] = replace(p, default=ends[0], range=(ends[0], ends[1]), scale="linear")
        return levers


class _Tests:
    """Checks the tests of one claim."""

    def __init__(
        self, arms: Mapping[str, Scenario], months: int, smallest: Mapping[str, tuple[float, str]], firms: bool
    ) -> None:
        self.arms, self.months, self.smallest, self.firms = list(arms), months, smallest, firms

    def test(self, node: Node, path: str) -> Test:
        """The test that a node describes. Raises ScenarioError."""
        below = table(node, path)
        only(below, _TEST_KEYS, path)
        for name in ("measure", "direction", *(["correlated_with"] if self.firms else [])):
            if name not in below.entries:
                fail(below.where, path, f"has no {name!r}")
        direction = one_of(below.entries["direction"], f"{path}.direction", DIRECTIONS)
        first, *others = self.arms
        gap = self._gap(below, path, others[-1] if others else first, first if others else None)
        smallest, why = self._matters(below, path, gap.reading.measure)
        test = Test(gap, direction, smallest, why)
        if self.firms:
            return self._association(test, below, path)
        for name in {"correlated_with", "given"} & below.entries.keys():
            fail(below.keys[name], path, f"{name!r} goes with 'kind: association'")
        if "beyond" in below.entries:
            inner = table(below.entries["beyond"], f"{path}.beyond")
            only(inner, ("arm", "against", *WHEN), f"{path}.beyond")
            other = self._gap(inner, f"{path}.beyond", gap.arm, gap.against, gap.reading)
            test = replace(test, beyond=other)
        return test

    def _association(self, test: Test, below: Table, path: str) -> Test:
        for name in {"arm", "against", "beyond"} & below.entries.keys():
            fail(below.keys[name], path, f"{name!r} does not go with 'kind: association'")
        named = {f"{path}.correlated_with": below.entries["correlated_with"]}
        listed = items(below.entries["given"], f"{path}.given") if "given" in below.entries else ()
        levers = [n for n in listed if isinstance(n, Scalar) and n.text == "levers"]
        named |= {f"{path}.given[{i}]": n for i, n in enumerate(listed) if n not in levers}
        other, *given = (reading(table(n, where), where, self.months) for where, n in named.items())
        return replace(test, other=other, given=tuple(given), given_levers=bool(levers))

    def _matters(self, below: Table, path: str, measure: str) -> tuple[float, str]:
        given = {"smallest", "why"} & below.entries.keys()
        if len(given) == 1:
            fail(below.where, path, "'smallest' and 'why' go together")
        if given:
            smallest = number(below.entries["smallest"], f"{path}.smallest", _EFFECT)
            return smallest, text(below.entries["why"], f"{path}.why", _LONGEST)
        name = RANK_CORRELATION.name if self.firms else measure
        if name not in self.smallest:
            fail(below.where, path, f"{SMALLEST} has no effect of {name} that matters; give 'smallest' and 'why'")
        return self.smallest[name]

    def _gap(
        self, below: Table, path: str, arm: str, against: str | None, same: Reading | None = None
    ) -> Gap:
        for name in {"arm", "against"} & below.entries.keys():
            found = one_of(below.entries[name], f"{path}.{name}", self.arms)
            arm, against = (found, against) if name == "arm" else (arm, found)
        if arm == against:
            fail(below.where, path, f"holds {arm} against itself")
        dated = bool(set(WHEN) & below.entries.keys())
        if same is None:
            return Gap(reading(below, path, self.months, _TEST_KEYS), arm, against)
        return Gap(reading_of(same.measure, below, path, self.months) if dated else same, arm, against)


def _missing(node: Table, key: str) -> str:
    status = one_of(node.entries["status"], f"{key}.status", ("not built",))
    if "missing" not in node.entries:
        fail(node.where, key, f"'status: {status}' needs 'missing', which says what the model lacks")
    for name in {"arms", "tests", "firms", "levers"} & node.entries.keys():
        fail(node.keys[name], key, f"{name!r} does not go with 'status: {status}'")
    return text(node.entries["missing"], f"{key}.missing", _LONGEST)


def _read_smallest(path: Path) -> dict[str, tuple[float, str]]:
    """Measure -> smallest effect that matters, and why."""
    found = {}
    known = {**QUANTITIES, RANK_CORRELATION.name: RANK_CORRELATION}
    tree = read(path, _shown(path))
    for name, node in tree.entries.items():
        if name not in known:
            _unknown_measure(tree.keys[name], "", name)
        below = table(node, name)
        only(below, ("smallest", "unit", "why"), name)
        for key in ("smallest", "unit", "why"):
            if key not in below.entries:
                fail(below.where, name, f"has no {key!r}")
        unit = text(below.entries["unit"], f"{name}.unit", _LONGEST)
        if unit != known[name].unit:
            fail(below.entries["unit"].where, f"{name}.unit", f"is {known[name].unit!r}, not {shorten(unit)}")
        why = text(below.entries["why"], f"{name}.why", _LONGEST)
        found[name] = number(below.entries["smallest"], f"{name}.smallest", _EFFECT), why
    return found


def _unknown_measure(where: Where, path: str, name: str) -> NoReturn:
    fail(where, path, unknown(name, QUANTITIES))


def _shown(path: Path) -> str:
    """A file as the user can find it: from the working folder if it is below."""
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)
