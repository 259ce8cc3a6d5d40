"""What an optimisation says: of each measure by its name what other runs bear out, and nothing where nothing is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cxsim.intervals import estimate, t_quantile
from cxsim.report.findings import finding_text
from cxsim.report.findings_figures import finding_charts
from cxsim.report.findings_numbers import apart
from cxsim.studies.analyses.asked import seed_for
from cxsim.studies.analyses.optimise import Checked, Gain, _leading, _put_back, best_levers, read
from cxsim.studies.analyses.optimise_gain import gain_sentences
from cxsim.studies.analyses.optimise_words import Told, _worth
from cxsim.studies.quantities import QUANTITIES
from fake_runner import START, check_drawn, experiment, written
from test_optimise import PATHS, RATE, bowl, find, said


def test_of_several_measures_each_is_judged_by_its_name_and_as_in_its_figure() -> None:
    def one_carries_over(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        gain = 1e6 * values[PATHS[0]]
        return {"npv": gain + luck.normal(), "customer_equity": gain * (RATE not in values), "trust": gain / 1e6}

    finding = find(one_carries_over, maximise=["npv", "customer_equity"])
    assert "With other luck: net present value is clearly better; customer equity is clearly better." in said(finding)
    words = "In worlds held out: net present value is clearly better; customer equity is not clearly better."
    assert words in said(finding)
    charts = finding_charts(finding)
    assert charts["gain_npv"].get_label() == "Net present value: a clear gain in worlds held out"
    assert charts["gain_customer_equity"].get_label() == "Customer equity: no clear gain in worlds held out"
    both = find(one_carries_over, maximise=["npv", "trust"])
    assert "With other luck and in worlds held out: net present value is clearly better; trust is clearly" in said(both)


def test_too_few_worlds_are_no_reassurance() -> None:
    """Worlds differ by far more than the gain: they bear it out as little as they deny it, and more of them would."""

    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        world = values[RATE] / 0.1 if RATE in values else 1.0
        return {"npv": 1e6 * ((values[PATHS[0]] - START) * (world - 1.6) * 4 + luck.normal(0, 0.01))}

    few = find(run, held_out_worlds=5, levers=PATHS[:1])
    sentence = next(s for s in few.sentences if "not confirmed" in s)
    assert sentence.startswith("As tried, the gain in net present value is not confirmed in worlds held out: 5 worlds")
    assert "over-fitting" not in said(few) and "flatters" not in said(few)
    assert few.title.endswith(", not confirmed in worlds held out")
    assert "with other luck the difference is" in said(few), "which is told apart from nought"


def test_more_than_the_gain_as_tried_leaves_no_doubt_of_it() -> None:
    search = read(experiment("a"), {"levers": PATHS})
    told = Told("A", experiment("a").arms["a"], search, {"npv": QUANTITIES["npv"]}, "EUR", 0)
    tried, fresh = (
        Gain(check, "npv", 0, 1, 0, estimate(np.array(values)))
        for check, values in (("as tried", [0.9, 1.1]), ("other luck", [3.0, 9.0, 5.0, 7.0]))
    )
    *_, sentence = gain_sentences(told, Checked((tried, fresh)))
    assert sentence.startswith("Of the gain in net present value as tried, none is clearly missing: with other luck")


@pytest.mark.parametrize("worlds", [0, 4])
def test_as_many_runs_as_it_names_are_enough(worlds: int) -> None:
    search = read(experiment("a"), {"levers": PATHS, "worlds": worlds, "replications": 2})
    told = Told("A", experiment("a").arms["a"], search, {"npv": QUANTITIES["npv"]}, "EUR", 0)
    values = np.random.default_rng(1).normal(0.2, 3, 20)
    tried = Gain("as tried", "npv", 0, 1, 0, estimate(np.array([0.9, 1.1])))
    settings = {"other luck": "worlds" if worlds else "replications", "held-out worlds": "held_out_worlds"}
    for check, setting in settings.items():
        fresh = Gain(check, "npv", 0, 1, 0, estimate(values))
        sentence = list(gain_sentences(told, Checked((tried, fresh))))[-1]
        assert f"({setting})" in sentence and "cannot tell whether none or all of it is there" in sentence
        enough = int(sentence.split("about ")[1].split(" would")[0].replace(",", ""))
        for n, wide in ((enough, False), (int(0.8 * enough), True)):
            width = 2 * t_quantile(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)
            assert (width > 1.0) == wide


def test_ends_of_a_front_are_told_apart_or_hardly_differ() -> None:
    assert apart([14.078e6, 14.084e6], "money", "EUR") == ["EUR 14.08m"] * 2
    assert apart([14.02e6, 14.08e6, 14.02e6], "money", "EUR") == ["EUR 14.0m", "EUR 14.1m", "EUR 14.0m"]
    assert apart([0.5, 0.8], "share") == ["50 %", "80 %"] and apart([1e6, 501e3], "money", "EUR")[1] == "EUR .5m"

    def flat(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 1e6 - values[PATHS[0]], "trust": 0.5 + 0.001 * values[PATHS[0]]}

    sentence = next(s for s in find(flat, maximise=["npv", "trust"]).sentences if "worse in another" in s)
    assert "net present value hardly differs (EUR 1,000.0k), trust from 50.00 % to 50.10 %" in sentence


def test_every_table_says_what_it_shows() -> None:
    text = finding_text(find(maximise=["npv", "trust"], subject_to={"exhaustion": "<= .9"}))
    for name in ("Net present value", "Trust", "Exhaustion"):
        assert f"\n\n{name}: the best levers less A as it is\nruns " in text
    assert "\n\nLevers\npath " in text and "\n\nWhat each lever is worth: " in text


def test_the_figure_of_the_trials_tells_of_its_own_marks() -> None:
    finding = find()
    trials = finding.tables["trials"].frame()
    (best,) = trials.loc[trials["best"] == 1, "npv"]
    found, before = apart([best, trials["npv"][0]], "money", "EUR")
    title = f"Net present value as tried: {found} in the best of {len(trials)} settings, {before} as it is"
    assert finding_charts(finding)["trials"].get_label() == title
    assert "in runs with other luck" in finding.title


def test_a_front_is_drawn_whole_and_names_only_what_is_there() -> None:
    (ring,) = (mark for mark in finding_charts(find(maximise=["npv", "trust"]))["front"].axes[0].collections
               if len(mark.get_facecolors()) == 0 or mark.get_sizes().max() > 200)  # fmt: skip
    assert not ring.get_clip_on()
    none = find(maximise=["npv", "trust"], subject_to={"exhaustion": "<= -1"})
    texts = [text.get_text() for text in written(finding_charts(none)["front"])]
    assert [text for text in texts if text[:1] in "\u25c6\u25cf\u25cb"] == ["\u25c6 as it is"]
    assert any(text.startswith("None of") and "keeps within the limits" in text.replace("\n", " ") for text in texts)
    assert "nan" not in finding_text(none)


def test_a_loss_is_not_called_a_gain_by_what_it_hangs_on() -> None:
    def less(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        x = values[PATHS[0]]
        return {"npv": -1e6 * x + luck.normal(), "trust": x**0.2 + luck.normal(0, 1e-6)}

    charts = finding_charts(find(less, levers=PATHS[:2], maximise=["npv", "trust"]))
    assert charts["worth_npv"].get_label() == "The gain in net present value hangs most on conceded share"
    assert charts["worth_trust"].get_label() == "The loss in trust hangs most on conceded share"

    def noise(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        own = np.random.default_rng([int(luck.integers(2**31)), int(1e4 * values[PATHS[0]])])
        return {"npv": own.normal()}

    chart = finding_charts(find(noise, levers=PATHS[:1]))["worth_npv"]
    assert chart.get_label() == "No clear change in net present value that could hang on a lever"


def hung(units: np.ndarray, sign: float = 1.0) -> tuple[str, list[str], str]:
    """Title and rows of the figure of levers, and the sentence, where put back (levers, runs) they cost this much.

    The change as a whole is a clear gain, or a clear loss for a ``sign`` of -1.
    """

    def run(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        tried = luck.bit_generator.seed_seq.entropy[0] == 1  # type: ignore[attr-defined]
        return {"npv": 1e6 * values[PATHS[0]] * (1.0 if tried else sign) + luck.normal()}

    finding = find(run, held_out_worlds=0)
    search = read(experiment("a"), {"levers": PATHS})
    paths = [f"policy.test.l{k}" for k in range(len(units))]
    told = Told("A", experiment("a").arms["a"], search, {"npv": QUANTITIES["npv"]}, "EUR", 0)
    leading = {(paths[k], "npv") for k in _leading(-units, search.goals[0], len(units))}
    losses = {(path, "npv"): estimate(row) for path, row in zip(paths, units, strict=True)}
    checked = Checked((), losses, frozenset(leading))
    settings = {**finding.settings, **checked.settings(search.goals), "levers": paths}
    made = replace(finding, settings=settings, tables={**finding.tables, "put_back": _put_back(told, checked)})
    chart = finding_charts(made)["worth_npv"]
    check_drawn(chart)
    rows = [text.get_text() for text in chart.axes[0].get_yticklabels()]
    return chart.get_label(), rows, next(iter(_worth(told, checked)))


def test_a_loss_hangs_on_the_worst_of_all_levers() -> None:
    luck = np.random.default_rng(2).normal(0, 0.01, (15, 20))
    means = np.linspace(3.0, 4.0, 15)
    means[[3, 13]] = -1.0, -2.0
    title, rows, _ = hung(means[:, None] + luck, -1.0)
    assert title == "The loss in net present value hangs most on l13"
    assert len(rows) == 12 and "l13" in rows


def test_levers_in_the_figure_are_as_clear_as_in_the_sentence() -> None:
    """One of forty that do nothing misses nought with its own interval of 95 %, and not with that of one of forty."""
    units = np.random.default_rng(0).normal(size=(40, 20))
    assert any(float(e.low) > 0 for e in map(estimate, units))
    title, _, sentence = hung(units)
    assert "none; 40 of 40 make no clear difference" in sentence
    assert title == "The gain in net present value hangs on no single lever"


def test_most_is_said_of_a_lever_that_clearly_leads() -> None:
    luck = np.random.default_rng(3).normal(0, 1.0, (3, 20))
    head = "The gain in net present value hangs"
    assert re.fullmatch(f"{head} on l[01] among others", hung(np.array([[5.0], [5.1], [0.0]]) + luck)[0])
    assert hung(np.array([[5.0], [9.0], [0.0]]) + luck)[0] == f"{head} most on l1"
    assert hung(np.array([[0.0], [1.2], [0.9]]) + luck * [[3.0], [1.0], [3.0]])[0] == f"{head} on l1"


def test_a_limit_that_luck_may_explain_is_not_called_broken() -> None:
    fresh = seed_for(1, "optimise other luck")

    def near(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        other = luck.bit_generator.seed_seq.entropy[0] == fresh  # type: ignore[attr-defined]
        return {**bowl(arm, values, luck), "trust": luck.normal(0.37, 0.3) if other else 0.5}

    finding = find(near, subject_to={"trust": ">= .4"}, held_out_worlds=0)
    gain = finding.tables["gain_trust"].frame().set_index("runs")
    assert 0.25 < gain.loc["other luck", "best"] < 0.4
    assert "break" not in finding.title
    assert "on average with other luck: too few runs to tell whether it is >= 0.4." in said(finding)


def test_an_arm_that_may_break_a_limit_is_said_so() -> None:
    def flat(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": 1e6 * luck.normal(), "trust": values[PATHS[0]] + luck.normal(0, 0.3)}

    title = find(flat, subject_to={"trust": "<= .45"}).title
    assert title == "A as it is may break trust <= 0.45; to keep within it costs no clear net present value"


@pytest.mark.parametrize("maximise", ["npv", ["npv", "trust"]])
@pytest.mark.parametrize("whole", [True, False])
def test_where_no_run_has_a_value_nothing_is_claimed(maximise: object, whole: bool) -> None:
    def fail(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        return {"npv": np.nan, "trust": np.nan if whole else 0.5}

    finding = find(fail, maximise=maximise, subject_to={"trust": ">= .4"})
    assert finding.title == "Nothing to judge: no setting of the levers of A has a value in all of its runs"
    assert "Net present value has a value in 0 of" in said(finding)
    assert not re.search("limits|clear|best|better|Allow", said(finding)) and not best_levers(finding)
    assert not finding_charts(finding)


def test_a_winner_without_values_in_other_runs_is_not_judged() -> None:
    fresh = seed_for(1, "optimise other luck")

    def gone(arm: str, values: Mapping[str, float], luck: np.random.Generator) -> Mapping[str, float]:
        other = RATE in values or luck.bit_generator.seed_seq.entropy[0] == fresh  # type: ignore[attr-defined]
        return {"npv": np.nan if other else bowl(arm, values, luck)["npv"]}

    finding = find(gone)
    assert finding.title == "Too few runs have a value to hold the best setting against A as it is in net present value"
    assert "With other luck and in worlds held out: net present value has too few values to be judged." in said(finding)
    assert "n/a" not in said(finding) and "nan" not in said(finding)
    for chart in finding_charts(finding).values():
        check_drawn(chart)
