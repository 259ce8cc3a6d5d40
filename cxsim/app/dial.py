"""A slider that follows the hand without waiting for the server, and can be used without seeing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui.elements.mixins.value_element import ValueElement


class Dial(ValueElement[float], component="dial.js"):
    """From ``low`` to ``high`` in steps; ``unit`` is said after its value, which with ``log`` is ten to its place."""

    LOOPBACK = False

    def __init__(
        self, place: float, ends: tuple[float, float, float], label: str, unit: str, on_move: Callable[[Any], None]
    ) -> None:
        super().__init__(value=place, on_value_change=on_move, throttle=0.02)
        self._props.update(zip(("min", "max", "step"), ends, strict=True))
        self._props.update({"aria-label": label, "unit": unit})

    def told(self, log: bool, about: str) -> None:
        """Whether a value is ten to its place, and what the slider is about."""
        self._props.update({"log": log, "aria-description": about})

    def reach(self, high: float, unit: str) -> None:
        """End at another place."""
        if self._props["max"] != high:
            self._props.update({"max": high, "unit": unit})
