"""One open page: what it shows, what it waits for, and what was sent to it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from cxsim.app import books, charts, people, silos, views
from cxsim.app.library import Library
from cxsim.app.runner import Runner, Superseded
from cxsim.app.state import LETTERS, State, pinned_state
from cxsim.app.views import Numbers
from cxsim.results import Runs
from cxsim.scenario import Scenario

REPLICATIONS = 8
"""Runs of each company once a slider rests; one while it moves."""
REST_SECONDS = 0.25
"""How long a slider rests, on top of the time of its last answer: where all is slow, no page's many runs add to it."""
CHARTED = "cumulative"
"""The quantity whose difference is drawn."""

Pair = tuple[Scenario, Scenario]
Rows = dict[str, dict[str, Numbers]]
T = TypeVar("T")


class Client(Protocol):
    """What a session needs of the browser's page: NiceGUI's client has it."""

    @property
    def is_deleted(self) -> bool:
        """Whether the page is gone for good."""

    def run_javascript(self, code: str) -> object:
        """Have the page do something."""


@dataclass(frozen=True)
class Answer:
    """Runs of both companies with the same luck, and their values; all else is there once the sliders rest."""

    state: State
    runs: tuple[Runs, Runs]
    values: tuple[views.Values, views.Values]
    crowd: tuple[Runs, Runs] | None = None
    firms: tuple[dict[str, Any], ...] = ()  # the silos of each company, as the page takes them
    money: dict[str, Any] = field(default_factory=dict)


@dataclass
class Session:
    """The state of one page, and the way of every change: at most one run is under way, and the last wish wins.

    ``on_change`` are called after the state was changed by anything but a slider, ``on_month`` after another month is
    shown, ``on_answer`` after every answer, with whether it is thorough, and ``on_fault`` with a message where there is
    none.
    """

    client: Client
    runner: Runner
    library: Library
    state: State
    bases: Pair = field(init=False)
    answer: Answer | None = None  # the last thorough one
    gesture: bool = False  # a slider is held, or was moved since it was released
    guess: Rows = field(default_factory=dict)  # a prediction that was revealed
    clock: str = ""  # identifier of the text on the page that says the month
    covered: int | None = None  # a class predicts: no figures, and nothing of B after this month
    on_change: list[Callable[[], None]] = field(default_factory=list)
    on_month: list[Callable[[], None]] = field(default_factory=list)
    on_answer: list[Callable[[bool], None]] = field(default_factory=list)
    on_fault: list[Callable[[str], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bases = self.library.pair(self.state.arms)
        self.state.scenarios(self.bases)  # whatever is wrong with it shows here
        if pinned := pinned_state(self.state.pinned, self.state.arms, self.library.names):
            pinned.scenarios(self.library.pair(pinned.arms))
        self.state = replace(self.state, month=min(self.state.month, self.bases[0].horizon_months))
        self._moved = asyncio.Event()
        self._sent: dict[str, Any] = {}
        self._ghost: Rows = {}
        self._axes: dict[str, tuple[float, float]] = {}
        self._pinned: tuple[str, Rows] = "", {}  # the address of a run, and its lines

    # What a page asks for

    def move(self, path: str, value: float, arm: int) -> None:
        """A slider was moved: answer at once with few runs, and with many when it rests. Raises ScenarioError."""
        state = self.state.moved(path, value, arm)
        if state == self.state:
            return
        state.scenarios(self.bases)
        self._released = False
        if not self.gesture:
            self.gesture = True
            self._keep_ghost()
        self.state = state
        self.ask()

    def release(self) -> None:
        """A slider was let go: once all is answered, the next move is another gesture (of keys, many make one)."""
        self._released = True
        self.gesture = self.gesture and self._settled != self._wish

    def change(self, state: State) -> None:
        """Show another state. Raises ScenarioError, and leaves all as it was, where it cannot be."""
        bases = self.library.pair(state.arms)
        state.scenarios(bases)
        month = min(state.month, bases[0].horizon_months)
        other = state.arms != self.state.arms
        self.state, self.bases = replace(state, month=month), bases
        if other:
            self._ghost = {}
        else:
            self._keep_ghost()
        self.show_month(month)
        self.ask()
        for told in self.on_change:
            told()

    def show_month(self, month: int) -> None:
        """Reveal the run up to a month."""
        self.state = replace(self.state, month=min(max(month, 0), self.bases[0].horizon_months))
        self.javascript(f"cx.month({self.state.month})")
        for told in self.on_month:
            told()

    def pin(self, on: bool) -> None:
        """Keep the run that is shown beside all later ones, or let it go."""
        self.state = replace(self.state, pinned=self.state.as_run().address() if on else "")
        self.ask()

    def cover(self, month: int | None) -> None:
        """Hide figures, tooltips and company B after a month; None shows them again."""
        self.covered = month
        self._sent.clear()
        self.javascript(f"cx.silent = {json.dumps(month is not None)}")
        if month is not None:
            self.javascript("cx.crowd('crowd B', {places: [], numbers: [], codes: ['']})")
            self.javascript("cx.firm('firm B', {})")
            self.javascript("cx.money({})")
        if self.answer:
            self._show(self.answer, True)

    def remember(self) -> None:
        """Put what is shown into the page's address, so that a reload or a link opens it again."""
        self.javascript(f"history.replaceState({{}}, '', {json.dumps('?' + self.state.address())})")

    def forget(self) -> None:
        """The page has none of its charts any more: all is to be sent again."""
        self._sent.clear()
        self.javascript("cx.charts = {}")
        if self.answer and self.answer.state.arms == self.state.arms:
            self._show(self.answer, True)

    @property
    def told(self) -> Answer | None:
        """The answer that lives and files are told of: of the companies that are shown, where nothing is covered."""
        answer = self.answer
        return answer if answer and self.covered is None and answer.state.arms == self.state.arms else None

    def ask(self) -> None:
        """Have what is shown computed, unless that is under way."""
        self._moved.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer(), name="answer")

    # How it is answered

    _task: asyncio.Task[None] | None = None
    _released: bool = False
    _settled: tuple[State, str] | None = None  # the wish that the page shows, where that is thorough

    @property
    def _wish(self) -> tuple[State, str]:
        """What decides all lines: the run, and the one that is pinned."""
        return self.state.as_run(), self.state.pinned

    async def _answer(self) -> None:
        quick: State | None = None
        while self._settled != self._wish:
            self._moved.clear()
            wish, asked = self._wish, time.monotonic()
            wanted, pinned = wish
            try:
                if self.gesture and wanted != quick and self._paired(wanted):
                    self._show(await self._done(partial(self._few, wanted), True), False)
                    quick, self._settled = wanted, None
                    await self._rest(REST_SECONDS + time.monotonic() - asked)
                else:
                    thorough = await self._done(partial(self._many, wanted, pinned), False)
                    if wish == self._wish:
                        self.answer, self._settled = thorough, wish
                        self.gesture = self.gesture and not self._released
                        self._show(thorough, True)
            except Superseded:
                continue
            except Exception as error:  # whatever it was: the page says so, and lives on
                self._settled = wish
                for told in self.on_fault:
                    told(f"{type(error).__name__}: {error}")

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._moved.wait(), seconds)
        except TimeoutError:
            return

    async def _done(self, task: Callable[[], T], quick: bool) -> T:
        future: Future[T] = self.runner.submit(task, quick)
        return await asyncio.wrap_future(future)

    def _paired(self, wanted: State) -> bool:
        """Whether the last answer has the same companies and luck: only what is paired with it can be put on top."""
        before = self.answer.state if self.answer else None
        return before is not None and (before.arms, before.seed) == (wanted.arms, wanted.seed)

    def _few(self, wanted: State) -> Answer:
        """One run each; on the runner's thread."""
        assert self.answer is not None
        before, runs, values = self.answer, [], []
        for k, scenario in enumerate(wanted.scenarios(self.bases)):
            old = before.runs[k]
            if scenario.hash == old.scenario.hash:
                runs.append(old)
                values.append(before.values[k])
                continue
            now = self.runner.runs(scenario, wanted.seed, 1)
            first = {name: array[:1] for name, array in before.values[k].items()}
            runs.append(now)
            values.append(views.foreseen(views.values(now), first, before.values[k]))
        return Answer(wanted, (runs[0], runs[1]), (values[0], values[1]))

    def _many(self, wanted: State, pinned: str) -> Answer:
        """All runs, and the people; on the runner's thread."""
        a, b = wanted.scenarios(self.bases)
        n = min(a.replications, REPLICATIONS)

        def still() -> bool:
            return wanted == self.state.as_run()

        if self._pinned[0] != pinned:
            self._pinned = pinned, self._pinned_rows(pinned_state(pinned, wanted.arms, self.library.names), n)
        runs = [self.runner.runs(s, wanted.seed, n, wanted=still) for s in (a, b)]
        panel = min(people.PANEL, a.customers)
        crowd = [self.runner.runs(s, wanted.seed, 1, panel, wanted=still) for s in (a, b)]
        values = [views.values(r) for r in runs]
        both, firms = (runs[0], runs[1]), tuple(silos.picture(r) for r in runs)
        return Answer(wanted, both, (values[0], values[1]), (crowd[0], crowd[1]), firms, books.picture(*both))

    def _pinned_rows(self, pinned: State | None, n: int) -> Rows:
        rows: Rows = {}
        if pinned is None:
            return rows
        for letter, scenario in zip("ab", pinned.scenarios(self.library.pair(pinned.arms)), strict=True):
            of = views.values(self.runner.runs(scenario, pinned.seed, n))
            for name, line in views.lines(of, False).items():
                rows.setdefault(name, {})[f"pinned {letter}"] = line.mean
        return rows

    # What is sent

    def _keep_ghost(self) -> None:
        if self.answer:
            self._ghost = {
                chart: {f"ghost {name}": rows[name] for name in ("a", "b", "d") if name in rows}
                for chart, rows in self._rows(self.answer, False).items()
            }

    def _rows(self, answer: Answer, bands: bool) -> Rows:
        a, b = (views.lines(v, bands) for v in answer.values)
        rows = {name: charts.drawn("a", a[name]) | charts.drawn("b", b[name]) for name in a}
        n = min(len(v[CHARTED]) for v in answer.values)
        one, two = ({CHARTED: v[CHARTED][:n] if bands else v[CHARTED].mean(axis=0)[None]} for v in answer.values)
        rows["difference"] = charts.drawn("d", views.lines(views.difference(one, two), bands)[CHARTED])
        return rows

    def _show(self, answer: Answer, thorough: bool) -> None:
        if self.client.is_deleted:
            return
        rows = self._rows(answer, thorough)
        address, pinned = self._pinned
        for kept in (self._ghost, pinned if address == self.state.pinned else {}, self.guess):
            for chart, more in kept.items():
                rows[chart] |= more
        for chart, (low, high) in self._ends(rows, thorough).items():
            self._axes[chart] = (low, high)
        parts = {
            chart: {"y": views.axis(self._axes[chart]), "rows": self._seen(own)} for chart, own in rows.items()
        }
        self.javascript(f"cx.put({json.dumps(self._new(parts))})")
        if thorough and answer.crowd:
            for letter, runs in zip(LETTERS, answer.crowd, strict=True):
                if self.covered is None or letter == "A":
                    self._send_crowd(letter, runs)
            for letter, firm in zip(LETTERS, answer.firms, strict=True):
                if self.covered is None or letter == "A":
                    self.javascript(f"cx.firm({json.dumps(f'firm {letter}')}, {json.dumps(firm)})")
            if self.covered is None:
                self.javascript(f"cx.money({json.dumps(answer.money)})")
        for told in self.on_answer:
            told(thorough)

    def _seen(self, rows: dict[str, Numbers]) -> dict[str, Numbers]:
        """While a class predicts, A, and B up to a month; what is not sent cannot be found on the page."""
        if self.covered is None:
            return rows
        known = [month <= self.covered for month in views.months(self.bases[0])]
        past = [x if k else None for x, k in zip(rows.get("b", []), known, strict=False)]
        return {name: row if name == "a" else past if name == "b" else [] for name, row in rows.items()}

    def _ends(self, rows: Rows, thorough: bool) -> dict[str, tuple[float, float]]:
        """Ends of the axes: as they were while a slider moves, unless a line needs more."""
        zero = {q.name: q.zero for q in views.quantities(self.bases[0])} | {"difference": True}
        if self.covered is not None:  # nothing of B may show in an axis
            return {chart: views.wide(own.get("a", []), zero[chart]) for chart, own in rows.items()}
        ends = {chart: views.span(held, zero[chart]) for chart, held in charts.spans(rows).items()}
        if not thorough:
            for chart, (low, high) in self._axes.items():
                own = ends[chart]
                ends[chart] = min(low, own[0]), max(high, own[1])
        return ends

    def _new(self, parts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        """Those parts that differ from what the page has; what it should have no longer is sent empty."""
        new: dict[str, Any] = {}
        for chart, part in parts.items():
            sent = self._sent.setdefault(chart, {})
            wanted = {name: [] for name in sent} | part["rows"]
            rows = {name: row for name, row in wanted.items() if sent.get(name) != row}
            sent |= rows
            if rows:
                new[chart] = {"y": part["y"], "rows": rows}
        return new

    def _send_crowd(self, letter: str, runs: Runs) -> None:
        """The dots of one company; where they stand is the same in both."""
        numbers = people.numbers(runs)
        told = {"places": people.places(len(numbers)), "numbers": numbers, "codes": people.codes(runs)}
        if self._sent.get(f"crowd {letter}") != told["codes"]:
            self._sent[f"crowd {letter}"] = told["codes"]
            self.javascript(f"cx.crowd({json.dumps(f'crowd {letter}')}, {json.dumps(told)})")

    def javascript(self, code: str) -> None:
        """Have the page do something, unless it is gone."""
        if not self.client.is_deleted:
            self.client.run_javascript(code)
