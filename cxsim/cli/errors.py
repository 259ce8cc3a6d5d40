"""How a command ends: its exit status, and the one line that says what went wrong."""

from __future__ import annotations

import sys
from typing import NoReturn

NOT_WELL, BAD_INPUT, INTERRUPTED, TERMINATED, PIPE_CLOSED = 1, 2, 130, 143, 141
"""Exit statuses besides 0: ``doctor`` found something or no run came to its end, wrong input, and what a shell reports
for three signals."""


def one_line(message: str) -> str:
    """``message`` without line breaks, and without signs that would move a terminal's cursor."""
    return " ".join("".join(c if c.isprintable() else " " for c in message).split())


def explained(error: Exception) -> str | None:
    """One line for an error that the user can mend; None for one of ours."""
    from cxsim.yaml_source import ScenarioError

    if isinstance(error, MemoryError):
        return "not enough memory; try fewer --customers or --threads"
    if isinstance(error, ScenarioError) or (isinstance(error, OSError) and not error.strerror and str(error)):
        return one_line(str(error))
    if isinstance(error, OSError) and error.strerror:
        return one_line(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return None


def be_safe() -> None:
    """Show "?" where the terminal lacks a sign; let a polite kill clean up as Ctrl-C does."""
    import io
    import signal
    import threading

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with the stream closed
            setattr(sys, name, io.StringIO())
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")

    def stop(signum: int, frame: object) -> NoReturn:
        raise SystemExit(TERMINATED)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


def close_stdout() -> None:
    """Point standard output to nowhere, so that the interpreter's own flush at exit stays silent."""
    import contextlib
    import os

    with contextlib.suppress(OSError, ValueError):  # no real file beneath it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
