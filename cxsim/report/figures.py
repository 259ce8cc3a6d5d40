"""The figures of a run and of a comparison, each with one message as its title.

Bands are 95 % intervals of the mean over runs: they hold luck only, and the footer says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxsim.intervals import estimate
from cxsim.measures import MEASURES, PERIOD_COLUMNS, QUARTER, YEAR, Array
from cxsim.record import FIRM_COLUMNS
from cxsim.report import fonts, sentences, style
from cxsim.report.drawing import Chart, Curve, Plot, draw
from cxsim.report.findings_numbers import shown
from cxsim.report.findings_rows import Rows, Series, rows_chart
from cxsim.report.readings import NOTHING, Cell, Heading, arm_labels, cells, firm_columns, heading, labels, pairwise
from cxsim.report.worlds import worlds_note
from cxsim.results import Runs
from cxsim.scenario_check import unknown
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.results import Comparison

_AXIS = "Financial quarter"
_CUSTOMERS = "% of customers, best first"
ANYWAY = ("paired_difference", "profit", "customers_kept", "whale_curve")
"""Names of the figures that are drawn where they can be, without being asked for."""
_COLUMNS = {**FIRM_COLUMNS, **PERIOD_COLUMNS}


def comparison_plots(comparison: Comparison) -> dict[str, Plot]:
    """What the figures of a comparison show, by name, the main one first."""
    plots = {"paired_difference": _paired_difference(comparison), "profit": _arms_profit(comparison)}
    if comparison.reference.records[0].n_months >= YEAR:  # before, nobody has been a customer for 12 months
        plots["customers_kept"] = _arms_kept(comparison)
    return plots | {"whale_curve": _arms_whale(comparison)}


def run_plots(runs: Runs) -> dict[str, Plot]:
    """What the figures of a single scenario show, by name: the focal firm and its rivals."""
    about, focal = heading(runs), firm_columns(runs)[0]
    names = _firm_names(runs)
    values, footer = runs.period_values, _footer([runs], paired=False)
    profits = [values["profit"][:, : _full(runs), i] for i in range(len(names))]
    kept = [values["retention_12_months"][..., i] for i in range(len(names))]
    plots = {"profit": _profit(sentences.run_profit_title(focal, about), names, profits, about, footer)}
    if about.months >= YEAR:
        plots["customers_kept"] = _kept(sentences.run_kept_title(focal, about), names, kept, footer)
    curves = [runs.closing.whale[:, i] for i in range(len(names))]
    return plots | {"whale_curve": _whale(sentences.run_whale_title(focal, about), names, curves, about, footer)}


def known_figures() -> tuple[str, ...]:
    """Names that :func:`asked_chart` takes, and those of the figures that are drawn anyway."""
    return tuple(dict.fromkeys([*ANYWAY, *_COLUMNS, *MEASURES]))


def asked_chart(results: Runs | Comparison, name: str) -> Chart:
    """A column of firms over time, or a measure of whole runs, in every arm, or of every firm of a single scenario.

    Raises KeyError for a name that is neither.
    """
    if name not in _COLUMNS and name not in MEASURES:
        raise KeyError(unknown(name, known_figures(), "figure"))
    return draw(_course(results, name)) if name in _COLUMNS else _levels(results, name)


def _course(results: Runs | Comparison, name: str) -> Plot:
    """A column over whole quarters, or over months where it is there by month only."""
    quarterly = name in PERIOD_COLUMNS

    def take(runs: Runs) -> Array:
        return runs.period_values[name][:, : _full(runs)] if quarterly else runs.history.firm[name]

    names, arrays, about, footer = _of_each(results, take, "Band")
    words, unit = f"{name[:1].upper()}{name[1:]}".replace("_", " "), _COLUMNS[name][0]
    how = shown(np.concatenate([a.ravel() for a in arrays]).tolist(), unit, about.currency)
    when = f"in the last {'quarter' if quarterly else 'month'}"
    title = _highest(results, words, unit, names, [a[:, -1] for a in arrays], when)
    curves = tuple(_curve(n, i, how.factor * _while_all(a)) for i, (n, a) in enumerate(zip(names, arrays, strict=True)))
    what = ", ".join(filter(None, [words, how.unit]))
    if quarterly:
        return Plot(title, what, curves, _AXIS, footer)
    return Plot(title, what, curves, "Month", footer, steps=(1, 12, 24, 60, 120))


def _levels(results: Runs | Comparison, name: str) -> Chart:
    """A measure as a row of one mark with its interval for each."""
    m, k = MEASURES[name], list(MEASURES).index(name)
    names, arrays, about, footer = _of_each(results, lambda runs: runs.values[:, k], "Line")
    how = shown(np.concatenate(arrays).tolist(), m.unit, about.currency)
    e = estimate(np.stack([a * how.factor for a in arrays], axis=1))
    what = ", ".join(filter(None, [m.title, how.unit]))
    title = _highest(results, m.title, m.unit, names, arrays)
    return rows_chart(title, footer, Rows(names, what, [Series(e.mean, "o", True, e.low, e.high)], zero=False))


def _of_each(
    results: Runs | Comparison, take: Callable[[Runs], Array], mark: str
) -> tuple[list[str], list[Array], Heading, str]:
    """Names and values of the arms, or of the firms of one scenario, of which ``take`` gives (..., firms); footer."""
    if isinstance(results, Runs):
        names, values = _firm_names(results), take(results)
        each = [values[..., i] for i in range(len(names))]
        return names, each, heading(results), _footer([results], paired=False, mark=mark)
    each = [take(arm)[..., 0] for arm in results.arms]
    footer = _footer(results.arms, paired=True, told_by_pairs=True, mark=mark)
    return _arm_names(results), each, heading(results.reference), footer


def _highest(
    results: Runs | Comparison, words: str, unit: str, names: Sequence[str], last: Sequence[Array], when: str = ""
) -> str:
    """The message: what the focal firm comes to, or which arm is clearly above every other."""
    if isinstance(results, Runs):
        return sentences.level_title(words, names[0], last[0], unit, heading(results), when)
    n = len(last[0])
    differences = [[cells((one - other)[:, None])[0] for other in last] for one in last]
    pairs = [[cell if cell.n == n else NOTHING for cell in row] for row in differences]
    return sentences.highest_title(words, names, pairs, n, when)


def _paired_difference(comparison: Comparison) -> Plot:
    """Cumulative profit of every arm minus the reference's, over the same customers and the same luck."""
    names, about = _arm_names(comparison), heading(comparison.reference)
    arrays = [comparison.period_differences(i, "cumulative_profit") for i in range(1, len(names))]
    ends: list[tuple[str, Cell]] = [(name, cells(a[:, -1:])[0]) for name, a in zip(names[1:], arrays, strict=True)]
    after = f"{about.months} months" if about.months % YEAR else _years(about.months // YEAR)
    title = sentences.difference_title(ends, names[0], after, about.currency, about.replications)
    divisor, unit = _money(arrays, about.currency)
    curves = tuple(_curve(n, i + 1, a / divisor) for i, (n, a) in enumerate(zip(names[1:], arrays, strict=True)))
    than = textwrap.shorten(names[0], 36, placeholder=" ...")
    what = f"Cumulative profit minus that of {than}, {unit}"
    return Plot(title, what, curves, _AXIS, _footer(comparison.arms, paired=True), zero=True)


def _arms_profit(comparison: Comparison) -> Plot:
    """Profit per quarter of the focal firm in every arm."""
    names, about = _arm_names(comparison), heading(comparison.reference)
    whole = about.months >= YEAR
    pairs = pairwise(comparison, "profit_last_year" if whole else "cumulative_profit")
    title = sentences.leader_title("profit", names, pairs, about)
    arrays = [arm.period_values["profit"][:, : _full(arm), 0] for arm in comparison.arms]
    return _profit(title, names, arrays, about, _footer(comparison.arms, paired=True, told_by_pairs=True))


def _arms_kept(comparison: Comparison) -> Plot:
    """12-month retention of the focal firm in every arm."""
    names, about = _arm_names(comparison), heading(comparison.reference)
    title = sentences.leader_title("kept", names, pairwise(comparison, "retention_12_months"), about)
    arrays = [arm.period_values["retention_12_months"][..., 0] for arm in comparison.arms]
    return _kept(title, names, arrays, _footer(comparison.arms, paired=True, told_by_pairs=True))


def _arms_whale(comparison: Comparison) -> Plot:
    """Whale curve of the focal firm in every arm, as the runs end."""
    names, about = _arm_names(comparison), heading(comparison.reference)
    title = sentences.leader_title("unprofitable", names, pairwise(comparison, "unprofitable_share"), about)
    arrays = [arm.closing.whale[:, 0] for arm in comparison.arms]
    return _whale(title, names, arrays, about, _footer(comparison.arms, paired=True, told_by_pairs=True))


def _profit(title: str, names: Sequence[str], arrays: Sequence[Array], about: Heading, footer: str) -> Plot:
    """``arrays`` are (replications, quarters), whole quarters only, or a single shorter one."""
    divisor, unit = _money(arrays, about.currency)
    curves = tuple(_curve(n, i, a / divisor) for i, (n, a) in enumerate(zip(names, arrays, strict=True)))
    period = "per quarter" if about.months >= QUARTER else f"in {about.months} month{'s' * (about.months > 1)}"
    return Plot(title, f"Profit {period}, {unit}", curves, _AXIS, footer, zero=True)


def _kept(title: str, names: Sequence[str], arrays: Sequence[Array], footer: str) -> Plot:
    """``arrays`` are (replications, quarters), shares."""
    curves = [_curve(n, i, 100 * _while_all(a)) for i, (n, a) in enumerate(zip(names, arrays, strict=True))]
    within = tuple(replace(c, low=c.low.clip(0, 100), high=c.high.clip(0, 100)) for c in curves)
    return Plot(title, "Customers kept over the past 12 months, %", within, _AXIS, footer)


def _whale(title: str, names: Sequence[str], arrays: Sequence[Array], about: Heading, footer: str) -> Plot:
    """``arrays`` are (replications, percents), money a month; they are shown as a year's."""
    divisor, unit = _money([YEAR * a for a in arrays], about.currency)
    curves = tuple(_curve(n, i, a * (YEAR / divisor)) for i, (n, a) in enumerate(zip(names, arrays, strict=True)))
    what = f"What customers bring in a year after their own costs, added up, {unit}"
    return Plot(title, what, curves, _CUSTOMERS, footer, zero=True, shares=True)


def _arm_names(comparison: Comparison) -> list[str]:
    """Titles of the arms; their names, or places, where no font here has the signs of a title."""
    return _readable(arm_labels(comparison), comparison.labels, "arm")


def _firm_names(runs: Runs) -> list[str]:
    return _readable(runs.firms, ["focal firm", *(f"rival {k}" for k in range(1, len(runs.firms)))])


def _readable(titles: Sequence[str], names: Sequence[str], kind: str = "firm") -> list[str]:
    places = [f"{kind} {k}" for k in range(1, len(titles) + 1)]
    shown = [fonts.readable(*choice) for choice in zip(titles, names, places, strict=True)]
    return labels(shown, places)


def _full(runs: Runs) -> int:
    """Whole quarters: the profit of a shorter last one would look like a fall. One at least."""
    return max(1, runs.records[0].n_months // QUARTER)


def _curve(label: str, index: int, values: Array) -> Curve:
    """Mean and interval over runs of ``values``, shape (replications, periods)."""
    e = estimate(values)
    return Curve(label, index, e.mean, e.low, e.high)


def _while_all(values: Array) -> Array:
    """Nothing where it exists in some runs only: the mean over survivors would flatter."""
    return np.where(np.isnan(values).any(axis=0), np.nan, values)


def _money(arrays: Sequence[Array], currency: str) -> tuple[float, str]:
    largest = max((float(np.abs(a).max(initial=0.0, where=np.isfinite(a))) for a in arrays), default=0.0)
    divisor, prefix = style.money_scale(largest)
    return divisor, f"{currency} {prefix}".strip() or "money"


def _years(n: int) -> str:
    return "1 year" if n == 1 else f"{n} years"


def _footer(arms: Sequence[Runs], paired: bool, told_by_pairs: bool = False, mark: str = "Band") -> str:
    """``told_by_pairs``: the bands are the arms' own, the message follows from their paired differences.

    ``mark`` is what shows an interval.
    """
    about = heading(arms[0])
    n = about.replications
    kind = "paired runs" if paired else "runs"
    worlds = worlds_note([arm.scenario for arm in arms])
    varied = f"assumptions not varied{' within an arm' * bool(worlds)}."
    if n > 1:
        first = f"{mark}: 95 % interval of the mean over {n} {kind}; luck only, {varied}"
        first += f"\nThe title rests on paired differences, not on whether the {mark.lower()}s overlap." * told_by_pairs
    else:
        first = f"A single run has no {mark.lower()}; {varied}"
    if worlds:
        first += f"\n{worlds}"
    gone = [arm.history.firm["insolvent"][:, -1, 0].sum() for arm in arms]
    if any(gone):
        counts = ", ".join(f"{arm.label} {int(g)}" for arm, g in zip(arms, gone, strict=True) if g)
        first += f"\nOut of business in some of the {n} runs: {textwrap.shorten(counts, 80, placeholder=' and more')}."
    names = textwrap.shorten(", ".join(arm.label for arm in arms), 180, placeholder=" ...")
    runs = f"{n} run{'s' * (n > 1)}"
    origin = f"cxsim {__version__}, results v{about.results_version}, seed {about.seed}, {runs}"
    return f"{first}\nScenario{'s' * (len(arms) > 1)}: {names}\n{origin}"
