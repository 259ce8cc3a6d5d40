"""Pages whose blocks run: commands, Python, and the files they show, in order in one folder.

A comment above a block says what to do with it: ``file: NAME`` is written to that name for the blocks after it,
``setup`` and ``command: NAME`` are left alone. Every other block of ``sh`` or ``python`` is run as it stands.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CXSIM = "import sys; from cxsim.cli import main; sys.exit(main())"
_BLOCK = re.compile(r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S)


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Mark, kind and text of every block of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [(m["mark"] or "", m["kind"], m["text"]) for m in _BLOCK.finditer(text)]


def python(*arguments: str, folder: Path) -> str:
    """Standard output of a fresh interpreter in ``folder``, warnings being errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments], cwd=folder, capture_output=True, text=True, check=False,
        timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, f"{shlex.join(arguments)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def cxsim(command: str, folder: Path) -> str:
    """Run one command line that begins with cxsim; its standard output."""
    program, *arguments = shlex.split(command, comments=True)
    assert program == "cxsim", f"mark this block as setup, or begin it with cxsim: {command}"
    return python("-c", CXSIM, *arguments, folder=folder)


def run_in_order(page: str, folder: Path) -> int:
    """Write and run the blocks of a page; the number of commands and programs that ran."""
    ran = 0
    for mark, kind, text in blocks(page):
        if mark.startswith("file: "):
            (folder / mark.removeprefix("file: ")).write_text(text, encoding="utf-8")
        elif mark == "setup" or mark.startswith("command: "):
            continue
        elif kind == "sh":
            for line in text.replace("\\\n", " ").splitlines():
                if shlex.split(line, comments=True):
                    cxsim(line, folder)
                    ran += 1
        elif kind == "python":
            python("-c", text, folder=folder)
            ran += 1
    return ran
