"""The workforce: exhaustion, engagement and proficiency, seat by seat.

Exhaustion X' = X + [(1 - X)(base + a abuse + b (effort - 1)+) - X / recovery] dt, with a base that by itself leaves a
fifth exhausted (.22). Who quits and who is hired is told in turnover; new hires work at a fraction and mature (Oliva &
Sterman 2001). What leaders do about strain, learning and quitting is in leadership. Strain differs between people and
months by a factor of .5 to 1.5. Engagement follows .6 + (relative pay - 1) / 2 - (X - .3) / 2 - cynicism / 2 - rancour
(see disputes) + g x spending on values within six months and shows in failures and in the firm's name, not in
quitting. Abuse falls on service, and on sales at .3 of its rate.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import N_SILOS, NORMAL_ENGAGEMENT, NORMAL_EXHAUSTION
from cxsim.engine.kernels import step
from cxsim.engine.numerics import HALF, ONE, ZERO, F, clip
from cxsim.parameters import Parameter, policy, world
from cxsim.population import STAFF_STRAIN

WORLD = world(
    "workforce",
    Parameter(
        "abuse_strain_rate", 0.75, "per month and abuse per contact", 0, 10,
        ("assumption: one contact in twenty abused raises exhaustion by a third; the path is published, its size not; "
         "range: none to twice"),
        "strain of being abused",
        range=(0, 1.5),
    ),
    Parameter(
        "overtime_strain_rate", 1.5, "per month and ratio of hours", 0, 10,
        "assumption: a tenth of overtime tires as twice the ordinary work; range: none to twice",
        "strain of hours beyond capacity",
        range=(0, 3),
    ),
    Parameter(
        "recovery_months", 4, "months", 0.5, 24,
        "assumption: a season; range: half to twice",
        "time in which exhaustion fades",
        range=(2, 8), scale="log",
    ),
    Parameter(
        "rookie_proficiency", 0.35, "share", 0.05, 0.99,
        "Oliva & Sterman 2001: 35 %; range: a fifth to three fifths",
        "proficiency of a new hire",
        range=(0.2, 0.6),
    ),
    Parameter(
        "learning_months", 2.8, "months", 0.2, 36,
        "Oliva & Sterman 2001: 12 weeks; range: half to twice",
        "time in which a new hire matures",
        range=(1.4, 5.6), scale="log",
    ),
)
POLICY = policy(
    "workforce",
    Parameter(
        "relative_pay", 1, "ratio", 0.7, 1.5,
        "lever: article E (minimum wage)",
        "pay against the market's for the job",
        "fewer quits, more engagement, more and abler applicants",
        "costs as much",
        claims=("E15", "E17"),
    ),
    Parameter(
        "spare_capacity_share", 0.08, "share", 0, 0.5,
        "lever: article E (employees first)",
        "staff beyond the work that is planned for",
        "service standards survive a busy month",
        "idle time is paid for",
        claims=("E17",),
    ),
)
CLAIMS = ("E2",)
READS = ("firm", "silo", "present", "talent")
WRITES = ("proficiency", "engagement", "exhaustion", "tenure", "pay")

_BASE = F(0.22 / (1 - 0.22))  # strain of ordinary work, per time of recovery


@step
def live(  # type: ignore[no-untyped-def]
    firm, silo, present, proficiency, engagement, exhaustion, tenure, pay, luck, firms, world, policy
):
    """A month in every seat that is filled: strain, engagement, learning."""
    s, w, d = firms[0], world[0].workforce, world[0].dt
    rotation, paid = policy[0].silos.rotation_per_year, policy[0].workforce.relative_pay
    for i in range(len(firm)):
        f, j = firm[i], silo[i]
        if present[i] > ZERO and s.alive[f] > ZERO:
            overtime = F(max(s.effort[f, j] - 1.0, 0.0))
            strain = _BASE / w.recovery_months + w.overtime_strain_rate * overtime
            strain += w.abuse_strain_rate * F(s.abuse_per_contact[f, j]) + F(s.drill_strain[f])
            strain += world[0].decisions.change_strain * F(s.practice_rise[f, j])
            x = exhaustion[i]
            personal = HALF + luck[STAFF_STRAIN, i]
            x = clip(x + ((ONE - x) * strain * personal - x / w.recovery_months * F(s.rest[f])) * d, ZERO, ONE)
            exhaustion[i] = x
            aim = F(NORMAL_ENGAGEMENT) + F(0.5) * (pay[i] - ONE) - F(0.5) * (x - F(NORMAL_EXHAUSTION))
            aim += world[0].decisions.values_gain * F(s.values_share[f]) - F(0.5) * F(s.cynicism[f])
            aim -= F(s.rancour[f])
            engagement[i] = clip(engagement[i] + (aim - engagement[i]) * d / F(6), ZERO, ONE)
            lost = rotation[f] / F(12) * d * F(0.5)
            p, learnt = proficiency[i], min(d / w.learning_months * F(s.coaching[f]), ONE)
            proficiency[i] = clip(p + (ONE - p) * learnt - lost * p, ZERO, ONE)
            tenure[i] += d
            pay[i] = paid[f]


@step
def muster(firm, silo, present, proficiency, talent, engagement, exhaustion, pay, firms):  # type: ignore[no-untyped-def]
    """Heads and means of every silo."""
    s = firms[0]
    n_firms = len(s.alive)
    total = np.zeros((n_firms, N_SILOS, 7))
    for i in range(len(firm)):
        if present[i] > ZERO:
            t = total[firm[i], silo[i]]
            t[0] += 1.0
            t[1] += proficiency[i]
            t[2] += proficiency[i] * talent[i]
            t[3] += exhaustion[i]
            t[4] += engagement[i]
            t[5] += pay[i]
        else:
            total[firm[i], silo[i], 6] += 1.0
    for f in range(n_firms):
        for j in range(N_SILOS):
            t = total[f, j]
            s.heads[f, j] = t[0] * s.heads_per_seat[f, j]
            s.hire_carry[f, j] = min(s.hire_carry[f, j], t[6] + 1.0)  # nobody waits for a seat that is not there
            if t[0] > 0:
                s.proficiency[f, j], s.ability[f, j] = t[1] / t[0], t[2] / t[0]
                s.exhaustion[f, j], s.engagement[f, j] = t[3] / t[0], t[4] / t[0]
                s.pay[f, j] = t[5] / t[0]


