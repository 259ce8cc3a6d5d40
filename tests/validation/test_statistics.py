"""What can only be said of means: standing still, resolution, and the length of a step (1, 5 and 16 of the sixteen)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cxsim.measures import MEASURES
from cxsim.model import CXModel
from cxsim.record import Record
from validation.runs import Array, Stage, arm, plant_step, runs, wrap_stage, yearly, z_score

# --- 1. standing still ---------------------------------------------------------------------------------------------

OF_CUSTOMERS = (
    "customers", "satisfaction", "trust", "entitlement", "expectation", "quality", "requests", "granted", "knowledge",
)  # fmt: skip
OF_STAFF = ("employees", "exhaustion", "engagement", "commitment", "failures")
STILL = 0.03  # of the level, in nine years: the sorting of a base by own hazards takes longer than the warm-up
STILL_LATER = 0.01  # of the level, from year 3 to year 10
STILL_MARGIN = 0.01  # of revenue: profit is a small difference of large sums


def _decade(n: int = 40) -> list[Record]:
    return runs(arm("baseline", customers=2000, horizon_months=120, world__needs__drift_sd=0), n)


def _moves(records: list[Record], early: slice) -> dict[str, tuple[float, float]]:
    """Change to the last year from an early one, as a share of the level (profit: of revenue), and its error."""
    out = {}
    late = slice(108, 120)
    for name in (*OF_CUSTOMERS, *OF_STAFF):
        a, b = (sum(yearly(records, name, when, f) for f in (0, 1)) for when in (early, late))
        d = (b - a) / np.mean(a)
        out[name] = (float(d.mean()), float(d.std(ddof=1) / len(d) ** 0.5))
    profit = [
        sum(yearly(records, "profit", w, f) for f in (0, 1)) / sum(yearly(records, "revenue", w, f) for f in (0, 1))
        for w in (early, late)
    ]
    d = profit[1] - profit[0]
    out["profit"] = (float(d.mean()), float(d.std(ddof=1) / len(d) ** 0.5))
    return out


def _restless(records: list[Record]) -> list[str]:
    """Columns that move more than they may, by three standard errors or not at all."""
    out = []
    for early, limit in ((slice(0, 12), STILL), (slice(24, 36), STILL_LATER)):
        for name, (move, error) in _moves(records, early).items():
            allowed = STILL_MARGIN if name == "profit" else limit
            if abs(move) > allowed + (3 * error if limit == STILL_LATER else 0):
                out.append(f"{name} from month {early.start + 1}: {move:+.4f} +- {error:.4f}")
    return out


def test_the_neutral_policy_stands_still_for_ten_years() -> None:
    """Null: without drift of needs, means over both firms do not move: from year 1 to year 10 by less than 3 % of
    their level, from year 3 by less than 1 % (beyond 3 standard errors), profit by less than 1 % of revenue. 40
    replications of 2,000 customers: errors of .1-1 %."""
    assert _restless(_decade()) == []


def test_a_slow_decline_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: the firms' care declines by one part in 2,500 a month."""

    def decline(stage: Stage, run: CXModel) -> None:
        stage(run)
        run.company["care"] *= 1 - 0.0004 * run.n_steps

    wrap_stage(monkeypatch, "causes of failure", decline)
    assert any(line.startswith("quality") for line in _restless(_decade(10)))


# --- 5. resolution --------------------------------------------------------------------------------------------------

MEASURED = (
    "customers", "satisfaction", "trust", "entitlement", "nps", "npv", "cost_to_serve", "exhaustion", "churn_per_year",
    "employee_turnover_per_year",
)  # fmt: skip


def _resolution(few: int, many: int, n: int) -> dict[str, float]:
    """z of the paired differences between resolutions, in the scenario with the greatest load."""
    spec = arm("doormat_cross_functional")
    sets = [runs(spec.replace("customers", count), n) for count in (few, many)]
    values = [{m: np.array([MEASURES[m](r) for r in records]) for m in MEASURED} for records in sets]
    return {m: z_score(values[0][m] - values[1][m]) for m in MEASURED}


def test_a_thousand_customers_and_twenty_thousand_agree() -> None:
    """Null: means do not depend on how many are simulated: 30 paired replications, each measure within 3 standard
    errors (ten measures: an honest model fails 3 times in a hundred)."""
    z = _resolution(1000, 20_000, 30)
    assert {m: v for m, v in z.items() if abs(v) >= 3} == {}


@pytest.mark.slow
def test_two_thousand_customers_and_two_hundred_thousand_agree() -> None:
    """As above with 30 paired replications of 2,000 and 200,000 customers, within 3 standard errors."""
    z = _resolution(2000, 200_000, 30)
    assert {m: v for m, v in z.items() if abs(v) >= 3} == {}


def test_a_result_that_depends_on_the_number_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: care is worse the fewer are simulated."""

    def fewer(stage: Stage, run: CXModel) -> None:
        stage(run)
        run.company["care"] *= 1 - 10 / run.people.n

    wrap_stage(monkeypatch, "causes of failure", fewer)
    assert abs(_resolution(400, 20_000, 10)["satisfaction"]) > 3


# --- 16. the length of a step ----------------------------------------------------------------------------------------

HEADLINES = ("npv", "satisfaction", "customers")
CONTRASTS = {
    "mutual": ("mutual_siloed", "doormat_siloed"),
    "cross-functional": ("mutual_cross_functional", "mutual_siloed"),
}


def _effects(n: int, steps: int, customers: int) -> dict[tuple[str, str], Array]:
    out = {}
    arms = {
        name: runs(arm(name, customers=customers, steps_per_month=steps), n)
        for name in dict.fromkeys(name for pair in CONTRASTS.values() for name in pair)
    }
    for contrast, (one, other) in CONTRASTS.items():
        for m in HEADLINES:
            out[contrast, m] = np.array([MEASURES[m](r) for r in arms[one]]) - [MEASURES[m](r) for r in arms[other]]
    return out


def _moved(n: int, customers: int = 2000) -> dict[tuple[str, str], tuple[float, float]]:
    """Change of each headline effect when the step is halved, as a share of the effect, and its standard error."""
    whole, half = _effects(n, 1, customers), _effects(n, 2, customers)
    out = {}
    for key, a in whole.items():
        b = half[key]
        error = (a.var(ddof=1) + b.var(ddof=1)) ** 0.5 / n**0.5
        out[key] = (float(b.mean() / a.mean() - 1), float(error / abs(a.mean())))
    return out


@pytest.mark.slow
def test_half_steps_move_the_headline_effects_by_less_than_a_tenth() -> None:
    """Null: each of six effects changes by less than a tenth. 400 replications of 2,000 customers (the two lengths of
    step have different luck, so that differences are not paired between them): standard errors of 1-3 %."""
    moved = _moved(400)
    assert {key: value for key, value in moved.items() if abs(value[0]) >= 0.1} == {}


@pytest.mark.slow
def test_an_effect_a_step_instead_of_a_month_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test on a planted bug: a little satisfaction a step, whatever its length, for who concedes little."""

    def favour(tile: Any, luck: Any, world: Any, policy: Any, firms: Any) -> None:
        chosen = policy["requests"]["conceded_share"][0][np.maximum(tile["served_by"][0], 0)] < 0.5
        tile["satisfaction"][0] += np.float32(0.002) * chosen

    plant_step(monkeypatch, favour, after="satisfy")
    assert abs(_moved(40)["mutual", "satisfaction"][0]) >= 0.1
