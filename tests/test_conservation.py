"""Dated changes leave the past alone; people, heads and money are conserved, when firms close too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bits import SMALL, dated, moved, tables
from cxsim.mechanisms import GROUPS
from cxsim.model import CXModel, simulate
from cxsim.record import Record
from cxsim.scenario import STRUCTURAL, Change, Rival, ScenarioError

POOR = ("world.finance.opening_cash_months", 0.5, "world.finance.pay_per_hour", 60)


# Dated changes.


def test_a_ramp_rises_month_by_month() -> None:
    ramp = dated("policy", "requests", "conceded_share", 0.9, over_months=3, firm=1)
    spec = SMALL.replace("policy.requests.conceded_share", 0.3, "rivals", [Rival("R", {"requests": {}})])
    spec = spec.replace("rivals[0].policy.requests.conceded_share", 0.3, "timeline", [ramp])
    model, seen = CXModel(spec.replace("steps_per_month", 2)), []
    for _ in range(16):
        model.step()
        seen.append(model.policy["requests"]["conceded_share"][0].tolist())
    ours, rival = np.array(seen[1::2]).T
    np.testing.assert_allclose(ours, 0.3)
    np.testing.assert_allclose(rival, [0.3, 0.3, 0.3, 0.3, 0.5, 0.7, 0.9, 0.9])
    assert seen[0::2] == seen[1::2], "a value holds for the whole month"


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize(
    "change",
    [
        dated("policy", "requests", "conceded_share", 0.95, over_months=3),
        dated("policy", "requests", "conceded_share", 0.95, firm=1),
        dated("world", "market", "monthly_price", 150.0),
        dated("world", "journey", "failure_prob", 0.4, over_months=2),
    ],
)
def test_before_its_month_a_change_moves_no_bit(change: Change, steps: int) -> None:
    spec = SMALL.replace("steps_per_month", steps)
    plain, changed = simulate(spec), simulate(spec.replace("timeline", [change]))
    assert not moved(plain, changed, slice(4))
    assert "firm.profit" in moved(plain, changed, slice(4, None))


DATABLE = [
    (g.side, g.heading, p.name, p.high if p.high != p.default else p.low)
    for g in GROUPS
    for p in g.parameters
    if g.path(p) not in STRUCTURAL
]


def test_whatever_changes_the_past_stays_and_numbers_stay_finite() -> None:
    """Every parameter that may be dated, moved to the end of its range."""
    plain = simulate(SMALL)
    for side, heading, name, value in DATABLE:
        record = simulate(SMALL.replace("timeline", [dated(side, heading, name, value)]))
        assert not moved(plain, record, slice(4)), f"{heading}.{name}"
        assert record.discount_per_year == plain.discount_per_year
        for column, values in tables(record).items():
            assert np.isfinite(values).all(), f"{heading}.{name}: {column}"


def test_what_is_read_once_cannot_be_dated() -> None:
    known = {g.path(p) for g in GROUPS for p in g.parameters}
    assert known > STRUCTURAL
    for path in STRUCTURAL:
        side, heading, name = path.split(".")
        change = dated(side, heading, name, SMALL.value(path))
        with pytest.raises(ScenarioError, match="cannot change over time"):
            SMALL.replace("timeline", [change])


# Closing firms, and what is conserved.


def conserved(record: Record, represents: float) -> None:
    """Customers, heads and money: what there was, and what came and went, is what there is."""
    f, s = record.firm, record.silo
    before = np.vstack([record.start_customers, f["customers"][:-1]])
    scale = 1e-9 * represents
    np.testing.assert_allclose(f["customers"], before + f["joined"] - f["left"] - f["ended"], atol=scale)
    assert (f["customers"].sum(axis=1) <= represents * (1 + 1e-9)).all()
    assert (f["tenured"] <= f["customers"] + scale).all()
    going = f["insolvent"][1:] == 0
    np.testing.assert_allclose(np.diff(f["cash"], axis=0), f["profit"][1:], rtol=1e-6, atol=1e-5)
    came = f["employees"][:-1] + f["hires"][1:] - f["quits"][1:]
    np.testing.assert_allclose(f["employees"][1:][going], came[going], rtol=1e-9)
    np.testing.assert_allclose(s["heads"].sum(axis=2), f["employees"])
    costs = sum(values for name, values in f.items() if name.endswith("_cost"))
    np.testing.assert_allclose(f["profit"], f["revenue"] - costs, rtol=1e-9, atol=1e-6)
    for name in ("trust", "entitlement", "promoters_share", "detractors_share", "exhaustion", "engagement"):
        assert ((f[name] >= 0) & (f[name] <= 1)).all(), name
    assert (np.abs(f["satisfaction"]) <= 9).all() and (np.abs(f["quality"]) <= 36).all()
    assert all(np.isfinite(values).all() for values in tables(record).values())


EXTREMES = {
    "plain": SMALL,
    "halves of months": SMALL.replace("steps_per_month", 2),
    "few seats": SMALL.replace("employees", 4),
    "one person": SMALL.replace("customers", 1),
    "three people": SMALL.replace("customers", 3),
    "stands for one": SMALL.replace("world.market.represents", 1),
    "one month": SMALL.replace("horizon_months", 1),
    "no prospects": SMALL.replace("world.loyalty.doing_without", -2),
    "poor": SMALL.replace(*POOR),
    "poor by halves": SMALL.replace(*POOR, "steps_per_month", 2),
    "penniless": SMALL.replace("world.finance.opening_cash_months", 0, "world.finance.pay_per_hour", 300),
    "ending": SMALL.replace("policy.relationships.ending_rate", 1, "world.finance.variable_cost_share", 0.9),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_conserved(name: str) -> None:
    spec = EXTREMES[name]
    conserved(simulate(spec), spec.world["market"]["represents"])


@pytest.mark.parametrize("steps", [1, 2])
def test_a_firm_that_closes(steps: int) -> None:
    model = CXModel(SMALL.replace(*POOR, "steps_per_month", steps))
    dead_at: dict[int, int] = {}
    while model.running:
        model.step()
        assert not (model.customers.select(firm=-1).tenure > 0).any()  # -1 for those whose firm has just closed
        for f, firm in enumerate(model.firms):
            if not firm.solvent:
                dead_at.setdefault(f, (model.n_steps - 1) // steps)
                assert len(model.customers.select(firm=f)) == len(model.employees.select(firm=f)) == 0
    assert set(dead_at) == {0, 1}, "the world was made poor enough for both"
    assert (model.people["tenure"] == 0).all() and len(model.employees) == 0
    f = model.record().firm
    for firm, month in dead_at.items():
        assert f["ended"][month, firm] > 0 and f["cash"][month, firm] < 0
        for name in ("customers", "tenured", "equity", "employees", "satisfaction", "trust", "cost_to_serve"):
            assert (f[name][month:, firm] == 0).all(), name
        for name in ("joined", "left", "ended", "revenue", "pay_cost", "fixed_cost", "profit", "hires", "quits"):
            assert (f[name][month + 1 :, firm] == 0).all(), name
        assert (np.diff(f["cash"][month:, firm]) == 0).all()
        assert (f["insolvent"][:month, firm] == 0).all() and (f["insolvent"][month:, firm] == 1).all()


MARKETS = """
from cxsim.model import simulate
from cxsim.scenario import Rival, Scenario
from test_conservation import EXTREMES, conserved
spec = EXTREMES["poor"].replace("customers", 9, "employees", 4, "horizon_months", 2)
for n in (0, 1, 2, 7):
    spec = spec.replace("rivals", [Rival(f"Rival {k}", {}) for k in range(n)])
    record = simulate(spec)
    assert record.firm["profit"].shape == (2, n + 1)
    conserved(record, spec.world["market"]["represents"])
    print(n, repr(record.firm["profit"].tolist()))
"""


def test_from_monopoly_to_eight_firms() -> None:
    """In the interpreter, where a further number of firms costs no compiling; two firms give the compiled bits."""
    here = Path(__file__).parent
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(here.parent), str(here)]), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", MARKETS], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    spec = EXTREMES["poor"].replace("customers", 9, "employees", 4, "horizon_months", 2)
    compiled = simulate(spec.replace("rivals", [Rival("Rival 0", {})]))
    assert len(lines) == 4 and lines[1] == f"1 {compiled.firm['profit'].tolist()!r}"
