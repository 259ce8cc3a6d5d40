"""Figures of a benchmark run beside their goals."""

from __future__ import annotations

from dataclasses import dataclass, field

NOMINAL_YARDSTICK = 170_000.0
"""Customer-months per second of the yardstick on the machine for which goals in seconds were written."""

ALLOWANCE = 1.5
"""How many times the goal's time a run or compiling may take: the goals were set for half of today's mechanisms."""


@dataclass
class Ledger:
    """Collects what was measured beside its goal, and fails the test that misses it by more than is allowed.

    ``yardstick`` is in customer-months per second. A row says "met", "allowed" or "MISSED".
    """

    yardstick: float
    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def machine(self) -> float:
        """How many times faster this machine is, now, than the one that goals in seconds are meant for."""
        return self.yardstick / NOMINAL_YARDSTICK

    def at_least(self, name: str, value: float, goal: float, unit: str = "x", allowance: float = 1.0) -> None:
        """Note a figure that should reach ``goal``, and has to reach it divided by the allowance."""
        self._note(name, f"{value:.4g} {unit}", f">= {goal:g} {unit}", value >= goal, value >= goal / allowance)

    def at_most(self, name: str, value: float, goal: float, unit: str) -> None:
        """Note a figure that has to keep to ``goal``."""
        self._note(name, f"{value:.4g} {unit}", f"<= {goal:g} {unit}", value <= goal, value <= goal)

    def within(self, name: str, seconds: float, goal: float, allowance: float = 1.0) -> None:
        """Note a time that should keep to a goal in seconds, stretched or shrunk to this machine's speed.

        It has to keep to the allowance times that.
        """
        here = goal / self.machine
        shown = f"<= {goal:g} s" + (f" ({here:.3g} s here)" if abs(self.machine - 1) > 0.05 else "")
        self._note(name, f"{seconds:.4g} s", shown, seconds <= here, seconds <= here * allowance)

    def _note(self, name: str, value: str, goal: str, met: bool, allowed: bool) -> None:
        self.rows.append((name, value, goal, "met" if met else "allowed" if allowed else "MISSED"))
        assert allowed, f"{name}: {value}, wanted {goal}"
