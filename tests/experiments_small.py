"""Small experiments for tests of the store and the runner; run as a program, one of them into a folder."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import cxsim
from cxsim import running
from cxsim.studies.experiments.experiment import Design, Experiment, Varied
from cxsim.studies.runs import runner, store
from cxsim.studies.runs.runner import run_experiment

RATE, SHARE = "world.requests.out_of_scope_rate", "policy.requests.conceded_share"


def small(n: int = 20, customers: int = 200, months: int = 3, first: str = "doormat_siloed", **more: Any) -> Experiment:
    """Two arms at ``n`` points; what is conceded varies in the second only."""
    size = ("customers", customers, "employees", 8, "horizon_months", months)
    arms = {name: cxsim.load(name).replace(*size) for name in (first, "mutual_siloed")}
    vary = Varied(RATE, 0.05, 0.4), Varied(SHARE, 0.0, 1.0, arms=("mutual_siloed",))
    points = np.random.default_rng(5).random((n, 2)) * (0.35, 1.0) + (0.05, 0.0)
    return Experiment("Small", arms, vary, points, Design("list"), **{"replications": 3, **more})


def busy() -> None:
    """Have parts written and merged all the time, and work shared out however little there is."""
    store._FLUSH_SECONDS, store._MERGED = 0.01, 3
    runner._BATCH_SECONDS, runner._WORTH_SECONDS = 0.01, 1e-9
    running._WORTH_SECONDS = 1e-9


if __name__ == "__main__":
    busy()
    run_experiment(small(60), sys.argv[1], workers=2)
