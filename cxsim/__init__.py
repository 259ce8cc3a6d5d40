"""Try a customer strategy on a simulated company before trying it on a real one.

    import cxsim
    scenario = cxsim.load("baseline")
    runs = cxsim.run(scenario, replications=20, rng=1)
    runs.summary

The names below are loaded when they are first used, so that ``import cxsim`` itself costs nothing.
"""

from importlib import import_module

from cxsim.version import __version__

TYPE_CHECKING = False  # as in typing, which is slow to import; type checkers know the name
if TYPE_CHECKING:
    from cxsim import measures
    from cxsim.api import compare, run
    from cxsim.engine.columns import Column
    from cxsim.model import CXModel
    from cxsim.own import Mechanism
    from cxsim.parameters import Parameter, policy, world
    from cxsim.scenario import Scenario, ScenarioError, load
    from cxsim.studies.experiments.run import experiment
    from cxsim.views_firm import FirmView

__all__ = [
    "CXModel", "Column", "FirmView", "Mechanism", "Parameter", "Scenario", "ScenarioError", "__version__",
    "compare", "experiment", "load", "measures", "policy", "run", "world",
]  # fmt: skip

_HOME = {
    "CXModel": "cxsim.model",
    "Column": "cxsim.engine.columns",
    "FirmView": "cxsim.views_firm",
    "Mechanism": "cxsim.own",
    "Parameter": "cxsim.parameters",
    "Scenario": "cxsim.scenario",
    "ScenarioError": "cxsim.yaml_source",
    "compare": "cxsim.api",
    "experiment": "cxsim.studies.experiments.run",
    "load": "cxsim.scenario",
    "policy": "cxsim.parameters",
    "run": "cxsim.api",
    "world": "cxsim.parameters",
}


def __getattr__(name: str) -> object:
    if name == "measures":
        return import_module("cxsim.measures")
    if name not in _HOME:
        raise AttributeError(f"module 'cxsim' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
