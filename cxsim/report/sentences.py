"""Plain sentences made from numbers by rules. They never say more than the numbers.

A difference is spoken of only where its whole 95 % interval lies on one side of nought. One run gives no
interval, so nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from cxsim.intervals import t_quantile
from cxsim.measures import YEAR, Array, Payback
from cxsim.report import ahead, style
from cxsim.report.findings_numbers import amount
from cxsim.report.readings import Cell, Column, Heading


def money(value: float, currency: str, sign: bool = False) -> str:
    """An amount for a sentence: ``EUR 3.8m``."""
    divisor, prefix = style.money_scale(value)
    shown = value / divisor
    text = style.number(shown, style.decimals_for(shown, 2, 2), sign)
    return f"{currency} {text}{prefix}".strip()


def payback_cell(payback: Payback) -> str:
    """The payback period for a table: the median over paired runs, with how many do where not all."""
    if payback.quarter is None:
        return f"never ({payback.n_never}/{payback.n})"
    when = "at once" if payback.quarter == 0 else f"quarter {payback.quarter}"
    return when + f" ({payback.n - payback.n_never}/{payback.n})" * bool(payback.n_never)


def payback_clause(payback: Payback) -> str:
    """The payback period for a sentence, with the runs that do not pay back."""
    never = f"not within the horizon in {payback.n_never} of {payback.n} runs"
    if payback.n_never == payback.n:
        return "does not pay back within the horizon"
    if payback.quarter is None:
        return f"does not pay back within the horizon in {payback.n_never} of {payback.n} runs"
    when = "at once" if payback.quarter == 0 else f"from quarter {payback.quarter}"
    return f"pays back {when} (median of the runs{'; ' + never if payback.n_never else ''})"


def luck_note(replications: int, paired: bool, worlds: str = "", sampled: bool = False) -> str:
    """What the intervals hold and what they do not; ``worlds`` is not empty where arms differ in theirs.

    ``sampled`` says that the assumptions are varied elsewhere, in sampled worlds.
    """
    varied = f"the assumptions of the world were not varied{' within an arm' * bool(worlds)}{' here' * sampled}."
    runs = f"{replications} {'paired ' if paired else ''}run{'s' if replications != 1 else ''}"
    if replications < 2:
        kind = "paired run" if paired else "run"
        return f"One {kind} gives no interval; {varied}"
    return f"Intervals hold luck only ({runs}); {varied}"


FEW_CUSTOMERS, FEW_RUNS = 200, 5


def few_note(heading: Heading) -> str:
    """A warning where there is too little to read anything from, else ""."""
    few = []
    if heading.simulated < FEW_CUSTOMERS:
        few.append(f"customers ({heading.simulated}, {FEW_CUSTOMERS} at least)")
    if heading.replications < FEW_RUNS:
        few.append(f"runs ({heading.replications}, {FEW_RUNS} at least)")
    wide = few_runs(heading.replications)
    return " ".join(filter(None, [f"Too few {' and '.join(few)} to read anything from.", wide])) if few else ""


def few_runs(n: int) -> str:
    """How wide the interval of so few runs is by itself; "" where that can be left unsaid."""
    if not 1 < n < FEW_RUNS:
        return ""
    return f"An interval of {n} runs is {t_quantile(0.975, n - 1):.1f} standard errors to either side: it means little."


def arm_sentence(arm: Column, reference: Column, heading: Heading) -> str:
    """How an arm compares with the reference, in one sentence."""
    if heading.replications < 2:
        return f"{arm.label}: one run does not tell luck from policy; use --replications 2 or more."
    told = ("profit_year_1", "profit_last_year", "npv", "customers")
    if arm.differences and all(cell.same for cell in arm.differences.values()):
        return f"{arm.label}: the same as {reference.label} in every run."
    parts = [
        _years(arm, heading),
        _value(arm.difference("npv"), heading.currency),
        _customers(arm.difference("customers"), reference.value("customers"), heading.replications),
    ]
    complete = arm.difference("customers").n in (0, heading.replications)
    if complete and not any(arm.difference(measure).sign for measure in told):
        parts = ["no clear difference in profit, net present value or customers at the end"]
    if arm.payback:
        parts.append(payback_clause(arm.payback))
    parts.append(ahead.clause(arm, heading))
    if arm.insolvent or reference.insolvent:
        n = heading.replications
        parts.append(f"insolvent in {arm.insolvent} of {n} runs (reference: {reference.insolvent})")
    return f"{arm.label}: " + "; ".join(part for part in parts if part) + "."


_EARNS = {1: "earns more", -1: "earns less", 0: "no clear difference in profit"}


def _years(arm: Column, heading: Heading) -> str:
    last_year = heading.last_year
    first, last = arm.difference("profit_year_1"), arm.difference("profit_last_year")
    if not first.n:
        return ""
    if heading.months == YEAR:
        return f"{_EARNS[first.sign]} in year 1"
    where = last_year if heading.months % YEAR == 0 else f"the {last_year}"
    if first.sign == last.sign:
        return f"{_EARNS[first.sign]} in year 1 and in {where}"
    later = _EARNS[last.sign].removeprefix("earns ") if first.sign else _EARNS[last.sign]
    return f"{_EARNS[first.sign]} in year 1, {later} in {where}"


def _value(npv: Cell, currency: str) -> str:
    if not npv.sign:
        return "no clear difference in net present value"
    return f"net present value {money(abs(npv.mean), currency)} {'higher' if npv.sign > 0 else 'lower'}"


def _customers(difference: Cell, reference: Cell, replications: int) -> str:
    """Customers at the end against the reference's mean; the share is left out where it rounds to nought."""
    if not difference.n:
        return ""
    if difference.n < replications:  # the mean over survivors would flatter
        return f"customers at the end comparable in {difference.n} of {replications} runs only"
    if not difference.sign:
        return "no clear difference in customers at the end"
    share = 100 * abs(difference.mean) / reference.mean if reference.mean > 0 else 0.0
    shown = style.number(share, 0 if share >= 9.5 else 1)
    much = f"{shown} % " if share >= 0.05 else ""
    return f"has {much}{'more' if difference.sign > 0 else 'fewer'} customers at the end"


def run_profit_title(focal: Column, heading: Heading) -> str:
    """The message of the figure of a single scenario's profit: its last year, or all of a shorter horizon."""
    measure = "profit_last_year" if heading.months >= YEAR else "cumulative_profit"
    amount = focal.value(measure).mean
    does = "loses" if amount < 0 else "earns"
    return f"{focal.label} {does} {money(abs(amount), heading.currency)} {_when(heading)}{_once(heading)}"


def run_kept_title(focal: Column, heading: Heading) -> str:
    """The message of the figure of a single scenario's retention: its last year."""
    kept = focal.value("retention_12_months")
    if not kept.n:
        return f"{focal.label} has no customers left in any run"
    return f"{focal.label} keeps {100 * kept.mean:.0f} % of its customers {_when(heading)}{_once(heading)}"


def run_whale_title(focal: Column, heading: Heading) -> str:
    """The message of the figure of a single scenario's customers, from the most to the least profitable."""
    lose = focal.value("unprofitable_share")
    if not lose.n:
        return f"{focal.label} has no customers left in any run"
    share = f"{100 * lose.mean:.0f} %" if lose.mean else "none"
    return f"{focal.label}: {share} of customers cost more than they bring{_once(heading)}"


def _when(heading: Heading) -> str:
    """What a figure's message is about: the last 12 months, or all of a shorter horizon."""
    if heading.months < YEAR:
        return f"in {heading.months} month{'s' * (heading.months > 1)}"
    return f"in {'' if heading.months % YEAR == 0 else 'the '}{heading.last_year}"


def _once(heading: Heading) -> str:
    return ", in one run" if heading.replications < 2 else ""


def leader(pairs: Sequence[Sequence[Cell]]) -> int | None:
    """Index of the arm that is clearly above every other; ``pairs[i][j]`` holds arm i minus arm j."""
    for i, row in enumerate(pairs):
        if all(cell.sign > 0 for j, cell in enumerate(row) if j != i):
            return i
    return None


def leader_title(
    what: Literal["kept", "profit", "unprofitable"],
    names: Sequence[str],
    pairs: Sequence[Sequence[Cell]],
    heading: Heading,
) -> str:
    """The message of a figure that shows two arms or more: which one is clearly above every other.

    ``pairs`` hold the paired difference of each arm and each other one, of the last 12 months or a shorter horizon.
    """
    if heading.replications < 2:
        return "One run of each: luck and policy cannot be told apart"
    if what == "unprofitable":
        return _fewest_unprofitable(names, pairs)
    when, first = _when(heading), leader(pairs)
    if first is None:
        of = "the share of customers kept" if what == "kept" else "profit"
        return f"No clear leader in {of} {when}"
    if what == "profit":
        return f"{names[first]} earns {'the most' if len(names) > 2 else 'more'} {when}"
    return f"{names[first]} keeps {'the largest' if len(names) > 2 else 'a larger'} share of its customers {when}"


def level_title(words: str, name: str, values: Array, unit: str, heading: Heading, when: str) -> str:
    """The message of a figure of one column or measure of a single scenario."""
    known = values[~np.isnan(values)]
    if not len(known):
        return f"{words} of {name} is defined in no run {when}".rstrip()
    value = amount(float(known.mean()), unit, heading.currency)
    return f"{words} of {name} is {' '.join(filter(None, [value, when]))}{_once(heading)}"


def highest_title(words: str, names: Sequence[str], pairs: Sequence[Sequence[Cell]], runs: int, when: str) -> str:
    """The message of a figure of one column or measure of several arms: which is clearly above every other."""
    if runs < 2:
        return f"{words} in one run of each: luck and policy cannot be told apart"
    first = leader(pairs)
    if first is None:
        return f"{words}: no arm is clearly above every other {when}".rstrip()
    return f"{words}: {'highest' if len(names) > 2 else 'higher'} in {names[first]} {when}".rstrip()


def _fewest_unprofitable(names: Sequence[str], pairs: Sequence[Sequence[Cell]]) -> str:
    least = leader([[Cell(-cell.mean, -cell.high, -cell.low, cell.n) for cell in row] for row in pairs])
    if least is None:
        return "No clear leader in the share of customers who cost more than they bring"
    smaller = "smallest" if len(names) > 2 else "smaller"
    return f"{names[least]} has the {smaller} share of customers who cost more than they bring"


def difference_title(
    arms: Sequence[tuple[str, Cell]], reference: str, after: str, currency: str, replications: int
) -> str:
    """The message of the figure of paired differences in cumulative profit at the end of the horizon."""
    if replications < 2:
        return f"Cumulative profit against {reference} in one paired run"
    ahead = [name for name, cell in arms if cell.sign > 0]
    behind = [name for name, cell in arms if cell.sign < 0]
    if len(arms) == 1:
        name, cell = arms[0]
        if cell.sign:
            side = "more" if cell.sign > 0 else "less"
            amount = money(abs(cell.mean), currency)
            return f"{name} has earned {amount} {side} than {reference} after {after}"
        return f"No clear difference in cumulative profit between {name} and {reference} after {after}"
    if not ahead and not behind:
        return f"After {after}, no arm's cumulative profit differs clearly from {reference}"
    parts = [f"{_who(ahead, len(arms))} ahead of {reference}"] if ahead else []
    if behind:
        parts.append(f"{_who(behind, len(arms))} behind{'' if ahead else ' ' + reference}")
    unclear = [name for name, cell in arms if not cell.sign]
    if unclear:
        parts.append(f"{unclear[0] if len(unclear) == 1 else len(unclear)} not clearly different")
    return f"Cumulative profit after {after}: " + "; ".join(parts)


def _who(names: Sequence[str], of: int) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) == of:
        return "both arms" if of == 2 else f"all {of} arms"
    return f"{len(names)} of {of} arms"
