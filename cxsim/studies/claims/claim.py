"""Claims: what the articles say, each with the experiment that tests it, read from files and checked.

A file holds claims by id, such as ``A1``. An arm is written like a scenario that extends another; a test names a
measure, what the article says of it, and which arms to hold against each other. ``smallest.yaml`` beside the files says
for every measure how small an effect still matters. All of it is fixed before anything is run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cxsim.parameters import Parameter
from cxsim.scenario import Scenario
from cxsim.scenario_files import shipped_folder
from cxsim.studies.quantities import QUANTITIES, RANK_CORRELATION, Quantity, Reading
from cxsim.yaml_source import ScenarioError

ABOUT = ("lever", "mechanism", "measure")
"""What a claim is about: something that management decides, how the world answers, or what is reported."""
KINDS = (
    "contrast", "knockout", "trajectory", "association",
    "null", "verification", "bound", "covariate", "input", "example",
)  # fmt: skip
"""What a claim is: two arms that differ by a lever, a mechanism off, a shape over time, a relation across firms; or
none of these: nothing is to change, something is to happen, or it holds by construction, sets the scene, or goes in."""


@dataclass(frozen=True)
class Gap:
    """A reading in an arm, less the same in another; in one arm alone where ``against`` is None."""

    reading: Reading
    arm: str
    against: str | None

    def __str__(self) -> str:
        return f"{self.arm} against {self.against}" if self.against else self.arm


@dataclass(frozen=True)
class Test:
    """A quantity, what the article says of it (``direction``), and the smallest effect that matters, in its unit.

    The effect is ``gap``, less the gap ``beyond`` where there is one. Of an association it is the rank correlation over
    firms of ``gap.reading`` with ``other``, with ``given`` partialled out, and the levers drawn if ``given_levers``.
    """

    __test__ = False  # not one of pytest's

    gap: Gap
    direction: str
    smallest: float
    why: str
    beyond: Gap | None = None
    other: Reading | None = None
    given: tuple[Reading, ...] = ()
    given_levers: bool = False

    @property
    def quantity(self) -> Quantity:
        """What the effect is measured in."""
        return RANK_CORRELATION if self.other else QUANTITIES[self.gap.reading.measure]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Everything that has to be read off a run."""
        found = [self.gap.reading, *([self.beyond.reading] if self.beyond else [])]
        return tuple(dict.fromkeys([*found, *([self.other] if self.other else []), *self.given]))


@dataclass(frozen=True)
class Claim:
    """One claim of an article: ``text`` says it in a sentence, ``arms`` and ``tests`` test it.

    ``about`` is one of :data:`ABOUT`, empty where the file does not say.
    ``missing`` says what the model lacks to test it, and is empty for one that can be tested. An association is tested
    over ``n_firms`` firms in the one arm, whose ``levers`` are drawn from their ranges. ``where`` is its place.
    """

    id: str
    text: str
    kind: str
    note: str = ""
    missing: str = ""
    same_as: tuple[str, ...] = ()
    arms: Mapping[str, Scenario] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
    n_firms: int = 0
    levers: Mapping[str, Parameter] = field(default_factory=dict)
    where: str = ""
    about: str = ""

    @property
    def built(self) -> bool:
        """Whether it can be tested."""
        return not self.missing

    @cached_property
    def hash(self) -> str:
        """12 hexadecimal digits of everything that can change its effects and verdict; texts are left out."""
        levers = [(path, p.range) for path, p in self.levers.items()]
        arms = [(name, s.hash) for name, s in self.arms.items()]
        content = (self.id, arms, [replace(t, why="") for t in self.tests], self.n_firms, levers)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:12]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """Everything that its tests read off a run."""
        return tuple(dict.fromkeys(r for test in self.tests for r in test.readings))


def claims_folder() -> Path:
    """Where the claims of the articles are kept."""
    return shipped_folder("claims", "experiments/claims")


def read_claims(folder: Path | None = None) -> dict[str, Claim]:
    """All claims of a folder (by default those of the articles) by id, in order.

    Raises ScenarioError, with file, line and path, for whatever is wrong in one of its files.
    """
    from cxsim.studies.claims.read import Reader

    folder = folder or claims_folder()
    reader = Reader(folder)
    for path in sorted(folder.glob("*.yaml")):
        if path.stem != "smallest":
            reader.read(path)
    return reader.done()


def chosen(claims: Mapping[str, Claim], ids: Iterable[str]) -> tuple[Claim, ...]:
    """The claims of these ids, in the order of ``claims``; a letter means all of an article, and none means all.

    Raises ScenarioError for an id that there is not, naming the nearest.
    """
    from cxsim.scenario_check import nearest

    wanted: set[str] = set()
    for asked in ids:
        found = {k for k in claims if k == asked.upper() or re.sub(r"\d+$", "", k) == asked.upper()}
        if not found:
            near = nearest(asked, claims)
            hint = f"; did you mean {near}?" if near else f"; there are {', '.join(_spans(claims))}"
            raise ScenarioError(f"there is no claim {asked[:40]!r}{hint}")
        wanted |= found
    return tuple(claim for k, claim in claims.items() if not wanted or k in wanted)


def _spans(ids: Iterable[str]) -> list[str]:
    """First to last id of every article."""
    by_letter: dict[str, list[str]] = {}
    for k in ids:
        by_letter.setdefault(re.sub(r"\d+$", "", k), []).append(k)
    return [f"{found[0]} to {found[-1]}" if len(found) > 1 else found[0] for found in by_letter.values()]
