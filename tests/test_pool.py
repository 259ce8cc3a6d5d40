"""Runs shared out to processes: the same numbers, own mechanisms, errors, killed workers, interruption, no orphans."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from cxsim import pool, running
from cxsim.running import Job, simulate_all
from cxsim.scenario import Scenario
from own_samples import Grudge, documented

ROOT = Path(__file__).parents[1]
SMALL = Scenario.default().replace("customers", 200, "employees", 8, "horizon_months", 6)
needs_signals = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little there is to do, it goes to processes, a run or two at a time."""
    monkeypatch.setattr(running, "_WORTH_SECONDS", 1e-9)
    monkeypatch.setattr(running, "_BATCH_SECONDS", 2e-4)


def jobs(scenario: Scenario, n: int = 12) -> list[Job]:
    arms = scenario, scenario.replace("policy.requests.conceded_share", 0.9)
    return [Job(s, r, panel=5) for s in arms for r in range(n // 2)]


def where(things: Sequence[int]) -> list[int]:
    time.sleep(0.002)
    return [os.getpid() for _ in things]


def test_processes_change_no_bit() -> None:
    one, *more = (simulate_all(jobs(SMALL), 7, n) for n in (1, 2, 3))
    assert [(r.seed, r.replication) for r in one] == [(7, r) for _ in range(2) for r in range(6)]
    for other in more:
        for a, b in zip(one, other, strict=True):
            assert {c: x.tobytes() for c, x in a.firm.items()} == {c: x.tobytes() for c, x in b.firm.items()}
            assert {c: x.tobytes() for c, x in a.silo.items()} == {c: x.tobytes() for c, x in b.silo.items()}
            assert a.panel.customers["tenure"].tobytes() == b.panel.customers["tenure"].tobytes()


def test_a_mechanism_of_ones_own_runs_in_a_worker_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Executed from its text, wherever its file may be: it is gone by the time the workers ask for it."""
    monkeypatch.chdir(documented(tmp_path))
    on = SMALL.replace("use", "loyalty_points:LoyaltyPoints").replace("policy.loyalty_points.reward_share", 0.1)
    (tmp_path / "loyalty_points.py").unlink()
    for scenario in (on, SMALL.replace("use", [Grudge])):
        one, two = (simulate_all(jobs(scenario), 7, n) for n in (1, 2))
        for a, b in zip(one, two, strict=True):
            assert {c: x.tobytes() for c, x in a.firm.items()} == {c: x.tobytes() for c, x in b.firm.items()}


SCRIPT = """
import os, sys
import cxsim
from cxsim import running

running._WORTH_SECONDS = 1e-9
running._BATCH_SECONDS = 2e-4

class Shy(cxsim.Mechanism):
    WRITES = ("satisfaction",)
    AFTER = "loyalty.satisfy"

    def month(self, c, luck, world, policy):
        c.satisfaction -= 0.01

def careful(firm):
    return {"requests.conceded_share": 0.5}

scenario = cxsim.Scenario.default().replace(
    "customers", 200, "employees", 8, "horizon_months", 6, "use", [Shy], "decide", careful)
one, two = (cxsim.run(scenario, replications=8, threads=n) for n in (1, 2))
assert one.values.tobytes() == two.values.tobytes()
print("the same")
"""


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    """What a script defines goes to workers by value, and they do not run the script."""
    (tmp_path / "study.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-W", "error", "study.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120)
    assert (done.stdout, done.stderr, done.returncode) == ("the same\n", "", 0)


class Unsent(Exception):
    """Cannot be read again by pickle."""

    def __init__(self, what: str, more: str) -> None:
        super().__init__(f"{what} {more}")


def fail_at_three(things: Sequence[int]) -> list[int]:
    time.sleep(0.01)
    if 3 in things:
        raise Unsent("in", "three")
    return list(things)


def kill_at_three(things: Sequence[int]) -> list[int]:
    """Ends the process without a word, as a system does that is out of memory."""
    if 3 in things:
        os.kill(os.getpid(), signal.SIGKILL)
    return [10 * x for x in things]


def pairs(n: int) -> Iterator[list[int]]:
    yield from ([k, k + 1] for k in range(0, n, 2))


def children() -> set[int]:
    """Workers that this process has."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True).stdout
    return {int(line.split()[0]) for line in found.splitlines() if "popen_loky" in line}


def test_an_error_is_raised_and_ends_the_workers() -> None:
    with pytest.raises(RuntimeError, match=r"^Unsent: in three$"):
        list(pool.share(fail_at_three, pairs(2000), pool.boot(1), here=False))
    if sys.platform == "linux":
        assert not children()


@needs_signals
def test_what_kills_its_worker_is_found_and_the_rest_is_done() -> None:
    made = list(pool.share(kill_at_three, pairs(40), pool.boot(2), here=False))
    assert sorted(x for batch, _ in made for x in batch) == list(range(40))
    lost = [list(batch) for batch, result in made if isinstance(result, pool.Lost)]
    assert lost == [[3]]
    assert all(list(result) == [10 * x for x in batch] for batch, result in made if not isinstance(result, pool.Lost))


def test_this_process_does_its_part() -> None:
    assert list(pool.share(where, [[1]], pool.boot(1), here=False))  # there is a worker now
    made = list(pool.share(where, pairs(2000), pool.boot(1)))
    by = [pid for _, result in made for pid in result]
    assert len(by) == 2000 and len(set(by)) == 2 and os.getpid() in by


def test_a_worker_starts_none_of_its_own() -> None:
    assert pool.may_start()
    [(_, answer)] = pool.share(ask, [[1]], pool.boot(1), here=False)
    assert answer == [False]


def ask(things: Sequence[int]) -> list[bool]:
    return [pool.may_start() for _ in things]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_no_worker_is_left(tmp_path: Path, sent: signal.Signals, status: int) -> None:
    (tmp_path / "any.yaml").write_text("title: Any\n")
    command = [sys.executable, "-m", "cxsim", "run", "any.yaml", "--replications", "3000", "--threads", "2"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CXSIM_TEST": (mark := f"{os.getpid()} {sent}")}
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, env=env, start_new_session=True) as process:
        while len(marked(mark)) < 2:
            time.sleep(0.05)
        time.sleep(1)
        os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
        _, said = process.communicate(timeout=60)
    # where it came while a text was executed, Python ends by the signal itself: a shell says 130 of either
    assert process.returncode == status or (sent, process.returncode) == (signal.SIGINT, -signal.SIGINT)
    if sent != signal.SIGKILL:
        assert said.decode().strip() == {130: "cxsim: interrupted; no results were written", 143: ""}[status]
    deadline = time.monotonic() + 30
    while marked(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not marked(mark)


def marked(mark: str) -> list[int]:
    """Processes in whose environment ``mark`` stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"CXSIM_TEST={mark}\0".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found
