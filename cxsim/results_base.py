"""What runs and comparisons share: tidy tables with units, figures, and how they show themselves in a notebook."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

from cxsim import results_tables as tables
from cxsim.frames import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from cxsim.report.drawing import Chart, Plot
    from cxsim.report.sheet import Sheet
    from cxsim.results import Comparison, Runs

TABLES = ("months", "periods", "silos", "segments", "whale", "measures")
"""Names of the tidy tables of a result folder, Parquet files; its short tables are CSV files."""
PANEL = ("customers", "employees")
"""Those that it has besides, where a panel was kept."""


class Results:
    """One row per observation; the tables of a comparison have a first column ``arm``."""

    def _tables(self, name: str) -> Table:
        """The table of that name. Raises KeyError if there is none."""
        raise NotImplementedError

    @property
    def _names(self) -> tuple[str, ...]:
        """Names of the tidy tables that there are."""
        raise NotImplementedError

    def _short(self) -> dict[str, Table]:
        """The tables that are short enough for a spreadsheet, by name."""
        raise NotImplementedError

    def _plots(self) -> dict[str, Plot]:
        """What each figure shows, the main one first."""
        raise NotImplementedError

    def _sheet(self) -> Sheet:
        """The table that the command prints."""
        raise NotImplementedError

    @cached_property
    def months(self) -> pd.DataFrame:
        """One row per replication, month (from 1) and firm, with the columns of FIRM_COLUMNS."""
        return self._tables("months").frame()

    @cached_property
    def periods(self) -> pd.DataFrame:
        """One row per replication, period (from 1) and firm: n_months and the columns of PERIOD_COLUMNS."""
        return self._tables("periods").frame()

    @cached_property
    def silos(self) -> pd.DataFrame:
        """One row per replication, month (from 1), firm and silo, with the columns of SILO_COLUMNS."""
        return self._tables("silos").frame()

    @cached_property
    def segments(self) -> pd.DataFrame:
        """One row per replication, firm and segment: its customers at the end, what they bring and are worth."""
        return self._tables("segments").frame()

    @cached_property
    def whale(self) -> pd.DataFrame:
        """One row per replication, firm and percent: what the most profitable so many % of customers bring."""
        return self._tables("whale").frame()

    @cached_property
    def measures(self) -> pd.DataFrame:
        """One row per replication, firm and measure, with its unit and value (nan where undefined)."""
        return self._tables("measures").frame()

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per replication, month (from 1) and customer of the panel: her states and what happened to her.

        Raises AttributeError where no panel was kept.
        """
        return self._panel("customers")

    @cached_property
    def employees(self) -> pd.DataFrame:
        """One row per replication, month (from 1) and seat of the panel: who fills it, hired and quit.

        Raises AttributeError where no panel was kept.
        """
        return self._panel("employees")

    @cached_property
    def columns(self) -> pd.DataFrame:
        """One row per table and column of a result folder: its unit and its meaning; and one per measure."""
        return self._columns().frame()

    def figures(self) -> dict[str, Chart]:
        """The figures by name, the main one first: matplotlib Figures, which a notebook shows by themselves."""
        from cxsim.report.drawing import draw

        return {name: draw(plot) for name, plot in self._plots().items()}

    def figure(self, name: str | None = None) -> Chart:
        """One of :meth:`figures`, by default the main one, or a column of firms over time, or a measure, by its name.

        Columns are those of PERIOD_COLUMNS, by quarter, and of FIRM_COLUMNS, by month. Raises KeyError for another
        name.
        """
        from cxsim.report.drawing import draw
        from cxsim.report.figures import asked_chart

        plots = self._plots()
        name = next(iter(plots)) if name is None else name
        return draw(plots[name]) if name in plots else asked_chart(cast("Runs | Comparison", self), name)

    def _draw(self, asked: bool | Sequence[str], folder: Path) -> None:
        """Write the figures, an SVG and a PNG of each; those whose names are asked for too."""
        from cxsim.report.drawing import files

        more = () if isinstance(asked, bool) else asked
        for name, content in files(self.figures() | {name: self.figure(name) for name in more}).items():
            (folder / name).write_bytes(content)

    def _repr_html_(self) -> str:
        """The table that the command prints, for a notebook."""
        from cxsim.report.sheet import as_html

        return as_html(self._sheet())

    def _panel(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise AttributeError("no panel was kept; ask for one with panel=N when running")
        return self._tables(name).frame()

    def _columns(self) -> Table:
        return tables.columns_table({name: self._tables(name) for name in self._names} | self._short())
