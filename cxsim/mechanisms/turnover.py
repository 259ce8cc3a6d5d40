"""Turnover: who quits, the staff aimed at, who applies and is hired, and the firm's name as an employer.

Hazard to quit: q exp(k (X - .3) - l (pay - 1)) (1 + n exp(-tenure / 12)), with pay against the market's; n is 0 unless
newcomers are taken to leave first. Abuse and overload reach quitting through exhaustion X only (Grandey, Dickter & Sin
2004; Li & Zhou 2013).

Hires replace smoothed quits and close the gap to the target (Oliva & Sterman 2001), as far as there are applicants: A
= exp(k (pay - 1 + name - .615)) of what is usual, .615 being the name of a firm under default policies. Quits to be
expected are replaced in time, whoever applies, since seats are offered beforehand; a gap closes the more slowly, and
the search, which is half of what a hire costs, takes the more, the fewer apply. Those who are hired are the abler the
more they are chosen from: talent is 1 + .1 (ln A + z), z normal, so that e times the applicants are worth one spread
of talent. Lower pay draws fewer twice: at once, and in the long run by the name, since it makes staff less engaged
and quicker to quit. The name is what a year's staff would say: their mean engagement, in which those who quit beyond
the usual rate count as nothing; what n adds in a staff where each who goes is replaced is usual, and is divided out.
Nobody is dismissed: too large a staff shrinks as people quit.
"""

from __future__ import annotations

from cxsim.company import HOURS_PER_MONTH, N_SILOS, NORMAL_ENGAGEMENT, NORMAL_EXHAUSTION, SALES, SERVICE
from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import HALF, ONE, ZERO, F, clip, exp, log, normal
from cxsim.parameters import Parameter, world
from cxsim.population import STAFF_QUIT, STAFF_TALENT

WORLD = world(
    "turnover",
    Parameter(
        "quit_rate", 0.024, "per month", 0, 0.3,
        "assumption: 25 % a year; 13-45 % a year are named for the front line (second-hand); range: these",
        "hazard to quit at normal exhaustion and market pay",
        range=(0.0116, 0.05), scale="log",
    ),
    Parameter(
        "quit_slope", 2.5, "per share of exhaustion", 0, 10,
        "assumption: twenty points more raise it by two thirds; range: none to twice",
        "how strongly exhaustion raises the hazard to quit",
        range=(0, 5),
    ),
    Parameter(
        "pay_slope", 1.5, "per ratio of pay", 0, 10,
        "assumption: a tenth more pay saves a seventh of the quits; range: none to twice",
        "how strongly relative pay lowers the hazard to quit",
        range=(0, 3),
    ),
    Parameter(
        "newcomer_quits", 0, "ratio", 0, 10,
        "assumption: tenure makes no difference (E15: the young leave first); range: none, to three times as likely",
        "hazard to quit on the first day beyond that of the long-serving; it fades within a year",
        range=(0, 2),
    ),
    Parameter(
        "hiring_months", 7, "months", 0.5, 36,
        "Oliva & Sterman 2001: 30 weeks; range: half to twice",
        "time to close the gap to the target",
        range=(3.5, 14), scale="log",
    ),
    Parameter(
        "applicants_slope", 5, "per ratio of pay and share of name", 0, 20,
        ("assumption: a tenth less pay, or a name worse by ten points, draws two fifths fewer applicants at once, "
         "and people less able by 5 %; after five years such pay, with the name that it earns, draws two fifths as "
         "many; range: none, to a market that pays ability what it is worth"),
        "how strongly pay and the firm's name as an employer draw applicants",
        range=(0, 10),
    ),
)
NORMAL_NAME = 0.615  # what default policies bring a firm
_MOST = F(2.3)  # applicants are at most ten times what is usual, and at least a tenth
CLAIMS = ("C14", "E15")
READS = ("firm", "silo")
WRITES = ("present", "talent", "proficiency", "engagement", "exhaustion", "tenure", "pay")


@step
def plan(firms, world, policy):  # type: ignore[no-untyped-def]
    """Staff aimed at, abuse met per contact, who applies, and the seats to fill this month."""
    s, w, d, p = firms[0], world[0].turnover, world[0].dt, policy[0].workforce
    for f in range(len(s.alive)):
        contacts = max(s.load[f] + s.requests[f] + s.complaints[f], 1e-9)
        drawn = p.relative_pay[f] - 1.0 + s.employer_name[f] - NORMAL_NAME
        s.applicants[f] = exp(clip(w.applicants_slope * F(drawn), -_MOST, _MOST))
        pace = min(s.applicants[f] * d / (w.hiring_months * s.search[f]), 1.0)
        for j in range(N_SILOS):
            s.abuse_per_contact[f, j] = 0.0
            hours = HOURS_PER_MONTH * s.own_share[f, j] * max(s.ability[f, j], 0.1) * s.output[f]
            wanted = s.planned_hours[f, j] * s.standard[f, j] / hours
            wanted *= 1.0 + p.spare_capacity_share[f]
            s.target_heads[f, j] = wanted if s.alive[f] > 0 else 0.0
            s.smooth_quits[f, j] += (s.quits[f, j] / d - s.smooth_quits[f, j]) * d / 6.0
            grown = (s.target_heads[f, j] - s.heads[f, j]) * pace
            s.hire_carry[f, j] += max((s.smooth_quits[f, j] * d + grown) / max(s.heads_per_seat[f, j], 1e-9), 0.0)
            s.quits[f, j] = s.early_quits[f, j] = s.hires[f, j] = 0.0
        s.abuse_per_contact[f, SERVICE] = s.abuse[f] / contacts
        s.abuse_per_contact[f, SALES] = 0.3 * s.abuse[f] / contacts


@step
def change(  # type: ignore[no-untyped-def]
    firm, silo, present, proficiency, talent, engagement, exhaustion, tenure, pay, luck, firms, world, policy
):
    """Who quits; empty seats are filled while there are hires."""
    s, w, d, paid = firms[0], world[0].turnover, world[0].dt, policy[0].workforce.relative_pay
    for i in range(len(firm)):
        f, j = firm[i], silo[i]
        if present[i] > ZERO and s.alive[f] > ZERO:
            tired = w.quit_slope * (exhaustion[i] - F(NORMAL_EXHAUSTION))
            hazard = w.quit_rate * exp(tired - w.pay_slope * (pay[i] - ONE)) * d
            hazard *= F(s.quit_factor[f]) * (ONE + w.newcomer_quits * exp(-tenure[i] / F(12)))
            if luck[STAFF_QUIT, i] < ONE - exp(-hazard):
                present[i] = ZERO
                s.quits[f, j] += s.heads_per_seat[f, j]
                s.early_quits[f, j] += s.heads_per_seat[f, j] if tenure[i] <= F(12) else 0.0
        elif s.alive[f] <= ZERO:
            present[i] = ZERO
        elif s.hire_carry[f, j] >= 1.0:
            s.hire_carry[f, j] -= 1.0
            s.hires[f, j] += s.heads_per_seat[f, j]
            present[i], tenure[i], pay[i] = ONE, ZERO, paid[f]
            chosen = log(F(s.applicants[f])) + normal(luck[STAFF_TALENT, i])
            talent[i] = clip(ONE + F(0.1) * chosen, F(0.2), F(2))
            proficiency[i] = world[0].workforce.rookie_proficiency
            engagement[i], exhaustion[i] = F(NORMAL_ENGAGEMENT), F(0.15)


@inline
def _young(w):  # type: ignore[no-untyped-def]
    """What newcomers multiply quits by, where each who goes is replaced, at normal exhaustion and market pay."""
    if w.newcomer_quits <= ZERO:
        return ONE
    stay, staff, new = ONE, ZERO, ZERO  # who is left of those hired so many months ago, summed over fifty years
    for month in range(600):
        fresh = exp(-F(month + HALF) / F(12))
        staff, new = staff + stay, new + stay * fresh
        stay *= exp(-w.quit_rate * (ONE + w.newcomer_quits * fresh))
    return ONE + w.newcomer_quits * new / staff


@step
def speak(firms, world, policy):  # type: ignore[no-untyped-def]
    """The firm's name as an employer follows what those say who are there, and those who have quit."""
    s, w, d, young = firms[0], world[0].turnover, world[0].dt, _young(world[0].turnover)
    for f in range(len(s.alive)):
        spirit, heads, quits = 0.0, 0.0, 0.0
        for j in range(N_SILOS):
            spirit += s.engagement[f, j] * s.heads[f, j]
            heads += s.heads[f, j]
            quits += s.smooth_quits[f, j]
        if heads > 0.0:
            beyond = max(12.0 * (quits / heads / young - w.quit_rate), -0.5)
            s.employer_name[f] += (min(spirit / heads / (1.0 + beyond), 1.0) - s.employer_name[f]) * d / 12.0
