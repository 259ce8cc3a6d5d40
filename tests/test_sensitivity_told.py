"""What is said of sensitivity: no winner, order, swing or share that the runs do not carry."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import planted
from cxsim.frames import Table, labels
from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.studies.analyses.findings import Finding
from cxsim.studies.analyses.indices import Indices
from cxsim.studies.analyses.questions import checked
from cxsim.studies.analyses.ranking import best, listed, top
from cxsim.studies.analyses.sensitivity import sensitivity
from cxsim.studies.analyses.sensitivity_words import _sobol_said, clear_swings, named
from cxsim.studies.analyses.swings import swings
from cxsim.studies.experiments.experiment import Experiment
from test_sensitivity import RNG, VARIANCE, index, ishigami

MANY = planted.varied(30)
SLOPES = np.array([100.0, -60, 30, 20, 10, *[0] * 25])


def found(made: Experiment, values: planted.Values, rng: int = RNG, **more: object) -> Finding:
    settings = checked("sensitivity", {"measure": "npv", **more}, made)
    return sensitivity(made, planted.runs(made, {("a", "npv"): values}, rng), settings)


def laid(kind: str, n: int, k: int, replications: int = 1, rng: int = RNG) -> Experiment:
    vary = planted.varied(k)
    return planted.experiment(planted.points(kind, vary, n, rng), vary, kind, replications)


@pytest.mark.parametrize(
    ("kind", "n", "luck_of"),
    [("latin_hypercube", 24, 20.0), ("latin_hypercube", 150, 20.0), ("saltelli", 16, 20.0), ("morris", 12, 20.0),
     ("saltelli_second", 16, 20.0), ("saltelli", 16, 0.0), ("morris", 12, 0.0)],
)  # fmt: skip
def test_a_path_without_effect_has_a_swing_that_contains_nought(kind: str, n: int, luck_of: float) -> None:
    """Truth: 25 of 30 paths do nothing. Of their 95 % intervals about 5 % exclude nought, however few the points.

    Interplay and curvature of the others, luck in every run or none; 8 designs. None of those that do nothing at all.
    """
    missed = []
    for k in range(8):
        made = laid(kind, n, 30, 1, RNG + k)
        values = lambda x, k, luck: (  # noqa: E731
            x @ SLOPES + 80 * (x[:, 0] - 0.5) * (x[:, 1] - 0.5) + 40 * x[:, 2] ** 2 + luck_of * luck.normal(size=len(x))
        )
        frame = found(made, values, RNG + k).tables["swings"].frame().set_index("path")
        low, high = (frame[f"swing_{end}"][[v.path for v in MANY[5:]]].to_numpy() for end in ("low", "high"))
        missed.append(np.mean((low > 0) | (high < 0)))
        if not luck_of:
            assert not np.nan_to_num(low).any() and not np.nan_to_num(high).any(), "what never moves it has none"
    assert np.mean(missed) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    if luck_of:
        assert np.mean(missed) > 0.005, "intervals are not so wide as to say nothing"


def test_swings_of_chains_are_mean_effects_with_an_interval_over_chains() -> None:
    """Truth: x0 (1 + 2 x1): a mean effect of 2 over all of the range; t of 11 degrees of freedom over 12 chains."""
    made = laid("morris", 12, 3, 2)
    finding = found(made, lambda x, k, luck: x[:, 0] * (1 + 2 * x[:, 1]))
    frame = finding.tables["swings"].frame().set_index("path").loc[["world.test.p0", "world.test.p2"]]
    y = (made.points[:, 0] * (1 + 2 * made.points[:, 1])).reshape(12, 4)
    steps = made.points.reshape(12, 4, 3)
    effects = []
    for chain in range(12):
        at = int(np.flatnonzero(np.diff(steps[chain, :, 0]))[0])
        effects.append((y[chain, at + 1] - y[chain, at]) / (steps[chain, at + 1, 0] - steps[chain, at, 0]))
    half = 2.200985 * np.std(effects, ddof=1) / np.sqrt(12)
    assert frame["swing"].iloc[0] == pytest.approx(np.mean(effects))
    assert frame["swing_high"].iloc[0] == pytest.approx(np.mean(effects) + half)
    assert list(frame.iloc[1][["swing", "swing_low", "swing_high"]]) == [0, 0, 0]
    assert "at_low" not in frame


def test_few_points_of_a_list_or_a_sequence_make_no_tornado() -> None:
    """Steps of twelve paths are 25 numbers: fifty points at least. A Latin hypercube tells its paths apart anyway."""
    vary = planted.varied(12)
    made = planted.experiment(planted.points("latin_hypercube", vary, 48), vary, "latin_hypercube")
    assert "swings" in found(made, lambda x, k, luck: x[:, 0]).tables
    for kind in ("list", "sobol"):
        made = planted.experiment(planted.points("latin_hypercube", vary, 48), vary, kind)
        finding = found(made, lambda x, k, luck: x[:, 0])
        assert set(finding.tables) == {"indices"} and set(finding_charts(finding)) == {"indices"}
        assert any("no tornado" in said for said in finding.sentences)
    made = planted.experiment(planted.points("latin_hypercube", vary, 52), vary, "list")
    assert "swings" in found(made, lambda x, k, luck: x[:, 0]).tables


@pytest.mark.parametrize("n", [3, 5, 7])
def test_a_handful_of_points_names_nothing(n: int) -> None:
    """Ranks of so few points agree by chance: of three, one time in three."""
    made = laid("latin_hypercube", n, 1)
    finding = found(made, lambda x, k, luck: x[:, 0])
    assert finding.title == f"Net present value: what it depends on cannot be told from {n} worlds"
    assert set(finding.tables) == {"indices"}


def test_paths_that_go_together_have_no_swing_of_their_own() -> None:
    vary = planted.varied(3)
    x = planted.points("latin_hypercube", vary, 40)
    x[:, 1] = x[:, 0]
    made = planted.experiment(x, vary, "list")
    frame = found(made, lambda x, k, luck: x @ [3.0, 0, 1]).tables["swings"].frame().set_index("path")
    assert frame["swing"].isna().to_dict() == {"world.test.p0": True, "world.test.p1": True, "world.test.p2": False}


@pytest.mark.parametrize(("kind", "n"), [("saltelli", 32), ("morris", 10), ("latin_hypercube", 80)])
def test_headline_and_tornado_agree(kind: str, n: int) -> None:
    """Null: no path matters; some swing of 30 excludes nought by chance, and no title names it."""
    by_chance = 0
    for k in range(6):
        finding = found(laid(kind, n, 30, 2, RNG + k), lambda x, k, luck: luck.normal(size=len(x)), RNG + k)
        frame = finding.tables["swings"].frame()
        by_chance += int(((frame["swing_low"] > 0) | (frame["swing_high"] < 0)).any())
        title = finding_charts(finding)["tornado"].get_label()
        assert finding.title == title == "Net present value depends clearly on nothing that varies here"
    assert by_chance
    moved = swings(laid("morris", 10, 3), (laid("morris", 10, 3).points @ [1.0, 0, 9])[:, None], "money")
    assert moved is not None and clear_swings(moved, ["world.test.p2"]) == ["world.test.p2"]
    assert clear_swings(moved, []) == [], "no swing is clear of a path that does not matter clearly"
    n = {"saltelli": 128, "morris": 10, "latin_hypercube": 600}[kind]
    finding = found(laid(kind, n, 30, 2), lambda x, k, luck: x @ SLOPES + luck.normal(size=len(x)))
    assert finding.title == "Net present value depends most on p0, then on p1"
    assert "as p0 goes from low to high" in finding_charts(finding)["tornado"].get_label()
    finding = found(laid(kind, n, 6, 2), lambda x, k, luck: np.abs(x[:, 0] - 0.5) + 0.01 * luck.normal(size=len(x)))
    if kind == "saltelli":  # it matters, but does not go from low to high
        label = finding_charts(finding)["tornado"].get_label()
        assert finding.title == "Net present value depends on p0" and "no path moves it clearly from one end" in label


@pytest.mark.parametrize(("kind", "n"), [("saltelli", 64), ("morris", 20), ("latin_hypercube", 200)])
def test_an_order_is_told_only_where_it_can_be(kind: str, n: int) -> None:
    """Truth: p0, p1 and p2 matter alike; then p0 most, p1 next; then p0 most, p1 and p2 alike."""
    made = laid(kind, n, 6, 2)
    noise = lambda luck, x: 0.5 * luck.normal(size=len(x))  # noqa: E731
    bent = lambda x: x[:, 0] * x[:, 1] + x[:, 1] * x[:, 2] + x[:, 0] * x[:, 2]  # noqa: E731
    alike = found(made, lambda x, k, luck: x @ [9.0, 9, 9, 0, 0, 0] + 9 * bent(x) + noise(luck, x))
    assert re.search(r"depends most on p\d, p\d and p\d, which cannot be told apart$", alike.title)
    assert set(re.findall(r"p\d", alike.title)) == {"p0", "p1", "p2"}
    figure = finding_charts(alike)["indices"]
    assert figure.get_label() == alike.title.removesuffix(", which cannot be told apart")
    assert "cannot be told apart" in " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    ordered = found(made, lambda x, k, luck: x @ [90.0, 30, 5, 0, 0, 0] + noise(luck, x))
    assert ordered.title.endswith("depends most on p0, then on p1")
    then = found(made, lambda x, k, luck: x @ [90.0, 20, 20, 0, 0, 0] + 9 * bent(x) + noise(luck, x))
    assert then.title.endswith("depends most on p0")


def test_what_is_too_unsure_to_be_ranked_is_told() -> None:
    """Truth: p0 by 9; p1 by 20 in one corner only, which few chains meet."""
    made = laid("morris", 12, 3, 2)
    corner = lambda x: 300.0 * (x[:, 1] > 0.9) * (x[:, 2] > 0.9) * (x[:, 0] > 0.9)  # noqa: E731
    finding = found(made, lambda x, k, luck: 9 * x[:, 0] + corner(x) + 0.1 * luck.normal(size=len(x)))
    assert finding.title.endswith("depends clearly on nothing that varies here") or any(
        "Too unsure to say" in said for said in finding.sentences
    )


def test_who_is_ahead_of_whom() -> None:
    """By hand: of estimates 3, 2.9 and 1 with variances of .01 and a covariance of the first two."""
    estimates, shared = np.array([1.0, 3.0, 2.9, np.nan]), 0.01 * np.eye(4)
    assert top(estimates, shared, 1000).all == (1, 2)
    shared[1, 2] = shared[2, 1] = 0.0099
    assert top(estimates, shared, 1000).all == (1,), "what moves both alike does not blur their difference"
    assert top(estimates, shared, 1000, [0, 2]).first == 2
    luck = np.random.default_rng(RNG).normal(size=(2, 40))
    values = np.stack([luck[0], luck[0] + 0.2 + 0.01 * luck[1], luck[1]])
    alone = np.arange(40)
    assert best(values, alone) == (1, (2,)) and best(values[:2], alone).all == (1,)
    assert best(values[:2, :5], alone[:5]).tied == (0,), "five points are too few"
    assert best(values[:2], alone // 10).tied == (0,), "points of four blocks are four"
    assert [listed(["a", "b", "c", "d", "e"][:n]) for n in (1, 2, 4, 5)] == ["a", "a and b", "a, b, c and d",
                                                                          "a, b, c and 2 more"]  # fmt: skip
    assert listed(["a, b", "c", "d"]) == "a, b; c and d"


def test_chance_makes_no_winner() -> None:
    """Null: four arms alike in 30 worlds, 300 times: one is told to be ahead in 5 % at most (3 se)."""
    luck, named = np.random.default_rng(RNG), 0
    for _ in range(300):
        named += not best(luck.normal(size=(4, 30)), np.arange(30)).tied
    assert named / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize("luck_of", [0.0, 1.0])
def test_second_indices_of_ishigami(luck_of: float) -> None:
    """Truth: p0 and p2 explain the rest of the variance together, no other pair anything. 1,024 base samples."""
    made = laid("saltelli_second", 1024, 3, 3)
    values = lambda x, k, luck: ishigami(x) + luck_of * np.sqrt(VARIANCE) * luck.normal(size=len(x))  # noqa: E731
    finding = found(made, values, tolerance=1.0)
    frame = finding.tables["pairs"].frame()
    assert len(frame) == 3 and list(frame.iloc[0][["path", "other"]]) == ["world.test.p0", "world.test.p2"]
    se = (frame["second_high"] - frame["second"]) / 1.96
    truth = np.array([0.1**2 * np.pi**8 * (1 / 18 - 1 / 50) / VARIANCE, 0, 0])
    assert (np.abs(frame["second"] - truth) < 3 * se).all() and (se < 0.1).all()
    said = next(s for s in finding.sentences if s.startswith("Pairs explain"))
    assert said.startswith("Pairs explain, beyond each path by itself: p0 with p2 2") and "p1" not in said
    assert "Clearly more with others than alone: p" in " ".join(finding.sentences)
    assert "\np0    p2     " in finding_text(finding), "both paths go by their short names"
    single = found(replace(made, replications=1), values)
    assert "pairs" in single.tables and "Pairs explain" not in " ".join(single.sentences)


def test_luck_that_pairs_share_is_taken_out_of_second_indices() -> None:
    """Truth: no interplay. Every replication has another slope along p0 times p1, of mean 0: 60 experiments of 128."""
    values = lambda x, k, luck: x[:, 0] + x[:, 1] + 4 * luck.normal() * (x[:, 0] - 0.5) * (x[:, 1] - 0.5)  # noqa: E731
    made = laid("saltelli_second", 128, 2, 3)
    seen = [found(made, values, RNG + k).tables["pairs"].frame()["second"].iloc[0] for k in range(60)]
    assert abs(np.mean(seen)) < 3 * np.std(seen, ddof=1) / np.sqrt(60) + 0.02


def test_a_plane_has_no_pairs_and_a_design_without_them_no_table() -> None:
    plane = lambda x, k, luck: x @ [3.0, 2, 1] + 0.1 * luck.normal(size=len(x))  # noqa: E731
    finding = found(laid("saltelli_second", 128, 3, 2), plane)
    assert "No pair of paths explains clearly more together than each by itself." in finding.sentences
    assert "pairs" not in found(laid("saltelli", 128, 3, 2), plane).tables
    alone = found(laid("saltelli_second", 128, 1, 2), lambda x, k, luck: x[:, 0] + 0.1 * luck.normal(size=len(x)))
    assert "pairs" not in alone.tables and abs(index(alone, "total")[0][0] - 1) < 0.05


def test_shares_stay_within_what_a_share_can_be() -> None:
    """Truth: a plane, whose first indices add up to 1; of 16 and 64 base samples, and of 70 points by RBD-FAST."""
    texts = []
    for kind, n in (("saltelli", 16), ("saltelli", 64), ("latin_hypercube", 70)):
        for k in range(12):
            plane = lambda x, k, luck: x @ [9.0, 3, 1, 0] + luck.normal(size=len(x))  # noqa: E731
            finding = found(laid(kind, n, 4, 2, RNG + k), plane)
            texts += [said for said in finding.sentences if " explain" in said]
    for text in texts:
        assert max(map(int, re.findall(r"(\d+) %", text)), default=0) <= 100, text
        assert not re.search(r"-\d+-", text) and "the rest is their interplay" not in text, text
    assert any("interplay cannot be told from none" in text for text in texts)
    assert any("or more" in text or "too unsure" in text for text in texts), "some estimate lies beyond 100 %"


def test_luck_that_all_points_share_is_explained() -> None:
    """Truth: luck of all points alike 4, of each run .01: it drops out between points."""
    made = laid("latin_hypercube", 100, 2, 2)
    values = lambda x, k, luck: x[:, 0] + 2 * luck.normal() + 0.1 * luck.normal(size=len(x))  # noqa: E731
    said = " ".join(found(made, values).sentences)
    assert re.search(r"Of that luck (over 99|9\d) % is the same in all worlds \(common random numbers\)", said)
    apart = " ".join(found(replace(made, common_random_numbers=False), values).sentences)
    assert "common random numbers" not in apart


def test_a_path_of_one_value_is_left_alone() -> None:
    """A list may hold a path fixed: it has no correlation, no swing, and no warning."""
    vary = planted.varied(2)
    x = planted.points("latin_hypercube", vary, 30)
    x[:, 1] = 0.5
    vary = (vary[0], replace(vary[1], low=0.5, high=0.5))
    finding = found(planted.experiment(x, vary, "list"), lambda x, k, luck: x[:, 0])
    for name in ("rank_correlation", "swing"):
        table = "swings" if name == "swing" else "indices"
        frame = finding.tables[table].frame().set_index("path")
        assert np.isnan(frame[name]["world.test.p1"]) and not np.isnan(frame[name]["world.test.p0"])
    assert finding.title == "Net present value depends on p0" and set(finding_charts(finding)) == {"indices", "tornado"}


def test_a_direction_is_told_only_where_effects_have_one() -> None:
    """Truth: p0 upwards, p1 downwards, p2 by luck alone."""
    made = laid("morris", 12, 3, 2)
    finding = found(made, lambda x, k, luck: x @ [30.0, -20, 0] + luck.normal(size=len(x)))
    first = finding.sentences[0]
    assert re.search(r"p0 by [^;]*, upwards; p1 by [^;]*, downwards; p2 by", first)
    assert "Not told apart from luck: p2." in finding.sentences
    assert not re.search(r"p2 by [^;]*wards", first)


_FEW = [("morris", "Fewer than two chains"), ("saltelli", "Fewer than two base samples")]


@pytest.mark.parametrize(("kind", "said"), _FEW)
def test_where_hardly_any_chain_is_complete_nothing_is_claimed(kind: str, said: str) -> None:
    made = laid(kind, 4, 3, 2)
    lost = lambda x, k, luck: np.where(np.arange(len(x)) < 5, x[:, 0], np.nan)  # noqa: E731
    finding = found(made, lost)
    text = " ".join(finding.sentences)
    assert said in text and "no tornado" in text
    assert finding.title == "Net present value: what it depends on cannot be told"
    assert not finding_charts(finding)


def test_of_effects_only_clear_ones_have_a_shape_and_luck_is_not_taken_out() -> None:
    """Truth: p0 curved, with effects of either sign; p1 and p2 by luck alone."""
    made = laid("morris", 30, 3, 2)
    finding = found(made, lambda x, k, luck: 90 * (x[:, 0] - 0.5) ** 2 + luck.normal(size=len(x)))
    text = " ".join(finding.sentences)
    assert "p0" in finding.title and re.search(r"p0 by [^;]*, in either direction", text)
    assert not re.search(r"p[12] by [^;]*, in either direction", text)
    assert "taken out" not in text and "; it enlarges effects, by what luck alone would give at most" in text
    bent = found(made, lambda x, k, luck: 900 * np.maximum(x[:, 0] - 0.9, 0) + 0.1 * luck.normal(size=len(x)))
    assert "What it does depends on where it and the others stand: p0." in bent.sentences
    hidden = found(laid("morris", 6, 3, 2), lambda x, k, luck: 9e2 * x.prod(axis=1) ** 9 + luck.normal(size=len(x)))
    assert "nothing" in hidden.title and "where it and" not in " ".join(hidden.sentences)


def test_a_leader_that_is_not_clear_is_not_named() -> None:
    """By hand: p0 is ahead of p1, but its own interval holds nought; and what is unsure is not said to be small."""
    made = laid("morris", 12, 2, 2)
    columns = {"mu_star": [10.0, 5], "mu_star_low": [-9.0, 4], "mu_star_high": [29.0, 6], "luck": [0.0, 0]}
    columns |= {"mu": [0.0, 0], "mu_low": [-9.0, -9], "mu_high": [9.0, 9]}
    data = {"path": labels(made.paths), **{name: np.array(x) for name, x in columns.items()}}
    table = Table(data, dict.fromkeys(data, ("", "")))
    words = named(Indices("by hand", table, "mu_star", 12, shared=0.01 * np.eye(2)), made, True)
    assert words.title == " depends clearly on p1" and words.unsure == ("world.test.p0",)
    columns = {f"{name}{end}": [0.02 + x, 0.02 + x] for name in ("first", "total")
               for end, x in (("", 0.0), ("_low", -0.02), ("_high", 0.02))}  # fmt: skip
    data = {"path": labels(made.paths), **{name: np.array(x) for name, x in columns.items()}}
    drawn = dict.fromkeys(("first", "total"), np.full((9, 2), 0.02))
    small = Indices("by hand", Table(data, dict.fromkeys(data, ("", ""))), "total", 12, drawn=drawn)
    assert "Below 5 % each: p1." in _sobol_said(small, made, {"luck_known": True}, words)
