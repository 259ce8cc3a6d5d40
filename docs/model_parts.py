"""What the description of the model reads from the code: columns, the month, steps, submodels, levers."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from cxsim import company, mechanisms, model, population, record
from cxsim.engine.columns import N_NEEDS, N_SEGMENTS, Column
from cxsim.mechanisms import market
from cxsim.parameters import Group
from cxsim.scenario_check import SETTINGS
from cxsim.studies.claims.answers import answers
from cxsim.studies.claims.claim import read_claims
from markup import first_line, name_of, number, table, text, whole

KINDS = {"trait": "fixed", "state": "state", "flow": "within the step"}


def _columns(columns: Iterable[Column]) -> str:
    def bounds(c: Column) -> str:
        low, high = (number(x) if abs(x) < float("inf") else "" for x in (c.low, c.high))
        return f"{low} .. {high}" if low or high else ""

    per = {"": "", "firms": " (per firm)", "needs": " (per dimension)"}
    return table(
        ("name", "kind", "unit", "bounds", "meaning"),
        ((f"`{c.name}`", KINDS[c.kind], c.unit, bounds(c), c.meaning + per[c.per]) for c in columns),
    )


def customer_columns() -> str:
    """Columns of customers."""
    return _columns(population.CUSTOMER_COLUMNS)


def employee_columns() -> str:
    """Columns of employees."""
    return _columns(population.EMPLOYEE_COLUMNS)


def company_fields() -> str:
    """The company record: firms, silos, segments, beliefs."""
    point = "segment, dimension"
    per = {
        "ties": "firm, silo, silo that saw it", "effort": "firm, segment", "offer": f"firm, {point}",
        "belief": f"firm, silo, {point}", "segment": point,
    }  # fmt: skip
    rows = []
    for f in company.FIELDS:
        booked = f.unit == "money" and f.flow and f.name in record.FIRM_COLUMNS
        meaning = record.FIRM_COLUMNS[f.name][1] if booked else f.meaning
        rows.append((f"`{f.name}`", per.get(f.per, f.per), "flow" if f.flow else "state", f.unit, meaning))
    return table(("name", "per", "kind", "unit", "meaning"), rows)


def scales() -> str:
    """How many there are of each, and how long things take, in a scenario that says nothing else."""
    low, high = population.MIN_TIES, population.MAX_TIES
    rows = (
        ("simulated customers", SETTINGS["customers"].default, "people of the pool, with a firm or without"),
        ("people they stand for", number(market.WORLD.parameters[0].default), "`world.market.represents`"),
        ("ties of a customer", f"{low} to {high}", "people who hear what she tells"),
        ("firms", f"1 to {population.MAX_FIRMS}", "the focal one and its rivals"),
        ("silos", len(record.SILOS), "in each firm: " + ", ".join(record.SILOS)),
        ("filled seats", SETTINGS["employees"].default, "in each silo at the start; up to three times as many later"),
        ("segments", N_SEGMENTS, "of the market"),
        ("dimensions of need", N_NEEDS, "of which customers cannot state the last"),
        ("classes of pain points", company.N_CLASSES, "by severity"),
        ("step", "1 month", "a part of one where `steps_per_month` says so"),
        ("financial period", "3 months", "a quarter; firms decide in its first month"),
        ("warm-up", f"{model.WARM_UP_MONTHS} months", "lived before month 1, under default policies"),
        ("horizon", f"{SETTINGS['horizon_months'].default} months", "`horizon_months`"),
    )
    return table(("what", "how many", "which"), rows)


def luck() -> str:
    """The numbered draws of people."""
    draws = [(n, v) for n, v in vars(population).items() if n.startswith(("LUCK_", "STAFF_"))]
    who = {"LUCK": "customer", "STAFF": "employee"}
    rows = ((who[n.split("_")[0]], v, n.split("_", 1)[1].lower()) for n, v in draws)
    return table(("who", "draw", "decides on"), rows)


def _calls(stage: Any) -> Iterator[str]:
    """What a stage of the month runs: ``module.function`` of mechanisms, and decisions of firms; in order."""
    names = {m.__name__.rpartition(".")[2]: m for m in _modules()}
    body = ast.parse(textwrap.dedent(inspect.getsource(stage)))
    named = [n for n in ast.walk(body) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)]
    for node in sorted(named, key=lambda n: (n.lineno, n.col_offset)):  # called, or handed on to be run as one
        assert isinstance(node.value, ast.Name)
        owner, name = node.value.id, node.attr
        if owner in names and callable(getattr(names[owner], name)):
            yield f"`{owner}.{name}`: {first_line(getattr(names[owner], name))}"
        elif owner == "firm" and name == "decide":
            yield "`Firm.decide`, `Silo.decide`: " + first_line(vars(model.Firm)["decide"])
        elif owner == "self" and name.startswith("_") and hasattr(model.CXModel, name):
            yield from _calls(vars(model.CXModel)[name])


def _modules() -> Iterator[ModuleType]:
    """The modules of mechanisms, in the order of the documentation, then the tally, which has no parameters."""
    yield from mechanisms.MODULES
    yield sys.modules["cxsim.mechanisms.tally"]


def month() -> str:
    """The stages of a month."""
    rows = []
    for k, (title, stage) in enumerate(model.MONTH, 1):
        runs = list(_calls(stage))
        if stage is vars(model.CXModel)["_customers"]:
            runs.insert(1, "the steps of the next table")  # between what a block hears and what it adds up to
        rows.append((k, title, "<br>".join(runs)))
    return table(("", "stage", "what runs"), rows)


def customer_steps() -> str:
    """The steps that customers live through within a month."""
    rows = ((k, f"`{name_of(s)}`", first_line(s)) for k, s in enumerate(model.CUSTOMER_STEPS, 1))
    return table(("", "step", "what it does"), rows)


def _groups(module: ModuleType) -> list[Group]:
    return [g for side in ("WORLD", "POLICY") if isinstance(g := getattr(module, side, None), Group)]


def submodels() -> str:
    """Each mechanism: what its module says, its steps, the columns it reads and writes, its parameters."""
    parts = []
    steps = {name_of(s) for s in model.CUSTOMER_STEPS}
    for k, module in enumerate(mechanisms.MODULES, 1):
        name = module.__name__.rpartition(".")[2]
        head, _, rest = text(module.__doc__).partition("\n\n")
        lines = [f"### {k}. `{name}`", "", f"**{' '.join(head.split())}**"]
        lines += ["", rest] if rest else []
        own = [f for f in vars(module).values() if callable(f) and getattr(f, "__module__", "") == module.__name__]
        for f in (f for f in own if inspect.isfunction(getattr(f, "py_func", f)) and not f.__name__.startswith("_")):
            where = "customer" if name_of(f) in steps else "firm"
            lines += ["", f"- `{name_of(f)}` ({where}): {whole(f)}"]
        for label, columns in (("Reads", module.READS), ("Writes", module.WRITES)):
            if columns:
                lines += ["", f"{label} " + ", ".join(f"`{c}`" for c in columns) + "."]
        given = ", ".join(f"`{g.path(p)}` ({number(p.default)})" for g in _groups(module) for p in g.parameters)
        lines += ["", f"Parameters: {given}." if given else "No parameters."]
        lines += ["", f"About claims: {', '.join(module.CLAIMS)}."] if module.CLAIMS else []
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def claims_map() -> str:
    """Every claim of the articles with the levers, mechanisms and measures that answer it."""
    claims = read_claims()
    rows = []
    for key, answer in answers(claims).items():
        levers = (path.removeprefix("policy.") for path in answer.levers)
        cells = (", ".join(f"`{name}`" for name in names) for names in (levers, answer.mechanisms, answer.measures))
        rows.append((key, claims[key].about, claims[key].text, *cells))
    return table(("id", "about", "claim", "levers", "mechanisms", "measures"), rows)


def levers() -> str:
    """Every lever with the channel by which it helps and the one by which it hurts."""
    rows = [
        (f"`{g.heading}.{p.name}`", number(p.default), p.unit, p.helps, p.hurts)
        for g in mechanisms.GROUPS if g.side == "policy" for p in g.parameters
    ]  # fmt: skip
    return table(("lever", "default", "unit", "helps", "hurts"), rows)
