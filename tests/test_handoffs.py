"""What passes between silos: what one comes to know from another, and what is lost where contacts are handed on."""

from __future__ import annotations

import numpy as np
import pytest

from cxsim.model import simulate
from cxsim.record import SILOS, Record
from lived import opened, put, scenario

SMALL = {"customers": 600, "employees": 10, "horizon_months": 6}


def _from(record: Record) -> np.ndarray:
    """What silos of the focal firm learned, (months, silos, silos from which)."""
    return np.stack([record.silo[f"from_{silo}"][:, 0] for silo in SILOS], axis=-1)


def test_losses_at_hand_offs_are_failures_of_contacts() -> None:
    both = simulate(scenario(**SMALL, values=[("world.journey.handoff_loss_prob", 0.16)])).firm
    assert (both["lost_handoffs"] <= both["failures"]).all() and (both["failures"] <= both["contacts"]).all()
    assert 0 < both["lost_handoffs"].sum() < both["failures"].sum()
    within = simulate(scenario(**SMALL, values=[("world.journey.handoff_loss_prob", 0)])).firm
    assert not within["lost_handoffs"].any() and within["failures"].any()
    between = simulate(scenario(**SMALL, values=[("world.journey.failure_prob", 0)])).firm
    assert np.array_equal(between["lost_handoffs"], between["failures"]) and between["failures"].any()


def test_what_is_learned_is_the_uncertainty_that_went() -> None:
    model = opened(scenario(rivals=0, **SMALL))
    put(model, {"company.variance": 0.4})
    before = model.company["variance"][0].copy()
    model.step()
    s = model.company[0]
    drift = model.world["needs"]["drift_sd"][0] ** 2 / model.spec.steps_per_month
    gone = (before + drift - s["variance"]).mean(axis=(-2, -1))
    assert s["learned"].sum(axis=-1) == pytest.approx(gone, rel=1e-6)


def test_silos_learn_from_each_other_as_far_as_they_share() -> None:
    own = np.eye(len(SILOS), dtype=bool)
    alone = _from(simulate(scenario(**SMALL, values=[("policy.silos.n_sharing", 0)])))
    assert (alone[:, own] > 0).all() and not alone[:, ~own].any()
    record = simulate(scenario(**SMALL, values=[("policy.silos.information_sharing_share", 0.8)]))
    together = _from(record)
    assert (together[:, ~own] > 0).all()
    assert (record.firm["sharing"][:, 0] <= 0.8).all() and (record.firm["sharing"][:, 0] > 0.2).all()
    three = _from(simulate(scenario(**SMALL, values=[("policy.silos.n_sharing", 3)])))
    apart = [SILOS.index(name) for name in ("marketing", "sales")]
    assert not three[:, apart][..., ~own[apart][0] & ~own[apart][1]].any(), "who takes no part hears nothing"


def test_people_who_come_and_go_are_those_of_the_firm() -> None:
    record = simulate(scenario(**SMALL))
    for name in ("quits", "hires"):
        assert record.silo[name].sum(axis=-1) == pytest.approx(record.firm[name])
