"""The market: how many people it represents, what they pay, how much they differ in spend."""

from __future__ import annotations

from cxsim.parameters import Parameter, world

WORLD = world(
    "market",
    Parameter(
        "represents", 400_000, "people", 1, 1e9,
        "assumption: a regional market",
        "people that the simulated pool stands for",
        integer=True,
    ),
    Parameter(
        "monthly_price", 100, "money per month", 0.01, 1e7,
        "assumption: sets the scale of money",
        "price of the agreed service",
    ),
    Parameter(
        "spend_sigma", 0.5, "log units", 0, 2,
        ("assumption: the top fifth pays over a third; far less concentrated than CDNOW's buyers; range: half to "
         "theirs, of whom the top fifth pays two thirds"),
        "spread of the logarithm of spend between people",
        range=(0.25, 1.3), scale="log",
    ),
)
CLAIMS = ()
READS = WRITES = ()
