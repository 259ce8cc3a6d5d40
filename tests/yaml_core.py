"""YAML as editors read it: version 1.2 with its core schema, in which ``yes`` is a text and ``010`` is ten."""

from __future__ import annotations

import math
import re
from typing import Any

import yaml


class CoreLoader(yaml.SafeLoader):
    """PyYAML's parser with the implicit types of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


def _int(loader: yaml.Loader, node: yaml.ScalarNode) -> int:
    text = node.value
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _float(loader: yaml.Loader, node: yaml.ScalarNode) -> float:
    text = node.value.lower()
    if text.endswith(".nan"):
        return math.nan
    return float(text.replace(".inf", "inf"))


TYPES = {
    "null": (r"null|Null|NULL|~|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
}
for name, (pattern, first) in TYPES.items():
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{name}", re.compile(rf"(?:{pattern})\Z"), first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", _int)
CoreLoader.add_constructor("tag:yaml.org,2002:float", _float)


def read(text: str) -> Any:
    """The data of one document. Raises yaml.YAMLError, or ValueError, where there is no such data."""
    return yaml.load(text, Loader=CoreLoader)
