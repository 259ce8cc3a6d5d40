"""What an analysis of an experiment may be told: settings, conditions between arms and limits, read and checked."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxsim.measures import MEASURES
from cxsim.scenario_check import SETTINGS, show, unknown
from cxsim.studies.analyses.findings import Runs, by_point
from cxsim.yaml_source import ScenarioError, fail, shorten

if TYPE_CHECKING:
    from cxsim.parameters import Parameter
    from cxsim.studies.experiments.experiment import Experiment

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """One thing that an analysis may be told. ``kind`` says what it takes; ``default`` None means it must be said.

    ``low`` and ``high`` bound a number, in ``unit``, ends included; ``choices`` are the words that a choice may be.
    """

    name: str
    kind: Literal["measure", "arm", "condition", "thresholds", "number", "choice"]
    default: Any
    meaning: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    unit: str = "share"


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

    def gap(self, experiment: Experiment, runs: Runs) -> Array:
        """Left less right in every run, (points, replications); nan where one of them is undefined."""
        left, right = self.left, self.right
        gap = by_point(experiment, runs, left.column, left.arm)
        return gap - (by_point(experiment, runs, right.column, right.arm) if right.arm else right.value)

    def holds(self, gaps: Array) -> NDArray[np.bool_]:
        """Where it holds, given left less right; nowhere among nan."""
        return Limit(self.sign, 0.0).holds(gaps)


_SIGNS = {">=": np.greater_equal, "<=": np.less_equal, ">": np.greater, "<": np.less}
_BETWEEN = re.compile(r"\s*(>=|<=|>|<)\s*")


def checked(kind: str, asked: object, experiment: Experiment) -> dict[str, Any]:
    """All settings of an analysis, read and checked, from what a file says of it: a mapping, or the short form.

    Raises ScenarioError.
    """
    if kind not in KINDS:
        fail(None, "", unknown(kind, KINDS))
    first, arms = KINDS[kind][0], list(experiment.arms)
    if not isinstance(asked, Mapping) or (first.kind == "thresholds" and first.name not in asked):
        asked = {first.name: asked}
    given = Given(experiment, kind, asked, [s.name for s in KINDS[kind]])
    settings = {s.name: given.setting(s) for s in KINDS[kind]}
    if kind == "sensitivity":
        settings["arm"] = settings["arm"] or arms[0]
        if settings["against"] == settings["arm"]:
            fail(None, given.place("against"), f"{settings['arm']} is the arm itself")
    if kind == "regret":
        if len(arms) < 2:
            fail(None, kind, "compares arms; the experiment has one")
        settings["better"] = settings["better"] or _direction(given, settings["measure"])
    return settings


def _direction(given: Given, column: str) -> str:
    measure = MEASURES.get(column)
    if measure is None or not measure.better:
        fail(None, given.place("better"), f"is missing: higher or lower? {column} has no direction of its own")
    return measure.better


class Given:
    """What is said of an analysis of a ``kind``, taken setting by setting. Every method raises ScenarioError."""

    def __init__(self, experiment: Experiment, kind: str, settings: Mapping[str, Any], known: Iterable[str]) -> None:
        self.experiment, self.kind, self.settings = experiment, kind, settings
        for key in settings:
            if key not in (known := tuple(known)):
                fail(None, kind, unknown(str(key), known))

    def __contains__(self, key: str) -> bool:
        return self.settings.get(key) is not None

    def place(self, key: str) -> str:
        """Where a setting stands, for a message."""
        return f"{self.kind}.{key}"

    def number(self, key: str, default: float, p: Parameter | Setting | None = None) -> float:
        """A number, within the bounds of ``p`` if that is given."""
        value = self.settings[key] if key in self else default
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
            fail(None, self.place(key), f"expected a number, got {shorten(str(value))}")
        if p and not p.low <= float(value) <= p.high:
            low, high = show(float(p.low)), show(float(p.high))
            fail(None, self.place(key), f"{show(float(value))} is outside {low}..{high} {p.unit}")
        return float(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number between two others."""
        value = self.number(key, default)
        if not value.is_integer() or not low <= value <= high:
            fail(None, self.place(key), f"expected a whole number from {low} to {high:,}, got {show(value)}")
        return int(value)

    def truth(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.settings[key] if key in self else default
        if not isinstance(value, bool):
            fail(None, self.place(key), f"expected true or false, got {shorten(str(value))}")
        return value

    def arm(self, key: str, default: str) -> str:
        """The name of an arm."""
        return self.one_of(key, self.settings[key] if key in self else default, self.experiment.arms)

    def measure(self, key: str, name: object) -> str:
        """The name of a measure or reading."""
        return self.one_of(key, name, self.experiment.columns)

    def limits(self, key: str) -> dict[str, Limit]:
        """Measures, and what each has to reach."""
        listed = self.settings.get(key)
        if not isinstance(listed, Mapping) or not listed:
            what = 'expected measures with what each has to reach, such as {npv: ">= 0"}'
            fail(None, self.place(key), what)
        found = {}
        for name, said in listed.items():
            measure = self.measure(key, name)
            try:
                found[measure] = read_limit(said)
            except ValueError as error:
                fail(None, self.place(f"{key}.{measure}"), str(error))
        return found

    def condition(self, key: str) -> str:
        """A condition between arms, as it was written."""
        text = self._text(key, self.settings[key])
        try:
            read_condition(text, tuple(self.experiment.arms), self.experiment.columns)
        except ValueError as error:
            fail(None, self.place(key), str(error))
        return text

    def setting(self, declared: Setting) -> Any:
        """What is said of a setting of :data:`KINDS`, else its default."""
        key = declared.name
        if key not in self or (declared.default is not None and self.settings[key] == declared.default):
            if declared.default is None:
                fail(None, self.place(key), f"is missing: {declared.meaning}")
            return declared.default
        if declared.kind == "number":
            return self.number(key, declared.default, declared)
        if declared.kind == "condition":
            return self.condition(key)
        if declared.kind == "thresholds":
            return {name: str(limit) for name, limit in self.limits(key).items()}
        valid = {"measure": self.experiment.columns, "arm": self.experiment.arms, "choice": declared.choices}
        return self.one_of(key, self.settings[key], valid[declared.kind])

    def path(self, key: str, path: object, arms: Iterable[str]) -> Parameter:
        """The parameter at a path, which all of ``arms`` have."""
        found: list[Parameter] = []
        for arm in arms:
            if str(path) in SETTINGS:
                fail(None, self.place(key), f"{path} is a setting of the simulation; name a path of world or policy")
            try:
                found.append(self.experiment.arms[arm].catalogue.parameter(str(path)))
            except ScenarioError as error:
                fail(None, self.place(key), str(error))
        return found[0]

    def ends(self, key: str, p: Parameter, low: object, high: object) -> tuple[float, float]:
        """A range within the bounds of a parameter; an end that is None is that of its own range."""
        first, last = p.range or (p.low, p.high)
        ends = []
        for value, default in ((low, first), (high, last)):
            ends.append(Given(self.experiment, self.kind, {key: value}, [key]).number(key, default, p))
        if not ends[0] < ends[1]:
            fail(None, self.place(key), f"the range from {show(ends[0])} to {show(ends[1])} is empty")
        if p.integer and not (ends[0].is_integer() and ends[1].is_integer()):
            fail(None, self.place(key), f"the ends must be whole numbers ({p.unit})")
        return ends[0], ends[1]

    def one_of(self, key: str, name: object, choices: Iterable[str]) -> str:
        """One of the words that there are."""
        text = self._text(key, name)
        if text not in (known := tuple(choices)):
            fail(None, self.place(key), unknown(text, known, ""))
        return text

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            fail(None, self.place(key), f"expected a text, got {shorten(str(value))}")
        return value


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
        raise ValueError(f"{text!r} names no arm: {unknown(text.split('.')[0], arms, '')}")
    column = text.removeprefix(f"{arm}.")
    if column not in columns:
        raise ValueError(f"{text!r} names no measure: {unknown(column, columns, '')}")
    return Side(arm, column)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
