"""Indices of functions that are known, with luck and without: they are found, and luck is not taken for an effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import planted
from cxsim.studies.analyses.findings import Finding, by_point, saltelli_block
from cxsim.studies.analyses.indices import _products_of_luck, decompose
from cxsim.studies.analyses.questions import checked
from cxsim.studies.analyses.sensitivity import sensitivity
from cxsim.studies.experiments.experiment import Experiment, Varied

RNG = 20261122
NORMAL = 1.96


def found(made: Experiment, frame, **more: object) -> Finding:  # type: ignore[no-untyped-def]
    return sensitivity(made, frame, checked("sensitivity", {"measure": "npv", **more}, made))


def index(finding: Finding, name: str) -> tuple[np.ndarray, np.ndarray]:
    """An index and its standard error, by path in alphabetical order."""
    frame = finding.tables["indices"].frame().sort_values("path", key=lambda paths: paths.astype(str))
    se = (frame[f"{name}_high"] - frame[f"{name}_low"]) / 2 / NORMAL
    return frame[name].to_numpy(), se.to_numpy()


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami & Homma 1990, a = 7, b = .1, of shares of (-pi, pi)."""
    z = np.pi * (2 * x - 1)
    return np.sin(z[:, 0]) + 7 * np.sin(z[:, 1]) ** 2 + 0.1 * z[:, 2] ** 4 * np.sin(z[:, 0])


def _ishigami_indices() -> tuple[np.ndarray, np.ndarray, float]:
    """First and total indices, and the variance."""
    alone = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 7**2 / 8, 0.0
    together = 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50)
    variance = sum(alone) + together
    total = alone[0] + together, alone[1], together
    return np.array(alone) / variance, np.array(total) / variance, float(variance)


FIRST, TOTAL, VARIANCE = _ishigami_indices()


def one(kind: str, n: int, replications: int, values: planted.Values, k: int = 3) -> tuple[Experiment, Finding]:
    vary = planted.varied(k)
    made = planted.experiment(planted.points(kind, vary, n, RNG), vary, kind, replications)
    return made, found(made, planted.runs(made, {("a", "npv"): values}, RNG))


@pytest.mark.parametrize("kind", ["saltelli", "saltelli_second"])
def test_sobol_indices_of_ishigami(kind: str) -> None:
    """Truth: closed form. 1,024 base samples, no luck; each index within 3 standard errors, none of them wide."""
    _, finding = one(kind, 1024, 1, lambda x, k, luck: ishigami(x))
    for name, truth in (("first", FIRST), ("total", TOTAL)):
        value, se = index(finding, name)
        assert (np.abs(value - truth) < 3 * se + 1e-9).all() and se.max() < 0.05
    assert finding.title == "Net present value: what it depends on cannot be told from luck (one replication)"
    assert "interplay" not in " ".join(finding.sentences)
    _, twice = one(kind, 1024, 2, lambda x, k, luck: ishigami(x))
    assert twice.title == "Net present value depends most on p0, then on p1"
    assert "the rest is their interplay" in " ".join(twice.sentences)


def test_sobol_indices_of_the_g_function() -> None:
    """Truth: Saltelli & Sobol' 1995, a = 0, 1, 4.5, 9. 2,048 base samples; within 3 standard errors."""
    a = np.array([0, 1, 4.5, 9])
    alone = 1 / 3 / (1 + a) ** 2
    variance = np.prod(1 + alone) - 1
    total = alone * np.array([np.prod(1 + np.delete(alone, k)) for k in range(4)]) / variance
    _, finding = one("saltelli", 2048, 1, lambda x, k, luck: np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=1), 4)
    for name, truth in (("first", alone / variance), ("total", total)):
        value, se = index(finding, name)
        assert (np.abs(value - truth) < 3 * se + 1e-9).all()


def test_luck_of_each_run_is_taken_out_of_sobol_indices() -> None:
    """Truth: Ishigami. Luck with as much variance as the function in a run, 4 replications, 1,024 base samples.

    Within 3 standard errors; the total indices of the means, which still hold luck, miss the truth by more.
    """
    values = lambda x, k, luck: ishigami(x) + np.sqrt(VARIANCE) * luck.normal(size=len(x))  # noqa: E731
    made, finding = one("saltelli", 1024, 4, values)
    for name, truth in (("first", FIRST), ("total", TOTAL)):
        value, se = index(finding, name)
        assert (np.abs(value - truth) < 3 * se).all(), name
    means = by_point(made, planted.runs(made, {("a", "npv"): values}, RNG), "npv", "a").mean(axis=1)
    single = replace(made, replications=1)
    value, se = index(found(single, planted.runs(single, {("a", "npv"): lambda x, k, luck: means})), "total")
    assert (np.abs(value - TOTAL) > 3 * se).any(), "with luck left in, totals are too large"


def test_luck_that_points_share_is_taken_out_of_sobol_indices() -> None:
    """Truth: x0 alone. Every replication has another slope along x1, of mean 0 and standard deviation .5.

    Of 4 replications the mean slope has a variance of 1/16, which looks like an effect of x1: a total of 1/17 = .059.
    100 experiments of 64 base samples; the mean index within 3 standard errors and .01.
    """
    seen = []
    values = lambda x, k, luck: x[:, 0] + 0.5 * luck.normal() * x[:, 1] + luck.normal()  # noqa: E731
    vary = planted.varied(2)
    made = planted.experiment(planted.points("saltelli", vary, 64, RNG), vary, "saltelli", 4)
    for k in range(100):
        finding = found(made, planted.runs(made, {("a", "npv"): values}, RNG + k))
        seen.append([index(finding, name)[0] for name in ("first", "total")])
    mean, se = np.mean(seen, axis=0), np.std(seen, axis=0, ddof=1) / 10
    np.testing.assert_array_less(np.abs(mean - [[1, 0], [1, 0]]), 3 * se + 0.01)
    assert se.max() < 0.015


def test_the_share_of_luck() -> None:
    """Truth: points 4, luck that all points share 1, luck of each run 3: 4 of 8 in a run, .75 of 4.75 between means.

    1,000 points, 4 replications, 40 times; the mean within 3 standard errors.
    """
    luck = np.random.default_rng(RNG)
    seen = []
    for _ in range(40):
        y = 2 * luck.normal(size=(1000, 1)) + luck.normal(size=(1, 4)) + np.sqrt(3) * luck.normal(size=(1000, 4))
        told = decompose(y)
        assert told is not None
        seen.append(told[:2])
    for values, truth in zip(np.array(seen).T, (0.5, 0.75 / 4.75), strict=True):
        assert abs(values.mean() - truth) < 3 * values.std(ddof=1) / np.sqrt(40) + 0.005
    points, shared = luck.normal(size=(1000, 1)), luck.normal(size=(1, 4))
    for own, truth in ((np.zeros((1000, 4)), 1.0), (luck.normal(size=(1000, 4)) * shared.std(ddof=1), 0.5)):
        alike = decompose(points + shared + own)
        assert alike is not None and abs(alike.alike - truth) < 0.03
    assert decompose(np.ones((50, 1))) is None and decompose(np.ones((50, 3))) is None


def test_elementary_effects_of_a_plane() -> None:
    """Truth: an effect is the coefficient times the range, that of the logarithm on a log scale; its spread nought."""
    vary = (
        Varied("world.test.p0", 0, 1, "share"),
        Varied("world.test.p1", 0.01, 1, "ratio", "log"),
        Varied("world.test.steps", 0, 3, "people", integer=True),
    )
    x = planted.points("morris", vary, 12, RNG)
    made = planted.experiment(x, vary, "morris", 3)
    values = lambda x, k, luck: 10 * x[:, 0] - np.log10(x[:, 1]) + 2 * x[:, 2] + luck.normal()  # noqa: E731
    finding = found(made, planted.runs(made, {("a", "npv"): values}))
    frame = finding.tables["indices"].frame().set_index("path")
    np.testing.assert_allclose(frame["mu"][list(made.paths)], [10, -2, 6], rtol=1e-9)
    np.testing.assert_allclose(frame["mu_star"], frame["mu"].abs())
    np.testing.assert_allclose(frame[["sigma", "luck"]], 0, atol=1e-6)
    assert "Not converged" not in " ".join(finding.sentences)
    said = "p0 by EUR 10 (10 to 10), upwards; steps by EUR 6.0 (6.0 to 6.0), upwards; p1 by EUR 2.0 (2.0 to 2.0), down"
    assert said in finding.sentences[0]
    assert finding.title == "Net present value depends most on p0, then on steps"


def test_effects_of_whole_numbers_are_those_of_the_move_that_was_made() -> None:
    """Truth: the coefficient times the range, 10, 6 and 8; the step of the design is rounded to whole numbers."""
    vary = (
        Varied("world.test.p0", 0, 1, "share"),
        Varied("world.test.p1", 0, 1, "people", integer=True),
        Varied("world.test.steps", 0, 3, "people", integer=True),
        Varied("world.silos.n_areas", 1, 9, "silos", integer=True),
    )
    made = planted.experiment(planted.points("morris", vary, 12, RNG), vary, "morris", 2)
    values = {("a", "npv"): lambda x, k, luck: x @ [1.0, 10.0, 2.0, 1.0] + luck.normal()}
    frame = found(made, planted.runs(made, values)).tables["indices"].frame().set_index("path")
    np.testing.assert_allclose(frame["mu_star"][list(made.paths)], [1, 10, 6, 8], rtol=1e-9)
    np.testing.assert_allclose(frame["mu_star_high"] - frame["mu_star_low"], 0, atol=1e-9)
    np.testing.assert_allclose(frame["luck"], 0, atol=1e-6)
    other = replace(made, points=np.roll(made.points, 1, axis=0))
    with pytest.raises(ValueError, match="not in the order of a Morris design"):
        found(other, planted.runs(other, values))


@pytest.mark.parametrize(("kind", "n"), [("saltelli", 64), ("morris", 10)])
def test_one_replication_names_nothing(kind: str, n: int) -> None:
    """Null: no path matters. Of luck alone total indices and mu* are positive: they name no path."""
    for k in range(10):
        vary = planted.varied(8)
        made = planted.experiment(planted.points(kind, vary, n, RNG + k), vary, kind, 1)
        finding = found(made, planted.runs(made, {("a", "npv"): lambda x, k, luck: luck.normal(size=len(x))}, RNG + k))
        assert finding.title.endswith("cannot be told from luck (one replication)")
        text = " ".join(finding.sentences)
        assert "interplay" not in text and "Not told apart" not in text and "where the others stand" not in text


def test_two_replications_name_nothing_by_chance() -> None:
    """Null: no path matters. 64 base samples or 10 chains, 8 paths, 60 times each: one in 5 % at most (3 se)."""
    vary = planted.varied(8)
    for kind, n in (("saltelli", 64), ("morris", 10)):
        named = 0
        for k in range(60):
            made = planted.experiment(planted.points(kind, vary, n, RNG + k), vary, kind, 2)
            frame = planted.runs(made, {("a", "npv"): lambda x, k, luck: luck.normal(size=len(x))}, RNG + k)
            named += "clearly on nothing" not in found(made, frame).title
        assert named / 60 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60), kind


def _missing(share: float, values: planted.Values) -> planted.Values:
    """``values`` of which that share is undefined, but in the first replication."""

    def some(x: np.ndarray, k: int, luck: np.random.Generator) -> np.ndarray:
        y = values(x, k, luck)
        return np.where(luck.uniform(size=len(x)) < share * (k > 0), np.nan, y)

    return some


@pytest.mark.parametrize(("kind", "n"), [("saltelli", 64), ("morris", 10)])
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_missing_replications_name_nothing(kind: str, n: int, share: float) -> None:
    """Null: no path matters. Of the second of two replications some is missing; 40 times: 5 % at most (3 se).

    Where hardly any luck is known, none is said to be taken out.
    """
    named, unknown, vary = 0, 0, planted.varied(8)
    for k in range(40):
        made = planted.experiment(planted.points(kind, vary, n, RNG + k), vary, kind, 2)
        values = _missing(share, lambda x, k, luck: 3 * luck.normal() + luck.normal(size=len(x)))
        finding = found(made, planted.runs(made, {("a", "npv"): values}, RNG + k))
        told = "too few points with all replications" in finding.title
        text = " ".join(finding.sentences)
        assert told != finding.settings["luck_known"] and told != ("Luck is" in text)
        assert told == ("Too few points with all replications: luck cannot be told" in text)
        assert "One replication" not in text
        named, unknown = named + (not told and "clearly on nothing" not in finding.title), unknown + told
    assert named / 40 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 40)
    assert unknown > 20 if share > 0.5 else not unknown


def test_luck_is_taken_out_where_replications_are_missing() -> None:
    """Truth: a plane with luck of every run as large; a third of two replications of three is missing; 20 times."""
    seen, vary = [], planted.varied(3)
    plane = lambda x, k, luck: np.sqrt(12) * x @ [2.0, 1, 0] + 9 * luck.normal() + 2 * luck.normal(size=len(x))  # noqa: E731
    for k in range(20):
        made = planted.experiment(planted.points("saltelli_second", vary, 256, RNG + k), vary, "saltelli", 3)
        finding = found(made, planted.runs(made, {("a", "npv"): _missing(0.33, plane)}, RNG + k))
        seen.append(np.concatenate([index(finding, name)[0] for name in ("first", "total")]))
    se = np.std(seen, axis=0, ddof=1) / np.sqrt(20)
    assert (np.abs(np.mean(seen, axis=0) - np.array([0.8, 0.2, 0] * 2)) < 3 * se + 0.01).all() and (se < 0.04).all()


def test_what_luck_adds_to_products() -> None:
    """By hand, from the products that SALib takes the means of; two base samples, two paths, three replications."""
    y = np.random.default_rng(RNG).normal(size=(2, 6, 3))
    y -= y.mean(axis=(0, 1))
    a, b = y[:, 0], y[:, -1]
    both = lambda x, z: sum(np.cov(x[n], z[n])[0, 1] for n in (0, 1)) / 2 / 3  # noqa: E731
    lucky = _products_of_luck(y, 2, second=True)
    assert lucky is not None
    first = [both(b, y[:, k] - a) for k in (1, 2)]
    np.testing.assert_allclose(lucky.first, first)
    np.testing.assert_allclose(lucky.total, [both(y[:, k] - a, y[:, k] - a) / 2 for k in (1, 2)])
    np.testing.assert_allclose(lucky.second[0, 1], both(y[:, 3], y[:, 2]) - both(a, b) - sum(first))
    np.testing.assert_allclose(lucky.variance, (both(a, a) + both(b, b)) / 2)


def test_the_width_of_a_rank_correlation() -> None:
    """Fieller, Hartley & Pearson 1957: a variance of 1.06 / (n - 3) of the inverse hyperbolic tangent."""
    _, finding = one("latin_hypercube", 53, 1, lambda x, k, luck: luck.normal(size=len(x)))
    frame = finding.tables["indices"].frame()
    width = np.arctanh(frame["rank_correlation_high"]) - np.arctanh(frame["rank_correlation"])
    np.testing.assert_allclose(width, 1.96 * np.sqrt(1.06 / 50))


def test_elementary_effects_of_luck_alone() -> None:
    """Null: no path matters. 10 chains, 8 paths, 3 replications, 100 times: one is named in 5 % at most (3 se).

    The floor that luck gives is its mean: what is found lies about it.
    """
    named, ratios = 0, []
    vary = planted.varied(8)
    for k in range(100):
        made = planted.experiment(planted.points("morris", vary, 10, RNG + k), vary, "morris", 3)
        finding = found(made, planted.runs(made, {("a", "npv"): lambda x, k, luck: luck.normal(size=len(x))}, RNG + k))
        named += "clearly on nothing" not in finding.title
        frame = finding.tables["indices"].frame()
        ratios.append(frame["mu_star"].mean() / frame["luck"].mean())
    assert named / 100 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
    assert abs(np.mean(ratios) - 1) < 3 * np.std(ratios, ddof=1) / 10 + 0.05


def test_first_indices_of_any_sample() -> None:
    """Truth: of a plane, the squares of its coefficients: 16, 4, 1, 0 of 21. 600 points, luck of 20 in a run of 4."""
    slopes = np.sqrt(12) * np.array([4.0, -2.0, 1.0, 0.0])
    values = lambda x, k, luck: x @ slopes + np.sqrt(20) * luck.normal(size=len(x))  # noqa: E731
    _, finding = one("latin_hypercube", 600, 4, values, 4)
    value, se = index(finding, "first")
    assert (np.abs(value - np.array([16, 4, 1, 0]) / 21) < 3 * se).all()
    rho, _ = index(finding, "rank_correlation")
    assert finding.title.endswith("depends most on p0, then on p1") and "p0 7" in finding.sentences[1]
    assert rho[0] > 0 > rho[1] and "p0 is high" in finding.sentences[0] and "p1 is low" in finding.sentences[0]


def test_rank_correlations_name_nothing_by_chance() -> None:
    """Null: no path matters. 50 points, 10 paths, 300 times: one is named in 5 % at most (3 se)."""
    named, vary = 0, planted.varied(10)
    for k in range(300):
        made = planted.experiment(planted.points("latin_hypercube", vary, 50, RNG + k), vary, "latin_hypercube")
        finding = found(made, planted.runs(made, {("a", "npv"): lambda x, k, luck: luck.normal(size=len(x))}, RNG + k))
        named += "clearly on nothing" not in finding.title
    assert named / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


@pytest.mark.parametrize(("kind", "n"), [("saltelli", 32), ("morris", 25), ("latin_hypercube", 200)])
def test_swings_are_not_those_of_other_paths(kind: str, n: int) -> None:
    """Truth: .75 of the slope, the distance of the middles of two outer quarters; all of it between outer levels.

    Ten paths, of which one has a slope of 100 and one of 10. In chains and base samples, the points of a low end share
    what the others are. Luck of 1; within 3 standard errors and 1, and those are small.
    """
    slopes = np.array([100.0, 10, *[0] * 8])
    _, finding = one(kind, n, 1, lambda x, k, luck: x @ slopes + luck.normal(size=len(x)), 10)
    frame = finding.tables["swings"].frame().sort_values("path", key=lambda paths: paths.astype(str))
    se = (frame["swing_high"] - frame["swing_low"]).to_numpy() / 4
    between = 1.0 if kind == "morris" else 0.75
    assert (np.abs(frame["swing"].to_numpy() - between * slopes) < 3 * se + 1).all()
    assert (se < 7).all()
    if kind == "morris":
        np.testing.assert_allclose(frame["swing"], index(finding, "mu")[0])
    else:
        np.testing.assert_allclose(frame["at_high"] - frame["at_low"], frame["swing"])


def test_a_difference_between_arms_is_paired() -> None:
    """Luck that both arms share is gone from their difference, and what moves both alike does not count."""
    vary = planted.varied(2)
    x = planted.points("saltelli", vary, 128, RNG)
    made = planted.experiment(x, vary, "saltelli", 2, {"a": "Mutual", "b": "Doormat"})
    both = lambda x, k, luck: 1e6 * (5 * x[:, 0] + 9 * k)  # noqa: E731
    frame = planted.runs(made, {("a", "npv"): lambda *of: both(*of) + 1e6 * of[0][:, 1], ("b", "npv"): both})
    finding = found(made, frame, arm="a", against="b")
    assert finding.title == "The lead of Mutual over Doormat in net present value depends on p1"
    np.testing.assert_allclose(index(finding, "total")[0], [0, 1], atol=0.01)
    assert found(made, frame).title == "Net present value of Mutual depends most on p0, then on p1"
    swings = finding.tables["swings"].frame().set_index("path")
    assert swings["swing"]["world.test.p1"] == pytest.approx(0.75e6, rel=0.02)
    assert swings["swing_low"]["world.test.p0"] <= 0 <= swings["swing_high"]["world.test.p0"]


def test_what_is_undefined_costs_its_chain_only() -> None:
    def values(x: np.ndarray, k: int, luck: np.random.Generator) -> np.ndarray:
        y = ishigami(x)
        y[7] = np.nan
        return y

    made, finding = one("saltelli", 256, 1, values)
    assert "At 1 point it is undefined: left out." in finding.sentences
    value, se = index(finding, "total")
    assert (np.abs(value - TOTAL) < 3 * se).all()
    _, gone = one("morris", 4, 1, lambda x, k, luck: np.full(len(x), np.nan))
    assert gone.title.endswith("has no value at any point") and not gone.tables
    assert gone.sentences == ("No run has a value, so that nothing can be told.",)
    _, two = one("latin_hypercube", 2, 1, lambda x, k, luck: x[:, 0])
    assert two.title.endswith("is defined in fewer than three worlds")
    assert two.sentences == ("What it depends on cannot be told.",)
    _, same = one("morris", 4, 1, lambda x, k, luck: np.ones(len(x)))
    assert same.title.endswith("is the same at every point")
    assert saltelli_block(made.points) == 5
    with pytest.raises(ValueError, match="not in the order of a Saltelli design"):
        saltelli_block(made.points[::-1])


def test_how_many_more_runs_are_told_by_the_widest_interval() -> None:
    """Intervals go with one over the root of the runs: half as wide takes four times as many, three more times."""
    plane = lambda x: x.sum(axis=1)  # noqa: E731
    made, finding = one("saltelli", 64, 1, lambda x, k, luck: plane(x), 6)
    half, of_total = (NORMAL * max(index(finding, name)[1]) for name in ("first", "total"))
    assert half > 1.1 * of_total, "the first indices are the less sure ones here"
    frame = planted.runs(made, {("a", "npv"): lambda x, k, luck: plane(x)})
    said = " ".join(found(made, frame, tolerance=half / 2).sentences)
    assert any(f"Not converged: about {more} more runs" in said for more in ("1,500", "1,600"))  # three times 512
    assert "the widest interval, that of the first index of p" in said
    assert "Not converged" in " ".join(found(made, frame, tolerance=half / 1.05).sentences)
    assert "Not converged" not in " ".join(found(made, frame, tolerance=min(half * 1.01, 1.0)).sentences)
    assert "One replication: luck cannot be told from parameters" in said
