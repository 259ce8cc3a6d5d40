"""The model: a market of firms and customers, a month a step (or a part of one)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from statistics import NormalDist
from typing import Any

import mesa
import numpy as np

from cxsim import company, opening
from cxsim.agents import Firm
from cxsim.engine import streams
from cxsim.engine.columns import Array, offset, parameter_dtype, tile_dtype
from cxsim.engine.kernels import Step, in_turn
from cxsim.engine.sweep import Worker, sweep
from cxsim.history import firm_column, to_record
from cxsim.mechanisms import (
    CUSTOMER_STEPS,
    GROUPS,
    competition,
    culture,
    decisions,
    disputes,
    encounter,
    expectations,
    finance,
    improvement,
    insight,
    issues,
    leadership,
    listening,
    navigator,
    needs,
    offer,
    pricing,
    tally,
    targeting,
    turnover,
    word_of_mouth,
    work,
    workforce,
)
from cxsim.own import groups_of
from cxsim.own_month import Own, Part
from cxsim.population import CUSTOMER_COLUMNS, N_DRAWS, N_STAFF_DRAWS
from cxsim.record import Record
from cxsim.scenario import Scenario, Scheduled
from cxsim.views import Customers, Employees
from cxsim.views_firm import consult

WARM_UP_MONTHS = 24  # lived under default policies before the opening
SETTLING_MONTHS = 240  # of work on pain points, which costs nothing to live through, before that
_BEFORE = 2**31  # the clock of the warm-up, so that the first month has the same luck whatever its length

# What a model collects of its focal firm while it is stepped, in the words of record.FIRM_COLUMNS.
HEADLINES = (
    "customers", "joined", "left", "ended", "satisfaction", "trust", "entitlement", "revenue", "cost_to_serve",
    "profit", "cash", "equity", "employees", "quits", "exhaustion", "engagement", "insolvent",
)  # fmt: skip


def headline(model: CXModel, name: str, firm: int = 0) -> float:
    """A column of ``record.FIRM_COLUMNS`` as the last step left it; flows are the step's."""
    return float(firm_column(model.company.__getitem__, name)[0, firm])


def elapsed(model: CXModel) -> float:
    """Months lived since the opening."""
    return model.n_steps / model.spec.steps_per_month


class CXModel(mesa.Model):
    """Customers, employees and silos of several firms under policies.

    ``spec`` is a scenario (None: all defaults). The same ``rng`` and ``replication`` give the same people with the
    same luck under any policy, on any number of ``threads``; ``rng=None`` takes a seed from the operating system.
    ``company`` is the record of firms and silos, ``world`` and ``policy`` the parameters as they are this month.
    ``agents`` holds firms and silos; ``customers`` and ``employees`` are columns (see cxsim.views).

    Every step ``datacollector`` takes a row of ``HEADLINES``, and of ``reporters`` (name: function of the model),
    unless ``collect`` is false. ``running`` is false from the horizon on; a model can be stepped further, which its
    ``record()`` leaves out. ``copy.deepcopy(model)`` is a model of its own that goes on in the same way.
    """

    def __init__(
        self,
        spec: Scenario | None = None,
        rng: Any = 1,
        replication: int = 0,
        threads: int = 1,
        collect: bool = True,
        reporters: Mapping[str, Callable[[CXModel], Any]] | None = None,
    ) -> None:
        seed = int(rng) if isinstance(rng, (int, np.integer)) else int(np.random.default_rng(rng).integers(2**63))
        super().__init__(rng=seed)
        self.spec = Scenario.default() if spec is None else spec
        self.seed_number, self.replication, self.threads = seed, int(replication), max(1, int(threads))
        self.key = streams.key(self.seed_number, self.replication)
        self.world, self._levers = opening.parameter_records(self.spec)
        self.policy = self._levers
        life = type(self), MONTH, CUSTOMER_STEPS  # who changes the month lives another opening
        identity = opening.identity(self.spec, self.seed_number, self.replication), life
        lived = opening.recall(identity)
        state = lived or opening.begin(self.spec, self.world, self.key, self.threads)
        self.company, self.people, self.seats = state.company, state.people, state.seats
        self.network, self.heard = state.network, state.heard
        kinds = tuple(code.what for code in self.spec.use)
        own = opening.parameter_records(self.spec, groups_of(kinds))
        self._rules = self.spec.decide, *(rival.decide for rival in self.spec.rivals)
        self.own = Own(kinds, state.own, *own, opening.default_policy(len(self.spec.firms), groups_of(kinds)))
        self.stories = np.zeros_like(self.heard)  # told in this step, heard in the next
        self.people_each = self.spec.world["market"]["represents"] / self.spec.customers
        self.clock, self.n_steps = _BEFORE, 0
        self._staff_luck = np.empty((N_STAFF_DRAWS, len(self.seats["firm"])), np.float32)
        self.firms = [Firm(self, f, title) for f, title in enumerate(self.spec.firms)]
        if lived is None:
            self._warm_up()
            state.heard = self.heard  # which changes places with ``stories``
            opening.remember(identity, state)
        self._open()
        self.collect = collect
        columns = {name: partial(headline, name=name) for name in HEADLINES}
        self.datacollector = mesa.DataCollector({"month": elapsed, **columns, **(reporters or {})})

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickled record types are equal but not the same, and compiled steps recognise them by identity."""
        self.__dict__.update(state)
        n_firms = len(self.spec.firms)
        self.people.dtype = tile_dtype(CUSTOMER_COLUMNS, n_firms)
        self.company = self.company.view(company.company_dtype(n_firms))
        self.world = self.world.view(parameter_dtype(GROUPS, "world", n_firms))
        self.policy = self.policy.view(parameter_dtype(GROUPS, "policy", n_firms))

    @property
    def customers(self) -> Customers:
        """The pool of potential customers, in the words of Mesa's AgentSet."""
        return Customers(self)

    @property
    def employees(self) -> Employees:
        """Those who fill a seat now, in the words of Mesa's AgentSet; ``seats`` has the columns of all seats."""
        return Employees(self)

    def _warm_up(self) -> None:
        """Staff the firms for the work there is, and live a year under default policies."""
        s, steps = self.company[0], self.spec.steps_per_month
        self.policy = opening.default_policy(len(self.firms))
        s["cash"] = np.inf
        self._customers()
        s["start_spend"] = s["spend"] * steps
        self._staff_for_the_work()
        for k in range(WARM_UP_MONTHS * steps):
            self._month()
            if k == 0:
                s["recent_profit"] = s["profit"] * steps

    def _open(self) -> None:
        """Let policies and books begin."""
        s, steps = self.company[0], self.spec.steps_per_month
        self.policy, self.clock = self._levers, 0
        self.own.open()
        self.start_customers = s["customers"].copy()
        s["start_spend"] = s["spend"] * steps
        price, months = self.world["market"]["monthly_price"], self.world["finance"]["opening_cash_months"]
        s["cash"] = s["start_spend"] * price * months
        s["aspiration"] = s["recent_profit"]
        self._quarter = np.zeros((3 * steps, self.company.nbytes), np.uint8)
        self._history = np.empty((self.spec.horizon_months * steps, self.company.nbytes), np.uint8)
        self._schedule: dict[int, list[Scheduled]] = {}
        for change in self.spec.schedule():
            self._schedule.setdefault(change.month, []).append(change)

    def _staff_for_the_work(self) -> None:
        """Heads per seat such that the opening staff fit the opening work, with the planned spare capacity."""
        s, steps = self.company[0], self.spec.steps_per_month
        for firm in self.firms:
            firm.decide()
        w = self.world["improvement"][0]
        time = s["improvement_share"].mean(axis=1)
        s["defects"] = np.round(1 / (1 + w["effect_rate"] * w["renewal_months"] * time), 9)  # on any numpy
        s["hidden"] = s["defects"][:, None] / company.N_CLASSES
        settling = (issues.find, issues.work_off) * (SETTLING_MONTHS * steps)  # until as many are found as come back
        self._firms(improvement.strive, *settling, work.work)
        s["drawn_hours"] *= work.SMOOTHING_MONTHS * steps  # smoothing set out from nought
        work.work(self.company, self.world, self.policy)
        s["planned_hours"] = s["asked_hours"] * steps
        spare = 1.0 + self.policy["workforce"]["spare_capacity_share"][0][:, None]
        wanted = s["planned_hours"] * spare / (company.HOURS_PER_MONTH * s["own_share"] * 0.95)
        s["heads_per_seat"] = np.maximum(wanted, 1e-6) / self.spec.employees
        s["backlog_hours"], s["standard"], s["pressure"] = 0, 1, 1.0 / spare
        s["smooth_quits"] = 0.02 * wanted
        self._muster()

    def step(self) -> None:
        """One step: a month, or a part of one (``steps_per_month``)."""
        month = self.n_steps // self.spec.steps_per_month + 1
        if self.n_steps % self.spec.steps_per_month == 0:
            for change in self._schedule.get(month, ()):
                where = (0,) if change.firm is None else (0, change.firm)
                self.parameters(change.side, change.heading)[change.name][where] = change.value
        self._month()
        now = self.company.view(np.uint8)
        self._quarter[self.n_steps % len(self._quarter)] = now
        if self.n_steps < len(self._history):
            self._history[self.n_steps] = now
        self.n_steps += 1
        self.running = self.n_steps < len(self._history)
        if self.collect:
            self.datacollector.collect(self)

    def parameters(self, side: str, heading: str) -> Array:
        """The record (1,) of a heading of "world" or "policy" as it is this month, of cxsim's or of one's own."""
        own: Array = getattr(self.own, side)
        record: Array = getattr(self, side)
        return own[heading] if heading in (own.dtype.names or ()) else record[heading]

    def _month(self) -> None:
        for _, stage in MONTH:
            stage(self)
        self.clock += 1

    def _firms(self, *steps: Step) -> None:
        """Steps of firms and silos, one after the other."""
        in_turn(steps, self.company, self.world, self.policy)

    # The stages of a month, in the order of the table below.

    def _drift(self) -> None:
        needs.drift(self.company, self.world, self.clock, *self.key)

    def _decide(self) -> None:
        if self.clock % (3 * self.spec.steps_per_month) == 0:
            for firm, rule in zip(self.firms, self._rules, strict=True):
                if firm.solvent and rule and self.n_steps:
                    consult(self, firm.index, rule, self._quarter.view(self.company.dtype)[:, 0])
                if firm.solvent:
                    firm.decide()
            targeting.choose(self.company, self.world, self.policy, self.people)

    def _practise(self) -> None:
        self._firms(navigator.attend, culture.adopt, decisions.weigh)

    def _learn(self) -> None:
        listening.hear(self.company, self.world, self.policy)
        insight.learn(self.company, self.world, self.policy, self.clock, *self.key)
        insight.know(self.company, self.world, self.policy)

    def _offer(self) -> None:
        self._firms(pricing.ask, offer.adapt, competition.refine, expectations.announce, targeting.approach)

    def _customers(self) -> None:
        hour = self.world["finance"]["pay_per_hour"][0] / self.world["market"]["monthly_price"][0]
        self.company["labour_price"] = hour * self.policy["workforce"]["relative_pay"]
        shares = self.policy["requests"]["conceded_share"][0].tolist()
        self.company["grant_threshold"] = [_threshold(x) for x in shares]
        shape = (len(self.firms), tally.N_TALLIES)
        sums = sweep(self._block, self.people.n, self.threads, self.people.dtype, N_DRAWS, shape)
        self.heard, self.stories = self.stories, self.heard
        first = offset(self.company.dtype, company.TALLY_NAMES[0])
        tallied = np.ndarray((tally.N_TALLIES, len(self.firms)), np.float64, self.company, first)
        np.multiply(sums.T, self.people_each / tally.SCALE, out=tallied)

    def _month_of_customers(self) -> Iterable[Part]:
        """What happens to a block: steps that run as one, and functions of tile, first customer and their number."""
        if not self.own.kinds:
            return (CUSTOMER_STEPS,)
        return self.own.month(CUSTOMER_STEPS, self.world, self.policy, self.clock, self.key)

    def _block(self, worker: Worker, first: int, m: int) -> None:
        tile, luck = worker.tile, worker.luck
        self.people.load(tile, first, m)
        streams.fill(luck, first, m, self.clock, *self.key, streams.CUSTOMERS)
        word_of_mouth.listen(tile, self.heard[first : first + m])
        for part in self._month_of_customers():
            if callable(part):
                part(tile, first, m)
            else:
                in_turn(part, tile, luck, self.world, self.policy, self.company)
        tally.count(tile, worker.sums)
        self.people.save(tile, first, m)
        with worker.lock:  # stories cross from block to block
            word_of_mouth.spread(tile, luck.view(np.int32), first, *self.network, self.stories)

    def _employees(self) -> None:
        self._firms(targeting.ask, work.work, turnover.plan)
        c = self.seats
        streams.fill(self._staff_luck, 0, len(c["firm"]), self.clock, *self.key, streams.EMPLOYEES)
        lived = [column for name, column in c.items() if name != "talent"]
        workforce.live(*lived, self._staff_luck, self.company, self.world, self.policy)
        turnover.change(*c.values(), self._staff_luck, self.company, self.world, self.policy)
        self._muster()
        leadership.choose(self.company, self.world, self.policy)

    def _muster(self) -> None:
        c = self.seats
        workforce.muster(
            c["firm"], c["silo"], c["present"], c["proficiency"], c["talent"], c["engagement"],
            c["exhaustion"], c["pay"], self.company,
        )  # fmt: skip
        turnover.speak(self.company, self.world, self.policy)

    def _improve(self) -> None:
        self._firms(
            improvement.strive, issues.find, issues.work_off, improvement.mend, competition.advance, listening.imitate,
            issues.forget, encounter.appear, disputes.quarrel, word_of_mouth.credit,
        )  # fmt: skip

    def _account(self) -> None:
        before = self.company["alive"][0].tolist()
        finance.account(self.company, self.world, self.policy)
        for f, (was, alive) in enumerate(zip(before, self.company["alive"][0].tolist(), strict=True)):
            if was > alive:  # a firm closes: its people are free
                customers = self.people["firm"] == f
                self.people["firm"][customers] = -1
                self.people["tenure"][customers] = -1  # they look for another firm at once
                self.seats["present"][self.seats["firm"] == f] = 0
                self.company["heads"][0, f] = 0

    def discard(self) -> None:
        """Give the memory back at once; the model cannot be used any more."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # Mesa before 3.4.2 keeps every model in there for ever
        for one in (*self.agents, self):  # model, firms and silos refer to each other
            one.__dict__.clear()

    def record(self) -> Record:
        """What has happened so far, by month, up to the horizon. Shapes (months, firms) and (months, firms, silos)."""
        return to_record(self, self._history[: self.n_steps].view(self.company.dtype)[:, 0])


MONTH: tuple[tuple[str, Callable[[CXModel], None]], ...] = (
    ("needs drift", CXModel._drift),
    ("firms and silos decide, each quarter", CXModel._decide),
    ("practice spreads and fades", CXModel._practise),
    ("silos listen and share", CXModel._learn),
    ("offer and promise follow", CXModel._offer),
    ("customers live their month", CXModel._customers),
    ("employees live theirs", CXModel._employees),
    ("causes of failure are mended", CXModel._improve),
    ("the books are closed", CXModel._account),
)


@lru_cache(maxsize=1024)
def _threshold(share: float) -> float:
    """The normal score above which a share of requests lies."""
    if share <= 0.0 or share >= 1.0:
        return 99.0 if share <= 0.0 else -99.0
    return NormalDist().inv_cdf(1.0 - share)


def live_through(model: CXModel) -> Record:
    """Step a model to its horizon, and give its memory back; the history of its run."""
    try:
        while model.running:
            model.step()
        return model.record()
    finally:
        model.discard()


def simulate(
    spec: Scenario, rng: int = 1, replication: int = 0, threads: int | None = 1, panel: int = 0
) -> Record:
    """Run a scenario over its horizon and return its history. The same arguments give the same bits.

    With a ``panel`` the record keeps the monthly life of so many customers and employees; nothing else changes.
    """
    n_threads = threads or os.cpu_count() or 1
    if panel:
        from cxsim.panel import Follower

        return live_through(Follower(spec, rng, replication, n_threads, panel=panel))
    return live_through(CXModel(spec, rng, replication, n_threads, collect=False))
