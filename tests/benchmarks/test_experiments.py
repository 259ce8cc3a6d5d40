"""Speed and memory of experiments: `pytest -m benchmark tests/benchmarks/test_experiments.py`.

What many runs take together is held against what one run takes by itself, measured before and after.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from cxsim.running import available_threads
from cxsim.studies.experiments.experiment import Experiment
from cxsim.studies.runs.runner import run_experiment
from cxsim.studies.runs.store import PARTS, Family, Store
from cxsim.studies.runs.tasks import Work
from experiments_small import small
from ledger import Ledger
from test_cluster import cluster
from test_speed import child

pytestmark = pytest.mark.benchmark

THOUSAND = small(250, customers=2_000, months=60, replications=2)


def single(experiment: Experiment, n: int = 100) -> float:
    """Seconds of a run, without anything around it."""
    batch = list(enumerate(islice(experiment.tasks(), n)))
    Work(experiment)(batch[:2])
    return Work(experiment)(batch).seconds / n


def share_of_speed(experiment: Experiment, processors: int, **where: Any) -> float:
    """Runs made a second, against those that so many processors would make if nothing came between."""
    best = 0.0
    for _ in range(3):
        before = single(experiment)
        begun = time.perf_counter()
        result = run_experiment(experiment, **where)
        seconds = time.perf_counter() - begun
        assert len(result.runs) == experiment.n_runs and not len(result.failures)
        each = (before + single(experiment)) / 2
        best = max(best, experiment.n_runs * each / processors / seconds)
    return best


def test_a_thousand_runs_here(ledger: Ledger) -> None:
    n = available_threads()
    run_experiment(THOUSAND, workers=n)  # workers are there
    ledger.at_least(f"1,000 runs on {n} processors, of their speed", share_of_speed(THOUSAND, n, workers=n), 0.9)


def test_a_thousand_runs_on_a_cluster(ledger: Ledger, tmp_path: Path) -> None:
    with cluster(tmp_path, 2) as (address, _):
        run_experiment(small(100), scheduler=address)
        found = share_of_speed(THOUSAND, min(2, available_threads()), scheduler=address)
    ledger.at_least("1,000 runs on a cluster of 2 workers, of their speed", found, 0.8)


def test_a_million_rows_are_read(benchmark: Any, ledger: Ledger, tmp_path: Path) -> None:
    experiment, n, luck = small(2), 1_000_000, np.random.default_rng(1)
    family = Family.of(experiment)
    keys = np.unique(luck.integers(0, 2**63, n).astype(np.uint64))
    with Store(tmp_path, experiment) as store:
        for some in np.array_split(luck.permutation(keys), 12):
            m = len(some)
            numbers = luck.random((len(family.paths) + len(family.columns), m))
            columns = [some, ["doormat_siloed"] * m, np.zeros(m, np.int64), np.ones(m, np.int64), *numbers]
            schema = family.schema()
            arrays = [pa.array(x, f.type) for x, f in zip(columns, schema, strict=True)]
            store._write(PARTS, family, pa.table(arrays, schema))

    def read() -> None:
        with Store(tmp_path, experiment) as store:
            assert store.find(family, keys)[1].all()

    benchmark.pedantic(read, rounds=3, iterations=1)
    ledger.within(f"a million rows of {len(family.columns)} columns, read", float(benchmark.stats.stats.min), 1.0)


GROWING = """
import json, resource, sys, time
sys.path[:0] = {paths!r}
from experiments_small import small
from cxsim.studies.runs.runner import run_experiment
from test_speed import PEAK
exec(PEAK[PEAK.index("def peak"):PEAK.index("def run")])
run_experiment(small(100, customers=100, months=1), workers=2)
found = []
for n in (500, 5_000):
    begun = time.perf_counter()
    run_experiment(small(n, customers=100, months=1, replications=2), workers=2)
    found.append((4 * n, time.perf_counter() - begun, peak()))
print(json.dumps(found))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is not told")
def test_time_and_memory_of_many_runs(ledger: Ledger) -> None:
    """20,000 runs take ten times what 2,000 take, and hardly more memory than their table needs."""
    here = Path(__file__).parent
    found = child(GROWING.format(paths=[str(here), str(here.parent)]), timeout=3600)
    (few, first, low), (many, last, high) = json.loads(found)
    ledger.at_most("20,000 runs against 2,000, time of each", (last / many) / (first / few), 1.15, "x")
    ledger.at_most("20,000 runs against 2,000, peak memory of each more", (high - low) / (many - few), 3000, "bytes")
