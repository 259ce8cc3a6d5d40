"""Mechanisms of a researcher's own within a model: their columns, parameters and luck, and their month by blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

import numpy as np

from cxsim.engine import streams
from cxsim.engine.columns import Array, Column
from cxsim.mechanisms import step_name
from cxsim.own import MADE_BY, Mechanism, hint, known_after
from cxsim.population import CUSTOMERS
from cxsim.scenario_use import place_of
from cxsim.yaml_source import fail

Part = tuple[Any, ...] | Callable[[Array, int, int], None]


class Parameters:
    """Parameters as they are this month, by name: ``world.loyalty.trust_gain``. They cannot be set."""

    __slots__ = ("_path", "_values")

    def __init__(self, path: str, values: Mapping[str, Array]) -> None:
        object.__setattr__(self, "_path", path)
        object.__setattr__(self, "_values", values)

    @classmethod
    def of(cls, path: str, *records: Array) -> Parameters:
        """What several records of one side hold, by heading."""
        values: dict[str, Array] = {}
        for record in records:
            fixed = record.view()
            fixed.flags.writeable = False
            values |= {name: fixed[name] for name in record.dtype.names or ()}
        return cls(path, values)

    def __getattr__(self, name: str) -> Any:
        if name not in self._values:
            raise AttributeError(f"{self._path} has no {name!r}{hint(name, self._values)}")
        value = self._values[name]
        below = value.dtype.names
        return Parameters(f"{self._path}.{name}", {n: value[n] for n in below}) if below else value[0]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self._path}.{name} cannot be set; a scenario does that")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]


class Block:
    """Customers ``first .. first + m`` within their month: each column is an attribute.

    Shape (m,); (3, m) for ``need`` and (firms, m) for ``image`` and others per firm. What the mechanism declares to
    write is a live view, all else cannot be written. Flows are there from the step on that makes them.
    """

    __slots__ = ("_columns", "_kind", "_open", "first", "m")
    first: int
    m: int
    _columns: dict[str, Array]
    _kind: type[Mechanism]
    _open: set[str]

    def __init__(self, kind: type[Mechanism], tile: Array, own: Mapping[str, Array], first: int, m: int) -> None:
        known = known_after(kind.AFTER)
        columns = {name: tile[name][0][..., :m] for name in CUSTOMERS if name in known}
        columns |= {name: column[first : first + m] for name, column in own.items()}
        write = {*kind.WRITES, *(c.name for c in kind.COLUMNS)}
        for name, column in columns.items():
            column.flags.writeable = name in write
        for name, value in (("_columns", columns), ("_kind", kind), ("_open", write), ("first", first), ("m", m)):
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Array:
        if name in self._columns:
            return self._columns[name]
        if name in MADE_BY:
            raise AttributeError(f"{name!r} is made by {MADE_BY[name]}, later than {self._kind.AFTER}")
        raise AttributeError(f"customers have no {name!r}{hint(name, self._columns)}")

    def __setattr__(self, name: str, value: Any) -> None:
        column = getattr(self, name)
        if name not in self._open:
            raise AttributeError(f"{name!r} is not in WRITES")
        column[...] = value

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._columns]

    def of_firm(self, values: Array) -> Array:
        """``values`` (firms,), such as a lever, of the firm that serves each customer, (m,); nought for prospects."""
        firm = self.served_by
        found: Array = np.where(firm >= 0, np.asarray(values, np.float32)[firm], np.float32(0))
        return found


@dataclass
class Own:
    """The mechanisms of a researcher's own in one model.

    ``columns`` (people,) float32 are what people have of them, ``world`` and ``policy`` their parameters' records.
    ``levers`` is the policy from the opening on.
    """

    kinds: tuple[type[Mechanism], ...]
    columns: dict[str, Array]
    world: Array
    levers: Array
    policy: Array

    @property
    def declared(self) -> dict[str, Column]:
        """Its columns' declarations by name."""
        return {c.name: c for kind in self.kinds for c in kind.COLUMNS}

    def open(self) -> None:
        """Let policies begin."""
        self.policy = self.levers

    def month(
        self, steps: tuple[Any, ...], world: Array, policy: Array, clock: int, key: tuple[Any, Any]
    ) -> Iterator[Part]:
        """The steps of customers with each mechanism at its place; ``world`` and ``policy`` are the model's records."""
        values = Parameters.of("world", world, self.world), Parameters.of("policy", policy, self.policy)
        waiting, done = list(self.kinds), 0
        for k, step in enumerate(steps, 1):
            here = [kind for kind in waiting if step_name(step) == kind.AFTER]
            if here:
                yield steps[done:k]
                yield from (partial(_run, kind, self.columns, values, clock, key) for kind in here)
                waiting, done = [kind for kind in waiting if kind not in here], k
        for kind in waiting:
            fail(None, kind.__name__, f"{kind.AFTER} is no step of this model's month")
        if steps[done:]:
            yield steps[done:]


def new_columns(kinds: Sequence[type[Mechanism]], n: int) -> dict[str, Array]:
    """Columns of ``n`` people before anything has happened."""
    return {c.name: np.zeros(n, np.float32) for kind in kinds for c in kind.COLUMNS}


def stream(kind: type[Mechanism]) -> np.uint32:
    """Number of the stream of a mechanism's luck, from its name; the high bit keeps it from those of the model."""
    digest = hashlib.sha256(kind.__name__.encode()).digest()
    return np.uint32(int.from_bytes(digest[:4], "big") | 1 << 31)


def _run(
    kind: type[Mechanism],
    own: Mapping[str, Array],
    values: tuple[Parameters, Parameters],
    clock: int,
    key: tuple[Any, Any],
    tile: Array,
    first: int,
    m: int,
) -> None:
    """A mechanism's month for one block. Raises ScenarioError for whatever goes wrong in it."""
    luck = np.empty((-(-kind.DRAWS // 4) * 4, m), np.float32)  # filled four draws at a time
    streams.fill(luck, first, m, clock, *key, stream(kind))
    block = Block(kind, tile, own, first, m)
    try:
        kind().month(block, luck[: kind.DRAWS], *values)
    except Exception as error:
        _explain(kind, error)
    for c in (*(CUSTOMERS[name] for name in kind.WRITES), *kind.COLUMNS):
        _refuse_wrong(kind, c, getattr(block, c.name), first)


def _explain(kind: type[Mechanism], error: Exception) -> NoReturn:
    """Raise ScenarioError with the place in the mechanism's file where an error arose, and its line."""
    where, what = place_of(error, kind.month.__code__.co_filename)
    advice = "; name in WRITES the columns of the model that it changes" if "read-only" in str(error) else ""
    fail(where, kind.__name__, what + advice)


def _refuse_wrong(kind: type[Mechanism], c: Column, values: Array, first: int) -> None:
    """Raise ScenarioError where a value of a column that was written is not finite or outside its bounds."""
    low, high = values.min(), values.max()  # both are nan where any value is
    flags = c.unit != "0 or 1" or bool(((values == 0) | (values == 1)).all())
    if c.low <= low and high <= c.high and np.isfinite(low) and np.isfinite(high) and flags:
        return
    wrong = ~((values >= c.low) & (values <= c.high) & np.isfinite(values))
    if not flags:
        wrong |= (values != 0) & (values != 1)
    i = int(np.argwhere(wrong)[0, -1])
    value = float(values[wrong].flat[0])
    allowed = c.unit if c.unit == "0 or 1" else f"{c.low:g}..{c.high:g} {c.unit}"
    fail(None, kind.__name__, f"{c.name} is {value:g} for customer {first + i}; allowed is {allowed}")
