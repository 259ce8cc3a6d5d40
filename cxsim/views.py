"""Customers and employees in the words of Mesa's AgentSet: ``select``, ``agg``, ``get``, ``set``, ``groupby``, ``do``.

People are columns, not Mesa agents: they are not registered with Mesa, ``model.agents`` holds firms and silos. What
is here is a view that keeps nothing of its own: ids into the columns, and rows (``Customer``, ``Employee``) that
read and write them. A row at a time is for looking closely; for millions, work on columns and masks.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from math import inf
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

import numpy as np

from cxsim.engine.columns import Array, Column
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEES
from cxsim.record import SILOS

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.model import CXModel

_FLOWS = {c.name for c in CUSTOMER_COLUMNS if c.kind == "flow"}


def _missing(kind: str, name: str, columns: Mapping[str, Column]) -> AttributeError:
    if kind == "customers" and name in _FLOWS:
        return AttributeError(f"{name!r} lives within a month only; the firms' record has its sum")
    near = get_close_matches(name, columns, 1)
    return AttributeError(f"{kind} have no {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


class Row:
    """One agent: its columns are attributes, read from and written to the model, and ``id`` is its number for ever.

    A number, or an array for a column with a value per firm or dimension of need. Raises AttributeError for an
    unknown column and ValueError for a value outside the column's bounds.
    """

    __slots__ = ("_people", "id")
    _people: People[Any]
    id: int

    def __init__(self, people: People[Any], id: int) -> None:
        object.__setattr__(self, "_people", people)
        object.__setattr__(self, "id", int(id))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._people._column(name)[..., self.id]
        return value.item() if np.ndim(value) == 0 else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._people._only(np.array([self.id])).set(name, np.asarray(value)[..., None])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Row):
            return NotImplemented
        return type(self) is type(other) and self.id == other.id and self._people._model is other._people._model

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __getstate__(self) -> tuple[Any, ...]:
        return self._people, self.id

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        Row.__init__(self, *state)


class Customer(Row):
    """A person of the market. ``firm`` is the index of the firm she buys from, -1 for none."""

    __slots__ = ()

    @property
    def ties(self) -> Customers:
        """Those who hear from her, each once."""
        model = self._people._model
        start, ties = model.network
        known = self.id + 1 < len(start)
        ids = ties[start[self.id] : start[self.id + 1]] if known else ties[:0]
        return Customers(model, np.unique(ids).astype(np.intp))

    def __repr__(self) -> str:
        if self.firm < 0:
            return f"<Customer {self.id}, of no firm>"
        states = f"satisfaction {self.satisfaction:.2f}, trust {self.trust:.2f}, {self.tenure:.0f} months"
        return f"<Customer {self.id} of firm {self.firm}: {states}>"


class Employee(Row):
    """Who fills a seat; ``id`` is the seat's, ``firm`` and ``silo`` are indices."""

    __slots__ = ()

    @property
    def heads(self) -> float:
        """Heads that the seat stands for."""
        return float(self._people._model.company["heads_per_seat"][0, self.firm, self.silo])

    def __repr__(self) -> str:
        states = f"exhaustion {self.exhaustion:.2f}, engagement {self.engagement:.2f}, {self.tenure:.0f} months"
        return f"<Employee {self.id} of firm {self.firm}, {SILOS[self.silo]}: {states}>"


R = TypeVar("R", bound=Row)


class People(Generic[R]):
    """Agents by their ids, in the words of Mesa's AgentSet.

    A column is an attribute: of all agents a live view of the model, of a part of them a copy that cannot be written
    (``set`` writes). Shape (n,); (dimensions, n) for ``need`` and (firms, n) for ``image``.
    """

    __slots__ = ("_ids", "_model")
    _model: CXModel
    _ids: Array | None
    _kind = "agents"
    _row: type[R]

    def __init__(self, model: CXModel, ids: Array | None = None) -> None:
        object.__setattr__(self, "_model", model)
        object.__setattr__(self, "_ids", ids)

    # What a kind of people has to say: its columns, how many there are, and the whole of a column.

    def _columns(self) -> Mapping[str, Column]:
        raise NotImplementedError

    def _size(self) -> int:
        raise NotImplementedError

    def _whole(self, name: str) -> Array:
        raise NotImplementedError

    def _column(self, name: str) -> Array:
        if name not in self._columns():
            raise _missing(self._kind, name, self._columns())
        return self._whole(name)

    def _only(self, ids: Array) -> Self:
        return type(self)(self._model, ids)

    @property
    def ids(self) -> Array:
        """Numbers of these agents, (n,)."""
        return np.arange(self._size()) if self._ids is None else self._ids

    def __len__(self) -> int:
        return self._size() if self._ids is None else len(self._ids)

    def __iter__(self) -> Iterator[R]:
        return (self._row(self, i) for i in self.ids)

    def __contains__(self, row: object) -> bool:
        return isinstance(row, self._row) and row._people._model is self._model and bool((self.ids == row.id).any())

    @overload
    def __getitem__(self, place: int) -> R: ...
    @overload
    def __getitem__(self, place: slice) -> Self: ...
    def __getitem__(self, place: int | slice) -> R | Self:
        """The row at a place (of all customers: its id), or a part. Raises IndexError."""
        if isinstance(place, slice):
            return self._only(self.ids[place])
        if not -len(self) <= place < len(self):
            raise IndexError(f"{place} of {len(self)} {self._kind}")
        return self._row(self, place % len(self) if self._ids is None else self._ids[place])

    def __getattr__(self, name: str) -> Array:
        if name.startswith("_"):
            raise AttributeError(name)
        column = self._column(name)
        if self._ids is None:
            return column
        part: Array = column[..., self._ids]
        part.flags.writeable = False  # a copy: writing to it would change nothing in the model
        return part

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(name, value)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._columns()]

    def __repr__(self) -> str:
        return f"<{len(self)} {self._kind}>"

    def __getstate__(self) -> tuple[Any, ...]:
        return self._model, self._ids

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        People.__init__(self, *state)

    def select(
        self, filter_func: Callable[[R], Any] | Array | None = None, at_most: float = inf, **columns: Any
    ) -> Self:
        """Those whom a mask (n,) or a function of a row holds true, and whose ``columns`` have the given values.

        A list, tuple or set of values means any of them. ``at_most``: that many of the first; a float up to 1 is
        a share of all. Raises ValueError for a mask of another shape or type.
        """
        kept = np.ones(len(self), np.bool_)
        if callable(filter_func):
            kept = np.fromiter((bool(filter_func(row)) for row in self), np.bool_, len(self))
        elif filter_func is not None:
            kept = np.array(filter_func)
            if kept.dtype != np.bool_ or kept.shape != (len(self),):
                raise ValueError(f"expected a boolean mask of shape ({len(self)},)")
        for name, value in columns.items():
            held = self._flat(name)
            several = isinstance(value, (list, tuple, set))
            kept &= np.isin(held, np.array([*value]).astype(held.dtype)) if several else held == value
        most = at_most * len(self) if isinstance(at_most, float) and at_most <= 1.0 else at_most
        return self._only(self.ids[kept][: None if most == inf else int(most)])

    def sort(self, key: Callable[[R], Any] | str, ascending: bool = False) -> Self:
        """The same, in order of a column or of a function of a row; equals stay in order."""
        values = np.array(self.map(key)) if callable(key) else self._flat(key)
        if ascending:
            return self._only(self.ids[np.argsort(values, kind="stable")])
        return self._only(self.ids[::-1][np.argsort(values[::-1], kind="stable")][::-1])

    @overload
    def get(self, names: str) -> Array: ...
    @overload
    def get(self, names: list[str]) -> list[Array]: ...
    def get(self, names: str | list[str]) -> Array | list[Array]:
        """A column, or a list of them. Raises AttributeError for an unknown one."""
        return getattr(self, names) if isinstance(names, str) else [getattr(self, name) for name in names]

    def set(self, name: str, value: Any) -> Self:
        """Set a column to a value, or to one per agent. Raises ValueError outside the column's bounds."""
        column, about = self._column(name), self._columns()[name]
        values = np.asarray(value)
        high = len(self._model.firms) - 1 if name == "firm" else about.high
        if not np.all((values >= about.low) & (values <= high) & np.isfinite(values)):
            raise ValueError(f"{name}: expected {about.low:g} to {high:g} ({about.unit})")
        if (about.stored == "i1" or about.unit == "0 or 1") and not np.all(values == np.floor(values)):
            raise ValueError(f"{name}: expected whole numbers ({about.unit})")
        column[..., slice(None) if self._ids is None else self._ids] = values
        return self

    @overload
    def agg(self, name: str, func: Callable[[Array], Any]) -> Any: ...
    @overload
    def agg(self, name: str, func: Iterable[Callable[[Array], Any]]) -> list[Any]: ...
    def agg(self, name: str, func: Callable[[Array], Any] | Iterable[Callable[[Array], Any]]) -> Any:
        """``func``, or each of several, of a column in double precision: ``agg("trust", np.mean)``."""
        held = self.get(name)
        values = held.astype(np.float64 if held.dtype.kind == "f" else np.int64)
        return func(values) if callable(func) else [one(values) for one in func]

    def groupby(self, by: Callable[[R], Hashable] | str) -> Groups[Self]:
        """Parts by the values of a column or of a function of a row."""
        ids = self.ids
        if callable(by):
            places: dict[Any, list[int]] = {}
            for i, row in enumerate(self):
                places.setdefault(by(row), []).append(i)
            return Groups({label: self._only(ids[where]) for label, where in places.items()})
        labels, place, counts = np.unique(self._flat(by), return_inverse=True, return_counts=True)
        parts = np.split(ids[np.argsort(place, kind="stable")], np.cumsum(counts)[:-1])
        return Groups({label: self._only(part) for label, part in zip(labels.tolist(), parts, strict=False)})

    def do(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> Self:
        """Call a function with every row, or a method of every row by its name."""
        self.map(method, *args, **kwargs)
        return self

    def map(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> list[Any]:
        """Like ``do``, and return what the calls return."""
        if isinstance(method, str):
            return [getattr(row, method)(*args, **kwargs) for row in self]
        return [method(row, *args, **kwargs) for row in self]

    def to_frame(self) -> pd.DataFrame:
        """A pandas table with a row per agent (index ``id``); ``need`` and ``image`` become need_0, need_1, ..."""
        import pandas as pd

        data: dict[str, Array] = {}
        for name, column in self._columns().items():
            values = self.get(name)
            data |= {f"{name}_{k}": row for k, row in enumerate(values)} if column.per else {name: values}
        return pd.DataFrame(data, index=pd.Index(self.ids, name="id"), copy=True)

    def _flat(self, name: str) -> Array:
        values = self.get(name)
        if values.ndim > 1:
            raise ValueError(f"{name} has {len(values)} values for each of the {self._kind}")
        return values


class Customers(People[Customer]):
    """The pool of potential customers: those of all firms, and prospects (``firm`` -1)."""

    __slots__ = ()
    _kind, _row = "customers", Customer

    def _columns(self) -> Mapping[str, Column]:
        return self._model.people.columns | self._model.own.declared

    def _size(self) -> int:
        return int(self._model.people.n)

    def _whole(self, name: str) -> Array:
        own = self._model.own.columns
        return own[name] if name in own else self._model.people[name]


class Employees(People[Employee]):
    """Those who fill a seat now. Empty seats are not employees; ``model.seats`` has the columns of all seats."""

    __slots__ = ()
    _kind, _row = "employees", Employee

    def __init__(self, model: CXModel, ids: Array | None = None) -> None:
        super().__init__(model, np.flatnonzero(model.seats["present"] > 0) if ids is None else ids)

    def _columns(self) -> Mapping[str, Column]:
        return EMPLOYEES

    def _size(self) -> int:
        return len(self._model.seats["firm"])

    def _whole(self, name: str) -> Array:
        return self._model.seats[name]


P = TypeVar("P", bound=People[Any])


class Groups(Generic[P]):
    """Parts by label, as Mesa's GroupBy: iterate over (label, part)."""

    def __init__(self, groups: dict[Any, P]) -> None:
        self.groups = groups

    def __iter__(self) -> Iterator[tuple[Any, P]]:
        return iter(self.groups.items())

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, label: Any) -> P:
        return self.groups[label]

    def count(self) -> dict[Any, int]:
        """Number of agents by label."""
        return {label: len(part) for label, part in self.groups.items()}

    def agg(self, name: str, func: Callable[[Array], Any]) -> dict[Any, Any]:
        """``func`` of a column, by label."""
        return {label: part.agg(name, func) for label, part in self.groups.items()}

    def map(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """What a function of each part, or a method of it by its name, returns, by label."""
        if isinstance(method, str):
            return {label: getattr(part, method)(*args, **kwargs) for label, part in self.groups.items()}
        return {label: method(part, *args, **kwargs) for label, part in self.groups.items()}

    def do(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> Self:
        """Call a function with each part, or a method of each by its name."""
        self.map(method, *args, **kwargs)
        return self
