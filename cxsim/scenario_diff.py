"""What differs between two scenarios, once all that they extend and all defaults are filled in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from cxsim.parameters import Parameter
from cxsim.scenario import Scenario
from cxsim.scenario_check import SETTINGS, SIDES, TEXTS, flatten, show
from cxsim.scenario_timeline import Change, Values
from cxsim.scenario_use import Code

WIDTH = 100
_NAME, _VALUE = 36, 12


@dataclass(frozen=True)
class Difference:
    """A value that two scenarios, ``a`` and ``b``, do not share; None where one of them has none.

    ``part`` is label, code, setting, world, policy, rivals or timeline, and ``path`` the place in a scenario file. A
    dated change of a value has its ``month``, its ``over_months`` and its ``firm`` (0 the focal one, None the world's).
    """

    part: str
    path: str
    a: float | str | None
    b: float | str | None
    unit: str = ""
    meaning: str = ""
    month: int | None = None
    over_months: int | None = None
    firm: int | None = None


def differences(a: Scenario, b: Scenario) -> list[Difference]:
    """Every difference, in the order in which values are declared; labels first, dated changes last, by month."""
    parameters = _parameters(a, b)
    found = [Difference("label", key, getattr(a, key), getattr(b, key)) for key in TEXTS]
    found += [Difference("code", "use", _told(*a.use), _told(*b.use))]
    found += [Difference("code", "decide", _told(a.decide), _told(b.decide))]
    found += [_value("setting", key, getattr(a, key), getattr(b, key), p) for key, p in SETTINGS.items()]
    for side in SIDES:
        found += _values(side, "", parameters, _side(a, side), _side(b, side))
    for i, (one, other) in enumerate(zip_longest(a.rivals, b.rivals)):
        titles = [r.title if r else None for r in (one, other)]
        found.append(Difference("rivals", f"rivals[{i}].title", titles[0], titles[1]))
        if one and other:
            found.append(Difference("rivals", f"rivals[{i}].decide", _told(one.decide), _told(other.decide)))
            found += _values("rivals", f"rivals[{i}].", parameters, one.policy, other.policy)
    return [d for d in found if d.a != d.b] + _dated(a, b, parameters)


def _side(scenario: Scenario, side: str) -> Values:
    return scenario.world if side == "world" else scenario.policy


def _value(part: str, path: str, a: float | None, b: float | None, p: Parameter) -> Difference:
    return Difference(part, path, a, b, p.unit, p.meaning)


def _values(part: str, prefix: str, known: Mapping[str, Parameter], a: Values, b: Values) -> list[Difference]:
    side = "world" if part == "world" else "policy"
    one, other = dict(flatten(a, side)), dict(flatten(b, side))
    paths = [path for path in known if path in one or path in other]
    return [_value(part, prefix + path, one.get(path), other.get(path), known[path]) for path in paths]


def _parameters(a: Scenario, b: Scenario) -> dict[str, Parameter]:
    """All that either can set; mechanisms of one's own may differ."""
    return {path: p for side in SIDES for s in (a, b) for path, p in s.catalogue.paths(side)}


def _told(*codes: Code | None) -> str | None:
    return ", ".join(f"{code.spec} ({code.sha256[:12]})" for code in codes if code) or None


def _dated(a: Scenario, b: Scenario, known: Mapping[str, Parameter]) -> list[Difference]:
    """Dated changes that one has and the other has not, or not to the same value."""
    one, other = (dict(_targets(s.timeline)) for s in (a, b))
    order = {path: k for k, path in enumerate(known)}
    keys = sorted({*one, *other}, key=lambda k: (k[0], k[1], -1 if k[2] is None else k[2], order[k[3]]))
    found = []
    for key in keys:
        month, over, firm, path = key
        p = known[path]
        found.append(Difference("timeline", path, one.get(key), other.get(key), p.unit, p.meaning, month, over, firm))
    return [d for d in found if d.a != d.b]


def _targets(timeline: tuple[Change, ...]) -> Iterator[tuple[tuple[int, int, int | None, str], float]]:
    for change in timeline:
        for firm, path, value in change.targets():
            yield (change.month, change.over_months, firm, path), value


def diff_data(a: Scenario, b: Scenario) -> dict[str, Any]:
    """The differences as JSON-able data; ``same_results`` says that none of them moves a number."""
    return {
        "a": {"name": a.name, "title": a.title, "hash": a.hash},
        "b": {"name": b.name, "title": b.title, "hash": b.hash},
        "same_results": a.hash == b.hash,
        "differences": [asdict(d) for d in differences(a, b)],
    }


def diff(a: Scenario, b: Scenario) -> str:
    """The differences as lines of at most 100 characters where names allow."""
    return "\n".join(_lines(a, b)) + "\n"


def _lines(a: Scenario, b: Scenario) -> Iterator[str]:
    found = differences(a, b)
    for letter, s in (("A", a), ("B", b)):
        yield f"{letter}  {s.title} ({s.name}, hash {s.hash})"
    if not found:
        yield "\nNothing differs."
        return
    heading = ""
    for d in found:
        if d.part == "label" and d.path == "title":
            continue  # stands above already
        if (own := _heading(d, a, b)) != heading:
            heading = own
            letters = f"{'A':>{_VALUE}}{'B':>{_VALUE}}" if len(heading) <= _NAME and d.part != "label" else ""
            yield f"\n{heading:<{_NAME}}{letters}".rstrip()
        yield from _label(d) if d.part == "label" or isinstance(d.a or d.b, str) else _numbers(d)
    n = sum(d.part != "label" for d in found)
    same = "; both give the same numbers" if a.hash == b.hash else ""
    yield f"\n{n or 'No'} value{'s' * (n != 1)} differ{'s' * (n == 1)}{'' if n else ', only labels'}{same}."


def _heading(d: Difference, a: Scenario, b: Scenario) -> str:
    """What a group of differences has in common."""
    if d.part == "label":
        return "labels, which change no number"
    if d.part == "setting":
        return "settings"
    if d.part == "code":
        return "code of one's own, with the SHA-256 of its file"
    if d.month is not None:
        last = d.month + max(d.over_months or 0, 1) - 1
        when = f"month {d.month}" if last == d.month else f"months {d.month}..{last}"
        who = f", {(b if d.a is None else a).firms[d.firm]}" if d.firm else ""
        return f"timeline, {when}{who}: {d.path.rpartition('.')[0]}"
    return d.path.rpartition(".")[0]


def _numbers(d: Difference) -> Iterator[str]:
    name = d.path.rpartition(".")[2]
    a, b = ("-" if value is None else show(float(value)) for value in (d.a, d.b))
    yield f"  {name:<{_NAME - 2}}{a:>{_VALUE}}{b:>{_VALUE}}  {d.unit}"
    yield from textwrap.wrap(d.meaning, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)


def _label(d: Difference) -> Iterator[str]:
    """Texts, each on a line of its own, cut to its length."""
    for letter, value in (("A", d.a), ("B", d.b)):
        name = d.path.rpartition(".")[2] if letter == "A" else ""
        text = textwrap.shorten(str(value or "-"), WIDTH - 20, placeholder=" ...")
        yield f"  {name:<14} {letter}  {text}"
