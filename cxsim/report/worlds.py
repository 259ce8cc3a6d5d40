"""Where the worlds of scenarios differ: their results then differ by more than policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cxsim.scenario import Scenario

_PATHS, _ARMS = 4, 4  # shown at most


class Course(NamedTuple):
    """A value of the world over time: at the start, and (month, value) wherever it changes."""

    start: float
    changes: tuple[tuple[int, float], ...]

    def __str__(self) -> str:
        if not self.changes:
            return _number(self.start)
        month, value = self.changes[-1]
        when = f"from month {month}" if len(self.changes) == 1 else f"by month {month}"
        return f"{_number(self.start)} then {_number(value)} {when}"


def world_differences(scenarios: Sequence[Scenario]) -> dict[str, tuple[Course, ...]]:
    """``heading.name`` -> its course in every scenario, for values of the world that all have, and not the same."""
    courses = [_courses(s) for s in scenarios]
    paths = [path for path in courses[0] if all(path in one for one in courses)]
    found = {path: tuple(one[path] for one in courses) for path in paths}
    return {path: values for path, values in found.items() if len(set(values)) > 1}


def worlds_note(scenarios: Sequence[Scenario]) -> str:
    """One sentence on how the worlds differ, values in the order of the scenarios; "" where they do not."""
    found = world_differences(scenarios)
    other_mechanisms = len({s.use for s in scenarios}) > 1
    if not found and not other_mechanisms:
        return ""
    parts = [f"{path} {_values(values)}" for path, values in list(found.items())[:_PATHS]]
    if other_mechanisms:
        parts.insert(0, "one has mechanisms that another lacks")
    more = f" and {len(found) - _PATHS} more" if len(found) > _PATHS else ""
    said = "differences need not be due to policy alone, and a world holds for rivals too."
    return f"Worlds differ: {', '.join(parts)}{more}: {said}"


def _courses(scenario: Scenario) -> dict[str, Course]:
    changes: dict[str, list[tuple[int, float]]] = {}
    for change in scenario.schedule():
        if change.firm is None:
            changes.setdefault(f"{change.heading}.{change.name}", []).append((change.month, change.value))
    return {
        path: Course(value, tuple(changes.get(path, ())))
        for heading, below in scenario.world.items()
        for path, value in ((f"{heading}.{name}", value) for name, value in below.items())
    }


def _values(courses: Sequence[Course]) -> str:
    """One value per scenario; the different ones only, where the scenarios are many."""
    texts = [str(course) for course in courses]
    different = list(dict.fromkeys(texts))
    if len(different) == 1:
        return f"{texts[0]} on different courses"
    if len(texts) <= _ARMS:
        return " / ".join(texts)
    return " / ".join([*different[:_ARMS], *["..."][: len(different) > _ARMS]])


def _number(value: float) -> str:
    """All digits that tell two values apart, without the nought before the point."""
    text = f"{value:.15g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
