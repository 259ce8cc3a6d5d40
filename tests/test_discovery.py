"""Boxes: a planted one is found and said, chance is not taken for one, and over-fitting shows at points left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import comb

import numpy as np
import pytest

import planted
from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.studies.analyses import boxes
from cxsim.studies.analyses import discovery_words as words
from cxsim.studies.analyses.boxes import Found
from cxsim.studies.analyses.discovery import discover
from cxsim.studies.analyses.findings import Finding
from cxsim.studies.analyses.prim import Box, Held, Tried, _Columns, held, paste, peel, pruned, quasi_p, search, tried
from cxsim.studies.analyses.questions import checked
from cxsim.studies.experiments.experiment import Experiment, Varied

RNG = 20261122
ARMS = {"mutual": "Mutual", "doormat": "Doormat"}
VARY = (
    Varied("world.requests.cost_to_value", 0.25, 2, "ratio", "log"),
    Varied("world.expectations.entitlement_learning_share", 0, 0.4, "share"),
    Varied("world.requests.hassle", 0, 0.2, "months of spend"),
    Varied("world.silos.n_areas", 1, 7, "silos", integer=True),
)
Lead = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def found(
    lead: Lead, n: int = 400, replications: int = 1, when: str = "mutual.npv > doormat.npv", **more: float
) -> Finding:
    """The finding where the first arm's npv exceeds the other's by ``lead``, a function of points and luck."""
    made = planted.experiment(points(n), VARY, "latin_hypercube", replications, ARMS)
    runs: dict[tuple[str, str], planted.Values] = {("mutual", "npv"): lambda x, k, luck: lead(x, luck)}
    runs["doormat", "npv"] = lambda x, k, luck: np.zeros(len(x))
    settings = checked("discover", {"when": when, **more}, made)
    return discover(made, planted.runs(made, runs, RNG), settings)


def points(n: int) -> np.ndarray:
    return planted.points("latin_hypercube", VARY, n, RNG)


def planted_box(x: np.ndarray) -> np.ndarray:
    return (x[:, 0] < 0.6) & (x[:, 1] < 0.15)


def test_a_planted_box_is_found_and_said() -> None:
    """Truth: it fails where both are low, and in a twentieth of other worlds, by luck.

    Of 400 points, 15 at most lie in one box and not in the other: a limit may take in stray failures near it.
    """
    finding = found(lambda x, luck: np.where(planted_box(x) | (luck.random(len(x)) < 0.05), -1e6, 1e6))
    where = finding.title.split("; ")[1]
    assert where.startswith("the exceptions lie mostly where cost to value is below .")
    assert " and entitlement learning share is below .1" in where
    box = finding.tables["box"].frame().set_index("path")
    assert len(box) == 2 and (box["quasi_p"] < 1e-6).all() and set(box["side"]) == {"below"}
    x, limits = points(400), box["limit"][[VARY[0].path, VARY[1].path]].to_numpy()
    assert (planted_box(x) != (x[:, :2] <= limits).all(axis=1)).sum() <= 15
    frame = finding.tables["points"].frame()
    inside, fails = frame["in_box"] == 1, frame["holds"] == 0
    dense, cover = (100 * (inside & fails).sum() / of.sum() for of in (inside, fails))
    base = f"({100 * fails.mean():.0f} % in all worlds)"
    covering = f"The exception, covering {cover:.0f} % of the failures with {dense:.0f} % density {base}: "
    assert finding.sentences[1].startswith(covering)
    assert "In worlds left out of the search, such boxes have" in finding.sentences[2]
    share = (~fails).mean()
    assert finding.title.startswith(f"Mutual beats Doormat in net present value in {100 * share:.0f} % of 400 worlds; ")
    assert finding.sentences[0].startswith("95 % interval of that share: "), "it adds to the title"


def test_a_second_box_is_found_among_the_points_outside_the_first() -> None:
    """Truth: it fails in two corners that have no path in common; where there is one corner, one box is told."""
    def corner(x: np.ndarray) -> np.ndarray:
        return (x[:, 2] > 0.15) & (x[:, 3] >= 6)

    finding = found(lambda x, luck: np.where(planted_box(x) | corner(x), -1e6, 1e6))
    box = finding.tables["box"].frame()
    assert set(box["box"]) == {1, 2}
    paths = {number: set(of["path"]) for number, of in box.groupby("box")}
    assert sorted(map(sorted, paths.values())) == sorted(sorted(v.path for v in pair) for pair in (VARY[:2], VARY[2:]))
    said = next(s for s in finding.sentences if s.startswith("A second box, of worlds outside the first, covering"))
    second = finding.settings["second_box"]
    assert second["density"] >= 0.8 and f"another {100 * second['coverage']:.0f} % of the failures" in said
    assert finding.settings["box"]["coverage"] + second["coverage"] > 0.9
    frame, x = finding.tables["points"].frame(), points(400)
    fails = (frame["holds"] == 0).to_numpy()
    inside = frame["in_box"].to_numpy()
    assert set(inside) == {0, 1, 2} and fails[inside == 2].mean() == pytest.approx(second["density"])
    assert (fails == (planted_box(x) | corner(x))).all()
    alone = found(lambda x, luck: np.where(planted_box(x) | (luck.random(len(x)) < 0.05), -1e6, 1e6))
    assert set(alone.tables["box"].frame()["box"]) == {1} and alone.settings["second_box"] == {}
    assert not any("second box" in s for s in alone.sentences)


def test_the_rarer_side_is_looked_for() -> None:
    inside = found(lambda x, luck: np.where(planted_box(x), 1e6, -1e6))
    assert inside.sentences[1].startswith("Where it does, covering 100 % of the successes with")
    assert inside.settings["looked_for"] == "successes"
    always = found(lambda x, luck: np.ones(len(x)))
    assert always.title == "Mutual beats Doormat in net present value in every one of 400 worlds"
    few = found(lambda x, luck: np.where(np.arange(len(x)) < 9, -1.0, 1.0))
    assert few.sentences[1] == "Too few failures (9 worlds, 10 at least) to search for where they lie."


def test_a_box_that_is_not_dense_enough_is_told_as_such() -> None:
    """Truth: where both are low, it fails in six of ten worlds, elsewhere nowhere."""
    finding = found(lambda x, luck: np.where(planted_box(x) & (luck.random(len(x)) < 0.6), -1.0, 1.0))
    assert finding.sentences[1].startswith("The search found no box of 80 % density; the best one, covering ")
    assert "; it fails more often where cost to value is below ." in finding.title
    inside = finding.tables["points"].frame()["in_box"] == 1
    assert (inside.to_numpy() != planted_box(points(400))).sum() <= 15


def test_chance_gives_no_box() -> None:
    """Null: a fifth of the worlds fail, wherever. 60 experiments of 200 points and 4 paths, density of half wanted.

    A box is put into a title in 5 % at most (3 se): what comes about by search does not hold at points left out.
    """
    named, luck = 0, np.random.default_rng(RNG)
    for _ in range(60):
        fails = luck.random(200) < 0.2
        finding = found(lambda x, _, fails=fails: np.where(fails, -1.0, 1.0), 200, density=0.5)  # type: ignore[misc]
        named += ";" in finding.title
    assert named / 60 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    none = found(lambda x, of: np.where(of.random(len(x)) < 0.2, -1.0, 1.0), 200)
    assert none.sentences[1].startswith("The search found no box, of 5 % of the worlds or more, in which")
    assert not len(none.tables["box"].frame())


@pytest.mark.parametrize(
    ("n", "paths", "limits", "dense"),
    [(400, 110, 2, (0.9, 0.15)), (400, 20, 3, (0.95, 0.05)), (1500, 110, 1, (0.7, 0.3))],
)
def test_a_box_is_found_among_many_paths(n: int, paths: int, limits: int, dense: tuple[float, float]) -> None:
    """Truth: a fifth of the cases, or a half where one path is limited; found with two thirds of it or more."""
    luck = np.random.default_rng(RNG)
    share = 0.5 if limits == 1 else 0.2
    for _ in range(3):
        x = luck.random((n, paths))
        inside = (x[:, :limits] < share ** (1 / limits)).all(axis=1)
        box, _ = search(x, luck.random(n) < np.where(inside, *dense), 0.8, 0.05)
        assert box is not None and {path for path, _ in box.limits} >= set(range(limits))
        found = box.inside(x)
        assert (found & inside).sum() > 2 / 3 * (found | inside).sum()


def test_among_many_paths_chance_gives_a_box_as_rarely_as_is_asked() -> None:
    """Null: a third of the cases, wherever, among 110 paths. Each limit is held against how many were tried."""
    luck, named = np.random.default_rng(RNG), 0
    for _ in range(40):
        named += search(luck.random((200, 110)), luck.random(200) < 0.35, 0.8, 0.05)[0] is not None
    assert named / 40 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)


def test_limits_are_held_against_how_many_were_tried() -> None:
    """By hand: of 40 cases 25 are hits, the first 8 among them; one draw of 8 cases in 71 is as good."""
    x, y = np.arange(40.0)[:, None], np.arange(40) % 13 < 8
    box = Box(np.array([-np.inf]), np.array([7.0]))
    assert list(quasi_p(x, y, box)) == [pytest.approx(comb(25, 8) / comb(40, 8))]
    assert pruned(x, y, box, Tried(3)).limits and not pruned(x, y, box, Tried(4)).limits
    cells = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [10, 10, 10, 70], axis=0).astype(float)
    hits = np.concatenate([np.ones(10), np.arange(10) < 2, np.arange(10) < 2, np.arange(70) < 56]) > 0
    corner = Box(np.full(2, -np.inf), np.zeros(2))
    assert (100 * quasi_p(cells, hits, corner) < 0.05).all(), "each limit makes it denser"
    assert not pruned(cells, hits, corner, Tried(100)).limits, "and yet it is hardly denser than all"


def test_a_limit_on_a_path_that_matters_by_itself_is_held_against_fewer() -> None:
    """By hand: hits are the first 20 of 40 cases along one path; another has three values and does not matter."""
    x, y = np.stack([np.arange(40.0), np.arange(40) % 3], axis=1), np.arange(40) < 20
    assert tried(x, y, _Columns(x, y, 2.0)) == (2 * (20 + 2), {(0, 1)}, 20)
    assert tried(x[::-1], y, _Columns(x[::-1], y, 2.0)).known == {(0, 0)}
    cells = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [20, 20, 30, 30], axis=0).astype(float)
    hits = np.concatenate([np.arange(20) < 18, np.arange(20) < 9, np.arange(30) < 3, np.arange(30) < 3])
    corner = Box(np.full(2, -np.inf), np.zeros(2))
    assert 0.05 / 100 < quasi_p(cells, hits, corner)[1] < 0.05 / 10
    assert pruned(cells, hits, corner, Tried(100)).limits == ((0, 1),)
    assert pruned(cells, hits, corner, Tried(100, frozenset({(0, 1), (1, 1)}), 10)).limits == ((0, 1), (1, 1))


def test_a_dense_box_stays_one_where_its_limits_are_rounded() -> None:
    """Truth: it fails up to .1506, and never from .1508 on: .151, as is said by habit, would take in what does not."""
    x = points(400)
    x[:, 2] = np.where(x[:, 2] < 0.15, x[:, 2] * 0.1506 / 0.15, 0.1508 + (x[:, 2] - 0.15) * 0.04)
    made = planted.experiment(x, VARY, "latin_hypercube", 1, ARMS)
    box = Box(np.full(4, -np.inf), np.array([np.inf, np.inf, x[x[:, 2] < 0.1507, 2].max(), np.inf]))
    y = x[:, 2] < 0.1507
    exact = boxes._rounded(made, x, y, box, 1.0)
    assert held(x, y, exact).density == 1 and exact.high[2] in (0.1506, 0.1507)
    assert boxes._rounded(made, x, y, box, 0.5).high[2] == 0.151


def test_over_fitting_shows_at_points_left_out() -> None:
    """A box with 18 hits among 20 points, where three in ten are; its like held other shares at points left out."""
    made = planted.experiment(points(100), VARY, "latin_hypercube", 1, ARMS)
    rare, told = np.arange(100) < 30, {"looked_for": "failures", "density": 0.8}
    ends = np.full(4, -np.inf), np.array([0.6, np.inf, np.inf, np.inf])
    for left_out, said, in_title in (
        (Held(20, 17, 30), "such boxes have 85 % density (64-95 %) and cover 57 %.", True),
        (Held(40, 20, 30), "and cover 67 %: less, the limits follow chance in part.", True),
        (Held(20, 9, 30), "no denser than chance: take it for no finding.", False),
        (Held(0, 0, 30), "no denser than chance: take it for no finding.", False),
    ):
        box = Found(Box(*ends), Held(20, 18, 30), left_out)
        assert words.held_out_said(made, box, rare).endswith(said)
        assert bool(words.title_where(made, box, rare, told)) == in_title


def test_whole_numbers_and_logarithms_are_cut_where_they_can_be() -> None:
    finding = found(lambda x, luck: np.where(x[:, 3] <= 2, -1.0, 1.0))
    assert "with 100 % density (25 % in all worlds): number of areas at most 2 silos." in finding.sentences[1]
    above = found(lambda x, luck: np.where((x[:, 0] > 1.3) & (x[:, 2] > 0.1), -1.0, 1.0))
    assert "cost to value above 1.3" in above.sentences[1] and "hassle above .099 months of spend" in above.sentences[1]


def test_luck_at_single_points_and_undefined_ones_are_told() -> None:
    def lead(x: np.ndarray, luck: np.random.Generator) -> np.ndarray:
        y = np.where(planted_box(x), -1.0, 1.0) + np.where(x[:, 3] == 7, 20, 0.01) * luck.normal(size=len(x))
        y[:3] = np.nan
        return y

    finding = found(lead, replications=3)
    said = " ".join(finding.sentences)
    assert "In 3 worlds the condition is undefined: left out." in said and "of 397 worlds" in finding.title
    assert "the 95 % interval of the difference contains nought: luck may decide there." in said
    frame = finding.tables["points"].frame()
    assert frame["holds"].isna().sum() == 3


def test_a_condition_against_a_number_and_between_measures() -> None:
    lead = lambda x, luck: np.where(planted_box(x), 1e6, 3e6)  # noqa: E731
    assert found(lead, when="mutual.npv >= 2e6").title.startswith("Net present value of Mutual is above EUR 2m in ")
    assert found(lead, when="mutual.npv < doormat.npv").title.startswith("Mutual has less than Doormat in net present")


def test_peeling_and_pasting_by_hand() -> None:
    """20 cases along a line, hits the first 8; a peel takes one of 20, from the far end, until all are hits."""
    x, y = np.arange(20.0)[:, None], np.arange(20) < 8
    boxes = list(peel(x, y, 0.1, [(0, 0), (0, 1)]))
    assert [box.high[0] for box in boxes] == [np.inf, *range(18, 6, -1)]
    assert held(x, y, boxes[-1]) == (8, 8, 8)
    small = Box(np.array([2.0]), np.array([5.0]))
    wide = paste(x, y, small)
    assert (wide.low[0], wide.high[0]) == (-np.inf, 7)
    assert pruned(x, y, Box(np.array([-5.0]), np.array([7.0])), Tried(40)).limits == ((0, 1),)
    assert list(quasi_p(x, y, wide)) == [pytest.approx(1 / comb(20, 8))]
    box, _ = search(x, y, 1.0, 0.1)
    assert box is not None and (box.low[0], box.high[0]) == (-np.inf, 7)
    box, _ = search(x, y, 0.99, 0.5)
    assert box is not None and box.high[0] == 9, "no box of half of the cases is that dense: the best one"
    assert search(x, np.arange(20) % 2 == 0, 0.8, 0.1)[0] is None


def test_points_of_a_chain_are_left_out_together() -> None:
    """Points of a Saltelli design share values with their neighbours: single ones left out would be no test."""
    vary = planted.varied(6)
    x = planted.points("saltelli", vary, 16, RNG)
    made = planted.experiment(x, vary, "saltelli")
    lead = np.repeat(np.where(np.random.default_rng(RNG).random(16) < 0.3, -1.0, 1.0), 8)
    settings = checked("discover", {"when": "a.npv > 0", "density": 0.8}, made)
    finding = discover(made, planted.runs(made, {("a", "npv"): lambda x, k, of: lead}), settings)
    assert ";" not in finding.title and finding.title not in " ".join(finding.sentences)
    text = " ".join([finding.title, *finding.sentences])
    assert "of 128 points" in finding.title and "world" not in text and "95 % interval" not in text


def test_points_of_a_chain_count_as_one() -> None:
    """133 of 180 points left out would be no chance, were they not of three or four chains among twenty."""
    box, rare = Box(np.array([0.2]), np.array([np.inf])), np.arange(820) % 2 == 0
    alone, chained = (Found(box, Held(180, 150, 410), Held(180, 133, 410), share) for share in (1.0, 20 / 820))
    assert not boxes.by_chance(alone, rare) and boxes.by_chance(chained, rare)
    made = planted.experiment(points(40), VARY, "latin_hypercube", 1, ARMS)
    told = {"looked_for": "failures", "density": 0.8}
    assert "mostly" not in words.title_where(made, chained, rare, told)
    assert "share most of their values" in words.held_out_said(made, chained._replace(alone=0.5), rare)
    assert "share most" not in words.held_out_said(made, alone, rare)


def test_how_much_a_box_covers_is_judged_at_points_left_out() -> None:
    made, rare = planted.experiment(points(40), VARY, "latin_hypercube", 1, ARMS), np.arange(400) % 2 == 0
    box = Box(np.full(4, -np.inf), np.array([0.5, np.inf, np.inf, np.inf]))
    for covered, most in ((120, "mostly"), (80, "in part")):
        one = Found(box, Held(130, 120, 200), Held(130, covered, 200))
        assert f"the exceptions lie {most} where" in words.title_where(
            made, one, rare, {"looked_for": "failures", "density": 0.8}
        )


def test_points_of_one_chain_alone_give_no_box() -> None:
    x, rare = points(60), np.arange(60) < 30
    made = planted.experiment(x, VARY, "latin_hypercube", 1, ARMS)
    settings = {"density": 0.8, "smallest": 0.05}
    assert boxes.find(made, x, rare, np.zeros(60, int), settings) == (None, [])
    assert boxes.find(made, x, x[:, 0] < 0.5, np.arange(60) // 20 + 3, settings)[0] is not None


def test_an_experiment_may_vary_a_single_path() -> None:
    vary = planted.varied(1)
    x = planted.points("latin_hypercube", vary, 100, RNG)
    made: Experiment = planted.experiment(x, vary, "grid")
    settings = checked("discover", "a.npv > 0", made)
    lead = x[:, 0] - np.sort(x[:, 0])[30]
    finding = discover(made, planted.runs(made, {("a", "npv"): lambda x, k, of: lead}), settings)
    assert finding.settings["axes"] == (vary[0].path,)
    assert finding.title.startswith("Net present value of Arm a is above EUR 0 at 69 of 100 points")


def nothing(x: np.ndarray, luck: np.random.Generator) -> np.ndarray:
    return np.full(len(x), np.nan)


@pytest.mark.parametrize(
    ("lead", "title", "said"),
    [
        (nothing, ": undefined in every world", "No world has a value: nothing can be told of where it holds."),
        (lambda x, luck: np.where(np.arange(len(x)) == 5, 1, np.nan), " in 1 of 1 world", "In 39 worlds the condition"),
        (lambda x, luck: np.ones(len(x)), "in every one of 40 worlds", "95 % interval of that share: 91-100 %."),
        (lambda x, luck: -np.ones(len(x)), "in none of 40 worlds", "95 % interval of that share: 0-9 %."),
        (lambda x, luck: np.where(np.arange(len(x)) == 5, -1, 1), "98 %", "Too few failures (1 world, 10 at least)"),
    ],
)
def test_little_to_look_at_is_told_as_such(lead: Lead, title: str, said: str) -> None:
    finding = found(lead, 40)
    assert title in finding.title
    text = " ".join(finding.sentences)
    assert said in text and ";" not in finding.title and "search found" not in text
    assert set(finding_charts(finding)) == (set() if lead is nothing else {"box"})
    if lead is nothing:
        assert finding.sentences == (said,) and not finding.tables


def test_a_path_of_one_value_does_no_harm() -> None:
    """Three equal points, and one path that varies among 40: pytest turns what numpy warns of into an error."""
    for n, x in ((3, np.array([[0.5, 0.2, 0.1, 3]] * 3)), (40, points(40) * [0, 1, 0, 0] + [0.5, 0, 0.1, 3])):
        vary = [replace(v, low=low, high=high) for v, low, high in zip(VARY, x.min(axis=0), x.max(axis=0), strict=True)]
        made = planted.experiment(x, vary, "list", 2, ARMS)
        runs: dict[tuple[str, str], planted.Values] = {
            ("mutual", "npv"): lambda x, k, luck: x[:, 1] - 0.2,
            ("doormat", "npv"): lambda x, k, luck: np.zeros(len(x)),
        }
        finding = discover(made, planted.runs(made, runs), checked("discover", "mutual.npv > doormat.npv", made))
        assert f" of {n} points" in finding.title and set(finding_charts(finding)) == {"box"}
        assert ("entitlement learning share is below .2" in finding.title) == (n == 40)


def test_few_replications_are_told_and_a_point_has_one_name() -> None:
    lead = lambda x, luck: np.where(planted_box(x), -1.0, 1.0) + 0.5 * luck.normal(size=len(x))  # noqa: E731
    finding = found(lead, replications=2)
    text = " ".join([finding.title, *finding.sentences])
    unclear = next(s for s in finding.sentences if "luck may decide" in s)
    assert unclear.startswith("In ") and " of 400 worlds the 95 % interval of the difference contains nought" in unclear
    assert unclear.endswith("An interval of 2 runs is 12.7 standard errors to either side: it means little.")
    assert "point" not in text and " % in all worlds)" in text and " in worlds left out of the search" in text.lower()


def test_a_chance_that_is_small_is_not_nought() -> None:
    text = finding_text(found(lambda x, luck: np.where(planted_box(x), -1.0, 1.0)))
    assert text.count("< .001") == 2 and " 0 " not in text.partition("quasi p")[2].partition("\n\n")[0]
