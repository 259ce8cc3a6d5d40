"""How much to grant: the whole curve over the share conceded, and where its top lies in other worlds.

    python experiments/share_curve.py [WORLDS]

A design of one's own, as a DataFrame: eleven shares in each of so many worlds (by default 40), which draw three
assumptions. All of it meets the same people with the same luck.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

import cxsim

LEVER = "policy.requests.conceded_share"
ASSUMPTIONS = ("world.requests.cost_to_value", "world.requests.out_of_scope_rate", "world.workforce.abuse_strain_rate")


def design(n_worlds: int, rng: int = 1) -> pd.DataFrame:
    """Every share in every world; a world draws its assumptions evenly from what is plausible."""
    known, luck = cxsim.load("baseline").catalogue, np.random.default_rng(rng)
    worlds = pd.DataFrame({path: luck.uniform(*known.parameter(path).range, n_worlds) for path in ASSUMPTIONS})
    return worlds.merge(pd.DataFrame({LEVER: np.linspace(0, 1, 11)}), how="cross")


def main(n_worlds: int) -> None:
    """Run it, keep it in results/share_curve, and say where the best share lies."""
    result = cxsim.experiment(
        {
            "title": "How much to grant",
            "arms": ["baseline"],
            "customers": 1000,
            "design": design(n_worlds),
            "measures": ["npv", "retention_12_months", "concession_cost_share"],
        },
        out="results/share_curve",
    )
    runs = result.runs
    print("Net present value, EUR m, by share conceded: quartiles over worlds")
    print((runs.groupby(LEVER)["npv"].quantile([0.25, 0.5, 0.75]).unstack() / 1e6).round(1).to_string())
    best = runs.loc[runs.groupby(list(ASSUMPTIONS))["npv"].idxmax()]
    print("\nWorlds in which it is best to grant so much of what is asked:")
    print(best[LEVER].value_counts().sort_index().to_string())
    by_share = runs.pivot_table(index=list(ASSUMPTIONS), columns=LEVER, values="npv")
    lost = by_share[0.0] - by_share[1.0]
    print("\nRank correlation of what is lost by granting all, against nothing, with what the world is like:")
    print(lost.index.to_frame().rank().corrwith(lost.rank()).round(2).to_string())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
