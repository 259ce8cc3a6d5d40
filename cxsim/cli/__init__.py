"""The command line. Thin: it imports what a command needs only when that command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from cxsim.cli.errors import (
    BAD_INPUT,
    INTERRUPTED,
    PIPE_CLOSED,
    TERMINATED,
    be_safe,
    close_stdout,
    explained,
)
from cxsim.cli.parser import parse

__all__ = ["BAD_INPUT", "INTERRUPTED", "PIPE_CLOSED", "TERMINATED", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; wrong usage raises SystemExit(2) as argparse does."""
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        if argv[:1] == ["__complete"]:  # a shell asks, see completion.py
            import_module("cxsim.cli.completion").answer(argv[1:])
            return 0
        options = parse(argv)
        be_safe()
        module, _, function = options.action.partition(".")
        status: int | None = getattr(import_module(f"cxsim.cli.{module}"), function)(options, argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        kept = "what was run is kept, and the same command goes on" if argv[:1] == ["experiment"] else ""
        print(f"cxsim: interrupted; {kept or 'no results were written'}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough
        close_stdout()
        return PIPE_CLOSED
    except (ValueError, OSError, MemoryError) as error:
        message = explained(error)
        if message is None:
            raise
        print(f"cxsim: {message}", file=sys.stderr)
        return BAD_INPUT
    finally:
        if pool := sys.modules.get("cxsim.pool"):
            pool.end()
    return status or 0


if __name__ == "__main__":
    sys.exit(main())
