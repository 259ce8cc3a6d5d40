"""The notebooks run from end to end, and the tables and texts that stand in them are what they give."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

DOCS = Path(__file__).parents[1] / "docs"


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_notebooks", DOCS / "notebooks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()


@pytest.mark.slow
@pytest.mark.parametrize("name", TOOL.NOTEBOOKS)
def test_a_notebook_runs_and_shows_what_it_says(name: str) -> None:
    kept, fresh = nbformat.read(DOCS / name, as_version=4), TOOL.run(DOCS / name)
    cells = [cell for cell in kept.cells if cell.cell_type == "code"]
    for cell, stands, comes in zip(cells, TOOL.shown(kept), TOOL.shown(fresh), strict=True):
        assert stands == comes, f"run: python docs/notebooks.py\n{cell.source}"


def test_every_notebook_is_kept_small_and_clean() -> None:
    assert {path.name for path in DOCS.glob("*.ipynb")} == set(TOOL.NOTEBOOKS)
    for name in TOOL.NOTEBOOKS:
        assert (DOCS / name).stat().st_size < 300_000
        notebook = nbformat.read(DOCS / name, as_version=4)
        nbformat.validate(notebook)
        outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert any("image/png" in output.get("data", {}) for output in outputs)
        assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
        for cell in notebook.cells:
            for target in re.findall(
                r"\]\((?!https?:|#)([^)#\s]+)", cell.source if cell.cell_type == "markdown" else ""
            ):
                assert (DOCS / target).exists()


def test_a_notebook_that_is_not_current_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(TOOL, "HERE", tmp_path)
    monkeypatch.setattr(TOOL, "NOTEBOOKS", ("sum.ipynb",))
    cell = nbformat.v4.new_code_cell("1 + 1", id="sum")
    cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "3"}, execution_count=1)]
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "sum.ipynb")
    assert TOOL.main(["--check"]) == 1
    assert "not current: sum.ipynb" in capsys.readouterr().err
    assert TOOL.main([]) == 0
    assert TOOL.main(["--check"]) == 0
    (texts,) = TOOL.shown(nbformat.read(tmp_path / "sum.ipynb", as_version=4))
    assert texts == [{"kind": "execute_result", "text": "", "text/plain": "2"}]
