"""An experiment file to start from: it runs as it is, in seconds, and shows what may be written in it.

A line that begins with ``##`` explains; one that begins with a single ``#`` is an example, and taking that sign away
puts it in force.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cxsim.scenario import Scenario, shipped
from cxsim.scenario_check import SETTINGS, bounds, show
from cxsim.studies.analyses.kinds import KINDS
from cxsim.studies.experiments.designs import KINDS as DESIGNS
from cxsim.studies.experiments.read import MOST_RUNS, REPLICATIONS, RNG
from cxsim.yaml_dump import quoted

ARMS = ("doormat_siloed", "mutual_siloed")
VARIED = ("world.requests.out_of_scope_rate", "world.requests.cost_to_value")
_ONE_ARM, _OTHER = ARMS
_WIDTH, _COLUMN = 100, 46


def template(title: str = "My experiment", file: str = "my_experiment.yaml") -> str:
    """The text of a new experiment called ``title``; ``file`` is its name in explanations.

    Any of the examples in it gives a valid experiment, and so do all of them together.
    """
    return "\n".join(_lines(title, file)) + "\n"


def _lines(title: str, file: str) -> Iterator[str]:
    yield from _prose(
        f"Every arm is run at every point of a design, with the same customers and the same luck. How large it is and "
        f"how long it takes: cxsim experiment {file} --dry-run. To run it: cxsim experiment {file}. What was run is "
        "kept: stopped at any moment, it goes on from there. A line like this one explains. A line that begins with a "
        "single # is an example: to use it, take away its #."
    )
    yield f"title: {quoted(title)}"
    yield f"question: In which worlds is {_OTHER} ahead of {_ONE_ARM}?"
    yield "#description: What is assumed here, and why."
    yield ""
    yield from _prose(
        f"The policies that are compared: names of shipped scenarios ({', '.join(shipped())}) or paths of files. For "
        f"arms that differ in a few levers write a mapping instead: 'more: {{extends: {_ONE_ARM}, policy: ...}}'."
    )
    yield f"arms: [{', '.join(ARMS)}]"
    yield ""
    yield from _vary()
    yield from _size()
    yield ""
    yield from _prose("What is shown first; all measures are kept. A measure may be taken in a year or a quarter.")
    yield from ("measures:", "  - npv", "  - retention_12_months", "#  - {measure: npv, year: 3}")
    yield ""
    yield from _prose(f"What is asked of the runs. {_told({name: kind.about for name, kind in KINDS.items()})}.")
    yield "analysis:"
    yield f'  - discover: "{_OTHER}.npv > {_ONE_ARM}.npv"'
    yield "#  - table: npv"
    yield f"#  - sensitivity: {{measure: npv, arm: {_OTHER}, against: {_ONE_ARM}}}"
    yield "#  - regret: npv"
    yield '#  - satisfice: {npv: ">= 0", retention_12_months: ">= .8"}'
    yield f"#  - break_even: {VARIED[1]}"
    yield "#  - optimise: {maximise: npv, levers: [policy.requests.conceded_share], budget_runs: 400}"


def _vary() -> Iterator[str]:
    known = Scenario.default().catalogue
    yield from _prose(
        "What varies: paths of the world, which management does not decide, and of the policy. A path without more has "
        "its plausible range, a lever all that is permitted; give 'low' and 'high' for another, 'scale: log' for one "
        "that is even in its logarithm. A lever may vary in some arms only. 'vary: assumptions' stands for every "
        "assumption with a plausible range that no arm sets; cxsim describe baseline shows all."
    )
    yield "vary:"
    for path in VARIED:
        p = known.parameter(path)
        assert p.range is not None
        low, high = (show(float(x)) for x in p.range)
        yield f"{f'  {path}:':<{_COLUMN}}# {low}..{high} {p.unit}"
    yield "#  world.requests.value_sigma: {low: .4, high: 1.2}"
    yield f"#  policy.silos.information_sharing_share: {{low: 0, high: 1, arms: [{_OTHER}]}}"
    yield ""


def _size() -> Iterator[str]:
    yield from _prose(f"How points are laid. {_told({name: kind.about for name, kind in DESIGNS.items()})}.")
    yield "design: {kind: latin_hypercube, points: 200}"
    yield ""
    yield from _prose(
        "Runs of every arm at every point. More of them tell luck from what varies; more points tell more of that."
    )
    for p, value in ((REPLICATIONS, 2), (RNG, 1)):
        yield f"{f'#{p.name}: {value}':<{_COLUMN}}# {p.meaning}; {bounds(p)}"
    yield f"{'#common_random_numbers: true':<{_COLUMN}}# false: every arm and point has luck of its own"
    yield f"{f'#most_runs: {MOST_RUNS}':<{_COLUMN}}# a larger experiment is refused"
    yield ""
    yield from _prose("How much is simulated, in all arms; without these lines each arm has its own.")
    for name in ("customers", "horizon_months"):
        p = SETTINGS[name]
        yield f"{f'#{name}: {show(float(p.default))}':<{_COLUMN}}# {p.meaning}; {bounds(p)}"


def _told(about: dict[str, str]) -> str:
    return "; ".join(f"{name}: {what}" for name, what in about.items())


def _prose(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent="## ", subsequent_indent="## ", break_on_hyphens=False)
