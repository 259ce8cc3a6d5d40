"""How far a difference between two policies is luck, how far the world, and how many replications that asks for.

    python experiments/luck_or_world.py [POINTS]

Runs an experiment told in Python with and without common random numbers, and splits the variance of the difference
between the two arms into that between worlds and that between replications within one.
"""

from __future__ import annotations

import sys
from math import ceil

import pandas as pd

import cxsim

ARMS = ("doormat_siloed", "mutual_siloed")
REPLICATIONS = 4


def gaps(n_points: int, common: bool) -> pd.Series:
    """Net present value of the second arm less that of the first, by point and replication."""
    result = cxsim.experiment(
        {
            "arms": list(ARMS),
            "vary": "assumptions",
            "customers": 500,
            "design": {"kind": "latin_hypercube", "points": n_points},
            "replications": REPLICATIONS,
            "common_random_numbers": common,
            "measures": "npv",
        },
        out=f"results/luck_or_world-{'common' if common else 'apart'}",
    )
    table = result.runs.pivot_table(index=["point", "replication"], columns="arm", values="npv", observed=True)
    return table[ARMS[1]] - table[ARMS[0]]


def main(n_points: int) -> None:
    """Say how the variance splits, with the same luck in both arms and with luck of their own."""
    for common in (True, False):
        gap = gaps(n_points, common) / 1e6
        by_point = gap.groupby("point")
        luck = by_point.var().mean()
        world = max(by_point.mean().var() - luck / REPLICATIONS, 0.0)
        print(f"{'The same luck' if common else 'Luck apart'}: EUR {gap.mean():.1f}m ahead in the mean over worlds")
        print(f"  standard deviation: {world**0.5:.1f} between worlds, {luck**0.5:.1f} by luck in one world")
        if world:
            n = ceil(10 * luck / world)
            print(f"  for luck to be less than a tenth of the variance of a world's mean: {n} replications")
        print(f"  share of worlds with the second arm ahead: {(by_point.mean() > 0).mean():.0%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
