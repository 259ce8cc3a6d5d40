"""Customers and employees in AgentSet's words: the same answers as Mesa's own sets give, over live columns."""

from __future__ import annotations

import copy
import pickle

import mesa
import numpy as np
import pytest

from cxsim.model import CXModel
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEE_COLUMNS, N_SEGMENTS
from cxsim.scenario import Scenario
from cxsim.views import Customer, Customers, Employee

SPEC = Scenario.default().replace("customers", 300, "employees", 6, "horizon_months", 6)
STORED = [c for c in CUSTOMER_COLUMNS if c.kind != "flow"]


@pytest.fixture
def model() -> CXModel:
    model = CXModel(SPEC)
    for _ in range(3):
        model.step()
    return model


class Person(mesa.Agent):
    """A customer as a Mesa agent."""


@pytest.fixture
def yardstick(model):
    """The same customers as Mesa's own agents, in an AgentSet."""
    other = mesa.Model(rng=1)
    for row in model.customers:
        person = Person(other)
        for name in ("firm", "segment", "trust", "satisfaction", "tenure"):
            setattr(person, name, getattr(row, name))
        person.id = row.id
    return other.agents


def ids(people) -> list[int]:
    return [one.id for one in people]


def test_mesa_registers_firms_and_silos_only(model) -> None:
    assert {type(agent).__name__ for agent in model.agents} == {"Firm", "Silo"}
    assert len(model.customers) == 300 and not isinstance(model.customers[0], mesa.Agent)


def test_select_as_mesa_selects(model, yardstick) -> None:
    people = model.customers
    assert ids(people) == list(range(300))
    for keep in (lambda c: c.trust > 0.4, lambda c: c.firm == 1 and c.tenure >= 12, lambda c: False):
        assert ids(people.select(keep)) == ids(yardstick.select(keep))
        assert ids(people.select(keep, at_most=5)) == ids(yardstick.select(keep, at_most=5))
        assert ids(people.select(keep, at_most=0.1)) == ids(yardstick.select(keep, at_most=0.1))
    assert ids(people.select()) == ids(yardstick)


def test_masks_and_keywords_are_the_quick_way(model) -> None:
    people = model.customers
    mask = (people.trust > 0.4) & (people.firm == 0)
    assert ids(people.select(mask)) == np.flatnonzero(mask).tolist() == ids(people.select(people.trust > 0.4, firm=0))
    some = people.select(firm=0)
    assert ids(some.select(some.trust > 0.4)) == ids(people.select(mask))
    assert ids(people.select(firm=[-1, 1])) == np.flatnonzero(people.firm != 0).tolist()
    trust = people[3].trust
    assert 3 in ids(people.select(trust=trust)) and 3 in ids(people.select(trust=[trust]))
    for wrong in (mask[:-1], people.trust, mask[:, None]):
        with pytest.raises(ValueError, match="boolean mask"):
            people.select(wrong)
    with pytest.raises(AttributeError, match="did you mean 'trust'"):
        people.select(trsut=1)


def test_get_and_agg(model, yardstick) -> None:
    people = model.customers
    np.testing.assert_array_equal(people.get("trust"), yardstick.get("trust"))
    np.testing.assert_array_equal(np.array(people.get(["trust", "firm"])).T, yardstick.get(["trust", "firm"]))
    for func in (np.mean, sum, min, max, len):
        assert people.agg("trust", func) == pytest.approx(yardstick.agg("trust", func), rel=1e-12)
    assert people.agg("tenure", [min, max]) == yardstick.agg("tenure", [min, max])
    assert people.agg("segment", sum) == people.segment.astype(int).sum(), "small whole numbers do not wrap around"
    assert model.employees.agg("silo", sum) == sum(employee.silo for employee in model.employees)


def test_groupby(model, yardstick) -> None:
    people = model.customers
    for by in ("firm", "segment", lambda c: c.trust > 0.4):
        ours, theirs = people.groupby(by), yardstick.groupby(by)
        assert ours.count() == theirs.count() and len(ours) == len(theirs)
        assert ours.agg("trust", np.mean) == pytest.approx(theirs.agg("trust", np.mean), rel=1e-12)
        assert {label: ids(part) for label, part in ours} == {label: ids(part) for label, part in theirs}
    groups = people.groupby("firm")
    assert groups.map(len) == groups.map("__len__") == groups.count() and list(groups.groups) == [-1, 0, 1]
    assert groups.do(lambda part: part.set("trust", 0.5)) is groups and (people.trust == 0.5).all()
    assert ids(groups[1]) == ids(people.select(firm=1))
    assert len(people.select(firm=[]).groupby("firm")) == 0
    with pytest.raises(ValueError, match="need has 3 values"):
        people.groupby("need")


def test_sort(model, yardstick) -> None:
    for key in ("tenure", lambda c: c.trust):
        for ascending in (False, True):
            assert ids(model.customers.sort(key, ascending=ascending)) == ids(yardstick.sort(key, ascending=ascending))
    best = model.customers.sort("satisfaction").select(at_most=3)
    assert best[0].satisfaction == model.customers.satisfaction.max()


def test_do_and_map(model) -> None:
    seen: list[tuple[int, int]] = []
    some = model.customers.select(firm=1)
    assert some.do(lambda row, plus: seen.append((row.id, row.id + plus)), plus=7) is some
    assert seen == [(i, i + 7) for i in ids(some)]
    assert some.map("__repr__") == [repr(row) for row in some]


def test_a_column_is_live_and_a_part_cannot_be_written_by_mistake(model) -> None:
    people = model.customers
    assert np.shares_memory(people.trust, model.people["trust"])
    people.trust[4] = 0.25
    assert people[4].trust == 0.25
    part = people.select(firm=0)
    with pytest.raises(ValueError, match="read-only"):
        part.trust[0] = 0.1
    part.trust = 0.75
    assert (people.trust[people.firm == 0] == 0.75).all() and (people.trust[people.firm != 0] != 0.75).any()
    people.trust *= 0.5
    assert part[0].trust == 0.375


def test_set(model) -> None:
    people = model.customers
    part = people.select(firm=1)
    assert part.set("satisfaction", np.linspace(0, 1, len(part))) is part
    np.testing.assert_allclose(part.satisfaction, np.linspace(0, 1, len(part)), rtol=1e-6)
    part.set("need", np.array([[0.1], [0.2], [0.3]]))
    np.testing.assert_allclose(people.need[:, part.ids[0]], [0.1, 0.2, 0.3], rtol=1e-6)
    before = model.people["trust"].copy()
    for name, value in (
        ("trust", 1.5),
        ("trust", np.nan),
        ("tenure", np.inf),
        ("tenure", -2),
        ("firm", 2),
        ("firm", 0.5),
    ):
        with pytest.raises(ValueError, match=f"{name}: expected"):
            part.set(name, value)
    with pytest.raises(ValueError, match="whole numbers"):
        model.employees.set("present", 0.5)
    with pytest.raises(ValueError):
        part.set("trust", [0.1, 0.2])
    with pytest.raises(AttributeError):
        part.set("trsut", 0.1)
    with pytest.raises(AttributeError):
        part.mood = 0.1
    np.testing.assert_array_equal(before, model.people["trust"])


def test_what_is_set_is_lived(model) -> None:
    """Who is made to belong to no firm is counted as no customer, and the columns' bounds hold a month later."""
    model.customers.set("firm", -1).set("tenure", 0)
    model.step()
    record = model.record()
    assert record.firm["tenured"][-1].sum() == 0
    assert record.firm["customers"][-1].tolist() == record.firm["joined"][-1].tolist()
    for column in STORED:
        values = model.customers.get(column.name)
        assert (values >= column.low).all() and (values <= column.high).all(), column.name


def test_rows(model) -> None:
    one = model.customers[7]
    assert isinstance(one, Customer) and one.id == 7
    for column in STORED:
        held = model.people[column.name][..., 7]
        np.testing.assert_array_equal(getattr(one, column.name), held)
    assert isinstance(one.firm, int) and isinstance(one.trust, float) and one.need.shape == (3,)
    assert one.image.shape == (len(model.firms),)
    one.trust, one.need = 0.125, [0, 0.5, 1]
    assert model.people["trust"][7] == 0.125 and model.people["need"][:, 7].tolist() == [0, 0.5, 1]
    with pytest.raises(ValueError):
        one.trust = 2
    with pytest.raises(AttributeError, match="within a month"):
        _ = one.asked
    with pytest.raises(AttributeError):
        one.mood = 1
    assert one == model.customers.select(model.customers.ids == 7)[0] and one != model.customers[8]
    assert one != model.employees[7] and len({one, model.customers[7]}) == 1
    assert one in model.customers and one not in model.customers.select(model.customers.ids != 7)
    assert one not in model.employees and one not in CXModel(SPEC).customers
    one.firm, one.tenure = 1, 14
    assert repr(one).startswith("<Customer 7 of firm 1: satisfaction ") and "trust 0.12, 14 months>" in repr(one)
    one.firm = -1
    assert repr(one) == "<Customer 7, of no firm>"


def test_places(model) -> None:
    some = model.customers.select(firm=0)
    assert some[0].id == some.ids[0] and some[-1].id == some.ids[-1] == some[len(some) - 1].id
    assert model.customers[-1].id == 299
    assert ids(some[2:6]) == some.ids[2:6].tolist() and isinstance(some[2:6], Customers)
    assert [row.id for row in reversed(some[:3])] == some.ids[2::-1].tolist()
    for place in (len(some), -len(some) - 1):
        with pytest.raises(IndexError):
            some[place]
    assert repr(some) == f"<{len(some)} customers>" and "trust" in dir(some)


def test_ties_are_those_who_hear(model) -> None:
    start, ties = model.network
    for one in model.customers[:20]:
        assert set(ids(one.ties)) == set(ties[start[one.id] : start[one.id + 1]].tolist())
        assert one not in one.ties and 1 <= len(one.ties) <= 10
    bystander = model.people.append(firm=-1)
    assert len(model.customers[bystander].ties) == 0


def test_employees_are_those_present(model) -> None:
    staff = model.employees
    assert ids(staff) == np.flatnonzero(model.seats["present"]).tolist()
    assert len(staff) < len(model.seats["firm"]), "there are empty seats"
    assert {row.present for row in staff} == {1.0}
    one = staff.select(firm=1, silo=4)[0]
    assert isinstance(one, Employee) and one.firm == 1
    assert repr(one).startswith(f"<Employee {one.id} of firm 1, service: exhaustion ")
    one.exhaustion = 0.5
    assert model.seats["exhaustion"][one.id] == 0.5
    heads = sum(row.heads for row in staff.select(firm=0))
    assert heads == pytest.approx(model.record().firm["employees"][-1, 0])
    one.present = 0
    assert len(model.employees) == len(staff) - 1
    assert {c.name for c in EMPLOYEE_COLUMNS} <= set(dir(staff))


def test_to_frame(model) -> None:
    part = model.customers.select(firm=1)
    frame = part.to_frame()
    assert frame.index.name == "id" and frame.index.tolist() == ids(part)
    np.testing.assert_array_equal(frame["trust"], part.trust)
    np.testing.assert_array_equal(frame[["need_0", "need_1", "need_2"]].to_numpy().T, part.need)
    assert {"image_0", "image_1", "segment"} <= set(frame) and frame["segment"].max() < N_SEGMENTS
    whole = model.customers.to_frame()
    whole.loc[0, "trust"] = 0.987
    assert model.people["trust"][0] != np.float32(0.987), "a table is a copy"
    assert len(model.employees.to_frame()) == len(model.employees)


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))])
def test_views_can_be_copied(model, again) -> None:
    for view in (model.customers.select(firm=0), model.employees, model.customers):
        twin = again(view)
        assert type(twin) is type(view) and ids(twin) == ids(view)
        assert again(view[1]).id == view[1].id and repr(again(view[1])) == repr(view[1])


def test_a_million_is_quick_by_columns(model) -> None:
    """Nothing but a function of a row goes row by row."""
    calls: list[int] = []

    class Counted(Customer):
        __slots__ = ()

        def __init__(self, people, id: int) -> None:
            calls.append(id)
            super().__init__(people, id)

    class Many(Customers):
        __slots__ = ()
        _row = Counted

    many = Many(model)
    many.select(many.trust > 0.4, firm=0).set("trust", 0.5).groupby("segment").agg("trust", np.mean)
    many.sort("tenure").select(at_most=0.5).to_frame()
    assert not calls
    many.select(lambda row: row.firm == 0)
    assert len(calls) == len(many)
