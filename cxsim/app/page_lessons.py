"""A lesson on the page: its steps one after the other, and its notes and handout on a page to print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

from nicegui import ui

from cxsim.app import lessons, life_customer, page_people, views
from cxsim.app.lessons import Lesson, Step
from cxsim.app.page_predict import Predict
from cxsim.app.page_time import Time
from cxsim.app.session import Session
from cxsim.app.state import State

_NAMES = {
    "hook": "The question",
    "predict": "Predict",
    "play": "Watch",
    "explain": "What came out",
    "customer": "One customer",
    "sandbox": "Try",
}
_PRINT = """
.cx-sheet { max-width: 42rem; gap: .5rem; padding: 1rem; }
.cx-sheet p { margin: 0; }
.cx-answer { height: 4.5rem; width: 100%; border-bottom: 1px dotted #666; }
@media print {
  .cx-noprint, [data-sheet=notes] .cx-sheet-handout, [data-sheet=handout] .cx-sheet-notes { display: none; }
  .cx-sheet { max-width: none; padding: 0; font-size: .9rem; }
  .cx-sheet-notes { break-after: page; }
  [data-sheet=notes] .cx-sheet-notes { break-after: auto; }
  .cx-sheet p { break-inside: avoid; }
  .cx-answer { height: 3.6rem; }
}
"""
"""Notes and handout together where nobody has chosen one of them."""


class Guide:
    """The strip that leads through a lesson."""

    def __init__(self, session: Session, known: dict[str, Lesson], predict: Predict, time: Time) -> None:
        self._s, self._known, self._predict, self._time = session, known, predict, time
        self._later: Callable[[], None] | None = None  # done once what came out is there

    def menu(self) -> None:
        """The button that offers the lessons."""
        with ui.button("Lessons", icon="school").props("flat dense no-caps"), ui.menu():
            for lesson in self._known.values():
                item = ui.menu_item(f"{lesson.title} ({lesson.minutes} min)", lambda lesson=lesson: self._begin(lesson))
                item.props("role=menuitem").tooltip(lesson.about)
            ui.separator()
            ui.menu_item("No lesson", self._leave).props("role=menuitem")

    def build(self) -> None:
        """An empty place; a lesson fills it."""
        self._around = ui.context.slot.parent
        self._place = ui.column().classes("cx-lesson w-full q-pa-sm gap-1").props('role=region aria-label="Lesson"')
        self._place.set_visibility(False)
        self._s.on_answer.append(lambda thorough: self._answered() if thorough else None)

    def resume(self) -> None:
        """Go on with the lesson of the address: what a class has not seen stays covered after a reload."""
        if self._s.state.lesson in self._known:
            self._show()
            if self._step.kind in ("hook", "predict"):
                self._do()
            elif self._step.kind == "play" and (before := self._before):
                if before.kind == "predict":
                    self._reopen(before)
                elif before.kind == "hook" and self._step.to < self._s.bases[0].horizon_months:
                    self._s.cover(self._step.to)

    def _reopen(self, asked: Step) -> None:
        """Go on while a class that has predicted is shown what came out: what tables have kept is still to be told."""
        month, to = self._s.state.month, self._step.to
        self._predict.begin(asked.quantity)
        self._s.cover(min(month, to))
        self._s.show_month(month)
        if month < to:
            self._later = self._do
        elif to == self._s.bases[0].horizon_months:
            self._later = self._predict.settle

    def _answered(self) -> None:
        self._tell()
        later, self._later = self._later, None
        if later:
            later()

    def _begin(self, lesson: Lesson) -> None:
        self._predict.end()
        self._s.change(State(lesson.arms, month=0, lesson=lesson.name, projector=self._s.state.projector))
        self._show()
        self._do()

    def _leave(self) -> None:
        self._predict.end()
        self._question(False)
        self._place.set_visibility(False)
        self._s.change(replace(self._s.state, lesson="", step=0, month=self._s.bases[0].horizon_months))

    def _go(self, by: int) -> None:
        lesson = self._known[self._s.state.lesson]
        step = min(max(self._s.state.step + by, 0), len(lesson.steps) - 1)
        self._s.state = replace(self._s.state, step=step)
        self._show()
        self._do()
        self._s.remember()

    @property
    def _step(self) -> Step:
        lesson = self._known[self._s.state.lesson]
        return lesson.steps[min(self._s.state.step, len(lesson.steps) - 1)]

    @property
    def _before(self) -> Step | None:
        """The step before the parts that are played, of which this is one."""
        steps = self._known[self._s.state.lesson].steps[: self._s.state.step]
        return next((step for step in reversed(steps) if step.kind != "play"), None)

    def _do(self) -> None:
        """What a step does to the page."""
        step, end = self._step, self._s.bases[0].horizon_months
        self._later = None
        self._question(step.kind == "hook")
        if step.kind == "hook":
            self._predict.end()
            self._s.cover(0)
            self._s.show_month(0)
        elif step.kind == "predict":
            self._predict.begin(step.quantity)
        elif step.kind == "play":
            covered = self._s.covered is not None
            if covered:  # B up to where it is played; guesses are compared when all of it was seen
                self._s.cover(step.to if step.to < end else None)
            self._time.play(step.to, self._predict.settle if covered and step.to == end else None)
        else:
            if step.kind == "explain":
                self._predict.tell()
            else:
                self._predict.end()
            if step.kind == "sandbox":
                self._s.change(replace(lessons.moved(self._s.state, step), month=end))
            self._s.show_month(end)
            self._predict.large(step.question.quantity if step.question else "")
        self._tell()  # of the run that the step has asked for, once it is there

    def _question(self, on: bool) -> None:
        """Say in company B's place, while a question is asked, why nothing is there."""
        self._around.classes(add="cx-question") if on else self._around.classes(remove="cx-question")

    def _show(self) -> None:
        lesson = self._known[self._s.state.lesson]
        n = min(self._s.state.step, len(lesson.steps) - 1)
        self._place.clear()
        self._place.set_visibility(True)
        with self._place:
            with ui.row().classes("w-full items-center"):
                ui.label(f"{lesson.title}, {n + 1} of {len(lesson.steps)}: {_NAMES[self._step.kind]}").classes(
                    "text-weight-bold"
                ).props("role=heading aria-level=2")
                ui.space()
                back = ui.button("Back", icon="arrow_back", on_click=lambda: self._go(-1)).props("flat dense no-caps")
                back.set_enabled(n > 0)
                on = ui.button("Next", icon="arrow_forward", on_click=lambda: self._go(1)).props("dense no-caps")
                on.set_enabled(n < len(lesson.steps) - 1)
                ui.link("Notes and handout", f"/print?lesson={quote(lesson.name)}", new_tab=True)
            self._text = ui.label().classes("text-body1").props("role=status")
            if who := self._step.who:
                life, kind = page_people.Window(self._s, self._place), life_customer.KINDS[who]
                show = ui.button(f"Show one who {kind}", on_click=lambda: life.first(kind))
                show.props("outline dense no-caps")
        self._tell()

    def _tell(self) -> None:
        """The text of the step, which may depend on how the run came out."""
        answer = self._s.answer
        if self._s.state.lesson not in self._known or not self._place.visible:
            return
        means = {}
        if answer is not None and answer.state == self._s.state.as_run() and self._s.covered is None:
            a, b = (views.lines(v, False) for v in answer.values)
            means = {name: (a[name].mean, b[name].mean) for name in a}
        step = self._step
        text = lessons.told(step, means, views.months(self._s.bases[0])) if means else step.text
        self._text.set_text(text)


def build_print(lesson: Lesson | None) -> None:
    """The page with a lesson's notes and its handout, which are printed each by itself."""
    ui.add_css(_PRINT)
    if lesson is None:
        ui.label("There is no such lesson.")
        return
    with ui.row().classes("cx-noprint"):
        for sheet, label in (("handout", "Print the handout"), ("notes", "Print the notes")):
            code = f"document.body.dataset.sheet = '{sheet}'; print()"
            ui.button(label, icon="print", on_click=lambda code=code: ui.run_javascript(code)).props("no-caps")
    with _sheet(lesson, "notes", "For whoever leads it"):
        ui.label(f"{lesson.minutes} minutes. Companies: {lesson.arms[0]} and {lesson.arms[1]}.")
        for k, step in enumerate(lesson.steps):
            with ui.element("p"):
                ui.label(f"{k + 1}. {_NAMES[step.kind]}. {step.text}")
                if step.question:
                    ui.label(f"Either: {step.question.if_so} Or: {step.question.if_not}").classes("q-pl-lg text-italic")
        for part in lessons.paragraphs(lesson.notes):
            ui.label(part)
    with _sheet(lesson, "handout", "Handout"):
        for part in lessons.paragraphs(lesson.handout):
            ui.label(part).classes("text-body1")
            ui.element("div").classes("cx-answer")


@contextmanager
def _sheet(lesson: Lesson, name: str, heading: str) -> Iterator[None]:
    with ui.column().classes(f"cx-sheet cx-sheet-{name}"):
        ui.label(lesson.title).classes("text-h4").props("role=heading aria-level=1")
        ui.label(f"{heading}. {lesson.about}").classes("text-h6").props("role=heading aria-level=2")
        yield
