"""Write the generated documentation from the code: ``python docs/generate.py``, or ``--check`` whether it is current.

The prose stands in ``docs/templates``. A line ``<!-- generate: name -->`` there is replaced by what the function
``name`` below reads from the declarations; the result is written to ``docs``, to be read without running anything.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import cxsim
from cxsim import company, mechanisms, model, population, record
from cxsim.engine.columns import Column
from cxsim.parameters import Group, Parameter
from cxsim.report import ledger_page
from cxsim.scenario import STRUCTURAL, shipped
from cxsim.scenario_check import SETTINGS

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
PAGES = ("model.md", "parameters.md", "measures.md", "claims.md")
LEDGER = HERE / "claims.json"  # written by: cxsim claims --json
MARK = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)
KINDS = {"trait": "fixed", "state": "state", "flow": "within the step"}


def number(x: float) -> str:
    """A number as a scenario file may write it: 400000, 0.47, 1e+09."""
    return f"{int(x)}" if float(x).is_integer() and abs(x) < 1e9 else f"{x:g}"


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; bars within cells are escaped."""
    lines = [tuple(head)]
    lines += [("---",) * len(lines[0]), *(tuple(str(x).replace("|", r"\|") for x in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def text(doc: str | None) -> str:
    """A docstring as Markdown: code in single backticks, references as code, signs of markup escaped."""
    out = inspect.cleandoc(doc or "")
    out = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", out).replace("``", "`")
    return re.sub(r"(?<= )\*(?= )|<", r"\\\g<0>", out)  # emphasis stays, signs of arithmetic are kept from it


def first_line(function: Any) -> str:
    """First sentence of a function's docstring; compiled steps carry the Python function within."""
    return " ".join(text(getattr(function, "py_func", function).__doc__).split("\n\n")[0].split())


def whole(function: Any) -> str:
    """A function's docstring in one paragraph."""
    return " ".join(text(getattr(function, "py_func", function).__doc__).split())


def name_of(function: Any) -> str:
    """``module.function`` of a step."""
    plain = getattr(function, "py_func", function)
    return f"{plain.__module__.rpartition('.')[2]}.{plain.__name__}"


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
    per = {"effort": "firm, segment", "offer": f"firm, {point}", "belief": f"firm, silo, {point}", "segment": point}
    rows = []
    for f in company.FIELDS:
        booked = f.unit == "money" and f.flow and f.name in record.FIRM_COLUMNS
        meaning = record.FIRM_COLUMNS[f.name][1] if booked else f.meaning
        rows.append((f"`{f.name}`", per.get(f.per, f.per), "flow" if f.flow else "state", f.unit, meaning))
    return table(("name", "per", "kind", "unit", "meaning"), rows)


def luck() -> str:
    """The numbered draws of people."""
    draws = [(n, v) for n, v in vars(population).items() if n.startswith(("LUCK_", "STAFF_"))]
    who = {"LUCK": "customer", "STAFF": "employee"}
    rows = ((who[n.split("_")[0]], v, n.split("_", 1)[1].lower()) for n, v in draws)
    return table(("who", "draw", "decides on"), rows)


def _calls(stage: Any) -> Iterator[str]:
    """What a stage of the month calls: ``module.function`` of mechanisms, and decisions of firms; in order."""
    names = {m.__name__.rpartition(".")[2]: m for m in _modules()}
    body = ast.parse(textwrap.dedent(inspect.getsource(stage)))
    calls = [n for n in ast.walk(body) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    for call in sorted(calls, key=lambda n: (n.lineno, n.col_offset)):
        function = call.func
        assert isinstance(function, ast.Attribute)
        if not isinstance(function.value, ast.Name):
            continue
        owner, name = function.value.id, function.attr
        if owner in names and hasattr(getattr(names[owner], name), "__doc__"):
            yield f"`{owner}.{name}`: {first_line(getattr(names[owner], name))}"
        elif owner == "firm" and name == "decide":
            yield "`Firm.decide`, `Silo.decide`: " + first_line(vars(model.Firm)["decide"])
        elif owner == "self" and name != "_block" and name.startswith("_") and hasattr(model.CXModel, name):
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
            runs.insert(0, "the steps of the next table, block by block, and `tally.count`")
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
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def levers() -> str:
    """Every lever with the channel by which it helps and the one by which it hurts."""
    rows = [
        (f"`{g.heading}.{p.name}`", number(p.default), p.unit, p.helps, p.hurts)
        for g in mechanisms.GROUPS if g.side == "policy" for p in g.parameters
    ]  # fmt: skip
    return table(("lever", "default", "unit", "helps", "hurts"), rows)


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
    }
    return tuple(cells[name] for name in columns)


def _parameters(side: str) -> str:
    plausible = ("plausible",) if side == "world" else ()
    head = ("path", "default", "unit", "permitted", *plausible, "meaning", "source")
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
    head = ("measure", "title", "unit", "formula", "better", "source")
    rows = (
        (f"`{m.name}`", m.title, m.unit, m.formula, m.better or "depends", m.source)
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


@cache
def ledger() -> ledger_page.Page:
    """The claims of the articles as they are written down, and the ledger as it was last run. Raises LookupError."""
    return ledger_page.read(LEDGER.read_text(encoding="utf-8"))


def claims_run() -> str:
    """With what the ledger was run, and how it came out."""
    return ledger_page.about(ledger())


def claims_verdicts() -> str:
    """Every claim with its verdict."""
    return table(*ledger_page.verdicts(ledger()))


def claims_tests() -> str:
    """Every test of every claim that can be tested."""
    return table(*ledger_page.tests(ledger()))


def claims_arms() -> str:
    """The arms of every claim that can be tested."""
    return table(*ledger_page.arms(ledger()))


def claims_missing() -> str:
    """Claims that cannot be tested, and what is missing."""
    return table(*ledger_page.missing(ledger()))


def smallest_effects() -> str:
    """The smallest effect that matters, by measure."""
    return table(*ledger_page.smallest(ledger()))


def versions() -> str:
    """What this text describes."""
    return f"This describes cxsim {cxsim.__version__}, results version {record.RESULTS_VERSION}."


GENERATORS: dict[str, Callable[[], str]] = {
    f.__name__: f
    for f in (
        customer_columns, employee_columns, company_fields, luck, month, customer_steps, submodels, levers, world,
        policy, settings, counts, scenarios, measures, period_columns, firm_columns, silo_columns, versions,
        claims_run, claims_verdicts, claims_tests, claims_arms, claims_missing, smallest_effects,
    )
}  # fmt: skip


def render(page: str) -> str:
    """The text of a page. Raises KeyError for a mark that no function here answers."""
    template = (TEMPLATES / page).read_text(encoding="utf-8")
    note = f"<!-- Written by docs/generate.py from docs/templates/{page} and the code: change those, then run it. -->"
    return note + "\n\n" + MARK.sub(lambda m: GENERATORS[m[1]](), template)


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with ``--check`` say which are stale; 1 where one is."""
    stale = []
    for page in PAGES:
        target, wanted = HERE / page, render(page)
        if not target.exists() or target.read_text(encoding="utf-8") != wanted:
            stale.append(page)
            if "--check" not in arguments:
                target.write_text(wanted, encoding="utf-8", newline="\n")
    if "--check" in arguments and stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run python docs/generate.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
