"""Claims of the articles: every one is there, and whatever is wrong in a file of claims is said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxsim.scenario import ScenarioError
from cxsim.studies.claims.claim import Claim, chosen, claims_folder, read_claims
from cxsim.studies.quantities import QUANTITIES, Moment, Reading

IDS = [f"{letter}{k}" for letter, n in zip("ABCDE", (13, 18, 16, 22, 19), strict=True) for k in range(1, n + 1)]
SEEN_TWICE = (
    "A1 C2 E18 D7", "A4 B4 C3", "A5 C5 E5", "A7 B5 B6", "A11 B13 D4 D14", "C4 C12", "D15 D16", "C9 E13 E14", "E7 E8",
    "C1 E15", "B11 B16 D10",
)  # fmt: skip
NO_CONTRAST = {"D12", "D9", "D2", "D1", "E1", "A13", "A9", "C10", "D18", "D19", "D20", "D21", "B15"}

SMALLEST = """\
entitlement: {smallest: .05, unit: probability, why: one request in twenty}
satisfaction: {smallest: .03, unit: months of spend, why: a fifth of the spread}
rank_correlation: {smallest: .3, unit: rank correlation, why: a medium association}
"""
GOOD = """\
A1:
  claim: Who is granted everything expects it.
  kind: contrast
  arms:
    never: {extends: baseline, policy: {requests: {conceded_share: 0}}}
    always: {extends: baseline, policy: {requests: {conceded_share: 1}}}
  tests:
    - {measure: entitlement, direction: higher, year: 2}
"""
FIRMS = """\
A1:
  claim: Firms that grant more are asked for more.
  kind: association
  arms: {firms: {extends: baseline}}
  firms: 10
  levers: {policy.requests.conceded_share: [0, 1]}
  tests:
    - {measure: entitlement, direction: higher, correlated_with: {measure: satisfaction}}
"""


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    return read_claims()


def folder(place: Path, text: str, smallest: str = SMALLEST) -> Path:
    (place / "A.yaml").write_text(text, encoding="utf-8")
    (place / "smallest.yaml").write_text(smallest, encoding="utf-8")
    return place


def test_every_claim_of_the_articles_has_an_entry(claims: dict[str, Claim]) -> None:
    assert list(claims) == IDS
    assert len(IDS) == 88


def test_claims_are_told_in_a_sentence_and_tested_or_said_to_be_missing(claims: dict[str, Claim]) -> None:
    assert [c.id for c in claims.values() if not c.text.endswith(".")] == []
    assert len({c.text for c in claims.values()}) == len(claims)
    assert [c.id for c in claims.values() if bool(c.tests) == bool(c.missing)] == []
    assert [c.id for c in claims.values() for t in c.tests if not (t.smallest > 0 and t.why)] == []


def test_what_is_no_contrast_is_not_called_one(claims: dict[str, Claim]) -> None:
    assert {k for k in NO_CONTRAST if claims[k].kind == "contrast"} == set()


@pytest.mark.parametrize("group", SEEN_TWICE)
def test_one_thing_seen_twice_points_to_one_another(claims: dict[str, Claim], group: str) -> None:
    for one in group.split():
        assert set(group.split()) - {one} <= set(claims[one].same_as), one


def test_whoever_is_pointed_to_points_back(claims: dict[str, Claim]) -> None:
    assert [(k, other) for k, c in claims.items() for other in c.same_as if k not in claims[other].same_as] == []


def test_claims_are_found_by_id_and_by_article(claims: dict[str, Claim]) -> None:
    assert [c.id for c in chosen(claims, ["d3", "A1"])] == ["A1", "D3"]
    assert [c.id for c in chosen(claims, ["C", "A1"])] == ["A1", *(k for k in IDS if k[0] == "C")]
    assert len(chosen(claims, [])) == 88
    with pytest.raises(ScenarioError, match=r"there is no claim 'F9'; .*A1 to A13"):
        chosen(claims, ["F9"])


def test_a_good_file_is_read(tmp_path: Path) -> None:
    claim = read_claims(folder(tmp_path, GOOD))["A1"]
    assert list(claim.arms) == ["never", "always"]
    assert claim.arms["always"].value("policy.requests.conceded_share") == 1
    (test,) = claim.tests
    assert (test.gap.arm, test.gap.against) == ("always", "never")
    assert test.gap.reading == Reading("entitlement", Moment("year", 2))
    assert (test.smallest, test.why) == (0.05, "one request in twenty")


def test_the_hash_tells_experiments_apart_and_not_their_words(tmp_path: Path) -> None:
    def hashed(text: str) -> str:
        return read_claims(folder(tmp_path, text))["A1"].hash

    assert hashed(GOOD) == hashed(GOOD.replace("granted everything", "given all"))
    others = ("year: 2", "year: 3"), ("share: 1}", "share: .9}"), ("higher", "lower"), ("entitlement", "satisfaction")
    assert len({hashed(GOOD), *(hashed(GOOD.replace(*pair)) for pair in others)}) == 5


@pytest.mark.parametrize(
    ("good", "was", "becomes", "line", "message"),
    [
        (GOOD, "A1:", "A1a:", 2, "'A1a' is not an id such as A1"),
        (GOOD, "claim: Who", "clam: Who", 2, "A1: unknown key 'clam'; did you mean 'claim'?"),
        (GOOD, "kind: contrast", "kind: contrst", 3, "A1.kind: unknown kind 'contrst'; did you mean 'contrast'?"),
        (GOOD, "  kind: contrast\n", "", 2, "A1: has no 'kind'"),
        (GOOD, "conceded_share: 0", "conceeded_share: 0", 5, "did you mean 'conceded_share'?"),
        (GOOD, "conceded_share: 1", "conceded_share: 2", 6, "policy.requests.conceded_share: 2 is outside 0..1"),
        (GOOD, "never: {extends: baseline", "never: {extends: baselin", 5, "did you mean 'baseline'?"),
        (GOOD, "always: {extends", "always: {replications: 3, extends", 6, "A1.arms.always: unknown key"),
        (GOOD, "measure: entitlement", "measure: entitlment", 8, "unknown measure 'entitlment'; did you mean"),
        (GOOD, "direction: higher", "direction: up", 8, "A1.tests[0].direction: unknown direction 'up'"),
        (GOOD, "year: 2", "year: 6", 8, "A1.tests[0].year: 6 is beyond the horizon; the last is 5"),
        (GOOD, "year: 2", "year: 2, since_year: 2", 8, "year 2 does not come before year 2"),
        (GOOD, "year: 2", "since_year: 2", 8, "'since_year' goes with 'year'"),
        (GOOD, "year: 2", "year: 2, quarter: 3", 8, "either 'year' or 'quarter', not both"),
        (GOOD, "year: 2", "quarter: 2", 8, "entitlement is not there by quarter"),
        (GOOD, "entitlement", "whale_peak, smallest: .1, why: test", 8, "whale_peak is there at the end of a run only"),
        (GOOD, "year: 2", "arm: alwys", 8, "unknown arm 'alwys'; did you mean 'always'?"),
        (GOOD, "year: 2", "arm: never", 8, "holds never against itself"),
        (GOOD, "year: 2", "smallest: .1", 8, "'smallest' and 'why' go together"),
        (GOOD, "year: 2", "smallest: 0, why: it is much", 8, "A1.tests[0].smallest: 0 is outside"),
        (GOOD, "measure: entitlement", "measure: npv", 8, "smallest.yaml has no effect of npv that matters"),
        (GOOD, "year: 2", "correlated_with: {measure: npv}", 8, "goes with 'kind: association'"),
        (GOOD, "  kind: contrast", "  kind: contrast\n  firms: 10", 4, "'firms' goes with 'kind: association'"),
        (GOOD, "  kind: contrast", "  kind: contrast\n  same_as: [B7]", 4, "A1.same_as[0]: no claim 'B7'"),
        (GOOD, "  kind: contrast", "  kind: contrast\n  status: built", 4, "A1.status: unknown status 'built'"),
        (GOOD, "  kind: contrast", "  kind: contrast\n  status: not built", 2, "needs 'missing'"),
        (GOOD, "  kind: contrast", "  kind: contrast\n  missing: all", 4, "'missing' goes with 'status: not built'"),
        (FIRMS, "[0, 1]", "[1, 0]", 6, "expected a range, such as [0, 1]"),
        (FIRMS, "conceded_share: [", "conceded: [", 6, "policy.requests: unknown key 'conceded'"),
        (FIRMS, "  firms: 10\n", "", 2, "an association needs 'firms'"),
        (FIRMS, ", correlated_with: {measure: satisfaction}", "", 8, "has no 'correlated_with'"),
        (FIRMS, "satisfaction}", "satisfactoin}", 8, "did you mean 'satisfaction'?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line(
    tmp_path: Path, good: str, was: str, becomes: str, line: int, message: str
) -> None:
    assert was in good
    with pytest.raises(ScenarioError) as error:
        read_claims(folder(tmp_path, good.replace(was, becomes)))
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'A.yaml'}:{line}: ")
    assert message in said and "\n" not in said


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("unit: probability", "unit: share", "entitlement.unit: is 'probability', not 'share'"),
        ("entitlement:", "entitlemnt:", "unknown key 'entitlemnt'; did you mean 'entitlement'?"),
        (", why: one request in twenty", "", "entitlement: has no 'why'"),
        ("smallest: .05", "smallest: -1", "-1 is outside"),
    ],
)
def test_what_is_wrong_with_the_smallest_effects_is_said(tmp_path: Path, was: str, becomes: str, message: str) -> None:
    with pytest.raises(ScenarioError) as error:
        read_claims(folder(tmp_path, GOOD, SMALLEST.replace(was, becomes)))
    assert str(error.value).startswith(f"{tmp_path / 'smallest.yaml'}:1: ")
    assert message in str(error.value)


def test_one_id_stands_once(tmp_path: Path) -> None:
    (tmp_path / "B.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"B.yaml:2: a second claim A1; the first is in .*A.yaml:2"):
        read_claims(folder(tmp_path, GOOD))


def test_smallest_effects_are_those_of_measures_in_use(claims: dict[str, Claim]) -> None:
    used = {t.quantity.name for c in claims.values() for t in c.tests}
    text = (claims_folder() / "smallest.yaml").read_text(encoding="utf-8")
    assert {line.removesuffix(":") for line in text.splitlines() if line.endswith(":")} >= used
    assert used <= {*QUANTITIES, "rank_correlation"}
