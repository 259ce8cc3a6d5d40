"""JSON Schema of scenario files, from the declarations: an editor that reads it completes and checks while one types.

Draft 2020-12, in keywords that draft 07 has as well wherever it matters, since editors are slow to follow. The schema
cannot say all that reading a file finds (dates that contradict each other, a misspelt base), but it never refuses what
can be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cxsim.parameters import Group, Parameter
from cxsim.scenario import STRUCTURAL, Scenario, shipped
from cxsim.scenario_check import SETTINGS, SIDES, TEXTS, Catalogue, show
from cxsim.scenario_files import FOCAL, KEYS, MAX_RIVALS, MONTH, OVER_MONTHS
from cxsim.version import __version__

ID = "urn:cxsim:scenario"
_LINE = r"^\s*\S[^\n\r]*\s*$"
_ABOUT = {
    "title": "Label in tables and figures.",
    "question": "What the scenario is to find out.",
    "description": "What is assumed, and why.",
    "currency": "Name of the money; it converts nothing.",
    "extends": "The scenario, or a list of them, of which this one says what is different: shipped names, or paths of "
    "files. Mappings are merged, lists replaced.",
    "use": "Mechanisms of one's own, or a list of them: each the file of a class, found beside this one.",
    "decide": "A function of one's own that moves the focal firm's levers each quarter; 'none' for none.",
    "world": "Assumptions: what management cannot decide.",
    "policy": "Levers of the focal firm: what management can decide.",
    "rivals": f"Competing firms, at most {MAX_RIVALS}; without this key there is one under default policy.",
    "timeline": "Values that change at a date, at once or on a ramp.",
}

Schema = dict[str, Any]


def schema(groups: Iterable[Group] | None = None) -> Schema:
    """The schema as JSON-able data, for the parameters of cxsim or for ``groups``.

    The parameters of mechanisms of one's own are in it only if they are among ``groups``.
    """
    catalogue = Scenario.default(groups).catalogue
    own = {key: _text(key) for key in TEXTS} | {key: _number(p) for key, p in SETTINGS.items()}
    own |= {"extends": _bases(), "use": _code("use", "array"), "decide": _code("decide")}
    own |= {side: {"$ref": f"#/$defs/{side}"} for side in SIDES}
    own |= {"rivals": _rivals(), "timeline": _timeline()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "$comment": f"written by cxsim {__version__}: cxsim schema",
        "title": "cxsim scenario",
        "description": "What is different from the scenarios that it extends; all that is left out has its default.",
        **_table({key: own[key] for key in KEYS}),
        "$defs": {side: {**_side(catalogue, side), "description": _ABOUT[side]} for side in SIDES}
        | {f"dated_{side}": _side(catalogue, side, STRUCTURAL) for side in SIDES},
    }


def _table(properties: dict[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    table: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return table | ({"required": list(required)} if required else {})


def _side(catalogue: Catalogue, side: str, without: Iterable[str] = ()) -> Schema:
    """All headings of a side with their parameters, but for the paths ``without``."""
    headings = {}
    for heading, parameters in catalogue.sides[side].items():
        chosen = {n: _number(p) for n, p in parameters.items() if f"{side}.{heading}.{n}" not in without}
        if chosen:
            headings[heading] = _table(chosen)
    return _table(headings)


def _number(p: Parameter, default: bool = True) -> Schema:
    effects = f" Helps: {p.helps}. Hurts: {p.hurts}." if p.helps else ""
    usual = f" Default {show(float(p.default))}." if default else ""
    about = f"{p.meaning[:1].upper()}{p.meaning[1:]}. Unit: {p.unit}.{usual}{effects} Source: {p.source}."
    number: Schema = {"type": "integer" if p.integer else "number", "minimum": p.low, "maximum": p.high}
    return number | {"description": about} | ({"default": p.default} if default else {})


def _text(key: str) -> Schema:
    longest, default = TEXTS[key]
    pattern = r"\S" if key == "description" else _LINE
    text: Schema = {"type": "string", "maxLength": longest, "pattern": pattern, "description": _ABOUT[key]}
    return text | ({"default": default} if default else {})


def _bases(*more: str) -> Schema:
    names = [*more, *shipped(parts=True)]
    return {
        "type": ["string", "array"],
        "pattern": r"\S",
        "items": {"type": "string", "pattern": r"\S", "examples": names},
        "examples": names,
        "description": _ABOUT["extends"],
    }


def _code(key: str, *types: str) -> Schema:
    pattern = r"^\s*[^\s:]+:[^\s:]+\s*$" if key == "use" else r"^\s*([^\s:]+:[^\s:]+|none)\s*$"
    text: Schema = {"type": ["string", *types] if types else "string", "pattern": pattern}
    return text | ({"items": {"type": "string", "pattern": pattern}} if types else {}) | {"description": _ABOUT[key]}


def _rivals() -> Schema:
    title = _text("title") | {"not": {"pattern": r"^\s*[Ff][Oo][Cc][Aa][Ll]\s*$"}}
    base = _bases(FOCAL) | {"description": f"Whose levers it has: those of scenarios, or '{FOCAL}', the focal firm's."}
    rule = _code("decide") | {"description": "A function of one's own that moves its levers each quarter."}
    rival = {"title": title, "extends": base, "decide": rule, "policy": {"$ref": "#/$defs/policy"}}
    about = {"maxItems": MAX_RIVALS, "description": _ABOUT["rivals"]}
    return {"type": "array", "items": _table(rival, ("title",)), **about}


def _timeline() -> Schema:
    firm = _text("title") | {"description": "Title of the rival whose policy changes.", "default": FOCAL}
    change = _table(
        {
            "month": _number(MONTH, default=False),
            "over_months": _number(OVER_MONTHS),
            "firm": firm,
            **{side: {"$ref": f"#/$defs/dated_{side}"} for side in SIDES},
        },
        ("month",),
    )
    change |= {"anyOf": [{"required": [side]} for side in SIDES], "dependentRequired": {"firm": ["policy"]}}
    return {"type": "array", "items": change, "description": _ABOUT["timeline"]}
