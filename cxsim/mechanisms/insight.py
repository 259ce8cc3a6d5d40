"""Insight: each silo's belief about each segment's needs, learned from contacts and shared between silos.

A Kalman filter in information form (Kalman 1960): uncertainty grows by the drift of needs, P += sigma^2 dt,
and shrinks by what a silo sees, 1/P' = 1/P + I dt. A silo sees information I = exposure / noise; of the unstated
dimension only a share, more where granted requests reveal it. Sharing adds the other silos' observations at
weight s, as far as they take part. Exposure is a constant of the silo, more by the empathy of its people; it does not
grow with the number of contacts; marketing and product may add to it by listening. Knowledge is 1 - (squared error of
the beliefs) / P0, with P0 = 1 the variance of the segments, as the mean of service and sales: what is right, 1 - P / P0
on average, not how sure they are.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import MARKETING, N_SILOS, PRODUCT, SALES, SERVICE, SHARING_RANK
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import F, normal
from cxsim.engine.streams import INSIGHT, philox, uniform
from cxsim.parameters import Parameter, world

WORLD = world(
    "insight",
    Parameter(
        "noise_variance", 4, "spreads squared times months", 0.2, 200,
        ("assumption: with full exposure and no drift, a year halves an uncertainty of one personal spread; range: a "
         "quarter to four times; nobody has measured it"),
        "how little a month of logged contacts tells of a segment's needs",
        range=(1, 16), scale="log",
    ),
    Parameter(
        "unstated_share", 0.3, "share", 0, 1,
        ("assumption: customers put a third of what they lack into words by accident; range: from what nobody can "
         "learn to what is as plain as the rest"),
        "information about the unstated dimension against the stated ones",
        range=(0, 1),
    ),
)
# what each silo sees of customers by itself, against service (assumptions)
EXPOSURE = (0.5, 0.5, 0.15, 0.3, 1.0)
CLAIMS = ("D16",)
_REVEALED = 2.0  # how much more of unstated needs shows by a request granted a month and customer (assumption)
READS = WRITES = ()


@step
def learn(firms, world, policy, clock, key0, key1):  # type: ignore[no-untyped-def]
    """Update beliefs and their variances by a month's observations, own and shared."""
    s, w, d = firms[0], world[0].insight, np.float64(world[0].dt)
    drift = np.float64(world[0].needs.drift_sd) ** 2 * d
    seen, info, heeded = np.empty(N_SILOS), np.empty(N_SILOS), np.empty(N_SILOS)
    for f in range(len(s.alive)):
        taking_part = policy[0].silos.n_sharing[f]
        grants = s.granted[f] / max(s.customers[f], 1.0) / d
        s.learned[f] = 0.0
        for g in range(N_SEGMENTS):
            for k in range(N_NEEDS):
                visible, heard = 1.0, s.stated_exposure[f]
                if k == N_NEEDS - 1:
                    heard = s.unstated_exposure[f]
                    visible = min(w.unstated_share * (1.0 + _REVEALED * grants), 1.0)
                for j in range(N_SILOS):
                    exposure = EXPOSURE[j] * (1.0 + world[0].leadership.empathy_gain * s.empathy[f, j])
                    info[j] = exposure * visible / w.noise_variance * d
                    if j == MARKETING or j == PRODUCT:
                        info[j] += heard * s.effort_by_segment[f, g] / w.noise_variance * d
                    agent = np.uint32(((f * N_SILOS + j) * N_SEGMENTS + g) * N_NEEDS + k)
                    word, _, _, _ = philox(agent, np.uint32(clock), np.uint32(0), INSIGHT, key0, key1)
                    noise = np.float64(normal(uniform(word)))
                    seen[j] = s.centre[g, k] + noise / np.sqrt(max(info[j], 1e-9))
                for j in range(N_SILOS):
                    p = 1.0 / max(s.variance[f, j, g, k] + drift, 1e-9)
                    mean, total = s.belief[f, j, g, k] * p, p
                    for o in range(N_SILOS):
                        own = o == j
                        both = SHARING_RANK[j] < taking_part and SHARING_RANK[o] < taking_part
                        weight = info[o] * (1.0 if own else (s.sharing[f] if both else 0.0))
                        mean += seen[o] * weight
                        total += weight
                        heeded[o] = weight
                    s.belief[f, j, g, k] = mean / total
                    s.variance[f, j, g, k] = min(1.0 / total, 1.0)
                    for o in range(N_SILOS):  # 1 / p - 1 / total, by whose observations it was
                        s.learned[f, j, o] += heeded[o] / (p * total) / (N_SEGMENTS * N_NEEDS)


@step
def know(firms, world, policy):  # type: ignore[no-untyped-def]
    """How much of what each silo believes is right, and of what those who answer customers believe."""
    s = firms[0]
    for f in range(len(s.alive)):
        for j in range(N_SILOS):
            wrong = 0.0
            for g in range(N_SEGMENTS):
                for k in range(N_NEEDS):
                    wrong += (s.belief[f, j, g, k] - s.centre[g, k]) ** 2
            s.insight[f, j] = max(1.0 - wrong / (N_SEGMENTS * N_NEEDS), 0.0)
        s.knowledge[f] = F(0.5 * (s.insight[f, SALES] + s.insight[f, SERVICE]))
