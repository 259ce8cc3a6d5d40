"""What can be taken away from a page: scenario files, a script, and the folder of results."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path

from cxsim.app.state import LETTERS, State
from cxsim.results import Comparison, Runs
from cxsim.scenario import Scenario
from cxsim.scenario_timeline import nest
from cxsim.yaml_dump import Plain, dump


def as_yaml(state: State, bases: tuple[Scenario, Scenario], arm: int, source: str) -> str:
    """A scenario file that extends ``source``, the name or path of the company's scenario, by what was moved by hand.

    It gives the same numbers with the same seed: simulated customers are written down where the page has fewer.
    """
    moved = state.settled(bases)
    values = {"world": dict(moved.world), "policy": dict(moved.policies[arm])}
    title = bases[arm].title
    data: dict[str, Plain] = {"title": f"{title}, changed"[:80] if any(values.values()) else title}
    data |= {"extends": source, "customers": bases[arm].customers}
    for side, changes in values.items():
        if changes:
            data[side] = {heading: dict(below) for heading, below in nest(changes, side).items()}
    return dump(data)


def as_python(state: State, bases: tuple[Scenario, Scenario], sources: tuple[str, str], replications: int) -> str:
    """A script that runs the same comparison, with the same seed."""
    moved = state.settled(bases)
    lines = ["import cxsim", ""]
    for letter, source, base, own in zip(LETTERS, sources, bases, moved.policies, strict=True):
        values = [("customers", base.customers), *moved.world, *own]
        pairs = "".join(f'    "{path}", {value!r},\n' for path, value in values)
        name = json.dumps(source, ensure_ascii=False)
        lines.append(f"{letter.lower()} = cxsim.load({name}).replace(\n{pairs})")
    lines += [
        f"comparison = cxsim.compare([a, b], replications={replications}, rng={state.seed})",
        "print(comparison.differences)",
    ]
    return "\n".join(lines) + "\n"


def as_archive(runs: tuple[Runs, Runs]) -> bytes:
    """The result folder of the comparison, tables, figures and resolved scenarios, as a zip file."""
    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as place:
        arms = [Runs(r.scenario, r.rng, r.records, label) for r, label in zip(runs, LETTERS, strict=True)]
        folder = Comparison(tuple(arms)).save(Path(place) / "results", command="cxsim app")
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(folder.parent))
    return content.getvalue()
