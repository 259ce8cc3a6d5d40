"""A life in both worlds, in a window over the page: a customer's, an employee's, a silo's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from cxsim.app import charts, life_customer, life_employee
from cxsim.app.life_customer import Customer
from cxsim.app.life_employee import Employee
from cxsim.app.life_silo import Silo
from cxsim.app.lives import Life, Pair, Subject
from cxsim.app.session import Answer, Session
from cxsim.app.state import LETTERS
from cxsim.record import SILOS


def others(subject: Subject, pair: Pair) -> dict[str, Sequence[Subject]]:
    """Whom one may want to see next, by what they have in common."""
    if isinstance(subject, Customer):
        return customers(pair)
    if isinstance(subject, Employee):
        return {**employees(pair), subject.silo: [Silo(subject.silo)]}
    return {**{name: [Silo(name)] for name in SILOS if name != SILOS[subject.number]}, **employees(pair, subject)}


def customers(pair: Pair) -> dict[str, Sequence[Subject]]:
    """Customers of the panel by whom they left."""
    return {life_customer.KINDS[kind]: found for kind, found in life_customer.chosen(pair).items()}


def employees(pair: Pair, silo: Subject | None = None) -> dict[str, Sequence[Subject]]:
    """Employees of the panel, of a silo or of all, by from whom they resigned."""
    found = life_employee.chosen(pair, SILOS[silo.number] if silo else None)
    return {life_employee.KINDS[kind]: people for kind, people in found.items()}


class Window:
    """A window with one life, told up to the month that is shown on the page."""

    def __init__(self, session: Session, parent: ui.element) -> None:
        self._s, self._parent = session, parent

    def build(self, customers_too: bool) -> None:
        """Buttons that open it: on customers, or on employees and silos."""
        kinds = life_customer.KINDS if customers_too else life_employee.KINDS
        with ui.row().classes("items-center gap-1 cx-ask"):
            ui.label("Show me one who" if customers_too else "Show me an employee who").classes("cx-note")
            for label in kinds.values():
                ui.button(label, on_click=lambda label=label: self.first(label)).props("flat dense no-caps")
        if not customers_too:
            with ui.row().classes("items-center gap-1 cx-ask"):
                ui.label("or the life of a silo:").classes("cx-note")
                for name in SILOS:
                    ui.button(name, on_click=lambda name=name: self.show(Silo(name))).props("flat dense no-caps")

    def show(self, subject: Subject) -> None:
        """Open the window on somebody, unless a class predicts."""
        answer = self._s.told
        if answer is None or answer.crowd is None:
            return
        with self._parent, ui.dialog() as dialog, ui.card().classes("w-full").style("max-width: 1100px"):
            dialog.props(f'aria-label="{subject.title} in both companies"').on("hide", dialog.delete, args=[])
            self._told(subject, answer)
        dialog.open()

    def first(self, label: str) -> None:
        """Open the window on the first of a kind, or say that there is none."""
        answer = self._s.told
        if answer is None or answer.crowd is None:
            return
        found = {**customers(answer.crowd), **employees(answer.crowd)}[label]
        if found:
            self.show(found[0])
        else:
            ui.notify(f"Of the people shown, nobody {label}.")

    @ui.refreshable_method
    def _told(self, subject: Subject, answer: Answer) -> None:
        assert answer.crowd is not None
        month = self._s.state.month
        both = [subject.life(runs) for runs in answer.crowd]
        with ui.row().classes("w-full items-center"):
            ui.label(subject.title).classes("text-h6").props("role=heading aria-level=2")
            ui.label(f"to month {month}; {subject.about}").classes("cx-note")
            ui.space()
            ui.button(icon="close", on_click=lambda e: _close(e.sender)).props('flat dense aria-label="Close"')
        with ui.row().classes("w-full items-center gap-1"):
            self._others(subject, answer, others(subject, answer.crowd))
        with ui.element("div").classes("cx-charts"):
            for title in both[0].felt:
                chart = ui.echart(_felt(title, both, month, 15 if self._s.state.projector else 11)).classes("cx-felt")
                chart.props(f'role=img aria-label="{title}, in both companies"')
        with ui.element("div").classes("cx-arms"):
            for k, (letter, one) in enumerate(zip(LETTERS, both, strict=True)):
                with ui.element("section").classes("cx-arm").style(f"border-color: {charts.HUES[k]}"):
                    self._one(f"{letter}  {answer.runs[k].scenario.title}", one)

    def _one(self, title: str, one: Life) -> None:
        month = self._s.state.month
        ui.label(title).classes("text-weight-bold").props("role=heading aria-level=3")
        if month:
            ui.label(one.sums[month - 1]).classes("cx-note")
        for parted, why in one.partings:
            if parted <= month:
                ui.label(why).classes("text-body2 bg-amber-1 q-pa-sm q-my-xs")
        told = [e for e in one.events if e.month <= month]
        with ui.element("ol").style("max-height: 260px; overflow: auto; padding: 0; margin: 0").props("tabindex=0"):
            for event in told:
                with ui.element("li").style("display: flex; gap: .5rem"):
                    ui.label(f"{event.month}").classes("cx-value").style("width: 2em")
                    ui.label(event.mark).style("width: 1.2em; text-align: center").classes("text-weight-bold")
                    ui.label(event.text).classes("text-weight-bold" if event.grave else "")
        if not told:
            ui.label("Nothing has happened with this company.").classes("cx-note")

    def _others(self, subject: Subject, answer: Answer, found: Mapping[str, Sequence[Subject]]) -> None:
        """Buttons that turn the window to others: to the silo, or to the next of a kind."""
        for label, some in found.items():
            said = label if label in SILOS else f"{label} ({len(some)})"
            button = ui.button(said, on_click=lambda some=some: self._told.refresh(_after(subject, some), answer))
            button.props("flat dense no-caps").set_enabled(bool(some))


def _after(subject: Subject, some: Sequence[Subject]) -> Subject:
    """The one after it among some, in turn; the first where it is none of them."""
    return some[(some.index(subject) + 1) % len(some)] if subject in some else some[0]


def _close(sender: ui.element) -> None:
    dialog: Any = next(e for e in sender.ancestors() if isinstance(e, ui.dialog))
    dialog.close()


def _felt(title: str, both: Sequence[Life], month: int, size: int) -> charts.Options:
    """A small chart of one thing in both companies."""
    lines = []
    for k, one in enumerate(both):
        data = [[m + 1, x] for m, x in enumerate(one.felt[title]) if m < month]
        lines.append(charts.small_line(LETTERS[k], k, data, size))
    return charts.small_chart(title, len(both[0].felt[title]), lines, size)
