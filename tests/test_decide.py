"""A function that decides for a firm: what it sees, when it is asked, and what it may answer."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxsim import FirmView, api
from cxsim.model import CXModel
from cxsim.scenario import Change, Rival, Scenario, ScenarioError
from lived import BUSY, opened, scenario
from own_samples import Grudge, generous, idle
from test_luck import differing, live

SIZE = {"customers": 800, "employees": 8}
SEEN: list[FirmView] = []


def witness(firm: FirmView) -> dict[str, float]:
    SEEN.append(firm)
    return {}


def shares(firm: FirmView) -> dict[str, float]:
    return {"silos.information_sharing_share": 0.9, "grudge.amends_share": 0.25 * firm.quarter}


@pytest.fixture(autouse=True)
def unseen() -> None:
    SEEN.clear()


@pytest.mark.parametrize("steps", [1, 2])
def test_it_sees_the_quarter_that_has_ended(steps: int) -> None:
    spec = scenario(values=[*BUSY, ("decide", witness), ("steps_per_month", steps)], **SIZE)
    model = live(opened(spec), 9 * steps + 1)
    firm = model.record().firm
    assert [(v.quarter, v.month) for v in SEEN] == [(2, 4), (3, 7), (4, 10)]
    flows = (
        "joined", "left", "ended", "requests", "granted", "charged", "alternatives", "refused", "complaints",
        "resolved", "abuse", "revenue", "concession_value", "profit", "quits",
    )  # fmt: skip
    for k, view in enumerate(SEEN):
        lived = slice(3 * k, 3 * k + 3)
        for name in flows:
            np.testing.assert_allclose(getattr(view, name), firm[name][lived, 0].sum(), rtol=1e-12, err_msg=name)
        for name in ("customers", "satisfaction", "cash", "cost_to_serve", "employees", "exhaustion", "engagement"):
            assert getattr(view, name) == firm[name][lived, 0][-1], name
        promoters, detractors = (firm[f"{who}_share"][lived, 0][-1] for who in ("promoters", "detractors"))
        assert view.nps == pytest.approx(100 * (promoters - detractors))
        assert view.staff_turnover_per_year == pytest.approx(4 * view.quits / view.employees)
        (rival,) = view.rivals
        assert (rival.title, rival.in_business) == ("R0", True) and rival.customers == firm["customers"][lived, 1][-1]
        assert 0 < rival.reputation < 2 and 0 < rival.promise < 2
        assert dict(view.levers) == {
            f"{h}.{name}": pytest.approx(x, rel=1e-6) for h, below in spec.policy.items() for name, x in below.items()
        }
        assert view.levers["requests.conceded_share"] == 0.4, "as it was written, not as the nearest single"


def test_it_sees_nothing_else_and_changes_nothing_by_looking() -> None:
    live(CXModel(scenario(values=[("decide", witness)], **SIZE)), 4)
    (view,) = SEEN
    hidden = ("trust", "entitlement", "expectation", "model", "failures")
    assert not [name for name in hidden if hasattr(view, name)]
    with pytest.raises(FrozenInstanceError):
        view.cash = 1e9  # type: ignore[misc]
    with pytest.raises(TypeError):
        view.levers["requests.conceded_share"] = 1  # type: ignore[index]


def test_an_idle_function_moves_no_bit() -> None:
    plain = live(CXModel(scenario(values=BUSY, **SIZE), rng=4), 8)
    asked = live(CXModel(scenario(values=[*BUSY, ("decide", idle), ("rivals[0].decide", idle)], **SIZE), rng=4), 8)
    assert not differing(plain, asked)


def test_levers_move_as_the_quarter_begins_before_the_firm_decides() -> None:
    values: list[tuple[str, Any]] = [("use", [Grudge]), ("decide", shares)]
    model = live(opened(scenario(values=values, **SIZE)), 3)
    before = model.company["sharing"][0].copy()
    live(model, 1)
    levers = [model.parameters("policy", "silos")["information_sharing_share"][0].tolist()]
    levers.append(model.parameters("policy", "grudge")["amends_share"][0].tolist())
    assert levers == [[np.float32(0.9), np.float32(0.2)], [0.5, 0]]
    assert model.company["sharing"][0, 0] > 2 * before[0] and model.company["sharing"][0, 1] < 1.1 * before[1]
    live(model, 2)
    assert model.own.policy["grudge"]["amends_share"][0, 0] == 0.5, "until the next quarter"
    live(model, 1)
    assert model.own.policy["grudge"]["amends_share"][0, 0] == 0.75


def test_each_firm_has_its_own_and_dated_changes_come_first() -> None:
    change = Change(7, policy={"requests": {"conceded_share": 0.1}})
    rivals = [Rival("Kind", {}, generous), Rival("Fixed", {})]
    spec = Scenario.default().replace("rivals", rivals, "decide", generous, "timeline", [change], *_flat(SIZE))
    model, seen = CXModel(spec), []
    for _ in range(10):
        model.step()
        seen.append(np.round(model.policy["requests"]["conceded_share"][0], 6).tolist())
    assert seen[2] == [0.5, 0.5, 0.5] and seen[3] == seen[5] == pytest.approx([0.6, 0.6, 0.5])
    assert seen[6] == pytest.approx([0.2, 0.7, 0.5]) and seen[9] == pytest.approx([0.3, 0.8, 0.5])


def _flat(values: dict[str, int]) -> list[Any]:
    return [x for pair in values.items() for x in pair]


def test_who_is_out_of_business_is_not_asked_and_seen_to_be_out() -> None:
    model = live(opened(scenario(values=[("decide", witness), ("rivals[0].decide", witness)], **SIZE)), 1)
    model.company["cash"][0, 1] = -1e12
    live(model, 5)
    assert [v.title for v in SEEN] == [model.spec.title]
    assert not SEEN[0].rivals[0].in_business and SEEN[0].rivals[0].customers == 0


def test_a_model_stepped_beyond_its_horizon_goes_on_deciding() -> None:
    model = live(CXModel(scenario(values=[("decide", witness), ("horizon_months", 4)], **SIZE)), 10)
    assert [v.quarter for v in SEEN] == [2, 3, 4] and not model.running
    assert len({v.profit for v in SEEN}) == 3


def test_in_a_comparison_everyone_decides_alike() -> None:
    spec = scenario(values=[("horizon_months", 6), ("replications", 2)], **SIZE)
    arm = spec.replace("decide", generous)
    found = api.compare([spec, arm], everyone=True, threads=2)
    assert found.everyone is not None and found.everyone.arms[1].scenario.rivals[0].decide == arm.decide
    assert found.everyone.arms[0].scenario.rivals[0].decide is None
    one, other = (arm.records[0].firm["granted"] for arm in found.arms)
    assert (one[:3] == other[:3]).all() and (one[3:] <= other[3:])[:, 0].all() and (one[3:] < other[3:])[:, 0].any()


ANSWERS = [
    ("return {'requests.conceded_shar': 1}", ("policy.requests: unknown key 'conceded_shar'; did you mean "
     "'conceded_share'?")),
    ("return {'requests.conceded_share': 2}", "requests.conceded_share: 2 is outside 0..1 share of requests"),
    ("return {'requests.conceded_share': 'all'}", ("requests.conceded_share: expected a number (share of requests), "
     "got 'all' (str)")),
    ("return {'requests.conceded_share': float('nan')}", ("requests.conceded_share: NaN is not a number that can be "
     "used")),
    ("return {'silos.n_sharing': 2.5}", "silos.n_sharing: 2.5 is not a whole number (silos)"),
    ("return {'requests': 1}", "policy.requests: unknown key ''; valid: "),
    ("return", "returned None; expected levers by path, or {} to leave them as they are"),
    ("return firm.proft", "AttributeError: FirmView has no 'proft'; did you mean 'profit'?, in 'return firm.proft'"),
    ("return firm.complaint",
     "AttributeError: FirmView has no 'complaint'; did you mean 'complaints'?, in 'return firm.comp"),
    ("return firm.rivals[0].cash",
     "AttributeError: RivalView has no 'cash'; there are: title, in_business, customers, promise, reputation, in '"),
]


@pytest.mark.parametrize(("body", "what"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_what_it_may_not_answer(body: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = f"def wrong(firm):\n    if firm.quarter == 3:\n        {body}\n    return {{}}\n"
    (tmp_path / "rules.py").write_text(wrong)
    model = live(CXModel(scenario(values=[("decide", "rules:wrong")], **SIZE)), 6)
    levers = model.policy.tobytes()
    with pytest.raises(ScenarioError) as caught:
        model.step()
    where = "rules.py:3: " if "in '" in what else ""
    assert str(caught.value).startswith(f"{where}rules:wrong: quarter 3: {what}")
    assert levers == model.policy.tobytes(), "nothing half done"
