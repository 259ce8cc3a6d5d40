"""The ledger in the documentation is that of the claims as they are written down, and of the model as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cxsim.record import RESULTS_VERSION
from cxsim.report import ledger_page
from cxsim.report.ledger import ledger_data
from cxsim.scenario import Scenario
from cxsim.studies.claims.claim import Claim, read_claims
from cxsim.studies.claims.ledger import examine
from cxsim.studies.claims.verdicts import VERDICTS
from cxsim.worlds import ranges_hash

LEDGER = Path(__file__).parents[1] / "docs" / "claims.json"
TEXT = LEDGER.read_text(encoding="utf-8")
AGAIN = ("C7", "D5", "D12")  # few arms, and the null


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    return read_claims()


def test_the_ledger_is_that_of_the_experiments_written_down(claims: dict[str, Claim]) -> None:
    page = ledger_page.read(TEXT, claims)
    assert list(page.found) == list(claims)
    assert page.run["results_version"] == RESULTS_VERSION, "run: cxsim claims --json > docs/claims.json"
    assert page.run["ranges"] == ranges_hash([Scenario.default()]), "other worlds would be sampled today: run it again"
    for key, claim in claims.items():
        assert page.found[key]["claim"] == claim.text
    assert sum(page.run["tally"].values()) == len(claims)
    assert set(page.run["tally"]) == set(VERDICTS)


def test_another_experiment_makes_the_ledger_stale(claims: dict[str, Claim]) -> None:
    claim = claims["D5"]
    arms = dict(claim.arms)
    arms["up_front"] = arms["up_front"].replace("policy.expectations.set_up_front_share", 0.8)
    test = claim.tests[0]
    for other in (
        replace(claim, arms=arms),
        replace(claim, tests=(replace(test, direction="higher"), *claim.tests[1:])),
        replace(claim, tests=(replace(test, smallest=0.2), *claim.tests[1:])),
        replace(claim, tests=(), arms={}, missing="nothing"),
        replace(claims["A2"], id="A99"),
    ):
        with pytest.raises(LookupError, match=other.id):
            ledger_page.read(TEXT, {**claims, other.id: other})


@pytest.mark.parametrize("key", AGAIN)
def test_some_claims_give_the_same_again(claims: dict[str, Claim], key: str) -> None:
    run = json.loads(TEXT)
    ledger = examine([claims[key]], run["replications"], 0, run["rng"], customers=run["customers"])
    (again,) = ledger_data(ledger)["claims"]
    (before,) = (data for data in run["claims"] if data["id"] == key)
    for one, other in zip(again["tests"], before["tests"], strict=True):
        for name in ("effect", "low", "high"):
            assert one[name] == pytest.approx(other[name], rel=1e-9)


def test_every_claim_stands_in_the_tables(claims: dict[str, Claim]) -> None:
    page = ledger_page.read(TEXT, claims)
    built = [key for key, claim in claims.items() if claim.built]
    assert [row[0] for row in ledger_page.verdicts(page)[1]] == list(claims)
    assert [row[0] for row in ledger_page.tests(page)[1] if row[0]] == built
    assert [row[0] for row in ledger_page.arms(page)[1] if row[0]] == built
    assert [row[0] for row in ledger_page.missing(page)[1]] == [key for key in claims if key not in built]
    assert f"Of {len(claims)} claims" in ledger_page.about(page)
