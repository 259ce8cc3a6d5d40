"""A Dask cluster on this machine: the same rows, a worker that dies, a scheduler that dies or does not answer."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cxsim.studies.experiments.experiment import Experiment
from cxsim.studies.runs.cluster import Cluster, ClusterError
from cxsim.studies.runs.runner import run_experiment
from cxsim.studies.runs.store import status
from experiments_small import small
from test_store import environment, wait_for

pytest.importorskip("distributed")
ROOT = Path(__file__).parents[1]


def larger(points: int) -> Experiment:
    """Of which the first points are the same, however many there are."""
    return small(points, customers=2000, months=24, replications=2)


LARGER = larger(60)


@contextmanager
def dask(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler or a worker, until the end."""
    with subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
        env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of a scheduler on the loopback with some workers, and all processes, the scheduler first."""
    file = folder / "scheduler.json"
    with ExitStack() as held:
        place = "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)
        started = [held.enter_context(dask("scheduler", *place))]
        wait_for(lambda: file.exists() and file.stat().st_size > 0)
        for _ in range(workers):
            options = "--scheduler-file", str(file), "--nthreads", "1", "--no-nanny"
            started.append(held.enter_context(dask("worker", *options)))
        yield json.loads(file.read_text())["address"], started


def test_a_scheduler_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, no address at all, and somebody who listens and says nothing, for whom a client waits for ever."""
    monkeypatch.setattr("cxsim.studies.runs.cluster._ANSWER_SECONDS", 3)
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        for address in ("tcp://127.0.0.1:9", "nonsense", "nonsense://", f"127.0.0.1:{mute.getsockname()[1]}"):
            with pytest.raises(ClusterError, match=f"^the scheduler at {address} does not answer; is it running"):
                run_experiment(small(2), tmp_path / "s", scheduler=address)
    assert not (tmp_path / "s").exists()


RUN = """
import sys
sys.path[:0] = [{tests!r}]
from test_cluster import larger
from cxsim.studies.runs.runner import run_experiment
try:
    result = run_experiment(larger(int(sys.argv[3])), sys.argv[1], scheduler=sys.argv[2])
    print(len(result.runs), int(result.runs["npv"].isna().sum()), len(result.failures))
except OSError as error:
    print(error)
"""


def start(folder: Path, address: str, points: int) -> subprocess.Popen[str]:
    code = RUN.format(tests=str(ROOT / "tests"))
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder), address, str(points)],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def done(folder: Path) -> int:
    return status(folder).done if (folder / "manifest.json").exists() else 0


@pytest.mark.end_to_end
def test_a_cluster_of_two_workers(tmp_path: Path) -> None:
    """The same rows as on this machine, although a worker dies; when the scheduler does, what is done is kept."""
    expected = run_experiment(LARGER).runs
    one, two = tmp_path / "one", tmp_path / "two"
    with cluster(tmp_path, 2) as (address, processes):
        with start(one, address, 60) as program:
            wait_for(lambda: done(one) > 0)
            processes[1].send_signal(signal.SIGKILL)
            assert program.communicate(timeout=120)[0].split() == [str(LARGER.n_runs), "0", "0"]
        with start(two, address, 2000) as program:
            wait_for(lambda: done(two) > 0)
            processes[0].send_signal(signal.SIGKILL)
            said = program.communicate(timeout=120)[0].strip()
    assert said == f"the scheduler at {address} was lost; what is done is stored, start again to go on"
    assert 0 < done(two) < 8000
    for folder in (one, two):
        assert run_experiment(LARGER, folder).runs.equals(expected)


def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxsim.studies.runs.cluster._ANSWER_SECONDS", 3)
    with cluster(tmp_path, 0) as (address, _), pytest.raises(ClusterError) as error:
        Cluster(address).__enter__()
    assert str(error.value) == f"the scheduler at {address} has no worker; start one: dask worker {address}"
