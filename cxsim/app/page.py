"""The page as a whole: two companies side by side, their levers, their charts, and time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import Request
from nicegui import app, ui
from nicegui.client import Client
from nicegui.events import EChartPointClickEventArguments, GenericEventArguments

from cxsim.app import (
    charts,
    page_lessons,
    page_levers,
    page_people,
    page_predict,
    page_take,
    page_time,
    people,
    silos,
    views,
)
from cxsim.app.guard import HOST, Guard
from cxsim.app.kept import Kept
from cxsim.app.lessons import Lesson
from cxsim.app.library import Library
from cxsim.app.life_customer import Customer
from cxsim.app.life_silo import Silo
from cxsim.app.runner import Runner
from cxsim.app.session import CHARTED, Session
from cxsim.app.state import LETTERS, MOST_SEED, State, from_address
from cxsim.record import SILOS
from cxsim.report import style
from cxsim.scenario import ScenarioError

MOST_PAGES = 40
"""Pages open at once: a class on one machine, and no more than its memory holds."""
RECONNECT_SECONDS = 30.0
_HERE = Path(__file__).parent
_SCRIPTS = ("page.js", *(f"page_{what}.js" for what in ("lines", "guess", "people", "silos", "money")))


def run(library: Library, known: dict[str, Lesson], kept: Kept, port: int, show: bool, largest: int) -> None:
    """Serve the page until interrupted."""
    runner = Runner()

    def open_page(request: Request) -> None:
        _open(request, Shared(runner, library, kept, known))

    def open_print(lesson: str = "") -> None:
        page_lessons.build_print(known.get(lesson))

    app.add_middleware(Guard, port=port)
    ui.page("/", title="cxsim", response_timeout=60)(open_page)
    ui.page("/print", title="cxsim: notes and handout")(open_print)
    ui.run(
        host=HOST,
        port=port,
        title="cxsim",
        language="en-US",
        reload=False,
        show=show,
        show_welcome_message=False,
        reconnect_timeout=RECONNECT_SECONDS,
        message_history_length=100,
        ws_max_size=largest,
        server_header=False,
    )


@dataclass(frozen=True)
class Shared:
    """What all pages of a server have in common."""

    runner: Runner
    library: Library
    kept: Kept
    lessons: dict[str, Lesson]


def _open(request: Request, shared: Shared) -> None:
    runner, library = shared.runner, shared.library
    if len(Client.instances) > MOST_PAGES:
        ui.label(f"{MOST_PAGES} pages are open already: close one, and load this one again.").classes("q-pa-md")
        return
    said = ""
    try:
        state = from_address(request.url.query, library.first, library.names)
        session = Session(ui.context.client, runner, library, state)
    except ScenarioError as error:  # the page opens anyway, and says what it did not understand
        said = f"{error}. The page shows its first two companies instead."
        session = Session(ui.context.client, runner, library, State(library.first))
    Page(session, shared).build(said)


class Live(ui.echart):
    """A chart whose data the page puts in by itself (page.js).

    NiceGUI would set its options anew, without them, whenever something else of it is updated, its classes say.
    """

    def __init__(self, options: charts.Options, **more: Any) -> None:
        super().__init__(options, **more)
        self._update_method = None


class Page:
    """The parts of a page that have to change together."""

    def __init__(self, session: Session, shared: Shared) -> None:
        self._s = session
        self._following = False
        self._predict = page_predict.Predict(session, shared.kept)
        self._time = page_time.Time(session)
        self._guide = page_lessons.Guide(session, shared.lessons, self._predict, self._time)

    def build(self, said: str) -> None:
        """Put the page together, and ask for the first answer."""
        session = self._s
        ui.colors(primary=style.COLOURS[0], secondary=style.darker(style.COLOURS[1], 0.85), accent=style.INK)
        ui.add_css(_HERE / "page.css")
        for script in _SCRIPTS:
            ui.add_head_html(f"<script>{(_HERE / script).read_text(encoding='utf-8')}</script>")
        levers = page_levers.Levers(session)
        with ui.left_drawer(value=None, bordered=True, fixed=True).props("width=300 breakpoint=900") as drawer:
            levers.build()
        with ui.header(elevated=False).classes("cx-bar bg-white text-black items-center").props("bordered"):
            self._bar(drawer)
        self._fault = ui.label(said).classes("bg-negative text-white q-px-md q-py-xs w-full").props("role=alert")
        self._fault.set_visibility(bool(said))
        self._passing = False
        self._main = ui.column().classes("cx-main")
        self._time.build()
        with self._main:
            self._guide.build()
            self._predict.build()
            self._companies()
        session.on_fault.append(self._say)
        session.on_answer.append(self._answered)
        session.on_change.append(self._changed)
        self._look()
        self._guide.resume()
        session.ask()

    def _bar(self, drawer: ui.left_drawer) -> None:
        session = self._s
        ui.button(icon="tune", on_click=drawer.toggle).props('flat dense aria-label="Show or hide the levers"')
        ui.label("cxsim").classes("text-weight-bold").props("role=heading aria-level=1")
        self._arms = []
        for k, letter in enumerate(LETTERS):
            choice = ui.select([*session.library.names], value=session.state.arms[k], label=f"Company {letter}")
            choice.props("dense options-dense outlined").classes("w-44 cx-tool").on_value_change(self._choose)
            self._arms.append(choice)
        self._seed = ui.number("Luck", value=session.state.seed, min=0, max=MOST_SEED, step=1, on_change=self._choose)
        self._seed.props("dense outlined debounce=300").classes("w-20 cx-tool")
        self._seed.tooltip("Another number is another draw of the same luck for both companies.")
        ui.space()
        self._status = ui.label("computing").classes("cx-note").props("role=status")
        self._guide.menu()
        predict = ui.button("Predict", icon="draw", on_click=lambda: self._predict.begin()).props("flat dense no-caps")
        predict.tooltip("Covers company B until the class has said where its curve will go.")
        self._pin = ui.button("Pin", icon="push_pin", on_click=self._toggle_pin).props("flat dense no-caps")
        self._pin.classes("cx-tool")
        self._pin.tooltip("Keeps this run as a dotted line beside all later ones.")
        page_take.Take(session).build()
        projector = ui.button("Projector", icon="co_present", on_click=self._projector).props("flat dense no-caps")
        projector.props('aria-label="Projector"')
        projector.tooltip("Large type and no controls but time; the button at the left brings them back.")
        ui.button("Reset", icon="restart_alt", on_click=self._reset).props("flat dense no-caps").classes("cx-tool")
        self._drawer = drawer

    @ui.refreshable_method
    def _companies(self) -> None:
        session = self._s
        size = 17 if session.state.projector else 12
        x = views.months(session.bases[0])
        self._ids: dict[str, int] = {}
        with ui.element("section").classes("cx-arms").props('aria-label="The two companies and the same people"'):
            for k, letter in enumerate(LETTERS):
                with ui.element("div").classes("cx-arm").style(f"border-color: {charts.HUES[k]}"):
                    heading = ui.label(f"{letter}  {session.bases[k].title}").classes("text-weight-bold")
                    heading.props("role=heading aria-level=2")
                    chart = Live(charts.crowd(size), on_point_click=self._clicked).classes("cx-crowd")
                    chart.props(f'role=img aria-label="Company {letter}: a dot for each of the same people"')
                    self._ids[f"crowd {letter}"] = chart.id
        page_people.Window(session, self._main).build(True)
        ui.label(people.WAVERING).classes("cx-note cx-ask")
        with ui.element("section").classes("cx-charts").props('aria-label="Charts"'):
            for q in views.quantities(session.bases[0]):
                self._chart(q.name, charts.line_chart(q, x, size), q.about, f"{q.title}, {q.unit}")
            about = "What B has earned more than A since the opening, with the same customers and the same luck."
            title = f"Difference in {CHARTED} profit, {views.money(session.bases[0])[1]}"
            self._chart("difference", charts.difference_chart(title, x, size), about, title)
        ui.label(views.BANDS).classes("cx-note")
        self._waterfall(size)
        self._silos(size)
        self._start(x)
        self._predict.again()

    def _waterfall(self, size: int) -> None:
        about = "What B has earned more than A, split by the accounts of both firms; together they are all of it."
        with ui.element("section").classes("w-full cx-ask").props('aria-label="Where the money went"'):
            chart = Live(charts.waterfall(size)).classes("cx-waterfall")
            chart.props(f'role=img aria-label="Where the money went. {about}"')
            ui.label(about).classes("cx-note")
        self._ids["waterfall"] = chart.id

    def _silos(self, size: int) -> None:
        with ui.element("section").classes("cx-arms").props('aria-label="The silos of both companies"'):
            for k, letter in enumerate(LETTERS):
                with ui.element("div").classes("cx-arm").style(f"border-color: {charts.HUES[k]}"):
                    heading = ui.label(f"{letter}  Silos: the darker, the more exhausted").classes("text-weight-bold")
                    heading.props("role=heading aria-level=2")
                    chart = Live(charts.firm(size)).classes("cx-firm")
                    chart.on("componentClick", self._silo, ["name", "dataType"])  # a silo is no point: it has no value
                    chart.props(f'role=img aria-label="Silos of company {letter}: load, work waiting, exhaustion"')
                    self._ids[f"firm {letter}"] = chart.id
        ui.label(silos.MEANING).classes("cx-note")
        page_people.Window(self._s, self._main).build(False)

    def _chart(self, name: str, options: charts.Options, about: str, label: str) -> None:
        with ui.element("div") as place:
            chart = Live(options).classes("cx-chart").props(f'role=img aria-label="{label}. {about}"')
            ui.label(about).classes("cx-note")
        chart.on("guessed", lambda event: self._predict.drawn(name, event.args))
        self._ids[name] = chart.id
        self._predict.places[name] = place

    def _start(self, x: list[int]) -> None:
        states = [{"id": s.name, "title": s.title, "about": s.about} for s in people.STATES]
        told = {"ids": self._ids, "x": x, "now": self._s.state.month, "states": states, "clock": self._s.clock}
        self._s.javascript(f"cx.start({json.dumps(told)})")

    # What happens

    def _clicked(self, event: EChartPointClickEventArguments) -> None:
        """A dot was clicked."""
        place = event.value
        if isinstance(place, list) and len(place) == 3 and isinstance(place[2], int):
            page_people.Window(self._s, self._main).show(Customer(place[2]))

    def _silo(self, event: GenericEventArguments) -> None:
        """A silo was clicked, or a tie between two."""
        if event.args.get("dataType") == "node" and event.args.get("name") in SILOS:
            page_people.Window(self._s, self._main).show(Silo(event.args["name"]))

    def _choose(self) -> None:
        state, seed = self._s.state, self._seed.value
        arms = (str(self._arms[0].value), str(self._arms[1].value))
        if self._following or (arms == state.arms and seed == state.seed) or seed is None:
            return
        if not 0 <= seed <= MOST_SEED:
            self._say(f"Luck must be a whole number up to {MOST_SEED}.")
            return
        new = replace(state, seed=int(seed)) if arms == state.arms else State(arms, seed=state.seed, month=600)
        self._try(new)

    def _try(self, state: State) -> None:
        try:
            self._s.change(state)
        except (ScenarioError, ValueError) as error:
            self._say(str(error))
            self._changed()

    def _toggle_pin(self) -> None:
        self._s.pin(not self._s.state.pinned)

    def _reset(self) -> None:
        state = self._s.state
        self._fault.set_visibility(False)
        self._try(State(state.arms, seed=state.seed, month=state.month, projector=state.projector))

    def _projector(self) -> None:
        self._try(replace(self._s.state, projector=not self._s.state.projector))

    def _say(self, message: str) -> None:
        self._passing = True  # until there is an answer
        self._fault.set_text(message)
        self._fault.set_visibility(True)

    def _changed(self) -> None:
        """The state is another one: controls follow, and charts where there are others."""
        state = self._s.state
        self._following = True  # one after the other: what they say in between is nobody's wish
        for choice, name in zip(self._arms, state.arms, strict=True):
            choice.set_value(name)
        self._seed.set_value(state.seed)
        self._following = False
        if self._s.answer is None or self._s.answer.state != state.as_run():
            self._status.set_text("computing")
        shown = state.arms, state.projector
        if shown != self._looked:
            self._look(again=state.projector != self._looked[1])
            self._s.forget()
            self._companies.refresh()
        self._s.remember()

    def _look(self, again: bool = False) -> None:
        state = self._s.state
        self._looked = state.arms, state.projector
        self._main.classes(add="cx-projector") if state.projector else self._main.classes(remove="cx-projector")
        ui.query("body").classes(add="cx-large") if state.projector else ui.query("body").classes(remove="cx-large")
        if state.projector:
            self._drawer.hide()
        elif again:
            self._drawer.show()

    def _answered(self, thorough: bool) -> None:
        session = self._s
        if not thorough:
            self._status.set_text("1 run each, bands when it rests")
            return
        if self._passing:
            self._fault.set_visibility(False)
        n = len(session.answer.runs[0].records) if session.answer else 0
        self._status.set_text(f"{n} paired runs each")
        self._pin.set_text("Unpin" if session.state.pinned else "Pin")
        self._s.remember()
