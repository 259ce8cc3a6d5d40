"""Firm and Silo: the Mesa agents that decide, each quarter.

Their state is in the company record of the model (arrays, so that a month is compiled); the properties here
read and write it. Customers and employees are columns, not Mesa agents.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np

from cxsim.company import BY_NAME, HOURS_PER_MONTH
from cxsim.mechanisms import budgeting, competition, culture, leadership, listening, navigator, silos
from cxsim.record import SILOS

if TYPE_CHECKING:
    from cxsim.model import CXModel


@lru_cache(maxsize=1024)  # a quarter seldom differs from the one before
def _by_name(names: tuple[str, ...], values: bytes, column: int = 0) -> Mapping[str, float]:
    """Parameters by name, from the bytes of their record: a row each, with a column per firm if they are levers."""
    rows = np.frombuffer(values, np.float32).reshape(len(names), -1)
    return MappingProxyType(dict(zip(names, rows[:, column].tolist(), strict=True)))


class _InRecord(mesa.Agent):
    """An agent whose quantities stand in the company record, at ``_place``."""

    _place: tuple[int, ...]
    _per: str

    def __getattr__(self, name: str) -> Any:
        """A quantity of this agent, by its name in ``company.FIELDS``. Raises AttributeError if there is none."""
        field = None if name.startswith("_") else BY_NAME.get(name)
        if field is None or field.per != self._per:
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        return float(self.model.company[name][(0, *self._place)])


class Silo(_InRecord):
    """A department: own staff, capacity, backlog, a belief about needs, a metric, and a decision each quarter."""

    _per = "silo"
    model: CXModel

    def __init__(self, model: CXModel, firm: Firm, index: int) -> None:
        super().__init__(model)
        self.firm, self.index, self.title = firm, index, SILOS[index]
        self._place = (firm.index, index)

    @property
    def belief(self) -> Any:
        """What the silo believes each segment needs, (segments, needs); a live view."""
        return self.model.company["belief"][(0, *self._place)]

    @property
    def metric(self) -> float:
        """What the silo is judged on: how far it keeps up with its own work (1: wholly), and customers' satisfaction.

        The weight of the second is the firm's ``shared_metrics_share``. Joint work helps the second only, which is
        why a silo that is judged on the first neglects it, the more so under pressure.
        """
        weight = self.firm.levers("silos")["shared_metrics_share"]
        own = min(1.0 / max(self.pressure, 1e-9), 1.0)
        satisfaction = self.firm.sum_satisfaction / max(self.firm.customers, 1e-9)
        return float((1.0 - weight) * own + weight * satisfaction)

    def decide(
        self, lever: Mapping[str, float], w: Mapping[str, float], commitment: float, pressure: float, other: float = 0.0
    ) -> silos.Split:
        """Split people's time between own work, work across silos and improvement.

        ``lever`` and ``w`` are the policy's and the world's values of the heading silos, ``commitment`` is the
        share of programmes that leaders fund, ``pressure`` the silo's work asked against its capacity, ``other`` the
        share of time that programmes of another kind take.
        """
        return silos.split(
            sharing=lever["information_sharing_share"],
            n_sharing=lever["n_sharing"] if silos.takes_part(self.index, lever["n_sharing"]) else 0.0,
            joint=lever["joint_initiative_share"],
            improvement=lever["improvement_share"],
            metrics=lever["shared_metrics_share"],
            commitment=commitment,
            pressure=pressure,
            hours=w["coordination_hours"],
            neglect=w["own_metric_neglect_share"],
            other=other,
        )


class Firm(_InRecord):
    """A company under a policy: leaders who fund programmes by horizon and pressure, silos, money."""

    _per = "firm"
    model: CXModel

    def __init__(self, model: CXModel, index: int, title: str) -> None:
        super().__init__(model)
        self.index, self.title = index, title
        self._place = (index,)
        self.silos = [Silo(model, self, j) for j in range(len(SILOS))]

    @property
    def solvent(self) -> bool:
        """True while in business."""
        return bool(self.model.company["alive"][0, self.index] > 0)

    def levers(self, heading: str) -> Mapping[str, float]:
        """This firm's levers under a heading of the policy, as they are this month."""
        group = self.model.parameters("policy", heading)
        return _by_name(group.dtype.names, group.tobytes(), self.index)

    def _world(self, heading: str) -> Mapping[str, float]:
        """The assumptions under a heading, as they are this month."""
        group = self.model.parameters("world", heading)
        return _by_name(group.dtype.names, group.tobytes())

    def _imitate(self) -> None:
        """A rival moves its visible levers toward those of the living firm with the highest recent profit."""
        s, policy = self.model.company[0], self.model.policy
        share = min(3.0 * self._world("competition")["imitation_rate"], 1.0) if self.index else 0.0  # of a quarter
        if share == 0.0:
            return
        living = (firm.index for firm in self.model.firms if firm.solvent)
        best = max(living, key=lambda f: float(s["recent_profit"][f]))
        for heading, name in competition.VISIBLE:
            lever = policy[heading][name][0]
            lever[self.index] += share * (lever[best] - lever[self.index])

    def decide(self) -> None:
        """Imitate, fund programmes, let the silos split their time, and see how much sharing comes of it."""
        self._imitate()
        s, here = self.model.company, (0, self.index)
        recent, aspiration = float(s["recent_profit"][here]), float(s["aspiration"][here])
        revenue = float(s["revenue"][here]) * self.model.spec.steps_per_month
        felt = budgeting.pressure(recent, aspiration, revenue, self._world("budgeting")["pressure_slope"])
        commitment = budgeting.commitment(felt, self.levers("budgeting")["horizon_quarters"])
        s["aspiration"][here] = aspiration + (recent - aspiration) / budgeting.ASPIRATION_QUARTERS
        splits = self._split(commitment)
        if min(split.own_share for split in splits) < silos.LEAST_OWN_SHARE:  # there is no time for all of it
            commitment *= silos.feasible(splits, self._split(0.0))
            splits = self._split(commitment)
        s["commitment"][here] = commitment
        *shares, kept = zip(*splits, strict=True)
        for name, values in zip(silos.Split._fields, shares, strict=False):
            s[name][here] = values
        mean = math.fsum(kept) / len(kept)  # sum() rounds in another way from Python 3.12 on
        s["sharing"][here] = self.levers("silos")["information_sharing_share"] * mean

    def _split(self, commitment: float) -> list[silos.Split]:
        """How the silos would split their time at a ``commitment`` to programmes, which are funded so far."""
        lever, w = self.levers("silos"), self._world("silos")
        pressures = self.model.company["pressure"][0, self.index].tolist()
        return [
            silo.decide(lever, w, commitment, x, other)
            for silo, x, other in zip(self.silos, pressures, self._fund(commitment), strict=True)
        ]

    def _fund(self, commitment: float) -> list[float]:
        """Fund culture, listening and leadership, and return the share of time that each silo gives to them.

        What disputes with other silos took lately is taken from its time too.
        """
        s, here, lever = self.model.company, (0, self.index), self.levers("culture")
        programmes = [culture.fund(silo.index, lever, commitment) for silo in self.silos]
        for name, hours in zip(culture.Programme._fields, zip(*programmes, strict=True), strict=True):
            s[name][here] = hours
        s["values_share"][here] = commitment * lever["values_share"]
        given = listening.fund(self.levers("listening"), commitment)
        led, made = leadership.lead(self.levers("leadership"), self._world("leadership"), commitment)
        measuring = navigator.fund(self.levers("navigator"), commitment)
        for name, value in (*given.items(), *made.items(), ("measuring_hours", measuring)):
            s[name][here] = value
        quarrels = float(s["dispute_share"][here]) * HOURS_PER_MONTH
        heard = [listening.hours(silo.index, given) for silo in self.silos]
        everywhere = led, measuring, quarrels
        return [
            math.fsum((*hours, more, *everywhere)) / HOURS_PER_MONTH
            for hours, more in zip(programmes, heard, strict=True)
        ]
