"""The ledger as it was last run, for a page of the documentation: rows of tables beside the claims as written down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cxsim.report import style
from cxsim.report.ledger import arm_changes, asked
from cxsim.studies.claims.claim import Claim, read_claims
from cxsim.studies.claims.verdicts import VERDICTS

Rows = tuple[tuple[str, ...], Sequence[tuple[str, ...]]]
"""The head of a table, and its rows."""


@dataclass(frozen=True)
class Page:
    """Claims by id, how the ledger was run, and what it says of each claim."""

    claims: Mapping[str, Claim]
    run: Mapping[str, Any]
    found: Mapping[str, Mapping[str, Any]]


def read(text: str, claims: Mapping[str, Claim] | None = None) -> Page:
    """The ledger that ``cxsim claims --json`` has written, beside the claims as they are written down now.

    Raises LookupError where an experiment is not the one that was run.
    """
    run = json.loads(text)
    claims = read_claims() if claims is None else claims
    found = {data["id"]: data for data in run["claims"]}
    stale = [key for key, claim in claims.items() if key not in found or _experiment(claim) != _run(found[key])]
    if stale:
        raise LookupError(f"{', '.join(stale)}: not the experiment that was run; run: cxsim claims --json")
    return Page(claims, run, found)


def _experiment(claim: Claim) -> object:
    """What was to be run."""
    if not claim.built:
        return None
    tests = [(asked(test), test.direction, test.smallest) for test in claim.tests]
    return {name: arm_changes(arm) for name, arm in claim.arms.items()}, tests


def _run(data: Mapping[str, Any]) -> object:
    """What was run."""
    if "tests" not in data:
        return None
    return data["arms"], [(test["asks"], test["direction"], test["smallest"]) for test in data["tests"]]


def about(page: Page) -> str:
    """With what the ledger was run, and how it came out."""
    run, tally = page.run, [page.run["tally"][name] for name in VERDICTS]
    told = ", ".join(f"{n} *{name}*" for n, name in zip(tally, VERDICTS, strict=True) if n)
    return (
        f"Run with cxsim {run['cxsim']}, results version {run['results_version']}, seed {run['rng']}: "
        f"{run['replications']} paired runs and {run['sampled_worlds']} sampled worlds a claim, "
        f"{run['customers']:,} simulated customers. Of {len(page.claims)} claims, {told}."
    )


def verdicts(page: Page) -> Rows:
    """Every claim with its verdict."""
    rows = []
    for key, claim in page.claims.items():
        data = page.found[key]
        verdict = f"**{data['verdict']}**" if claim.built else data["verdict"]
        same = ", ".join(claim.same_as)
        rows.append((key, claim.text, claim.kind, same, verdict, _worlds(data.get("worlds"))))
    return ("id", "claim", "kind", "see also", "verdict", "worlds in which it holds"), rows


def tests(page: Page) -> Rows:
    """Every test of every claim that can be tested."""
    rows = []
    for key, claim in page.claims.items():
        for k, (test, data) in enumerate(zip(claim.tests, page.found[key].get("tests", ()), strict=True)):
            q = test.quantity
            found = [data[x] if data[x] is None else data[x] * q.scale for x in ("effect", "low", "high")]
            mean, low, high = (style.number(x, q.decimals, True) for x in found)
            told = "<br>".join(f"`{d['path']}` {d['rank_correlation']:+.2f}" for d in data["deciders"])
            effect = mean if data["effect"] is None else f"{mean} ({low} to {high})"
            rows.append(("" if k else key, data["asks"], effect, data["verdict"], _worlds(data["worlds"]), told))
    return ("id", "what is asked", "effect (95 %)", "verdict", "worlds", "decided by"), rows


def arms(page: Page) -> Rows:
    """The arms of every claim that can be tested."""
    rows = []
    for key, claim in page.claims.items():
        for k, (name, arm) in enumerate(claim.arms.items()):
            changes = [f"`{change}`" for change in arm_changes(arm)]
            drawn = ((path, p.range) for path, p in claim.levers.items() if p.range)
            changes += [f"`{path}` drawn from {low:g} to {high:g}" for path, (low, high) in drawn]
            rows.append(("" if k else key, name, "<br>".join(changes) or "none", "" if k else claim.note))
    return ("id", "arm", "changes to the baseline", "note"), rows


def missing(page: Page) -> Rows:
    """Claims that cannot be tested, and what is missing."""
    rows = [(key, claim.missing, claim.note) for key, claim in page.claims.items() if not claim.built]
    return ("id", "what is missing", "note"), rows


def smallest(page: Page) -> Rows:
    """The smallest effect that matters, by measure."""
    found = {test.quantity.name: test for claim in page.claims.values() for test in claim.tests}
    rows = [(f"`{name}`", f"{t.smallest:,.10g}", t.quantity.unit, t.why) for name, t in sorted(found.items())]
    return ("measure", "smallest", "unit", "why that much"), rows


def _worlds(held: Mapping[str, Any] | None) -> str:
    """In how many worlds, with the interval of the share."""
    if not held:
        return ""
    return f"{held['holds']} of {held['n']} ({100 * held['low']:.0f}-{100 * held['high']:.0f} %)"
