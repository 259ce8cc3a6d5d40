"""A condition on the runs of a point: ``mutual_siloed.npv > doormat_siloed.npv`` or ``mutual_siloed.npv >= 0``.

A term is ``arm.measure``; both sides may be one, and the right one may be a number. Nothing else is understood.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cxsim.scenario_check import nearest
from cxsim.yaml_source import shorten

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_SPLIT = re.compile(r"(>=|<=|>|<)")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")


@dataclass(frozen=True)
class Term:
    """A measure, or another reading, of an arm."""

    arm: str
    measure: str

    def __str__(self) -> str:
        return f"{self.arm}.{self.measure}"


@dataclass(frozen=True)
class Condition:
    """``left`` compared with ``right``: another term, or a number in the measure's unit."""

    left: Term
    sign: str
    right: Term | float

    def __str__(self) -> str:
        right = self.right if isinstance(self.right, Term) else f"{self.right:g}"
        return f"{self.left} {self.sign} {right}"

    def holds(self, value: Callable[[Term], Any]) -> Any:
        """Whether it holds, where ``value`` gives what a term stands for: numbers, or columns of them."""
        right = value(self.right) if isinstance(self.right, Term) else self.right
        return _OPERATORS[self.sign](value(self.left), right)


def condition(text: str, arms: Iterable[str], measures: Iterable[str]) -> Condition:
    """The condition that a text says. Raises ValueError whose text says what is wrong and names the nearest."""
    parts = [part.strip() for part in _SPLIT.split(text)]
    if len(parts) != 3:
        raise ValueError(f"{shorten(text)} is no condition, such as 'arm.npv > other_arm.npv' or 'arm.npv >= 0'")
    left, sign, right = parts
    known, names = list(arms), list(measures)
    if _NUMBER.fullmatch(right):
        return Condition(_term(left, known, names), sign, float(right))
    found = Condition(_term(left, known, names), sign, _term(right, known, names))
    if found.left == found.right:
        raise ValueError(f"{shorten(text)} holds {left} against itself")
    return found


def bound(text: str) -> tuple[str, float]:
    """Sign and number of a bound such as ``>= .8``. Raises ValueError."""
    parts = [part.strip() for part in _SPLIT.split(text)]
    if len(parts) != 3 or parts[0] or not _NUMBER.fullmatch(parts[2]):
        raise ValueError(f"{shorten(text)} is no bound, such as '>= .8' or '< 0'")
    return parts[1], float(parts[2])


def compare(sign: str, left: Any, right: Any) -> Any:
    """``left`` compared with ``right``, numbers or columns of them."""
    return _OPERATORS[sign](left, right)


def _term(text: str, arms: list[str], measures: list[str]) -> Term:
    arm, point, measure = text.rpartition(".")
    if not point:
        raise ValueError(f"{shorten(text)} is neither a number nor an arm and a measure, such as {arms[0]}.npv")
    for word, known, what in ((arm, arms, "arm"), (measure, measures, "measure")):
        if word not in known:
            near = nearest(word, known)
            hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(known[:16])}"
            raise ValueError(f"no {what} {shorten(word)}; {hint}")
    return Term(arm, measure)
