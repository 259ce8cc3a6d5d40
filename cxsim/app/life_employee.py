"""The story of a place in a silo and of whoever fills it: strain, learning, what led to resigning, who came next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim.app.life_silo import Around
from cxsim.app.lives import BEFORE, Event, Life, Pair, counted, parted
from cxsim.app.silos import by_month
from cxsim.app.views import plain
from cxsim.company import NORMAL_EXHAUSTION
from cxsim.measures import Array
from cxsim.record import SILOS
from cxsim.results import Runs

if TYPE_CHECKING:
    import pandas as pd

FELT = {
    "exhaustion": "Exhaustion, 0 to 1",
    "engagement": "Engagement, 0 to 1",
    "proficiency": "Proficiency, 1 is that of the experienced",
}
"""What is drawn of a life: column -> title."""
KINDS = {
    "A": "resigned from A, not B",
    "B": "resigned from B, not A",
    "both": "resigned from both",
    "neither": "stayed with both",
}
RESTED = 0.05  # below usual exhaustion, before somebody is said to have recovered: months differ by luck
LEARNED = 0.95  # of an experienced colleague's work


@dataclass(frozen=True, slots=True)
class Employee:
    """A seat of the panel, and whoever fills it; at the opening it is the same person in both worlds."""

    number: int
    silo: str

    @property
    def title(self) -> str:
        """What it is called."""
        return f"Place {self.number}, {self.silo}"

    @property
    def about(self) -> str:
        """What is the same in both companies."""
        return "the same person at the opening, the same luck, two companies"

    def life(self, runs: Runs) -> Life:
        """The life in this place. Raises KeyError for a seat that is not in the panel."""
        return life(runs, self.number)


def employed(runs: Runs) -> pd.DataFrame:
    """One row for each month and seat of the panel, in the first run."""
    rows = runs.employees
    first: pd.DataFrame = rows[rows["replication"] == rows["replication"].iloc[0]]
    return first


def chosen(pair: Pair, silo: str | None = None) -> dict[str, list[Employee]]:
    """Those who were there at the opening, of one silo or of all, by from whom they resigned."""
    rows = employed(pair[0])
    month = rows[rows["month"] == 1]
    here = month if silo is None else month[month["silo"] == silo]
    home = {int(k): str(s) for k, s in zip(here["seat"], here["silo"], strict=True)}
    first, second = (_resigned(runs) for runs in pair)
    there = {int(k) for k in month[(month["present"] > 0) & (month["hired"] == 0)]["seat"]} | first | second
    found = parted([*home], first, second, there)
    return {kind: [Employee(k, home[k]) for k in numbers] for kind, numbers in found.items()}


def _resigned(runs: Runs) -> set[int]:
    """Seats whose holder at the opening resigned."""
    rows = employed(runs)
    happened = rows[(rows["hired"] > 0) | (rows["quit"] > 0)].drop_duplicates("seat")
    closed = runs.records[0].firm["insolvent"][:, 0] > 0
    gone = happened[(happened["quit"] > 0) & ~closed[happened["month"].to_numpy() - 1]]
    return {int(k) for k in gone["seat"]}


def life(runs: Runs, seat: int) -> Life:
    """The life of a seat of the panel, by number. Raises KeyError for one that is not in it."""
    rows = employed(runs)
    rows = rows[rows["seat"] == seat]
    if rows.empty:
        raise KeyError(f"no seat {seat} in the panel")
    silo = str(rows["silo"].iloc[0])
    around, filled = Around(runs, SILOS.index(silo)), rows["present"] > 0
    months = rows.to_dict("records")
    events = [*_people(months, silo, around.closed), *around.pressed(silo)]
    return Life(
        tuple(sorted(events, key=lambda event: event.month)),
        {title: plain(rows[name].where(filled).to_numpy(float)) for name, title in FELT.items()},
        tuple(f"{_state(row)} {around.told(silo, k)}" for k, row in enumerate(months)),
        tuple(_partings(runs, months, silo, around)),
    )


def _people(months: Sequence[Mapping[Any, Any]], silo: str, closed: NDArray[np.bool_]) -> Iterator[Event]:
    """Who came and went, and what became of them meanwhile."""
    first = months[0]
    tired, learned = first["exhaustion"] > NORMAL_EXHAUSTION, first["proficiency"] >= LEARNED
    if (first["present"] and not first["hired"]) or first["quit"]:
        here = f"worked in {silo} at the opening, for {counted(_before(first), 'month', 'months')}"
        yield Event(0, "\u25CF", f"{here}, more exhausted than is usual ({NORMAL_EXHAUSTION:g})" if tired else here)
    emptied = 0
    for k, row in enumerate(months):
        month = int(row["month"])
        if row["hired"]:
            empty = f", to a place that was empty for {counted(month - emptied, 'month', 'months')}" if emptied else ""
            yield Event(month, "\u25CF", f"somebody joined {silo}{empty}; ability {row['talent']:.2f} of the usual")
            tired = learned = False
        elif row["present"] and not tired and row["exhaustion"] > NORMAL_EXHAUSTION:
            tired = True
            yield Event(month, "!", f"more exhausted than is usual ({NORMAL_EXHAUSTION:g})", True)
        elif row["present"] and tired and row["exhaustion"] < NORMAL_EXHAUSTION - RESTED:
            tired = False
            yield Event(month, "~", "recovered")
        if row["present"] and not learned and row["proficiency"] >= LEARNED:
            learned = True
            yield Event(month, "\u2191", "had learned the work")
        if row["quit"]:
            emptied = month
            gone = ("\u25A1", "lost the place: the firm closed") if closed[k] else ("\u2717", "resigned")
            yield Event(month, *gone, True)


def _before(first: Mapping[Any, Any]) -> float:
    """Tenure at the opening, months."""
    return max(float(first["tenure"]) - 1, 0.0)


def _state(row: Mapping[Any, Any]) -> str:
    if not row["present"]:
        return "The place is empty."
    return f"With the firm for {counted(row['tenure'], 'month', 'months')}, at {row['pay']:.2f} of the market's pay."


def _partings(
    runs: Runs, months: Sequence[Mapping[Any, Any]], silo: str, around: Around
) -> Iterator[tuple[int, str]]:
    """Each month in which somebody resigned, what led to it, and who came in their place."""
    odds = _odds(runs, months)
    for k, row in enumerate(months):
        if row["quit"] and not around.closed[k]:
            stayed, led = counted(row["tenure"], "month", "months"), around.led(silo, k, min(BEFORE, k + 1))
            yield k + 1, (
                f"Resigned in month {k + 1} after {stayed}. Exhaustion was {row['exhaustion']:.2f}, engagement"
                f" {row['engagement']:.2f}: exhaustion, pay and tenure made quitting {odds[k]:.2f} times as likely as"
                f" it usually is. {led} The month itself is luck. {_next(months, k)}"
            )


def _odds(runs: Runs, months: Sequence[Mapping[Any, Any]]) -> Array:
    """The hazard to quit of the month against that at usual exhaustion and the market's pay, for the long-serving."""
    world = {
        name: np.array(by_month(runs.scenario, f"world.turnover.{name}", len(months)))
        for name in ("quit_slope", "pay_slope", "newcomer_quits")
    }
    of = {name: np.array([row[name] for row in months], float) for name in ("exhaustion", "pay", "tenure")}
    tired = np.exp(world["quit_slope"] * (of["exhaustion"] - NORMAL_EXHAUSTION) - world["pay_slope"] * (of["pay"] - 1))
    odds: Array = tired * (1 + world["newcomer_quits"] * np.exp(-of["tenure"] / 12))
    return odds


def _next(months: Sequence[Mapping[Any, Any]], k: int) -> str:
    for later in months[k:]:
        if later["hired"] and (later is not months[k] or later["present"]):
            return f"In month {int(later['month'])} somebody new came, at {later['proficiency']:.0%} of the work."
    return "Nobody has come in their place."
