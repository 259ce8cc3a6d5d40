"""What the benchmarks share: the yardstick's speed in this very run, and a table of figures and goals at the end."""

from __future__ import annotations

import time

import pytest

import yardstick
from ledger import ALLOWANCE, Ledger

YARDSTICK_CUSTOMERS = 100_000
_LEDGER = pytest.StashKey[Ledger]()


def _yardstick_speed() -> float:
    """Customer-months per second of the plain Mesa model, best of three months after a first one."""
    market = yardstick.Market(YARDSTICK_CUSTOMERS)
    market.step()
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        market.step()
        best = min(best, time.perf_counter() - start)
    market.remove_all_agents()  # some versions of Mesa keep every model alive
    return YARDSTICK_CUSTOMERS / best


@pytest.fixture(scope="session")
def ledger(pytestconfig: pytest.Config) -> Ledger:
    """The table of this run, with the yardstick measured first."""
    made = Ledger(_yardstick_speed())
    pytestconfig.stash[_LEDGER] = made
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print every figure beside its goal."""
    made = config.stash.get(_LEDGER, None)
    if made is None:
        return
    terminalreporter.section("speed and memory")
    write = terminalreporter.write_line
    write(f"yardstick (plain Mesa agents): {made.yardstick:,.0f} customer-months per second, "
          f"{made.machine:.2f} of the machine that goals in seconds are meant for")
    write(f"allowed: {ALLOWANCE:g} times the goal, where each mechanism takes some of the time")
    for name, value, goal, verdict in made.rows:
        write(f"{name:<52} {value:>14}   {goal:<28} {verdict}")
