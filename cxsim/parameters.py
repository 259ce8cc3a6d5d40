"""How a parameter is declared: every number of the model stands once, with unit, bounds, source and meaning.

Mechanisms declare their parameters beside their equations with :func:`world` (assumptions) and
:func:`policy` (levers). Checking, documentation, scenario files and sweeps all read these declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal["world", "policy"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that a scenario may set.

    ``low`` and ``high`` are inclusive bounds in ``unit``: what a scenario may say. ``range`` is what is plausible, from
    which worlds are sampled, uniform in the value or, on a ``scale`` of "log", in its logarithm; None is not sampled.
    ``source`` is a citation, or "assumption: why", and says where the range comes from. A lever (policy) has no range
    (management chooses it), but names a channel by which it helps and one by which it hurts, and in ``claims`` those of
    the articles that it is about.

    Raises ValueError for a default out of bounds or range, an impossible range, or a text that is missing.
    """

    name: str
    default: float
    unit: str
    low: float
    high: float
    source: str
    meaning: str
    helps: str = ""
    hurts: str = ""
    integer: bool = False
    range: tuple[float, float] | None = None
    scale: Scale = "linear"
    claims: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.low <= self.default <= self.high:
            raise ValueError(f"{self.name}: default {self.default} outside {self.low}..{self.high}")
        if not (self.unit and self.source and self.meaning):
            raise ValueError(f"{self.name}: unit, source and meaning are required")
        self._check_range()

    def _check_range(self) -> None:
        if self.scale not in ("linear", "log"):
            raise ValueError(f"{self.name}: scale {self.scale!r} is neither linear nor log")
        if self.range is None:
            if self.scale != "linear":
                raise ValueError(f"{self.name}: a scale belongs to a range")
            return
        first, last = self.range
        if not self.low <= first < last <= self.high:
            raise ValueError(f"{self.name}: range {first}..{last} is empty or goes beyond {self.low}..{self.high}")
        if not first <= self.default <= last:
            raise ValueError(f"{self.name}: default {self.default} outside its range {first}..{last}")
        if self.scale == "log" and first <= 0:
            raise ValueError(f"{self.name}: a range on a log scale begins above 0")


@dataclass(frozen=True, slots=True)
class Group:
    """The parameters of one heading (``world.requests``, ``policy.requests``) in the order declared."""

    side: Side
    heading: str
    parameters: tuple[Parameter, ...]

    def __hash__(self) -> int:
        return hash(self.heading)  # taken for every run: one over all texts would be slow

    def path(self, parameter: Parameter) -> str:
        """Dotted path of a parameter in a scenario file, such as ``policy.requests.conceded_share``."""
        return f"{self.side}.{self.heading}.{parameter.name}"


def _group(side: Side, heading: str, parameters: tuple[Parameter, ...]) -> Group:
    names = [p.name for p in parameters]
    if len(set(names)) != len(names):
        raise ValueError(f"{side}.{heading}: a parameter is declared twice")
    for p in parameters:
        if side == "policy" and not (p.helps and p.hurts):
            raise ValueError(f"policy.{heading}.{p.name}: a lever names how it helps and how it hurts")
        if side == "policy" and p.range is not None:
            raise ValueError(f"policy.{heading}.{p.name}: a lever has no plausible range: it is chosen")
    return Group(side, heading, parameters)


def world(heading: str, *parameters: Parameter) -> Group:
    """Declare assumptions: what management cannot decide."""
    return _group("world", heading, parameters)


def policy(heading: str, *parameters: Parameter) -> Group:
    """Declare levers: what management can decide. Each names a channel of help and one of harm."""
    return _group("policy", heading, parameters)
