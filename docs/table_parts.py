"""What the pages of parameters, measures and claims read from the code, and from the ledger as it was last run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cxsim
from cxsim import mechanisms, record
from cxsim.parameters import Parameter
from cxsim.report import ledger_page
from cxsim.scenario import STRUCTURAL, shipped
from cxsim.scenario_check import SETTINGS
from markup import number, table

LEDGER = Path(__file__).parent / "claims.json"  # written by: cxsim claims --json


def _row(path: str, p: Parameter, *columns: str) -> tuple[str, ...]:
    scale = " (log)" if p.scale == "log" else ""
    cells = {
        "path": f"`{path}`",
        "default": number(p.default),
        "unit": p.unit,
        "permitted": f"{number(p.low)} .. {number(p.high)}",
        "plausible": f"{number(p.range[0])} .. {number(p.range[1])}{scale}" if p.range else "not sampled",
        "meaning": p.meaning + (" Fixed for a whole run." if path in STRUCTURAL else ""),
        "source": p.source,
        "claims": ", ".join(p.claims),
    }
    return tuple(cells[name] for name in columns)


def _parameters(side: str) -> str:
    plausible, claims = (("plausible",), ()) if side == "world" else ((), ("claims",))
    head = ("path", "default", "unit", "permitted", *plausible, "meaning", "source", *claims)
    return "\n\n".join(
        f"### {side}.{g.heading}\n\n" + table(head, (_row(g.path(p), p, *head) for p in g.parameters))
        for g in mechanisms.GROUPS
        if g.side == side
    )


def world() -> str:
    """All assumptions."""
    return _parameters("world")


def policy() -> str:
    """All levers."""
    return _parameters("policy")


def settings() -> str:
    """Whole numbers at the top of a scenario."""
    head = ("path", "default", "unit", "permitted", "meaning")
    return table(("key", *head[1:]), (_row(path, p, *head) for path, p in SETTINGS.items()))


def counts() -> str:
    """How many parameters there are, and which state no published source."""
    about_world = [p for g in mechanisms.GROUPS if g.side == "world" for p in g.parameters]
    n_levers = sum(len(g.parameters) for g in mechanisms.GROUPS if g.side == "policy")
    assumed = sum(p.source.startswith("assumption") for p in about_world)
    return (
        f"There are {len(about_world)} assumptions about the world and {n_levers} levers. Of the assumptions, "
        f'{assumed} say "assumption" and why; the others name a source for the default.'
    )


def scenarios() -> str:
    """The shipped scenarios."""
    rows = []
    for name in shipped():
        s = cxsim.load(name)
        rows.append((f"[`{name}`](../scenarios/{name}.yaml)", s.title, s.question))
    return table(("name", "title", "question"), rows)


def measures() -> str:
    """Every measure with formula, direction and source."""
    head = ("measure", "title", "unit", "formula", "better", "source", "claims")
    rows = (
        (f"`{m.name}`", m.title, m.unit, m.formula, m.better or "depends", m.source, ", ".join(m.claims))
        for m in cxsim.measures.MEASURES.values()
    )
    return table(head, rows)


def period_columns() -> str:
    """The table over financial periods."""
    return table(("column", "unit", "meaning"), ((f"`{c}`", *w) for c, w in cxsim.measures.PERIOD_COLUMNS.items()))


def firm_columns() -> str:
    """The monthly table of firms."""
    return table(("column", "unit", "meaning"), ((f"`{c}`", *w) for c, w in record.FIRM_COLUMNS.items()))


def silo_columns() -> str:
    """The monthly table of silos."""
    return table(("column", "unit", "meaning"), ((f"`{c}`", *w) for c, w in record.SILO_COLUMNS.items()))


def segment_columns() -> str:
    """The table of segments at the end."""
    return table(("column", "unit", "meaning"), ((f"`{c}`", *w) for c, w in record.SEGMENT_COLUMNS.items()))


def whale_columns() -> str:
    """The table of the whale curve."""
    return table(("column", "unit", "meaning"), ((f"`{c}`", *w) for c, w in record.WHALE_COLUMNS.items()))


@cache
def _ledger() -> ledger_page.Page:
    """The claims of the articles as they are written down, and the ledger as it was last run. Raises LookupError."""
    return ledger_page.read(LEDGER.read_text(encoding="utf-8"))


def claims_run() -> str:
    """With what the ledger was run, and how it came out."""
    return ledger_page.about(_ledger())


def claims_verdicts() -> str:
    """Every claim with its verdict."""
    return table(*ledger_page.verdicts(_ledger()))


def claims_tests() -> str:
    """Every test of every claim that can be tested."""
    return table(*ledger_page.tests(_ledger()))


def claims_arms() -> str:
    """The arms of every claim that can be tested."""
    return table(*ledger_page.arms(_ledger()))


def claims_missing() -> str:
    """Claims that cannot be tested, and what is missing."""
    return table(*ledger_page.missing(_ledger()))


def smallest_effects() -> str:
    """The smallest effect that matters, by measure."""
    return table(*ledger_page.smallest(_ledger()))


def versions() -> str:
    """What this text describes."""
    return f"This describes cxsim {cxsim.__version__}, results version {record.RESULTS_VERSION}."
