"""Put the true table and figure of the square, and the glossary of measures, on the README.

``python docs/square.py`` writes them, with ``--check`` it tells whether they are current.

The numbers are those that the README's first command prints, but for its rows of financial periods, which would crowd
the first screen; the same seed gives the same ones.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cxsim
from cxsim.measures import MEASURES
from cxsim.report import drawing, readings, tables
from cxsim.worlds import ranges_hash

ROOT = Path(__file__).parents[1]
README, FIGURE = ROOT / "README.md", ROOT / "docs" / "square.svg"
WORLDS = 100  # as many as the command draws
ARMS = ("doormat_siloed", "doormat_cross_functional", "mutual_siloed", "mutual_cross_functional")
TABLE = re.compile(r"<!-- square (\w*) -->\n```text\n(.*?)```\n", re.DOTALL)  # the hash of the ranges drawn from
MEASURED = re.compile(r"(<!-- measures -->\n).*?(<!-- end of measures -->\n)", re.DOTALL)
REFUSAL = re.compile(r"(<!-- refusal -->\n).*?(<!-- end -->\n)", re.DOTALL)


def main(check: bool) -> int:
    """Write both, or return 1 if what stands there is not what the model gives."""
    comparison = cxsim.compare(list(ARMS), worlds=WORLDS)
    refused = cxsim.compare([ARMS[0], "product_centric"], worlds=WORLDS)
    refusal, ahead = refused.difference(1, "npv"), refused.worlds.ahead(1, "npv")
    best = max(comparison.difference(k, "npv").mean for k in range(1, len(ARMS)))
    said = (
        "Not in the square: plain refusal (`product_centric`) has a net present value"
        f" {refusal.mean / 1e6:.0f} EURm above\nthe siloed doormat's, the best of these three {best / 1e6:.0f},"
        f" and is ahead of it in {ahead.wins} of {ahead.n} sampled worlds.\nIt is the rival to beat.\n"
    )
    columns, heading = readings.arm_columns(comparison), readings.comparison_heading(comparison)
    text = tables.comparison_table(columns, heading, periods=False).rstrip()
    drawn = drawing.files({"square": comparison.figure()})["square.svg"]
    page = README.read_text(encoding="utf-8")
    if not TABLE.search(page):
        raise SystemExit("README.md has no block after <!-- square HASH -->")
    ranges = ranges_hash([arm.scenario for arm in comparison.arms])
    true = TABLE.sub(lambda m: f"<!-- square {ranges} -->\n```text\n{text}\n```\n", page, count=1)
    true = MEASURED.sub(lambda m: f"{m[1]}{glossary()}{m[2]}", true, count=1)
    true = REFUSAL.sub(lambda m: f"{m[1]}{said}{m[2]}", true, count=1)
    if check:
        return int(page != true)
    README.write_text(true, encoding="utf-8")
    FIGURE.write_bytes(drawn)
    return 0


def glossary() -> str:
    """A table of the measures on the screen: what each is, and its unit."""
    rows = [MEASURES[name] for name in tables.ROWS]
    lines = [f"| {m.title} | {m.unit} | {m.formula} |" for m in rows]
    return "\n".join(["| Measure | Unit | What it is |", "|---|---|---|", *lines]) + "\n"


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
