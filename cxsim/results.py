"""Results of many runs: measures with intervals, tidy tables, paired comparisons, and their folder."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxsim import results_tables as tables
from cxsim import storage
from cxsim.frames import Table, concatenate, distinct
from cxsim.intervals import Estimate, estimate
from cxsim.measures import (
    MEASURES,
    PERIOD_COLUMNS,
    Array,
    History,
    Payback,
    by_period,
    payback,
    payback_quarters,
    stack,
)
from cxsim.provenance import provenance
from cxsim.record import RESULTS_VERSION, Closing, Record
from cxsim.results_base import PANEL, TABLES, Results
from cxsim.scenario_check import unknown
from cxsim.scenario_use import copies
from cxsim.worlds import ARM, Worlds, place_of_arm, ranges_hash

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.report.drawing import Plot
    from cxsim.report.sheet import Sheet
    from cxsim.scenario import Scenario


def identity(
    scenarios: Sequence[Scenario], rng: int, worlds: int = 0, everyone: bool = False, panel: int = 0
) -> storage.Identity:
    """Identity of a run (one scenario) or a comparison (several, in order), known before anything is run.

    ``panel`` is the number of customers kept one by one.
    """
    return storage.Identity(
        kind="run" if len(scenarios) == 1 else "compare",
        scenarios=tuple(s.hash for s in scenarios),
        rng=int(rng),
        replications=int(scenarios[0].replications),
        results_version=RESULTS_VERSION,
        worlds=int(worlds),
        everyone=bool(everyone),
        panel=int(panel),
        ranges=ranges_hash(scenarios) if worlds else "",
    )


def default_folder(
    scenarios: Sequence[Scenario], rng: int, worlds: int = 0, everyone: bool = False, panel: int = 0
) -> Path:
    """``results/<name>-<hash>``, for several ``results/compare-<first>-and-<n>-more-<hash>``.

    The hash is the identity's, so that runs with another seed or other numbers have another folder.
    """
    name, more = scenarios[0].name, len(scenarios) - 1
    if more:
        name = f"compare-{name[:60]}-and-{more}-more"
    return Path("results") / f"{file_stem(name)}-{identity(scenarios, rng, worlds, everyone, panel).hash}"


@dataclass(frozen=True, eq=False, repr=False)
class Runs(Results):
    """All replications of one scenario.

    ``records`` holds one :class:`~cxsim.record.Record` per replication, in order; ``label`` names the arm in
    a comparison. Firm 0 is the focal firm; money is in the scenario's currency. Arrays and tables are
    computed when first asked for and then kept; changing a table in place changes nothing else.
    """

    scenario: Scenario
    rng: int
    records: tuple[Record, ...]
    label: str = ""

    def __repr__(self) -> str:
        name = self.label or self.scenario.name
        return f"<Runs of {name}: {len(self.records)} replications, rng {self.rng}>"

    @cached_property
    def history(self) -> History:
        """Monthly columns of all runs, each (replications, months, firms)."""
        return stack(self.records)

    @cached_property
    def firms(self) -> tuple[str, ...]:
        """Names of the firms, made different where two are the same."""
        return distinct(self.records[0].firms)

    @cached_property
    def replications(self) -> NDArray[np.int64]:
        """Numbers of the replications, from 0: the same number is the same luck in every arm."""
        return np.array([r.replication for r in self.records], dtype=np.int64)

    @property
    def panel(self) -> int:
        """Number of customers whose monthly life is kept."""
        panel = self.records[0].panel
        return 0 if panel is None else len(panel.customer_ids)

    @property
    def closing(self) -> Closing:
        """Customers as the runs leave them: arrays (replications, firms, percents or segments)."""
        assert self.history.closing is not None
        return self.history.closing

    @cached_property
    def values(self) -> Array:
        """All measures, (replications, measures, firms), in the order of MEASURES."""
        return np.stack([m.function(self.history) for m in MEASURES.values()], axis=1)

    @cached_property
    def period_values(self) -> dict[str, Array]:
        """Columns of PERIOD_COLUMNS over quarters, each (replications, periods, firms)."""
        return by_period(self.history)

    @cached_property
    def estimates(self) -> Estimate:
        """Means and 95 % intervals of all measures, arrays (measures, firms)."""
        return estimate(self.values)

    def estimate(self, measure: str, firm: int = 0) -> Estimate:
        """Mean and interval of one measure of one firm. Raises KeyError for an unknown measure."""
        return estimate(self.values[:, _index(measure), firm])

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per firm and measure: unit, mean, low, high, sd, n. The interval holds luck only."""
        return self._summary().frame()

    def save(
        self, folder: Path | str | None = None, *, command: str = "", figures: bool | Sequence[str] = True
    ) -> Path:
        """Write the result folder in one step (default: :func:`default_folder`) and return its path.

        ``command`` is kept in provenance.json; ``figures`` says whether they are drawn too, or names columns and
        measures that are drawn besides. Raises :class:`~cxsim.storage.OutputError` if the folder holds a different run
        or something else, or if writing fails; the place is then as it was.
        """
        file = "resolved.yaml"
        writers: list[tuple[str, storage.Writer]] = [(file, _resolved(self.scenario, file, self.rng))]
        writers += [(name, _bytes(content)) for name, content in copies(self.scenario.code).items()]
        writers += [(f"{name}.parquet", self._tables(name).write_parquet) for name in self._names]
        writers += [("columns.csv", self._columns().write_csv)]
        writers += [(f"{name}.csv", table.write_csv) for name, table in self._short().items()]
        writers += [("figures/", partial(self._draw, figures))] if figures else []
        return storage.write(
            default_folder([self.scenario], self.rng, panel=self.panel) if folder is None else folder,
            identity([self.scenario], self.rng, panel=self.panel),
            provenance([(self.scenario, file)], command),
            writers,
        )

    def _tables(self, name: str) -> Table:
        which, firms = self.replications, self.firms
        if name == "months":
            return tables.months_table(self.history, which, firms)
        if name == "periods":
            return tables.periods_table(self.period_values, self.records[0].n_months, which, firms)
        if name == "silos":
            return tables.silos_table(self.records, which, firms)
        if name == "segments":
            return tables.segments_table(self.closing, which, firms)
        if name == "whale":
            return tables.whale_table(self.closing, which, firms)
        if name == "measures":
            return tables.measures_table(self.values, which, firms)
        panels = [r.panel for r in self.records if r.panel is not None]
        return {"customers": tables.customers_table, "employees": tables.employees_table}[name](panels, which, firms)

    @property
    def _names(self) -> tuple[str, ...]:
        return (*TABLES, *PANEL) if self.panel else TABLES

    def _short(self) -> dict[str, Table]:
        return {"summary": self._summary()}

    def _plots(self) -> dict[str, Plot]:
        from cxsim.report.figures import run_plots

        return run_plots(self)

    def _sheet(self) -> Sheet:
        from cxsim.report.readings import firm_columns, firm_years, heading
        from cxsim.report.tables import run_sheet

        return run_sheet(firm_columns(self), firm_years(self), heading(self))

    def _summary(self) -> Table:
        return tables.estimates_table("firm", self.firms, estimate(self.values.swapaxes(1, 2)))


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Results):
    """Paired runs of several scenarios: the same customers and the same luck under each.

    ``arms`` have different labels; the first is the reference. Summaries and differences are of the focal
    firm; each arm's :class:`Runs` has its rivals. Raises ValueError for fewer than two arms, for equal
    labels, and for arms whose seed, replications or months differ.

    ``worlds`` holds what sampled worlds make of the comparison; ``everyone`` is the same comparison with every rival
    under the policy of the arm. Both are None unless asked for.
    """

    arms: tuple[Runs, ...]
    worlds: Worlds | None = None
    everyone: Comparison | None = None

    def __post_init__(self) -> None:
        if len(self.arms) < 2:
            raise ValueError("a comparison needs at least two arms")
        if len(set(self.labels)) < len(self.arms):
            raise ValueError("two arms have the same label")
        if len({(a.rng, a.records[0].n_months, tuple(a.replications.tolist())) for a in self.arms}) > 1:
            raise ValueError("the arms are not paired: they differ in seed, months or replications")

    def __repr__(self) -> str:
        return f"<Comparison of {', '.join(self.labels)}: {len(self.reference.records)} paired runs>"

    @property
    def reference(self) -> Runs:
        """The first arm."""
        return self.arms[0]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the arms, the reference's first."""
        return tuple(a.label for a in self.arms)

    @cached_property
    def difference_values(self) -> Array:
        """Arm minus reference in every paired run, (replications, arms - 1, measures)."""
        values = np.stack([a.values[..., 0] for a in self.arms], axis=1)
        return values[:, 1:] - values[:, :1]

    @cached_property
    def difference_estimates(self) -> Estimate:
        """Means and 95 % intervals of the paired differences, arrays (arms - 1, measures)."""
        return estimate(self.difference_values)

    @cached_property
    def ahead(self) -> NDArray[np.int64]:
        """Paired runs in which an arm beats the reference, (arms - 1, measures); -1: no better or worse."""
        sign = np.array([{"higher": 1.0, "lower": -1.0, "": np.nan}[m.better] for m in MEASURES.values()])
        count = (self.difference_values * sign > 0).sum(axis=0)
        return np.where(np.isnan(sign), -1, count)

    @cached_property
    def paybacks(self) -> tuple[Payback, ...]:
        """When cumulative profit overtakes the reference's for good, one per arm after the reference."""
        return tuple(payback(payback_quarters(a.history, self.reference.history)) for a in self.arms[1:])

    def difference(self, arm: int | str, measure: str) -> Estimate:
        """Paired difference of an arm, given by label or number, to the reference in one measure.

        Raises KeyError for an unknown measure or label and IndexError where a number is not between 1 and the last.
        """
        return estimate(self.difference_values[:, place_of_arm(arm, self.labels) - 1, _index(measure)])

    def period_differences(self, arm: int | str, column: str) -> Array:
        """An arm minus the reference over financial periods, (replications, periods).

        Raises KeyError for an unknown column of PERIOD_COLUMNS, else as :meth:`difference`.
        """
        if column not in PERIOD_COLUMNS:
            raise KeyError(unknown(column, PERIOD_COLUMNS, "column"))
        arms = self.arms[place_of_arm(arm, self.labels)], self.reference
        own, other = (a.period_values[column][..., 0] for a in arms)
        return own - other

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per arm and measure: unit, mean, low, high, sd, n. The interval holds luck only."""
        return self._summary().frame()

    @cached_property
    def differences(self) -> pd.DataFrame:
        """One row per arm after the reference and measure: unit, mean, low, high, sd, n, ahead.

        Arm minus reference over paired runs. ``ahead`` counts the pairs in which the arm is better, <NA> for
        a measure of which no direction is; as pairing leaves little noise it says nothing of the size.
        """
        return self._differences().frame()

    @cached_property
    def payback(self) -> pd.DataFrame:
        """One row per arm after the reference: quarter (0 at once, <NA> never), n_at_once, n_never, n."""
        return self._payback().frame()

    def save(
        self, folder: Path | str | None = None, *, command: str = "", figures: bool | Sequence[str] = True
    ) -> Path:
        """Write one result folder for all arms in one step, as :meth:`Runs.save` does.

        The resolved scenario of an arm is ``resolved/<arm>.yaml``.
        """
        scenarios = [a.scenario for a in self.arms]
        files = [f"resolved/{stem}.yaml" for stem in distinct(map(file_stem, self.labels))]
        writers: list[tuple[str, storage.Writer]]
        writers = [(f, _resolved(s, f, self.reference.rng)) for f, s in zip(files, scenarios, strict=True)]
        own = copies(code for s in scenarios for code in s.code)
        writers += [(f"resolved/{name}", _bytes(content)) for name, content in own.items()]
        writers += [(f"{name}.parquet", self._tables(name).write_parquet) for name in self._names]
        writers += [("columns.csv", self._columns().write_csv)]
        writers += [(f"{name}.csv", table.write_csv) for name, table in self._short().items()]
        if self.worlds:
            writers.append(("worlds.parquet", self.worlds._table().write_parquet))
        writers += [("figures/", partial(self._draw, figures))] if figures else []
        n_worlds, everyone = self.worlds.n if self.worlds else 0, self.everyone is not None
        asked = scenarios, self.reference.rng, n_worlds, everyone, self.reference.panel
        return storage.write(
            default_folder(*asked) if folder is None else folder,
            identity(*asked),
            provenance(list(zip(scenarios, files, strict=True)), command),
            writers,
        )

    @property
    def _names(self) -> tuple[str, ...]:
        return self.reference._names

    def _tables(self, name: str) -> Table:
        return concatenate({a.label: a._tables(name) for a in self.arms}, "arm", ARM)

    def _plots(self) -> dict[str, Plot]:
        from cxsim.report.figures import comparison_plots

        return comparison_plots(self)

    def _sheet(self) -> Sheet:
        from cxsim.report.readings import arm_columns, comparison_heading
        from cxsim.report.tables import comparison_sheet

        everyone = arm_columns(self.everyone) if self.everyone else ()
        return comparison_sheet(arm_columns(self), comparison_heading(self), everyone=everyone)

    def _summary(self) -> Table:
        values = np.stack([a.values[..., 0] for a in self.arms], axis=1)
        return tables.estimates_table("arm", self.labels, estimate(values))

    def _differences(self) -> Table:
        return tables.estimates_table("arm", self.labels[1:], self.difference_estimates, self.ahead)

    def _short(self) -> dict[str, Table]:
        short = {"summary": self._summary(), "differences": self._differences(), "payback": self._payback()}
        short |= {"everyone": self.everyone._differences()} if self.everyone else {}
        return short | ({"sampled_worlds": self.worlds._summary(tuple(MEASURES))} if self.worlds else {})

    def _columns(self) -> Table:
        more = {"worlds": self.worlds._table()} if self.worlds else {}
        tidy = {name: self._tables(name) for name in self._names}
        return tables.columns_table(tidy | self._short() | more)

    def _payback(self) -> Table:
        return tables.payback_table(self.labels[1:], self.paybacks)


def _index(measure: str) -> int:
    if measure not in MEASURES:
        raise KeyError(unknown(measure, MEASURES, "measure"))
    return tables.NAMES.index(measure)


def file_stem(label: str) -> str:
    """A file name that every system allows."""
    return "".join(c if c.isalnum() or c in "-_ ." else "_" for c in label).strip(" .") or "run"


def _resolved(scenario: Scenario, file: str, rng: int) -> storage.Writer:
    """Writes a scenario with every value, below a comment that tells how to run it again from the folder."""
    content = f"# to repeat: cxsim run {shlex.quote(file)} --rng {rng}\n{scenario.to_yaml()}"

    def write(path: Path) -> None:
        path.write_text(content, encoding="utf-8", newline="\n")

    return write


def _bytes(content: bytes) -> storage.Writer:
    def write(path: Path) -> None:
        path.write_bytes(content)

    return write
