"""Predict first: a strip above the charts in which a class commits itself before company B is shown."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from cxsim.app import views
from cxsim.app.kept import Kept
from cxsim.app.predict import LONGEST_NAME, LONGEST_WHY, Prediction, between, clean, held
from cxsim.app.session import CHARTED, Session


class Predict:
    """The strip: what to predict, by whom; keep, look at a year, reveal, and say why."""

    def __init__(self, session: Session, kept: Kept) -> None:
        self._s, self._kept, self._board = session, kept, kept.board
        self._following = False  # fields follow a curve, and are not typed in
        self._shown = "", False  # the chart that stands first, and whether the people are out of its way
        self._why: ui.textarea | None = None  # while it is told how far off guesses were
        self._guess: tuple[float | None, ...] | None = None
        self._quantity = "cumulative"
        self.places: dict[str, ui.element] = {}  # of the charts, by quantity

    def build(self) -> None:
        """An empty place; :meth:`begin` fills it."""
        self._place = ui.column().classes("w-full q-pa-sm bg-blue-1").props('role=region aria-label="Prediction"')
        self._place.set_visibility(False)

    def begin(self, quantity: str = "") -> None:
        """Cover company B, and ask for a guess."""
        session = self._s
        if self._why is not None:
            self.end()
        self._quantity = quantity or self._quantity
        self._guess = None
        session.guess = {}
        session.cover(0)
        session.show_month(session.bases[0].horizon_months)
        self._place.clear()
        self._place.set_visibility(True)
        with self._place:
            self._ask()
        self.large(self._quantity, alone=True)
        self._hand()

    def again(self) -> None:
        """The charts are new ones: that which is predicted is drawn on, as before."""
        self.large(*self._shown)
        if self._asking:
            self._hand()
            self._draw()

    @property
    def _asking(self) -> bool:
        return self._place.visible and self._why is None

    @property
    def _companies(self) -> str:
        return " and ".join(self._s.state.arms)

    def large(self, quantity: str, alone: bool = False) -> None:
        """One chart stands first, and large, or none; ``alone`` puts the people out of its way."""
        self._shown = quantity, alone
        beside = "difference" if quantity == CHARTED and not alone else ""
        for name, place in self.places.items():
            place.classes(add="cx-first") if name == quantity else place.classes(remove="cx-first")
            place.classes(add="cx-beside") if name == beside else place.classes(remove="cx-beside")
        main = self._place.parent_slot.parent if self._place.parent_slot else self._place
        main.classes(add="cx-predicting") if alone else main.classes(remove="cx-predicting")

    def end(self) -> None:
        """Show everything again; a round that was revealed is over."""
        if self._why is not None:
            self._next(str(self._why.value or ""))
        self._place.set_visibility(False)
        self._s.guess = {}
        self.large("")
        self._s.javascript("cx.guess(null)")
        self._s.cover(None)

    def settle(self) -> None:
        """Show B, and what was predicted beside it: revealed with the gaps where there is something to compare."""
        if not self._asking:
            self._s.cover(None)
        elif self._guess is not None or self._board.now(self._companies):
            self._reveal()
        else:
            self.end()

    def tell(self) -> None:
        """What was predicted is told if it was not yet; after that only its curve stays."""
        if self._asking:
            self.settle()
        elif self._why is not None:
            guess = self._s.guess
            self.end()
            self._s.guess = guess
            self._s.cover(None)

    def drawn(self, quantity: str, points: object) -> None:
        """A curve was drawn, or a point of it dragged: the fields say where it is."""
        months = views.months(self._s.bases[0])
        curve = clean(points, len(months))
        if curve and self._s.covered is not None and quantity == self._quantity:
            self._guess = held(curve, months)
            self._fill(dict(zip(months, self._guess, strict=True)))
            if self._guess != curve:
                self._draw()

    def _fill(self, curve: dict[int, float | None]) -> None:
        self._following = True
        for month, field in self._typed.items():
            value = curve.get(month)
            field.set_value(None if value is None else float(f"{value:.3g}"))
        self._following = False

    def _ask(self) -> None:
        known = {q.name: q for q in views.quantities(self._s.bases[0])}
        with ui.row().classes("w-full items-center"):
            ui.label(f"Round {self._board.round}: where will B go?").classes("text-weight-bold")
            offered = {name: f"{q.title}, {q.unit}" for name, q in known.items()}
            choice = ui.select(offered, value=self._quantity, label="Predict")
            choice.props("dense outlined options-dense").on_value_change(lambda e: self.begin(str(e.value)))
            self._table = ui.input("Table", value="The class").props(f"dense outlined maxlength={LONGEST_NAME}")
            self._table.classes("w-44")
            ui.label("Draw B's curve and drag its points, or type it:").classes("text-body2")
            self._typed = {}
            for month in range(12, self._s.bases[0].horizon_months + 1, 12):
                typed = ui.number(f"month {month}", on_change=self._type).props("dense outlined").classes("w-24")
                self._typed[month] = typed
        with ui.row().classes("w-full items-center"):
            ui.button("Keep this prediction", on_click=self._keep).props("no-caps dense")
            ui.button("Show year 1 of B", on_click=self._year).props("no-caps dense flat")
            ui.button("Reveal", on_click=self._reveal).props("no-caps dense color=secondary")
            ui.button("Stop predicting", on_click=self.end).props("no-caps dense flat")
            self._said = ui.label(self._told()).classes("text-body2").props("role=status")

    def _type(self) -> None:
        if self._following:
            return
        points = {m: float(f.value) for m, f in self._typed.items() if isinstance(f.value, (int, float))}
        curve = between(points, views.months(self._s.bases[0]))
        self._guess = clean([*curve], len(curve))
        self._draw()

    def _draw(self) -> None:
        """Put the curve on its chart, and make room for it."""
        curve = [*(self._guess or ())]
        part: dict[str, Any] = {"rows": {"guess": curve}}
        if self._s.answer:
            zero = next(q.zero for q in views.quantities(self._s.bases[0]) if q.name == self._quantity)
            a = views.lines(self._s.answer.values[0], False)[self._quantity].mean
            low, high = views.wide(a, zero)
            guessed = [x for x in curve if x is not None]
            part["y"] = views.axis((min([low, *guessed]), max([high, *guessed])))
        self._s.javascript(f"cx.put({json.dumps({self._quantity: part})})")

    def _year(self) -> None:
        self._s.cover(12)
        self._draw()

    def _hand(self) -> None:
        self._s.javascript(f"cx.guess({json.dumps(self._quantity)})")

    def _told(self) -> str:
        tables = [p.table for p in self._board.now(self._companies)]
        return f"Kept: {', '.join(tables)}." if tables else "No prediction is kept yet."

    def _keep(self) -> None:
        if self._guess is None:
            ui.notify("Draw a curve first, or type numbers.")
            return
        unit = {q.name: q.unit for q in views.quantities(self._s.bases[0])}[self._quantity]
        before = len(self._board.now(self._companies))
        one = self._board.keep(self._companies, str(self._table.value or ""), self._quantity, unit, self._guess)
        if len(self._board.now(self._companies)) == before:
            ui.notify(f"This takes the place of what {one.table} had predicted before.")
        self._save()
        self._said.set_text(self._told())
        self._fill({})
        self._guess = None
        self._hand()

    def _save(self) -> None:
        try:
            self._kept.save()
        except OSError as error:  # what was predicted is here all the same, as long as the server runs
            ui.notify(f"Kept only while the server runs: {error}", type="warning", timeout=0, close_button="Close")

    def _reveal(self) -> None:
        if self._guess is not None:
            self._keep()
        answer = self._s.answer
        if not self._board.now(self._companies):
            ui.notify("Keep a prediction first.")
            return
        if answer is None or answer.state != self._s.state.as_run():
            ui.notify("What came out is still being computed.")
            return
        came_out = {name: line.mean for name, line in views.lines(answer.values[1], False).items()}
        scored = self._board.score(self._companies, came_out)
        self._save()
        self._quantity = scored[0].quantity
        self._s.guess = {self._quantity: {"guess": [*scored[0].guess]}}
        self._s.javascript("cx.guess(null)")
        self._s.cover(None)
        self.large(self._quantity, alone=True)
        self._place.clear()
        with self._place:
            self._results(scored)

    def _results(self, scored: list[Prediction]) -> None:
        with ui.row().classes("items-baseline"):
            ui.label(f"Round {self._board.round}: how far off").classes("text-weight-bold")
            if scored[0].score:
                ui.label(f"The nearest is {scored[0].table}; its curve is the dotted one.").classes("text-body2")
        titles = {q.name: q.title for q in views.quantities(self._s.bases[0])}
        rows = []
        for p in scored:
            s = p.score
            gap = "nothing to compare" if s is None else f"{_number(abs(s.last))} too {'high' if s.last > 0 else 'low'}"
            rows.append({
                "table": p.table,
                "what": f"{titles.get(p.quantity, p.quantity)}, {p.unit}",
                "guessed": _number(s.guessed) if s else "",
                "came": _number(s.came_out) if s else "",
                "gap": gap,
                "mean": _number(s.mean) if s else "",
            })  # fmt: skip
        names = {"table": "Table", "what": "Of B", "guessed": "Guessed", "came": "Came out", "gap": "At the end",
                 "mean": "Off on average"}  # fmt: skip
        columns: list[dict[str, Any]] = [{"name": k, "label": v, "field": k, "align": "left"} for k, v in names.items()]
        ui.table(rows=rows, columns=columns, row_key="table").props("dense flat hide-pagination").classes("w-full")
        self._why = ui.textarea("Why? What did the model do that nobody thought of?").props(
            f"dense outlined autogrow maxlength={LONGEST_WHY}"
        )
        self._why.classes("w-full")
        with ui.row():
            ui.button("Next round", on_click=self._again).props("no-caps dense")
            ui.button("All predictions (CSV)", on_click=self._download).props("no-caps dense flat")
            ui.button("Close", on_click=self.end).props("no-caps dense flat")

    def _again(self) -> None:
        self.end()
        self.begin()

    def _next(self, why: str) -> None:
        self._why = None
        self._board.next_round(why)
        self._save()

    def _download(self) -> None:
        ui.download.content(self._board.table().encode("utf-8-sig"), "predictions.csv", "text/csv")


def _number(value: float) -> str:
    return f"{value:,.{max(0, 3 - sum(abs(value) >= k for k in (1, 10, 100)))}f}"
