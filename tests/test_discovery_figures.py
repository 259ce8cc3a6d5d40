"""What the figure of a scenario discovery shows, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

import planted
from cxsim.report import style
from cxsim.report.findings_figures import finding_charts
from cxsim.studies.analyses import boxes, discovery
from cxsim.studies.analyses import discovery_words as words
from cxsim.studies.analyses.discovery import discover
from cxsim.studies.analyses.questions import checked
from test_discovery import ARMS, VARY, found, planted_box


def test_the_figure_shows_no_box_that_is_no_finding_and_has_a_short_title() -> None:
    """One box holds at points left out, one is said not to; both are in the table."""
    for held_out, drawn in ((True, 1), (False, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(boxes, "by_chance", lambda found, rare, no=not held_out: no)
            patch.setattr(words, "by_chance", boxes.by_chance)
            patch.setattr(discovery, "by_chance", boxes.by_chance)
            finding = found(lambda x, luck: np.where(planted_box(x), -1.0, 1.0))
        chart = finding_charts(finding)["box"]
        assert sum(isinstance(patch, Rectangle) for patch in chart.axes[0].patches) == drawn
        assert any(t.get_text().startswith("Box") for t in chart.axes[0].texts) == bool(drawn)
        assert len(finding.tables["box"].frame()) == 2
        title = chart.texts[0].get_text()
        assert title.count("\n") < 2 and "where" not in title and title.split()[-1] == "worlds"


def test_marks_of_a_grid_do_not_hide_each_other_and_neither_kind_lies_on_top() -> None:
    """100 points at 20 places, five in each; it holds at 15 of them, those written down last."""
    x = np.array([[1, b / 10, c / 100, 1 + d] for d in range(4) for c in range(5) for b in range(5)])
    ends = zip(VARY, x.min(axis=0), x.max(axis=0), strict=True)
    vary = [replace(v, low=low, high=high, scale="linear") for v, low, high in ends]
    made = planted.experiment(x, vary, "grid", 1, ARMS)
    runs: dict[tuple[str, str], planted.Values] = {
        ("mutual", "npv"): lambda x, k, luck: np.where((x[:, 2] > 0.035) & (x[:, 3] > 1), 1.0, -1.0),
        ("doormat", "npv"): lambda x, k, luck: np.zeros(len(x)),
    }
    finding = discover(made, planted.runs(made, runs), checked("discover", "mutual.npv > doormat.npv", made))
    axes = finding_charts(finding)["box"].axes[0]
    (marks,) = axes.collections
    axes.figure.canvas.draw()
    at = axes.transData.transform(marks.get_offsets())
    apart = np.linalg.norm(at[:, None] - at[None], axis=2)[np.triu_indices(len(at), 1)]
    assert len(at) == 100 and apart.min() > 4, "pixels at 100 per inch"
    held = [tuple(colour) == to_rgba(style.COLOURS[1]) for colour in marks.get_facecolors()]
    assert sum(held) == 15 and 20 < np.mean(np.flatnonzero(held)) < 80


def test_the_box_is_drawn_where_whole_numbers_end_and_marks_that_are_not_in_it_are_pale() -> None:
    """Truth: three limits, of which two are shown."""
    lead = lambda x, luck: np.where((x[:, 3] <= 4) & (x[:, 0] < 1) & (x[:, 2] > 0.1), -1.0, 1.0)  # noqa: E731
    finding = found(lead, 600)
    limits = finding.tables["box"].frame().set_index("path")["limit"]
    (hidden,) = set(limits.index) - set(finding.settings["axes"])
    frame = finding.tables["points"].frame()
    assert len(limits) == 3 and limits[VARY[3].path] == 4
    outside = frame[hidden] > limits[hidden] if hidden == VARY[0].path else frame[hidden] < limits[hidden]
    shown = np.ones(600, bool)
    for path in finding.settings["axes"]:
        shown &= frame[path] >= limits[path] if path == VARY[2].path else frame[path] <= limits[path]
    chart = finding_charts(finding)["box"]
    (marks,) = chart.axes[0].collections
    assert (np.asarray(marks.get_alpha()) < 1).sum() == (shown & outside).sum() > 0
    assert "Pale: not in the box" in " ".join(" ".join(t.get_text() for t in chart.texts).split())
    (box,) = (patch for patch in chart.axes[0].patches if isinstance(patch, Rectangle))
    k = finding.settings["axes"].index(VARY[3].path)
    assert (box.get_x() + box.get_width(), box.get_y() + box.get_height())[k] == pytest.approx(4.5)
