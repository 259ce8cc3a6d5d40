"""Write the generated documentation from the code: ``python docs/generate.py``, or ``--check`` whether it is current.

The prose stands in ``docs/templates``. A line ``<!-- generate: name -->`` there is replaced by what the public
function ``name`` of ``model_parts`` or ``table_parts`` reads from the declarations; the result is written to ``docs``,
to be read without running anything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from inspect import getmembers, isfunction
from pathlib import Path

import model_parts
import table_parts

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
PAGES = ("model.md", "parameters.md", "measures.md", "claims.md")
MARK = re.compile(r"^<!-- generate: (\w+) -->$", re.MULTILINE)
GENERATORS: dict[str, Callable[[], str]] = {
    name: function
    for module in (model_parts, table_parts)
    for name, function in getmembers(module, isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}


def render(page: str) -> str:
    """The text of a page. Raises KeyError for a mark that no function here answers."""
    template = (TEMPLATES / page).read_text(encoding="utf-8")
    note = f"<!-- Written by docs/generate.py from docs/templates/{page} and the code: change those, then run it. -->"
    return note + "\n\n" + MARK.sub(lambda m: GENERATORS[m[1]](), template)


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with ``--check`` say which are stale; 1 where one is."""
    stale = []
    for page in PAGES:
        target, wanted = HERE / page, render(page)
        if not target.exists() or target.read_text(encoding="utf-8") != wanted:
            stale.append(page)
            if "--check" not in arguments:
                target.write_text(wanted, encoding="utf-8", newline="\n")
    if "--check" in arguments and stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run python docs/generate.py\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
