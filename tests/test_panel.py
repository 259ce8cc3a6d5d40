"""A panel keeps what people live through, the same people in every arm, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import cxsim
from cxsim.cli import main
from cxsim.company import N_SILOS
from cxsim.engine.columns import BLOCK
from cxsim.model import CXModel, simulate
from cxsim.panel import Follower, spread
from cxsim.population import CUSTOMER_COLUMNS, EMPLOYEE_COLUMNS
from cxsim.record import Panel, Record
from cxsim.results import Comparison, Runs, identity
from cxsim.scenario import Scenario
from cxsim.storage import OutputError
from lived import BUSY, Watched, scenario

MONTHS = 4


def small(rivals: int = 1, **settings: int) -> Scenario:
    return scenario(rivals, BUSY, **{"customers": 400, "employees": 8, "horizon_months": MONTHS} | settings)


def followed(spec: Scenario, size: int, threads: int = 1) -> tuple[Record, Panel]:
    record = simulate(spec, rng=3, threads=threads, panel=size)
    assert record.panel is not None
    return record, record.panel


@pytest.mark.parametrize(
    ("customers", "threads"), [(400, 1), (3 * BLOCK - 7, 1), (3 * BLOCK - 7, 2)], ids=["small", "blocks", "threads"]
)
def test_a_panel_changes_no_bit(customers: int, threads: int) -> None:
    spec = small(customers=customers, replications=1)
    plain = simulate(spec, rng=3, threads=threads)
    record, panel = followed(spec, 50, threads)
    assert plain.panel is None
    for name, column in plain.firm.items():
        np.testing.assert_array_equal(record.firm[name], column)
    for name, column in plain.silo.items():
        np.testing.assert_array_equal(record.silo[name], column)
    same = followed(spec, 50)[1]
    assert all((panel.customers[name] == column).all() for name, column in same.customers.items())


def part(values: np.ndarray, name: str) -> Iterator[tuple[str, np.ndarray]]:
    """The columns of a panel that hold ``values``, (members,) or (width, members)."""
    return iter([(name, values)]) if values.ndim == 1 else ((f"{name}_{k}", row) for k, row in enumerate(values))


def test_customers_are_as_the_model_has_them_month_by_month() -> None:
    spec = small(2)
    _, panel = followed(spec, 37)
    model = Watched(spec, rng=3)
    ids = panel.customer_ids
    for month in range(MONTHS):
        model.step()
        for c in CUSTOMER_COLUMNS:
            for name, values in part(model.lived[c.name][..., ids], c.name):
                np.testing.assert_array_equal(panel.customers[name][month], values)
            if c.kind == "state":
                for name, values in part(model.customers.get(c.name)[..., ids], c.name):
                    np.testing.assert_array_equal(panel.customers[name][month], values)
    kept = {name for c in CUSTOMER_COLUMNS for name, _ in part(model.lived[c.name][..., :1], c.name)}
    assert set(panel.customers) == kept and all(x.shape == (MONTHS, 37) for x in panel.customers.values())


def test_employees_are_as_the_model_has_them_month_by_month() -> None:
    spec = small(horizon_months=24)
    _, panel = followed(spec, 30)
    model = CXModel(spec, rng=3)
    ids = panel.seat_ids
    filled = model.seats["present"][ids] > 0
    for month in range(24):
        model.step()
        for c in EMPLOYEE_COLUMNS:
            np.testing.assert_array_equal(panel.employees[c.name][month], model.seats[c.name][ids])
        now = model.seats["present"][ids] > 0
        np.testing.assert_array_equal(panel.employees["hired"][month], now & ~filled)
        np.testing.assert_array_equal(panel.employees["quit"][month], filled & ~now)
        filled = now
    assert panel.employees["hired"].any() and panel.employees["quit"].any()
    assert (panel.employees["tenure"][panel.employees["hired"] > 0] == 0).all()


@pytest.mark.parametrize("steps", [1, 3])
def test_events_of_everybody_add_up_to_the_firms_books(steps: int) -> None:
    spec = small(customers=300, steps_per_month=steps, horizon_months=6)
    record, panel = followed(spec, 300)
    each = spec.world["market"]["represents"] / 300
    lives = panel.customers
    if steps == 1:  # with more, a person may be served by two firms within a month
        served = [lives["served_by"] == f for f in range(2)]
        booked = {"requests": "asked", "granted": "granted", "charged": "charged", "complaints": "complained",
                  "abuse": "abuse", "left": "left", "ended": "ended"}  # fmt: skip
        for name, event in booked.items():
            for f in range(2):
                np.testing.assert_allclose(each * (lives[event] * served[f]).sum(axis=1), record.firm[name][:, f])
                assert name == "ended" or lives[event].any()
    for name, event in {"requests": "asked", "granted": "granted", "left": "left", "joined": "joined"}.items():
        np.testing.assert_allclose(each * lives[event].sum(axis=1), record.firm[name].sum(axis=1))
    np.testing.assert_allclose(each * (lives["firm"] == 0).sum(axis=1), record.firm["customers"][:, 0])
    price = spec.world["market"]["monthly_price"]
    paid = each * price * (lives["spend"] + lives["extras"]).sum(axis=1)
    np.testing.assert_allclose(paid, record.firm["revenue"].sum(axis=1), rtol=1e-4)  # booked in whole parts


def test_members_are_evenly_spread_and_the_same_in_every_arm() -> None:
    for n, of in ((1, 7), (3, 7), (7, 7), (9, 7), (20, 2000), (1999, 2000)):
        ids = spread(n, of)
        assert len(set(ids.tolist())) == len(ids) == min(n, of) and ids[0] == 0 and ids[-1] < of
        assert np.diff(ids).max(initial=1) - np.diff(ids).min(initial=of) <= 1
    one, two = (followed(small(rivals), 12)[1] for rivals in (0, 3))
    np.testing.assert_array_equal(one.customer_ids, two.customer_ids)
    np.testing.assert_array_equal(one.seat_ids, two.seat_ids)
    for panel in (one, two):
        assert (panel.employees["firm"] == 0).all()
        assert set(panel.employees["silo"][0].tolist()) == set(range(N_SILOS))
    for trait in ("segment", "frailty", "asking", "temper", "wallet"):
        np.testing.assert_array_equal(one.customers[trait], two.customers[trait])


def test_fewer_seats_than_members_are_all_kept() -> None:
    _, panel = followed(small(), 400)
    assert len(panel.customer_ids) == 400 and len(panel.seat_ids) == 8 * N_SILOS


def test_a_record_before_the_horizon_has_the_months_lived() -> None:
    model = Follower(small(), rng=3, panel=5)
    model.step()
    model.step()
    panel = model.record().panel
    assert panel is not None and all(len(x) == 2 for x in (*panel.customers.values(), *panel.employees.values()))
    for _ in range(MONTHS):  # beyond the horizon, which the record leaves out
        model.step()
    beyond, whole = model.record().panel, followed(small(), 5)[1]
    assert beyond is not None
    for name, column in whole.customers.items():
        np.testing.assert_array_equal(beyond.customers[name], column)


@pytest.mark.parametrize("panel", [-1, 401, 1.5, "ten"])
def test_a_panel_that_cannot_be_is_refused(panel: object) -> None:
    with pytest.raises(ValueError, match="panel must be"):
        cxsim.run(small(replications=1), panel=panel)  # type: ignore[arg-type]
    if isinstance(panel, int):
        with pytest.raises(ValueError, match="panel must be between 1 and the 400 simulated customers"):
            Follower(small(), panel=panel)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    arms = [small(rivals, replications=2).replace("title", title) for rivals, title in ((1, "Mild"), (2, "Bold"))]
    return cxsim.compare(arms, panel=10)


def test_frames_are_tidy(comparison: Comparison) -> None:
    runs = comparison.reference
    assert list(runs.customers.columns[:3]) == ["replication", "month", "customer"]
    assert list(runs.employees.columns[:5]) == ["replication", "month", "seat", "firm", "silo"]
    for frame, key in ((runs.customers, "customer"), (runs.employees, "seat")):
        assert len(frame) == 2 * MONTHS * 10
        assert not frame.duplicated(["replication", "month", key]).any()
    panel = runs.records[1].panel
    assert panel is not None
    one = runs.customers.query("replication == 1 and month == 3 and customer == 80").iloc[0]
    assert one["trust"] == panel.customers["trust"][2, 2] and one["image_1"] == panel.customers["image_1"][2, 2]
    firms = runs.customers["firm"]
    codes = np.concatenate([r.panel.customers["firm"].reshape(-1) for r in runs.records if r.panel])
    np.testing.assert_array_equal(firms.isna(), codes < 0)
    assert firms.isna().any() and set(firms.dropna()) == {"Mild", "R0"}


def test_arms_with_more_rivals_have_more_columns(comparison: Comparison) -> None:
    both = comparison.customers
    assert list(both.columns[:4]) == ["arm", "replication", "month", "customer"]
    assert both["image_2"].isna().tolist() == (both["arm"] == comparison.labels[0]).tolist()
    assert set(both["firm"].dropna()) == {"Mild", "Bold", "R0", "R1"}


def test_what_is_saved(comparison: Comparison, tmp_path: Path) -> None:
    folder = comparison.save(tmp_path / "x", figures=False)
    for name in ("customers", "employees"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(folder / f"{name}.parquet"), getattr(comparison, name), check_categorical=False
        )
        schema = pq.read_schema(folder / f"{name}.parquet")
        described = comparison.columns.query("table == @name")
        assert described["column"].tolist() == schema.names
        for column, unit, meaning in described[["column", "unit", "meaning"]].itertuples(index=False):
            assert schema.field(column).metadata == {b"unit": unit.encode(), b"meaning": meaning.encode()}
    meanings = comparison.columns.set_index(["table", "column"])["meaning"]
    assert meanings["customers", "image_1"].endswith("(firm 1; the focal one is 0)")
    assert "absent for none" in meanings["customers", "firm"]
    assert meanings["employees", "firm"] == "firm; the first is the focal one"


def test_a_folder_with_a_panel_is_not_replaced_by_one_without(comparison: Comparison, tmp_path: Path) -> None:
    plain = cxsim.compare([arm.scenario for arm in comparison.arms])
    folder = comparison.save(tmp_path / "x", figures=False)
    comparison.save(folder, figures=False)
    with pytest.raises(OutputError, match="not the same panel"):
        plain.save(folder, figures=False)
    scenarios = [arm.scenario for arm in comparison.arms]
    assert len({identity(scenarios, 1, panel=panel).hash for panel in (0, 10, 11)}) == 3
    assert sorted(p.name for p in plain.save(tmp_path / "y", figures=False).glob("*.parquet")) == [
        "measures.parquet", "months.parquet", "periods.parquet", "segments.parquet", "silos.parquet", "whale.parquet",
    ]  # fmt: skip


def test_without_a_panel_there_are_no_people() -> None:
    runs: Runs = cxsim.run(small(replications=1))
    assert runs.panel == 0 and not hasattr(runs, "customers")
    with pytest.raises(AttributeError, match="no panel was kept; ask for one with panel=N"):
        _ = runs.employees


def test_the_command_keeps_a_panel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("calm", "bold"):
        (tmp_path / f"{name}.yaml").write_text("horizon_months: 2\ncustomers: 300\nreplications: 1\n")
    asked = ["compare", "calm.yaml", "bold.yaml"]
    assert main([*asked, "--panel", "7"]) == 0
    (folder,) = (tmp_path / "results").iterdir()
    assert pd.read_parquet(folder / "customers.parquet")["customer"].nunique() == 7
    assert len(pd.read_parquet(folder / "employees.parquet")) == 2 * 2 * 7
    assert main(asked) == 0
    (other,) = set((tmp_path / "results").iterdir()) - {folder}
    assert not (other / "customers.parquet").exists()
    capsys.readouterr()
    assert main([*asked, "--out", str(folder)]) == 2
    assert "holds a different run (not the same panel)" in capsys.readouterr().err
    assert main(["run", "calm.yaml", "--panel", "301"]) == 2
    assert capsys.readouterr().err == "cxsim: panel must be at most the 300 simulated customers, not 301\n"
