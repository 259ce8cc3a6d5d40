"""Lessons: short guided sequences, each a YAML file that a trainer can edit or add.

What a lesson says of how a run came out is said of the run at hand: a step may ask which company is ahead, and has a
text for either answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from cxsim.app.library import Library
from cxsim.app.state import LETTERS, State
from cxsim.app.views import quantities
from cxsim.scenario import ScenarioError

SHIPPED = Path(__file__).parent / "lessons"
KINDS = ("hook", "predict", "play", "explain", "customer", "sandbox")
_LONGEST, _MOST_STEPS, _LARGEST = 4000, 20, 100_000
_KEYS = {"title", "about", "minutes", "arms", "steps", "notes", "handout"}
_STEP_KEYS: dict[str, set[str]] = {
    "hook": set(),
    "predict": {"quantity"},
    "play": {"to"},
    "explain": set(),
    "customer": {"who"},
    "sandbox": {"move"},
}
_ASKED = {"quantity", "ahead", "month", "if_so", "if_not"}
_MAY_ASK = ("explain", "sandbox")
_WHO = ("A", "B", "both", "neither")


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a company has the higher value of a quantity in a month."""

    quantity: str
    ahead: str
    month: int
    if_so: str
    if_not: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a text, and by its kind what to predict, to play, to ask of the run, to move, and whom to show."""

    kind: str
    text: str
    quantity: str = ""
    to: int = 0
    question: Question | None = None
    move: tuple[tuple[str, float], ...] = ()
    who: str = ""


@dataclass(frozen=True)
class Lesson:
    """A guided sequence for two companies."""

    name: str
    title: str
    about: str
    minutes: int
    arms: tuple[str, str]
    steps: tuple[Step, ...]
    notes: str
    handout: str


def lessons(library: Library, folder: Path | None = None) -> dict[str, Lesson]:
    """The shipped lessons, and those in a folder, by name. Raises ScenarioError naming the file and what is wrong."""
    files = sorted(SHIPPED.glob("*.yaml"))
    if folder is not None:
        if not folder.is_dir():
            raise ScenarioError(f"{folder}: there is no such folder of lessons")
        files += sorted(folder.glob("*.yaml"))
    return {file.stem: _read(file, library) for file in files}


def _read(file: Path, library: Library) -> Lesson:
    text = file.read_bytes()
    if len(text) > _LARGEST:
        _refuse(file, "", f"is larger than {_LARGEST} bytes")
    try:
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ScenarioError(f"{file}{line}: {error.problem}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        _refuse(file, "", " ".join(str(error).split()))
    tree = _table(file, "", data, _KEYS, _KEYS)
    arms = tree["arms"]
    if not (isinstance(arms, list) and len(arms) == 2 and all(arm in library.names for arm in arms)):
        _refuse(file, "arms", f"expected two scenarios of {', '.join(library.names)}")
    pair = (str(arms[0]), str(arms[1]))
    steps = tree["steps"]
    if not (isinstance(steps, list) and 1 <= len(steps) <= _MOST_STEPS):
        _refuse(file, "steps", f"expected a list of 1 to {_MOST_STEPS} steps")
    known = {q.name for q in quantities(library.pair(pair)[0])}
    last = library.pair(pair)[0].horizon_months
    read = tuple(_step(file, f"steps[{k}]", step, known, last) for k, step in enumerate(steps))
    lesson = Lesson(
        name=file.stem,
        arms=pair,
        steps=read,
        minutes=_whole(file, "minutes", tree["minutes"], 600),
        **{key: _text(file, key, tree[key]) for key in ("title", "about", "notes", "handout")},
    )
    for k, step in enumerate(read):
        try:
            moved(State(pair), step).scenarios(library.pair(pair))
        except ScenarioError as error:
            _refuse(file, f"steps[{k}].move", str(error))
    return lesson


def _step(file: Path, path: str, data: object, known: set[str], last: int) -> Step:
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind not in KINDS:
        _refuse(file, f"{path}.kind", f"expected one of {', '.join(KINDS)}, not {kind!r}")
    needed, may = {"kind", "text", *_STEP_KEYS[kind]}, _ASKED if kind in _MAY_ASK else set()
    asked = isinstance(data, dict) and bool(may & data.keys())
    tree = _table(file, path, data, needed | may if asked else needed, needed | may)
    if "quantity" in tree and tree["quantity"] not in known:
        _refuse(file, f"{path}.quantity", f"expected one of {', '.join(sorted(known))}, not {tree['quantity']!r}")
    text, question = _text(file, f"{path}.text", tree["text"]), None
    if asked:
        if tree["ahead"] not in LETTERS:
            _refuse(file, f"{path}.ahead", f"expected A or B, not {tree['ahead']!r}")
        month = _whole(file, f"{path}.month", tree["month"], last)
        so, other = (_text(file, f"{path}.{key}", tree[key]) for key in ("if_so", "if_not"))
        question = Question(tree["quantity"], tree["ahead"], month, so, other)
    if "who" in tree and tree["who"] not in _WHO:
        _refuse(file, f"{path}.who", f"expected one of {', '.join(_WHO)} (who left which), not {tree['who']!r}")
    to = _whole(file, f"{path}.to", tree["to"], last) if kind == "play" else 0
    move = _moves(file, f"{path}.move", tree["move"]) if kind == "sandbox" else ()
    return Step(kind, text, str(tree.get("quantity", "")), to, question, move, str(tree.get("who", "")))


def _moves(file: Path, path: str, data: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(data, dict):
        _refuse(file, path, "expected paths with numbers, such as B.policy.requests.conceded_share: .5")
    for key, value in data.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            _refuse(file, f"{path}.{key}", f"expected a number, not {value!r}")
        if not str(key).startswith(("world.", *(f"{letter}.policy." for letter in LETTERS))):
            _refuse(file, f"{path}.{key}", "expected a path that begins with world., A.policy. or B.policy.")
    return tuple((str(key), float(value)) for key, value in data.items())


def moved(state: State, step: Step) -> State:
    """The state after the values of a step were put in."""
    for key, value in step.move:
        letter, _, path = key.partition(".")
        state = state.moved(path, value, LETTERS.index(letter)) if letter in LETTERS else state.moved(key, value, 0)
    return state


def told(step: Step, values: Mapping[str, Sequence[Sequence[float | None]]], months: Sequence[int]) -> str:
    """The text of a step, with what it says of the run at hand; ``values`` has the means of A and of B."""
    q = step.question
    if q is None:
        return step.text
    place = max((k for k, month in enumerate(months) if month <= q.month), default=0)
    a, b = (row[place] for row in values[q.quantity])
    if a is None or b is None:
        return step.text
    ahead = (a > b) if q.ahead == "A" else (b > a)
    return f"{step.text} {q.if_so if ahead else q.if_not}"


def paragraphs(text: str) -> list[str]:
    """A text cut at its line breaks, and before its numbers ("1.", "2.", ...), where it has them."""
    return [part for line in text.splitlines() if line.strip() for part in _numbered(line)]


def _numbered(text: str) -> list[str]:
    parts, rest, k = [], text, 2
    while f" {k}. " in rest:
        before, _, after = rest.partition(f" {k}. ")
        parts.append(before)
        rest, k = f"{k}. {after}", k + 1
    return [*parts, rest]


def _table(file: Path, path: str, data: object, needed: set[str], allowed: set[str]) -> dict[str, Any]:
    if not isinstance(data, dict):
        _refuse(file, path, f"expected {', '.join(sorted(needed))}")
    for key in sorted(needed - set(data)):
        _refuse(file, path, f"{key} is missing")
    for key in sorted(str(k) for k in set(data) - allowed):
        _refuse(file, path, f"unknown key {key!r}; there are {', '.join(sorted(allowed))}")
    return data


def _text(file: Path, path: str, value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= _LONGEST:
        _refuse(file, path, f"expected a text of at most {_LONGEST} characters")
    return value.strip()


def _whole(file: Path, path: str, value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        _refuse(file, path, f"expected a whole number from 1 to {most}, not {value!r}")
    return value


def _refuse(file: Path, path: str, what: str) -> NoReturn:
    raise ScenarioError(": ".join(part for part in (str(file), path, what) if part))
