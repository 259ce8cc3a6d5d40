"""Which fonts draw a text: the one that comes with matplotlib, and for what it lacks those of this system.

Titles may be in any script. A sign that no font here has would be drawn as a box: :func:`readable` chooses another
text instead, and :func:`drawable_part` replaces what is left.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

OURS = "DejaVu Sans"
"""Ships with matplotlib: the same picture on every machine, wherever it has all signs."""
_BOXES = "last resort"  # a font that has a box for every sign


def families(text: str) -> list[str]:
    """Names of fonts for ``text``, to be tried in this order for each sign."""
    return [OURS, *_further(_lacking(text))[0]]


def readable(*texts: str) -> str:
    """The first of the texts that can be drawn in full; the drawable part of the last one where none can."""
    return next((text for text in texts if not _further(_lacking(text))[1]), drawable_part(texts[-1]))


def drawable_part(text: str) -> str:
    """The text with "?" for every sign that no font here has; marks of format that none has are left out."""
    lost = _further(_lacking(text))[1]
    shown = {sign: "" if unicodedata.category(sign) == "Cf" else "?" for sign in lost}
    return "".join(shown.get(sign, sign) for sign in text)


def columns(text: str) -> int:
    """Width of a text where a Latin letter has 1; signs such as Chinese ones have 2."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _lacking(text: str) -> frozenset[str]:
    ours = _signs(font_manager.findfont(OURS, fallback_to_default=False))
    return frozenset(sign for sign in text if not sign.isspace() and ord(sign) not in ours)


@lru_cache(maxsize=64)
def _further(lacking: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Further fonts for signs that ours lacks, the one with the most of them first, and the signs that none has."""
    chosen: list[str] = []
    while lacking:
        ranked = [(len(_had(lacking, path)), "sans" in name.lower(), name, path) for name, path in _installed()]
        most, _, name, path = max(ranked, default=(0, False, "", ""))
        if not most:
            break
        chosen.append(name)
        lacking -= _had(lacking, path)
    return tuple(chosen), lacking


def _had(signs: frozenset[str], path: str) -> frozenset[str]:
    held = _signs(path)
    return frozenset(sign for sign in signs if ord(sign) in held)


def _installed() -> list[tuple[str, str]]:
    """(name, path) of upright fonts of ordinary weight."""
    fonts = font_manager.fontManager.ttflist
    plain = [f for f in fonts if f.style == "normal" and f.weight in (400, "normal", "regular")]
    return [(f.name, f.fname) for f in plain if _BOXES not in f.name.lower().replace("lastresort", _BOXES)]


@lru_cache(maxsize=1024)
def _signs(path: str) -> frozenset[int]:
    """Code points that a font file has; none where it cannot be read."""
    try:
        return frozenset(FT2Font(path).get_charmap())
    except (OSError, RuntimeError):
        return frozenset()
