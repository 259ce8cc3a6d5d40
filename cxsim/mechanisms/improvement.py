"""Improvement: time taken from own work removes causes of failure and mends the seams between silos.

A stock of causes x (1 at the start) grows back and is worked off: x' = x + [(n - x - kept) / renewal - effect time x]
dt, so returns diminish; n is 1, and less where decisions look at customers; time counts for up to twice as much where
listening has made causes known, and for more where staff are heard. Which causes are worked off is told in issues: time
that goes by the list or to small ones on the spot takes others than what comes up. A cause that is mended at the root
takes more work and does not come back, but for new ones in its place (kept is what cannot come back). What is mended
counts when it is released, at once or in batches; batches of b months save b / (b + 12) of the work of taking things
up. People keep to the list, the root and the spot as far as they see what it brings: discipline = 1 - fade (1 -
recognised) (1 - impact / best so far), with impact what customers gained per pain point mended, smoothed over a year,
and recognised = spent / (spent + .5 % of pay).
"""

from __future__ import annotations

from cxsim.company import N_ISSUES, N_SILOS, PROJECT_MONTHS
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, policy, world

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
    Parameter(
        "novelty_share", 0.5, "share", 0, 1,
        "assumption: of what comes up, half was mended before; range: all comes back, to all is new",
        "causes that come up because they are new, and not because what was mended comes back",
        range=(0, 1),
    ),
    Parameter(
        "root_effort", 2, "ratio", 1, 20,
        "assumption: to seek and remove a root cause takes twice as long; range: no longer, to four times",
        "work to mend a cause at the root, against patching it",
        range=(1, 4),
    ),
    Parameter(
        "setup_share", 0.3, "share", 0, 0.9,
        "assumption: a third of the work is to take a thing up, try it out and roll it out; range: none to twice",
        "work of a fix that is saved on the spot, and in part by doing many at once",
        range=(0, 0.6),
    ),
    Parameter(
        "plateau_fade_share", 0.5, "share", 0, 1,
        ("assumption: where nothing shows any more, half falls back into old ways (article B: B17); range: nobody to "
         "everybody"),
        "planned order of improvement that is given up when actions show nothing and nobody is recognised",
        range=(0, 1),
    ),
)
POLICY = policy(
    "improvement",
    Parameter(
        "triage_share", 0, "share of improvement time", 0, 1,
        "lever: article B (urgent now, complex in stages; aggregate trends)",
        "goes to the worst of the pain points that are known, instead of to what comes up",
        "the same work saves more failures",
        "the list takes time, small ones wait, and what nobody has found is left alone",
        claims=("B9", "B11", "B16"),
    ),
    Parameter(
        "small_loop_share", 0, "share of improvement time", 0, 1,
        "lever: article B (small issues at once)",
        "may go to small pain points on the spot, where they are found",
        "saves the work of taking them up later",
        "the time is taken from worse ones",
        claims=("B2", "B11", "B16"),
    ),
    Parameter(
        "root_cause_share", 0, "share of fixes", 0, 1,
        "lever: articles B and D (root cause instead of daily noise)",
        "are made at the root",
        "what is mended stays so",
        "fewer are mended in the same time",
        claims=("B16", "D10"),
    ),
    Parameter(
        "batch_months", 0, "months", 0, 60,
        "lever: article B (waiting for the perfect project; 0 is small steps at once)",
        "time over which what is mended is gathered before it is released",
        "larger projects save the work of taking things up one by one",
        "customers wait, and some of it is out of date when it comes",
        claims=("B2",),
    ),
    Parameter(
        "recognition_share", 0, "share of pay", 0, 0.05,
        "lever: articles B and C (small victories, accolades; positive reinforcement)",
        "spent to recognise those who improve things",
        "people keep at it when less shows, and speak up on what is wrong",
        "costs as much",
        claims=("B1", "B18", "C13"),
    ),
)
RECOGNITION_HALF = 0.005  # share of pay by which half of the effort is recognised
SHOWN_MONTHS = 12.0
CLAIMS = ("B17", "D12", "E1")
READS = WRITES = ()


@step
def strive(firms, world, policy):  # type: ignore[no-untyped-def]
    """Recognition, how far people keep to the planned order, and how much a month's time can mend."""
    s, w, p, d = firms[0], world[0].improvement, policy[0].improvement, world[0].dt
    for f in range(len(s.alive)):
        improving = 0.0
        for j in range(N_SILOS):
            improving += s.improvement_share[f, j] / N_SILOS
        spent = p.recognition_share[f] * s.commitment[f]
        s.recognised[f] = spent / (spent + RECOGNITION_HALF)
        unseen = 1.0 - min(s.fix_impact[f] / max(s.best_impact[f], 1e-9), 1.0)
        s.discipline[f] = 1.0 - w.plateau_fade_share * (1.0 - s.recognised[f]) * unseen
        saved = w.setup_share * p.batch_months[f] / (p.batch_months[f] + PROJECT_MONTHS)
        dear = (1.0 + p.root_cause_share[f] * s.discipline[f] * (w.root_effort - 1.0)) * (1.0 - saved)
        known = (1.0 + s.findings[f]) * s.voice[f]
        s.pace[f] = min(w.effect_rate * improving * known * d / dear, 1.0)  # no more than there is


@step
def mend(firms, world, policy):  # type: ignore[no-untyped-def]
    """Causes of failure left to customers, what waits to be released, and losses at hand-offs."""
    s, w, d = firms[0], world[0].improvement, world[0].dt
    for f in range(len(s.alive)):
        joint = 0.0
        for j in range(N_SILOS):
            joint += s.joint_share[f, j] / N_SILOS
        rest = s.pace[f] * (1.0 - s.aside[f])
        mended = s.taken[f] + rest * max(s.defects[f] - s.waiting[f] - s.taken[f], 0.0)
        s.waiting[f] += mended - s.waiting[f] * d / w.renewal_months  # what waits too long is out of date
        s.since_release[f] += d
        released = 0.0
        if s.since_release[f] > policy[0].improvement.batch_months[f] - 0.5 * d:
            released, s.waiting[f], s.since_release[f] = s.waiting[f], 0.0, 0.0
        back = (s.new_defects[f] - s.defects[f] - s.kept[f]) * d / w.renewal_months
        s.defects[f] = max(s.defects[f] + (back - released), 0.0)
        joined = min(w.effect_rate * joint * d, 1.0)
        seams = (s.new_seams[f] - s.seams[f]) * d / w.renewal_months - joined * s.seams[f]
        s.seams[f] = max(s.seams[f] + seams, 0.0)
        if s.fixed_issues[f] > 0.0:
            impact = released / s.fixed_issues[f] * N_ISSUES
            s.fix_impact[f] += (impact - s.fix_impact[f]) * d / SHOWN_MONTHS
            s.best_impact[f] = max(s.best_impact[f], s.fix_impact[f])
