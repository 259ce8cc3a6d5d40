"""Pricing: what a firm asks against the market's price, and how far customers weigh it against what they get.

Quality is counted in months of spend at the market's price, so that what is paid beyond it is in the same unit: worth
for the price = quality - k (p - 1), k being 1 where money counts as what it buys. That worth, and not quality alone,
is what satisfaction follows (see loyalty). Prices are public: a change moves the satisfaction of customers, and the
image and the reputation of the firm, at once and alike, so that a shortfall shows against what is believed to be had
elsewhere. Expectations are of quality. Goods and hours cost what they did.

What is left out: rivals do not answer a price, and wallets do not shrink by it. The price at which a firm earns most is
therefore no finding (a firm at 1 is below it: NPV peaks at about 1.5); the claim asks whether a shortfall is noticed.
"""

from __future__ import annotations

from cxsim.engine.kernels import step
from cxsim.engine.numerics import ONE
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "pricing",
    Parameter(
        "price_weight", 1, "months of spend per month of spend", 0, 3,
        ("assumption: money counts as what it buys; range: customers do not notice what they pay for what they get, to "
         "twice: what is paid too much is felt as a loss"),
        "satisfaction that is lost by paying more than the market's price, and gained by paying less",
        range=(0, 2),
    ),
)
POLICY = policy(
    "pricing",
    Parameter(
        "relative_price", 1, "ratio", 0.5, 2,
        "lever: article D (customers know whether they get what they pay for)",
        "price of the agreed service against the market's",
        "every customer pays more",
        "those who do not get more for it leave, and fewer come",
        claims=("D11",),
    ),
)
CLAIMS = ("D11",)
READS = WRITES = ()


@step
def ask(firms, world, policy):  # type: ignore[no-untyped-def]
    """What each firm's price takes from the worth of its service, and how much more that is than last month."""
    s, weight = firms[0], world[0].pricing.price_weight
    for f in range(len(s.alive)):
        dear = weight * (policy[0].pricing.relative_price[f] - ONE)
        s.dearer[f], s.dear[f] = dear - s.dear[f], dear
