"""Improvement: time taken from own work removes causes of failure and mends the seams between silos.

A stock of causes x (1 at the start) grows back and is worked off: x' = x + [(n - x) / renewal - effect time x] dt,
so returns diminish; n is 1, and less where decisions look at customers; time counts for up to twice as much where
listening has made causes known. Shallow for now: what is found, and how it is triaged, is not told apart.
"""

from __future__ import annotations

from cxsim.company import N_SILOS
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, world

WORLD = world(
    "improvement",
    Parameter(
        "effect_rate", 1, "per month and share of time", 0, 10,
        "assumption: 4 % of everybody's time halves the causes in the long run; range: none to twice",
        "causes of failure worked off by all time of all people",
        range=(0, 2),
    ),
    Parameter(
        "renewal_months", 24, "months", 1, 240,
        "assumption: two years; range: half to twice",
        "time in which new causes of failure take the place of old ones",
        range=(12, 48), scale="log",
    ),
)
READS = ()
WRITES = ()


@step
def mend(firms, world, policy):  # type: ignore[no-untyped-def]
    """Work off causes of failure and losses at hand-offs."""
    s, w, d = firms[0], world[0].improvement, world[0].dt
    for f in range(len(s.alive)):
        improving, joint = 0.0, 0.0
        for j in range(N_SILOS):
            improving += s.improvement_share[f, j] / N_SILOS
            joint += s.joint_share[f, j] / N_SILOS
        mended = min(w.effect_rate * improving * (1.0 + s.findings[f]) * s.voice[f] * d, 1.0)  # no more than there is
        joined = min(w.effect_rate * joint * d, 1.0)
        s.defects[f] += (s.new_defects[f] - s.defects[f]) * d / w.renewal_months - mended * s.defects[f]
        s.seams[f] += (s.new_seams[f] - s.seams[f]) * d / w.renewal_months - joined * s.seams[f]
        s.defects[f], s.seams[f] = max(s.defects[f], 0.0), max(s.seams[f], 0.0)
