"""Regret, satisficing and tables against figures reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest

import planted
from cxsim.intervals import wilson
from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.studies.analyses.questions import checked
from cxsim.studies.analyses.robustness import regret, satisfice
from cxsim.studies.analyses.tabulation import table
from cxsim.studies.experiments.experiment import Experiment, Varied

ARMS = {"a": "Mutual", "b": "Doormat", "c": "Strict"}
NPV = np.array([[10.0, 20, 30, 40], [15.0, 20, 10, 40], [12.0, 5, 20, 40]]) * 1e6
"""Of three arms in four worlds. Regrets: 5 0 0 0; 0 0 20 0; 3 15 10 0."""


def made(replications: int = 1, n: int = 4, kind: str = "latin_hypercube") -> Experiment:
    vary = planted.varied(2)
    return planted.experiment(planted.points("latin_hypercube", vary, n), vary, kind, replications, ARMS)


def runs(of: Experiment, values: np.ndarray, column: str = "npv"):  # type: ignore[no-untyped-def]
    """The same values, (arms, points), in every replication."""
    return planted.runs(of, {(arm, column): lambda x, k, luck, y=y: y for arm, y in zip(ARMS, values, strict=True)})


def asked(kind: str, given: object, of: Experiment) -> dict[str, object]:
    return checked(kind, given, of)


def test_regret_by_hand() -> None:
    of = made(2)
    finding = regret(of, runs(of, NPV), asked("regret", "npv", of))
    frame = finding.tables["regret"].frame().set_index("arm")
    np.testing.assert_allclose(frame["mean"] / 1e6, [1.25, 5, 7])
    np.testing.assert_allclose(frame["largest"] / 1e6, [5, 20, 15])
    np.testing.assert_allclose(frame["high"] / 1e6, [3.5, 14, 13.5])  # .9 of the way along the sorted ones
    assert list(frame["best"]) == [3, 3, 1] and list(frame["tied"]) == [2, 2, 1]
    half = 3.18245 * np.array([2.5, 10, 6.78233]) / 2  # t with 3 degrees of freedom, standard deviations over worlds
    np.testing.assert_allclose((frame["mean_high"] - frame["mean"]) / 1e6, half, rtol=1e-5)
    assert finding.title == "Mutual gives away least in net present value, on average and at worst"
    assert finding.sentences[0] == (
        "Mutual: regret EUR 1.2m on average, EUR 3.5m or less in nine worlds of ten, EUR 5.0m at worst; "
        "best in 3 of 4 worlds."
    )
    points = finding.tables["points"].frame()
    np.testing.assert_allclose(points[points["arm"] == "c"]["regret"] / 1e6, [3, 15, 10, 0])


def test_regret_where_less_is_better_and_where_an_arm_is_undefined() -> None:
    of = made()
    values = NPV / 1e8
    values[2, 1] = np.nan
    finding = regret(of, runs(of, values, "churn_per_year"), asked("regret", "churn_per_year", of))
    frame = finding.tables["regret"].frame().set_index("arm")
    np.testing.assert_allclose(frame["mean"], np.array([0 + 20 + 0, 5 + 0 + 0, 2 + 10 + 0]) / 300)
    assert list(frame["undefined"]) == [0, 0, 1] and set(frame["n"]) == {3}
    said = " ".join(finding.sentences)
    assert "Strict has no value in 1 world, left out for all arms: that flatters it." in said
    assert "With one replication, the best arm of a world is the luckiest too" in said
    nothing = regret(of, runs(of, values * np.nan, "npv"), asked("regret", "npv", of))
    assert nothing.title == "Net present value: no world in which all arms have a value"


def test_the_luck_of_the_best_is_told() -> None:
    """Truth: three equal arms, luck of 1m in a run: the best of three means of 2 is ahead by .85m / root 2 of itself.

    2,000 worlds; what is told bounds that, and is not twice as much.
    """
    of = made(2, 2000)
    luck = lambda x, k, luck: 1e6 * luck.normal(size=len(x))  # noqa: E731
    finding = regret(of, planted.runs(of, {(arm, "npv"): luck for arm in ARMS}), asked("regret", "npv", of))
    said = next(s for s in finding.sentences if "chosen by the runs that judge it" in s)
    told = float(said.split("adds EUR ")[1].split("k")[0])
    assert told == pytest.approx(846 / np.sqrt(2), rel=0.05)


def test_satisficing_by_hand() -> None:
    """npv of at least 15 in worlds 2 3 4, 1 2 4 and 3 4; kept: undefined for b in world 4, and .5 for c."""
    of = made()
    frame = runs(of, NPV)
    kept = np.array([[0.9] * 4, [0.9, 0.9, 0.9, np.nan], [0.5] * 4])
    frame["retention_12_months"] = runs(of, kept, "retention_12_months")["retention_12_months"]
    thresholds = {"npv": ">= 15e6", "retention_12_months": "> .8"}
    finding = satisfice(of, frame, asked("satisfice", thresholds, of))
    found = finding.tables["satisficing"].frame().set_index("arm")
    assert list(found["reached"]) == [3, 2, 0] and list(found["npv"]) == [0.75, 0.75, 0.5]
    assert list(found["retention_12_months"]) == [1, 0.75, 0]
    np.testing.assert_allclose(found.loc["a", ["share_low", "share_high"]].astype(float), wilson(3, 4))
    assert finding.title == "Mutual reaches what is asked in the most worlds: 75 %"
    assert finding.sentences[0] == "Asked: net present value >= EUR 15m; kept, 12 months > 80 %."
    assert finding.sentences[1].startswith("Mutual: in 3 of 4 worlds (30-95 %); hardest: net present value")
    assert "Mutual and Doormat cannot be told apart in this." in finding.sentences
    assert list(finding.tables["points"].frame()["reached"]) == [0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0]


def test_worlds_whose_runs_failed_count_for_no_arm() -> None:
    of = made()
    frame = runs(of, NPV)
    frame.loc[(frame["point"] == 2) & (frame["arm"] == "b"), ["npv", "insolvent"]] = np.nan
    frame.loc[(frame["point"] == 0) & (frame["arm"] == "c"), "insolvent"] = 1.0
    finding = satisfice(of, frame, asked("satisfice", {"npv": ">= 15e6"}, of))
    found = finding.tables["satisficing"].frame()
    assert list(found["reached"]) == [2, 3, 1] and set(found["n"]) == {3}
    assert "1 world without runs of some arm left out." in finding.sentences
    assert "Strict goes out of business at 1 point, in some run at least." in finding.sentences


@pytest.mark.parametrize("kind", ["morris", "saltelli", "grid"])
def test_points_that_are_no_sample_have_no_interval_and_are_no_worlds(kind: str) -> None:
    of = made(2, kind=kind)
    frame = runs(of, NPV)
    findings = (
        (regret(of, frame, asked("regret", "npv", of)), "regret", "mean"),
        (satisfice(of, frame, asked("satisfice", {"npv": ">= 15e6"}, of)), "satisficing", "share"),
    )
    for finding, name, column in findings:
        text = " ".join([finding.title, *finding.sentences])
        assert "world" not in text and "at 3 of 4 points" in text and "told apart" not in text
        assert "world" not in str(finding.tables[name].units) and "n/a" not in finding_text(finding)
        found = finding.tables[name].frame()
        assert found[column].notna().all() and found[[f"{column}_low", f"{column}_high"]].isna().all(axis=None)
        assert finding_charts(finding)


def test_points_at_which_a_lever_or_a_setting_varies_are_no_worlds_and_have_an_interval() -> None:
    vary = (Varied("customers", 100, 1000, "customers", integer=True),)
    of = planted.experiment(np.array([[100.0], [400], [700], [1000]]), vary, "latin_hypercube", 2, ARMS)
    frame = runs(of, NPV)
    lost, reached = (regret(of, frame, asked("regret", "npv", of)),
                     satisfice(of, frame, asked("satisfice", {"npv": ">= 15e6"}, of)))  # fmt: skip
    assert lost.sentences[0].endswith("at nine points of ten, EUR 5.0m at worst; best at 3 of 4 points.")
    assert reached.title == "Mutual and Doormat reach what is asked at the most points: 75 %"
    assert lost.tables["regret"].units["n"] == ("points", "points at which all arms have a value, which are compared")
    assert reached.tables["satisficing"].units["reached"][0] == "points"
    assert lost.tables["regret"].frame()["mean_low"].notna().all()


def test_a_table_by_hand() -> None:
    """Of two replications 0 and 2, a mean of 1 and 12.706 standard errors of 1; the second arm is 3 above the first."""
    of = made(2, kind="grid")
    values = {
        ("a", "npv"): lambda x, k, luck: np.full(len(x), 2.0 * k),
        ("b", "npv"): lambda x, k, luck: np.full(len(x), 2.0 * k + 3),
        ("c", "npv"): lambda x, k, luck: np.full(len(x), np.nan if k else 1.0),
    }
    finding = table(of, planted.runs(of, values), asked("table", "npv", of))
    frame = finding.tables["table"].frame().iloc[:3].set_index("arm")
    np.testing.assert_allclose(frame["mean"], [1, 4, 1])
    np.testing.assert_allclose(frame["mean_high"], [1 + 12.7062, 4 + 12.7062, np.nan], rtol=1e-5)
    np.testing.assert_allclose(frame["difference"], [np.nan, 3, 1])
    np.testing.assert_allclose(frame["difference_low"], [np.nan, 3, np.nan])
    assert list(frame["n"]) == [2, 2, 1]
    assert finding.sentences[0] == "Doormat: above Mutual at 4 of 4 points, below at 0, not told apart at 0."
    assert finding.sentences[1] == "Strict: above Mutual at 0 of 4 points, below at 0, not told apart at 4."
