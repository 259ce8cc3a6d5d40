"""The result folder is whole or not there, and nothing of anybody else's is ever replaced."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from cxsim import storage
from cxsim.frames import Table
from cxsim.results import Runs
from cxsim.storage import Identity, OutputError
from made_up import FakeScenario, noisy

RUN = Identity("run", ("abc",), 1, 20, 1)


def text(content: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(content)

    return write


def save(folder: Path | str, content: str = "new", identity: Identity = RUN) -> Path:
    return storage.write(folder, identity, {}, [("a.txt", text(content)), ("b/c.txt", text(content))])


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(params=["exchange", "two renames"])
def move(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Replace a folder as this system does, and as one does that cannot exchange two folders."""
    if request.param == "two renames":
        monkeypatch.setattr(storage, "_exchange", lambda one, two: False)
    return str(request.param)


def test_a_folder_is_made_with_its_parents_and_nothing_else(tmp_path: Path) -> None:
    path = save(tmp_path / "one" / "two" / "three")
    assert sorted(tree(tmp_path)) == [f"one/two/three/{n}" for n in ("a.txt", "b/c.txt", "provenance.json")]
    assert path == (tmp_path / "one" / "two" / "three").resolve()


@pytest.mark.usefixtures("move")
def test_the_same_run_is_replaced(tmp_path: Path) -> None:
    save(tmp_path / "x", "old")
    (tmp_path / "x" / ".DS_Store").touch()
    save(tmp_path / "x", "new")
    assert tree(tmp_path / "x")["b/c.txt"] == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (Identity("run", ("abd",), 1, 20, 1), "scenario"),
        (Identity("run", ("abc",), 2, 20, 1), "seed"),
        (Identity("run", ("abc",), 1, 21, 1), "replications"),
        (Identity("run", ("abc",), 1, 20, 2), "results version"),
    ],
)
def test_a_different_run_is_never_replaced(tmp_path: Path, other: Identity, what: str) -> None:
    save(tmp_path / "x", "old")
    before = tree(tmp_path)
    with pytest.raises(OutputError, match=rf"different run \(not the same {what}\)") as caught:
        save(tmp_path / "x", "new", other)
    assert "\n" not in str(caught.value) and str(tmp_path / "x") in str(caught.value)
    assert tree(tmp_path) == before
    assert other.hash != RUN.hash


@pytest.mark.parametrize(
    ("held", "asked", "said"),
    [
        (Identity("compare", ("abc",), 1, 20, 1), RUN, "holds what cxsim compare made; choose another folder"),
        (RUN, Identity("experiment", ("abc",), 1, 0, 1), "holds what cxsim run made; choose another folder"),
        (Identity("experiment", ("abc",), 1, 0, 1), Identity("experiment", ("b",), 1, 0, 1), "not the same experiment"),
        (Identity("claims", ("abc",), 1, 0, 1), Identity("claims", ("b",), 1, 0, 1), "not the same claims"),
    ],
)
def test_what_is_held_is_called_by_its_name(tmp_path: Path, held: Identity, asked: Identity, said: str) -> None:
    save(tmp_path / "x", "old", held)
    with pytest.raises(OutputError) as caught:
        save(tmp_path / "x", "new", asked)
    assert said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"identity": 1, "files": []}', "\0"])
def test_what_is_not_a_result_folder_is_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "provenance.json").write_text(content)
    with pytest.raises(OutputError, match="other things"):
        save(tmp_path / "x")
    assert tree(tmp_path) == {"x/provenance.json": content.encode()}


def test_a_file_put_into_a_result_folder_is_kept(tmp_path: Path) -> None:
    save(tmp_path / "x", "old")
    (tmp_path / "x" / "b" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"notes\.txt, which cxsim did not write"):
        save(tmp_path / "x", "new")
    assert tree(tmp_path / "x")["a.txt"] == b"old"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    save(tmp_path / "x")
    assert "a.txt" in tree(tmp_path / "x")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_places_that_cannot_be_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place, what in (
        (tmp_path / "file", "not a folder"),
        (tmp_path / "file" / "x", "folder"),
        (f"{tmp_path}/nul\0l", "null"),
        (tmp_path / ("x" * 300), "."),
        ("/", "other things"),
        (tmp_path, "other things"),
    ):
        with pytest.raises(OutputError, match=f"(?i){what}") as caught:
            save(place)
        assert "\n" not in str(caught.value)
    assert tree(tmp_path) == {"file": b"x"}
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="permission"):
            storage.check(tmp_path / "x", RUN)
    finally:
        tmp_path.chmod(0o700)


def test_a_place_that_fails_only_when_written_is_found_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert storage.check(tmp_path / "not" / "yet", RUN) == (tmp_path / "not" / "yet").resolve()
    assert not list(tmp_path.iterdir())
    save(tmp_path / "x")
    storage.check(tmp_path / "x", RUN)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]

    def full(path: Path, *_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(OutputError, match=r"cannot write in .*: Read-only file system") as caught:
        storage.check(tmp_path / "deep" / "x", RUN)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="name of the results folder is empty"):
        save("")
    assert not list(tmp_path.iterdir())


STEPS = [
    "resolved.yaml",
    "months.parquet",
    "periods.parquet",
    "silos.parquet",
    "segments.parquet",
    "whale.parquet",
    "measures.parquet",
    "columns.csv",
    "summary.csv",
]
STEPS += ["figures/", "provenance.json", "flush", "move"]


def break_at(step: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one step of saving a run fail after it has begun; nothing is drawn."""

    def fail(*_: object) -> None:
        raise error

    def fail_for(method: Callable[[Table, Path], None]) -> Callable[[Table, Path], None]:
        def write(table: Table, path: Path) -> None:
            method(table, path)
            if path.name == step:
                raise error

        return write

    for name in ("write_parquet", "write_csv"):
        monkeypatch.setattr(Table, name, fail_for(getattr(Table, name)))
    whole = Path.write_text

    def write_text(path: Path, data: str, **more: str) -> int:
        n = whole(path, data[: len(data) // 2] if path.name == step else data, **more)
        if path.name == step:
            raise error
        return n

    monkeypatch.setattr(Path, "write_text", write_text)
    if step in ("flush", "move"):
        monkeypatch.setattr(storage, f"_{step}", fail)
    monkeypatch.setattr(Runs, "_draw", fail if step == "figures/" else lambda *_: None)


@pytest.mark.parametrize("present", [False, True])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ZeroDivisionError()]
)
def test_a_failure_at_any_step_changes_nothing(
    tmp_path: Path, step: str, error: BaseException, present: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(FakeScenario(), 1, (noisy(3, 0),))  # type: ignore[arg-type]
    if present:
        runs.save(tmp_path / "deep" / "x", command="old", figures=False)
    before = tree(tmp_path)
    with monkeypatch.context() as m:
        break_at(step, error, m)
        with pytest.raises(OutputError if isinstance(error, OSError) else type(error)) as caught:
            runs.save(tmp_path / "deep" / "x", command="new")
    if isinstance(error, OSError):
        assert str(caught.value).endswith("No space left on device; nothing was changed")
    assert tree(tmp_path) == before
    assert len(list(tmp_path.rglob("*"))) == (2 + 10 if present else 0)  # no folder left either
    runs.save(tmp_path / "deep" / "x", command="new", figures=False)


KILLED = """
    import os, sys
    from pathlib import Path
    sys.path[:0] = {path!r}
    from cxsim import storage
    if {plain}:
        storage._exchange = lambda one, two: False
    left = int(sys.argv[2])
    def step(*_):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
    def text(path):
        path.write_text("ne"); step(); path.write_text("new"); step()
    rename, rmtree = Path.rename, storage.shutil.rmtree
    def counted(f):
        def g(*a, **k):
            step(); r = f(*a, **k); step(); return r
        return g
    Path.rename, storage.shutil.rmtree = counted(rename), counted(rmtree)
    storage._exchange, storage._flush = counted(storage._exchange), counted(storage._flush)
    run = storage.Identity("run", ("abc",), 1, 20, 1)
    storage.write(Path(sys.argv[1]), run, {{}}, [("a.txt", text), ("b/c.txt", text)])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs to tell whether a process is alive")
@pytest.mark.parametrize("plain", [False, True])
def test_a_kill_at_any_moment_leaves_a_whole_folder_or_what_the_next_save_mends(
    tmp_path: Path, plain: bool
) -> None:
    root = str(Path(storage.__file__).parents[1])
    script = tmp_path / "killed.py"
    script.write_text(textwrap.dedent(KILLED).format(path=[root], plain=plain))
    path = tmp_path / "place" / "x"
    for survived in range(40):
        save(path, "old")
        old, done = (
            tree(path),
            subprocess.run([sys.executable, str(script), str(path), str(survived)], check=False),
        )
        if path.exists():
            assert tree(path) in (old, {**tree(path), "a.txt": b"new", "b/c.txt": b"new"})
        else:
            assert plain  # between the two renames of systems that cannot exchange: nothing is lost
            assert any(tree(p) == old for p in path.parent.iterdir())
        save(path, "old")
        assert [p.name for p in path.parent.iterdir()] == ["x"]
        if done.returncode == 0:
            break
        assert done.returncode == 9
    else:
        pytest.fail("the script never ended by itself")
    assert survived > 6


def test_the_folder_of_a_save_in_progress_is_left_alone(tmp_path: Path) -> None:
    """Another save to the same place while one is under way: the later one to end wins, both are whole."""

    def nested(path: Path) -> None:
        path.write_text("outer")
        save(tmp_path / "x", "inner")
        assert tree(tmp_path / "x")["a.txt"] == b"inner"
        assert path.read_text() == "outer"

    storage.write(tmp_path / "x", RUN, {}, [("a.txt", nested)])
    assert tree(tmp_path / "x")["a.txt"] == b"outer"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_link_to_a_folder_keeps_pointing_there(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    try:
        (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and "a.txt" in tree(tmp_path / "real")
