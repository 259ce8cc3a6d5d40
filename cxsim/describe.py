"""What a scenario says, in full: every value with unit, bounds, plausible range, source and the place that set it."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from cxsim.parameters import Parameter
from cxsim.scenario import Change, Scenario, ScenarioError
from cxsim.scenario_check import SETTINGS, SIDES, flatten, nearest, show
from cxsim.scenario_timeline import Values
from cxsim.scenario_use import Code
from cxsim.yaml_source import shorten

WIDTH = 100
_HEADINGS = {"world": "assumptions: what management cannot decide", "policy": "levers of the focal firm"}


def describe(scenario: Scenario, only: str = "") -> str:
    """Every resolved value by heading, in lines of at most 100 characters where names and places allow.

    With ``only``, the values whose path, meaning or source has these letters. Raises ScenarioError where none has.
    """
    return "\n".join(_found(scenario, only) if only else _lines(scenario)) + "\n"


def describe_data(scenario: Scenario, only: str = "") -> dict[str, Any]:
    """The same as JSON-able data: texts, ``values`` (one entry per value), ``rivals`` and ``timeline``."""
    wanted = _wanted(scenario, only)
    values = [_entry(scenario, path, p, value, "") for path, p, value in _values(scenario) if path in wanted]
    changes = [
        {
            "month": c.month,
            "over_months": c.over_months,
            "firm": c.firm,
            "world": dict(flatten(c.world, "world")),
            "policy": dict(flatten(c.policy, "policy")),
            "set_by": origin(scenario, f"timeline[{i}]"),
        }
        for i, c in enumerate(scenario.timeline)
    ]
    return {
        "name": scenario.name,
        "hash": scenario.hash,
        "title": scenario.title,
        "question": scenario.question,
        "description": scenario.description,
        "currency": scenario.currency,
        "code": [_code_entry(scenario, path, code) for path, code in _own_code(scenario)],
        "values": values,
        "rivals": [
            {"title": r.title, "values": _entries(scenario, "policy", r.policy, f"rivals[{i}].")}
            for i, r in enumerate(scenario.rivals)
        ],
        "timeline": changes,
    }


def describe_html(scenario: Scenario) -> str:
    """Title, question and the values that differ from their defaults, as HTML; every text is escaped."""
    rows = [("path", "value", "unit", "default", "set by")]
    for one in describe_data(scenario)["values"]:
        if one["value"] != one["default"]:
            value, default = (show(float(one[name])) for name in ("value", "default"))
            rows.append((one["path"], value, one["unit"], default, one["set_by"]))
    n_rivals, n_changes = len(scenario.rivals), len(scenario.timeline)
    market = f"{n_rivals} rival{'s' * (n_rivals != 1)}, {n_changes} change{'s' * (n_changes != 1)} over time"
    about = f"{scenario.name}, hash {scenario.hash}; {market}"
    parts = [f"<p><b>{html.escape(scenario.title)}</b> ({html.escape(about)})</p>"]
    parts += [f"<p>{html.escape(scenario.question)}</p>"] if scenario.question else []
    parts.append(_html_table(rows) if len(rows) > 1 else "<p>All defaults.</p>")
    return '<div class="cxsim">\n' + "\n".join(parts) + "\n</div>"


def _values(scenario: Scenario) -> Iterator[tuple[str, Parameter, float]]:
    """Path, declaration and value of every setting, assumption and lever of the focal firm."""
    for name, p in SETTINGS.items():
        yield name, p, getattr(scenario, name)
    for side in SIDES:
        for path, value in flatten(getattr(scenario, side), side):
            yield path, scenario.catalogue.parameter(path), value


def _wanted(scenario: Scenario, only: str) -> dict[str, tuple[Parameter, float]]:
    """The values of which a text has the letters ``only``, by path. Raises ScenarioError where none has."""
    sought = only.casefold()
    found = {
        path: (p, value)
        for path, p, value in _values(scenario)
        if sought in " ".join((path, p.meaning, p.source, p.helps, p.hurts)).casefold()
    }
    if not found:
        names = {path.rpartition(".")[2]: path for path, _, _ in _values(scenario)}
        near = nearest(only, names)
        hint = f"; did you mean {near}?" if near else ""
        raise ScenarioError(f"no value of {scenario.name} has {shorten(only)} in its name, meaning or source{hint}")
    return found


def _found(scenario: Scenario, only: str) -> Iterator[str]:
    """The lines of the values found, by heading."""
    before = ""
    for path, (p, value) in _wanted(scenario, only).items():
        heading = path.rpartition(".")[0] or "SETTINGS"
        if heading != before:
            yield f"\n{heading}" if before else heading
            before = heading
        yield from _value(scenario, path, p, value, "")


def _html_table(rows: Sequence[Sequence[str]]) -> str:
    """The first row holds the headings."""
    style = "text-align: left; padding: .1em .6em"
    lines = []
    for k, row in enumerate(rows):
        cell = "td" if k else "th"
        texts = "".join(f'<{cell} style="{style}">{html.escape(text)}</{cell}>' for text in row)
        lines.append(f"<tr>{texts}</tr>")
    return '<table style="border-collapse: collapse">\n' + "\n".join(lines) + "\n</table>"


def _own_code(scenario: Scenario) -> Iterator[tuple[str, Code]]:
    """Code of one's own, with the key that names it."""
    for code in scenario.use:
        yield "use", code
    for i, rule in enumerate((scenario.decide, *(r.decide for r in scenario.rivals))):
        if rule:
            yield f"rivals[{i - 1}].decide" if i else "decide", rule


def _code_entry(scenario: Scenario, path: str, code: Code) -> dict[str, Any]:
    told: dict[str, Any] = {"path": path, "name": code.spec, "sha256": code.sha256, "set_by": origin(scenario, path)}
    about = " ".join((code.what.__doc__ or "").split("\n\n")[0].split())
    if path == "use":
        told |= {"after": code.what.AFTER, "writes": [*code.what.WRITES]}
    return told | {"meaning": about}


def _entries(scenario: Scenario, side: str, values: Values, prefix: str) -> list[dict[str, Any]]:
    return [
        _entry(scenario, path, scenario.catalogue.parameter(path), value, prefix)
        for path, value in flatten(values, side)
    ]


def _entry(scenario: Scenario, path: str, p: Parameter, value: float, prefix: str) -> dict[str, Any]:
    return {
        "path": prefix + path,
        "value": value,
        "default": p.default,
        "unit": p.unit,
        "low": p.low,
        "high": p.high,
        "range": None if p.range is None else list(p.range),
        "scale": None if p.range is None else p.scale,
        "meaning": p.meaning,
        "helps": p.helps,
        "hurts": p.hurts,
        "source": p.source,
        "claims": list(p.claims),
        "set_by": origin(scenario, prefix + path),
    }


def origin(scenario: Scenario, path: str) -> str:
    """The place that set ``path``: ``file:line``, ``default`` or ``replace()``."""
    return scenario.origin.get(path) or scenario.origin.get(path.partition("[")[0], "")


def _lines(scenario: Scenario) -> Iterator[str]:
    yield scenario.title
    yield f"{scenario.name}, hash {scenario.hash}, money in {scenario.currency}"
    if scenario.question:
        yield from textwrap.wrap(scenario.question, WIDTH)
    for paragraph in scenario.description.split("\n") if scenario.description else ():
        yield from textwrap.wrap(paragraph, WIDTH) or [""]
    if any(_own_code(scenario)):
        yield "\nADDED  code of your own; what its file says is part of the hash"
    for path, code in _own_code(scenario):
        entry = _code_entry(scenario, path, code)
        yield from _placed(f"  {path:<16} {code.spec}", entry["set_by"])
        effects = ", ".join(entry.get("writes", ())) or "nothing"
        place = f" Follows {entry['after']}, changes {effects}." if path == "use" else ""
        about = f"{entry['meaning']}{place} SHA-256 {code.sha256[:12]}"
        yield from textwrap.wrap(about.strip(), WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    yield ""
    yield "SETTINGS"
    for name, p in SETTINGS.items():
        yield from _value(scenario, name, p, getattr(scenario, name), "")
    for side in SIDES:
        yield ""
        yield f"{side.upper()}  {_HEADINGS[side]}"
        values = scenario.world if side == "world" else scenario.policy
        for heading, below in values.items():
            yield f"\n{side}.{heading}"
            for name, value in below.items():
                path = f"{side}.{heading}.{name}"
                yield from _value(scenario, path, scenario.catalogue.parameter(path), value, "")
    yield ""
    yield from _rivals(scenario)
    yield ""
    yield f"TIMELINE  {len(scenario.timeline)} change(s)"
    for i, change in enumerate(scenario.timeline):
        yield from _change(scenario, i, change)


def _value(scenario: Scenario, path: str, p: Parameter, value: float, prefix: str) -> Iterator[str]:
    """Two lines or more: the value with unit, bounds and place, then meaning, plausible range and source."""
    place = origin(scenario, prefix + path)
    name = path.rpartition(".")[2]
    head = f"  {name:<34} {show(float(value)):>9} {p.unit}, {show(float(p.low))}..{show(float(p.high))}"
    yield from _placed(head, place)
    effects = f" Helps: {p.helps.rstrip('.')}. Hurts: {p.hurts.rstrip('.')}." if p.helps else ""
    about = f"{p.meaning.rstrip('.')}.{effects}{_plausible(p)} Source: {p.source}"
    about += f". Claims: {', '.join(p.claims)}" * bool(p.claims)
    yield from textwrap.wrap(about, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _plausible(p: Parameter) -> str:
    if p.range is None:
        return ""
    first, last = (show(float(x)) for x in p.range)
    return f" Plausible: {first}..{last}{' (log)' if p.scale == 'log' else ''}."


def _rivals(scenario: Scenario) -> Iterator[str]:
    """Rivals by their differences from the focal firm's levers at the start."""
    yield f"RIVALS  {len(scenario.rivals) or 'none: the focal firm is alone'}"
    focal = dict(flatten(scenario.policy, "policy"))
    for i, rival in enumerate(scenario.rivals):
        place = origin(scenario, f"rivals[{i}].title")
        other = [(path, v) for path, v in flatten(rival.policy, "policy") if v != focal[path]]
        what = "levers that differ from the focal firm's:" if other else "same levers as the focal firm"
        yield f"\n{rival.title}  [{place}]  {what}"
        for path, value in other:
            p = scenario.catalogue.parameter(path)
            place = origin(scenario, f"rivals[{i}].{path}")
            head = f"  {path:<46} {show(value):>9} {p.unit} (focal {show(focal[path])})"
            yield from _placed(head, place)


def _change(scenario: Scenario, i: int, change: Change) -> Iterator[str]:
    until = f"s {change.month}..{change.last_month}, linear" if change.over_months > 1 else f" {change.month}"
    for firm, path, value in change.targets():
        who = "" if firm is None else f" ({scenario.firms[firm]})"
        place = scenario.origin.get(f"timeline[{i}].{path}") or scenario.origin.get("timeline", "")
        unit = scenario.catalogue.parameter(path).unit
        yield from _placed(f"  month{until}: {path} -> {show(value)} {unit}{who}", place)


def _placed(head: str, place: str) -> Iterator[str]:
    if len(head) + len(place) + 4 <= WIDTH:
        yield f"{head:<{WIDTH - len(place) - 2}}[{place}]"
    else:
        yield from textwrap.wrap(head, WIDTH, subsequent_indent=" " * 6)
        yield f"{'[' + place + ']':>{WIDTH}}"
