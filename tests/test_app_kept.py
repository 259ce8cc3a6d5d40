"""Predictions of a class in a file: nothing is lost, nothing of anybody else's is overwritten, and a slip is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import fails
from cxsim.app.kept import Kept
from cxsim.app.predict import LONGEST_WHY, MOST, Board, clean
from cxsim.scenario import ScenarioError

PAIR = "doormat_siloed and mutual_siloed"


def filled(file: Path) -> Kept:
    """A file with a round that is over, and one that is not."""
    kept = Kept(file)
    kept.board.keep(PAIR, "Window", "profit", "EUR m", (None, 1.5, 2.0))
    kept.board.score(PAIR, {"profit": [0.5, 1.0, 3.0]})
    kept.board.next_round("Favours cost more than we thought: ärgerlich.")
    kept.board.keep(PAIR, "Door", "satisfaction", "months of spend", (0.8, None, None))
    kept.save()
    return kept


def test_a_server_that_starts_again_has_them(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    board = filled(file).board
    again = Kept(file)
    assert again.board == board and again.board.round == 2
    assert [p.table for p in again.board.now(PAIR)] == ["Door"] and again.board.now("baseline and red_queen") == []
    again.board.next_round("")
    again.save()
    assert Kept(file).board.round == 3
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"], "and nothing beside it"


def test_what_a_page_may_send_can_be_read_again(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    kept = Kept(file)
    assert clean([1e15], 1) is None and clean([float("inf")], 1) is None
    kept.board.keep(PAIR, "half of \ud83d", "profit", "EUR m", clean([9.9e14], 1) or ())
    kept.board.score(PAIR, {"profit": [-9.9e14]})
    kept.board.next_round("\ude00")
    kept.save()
    assert Kept(file).board == kept.board and kept.board.table().encode()


def test_nothing_is_written_before_there_is_something(tmp_path: Path) -> None:
    assert Kept(tmp_path / "kept.json").board == Board()
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "[" * 100_000,
        lambda text: "\x00\xff",
        lambda text: text.replace("predictions of cxsim app", "something else"),
        lambda text: text.replace('"round": 2', '"round": 0', 1),
        lambda text: text.replace('"Window"', "7"),
        lambda text: text.replace("1.5", '"much"'),
        lambda text: text.replace("1.5", "NaN"),
        lambda text: text.replace('"mean"', '"men"'),
        lambda text: text.replace('"mean": ', '"mean": null, "old": '),
        lambda text: text.replace('"mean": ', f'"mean": 1{"0" * 400}, "old": '),
        lambda text: text.replace('"why"', '"because"'),
        lambda text: text + " " * 5_000_000,
    ],
)
def test_a_damaged_file_is_named_and_left_alone(
    spoil: object, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxsim.app.serve.find_spec", lambda name: object())
    file = tmp_path / "kept.json"
    filled(file)
    good = file.read_text(encoding="utf-8")
    assert callable(spoil)
    bad = spoil(good)
    assert bad != good
    file.write_text(bad, encoding="utf-8")
    said = fails(capsys, ["app", "--no-browser", "--predictions", str(file)])
    assert f"{file}: is damaged, or no file of predictions" in said and said.count("\n") <= 1
    assert file.read_text(encoding="utf-8") == bad


def test_what_somebody_else_has_written_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    one, two = filled(file), Kept(file)
    one.board.next_round("")
    one.save()
    before = file.read_bytes()
    with pytest.raises(OSError, match="was changed by something else"):
        two.save()
    assert file.read_bytes() == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "none" / "kept.json")
    with pytest.raises(OSError, match="none"):
        kept.save()


def test_the_file_stays_small(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept.json")
    for k in range(MOST + 50):
        kept.board.keep(PAIR, f"Table {k}", "profit", "EUR m", [k + 1 / 3] * 200)
        kept.board.next_round("ä" * (LONGEST_WHY + 5))
    kept.save()
    again = Kept(tmp_path / "kept.json").board
    assert len(again.kept) == MOST and again.kept[-1].table == f"Table {MOST + 49}"
    assert set(again.why) <= {p.round for p in again.kept}
    assert (tmp_path / "kept.json").stat().st_size < 4_000_000


def test_it_is_plain_json(tmp_path: Path) -> None:
    filled(tmp_path / "kept.json")
    data = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    assert [p["table"] for p in data["kept"]] == ["Window", "Door"] and data["why"]["1"].startswith("Favours")


def test_a_curve_that_is_too_long_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    filled(file)
    data = json.loads(file.read_text(encoding="utf-8"))
    data["kept"][0]["guess"] = [1.0] * 1001
    file.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ScenarioError, match="is damaged"):
        Kept(file)
