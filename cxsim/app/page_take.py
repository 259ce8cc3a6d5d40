"""The menu by which a page is taken away: link, scenario files, script, results."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from nicegui import run, ui

from cxsim.app.session import REPLICATIONS, Session
from cxsim.app.state import LETTERS
from cxsim.app.takeaway import as_archive, as_python, as_yaml


class Take:
    """A button with a menu."""

    def __init__(self, session: Session) -> None:
        self._s = session

    def build(self) -> None:
        """Put the button in place."""
        with ui.button("Save", icon="save").props("flat dense no-caps").classes("cx-tool"), ui.menu():
            self._item("Copy a link to what is shown", self._link)
            for k, letter in enumerate(LETTERS):
                self._item(f"Company {letter} as a scenario file", partial(self._yaml, k))
            self._item("Copy as Python", self._python)
            self._item("Tables, figures and scenarios (zip)", self._results)

    def _item(self, text: str, does: Callable[[], object]) -> None:
        ui.menu_item(text, does).props("role=menuitem")

    def _link(self) -> None:
        address = json.dumps("?" + self._s.state.address())
        self._s.javascript(f"navigator.clipboard.writeText(new URL({address}, location).href)")
        ui.notify("The link is in the clipboard. It opens on this machine.")

    def _yaml(self, arm: int) -> None:
        session = self._s
        source = session.library.source(session.state.arms[arm])
        text = as_yaml(session.state, session.bases, arm, source)
        ui.download.content(text.encode(), f"{session.state.arms[arm]}_changed.yaml", "application/yaml")

    def _python(self) -> None:
        session = self._s
        sources = tuple(session.library.source(name) for name in session.state.arms)
        text = as_python(session.state, session.bases, (sources[0], sources[1]), REPLICATIONS)
        ui.clipboard.write(text)
        with ui.dialog(value=True) as dialog, ui.card().classes("w-full"):
            dialog.props('aria-label="The comparison as Python"')
            ui.label("The script is in the clipboard.").props("role=status")
            ui.code(text, language="python").classes("w-full")
            ui.button("Close", on_click=dialog.close).props("flat")

    async def _results(self) -> None:
        answer = self._s.told
        if answer is None:
            ui.notify("There are no results to save while company B is covered, or is being computed.")
            return
        ui.notify("Tables and figures are being written.")
        content = await run.io_bound(as_archive, answer.runs)
        if content is not None:  # the server is ending
            ui.download.content(content, "cxsim.zip", "application/zip")
