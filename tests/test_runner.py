"""Running experiments: the same rows however they are shared out, failures, killed workers, shards."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import cxsim
from cxsim import pool
from cxsim.engine.columns import Array
from cxsim.measures import MEASURES
from cxsim.model import simulate
from cxsim.own_month import Block, Parameters
from cxsim.studies.experiments.experiment import Design, Experiment, Varied
from cxsim.studies.quantities import Moment, Reading
from cxsim.studies.runs import rows, runner, tasks
from cxsim.studies.runs.folder import StoreError
from cxsim.studies.runs.runner import Runner, run_experiment
from cxsim.studies.runs.store import Failure, status
from experiments_small import RATE, SHARE, small

ROOT = Path(__file__).parents[1]
SMALL = small(6)


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is to do, it is shared out."""
    monkeypatch.setattr(runner, "_WORTH_SECONDS", 1e-9)
    monkeypatch.setattr(runner, "_BATCH_SECONDS", 1e-3)


def test_rows_are_those_of_single_runs() -> None:
    experiment = small(4, months=13, readings=(Reading("npv", Moment("year", 1)),), rng=4)
    runs = run_experiment(experiment, workers=1).runs
    assert list(runs.columns) == ["point", "arm", "replication", "rng", RATE, SHARE, *MEASURES, "npv_year_1"]
    assert len(runs) == experiment.n_runs == 24 and set(runs["rng"]) == {4}
    for row, task in zip(runs.to_dict("records"), experiment.tasks(), strict=True):
        assert (row["point"], row["arm"], row["replication"]) == task[:3] and (row[RATE], row[SHARE]) == task.values
        scenario = experiment.arms[task.arm].replace(RATE, task.values[0])
        if task.arm == "mutual_siloed":
            scenario = scenario.replace(SHARE, task.values[1])
        record = simulate(scenario, rng=4, replication=task.replication)
        expected = [*(measure(record) for measure in MEASURES.values()), experiment.readings[0](record)]
        np.testing.assert_array_equal([row[name] for name in experiment.columns], expected)


def test_workers_change_no_bit() -> None:
    one, *others = (run_experiment(SMALL, workers=n).runs for n in (1, 2, 3))
    assert all(other.equals(one) for other in others) and one["npv"].notna().all()


def test_what_is_there_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_experiment(SMALL, tmp_path / "s", workers=2).runs
    counted: list[tuple[int, int]] = []
    with monkeypatch.context() as none:
        none.setattr(tasks, "_one", lambda *a: pytest.fail("run again"))
        again = run_experiment(SMALL, tmp_path / "s", workers=1, progress=lambda *at: counted.append(at))
    assert again.runs.equals(first) and not counted
    more = small(8, replications=4)
    runs = run_experiment(more, tmp_path / "s", workers=1, progress=lambda *at: counted.append(at)).runs
    n = more.n_runs - SMALL.n_runs
    assert counted[0] == (0, n) and counted[-1] == (n, n)
    assert status(tmp_path / "s").done == len(runs) == 64
    both = runs[(runs["point"] < 6) & (runs["replication"] < 3)].reset_index(drop=True)
    assert both.equals(first)


def test_runs_that_are_alike_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An arm in which nothing varies is the same at every point."""
    made: list[str] = []
    real = tasks._one
    monkeypatch.setattr(tasks, "_one", lambda e, task: (made.append(task.arm), real(e, task))[1])
    base = SMALL.arms["mutual_siloed"]
    vary = (Varied(SHARE, 0.0, 1.0, arms=("moved",)),)
    experiment = Experiment("Try", {"still": base, "moved": base}, vary, np.linspace(0, 1, 5)[:, None], Design("list"))
    runs = run_experiment(experiment, workers=1).runs
    assert sorted(made) == ["moved"] * 5 + ["still"]
    assert runs[runs["arm"] == "still"]["npv"].nunique() == 1 and len(runs) == 10


def test_an_analysis_may_ask_for_more(tmp_path: Path) -> None:
    """Of other paths and arms; it finds them again, and status tells them from those of the design."""
    vary = (Varied("world.needs.drift_sd", 0.0, 0.1), SMALL.vary[0])
    arms, points = {"a": SMALL.arms["mutual_siloed"]}, np.array([[0.01, 0.1], [0.05, 0.1]])
    other = Experiment("More", arms, vary, points, Design("list"))
    with Runner(SMALL, tmp_path / "s", workers=1) as run:
        run.store.plan(np.unique(tasks.Asked(SMALL, SMALL.tasks()).keys))
        first = run(other.tasks(), other).frame()
        assert list(first.columns[4:6]) == ["world.needs.drift_sd", RATE] and first["npv"].nunique() == 2
        assert run(other.tasks(), other).frame().equals(first)
        own = run(SMALL.tasks())
    told = status(tmp_path / "s")
    assert (told.done, told.more, told.left) == (len(own), 2, 0)


def test_a_column_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    """Any number of times, in the order of the tasks, also for runs that are alike; not from a folder that is gone."""
    experiment = small(5, replications=2, readings=(Reading("npv", Moment("year", 1)),), months=12)
    own = [*experiment.tasks(), *list(experiment.tasks())[3:7]]
    with Runner(experiment, tmp_path / "s", workers=1) as run:
        held = run(own)
    frame = held.frame()
    assert len(held) == len(frame) == 24 and [*frame] == list(experiment.units())
    for name in frame:
        np.testing.assert_array_equal(held[str(name)], frame[name].to_numpy())
    assert frame.iloc[20:].equals(frame.iloc[3:7].set_index(frame.index[20:]))
    assert [*held] == [*frame] and "npv" in held and "nvp" not in held
    with pytest.raises(KeyError, match="nvp"):
        held["nvp"]
    with pytest.raises(ValueError, match="read-only"):
        held["npv_year_1"][:] = 0
    for part in (tmp_path / "s" / "parts").iterdir():
        part.unlink()
    assert held["npv_year_1"].tolist() == frame["npv_year_1"].tolist(), "it is kept"
    with pytest.raises(StoreError, match=r"s: runs that were stored are there no more$"):
        held[next(iter(MEASURES))]


def test_runs_are_kept_as_long_as_their_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder in one of their own, which goes with them; a folder may be told from where one stands."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run_experiment(small(2), workers=1)
    assert result.folder is None and len(list(tmp_path.glob("cxsim-*/parts/*"))) == 1
    assert result.rows["npv"].tolist() == result.runs["npv"].tolist()
    del result
    gc.collect()
    assert not list(tmp_path.iterdir())
    with pytest.raises(ZeroDivisionError), Runner(small(2), workers=1) as run:
        run(t._replace(rng=1 // 0) for t in small(2).tasks())
    del run
    gc.collect()
    assert not list(tmp_path.iterdir())
    monkeypatch.chdir(tmp_path)
    result = run_experiment(small(2), "s", workers=1)
    monkeypatch.chdir(ROOT)
    assert len(result.runs) == 12


def test_tables_of_runs_are_written_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many columns they have."""
    open_ = SMALL.arms["mutual_siloed"].catalogue.paths("world")
    vary = tuple(Varied(path, *p.range) for path, p in open_ if p.range and not p.integer)
    points = np.array([[(v.low + v.high) / 2 for v in vary]] * 3)
    experiment = replace(SMALL, vary=vary, points=points, common_random_numbers=False)
    result = run_experiment(experiment, tmp_path / "s", workers=1)
    monkeypatch.setattr(rows, "_PIECE", 7)
    result.save(tmp_path / "f")
    held = pq.ParquetFile(tmp_path / "f" / "runs.parquet")
    assert held.num_row_groups == 3 and len(vary) > 100
    written = held.read().to_pandas().astype({"arm": "str"})
    assert written.equals(result.runs) and len(written) == 18
    text = pd.read_csv(tmp_path / "f" / "runs.csv")
    assert list(text) == list(result.rows.columns) and text["npv"].tolist() == result.runs["npv"].tolist()


def test_a_result_stays_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose machine failed is made by the next start; in the rows of the first it is missing."""
    def half(experiment: Experiment, task: Any) -> Any:
        return Failure("OSError: so it is", killed=True) if task.replication else real(experiment, task)

    real = tasks._one
    with monkeypatch.context() as failing:
        failing.setattr(tasks, "_one", half)
        first = run_experiment(small(2), tmp_path / "s", workers=1)
    assert np.isnan(first.rows["npv"]).sum() == len(first.failures) == 8
    second = run_experiment(small(2), tmp_path / "s", workers=1)
    assert not second.runs["npv"].isna().any() and not len(second.failures)
    assert first.runs["insolvent"].isna().sum() == np.isnan(first.rows["exhaustion"]).sum() == 8


def test_a_setting_that_is_a_measure_too() -> None:
    """``customers`` are those simulated, or those of the firm."""
    arm = SMALL.arms["mutual_siloed"]
    points = np.array([[100.0], [250.0]])
    experiment = Experiment("Size", {"a": arm}, (Varied("customers", 100, 300, integer=True),), points, Design("list"))
    result = run_experiment(experiment, workers=1)
    assert result.runs["customers_simulated"].tolist() == [100, 250]
    assert result.runs["customers"].min() > 10_000 and list(result.runs) == list(experiment.units())


def test_shards_meet_in_one_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shard must be one of 2 parts, not 3"):
        run_experiment(SMALL, tmp_path / "s", shard=(3, 2))
    with pytest.raises(ValueError, match="a shard needs a folder"):
        run_experiment(SMALL, shard=(1, 2))
    first = run_experiment(SMALL, tmp_path / "s", workers=1, shard=(1, 4))
    assert not first.complete and not first.findings and set(first.runs["point"]) == {0, 4}
    told = status(tmp_path / "s")
    assert (told.done, told.left) == (12, 24)
    for part in (2, 3, 4):
        run_experiment(SMALL, tmp_path / "s", workers=1, shard=(part, 4))
    counted: list[Any] = []
    result = run_experiment(SMALL, tmp_path / "s", workers=1, progress=lambda *at: counted.append(at))
    assert result.complete and not counted and result.runs.equals(run_experiment(SMALL, workers=1).runs)


# --- failures ------------------------------------------------------------------------------------------------------


class Touchy(cxsim.Mechanism):
    """Fails, or ends its process, where what is conceded says so."""

    WRITES = ("satisfaction",)
    AFTER = "loyalty.satisfy"

    def month(self, c: Block, luck: Array, world: Parameters, policy: Parameters) -> None:
        share = policy.requests.conceded_share[0]
        if share == 0.25:
            raise RuntimeError("a quarter is too little")
        if share == 0.75:
            os.kill(os.getpid(), signal.SIGKILL)


def touchy(shares: list[float]) -> Experiment:
    arm = SMALL.arms["mutual_siloed"].replace("use", [Touchy])
    points = np.array(shares)[:, None]
    return Experiment("Touchy", {"a": arm}, (Varied(SHARE, 0.0, 1.0),), points, Design("list"))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_fails_is_told_and_the_rest_goes_on(tmp_path: Path, workers: int) -> None:
    experiment = touchy([0.1, 0.25, 0.5])
    result = run_experiment(experiment, tmp_path / "s", workers=workers)
    assert result.runs["npv"].isna().tolist() == [False, True, False]
    assert result.failures.drop(columns="error").values.tolist() == [[1, "a", 0, 1, 0.25, False]]
    assert result.failures["error"].str.contains("Touchy: RuntimeError: a quarter is too little").all()
    counted: list[Any] = []
    again = run_experiment(experiment, tmp_path / "s", workers=workers, progress=lambda *at: counted.append(at))
    assert again.failures.equals(result.failures) and not counted, "it would fail again"
    assert status(tmp_path / "s").failed == 1


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_worker_that_is_killed(tmp_path: Path) -> None:
    """What ended it is counted as failed, the rest of its batch is not; and it is tried again with the next start."""
    experiment = touchy([0.1, 0.75, 0.5, 0.6])
    result = run_experiment(experiment, tmp_path / "s", workers=2)
    assert result.runs["npv"].isna().tolist() == [False, True, False, False]
    assert result.failures["killed"].all() and set(result.failures[SHARE]) == {0.75}
    assert result.failures["error"].str.contains("a worker process was killed").all()
    counted: list[Any] = []
    run_experiment(experiment, tmp_path / "s", workers=2, progress=lambda *at: counted.append(at))
    assert counted[0] == (0, 1)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_worker_that_somebody_kills_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run_experiment(SMALL, workers=1).runs
    monkeypatch.setattr(runner, "SIDE_BY_SIDE", range(1))  # so that all is done by workers
    real, killed = pool._Crew.done, []

    def done(self: Any, wait: bool) -> Iterator[Any]:
        for made in real(self, wait):
            if len(killed) < 2:
                killed.append(next(iter(self._executor._processes)))
                os.kill(killed[-1], signal.SIGKILL)
            yield made

    monkeypatch.setattr(pool._Crew, "done", done)
    result = run_experiment(SMALL, workers=2)
    assert killed and result.runs.equals(expected) and not len(result.failures)


@pytest.mark.parametrize("error", [MemoryError("no room"), OSError("disk gone"), ImportError("no such thing")])
def test_what_the_machine_lacked_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def lacking(*run: Any) -> None:
        raise error

    with monkeypatch.context() as poor:
        poor.setattr("cxsim.model.simulate", lacking)
        poor.setattr(pool, "may_start", lambda: False)
        assert len(run_experiment(SMALL, tmp_path / "s", workers=1).failures) == SMALL.n_runs
    again = run_experiment(SMALL, tmp_path / "s", workers=1)
    assert not len(again.failures) and again.runs["npv"].notna().all()


def test_the_first_batch_of_a_cold_start_is_no_danger_to_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a run may be the end of its process, it is a worker that compiles."""
    expected = run_experiment(SMALL, workers=1).runs
    monkeypatch.setattr("cxsim.engine.compiling.is_cold", lambda: True)
    monkeypatch.setattr(runner, "SIDE_BY_SIDE", range(1))  # so that all is done by workers

    monkeypatch.setattr(runner, "Work", lambda experiment: _Elsewhere(experiment, os.getpid()))
    assert run_experiment(SMALL, workers=2).runs.equals(expected)


class _Elsewhere(tasks.Work):
    """Work that must not be done in the process with this id."""

    def __init__(self, experiment: Experiment, parent: int) -> None:
        super().__init__(experiment)
        self._parent = parent

    def __call__(self, batch: Any) -> tasks.Made:
        assert os.getpid() != self._parent
        return super().__call__(batch)


def test_another_cxsim_in_a_worker_is_refused() -> None:
    work = tasks.Work(SMALL)
    work._version = "0.0.1", 0
    with pytest.raises(OSError, match=r"^a worker has cxsim \S+ \(results version 1\), and this is 0\.0\.1 "):
        work([(0, next(SMALL.tasks()))])


def test_a_batch_is_some_time_long_whatever_a_run_takes() -> None:
    batches = tasks.Batches(tasks.Asked(SMALL, SMALL.tasks()), np.arange(36), 1.0)
    batches.each = 0.1
    sizes = []
    for batch in batches:
        sizes.append(len(batch))
        batches.note(0.5 * len(batch), len(batch))
    assert sizes == [12, 6, 6, 6, 2, 2, 2], "a point has six runs; the last batches are short"


def test_batches_where_no_worker_is_left_at_the_moment() -> None:
    batches = tasks.Batches(tasks.Asked(SMALL, SMALL.tasks()), np.arange(36), 1.0, workers=0)
    assert sorted(k for batch in batches for k, _ in batch) == list(range(36))


def test_the_seed_of_a_task_is_kept_in_full() -> None:
    experiment = small(2, common_random_numbers=False)
    runs = run_experiment(experiment, workers=1).runs
    assert runs["rng"].tolist() == [t.rng for t in experiment.tasks()] and runs["rng"].max() > 2**53
