"""Every claim of the articles has its place in the code: levers, mechanisms, measures, as far as it is built."""

from __future__ import annotations

import pytest

from cxsim.describe import describe, describe_data
from cxsim.measures import MEASURES
from cxsim.scenario import Scenario
from cxsim.studies.claims.answers import LEVERS, MECHANISMS, answers
from cxsim.studies.claims.claim import ABOUT, Claim, read_claims
from cxsim.studies.quantities import QUANTITIES

CLAIMS = read_claims()
ANSWERS = answers(CLAIMS)
BUILT = [key for key, claim in CLAIMS.items() if claim.built]
NAMED = {
    "lever": LEVERS,
    "mechanism": MECHANISMS,
    "measure": {m.name: m.claims for m in MEASURES.values()},
}


def answering(claim: Claim) -> list[str]:
    """The declarations, of the kind that a claim is about, that name it themselves."""
    return [name for name, claims in NAMED[claim.about].items() if claim.id in claims]


def test_every_claim_says_what_it_is_about() -> None:
    assert [key for key, claim in CLAIMS.items() if claim.about not in ABOUT] == []


@pytest.mark.parametrize("key", BUILT)
def test_a_claim_that_is_built_is_answered_by_what_it_is_about(key: str) -> None:
    assert answering(CLAIMS[key]), f"no {CLAIMS[key].about} names claim {key}"
    assert ANSWERS[key].mechanisms or ANSWERS[key].measures


@pytest.mark.parametrize("kind", NAMED)
def test_declarations_name_claims_that_there_are_once_and_in_order(kind: str) -> None:
    order = list(CLAIMS)
    for name, claims in NAMED[kind].items():
        assert list(claims) == sorted(set(claims), key=order.index), name


def test_every_lever_is_about_a_claim() -> None:
    assert [path for path, claims in LEVERS.items() if not claims] == []


def test_an_answer_holds_levers_their_files_and_what_tests_read() -> None:
    assert set(LEVERS) == {path for path, _ in Scenario.default().catalogue.paths("policy")}
    a = ANSWERS["B3"]
    assert a.mechanisms == ("issues",) and a.measures == ("known_issues", "found_issues_per_year") and not a.levers
    assert ANSWERS["D10"].levers == ("policy.improvement.root_cause_share",)
    assert ANSWERS["D10"].mechanisms == ("improvement",)
    assert {name for a in ANSWERS.values() for name in a.measures} <= set(QUANTITIES)


def test_a_reader_of_a_scenario_is_told_the_claims_of_a_lever() -> None:
    entries = {one["path"]: one["claims"] for one in describe_data(Scenario.default())["values"]}
    assert entries["policy.requests.alternative_share"] == ["D6", "E19"]
    assert entries["world.market.monthly_price"] == []
    assert "Claims: D6, E19" in " ".join(describe(Scenario.default()).split())
