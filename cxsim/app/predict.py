"""Predict first: what tables of a class guessed, round by round, and how far off they were."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cxsim.app.views import Numbers

MOST = 400
"""Predictions kept; older ones make room."""
LONGEST_NAME, LONGEST_WHY = 40, 600
NEARLY_MONTHS = 6
"""A curve drawn by hand that stops so shortly before the end was meant to go on to it."""


@dataclass(frozen=True, slots=True)
class Score:
    """How far a guess was from what came out: its mean over periods, unsigned, and at the last one, signed."""

    mean: float
    last: float
    guessed: float
    came_out: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """A guess of company B's curve by one table; ``companies`` says between which two."""

    round: int
    companies: str
    table: str
    quantity: str
    unit: str
    guess: tuple[float | None, ...]
    score: Score | None = None


@dataclass
class Board:
    """The predictions of a class, whatever becomes of the page."""

    round: int = 1
    kept: list[Prediction] = field(default_factory=list)
    why: dict[int, str] = field(default_factory=dict)

    def keep(
        self, companies: str, table: str, quantity: str, unit: str, guess: Sequence[float | None]
    ) -> Prediction:
        """Keep a guess in the present round, in the place of an earlier one of the same table and quantity."""
        name = " ".join(_writable(table).split())[:LONGEST_NAME] or "The class"
        one = Prediction(self.round, companies, name, quantity, unit, tuple(guess))
        same = (one.round, one.companies, one.table, one.quantity)
        others = [p for p in self.kept if (p.round, p.companies, p.table, p.quantity) != same]
        self.kept = [*others[1 - MOST :], one]
        return one

    def now(self, companies: str) -> list[Prediction]:
        """Those of the present round about these two."""
        return [p for p in self.kept if (p.round, p.companies) == (self.round, companies)]

    def score(self, companies: str, came_out: dict[str, Numbers]) -> list[Prediction]:
        """Score those of the present round about these two, the nearest first."""
        now = self.now(companies)
        scored = [replace(p, score=score(p.guess, came_out.get(p.quantity, []))) for p in now]
        self.kept = [p for p in self.kept if p not in now] + scored
        return sorted(scored, key=lambda p: p.score.mean if p.score else float("inf"))

    def next_round(self, why: str) -> None:
        """Begin another round, and keep what the class said of this one."""
        if why.strip():
            self.why[self.round] = _writable(why).strip()[:LONGEST_WHY]
        rounds = {p.round for p in self.kept}
        self.why = {k: text for k, text in self.why.items() if k in rounds}
        self.round += 1

    def table(self) -> str:
        """All that is kept, as CSV."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        numbers = ["guessed_last", "came_out_last", "gap_last", "gap_mean"]
        rows.writerow(["round", "companies", "table", "quantity", "unit", *numbers, "why"])
        for p in self.kept:
            s = p.score
            numbers = [f"{x:.6g}" for x in (s.guessed, s.came_out, s.last, s.mean)] if s else [""] * 4
            what = [p.round, _safe(p.companies), _safe(p.table), p.quantity, p.unit]
            rows.writerow([*what, *numbers, _safe(self.why.get(p.round, ""))])
        return text.getvalue()


def score(guess: Sequence[float | None], came_out: Numbers) -> Score | None:
    """How far off a guess is, over the periods for which there is one; None where there is none at all."""
    both = zip(guess, came_out, strict=False)  # a scenario may have become shorter since it was predicted
    pairs = [(g, c) for g, c in both if g is not None and c is not None]
    if not pairs:
        return None
    guessed, last = pairs[-1]
    return Score(sum(abs(g - c) for g, c in pairs) / len(pairs), guessed - last, guessed, last)


def clean(points: object, n: int) -> tuple[float | None, ...] | None:
    """A curve that a page has sent, if it is one: ``n`` numbers or gaps, one number at least."""
    if not isinstance(points, list) or len(points) != n:
        return None
    if not all(p is None or (isinstance(p, (int, float)) and abs(p) < 1e15) for p in points):
        return None
    return tuple(points) if any(p is not None for p in points) else None


def between(points: dict[int, float], months: Sequence[int]) -> tuple[float | None, ...]:
    """A curve through numbers that were typed at some months; nothing before the first and after the last."""
    known = sorted(points.items())
    curve: list[float | None] = []
    for month in months:
        later = next(((m, v) for m, v in known if m >= month), None)
        earlier = next(((m, v) for m, v in reversed(known) if m <= month), None)
        if later is None or earlier is None:
            curve.append(None)
        elif later[0] == earlier[0]:
            curve.append(later[1])
        else:
            share = (month - earlier[0]) / (later[0] - earlier[0])
            curve.append(earlier[1] * (1 - share) + later[1] * share)
    return tuple(curve)


def _writable(text: str) -> str:
    """A text that can be written to a file: halves of a character are not."""
    return text.encode("utf-8", "replace").decode("utf-8")


def held(curve: tuple[float | None, ...], months: Sequence[int]) -> tuple[float | None, ...]:
    """A curve that nearly reaches the end, held at its last value to the end; any other as it is."""
    k, last = max((k, x) for k, x in enumerate(curve) if x is not None)
    if months[-1] - months[k] > NEARLY_MONTHS:
        return curve
    return (*curve[: k + 1], *[last] * (len(curve) - k - 1))


def _safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t" and text else text
