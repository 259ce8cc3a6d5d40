"""The opening: parameter records, people, network, staff and firms as they stand before the first month."""

from __future__ import annotations

import contextlib
import copy
import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxsim.company import N_SILOS, NORMAL_ENGAGEMENT, PRODUCT, company_dtype
from cxsim.engine.columns import BLOCK, N_NEEDS, N_SEGMENTS, Array, Store, parameter_dtype
from cxsim.engine.numerics import MOST
from cxsim.engine.streams import POPULATION, normals
from cxsim.engine.sweep import in_blocks
from cxsim.mechanisms import GROUPS, conduct, insight, turnover
from cxsim.own_month import new_columns
from cxsim.parameters import Group
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEE_COLUMNS, count_ties, draw_people, draw_ties, gamma_table
from cxsim.scenario import Scenario

_FAR_SHARE = np.float32(0.1)  # ties to anyone instead of to the neighbourhood: a small world (Watts & Strogatz 1998)
_MARKET = 2**31  # agent numbers beyond any customer's, for draws of the market as a whole


@dataclass
class State:
    """Everything that lives: firms and silos, customers, who hears from whom, stories under way, seats.

    ``own`` are what mechanisms of one's own add to customers.
    """

    company: Array
    people: Store
    network: tuple[Array, Array]
    heard: Array
    seats: dict[str, Array]
    own: dict[str, Array]

    def copy(self) -> State:
        """A copy that lives on its own; the network is fixed and shared."""
        seats, own = ({name: x.copy() for name, x in columns.items()} for columns in (self.seats, self.own))
        return State(self.company.copy(), copy.deepcopy(self.people), self.network, self.heard.copy(), seats, own)


# Openings do not depend on policy: arms of a comparison share them. Kept for small markets, the last few.
_lived: OrderedDict[Hashable, State] = OrderedDict()
_KEPT, _SMALL = 128, 5000


def identity(spec: Scenario, rng: int, replication: int) -> Hashable:
    """All that an opening depends on."""
    world = tuple(tuple(values.values()) for values in spec.world.values())
    sizes = (spec.customers, spec.employees, spec.steps_per_month, len(spec.firms))
    return rng, replication, sizes, world, tuple(code.what for code in spec.use)


def recall(key: Hashable) -> State | None:
    """A copy of the state in which an opening ended that was lived before, if it is kept."""
    state = _lived.get(key)
    return None if state is None else state.copy()


def remember(key: Hashable, state: State) -> None:
    """Keep a copy of the state in which an opening ended."""
    if state.people.n <= _SMALL:
        _lived[key] = state.copy()
        while len(_lived) > _KEPT:
            with contextlib.suppress(KeyError):  # another thread may have been first
                _lived.popitem(last=False)


def begin(spec: Scenario, world: Array, seed_key: tuple[Any, Any], threads: int = 1) -> State:
    """The state before the warm-up."""
    firms = open_firms(spec, world, seed_key)
    people = draw_customers(spec, world, firms, seed_key, threads)
    network, staff = draw_network(spec, seed_key), seats(len(spec.firms), spec.employees)
    own = new_columns([code.what for code in spec.use], people.n)
    return State(firms, people, network, np.zeros(people.n, np.uint64), staff, own)


def parameter_records(spec: Scenario, groups: tuple[Group, ...] | None = None) -> tuple[Array, Array]:
    """The world's record and the policies' (one array over firms per lever), as the scenario's month 0 has them.

    ``groups`` are the parameters in question; None stands for those of cxsim.
    """
    groups, policies = GROUPS if groups is None else groups, [spec.policy, *(rival.policy for rival in spec.rivals)]
    world, levers = [1.0 / spec.steps_per_month], []
    for g in groups:
        if g.side == "world":
            values = spec.world[g.heading]
            world += [values[p.name] for p in g.parameters]
        else:
            by_firm = [policy[g.heading] for policy in policies]
            levers += [values[p.name] for p in g.parameters for values in by_firm]
    return _record(groups, "world", len(policies), world), _record(groups, "policy", len(policies), levers)


def _record(groups: tuple[Group, ...], side: str, n_firms: int, values: list[float]) -> Array:
    """The record of one side's parameters, from all of its values in order."""
    record = np.zeros(1, parameter_dtype(groups, side, n_firms))
    if values:
        record.view(np.float32)[:] = values
    return record


def default(path: str) -> float:
    """The declared default of a parameter. Raises KeyError if there is none."""
    return {g.path(p): p.default for g in GROUPS for p in g.parameters}[path]


def default_policy(n_firms: int, groups: tuple[Group, ...] | None = None) -> Array:
    """Every firm under the declared defaults: how they all lived before the opening."""
    groups = GROUPS if groups is None else groups
    defaults = [p.default for g in groups if g.side == "policy" for p in g.parameters for _ in range(n_firms)]
    return _record(groups, "policy", n_firms, defaults)


def _normals(n: int, seed_key: tuple[Any, Any], agent: int = _MARKET) -> Array:
    """``n`` standard normals of the market as a whole, or of a firm in it."""
    out = np.empty(n)
    normals(out, agent, POPULATION, *seed_key)
    return out


def _settle_beliefs(s: Any, w: Any, seed_key: tuple[Any, Any]) -> None:
    """Beliefs as uncertain, and as wrong, as the filter settles at where drift and observation balance."""
    q, share = float(w["needs"]["drift_sd"]) ** 2, default("policy.silos.information_sharing_share")
    exposure = np.array([*insight.EXPOSURE])
    visible = np.array([1.0] * (N_NEEDS - 1) + [float(w["insight"]["unstated_share"])])
    info = np.outer(exposure + share * (exposure.sum() - exposure), visible) / float(w["insight"]["noise_variance"])
    # rounded: another numpy may add, or take a root, with another last bit
    settled = np.round((np.sqrt(q * q + 4.0 * q / np.maximum(info, 1e-9)) - q) / 2.0, 9)
    variance = np.clip(settled, 1e-9, 1)[:, None, :]  # (silos, 1, needs)
    s["variance"] = variance
    for f in range(len(s["alive"])):
        z = _normals(N_SILOS * N_SEGMENTS * N_NEEDS, seed_key, _MARKET + 1 + f).reshape(N_SILOS, N_SEGMENTS, N_NEEDS)
        s["belief"][f] = s["centre"] + np.sqrt(variance) * z
    s["offer"] = s["belief"][:, PRODUCT]


def _typical_fit(w: Any) -> float:
    """Mean fit, roughly, of an offer at the centre of a segment's needs."""
    return round(math.exp(-0.5 * float(w["offer"]["misfit_loss"]) * 0.8 * N_NEEDS), 6)


def _without(w: Any, n_firms: int, typical: float) -> tuple[float, float]:
    """The best satisfaction believed to be had elsewhere, and the odds of being without a firm for who has as much.

    With these, as many give up having a firm as look for one: both by the same hazard, then a choice (logit, as in
    loyalty) among ``n_firms`` typical firms and none.
    """
    slope, nothing = float(w["loyalty"]["satisfaction_slope"]), float(w["loyalty"]["doing_without"])
    said = float(w["expectations"]["optimism"]) * (1.0 - default("policy.expectations.set_up_front_share"))
    firm = math.exp(min(max(slope * (typical + said - nothing), -30.0), 30.0))  # odds of one firm against none
    given_up, found = 1.0 / (1.0 + (n_firms - 1) * firm), n_firms * firm / (1.0 + n_firms * firm)
    return max(typical, nothing) if n_firms > 1 else nothing, round(given_up / found, 6)


def draw_customers(
    spec: Scenario, world: Array, firms: Array, seed_key: tuple[Any, Any], threads: int = 1
) -> Store:
    """The pool of potential customers with their traits and opening states."""
    w = world[0]
    n, n_firms = spec.customers, len(spec.firms)
    store = Store(CUSTOMER_COLUMNS, n, n_firms)
    typical, loss, hazard = _typical_fit(w), 0.5 * w["offer"]["misfit_loss"], w["loyalty"]["leaving_per_year"] / 12
    elsewhere, odds = _without(w, n_firms, typical)
    sigma, slope = w["market"]["spend_sigma"], w["loyalty"]["satisfaction_slope"]
    shape = np.array([sigma, hazard, loss, slope, elsewhere, odds], np.float32)
    spreads = w["loyalty"]["frailty_cv"], w["requests"]["asking_cv"], conduct.TEMPER_CV
    tables = [gamma_table(float(cv)) for cv in spreads]
    names = ("segment", "need", "frailty", "asking", "temper", "wallet", "firm", "tenure", "satisfaction")

    def draw(first: int) -> None:
        m = min(BLOCK, n - first)
        views = [store[name][..., first : first + m] for name in names]
        draw_people(first, m, *seed_key, shape, firms["centre"][0], *tables, n_firms, *views)

    in_blocks(draw, n, threads)
    store["expectation"][:] = store["satisfaction"]
    store["image"][:] = typical
    store["trust"][:] = 0.37
    store["restraint"][:] = 0.95
    hours = 1.35 * w["journey"]["contact_rate"] * w["work"]["contact_hours"] + w["work"]["operations_hours"]
    cost = hours * w["finance"]["pay_per_hour"] / w["market"]["monthly_price"]
    store["cost_to_serve"][:] = min(cost, MOST)
    store["entitlement"][:] = w["expectations"]["naive_entitlement_prob"]
    return store


def draw_network(spec: Scenario, seed_key: tuple[Any, Any]) -> tuple[Array, Array]:
    """Who hears from each person, in compressed rows: ``start`` (n + 1,) and ``ties`` (edges,), int32."""
    n = spec.customers
    start = np.empty(n + 1, np.int32)
    count_ties(n, *seed_key, start)
    ties = np.empty(start[-1], np.int32)
    draw_ties(n, _FAR_SHARE, max(min(50, n // 4), 1), *seed_key, start, ties)
    return start, ties


def open_firms(spec: Scenario, world: Array, seed_key: tuple[Any, Any]) -> Array:
    """The company record before anyone has been served."""
    n_firms = len(spec.firms)
    firms = np.zeros(1, company_dtype(n_firms))
    s, w = firms[0], world[0]
    z = _normals(N_SEGMENTS * N_NEEDS, seed_key).reshape(N_SEGMENTS, N_NEEDS)
    s["centre"] = z
    _settle_beliefs(s, w, seed_key)
    for name in ("alive", "care", "commitment", "defects", "seams", "new_defects", "new_seams", "offer_delay"):
        s[name] = 1
    s["effort_by_segment"] = 1
    for name in ("discipline", "fix_impact", "best_impact", "applicants"):
        s[name] = 1
    for name in ("standard", "time_given", "pressure", "ability", "proficiency", "pay", "effort", "own_share"):
        s[name] = 1
    typical = _typical_fit(w)
    s["promise"] = s["reputation"] = typical
    s["knowledge"] = 0.7
    s["employer_name"], s["engagement"] = turnover.NORMAL_NAME, NORMAL_ENGAGEMENT
    s["exhaustion"] = 0.25
    s["overhead"] = 1.2
    s["failure_prob"], s["handoff_loss_prob"] = w["journey"]["failure_prob"], w["journey"]["handoff_loss_prob"]
    return firms


def seats(n_firms: int, filled: int) -> dict[str, Array]:
    """Employee columns in order of firm and silo: three seats for each that is filled at the start."""
    per_silo = 3 * filled
    n = n_firms * N_SILOS * per_silo
    columns: dict[str, Array] = {c.name: np.zeros(n, c.stored) for c in EMPLOYEE_COLUMNS}
    index = np.arange(n)
    columns["firm"][:] = index // (N_SILOS * per_silo)
    columns["silo"][:] = index // per_silo % N_SILOS
    columns["present"][:] = index % per_silo < filled
    columns["proficiency"][:] = 0.95
    columns["talent"][:] = 1
    columns["engagement"][:] = NORMAL_ENGAGEMENT
    columns["exhaustion"][:] = 0.25
    columns["tenure"][:] = 24
    columns["pay"][:] = 1
    return columns

