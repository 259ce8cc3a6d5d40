"""Speed and memory of experiments: `pytest -m benchmark tests/benchmarks/test_experiments.py`.

What many runs take together is held against what runs take by themselves, measured before and after.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cxsim.running import available_threads
from cxsim.studies.runs.parts import PARTS, Family
from cxsim.studies.runs.runner import run_experiment
from cxsim.studies.runs.store import Store
from experiments_small import small
from ledger import ALLOWANCE, Ledger
from test_cluster import cluster
from test_speed import child

pytestmark = pytest.mark.benchmark

THOUSAND = small(250, customers=2_000, months=60, replications=2)


ALONE = """
import sys
sys.path[:0] = {paths!r}
from itertools import islice
from cxsim.studies.runs.tasks import Work
from test_experiments import THOUSAND
batch = list(enumerate(islice(THOUSAND.tasks(), 100)))
work = Work(THOUSAND)
work(batch[:4])
print("ready", flush=True)
sys.stdin.readline()
print(work(batch).seconds / len(batch))
"""


def alone(processes: int) -> float:
    """Runs a second that so many processes make at the same time, each by itself and with nothing between them."""
    here = Path(__file__).parent
    code = ALONE.format(paths=[str(here), str(here.parent)])
    with ExitStack() as held:
        command = [sys.executable, "-c", code]
        started = [
            held.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
            for _ in range(processes)
        ]
        for process in started:
            assert process.stdout and process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin
            process.stdin.write("\n")
            process.stdin.flush()
        return sum(1 / float(process.communicate()[0]) for process in started)


def shares_of_speed(processors: int, **where: Any) -> tuple[float, float]:
    """Runs made a second, against those of so many processes beside one another, and of one by itself so many times.

    The first is what sharing out and storing leave; the second holds also that processors slow each other down.
    """
    found = []
    for _ in range(3):
        one, before = alone(1), alone(processors)
        begun = time.perf_counter()
        result = run_experiment(THOUSAND, **where)
        speed = THOUSAND.n_runs / (time.perf_counter() - begun)
        assert len(result.runs) == THOUSAND.n_runs and not len(result.failures)
        found.append((2 * speed / (before + alone(processors)), 2 * speed / processors / (one + alone(1))))
    shares, by_one = zip(*found, strict=True)
    return statistics.median(shares), statistics.median(by_one)


def test_a_thousand_runs_here(ledger: Ledger) -> None:
    n = available_threads()
    run_experiment(small(20), workers=n)  # workers are there
    share, by_one = shares_of_speed(n, workers=n)
    ledger.at_least(f"1,000 runs, of {n} processes beside one another", share, 0.9)
    ledger.at_least(f"1,000 runs, of {n} times one process by itself", by_one, 0.9, allowance=ALLOWANCE)


def test_a_thousand_runs_on_a_cluster(ledger: Ledger, tmp_path: Path) -> None:
    n = min(2, available_threads())
    with cluster(tmp_path, 2) as (address, _):
        run_experiment(small(100), scheduler=address)
        share, by_one = shares_of_speed(n, scheduler=address)
    ledger.at_least("1,000 runs on a cluster, of 2 processes beside one another", share, 0.8)
    ledger.at_least("1,000 runs on a cluster, of 2 times one by itself", by_one, 0.8, allowance=ALLOWANCE)


def test_a_million_rows_are_read(benchmark: Any, ledger: Ledger, tmp_path: Path) -> None:
    experiment, n, luck = small(2), 1_000_000, np.random.default_rng(1)
    family = Family.of(experiment)
    keys = np.unique(luck.integers(0, 2**63, n).astype(np.uint64))
    with Store(tmp_path, experiment) as store:
        for some in np.array_split(luck.permutation(keys), 12):
            m = len(some)
            numbers = luck.random((len(family.varied) + len(family.columns), m))
            columns = [some, ["doormat_siloed"] * m, np.zeros(m, np.int64), np.ones(m, np.int64), *numbers]
            schema = family.schema()
            arrays = [pa.array(x, f.type) for x, f in zip(columns, schema, strict=True)]
            store._write(PARTS, family, pa.table(arrays, schema))

    def read() -> None:
        with Store(tmp_path, experiment) as store:
            assert store.parts.find(family, keys, family.columns)[1].all()

    benchmark.pedantic(read, rounds=3, iterations=1)
    ledger.within(f"a million rows of {len(family.columns)} columns, read", float(benchmark.stats.stats.min), 1.0)


GROWING = """
import json, sys, tempfile, time
sys.path[:0] = {paths!r}
import cxsim
from cxsim.studies.experiments.experiment import Analysis
from experiments_small import small
from test_speed import PEAK
exec(PEAK[PEAK.index("def peak"):PEAK.index("def run")])
found = []
for n in (100, 500, 5_000):
    asked = small(n, customers=100, months=1, replications=2, analysis=[Analysis("table", {{"measure": "npv"}})])
    with tempfile.TemporaryDirectory() as out:
        begun = time.perf_counter()
        cxsim.experiment(asked, out, workers=2)
        found.append((asked.n_runs, time.perf_counter() - begun, peak()))
print(json.dumps(found[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is not told")
def test_time_and_memory_of_many_runs(ledger: Ledger) -> None:
    """20,000 runs, from the design to the findings on disk, take ten times what 2,000 take, and hardly more memory."""
    here = Path(__file__).parent
    found = child(GROWING.format(paths=[str(here), str(here.parent)]), timeout=3600)
    (few, first, low), (many, last, high) = json.loads(found)
    ledger.at_most("20,000 runs against 2,000, time of each", (last / many) / (first / few), 1.15, "x")
    ledger.at_most("20,000 runs against 2,000, peak memory of the process", high / low, 1.15, "x")
