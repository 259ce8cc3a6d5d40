"""What a terminal can show: bold headings on a screen, plain text for everything else that reads."""

from __future__ import annotations

import os
import re
import sys
from typing import TextIO


def can_bold(stream: TextIO) -> bool:
    """True on a terminal that knows bold type, unless NO_COLOR asks for none."""
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.platform != "win32" or "WT_SESSION" in os.environ or "TERM" in os.environ


def bold(text: str) -> str:
    """``text`` in bold type where standard output can show it."""
    return f"\033[1m{text}\033[0m" if text and can_bold(sys.stdout) else text


def show(text: str, headings: str = "") -> None:
    """Print ``text``; its first line, and those that begin with the pattern ``headings``, stand out on a terminal."""
    lines = text.removesuffix("\n").split("\n")
    if can_bold(sys.stdout):
        found = [k == 0 or bool(headings and re.match(headings, line)) for k, line in enumerate(lines)]
        lines = [bold(line) if head else line for line, head in zip(lines, found, strict=True)]
    print("\n".join(lines), flush=True)
