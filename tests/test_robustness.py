"""Regret, satisficing and tables against figures reckoned by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import planted
from cxsim.intervals import wilson
from cxsim.report.experiment import experiment_text
from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.studies.analyses.questions import checked
from cxsim.studies.analyses.ranking import best, best_of_runs
from cxsim.studies.analyses.robustness import regret, satisfice
from cxsim.studies.analyses.sensitivity import sensitivity
from cxsim.studies.analyses.tabulation import table
from cxsim.studies.experiments.experiment import Experiment, Varied
from cxsim.studies.experiments.results import ExperimentResult

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
    assert finding.title == "Which arm gives away least in net present value, on average, cannot be told"
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
    assert "No value: Strict in 1 of 4 worlds. Such worlds are left out for all arms, which flatters those" in said
    assert finding.sentences[0].startswith("Doormat: regret 1.7 percentage points per year on average, 4.0 or less in")
    assert finding.tables["regret"].units["mean"][0] == "share points per year"
    assert "With one replication, the best arm of a world is the luckiest too" in said
    nothing = regret(of, runs(of, values * np.nan, "npv"), asked("regret", "npv", of))
    assert nothing.title == "Net present value: no world in which all arms have a value"
    assert nothing.sentences == ("No run has a value, so that nothing can be told.",)


def test_the_luck_of_the_best_is_told() -> None:
    """Truth: three equal arms, luck of 1m in a run: the best of three means of 2 is ahead by .85m / root 2 of itself.

    2,000 worlds; what is told bounds that, and is not twice as much.
    """
    of = made(2, 2000)
    luck = lambda x, k, luck: 1e6 * luck.normal(size=len(x))  # noqa: E731
    finding = regret(of, planted.runs(of, {(arm, "npv"): luck for arm in ARMS}), asked("regret", "npv", of))
    said = next(s for s in finding.sentences if "chosen by the runs that judge it" in s)
    told = float(said.split("adds about EUR ")[1].split("k or less")[0])
    assert told == pytest.approx(846 / np.sqrt(2), rel=0.05)
    tiny = lambda x, k, luck: 1e-9 * luck.normal(size=len(x))  # noqa: E731
    none = regret(of, planted.runs(of, {(arm, "npv"): tiny for arm in ARMS}), asked("regret", "npv", of))
    assert "chosen by the runs" not in " ".join(none.sentences), "nothing is said of EUR 0"


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
    assert finding.title == "Which arm reaches what is asked in the most worlds cannot be told"
    assert finding.sentences[0] == "Asked: net present value >= EUR 15m; kept, 12 months > 80 %."
    assert finding.sentences[1].startswith("Mutual: in 3 of 4 worlds (30-95 %); hardest: net present value")
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
    assert finding.sentences[-1] == "Out of business: Strict in 1 of 4 worlds."


@pytest.mark.parametrize("kind", ["morris", "saltelli", "grid"])
def test_points_that_are_no_sample_have_no_interval_and_are_no_worlds(kind: str) -> None:
    of = made(2, kind=kind)
    of = replace(of, points=planted.points("saltelli", of.vary, 1)) if kind == "saltelli" else of
    frame = runs(of, NPV)
    findings = (
        (regret(of, frame, asked("regret", "npv", of)), "regret", "mean"),
        (satisfice(of, frame, asked("satisfice", {"npv": ">= 15e6"}, of)), "satisficing", "share"),
    )
    for finding, name, column in findings:
        text = " ".join([finding.title, *finding.sentences])
        assert "world" not in text and "at 3 of 4 points" in text
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
    assert reached.title == "Which arm reaches what is asked at the most points cannot be told"
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


def many(n: int, *gaps: float, spread: float = 1.0) -> np.ndarray:
    """Values of three arms in ``n`` worlds: of the first, and of the others less by ``gaps`` on average."""
    luck = np.random.default_rng(1)
    world = 5 * luck.normal(size=n)
    own = [luck.normal(size=n) for _ in gaps]
    own = [(x - x.mean()) / x.std(ddof=1) for x in own]
    return 1e6 * np.stack([world, *(world - gap + spread * x for gap, x in zip(gaps, own, strict=True))])


def test_who_gives_away_least_is_named_only_where_it_can_be_told() -> None:
    """Differences of 1 and .2 with a standard deviation of 1: of 36 worlds, their intervals are +- .39 (Bonferroni)."""
    of = made(1, 36)
    ask = asked("regret", "npv", of)
    assert regret(of, runs(of, many(36, 1, 2)), ask).title == (
        "Mutual gives away least in net present value, on average"
    )
    tied = regret(of, runs(of, many(36, 0.2, 2)), ask)
    assert tied.title == "Mutual and Doormat give away least in net present value, on average, and cannot be told apart"
    assert finding_charts(tied)["regret"].get_label() == "Least regret in net present value: Mutual or Doormat"
    assert regret(of, runs(of, many(36, 0.2, 0.2)), ask).title == (
        "Which arm gives away least in net present value, on average, cannot be told"
    )
    three = made(1, 3)
    far = np.array([[9.0, 9, 9], [1, 1, 1], [1, 1, 1]]) * 1e6
    sure = regret(three, runs(three, far), asked("regret", "npv", three))
    assert sure.title == "Which arm gives away least in net present value, on average, cannot be told"
    text = " ".join([sure.title, *sure.sentences])
    assert "at worst" in text and "on average and at worst" not in text


def test_who_reaches_it_most_is_named_only_where_it_can_be_told() -> None:
    """16 worlds against 13 that only one of two arms reaches are as good as none; 40 against 8 are not."""
    of = made(1, 100)
    ask = asked("satisfice", {"npv": ">= 1"}, of)
    both = np.repeat([1.0, 0.0], [40, 60])
    for alone, other, said in ((16, 13, " and cannot be told apart"), (40, 8, "Mutual reaches what is asked in the")):
        values = np.stack([both, both, 0 * both])
        values[0, 40 : 40 + alone] = 1
        values[1, 40 + alone : 40 + alone + other] = 1
        finding = satisfice(of, runs(of, values), ask)
        assert said in finding.title
        label = finding_charts(finding)["satisficing"].get_label()
        assert ("Mutual or Doormat" in label) == (alone == 16) and len(label) < 100
    values[:] = 1
    assert satisfice(of, runs(of, values), ask).title.endswith("cannot be told")


def yes(n: int, *counts: int) -> np.ndarray:
    """Worlds that only one of several things reaches, each as many as its count: (things, ``n``)."""
    ends = np.cumsum(counts)
    return np.stack([(np.arange(n) >= b - a) & (np.arange(n) < b) for a, b in zip(counts, ends, strict=True)]) * 1.0


def test_who_reaches_it_most_is_told_by_the_exact_sign_test() -> None:
    """By hand: twice the chance of so few heads of so many coins: 2 * 9 / 256, 2 * 67 / 2048, 2 / 256, 2 * 11 / 1024.

    Of eleven, ten are held against the first: .005 is needed, which nine of nine have (.0039), eight of eight not.
    """
    alone = np.arange(1000)
    for counts, named in (((7, 1), False), ((9, 2), False), ((9, 1), True), ((8, 0), True)):
        assert (not best(yes(1000, *counts), alone).tied) == named, counts
    assert len(best(yes(1000, 8, *[0] * 10), alone).tied) == 10
    assert not best(yes(1000, 9, *[0] * 10), alone).tied


def test_the_first_is_first_by_what_is_compared() -> None:
    """A large block of points in which the first is ahead by a little, and ten small ones in which it is far behind."""
    block = np.array([0] * 90 + list(range(1, 11)))
    ahead = np.where(block == 0, 1.0, -2.0)
    assert best(np.stack([ahead, 0 * ahead]), block).first == 1


def test_of_chosen_points_only_runs_differ_by_luck() -> None:
    """Truth: one point, or four, at which an arm is EUR 10m ahead of two that are alike; luck of .1m; 100 runs."""
    for n in (1, 4):
        of = replace(made(100, 4, "list"), points=planted.points("latin_hypercube", planted.varied(2), 4)[:n])
        value = lambda gap: lambda x, k, luck: 1e6 * (gap + 0.1 * luck.normal(size=len(x)))  # noqa: E731
        frame = planted.runs(of, {("a", "npv"): value(10), ("b", "npv"): value(0), ("c", "npv"): value(0)})
        lost = regret(of, frame, asked("regret", "npv", of))
        where = "over these points" if n > 1 else "at the one point"
        assert lost.title == f"Mutual gives away least in net present value, on average {where}"
        reached = satisfice(of, frame, asked("satisfice", {"npv": ">= 5e6"}, of))
        where = "4 of these 4 points" if n > 1 else "the one point"
        assert reached.title == f"Mutual reaches what is asked at {where}, the others at none"
    alike = planted.runs(of, {(arm, "npv"): value(0) for arm in ARMS})
    assert regret(of, alike, asked("regret", "npv", of)).title.endswith("over these points, cannot be told")
    assert satisfice(of, alike, asked("satisfice", {"npv": ">= -5e6"}, of)).title == (
        "Every arm reaches what is asked at 4 of these 4 points"
    )
    of = made(2, kind="grid")
    counted = satisfice(of, runs(of, NPV), asked("satisfice", {"npv": ">= 15e6"}, of))
    assert counted.title == "Mutual and Doormat reach what is asked at 3 of these 4 points, the other at 2"
    assert finding_charts(counted)["satisficing"].get_label() == counted.title


def test_chance_makes_no_winner_of_chosen_points() -> None:
    """Null: three arms alike at two points, 5 runs, 400 times: one is ahead in 5 % at most (3 se); of two runs none."""
    luck = np.random.default_rng(1)
    named = sum(not best_of_runs(luck.normal(size=(3, 2, 5))).tied for _ in range(400))  # type: ignore[union-attr]
    assert named / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
    assert best_of_runs(luck.normal(size=(3, 2, 2))) is None


def test_nothing_is_claimed_where_every_run_failed() -> None:
    of = made(2)
    frame = runs(of, NPV)
    frame[["npv", "insolvent"]] = np.nan
    kinds = {"regret": "npv", "satisfice": {"npv": ">= 0"}, "table": "npv", "sensitivity": "npv"}
    functions = {"regret": regret, "satisfice": satisfice, "table": table, "sensitivity": sensitivity}
    for kind, given in kinds.items():
        finding = functions[kind](of, frame, asked(kind, given, of))
        said = "No run came to an end, so that nothing can be told: failures.csv says why."
        assert finding.sentences == (said,), kind
        assert not finding_charts(finding)
    frame.loc[frame["arm"] == "a", "insolvent"] = 0.0
    apart = satisfice(of, frame, asked("satisfice", {"npv": ">= 0"}, of)).sentences[0]
    assert apart == (
        "Arms that have no run together cannot be compared; 16 of 24 runs failed, failures.csv says why."
    )
    said = regret(of, frame, asked("regret", "npv", of)).sentences[0]
    assert said == "No run has a value, so that nothing can be told; 16 of 24 runs failed, failures.csv says why."


def test_thresholds_of_what_is_or_is_not_are_put_in_words() -> None:
    of = made(2)
    frame = runs(of, NPV)
    frame.loc[(frame["arm"] == "c") & (frame["point"] == 1) & (frame["replication"] == 0), "insolvent"] = 1.0
    said = {"<= 0": "in no run", ">= 1": "in every run", "<= .1": "in at most 10 % of", "> .5": "in more than 50 % of"}
    for limit, words in said.items():
        finding = satisfice(of, frame, asked("satisfice", {"insolvent": limit}, of))
        assert finding.sentences[0].startswith(f"Asked: goes out of business {words}"), limit
        assert "0 or 1" not in " ".join(finding.sentences)
        foot = " ".join(text.get_text() for text in finding_charts(finding)["satisficing"].texts)
        assert words in foot.replace("\u00a0", " ")
    assert finding.sentences[-1] == "Out of business in some run: Strict in 1 of 4 worlds."


def test_many_arms_that_go_out_of_business_are_told_in_one_sentence() -> None:
    names = {f"arm_{k}": f"Arm {k}" for k in range(6)}
    vary = planted.varied(2)
    of = planted.experiment(planted.points("latin_hypercube", vary, 9), vary, "latin_hypercube", 1, names)
    frame = planted.runs(of, {(arm, "npv"): lambda x, k, luck: x[:, 0] for arm in names})
    for k, arm in enumerate(names):
        frame.loc[(frame["arm"] == arm) & (frame["point"] < k), "insolvent"] = 1.0
    finding = satisfice(of, frame, asked("satisfice", {"npv": ">= 0"}, of))
    gone = [said for said in finding.sentences if "ut of business" in said]
    assert gone == ["Out of business: 5 of 6 arms somewhere, in 1 (Arm 1) to 5 (Arm 5) of 9 worlds."]
    assert "world" in finding.about and "point" not in " ".join([finding.title, *finding.sentences, finding.about])
    found = (finding, finding)
    text = experiment_text(ExperimentResult(of, frame, found, frame[:0]))
    assert text.count("5 of 6 arms somewhere") == 1 and text.count("Asked: ") == 2


def test_a_table_of_many_rows_is_drawn_by_the_values_of_what_varies() -> None:
    """Truth: the second arm is ahead by p0 less p1, of 5 values each: by 0 less .5 on average where p0 is nought."""
    vary = planted.varied(2)
    x = np.array([[a, b] for a in np.linspace(0, 1, 5) for b in np.linspace(0, 1, 5)])
    of = planted.experiment(x, vary, "grid", 2, {"a": "Mutual", "b": "Doormat"})
    values = {("a", "npv"): lambda x, k, luck: 0 * x[:, 0], ("b", "npv"): lambda x, k, luck: 1e6 * (x[:, 0] - x[:, 1])}
    finding = table(of, planted.runs(of, values), asked("table", "npv", of))
    axes = finding_charts(finding)["table"].axes[0]
    names = [tick.get_text().replace("\n", " ") for tick in axes.get_yticklabels()]
    assert names[:2] == ["p0 0", "p0 .25"] and len(names) == 10
    marks = {line.get_ydata()[0]: line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"}
    np.testing.assert_allclose([marks[k] for k in (0, 4, 5, 9)], [-0.5, 0.5, 0.5, -0.5], atol=1e-9)
    spread = planted.experiment(planted.points("latin_hypercube", vary, 40), vary, "latin_hypercube", 2)
    long = table(spread, planted.runs(spread, {("a", "npv"): values["b", "npv"]}), asked("table", "npv", spread))
    assert not finding_charts(long) and "No figure: 40 rows" in " ".join(long.sentences)
    assert "by world" in long.title


def test_rows_of_a_table_name_what_varies() -> None:
    vary = (*planted.varied(2), Varied("world.requests.hassle", 0, 1, "months of spend"))
    of = planted.experiment(np.array([[0.5, 1, 0.2], [0.25, 0, 0.2]]), vary, "list", 2, ARMS)
    finding = table(of, runs(of, NPV[:, :2]), asked("table", "npv", of))
    names = [tick.get_text() for tick in finding_charts(finding)["table"].axes[0].get_yticklabels()]
    assert names[:2] == ["Mutual: p0 .5, p1 1", "Doormat: p0 .5, p1 1"] and names[-1] == "Strict: p0 .25, p1 0"
    for x, first in ((np.array([[0.5, 1, 0.2]] * 2), "Mutual: point 0"), (np.array([[0.5, 1, 0.2]]), "Mutual")):
        of = replace(of, points=x)
        finding = table(of, runs(of, NPV[:, : len(x)]), asked("table", "npv", of))
        assert finding_charts(finding)["table"].axes[0].get_yticklabels()[0].get_text() == first
