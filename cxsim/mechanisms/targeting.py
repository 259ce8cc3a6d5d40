"""Targeting: effort on the ideal segment, contact before anything goes wrong, and asking new customers why they came.

Each quarter a firm looks from which segment most contribution comes (what its customers there pay beyond goods, less
their cost to serve). Effort e_g is 1 for every segment without focus; with it, the focus times what is known of
customers is taken from all and given to that segment, the sum being kept. Listening tells, and the offer follows, in
proportion to it; what is said to prospects is worth gain x (e_g (1 + k) - 1) more, k being what is known of prospects.

Long-time customers whom service knows of, by shared information, may be called before something goes wrong: r calls a
year prevent r / (1 + r) of the failures that can be prevented. New customers may be asked why they came: the cost of
winning one falls by what goes to no purpose times 1.25 n / (n + .25), with n the share of the year's newcomers asked.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cxsim.engine.columns import N_SEGMENTS, Array
from cxsim.engine.kernels import step
from cxsim.engine.numerics import F
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "targeting",
    Parameter(
        "message_gain", 0.05, "months of spend", 0, 1,
        "assumption: half of what saying nothing of limits wins; range: none to twice",
        "what a message wholly to the point adds to what prospects hear of a firm",
        range=(0, 0.1),
    ),
    Parameter(
        "preventable_share", 0.4, "share of failures", 0, 1,
        "assumption: two in five could be seen to come; range: none to twice",
        "failures of long-time customers that a call beforehand would prevent",
        range=(0, 0.8),
    ),
    Parameter(
        "wasted_share", 0.2, "share of the cost of winning customers", 0, 1,
        "assumption: a fifth goes where nobody comes from; range: none to twice",
        "cost of winning customers that is saved once it is known why they come",
        range=(0, 0.4),
    ),
)
POLICY = policy(
    "targeting",
    Parameter(
        "focus_share", 0, "share of effort", 0, 1,
        "lever: article B (choose the ideal customer)",
        "effort that is taken from all segments and given to the one that brings most, as far as customers are known",
        "those customers are heard, served and spoken to better",
        "the offer to all others falls behind, and fewer of them come",
        claims=("B1", "B7", "B8"),
    ),
    Parameter(
        "proactive_rate", 0, "calls per year and customer", 0, 12,
        "lever: article D (proactive contact)",
        "calls to customers of a year or more, as far as shared information shows who they are",
        "prevents failures of those who stayed long",
        "takes service's time, whether or not anything would have failed",
        claims=("D20",),
    ),
    Parameter(
        "asking_new_share", 0, "share of new customers", 0, 1,
        "lever: article D (why new customers came)",
        "new customers who are asked why they came",
        "saves what is spent on winning those who do not come",
        "takes the time of sales",
        claims=("D21",),
    ),
)
CLAIMS = ()
READS = WRITES = ()


def choose(company: Array, world: Array, policy: Array, people: Any) -> None:
    """Set each firm's effort by segment. ``people`` has the customers' columns by name."""
    s, focus = company[0], policy["targeting"]["focus_share"][0]
    if not (focus.any() or (s["effort_by_segment"] != 1.0).any()):
        return
    n_firms = len(s["alive"])
    here = people["firm"] >= 0
    place = people["firm"][here].astype(np.int64) * N_SEGMENTS + people["segment"][here]
    margin = policy["pricing"]["relative_price"][0].astype(float) - float(world["finance"]["variable_cost_share"][0])
    earned = margin[people["firm"][here]] * people["wallet"][here].astype(float)
    contribution = earned - people["cost_to_serve"][here]
    brought = np.bincount(place, contribution, n_firms * N_SEGMENTS).reshape(n_firms, N_SEGMENTS)
    for f in range(n_firms):
        moved = float(focus[f]) * float(s["knowledge"][f])
        s["effort_by_segment"][f] = 1.0 - moved
        s["effort_by_segment"][f, int(brought[f].argmax())] += N_SEGMENTS * moved


@step
def approach(firms, world, policy):  # type: ignore[no-untyped-def]
    """What prospects of each segment hear, and the calls to long-time customers."""
    s, w, p, d = firms[0], world[0].targeting, policy[0].targeting, world[0].dt
    for f in range(len(s.alive)):
        for g in range(N_SEGMENTS):
            to_the_point = s.effort_by_segment[f, g] * (1.0 + s.prospect_insight[f]) - 1.0
            s.appeal[f, g] = F(w.message_gain * to_the_point)
        rate = np.float64(p.proactive_rate[f])
        s.foresight[f] = F(w.preventable_share * min(s.sharing[f], 1.0) * rate / (1.0 + rate))
        s.proactive_contacts[f] = s.tenured[f] * min(s.sharing[f], 1.0) * rate / 12.0 * d


@step
def ask(firms, world, policy):  # type: ignore[no-untyped-def]
    """How many newcomers are asked why they came; what was learned is that of the last year."""
    s, p, d = firms[0], policy[0].targeting, world[0].dt
    for f in range(len(s.alive)):
        share = p.asking_new_share[f]
        s.new_asked[f] = s.joined[f] * share
        s.reasons[f] += (share - s.reasons[f]) * d / 12.0
