"""The scenarios that a page offers: the shipped ones, and those named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from cxsim.api import prepare
from cxsim.frames import distinct
from cxsim.scenario import Scenario, load, shipped

MOST_CUSTOMERS = 2000
"""Simulated customers at most: a slider is to answer in a tenth of a second, and more of them only lessen the noise."""
DEFAULT = ("doormat_siloed", "mutual_siloed")


class Library:
    """Scenarios by the name under which they are offered; each is read once."""

    def __init__(self, asked: Sequence[str] = ()) -> None:
        own = [load(source) for source in asked]
        named = dict(zip(distinct([s.name for s in own]), own, strict=True))
        self._sources = dict(zip(named, asked, strict=True))
        self._read: dict[str, Scenario] = {name: _sized(s) for name, s in named.items()}
        names = [*named] or [*DEFAULT]
        self.first = (names[0], names[-1])
        self.pair(self.first)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All that are offered, those of the command line first."""
        return tuple(dict.fromkeys([*self._read, *sorted(shipped())]))

    def source(self, name: str) -> str:
        """How a scenario was named to cxsim: what a file that extends it should say."""
        return self._sources.get(name, name)

    def pair(self, arms: tuple[str, str]) -> tuple[Scenario, Scenario]:
        """Two scenarios that can be compared. Raises ScenarioError where they cannot."""
        for name in arms:
            if name not in self._read:
                self._read[name] = _sized(load(name))
        one, two = prepare([self._read[name] for name in arms])
        return one, two


def _sized(scenario: Scenario) -> Scenario:
    return scenario.replace("customers", min(scenario.customers, MOST_CUSTOMERS))
