"""Columns in and out of a tile, tables of traits, and the arithmetic of the compiled steps."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numba
import numpy as np
import pytest

from cxsim import population
from cxsim.engine.columns import BLOCK, Store
from cxsim.engine.kernels import in_turn
from cxsim.mechanisms import improvement, issues, word_of_mouth
from cxsim.population import CUSTOMER_COLUMNS, gamma_table
from lived import opened, scenario, steps_of_customers

STEPS = [(f"{module.rsplit('.', 1)[1]}.{run.py_func.__name__}", run) for module, run in steps_of_customers()]


def test_steps_that_run_as_one_take_no_arguments_but_those_they_were_compiled_for() -> None:
    model = opened(scenario(customers=50, employees=4))
    one_by_one, in_one = model.company.copy(), model.company.copy()
    steps = (improvement.strive, issues.find, issues.work_off)
    for run in steps:
        run(one_by_one, model.world, model.policy)
    in_turn(steps, in_one, model.world, model.policy)
    assert in_one.tobytes() == one_by_one.tobytes() != model.company.tobytes()
    several = np.concatenate([in_one, in_one])
    with pytest.raises(TypeError, match="No matching definition"):
        in_turn(steps, several[::-1], model.world, model.policy)
    with pytest.raises(ValueError, match="C order"):
        in_turn(steps[1:], several[::-1], model.world, model.policy)


def test_a_tile_holds_what_was_loaded_and_gives_back_the_state_only() -> None:
    store = Store(CUSTOMER_COLUMNS, 100, 2)
    rng = np.random.default_rng(1)
    for c in store.columns.values():
        store[c.name][:] = rng.integers(0, 3, store[c.name].shape)
    before = {name: store[name].copy() for name in store.columns}
    tile = np.zeros(1, store.dtype)
    store.load(tile, 30, 50)
    assert tile[0]["m"] == 50
    for name in store.columns:
        np.testing.assert_array_equal(tile[0][name][..., :50], before[name][..., 30:80], err_msg=name)
        tile[0][name][..., :50] += 1
    store.save(tile, 30, 50)
    for name, c in store.columns.items():
        expected = before[name].copy()
        expected[..., 30:80] += c.kind == "state"  # traits are not written back
        np.testing.assert_array_equal(store[name], expected, err_msg=name)


def test_an_appended_agent_moves_no_other() -> None:
    store = Store(CUSTOMER_COLUMNS, 10, 3)
    store["image"][:] = np.arange(30).reshape(3, 10)
    assert store.append(trust=0.5, image=2, firm=-1) == 10 == store.n - 1
    np.testing.assert_array_equal(store["image"][:, :10], np.arange(30).reshape(3, 10))
    assert store["trust"][10] == 0.5 and (store["image"][:, 10] == 2).all() and store["firm"][10] == -1


def test_a_name_that_is_not_stored_is_refused() -> None:
    with pytest.raises(KeyError):
        Store(CUSTOMER_COLUMNS, 1, 1)["quality"]


def test_names_and_bounds_of_columns() -> None:
    names = [c.name for c in CUSTOMER_COLUMNS]
    assert len(set(names)) == len(names)
    for c in CUSTOMER_COLUMNS:
        assert c.low < c.high and c.unit and c.meaning and c.kind in ("state", "trait", "flow")


@pytest.mark.parametrize("cv", [0.2, 0.5, 1, 2, 3])
def test_gamma_traits_have_mean_one_and_their_spread(cv: float) -> None:
    """The table read at 200,001 evenly spaced chances. Mean within .5 %, coefficient of variation within 2 % (the
    far tail is cut at a normal score of 5: at a cv of 3 that is what is missing)."""
    from scipy.special import ndtri

    u = (np.arange(200_001) + 0.5) / 200_001
    x = np.interp(ndtri(u), np.linspace(-5, 5, 2049), gamma_table(cv).astype(float))
    assert x.mean() == pytest.approx(1, rel=0.005)
    assert x.std() / x.mean() == pytest.approx(cv, rel=0.02)


def test_no_spread_is_the_same_for_all() -> None:
    assert (gamma_table(0.0) == 1).all()


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """LLVM of every step of the customers, compiled afresh: what comes from the cache cannot be inspected."""
    m = opened(scenario(customers=10, employees=4))
    tile, luck = np.zeros(1, m.people.dtype), np.zeros((population.N_DRAWS, BLOCK), np.float32)
    found = {}
    for name, run in STEPS:
        fresh: Any = numba.njit(nogil=True, error_model="numpy")(run.py_func)
        fresh.compile(tuple(numba.typeof(x) for x in (tile, luck, m.world, m.policy, m.company)))
        (found[name],) = fresh.inspect_llvm().values()
    fresh = numba.njit(nogil=True, error_model="numpy")(word_of_mouth.listen.py_func)
    fresh.compile((numba.typeof(tile), numba.typeof(m.heard)))
    (found["word_of_mouth.listen"],) = fresh.inspect_llvm().values()
    return found


NAMES = [*(name for name, _ in STEPS), "word_of_mouth.listen"]


@pytest.mark.parametrize("name", NAMES)
def test_no_step_widens_to_double(name: str) -> None:
    """A bare literal is a double: slower, and other bits where a compiler is free to round twice."""
    lines = [line for line in _codes()[name].splitlines() if " fpext " in line or " fptrunc " in line]
    assert not lines, "\n".join(lines[:5])


@pytest.mark.parametrize("name", NAMES)
def test_every_step_vectorises(name: str) -> None:
    assert re.search(r"<\d+ x (float|i32)>", _codes()[name]), f"{name} runs one customer at a time"
