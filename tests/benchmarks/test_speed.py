"""Speed and memory: `pytest -m benchmark tests/benchmarks`. Left out of a plain test run.

Ratios are taken against the plain Mesa model in ``yardstick.py``, measured in the same run. Goals in
seconds are scaled by that model's speed too, so that a slower machine is not mistaken for slower code.
What grows with the number of mechanisms may miss its goal by the ``ALLOWANCE`` of ``ledger.py``.
With CXSIM_BENCH_HUGE=1 in the environment ten million customers are run as well (some 2 GB of memory).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cxsim
from cxsim.model import CXModel, simulate
from ledger import ALLOWANCE, Ledger

pytestmark = pytest.mark.benchmark

ROOT = Path(__file__).parents[2]
SQUARE = ["doormat_siloed", "doormat_cross_functional", "mutual_siloed", "mutual_cross_functional"]


def sized(customers: int, months: int = 60) -> cxsim.Scenario:
    """The baseline with a given number of simulated customers and months."""
    return cxsim.load("baseline").replace("customers", customers, "horizon_months", months)


def best(benchmark: Any, task: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest of ``rounds`` runs."""
    benchmark.pedantic(task, rounds=rounds, iterations=1)
    if benchmark.stats is None:
        pytest.skip("timing is switched off")
    return float(benchmark.stats.stats.min)


def half_year(threads: int) -> Callable[[], None]:
    """A warm model of 100,000 customers, advanced by six months (two quarters) at each call."""
    model = CXModel(sized(100_000), threads=threads)

    def advance() -> None:
        for _ in range(6):
            model.step()

    advance()
    return advance


def test_one_thread_against_plain_agents(benchmark: Any, ledger: Ledger) -> None:
    speed = 6 * 100_000 / best(benchmark, half_year(threads=1), rounds=5)
    benchmark.extra_info["customer_months_per_second"] = speed
    times = speed / ledger.yardstick
    ledger.at_least("100,000 customers, 1 thread, against the yardstick", times, 150, allowance=ALLOWANCE)


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_two_threads_against_one(benchmark: Any, ledger: Ledger) -> None:
    one, two = half_year(threads=1), half_year(threads=2)
    alone = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        one()
        alone = min(alone, time.perf_counter() - start)
    both = best(benchmark, two, rounds=5)
    ledger.at_least("100,000 customers, 2 threads against 1", alone / both, 1.6)


@pytest.mark.parametrize(("customers", "rounds", "goal"), [(2_000, 20, 0.010), (1_000_000, 2, 2.5)])
def test_sixty_months(benchmark: Any, ledger: Ledger, customers: int, rounds: int, goal: float) -> None:
    scenario = sized(customers)
    simulate(sized(2_000, months=3))
    seconds = best(benchmark, lambda: simulate(scenario, threads=2), rounds)
    ledger.within(f"{customers:,} customers, 60 months, with set-up", seconds, goal, ALLOWANCE)


@pytest.mark.skipif("CXSIM_BENCH_HUGE" not in os.environ, reason="CXSIM_BENCH_HUGE is not set")
def test_ten_million(benchmark: Any, ledger: Ledger) -> None:
    scenario = sized(10_000_000)
    simulate(sized(2_000, months=3))
    seconds = best(benchmark, lambda: simulate(scenario, threads=2), rounds=1)
    ledger.within("10,000,000 customers, 60 months, with set-up", seconds, 28, ALLOWANCE)


def test_the_square(benchmark: Any, ledger: Ledger) -> None:
    def square() -> object:
        comparison = cxsim.compare(SQUARE, replications=20, rng=1)
        return comparison.summary, comparison.differences, comparison.payback

    square()
    ledger.within("the square, 20 replications, with its tables", best(benchmark, square, rounds=3), 1.0, ALLOWANCE)


def test_the_square_in_sampled_worlds(benchmark: Any, ledger: Ledger) -> None:
    seconds = best(benchmark, lambda: cxsim.compare(SQUARE, replications=20, rng=1, worlds=100), rounds=2)
    ledger.within("the square, 20 replications and 100 worlds", seconds, 5.0, ALLOWANCE)


# --- what needs a process of its own -----------------------------------------------------------------------

FIRST_RUN = """
import json, time
import cxsim, cxsim.engine.compiling  # numba itself, which takes as long whatever it compiles
from cxsim.model import simulate
scenario = cxsim.load("baseline").replace("customers", 500, "horizon_months", 4)
start = time.perf_counter(); simulate(scenario); first = time.perf_counter() - start
start = time.perf_counter(); simulate(scenario); again = time.perf_counter() - start
print(json.dumps(first - again))
"""

PEAK = """
import json, sys
import cxsim
from cxsim.model import simulate

def peak():  # bytes
    try:  # a maximum that a parent process cannot have left behind
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024
    except OSError:
        import resource
        value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return value if sys.platform == "darwin" else value * 1024

def run(customers):
    simulate(cxsim.load("baseline").replace("customers", customers, "horizon_months", 4), threads=2)

run(2000)
before = peak()
run(1_000_000)
print(json.dumps((peak() - before) / 1_000_000))
"""


def child(code: str, *arguments: str, timeout: float = 300, **environment: str) -> str:
    """Standard output of a fresh interpreter that runs ``code``."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, text=True, check=False, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_cold_compile_and_cache(ledger: Ledger, tmp_path: Path) -> None:
    cold = json.loads(child(FIRST_RUN, CXSIM_CACHE=str(tmp_path)))
    warm = min(json.loads(child(FIRST_RUN, CXSIM_CACHE=str(tmp_path))) for _ in range(3))
    ledger.within("kernels, compiled from cold", cold, 10, ALLOWANCE)
    ledger.within("kernels, loaded from the cache", warm, 0.5)


@pytest.mark.parametrize(
    ("words", "shown", "goal"),
    [(["--help"], "compare", 0.15), (["list"], "doormat", 0.2), (["describe", "baseline"], "represents", 0.2)],
)
def test_what_simulates_nothing_is_instant(
    benchmark: Any, ledger: Ledger, tmp_path: Path, words: list[str], shown: str, goal: float
) -> None:
    code = f"import sys; from cxsim.cli import main; sys.exit(main({words}))"
    byte_code = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}  # kept, as an installer keeps it
    assert shown in child(code, **byte_code)
    seconds = best(benchmark, lambda: child(code, **byte_code), rounds=7)
    ledger.within(f"cxsim {words[0]}, the whole process", seconds, goal)


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is not told")
def test_peak_memory(ledger: Ledger) -> None:
    ledger.at_most("peak memory above the interpreter, per customer", json.loads(child(PEAK)), 160, "bytes")
