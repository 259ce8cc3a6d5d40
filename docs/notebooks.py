"""Run the notebooks and keep what they show: ``python docs/notebooks.py``, or ``--check`` whether that is current.

Tables and texts must come out the same again; pictures are drawn anew but not compared.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
NOTEBOOKS = ("strategist.ipynb", "researcher.ipynb")
_PICTURES = ("image/png", "image/svg+xml")


def run(path: Path) -> Any:
    """The notebook as it comes out of a fresh kernel. Raises nbclient's CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(HERE)}}
    )
    settings = {
        "PYTHONPATH": str(HERE.parent),  # this cxsim, whatever is installed
        "PYTHONWARNINGS": "ignore:IProgress not found",  # said by a progress bar that Mesa imports
    }
    client.execute(env={**os.environ, **settings})
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def shown(notebook: Any) -> list[list[dict[str, Any]]]:
    """What every code cell shows, pictures left out."""
    cells = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
    return [[_texts(output) for output in outputs] for outputs in cells]


def _texts(output: Any) -> dict[str, Any]:
    data = {kind: text for kind, text in output.get("data", {}).items() if kind not in _PICTURES}
    return {"kind": output.output_type, "text": output.get("text", ""), **data}


def main(arguments: list[str]) -> int:
    """Run all notebooks and write them back, or with ``--check`` say which are not current; 1 where one is."""
    stale = []
    for name in NOTEBOOKS:
        path = HERE / name
        fresh = run(path)
        if "--check" not in arguments:
            nbformat.write(fresh, path)
        elif shown(fresh) != shown(nbformat.read(path, as_version=4)):
            stale.append(name)
    if stale:
        sys.stderr.write(f"not current: {', '.join(stale)}; run python docs/notebooks.py\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
