"""Needs drift: what people want moves, and nobody can state all of it.

A need is a point in three dimensions, the last of which customers cannot put into words. The centre of a
segment walks at random, mu' = mu + sigma sqrt(dt) z; a person keeps to the centre with a spread of their own,
need' = need + (mu' - mu) + kappa (mu - need) dt + noise, an Ornstein-Uhlenbeck process (Uhlenbeck & Ornstein 1930).
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, TWO, F, normal
from cxsim.engine.streams import NEEDS, philox, uniform
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_NEEDS

WORLD = world(
    "needs",
    Parameter("drift_sd", 0.03, "scale units per square root of a month", 0, 0.3,
              "assumption: needs move by half a personal spread in six years",
              "how fast the centre of a segment's needs moves, per dimension"),
    Parameter("personal_sd", 0.5, "scale units", 0, 2,
              "assumption: sets the scale of the space of needs together with segment_sd",
              "spread of people about their segment's centre, per dimension"),
    Parameter("segment_sd", 0.5, "scale units", 0, 2,
              "assumption: segments differ as much as people within one",
              "spread of the segments' centres, per dimension"),
    Parameter("return_rate", 0.03, "per month", 0, 1,
              "assumption: a personal deviation lasts about three years",
              "rate at which a person's own deviation fades and is renewed"),
)  # fmt: skip
READS = ("segment",)
WRITES = ("need",)

_ROOT12, _256 = F(12.0**0.5), F(256)


@step
def drift(firms, world, clock, key0, key1):  # type: ignore[no-untyped-def]
    """Move the centres of the segments."""
    state, sd = firms[0], world[0].needs.drift_sd * np.sqrt(world[0].dt)
    for g in range(N_SEGMENTS):
        for d in range(N_NEEDS):
            word, _, _, _ = philox(np.uint32(g), np.uint32(clock), np.uint32(d), NEEDS, key0, key1)
            move = sd * normal(uniform(word))
            state.centre_step[g, d] = move
            state.centre[g, d] += move


@step
def follow(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Each person follows the segment's centre, with a deviation of their own."""
    c, w, state = tile[0], world[0].needs, firms[0]
    pull = w.return_rate * world[0].dt
    noise = w.personal_sd * np.sqrt(TWO * pull) * _ROOT12
    u = luck[LUCK_NEEDS]
    for i in range(c.m):
        g = c.segment[i]
        rest = u[i]
        for d in range(N_NEEDS):  # eight bits of the one uniform for each dimension
            rest = rest * _256
            cell = np.floor(rest)
            rest -= cell
            centre, move = state.centre[0, d], state.centre_step[0, d]
            for k in range(1, N_SEGMENTS):
                centre = state.centre[k, d] if g == k else centre
                move = state.centre_step[k, d] if g == k else move
            shock = (cell + HALF) / _256 - HALF
            c.need[d, i] += move + pull * (centre - move - c.need[d, i]) + noise * shock
