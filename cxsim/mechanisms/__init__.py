"""The mechanisms: how the world answers policy. One file each; none imports another."""

from __future__ import annotations

from cxsim.mechanisms import (
    budgeting,
    conduct,
    culture,
    decisions,
    expectations,
    finance,
    improvement,
    insight,
    journey,
    loyalty,
    market,
    needs,
    offer,
    recovery,
    relationships,
    requests,
    silos,
    word_of_mouth,
    workforce,
)
from cxsim.parameters import Group

MODULES = (
    market, needs, insight, offer, expectations, journey, requests, recovery, conduct, loyalty, word_of_mouth,
    relationships, silos, workforce, improvement, budgeting, culture, decisions, finance,
)  # fmt: skip
GROUPS: tuple[Group, ...] = tuple(
    group
    for module in MODULES
    for side in ("WORLD", "POLICY")
    if isinstance(group := getattr(module, side, None), Group)
)
