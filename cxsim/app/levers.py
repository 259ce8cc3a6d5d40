"""Sliders, read from the declared parameters: label, unit, bounds, steps and what to say of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from cxsim.parameters import Parameter
from cxsim.scenario import Scenario

_STEPS = 100


@dataclass(frozen=True, slots=True)
class Lever:
    """A slider: ``low`` to ``high`` in ``unit``, or in its logarithm to base 10 where ``log``.

    ``bounds`` are what the parameter permits.
    """

    path: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    log: bool
    bounds: tuple[float, float]
    about: str

    def place(self, value: float) -> float:
        """Where the slider stands for a value."""
        place = math.log10(max(value, 1e-12)) if self.log else value
        return min(max(place, self.low), self.high)

    def value(self, place: float) -> float:
        """The value where the slider stands."""
        place = float(min(max(place, self.low), self.high))  # bounded first: a whole number may be beyond any float
        value = float(f"{10**place:.3g}") if self.log else float(f"{place:.6g}")
        return min(max(value, self.bounds[0]), self.bounds[1])


@dataclass(frozen=True, slots=True)
class Group:
    """Sliders under one heading of the scenario."""

    side: str
    title: str
    levers: tuple[Lever, ...]


def groups(scenario: Scenario) -> list[Group]:
    """The levers of management, then the assumptions that have a plausible range, grouped as in a scenario."""
    found = []
    for side in ("policy", "world"):
        for heading, parameters in scenario.catalogue.sides[side].items():
            levers = tuple(
                _lever(f"{side}.{heading}.{p.name}", p)
                for p in parameters.values()
                if side == "policy" or p.range is not None
            )
            if levers:
                found.append(Group(side, _words(heading), levers))
    return found


def searched(lever: Lever, text: str) -> bool:
    """Whether a slider has these letters in its name, or in what is said of it."""
    return text.casefold() in f"{lever.path} {lever.label} {lever.about}".casefold()


def _lever(path: str, p: Parameter) -> Lever:
    low, high = (p.low, p.high) if p.range is None else p.range
    log = p.scale == "log"
    if log:
        low, high = math.log10(low), math.log10(high)
    step = 1.0 if p.integer else _step(high - low)
    low, high = _down(low, step), -_down(-high, step)
    return Lever(path, _words(p.name), p.unit, low, high, step, log, (p.low, p.high), " ".join(_about(p)))


def _down(value: float, step: float) -> float:
    """The multiple of a step next below."""
    return float(f"{math.floor(value / step + 1e-9) * step:.12g}")


def _step(width: float) -> float:
    """A round step that cuts a width into about a hundred."""
    power = 10.0 ** math.floor(math.log10(width / _STEPS))
    return next(power * k for k in (1, 2, 5, 10) if power * k >= width / _STEPS * 0.999)


def _words(name: str) -> str:
    words = name.replace("_", " ")
    return words[0].upper() + words[1:]


def _about(p: Parameter) -> Iterator[str]:
    yield f"{p.meaning[0].upper()}{p.meaning[1:].rstrip('.')}."
    if p.helps:
        yield f"Helps: {p.helps.rstrip('.')}. Hurts: {p.hurts.rstrip('.')}."
    if p.range:
        yield f"Plausible: {p.range[0]:g} to {p.range[1]:g} {p.unit}."
    yield f"Source: {p.source}"
