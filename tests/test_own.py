"""A researcher's own mechanism in the month: its place, its columns, its luck, its parameters, and what it may not."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxsim import api
from cxsim.engine import streams, sweep
from cxsim.engine.columns import BLOCK
from cxsim.mechanisms import CUSTOMER_STEPS, step_name, word_of_mouth
from cxsim.model import CXModel
from cxsim.own import MADE_BY, STEPS, known_after
from cxsim.own_month import stream
from cxsim.panel import Follower
from cxsim.population import CUSTOMER_COLUMNS, CUSTOMERS, N_DRAWS
from cxsim.scenario import Change, Scenario, ScenarioError
from lived import BUSY, opened, scenario
from own_samples import Diary, Echo, Grudge, documented, thing
from test_luck import differing, live

SIZE = {"customers": 800, "employees": 8}
GRUDGE = scenario(values=[("use", [Grudge])], **SIZE)


def own(model: CXModel) -> dict[str, bytes]:
    return {name: column.tobytes() for name, column in model.own.columns.items()}


def test_flows_are_known_from_the_step_on_that_makes_them() -> None:
    """A month on a tile that holds nothing else: what a step leaves everywhere filled, it makes."""
    n = 4000
    model = opened(scenario(values=BUSY, customers=n, employees=10), steps=2)
    tile, luck = np.zeros(1, model.people.dtype), np.empty((N_DRAWS, BLOCK), np.float32)
    streams.fill(luck, 0, n, model.clock, *model.key, streams.CUSTOMERS)
    for c in CUSTOMER_COLUMNS:
        tile[0][c.name][:] = np.nan if c.stored == "f4" else 77
    model.people.load(tile, 0, n)
    word_of_mouth.listen(tile, model.heard[:n].copy())

    def made() -> set[str]:
        columns = {c.name: tile[0][c.name][..., :n] for c in CUSTOMER_COLUMNS}
        return {name for name, x in columns.items() if not (np.isnan(x) if x.dtype == np.float32 else x == 77).any()}

    assert not made() & set(MADE_BY)
    for step in CUSTOMER_STEPS:
        step(tile, luck, model.world, model.policy, model.company)
        assert made() == known_after(step_name(step)), step_name(step)
    assert made() == set(CUSTOMERS)


def test_it_runs_at_its_place_on_the_month_as_it_is() -> None:
    """Satisfaction is lowered once, by the grudge of this month's failures, before anything else reads it."""
    weight = ("world.grudge.weight", 0.0)
    sure = ("world.grudge.forgiving_prob", 0.0)
    model = opened(scenario(values=[("use", [Grudge, Echo]), weight, sure], **SIZE))
    before = model.own.columns["grudge"].copy()
    live(model, 1)
    np.testing.assert_array_equal(model.own.columns["grudge"], before + model.lived["failed"])
    np.testing.assert_array_equal(model.own.columns["echo"], model.own.columns["grudge"])
    assert model.own.columns["grudge"].max() > 2 and model.lived["failed"].sum() > 0
    heavier = copy.deepcopy(model)
    heavier.own.world["grudge"]["weight"] = 0.01
    live(model, 1), live(heavier, 1)
    stayed = (model.lived["joined"] == 0) & (heavier.lived["joined"] == 0)
    lost = model.people["satisfaction"] - heavier.people["satisfaction"]
    np.testing.assert_allclose(lost[stayed], 0.01 * model.own.columns["grudge"][stayed], atol=1e-6)


def test_off_means_off() -> None:
    """Without weight a grudge is borne, drawn and forgiven, and nobody else moves by a bit."""
    plain = CXModel(scenario(values=BUSY, **SIZE), rng=3)
    off = CXModel(scenario(values=[*BUSY, ("use", [Grudge]), ("world.grudge.weight", 0)], **SIZE), rng=3)
    assert not differing(plain, off), "the opening"
    live(plain, 6), live(off, 6)
    assert not differing(plain, off) and off.own.columns["grudge"].any()
    on = live(CXModel(scenario(values=[*BUSY, ("use", [Grudge])], **SIZE), rng=3), 6)
    assert "people.satisfaction" in differing(plain, on)


def test_the_documented_mechanism_is_off_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(documented(tmp_path))
    plain = scenario(values=BUSY, **SIZE)
    off = plain.replace("use", "loyalty_points:LoyaltyPoints")
    on = off.replace("policy.loyalty_points.reward_share", 0.1)
    models = [CXModel(s, rng=3) for s in (plain, off, on)]
    assert not differing(models[0], models[2]), "every arm has the same past"
    for model in models:
        live(model, 6)
    assert not differing(*models[:2]) and {"people.satisfaction", "firms.cash"} <= set(differing(models[0], models[2]))
    points, people = models[2].own.columns["points"], models[2].people
    assert points[people["firm"] == 0].mean() > 0.1
    assert not points[(people["firm"] == 1) & (people["tenure"] > 1)].any(), "the rival gives none"


@pytest.mark.parametrize("threads", [2, 7])
def test_threads_change_no_bit(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """30,000 customers are four blocks; each model lives an opening of its own."""
    spec = scenario(values=[*BUSY, ("use", [Grudge, Echo, Diary])], customers=30_000, employees=8)
    one = live(CXModel(spec, rng=9), 2)
    monkeypatch.setattr(sweep, "SERIAL_BELOW", 1)
    other = live(CXModel(spec, rng=9, threads=threads), 2)
    assert not differing(one, other) and own(one) == own(other)


def test_luck_is_its_own_and_the_same_for_a_person_in_every_arm() -> None:
    few = live(CXModel(scenario(values=[("use", [Diary])], **SIZE), rng=4), 3)
    arm = [("use", [Grudge, Diary]), ("policy.requests.conceded_share", 1)]
    many = live(CXModel(scenario(2, arm, customers=9000, employees=8), rng=4), 3)
    for name in ("first_draw", "fourth_draw"):
        np.testing.assert_array_equal(few.own.columns[name], many.own.columns[name][:800])
        draws = many.own.columns[name]
        assert abs(draws.mean() - 0.5) < 0.01 and abs(draws.std() - 12**-0.5) < 0.01
    assert abs(np.corrcoef(many.own.columns["first_draw"], many.own.columns["fourth_draw"])[0, 1]) < 0.04
    numbers = {int(stream(kind)) for kind in (Grudge, Diary, Echo)}
    assert len(numbers) == 3 and min(numbers) >= 2**31 > 1000 > int(streams.NETWORK)


def test_parameters_and_people_are_as_the_month_has_them() -> None:
    change = Change(2, world={"grudge": {"weight": 0.5}}, policy={"grudge": {"amends_share": 1.0}})
    of_rival = Change(3, firm=1, policy={"grudge": {"amends_share": 0.5}})
    half = [("use", [Grudge, Diary]), ("timeline", [change, of_rival]), ("steps_per_month", 2)]
    model = live(opened(scenario(values=half, **SIZE)), 2)
    assert model.own.world["grudge"]["weight"][0] == np.float32(0.1)
    live(model, 2)
    assert model.own.world["grudge"]["weight"][0] == 0.5
    assert not model.own.columns["grudge"][model.lived["served_by"] == 0].any(), "made good, all of it"
    live(model, 2)
    assert model.own.policy["grudge"]["amends_share"][0].tolist() == [1, 0.5]
    assert model.firms[1].levers("grudge") == {"amends_share": 0.5}
    now = model.policy["requests"]["conceded_share"][0]
    served = model.lived["served_by"]
    np.testing.assert_array_equal(model.own.columns["lever"], np.where(served < 0, np.float32(0), now[served]))
    assert (model.own.columns["months"] == 0.5 + 24 + 3).all(), "with the step by which firms are staffed"


def test_the_opening_is_lived_with_it_under_default_levers() -> None:
    """And remembered, with what people have of it."""
    eager = GRUDGE.replace("policy.grudge.amends_share", 1)
    one, two = CXModel(GRUDGE, rng=8), CXModel(eager, rng=8)
    assert one.own.columns["grudge"].any() and own(one) == own(two) and not differing(one, two)
    assert two.own.policy["grudge"]["amends_share"][0].tolist() == [1, 0]
    live(one, 2)
    again = CXModel(GRUDGE, rng=8)
    assert own(again) == own(two) != own(one)
    other = CXModel(scenario(**SIZE), rng=8)
    assert "people.satisfaction" in differing(other, again), "another mechanism, another past"


def test_copies_go_on_in_the_same_way() -> None:
    model = live(CXModel(GRUDGE, rng=2), 2)
    twins = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    live(model, 3)
    for twin in twins:
        assert own(twin) != own(model)
        assert own(live(twin, 3)) == own(model) and not differing(model, twin)


def test_people_have_its_columns() -> None:
    model = live(CXModel(GRUDGE), 1)
    assert model.customers.agg("grudge", np.sum) == model.own.columns["grudge"].sum() > 0
    assert model.customers[3].grudge == model.own.columns["grudge"][3]
    angry = model.customers.select(lambda c: c.grudge > 2)
    assert 0 < len(angry) < len(model.customers)
    angry.set("grudge", 0)
    assert model.own.columns["grudge"].max() <= 2
    with pytest.raises(ValueError, match="grudge"):
        model.customers.set("grudge", -1)


def test_a_panel_keeps_its_columns() -> None:
    followed = live(Follower(GRUDGE.replace("horizon_months", 3), rng=1, panel=800), 3)
    seen = followed.record().panel
    assert seen is not None and [c.name for c in seen.own] == ["grudge"]
    np.testing.assert_array_equal(seen.customers["grudge"][-1], followed.own.columns["grudge"])
    plain = GRUDGE.replace("use", [], "horizon_months", 3, "replications", 2)
    both = api.compare([plain, GRUDGE.replace("horizon_months", 3, "replications", 2)], panel=5)
    assert both.customers["grudge"].isna().sum() == len(both.customers) // 2
    units = both.columns.set_index(["table", "column"])
    assert units.loc[("customers", "grudge"), "unit"] == "failures"


def test_arms_of_a_comparison_may_differ_in_it() -> None:
    small = GRUDGE.replace("horizon_months", 6, "replications", 2)
    plain, off = small.replace("use", []), small.replace("world.grudge.weight", 0)
    found = api.compare([plain, off, small], worlds=4, everyone=True)
    assert not np.nan_to_num(found.difference_values[:, 0]).any() and np.nan_to_num(found.difference_values[:, 1]).any()
    assert found.worlds is not None and "world.grudge.weight" in found.worlds.held
    sampled = api.compare([plain, small], worlds=4).worlds
    assert sampled is not None and "world.grudge.weight" in sampled.paths


WRONG: list[tuple[str, dict[str, str], str]] = [
    ("c.trust += 1.5", {}, "Thing: trust is {} for customer 0; allowed is 0..1 share"),
    ("c.trust[3] = np.nan", {}, "Thing: trust is nan for customer 3; allowed is 0..1 share"),
    ("c.tally -= 1", {}, "Thing: tally is -1 for customer 0; allowed is 0..10 points"),
    ("c.granted[5] = .5", {"WRITES": '("granted",)'}, "Thing: granted is 0.5 for customer 5; allowed is 0 or 1"),
    ("c.image[1, 7] = np.inf", {"WRITES": '("image",)'},
     "Thing: image is inf for customer 7; allowed is -9..9 months of spend"),
    ("c.satisfaction += 1", {}, ("thing.py:15: Thing: ValueError: output array is read-only, in "
     "'c.satisfaction += 1'; name in WRITES the columns of the model that it changes")),
    ("c.satisfaction = 1", {}, ("thing.py:15: Thing: AttributeError: 'satisfaction' is not in WRITES, in "
     "'c.satisfaction = 1'")),
    ("c.satisfation", {}, ("thing.py:15: Thing: AttributeError: customers have no 'satisfation'; did you mean "
     "'satisfaction'?, in 'c.satisfation'")),
    ("c.chosen", {}, ("thing.py:15: Thing: AttributeError: 'chosen' is made by loyalty.look, later than "
     "loyalty.satisfy, in 'c.chosen'")),
    ("c.tally = np.zeros(3)", {}, ("thing.py:15: Thing: ValueError: could not broadcast input array from shape (3,) "
     "into shape (800,), in 'c.tally = np.zeros(3)'")),
    ("world.thing.efect", {}, ("thing.py:15: Thing: AttributeError: world.thing has no 'efect'; did you mean "
     "'effect'?, in 'world.thing.efect'")),
    ("world.thing.effect = 2", {}, ("thing.py:15: Thing: AttributeError: world.thing.effect cannot be set; a scenario "
     "does that, in 'world.thing.effect = 2'")),
    ("policy.requests.conceded_share[0] = 1", {}, ("thing.py:15: Thing: ValueError: assignment destination is "
     "read-only, in 'policy.requests.conceded_share[0] = 1'; name in WRITES the columns of the model that it changes")),
    ("self.seen = 1", {}, ("thing.py:15: Thing: AttributeError: a mechanism keeps nothing on itself: declare a column "
     "for 'seen', in 'self.seen = 1'")),
]  # fmt: skip


@pytest.mark.parametrize(("month", "declared", "said"), WRONG, ids=[row[0] for row in WRONG])
def test_what_goes_wrong_in_a_month_is_one_line(
    month: str, declared: dict[str, str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    thing(tmp_path, month, **declared)
    with pytest.raises(ScenarioError) as caught:
        CXModel(Scenario.default().replace("use", "thing:Thing", *[x for pair in SIZE.items() for x in pair]))
    value = str(caught.value).partition(" is ")[2].partition(" for ")[0]
    assert str(caught.value) == said.format(value)


def test_an_error_on_a_thread_reaches_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    thing(tmp_path, "if c.first: raise KeyError('far')")
    spec = scenario(values=[("use", "thing:Thing")], customers=30_000, employees=8)
    with pytest.raises(ScenarioError, match=r"^thing\.py:15: Thing: KeyError: 'far', in"):
        CXModel(spec, threads=3)


def test_a_month_without_its_step_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import cxsim.model

    monkeypatch.setattr(cxsim.model, "CUSTOMER_STEPS", CUSTOMER_STEPS[:5])
    with pytest.raises(ScenarioError, match=r"^Grudge: loyalty\.satisfy is no step of this model's month$"):
        CXModel(GRUDGE)


@pytest.mark.parametrize("step", [STEPS[0], STEPS[-1]])
def test_it_may_stand_first_or_last(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    thing(tmp_path, "c.tally = c.served_by >= 0", AFTER=repr(step))
    model = CXModel(scenario(values=[("use", "thing:Thing")], **SIZE))
    served: Any = model.own.columns["tally"].sum()
    assert served == pytest.approx(model.company["served"][0].sum() / model.people_each)
