"""Run scenarios from Python: :func:`run` one, :func:`compare` several on the same customers and luck."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxsim.frames import distinct
from cxsim.measures import MEASURES
from cxsim.results import Comparison, Runs
from cxsim.running import Job, Progress, available_threads, simulate_all
from cxsim.worlds import Worlds, draw, in_worlds, values, variable

if TYPE_CHECKING:
    from cxsim.scenario import Scenario

MOST_WORLDS = 10_000


def run(
    scenario: Scenario | str | os.PathLike[str],
    replications: int | None = None,
    rng: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    customers: int | None = None,
    panel: int = 0,
) -> Runs:
    """Run a scenario (a Scenario, a path, or the name of a shipped one) as often as it asks for.

    ``replications`` and ``customers`` (simulated) replace the scenario's own; ``rng`` is the seed, a whole
    number from 0; ``threads`` how many threads, or processes where runs are small, by default one per processor:
    it changes the time, never a number. With a ``panel`` the monthly life of so many customers and employees is
    kept (``customers`` and ``employees`` of the result); it changes no number either. Raises ScenarioError for a
    scenario that is wrong and a panel of more than there are, ValueError for a seed, threads or a panel out of
    range, OSError where a process is killed again and again.
    """
    scenarios = prepare([scenario], replications, customers)
    seed, members = check_seed(rng), _members(panel, scenarios[0])
    records = simulate_all(_jobs(scenarios, members), seed, check_threads(threads), progress)
    return Runs(scenarios[0], seed, tuple(records), scenarios[0].name)


def compare(
    scenarios: Sequence[Scenario | str | os.PathLike[str]],
    replications: int | None = None,
    rng: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
    customers: int | None = None,
    worlds: int = 0,
    everyone: bool = False,
    panel: int = 0,
) -> Comparison:
    """Run several scenarios on the same customers with the same luck; the first is the reference.

    ``worlds`` is a number of sampled worlds in which every scenario is run once more (see :mod:`cxsim.worlds`): none
    unless asked for, as a script asks for what it needs, while the command draws 100. ``everyone`` runs all of it again
    with every rival under the focal firm's policy. Other arguments and errors as in :func:`run`; ScenarioError too for
    scenarios that cannot be paired, because they differ in horizon, replications, simulated customers or employees,
    size of the market, currency or steps; ValueError for fewer than two scenarios, and for anything but a list of them.
    Arms are labelled as :func:`arm_names` says.
    """
    if isinstance(scenarios, (str, os.PathLike)) or not isinstance(scenarios, Iterable):
        raise ValueError('give a list of scenarios, such as compare(["baseline", "my_idea.yaml"])')
    scenarios = list(scenarios)
    if len(scenarios) < 2:
        raise ValueError("a comparison needs at least two scenarios")
    prepared, n_worlds = prepare(scenarios, replications, customers), check_whole("worlds", worlds, 0, MOST_WORLDS)
    seed, names = check_seed(rng), arm_names(prepared)
    alike = [as_everyone(s) for s in prepared] if everyone else []
    parameters, held = variable(prepared if n_worlds else ())
    drawn = draw(parameters, n_worlds, seed)
    jobs = _jobs(prepared, _members(panel, prepared[0])) + _jobs(alike)
    jobs += [Job(s, k // len(prepared), values) for k, s in enumerate(in_worlds(prepared, parameters, drawn))]
    taken = iter(simulate_all(jobs, seed, check_threads(threads), progress))

    def arms(of: Sequence[Scenario]) -> tuple[Runs, ...]:
        return tuple(
            Runs(s, seed, tuple(next(taken) for _ in range(s.replications)), name)
            for s, name in zip(of, names, strict=True)
        )

    own, others = arms(prepared), Comparison(arms(alike)) if everyone else None
    found = np.array(list(taken), float).reshape(n_worlds, len(prepared), len(MEASURES))
    sampled = None
    if n_worlds:
        units = tuple(p.unit for p in parameters.values())
        sampled = Worlds(tuple(names), tuple(parameters), held, units, drawn, found)
    return Comparison(own, sampled, others)


def arm_names(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """A name for each arm, all different: that of its scenario, which is the name of a file.

    Where a name is there again, as of a scenario that was changed in Python, its title stands for it, as
    ``less_conceded``; with the same title too it is name-2, and so on.
    """
    seen: dict[str, set[str]] = {}
    names, own = [], {s.name for s in scenarios}
    for s in scenarios:
        titles = seen.setdefault(s.name, set())
        words = re.sub(r"\W+", "_", s.title.lower()).strip("_")[:60]
        names.append(words if titles and s.title not in titles and words not in own | {""} else s.name)
        titles.add(s.title)
    return distinct(names)


def _jobs(scenarios: Sequence[Scenario], panel: int = 0) -> list[Job]:
    return [Job(s, r, panel=panel) for s in scenarios for r in range(s.replications)]


def _members(panel: int, scenario: Scenario) -> int:
    from cxsim.scenario import ScenarioError

    members, most = check_whole("panel", panel, 0, 2**63 - 1), int(scenario.customers)
    if members > most:
        raise ScenarioError(f"panel must be at most the {most} simulated customers, not {members}")
    return members


def as_everyone(scenario: Scenario) -> Scenario:
    """The scenario with every rival under the focal firm's policy, dated changes included."""
    rivals = [replace(rival, policy=scenario.policy, decide=scenario.decide) for rival in scenario.rivals]
    changes = []
    for change in scenario.timeline:
        if change.firm == 0:
            firms = range(1, len(rivals) + 1) if change.policy else ()
            changes += [change, *(replace(change, firm=firm, world={}) for firm in firms)]
        elif change.world:
            changes.append(replace(change, firm=0, policy={}))
    return scenario.replace("rivals", rivals, "timeline", changes)


def prepare(
    scenarios: Sequence[Scenario | str | os.PathLike[str]],
    replications: int | None = None,
    customers: int | None = None,
) -> tuple[Scenario, ...]:
    """Load scenarios, put in what is asked otherwise, and check that they can be paired.

    Everything that can be wrong with them is found here, before anything is run. Raises ScenarioError.
    """
    from cxsim.scenario import Scenario, load
    from cxsim.scenario_use import refuse_same_name

    prepared = []
    for source in scenarios:
        s = source if isinstance(source, Scenario) else load(os.fspath(source))
        for name, value in (("replications", replications), ("customers", customers)):
            if value is not None:
                s = s.replace(name, value)
        prepared.append(s)
    for other in prepared[1:]:
        _check_pair(prepared[0], other)
    refuse_same_name(code for s in prepared for code in s.code)
    return tuple(prepared)


_COMMON = ("horizon_months", "replications", "customers", "employees", "steps_per_month", "currency")


def _check_pair(one: Scenario, two: Scenario) -> None:
    from cxsim.scenario import ScenarioError

    common = {name: (getattr(one, name), getattr(two, name)) for name in _COMMON}
    sizes = [f"{s.world['market']['represents']:.15g}" for s in (one, two)]
    common["world.market.represents"] = sizes[0], sizes[1]
    for name, (a, b) in common.items():
        if a != b:
            pair = f"{one.name} and {two.name} cannot be compared"
            raise ScenarioError(f"{pair}: {name} is {a} and {b}; give both the same")


def check_seed(rng: int) -> int:
    """A seed as a whole number from 0. Raises ValueError."""
    return check_whole("rng", rng, 0, 2**63 - 1)


def check_threads(threads: int | None) -> int:
    """A number of threads, by default one per processor. Raises ValueError."""
    return available_threads() if threads is None else check_whole("threads", threads, 1, 1024)


def check_whole(name: str, value: int, low: int, high: int) -> int:
    """A whole number between two others, called ``name`` in the message. Raises ValueError."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be a whole number, not {value!r}") from None
    if not low <= number <= high:
        raise ValueError(f"{name} must be between {low} and {high}, not {number}")
    return number
