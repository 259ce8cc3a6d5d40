"""``cxsim app``: the page in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def app(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """Serve the page; everything that can be wrong is found before it opens."""
    import contextlib
    from pathlib import Path

    from cxsim.app.serve import serve

    folder = Path(options.lessons) if options.lessons else None
    with contextlib.suppress(KeyboardInterrupt):  # which is how it is ended
        serve(options.scenarios, options.port, not options.no_browser, folder, Path(options.predictions))
