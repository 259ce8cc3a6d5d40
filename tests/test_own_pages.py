"""What the pages about code of one's own show, runs as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from pages import run_in_order


@pytest.mark.end_to_end
def test_add_a_mechanism(tmp_path: Path) -> None:
    assert run_in_order("docs/add_a_mechanism.md", tmp_path) == 4
