"""Whatever valid scenario: nothing is lost, made up, beyond its bounds or not a number, and nothing is left to chance.

Scenarios are drawn from the declared bounds, their ends first, since that is where models break.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cxsim.parameters import Parameter
from cxsim.record import FIRM_COLUMNS, Record
from cxsim.scenario import Change, Scenario
from cxsim.scenario_check import STRUCTURAL
from lived import PARAMETERS, Watched, outside_bounds, scenario

COSTS = (
    "variable_cost", "concession_cost", "recovery_cost", "pay_cost", "turnover_cost", "acquisition_cost",
    "programme_cost", "fixed_cost",
)  # fmt: skip
FLOWS = ("joined", "left", "ended", "requests", "failures", "complaints", "abuse", "quits", "hires", "revenue")
# A market of one firm, of two, and of four: each number of firms is compiled by itself, hence not every one.
RIVALS = (0, 1, 3)


def _value(p: Parameter, where: float) -> float:
    """A value of a parameter: its ends at 0 and 1, in between on a logarithmic scale from a thousandth of the top."""
    if where in (0.0, 1.0):
        return p.high if where else p.low
    low = max(p.low, p.high / 1000)
    value = low * (p.high / low) ** where
    return float(round(value)) if p.integer else value


@st.composite
def _values(draw: st.DrawFn) -> tuple[tuple[str, float], ...]:
    """Values for some paths, by path: None leaves the default, which is where shrinking goes."""
    where = st.sampled_from([None, None, 0.0, 1.0, 0.3, 0.7])
    drawn = draw(st.lists(where, min_size=len(PARAMETERS), max_size=len(PARAMETERS)))
    pairs = zip(PARAMETERS.items(), drawn, strict=True)
    return tuple((path, _value(p, w)) for (path, p), w in pairs if w is not None)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Any valid scenario of up to 300 customers and 4 firms, over up to 10 months, with up to three dated changes."""
    rivals, horizon = draw(st.sampled_from(RIVALS)), draw(st.integers(1, 10))
    settings = {
        "customers": draw(st.sampled_from([1, 2, 40, 300])), "employees": draw(st.sampled_from([4, 15])),
        "horizon_months": horizon, "steps_per_month": draw(st.sampled_from([1, 1, 1, 2, 8])),
    }  # fmt: skip
    paths, changes = sorted(set(PARAMETERS) - STRUCTURAL), []
    for path in draw(st.lists(st.sampled_from(paths), max_size=3, unique=True)):
        side, heading, name = path.split(".")
        value = {heading: {name: _value(PARAMETERS[path], draw(st.sampled_from([0.0, 0.5, 1.0])))}}
        firm = draw(st.integers(0, rivals)) if side == "policy" else 0
        month, over = draw(st.integers(1, horizon)), draw(st.sampled_from([0, 0, 4]))
        changes.append(Change(month, over, firm=firm, **{side: value}))
    spec = scenario(rivals, draw(_values()), **settings)
    return spec.replace("timeline", tuple(changes)) if changes else spec


def _live(spec: Scenario) -> tuple[Record, list[str]]:
    """Run a scenario; its record, and what was out of bounds or unbalanced on the way."""
    model, wrong = Watched(spec, rng=3), []
    pool = spec.world["market"]["represents"]
    for step in range(spec.horizon_months * spec.steps_per_month):
        before = model.company[0].copy()
        model.step()
        s = model.company[0]
        wrong += [f"step {step}: {x}" for x in outside_bounds(model)]
        with_firms = np.array([(model.people["firm"] == f).sum() for f in range(len(s["alive"]))])
        without = (model.people["firm"] == -1).sum()
        if with_firms.sum() + without != spec.customers:
            wrong.append(f"step {step}: people are missing")
        if not np.allclose(s["customers"], with_firms * pool / spec.customers, rtol=1e-9):
            wrong.append(f"step {step}: firms count other customers than there are")
        heads = before["heads"] + s["hires"] - s["quits"]
        open_ = s["alive"] > 0  # who closes dismisses everybody
        if not np.allclose(s["heads"][open_], heads[open_], rtol=1e-9, atol=1e-9 * (1 + heads.max())):
            wrong.append(f"step {step}: heads do not balance")
    return model.record(), wrong


def _books_balance(r: Record) -> None:
    """Customers and money of a record, month by month."""
    f = r.firm
    start = np.vstack([r.start_customers[None], f["customers"][:-1]])
    scale = 1 + start.sum()
    np.testing.assert_allclose(f["customers"], start + f["joined"] - f["left"] - f["ended"], atol=1e-9 * scale)
    money = sum(np.abs(f[c]).max() for c in (*COSTS, "revenue"))
    np.testing.assert_allclose(f["profit"], f["revenue"] - sum(f[c] for c in COSTS), rtol=1e-9, atol=1e-12 * money)
    gained = np.diff(f["cash"], axis=0)
    np.testing.assert_allclose(gained, f["profit"][1:], rtol=1e-9, atol=1e-12 * (money + np.abs(f["cash"]).max()))
    for name in FLOWS:
        assert (f[name] >= 0).all(), name
    answered = f["granted"] + f["charged"] + f["alternatives"] + f["refused"]
    np.testing.assert_allclose(answered, f["requests"], atol=1e-9 * scale)
    assert (f["refused"] >= -1e-9 * scale).all() and (f["resolved"] <= f["complaints"]).all()
    assert (f["complaints"] <= f["failures"]).all()


def _ends(where: float) -> Scenario:
    return scenario(1, [(path, _value(p, where)) for path, p in PARAMETERS.items()], customers=300, employees=10,
                    horizon_months=8)  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
@example(_ends(0.0))
@example(_ends(1.0))
def test_any_valid_scenario_keeps_people_money_and_bounds(spec: Scenario) -> None:
    record, wrong = _live(spec)
    assert not wrong, "\n".join(wrong[:5])
    for name, x in {**record.firm, **record.silo}.items():
        assert np.isfinite(x).all(), name
    _books_balance(record)
    again, _ = _live(spec)
    for name in FIRM_COLUMNS:
        assert record.firm[name].tobytes() == again.firm[name].tobytes(), name


@pytest.mark.parametrize(("path", "value"), [("policy.silos.information_sharing_share", 1.0), ("customers", 1)])
def test_a_closing_firm_loses_its_customers_on_the_books_too(path: str, value: Any) -> None:
    spec = scenario(1, [("world.finance.fixed_cost_share", 0.9), ("world.finance.opening_cash_months", 0)],
                    customers=200, employees=10, horizon_months=12).replace(path, value)  # fmt: skip
    record, wrong = _live(spec)
    assert not wrong
    _books_balance(record)
    closed = record.firm["insolvent"] == 1
    assert closed.any() and (record.firm["customers"][closed] == 0).all()
    assert (record.firm["revenue"][1:][closed[:-1]] == 0).all()
