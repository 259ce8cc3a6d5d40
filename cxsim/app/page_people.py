"""One customer's life in both worlds, in a window over the page."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from cxsim.app import charts, lives
from cxsim.app.session import Answer, Session
from cxsim.app.state import LETTERS
from cxsim.report import style

KINDS = {
    "A": "left A, not B",
    "B": "left B, not A",
    "both": "left both",
    "neither": "stayed with both",
}


class Life:
    """A window with one life, told up to the month that is shown on the page."""

    def __init__(self, session: Session, parent: ui.element) -> None:
        self._s, self._parent = session, parent

    def show(self, number: int) -> None:
        """Open the window on a customer of the panel."""
        answer = self._s.answer
        if answer is None or answer.crowd is None or self._s.covered is not None:
            return
        with self._parent, ui.dialog() as dialog, ui.card().classes("w-full").style("max-width: 1100px"):
            dialog.props('aria-label="A customer in both companies"').on("hide", dialog.delete, args=[])
            self._told(number, answer)
        dialog.open()

    def first(self, kind: str) -> None:
        """Open the window on the first of a kind, or say that there is none."""
        answer = self._s.answer
        if answer is None or answer.crowd is None or self._s.covered is not None:
            return
        found = lives.chosen(answer.crowd, kind)
        if found:
            self.show(found[0])
        else:
            ui.notify(f"Of the people shown, nobody {KINDS[kind]}.")

    @ui.refreshable_method
    def _told(self, number: int, answer: Answer) -> None:
        assert answer.crowd is not None
        month = self._s.state.month
        both = [lives.life(runs, number) for runs in answer.crowd]
        with ui.row().classes("w-full items-center"):
            ui.label(f"Customer {number}").classes("text-h6").props("role=heading aria-level=2")
            ui.label(f"to month {month}; the same person, the same luck, two companies").classes("cx-note")
            ui.space()
            for kind, label in KINDS.items():
                self._next(kind, label, number, answer)
            ui.button(icon="close", on_click=lambda e: _close(e.sender)).props('flat dense aria-label="Close"')
        with ui.element("div").classes("cx-charts"):
            for name, title in lives.FELT.items():
                ui.echart(_felt(name, title, both, month)).classes("w-full").style("height: 150px").props(
                    f'role=img aria-label="{title}, in both companies"'
                )
        with ui.element("div").classes("cx-arms"):
            for k, (letter, one) in enumerate(zip(LETTERS, both, strict=True)):
                with ui.element("section").classes("cx-arm").style(f"border-color: {charts.HUES[k]}"):
                    self._one(f"{letter}  {answer.runs[k].scenario.title}", one, lives.parting(answer.crowd[k], number))

    def _one(self, title: str, one: lives.Life, parting: tuple[int, str] | None) -> None:
        month, currency = self._s.state.month, self._s.bases[0].currency
        ui.label(title).classes("text-weight-bold").props("role=heading aria-level=3")
        paid, given = (x[month - 1] if month else 0.0 for x in (one.paid, one.given))
        ui.label(f"Paid {currency} {paid:,.0f}; favours cost {currency} {given:,.0f}.").classes("cx-note")
        if parting and parting[0] <= month:
            ui.label(parting[1]).classes("text-body2 bg-amber-1 q-pa-sm q-my-xs")
        told = [e for e in one.events if e.month <= month]
        with ui.element("ol").style("max-height: 260px; overflow: auto; padding: 0; margin: 0").props("tabindex=0"):
            for event in told:
                with ui.element("li").style("display: flex; gap: .5rem"):
                    ui.label(f"{event.month}").classes("cx-value").style("width: 2em")
                    ui.label(event.mark).style("width: 1.2em; text-align: center").classes("text-weight-bold")
                    ui.label(event.text).classes("text-weight-bold" if event.grave else "")
        if not told:
            ui.label("Nothing has happened with this company.").classes("cx-note")

    def _next(self, kind: str, label: str, number: int, answer: Answer) -> None:
        assert answer.crowd is not None
        found = lives.chosen(answer.crowd, kind)

        def go() -> None:
            later = [n for n in found if n > number] or found
            self._told.refresh(later[0], answer)

        button = ui.button(f"{label} ({len(found)})", on_click=go).props("flat dense no-caps")
        button.set_enabled(bool(found))


def _close(sender: ui.element) -> None:
    dialog: Any = next(e for e in sender.ancestors() if isinstance(e, ui.dialog))
    dialog.close()


def _felt(name: str, title: str, both: list[lives.Life], month: int) -> charts.Options:
    """A small chart of a feeling in both companies."""
    lines = []
    for k, one in enumerate(both):
        data = [[m + 1, x] for m, x in enumerate(one.felt[name]) if m < month]
        lines.append(charts.small_line(LETTERS[k], k, data))
    return charts.small_chart(title, len(both[0].felt[name]), lines, style.INK)
