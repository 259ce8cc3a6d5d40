"""Names, currency, order and the future change nothing (2, 3, 4, 13 of the sixteen). Exact: no tolerance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cxsim
from cxsim import opening, record
from cxsim.company import FIELDS
from cxsim.mechanisms import GROUPS
from cxsim.model import CXModel
from cxsim.record import FIRM_COLUMNS
from cxsim.scenario import Change, Rival, Scenario
from cxsim.scenario_check import STRUCTURAL
from validation.runs import (
    SEED,
    SQUARE,
    Stage,
    arm,
    differing,
    forget_openings,
    lived,
    money_columns,
    people_differing,
    plant_step,
    runs,
    wrap_stage,
    yearly,
    z_score,
)

SMALL = {"customers": 400, "employees": 8, "horizon_months": 18}

# --- 2. labels of firms, segments, silos, arms ------------------------------------------------------------------

SWAPPED_COLUMNS = (
    "customers", "satisfaction", "trust", "entitlement", "quality", "requests", "left", "abuse", "exhaustion", "profit",
)  # fmt: skip
SWAP_REPLICATIONS = 120


def _largest_swap_z() -> float:
    """Largest |z| over columns of (a policy's outcome as focal firm) - (the same policy's outcome as rival)."""
    doormat, mutual = arm("doormat_siloed"), arm("mutual_cross_functional")
    small = {"customers": 1000, "horizon_months": 30}
    one = runs(arm("doormat_siloed", **small, rivals=[Rival("Other", mutual.policy)]), SWAP_REPLICATIONS)
    two = runs(arm("mutual_cross_functional", **small, rivals=[Rival("Other", doormat.policy)]), SWAP_REPLICATIONS)
    scores = [
        z_score(yearly(one, name, firm=f) - yearly(two, name, firm=1 - f)) for name in SWAPPED_COLUMNS for f in (0, 1)
    ]
    return float(np.abs(scores).max())


def test_a_policy_does_as_well_as_focal_firm_and_as_rival() -> None:
    """Null: a policy's mean outcome is the same whether firm 0 or firm 1 runs it. Firms draw own luck by number, so
    the statement is statistical: 120 replications of 1,000 customers over 30 months, last year, ten columns of two
    policies, each within 3.5 standard errors (an honest model fails one time in a hundred)."""
    assert _largest_swap_z() < 3.5


def test_a_favoured_firm_0_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: customers of firm 0 are treated 2 % better."""

    def favour(stage: Stage, run: CXModel) -> None:
        stage(run)
        run.company["care"][0, 0] *= 1.02

    wrap_stage(monkeypatch, "causes of failure", favour)
    assert _largest_swap_z() > 5


ORDER = np.array([2, 0, 1])  # the label that takes the place of each segment's


def _relabel(company: Any, order: Any) -> None:
    """Move every firm's and the market's quantities of segment g to the place of segment ``order[g]``."""
    back = np.argsort(order)
    for field in FIELDS:
        axis = {"segment": 0, "effort": 1, "offer": 1, "belief": 2}.get(field.per)
        if axis is not None:
            company[field.name][0] = np.take(company[field.name][0], back, axis=axis)


def _relabel_segments(patch: pytest.MonkeyPatch, order: Any) -> None:
    """Open with other labels for the segments; only what draws luck by label (drift, listening) sees the old ones."""
    forget_openings(patch)
    begin = opening.begin

    def begin_relabelled(*given: Any) -> Any:
        state = begin(*given)
        _relabel(state.company, order)
        state.people["segment"][:] = order[state.people["segment"]]
        return state

    def as_before(stage: Stage, run: CXModel) -> None:
        _relabel(run.company, np.argsort(order))
        stage(run)
        _relabel(run.company, order)

    patch.setattr(opening, "begin", begin_relabelled)
    for title in ("needs drift", "silos listen"):
        wrap_stage(patch, title, as_before)


def test_segments_are_labels_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Null: the same bits, customer by customer, when segments are numbered otherwise (with the same luck)."""
    spec = arm("mutual_cross_functional", **SMALL)
    plain = lived(spec)
    _relabel_segments(monkeypatch, ORDER)
    other = lived(spec)
    assert people_differing(plain, other) == ["segment"]
    assert np.array_equal(ORDER[plain.people["segment"]], other.people["segment"])
    assert set(differing(plain.record(), other.record())) <= {"silo.knowledge"}  # a mean, summed in another order
    assert np.allclose(plain.record().silo["knowledge"], other.record().silo["knowledge"], rtol=1e-12)


def test_a_favoured_segment_0_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: segment 0 trusts a little more."""

    def favour(tile: Any, *_: Any) -> None:
        tile["trust"][0] = np.minimum(tile["trust"][0] + np.float32(0.001) * (tile["segment"][0] == 0), 1)

    spec = arm("mutual_cross_functional", **SMALL)
    plant_step(monkeypatch, favour)
    plain = lived(spec)
    _relabel_segments(monkeypatch, ORDER)
    assert "trust" in people_differing(plain, lived(spec))


def test_names_of_silos_are_names_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silos differ by role (service meets customers, product makes the offer), so that their places cannot be
    exchanged; their names can. Null: the same bits."""
    spec = arm("mutual_cross_functional", **SMALL)
    plain = lived(spec).record()
    backwards = tuple(reversed(record.SILOS))
    monkeypatch.setattr(record, "SILOS", backwards)
    monkeypatch.setattr("cxsim.agents.SILOS", backwards)
    other = lived(spec)
    assert other.firms[0].silos[0].title == backwards[0]
    assert differing(plain, other.record()) == []


def test_the_order_of_arms_changes_nothing() -> None:
    """Null: the same bits for an arm alone, first or last among others: nothing is left over from another arm."""
    arms = [arm(name, **SMALL, replications=2) for name in SQUARE]
    alone = {a.title: cxsim.run(a, rng=SEED).records for a in arms}
    for order in (arms, arms[::-1]):
        for runs_of_arm in cxsim.compare(order, rng=SEED).arms:
            for one, other in zip(alone[runs_of_arm.scenario.title], runs_of_arm.records, strict=True):
                assert differing(one, other) == []


# --- 3. renaming ------------------------------------------------------------------------------------------------


def _rename_changes() -> list[str]:
    """What changes when every name of a scenario is another."""
    plain = arm("mutual_siloed", **SMALL)
    named = plain.replace(
        "title", "Doormat", "question", "Why?", "description", "Says yes.", "currency", "JPY",
        "rivals", [Rival("Mutual, cross-functional", plain.rivals[0].policy)],
    )  # fmt: skip
    assert named.firms != plain.firms
    one, other = lived(plain), lived(named)
    return differing(one.record(), other.record()) + people_differing(one, other)


def test_names_change_nothing() -> None:
    """Null: the same bits under any title, question, description, currency and names of firms."""
    assert _rename_changes() == []


def test_a_slogan_that_helps_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: a firm called mutual earns 1 % more (15 of the sixteen)."""

    def reward(stage: Stage, run: CXModel) -> None:
        stage(run)
        if "mutual" in run.spec.title.lower():
            run.company["profit"][0, 0] *= 1.01

    wrap_stage(monkeypatch, "the books are closed", reward)
    assert "firm.profit" in _rename_changes()


# --- 4. currency ------------------------------------------------------------------------------------------------

IN_MONEY = [
    (g.path(p), p.default) for g in GROUPS for p in g.parameters if p.unit.split()[0] == "money" and g.side == "world"
]
TIGHT = {"world.finance.opening_cash_months": 0.5, "policy.budgeting.horizon_quarters": 1}  # pressed, and close to ruin


SINGLE = ("cost_to_serve", "equity")  # reckoned customer by customer in single precision


def _money_off(factor: float, tolerance: float, without: str = "") -> list[str]:
    """Columns that are not as they should be when all money is worth 1/``factor``."""
    off = []
    for name in ("mutual_cross_functional", "doormat_siloed"):
        plain = arm(name, **SMALL)
        for path, value in TIGHT.items():
            plain = plain.replace(path, value)
        scaled = plain
        for path, value in IN_MONEY:
            scaled = scaled if path == without else scaled.replace(path, value * factor)
        one, other = lived(plain), lived(scaled)
        off += [c for c in people_differing(one, other) if tolerance == 0 or c not in SINGLE]
        a, b = one.record(), other.record()
        for side, units in (("firm", FIRM_COLUMNS), ("silo", {})):
            for column, values in getattr(a, side).items():
                expected = values * (factor if column in money_columns(units) else 1.0)
                scale = np.abs(expected).max()  # profit is a difference: its error is that of what it is made of
                scale = max(scale, np.abs(a.firm["revenue"]).max() * factor) if column in {"profit", "cash"} else scale
                allowed = min(tolerance * 1e4, 1e-5) if column in SINGLE else tolerance
                if not np.allclose(getattr(b, side)[column], expected, rtol=allowed, atol=allowed * scale):
                    off.append(column)
    return off


def test_currency_times_128_changes_nothing_to_the_bit() -> None:
    """Null: money is exactly 128 times as much (a power of two: no rounding), all else the same to the bit."""
    assert len(IN_MONEY) == 3
    assert _money_off(128.0, 0.0) == []


def test_currency_times_100_changes_nothing_but_rounding() -> None:
    """Null: every customer the same to the bit, but for the rounding of her cost to serve; money 100 times as much
    within 1e-9 (within 1e-5 where it is summed over customers in single precision)."""
    assert _money_off(100.0, 1e-9) == []


def test_an_amount_left_in_the_old_currency_is_seen() -> None:
    """The same test where the cost of winning a customer is not converted."""
    assert "acquisition_cost" in _money_off(128.0, 0.0, without="world.finance.acquisition_cost")


# --- 13. the future changes nothing before it ---------------------------------------------------------------------

TURN = 10  # the month from which something is different
SHORT = {"customers": 300, "employees": 6, "horizon_months": 15}


def _peeking(spec: Scenario, plain: CXModel, groups: tuple[str, ...]) -> list[str]:
    """Paths whose change in month ``TURN`` shows in an earlier month."""
    past = slice(None, TURN - 1)
    before, seen = plain.record(), []
    for g in GROUPS:
        for p in g.parameters:
            if g.side not in groups or g.path(p) in STRUCTURAL:
                continue
            there = min(p.high, 2 * p.default + 1) if p.default < p.high else p.low
            value = {g.heading: {p.name: float(there)}}
            change = Change(TURN, 0, 0, value if g.side == "world" else {}, value if g.side == "policy" else {})
            run = lived(spec.replace("timeline", [change]))
            if differing(before, run.record(), past) or run.start_customers.tolist() != plain.start_customers.tolist():
                seen.append(g.path(p))
    return seen


@pytest.mark.parametrize("side", ["world", "policy"])
def test_a_change_shows_in_no_earlier_month(side: str) -> None:
    """Null: every column of every month before the change is the same to the bit, for each parameter by itself."""
    spec = arm("mutual_cross_functional", **SHORT)
    assert _peeking(spec, lived(spec), (side,)) == []


def test_the_future_is_not_in_the_customers_either() -> None:
    """Null: all customers the same to the bit in the month before a change of many things, and others after it."""
    spec = arm("baseline", **SHORT)
    world = {"requests": {"cost_to_value": 2.0}, "needs": {"drift_sd": 0.2}, "journey": {"failure_prob": 0.3}}
    policy = {"requests": {"conceded_share": 0.9}, "conduct": {"tolerated_share": 0.0}}
    changed = spec.replace("timeline", [Change(TURN, 3, 0, world, policy)])
    assert people_differing(lived(spec, months=TURN - 1), lived(changed, months=TURN - 1)) == []
    assert {"need", "satisfaction"} <= set(people_differing(lived(spec), lived(changed)))


def test_a_longer_horizon_has_the_same_beginning() -> None:
    """Null: nothing looks at the end of the run: the same bits in the months that both runs have."""
    spec = arm("mutual_cross_functional", **SHORT)
    short, long = lived(spec).record(), lived(spec.replace("horizon_months", 24)).record()
    for side in ("firm", "silo"):
        for name, column in getattr(short, side).items():
            assert np.array_equal(column, getattr(long, side)[name][: SHORT["horizon_months"]]), name


def test_a_firm_that_sees_ahead_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: changes are known a month early."""
    step: Callable[[CXModel], None] = CXModel.step

    def early(run: CXModel) -> None:
        if run.n_steps == 0:
            run._schedule = {month - 1: changes for month, changes in run._schedule.items()}
        step(run)

    monkeypatch.setattr(CXModel, "step", early)
    spec = arm("baseline", **SHORT)
    change = Change(TURN, 0, 0, {}, {"requests": {"conceded_share": 1.0}})
    assert differing(lived(spec).record(), lived(spec.replace("timeline", [change])).record(), slice(None, TURN - 1))

