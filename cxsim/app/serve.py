"""``cxsim app``: the server of the page, on this machine only."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from cxsim.app.guard import HOST, LARGEST
from cxsim.app.kept import Kept
from cxsim.app.lessons import lessons
from cxsim.app.library import Library

FIRST_PORT, TRIED = 8080, 20


def serve(asked: Sequence[str], port: int | None, show: bool, folder: Path | None, predictions: Path) -> None:
    """Serve the page until interrupted.

    ``asked`` are two scenarios, or none. Without a ``port`` the first free one from 8080 on is taken; ``show`` opens
    the browser. ``folder`` holds further lessons, ``predictions`` is the file in which those of a class are kept.
    Raises ScenarioError for scenarios that are wrong or cannot be compared and for lessons or predictions that are
    wrong, OSError where NiceGUI is missing or the port is taken.
    """
    if find_spec("nicegui") is None:
        raise OSError('the page needs NiceGUI, which is not installed: pip install "cxsim[app]"')
    library = Library(asked)
    known = lessons(library, folder)
    kept = Kept(predictions)
    port = free_port(port)
    print(f"cxsim app: http://{HOST}:{port}/ (Ctrl-C ends it)", flush=True)  # noqa: T201
    from cxsim.app.page import run

    run(library, known, kept, port, show, LARGEST)


def free_port(port: int | None) -> int:
    """The port asked for, or the first free one from 8080 on. Raises OSError where it is taken."""
    for one in [port] if port else range(FIRST_PORT, FIRST_PORT + TRIED):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((HOST, one))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise OSError(f"port {one} cannot be used: {error.strerror}; choose another with --port") from None
                continue
            return one
    what = f"port {port} is" if port else f"the ports {FIRST_PORT} to {FIRST_PORT + TRIED - 1} are"
    raise OSError(f"{what} taken; choose another with --port")
