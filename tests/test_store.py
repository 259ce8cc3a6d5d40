"""The store of an experiment: whole parts, resuming after a kill, full disks, foreign folders, two processes, speed."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxsim.studies.experiments.experiment import Experiment, Task
from cxsim.studies.runs import folder, store
from cxsim.studies.runs import parts as runs_parts
from cxsim.studies.runs.folder import StoreError
from cxsim.studies.runs.parts import Family
from cxsim.studies.runs.runner import run_experiment
from cxsim.studies.runs.store import Failure, Store, status
from cxsim.studies.runs.tasks import Asked
from experiments_small import RATE, SHARE, small

ROOT = Path(__file__).parents[1]
SMALL = small()


def filled(folder: Path, experiment: Experiment = SMALL, n: int | None = None, writer: str = store.WHOLE) -> Asked:
    """The first ``n`` tasks of an experiment put into a folder, with made-up results."""
    asked = Asked(experiment, experiment.tasks())
    family = Family.of(experiment)
    with Store(folder, experiment, writer, "cxsim experiment small.yaml") as held:
        held.plan(np.unique(asked.keys))
        for k in range(len(asked) if n is None else n):
            held.add(family, int(asked.keys[k]), asked.task(k), asked.values(k), made_up(asked, k))
    return asked


def made_up(asked: Asked, k: int) -> list[float]:
    return [float(asked.keys[k] % 1000) + 0.5 * i for i in range(len(asked.experiment.columns))]


def found(folder: Path, asked: Asked) -> Any:
    with Store(folder, asked.experiment) as held:
        return held.parts.find(Family.of(asked.experiment), asked.keys, asked.experiment.columns)


def parts(folder: Path) -> list[Path]:
    return sorted((folder / "parts").iterdir())


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    asked = filled(tmp_path / "s")
    values, there = found(tmp_path / "s", asked)
    assert there.all() and len(there) == len(asked) == 120
    np.testing.assert_array_equal(values.T, [made_up(asked, k) for k in range(120)])
    table = pq.read_table(parts(tmp_path / "s")[0]).to_pandas()
    assert list(table.columns) == ["key", "arm", "replication", "rng", RATE, SHARE, *SMALL.columns]
    assert table[SHARE].isna().equals(table["arm"] == "doormat_siloed"), "where it is not put in"


def test_runs_are_alike_where_their_content_is() -> None:
    """A path that an arm does not take makes no other run of it; everything else does."""
    asked = Asked(SMALL, SMALL.tasks())
    assert len(np.unique(asked.keys)) == len(asked) == SMALL.n_runs

    doormat, mutual = "doormat_siloed", "mutual_siloed"

    def key(arm: str = doormat, replication: int = 0, rng: int = 1, rate: float = 0.1, share: float = 0.5) -> int:
        return int(Asked(SMALL, [Task(0, arm, replication, rng, (rate, share))]).keys[0])

    other = Asked(small(3, replications=1), [Task(9, doormat, 0, 1, (0.1, 1.0))])
    assert key() == key(share=0.6) == int(other.keys[0])
    others = [key(replication=1), key(rng=2), key(rate=0.2), key(mutual), key(mutual, share=0.6), key(mutual, rng=2)]
    assert len({key(), *others}) == 7
    assert key(rate=0.0) == key(rate=-0.0)


def test_parts_are_few_and_nothing_is_there_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_FLUSH_SECONDS", 0.0)  # a part for every run
    monkeypatch.setattr(store, "_MERGED", 4)
    asked = filled(tmp_path / "s")
    assert len(parts(tmp_path / "s")) < 4 * 4
    rows = [pq.read_table(part, columns=["key"])["key"].to_numpy() for part in parts(tmp_path / "s")]
    np.testing.assert_array_equal(np.sort(np.concatenate(rows)), np.sort(asked.keys))


def test_a_row_in_two_parts_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a merge is killed after the merged part was written."""
    monkeypatch.setattr(store, "_FLUSH_SECONDS", 0.0)
    asked = filled(tmp_path / "s", n=10)
    one = parts(tmp_path / "s")[0]
    one.with_name(one.name.replace("all-", "1of2-")).write_bytes(one.read_bytes())
    assert found(tmp_path / "s", asked)[1].sum() == 10
    told = status(tmp_path / "s")
    assert (told.done, told.failed, told.left, told.more) == (10, 0, 110, 0)


@pytest.mark.parametrize("when", [1, 2, 4])
def test_parts_that_another_merges_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: int) -> None:
    """Its part comes, and the others go, before any of them is read, or between one and the next."""
    with monkeypatch.context() as small_parts:
        small_parts.setattr(store, "_FLUSH_SECONDS", 0.0)
        asked = filled(tmp_path / "s", n=8)
    old, real, reads = parts(tmp_path / "s"), runs_parts.read_part, 0
    assert len(old) == 8

    def read(part: Path, columns: Any = None) -> Any:
        nonlocal reads
        reads += 1
        if reads == when:
            merged = pa.concat_tables([real(part) for part in old]).sort_by("key")
            pq.write_table(merged, old[0].with_name(f"0of9-{Family.of(SMALL).id}-merged-8.parquet"))
            for each in old:
                each.unlink()
        return real(part, columns)

    monkeypatch.setattr(runs_parts, "read_part", read)
    values, there = runs_parts.Parts(tmp_path / "s").find(Family.of(SMALL), asked.keys[:8], SMALL.columns)
    assert there.all() and len(parts(tmp_path / "s")) == 1
    np.testing.assert_array_equal(values.T, [made_up(asked, k) for k in range(8)])


def test_status(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"^\S+: holds no experiment$"):
        status(tmp_path)
    asked = filled(tmp_path / "s", n=100)
    family = Family.of(SMALL)
    other = Family((RATE,), SMALL.columns)
    with Store(tmp_path / "s", SMALL) as held:
        for k, killed in ((100, True), (101, False), (102, True)):
            task, key = asked.task(k), int(asked.keys[k])
            held.add(family, key, task, asked.values(k), Failure("ValueError: so it is", killed))
        held.flush()
        held.add(family, int(asked.keys[102]), asked.task(102), asked.values(102), made_up(asked, 102))
        held.add(other, 7, asked.task(0), np.zeros(1), made_up(asked, 0))
        assert held.parts.failed(family, np.sort(asked.keys[100:103])).sum() == 1, "what was killed may be tried again"
        held.flush()
        assert held.parts.failures(family)["killed"].to_pylist().count(True) == 1
        for killed in (True, False, True):  # an error is what it ends with, whichever part comes first
            key, task = int(asked.keys[103]), asked.task(103)
            held.add(family, key, task, asked.values(103), Failure("OSError: so it is", killed))
            held.flush()
        assert held.parts.failed(family, asked.keys[103:104]).all()
        held.add(family, key, task, asked.values(103), made_up(asked, 103))
        held.flush()
    told = status(tmp_path / "s")
    assert (told.title, told.done, told.failed, told.left, told.more) == ("Small", 102, 2, 16, 1)
    assert told.command == "cxsim experiment small.yaml" and told.last is not None


def test_status_is_that_of_the_design_as_it_is_now(tmp_path: Path) -> None:
    """A design drawn anew shares no run with the former, and analyses may ask for the family of the design too."""
    filled(tmp_path / "s", small(6))
    other = replace(small(9), points=small(9).points[::-1] * 0.9)
    asked = filled(tmp_path / "s", other, n=5)
    told = status(tmp_path / "s")
    assert (told.done, told.failed, told.left, told.more) == (5, 0, len(asked) - 5, 36)
    filled(tmp_path / "s", small(6))
    told = status(tmp_path / "s")
    assert (told.done, told.left, told.more) == (36, 0, 5)


def test_a_shard_is_not_how_it_goes_on(tmp_path: Path) -> None:
    experiment = small(1, replications=1)
    run_experiment(experiment, tmp_path / "s", workers=1, command="cxsim experiment x.yaml")
    run_experiment(experiment, tmp_path / "s", workers=1, shard=(1, 2), command="cxsim experiment x.yaml --shard 1/2")
    assert status(tmp_path / "s").command == "cxsim experiment x.yaml"


# --- folders that cannot be used -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (small(rng=2), "another experiment (not the same seed)"),
        (small(customers=300), "another experiment (not the same customers)"),
        (small(months=4), "another experiment (not the same horizon)"),
        (small(first="baseline"), "another experiment (not the same arm doormat_siloed)"),
        (small(common_random_numbers=False), "another experiment (not the same common random numbers)"),
    ],
)
def test_another_experiment_is_refused(tmp_path: Path, other: Experiment, what: str) -> None:
    filled(tmp_path / "s")
    before = [p.read_bytes() for p in parts(tmp_path / "s")]
    with pytest.raises(StoreError) as error:
        filled(tmp_path / "s", other)
    assert str(error.value) == f"{tmp_path / 's'}: holds {what}; choose another folder"
    assert [p.read_bytes() for p in parts(tmp_path / "s")] == before


def test_more_points_and_replications_go_on(tmp_path: Path) -> None:
    asked = filled(tmp_path / "s")
    more = small(30, replications=4)
    assert found(tmp_path / "s", Asked(more, more.tasks()))[1].sum() == len(asked)


def test_another_version_of_results_is_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "s")
    monkeypatch.setattr(folder, "RESULTS_VERSION", 99)
    with pytest.raises(StoreError, match="of results version 1, and this cxsim makes version 99, which are not mixed"):
        filled(tmp_path / "s")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir")
    with pytest.raises(StoreError, match="holds other things than an experiment's runs"):
        filled(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="exists and is not a folder"):
        filled(tmp_path / "file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "letter.txt"]
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match=r"manifest\.json cannot be read"):
        filled(tmp_path / "s")
    (tmp_path / "s" / "manifest.json").write_text(json.dumps({"format": 2, "cxsim": "9.0"}))
    with pytest.raises(StoreError, match=r"written by cxsim 9\.0, in a format that this one cannot read"):
        filled(tmp_path / "s")


def test_two_at_once_are_refused_and_shards_are_not(tmp_path: Path) -> None:
    with Store(tmp_path / "s", SMALL, "1of2"):
        with pytest.raises(StoreError, match="another process is running this shard of it"):
            filled(tmp_path / "s", writer="1of2")
        asked = filled(tmp_path / "s", writer="2of2")
        assert found(tmp_path / "s", asked)[1].all()
    with Store(tmp_path / "s", SMALL), pytest.raises(StoreError, match="another process is running it"):
        filled(tmp_path / "s")


def test_a_file_system_without_locks_is_told_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(number: int) -> Callable[[Any], None]:
        def lock(file: Any) -> None:
            raise OSError(number, os.strerror(number))

        return lock

    for number in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):
        monkeypatch.setattr(folder, "_lock", refuse(number))
        with pytest.warns(RuntimeWarning, match=r"its file system has no locks; see to it that no other process"):
            asked = filled(tmp_path / f"s{number}")
    monkeypatch.setattr(folder, "_lock", refuse(errno.EIO))
    with pytest.raises(StoreError, match="input/output error"):
        filled(tmp_path / "s")
    monkeypatch.undo()
    assert found(tmp_path / f"s{errno.ENOTSUP}", asked)[1].all()


def test_processes_of_equal_number_on_two_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One writes the manifest while another does, under the same process id."""
    real, also = os.fsync, [b"theirs"]

    def meanwhile(handle: int) -> None:
        if also:
            folder.settle(tmp_path / "x", also.pop())
        real(handle)

    monkeypatch.setattr("os.fsync", meanwhile)
    folder.settle(tmp_path / "x", b"ours")
    assert (tmp_path / "x").read_bytes() == b"ours" and len(list(tmp_path.iterdir())) == 1


# --- a full disk ---------------------------------------------------------------------------------------------------


def no_space(handle: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = filled(tmp_path / "s", n=50)
    with monkeypatch.context() as full:
        full.setattr("os.fsync", no_space)
        with pytest.raises(StoreError, match=r": no space left on device; what is stored stays: mend that and start"):
            filled(tmp_path / "s")
    assert all(p.suffix == ".parquet" for p in parts(tmp_path / "s"))
    assert found(tmp_path / "s", asked)[1].sum() == 50
    filled(tmp_path / "s")
    assert found(tmp_path / "s", asked)[1].all()


LIMITED = """
import resource, signal, sys
sys.path[:0] = [{tests!r}]
import experiments_small as small
from cxsim.studies.runs.runner import run_experiment
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    run_experiment(small.small(100), sys.argv[1], workers=1)
except OSError as error:
    print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_part_that_cannot_be_written(tmp_path: Path) -> None:
    """The system's own refusal: no file may be larger than 20 kB."""
    done = python("-c", LIMITED.format(tests=str(ROOT / "tests")), str(tmp_path / "s"))
    stays = "what is stored stays: mend that and start again to go on"
    assert done.stdout.strip() == f"{tmp_path / 's'}: file too large; {stays}"
    assert not parts(tmp_path / "s") and status(tmp_path / "s").left == 600


# --- kills ---------------------------------------------------------------------------------------------------------


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env=environment(), capture_output=True, text=True, check=False, timeout=300)  # fmt: skip


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def kept(folder: Path) -> int:
    try:
        return status(folder).done
    except StoreError:
        return 0


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_moment_it_goes_on(tmp_path: Path, kills: int) -> None:
    """While parts are written and merged without a pause; in the end its rows are those of a run without a kill."""
    luck, folder = random.Random(kills), tmp_path / "s"
    for k in range(kills):
        before = kept(folder)
        with subprocess.Popen(
            [sys.executable, str(ROOT / "tests" / "experiments_small.py"), str(folder)], env=environment()
        ) as process:
            if k % 3:  # at times before anything is stored
                wait_for(lambda: kept(folder) > before or process.poll() is not None)  # noqa: B023
            time.sleep(luck.random() * (0.5 if k % 3 else 2.0))
            process.send_signal(signal.SIGKILL)
        assert kept(folder) >= before
    again, whole = run_experiment(small(60), folder), run_experiment(small(60))
    assert again.runs.equals(whole.runs) and len(again.runs) == 360 and not len(again.failures)
    assert status(folder).done == 360 and not list(folder.glob("*/*.tmp"))
