"""One open page without a browser: the last wish wins, a ghost stays, nothing grows, and a cover hides."""

from __future__ import annotations

import asyncio
import gc
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cxsim.app.library import Library
from cxsim.app.runner import KEPT, Runner
from cxsim.app.session import Session
from cxsim.app.state import State
from cxsim.scenario import ScenarioError

CONCEDED = "policy.requests.conceded_share"
SMALL = "customers: 60\nhorizon_months: 15\nreplications: 2\n"


class Browser:
    """Keeps what is sent to a page, as the page would."""

    def __init__(self) -> None:
        self.is_deleted, self.said, self.rows = False, [], {}

    def run_javascript(self, code: str) -> None:
        self.said.append(code[:40])
        del self.said[:-50]
        if put := re.fullmatch(r"cx\.put\((.*)\)", code):
            for chart, part in json.loads(put[1]).items():
                self.rows.setdefault(chart, {}).update(part["rows"])


@pytest.fixture
def library(tmp_path: Path) -> Library:
    for name in ("doormat_siloed", "mutual_siloed"):
        (tmp_path / f"{name}_small.yaml").write_text(f"extends: {name}\n{SMALL}")
    return Library([str(tmp_path / f"{name}_small.yaml") for name in ("doormat_siloed", "mutual_siloed")])


def lived(library: Library, script: Callable[[Session, Browser], Any]) -> Any:
    """Open a page, wait for its first answer, and do what the script says."""

    async def do() -> Any:
        browser = Browser()
        session = Session(browser, Runner(), library, State(library.first))
        session.ask()
        await rest(session)
        assert session.answer is not None
        return await script(session, browser)

    return asyncio.run(do())


async def rest(session: Session) -> None:
    while session._task is not None and not session._task.done():
        await session._task


def test_the_last_wish_wins(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> tuple[int, float]:
        answers: list[bool] = []
        session.on_answer.append(answers.append)
        for k in range(40):
            session.move(CONCEDED, 0.5 + k / 100, 1)
            await asyncio.sleep(0.001)
        session.release()
        await rest(session)
        assert answers[-1] and session.answer is not None
        return len(answers), session.answer.runs[1].scenario.value(CONCEDED)

    n, value = lived(library, script)
    assert n < 40, "wishes that were overtaken were never computed"
    assert value == 0.89


def test_a_slider_that_comes_back_shows_what_it_showed(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        before, value = browser.rows["profit"]["b"], session.bases[1].value(CONCEDED)
        shown = asyncio.Event()
        session.on_answer.append(lambda thorough: shown.set())
        session.move(CONCEDED, 0.9, 1)
        await shown.wait()
        session.move(CONCEDED, value, 1)
        await rest(session)
        assert browser.rows["profit"]["b"] == before

    lived(library, script)


def test_a_ghost_is_what_was_before_the_gesture(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        before = browser.rows["cumulative"]["b"]
        for value in (0.6, 0.7, 0.8):
            session.move(CONCEDED, value, 1)
            await rest(session)
        assert browser.rows["cumulative"]["ghost b"] == before != browser.rows["cumulative"]["b"]
        session.release()
        last = browser.rows["cumulative"]["b"]
        session.move(CONCEDED, 0.9, 1)
        await rest(session)
        assert browser.rows["cumulative"]["ghost b"] == last

    lived(library, script)


def test_a_move_that_is_told_twice_begins_no_gesture(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        before = browser.rows["cumulative"]["b"]
        session.move(CONCEDED, 0.9, 1)
        session.release()
        await rest(session)
        session.move(CONCEDED, 0.9, 1)
        await rest(session)
        assert browser.rows["cumulative"]["ghost b"] == before and not session.gesture

    lived(library, script)


def test_a_run_is_pinned_and_let_go(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        before = browser.rows["profit"]["b"]
        session.pin(True)
        await rest(session)
        session.move(CONCEDED, 0.9, 1)
        await rest(session)
        assert browser.rows["profit"]["pinned b"] == before != browser.rows["profit"]["b"]
        session.pin(False)
        await rest(session)
        assert browser.rows["profit"]["pinned b"] == [] and not session.state.pinned

    lived(library, script)


def test_a_pin_comes_and_goes_while_runs_are_computed(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pinned, or not any more, after the many runs were asked for is on the page when all is answered."""

    async def script(session: Session, browser: Browser) -> None:
        many = session._many

        def meanwhile(pin: bool) -> None:
            def do(*wish: Any) -> Any:
                answer = many(*wish)
                monkeypatch.setattr(session, "_many", many)
                asyncio.run_coroutine_threadsafe(pinned(pin), loop).result()
                return answer

            monkeypatch.setattr(session, "_many", do)

        async def pinned(on: bool) -> None:
            session.pin(on)

        loop = asyncio.get_running_loop()
        for on in (True, False):
            meanwhile(on)
            session.move(CONCEDED, 0.7 + on / 10, 1)
            session.release()
            await rest(session)
            assert bool(browser.rows["profit"].get("pinned b")) == on == bool(session.state.pinned)

    lived(library, script)


def test_a_few_runs_are_put_on_top_of_the_same_luck_only(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        shown: list[bool] = []
        session.on_answer.append(shown.append)
        session.move(CONCEDED, 0.6, 1)
        session.change(replace(session.state, seed=2))
        await rest(session)
        assert shown == [True], "runs of one luck say nothing of what changed in those of another"

    lived(library, script)


def test_an_address_pins_what_there_is(library: Library) -> None:
    for pinned in ("a=/etc/passwd", f"A.{CONCEDED}=7"):
        with pytest.raises(ScenarioError):
            Session(Browser(), Runner(), library, replace(State(library.first), pinned=pinned))


def test_what_is_covered_or_of_other_companies_is_not_told(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        assert session.told is session.answer
        session.cover(12)
        assert session.told is None
        session.cover(None)
        session.change(State((library.first[1], library.first[0])))
        assert session.told is None
        await rest(session)
        assert session.told is session.answer

    lived(library, script)


def test_only_what_changed_is_sent(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        sent: list[str] = []
        browser.run_javascript = sent.append  # type: ignore[method-assign]
        session.move(CONCEDED, 0.6, 1)
        await asyncio.sleep(0)
        await rest(session)
        quick = json.loads(next(code for code in sent if code.startswith("cx.put"))[7:-1])
        assert "b" in quick["profit"]["rows"] and "a" not in quick["profit"]["rows"]
        assert sum(map(len, sent)) < 40_000

    lived(library, script)


@pytest.mark.slow
def test_nothing_grows_over_a_thousand_moves(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        async def moves(n: int) -> int:
            for k in range(n):
                session.move(CONCEDED, (k % 97) / 100, 1)
                await rest(session) if k % 50 == 0 else await asyncio.sleep(0.02)
                if k % 10 == 0:
                    session.release()
            await rest(session)
            gc.collect()
            return len(gc.get_objects())

        before = await moves(200)
        assert await moves(1000) < 1.05 * before
        assert len(session.runner._kept) == KEPT

    lived(library, script)


def test_a_wrong_wish_changes_nothing(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        before = session.state
        with pytest.raises(ScenarioError):
            session.move(CONCEDED, 7.0, 1)
        with pytest.raises(ScenarioError):
            session.change(State((library.first[0], "baseline")))
        assert session.state == before

    lived(library, script)


def test_a_fault_is_told_and_the_next_wish_is_answered(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(session: Session, browser: Browser) -> None:
        told: list[str] = []
        session.on_fault.append(told.append)

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError("out of luck")

        with monkeypatch.context() as patch:
            patch.setattr("cxsim.app.runner.run", broken)
            session.move(CONCEDED, 0.6, 1)
            await rest(session)
        assert told == ["RuntimeError: out of luck"]
        session.move(CONCEDED, 0.7, 1)
        await rest(session)
        assert session.answer is not None and session.answer.runs[1].scenario.value(CONCEDED) == 0.7

    lived(library, script)


def test_what_is_covered_is_not_sent(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        whole = browser.rows["profit"]["b"]
        session.cover(0)
        session.move(CONCEDED, 0.6, 1)
        await rest(session)
        assert set(browser.rows["profit"]["b"]) == {None} and not browser.rows["profit"]["band b 0"]
        assert not browser.rows["difference"]["d"]
        session.cover(6)
        assert [x is None for x in browser.rows["profit"]["b"]] == [False, False, True, True, True]
        session.cover(None)
        assert None not in browser.rows["profit"]["b"] != whole

    lived(library, script)


def test_a_page_that_is_gone_is_left_alone(library: Library) -> None:
    async def script(session: Session, browser: Browser) -> None:
        browser.is_deleted = True
        browser.said.clear()
        session.move(CONCEDED, 0.6, 1)
        await rest(session)
        assert browser.said == []

    lived(library, script)
