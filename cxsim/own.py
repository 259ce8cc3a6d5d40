"""A mechanism of a researcher's own: what a class may declare, and what is wrong with one that declares it badly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from cxsim.engine.columns import Array, Column
from cxsim.mechanisms import CUSTOMER_STEPS, step_name
from cxsim.parameters import Group
from cxsim.population import CUSTOMERS
from cxsim.scenario_check import nearest
from cxsim.yaml_source import shorten

if TYPE_CHECKING:
    from cxsim.own_month import Block, Parameters

MAX_DRAWS = 64
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TAKEN = {"dt", "m", "first", "of_firm", "arm", "replication", "month", "customer"}  # in a month, or in tables

STEPS = tuple(step_name(step) for step in CUSTOMER_STEPS)
"""Names that AFTER may have, in the order of the month."""

_MADE = {
    "journey.begin": ("served_by", "spend"),
    "offer.experience": ("fit",),
    "journey.travel": ("quality", "contact", "failed", "lost", "load"),
    "requests.answer": ("asked", "granted", "charged", "alternative", "relief", "extras", "concession"),
    "recovery.make_good": ("complained", "resolved", "recovery"),
    "conduct.behave": ("abuse", "sanctioned"),
    "expectations.learn": ("best_seen", "told", "exceeded", "fell_short"),
    "relationships.judge": ("ended",),
    "loyalty.look": ("lead", "odds", "chosen"),
    "loyalty.decide": ("left", "joined"),
    "word_of_mouth.tell": ("news",),
}
MADE_BY = {flow: step for step, flows in _MADE.items() for flow in flows}
"""The step from which on a flow is this month's; before it, a tile holds what another block left there."""

_OF_THE_MODEL = {"tenure", "joined", "left"}  # with whole numbers and traits: who is whose customer, and who they are


class Mechanism:
    """Something that happens to customers within their month; to be extended in a file of one's own.

    ``WORLD`` and ``POLICY`` declare parameters (:func:`cxsim.world`, :func:`cxsim.policy`), ``COLUMNS`` state that each
    person has of it (kind "state", type "f4"; nought before the warm-up), ``WRITES`` the columns of the model that
    it changes, ``DRAWS`` how many uniforms of its own luck a person gets each month, ``AFTER`` the step of the
    customers' month that it follows, such as "loyalty.satisfy".

    Blocks of people run on several threads, in any order: nothing may be kept but in ``COLUMNS``, and setting an
    attribute raises AttributeError.
    """

    WORLD: ClassVar[Group | None] = None
    POLICY: ClassVar[Group | None] = None
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    WRITES: ClassVar[tuple[str, ...]] = ()
    DRAWS: ClassVar[int] = 0
    AFTER: ClassVar[str] = ""

    def month(self, c: Block, luck: Array, world: Parameters, policy: Parameters) -> None:
        """What happens to a block ``c`` of ``c.m`` people in a month, by numpy on whole columns.

        ``luck`` (DRAWS, m) is uniform between 0 and 1. ``world.heading.name`` is a number, ``policy.heading.name`` one
        per firm, (firms,); ``c.of_firm`` gives it to each customer. ``world.dt`` is the length of the step in months.
        """
        raise NotImplementedError

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a mechanism keeps nothing on itself: declare a column for {name!r}")


def groups_of(kinds: Iterable[type[Mechanism]]) -> tuple[Group, ...]:
    """The parameters that mechanisms declare."""
    return tuple(g for kind in kinds for g in (kind.WORLD, kind.POLICY) if g is not None)


def known_after(step: str) -> set[str]:
    """Columns of customers that hold this month's, or what lasts, once a step has run."""
    before = set(STEPS[: STEPS.index(step) + 1])
    return {name for name in CUSTOMERS if name not in MADE_BY or MADE_BY[name] in before}


def faults(kinds: Sequence[type[Mechanism]], groups: Iterable[Group]) -> Iterator[str]:
    """What is wrong with mechanisms that are used together in a model of ``groups``; a line each."""
    for kind in kinds:
        for what in _faults(kind):
            yield f"{kind.__name__}.{what}"
    names: dict[str, str] = {}
    for kind in kinds:
        if (other := names.setdefault(kind.__name__, kind.__module__)) != kind.__module__:
            yield f"{kind.__name__}: of both {other} and {kind.__module__}; a mechanism's luck hangs on its name"
    owners = {(g.side, g.heading): "the model" for g in groups}
    columns: dict[str, str] = {}
    for kind in kinds:
        for g in groups_of([kind]):
            if (owner := owners.setdefault((g.side, g.heading), kind.__name__)) != kind.__name__:
                yield f"{kind.__name__}: {g.side}.{g.heading} is a heading of {owner}; choose another name"
        for column in kind.COLUMNS:
            if (owner := columns.setdefault(column.name, kind.__name__)) != kind.__name__:
                yield f"{kind.__name__}: {column.name!r} is a column of {owner}; choose another name"


def _faults(kind: type[Mechanism]) -> Iterator[str]:
    """What is wrong with a class by itself."""
    if kind.month is Mechanism.month:
        yield "month: is missing; it says what happens to customers"
    for side in ("world", "policy"):
        group = getattr(kind, side.upper())
        if group is None:
            continue
        if not isinstance(group, Group) or group.side != side:
            yield f"{side.upper()}: expected what cxsim.{side}(...) returns"
            continue
        for name in (group.heading, *(p.name for p in group.parameters)):
            if not _NAME.fullmatch(name) or name in _TAKEN:
                yield f"{side.upper()}: {shorten(name)} cannot be a name; write small letters, digits and _"
    if kind.AFTER not in STEPS:
        yield f"AFTER: {_unknown('step of the month', str(kind.AFTER), STEPS)}"
        return
    if not isinstance(kind.DRAWS, int) or not 0 <= kind.DRAWS <= MAX_DRAWS:
        yield f"DRAWS: expected a whole number from 0 to {MAX_DRAWS}, got {shorten(str(kind.DRAWS))}"
    yield from _column_faults(kind)
    yield from _write_faults(kind)


def _column_faults(kind: type[Mechanism]) -> Iterator[str]:
    if not isinstance(kind.COLUMNS, tuple) or not all(isinstance(c, Column) for c in kind.COLUMNS):
        yield "COLUMNS: expected a tuple of cxsim.Column, such as (Column(...),)"
        return
    for i, c in enumerate(kind.COLUMNS):
        if not _NAME.fullmatch(c.name) or c.name in _TAKEN:
            yield f"COLUMNS: {shorten(c.name)} cannot be a name; write small letters, digits and _"
        if re.sub(r"_\d+$", "", c.name) in CUSTOMERS or c.name in [other.name for other in kind.COLUMNS[:i]]:
            yield f"COLUMNS: there is a column {c.name!r} already; choose another name"
        if (c.kind, c.stored, c.per) != ("state", "f4", ""):
            yield f"COLUMNS: {c.name}: an own column is of kind 'state' and type 'f4', one value per person"
        if not c.low <= 0 <= c.high:
            yield f"COLUMNS: {c.name}: begins at nought, which is outside {c.low:g}..{c.high:g}"


def _write_faults(kind: type[Mechanism]) -> Iterator[str]:
    if not isinstance(kind.WRITES, tuple):
        yield 'WRITES: expected a tuple of names, such as ("satisfaction",)'
        return
    known = known_after(kind.AFTER)
    open_ = [n for n, c in CUSTOMERS.items() if c.kind != "trait" and c.stored == "f4" and n not in _OF_THE_MODEL]
    for name in kind.WRITES:
        if name in open_ and name not in known:
            yield f"WRITES: {name} is set by {MADE_BY[name]} only, later than {kind.AFTER}"
        elif name in CUSTOMERS and name not in open_:
            yield f"WRITES: {name} cannot be changed: who people are, and whose customers, is the model's own"
        elif name not in CUSTOMERS:
            yield f"WRITES: {_unknown('column', str(name), open_)}"


def _unknown(what: str, name: str, valid: Sequence[str]) -> str:
    return f"no {what} is called {shorten(name)}" + (hint(name, valid) or f"; valid: {', '.join(valid)}")


def hint(name: str, valid: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest valid one, if any is near."""
    near = nearest(name, valid)
    return f"; did you mean {near!r}?" if near else ""
