"""The opening: parameter records, people, network, staff and firms as they stand before the first month."""

from __future__ import annotations

from typing import Any

import numpy as np

from cxsim.company import N_SILOS, company_dtype
from cxsim.engine.columns import BLOCK, N_NEEDS, N_SEGMENTS, Array, Store, parameter_dtype
from cxsim.engine.streams import POPULATION, normals
from cxsim.mechanisms import GROUPS
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEE_COLUMNS, count_ties, draw_people, draw_ties, gamma_table
from cxsim.scenario import Scenario

_CENTRES = 2**31  # agent numbers beyond any customer's, for draws of the market as a whole


def parameter_records(spec: Scenario) -> tuple[Array, Array]:
    """The world's record and the policies' (one array over firms per lever), as the scenario's month 0 has them."""
    n_firms = len(spec.firms)
    world = np.zeros(1, parameter_dtype(GROUPS, "world", n_firms))
    policy = np.zeros(1, parameter_dtype(GROUPS, "policy", n_firms))
    world["dt"] = 1.0 / spec.steps_per_month
    levers = [spec.policy, *(rival.policy for rival in spec.rivals)]
    for g in GROUPS:
        for p in g.parameters:
            if g.side == "world":
                world[g.heading][p.name] = spec.world[g.heading][p.name]
            else:
                policy[g.heading][p.name][0] = [lever[g.heading][p.name] for lever in levers]
    return world, policy


def default_policy(n_firms: int) -> Array:
    """Every firm under the declared defaults: how they all lived before the opening."""
    policy = np.zeros(1, parameter_dtype(GROUPS, "policy", n_firms))
    for g in GROUPS:
        for p in g.parameters:
            if g.side == "policy":
                policy[g.heading][p.name] = p.default
    return policy


def _normals(n: int, seed_key: tuple[Any, Any]) -> Array:
    """``n`` standard normals of the market as a whole."""
    out = np.empty(n)
    normals(out, _CENTRES, POPULATION, *seed_key)
    return out


def draw_customers(spec: Scenario, world: Array, firms: Array, seed_key: tuple[Any, Any]) -> Store:
    """The pool of potential customers with their traits and opening states."""
    w = world[0]
    n, n_firms = spec.customers, len(spec.firms)
    store = Store(CUSTOMER_COLUMNS, n, n_firms)
    prospects, hazard = w["market"]["prospect_share"], w["loyalty"]["leaving_per_year"] / np.float32(12)
    shape = np.array([w["needs"]["personal_sd"], w["market"]["spend_sigma"], prospects, hazard], np.float32)
    tables = [
        gamma_table(float(w[h][p]))
        for h, p in (("loyalty", "frailty_cv"), ("requests", "asking_cv"), ("conduct", "temper_cv"))
    ]
    names = ("segment", "need", "frailty", "asking", "temper", "wallet", "firm", "tenure")
    for first in range(0, n, BLOCK):
        m = min(BLOCK, n - first)
        views = [store[name][..., first : first + m] for name in names]
        draw_people(first, m, *seed_key, shape, firms["centre"][0], *tables, n_firms, *views)
    spread = float(w["needs"]["personal_sd"]) ** 2 * N_NEEDS
    typical = np.exp(-0.5 * float(w["offer"]["misfit_loss"]) * spread * 0.8)
    for name in ("expectation", "satisfaction", "image"):
        store[name][:] = typical
    store["trust"][:] = 0.5
    store["entitlement"][:] = w["expectations"]["naive_entitlement"]
    return store


def draw_network(spec: Scenario, world: Array, seed_key: tuple[Any, Any]) -> tuple[Array, Array]:
    """Whom each person hears from, in compressed rows: ``start`` (n + 1,) and ``ties`` (edges,), int32."""
    w, n = world[0]["word_of_mouth"], spec.customers
    start = np.empty(n + 1, np.int32)
    count_ties(n, w["ties"], *seed_key, start)
    ties = np.empty(start[-1], np.int32)
    draw_ties(n, w["far_share"], max(min(50, n // 4), 1), *seed_key, start, ties)
    return start, ties


def open_firms(spec: Scenario, world: Array, seed_key: tuple[Any, Any]) -> Array:
    """The company record before anyone has been served."""
    n_firms = len(spec.firms)
    firms = np.zeros(1, company_dtype(n_firms))
    s, w = firms[0], world[0]
    sd = float(w["needs"]["segment_sd"])
    z = _normals(N_SEGMENTS * N_NEEDS, seed_key).reshape(N_SEGMENTS, N_NEEDS)
    s["centre"] = sd * z
    s["belief"] = s["centre"]
    s["offer"] = s["centre"]
    s["variance"] = 0.3 * sd**2
    for name in ("alive", "care", "defects", "seams", "commitment"):
        s[name] = 1
    for name in ("standard", "time_given", "pressure", "ability", "proficiency", "pay", "effort", "own_share"):
        s[name] = 1
    typical = np.exp(-0.5 * float(w["offer"]["misfit_loss"]) * 0.8 * N_NEEDS * float(w["needs"]["personal_sd"]) ** 2)
    s["promise"] = s["reputation"] = typical
    s["knowledge"] = 0.7
    s["employer_name"] = s["engagement"] = w["workforce"]["normal_engagement"]
    s["exhaustion"] = 0.25
    s["failure_prob"], s["hop_loss_prob"] = w["journey"]["failure_prob"], w["journey"]["hop_loss_prob"]
    return firms


def seats(n_firms: int, filled: int, world: Array) -> dict[str, Array]:
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
    columns["engagement"][:] = world[0]["workforce"]["normal_engagement"]
    columns["exhaustion"][:] = 0.25
    columns["tenure"][:] = 24
    columns["pay"][:] = 1
    return columns

