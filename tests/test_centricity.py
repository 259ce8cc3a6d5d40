"""The index of centricity counts what was done in a run: no lever and no loyalty moves it by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import cxsim
from cxsim.measures import MEASURES
from cxsim.measures.centricity import SUB_SCORES, centricity_index
from cxsim.record import Record

DONE = {  # sub-score: the column that it counts, of which more is more
    "input_score": "offers_changed",
    "in_their_place_score": "leader_uses",
    "proactive_score": "proactive_contacts",
    "asked_score": "new_asked",
    "questioning_score": "questionings",
    "mending_score": "fixed_issues",
    "lean_months_score": "programme_cost",
}


@pytest.fixture(scope="module")
def record() -> Record:
    spec = cxsim.load("questioning_organisation").replace("customers", 500, "horizon_months", 15)
    (kept,) = cxsim.run(spec, replications=1).records
    return kept


def changed(record: Record, **columns: np.ndarray) -> Record:
    return replace(record, firm={**record.firm, **columns})


@pytest.mark.parametrize(("score", "column"), DONE.items())
def test_doing_more_scores_more_and_never_all(record: Record, score: str, column: str) -> None:
    values = [MEASURES[score](changed(record, **{column: record.firm[column] + more})) for more in (0, 1, 50, 1e9)]
    assert values == sorted(values) and len(set(values)) > 2
    assert values[0] >= 0 and values[-1] <= 1
    heard = {"input_score"} if column == "questionings" else set()  # what is changed counts as far as they are heard
    other = [s for s in SUB_SCORES if s.__name__ not in {score, *heard}]
    more = changed(record, **{column: record.firm[column] + 50})
    assert all((s(more) == s(record)).all() for s in other), "one count, one sub-score"


def test_what_recurs_is_not_mended_and_unevenness_is_not_consistent(record: Record) -> None:
    back = changed(record, recurred_issues=record.firm["fixed_issues"] * record.firm["fix_impact"])
    assert MEASURES["mending_score"](back) == 0
    uneven = changed(record, inconsistency=2 * record.firm["inconsistency"] + 0.1)
    assert MEASURES["consistency_score"](uneven) < MEASURES["consistency_score"](record)


def test_the_index_needs_nothing_but_the_log(record: Record) -> None:
    """With loyalty and cash hidden it is the same; of profit it takes only which months were lean."""
    told = {"satisfaction", "trust", "quality", "expectation", "equity", "cash", "left", "practice"}
    hidden = changed(record, **{name: np.full_like(record.firm[name], np.nan) for name in told})
    hidden = changed(hidden, profit=1000 * record.firm["profit"] + 5)
    np.testing.assert_allclose(centricity_index(hidden), centricity_index(record), rtol=1e-12)
    scores = [score(record) for score in SUB_SCORES]
    np.testing.assert_allclose(centricity_index(record), np.mean(scores, axis=0))


def test_a_slogan_does_not_move_it() -> None:
    """Announcing more than is delivered, with nothing else done: within a hundredth, though trust falls."""
    plain = cxsim.load("baseline")
    compared = cxsim.compare([plain, plain.replace("policy.expectations.hype", 0.3)], replications=4)
    assert abs(float(compared.difference(1, "centricity_index").mean)) < 0.01
    assert float(compared.difference(1, "trust").mean) < -0.01
    asked = cxsim.compare([plain, "questioning_organisation"], replications=2)
    assert float(asked.difference(1, "centricity_index").mean) > 0.1, "doing does"


def test_lacking_one_of_three_there_is_no_mutual_benefit(record: Record) -> None:
    benefit = MEASURES["mutual_benefit"]
    assert 0 < benefit(changed(record, profit=np.abs(record.firm["profit"]) + 1)) < 1
    assert benefit(changed(record, profit=-np.abs(record.firm["profit"]))) == 0
    assert benefit(changed(record, knowledge=0 * record.firm["knowledge"])) == 0
    assert benefit(changed(record, quality=-np.abs(record.firm["quality"]))) == 0
