"""Time: play, pause, a month forth or back, and a slider over the whole run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui
from nicegui.events import KeyEventArguments

from cxsim.app.dial import Dial
from cxsim.app.session import Session

MONTH_SECONDS = 0.16


class Time:
    """The bar at the foot of a page. The run is computed as a whole; this is only how much of it is seen."""

    def __init__(self, session: Session) -> None:
        self._s, self._until = session, 0
        self._then: Callable[[], None] | None = None

    def build(self) -> None:
        """Buttons, slider and keys: space plays and pauses, comma and full stop go a month back and forth."""
        with ui.footer(elevated=False).classes("cx-bar bg-white text-black items-center").props("bordered"):
            buttons = "flat round dense"
            first = ui.button(icon="first_page", on_click=lambda: self._s.show_month(0))
            first.props(f'{buttons} aria-label="To the opening"')
            ui.button(icon="chevron_left", on_click=lambda: self._step(-1)).props(f'{buttons} aria-label="Month back"')
            self._play = ui.button(icon="play_arrow", on_click=self._toggle).props(f'{buttons} aria-label="Play"')
            ui.button(icon="chevron_right", on_click=lambda: self._step(1)).props(f'{buttons} aria-label="Month on"')
            ends = 0, self._last, 1
            self._slider = Dial(self._s.state.month, ends, "Month shown", f"of {self._last} months", self._scrub)
            self._slider.classes("text-primary col")
            self._slider.on("change", lambda: self._stop(), args=[])
            label = ui.label().classes("cx-month")
            self._s.clock = label.html_id
        self._timer = ui.timer(MONTH_SECONDS, self._tick, active=False)
        ui.keyboard(self._key)
        self._s.on_month.append(self._follow)

    @property
    def _last(self) -> int:
        return self._s.bases[0].horizon_months

    def play(self, until: int, then: Callable[[], None] | None = None) -> None:
        """Play up to a month, from the opening where that is past; ``then`` is done when it is reached."""
        self._until, self._then = min(until, self._last), then
        if self._s.state.month >= self._until:
            self._s.show_month(0)
        self._timer.active = True
        self._mark()

    def _toggle(self) -> None:
        self._until, self._then = self._last, None
        if not self._timer.active and self._s.state.month >= self._last:
            self._s.show_month(0)
        if self._timer.active:
            self._stop()
        else:
            self._timer.active = True
            self._mark()

    def _tick(self) -> None:
        if self._s.state.month >= self._until:
            self._stop()
            then, self._then = self._then, None
            if then:
                then()
        else:
            self._s.show_month(self._s.state.month + 1)

    def _stop(self) -> None:
        self._timer.active = False
        self._mark()
        self._s.remember()

    def _mark(self) -> None:
        on = self._timer.active
        self._play.props(f'icon={"pause" if on else "play_arrow"} aria-label="{"Pause" if on else "Play"}"')

    def _step(self, months: int) -> None:
        self._s.show_month(self._s.state.month + months)
        self._stop()

    def _scrub(self, event: Any) -> None:
        if not isinstance(event.value, (int, float)) or event.value != event.value:
            return
        month = int(min(max(event.value, 0), self._last))
        if month != self._s.state.month:
            self._s.show_month(month)

    def _follow(self) -> None:
        month = self._s.state.month
        self._slider.reach(self._last, f"of {self._last} months")
        self._slider.set_value(month)

    def _key(self, event: KeyEventArguments) -> None:
        if not event.action.keydown:
            return
        if event.key == " " and not event.action.repeat:
            self._toggle()
        elif event.key in (",", "."):
            self._step(-1 if event.key == "," else 1)
