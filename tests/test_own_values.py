"""What code of one's own refers to counts in the hash of a scenario, and is the same in every process."""

from __future__ import annotations

import importlib
import linecache
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cxsim.scenario import Scenario, ScenarioError
from cxsim.studies.runs.runner import Runner
from experiments_small import small

DECIDE = "def decide(firm):\n    return {'pricing.price': PRICE}\n"


def typed(monkeypatch: pytest.MonkeyPatch, *cells: str, **names: Any) -> dict[str, Any]:
    """What notebook cells leave in their globals."""
    made: dict[str, Any] = {"__name__": "__main__", **names}
    for k, cell in enumerate(cells):
        file = f"<cell {hash(cell)} {k}>"
        monkeypatch.setitem(linecache.cache, file, (len(cell), None, cell.splitlines(True), file))
        exec(compile(cell, file, "exec"), made)
    for name in ("decide", "Own"):
        if name in made:
            monkeypatch.setattr(sys.modules["__main__"], name, made[name], raising=False)
    monkeypatch.delattr(sys.modules["__main__"], "__file__", raising=False)
    return made


def hash_of(decide: Any) -> str:
    return Scenario.default().replace("decide", decide).hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PRICE = 1.0", "PRICE = 1.5"),
        ("PRICE = 'a'", "PRICE = b'a'"),
        ("PRICE = [1, {'a': (2, {3, 4})}]", "PRICE = [1, {'a': (2, {3, 5})}]"),
        ("import numpy as np\nPRICE = np.arange(3)", "import numpy as np\nPRICE = np.arange(3.0)"),
        ("def PRICE(x): return x + 1", "def PRICE(x): return x + 2"),
        ("def PRICE(x, y=1): return x", "def PRICE(x, y=2): return x"),
        ("def PRICE(x): return RATE\nRATE = 1", "def PRICE(x): return RATE\nRATE = 2"),
        ("import functools\nPRICE = functools.cache(lambda x: x + 1)",
         "import functools\nPRICE = functools.cache(lambda x: x + 2)"),
        ("class PRICE:\n    rate = 1", "class PRICE:\n    rate = 2"),
        ("class Kept:\n    def __init__(self, x): self.x = x\nPRICE = Kept(1)",
         "class Kept:\n    def __init__(self, x): self.x = x\nPRICE = Kept(2)"),
        ("import re\nPRICE = re.compile('a')", "import re\nPRICE = re.compile('b')"),
        ("import numpy\nPRICE = numpy.random.default_rng(1)", "import numpy\nPRICE = numpy.random.default_rng(2)"),
    ],
)  # fmt: skip
def test_values_of_other_cells_count(monkeypatch: pytest.MonkeyPatch, one: str, other: str) -> None:
    first, again, second = (hash_of(typed(monkeypatch, x, DECIDE)["decide"]) for x in (one, one, other))
    assert first == again != second


def test_a_value_that_is_another_by_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = typed(monkeypatch, "PRICE = 1.0", DECIDE)
    before = Scenario.default().replace("decide", made["decide"])
    made["PRICE"] = 1.5
    assert Scenario.default().replace("decide", made["decide"]).hash != before.hash
    experiment = small(2)
    stale = replace(experiment, arms=dict.fromkeys(experiment.arms, before))
    changed = "what __main__:decide refers to has changed since the scenario was made; make it again"
    with pytest.raises(ScenarioError, match=f"^{changed}$"), Runner(stale, tmp_path / "s"):
        pass
    assert not (tmp_path / "s").exists()


def test_what_cannot_be_told_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = typed(monkeypatch, DECIDE, PRICE=threading.Lock())
    s = Scenario.default().replace("decide", made["decide"])
    experiment = small(2)
    with pytest.raises(ScenarioError, match=r"^__main__:decide hangs on PRICE, a lock, which cannot be told"):
        Runner(replace(experiment, arms=dict.fromkeys(experiment.arms, s)), tmp_path / "s").__enter__()


@pytest.mark.parametrize(("above", "within"), [("import values_beside", "pass"), ("", "import values_beside")])
def test_a_module_beside_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, above: str, within: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    hashes = []
    for price in (1, 2, 1):
        for name in ("values_beside", "ruled"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / "values_beside.py").write_text("def f(x):\n    return x * PRICE\n")
        text = f"{above}\n\ndef decide(firm):\n    {within}\n    return values_beside.f(1)\n"
        (tmp_path / "ruled.py").write_text(text)
        monkeypatch.setattr(importlib.import_module("values_beside"), "PRICE", price, raising=False)
        hashes.append(hash_of(importlib.import_module("ruled").decide))
    assert hashes[0] == hashes[2] != hashes[1]


STUDY = """
import sys
from cxsim.scenario import load
from cxsim.studies.experiments.experiment import Experiment
from cxsim.studies.runs.runner import run_experiment
from experiments_small import small
from dataclasses import replace

PRICE = float(sys.argv[1])
NAMES = {"a", "b", "c", "d"}

def decide(firm):
    return {"requests.conceded_share": PRICE} if NAMES else {}

if __name__ == "__main__":
    e = small(2, months=13, customers=50)
    e = replace(e, arms={name: s.replace("decide", decide) for name, s in e.arms.items()})
    runs = run_experiment(e, "s", workers=2).runs
    print([s.hash for s in e.arms.values()], runs["npv"].tolist())
"""


def test_a_program_does_not_take_the_runs_of_other_values(tmp_path: Path) -> None:
    (tmp_path / "study.py").write_text(STUDY)

    def start(price: str) -> subprocess.CompletedProcess[str]:
        root = Path(__file__).parents[1]
        around = {"PYTHONPATH": f"{root}:{root / 'tests'}", "PATH": ""}
        command = [sys.executable, "study.py", price]
        return subprocess.run(command, cwd=tmp_path, env=around, capture_output=True, text=True, check=False)

    one, again, other = start("0.1"), start("0.1"), start("0.5")
    assert one.returncode == 0, one.stderr
    assert again.stdout == one.stdout != ""
    assert other.returncode and "holds another experiment (not the same arm" in other.stderr
