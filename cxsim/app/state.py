"""What a page shows, as one immutable value, and its way into an address and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from cxsim.scenario import Scenario, ScenarioError

LETTERS = ("A", "B")
"""The two companies; the first is the one that the other is compared with."""
MOST_SEED = 2**31 - 1
LONGEST = 6000
"""Characters of an address: more than every parameter of two companies moved by hand, and less than servers refuse."""

Changes = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class State:
    """Two scenarios by name, with values moved by hand: of the world that both share, and of each one's policy.

    ``month`` is the last one shown: 0 is the opening, and a number beyond the run is its end. ``pinned`` is the address
    of a run that is kept beside the others.
    """

    arms: tuple[str, str]
    world: Changes = ()
    policies: tuple[Changes, Changes] = ((), ())
    seed: int = 1
    month: int = 600
    pinned: str = ""
    lesson: str = ""
    step: int = 0
    projector: bool = False

    def moved(self, path: str, value: float, arm: int) -> State:
        """With one value moved; ``arm`` matters for a policy only."""
        if path.startswith("world."):
            return replace(self, world=_put(self.world, path, value))
        policies = [*self.policies]
        policies[arm] = _put(policies[arm], path, value)
        return replace(self, policies=(policies[0], policies[1]))

    def settled(self, bases: tuple[Scenario, Scenario]) -> State:
        """Without the values that are those of the scenarios anyway."""
        world = tuple((p, v) for p, v in self.world if any(base.value(p) != v for base in bases))
        both = zip(self.policies, bases, strict=True)
        policies = [tuple((path, v) for path, v in own if base.value(path) != v) for own, base in both]
        return replace(self, world=world, policies=(policies[0], policies[1]))

    def scenarios(self, bases: tuple[Scenario, Scenario]) -> tuple[Scenario, Scenario]:
        """The two scenarios with what was moved. Raises ScenarioError for a value that is out of bounds or unknown."""
        one, two = (_with(base, (*self.world, *own)) for base, own in zip(bases, self.policies, strict=True))
        return one, two

    def as_run(self) -> State:
        """What decides the numbers, and nothing of how they are looked at."""
        return State(self.arms, self.world, self.policies, self.seed)

    def address(self) -> str:
        """The query of an address that opens this state: ``a=...&b=...&A.policy.requests.conceded_share=.3``."""
        plain = State(self.arms)
        pairs: list[tuple[str, object]] = [("a", self.arms[0]), ("b", self.arms[1])]
        pairs += [(path, _shown(value)) for path, value in self.world]
        for letter, own in zip(LETTERS, self.policies, strict=True):
            pairs += [(f"{letter}.{path}", _shown(value)) for path, value in own]
        for name in ("seed", "month", "lesson", "step", "pinned"):
            if getattr(self, name) != getattr(plain, name):
                pairs.append((name, getattr(self, name)))
        if self.projector:
            pairs.append(("projector", 1))
        return urlencode(pairs)


def _put(changes: Changes, path: str, value: float) -> Changes:
    return tuple(sorted({**dict(changes), path: value}.items()))


def _shown(value: float) -> str:
    return f"{value:.12g}"


def _with(base: Scenario, changes: Changes) -> Scenario:
    if not changes:
        return base
    first, *more = changes
    return base.replace(first[0], first[1], *(part for pair in more for part in pair))


def from_address(query: str, default: tuple[str, str], offered: Iterable[str]) -> State:
    """The state of an address. Raises ScenarioError with one clear line for anything that is not known here.

    Only scenarios that are ``offered`` can be named: an address opens no file.
    """
    if len(query) > LONGEST:
        _refuse(f"the address is longer than {LONGEST} characters")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=400)
    except ValueError:
        raise ScenarioError("the address names more values than there are") from None
    known = dict(pairs)
    names = tuple(offered)
    arms = tuple(_offered(known.pop(key, name), names) for key, name in zip(("a", "b"), default, strict=True))
    state = State((arms[0], arms[1]))
    state = replace(
        state,
        seed=_whole(known, "seed", state.seed, MOST_SEED),
        month=_whole(known, "month", state.month, 600),
        step=_whole(known, "step", state.step, 99),
        projector=bool(_whole(known, "projector", 0, 1)),
        lesson=known.pop("lesson", "")[:80],
        pinned=known.pop("pinned", ""),
    )
    for key, text in known.items():
        letter, dot, path = key.partition(".")
        if letter in LETTERS and dot and path.startswith("policy."):
            state = state.moved(path, _number(key, text), LETTERS.index(letter))
        elif key.startswith("world."):
            state = state.moved(key, _number(key, text), 0)
        else:
            _refuse(f"the address has an unknown part {key[:60]!r}")
    return state


def _offered(name: str, offered: tuple[str, ...]) -> str:
    if name not in offered:
        _refuse(f"the address names a scenario {name[:60]!r} that is not offered here")
    return name


def _whole(known: dict[str, str], key: str, default: int, most: int) -> int:
    text = known.pop(key, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= most):
        _refuse(f"{key} in the address must be a whole number up to {most}, not {text[:40]!r}")
    return int(text)


def _number(key: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        _refuse(f"{key} in the address must be a number, not {text[:40]!r}")


def _refuse(message: str) -> NoReturn:
    raise ScenarioError(message)


def pinned_state(address: str, arms: tuple[str, str], offered: Iterable[str]) -> State | None:
    """The state that is pinned, if any. Raises ScenarioError as :func:`from_address`."""
    return from_address(address, arms, offered).as_run() if address else None
