"""The figures of a run and of a comparison, each with one message as its title.

Every function returns ``{file name: content}`` with an SVG and a PNG. Bands are 95 % intervals of the mean
over runs: they hold luck only, and the footer says so.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cxsim.intervals import estimate
from cxsim.measures import QUARTER, YEAR, Array
from cxsim.report import sentences, style
from cxsim.report.drawing import Curve, Panel, figure_bytes
from cxsim.report.readings import Cell, arm_labels, cells, firm_columns, heading, pairwise
from cxsim.report.worlds import worlds_note
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.results import Comparison, Runs

_AXIS = "Financial quarter"
_KEPT = "Customers kept over the past 12 months, %"


def comparison_figures(comparison: Comparison) -> dict[str, bytes]:
    """Both figures of a comparison."""
    return loyalty_and_profit(comparison) | paired_difference(comparison)


def run_figures(runs: Runs) -> dict[str, bytes]:
    """The figure of a single scenario: loyalty and profit of the focal firm and its rivals."""
    about = heading(runs)
    focal = firm_columns(runs)[0]
    title = sentences.run_title(focal, about)
    panels = _two_panels(
        runs.firms, [(runs.period_values, i) for i in range(len(runs.firms))], about.currency, _full(runs)
    )
    return figure_bytes("loyalty_and_profit", title, panels, _AXIS, _footer([runs], paired=False))


def loyalty_and_profit(comparison: Comparison) -> dict[str, bytes]:
    """12-month retention and profit per quarter of the focal firm in every arm."""
    names, about = arm_labels(comparison), heading(comparison.reference)
    kept, profit = (pairwise(comparison, m) for m in ("retention_12_months", "profit_last_year"))
    title = sentences.loyalty_and_profit_title(names, kept, profit, about.replications, about.last_year)
    full = _full(comparison.reference)
    panels = _two_panels(names, [(arm.period_values, 0) for arm in comparison.arms], about.currency, full)
    return figure_bytes("loyalty_and_profit", title, panels, _AXIS, _footer(comparison.arms, paired=True))


def paired_difference(comparison: Comparison) -> dict[str, bytes]:
    """Cumulative profit of every arm minus the reference's, over the same customers and the same luck."""
    names, about = arm_labels(comparison), heading(comparison.reference)
    arrays = [comparison.period_differences(i, "cumulative_profit") for i in range(1, len(names))]
    ends: list[tuple[str, Cell]] = [(name, cells(a[:, -1:])[0]) for name, a in zip(names[1:], arrays, strict=True)]
    after = f"{about.months} months" if about.months % YEAR else _years(about.months // YEAR)
    title = sentences.difference_title(ends, names[0], after, about.currency, about.replications)
    divisor, unit = _money(arrays, about.currency)
    curves = tuple(_curve(n, i + 1, a / divisor) for i, (n, a) in enumerate(zip(names[1:], arrays, strict=True)))
    panel = Panel(f"Cumulative profit minus that of {names[0]}, {unit}", curves, zero="include")
    return figure_bytes("paired_difference", title, [panel], _AXIS, _footer(comparison.arms, paired=True))


def _two_panels(
    names: Sequence[str], columns: Sequence[tuple[dict[str, Array], int]], currency: str, full: int
) -> list[Panel]:
    """``columns`` are pairs of period columns and the firm to take; ``full`` counts whole quarters."""
    kept = [100 * values["retention_12_months"][..., firm] for values, firm in columns]
    profit = [values["profit"][..., :full, firm] for values, firm in columns]
    divisor, unit = _money(profit, currency)
    return [
        Panel(
            _KEPT,
            tuple(_curve(n, i, _while_all(a)) for i, (n, a) in enumerate(zip(names, kept, strict=True))),
        ),
        Panel(
            f"Profit per quarter, {unit}",
            tuple(_curve(n, i, a / divisor) for i, (n, a) in enumerate(zip(names, profit, strict=True))),
            zero="mark",
        ),
    ]


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


def _footer(arms: Sequence[Runs], paired: bool) -> str:
    about = heading(arms[0])
    n = about.replications
    kind = "paired runs" if paired else "runs"
    worlds = worlds_note([arm.scenario for arm in arms])
    varied = f"not varied{' within an arm' * bool(worlds)}."
    if n > 1:
        first = f"Bands: 95 % interval of the mean over {n} {kind}. "
        first += f"They hold luck only; assumptions were {varied}"
    else:
        first = f"A single run has no band. The assumptions of the world were {varied}"
    if worlds:
        first += f"\n{worlds}"
    gone = [arm.history.firm["insolvent"][:, -1, 0].sum() for arm in arms]
    if any(gone):
        counts = ", ".join(f"{arm.label} {int(g)}" for arm, g in zip(arms, gone, strict=True) if g)
        first += f"\nOut of business (of {n} runs): {textwrap.shorten(counts, 80, placeholder=' ...')}."
        first += " A cross: from here on, some runs have no value."
    names = textwrap.shorten(", ".join(arm.label for arm in arms), 180, placeholder=" ...")
    runs = f"{n} run{'s' * (n > 1)}"
    origin = f"cxsim {__version__}, results v{about.results_version}, seed {about.seed}, {runs}"
    return f"{first}\nScenario{'s' * (len(arms) > 1)}: {names} | {origin}"
