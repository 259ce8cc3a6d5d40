"""Figures of a benchmark run beside their targets."""

from __future__ import annotations

from dataclasses import dataclass, field

NOMINAL_YARDSTICK = 170_000.0
"""Customer-months per second of the yardstick on the machine for which targets in seconds were written."""


@dataclass
class Ledger:
    """Collects what was measured beside its target. ``yardstick`` is in customer-months per second."""

    yardstick: float
    rows: list[tuple[str, str, str, bool]] = field(default_factory=list)

    @property
    def machine(self) -> float:
        """How many times faster this machine is, now, than the one that targets in seconds are meant for."""
        return self.yardstick / NOMINAL_YARDSTICK

    def at_least(self, name: str, value: float, target: float, unit: str = "x") -> None:
        """Note a figure that should reach ``target``; fail the test if it does not."""
        self._note(name, f"{value:.4g} {unit}", f">= {target:g} {unit}", value >= target)

    def at_most(self, name: str, value: float, target: float, unit: str) -> None:
        """Note a figure that should not exceed ``target``; fail the test if it does."""
        self._note(name, f"{value:.4g} {unit}", f"<= {target:g} {unit}", value <= target)

    def within(self, name: str, seconds: float, target: float) -> None:
        """Note a time against a target in seconds, which is stretched or shrunk to this machine's speed."""
        budget = target / self.machine
        shown = f"<= {target:g} s" + (f" ({budget:.3g} s here)" if abs(self.machine - 1) > 0.05 else "")
        self._note(name, f"{seconds:.4g} s", shown, seconds <= budget)

    def _note(self, name: str, value: str, target: str, met: bool) -> None:
        self.rows.append((name, value, target, met))
        assert met, f"{name}: {value}, wanted {target}"
