"""What a firm can see of itself and of others, and how a function of a researcher's own moves its levers by that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from cxsim.engine.columns import Array
from cxsim.history import added_up, firm_column
from cxsim.scenario_check import nearest, python_number
from cxsim.scenario_timeline import Frozen
from cxsim.scenario_use import Code, place_of
from cxsim.yaml_source import ScenarioError, fail

if TYPE_CHECKING:
    from cxsim.model import CXModel


class _Seen:
    def __getattr__(self, name: str) -> NoReturn:
        seen = type(self).__annotations__
        near = nearest(name, seen)
        hint = f"; did you mean {near!r}?" if near else f"; there are: {', '.join(seen)}"
        raise AttributeError(f"{type(self).__name__} has no {name!r}{hint}")


@dataclass(frozen=True)
class RivalView(_Seen):
    """What is public of a firm: ``promise`` and ``reputation`` in months of spend, ``customers`` in the market."""

    title: str
    in_business: bool
    customers: float
    promise: float
    reputation: float


@dataclass(frozen=True)
class FirmView(_Seen):
    """What the leaders of a firm can see when a quarter begins: own figures and levers, and what is public of rivals.

    What happens within a time is of the quarter that has ended, all else as it stands at its end: money in the
    scenario's currency, counts in the represented market, ``satisfaction`` (months of spend), ``exhaustion`` and
    ``engagement`` (0 to 1) as a survey of everybody finds them, ``nps`` in points,
    ``cost_to_serve`` per customer and month. ``levers`` are its own by path, such as "requests.conceded_share".
    """

    title: str
    quarter: int  # the one that begins; the first is 2
    month: int  # its first month
    levers: Mapping[str, float]
    rivals: tuple[RivalView, ...]
    customers: float
    joined: float
    left: float
    ended: float
    satisfaction: float
    nps: float
    requests: float
    granted: float
    charged: float
    alternatives: float
    refused: float
    complaints: float
    resolved: float
    abuse: float
    revenue: float
    concession_value: float
    profit: float
    cash: float
    cost_to_serve: float
    employees: float
    quits: float
    staff_turnover_per_year: float
    exhaustion: float
    engagement: float


_COLUMNS = set(FirmView.__dataclass_fields__) - {
    "title", "quarter", "month", "levers", "rivals", "nps", "staff_turnover_per_year"
}  # fmt: skip


def look(model: CXModel, firm: int, quarter_lived: Array) -> FirmView:
    """What a firm sees; ``quarter_lived`` are the copies of the company record of the last quarter's steps."""

    @cache
    def get(name: str) -> Array:
        return added_up(quarter_lived, name, len(quarter_lived))

    def figure(name: str) -> float:
        return float(firm_column(get, name)[0, firm])

    figures = {name: figure(name) for name in _COLUMNS}
    known = model.spec.catalogue.sides["policy"]
    now = {heading: model.parameters("policy", heading) for heading in known}
    levers = {f"{h}.{name}": float(f"{now[h][name][0, firm]:.7g}") for h, names in known.items() for name in names}
    return FirmView(
        title=model.firms[firm].title,
        quarter=model.n_steps // (3 * model.spec.steps_per_month) + 1,
        month=model.n_steps // model.spec.steps_per_month + 1,
        levers=Frozen(levers),
        rivals=tuple(_public(model, other) for other in range(len(model.firms)) if other != firm),
        nps=100.0 * (figure("promoters_share") - figure("detractors_share")),
        staff_turnover_per_year=4.0 * figures["quits"] / max(figures["employees"], 1e-9),
        **figures,
    )


def _public(model: CXModel, firm: int) -> RivalView:
    s = model.company[0]
    known = (float(s[name][firm]) for name in ("customers", "promise", "reputation"))
    return RivalView(model.firms[firm].title, bool(s["alive"][firm] > 0), *known)


def consult(model: CXModel, firm: int, rule: Code, quarter_lived: Array) -> None:
    """Let a function move a firm's levers for the quarter that begins. Raises ScenarioError for what it may not."""
    view = look(model, firm, quarter_lived)
    here = f"{rule.spec}: quarter {view.quarter}"
    try:
        wanted = rule.what(view)
    except Exception as error:
        where, what = place_of(error, rule.what.__code__.co_filename)
        fail(where, here, what)
    if not isinstance(wanted, Mapping):
        fail(None, here, f"returned {wanted!r}; expected levers by path, or {{}} to leave them as they are")
    try:
        parameters = {path: model.spec.catalogue.parameter(f"policy.{path}") for path in wanted}
        values = {path: python_number(value, path, parameters[path]) for path, value in wanted.items()}
    except ScenarioError as error:
        raise ScenarioError(f"{here}: {error}") from None
    for path, value in values.items():
        heading, name = path.split(".")
        model.parameters("policy", heading)[name][0, firm] = value
