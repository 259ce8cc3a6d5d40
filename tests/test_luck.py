"""Common random numbers: what should not matter moves no bit, so that a difference of two arms is the policy's."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import mesa
import numpy as np
import pytest

import renew
from cxsim import mechanisms, opening, population
from cxsim import model as months
from cxsim.engine import sweep
from cxsim.model import CXModel
from cxsim.parameters import Parameter, policy
from cxsim.population import CUSTOMER_COLUMNS
from lived import BUSY, Values, opened, scenario

SIZE = {"customers": 1200, "employees": 8}
TRAITS = ("segment", "frailty", "asking", "temper", "wallet")


def everything(model: CXModel) -> dict[str, bytes]:
    """All state of a model, by name."""
    state = {f"firms.{name}": model.company[name].tobytes() for name in model.company.dtype.names}
    state |= {f"people.{name}": model.people[name].tobytes() for name in model.people.columns}
    state |= {f"seats.{name}": x.tobytes() for name, x in model.seats.items()}
    return state | {"heard": model.heard.tobytes()}


def differing(a: CXModel, b: CXModel) -> list[str]:
    """Names of the state in which two models differ in any bit."""
    mine, theirs = everything(a), everything(b)
    return [name for name in mine if mine[name] != theirs[name]]


def live(model: Any, steps: int = 4) -> Any:
    """Step a model and return it."""
    for _ in range(steps):
        model.step()
    return model


# A lever that finds nothing to act on: its path, two values, and what makes it idle.
IDLE: list[tuple[str, float, float, Values]] = [
    ("policy.recovery.compensation", 0, 2, (("policy.recovery.effort_share", 0),)),
    ("policy.budgeting.horizon_quarters", 0, 40, (("world.budgeting.pressure_slope", 0),)),
    ("world.conduct.sanction_loss", 0, 3, (("policy.conduct.tolerated_share", 1),)),
    ("world.improvement.effect_rate", 0, 10, (("policy.silos.improvement_share", 0),)),
]


@pytest.mark.parametrize(("path", "a", "b", "idle"), IDLE, ids=[row[0] for row in IDLE])
def test_an_idle_lever_moves_no_bit(path: str, a: float, b: float, idle: Values) -> None:
    arms = []
    for value in (a, b):
        model = opened(scenario(values=idle, **SIZE))
        for p, x in idle:
            side, heading, name = p.split(".")
            getattr(model, side)[heading][name][:] = x
        side, heading, name = path.split(".")
        getattr(model, side)[heading][name][:] = value
        arms.append(live(model))
    assert not differing(*arms)


@pytest.mark.slow  # another lever is another type of record: every step is compiled again
def test_an_unused_lever_moves_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = live(CXModel(scenario(values=BUSY, **SIZE), rng=3))
    unused = Parameter("unused", 1, "ratio", 0, 2, "none", "nothing", "nothing", "nothing")
    groups = [policy("novelty", unused), *mechanisms.GROUPS]
    where = [(g.side, g.heading) for g in groups].index(("policy", "requests"))
    groups[where] = dataclasses.replace(groups[where], parameters=(unused, *groups[where].parameters))
    spec = scenario(values=BUSY, **SIZE)
    levers = {h: dict(v) for h, v in spec.policy.items()}
    levers["requests"]["unused"] = 1
    rivals = tuple(dataclasses.replace(r, policy={**r.policy, "novelty": {"unused": 1},
                   "requests": {**r.policy["requests"], "unused": 2}}) for r in spec.rivals)  # fmt: skip
    spec = dataclasses.replace(spec, policy={**levers, "novelty": {"unused": 2}}, rivals=rivals)
    for module in (opening, months):
        monkeypatch.setattr(module, "GROUPS", tuple(groups))
    opening._lived.clear()
    assert not differing(plain, live(CXModel(spec, rng=3)))


def test_a_probe_moves_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading every column, within the month too, and Mesa's collector; the opening is lived with the probe."""
    plain = live(opened(scenario(values=BUSY, **SIZE)))
    seen = []

    def probe(tile: np.ndarray, *_: Any) -> None:
        seen.append([float(np.mean(tile[0][c.name][..., : SIZE["customers"]])) for c in CUSTOMER_COLUMNS])

    steps = tuple(x for run in months.CUSTOMER_STEPS for x in (probe, run))
    monkeypatch.setattr(months, "CUSTOMER_STEPS", steps)
    model = CXModel(scenario(values=BUSY, **SIZE), rng=7)
    collector = mesa.DataCollector({"cash": lambda m: m.firms[0].cash, "trust": lambda m: m.people["trust"].mean()})
    for _ in range(4):
        model.step()
        collector.collect(model)
        model.record()
    assert len(seen) > 4 * len(steps) // 2 and not differing(plain, model)


def test_a_bystander_moves_no_bit() -> None:
    """One more person, without ties, whom no firm takes: everybody else lives the same to the bit."""
    plain, joined = (opened(scenario(values=BUSY, **SIZE)) for _ in range(2))
    n = joined.people.append(
        firm=-1, barred=(1 << len(joined.firms)) - 1, frailty=1, asking=3, temper=3, wallet=1, trust=0.5, restraint=1
    )
    joined.network = (np.append(joined.network[0], joined.network[0][-1]), joined.network[1])
    joined.heard, joined.stories = (np.append(words, np.uint64(0)) for words in (joined.heard, joined.stories))
    live(plain, 8), live(joined, 8)
    assert joined.people["firm"][n] == -1 and joined.people["image"][0, n] != 0, "she is there, and looks on"
    assert plain.company.tobytes() == joined.company.tobytes()
    for name in plain.people.columns:
        np.testing.assert_array_equal(plain.people[name], joined.people[name][..., :n], err_msg=name)


def test_every_arm_has_the_same_people_and_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    draws: list[bytes] = []
    arms = []
    for share in (0.0, 1.0):
        draws.clear()
        model = CXModel(scenario(values=[("policy.requests.conceded_share", share)], **SIZE), rng=5)
        first = model.company.tobytes(), [model.people[name].tobytes() for name in model.people.columns]
        with monkeypatch.context() as patch:
            look = lambda tile, luck, *_: draws.append(luck[:, : SIZE["customers"]].tobytes())  # noqa: E731
            patch.setattr(months, "CUSTOMER_STEPS", (*months.CUSTOMER_STEPS, look))
            live(model)
        arms.append((first, [*draws], model._staff_luck.tobytes(), model.network[1].tobytes()))
        assert len(draws) == 4 and len(set(draws)) == 4
    assert arms[0] == arms[1]


def test_a_further_rival_changes_nobody() -> None:
    alone, three = opened(scenario(0, **SIZE)), opened(scenario(3, **SIZE))
    for name in TRAITS:
        np.testing.assert_array_equal(alone.people[name], three.people[name], err_msg=name)
    for a, b in zip(alone.network, three.network, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(alone.company["centre"], three.company["centre"])
    np.testing.assert_array_equal(alone.people["need"], three.people["need"])


def test_more_people_leave_the_first_ones_as_they_were() -> None:
    few, many = opened(scenario(customers=300, employees=8)), opened(scenario(**SIZE))
    for name in TRAITS:
        np.testing.assert_array_equal(few.people[name], many.people[name][..., :300], err_msg=name)


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_change_no_bit(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """30,000 customers are four blocks; each model lives an opening of its own."""
    spec = scenario(values=BUSY, customers=30_000, employees=8)
    one = live(CXModel(spec, rng=9), 3)
    monkeypatch.setattr(sweep, "SERIAL_BELOW", 1)
    assert not differing(one, live(CXModel(spec, rng=9, threads=threads), 3))


def test_seeds_and_replications_matter() -> None:
    """The teeth of the tests above: what should move bits does."""
    spec = scenario(**SIZE)
    models = [CXModel(spec, rng=1), CXModel(spec, rng=2), CXModel(spec, rng=1, replication=1)]
    states = [everything(m) for m in models]
    assert len({s["people.need"] for s in states}) == len({s["seats.exhaustion"] for s in states}) == 3
    assert population.N_DRAWS % 4 == 0, "luck is filled four draws at a time"


def test_the_saved_bits() -> None:
    """The same bits in every Python and every version of a library: one hash, whoever computes it."""
    saved = json.loads(renew.BITS.read_text(encoding="utf-8"))
    assert renew.digest(renew.short_run()) == saved["sha256"], renew.MOVED
