"""Conduct: some customers abuse staff, more so when a belief in being granted is refused; policy may answer.

Chance per contact = base x personal propensity x (1 + k g if refused); a sanction halves the propensity, for some two
years, and is resented. Staff meet all of it: a sanction only lowers what comes later. What it does to them is in the
workforce's exhaustion.
"""

from __future__ import annotations

from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ONE, ZERO, F, exp, of
from cxsim.parameters import Parameter, policy, world
from cxsim.population import LUCK_ABUSE

WORLD = world(
    "conduct",
    Parameter(
        "abuse_prob", 0.05, "probability per contact", 0, 0.5,
        ("assumption: one contact in twenty; ten events a day are named for call centres (Grandey et al. 2004), with "
         "seven orders a day elsewhere far fewer; range: one contact in a hundred to one in ten"),
        "chance of abuse in a contact by a person of mean propensity",
        range=(0.01, 0.1), scale="log",
    ),
    Parameter(
        "refusal_factor", 2, "ratio", 0, 20,
        "assumption: refusing a certain belief triples it; range: none to twice",
        "rise of abuse when a request is refused, times the belief that was refused",
        range=(0, 4),
    ),
    Parameter(
        "sanction_loss", 0.4, "months of spend", 0, 3,
        "assumption: two thirds of a failure as felt, loss aversion included in both; range: none to twice",
        "utility that a customer loses when sanctioned",
        range=(0, 0.8),
    ),
)
POLICY = policy(
    "conduct",
    Parameter(
        "tolerated_share", 0.7, "share of abuse", 0, 1,
        "lever: article C (poor behaviour unchecked)",
        "abuse of staff that goes without a sanction",
        "offends no customer",
        "staff wear out, fall ill in mind, and leave",
        claims=("C1", "E15"),
    ),
)
CLAIMS = ()
TEMPER_CV = 2.0  # of the propensity between people (gamma): a tenth of the people do nearly three fifths of it
_FORGOTTEN = F(24)  # months in which the effect of a sanction fades
READS = ("served_by", "contact", "asked", "granted", "charged", "alternative", "entitlement", "complained", "temper")
WRITES = ("restraint", "abuse", "sanctioned")


@step
def behave(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Abuse in the month's contacts, and sanctions."""
    c, w, tolerated = tile[0], world[0].conduct, policy[0].conduct.tolerated_share
    base, factor, forget = w.abuse_prob, w.refusal_factor, world[0].dt / _FORGOTTEN
    u = luck[LUCK_ABUSE]
    for i in range(c.m):
        events = c.contact[i] + c.asked[i] + c.complained[i]
        refused = c.asked[i] - c.granted[i] - c.charged[i] - c.alternative[i]
        chance = ONE - exp(-base * c.temper[i] * c.restraint[i] * events * (ONE + factor * c.entitlement[i] * refused))
        abuse = u[i] < chance
        sanctioned = u[i] < chance * (ONE - of(tolerated, c.served_by[i]))
        c.abuse[i] = ONE if abuse else ZERO
        c.sanctioned[i] = ONE if sanctioned else ZERO
        restraint = c.restraint[i] + forget * (ONE - c.restraint[i])
        c.restraint[i] = restraint * (HALF if sanctioned else ONE)


