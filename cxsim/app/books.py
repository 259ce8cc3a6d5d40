"""Where the money went: how much more B earned than A to each month, account by account."""

from __future__ import annotations

from typing import Any

import numpy as np

from cxsim.app.views import money, plain
from cxsim.measures import Array
from cxsim.report import style
from cxsim.results import Runs

ACCOUNTS = {
    "revenue": ("Revenue", 1),
    "variable_cost": ("Goods and services bought", -1),
    "concession_cost": ("Favours, bought-in part", -1),
    "recovery_cost": ("Compensation", -1),
    "pay_cost": ("Pay, work on favours included", -1),
    "turnover_cost": ("Hiring", -1),
    "acquisition_cost": ("Winning customers", -1),
    "programme_cost": ("Programmes", -1),
    "fixed_cost": ("Fixed cost", -1),
}
"""What profit is made of: column of the firms -> title, and whether more of it raises profit or lowers it."""


def differences(a: Runs, b: Runs) -> dict[str, Array]:
    """What each account adds to B's profit beyond A's, from the opening to every month: name -> (months,).

    Money, means over paired runs; together they are the difference in cumulative profit.
    """
    return {name: sign * _more(a, b, name).cumsum() for name, (_, sign) in ACCOUNTS.items()}


def picture(a: Runs, b: Runs) -> dict[str, Any]:
    """The waterfall as plain data: titles, a row for each account over months, and the difference in profit."""
    divisor, unit = money(a.scenario)
    rows = {ACCOUNTS[name][0]: plain(row / divisor) for name, row in differences(a, b).items()}
    colours = {"more": style.COLOURS[2], "less": style.COLOURS[4], "all": style.COLOURS[3]}
    return {"unit": unit, "colours": colours, "rows": rows, "total": plain(_more(a, b, "profit").cumsum() / divisor)}


def _more(a: Runs, b: Runs, name: str) -> Array:
    """B less A in each month, in as many months and runs as both have."""
    one, two = (np.array([record.firm[name][:, 0] for record in runs.records]) for runs in (a, b))
    runs, months = (min(one.shape[k], two.shape[k]) for k in (0, 1))
    more: Array = (two[:runs, :months] - one[:runs, :months]).mean(axis=0)
    return more
