"""What the parameters of culture and of decisions move: experiments as in ``directions.py``."""

from __future__ import annotations

from directions import DOWN, UP, Row, firm, offer_moved, seats, silo, strain

TRAINED = {"policy.culture.programme_hours": 4}
ACTING = {**TRAINED, "policy.culture.action_share": 1}
PRACTISED = {"company.habit": 0.8, "company.practice": 0.8}

ROWS = (
    Row("world.culture.adoption_rate", 0, 0.1, silo("practice"), UP, start=TRAINED, off=0),
    Row("world.culture.adoption_rate", 0, 0.1, silo("practice"), UP, start=ACTING, off=0),
    Row("world.culture.adoption_rate", 0, 0.1, silo("practice"), UP, start={"policy.culture.leaders_hours": 2}, off=0),
    Row("world.culture.training_speed", 1, 12, silo("practice"), UP, start=TRAINED),
    Row("world.culture.training_speed", 1, 12, silo("taught"), DOWN, start={"company.taught": 0.5}),
    Row("world.culture.peer_rate", 0, 0.3, silo("habit"), UP, start={"company.habit": 0.4, "company.practice": 0.4},
        mute=("company.engagement", 0.2, 0.9)),
    Row("world.culture.lasting_months", 2, 60, silo("habit"), UP, start={"company.habit": 0.8}),
    Row("world.culture.lasting_months", 2, 60, firm("cynicism"), UP, start={"company.cynicism": 0.8}),
    Row("world.culture.cynicism_rate", 0, 0.1, firm("cynicism"), UP, start=TRAINED, off=0),
    Row("policy.culture.programme_hours", 0, 16, silo("practice"), UP, off=0),
    Row("policy.culture.programme_hours", 0, 16, silo("own_share"), DOWN, start={"company.aspiration": -1e12},
        not_off="time goes elsewhere too"),
    Row("policy.culture.programme_hours", 0, 16, firm("cynicism"), UP, off=0),
    Row("policy.culture.action_share", 0, 1, silo("habit"), UP, start=TRAINED, off=0),
    Row("policy.culture.action_share", 0, 1, silo("practice"), DOWN, start=TRAINED, not_off="all of it is training"),
    Row("policy.culture.leaders_hours", 0, 8, silo("habit"), UP, off=0),
    Row("policy.culture.leaders_hours", 0, 4, firm("cynicism"), DOWN, start=TRAINED,
        not_off="training that nobody sets an example for"),
    Row("policy.culture.n_roles", 0, 5, silo("practice"), UP, start=TRAINED, off=0),
    Row("policy.culture.purpose_hours", 0, 4, silo("habit"), UP, start=PRACTISED,
        not_off="nobody knows why, and habit fades as it does"),
    Row("policy.culture.values_share", 0, 0.05, seats("engagement"), UP, mute=("world.decisions.values_gain", 0, 20)),
    Row("policy.expectations.hype", 0, 0.5, firm("cynicism"), UP, off=0,
        start={**TRAINED, "policy.culture.leaders_hours": 4}),
    Row("world.navigator.attention_gain", 0, 2, silo("practice"), UP, start={"policy.navigator.measuring_hours": 4},
        off=0),
    Row("policy.navigator.measuring_hours", 0, 4, silo("practice"), UP, off=0),
    Row("policy.navigator.measuring_hours", 0, 4, firm("programme_cost"), UP, off=0,
        start={"policy.silos.information_sharing_share": 0}),
    Row("policy.navigator.measuring_hours", 0, 4, silo("own_share"), DOWN, start={"company.aspiration": -1e12},
        not_off="time goes elsewhere too"),
    Row("world.decisions.avoidable_share", 0, 1, firm("defects"), DOWN, start=PRACTISED,
        mute=("company.habit", 0, 0.8)),
    Row("world.decisions.avoidable_share", 0, 1, firm("seams"), DOWN, start=PRACTISED, mute=("company.habit", 0, 0.8)),
    Row("world.decisions.avoidable_share", 0, 1, offer_moved, UP, start=PRACTISED, mute=("company.habit", 0, 0.8)),
    Row("world.decisions.forgone_share", 0, 0.2, firm("programme_cost"), UP, start=PRACTISED,
        mute=("company.habit", 0, 0.8)),
    Row("world.decisions.change_strain", 0, 5, strain, UP, start=TRAINED,
        mute=("world.culture.adoption_rate", 0, 0.1)),
    Row("world.decisions.values_gain", 0, 20, seats("engagement"), UP, start={"policy.culture.values_share": 0.05},
        mute=("policy.culture.values_share", 0, 0.05)),
)  # fmt: skip
