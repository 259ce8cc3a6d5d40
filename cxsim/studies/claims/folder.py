"""The ledger as a folder: a tidy table, the effects in every sampled world, the arms, and where it all came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cxsim import storage
from cxsim.frames import Column, Table, labels
from cxsim.provenance import provenance
from cxsim.record import RESULTS_VERSION
from cxsim.scenario import Scenario
from cxsim.studies.claims.claim import Claim
from cxsim.studies.claims.ledger import Entry, Ledger, Part
from cxsim.worlds import ranges_hash

COLUMNS: dict[str, tuple[str, str]] = {
    "claim": ("name", "id of the claim"),
    "text": ("text", "the claim in a sentence"),
    "kind": ("name", "what the claim is"),
    "claim_verdict": ("name", "verdict on the whole claim, that of its worst part"),
    "part": ("number", "test of the claim, from 1; 0 for a claim that cannot be tested yet"),
    "measure": ("name", "what is measured, with the year or financial period"),
    "arm": ("name", "arm of the effect"),
    "against": ("name", "arm that it is held against; empty for none"),
    "beyond": ("text", "effect that is taken off; empty for none"),
    "direction": ("name", "what the article says of the measure"),
    "unit": ("name", "unit of smallest, effect, low and high"),
    "smallest": ("as in unit", "smallest effect that matters, fixed beforehand"),
    "effect": ("as in unit", "mean effect over replications"),
    "low": ("as in unit", "lower end of the 95 % interval, which holds luck only"),
    "high": ("as in unit", "upper end of the 95 % interval, which holds luck only"),
    "n": ("runs", "replications in which the effect is defined"),
    "verdict": ("name", "verdict on this test"),
    "worlds": ("worlds", "sampled worlds in which the effect is defined"),
    "holds": ("worlds", "sampled worlds in which what the article says is so"),
    "above": ("worlds", "sampled worlds in which the effect is the smallest that matters or more"),
    "below": ("worlds", "sampled worlds in which it is that or more in the other direction"),
    "decider": ("name", "assumption that decides most how far it holds; empty where none stands out"),
    "decider_rho": ("rank correlation", "of that assumption with how far it holds"),
}
"""Column -> (unit, meaning) of the table of the ledger."""

_TEXTS = frozenset(
    ("claim", "text", "kind", "claim_verdict", "measure", "arm", "against", "beyond", "direction", "unit", "verdict",
     "decider")
)  # fmt: skip
_WHOLE = ("part", "n", "worlds", "holds", "above", "below")


def ledger_table(ledger: Ledger) -> Table:
    """One row per claim and test, with the columns of ``COLUMNS``; one row for a claim that cannot be tested yet."""
    rows = [row for entry in ledger.entries for row in _rows(entry)]
    columns: dict[str, Column] = {}
    for name in COLUMNS:
        found = [row.get(name) for row in rows]
        if name in _TEXTS:
            columns[name] = labels([str(x or "") for x in found])
        elif name in _WHOLE:
            columns[name] = np.array([x or 0 for x in found], np.int64)
        else:
            columns[name] = np.array([np.nan if x is None else x for x in found], np.float64)
    return Table(columns, COLUMNS)


def _rows(entry: Entry) -> list[dict[str, object]]:
    claim = entry.claim
    about: dict[str, object] = {
        "claim": claim.id, "text": claim.text, "kind": claim.kind, "claim_verdict": entry.verdict,
    }  # fmt: skip
    if not entry.parts:
        return [about]
    return [about | {"part": k} | _row(entry, part) for k, part in enumerate(entry.parts, 1)]


def _row(entry: Entry, part: Part) -> dict[str, object]:
    test, e, effects = part.test, part.estimate, part.world_effects
    decider = next(iter(entry.deciders(part)), None)
    measure = str(test.gap.reading)
    if test.other:
        measure = " with ".join([measure, str(test.other)])
    return {
        "measure": measure,
        "arm": test.gap.arm,
        "against": test.gap.against,
        "beyond": test.beyond and f"{test.beyond}, {test.beyond.reading}",
        "direction": test.direction,
        "unit": test.quantity.unit,
        "smallest": test.smallest,
        "effect": float(e.mean),
        "low": float(e.low),
        "high": float(e.high),
        "n": int(e.n),
        "verdict": part.verdict,
        "worlds": part.ahead.n,
        "holds": part.ahead.wins,
        "above": int((effects >= test.smallest).sum()),
        "below": int((effects <= -test.smallest).sum()),
        "decider": decider and decider.path,
        "decider_rho": decider and decider.rho,
    }


def worlds_table(ledger: Ledger) -> Table:
    """One row per claim, test and sampled world: the effect there."""
    found = [(e.claim.id, k, part) for e in ledger.entries for k, part in enumerate(e.parts, 1)]
    n = ledger.n_worlds
    columns: dict[str, Column] = {
        "claim": labels([key for key, _, _ in found for _ in range(n)]),
        "part": np.repeat(np.array([k for _, k, _ in found], np.int64), n),
        "world": np.tile(np.arange(n), len(found)),
        "effect": np.concatenate([part.world_effects for _, _, part in found] or [np.empty(0)]),
    }
    units = {
        "claim": COLUMNS["claim"],
        "part": COLUMNS["part"],
        "world": ("number", "sampled world, from 0; the same world for all claims, but for what their arms set"),
        "effect": ("the measure's unit", "effect in the sampled world; absent where undefined"),
    }
    return Table(columns, units)


def identity(claims: tuple[Claim, ...], replications: int, worlds: int, rng: int) -> storage.Identity:
    """What makes two folders of a ledger hold the same numbers, known before anything is run."""
    hashes, ranges = tuple(claim.hash for claim in claims), ranges_hash([Scenario.default()]) if worlds else ""
    return storage.Identity("claims", hashes, rng, replications, RESULTS_VERSION, worlds, ranges=ranges)


def save(ledger: Ledger, folder: Path | str, command: str = "") -> Path:
    """Write the folder in one step and return its path. Raises OutputError, as runs do."""
    claims = tuple(entry.claim for entry in ledger.entries)
    arms = [(s, f"arms/{c.id}-{name}.yaml") for c in claims for name, s in c.arms.items()]
    table = ledger_table(ledger)
    writers: list[tuple[str, storage.Writer]] = [
        ("ledger.csv", table.write_csv),
        ("ledger.parquet", table.write_parquet),
        ("worlds.parquet", worlds_table(ledger).write_parquet),
        *((file, _Resolved(s.to_yaml())) for s, file in arms),
    ]
    about = provenance(arms, command) | {"what": "claims of the articles, tested with cxsim; intervals hold luck only"}
    about["claims"] = {claim.id: claim.hash for claim in claims}
    return storage.write(folder, identity(claims, ledger.replications, ledger.n_worlds, ledger.rng), about, writers)


class _Resolved:
    """Writes one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, path: Path) -> None:
        path.write_text(self.text, encoding="utf-8", newline="\n")
