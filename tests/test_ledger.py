"""The ledger: verdicts from intervals, effects that are planted, sampled worlds, associations, and what is written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from command_line import call, fails
from cxsim.measures import MEASURES
from cxsim.model import simulate
from cxsim.report.ledger import ledger_data, ledger_text
from cxsim.report.machine import dumps
from cxsim.scenario import Scenario, load
from cxsim.storage import OutputError
from cxsim.studies.claims.claim import Claim, Gap, Test, read_claims
from cxsim.studies.claims.folder import COLUMNS, ledger_table, save
from cxsim.studies.claims.ledger import Entry, Ledger, Part, examine, partial_rank_correlation
from cxsim.studies.claims.verdicts import flips, holds, verdict, worst
from cxsim.studies.quantities import QUANTITIES, Moment, Reading

RNG = 5
SMALL = "customers: 400\nemployees: 6\nhorizon_months: 24\nextends: baseline\n"
SMALLEST = """\
entitlement: {smallest: .05, unit: probability, why: one request in twenty}
satisfaction: {smallest: .03, unit: months of spend, why: a fifth of the spread}
rank_correlation: {smallest: .3, unit: rank correlation, why: a medium association}
"""
ARMS = """\
  arms:
    never: {extends: base/small, policy: {requests: {conceded_share: 0}}}
    always: {extends: base/small, policy: {requests: {conceded_share: 1}}}
"""
SAME = """\
  arms:
    one: {extends: base/small}
    other: {extends: base/small}
"""
CLAIMS = f"""\
A1:
  claim: Who is granted everything expects it.
  kind: contrast
{ARMS}  tests: [{{measure: entitlement, direction: higher}}]
A2:
  claim: Who is granted everything expects nothing.
  kind: contrast
{ARMS}  tests: [{{measure: entitlement, direction: lower}}]
A3:
  claim: Two names for one policy differ.
  kind: contrast
{SAME}  tests: [{{measure: entitlement, direction: higher}}]
A4:
  claim: Two names for one policy do not differ.
  kind: "null"
{SAME}  tests: [{{measure: entitlement, direction: unchanged}}, {{measure: satisfaction, direction: not_lower}}]
A5:
  claim: Firms that grant more are asked for more.
  kind: association
  arms: {{firms: {{extends: base/small}}}}
  firms: 12
  levers: {{policy.requests.conceded_share: [0, 1], policy.workforce.spare_capacity_share: [0, .5]}}
  tests:
    - {{measure: entitlement, direction: higher, correlated_with: {{measure: refused_share}}}}
    - {{measure: cost_to_serve, direction: lower, correlated_with: {{measure: npv}}}}
    - {{measure: cost_to_serve, direction: lower, correlated_with: {{measure: npv}}, given: [levers]}}
A6:
  claim: Nothing of this exists.
  kind: contrast
  status: not built
  missing: everything
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Claim]:
    place = tmp_path_factory.mktemp("claims")
    (place / "base").mkdir()
    (place / "base" / "small.yaml").write_text(SMALL, encoding="utf-8")
    (place / "A.yaml").write_text(CLAIMS, encoding="utf-8")
    (place / "smallest.yaml").write_text(SMALLEST, encoding="utf-8")
    return read_claims(place)


@pytest.fixture(scope="module")
def ledger(planted: dict[str, Claim]) -> Ledger:
    return examine(list(planted.values()), replications=4, worlds=6, rng=RNG, customers=400)


def part(effects: list[float], worlds: list[float], direction: str = "higher", smallest: float = 1.0) -> Part:
    test = Test(Gap(Reading("satisfaction"), "a", "b"), direction, smallest, "test")
    return Part(test, np.array(effects, float), np.array(worlds, float))


@pytest.mark.parametrize(
    ("direction", "low", "high", "expected"),
    [
        ("higher", 1.0, 2.0, "supported"),
        ("higher", 0.99, 2.0, "undecided"),
        ("higher", -2.0, -1.0, "contradicted"),
        ("higher", -2.0, -0.99, "undecided"),
        ("higher", -0.99, 0.99, "no effect"),
        ("higher", 0.2, 0.99, "no effect"),
        ("higher", -0.5, 1.0, "undecided"),
        ("lower", -2.0, -1.0, "supported"),
        ("lower", 1.0, 2.0, "contradicted"),
        ("lower", 0.0, 0.0, "no effect"),
        ("unchanged", -0.99, 0.99, "supported"),
        ("unchanged", 1.0, 2.0, "contradicted"),
        ("unchanged", -2.0, -1.0, "contradicted"),
        ("unchanged", -1.0, 0.0, "undecided"),
        ("not_higher", -9.0, 0.99, "supported"),
        ("not_higher", 0.5, 1.0, "undecided"),
        ("not_higher", 1.0, 2.0, "contradicted"),
        ("not_lower", -0.99, 9.0, "supported"),
        ("not_lower", -1.0, -0.5, "undecided"),
        ("not_lower", -2.0, -1.0, "contradicted"),
        ("higher", np.nan, np.nan, "undecided"),
    ],
)
def test_verdicts_at_their_boundaries(direction: str, low: float, high: float, expected: str) -> None:
    assert verdict(direction, low, high, smallest=1.0) == expected


def test_the_sign_flips_where_a_tenth_of_worlds_lies_beyond_in_either_direction() -> None:
    nothing = [0.0] * 80
    assert flips(np.array([1.0] * 10 + [-1.0] * 10 + nothing), 1.0)
    assert not flips(np.array([1.0] * 9 + [-1.0] * 11 + nothing), 1.0)
    assert not flips(np.array([0.9] * 50 + [-0.9] * 50), 1.0), "effects that do not matter flip nothing"
    assert not flips(np.full(3, np.nan), 1.0)
    assert flips(np.array([np.nan] * 80 + [2.0] * 9 + [-2.0]), 1.0), "undefined worlds do not count"


def test_luck_alone_flips_nothing() -> None:
    luck = np.random.default_rng(RNG).normal(scale=2.0, size=1000)
    assert flips(luck, 1.0) and not flips(luck, 1.0, luck_sd=2.0)
    assert flips(luck * 4, 1.0, luck_sd=2.0), "worlds differ by more than luck"
    assert part(list(luck[:20]), list(luck[20:220])).verdict != "depends"


def test_a_flip_overrules_the_interval() -> None:
    steady = [3.0, 3.1, 2.9, 3.0]
    assert part(steady, [3.0, 2.0, 0.0]).verdict == "supported"
    assert part(steady, [3.0, 2.0, -1.0]).verdict == "supported", "as little beyond may be luck"
    assert part(steady, [3.0, 2.0, -2.0]).verdict == "depends"
    assert part(steady, []).verdict == "supported"
    assert part([3.0], []).verdict == "undecided", "one run gives no interval"


def test_where_a_claim_holds() -> None:
    effects = np.array([-2.0, -1.0, 0.0, 1.0, 2.0, np.nan])
    expected = {
        "higher": [0, 0, 0, 1, 1], "lower": [1, 1, 0, 0, 0], "unchanged": [0, 0, 1, 0, 0],
        "not_higher": [1, 1, 1, 0, 0], "not_lower": [0, 0, 1, 1, 1],
    }  # fmt: skip
    for direction, wanted in expected.items():
        found = holds(direction, effects, 1.0)
        np.testing.assert_array_equal(found[:5], wanted)
        assert np.isnan(found[5])


def test_a_claim_stands_as_its_worst_part() -> None:
    assert worst(["supported", "supported"]) == "supported"
    assert worst(["supported", "undecided"]) == "undecided"
    assert worst(["undecided", "depends"]) == "depends"
    assert worst(["depends", "no effect"]) == "no effect"
    assert worst(["no effect", "contradicted", "supported"]) == "contradicted"


def test_all_parts_have_to_hold_in_the_same_world() -> None:
    claim = Claim("A1", "Test.", "contrast")
    entry = Entry(claim, (part([1], [2, 2, -2, np.nan]), part([1], [2, -2, 2, 2])))
    assert entry.ahead[:2] == (1, 3)


def test_what_decides_is_signed_by_how_far_the_claim_holds() -> None:
    drawn = np.random.default_rng(RNG).random((60, 2))
    claim = Claim("A1", "Test.", "contrast")
    signs = {"higher": 1, "not_lower": 1, "lower": -1, "not_higher": -1}
    for direction, sign in signs.items():
        one = part([1.0], list(drawn[:, 1]), direction)
        ((path, rho),) = Entry(claim, (one,), ("world.h.a", "world.h.b"), drawn).deciders(one)
        assert (path, round(rho)) == ("world.h.b", sign)
    one = part([1.0], list(drawn[:, 1] - 2), "unchanged")
    assert round(Entry(claim, (one,), ("world.h.a", "world.h.b"), drawn).deciders(one)[0].rho) == 1


def test_planted_effects_are_found(ledger: Ledger) -> None:
    found = {entry.claim.id: entry for entry in ledger.entries}
    verdicts = {key: entry.verdict for key, entry in found.items()}
    expected = {"A1": "supported", "A2": "contradicted", "A3": "no effect", "A4": "supported", "A6": "not built"}
    assert {key: verdicts[key] for key in expected} == expected
    assert found["A1"].ahead[:2] == (6, 6) and found["A2"].ahead[:2] == (0, 6)
    (null,) = found["A3"].parts
    assert not null.effects.any() and not null.world_effects.any(), "two names, one run"


def test_effects_are_those_of_the_runs(ledger: Ledger, planted: dict[str, Claim]) -> None:
    never, always = planted["A1"].arms.values()
    measure = MEASURES["entitlement"]
    wanted = [measure(simulate(always, rng=RNG, replication=r)) - measure(simulate(never, rng=RNG, replication=r))
              for r in range(4)]  # fmt: skip
    np.testing.assert_array_equal(ledger.entries[0].parts[0].effects, wanted)


def test_a_claim_alone_gives_what_it_gives_among_others(ledger: Ledger, planted: dict[str, Claim]) -> None:
    for key in ("A1", "A5"):
        (entry,) = examine([planted[key]], replications=4, worlds=6, rng=RNG, customers=400).entries
        among = next(e for e in ledger.entries if e.claim.id == key)
        np.testing.assert_array_equal(entry.parts[0].effects, among.parts[0].effects)
        np.testing.assert_array_equal(entry.parts[0].world_effects, among.parts[0].world_effects)


def test_firms_of_an_association_are_drawn_anew(ledger: Ledger) -> None:
    association = next(e for e in ledger.entries if e.claim.id == "A5").parts[0]
    assert len(np.unique(association.effects)) > 1
    assert (association.effects < -0.8).all(), "who is refused less expects more"
    assert association.verdict == "contradicted"


def test_levers_are_partialled_out(ledger: Ledger, planted: dict[str, Claim]) -> None:
    _, plain, given = next(e for e in ledger.entries if e.claim.id == "A5").parts
    assert planted["A5"].tests[2].given_levers
    assert (np.abs(given.effects) < np.abs(plain.effects)).all(), "what levers move together is no relation of its own"
    assert "given levers" in ledger_text(ledger)


def test_partial_rank_correlation() -> None:
    rng = np.random.default_rng(RNG)
    z, x, y = rng.normal(size=(3, 400))
    one, other = z + 0.3 * x, z + 0.3 * y
    assert partial_rank_correlation(one, other, []) > 0.8
    assert abs(partial_rank_correlation(one, other, [z])) < 0.2
    assert partial_rank_correlation(np.exp(x), x, []) == pytest.approx(1.0)
    assert partial_rank_correlation([*x, np.nan], [*-x, 1.0], []) == pytest.approx(-1.0)
    assert np.isnan(partial_rank_correlation([1, 2, 3], [1, 2, 3], []))
    assert np.isnan(partial_rank_correlation(x, np.ones(400), []))


def test_every_quantity_is_read_from_a_run() -> None:
    record = simulate(load("baseline").replace("customers", 400, "horizon_months", 24), rng=RNG)
    for name, quantity in QUANTITIES.items():
        assert np.isfinite(Reading(name)(record)), name
        assert quantity.unit
    for name, measure in MEASURES.items():
        assert Reading(name, Moment("year", 2))(record) == measure(record)


def test_what_a_firm_learns_does_and_wins_is_read_from_its_columns() -> None:
    record = simulate(load("five_steps").replace("customers", 400, "horizon_months", 24), rng=RNG)
    f, last = record.firm, slice(12, None)
    for name in ("practice", "cynicism", "discipline", "fix_impact"):
        assert Reading(name)(record) == pytest.approx(f[name][last, 0].mean())
    assert Reading("product_knowledge")(record) == pytest.approx(record.silo["knowledge"][last, 0, 2].mean())
    found, joined = (f[name][last, 0].sum() for name in ("found_issues", "joined"))
    assert Reading("found_issues_per_year")(record) == pytest.approx(found)
    assert Reading("joined_per_year")(record) == pytest.approx(joined)
    assert Reading("cost_per_newcomer")(record) == pytest.approx(f["acquisition_cost"][last, 0].sum() / joined)
    recurred, fixed = (f[name][last, 0].sum() for name in ("recurred_issues", "fixed_issues"))
    assert Reading("recurrence_share")(record) == pytest.approx(recurred / fixed) and 0 < recurred < fixed


def test_a_year_is_read_from_a_run_that_ends_with_it() -> None:
    s = load("baseline").replace("customers", 400, "horizon_months", 24)
    long, short = simulate(s, rng=RNG), simulate(s.replace("horizon_months", 12), rng=RNG)
    first, second = Moment("year", 1), Moment("year", 2)
    for name in (name for name, quantity in QUANTITIES.items() if not quantity.at_end):
        one = Reading(name)(short)
        assert Reading(name, first)(long) == pytest.approx(one, nan_ok=True)
        change = Reading(name, second, first)(long)
        assert change == pytest.approx(Reading(name, second)(long) - one, nan_ok=True)
    profit = [Reading("profit_last_year", first)(long), Reading("profit_year_1")(long)]
    assert profit[0] == profit[1]
    quarter = Reading("satisfaction", Moment("quarter", 3))(long)
    f = long.firm
    assert quarter == pytest.approx(np.average(f["satisfaction"][6:9, 0], weights=f["customers"][6:9, 0]))


def test_gains_beyond_other_gains() -> None:
    claim = read_claims()["B5"]
    assert str(claim.tests[0].beyond) == "levers_only against neither"
    (entry,) = examine([claim], replications=1, worlds=0, customers=400).entries
    measure = MEASURES["satisfaction"]
    arms = {k: measure(simulate(s.replace("customers", 400), rng=1)) for k, s in claim.arms.items()}
    wanted = arms["both"] - arms["buy_in_only"] - (arms["levers_only"] - arms["neither"])
    assert entry.parts[0].effects[0] == pytest.approx(wanted)


def test_the_text_tells_each_claim_and_the_tally(ledger: Ledger) -> None:
    text = " ".join(ledger_text(ledger).split())
    assert "Claims: 5 of 6 tested over 4 paired runs, and 6 sampled worlds; 400 people, seed 5" in text
    assert "A2 CONTRADICTED. Who is granted everything expects nothing. Entitlement, lower by .05 0-1 (always" in text
    assert "A6 NOT BUILT. Nothing of this exists. Missing: everything." in text
    assert "2 supported, 2 contradicted, 1 no effect, 1 not built." in text
    assert "All of it holds in 6 of 6 worlds." in text
    assert max(map(len, ledger_text(ledger).splitlines())) <= 110


def test_without_worlds_and_with_one_run_nothing_is_decided(planted: dict[str, Claim]) -> None:
    ledger = examine([planted["A1"]], replications=1, worlds=0, rng=RNG, customers=400)
    assert ledger.tally["undecided"] == 1
    text = " ".join(ledger_text(ledger).split())
    assert "(? to ?)" in text and "One run gives no interval" in text and "holds in" not in text
    data = json.loads(dumps(ledger_data(ledger)))
    assert data["claims"][0]["tests"][0]["low"] is None and data["claims"][0]["worlds"] is None


def test_the_folder_holds_all_of_it(ledger: Ledger, planted: dict[str, Claim], tmp_path: Path) -> None:
    import pandas as pd

    place = save(ledger, tmp_path / "out", "cxsim claims")
    frame, flat = pd.read_parquet(place / "ledger.parquet"), pd.read_csv(place / "ledger.csv", keep_default_na=False)
    assert list(frame.columns) == list(flat.columns) == list(COLUMNS)
    assert list(frame.claim) == ["A1", "A2", "A3", "A4", "A4", *["A5"] * 3, "A6"]
    assert frame.claim_verdict[0] == "supported" and frame.holds[0] == 6 and frame.part[8] == 0
    worlds = pd.read_parquet(place / "worlds.parquet")
    assert worlds[worlds.claim == "A1"].effect.tolist() == ledger.entries[0].parts[0].world_effects.tolist()
    again = Scenario.from_yaml((place / "arms" / "A1-always.yaml").read_text(encoding="utf-8"))
    assert again.hash == planted["A1"].arms["always"].hash
    about = json.loads((place / "provenance.json").read_text(encoding="utf-8"))
    assert about["claims"]["A1"] == planted["A1"].hash
    assert about["identity"]["worlds"] == 6 and about["command"] == "cxsim claims"
    other = examine([planted["A1"]], replications=1, worlds=0, rng=RNG, customers=400)
    with pytest.raises(OutputError, match="holds a different run"):
        save(other, tmp_path / "out")


def test_the_table_of_nothing_built(planted: dict[str, Claim]) -> None:
    ledger = examine([planted["A6"]], replications=2, worlds=2)
    assert ledger_table(ledger).frame().claim_verdict.tolist() == ["not built"]
    assert "Claims: 0 of 1 tested" in ledger_text(ledger)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["claims", "D11", "B15", "--replications", "2", "--worlds", "2", "--rng", "3"]
    assert call(*argv, "--out", str(tmp_path / "out")) == 0
    said = capsys.readouterr().out
    assert "B15   " in said and "D11   " in said and "seed 3" in said
    assert (tmp_path / "out" / "ledger.csv").is_file()
    assert call(*argv, "--json") == 0
    data = json.loads(capsys.readouterr().out)
    assert [c["id"] for c in data["claims"]] == ["B15", "D11"] and data["folder"] is None


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("claims", "Q1"), "there is no claim 'Q1'; there are A1 to A13"),
        (("claims", "D33"), "did you mean D3?"),
        (("claims", "D5", "--worlds", "-1"), "expected a whole number from 0"),
        (("claims", "D5", "--replication", "3"), "did you mean '--replications'?"),
        (("claims", "D5", "--out", "taken"), "is not a folder"),
    ],
)
def test_what_is_wrong_with_the_command_is_said_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").touch()
    assert said in fails(capsys, argv)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
