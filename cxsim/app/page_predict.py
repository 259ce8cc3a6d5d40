"""Predict first: a strip above the charts in which a class commits itself before company B is shown."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from cxsim.app import views
from cxsim.app.predict import LONGEST_NAME, LONGEST_WHY, Board, Prediction, between, clean
from cxsim.app.session import Session


class Predict:
    """The strip: what to predict, by whom; keep, look at a year, reveal, and say why."""

    def __init__(self, session: Session, board: Board) -> None:
        self._s, self._board = session, board
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
        self._quantity = quantity or self._quantity
        self._guess = None
        session.guess = {}
        session.cover(0)
        session.show_month(session.bases[0].horizon_months)
        self._place.clear()
        self._place.set_visibility(True)
        with self._place:
            self._ask()
        self._large(True)
        self._hand()

    def _large(self, on: bool) -> None:
        """The chart that is predicted stands first, and large; the people are out of the way."""
        for name, place in self.places.items():
            first = on and name == self._quantity
            place.classes(add="cx-first") if first else place.classes(remove="cx-first")
        main = self._place.parent_slot.parent if self._place.parent_slot else self._place
        main.classes(add="cx-predicting") if on else main.classes(remove="cx-predicting")

    def end(self) -> None:
        """Show everything again."""
        self._place.set_visibility(False)
        self._s.guess = {}
        self._large(False)
        self._s.javascript("cx.guess(null)")
        self._s.cover(None)

    def settle(self) -> None:
        """Show B, and what was predicted beside it: revealed with the gaps where there is something to compare."""
        if self._guess is not None or self._board.now():
            self._reveal()
        else:
            self.end()

    def drawn(self, quantity: str, points: object) -> None:
        """A curve was drawn by hand."""
        curve = clean(points, len(views.months(self._s.bases[0])))
        if curve and self._s.covered is not None and quantity == self._quantity:
            self._guess = curve

    def _ask(self) -> None:
        known = {q.name: q for q in views.quantities(self._s.bases[0])}
        with ui.row().classes("w-full items-center"):
            ui.label(f"Round {self._board.round}: where will B go?").classes("text-weight-bold")
            choice = ui.select({n: q.title for n, q in known.items()}, value=self._quantity, label="Predict")
            choice.props("dense outlined options-dense").on_value_change(lambda e: self.begin(str(e.value)))
            self._table = ui.input("Table", value="The class").props(f"dense outlined maxlength={LONGEST_NAME}")
            ui.label("Draw B's curve on its chart, or type it:").classes("text-body2")
            self._typed = {}
            for month in range(12, self._s.bases[0].horizon_months + 1, 12):
                typed = ui.number(f"month {month}", on_change=self._type).props("dense outlined").classes("w-24")
                self._typed[month] = typed
        with ui.row().classes("w-full items-center"):
            ui.button("Keep this prediction", on_click=self._keep).props("no-caps dense")
            ui.button("Show year 1 of B", on_click=lambda: self._s.cover(12)).props("no-caps dense flat")
            ui.button("Reveal", on_click=self._reveal).props("no-caps dense color=secondary")
            ui.button("Stop predicting", on_click=self.end).props("no-caps dense flat")
            self._said = ui.label(self._told()).classes("text-body2").props("role=status")

    def _type(self) -> None:
        points = {m: float(f.value) for m, f in self._typed.items() if isinstance(f.value, (int, float))}
        self._guess = between(points, views.months(self._s.bases[0])) if points else None
        self._draw(self._guess or ())

    def _draw(self, curve: tuple[float | None, ...]) -> None:
        part = {self._quantity: {"rows": {"guess": list(curve)}}}
        self._s.javascript(f"cx.put({json.dumps(part)})")

    def _hand(self) -> None:
        self._s.javascript(f"cx.guess({json.dumps(self._quantity)})")

    def _told(self) -> str:
        tables = [p.table for p in self._board.now()]
        return f"Kept: {', '.join(tables)}." if tables else "No prediction is kept yet."

    def _keep(self) -> None:
        if self._guess is None:
            ui.notify("Draw a curve first, or type numbers.")
            return
        unit = {q.name: q.unit for q in views.quantities(self._s.bases[0])}[self._quantity]
        self._board.keep(str(self._table.value or ""), self._quantity, unit, self._guess)
        self._said.set_text(self._told())
        for field in self._typed.values():
            field.set_value(None)
        self._guess = None
        self._hand()

    def _reveal(self) -> None:
        if self._guess is not None:
            self._keep()
        answer = self._s.answer
        if answer is None or not self._board.now():
            ui.notify("Keep a prediction first.")
            return
        came_out = {name: line.mean for name, line in views.lines(answer.values[1], False).items()}
        scored = self._board.score(came_out)
        self._quantity = scored[0].quantity
        self._s.guess = {self._quantity: {"guess": [*scored[0].guess]}}
        self._s.javascript("cx.guess(null)")
        self._s.cover(None)
        self._place.clear()
        with self._place:
            self._results(scored)

    def _results(self, scored: list[Prediction]) -> None:
        ui.label(f"Round {self._board.round}: how far off").classes("text-weight-bold")
        titles = {q.name: q.title for q in views.quantities(self._s.bases[0])}
        rows = []
        for p in scored:
            s = p.score
            gap = "nothing to compare" if s is None else f"{_number(abs(s.last))} too {'high' if s.last > 0 else 'low'}"
            rows.append({
                "table": p.table,
                "what": f"{titles[p.quantity]}, {p.unit}",
                "guessed": _number(s.guessed) if s else "",
                "came": _number(s.came_out) if s else "",
                "gap": gap,
                "mean": _number(s.mean) if s else "",
            })  # fmt: skip
        names = {"table": "Table", "what": "Of B", "guessed": "Guessed", "came": "Came out", "gap": "At the end",
                 "mean": "Off on average"}  # fmt: skip
        columns: list[dict[str, Any]] = [{"name": k, "label": v, "field": k, "align": "left"} for k, v in names.items()]
        ui.table(rows=rows, columns=columns, row_key="table").props("dense flat hide-pagination").classes("w-full")
        why = ui.textarea("Why? What did the model do that nobody thought of?").props(
            f"dense outlined autogrow maxlength={LONGEST_WHY}"
        )
        why.classes("w-full")
        with ui.row():
            ui.button("Next round", on_click=lambda: self._again(str(why.value or ""))).props("no-caps dense")
            ui.button("All predictions (CSV)", on_click=self._download).props("no-caps dense flat")
            ui.button("Close", on_click=lambda: self._close(str(why.value or ""))).props("no-caps dense flat")

    def _again(self, why: str) -> None:
        self._board.next_round(why)
        self.begin()

    def _close(self, why: str) -> None:
        self._board.next_round(why)
        self.end()

    def _download(self) -> None:
        ui.download.content(self._board.table().encode("utf-8-sig"), "predictions.csv", "text/csv")


def _number(value: float) -> str:
    return f"{value:,.{max(0, 2 - (abs(value) >= 10) - (abs(value) >= 100))}f}"
