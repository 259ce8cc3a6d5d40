"""Commands about scenario files, none of which simulates: ``list``, ``describe``, ``diff`` and ``schema``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxsim.cli.terminal import bold, show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path


def describe(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """Every value of a scenario, with the place that set it."""
    from cxsim.describe import describe, describe_data
    from cxsim.scenario import load

    scenario = load(options.scenario)
    if options.json:
        _print_json(describe_data(scenario, options.only or ""))
    else:
        show(describe(scenario, options.only or ""), r"[A-Z]{5}|(world|policy)\.\w+$")


def diff(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """What differs between two scenarios."""
    from cxsim.scenario import load
    from cxsim.scenario_diff import diff, diff_data

    a, b = load(options.one), load(options.other)
    if options.json:
        _print_json(diff_data(a, b))
    else:
        show(diff(a, b), r"B  |(labels|settings|timeline|world|policy|rivals)\b")


def schema(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """The JSON Schema of scenario files, or of experiment files, on standard output or in a file."""
    import json

    if options.experiment:
        from cxsim.studies.experiments import schema

        kind, mark, found = "experiment", schema.ID, schema.schema()
    else:
        from cxsim import scenario_schema
        from cxsim.scenario import load

        groups = load(options.scenario).catalogue.groups if options.scenario else None
        kind, mark, found = "scenario", scenario_schema.ID, scenario_schema.schema(groups)
    if options.file is None:
        _print_json(found)
        return
    from pathlib import Path

    from cxsim.cli.files import replace

    replace(Path(options.file), json.dumps(found, indent=2, allow_nan=False) + "\n", lambda text: f'"{mark}"' in text)
    print(f"{options.file}: the schema of {kind} files; to use it, begin one with the line")
    print(f"# yaml-language-server: $schema={options.file.replace(' ', '%20')}")


def list_shipped(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """What is shipped, with title and question: scenarios, parts that a file may extend, and experiments."""
    from cxsim.scenario_files import shipped
    from cxsim.studies.experiments.files import shipped_experiments

    whole, found = shipped(), _texts(shipped(parts=True))
    experiments = _texts(shipped_experiments())
    if options.json:
        data = [{**one, "part": one["name"] not in whole, "experiment": False} for one in found]
        _print_json(data + [{**one, "part": False, "experiment": True} for one in experiments])
        return
    _print_list([one for one in found if one["name"] in whole], "question")
    print("\nTo extend, as in 'extends: [baseline, parts/mutual]':")
    _print_list([one for one in found if one["name"] not in whole], "description")
    print("\nExperiments, as in 'cxsim experiment what_matters':")
    _print_list(experiments, "question")
    print("\nTry: cxsim describe NAME, cxsim run NAME, cxsim compare NAME NAME")


def _texts(files: dict[str, Path]) -> list[dict[str, str]]:
    """Name, title, question and description of files."""
    from cxsim.yaml_source import Scalar, read

    found = []
    for name, path in files.items():
        entries = read(path, name).entries  # not load(): that would bring the whole model with it
        texts = {key: " ".join(node.text.split()) for key, node in entries.items() if isinstance(node, Scalar)}
        told = {key: texts.get(key, "") for key in ("question", "description")}
        found.append({"name": name, "title": texts.get("title", name), **told})
    return found


def _print_list(found: Sequence[dict[str, str]], about: str) -> None:
    wide = max((len(one["name"]) for one in found), default=0) + 2
    for one in found:
        print(bold(f"{one['name']:<{wide}}") + one["title"])
        if one[about]:
            print(f"{'':<{wide}}{one[about]}")


def _print_json(data: object) -> None:
    import json

    print(json.dumps(data, indent=2, allow_nan=False))
