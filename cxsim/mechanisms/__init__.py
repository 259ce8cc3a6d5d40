"""The mechanisms: how the world answers policy. One file each; none imports another."""

from __future__ import annotations

from typing import Any

from cxsim.mechanisms import (
    budgeting,
    competition,
    conduct,
    culture,
    decisions,
    disputes,
    encounter,
    expectations,
    finance,
    improvement,
    insight,
    issues,
    journey,
    leadership,
    listening,
    loyalty,
    market,
    navigator,
    needs,
    offer,
    pricing,
    recovery,
    relationships,
    requests,
    silos,
    targeting,
    turnover,
    word_of_mouth,
    work,
    workforce,
)
from cxsim.parameters import Group

MODULES = (
    market, pricing, needs, insight, offer, expectations, journey, requests, recovery, conduct, loyalty,
    word_of_mouth, relationships, silos, work, encounter, disputes, workforce, turnover, leadership, issues,
    improvement, listening, targeting, budgeting, culture, navigator, decisions, finance, competition,
)  # fmt: skip
GROUPS: tuple[Group, ...] = tuple(
    group
    for module in MODULES
    for side in ("WORLD", "POLICY")
    if isinstance(group := getattr(module, side, None), Group)
)

CUSTOMER_STEPS = (
    journey.begin,
    word_of_mouth.hear,
    needs.follow,
    offer.experience,
    journey.travel,
    requests.answer,
    recovery.make_good,
    conduct.behave,
    loyalty.satisfy,
    expectations.learn,
    relationships.judge,
    loyalty.look,
    loyalty.decide,
    relationships.value,
    expectations.arrive,
    word_of_mouth.tell,
)
"""What a customer lives through in a month, in this order."""


def step_name(step: Any) -> str:
    """``module.function`` of a step, as in the documentation."""
    return f"{step.__module__.rpartition('.')[2]}.{step.__name__}"
