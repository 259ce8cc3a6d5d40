"""The same numbers for machines: plain data for JSON, in which what does not exist is null."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cxsim.measures import MEASURES
from cxsim.report.readings import (
    Cell,
    Column,
    arm_columns,
    financial_periods,
    firm_columns,
    firm_years,
    heading,
)
from cxsim.report.sentences import luck_note
from cxsim.report.worlds import world_differences, worlds_note
from cxsim.version import __version__

if TYPE_CHECKING:
    from cxsim.results import Comparison, Runs


def dumps(data: Any) -> str:
    """JSON in plain ASCII; raises ValueError rather than writing NaN or an infinity."""
    return json.dumps(data, indent=2, allow_nan=False)


def run_data(runs: Runs, folder: str) -> dict[str, Any]:
    """A run: measures and profit by financial period of every firm with intervals, and its financial years."""
    columns = firm_columns(runs)
    years = [
        {
            "year": name,
            "firms": [
                {"firm": column.label, "profit": _cell(p), "retention_12_months": _cell(k)}
                for column, p, k in zip(columns, profit, kept, strict=True)
            ],
        }
        for name, profit, kept in firm_years(runs)
    ]
    firms = [{"firm": column.label, **_absolute(column, runs)} for column in columns]
    return _about(runs, "run", paired=False) | {
        "scenario": _scenario(runs),
        "firms": firms,
        "years": years,
        "folder": folder,
    }


def comparison_data(comparison: Comparison, folder: str) -> dict[str, Any]:
    """A comparison: every arm's measures, and its paired differences from the reference with the payback."""
    worlds, others = _worlds(comparison), comparison.everyone
    return _about(comparison.reference, "compare", True, worlds["note"], comparison.worlds is not None) | {
        "reference": comparison.reference.label,
        "worlds": worlds,
        "sampled_worlds": _sampled(comparison),
        "arms": _arms(comparison),
        "everyone": None if others is None else _arms(others),
        "folder": folder,
    }


def _arms(comparison: Comparison) -> list[dict[str, Any]]:
    arms = []
    for column, runs in zip(arm_columns(comparison), comparison.arms, strict=True):
        arm = {"arm": column.name, **_scenario(runs), **_absolute(column, runs)}
        if column.payback is not None:
            back = column.payback
            for period, cell in zip(arm["periods"], column.profit_differences, strict=True):
                period["difference"] = _cell(cell)
            arm["differences"] = _measures(column.differences)
            arm["payback"] = {
                "quarter": back.quarter,
                "n_at_once": back.n_at_once,
                "n_never": back.n_never,
                "n": back.n,
            }
        if column.ahead:
            arm["ahead_in_sampled_worlds"] = {name: found._asdict() for name, found in column.ahead.items()}
            arm["differences_in_sampled_worlds"] = {
                name: {key: _finite(value) for key, value in gap._asdict().items()} for name, gap in column.gaps.items()
            }
            arm["lead_hangs_on"] = [decider._asdict() for decider in column.deciders]
        arms.append(arm)
    return arms


def _sampled(comparison: Comparison) -> dict[str, Any] | None:
    worlds = comparison.worlds
    if worlds is None:
        return None
    return {"n": worlds.n, "drawn": list(worlds.paths), "held": list(worlds.held)}


def _worlds(comparison: Comparison) -> dict[str, Any]:
    """Values of the world that differ between arms; the note is null and the list empty where none does."""
    scenarios = [arm.scenario for arm in comparison.arms]
    differences = [
        {
            "path": f"world.{path}",
            "arms": [
                {"arm": arm, "value": c.start, "changes": [{"month": m, "value": v} for m, v in c.changes]}
                for arm, c in zip(comparison.labels, courses, strict=True)
            ],
        }
        for path, courses in world_differences(scenarios).items()
    ]
    return {"note": worlds_note(scenarios) or None, "differences": differences}


def _about(
    runs: Runs, command: str, paired: bool, worlds: str | None = None, sampled: bool = False
) -> dict[str, Any]:
    about = heading(runs)
    note = luck_note(about.replications, paired, worlds or "", sampled)
    return {
        "cxsim": __version__,
        "results_version": about.results_version,
        "command": command,
        "rng": about.seed,
        "replications": about.replications,
        "simulated_customers": about.simulated,
        "represented_customers": _finite(about.represented),
        "months": about.months,
        "currency": about.currency,
        "intervals": f"95 %, Student's t over replications. {note}",
    }


def _scenario(runs: Runs) -> dict[str, Any]:
    s = runs.scenario
    return {"name": s.name, "title": s.title, "hash": s.hash}


def _absolute(column: Column, runs: Runs) -> dict[str, Any]:
    periods = financial_periods(runs.records[0].n_months)
    profits = [
        {"period": p.number, "year": p.year, "months": p.months, "profit": _cell(cell)}
        for p, cell in zip(periods, column.profits, strict=True)
    ]
    return {"measures": _measures(column.values), "insolvent_runs": column.insolvent, "periods": profits}


def _measures(values: Mapping[str, Cell]) -> dict[str, Any]:
    return {name: {"unit": MEASURES[name].unit, **_cell(cell)} for name, cell in values.items()}


def _cell(cell: Cell) -> dict[str, float | int | None]:
    return {"mean": _finite(cell.mean), "low": _finite(cell.low), "high": _finite(cell.high), "n": cell.n}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
