"""What analyses may be told is checked in one line; findings read as text, plain data and figures."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import planted
from cxsim.measures import MEASURES
from cxsim.report import drawing, fonts, sensitivity_figures
from cxsim.report.drawing import Chart
from cxsim.report.findings import finding_data, finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.report.findings_numbers import amount, percent, rounded, stated
from cxsim.scenario import ScenarioError
from cxsim.studies.analyses.discovery import discover
from cxsim.studies.analyses.findings import Finding, label, titles
from cxsim.studies.analyses.questions import KINDS, Side, checked, read_condition
from cxsim.studies.analyses.robustness import regret, satisfice
from cxsim.studies.analyses.sensitivity import sensitivity
from cxsim.studies.analyses.tabulation import table
from cxsim.studies.experiments.experiment import Experiment, Varied
from cxsim.studies.quantities import Moment, Reading

ARMS = ("mutual", "doormat")
COLUMNS = (*MEASURES, "npv_year_3")
FUNCTIONS = {f.__name__: f for f in (sensitivity, discover, regret, satisfice, table)}
VARY = (
    Varied("world.requests.cost_to_value", 0.25, 2, "ratio", "log"),
    Varied("world.expectations.entitlement_learning_share", 0, 0.4, "share"),
    Varied("world.requests.hassle", 0, 0.2, "months of spend"),
    Varied("world.silos.n_areas", 1, 7, "silos", integer=True),
)


def asked() -> Experiment:
    """Two arms, and npv in year 3 among what is read."""
    made = planted.experiment(np.zeros((1, 0)), (), "list", arms=dict(zip(ARMS, ARMS, strict=True)))
    return replace(made, readings=(Reading("npv", Moment("year", 3)),))


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        ("sensitivity", "npv", {"measure": "npv", "arm": "mutual", "against": "", "tolerance": 0.1}),
        ("sensitivity", {"measure": "npv_year_3", "arm": "doormat", "against": "mutual", "tolerance": 1}, None),
        ("discover", "mutual.npv > 1", {"when": "mutual.npv > 1", "density": 0.8, "smallest": 0.05}),
        ("regret", "churn_per_year", {"measure": "churn_per_year", "better": "lower"}),
        ("regret", {"measure": "npv_year_3", "better": "higher"}, None),
        ("satisfice", {"npv": ">=0", "trust": "> .8"}, {"thresholds": {"npv": ">= 0", "trust": "> 0.8"}}),
        ("satisfice", {"thresholds": {"npv": ">= 1e6"}}, {"thresholds": {"npv": ">= 1e+06"}}),
        ("table", "npv", {"measure": "npv"}),
    ],
)
def test_settings_are_read(kind: str, given: object, read: dict[str, object] | None) -> None:
    found = checked(kind, given, asked())
    assert set(found) == {s.name for s in KINDS[kind]}
    assert found == (read if read is not None else found | given)  # type: ignore[operator]
    assert checked(kind, found, asked()) == found, "what is read can be read again"


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        ("sensitivty", "npv", "unknown key 'sensitivty'; did you mean 'sensitivity'?"),
        ("sensitivity", "nvp", "measure: unknown 'nvp'; did you mean 'npv'?"),
        ("sensitivity", {"measures": "npv"}, "sensitivity: unknown key 'measures'; did you mean 'measure'?"),
        ("sensitivity", {"arm": "mutual"}, "sensitivity.measure: is missing: what is to be explained"),
        ("sensitivity", {"measure": "npv", "arm": "mutal"}, "arm: unknown 'mutal'; did you mean 'mutual'?"),
        ("sensitivity", {"measure": "npv", "against": "mutual"}, "against: mutual is the arm itself"),
        ("sensitivity", {"measure": "npv", "tolerance": 2}, "sensitivity.tolerance: 2 is outside 0.001..1 share"),
        ("sensitivity", {"measure": "npv", "tolerance": True}, "tolerance: expected a number"),
        ("sensitivity", 3, "sensitivity.measure: expected a text, got '3'"),
        ("discover", "mutual.npv", "expected 'arm.measure > arm.measure' or 'arm.measure > number', not 'mutual.npv'"),
        ("discover", "mutual.npv > mutual.npv", "both sides of 'mutual.npv > mutual.npv' are the same"),
        ("discover", "1 < mutual.npv", "a condition begins with an arm's measure, not with '1'"),
        ("discover", "mutal.npv > 1", "'mutal.npv' names no arm: unknown 'mutal'; did you mean 'mutual'?"),
        ("discover", "mutual.nvp > 1", "'mutual.nvp' names no measure: unknown 'nvp'; did you mean 'npv'?"),
        ("discover", "mutual.npv > inf", "'inf' names no arm"),
        ("regret", "npv_year_3", "better: is missing: higher or lower? npv_year_3 has no direction of its own"),
        ("regret", {"measure": "npv", "better": "more"}, "better: unknown 'more'; valid: higher, lower"),
        ("satisfice", {"npv": "0"}, """expected a sign and a number, such as ">= .8", not '0'"""),
        ("satisfice", {"npv": 0}, """expected a sign and a number, such as ">= .8", not 0"""),
        ("satisfice", {"nvp": ">= 0"}, "thresholds: unknown 'nvp'; did you mean 'npv'?"),
        ("satisfice", {}, "thresholds: expected measures with what each has to reach"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(kind: str, given: object, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        checked(kind, given, asked())
    assert said in str(error.value) and "\n" not in str(error.value)
    assert str(error.value).startswith(("unknown key", kind))


def test_regret_needs_another_arm() -> None:
    with pytest.raises(ValueError, match="compares arms"):
        checked("regret", "npv", planted.experiment(np.zeros((1, 0)), (), "list"))


def test_arms_whose_names_begin_alike_are_told_apart() -> None:
    found = read_condition("a.b.npv > a.npv", ("a", "a.b"), COLUMNS)
    assert found.left == Side("a.b", "npv") and found.right == Side("a", "npv")


def test_how_numbers_and_names_are_written() -> None:
    assert amount(3.84e6, "money", "EUR") == "EUR 3.8m" and amount(-1500, "money", "EUR", sign=True) == "EUR -1.5k"
    assert amount(4.2e6, "money per year", "EUR") == "EUR 4.2m per year"
    assert amount(0.834, "share") == "83 %" and amount(6.12, "months of spend") == "6.1 months of spend"
    assert stated(11e6, "money", "EUR") == "EUR 11m" and stated(0.825, "share") == "82.5 %"
    assert stated(0.0, "money", "EUR") == "EUR 0"
    shares = {0: "0 %", 0.001: "below 1 %", 0.5: "50 %", 0.999: "over 99 %", 1: "100 %", math.nan: "n/a"}
    assert [percent(x) for x in shares] == [*shares.values()]
    assert [rounded(x) for x in (7.2, 142, 1234, 98765)] == ["8", "150", "1,300", "99,000"]
    paths = ("world.requests.cost_share", "world.silos.cost_share", "policy.silos.n_areas")
    assert label(paths[0], paths) == "cost share (world requests)" and label(paths[2], paths) == "number of areas"
    assert label("customers", ["customers"]) == "customers"
    words = {"world.work.handoff_loss_prob": "hand-off loss probability", "world.market.spend_sigma": "spend spread",
             "policy.silos.n_sharing": "number sharing"}  # fmt: skip
    assert {path: label(path, [*words]) for path in words} == words


def test_arms_of_one_title_go_by_their_names() -> None:
    made = planted.experiment(np.zeros((1, 0)), (), "list", 1, {"a": "Same", "b": "Same"})
    assert titles(made) == {"a": "a", "b": "b"}


@cache
def findings() -> dict[str, Finding]:
    """One of each kind, and hard cases."""
    names = {"mutual": "Mutual, siloed", "doormat": "Costs $5 & <more> _i_ 100 % Ärger 客户"}
    made = planted.experiment(planted.points("latin_hypercube", VARY, 300), VARY, "latin_hypercube", 3, names)
    lead = lambda x, k, luck: 1e6 * (x[:, 0] + 4 * x[:, 1] - 1) + 2e5 * luck.normal(size=len(x))  # noqa: E731
    none = lambda x, k, luck: np.zeros(len(x))  # noqa: E731
    frame = planted.runs(made, {("mutual", "npv"): lead, ("doormat", "npv"): none})
    asked = {
        "sensitivity": {"measure": "npv", "against": "doormat"},
        "discover": "mutual.npv > doormat.npv",
        "regret": "npv",
        "satisfice": {"npv": ">= 0"},
        "table": "npv",
    }
    told = {kind: checked(kind, given, made) for kind, given in asked.items()}
    found = {kind: FUNCTIONS[kind](made, frame, told[kind]) for kind in asked}
    few = replace(made, points=made.points[:3])
    found["short_table"] = table(few, frame[frame["point"] < 3], told["table"])
    gone = frame.assign(npv=np.nan)
    found |= {f"undefined_{kind}": FUNCTIONS[kind](made, gone, told[kind]) for kind in asked}
    many = planted.varied(25)
    for kind, n in (("saltelli", 32), ("morris", 8)):
        made = planted.experiment(planted.points(kind, many, n), many, kind, 3)
        values = lambda x, k, luck: 1e6 * (90 * x[:, 24] + x @ np.arange(25) + luck.normal(size=len(x)))  # noqa: E731
        frame = planted.runs(made, {("a", "npv"): values})
        found[kind] = sensitivity(made, frame, checked("sensitivity", "npv", made))
    return found


KEYS = (*KINDS, *(f"undefined_{kind}" for kind in KINDS), "short_table", "saltelli", "morris")
DRAWN = {
    "sensitivity": {"indices", "tornado"},
    "discover": {"box"},
    "regret": {"regret"},
    "satisfice": {"satisficing"},
    "short_table": {"table"},
    "saltelli": {"indices", "tornado"},
    "morris": {"indices", "tornado"},
    "undefined_satisfice": {"satisficing"},
}


@pytest.mark.parametrize("key", KEYS)
def test_text_fits_a_terminal_and_data_is_plain(key: str) -> None:
    finding = findings()[key]
    text = finding_text(finding)
    assert max(map(len, text.split("\n"))) <= 100 and "nan" not in text.split()
    assert finding.title in " ".join(text.split()) and finding.about in " ".join(text.split())
    assert "±" in finding_text(finding, unicode=True) or "+-" not in text
    data = json.loads(json.dumps(finding_data(finding), allow_nan=False))
    assert data["title"] == finding.title and set(data["tables"]) == set(finding.tables)
    for name, held in finding.tables.items():
        columns = data["tables"][name]["columns"]
        assert list(columns) == list(held.columns) and len({len(c) for c in columns.values()}) == 1
        assert set(held.columns) == set(held.units), "every column has a unit and a meaning"
        assert len(held.frame()) == len(next(iter(columns.values())))


def test_a_table_as_text() -> None:
    text = finding_text(findings()["regret"])
    assert "\narm " in text and "EUR" in text
    assert "undefined" in text and "mean low" not in text, "an interval stands in the cell of its mean"
    long = finding_text(findings()["saltelli"])
    assert "... and 13 rows more" in long


@pytest.mark.parametrize("key", KEYS)
def test_figures_have_a_message_and_no_text_covers_another(key: str) -> None:
    charts = finding_charts(findings()[key])
    assert set(charts) == DRAWN.get(key, set())
    for chart in charts.values():
        _check(chart)


def _check(chart: Chart) -> None:
    with drawing._our_style():
        chart.draw_without_rendering()
        axes = chart.axes[0]
        ticks = [
            tick.label1
            for axis in (axes.xaxis, axes.yaxis)
            for tick in axis.get_major_ticks()
            if min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
        ]
        texts = [*chart.texts, *axes.texts, axes._left_title, axes.xaxis.label, *ticks]  # type: ignore[attr-defined]
        texts = [t for t in texts if t.get_text().strip()]
        boxes = [t.get_window_extent() for t in texts]
    assert min(t.get_fontsize() for t in texts) >= 11 and chart.get_label()
    for i, one in enumerate(boxes):
        assert _within(one, chart.bbox), texts[i].get_text()
        for k, other in enumerate(boxes[i + 1 :], i + 1):
            assert not _overlap(one, other), f"{texts[i].get_text()!r} covers {texts[k].get_text()!r}"


def _within(box, outer) -> bool:  # type: ignore[no-untyped-def]
    return bool(outer.x0 <= box.x0 and box.x1 <= outer.x1 and outer.y0 <= box.y0 and box.y1 <= outer.y1)


def _overlap(one, other) -> bool:  # type: ignore[no-untyped-def]
    slack = 3.0  # pixels: the space above and below the letters
    return bool(
        min(one.x1, other.x1) - max(one.x0, other.x0) > slack and min(one.y1, other.y1) - max(one.y0, other.y0) > slack
    )


def test_the_same_finding_gives_the_same_bytes() -> None:
    first = drawing.files(finding_charts(findings()["discover"]))
    assert drawing.files(finding_charts(findings()["discover"])) == first
    root = ET.fromstring(first["box.svg"])
    assert next(n.text for n in root.iter() if n.tag.endswith("}title")) == drawing.fonts.drawable_part(
        findings()["discover"].settings["answer"]
    )


def test_headings_fit_on_their_line() -> None:
    for heading in sensitivity_figures._HEADINGS.values():
        assert fonts.columns(heading.format(unit="percentage points")) <= sensitivity_figures._LINE


def test_titles_of_figures_say_what_moves_the_measure() -> None:
    charts = finding_charts(findings()["saltelli"])
    assert charts["indices"].get_label().startswith("Net present value depends")
    assert "on p24" in charts["indices"].get_label()
    assert charts["tornado"].get_label().startswith("Net present value goes from EUR ")
    assert charts["tornado"].get_label().endswith(" as p24 goes from low to high")
    assert len(charts["indices"].axes[0].get_yticks()) == 10
