"""Put the true table and figure of the square on the README: ``python docs/square.py``, or ``--check`` them.

The numbers are those that the README's first command prints, but for its rows of financial periods, which would crowd
the first screen; the same seed gives the same ones.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import cxsim
from cxsim.report import figures, readings, tables

ROOT = Path(__file__).parents[1]
README, FIGURE = ROOT / "README.md", ROOT / "docs" / "square.svg"
ARMS = ("doormat_siloed", "doormat_cross_functional", "mutual_siloed", "mutual_cross_functional")
TABLE = re.compile(r"(<!-- square -->\n```text\n)(.*?)(```\n)", re.DOTALL)
REFUSAL = re.compile(r"(<!-- refusal -->\n).*?(<!-- end -->\n)", re.DOTALL)


def main(check: bool) -> int:
    """Write both, or return 1 if what stands there is not what the model gives."""
    comparison = cxsim.compare(list(ARMS))
    refusal = cxsim.compare([ARMS[0], "product_centric"]).difference(1, "npv")
    best = max(comparison.difference(k, "npv").mean for k in range(1, len(ARMS)))
    said = (
        "Not in the square: plain refusal (`product_centric`) has a net present value"
        f" {refusal.mean / 1e6:.0f} EURm above\nthe siloed doormat's, the best of these three {best / 1e6:.0f}."
        " In this world it is the rival to beat.\n"
    )
    columns, heading = readings.arm_columns(comparison), readings.comparison_heading(comparison)
    text = tables.comparison_table(columns, heading, periods=False).rstrip()
    drawn = figures.comparison_figures(comparison)["paired_difference.svg"]
    page = README.read_text(encoding="utf-8")
    shown = TABLE.search(page)
    if shown is None:
        raise SystemExit("README.md has no block after <!-- square -->")
    true = TABLE.sub(lambda m: f"{m[1]}{text}\n{m[3]}", page, count=1)
    true = REFUSAL.sub(lambda m: f"{m[1]}{said}{m[2]}", true, count=1)
    if check:
        return int(page != true)
    README.write_text(true, encoding="utf-8")
    FIGURE.write_bytes(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
