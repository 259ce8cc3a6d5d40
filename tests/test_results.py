"""Runs and comparisons: tables, pairing, and what is written of them."""

from __future__ import annotations

import csv
import json
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cxsim.frames import distinct
from cxsim.intervals import estimate
from cxsim.measures import MEASURES
from cxsim.record import FIRM_COLUMNS, RESULTS_VERSION, SILO_COLUMNS, SILOS
from cxsim.results import Comparison, Runs, default_folder, identity
from cxsim.scenario import Scenario, load
from made_up import FakeScenario, noisy, record

N, MONTHS = 4, 14


def runs(name: str = "calm", shift: float = 0.0, n: int = N, months: int = MONTHS, **more: object) -> Runs:
    scenario = FakeScenario(name, replications=n, horizon_months=months, **more)  # type: ignore[arg-type]
    return Runs(scenario, 1, tuple(noisy(months, r, shift) for r in range(n)), name)  # type: ignore[arg-type]


def comparison() -> Comparison:
    return Comparison((runs("calm"), runs("rich", 1.0), runs("poor", -1.0)))


def test_monthly_table_is_tidy() -> None:
    r = runs()
    assert list(r.months.columns) == ["replication", "month", "firm", "focal", *FIRM_COLUMNS]
    assert r.months["focal"].tolist() == (r.months["firm"] == "Ours").tolist()
    assert len(r.months) == N * MONTHS * 2
    assert r.months["month"].dtype == np.int64 and r.months["month"].max() == MONTHS
    row = r.months.query("replication == 2 and month == 5 and firm == 'Theirs'").iloc[0]
    for name in FIRM_COLUMNS:
        assert row[name] == r.records[2].firm[name][4, 1]
    assert r.months is r.months


def test_silo_table_is_tidy() -> None:
    silos = runs().silos
    assert list(silos.columns) == ["replication", "month", "firm", "focal", "silo", *SILO_COLUMNS]
    assert len(silos) == N * MONTHS * 2 * len(SILOS)
    assert silos["silo"].tolist()[: len(SILOS)] == list(SILOS)


def test_periods_and_measures_agree_with_the_arrays() -> None:
    r = runs()
    periods = r.periods
    assert periods["period"].max() == 5 and periods["n_months"].dtype == np.int64
    assert sorted(set(zip(periods["period"], periods["n_months"], strict=True)))[-1] == (5, 2)
    row = periods.query("replication == 1 and period == 3 and firm == 'Ours'").iloc[0]
    assert row["profit"] == r.period_values["profit"][1, 2, 0]
    for replication, firm, focal, measure, unit, value in r.measures.itertuples(index=False):
        expected = MEASURES[measure](r.records[replication], r.firms.index(firm))
        np.testing.assert_array_equal(value, expected)
        assert unit == MEASURES[measure].unit and focal == (firm == "Ours")


def test_summary_holds_means_and_intervals() -> None:
    r = runs()
    assert list(r.summary.columns) == ["firm", "focal", "measure", "unit", "mean", "low", "high", "sd", "n"]
    row = r.summary.set_index(["firm", "measure"]).loc[("Theirs", "npv")]
    expected = estimate(np.array([MEASURES["npv"](x, 1) for x in r.records]))
    assert (row["mean"], row["low"], row["n"]) == (expected.mean, expected.low, N)
    assert row["unit"] == "money"
    assert r.estimate("npv", 1).mean == r.estimates.mean[list(MEASURES).index("npv"), 1] == expected.mean
    with pytest.raises(KeyError, match="npvv"):
        r.estimate("npvv")


def test_one_run_has_no_interval() -> None:
    summary = runs(n=1).summary
    assert summary[["low", "high", "sd"]].isna().all(axis=None) and (summary["n"] == 1).all()


def test_firms_of_the_same_name_stay_apart() -> None:
    twins = Runs(FakeScenario(), 1, (record(3, ("A", "A")),))  # type: ignore[arg-type]
    assert twins.firms == ("A", "A-2")
    assert twins.months["firm"].tolist()[:2] == ["A", "A-2"]
    assert distinct(["a", "a", "a-2", "A"]) == ("a", "a-3", "a-2", "A-4")


def test_every_column_has_a_unit_and_a_meaning(tmp_path: Path) -> None:
    c = comparison()
    for held, first in ((runs(), "firm"), (c, "arm"), (c.arms[0], "firm")):
        columns = held.columns
        assert list(columns.columns) == ["table", "column", "unit", "meaning"]
        assert (columns != "").all(axis=None)
        folder = held.save(tmp_path / f"{first}-{len(columns)}", figures=False)
        for name, part in columns[columns["table"] != "measure"].groupby("table", observed=True):
            frame = getattr(held, name)
            assert part["column"].tolist() == list(frame.columns)
            if not (folder / f"{name}.parquet").exists():
                assert pd.read_csv(folder / f"{name}.csv").columns.tolist() == list(frame.columns)
                continue
            schema = pq.read_schema(folder / f"{name}.parquet")
            for column, unit, meaning in part[["column", "unit", "meaning"]].itertuples(index=False):
                assert schema.field(column).metadata == {b"unit": unit.encode(), b"meaning": meaning.encode()}
        data = {p.stem for p in folder.iterdir() if p.suffix in (".csv", ".parquet")}
        assert set(columns["table"]) == data - {"columns"} | {"measure"}, "no table goes undescribed"
        measures = columns[columns["table"] == "measure"].set_index("column")
        assert measures["unit"].to_dict() == {m.name: m.unit for m in MEASURES.values()}
        pd.testing.assert_frame_equal(pd.read_csv(folder / "columns.csv"), columns.astype("str"))


def test_a_spreadsheet_opens_the_short_tables_as_they_are(tmp_path: Path) -> None:
    scenario = Scenario.default().replace("title", 'Zwölf, "Ärger" € 値')
    folder = Runs(scenario, 1, (record(12, ("Zwölf, \"Ärger\" € 値", "Rival")),)).save(tmp_path / "x", figures=False)
    for name in ("summary", "columns"):
        content = (folder / f"{name}.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf"), "without it a spreadsheet takes the letters for others"
        rows = list(csv.reader(content.decode("utf-8-sig").splitlines()))
        assert len({len(row) for row in rows}) == 1 and len(rows) > 20
        if name == "summary":
            assert rows[0] == ["firm", "focal", "measure", "unit", "mean", "low", "high", "sd", "n"]
            assert {row[0] for row in rows[1:]} == {scenario.title, "Rival"}
            numbers = [cell for row in rows[1:] for cell in row[4:]]
            assert all(cell == "" or re.fullmatch(r"-?[0-9.]+(e[-+][0-9]+)?", cell) for cell in numbers)


def test_differences_are_paired() -> None:
    c = comparison()
    assert list(c.differences.columns) == [
        "arm",
        "measure",
        "unit",
        "mean",
        "low",
        "high",
        "sd",
        "n",
        "ahead",
    ]
    row = c.differences.set_index(["arm", "measure"])
    # the luck is the same, so that the difference has no noise at all although the levels have
    assert row.loc[("rich", "cumulative_profit"), "mean"] == pytest.approx(MONTHS)
    assert row.loc[("rich", "cumulative_profit"), "sd"] == pytest.approx(0, abs=1e-9)
    assert c.reference.estimate("cumulative_profit").sd > 0.1
    assert row.loc[("rich", "npv"), "ahead"] == N and row.loc[("poor", "npv"), "ahead"] == 0
    assert row.loc[("poor", "customers"), "ahead"] == 0  # equal is not ahead
    assert pd.isna(row.loc[("poor", "entitlement"), "ahead"])
    assert c.difference(2, "npv").mean == c.difference_estimates.mean[1, list(MEASURES).index("npv")]
    assert set(c.differences["arm"]) == {"rich", "poor"} and set(c.summary["arm"]) == {"calm", "rich", "poor"}


def test_lower_is_better_where_it_is() -> None:
    a, b = (Runs(FakeScenario(n), 1, (record(12, left=x),), n) for n, x in (("a", 5.0), ("b", 1.0)))  # type: ignore[arg-type]
    c = Comparison((a, b))
    ahead = c.differences.set_index("measure")["ahead"]
    assert ahead["churn_per_year"] == 1 and ahead["cash"] == 0


def test_payback_of_a_comparison() -> None:
    c = comparison()
    assert c.payback["arm"].tolist() == ["rich", "poor"]
    assert c.payback["quarter"].dtype == "Int64"
    assert c.payback["quarter"][0] == 0 and pd.isna(c.payback["quarter"][1])
    assert c.payback["n_at_once"].tolist() == [N, 0] and c.payback["n_never"].tolist() == [0, N]


def test_tables_of_a_comparison_say_which_arm() -> None:
    c = comparison()
    for name in ("months", "periods", "silos", "measures"):
        table, one = getattr(c, name), getattr(c.arms[1], name)
        assert list(table.columns) == ["arm", *one.columns]
        part = table[table["arm"] == "rich"].drop(columns="arm").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, one)
    assert c.period_differences(1, "profit").shape == (N, 5)
    np.testing.assert_allclose(c.period_differences(1, "profit")[0], [3, 3, 3, 3, 2])


def test_arms_that_are_not_paired_are_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        Comparison((runs(),))
    with pytest.raises(ValueError, match="same label"):
        Comparison((runs(), runs()))
    for other in (runs("b", n=3), runs("b", months=5)):
        with pytest.raises(ValueError, match="not paired"):
            Comparison((runs("a"), other))
    for arm in (0, 3, -1):
        with pytest.raises(IndexError, match="no arm"):
            comparison().difference(arm, "npv")


def test_a_square_of_20_runs_is_assembled_quickly() -> None:
    arms = tuple(runs(f"arm{k}", k, n=20, months=60) for k in range(4))
    pd.DataFrame({"warm": [1]})
    start = time.perf_counter()
    c = Comparison(arms)
    assert len(c.summary) and len(c.differences) and len(c.payback) and len(c.months) == 4 * 20 * 60 * 2
    assert time.perf_counter() - start < 1.0  # about .03 s; the bound is for a busy machine


def test_the_default_folder_tells_different_runs_apart() -> None:
    a, b = FakeScenario("a"), FakeScenario("b")
    folders = {default_folder(s, rng) for s in ([a], [b], [a, b], [b, a]) for rng in (1, 2)}
    assert len(folders) == 8
    assert default_folder([a], 1).as_posix().startswith("results/a-")
    assert default_folder([a, b], 1).name.startswith("compare-a-and-1-more-")
    assert default_folder([FakeScenario("x/y" * 200), a, b], 1).name[68:].startswith("-and-2-more-")
    assert identity([a], 1).results_version == RESULTS_VERSION


def test_saved_run(tmp_path: Path) -> None:
    r = runs()
    folder = r.save(tmp_path / "out" / "x", command="cxsim run calm", figures=False)
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    tables = {f"{name}.parquet" for name in ("months", "periods", "silos", "segments", "whale", "measures")}
    others = {"resolved.yaml", "columns.csv", "summary.csv", "provenance.json"}
    assert found == tables | others
    for name in sorted(tables):
        kept = pd.read_parquet(folder / name)
        pd.testing.assert_frame_equal(kept, getattr(r, Path(name).stem), check_categorical=False)
    schema = pq.read_schema(folder / "months.parquet")
    for name, (unit, meaning) in FIRM_COLUMNS.items():
        assert schema.field(name).metadata == {b"unit": unit.encode(), b"meaning": meaning.encode()}
    comment = "# to repeat: cxsim run resolved.yaml --rng 1\n"
    assert (folder / "resolved.yaml").read_text() == comment + r.scenario.to_yaml()
    assert (folder / "summary.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    summary = pd.read_csv(folder / "summary.csv")
    pd.testing.assert_frame_equal(summary, r.summary.astype({"firm": "str", "measure": "str", "unit": "str"}))


def test_provenance(tmp_path: Path) -> None:
    folder = runs().save(tmp_path / "x", command="cxsim run calm --rng 1", figures=False)
    p = json.loads((folder / "provenance.json").read_text())
    assert p["command"] == "cxsim run calm --rng 1" and p["results_version"] == RESULTS_VERSION
    assert p["identity"]["rng"] == 1 and p["identity"]["replications"] == N
    assert (
        p["identity"]["scenarios"]
        == [p["scenarios"][0]["hash"]]
        == [FakeScenario(horizon_months=MONTHS).hash]
    )
    assert (
        {"numpy", "numba", "mesa", "pandas", "pyarrow"} == set(p["packages"]) and p["python"] and p["cxsim"]
    )
    assert sorted(p["files"]) == sorted(x.name for x in folder.iterdir())


def test_saved_comparison(tmp_path: Path) -> None:
    c = Comparison((runs("calm"), runs("a/b", 1.0), runs("a:b", -1.0)))
    folder = c.save(tmp_path / "x", figures=False)
    assert sorted(p.name for p in (folder / "resolved").iterdir()) == ["a_b-2.yaml", "a_b.yaml", "calm.yaml"]
    first = (folder / "resolved" / "a_b-2.yaml").read_text().splitlines()[0]
    assert first == "# to repeat: cxsim run resolved/a_b-2.yaml --rng 1"
    months = pd.read_parquet(folder / "months.parquet")
    assert months["arm"].unique().tolist() == ["calm", "a/b", "a:b"]
    differences = pd.read_csv(folder / "differences.csv", dtype={"ahead": "Int64"})
    pd.testing.assert_frame_equal(
        differences, c.differences.astype({"arm": "str", "measure": "str", "unit": "str"})
    )
    assert (folder / "payback.csv").read_text(encoding="utf-8-sig").splitlines()[2] == f"a:b,,0,{N},{N}"


def test_a_changed_table_changes_nothing_that_is_saved(tmp_path: Path) -> None:
    r = runs()
    r.summary.loc[:, "mean"] = -1.0
    r.months.loc[:, "profit"] = -1.0
    folder = r.save(tmp_path / "x", figures=False)
    assert (pd.read_csv(folder / "summary.csv")["mean"] != -1).any()
    assert (pd.read_parquet(folder / "months.parquet")["profit"] != -1).all()
    assert (r.records[0].firm["profit"] != -1).all()


def test_a_resolved_scenario_is_read_back_as_it_was(tmp_path: Path) -> None:
    scenario = Scenario.default().replace("title", "Zwölf: # 12", "policy.requests.conceded_share", 0.125)
    records = (noisy(MONTHS, 0),)
    folder = Runs(scenario, 7, records).save(tmp_path / "x", figures=False)
    again = load(folder / "resolved.yaml")
    assert again == scenario and again.hash == scenario.hash
    p = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert p["scenarios"][0]["hash"] == scenario.hash and p["identity"]["rng"] == 7
