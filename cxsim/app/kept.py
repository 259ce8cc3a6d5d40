"""The predictions of a class in a file, so that a machine that is started again still has them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cxsim.app.predict import LONGEST_WHY, MOST, Board, Prediction, Score, clean
from cxsim.scenario import ScenarioError
from cxsim.studies.runs.folder import settle

_FORMAT = "predictions of cxsim app"
_LARGEST, _LONGEST, _MOST_PERIODS = 4_000_000, 1000, 1000


class Kept:
    """A board, and the file that it is written to whenever it changes.

    Raises ScenarioError for a file that is damaged or something else; it is left as it is.
    """

    def __init__(self, file: Path) -> None:
        self._file, self._seen = file, _bytes(file)
        self.board = _read(file, self._seen) if self._seen is not None else Board()

    def save(self) -> None:
        """Write the file, whole or not at all.

        Raises OSError where it cannot be written, or somebody else, such as another page's server, has written to it.
        """
        if _bytes(self._file) != self._seen:
            raise OSError(f"{self._file}: was changed by something else, and is left as it is")
        board = self.board
        data = {
            "format": _FORMAT,
            "round": board.round,
            "kept": [asdict(p) for p in board.kept],
            "why": {str(k): text for k, text in board.why.items()},
        }
        what = (json.dumps(data, ensure_ascii=False) + "\n").encode()
        settle(self._file, what)
        self._seen = what


def _bytes(file: Path) -> bytes | None:
    """What a file holds; None where there is none. No more is read than one of ours can hold."""
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST + 1)
    except FileNotFoundError:
        return None


def _read(file: Path, what: bytes) -> Board:
    try:
        data = json.loads(what) if len(what) <= _LARGEST else None
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ValueError
        kept = [_prediction(one) for one in data["kept"]]
        why = {_whole(int(k)): _text(text, LONGEST_WHY) for k, text in data["why"].items()}
        if len(kept) > MOST:
            raise ValueError
        return Board(_whole(data["round"]), kept, why)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        what_to_do = "move it away, or name another with --predictions"
        raise ScenarioError(f"{file}: is damaged, or no file of predictions; {what_to_do}") from None


def _prediction(data: dict[str, Any]) -> Prediction:
    names = ("companies", "table", "quantity", "unit")
    companies, table, quantity, unit = (_text(data[name], _LONGEST) for name in names)
    guess = data["guess"]
    curve = clean(guess, len(guess)) if len(guess) <= _MOST_PERIODS else None
    if curve is None:
        raise ValueError
    held = data["score"]
    score = Score(*(_finite(held[key]) for key in ("mean", "last", "guessed", "came_out"))) if held else None
    return Prediction(_whole(data["round"]), companies, table, quantity, unit, curve, score)


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError
    return value


def _finite(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError
    return value
