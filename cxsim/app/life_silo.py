"""The story of one silo: its work, its people, what it knows, and the events that mattered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cxsim.app import silos
from cxsim.app.lives import Event, Life, counted, spells
from cxsim.app.views import plain
from cxsim.measures import Array
from cxsim.record import SILOS
from cxsim.results import Runs

_WITH_CUSTOMERS = "service"  # whose people meet the rude, and answer requests
_NOTED = 1.0  # hours left over that count as a backlog
_OVER = 1.005  # of its hours: more than 100 %, rounded


@dataclass(frozen=True, slots=True)
class Silo:
    """A silo of both companies."""

    name: str

    @property
    def number(self) -> int:
        """Its place among the silos."""
        return SILOS.index(self.name)

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name.capitalize()

    @property
    def about(self) -> str:
        """What is the same in both companies."""
        return "one run with the same people and the same luck, two companies"

    def life(self, runs: Runs) -> Life:
        """Its life in the first run."""
        return life(runs, self.number)


class Around:
    """What a silo of the focal firm lived through in the first run, arrays of months."""

    def __init__(self, runs: Runs, silo: int) -> None:
        record = runs.records[0]
        of = {name: column[:, 0, silo] for name, column in record.silo.items()}
        self.of, self.firm = of, {name: column[:, 0] for name, column in record.firm.items()}
        self.load = silos.load(of["asked_hours"], of["capacity_hours"])
        self.closed = self.firm["insolvent"] > 0
        self.load[self.closed] = 0
        heads, requests = np.maximum(of["heads"], 1e-9), np.maximum(self.firm["requests"], 1e-9)
        self.rude = np.where(self.closed, 0, self.firm["abuse"] / heads)
        self.granted = self.firm["granted"] / requests
        self.refused = self.firm["refused"] / requests

    def pressed(self, name: str) -> Iterator[Event]:
        """When more was asked than there are hours, and when work was left over."""
        for begun, ended in spells(self.load >= _OVER):
            yield Event(begun, "#", f"{name} was asked for {self.load[begun - 1]:.0%} of its hours", True)
            if ended:
                yield Event(ended, "~", f"{name} had hours enough again")
        for begun, ended in spells((self.of["backlog_hours"] >= _NOTED) & ~self.closed):
            left = self.of["backlog_hours"][begun - 1]
            yield Event(begun, "!", f"work began to be left over in {name}: {counted(left, 'hour', 'hours')}", True)
            if ended:
                yield Event(ended, "~", f"nothing was left over in {name} any more")

    def told(self, name: str, k: int) -> str:
        """How it was in a month, from 0."""
        if self.closed[k]:
            return "The firm is closed."
        said = f"{name.capitalize()} was asked for {self.load[k]:.0%} of its hours"
        if name == _WITH_CUSTOMERS:
            said += f"; each met {self.rude[k]:.2f} rude customers a month, as a mean"
            said += f"; of 100 requests {100 * self.granted[k]:.0f} were granted, {100 * self.refused[k]:.0f} refused"
        return f"{said}."

    def led(self, name: str, k: int, n: int) -> str:
        """How it was in the ``n`` months that end with month ``k``, from 0."""
        span = slice(k + 1 - n, k + 1)
        said = f"In the {counted(n, 'month', 'months')} before, {name} was asked for {self.load[span].mean():.0%}"
        left = self.of["backlog_hours"][k]
        said += f" of its hours, and left {counted(left, 'hour', 'hours') if left >= _NOTED else 'nothing'} over"
        if name == _WITH_CUSTOMERS:
            said += f"; each there met {self.rude[span].sum():.1f} rude customers, as a mean"
            said += f"; of 100 requests {100 * self.granted[span].mean():.0f} were granted,"
            said += f" {100 * self.refused[span].mean():.0f} refused"
        return f"{said}."


def life(runs: Runs, silo: int) -> Life:
    """The life of a silo of the focal firm in the first run."""
    around, name = Around(runs, silo), SILOS[silo]
    others = sum(around.of[f"from_{other}"] for other in SILOS if other != name)
    drawn = {
        "Work asked, % of its hours": 100 * around.load,
        "Hours left over at the end of the month": around.of["backlog_hours"],
        "Exhaustion, 0 to 1": around.of["exhaustion"],
        "Known of what customers need, 0 to 1": around.of["knowledge"],
        "Learned from other silos in the month, % of all": 100 * others,
        "People": around.of["heads"],
    }
    events = [*around.pressed(name), *_peaks(around), *_changes(runs)]
    for closed, _ in spells(around.closed):
        events.append(Event(closed, "\u25A1", "the firm went out of business", True))
    return Life(
        tuple(sorted(events, key=lambda event: event.month)),
        {title: plain(np.where(around.closed, np.nan, row)) for title, row in drawn.items()},
        tuple(f"{_people(around, k)} {around.told(name, k)}" for k in range(len(around.load))),
    )


def _people(around: Around, k: int) -> str:
    """Who was there at the end of a month, from 0, and who came and went."""
    came, went = around.of["hires"], around.of["quits"]
    since = f"since the opening {came[: k + 1].sum():.0f} came and {went[: k + 1].sum():.0f} left"
    here = counted(around.of["heads"][k], "person", "people")
    return f"{here}; in this month {came[k]:.0f} came and {went[k]:.0f} left, {since}."


def _peaks(around: Around) -> Iterator[Event]:
    """The months that stood out in the whole run."""
    load, tired, left = around.load, np.where(around.closed, 0, around.of["exhaustion"]), around.of["quits"]
    if load.any():
        yield Event(_peak(load), "\u2191", f"the most work of all months: {load.max():.0%} of its hours")
        yield Event(_peak(tired), "\u2191", f"the most exhausted month: {tired.max():.2f}")
    if left.any():
        yield Event(_peak(left), "\u2717", f"{left.max():.0f} left, more than in any other month")


def _peak(row: Array) -> int:
    return int(row.argmax()) + 1


def _changes(runs: Runs) -> Iterator[Event]:
    """Dated changes of the world and of the firm's policy."""
    for change in runs.scenario.timeline:
        over = f", over {counted(change.over_months, 'month', 'months')}" if change.over_months > 1 else ""
        for firm, path, value in change.targets():
            if not firm:
                yield Event(change.month, "\u2192", f"{path.partition('.')[2]} went to {value:g}{over}", True)
