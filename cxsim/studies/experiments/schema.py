"""JSON Schema of experiment files, as that of scenario files: for editors, which complete and check while one types.

It knows keys, designs, measures, and the paths that may vary; it never refuses what can be read.
"""

from __future__ import annotations

from typing import Any

from cxsim.parameters import Parameter
from cxsim.scenario import Scenario, shipped
from cxsim.scenario_check import SETTINGS, SIDES, bounds, show
from cxsim.scenario_schema import schema as scenario_schema
from cxsim.studies.analyses import kinds
from cxsim.studies.experiments import designs
from cxsim.studies.experiments.read import ARM_KEYS, KEYS, MOST, REPLICATIONS, RNG
from cxsim.studies.experiments.vary import ASSUMPTIONS
from cxsim.studies.quantities import QUANTITIES
from cxsim.studies.quantities_read import WHEN
from cxsim.version import __version__

ID = "urn:cxsim:experiment"
_ABOUT = {
    "arms": "The scenarios that are run at every point: a list of names or files, or a mapping of names of your own.",
    "vary": f"What varies: paths, or paths with their ranges, or the word {ASSUMPTIONS!r}.",
    "design": "How points are laid.",
    "common_random_numbers": "The same people and luck in all arms and at all points.",
    "measures": "What is shown first: measures, or measures in a year or a quarter.",
    "analysis": "What is asked of the runs.",
}

Schema = dict[str, Any]


def schema() -> Schema:
    """The schema as JSON-able data. Paths of mechanisms of one's own may vary too: it does not know them."""
    scenario = scenario_schema()
    texts = scenario["properties"]
    own: Schema = {key: texts[key] for key in KEYS if key in texts and key not in SIDES}
    own |= {p.name: _number(p) for p in (REPLICATIONS, RNG, MOST)}
    own |= {"arms": _arms(texts), "vary": _vary(), "design": _design(), "measures": _measures()}
    own |= {"analysis": _analysis(), "common_random_numbers": {"type": "boolean", "default": True}}
    for key, about in _ABOUT.items():
        own[key]["description"] = about
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "$comment": f"written by cxsim {__version__}: cxsim schema --experiment",
        "title": "cxsim experiment",
        "type": "object",
        "additionalProperties": False,
        "required": ["arms"],
        "properties": {key: own[key] for key in KEYS},
        "$defs": scenario["$defs"],
    }


def _number(p: Parameter) -> Schema:
    kind = "integer" if p.integer else "number"
    about = f"{p.meaning[:1].upper()}{p.meaning[1:]}. Unit: {p.unit}."
    return {"type": kind, "minimum": p.low, "maximum": p.high, "default": p.default, "description": about}


def _arms(texts: Schema) -> Schema:
    name: Schema = {"type": "string", "pattern": r"\S", "examples": list(shipped())}
    arm = {"type": ["string", "object"], "additionalProperties": False, "examples": list(shipped())}
    arm["properties"] = {key: texts[key] for key in ARM_KEYS}
    listed = {"type": "array", "minItems": 1, "items": name}
    return {"anyOf": [listed, {"type": "object", "minProperties": 1, "additionalProperties": arm}]}


def _vary() -> Schema:
    known = Scenario.default().catalogue
    paths = {path: p for side in SIDES for path, p in known.paths(side)}
    paths |= {name: p for name, p in SETTINGS.items() if name != "replications"}
    told = {
        "low": {"type": "number"},
        "high": {"type": "number"},
        "scale": {"enum": ["linear", "log"]},
        "levels": {"type": "integer", "minimum": 2},
        "values": {"type": "array", "minItems": 2, "items": {"type": "number"}},
        "arms": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    }
    one: Schema = {"type": ["object", "null"], "additionalProperties": False, "properties": told}
    mapping = {path: one | {"description": _told(p)} for path, p in paths.items()} | {ASSUMPTIONS: {"type": "null"}}
    names = [ASSUMPTIONS, *paths]
    return {
        "anyOf": [
            {"type": "object", "minProperties": 1, "properties": mapping, "additionalProperties": one},
            {"type": "array", "minItems": 1, "items": {"type": "string", "examples": names}},
            {"type": "string", "examples": names},
        ]
    }


def _told(p: Parameter) -> str:
    usual = f" Plausible: {show(float(p.range[0]))}..{show(float(p.range[1]))}." if p.range else ""
    return f"{p.meaning[:1].upper()}{p.meaning[1:]}. Default {show(float(p.default))}, permitted {bounds(p)}.{usual}"


def _design() -> Schema:
    kinds = [{"const": name, "description": kind.about} for name, kind in designs.KINDS.items()]
    settings: Schema = {"kind": {"oneOf": kinds}, "second_order": {"type": "boolean", "default": False}}
    settings["second_order"]["description"] = "Indices of pairs of paths too, for nearly twice as many points."
    settings["rows"] = {"type": "array", "minItems": 1, "items": {"type": "object"}}
    for kind in designs.KINDS.values():  # those of one name differ in default and bounds
        settings |= {p.name: {"type": "integer", "minimum": 1, "description": p.meaning} for p in kind.numbers}
    whole = {"type": "object", "additionalProperties": False, "required": ["kind"], "properties": settings}
    return {"anyOf": [whole, {"oneOf": kinds}]}


def _measures() -> Schema:
    name: Schema = {"oneOf": [{"const": q.name, "description": f"{q.title}: {q.unit}"} for q in QUANTITIES.values()]}
    when = {key: {"type": "integer", "minimum": 1} for key in WHEN}
    dated = {"type": "object", "additionalProperties": False, "required": ["measure"]}
    one = {"anyOf": [name, dated | {"properties": {"measure": name} | when}]}
    return {"anyOf": [{"type": "array", "minItems": 1, "items": one}, *one["anyOf"]]}


def _analysis() -> Schema:
    known: Schema = {name: {"description": kind.about} for name, kind in kinds.KINDS.items()}
    one = {"type": "object", "additionalProperties": False, "minProperties": 1, "maxProperties": 1, "properties": known}
    return {"type": "array", "items": one}
