"""Replacing values of a scenario from Python."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cxsim.scenario_check import SETTINGS, SIDES, TEXTS, clean_text, flatten, python_number, unknown
from cxsim.scenario_files import MAX_RIVALS, MONTH, NO_RULE, OVER_MONTHS, refuse_title
from cxsim.scenario_timeline import Change, Frozen, Rival, Values, check_timeline, nest
from cxsim.scenario_use import Code, catalogue, given, refuse_no_mechanisms, refuse_no_rule, united
from cxsim.yaml_source import fail, shorten

DEFAULT, REPLACED = "default", "replace()"
_KEYS = (*TEXTS, "use", "decide", *SETTINGS, "world", "policy", "rivals", "timeline")
_OF_RIVAL = re.compile(r"rivals\[(\d{1,3})\]\.(policy\..*|decide)")


class Edit:
    """Collects the replacements of :meth:`Scenario.replace`, then checks the whole.

    ``fields`` are those of a scenario by name.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.new = dict(fields)
        self.origin = dict(self.new["origin"])
        self._learn_parameters()

    def _learn_parameters(self) -> None:
        self.catalogue = catalogue(self.new["groups"], tuple(code.what for code in self.new["use"]))

    def set(self, path: str, value: object) -> None:
        """Put in one value. Raises ScenarioError."""
        rival = _OF_RIVAL.fullmatch(path)
        if path in SETTINGS:
            self.new[path] = int(python_number(value, path, SETTINGS[path]))
        elif path in TEXTS:
            optional = value == "" and path in ("question", "description")
            longest = TEXTS[path][0]
            self.new[path] = "" if optional else clean_text(value, path, longest, None, path != "description")
        elif path == "use":
            self._use(value)
        elif path == "decide":
            self.new[path] = _rule(value, path)
        elif path == "rivals":
            self.new[path] = tuple(self._rivals(value))
        elif path == "timeline":
            self.new[path] = tuple(self._changes(value))
        elif rival and int(rival[1]) < len(self.new["rivals"]):
            rivals = list(self.new["rivals"])
            one = rivals[int(rival[1])]
            if rival[2] == "decide":
                rivals[int(rival[1])] = Rival(one.title, one.policy, _rule(value, path))
            else:
                rivals[int(rival[1])] = Rival(one.title, self._with(one.policy, rival[2], value, path), one.decide)
            self.new["rivals"] = tuple(rivals)
        elif path.startswith(("world.", "policy.")):
            side = path.partition(".")[0]
            self.new[side] = self._with(self.new[side], path, value, path)
        elif full := self.catalogue.full_paths(path):
            fail(None, "", f"unknown key {shorten(path)}; write the whole path: {' or '.join(map(repr, full))}")
        else:
            fail(None, "", unknown(path, _KEYS))
        self.origin = {k: v for k, v in self.origin.items() if not k.startswith((f"{path}[", f"{path}."))}
        self.origin[path] = REPLACED

    def done(self) -> dict[str, Any]:
        """The fields of the new scenario. Raises ScenarioError."""
        changes = self.new["timeline"]
        for _, path, _ in (target for change in changes for target in change.targets()):
            self.catalogue.parameter(path)
        check_timeline(changes, self.new["horizon_months"], len(self.new["rivals"]), [None] * len(changes))
        return {**self.new, "origin": Frozen(self.origin)}

    def _use(self, value: object) -> None:
        """Other mechanisms: their parameters come at their defaults, those of mechanisms left out go."""
        listed = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        self.new["use"] = united([[given(one, "use") for one in listed]])
        refuse_no_mechanisms(self.new["use"], self.new["groups"], None)
        self._learn_parameters()
        for side in SIDES:
            self.new[side] = self._known(self.new[side], side)
            self.origin |= {path: self.origin.get(path, DEFAULT) for path, _ in self.catalogue.paths(side)}
        rivals = self.new["rivals"]
        self.new["rivals"] = tuple(Rival(r.title, self._known(r.policy, "policy"), r.decide) for r in rivals)

    def _known(self, values: Values, side: str) -> Values:
        old = dict(flatten(values, side))
        known = self.catalogue.paths(side)
        return nest({path: python_number(old.get(path, p.default), path, p) for path, p in known}, side)

    def _with(self, values: Values, path: str, value: object, shown: str) -> Values:
        parameter = self.catalogue.parameter(path)
        side = path.partition(".")[0]
        return nest({**dict(flatten(values, side)), path: python_number(value, shown, parameter)}, side)

    def _values(self, values: Values, side: str, prefix: str) -> dict[str, float]:
        return {
            path: python_number(value, prefix + path, self.catalogue.parameter(path))
            for path, value in flatten(values, side)
        }

    def _rivals(self, value: object) -> list[Rival]:
        rivals: list[Rival] = []
        if not isinstance(value, Sequence) or not all(isinstance(r, Rival) for r in value):
            fail(None, "rivals", "expected a list of Rival objects")
        if len(value) > MAX_RIVALS:
            fail(None, "rivals", f"{len(value)} rivals; at most {MAX_RIVALS} are possible")
        for i, rival in enumerate(value):
            title = clean_text(rival.title, f"rivals[{i}].title", TEXTS["title"][0], None)
            refuse_title(title, [r.title for r in rivals], None, f"rivals[{i}].title")
            levers = {path: float(p.default) for path, p in self.catalogue.paths("policy")}
            levers |= self._values(rival.policy, "policy", f"rivals[{i}].")
            rivals.append(Rival(title, nest(levers, "policy"), _rule(rival.decide, f"rivals[{i}].decide")))
        return rivals

    def _changes(self, value: object) -> list[Change]:
        if not isinstance(value, Sequence) or not all(isinstance(c, Change) for c in value):
            fail(None, "timeline", "expected a list of Change objects")
        changes = []
        for i, c in enumerate(value):
            world = nest(self._values(c.world, "world", f"timeline[{i}]."), "world")
            policy = nest(self._values(c.policy, "policy", f"timeline[{i}]."), "policy")
            month = python_number(c.month, f"timeline[{i}].month", MONTH)
            over = python_number(c.over_months, f"timeline[{i}].over_months", OVER_MONTHS)
            changes.append(Change(int(month), int(over), c.firm, world, policy))
        return changes


def _rule(value: object, path: str) -> Code | None:
    if value is None or value == NO_RULE:
        return None
    code = given(value, path)
    refuse_no_rule(code, None, path)
    return code
