"""The one look of all figures and the one way of writing numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

INK = "#222222"
QUIET = "#555555"
FAINT = "#D9D9D9"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito (2008), without yellow, which is lost on white."""
Dash = Literal["solid"] | tuple[float, tuple[float, ...]]
DASHES: tuple[Dash, ...] = (
    "solid",
    (0, (5, 1.6)),
    (0, (1.3, 1.3)),
    (0, (6, 1.5, 1.3, 1.5)),
    (0, (9, 2.5)),
    (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2)),
    (0, (2.5, 2.5)),
)
"""One per colour, so that lines differ in black and white too."""

SIZE = (8.0, 4.5)
"""Inches, the shape of a slide; a figure with many names is taller."""
DPI, SCREEN_DPI = 200, 100
"""Of files, and of figures in a notebook."""
TITLE, LABEL, TICK, FOOT = 15.5, 13.0, 12.0, 11.0
"""Type in points at ``SIZE`` inches: none below 11, so that a slide or a phone still shows it."""

RC: dict[str, object] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.unicode_minus": True,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": TICK,
    "ytick.labelsize": TICK,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a title is a dollar sign
    "svg.fonttype": "path",
    "svg.hashsalt": "cxsim",
    "path.simplify": True,
}


def colour(index: int) -> str:
    """Colour of the arm with this index."""
    return COLOURS[index % len(COLOURS)]


def dash(index: int) -> Dash:
    """Line style of the arm with this index; where colours repeat, colour and style together do not."""
    return DASHES[(index + index // len(DASHES)) % len(DASHES)]


def darker(colour: str, share: float = 0.68) -> str:
    """The colour for text: line colours are too light to be read as small type on white."""
    parts = (int(int(colour[i : i + 2], 16) * share) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02X}" for part in parts)


def money_scale(largest: float) -> tuple[float, str]:
    """Divisor and prefix for amounts of up to ``largest``: thousands "k", millions "m", billions "bn"."""
    for divisor, prefix in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(largest) >= divisor:
            return divisor, prefix
    return 1.0, ""


def decimals_for(largest: float, significant: int = 3, most: int = 3) -> int:
    """Decimals that show ``largest`` with so many significant digits, between 0 and ``most``."""
    if not math.isfinite(largest) or largest == 0:
        return 0
    return max(0, min(most, significant - 1 - math.floor(math.log10(abs(largest)))))


def number(value: float | None, decimals: int, sign: bool = False) -> str:
    """A number as it stands in a table: ``.64``, ``-1.9``, ``12,000``; "n/a" if there is none.

    With ``sign``, positive numbers carry a plus.
    """
    if value is None or not math.isfinite(value):
        return "n/a"
    text = f"{abs(value):,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        return "0"
    if text.startswith("0."):
        text = text[1:]
    return ("-" if value < 0 else "+" if sign else "") + text


def half_width(low: float, high: float, decimals: int) -> str:
    """Half the width of an interval, rounded up, so that no interval is shown narrower than it is."""
    half = (high - low) / 2
    if not math.isfinite(half):
        return ""
    step = 10.0**-decimals
    return number(math.ceil(half / step - 1e-9) * step, decimals)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places as near as possible to the ``wanted`` ones, at least ``gap`` apart, within ``low``..``high``.

    Least squares: neighbours that collide are pooled around their common mean. If there is no room for
    all of them, they stand evenly from ``low`` to ``high``.
    """
    n = len(wanted)
    if n == 0:
        return []
    if n > 1 and gap * (n - 1) > high - low:
        gap = (high - low) / (n - 1)
    order = sorted(range(n), key=lambda i: wanted[i])
    pools: list[tuple[float, int]] = []  # (mean of place - rank * gap, members)
    for rank, i in enumerate(order):
        mean, members = wanted[i] - rank * gap, 1
        while pools and pools[-1][0] > mean:
            other, size = pools.pop()
            mean, members = (mean * members + other * size) / (members + size), members + size
        pools.append((mean, members))
    placed = [0.0] * n
    flat = [mean for mean, members in pools for _ in range(members)]
    for rank, i in enumerate(order):
        placed[i] = min(max(flat[rank], low), high - (n - 1) * gap) + rank * gap
    return placed
