"""The kinds of analysis that an experiment may ask for, each with the module that checks its settings and does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cxsim.studies.analyses import questions

if TYPE_CHECKING:
    from cxsim.studies.analyses.asked import Further, TaskRunner
    from cxsim.studies.analyses.findings import Finding, Runs
    from cxsim.studies.experiments.experiment import Analysis, Experiment


@dataclass(frozen=True)
class Kind:
    """What an analysis answers, and its ``function`` in a ``module``, imported when it is needed.

    An ``adaptive`` one asks for runs of its own; its module says how its settings are read, and how many those are.
    """

    about: str
    module: str
    function: str
    adaptive: bool = False


KINDS: dict[str, Kind] = {
    "table": Kind("mean and interval of a measure by arm and point", "tabulation", "table"),
    "sensitivity": Kind("what a measure depends on, and how far it is luck", "sensitivity", "sensitivity"),
    "discover": Kind("where a condition holds, and where not", "discovery", "discover"),
    "regret": Kind("how much worse each arm is than the best one, over the points", "robustness", "regret"),
    "satisfice": Kind("at how many points each arm reaches what is asked", "robustness", "satisfice"),
    "break_even": Kind("the value of a parameter at which two arms tie", "break_even", "break_even", True),
    "optimise": Kind("the levers that make measures as good as possible", "optimise", "optimise", True),
}
"""Kinds of analysis by name."""


def settings_of(kind: str, asked: object, experiment: Experiment) -> Mapping[str, Any]:
    """The settings that a mapping, or the short form of one, tells; checked. Raises ValueError with one line."""
    if not KINDS[kind].adaptive:
        return questions.checked(kind, asked, experiment)
    module = import_module(f"cxsim.studies.analyses.{KINDS[kind].module}")
    settings = asked if isinstance(asked, Mapping) else {module.KEYS[0]: asked}
    module.read(experiment, settings)
    return settings


def further(analysis: Analysis, experiment: Experiment) -> Further | None:
    """How many runs an analysis asks for besides those of the design; None if it asks for none."""
    if not KINDS[analysis.kind].adaptive:
        return None
    module = import_module(f"cxsim.studies.analyses.{KINDS[analysis.kind].module}")
    found: Further = module.further(experiment, analysis.settings)
    return found


def analyse(analysis: Analysis, experiment: Experiment, runs: Runs, runner: TaskRunner) -> Finding:
    """What an analysis finds in the runs of an experiment, or in those that it asks a runner for."""
    kind = KINDS[analysis.kind]
    function = getattr(import_module(f"cxsim.studies.analyses.{kind.module}"), kind.function)
    found: Finding = function(experiment, runner if kind.adaptive else runs, analysis.settings)
    return found
