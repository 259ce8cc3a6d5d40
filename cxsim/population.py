"""Who lives in the model: the columns of customers and employees, and how they are drawn at the start.

Customers are a fixed pool, so that ids line up between arms: a person has the same traits, ties and luck
whatever the policy. One luck draw per person and decision; the draws are numbered here, once, for ever.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cxsim.engine.columns import N_NEEDS, N_SEGMENTS, Column
from cxsim.engine.kernels import inline, step
from cxsim.engine.numerics import HALF, MOST, ONE, ZERO, F, exp, log, normal
from cxsim.engine.streams import NETWORK, POPULATION, philox, uniform

# Draws of a customer's month, in the rows of the luck record. A new decision takes a new number, unless it can share
# one: nested thresholds decide two things in a row, and a draw serves two decisions that no person meets in one month.
(
    LUCK_NEEDS, LUCK_CONTACT, LUCK_OCCASION, LUCK_VALUE, LUCK_COST, LUCK_SCREEN,
    LUCK_EXTRA, LUCK_COMPLAIN, LUCK_ABUSE, LUCK_LEAVE, LUCK_CHOICE, LUCK_TALK,
) = range(12)  # fmt: skip
LUCK_TOLD = LUCK_CHOICE  # those who stay are told, those who move choose
LUCK_WELCOME = LUCK_COMPLAIN  # a newcomer's complaint was about the firm that she left
N_DRAWS = 12

# Draws of an employee's month.
STAFF_QUIT, STAFF_TALENT, STAFF_STRAIN = range(3)
N_STAFF_DRAWS = 4

MAX_FIRMS = 8  # the news that a neighbour passes on is counted in 8 bits per firm of one 64-bit word
MIN_TIES, MAX_TIES = 2, 10

_S, _T, _FL = "state", "trait", "flow"
SPEND, _MOST = "months of spend", float(MOST)
CUSTOMER_COLUMNS: tuple[Column, ...] = (
    Column("segment", _T, "i1", "index", "segment of the market", 0, N_SEGMENTS - 1),
    Column("frailty", _T, "f4", "ratio", "own hazard to reconsider against the mean person's", 0),
    Column("asking", _T, "f4", "ratio", "occasions for requests against the mean person's", 0),
    Column("temper", _T, "f4", "ratio", "propensity to abuse staff against the mean person's", 0),
    Column("wallet", _T, "f4", "ratio", "monthly spend against the price", 0, _MOST),
    Column("firm", _S, "i1", "index", "firm whose customer this is; -1 for a prospect", -1, MAX_FIRMS - 1),
    Column("barred", _S, "i1", "bits", "firms that ended the relationship, one bit each", -128, 127),
    Column("tenure", _S, "f4", "months", "unbroken time with the firm; -1 where it has just closed", -1),
    Column("need", _S, "f4", "spreads", "what the person needs, a point; the last is unstated", per="needs"),
    Column("expectation", _S, "f4", SPEND, "quality that the customer has come to expect", -40, 30),
    Column("satisfaction", _S, "f4", SPEND, "satisfaction with the firm", -9, 9),
    Column("trust", _S, "f4", "share", "trust in what the firm says", 0, 1),
    Column("entitlement", _S, "f4", "probability", "belief that a request beyond the agreement is granted", 0, 1),
    Column("restraint", _S, "f4", "share", "what sanctions leave of the propensity to abuse staff", 0, 1),
    Column("cost_to_serve", _S, "f4", SPEND, "avoidable cost less extras, smoothed over 12", -_MOST, _MOST),
    Column("image", _S, "f4", SPEND, "satisfaction that the person believes is to be had at each firm", -9, 9, "firms"),
    Column("served_by", _FL, "i1", "index", "firm that serves the customer this month", -1, MAX_FIRMS - 1),
    Column("good_news", _FL, "f4", "count", "good stories heard about each firm", 0, 15, "firms"),
    Column("bad_news", _FL, "f4", "count", "bad stories heard about each firm", 0, 15, "firms"),
    Column("fit", _FL, "f4", "share", "how well the offer fits the need", 0, 1),
    Column("quality", _FL, "f4", SPEND, "quality of the month before failures", -36, 3),
    Column("contact", _FL, "f4", "0 or 1", "had to do with the firm's people", 0, 1),
    Column("failed", _FL, "f4", "0 or 1", "a service or hand-off failed", 0, 1),
    Column("lost", _FL, "f4", "0 or 1", "it failed where it was handed on, and information was lost", 0, 1),
    Column("load", _FL, "f4", "contacts", "contacts to expect, repeats after failures included", 0, 10),
    Column("best_seen", _FL, "f4", SPEND, "best that the person sees outside her own firm", -9, 9),
    Column("told", _FL, "f4", "0 or 1", "was told what can and cannot be done", 0, 1),
    Column("asked", _FL, "f4", "0 or 1", "asked for something beyond the agreement", 0, 1),
    Column("granted", _FL, "f4", "0 or 1", "the request was granted free", 0, 1),
    Column("charged", _FL, "f4", "0 or 1", "the request was bought as an extra", 0, 1),
    Column("alternative", _FL, "f4", "0 or 1", "an alternative was offered and fitted", 0, 1),
    Column("relief", _FL, "f4", SPEND, "utility of the answer to the request", -2.3 * _MOST, 2 * _MOST),
    Column("extras", _FL, "f4", SPEND, "paid for extras", 0, _MOST),
    Column("concession", _FL, "f4", SPEND, "cost of what was granted or offered instead", 0, 2 * _MOST),
    Column("complained", _FL, "f4", "0 or 1", "complained about a failure", 0, 1),
    Column("resolved", _FL, "f4", "0 or 1", "the complaint was resolved", 0, 1),
    Column("recovery", _FL, "f4", SPEND, "utility of the answer to a complaint", 0, 9),
    Column("abuse", _FL, "f4", "0 or 1", "abused the firm's people", 0, 1),
    Column("sanctioned", _FL, "f4", "0 or 1", "was told that abuse is not accepted", 0, 1),
    Column("spend", _FL, "f4", SPEND, "paid for the agreed service", 0, _MOST),
    Column("exceeded", _FL, "f4", "0 or 1", "lived through more than was expected, by a day's worth or more", 0, 1),
    Column("fell_short", _FL, "f4", "0 or 1", "lived through less than was expected, by a day's worth or more", 0, 1),
    Column("ended", _FL, "f4", "0 or 1", "the firm ends the relationship", 0, 1),
    Column("lead", _FL, "f4", SPEND, "satisfaction above the best believed to be had elsewhere", -20, 20),
    Column("odds", _FL, "f4", "ratio", "odds of choosing each firm", 0, per="firms"),
    Column("chosen", _FL, "i1", "index", "firm chosen if the person moves; -1 for none", -1, MAX_FIRMS - 1),
    Column("left", _FL, "f4", "0 or 1", "the customer leaves", 0, 1),
    Column("joined", _FL, "f4", "0 or 1", "the person becomes a customer of the firm in `firm`", 0, 1),
    Column("equity", _S, "f4", SPEND, "discounted contribution to expect from the customer", -_MOST, _MOST),
    Column("news", _FL, "i1", "code", "story passed on: 0 none, else 1 + 2 firm + bad", 0, 2 * MAX_FIRMS),
)  # fmt: skip
CUSTOMERS = {c.name: c for c in CUSTOMER_COLUMNS}

EMPLOYEE_COLUMNS: tuple[Column, ...] = (
    Column("firm", "trait", "i1", "index", "firm of the seat", 0, MAX_FIRMS - 1),
    Column("silo", "trait", "i1", "index", "silo of the seat", 0, 4),
    Column("present", "state", "f4", "0 or 1", "the seat is filled", 0, 1),
    Column("proficiency", "state", "f4", "share", "work done against an experienced colleague of like talent", 0, 1),
    Column("talent", "state", "f4", "ratio", "ability, drawn at hiring", 0.1, 3),
    Column("engagement", "state", "f4", "share", "engagement", 0, 1),
    Column("exhaustion", "state", "f4", "share", "exhaustion", 0, 1),
    Column("tenure", "state", "f4", "months", "time with the firm", 0),
    Column("pay", "state", "f4", "ratio", "pay against the market's for the job", 0),
)
EMPLOYEES = {c.name: c for c in EMPLOYEE_COLUMNS}


@lru_cache(maxsize=32)
def gamma_table(cv: float) -> NDArray[np.float32]:
    """Quantiles of a gamma with mean 1 and coefficient of variation ``cv`` at normal scores -5..5, float32 (2049,).

    By the trapezoid rule on a logarithmic grid, rounded so that platforms agree. All ones where ``cv`` is 0.
    """
    scores = np.linspace(-5.0, 5.0, 2049)
    if cv < 1e-3:
        return np.ones(2049, np.float32)
    k = 1.0 / cv**2
    t = np.linspace(math.log(1e-7) / min(k, 1.0), math.log(60.0 / k + 30.0 / math.sqrt(k) + 1.0), 20001)
    weight = np.exp(k * t - k * (np.exp(t) - 1.0))  # density in log x, up to a constant
    cdf = np.concatenate([[0.0], np.cumsum((weight[1:] + weight[:-1]) / 2)])
    chance = np.array([0.5 * math.erfc(-s / math.sqrt(2)) for s in scores])
    quantiles: NDArray[np.float32] = np.round(np.exp(np.interp(chance, cdf / cdf[-1], t)), 6).astype(np.float32)
    return quantiles


@inline
def _lookup(table, u):  # type: ignore[no-untyped-def]
    """Linear interpolation in a table over normal scores -5..5."""
    position = (min(max(normal(u), F(-4.999)), F(4.999)) + F(5)) * F(204.8)
    k = int(position)
    share = position - F(k)
    return table[k] * (ONE - share) + table[k + 1] * share


@step
def draw_people(  # type: ignore[no-untyped-def]
    first, m, key0, key1, shape, centres, frailty, asking, temper, n_firms,
    segment, need, c_frailty, c_asking, c_temper, wallet, firm, tenure, satisfaction,
):  # fmt: skip
    """Draw traits and opening states of customers ``first .. first + m``.

    ``shape``: sigma of log spend, hazard to leave a month, value lost per squared distance of a need, slope of
    satisfaction, best satisfaction believed to be had elsewhere, odds of being without a firm for who has as much.
    Opening satisfaction is the fit of an offer at the segment's centre; the opening tenure is the age of an ongoing
    spell, exponential with the own hazard.
    """
    sigma, hazard, misfit, slope, elsewhere, odds = shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]
    for i in range(m):
        agent = np.uint32(first + i)
        a0, a1, a2, a3 = philox(agent, np.uint32(0), np.uint32(0), POPULATION, key0, key1)
        b0, b1, b2, b3 = philox(agent, np.uint32(0), np.uint32(1), POPULATION, key0, key1)
        d0, d1, _, _ = philox(agent, np.uint32(0), np.uint32(2), POPULATION, key0, key1)
        g = min(int(uniform(a0) * F(N_SEGMENTS)), N_SEGMENTS - 1)
        segment[i] = g
        need[0, i] = centres[g, 0] + normal(uniform(a1))
        need[1, i] = centres[g, 1] + normal(uniform(a2))
        need[2, i] = centres[g, 2] + normal(uniform(a3))
        c_frailty[i] = _lookup(frailty, uniform(b0))
        c_asking[i] = _lookup(asking, uniform(b1))
        c_temper[i] = _lookup(temper, uniform(b2))
        wallet[i] = min(exp(sigma * normal(uniform(b3)) - HALF * sigma * sigma), MOST)
        far = ZERO
        for k in range(N_NEEDS):
            far += (need[k, i] - centres[g, k]) * (need[k, i] - centres[g, k])
        fit = exp(-misfit * far)
        satisfaction[i] = fit
        u = uniform(d0)
        # the restless, and those whom no offer fits, spend more of their time between firms
        restless = min(c_frailty[i] * exp(-slope * (fit - elsewhere)), MOST)
        free = odds * restless / (ONE + odds * restless)
        firm[i] = -1 if u < free else min(int((u - free) / (ONE - free) * F(n_firms)), n_firms - 1)
        spell = -log(uniform(d1)) / max(hazard * restless, F(1e-4))
        tenure[i] = ZERO if u < free else min(spell, F(600))


@step
def count_ties(n, key0, key1, start):  # type: ignore[no-untyped-def]
    """Fill ``start`` (n + 1,): where each person's list of ties begins. Two to ten ties, six on average."""
    start[0] = 0
    for i in range(n):
        w, _, _, _ = philox(np.uint32(i), np.uint32(0), np.uint32(0), NETWORK, key0, key1)
        start[i + 1] = start[i] + MIN_TIES + int(uniform(w) * F(MAX_TIES - MIN_TIES + 1))


@step
def draw_ties(n, far_share, reach, key0, key1, start, ties):  # type: ignore[no-untyped-def]
    """Fill ``ties``: who hears from each person; mostly near ids, a ``far_share`` anywhere (a small world)."""
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            w0, w1, w2, _ = philox(np.uint32(i), np.uint32(e - start[i]), np.uint32(1), NETWORK, key0, key1)
            if uniform(w0) < far_share:
                other = int((np.uint64(w1) * np.uint64(n)) >> np.uint64(32))
            else:
                hop = 1 + int((np.uint64(w1) * np.uint64(reach)) >> np.uint64(32))
                other = i + hop if w2 & np.uint32(1) else i - hop
                other = other % n
            ties[e] = other if other != i else (i + 1) % n
