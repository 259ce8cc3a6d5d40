"""Rivals and dated changes of a scenario, and what changes come to month by month."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, NoReturn, TypeVar

from cxsim.parameters import Parameter
from cxsim.scenario_check import STRUCTURAL, flatten
from cxsim.scenario_use import Code
from cxsim.yaml_source import Where, fail

V = TypeVar("V")


class Frozen(Mapping[str, V], Generic[V]):
    """A mapping that cannot be changed; unlike ``MappingProxyType`` it can be pickled and deep-copied."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: str) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getattr__(self, name: str) -> NoReturn:
        if name in Frozen.__slots__:  # before it is filled, as when it is copied
            raise AttributeError(name)
        way = f"write [{name!r}], or scenario.value('world.heading.name') with the whole path"
        raise AttributeError(f"values are no attributes: {way}" if name in self._items else f"no {name!r} here; {way}")

    def __repr__(self) -> str:
        return repr(self._items)


Values = Mapping[str, Mapping[str, float]]
"""Heading -> name -> value."""


def nest(values: Mapping[str, float], side: str) -> Frozen[Frozen[float]]:
    """The values of one side, keyed by ``side.heading.name``, as heading -> name -> value."""
    nested: dict[str, dict[str, float]] = {}
    for path, value in values.items():
        its_side, heading, name = path.split(".")
        if its_side == side:
            nested.setdefault(heading, {})[name] = value
    return Frozen({heading: Frozen(below) for heading, below in nested.items()})


@dataclass(frozen=True, slots=True)
class Rival:
    """A competing firm: its label, all its levers (heading -> name -> value), and the function that moves them."""

    title: str
    policy: Values
    decide: Code | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Values that move from ``month`` (1 is the first) on: at once, or linearly over ``over_months`` months.

    ``firm`` is the firm whose policy moves: 0 the focal one, 1.. the rivals. A ramp takes its first step in
    ``month`` and reaches the value in ``month + over_months - 1``.
    """

    month: int
    over_months: int = 0
    firm: int = 0
    world: Values = field(default_factory=lambda: Frozen({}))
    policy: Values = field(default_factory=lambda: Frozen({}))

    @property
    def last_month(self) -> int:
        """The month in which the values are reached."""
        return self.month + max(self.over_months, 1) - 1

    def targets(self) -> Iterator[tuple[int | None, str, float]]:
        """Each changed value: (firm, or None for the world; ``side.heading.name``; value)."""
        for path, value in flatten(self.world, "world"):
            yield None, path, value
        for path, value in flatten(self.policy, "policy"):
            yield self.firm, path, value


def dated(changes: Sequence[Change], paths: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Of these paths, those that changes move for the world or the focal firm, with the first month."""
    months: dict[str, int] = {}
    for change in changes:
        for firm, path, _ in change.targets():
            if not firm:  # the focal firm, or the world
                months[path] = min(change.month, months.get(path, change.month))
    yield from ((path, months[path]) for path in paths if path in months)


class Scheduled(NamedTuple):
    """A value that holds from the start of ``month`` on; ``firm`` is None for the world."""

    month: int
    side: str
    firm: int | None
    heading: str
    name: str
    value: float


def check_timeline(
    changes: Sequence[Change], horizon_months: int, n_rivals: int, places: Sequence[Where | None]
) -> None:
    """Refuse changes outside the horizon, of what cannot change, or that contradict each other."""
    for i, (change, where) in enumerate(zip(changes, places, strict=True)):
        if not 1 <= change.month <= horizon_months:
            what = f"{change.month} is outside the horizon 1..{horizon_months} months"
            fail(where, f"timeline[{i}].month", what)
        if not 0 <= change.firm <= n_rivals:
            fail(where, f"timeline[{i}].firm", f"there is no firm {change.firm}; 0 is the focal firm")
        for _, path, _ in change.targets():
            if path in STRUCTURAL:
                what = "is fixed for the whole run and cannot change over time; set it under 'world' at the top"
                fail(where, f"timeline[{i}].{path}", what)
    _refuse_overlap(changes, places)


def _refuse_overlap(changes: Sequence[Change], places: Sequence[Where | None]) -> None:
    """Raise ScenarioError when two changes move the same value of the same firm in the same month."""
    spans: dict[tuple[int | None, str], list[tuple[int, int, int]]] = {}
    for i, change in enumerate(changes):
        for firm, path, _ in change.targets():
            for first, last, j in spans.setdefault((firm, path), []):
                if change.month <= last and first <= change.last_month:
                    place = f" in {places[j]}" if places[j] else ""
                    fail(
                        places[i],
                        f"timeline[{i}].{path}",
                        f"contradictory dates: {_span(change.month, change.last_month)}, but "
                        f"timeline[{j}]{place} sets it in {_span(first, last)}",
                    )
            spans[firm, path].append((change.month, change.last_month, i))


def _span(first: int, last: int) -> str:
    return f"month {first}" if first == last else f"months {first}..{last}"


def expand(
    changes: Sequence[Change],
    world: Mapping[str, float],
    policies: Sequence[Mapping[str, float]],
    parameters: Mapping[str, Parameter],
    horizon_months: int,
) -> list[Scheduled]:
    """Every value that changes within the horizon, month by month, sorted; each ramp is one step a month.

    ``world`` and ``policies`` (one per firm) are the values at the start, keyed by path. The steps of an
    integer parameter are rounded to the nearest whole number, halves upwards.
    """
    now: dict[tuple[int | None, str], float] = {(None, path): value for path, value in world.items()}
    for firm_no, policy in enumerate(policies):
        now |= {(firm_no, path): value for path, value in policy.items()}
    steps: list[Scheduled] = []
    for change in sorted(changes, key=lambda c: c.month):
        for firm, path, target in change.targets():
            start, n = now[firm, path], max(change.over_months, 1)
            now[firm, path] = target
            side, heading, name = path.split(".")
            for k in range(1, min(n, horizon_months - change.month + 1) + 1):
                value = target if k == n else start + (target - start) * k / n
                if parameters[path].integer:
                    value = math.floor(value + 0.5)
                steps.append(Scheduled(change.month + k - 1, side, firm, heading, name, float(value)))
    return sorted(steps, key=lambda s: (s.month, s.side, -1 if s.firm is None else s.firm, s.heading, s.name))
