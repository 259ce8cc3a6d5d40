"""The model as a Mesa model: steps, collecting, copies, memory; dated changes; closing firms; extremes of size."""

from __future__ import annotations

import copy
import gc
import inspect
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest

from cxsim import model as model_module
from cxsim.company import company_dtype
from cxsim.engine.sweep import SERIAL_BELOW
from cxsim.mechanisms import GROUPS
from cxsim.model import HEADLINES, CXModel, simulate
from cxsim.record import FIRM_COLUMNS, Record
from cxsim.scenario import STRUCTURAL, Change, Rival, Scenario, ScenarioError

SMALL = Scenario.default().replace("customers", 400, "employees", 10, "horizon_months", 8)
POOR = ("world.finance.opening_cash_months", 0.2, "world.finance.pay_per_hour", 45)


def run(model: CXModel, steps: int) -> CXModel:
    for _ in range(steps):
        model.step()
    return model


def tables(record: Record, months: slice = slice(None)) -> dict[str, np.ndarray]:
    """All columns of a record by name, of some months."""
    both = {f"firm.{k}": v for k, v in record.firm.items()} | {f"silo.{k}": v for k, v in record.silo.items()}
    return {name: values[months] for name, values in both.items()}


def moved(one: Record, other: Record, months: slice = slice(None)) -> list[str]:
    """Columns that differ by a bit or more."""
    a, b = tables(one, months), tables(other, months)
    return [name for name in a if not np.array_equal(a[name], b[name])]


def dated(side: str, heading: str, name: str, value: float, **more: int) -> Change:
    return Change(**{"month": 5, **more, side: {heading: {name: value}}})


# Mesa's side of it.


def test_a_model_without_arguments_is_a_mesa_model() -> None:
    model = CXModel()
    assert isinstance(model, mesa.Model) and model.running
    assert len(model.agents) == len(model.firms) * 6 == 12
    assert model.firms[0].title == model.spec.title and len(model.firms[0].silos) == 5
    run(model, 2)
    assert model.steps == 2 and model.record().n_months == 2


def test_seeds() -> None:
    five = run(CXModel(SMALL, rng=5), 2).record()
    assert not moved(five, run(CXModel(SMALL, rng=np.int64(5)), 2).record())
    assert moved(five, run(CXModel(SMALL, rng=6), 2).record())
    assert CXModel(SMALL, rng=None).seed_number != CXModel(SMALL, rng=None).seed_number
    same = [CXModel(SMALL, rng=np.random.default_rng(3)).seed_number for _ in range(2)]
    assert same[0] == same[1]
    with pytest.raises((TypeError, ValueError)):
        CXModel(SMALL, rng=-1)
    with pytest.raises((TypeError, ValueError)):
        CXModel(SMALL, rng="five")


def test_collected_headlines_are_the_focal_firm_s_record() -> None:
    model = run(CXModel(SMALL), 4)
    frame, record = model.datacollector.get_model_vars_dataframe(), model.record()
    assert set(HEADLINES) <= set(FIRM_COLUMNS)
    assert frame["month"].tolist() == [1, 2, 3, 4]
    for name in HEADLINES:
        np.testing.assert_array_equal(frame[name], record.firm[name][:, 0], name)


def test_a_part_of_a_month_has_its_row() -> None:
    model = run(CXModel(SMALL.replace("steps_per_month", 2)), 4)
    frame, record = model.datacollector.get_model_vars_dataframe(), model.record()
    assert frame["month"].tolist() == [0.5, 1, 1.5, 2] and record.n_months == 2
    np.testing.assert_allclose(frame["joined"].to_numpy().reshape(2, 2).sum(axis=1), record.firm["joined"][:, 0])
    np.testing.assert_array_equal(frame["trust"][1::2], record.firm["trust"][:, 0])


def mean_trust(model: CXModel) -> float:
    return float(model.customers.agg("trust", np.mean))


class Watched(CXModel):
    """A user's own model: a reporter more, and something done after each month."""

    def __init__(self, spec: Scenario | None = None, rng: int = 1) -> None:
        self.notes: list[int] = []
        super().__init__(spec, rng=rng, reporters={"mean trust": mean_trust, "solvent": lambda m: m.firms[0].solvent})

    def step(self) -> None:
        super().step()
        self.notes.append(len(self.customers.select(firm=0)))


def test_reporters_and_subclasses() -> None:
    model = run(Watched(SMALL), 3)
    frame = model.datacollector.get_model_vars_dataframe()
    assert frame["mean trust"].iloc[-1] == mean_trust(model) and frame["solvent"].all()
    assert len(model.notes) == len(frame) == 3
    assert not moved(model.record(), run(CXModel(SMALL), 3).record())


def test_a_user_s_own_collector_takes_the_place() -> None:
    model = CXModel(SMALL)
    model.datacollector = mesa.DataCollector({"steps": "steps"}, {"index": "index"})
    run(model, 2)
    assert model.datacollector.get_model_vars_dataframe()["steps"].tolist() == [1, 2]
    assert len(model.datacollector.get_agent_vars_dataframe()) == 2 * len(model.agents)


def test_collecting_or_looking_moves_no_bit() -> None:
    plain = simulate(SMALL)
    watched = CXModel(SMALL, collect=False)
    while watched.running:
        watched.step()
        watched.customers.agg("satisfaction", np.mean)
        watched.employees.to_frame()
    assert not moved(plain, watched.record())
    assert not moved(plain, run(CXModel(SMALL), 8).record())
    assert watched.datacollector.get_model_vars_dataframe().empty


def test_after_the_horizon() -> None:
    model = CXModel(SMALL.replace("horizon_months", 1))
    model.step()
    assert not model.running
    at_horizon = model.record()
    run(model, 3)
    assert not model.running and model.record().n_months == 1 and not moved(at_horizon, model.record())
    assert model.datacollector.get_model_vars_dataframe()["month"].tolist() == [1, 2, 3, 4]
    longer = run(CXModel(SMALL), 4)
    assert model.customers.get("trust").tobytes() == longer.customers.get("trust").tobytes()


def test_batch_run() -> None:
    arguments = {"spec": [SMALL, SMALL.replace("policy.requests.conceded_share", 0.9)]}
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        rows = mesa.batch_run(CXModel, arguments, rng=[1, 2], display_progress=False)
    else:
        rows = mesa.batch_run(CXModel, {**arguments, "rng": [1, 2]}, display_progress=False)
    assert len(rows) == 4 and {row["month"] for row in rows} == {8}
    for row in rows:
        assert row["profit"] == simulate(row["spec"], rng=row["rng"]).firm["profit"][-1, 0]


# Copies and memory.


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_goes_on_alike_and_alone(again) -> None:
    spec = SMALL.replace("timeline", [dated("policy", "requests", "conceded_share", 0.9, over_months=3)])
    model = run(CXModel(spec), 3)
    model.watched = model.customers.select(firm=1)  # a user's view goes along
    before = model.company.tobytes()
    twin = again(model)
    run(twin, 5)
    assert model.company.tobytes() == before and model.n_steps == model.steps == 3
    assert twin.watched[0].id == model.watched[0].id and twin.watched._model is twin
    run(model, 5)
    assert not moved(model.record(), twin.record())
    assert {agent.model for agent in twin.agents} == {twin}
    a, b = (m.datacollector.get_model_vars_dataframe() for m in (model, twin))
    assert a.equals(b) and len(a) == 8
    assert twin.company.dtype is company_dtype(2), "compiled steps recognise it by identity"


def test_threads_belong_to_no_model() -> None:
    model = run(CXModel(SMALL.replace("customers", SERIAL_BELOW), threads=2), 1)
    twin = pickle.loads(pickle.dumps(copy.deepcopy(model)))
    assert not moved(run(model, 1).record(), run(twin, 1).record())
    assert moved(model.record(), run(CXModel(SMALL), 2).record())


@pytest.fixture
def born(monkeypatch) -> list[weakref.ref]:
    """Weak references to all models that ``simulate`` makes; reference counting alone has to free them."""
    made: list[weakref.ref] = []

    class Noted(CXModel):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            made.append(weakref.ref(self))

    monkeypatch.setattr(model_module, "CXModel", Noted)
    gc.disable()
    yield made
    gc.enable()


def test_simulate_keeps_no_model(born) -> None:
    known = len(getattr(mesa.Agent, "_ids", ()))
    spec = SMALL.replace("horizon_months", 1)
    for k in range(200):
        simulate(spec, rng=k % 3)
    assert len(born) == 200 and not [one for one in born if one() is not None]
    assert len(getattr(mesa.Agent, "_ids", ())) == known


def test_nor_when_it_is_interrupted(born, monkeypatch) -> None:
    def interrupt(self: CXModel) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(CXModel, "step", interrupt)
    with pytest.raises(KeyboardInterrupt):
        simulate(SMALL)
    (shell,) = (one() for one in born)
    assert shell is None or not vars(shell), "the traceback may hold the model, but nothing in it"


def test_who_changes_the_month_lives_another_opening() -> None:
    plain = CXModel(SMALL)

    class Deaf(CXModel):
        def _learn(self) -> None:
            pass

    changed = [(name, Deaf._learn if stage is CXModel._learn else stage) for name, stage in model_module.MONTH]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model_module, "MONTH", tuple(changed))
        assert Deaf(SMALL).company.tobytes() != plain.company.tobytes()
    assert CXModel(SMALL).company.tobytes() == plain.company.tobytes()


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
    costs = [name for name in f if name.endswith("_cost")]
    assert len(costs) == 8
    np.testing.assert_allclose(f["profit"], f["revenue"] - sum(f[name] for name in costs), rtol=1e-9, atol=1e-6)
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
    "no prospects": SMALL.replace("world.market.prospect_share", 0),
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
        for f, firm in enumerate(model.firms):
            if not firm.solvent:
                dead_at.setdefault(f, (model.n_steps - 1) // steps)
                assert len(model.customers.select(firm=f)) == len(model.employees.select(firm=f)) == 0
    assert set(dead_at) == {0, 1}, "the world was made poor enough for both"
    assert (model.people["tenure"] == 0).all() and len(model.employees) == 0
    f = model.record().firm
    for firm, month in dead_at.items():
        assert month >= 1 or steps == 2
        assert f["ended"][month, firm] > 0 and f["cash"][month, firm] < 0
        for name in ("customers", "tenured", "equity", "employees", "satisfaction", "trust", "cost_to_serve"):
            assert (f[name][month:, firm] == 0).all(), name
        for name in ("joined", "left", "ended", "revenue", "pay_cost", "fixed_cost", "profit", "hires", "quits"):
            assert (f[name][month + 1 :, firm] == 0).all(), name
        assert (np.diff(f["cash"][month:, firm]) == 0).all()
        assert (f["insolvent"][:month, firm] == 0).all() and (f["insolvent"][month:, firm] == 1).all()


MARKETS = """
import warnings
import numpy as np
from cxsim.engine import kernels

def interpreted(function):
    def run(*arguments):
        named = (a.view(np.recarray) if isinstance(a, np.ndarray) and a.dtype.names else a for a in arguments)
        return function(*named)
    return run

kernels.step, kernels.inline = interpreted, lambda function: function
from cxsim.model import simulate
from cxsim.scenario import Rival, Scenario
from test_model import EXTREMES, conserved
warnings.filterwarnings("ignore", "overflow encountered")  # numpy says so where whole numbers wrap around
spec = EXTREMES["poor"].replace("customers", 9, "employees", 4, "horizon_months", 2)
for n in range(8):
    spec = spec.replace("rivals", [Rival(f"Rival {k}", {}) for k in range(n)])
    record = simulate(spec)
    assert record.firm["profit"].shape == (2, n + 1)
    conserved(record, spec.world["market"]["represents"])
    print(n, repr(record.firm["profit"].tolist()))
"""


def test_from_monopoly_to_eight_firms() -> None:
    """In the interpreter, where a further number of firms costs no compiling; two firms give the compiled bits."""
    here = Path(__file__).parent
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(here.parent), str(here)])}
    done = subprocess.run([sys.executable, "-c", MARKETS], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    spec = EXTREMES["poor"].replace("customers", 9, "employees", 4, "horizon_months", 2)
    compiled = simulate(spec.replace("rivals", [Rival("Rival 0", {})]))
    assert len(lines) == 8 and lines[1] == f"1 {compiled.firm['profit'].tolist()!r}"
