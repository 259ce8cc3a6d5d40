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
    from cxsim.model import CXModel
    from cxsim.scenario import Scenario, ScenarioError, load

__all__ = ["CXModel", "Scenario", "ScenarioError", "__version__", "compare", "load", "measures", "run"]

_HOME = {
    "CXModel": "cxsim.model",
    "Scenario": "cxsim.scenario",
    "ScenarioError": "cxsim.yaml_source",
    "compare": "cxsim.api",
    "load": "cxsim.scenario",
    "run": "cxsim.api",
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
