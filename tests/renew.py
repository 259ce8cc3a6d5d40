"""Numbers that are saved, so that no change of results goes unseen: the bits of a short run, and the baseline.

When results are meant to move: say so in CHANGELOG.md under Results (which measure, by how much, why), raise
``RESULTS_VERSION`` in ``cxsim/record.py``, and write both files anew, from the root of the repository, with

    python -m tests.renew
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

import cxsim
from cxsim.model import simulate
from cxsim.record import RESULTS_VERSION, Record
from cxsim.scenario import Change, Rival, Scenario

DATA = Path(__file__).parent / "data"
BITS, BASELINE = DATA / "saved_bits.json", DATA / "baseline.json"
REPLICATIONS = 4

MOVED = (
    "results moved. If they were meant to: explain it in CHANGELOG.md under Results, raise RESULTS_VERSION in "
    "cxsim/record.py, then run 'python -m tests.renew'. If not: something that should not matter does."
)


def short_run() -> Record:
    """A year of 1,000 customers of two firms, with all sorts of policy in use and changing."""
    change = Change(5, 3, policy={"silos": {"information_sharing_share": 0.8}, "workforce": {"relative_pay": 1.2}})
    spec = Scenario.default().replace(
        "customers", 1000, "employees", 10, "horizon_months", 12, "timeline", (change,),
        "rivals", (Rival("Rival", {"requests": {"conceded_share": 0.9}}),),
        "policy.relationships.ending_rate", 0.2, "policy.requests.charged_share", 0.5,
        "policy.silos.rotation_per_year", 0.1, "policy.silos.joint_initiative_share", 0.02,
        "policy.expectations.hype", 0.1,
    )  # fmt: skip
    return simulate(spec, rng=2024)


def digest(record: Record) -> str:
    """A hash of every bit of a record."""
    sums = hashlib.sha256()
    for table in (record.firm, record.silo):
        for name in sorted(table):
            sums.update(name.encode() + np.ascontiguousarray(table[name], "<f8").tobytes())
    return sums.hexdigest()


def headline_measures() -> dict[str, float]:
    """Means over a few replications of the measures of the shipped baseline, for the focal firm."""
    table = cxsim.run("baseline", replications=REPLICATIONS, rng=1, threads=1).measures
    table = table[table["firm"] == table["firm"].iloc[0]]
    means = table.groupby("measure", observed=True, sort=False)["value"].mean()
    return {str(name): float(x) for name, x in means.items()}


def renew() -> None:
    """Write both files anew."""
    DATA.mkdir(exist_ok=True)
    bits = {"results_version": RESULTS_VERSION, "sha256": digest(short_run())}
    BITS.write_text(json.dumps(bits, indent=1) + "\n", encoding="utf-8")
    baseline = {"results_version": RESULTS_VERSION, "replications": REPLICATIONS, "measures": headline_measures()}
    BASELINE.write_text(json.dumps(baseline, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
    sys.stdout.write(f"{BITS}\n{BASELINE}\n")
