"""The model as a Mesa model: steps, seeds, collecting, copies, memory."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import weakref

import mesa
import numpy as np
import pytest

from bits import SMALL, dated, moved, run
from cxsim import model as model_module
from cxsim.company import company_dtype
from cxsim.engine.sweep import SERIAL_BELOW
from cxsim.model import HEADLINES, CXModel, simulate
from cxsim.record import FIRM_COLUMNS
from cxsim.scenario import Scenario

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
