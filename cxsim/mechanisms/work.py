"""Work asked for and given, overtime and waiting, and service standards that erode.

Work pressure w is the work asked at the current standard D, and what waits, against capacity; staffing and staff
perceive it with delay (work that was drawn, and pressure, are smoothed over half a year). Staff give each order D
w^-.639 of the time it needs, hence work about w^.361 of their hours, up to a limit; what is left waits. The standard
follows the time given: down in months, up practically never (Oliva & Sterman 2001, Management Science 47(7)); that
ratchet is published structure, not settled fact, and the delays are not in it. It holds for operations and service,
who work on customers' orders.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import CONCESSION_LABOUR, HOURS_PER_MONTH, MARK_UP, N_SILOS, OFFICE_SHARE, OPERATIONS
from cxsim.engine.kernels import inline, step
from cxsim.parameters import Parameter, world

WEEKS_PER_MONTH = 4
SALE_HOURS = 3.0  # to win a customer (assumption); winning one costs money too, which is a parameter
STANDARD_DOWN_MONTHS = 4.31  # in which the standard falls to the time given (Oliva & Sterman 2001: 18.73 weeks)
SMOOTHING_MONTHS = 6.0  # over which staffing sees what work there is

WORLD = world(
    "work",
    Parameter(
        "operations_hours", 0.35, "hours per month of spend", 0, 8,
        ("assumption: twenty minutes of fulfilment for a customer of mean spend, four of marketing and four of "
         "product; range: twelve to thirty minutes"),
        ("operations' work per month's spend, and per failure once more; marketing and product have a fifth of it per "
         "customer"),
        range=(0.2, 0.5), scale="log",
    ),
    Parameter(
        "contact_hours", 1.0758, "hours per contact", 0, 8,
        ("Oliva & Sterman 2001: desired time per order of a bank; that a contact takes as long is an assumption; "
         "range: two thirds to a third more; longer, and few firms could live at this price"),
        "service's work per contact",
        range=(0.7, 1.4), scale="log",
    ),
    Parameter(
        "request_hours", 0.4, "hours per request", 0, 8,
        "assumption: 24 minutes to hear, weigh and answer; range: half to twice",
        ("service's work per request, or call beforehand; as much again to screen a request fully, to quote, or to "
         "seek an alternative; sales' to tell a customer up front what can and cannot be done, or to ask why she came"),
        range=(0.2, 0.8), scale="log",
    ),
    Parameter(
        "pressure_exponent", 0.639, "exponent", 0, 1,
        "Oliva & Sterman 2001: -.639; range: time per order that holds, to time that takes all the load",
        "how far pressure is answered by giving less time",
        range=(0, 1),
    ),
    Parameter(
        "standard_up_months", 184000, "months", 1, 200000,
        "Oliva & Sterman 2001: about 8e5 weeks, practically never; range: as fast as it falls, to never",
        "time in which the standard rises to the time given",
        range=(4, 200000), scale="log",
    ),
    Parameter(
        "overtime_limit", 1.1, "ratio", 1, 2,
        "assumption: a tenth of overtime can be had; range: none to three tenths",
        "most hours worked against capacity",
        range=(1, 1.3),
    ),
)
CLAIMS = ()
READS = WRITES = ()


@inline
def _ask(s, world, p, f):  # type: ignore[no-untyped-def]
    """Hours asked of the five silos by the month's customers, at full standard.

    What is known for certain of each customer (contacts to expect, spend) counts at once; what was drawn (requests,
    complaints, joins) is smoothed over half a year, or overtime, which is convex, and standards, which only fall,
    would make losses of mere luck, the more so the fewer customers are simulated.
    """
    w, money, d = world.work, world.finance, np.float64(world.dt)
    base = s.customers[f] * d
    hours_per_spend = CONCESSION_LABOUR * world.market.monthly_price / money.pay_per_hour
    made = s.concession[f] + s.extras[f] / MARK_UP
    favours = made * hours_per_spend / 2.0  # half in product, half in service
    unmet = s.requests[f] - s.granted[f]
    screening = s.requests[f] * p.requests.selectivity[f]
    quoting = unmet * p.requests.charged_share[f]
    seeking = (unmet - s.charged[f]) * p.requests.alternative_share[f]
    pursuing = s.complaints[f] * p.recovery.effort_share[f]
    answering = w.request_hours * (s.requests[f] + screening + quoting + seeking)
    selling = SALE_HOURS * s.joined[f] + w.request_hours * (s.told[f] + s.new_asked[f])
    serving = w.contact_hours * (s.complaints[f] + pursuing) + answering + favours
    calling = w.request_hours * s.proactive_contacts[f]
    office = w.operations_hours * (OFFICE_SHARE * base)
    # marketing, sales, product, operations, service
    certain = (office, 0.0, office, w.operations_hours * s.spend[f], w.contact_hours * s.load[f] + calling)
    drawn = (0.0, selling, favours, w.operations_hours * s.failures[f], serving)
    for j in range(N_SILOS):
        s.drawn_hours[f, j] += (drawn[j] / d - s.drawn_hours[f, j]) * min(d / SMOOTHING_MONTHS, 1.0)
        s.asked_hours[f, j] = certain[j] + s.drawn_hours[f, j] * d


@inline
def erode(standard, given, down, up, dt):  # type: ignore[no-untyped-def]
    """The service standard after a time ``dt``: it follows the time given, fast down and slowly up (all in months)."""
    return standard + (given - standard) * dt / (down if given < standard else up)


@step
def work(firms, world, policy):  # type: ignore[no-untyped-def]
    """Load, capacity, time given, standards and backlog of every silo."""
    s, w, d = firms[0], world[0].work, world[0].dt
    weeks = d / WEEKS_PER_MONTH
    for f in range(len(s.alive)):
        _ask(s, world[0], policy[0], f)
        for j in range(N_SILOS):
            hours = s.heads[f, j] * s.ability[f, j] * HOURS_PER_MONTH * s.own_share[f, j] * d
            s.capacity_hours[f, j] = hours * s.output[f]
            capacity = max(s.capacity_hours[f, j], 1e-9)
            asked = s.asked_hours[f, j]
            s.planned_hours[f, j] += (asked / d - s.planned_hours[f, j]) * d / SMOOTHING_MONTHS
            load = (asked * s.standard[f, j] + s.backlog_hours[f, j] * d) / capacity
            s.pressure[f, j] += (min(max(load, 0.05), 5.0) - s.pressure[f, j]) * d / SMOOTHING_MONTHS
            given = s.standard[f, j] * s.pressure[f, j] ** -w.pressure_exponent
            for _ in range(WEEKS_PER_MONTH if j >= OPERATIONS else 0):  # those who work on customers' orders
                given = s.standard[f, j] * s.pressure[f, j] ** -w.pressure_exponent
                s.standard[f, j] = erode(
                    s.standard[f, j], given, STANDARD_DOWN_MONTHS, w.standard_up_months, weeks
                )
            s.time_given[f, j] = given
            needed = asked * given + s.backlog_hours[f, j]
            s.effort[f, j] = min(needed / capacity, w.overtime_limit)
            s.backlog_hours[f, j] = max(needed - capacity * w.overtime_limit, 0.0)
            s.wait[f, j] = min(s.backlog_hours[f, j] / capacity * d, 12.0)
