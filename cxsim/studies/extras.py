"""Libraries that only studies need: an extra, imported when it is used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from cxsim.yaml_source import ScenarioError


def library(name: str, extra: str = "studies") -> Any:
    """The module ``name``. Raises ScenarioError that says how to install it where it is missing."""
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        missing = f'{package} is not installed, which this needs: pip install "cxsim[{extra}]"'
        raise ScenarioError(missing) from error
