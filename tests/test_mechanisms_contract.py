"""One contract for all mechanisms: what is declared to be read and written is what is read and written.

Every step of the customers is run on tiles that were lived (four months of a busy market of 4,000 people), not made
up. Reads and writes of a mechanism (its module) cover all its steps; a mechanism may read what it writes.
"""

from __future__ import annotations

import ast
import inspect
import re
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cxsim import mechanisms
from cxsim import model as months
from cxsim.company import FIELDS
from cxsim.engine import streams
from cxsim.engine.columns import BLOCK
from cxsim.mechanisms import tally, turnover, word_of_mouth, workforce
from cxsim.model import MONTH
from cxsim.population import CUSTOMER_COLUMNS, CUSTOMERS, EMPLOYEE_COLUMNS, N_DRAWS
from lived import BUSY, IMPROVING, Watched, opened, outside_bounds, scenario, steps_of_customers

N = 4000
MODULES: tuple[ModuleType, ...] = (*mechanisms.MODULES, tally)
BY_NAME = {m.__name__: m for m in MODULES}
STEPS = steps_of_customers()
IDS = [f"{module.rsplit('.', 1)[1]}.{run.py_func.__name__}" for module, run in STEPS]
OF_SEATS = (workforce, turnover)
OUTSIDE = ("firm", "silo")  # whose seat it is: given, and no customer's column


@lru_cache(maxsize=1)
def lived_through() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray, Watched]:
    """The tile before every step and after the last, the luck, and the model, in its fourth month."""
    seen: list[np.ndarray] = []
    luck_seen: list[np.ndarray] = []

    def look(tile: np.ndarray, luck: np.ndarray, *_: Any) -> None:
        seen.append(tile.copy())
        luck_seen.append(luck.copy())

    model = opened(scenario(values=BUSY, customers=N, employees=10), steps=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(months, "CUSTOMER_STEPS", (*(x for _, run in STEPS for x in (look, run)), look))
        model._customers()
    return seen, luck_seen, luck_seen[0], model


def lived_run(k: int, tile: np.ndarray) -> np.ndarray:
    """Step ``k`` on ``tile``, which it changes and returns."""
    _, _, luck, m = lived_through()
    STEPS[k][1](tile, luck, m.world, m.policy, m.company)
    return tile


def same(a: np.ndarray, b: np.ndarray, name: str) -> bool:
    """Whether a column of people in use is the same to the bit."""
    return bool(a[0][name][..., :N].tobytes() == b[0][name][..., :N].tobytes())


def changed(before: np.ndarray, after: np.ndarray) -> set[str]:
    """Names of columns that differ."""
    return {name for name in CUSTOMERS if not same(before, after, name)}


def test_declared_names_are_columns() -> None:
    seats = {c.name for c in EMPLOYEE_COLUMNS}
    for m in MODULES:
        known = seats if m in OF_SEATS else set(CUSTOMERS)
        assert set(m.READS) <= known and set(m.WRITES) <= known, m.__name__
        assert not set(m.READS) & set(m.WRITES), f"{m.__name__}: what is written may be read; declare it once"
        assert len({*m.READS, *m.WRITES}) == len(m.READS) + len(m.WRITES), m.__name__


def test_every_column_that_moves_has_one_writer() -> None:
    writers = [name for m in MODULES if m not in OF_SEATS for name in m.WRITES]
    assert sorted(writers) == sorted(c.name for c in CUSTOMER_COLUMNS if c.kind != "trait")
    moving = {c.name for c in EMPLOYEE_COLUMNS if c.kind != "trait"}
    assert {*workforce.WRITES, *turnover.WRITES} == moving


@pytest.mark.parametrize("k", range(len(STEPS)), ids=IDS)
def test_a_step_writes_what_its_mechanism_declares_and_nothing_else(k: int) -> None:
    tiles, lucks, luck, m = lived_through()
    assert changed(tiles[k], tiles[k + 1]) <= set(BY_NAME[STEPS[k][0]].WRITES)
    assert lucks[k + 1].tobytes() == luck.tobytes(), "luck was written"
    records = [x.tobytes() for x in (m.world, m.policy, m.company)]
    for number, whole in ((np.nan, 77), (0.25, 1)):  # for places of the tile that nobody lives in
        beyond = tiles[k].copy()
        for c in CUSTOMER_COLUMNS:
            beyond[0][c.name][..., N:] = number if c.stored == "f4" else whole
        place = beyond.copy()
        after = lived_run(k, beyond)
        assert all(same(after, tiles[k + 1], name) for name in CUSTOMERS), "read beyond the people in use"
        for c in CUSTOMER_COLUMNS:
            np.testing.assert_array_equal(after[0][c.name][..., N:], place[0][c.name][..., N:], err_msg=c.name)
    assert [x.tobytes() for x in (m.world, m.policy, m.company)] == records, "a step of customers wrote to a firm"


@pytest.mark.parametrize("poison", [(np.nan, 77), (np.inf, -77)], ids=["nan", "inf"])
@pytest.mark.parametrize("k", range(len(STEPS)), ids=IDS)
def test_a_step_reads_nothing_undeclared(k: int, poison: tuple[float, int]) -> None:
    tiles, _, _, _ = lived_through()
    module = BY_NAME[STEPS[k][0]]
    tile = tiles[k].copy()
    for name in set(CUSTOMERS) - set(module.READS) - set(module.WRITES):
        tile[0][name][:] = poison[0] if CUSTOMERS[name].stored == "f4" else poison[1]
    after = lived_run(k, tile)
    differ = {name for name in module.WRITES if not same(after, tiles[k + 1], name)}
    assert not differ, f"{differ} hang on something that READS leaves out"


@pytest.mark.parametrize("name", sorted({m for m, _ in STEPS} - {tally.__name__}))
def test_every_declared_read_is_read(name: str) -> None:
    """A column that is shifted by one person, or moved, changes something that the mechanism writes."""
    tiles, _, _, _ = lived_through()
    module, unread = BY_NAME[name], []
    own = [k for k, (m, _) in enumerate(STEPS) if m == name]
    for column in module.READS:
        x = CUSTOMERS[column]

        def moved(k: int, how: int, column: str = column, stored: str = x.stored) -> bool:
            tile = tiles[k].copy()
            values = tile[0][column][..., :N]
            rolled = np.roll(values, 1, axis=-1)
            values[:] = rolled if how == 0 or stored == "i1" else (1 - values if how == 1 else values + 1.5)
            after = lived_run(k, tile)
            return any(not same(after, tiles[k + 1], w) for w in module.WRITES)

        if not any(moved(k, how) for k in own for how in (0, 1, 2)):
            unread.append(column)
    assert not unread


def _attributes(run: Any, record: str = "c") -> tuple[set[str], set[str]]:
    """Attributes that a step's source reads and writes of ``record``: what it could do, whatever it did here."""
    function = ast.parse(inspect.getsource(run.py_func)).body[0]
    read, written = set(), set()
    for node in ast.walk(function):
        stores = getattr(node, "targets", [getattr(node, "target", None)])
        for target in stores if isinstance(node, (ast.Assign, ast.AugAssign)) else ():
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == record:
                    written.add(part.attr)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == record:
            read.add(node.attr)
    if not re.search(r"\bc\.image\b(?!\.shape)", inspect.getsource(run.py_func)):
        read.discard("image")  # its shape only: the number of firms
    return read - {"m"}, written - {"m"}


@pytest.mark.parametrize("name", sorted({m for m, _ in STEPS}))
def test_declarations_name_every_column_in_the_source(name: str) -> None:
    module = BY_NAME[name]
    runs = [run for m, run in STEPS if m == name] + [word_of_mouth.listen] * (module is word_of_mouth)
    named = set().union(*(_attributes(run)[0] for run in runs))
    assert named == {*module.READS, *module.WRITES}
    assert set().union(*(_attributes(run)[1] for run in runs)) <= set(module.WRITES)


def test_the_tally_only_reads() -> None:
    tiles, _, _, m = lived_through()
    tile = tiles[-1].copy()
    tally.count(tile, np.zeros((len(m.firms), tally.N_TALLIES), np.int64))
    assert not changed(tile, tiles[-1]) and tally.WRITES == ()
    assert _attributes(tally._tally)[0] - {"m"} <= set(tally.READS)
    assert set(tally.READS) <= {c.name for c in CUSTOMER_COLUMNS}


def test_a_month_leans_on_no_flow_of_an_earlier_one() -> None:
    """Flows are of one month: whatever the tile held before, the month is the same to the bit."""
    model = opened(scenario(values=BUSY, customers=N, employees=10), steps=2)
    dtype, m = model.people.dtype, model

    def live(filling: float) -> np.ndarray:
        tile, luck = np.zeros(1, dtype), np.empty((N_DRAWS, BLOCK), np.float32)
        streams.fill(luck, 0, N, m.clock, *m.key, streams.CUSTOMERS)
        for c in CUSTOMER_COLUMNS:
            tile[0][c.name][:] = filling if c.stored == "f4" else 77
        m.people.load(tile, 0, N)
        word_of_mouth.listen(tile, m.heard[:N].copy())
        for _, run in STEPS:
            run(tile, luck, m.world, m.policy, m.company)
        return tile

    assert not changed(live(np.nan), live(0.5))


@pytest.mark.parametrize("values", [(), BUSY], ids=["baseline", "busy"])
def test_bounds_hold_after_every_step(values: Any) -> None:
    model = opened(scenario(values=values, customers=N, employees=10))
    for _ in range(12):
        model.step()
        assert not outside_bounds(model)
    if values:
        tiles, _, _, _ = lived_through()
        for k, (module, run) in enumerate(STEPS):
            for name in BY_NAME[module].WRITES:
                c, x = CUSTOMERS[name], tiles[k + 1][0][name][..., :N]
                if not same(tiles[k], tiles[k + 1], name):
                    assert np.isfinite(x).all() and (x >= c.low).all() and (x <= c.high).all(), (run, name)


def test_busy_market_uses_every_column() -> None:
    """The lived tile is worth nothing to the tests above where a column is the same for everybody."""
    tile = lived_through()[0][-1][0]
    idle = {name for name in CUSTOMERS if np.ptp(tile[name][..., :N]) == 0}
    assert not idle


def test_employees_change_only_what_the_workforce_declares() -> None:
    model = opened(scenario(values=BUSY, customers=N, employees=10), steps=3)
    before = {name: x.copy() for name, x in model.seats.items()}
    moved: set[str] = set()
    for _ in range(3):
        model.step()
        moved |= {name for name, x in model.seats.items() if x.tobytes() != before[name].tobytes()}
    assert moved == {*workforce.WRITES, *turnover.WRITES} - {"pay"}  # pay moves with the lever only
    assert set(OUTSIDE) <= set(workforce.READS) & set(turnover.READS)


def test_every_quantity_of_a_firm_is_written_in_one_stage() -> None:
    """Stages of a month, each with the record hashed before and after, over a year of a busy market."""
    programmes = ("culture.programme_hours", 4), ("culture.values_share", 0.01), ("culture.action_share", 0.5)
    programmes += ("culture.leaders_hours", 1), ("culture.purpose_hours", 1)
    programmes += ("leadership.support_hours", 2), ("leadership.strengths_hours", 1), ("leadership.coercion_share", 0.1)
    programmes += ("leadership.mentoring_share", 0.1), ("leadership.empathy_hiring_share", 0.5)
    values = (*BUSY, *IMPROVING, *((f"policy.{name}", value) for name, value in programmes))
    values += (("world.competition.rival_improvement_rate", 0.02), ("policy.pricing.relative_price", 1.05))
    values += (("world.disputes.dispute_hours", 1), ("policy.navigator.measuring_hours", 1))
    model = opened(scenario(values=values, customers=N, employees=10))
    writers: dict[str, set[str]] = {}
    for _ in range(12):
        for title, stage in MONTH:
            before = model.company.copy()
            stage(model)
            for name in before.dtype.names or ():
                if before[name].tobytes() != model.company[name].tobytes():
                    writers.setdefault(name, set()).add(title)
        model.clock += 1
    several = {name: sorted(w) for name, w in writers.items() if len(w) > 1}
    assert not several
    never = {f.name for f in FIELDS} - set(writers)  # here nobody closes, and pay and the world stay as they are
    steady = {"alive", "heads_per_seat", "start_spend", "pay", "price", "labour_price", "failure_toll", "wait_months"}
    assert never <= steady
