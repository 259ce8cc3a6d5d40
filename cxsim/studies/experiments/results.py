"""What an experiment gave: a row for every run, what its analyses found, and the folder that holds both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cxsim import storage
from cxsim.frames import Table, distinct, write_csv, write_parquet
from cxsim.provenance import provenance
from cxsim.record import RESULTS_VERSION
from cxsim.results import file_stem
from cxsim.results_tables import columns_table
from cxsim.scenario_use import copies
from cxsim.studies.analyses.findings import Finding
from cxsim.studies.experiments.experiment import Experiment
from cxsim.studies.runs.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.report.drawing import Chart

RUNS, FINDINGS = "runs", "findings"
"""What a folder of an experiment holds: the store of its runs, and what was found in them."""
_MOST_ROWS_OF_CSV = 20_000
_PACKAGES = ("scipy", "SALib", "optuna", "distributed")


@dataclass(frozen=True, eq=False, repr=False)
class ExperimentResult:
    """``rows`` has a row for every run, of which a column is read when it is asked for; :attr:`runs` holds them all.

    They are read from the store in ``folder``, which has to stay there; None where it goes with this result.
    ``failures`` says why runs failed. ``findings`` answer the analyses, in their order. ``complete`` is false for a
    shard, whose analyses have to wait for the others.
    """

    experiment: Experiment
    rows: Rows
    findings: tuple[Finding, ...]
    failures: pd.DataFrame
    complete: bool = True
    folder: Path | None = None

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed" if len(self.failures) else ""
        said = f"{len(self.rows)} runs{failed}, {len(self.findings)} findings"
        return f"<ExperimentResult {self.experiment.name}: {said}>"

    def _repr_html_(self) -> str:
        """What was found, for a notebook."""
        from html import escape

        return f"<pre>{escape(self.summary)}</pre>"

    @cached_property
    def runs(self) -> pd.DataFrame:
        """All rows: point, arm, replication, rng, the varied paths, and ``experiment.columns``; nan where a run failed.

        Raises StoreError where the folder that they are read from is there no more.
        """
        return self.rows.frame()

    @cached_property
    def summary(self) -> str:
        """What was run and found, in plain sentences and small tables."""
        from cxsim.report.experiment import experiment_text

        return experiment_text(self)

    def figures(self) -> dict[str, Chart]:
        """The figures of all findings, by the number and kind of each: matplotlib Figures."""
        from cxsim.report.findings_figures import finding_charts

        return {f"{name}-{of}": chart for name, found in self._named() for of, chart in finding_charts(found).items()}

    def save(self, folder: Path | str, command: str = "") -> Path:
        """Write the findings into a folder, in one step, and return its path. Raises OutputError.

        The tables of all runs, of failures and of every finding, the figures, the resolved arms, unit and meaning of
        every column, a summary and provenance.
        """
        e, tables = self.experiment, dict[str, Table]()
        files = [f"resolved/{stem}.yaml" for stem in distinct(map(file_stem, e.arms))]
        arms = list(zip(e.arms.values(), files, strict=True))
        own = copies(code for s in e.arms.values() for code in s.code)
        writers: list[tuple[str, storage.Writer]] = [
            ("summary.txt", _Text(self.summary)),
            ("experiment.json", _Text(json.dumps(self._about(), indent=2, ensure_ascii=False) + "\n")),
            *((file, _Text(s.to_yaml())) for s, file in arms),
            *((f"resolved/{name}", _Bytes(content)) for name, content in own.items()),
        ]
        for name, found in self._named():
            tables |= {f"{name}-{of.replace(' ', '_')}": table for of, table in found.tables.items()}
            writers += [(f"{name}-{of}", _Text(text)) for of, text in found.files.items()]
        writers.append(("runs.parquet", lambda path: write_parquet(path, self.rows.pieces())))
        if len(self.rows) <= _MOST_ROWS_OF_CSV:
            writers.append(("runs.csv", lambda path: write_csv(path, self.rows.pieces())))
        for name, table in tables.items():
            writers += [(f"{name}.parquet", table.write_parquet), (f"{name}.csv", table.write_csv)]
        runs = Table(dict.fromkeys(e.units(), np.empty(0)), e.units())
        writers.append(("columns.csv", columns_table({"runs": runs} | tables).write_csv))
        if len(self.failures):
            writers.append(("failures.csv", self._write_failures))
        writers.append(("figures/", self._draw))
        about = provenance(arms, command, _PACKAGES)
        about |= {"what": "findings of an experiment with cxsim, from the runs beside them"}
        return storage.write(folder, identity(e), about, writers)

    def _named(self) -> Iterator[tuple[str, Finding]]:
        """Every finding, with its number and kind."""
        for k, found in enumerate(self.findings, 1):
            yield f"{k}-{found.kind}", found

    def _draw(self, folder: Path) -> None:
        from cxsim.report.drawing import files

        for name, content in files(self.figures()).items():
            (folder / name).write_bytes(content)

    def _write_failures(self, path: Path) -> None:
        self.failures.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")

    def _about(self) -> dict[str, Any]:
        """The experiment as it was understood, as plain data."""
        e = self.experiment
        return {
            "title": e.title, "question": e.question, "name": e.name, "hash": e.hash,
            "arms": {name: s.hash for name, s in e.arms.items()},
            "vary": [asdict(v) for v in e.vary],
            "design": {"kind": e.design.kind, "points": len(e.points), "paths": len(e.vary)},
            "replications": e.replications, "rng": e.rng, "common_random_numbers": e.common_random_numbers,
            "measures": list(e.measures), "readings": [r.name for r in e.readings],
            "analysis": [{a.kind: dict(a.settings)} for a in e.analysis],
        }  # fmt: skip


def identity(experiment: Experiment) -> storage.Identity:
    """What findings in one folder have in common: an experiment that has grown replaces what it found before."""
    return storage.Identity("experiment", (experiment.hash,), experiment.rng, 0, RESULTS_VERSION)


def default_folder(experiment: Experiment) -> Path:
    """``results/<name>-<hash>``, with the hash of the experiment."""
    return Path("results") / f"{file_stem(experiment.name)}-{experiment.hash}"


class _Text:
    """Writes one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, path: Path) -> None:
        path.write_text(self.text, encoding="utf-8", newline="\n")


class _Bytes:
    """Writes one file as it was."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __call__(self, path: Path) -> None:
        path.write_bytes(self.content)
