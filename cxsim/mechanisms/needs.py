"""Needs drift: what people want moves, and nobody can state all of it.

A need is a point in three dimensions, the last of which customers cannot put into words; the unit is the spread of
people about the centre of their segment, and of the centres. The centre of a
segment walks at random, mu' = mu + sigma sqrt(dt) z; a person keeps to the centre with a spread of their own,
need' = need + (mu' - mu) + kappa (mu - need) dt + noise, an Ornstein-Uhlenbeck process (Uhlenbeck & Ornstein 1930)
but for its uniform noise, of variance 2 kappa dt.
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.columns import N_NEEDS, N_SEGMENTS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ONE, TWO, F, normal
from cxsim.engine.streams import NEEDS, philox, uniform
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_NEEDS

WORLD = world(
    "needs",
    Parameter(
        "drift_sd", 0.06, "spreads per square root of a month", 0, 0.6,
        "assumption: needs move by half a personal spread in six years; range: none to twice",
        "how fast the centre of a segment's needs moves, per dimension",
        range=(0, 0.12),
    ),
    Parameter(
        "return_rate", 0.03, "per month", 0, 1,
        ("assumption: a personal deviation lasts about three years; range: deviations that last for ever, to twice as "
         "fast"),
        "rate at which a person's own deviation fades and is renewed",
        range=(0, 0.06),
    ),
)
CLAIMS = ("C9", "D12")
READS = ("segment",)
WRITES = ("need",)

_ROOT12, _128, _CELL = F(12.0**0.5), F(128), F(1 / 128)


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
    noise = np.sqrt(TWO * pull) * _ROOT12
    u, skip = luck[LUCK_NEEDS], ONE
    for d in range(N_NEEDS):
        # need + move + pull (centre before the move - need), with the segment's part gathered beforehand
        part0 = state.centre_step[0, d] + pull * (state.centre[0, d] - state.centre_step[0, d])
        part1 = state.centre_step[1, d] + pull * (state.centre[1, d] - state.centre_step[1, d])
        part2 = state.centre_step[2, d] + pull * (state.centre[2, d] - state.centre_step[2, d])
        need = c.need[d]
        for i in range(c.m):  # seven of the uniform's 23 bits for each dimension
            g = c.segment[i]
            part = part2 if g == 2 else (part1 if g == 1 else part0)
            rest = u[i] * skip
            cell = np.floor((rest - np.floor(rest)) * _128)
            need[i] += part - pull * need[i] + noise * ((cell + HALF) * _CELL - HALF)
        skip *= _128
