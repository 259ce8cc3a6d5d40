"""What an analysis of an experiment may be told: settings, conditions between arms and limits, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.measures import MEASURES
from cxsim.scenario_check import unknown
from cxsim.studies.analyses.findings import by_point

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.studies.experiments.experiment import Experiment

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """One thing that an analysis may be told. ``kind`` says what it takes; ``default`` None means it must be said.

    ``low`` and ``high`` bound a number, ends included; ``choices`` are the words that a choice may be.
    """

    name: str
    kind: Literal["measure", "arm", "condition", "thresholds", "number", "choice"]
    default: Any
    meaning: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()


KINDS: Mapping[str, tuple[Setting, ...]] = MappingProxyType(
    {
        "sensitivity": (
            Setting("measure", "measure", None, "what is to be explained"),
            Setting("arm", "arm", "", "arm whose measure it is; the first if not said"),
            Setting("against", "arm", "", "arm whose measure is taken off, run by run; none if not said"),
            Setting("tolerance", "number", 0.1, "half of an index's 95 % interval that is narrow enough", 0.001, 1.0),
        ),
        "discover": (
            Setting("when", "condition", None, "arm.measure > arm.measure, or against a number"),
            Setting("density", "number", 0.8, "share of a box's points that must be of the rarer kind", 0.05, 1.0),
            Setting("smallest", "number", 0.05, "share of the points that a box holds at least", 0.001, 0.5),
        ),
        "regret": (
            Setting("measure", "measure", None, "what is to be had, or avoided"),
            Setting("better", "choice", "", "which direction is better; the measure's own", 0, 0, ("higher", "lower")),
        ),
        "satisfice": (Setting("thresholds", "thresholds", None, "what each measure has to reach"),),
        "table": (Setting("measure", "measure", None, "what is shown"),),
    }
)
"""What each analysis may be told; the first setting is the one that its short form gives."""


class Limit(NamedTuple):
    """What a measure has to reach: ``>= 0.8``."""

    sign: str
    value: float

    def holds(self, values: Array) -> NDArray[np.bool_]:
        """Where it is reached; nowhere among nan."""
        found: NDArray[np.bool_] = _SIGNS[self.sign](values, self.value)
        return found

    def __str__(self) -> str:
        return f"{self.sign} {self.value:g}"


class Side(NamedTuple):
    """One side of a condition: a column of an arm, or a number where ``arm`` is empty."""

    arm: str
    column: str
    value: float = 0.0


class Condition(NamedTuple):
    """``left sign right``: ``mutual.npv > doormat.npv``."""

    left: Side
    sign: str
    right: Side

    def gap(self, experiment: Experiment, runs: pd.DataFrame) -> Array:
        """Left less right in every run, (points, replications); nan where one of them is undefined."""
        left, right = self.left, self.right
        gap = by_point(experiment, runs, left.column, left.arm)
        return gap - (by_point(experiment, runs, right.column, right.arm) if right.arm else right.value)

    def holds(self, gaps: Array) -> NDArray[np.bool_]:
        """Where it holds, given left less right; nowhere among nan."""
        return Limit(self.sign, 0.0).holds(gaps)


_SIGNS = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}
_BETWEEN = re.compile(r"\s*(>=|<=|>|<)\s*")


def checked(kind: str, given: object, arms: Sequence[str], columns: Sequence[str]) -> dict[str, Any]:
    """All settings of an analysis, read and checked, from what a file says of it: a mapping, or the short form.

    ``arms`` and ``columns`` are those of the experiment. Raises ValueError that says what is wrong in one line.
    """
    if kind not in KINDS:
        raise ValueError(unknown(kind, KINDS))
    known = {s.name: s for s in KINDS[kind]}
    first = KINDS[kind][0].name
    if not isinstance(given, Mapping) or (first == "thresholds" and first not in given):
        given = {first: given}
    for name in given:
        if name not in known:
            raise ValueError(f"{kind}: {unknown(str(name), known)}")
    said = {name: s for name, s in known.items() if name in given and (s.default is None or given[name] != s.default)}
    told = {name: _checked(s, given[name], arms, columns) for name, s in said.items()}
    missing = [s.name for s in known.values() if s.default is None and s.name not in told]
    if missing:
        raise ValueError(f"{kind}: {missing[0]} is missing: {known[missing[0]].meaning}")
    settings = {name: told.get(name, s.default) for name, s in known.items()}
    if kind == "sensitivity":
        settings["arm"] = settings["arm"] or arms[0]
        if settings["against"] == settings["arm"]:
            raise ValueError(f"sensitivity: against: {settings['arm']} is the arm itself")
    if kind == "regret" and len(arms) < 2:
        raise ValueError("regret: compares arms; the experiment has one")
    if kind == "regret":
        settings["better"] = settings["better"] or _direction(settings["measure"])
    return settings


def _direction(column: str) -> str:
    measure = MEASURES.get(column)
    if measure is None or not measure.better:
        raise ValueError(f"regret: better: is missing: higher or lower? {column} has no direction of its own")
    return measure.better


def _checked(setting: Setting, value: object, arms: Sequence[str], columns: Sequence[str]) -> Any:
    """A setting's value as the analysis takes it."""
    name = setting.name
    if setting.kind == "thresholds":
        return _thresholds(value, columns)
    if setting.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float) or not setting.low <= value <= setting.high:
            raise ValueError(f"{name}: expected a number from {setting.low:g} to {setting.high:g}, not {value!r}")
        return float(value)
    if not isinstance(value, str):
        raise ValueError(f"{name}: expected a text, not {value!r}")
    if setting.kind == "condition":
        read_condition(value, arms, columns)
        return value
    valid = {"measure": columns, "arm": arms, "choice": setting.choices}[setting.kind]
    if value not in valid:
        raise ValueError(f"{name}: {_unknown(value, valid)}")
    return value


def _unknown(word: str, valid: Iterable[str]) -> str:
    return unknown(word, valid).replace("unknown key", "unknown", 1)


def _thresholds(value: object, columns: Sequence[str]) -> dict[str, str]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError('thresholds: expected measures with what each has to reach, such as {npv: ">= 0"}')
    for name, said in value.items():
        if name not in columns:
            raise ValueError(f"thresholds: {_unknown(str(name), columns)}")
        read_limit(said)
    return {name: str(read_limit(said)) for name, said in value.items()}


def read_limit(text: object) -> Limit:
    """``">= 0.8"``, read. Raises ValueError."""
    parts = _BETWEEN.split(text) if isinstance(text, str) else []
    if len(parts) != 3 or parts[0] or (number := _number(parts[2])) is None:
        raise ValueError(f'expected a sign and a number, such as ">= .8", not {text!r}')
    return Limit(parts[1], number)


def read_condition(text: str, arms: Sequence[str], columns: Sequence[str]) -> Condition:
    """``mutual.npv > doormat.npv`` or ``mutual.npv > 1e6``, read. Raises ValueError."""
    parts = _BETWEEN.split(text.strip())
    if len(parts) != 3:
        raise ValueError(f"expected 'arm.measure > arm.measure' or 'arm.measure > number', not {text!r}")
    left, right = (_side(parts[k], arms, columns) for k in (0, 2))
    if not left.arm:
        raise ValueError(f"a condition begins with an arm's measure, not with {parts[0]!r}")
    if left == right:
        raise ValueError(f"both sides of {text!r} are the same")
    return Condition(left, parts[1], right)


def _side(text: str, arms: Sequence[str], columns: Sequence[str]) -> Side:
    number = _number(text)
    if number is not None:
        return Side("", "", number)
    arm = next((a for a in sorted(arms, key=len, reverse=True) if text.startswith(f"{a}.")), "")
    if not arm:
        raise ValueError(f"{text!r} names no arm: {_unknown(text.split('.')[0], arms)}")
    column = text.removeprefix(f"{arm}.")
    if column not in columns:
        raise ValueError(f"{text!r} names no measure: {_unknown(column, columns)}")
    return Side(arm, column)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
