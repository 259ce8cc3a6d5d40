"""A scenario file to start from: it runs as it is, and shows what may be written in it, with units and ranges.

What it says of settings, assumptions and levers is read from their declarations. A line that begins with ``##``
explains; one that begins with a single ``#`` is an example, and taking that sign away puts it in force.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator

from cxsim.parameters import Parameter
from cxsim.scenario import DEFAULT, STRUCTURAL, Scenario, load, shipped
from cxsim.scenario_check import SETTINGS, bounds, show
from cxsim.scenario_files import MAX_RIVALS
from cxsim.yaml_dump import quoted

BASE = "baseline"
_WIDTH, _COLUMN = 100, 40


def template(title: str = "My scenario", file: str = "my_scenario.yaml") -> str:
    """The text of a new scenario called ``title`` that extends the baseline; ``file`` is its name in explanations.

    Any of the examples in it, with the headings above it, gives a valid scenario, and so do all of them together.
    """
    return "\n".join(_lines(title, file)) + "\n"


def _lines(title: str, file: str) -> Iterator[str]:
    base = load(BASE)
    others = ", ".join(name for name in shipped(parts=True) if name != BASE)
    yield from _prose(
        f"This scenario says what is different from the one that it extends. Every value: cxsim describe {file}. "
        f"Try it: cxsim compare {BASE} {file}. A line like this one explains. A line that begins with a single # is an "
        "example: to use it, take away its # and that of the headings above it, and put in your own number."
    )
    yield f"title: {quoted(title)}"
    yield "question: What is this scenario to find out?"
    yield "#description: What is assumed here, and why."
    yield ""
    yield from _prose(f"The name of a shipped scenario or the path of a file, or a list of them. Shipped: {others}.")
    yield f"extends: {BASE}"
    yield ""
    yield from _prose("How much is simulated: more people or runs make less noise, not another market.")
    for name, p in SETTINGS.items():
        yield from _example("", name, getattr(base, name), p)
    yield from _side(
        base, "policy", [path for path, _ in base.catalogue.paths("policy")],
        f"Levers, which management decides on. These are all, with the values of {BASE}.",
    )  # fmt: skip
    n = sum(1 for _ in base.catalogue.paths("world"))
    yield from _side(
        base, "world", _often_set("world"),
        f"Assumptions, on which management does not decide. These are the ones that shipped scenarios change, with the "
        f"values of {BASE}; cxsim describe {BASE} shows all {n}. Arms of a comparison should have the same.",
    )  # fmt: skip
    yield from _firms_and_dates(base)


def _often_set(side: str) -> list[str]:
    """Paths of one side that shipped scenarios set, those first that most of them do."""
    found: Counter[str] = Counter()
    for name in shipped(parts=True):
        origin = load(name).origin
        found.update(path for path, place in origin.items() if path.startswith(f"{side}.") and place != DEFAULT)
    return [path for path, _ in found.most_common()]


def _prose(text: str, indent: int = 0) -> Iterator[str]:
    mark = "## " + " " * max(indent - 2, 0)
    yield from textwrap.wrap(text, _WIDTH, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False)


def _example(indent: str, name: str, value: float, p: Parameter) -> Iterator[str]:
    """A value with its range, below its meaning."""
    yield from _prose(p.meaning, len(indent))
    yield f"{f'#{indent}{name}: {show(float(value))}':<{_COLUMN}}# {bounds(p)}"


def _side(base: Scenario, side: str, paths: list[str], about: str) -> Iterator[str]:
    yield ""
    yield from _prose(about)
    yield f"#{side}:"
    for heading, parameters in base.catalogue.sides[side].items():
        chosen = [p for p in parameters.values() if f"{side}.{heading}.{p.name}" in paths]
        if chosen:
            yield f"#  {heading}:"
        for p in chosen:
            yield from _example(" " * 4, p.name, base.value(f"{side}.{heading}.{p.name}"), p)


def _firms_and_dates(base: Scenario) -> Iterator[str]:
    """Rivals and dated changes of the levers and the assumption that shipped scenarios set most."""
    one, other = (_elsewhere(base, path) for path in _often_set("policy")[:2])
    world = next(_elsewhere(base, path) for path in _often_set("world") if path not in STRUCTURAL)
    first, second, third = (base.horizon_months * k // 5 + 1 for k in (1, 2, 3))
    yield ""
    yield from _prose(
        f"Rivals, at most {MAX_RIVALS}. Without this key there is one, with the declared defaults; 'rivals: []' is a "
        "market without any. What a rival extends are levers: of a scenario, or 'focal', those of this file's own firm."
    )
    yield from _block(
        "rivals:", "  - title: Follower", f"    extends: {BASE}", f"    {one}", "  - title: Twin", "    extends: focal"
    )
    yield ""
    yield from _prose(
        "Dated changes hold from the start of their month, 1 being the first; over_months makes a ramp. Without 'firm' "
        "it is this file's own firm whose levers change."
    )
    yield from _block("timeline:", f"  - month: {first}", "    over_months: 6", f"    {other}")
    yield from _block(
        f"  - month: {second}", "    firm: Follower", f"    {other}", f"  - month: {third}", f"    {world}"
    )


def _block(*lines: str) -> Iterator[str]:
    for line in lines:
        yield f"#{line}"


def _elsewhere(base: Scenario, path: str) -> str:
    """``path`` as YAML on one line, with a value half-way to the bound that is farther from its present one."""
    side, heading, name = path.split(".")
    p, now = base.catalogue.parameter(path), base.value(path)
    far = max((p.low, p.high), key=lambda bound: abs(bound - now))
    value = float(f"{(now + far) / 2:.2g}")
    return f"{side}: {{{heading}: {{{name}: {show(float(round(value)) if p.integer else value)}}}}}"
