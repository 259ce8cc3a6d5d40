"""Writing single files: whole or not at all, and never over anybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write a new file, whole or not at all. Raises OutputError where there is one, or where it cannot be written."""
    from cxsim.storage import OutputError

    content = text.encode()
    try:
        with path.open("xb") as file:
            try:
                file.write(content)
                file.flush()
            except BaseException:
                path.unlink()
                raise
    except FileExistsError:
        raise OutputError(f"{path}: exists already, and is left as it is; choose another name") from None
    except FileNotFoundError:
        if path.parent.is_dir():
            raise
        raise OutputError(f"{path}: there is no folder {path.parent}; make it first") from None
    except ValueError as error:  # a null byte
        raise OutputError(f"{str(path)!r}: is not the name of a file ({error})") from None


def replace(path: Path, text: str, is_ours: Callable[[str], bool]) -> None:
    """Write a file, over one whose text ``is_ours`` too. Raises OutputError where another is in its place."""
    import os

    from cxsim.storage import OutputError

    if not path.exists():
        write(path, text)
        return
    try:
        ours = path.is_file() and is_ours(path.read_text(encoding="utf-8"))
    except ValueError:  # not even a text
        ours = False
    if not ours:
        raise OutputError(f"{path}: exists already, and is something else; choose another name")
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    write(temporary, text)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise
