"""Where the code answers the articles: the levers, mechanisms and measures of each claim.

Levers and measures name their claims where they are declared (``claims=``), a mechanism in the ``CLAIMS`` of its file.
To these come, in the order of the declarations, the files in which a claim's levers stand, and what its tests read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cxsim.measures import MEASURES
from cxsim.mechanisms import MODULES
from cxsim.parameters import Group
from cxsim.studies.claims.claim import Claim

LEVERS: dict[str, tuple[str, ...]] = {
    group.path(lever): lever.claims
    for module in MODULES
    if isinstance(group := getattr(module, "POLICY", None), Group)
    for lever in group.parameters
}
"""Path of every lever -> claims that it is about."""
MECHANISMS: dict[str, tuple[str, ...]] = {m.__name__.rpartition(".")[2]: m.CLAIMS for m in MODULES}
"""Every mechanism -> claims that it is about."""


@dataclass(frozen=True)
class Answer:
    """Paths of levers, names of mechanisms (files in ``cxsim/mechanisms``) and of measures."""

    levers: tuple[str, ...]
    mechanisms: tuple[str, ...]
    measures: tuple[str, ...]


def answers(claims: Mapping[str, Claim]) -> dict[str, Answer]:
    """What there is of each claim, by its id."""
    return {key: _answer(claim) for key, claim in claims.items()}


def _answer(claim: Claim) -> Answer:
    levers = tuple(path for path, named in LEVERS.items() if claim.id in named)
    files = {path.split(".")[1] for path in levers}
    mechanisms = tuple(name for name, named in MECHANISMS.items() if claim.id in named or name in files)
    measures = [m.name for m in MEASURES.values() if claim.id in m.claims]
    return Answer(levers, mechanisms, tuple(_once([*measures, *(reading.measure for reading in claim.readings)])))


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
