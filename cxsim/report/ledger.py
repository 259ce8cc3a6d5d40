"""The ledger of claims as text for a terminal, and as plain data for JSON."""

from __future__ import annotations

import math
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

from cxsim.record import RESULTS_VERSION
from cxsim.report import style
from cxsim.scenario import Scenario, load
from cxsim.scenario_check import show
from cxsim.scenario_diff import differences
from cxsim.studies.claims.verdicts import FLIP_SHARE, NOT_BUILT
from cxsim.version import __version__
from cxsim.worlds import ranges_hash

if TYPE_CHECKING:
    from cxsim.studies.claims.claim import Test
    from cxsim.studies.claims.ledger import Entry, Ledger, Part
    from cxsim.worlds import Ahead

_WIDTH, _INDENT = 110, 6
_SAID = {
    "higher": "higher by", "lower": "lower by", "unchanged": "unchanged within", "not_higher": "not higher by",
    "not_lower": "not lower by",
}  # fmt: skip


def ledger_text(ledger: Ledger) -> str:
    """Every claim with its verdict, the effect of each test with its interval, and where it holds; then the tally."""
    tested = sum(entry.claim.built for entry in ledger.entries)
    worlds = f", and {ledger.n_worlds} sampled worlds" if ledger.n_worlds else ""
    head = (
        f"Claims: {tested} of {len(ledger.entries)} tested over {ledger.replications} paired runs{worlds}; "
        f"{ledger.customers:,} people, seed {ledger.rng}, results v{RESULTS_VERSION}"
    )
    lines = [head, ""]
    for entry in ledger.entries:
        lines += _entry(entry)
    found = [f"{n} {name}" for name, n in ledger.tally.items() if n]
    return "\n".join([*lines, *_wrapped(f"{', '.join(found)}.", 0), "", *_wrapped(_notes(ledger), 0)])


def _entry(entry: Entry) -> list[str]:
    claim = entry.claim
    head = f"{claim.id:<4}  {entry.verdict.upper()}. {claim.text}"
    lines = textwrap.wrap(head, _WIDTH, subsequent_indent=" " * _INDENT)
    if not claim.built:
        return [*lines, *_wrapped(f"Missing: {claim.missing}."), ""]
    for part in entry.parts:
        lines += _wrapped(part_sentence(entry, part))
    if len(entry.parts) > 1 and entry.ahead.n:
        lines += _wrapped(f"All of it holds in {entry.ahead.wins} of {entry.ahead.n} worlds.")
    return [*lines, ""]


def part_sentence(entry: Entry, part: Part) -> str:
    """A test in a sentence: what it asks, the effect with its interval, the verdict, and where it holds."""
    mean, low, high = (_shown(part, float(x)) for x in (part.estimate.mean, part.estimate.low, part.estimate.high))
    unit = part.test.quantity.shown_unit or part.test.quantity.unit
    said = f"{asked(part.test)}: {mean} ({low} to {high}) {unit}, {part.verdict}"
    if not part.ahead.n:
        return f"{said}."
    told = [
        f"{decider.path.removeprefix('world.')} is {'high' if decider.rho > 0 else 'low'} ({decider.rho:+.2f})"
        for decider in entry.deciders(part)
    ]
    more = f", sooner where {' and '.join(told)}" if told else ""
    return f"{said}; holds in {part.ahead.wins} of {part.ahead.n} worlds{more}."


def asked(test: Test) -> str:
    """What a test asks: ``Kept, 12 months, higher by 1.0 % (slogan against silent)``."""
    said = f"{_SAID[test.direction]} {_amount(test, test.smallest)} {test.quantity.shown_unit or test.quantity.unit}"
    if test.other:
        named = [*map(str, test.given), *(["levers"] if test.given_levers else [])]
        given = f" given {' and '.join(named)}" if named else ""
        return f"{test.gap.reading} with {test.other}{given}, {said}"
    arms = str(test.gap)
    if test.beyond:
        when = "" if test.beyond.reading == test.gap.reading else f" ({test.beyond.reading})"
        arms += f", beyond {test.beyond}{when}"
    return f"{test.gap.reading}, {said} ({arms})"


def _amount(test: Test, value: float, sign: bool = False) -> str:
    q = test.quantity
    return style.number(value * q.scale, q.decimals, sign)


def _shown(part: Part, value: float) -> str:
    return "?" if math.isnan(value) else _amount(part.test, value, True)


def _notes(ledger: Ledger) -> str:
    said = "Supported or contradicted: the interval lies beyond the smallest effect that matters; no effect: within it."
    if ledger.replications < 2:
        said += " One run gives no interval, so that nothing is decided by it."
    if ledger.n_worlds:
        share = f"{FLIP_SHARE:.0%}".replace("%", " %")
        said += (
            f" Depends: effects that matter come out in both directions, each in {share} of the sampled worlds or more,"
            " beyond what luck explains."
            " In brackets, the rank correlation of an assumption with how far the claim holds."
        )
    return f"{said} A claim stands as its worst part does. Intervals hold luck only."


def _wrapped(text: str, indent: int = _INDENT) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)


def ledger_data(ledger: Ledger, folder: str = "") -> dict[str, Any]:
    """All of it as plain data; what does not exist is None."""
    return {
        "what": "claims",
        "cxsim": __version__,
        "results_version": RESULTS_VERSION,
        "ranges": ranges_hash([Scenario.default()]),
        "rng": ledger.rng,
        "replications": ledger.replications,
        "sampled_worlds": ledger.n_worlds,
        "customers": ledger.customers,
        "tally": ledger.tally,
        "claims": [_claim_data(entry) for entry in ledger.entries],
        "folder": folder or None,
    }


def arm_changes(scenario: Scenario) -> list[str]:
    """What an arm changes in the baseline: ``policy.expectations.hype 0.2``, dated changes with their month."""
    said = []
    for d in differences(_baseline(), scenario):
        if d.part in ("label", "setting"):
            continue
        value = d.b if isinstance(d.b, str) or d.b is None else show(d.b)
        when = f" from month {d.month}" if d.month else ""
        whose = f" of {scenario.firms[d.firm]}" if d.firm else ""
        said.append(f"{d.path}{whose} {value}{when}")
    return said


@cache
def _baseline() -> Scenario:
    return load("baseline")


def _claim_data(entry: Entry) -> dict[str, Any]:
    claim = entry.claim
    data: dict[str, Any] = {"id": claim.id, "claim": claim.text, "kind": claim.kind, "verdict": entry.verdict}
    if entry.verdict == NOT_BUILT:
        return data | {"missing": claim.missing}
    return data | {
        "arms": {name: arm_changes(arm) for name, arm in claim.arms.items()},
        "worlds": _share(entry.ahead),
        "tests": [_part_data(entry, part) for part in entry.parts],
    }


def _part_data(entry: Entry, part: Part) -> dict[str, Any]:
    test, e = part.test, part.estimate
    return {
        "asks": asked(test),
        "measure": test.gap.reading.measure,
        "direction": test.direction,
        "unit": test.quantity.unit,
        "smallest": test.smallest,
        "effect": _number(float(e.mean)),
        "low": _number(float(e.low)),
        "high": _number(float(e.high)),
        "n": int(e.n),
        "verdict": part.verdict,
        "flips": part.flips,
        "worlds": _share(part.ahead),
        "deciders": [{"path": d.path, "rank_correlation": d.rho} for d in entry.deciders(part)],
    }


def _share(ahead: Ahead) -> dict[str, float] | None:
    return {"holds": ahead.wins, "n": ahead.n, "low": ahead.low, "high": ahead.high} if ahead.n else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
