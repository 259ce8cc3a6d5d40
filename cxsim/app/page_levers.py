"""The sliders: levers of each company, assumptions of the world that both share."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from cxsim.app.dial import Dial
from cxsim.app.levers import Group, Lever, groups, searched
from cxsim.app.session import Session
from cxsim.app.state import LETTERS
from cxsim.scenario import ScenarioError
from cxsim.scenario_check import show

FOUND = 12
"""Sliders shown of those that a search finds."""
_HEADINGS = {"policy": "Levers: what each company decides", "world": "Assumptions: what neither can decide"}


class Levers:
    """All sliders of a page; those of a group are made when it is opened."""

    def __init__(self, session: Session) -> None:
        self._s = session
        self._dials: dict[tuple[str, int], tuple[Dial, Any, Lever]] = {}
        self._following = False

    def build(self) -> None:
        """The search field, and groups as in a scenario file."""
        search = ui.input("Find a lever or an assumption", on_change=lambda e: self._search(str(e.value or "")))
        search.props("dense outlined clearable debounce=200 maxlength=60").classes("w-full")
        self._found = ui.column().classes("w-full gap-0")
        self._all = ui.column().classes("w-full gap-0")
        with self._all:
            self._groups()
        self._s.on_change.append(self._follow)

    @ui.refreshable_method
    def _groups(self) -> None:
        side = ""
        self._arms = self._s.state.arms
        for k, group in enumerate(groups(self._s.bases[0])):
            if group.side != side:
                side = group.side
                ui.label(_HEADINGS[side]).classes("text-weight-bold q-mt-sm").props("role=heading aria-level=2")
            _Opened(self, group, group.title == "Requests" and k < 6)

    def _search(self, text: str) -> None:
        self._found.clear()
        self._all.set_visibility(not text.strip())
        if not text.strip():
            return
        found = [lever for g in groups(self._s.bases[0]) for lever in g.levers if searched(lever, text.strip())]
        with self._found:
            more = f", the first {FOUND} are shown" if len(found) > FOUND else ""
            ui.label(f"{len(found) or 'Nothing'} found{more}").classes("cx-note").props("role=status")
            for lever in found[:FOUND]:
                self.row(lever)

    def row(self, lever: Lever) -> None:
        """One slider for each company, or one for the world."""
        with ui.column().classes("cx-lever"):
            label = ui.label(f"{lever.label}").classes("text-body2").props("tabindex=0")
            with label:
                ui.tooltip(lever.about).classes("text-body2").style("max-width: 26rem")
            if lever.path.startswith("world."):
                self._dial(lever, 0, "A and B", "accent")
            else:
                for k, letter in enumerate(LETTERS):
                    self._dial(lever, k, letter, ("primary", "secondary")[k])

    def _dial(self, lever: Lever, arm: int, letter: str, colour: str) -> None:
        value = self._value(lever.path, arm)
        with ui.row().classes("cx-row"):
            short = letter if len(letter) == 1 else ""
            ui.label(short).classes("cx-letter" if short else "hidden")

            def moved(event: Any) -> None:
                if not self._following:
                    self._move(lever, arm, event.value)

            ends = lever.low, lever.high, lever.step
            dial = Dial(lever.place(value), ends, f"{lever.label}, company {letter}", lever.unit, moved)
            dial.told(lever.log, lever.about)
            dial.classes(f"text-{colour}")
            dial.on("rest", lambda event: self._rest(lever, arm, event.args))
            number = ui.label(show(value)).classes("cx-value").tooltip(lever.unit)
            shown = "+(10 ** v).toPrecision(3)" if lever.log else "+v.toPrecision(6)"
            text = f"document.getElementById('{number.html_id}').textContent"
            dial.on("update:model-value", js_handler=f"(v) => {{ {text} = {shown}; }}")
        self._dials[lever.path, arm] = dial, number, lever

    def _value(self, path: str, arm: int) -> float:
        state = self._s.state
        moved = dict(state.world if path.startswith("world.") else state.policies[arm])
        return moved.get(path, self._s.bases[arm].value(path))

    def _move(self, lever: Lever, arm: int, place: object) -> None:
        if not isinstance(place, (int, float)):
            return
        value = lever.value(place)
        try:
            self._s.move(lever.path, value, arm)
        except ScenarioError as error:
            for told in self._s.on_fault:
                told(str(error))

    def _rest(self, lever: Lever, arm: int, place: object) -> None:
        """A slider is let go, which may be told before its last move, that waits for others to be told.

        Its number was written on the page, without waiting for the server, while it moved.
        """
        self._move(lever, arm, place)
        self._dials[lever.path, arm][1].set_text(show(self._value(lever.path, arm)))
        self._s.release()

    def _follow(self) -> None:
        """Sliders stand where the state is."""
        if self._arms != self._s.state.arms:
            self._dials.clear()
            self._found.clear()
            self._groups.refresh()
            return
        self._following = True
        for (path, arm), (dial, number, lever) in self._dials.items():
            value = self._value(path, arm)
            dial.set_value(lever.place(value))
            number.set_text(show(value))
        self._following = False


class _Opened:
    """A group whose sliders are made when it is first opened."""

    def __init__(self, levers: Levers, group: Group, first: bool) -> None:
        self._levers, self._group = levers, group
        self._expansion = ui.expansion(group.title, value=first, on_value_change=self._fill).classes("w-full")
        self._expansion.props("dense dense-toggle")
        self._filled = False
        if first:
            self._fill()

    def _fill(self) -> None:
        if self._filled:
            return
        self._filled = True
        with self._expansion:
            for lever in self._group.levers:
                self._levers.row(lever)
