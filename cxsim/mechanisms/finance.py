"""Finance: revenue, what it costs, cash, and going out of business.

All money of a firm in one place. Pay follows heads and hours; concessions cost half in labour (which is in the silos'
load, hence in pay) and half in bought-in goods. Profit is what is paid for the service and for extras, less variable
cost, bought-in concessions, compensation, pay with overtime, replacing those who quit, winning customers, programmes
(systems that share information, values, savings forgone for customers, recognition, an adjacent service, a measured
culture), and fixed cost. A firm whose cash is spent is insolvent and closes.
"""

from __future__ import annotations

from cxsim.company import CONCESSION_LABOUR, HOURS_PER_MONTH, MARK_UP, N_SILOS
from cxsim.engine.kernels import step
from cxsim.engine.numerics import F
from cxsim.parameters import Parameter, world

WORLD = world(
    "finance",
    Parameter(
        "variable_cost_share", 0.35, "share of revenue", 0, 0.95,
        ("assumption: goods and services bought in; range: a fifth to two fifths; more, and few firms could live "
         "at this price"),
        "variable cost other than labour",
        range=(0.2, 0.4),
    ),
    Parameter(
        "pay_per_hour", 30, "money per hour", 0.1, 1e5,
        ("assumption: full cost of an hour at the market's pay; range: a third less to an eighth more; dearer, and few "
         "firms could live at this price"),
        "pay of an hour",
        range=(20, 34), scale="log",
    ),
    Parameter(
        "turnover_cost_share", 0.21, "share of a year's pay", 0, 1,
        "Boushey & Glynn 2012: 21 %, median (second-hand); range: half to twice",
        "cost of hiring an employee",
        range=(0.105, 0.42), scale="log",
    ),
    Parameter(
        "acquisition_cost", 250, "money per new customer", 0, 1e6,
        ("assumption: two and a half months' price; five times what keeping costs, a rule of thumb (Goodman, "
         "quoted), gives no amount; range: one to five months' price"),
        "cost of winning a customer",
        range=(100, 500), scale="log",
    ),
    Parameter(
        "fixed_cost_share", 0.08, "share of opening revenue", 0, 0.9,
        "assumption: premises and systems; range: half to one and a half",
        "fixed cost",
        range=(0.04, 0.12), scale="log",
    ),
    Parameter(
        "discount_per_year", 0.11, "per year", 0, 0.5,
        "assumption within 10-12 % (Fader & Hardie 2010; Gupta, Lehmann & Stuart 2004); range: half to a third more",
        "discount rate",
        range=(0.05, 0.15),
    ),
    Parameter(
        "opening_cash_months", 4, "months of opening revenue", 0, 60,
        "assumption: a third of a year; range: a quarter to a year",
        "cash at the start",
        range=(3, 12), scale="log",
    ),
)
PLATFORM_COST = 0.01  # of revenue goes to systems for customer data at full sharing (assumption)
_FEE = 0.2  # of the pay for hours of measuring goes to whoever asks and reckons (assumption)
MAX_OVERHEAD = 100.0  # no hour is reckoned dearer, by its pay
CLAIMS = ("D2", "D9")
READS = WRITES = ()


@step
def account(firms, world, policy):  # type: ignore[no-untyped-def]
    """Profit and loss of the month, cash, insolvency."""
    s, w, d, price = firms[0], world[0].finance, world[0].dt, world[0].market.monthly_price
    hour = w.pay_per_hour
    for f in range(len(s.alive)):
        pay, hires, asked = 0.0, 0.0, 0.0
        s.price[f] = price
        for j in range(N_SILOS):
            overtime = max(s.effort[f, j] - 1.0, 0.0)
            pay += s.heads[f, j] * s.pay[f, j] * (1.0 + overtime) * HOURS_PER_MONTH * hour * d
            hires += s.hires[f, j] * s.pay[f, j]
            asked += s.asked_hours[f, j]
        s.revenue[f] = (policy[0].pricing.relative_price[f] * s.spend[f] + s.extras[f]) * price
        bought = (1.0 - CONCESSION_LABOUR) * price  # the rest is labour, which is in pay
        extras_cost = s.extras[f] / MARK_UP
        s.variable_cost[f] = w.variable_cost_share * s.spend[f] * price + bought * extras_cost
        s.concession_cost[f] = bought * s.concession[f]
        s.recovery_cost[f] = s.resolved[f] * policy[0].recovery.compensation[f] * price
        s.pay_cost[f] = pay
        s.turnover_cost[f] = hires * w.turnover_cost_share * 12.0 * HOURS_PER_MONTH * hour * s.search[f]
        s.turnover_cost[f] *= 0.5 + 0.5 / s.applicants[f]  # half of it is the search for applicants
        saved = world[0].targeting.wasted_share * s.reasons[f] * 1.25 / (s.reasons[f] + 0.25)
        s.acquisition_cost[f] = s.joined[f] * w.acquisition_cost * (1.0 - saved)
        s.programme_cost[f] = PLATFORM_COST * s.sharing[f] * s.revenue[f]
        forgone = world[0].decisions.forgone_share * s.practice[f].sum() / N_SILOS
        s.programme_cost[f] += (s.values_share[f] + forgone) * s.revenue[f]
        s.programme_cost[f] += policy[0].improvement.recognition_share[f] * s.commitment[f] * pay
        s.programme_cost[f] += policy[0].offer.adjacent_share[f] * s.revenue[f]
        s.programme_cost[f] += _FEE * s.measuring_hours[f] / HOURS_PER_MONTH * pay
        s.fixed_cost[f] = w.fixed_cost_share * s.start_spend[f] * price * d * s.alive[f]
        s.profit[f] = s.revenue[f] - (
            s.variable_cost[f] + s.concession_cost[f] + s.recovery_cost[f] + s.pay_cost[f]
            + s.turnover_cost[f] + s.acquisition_cost[f] + s.programme_cost[f] + s.fixed_cost[f]
        )  # fmt: skip
        s.cash[f] += s.profit[f]
        if asked > 0.0:  # coordination, idle time, learning: what is paid for beyond the hours of work asked
            paid = pay / asked / (hour * policy[0].workforce.relative_pay[f])
            s.overhead[f] += F(min(paid, MAX_OVERHEAD) - s.overhead[f]) * min(d / F(12), F(1))
        s.recent_profit[f] += (s.profit[f] / d - s.recent_profit[f]) * d / 12.0
        if s.cash[f] < 0.0 and s.alive[f] > 0:
            s.alive[f] = 0
            s.ended[f] += s.customers[f]
            s.customers[f] = s.tenured[f] = s.promoters[f] = s.detractors[f] = s.sum_equity[f] = 0.0
