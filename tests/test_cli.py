"""The command line: what it says, where it writes, how it fails. Most tests invent the runs."""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import cxsim
from command_line import ROOT, call, fails, python
from cxsim import cli
from cxsim.cli.parser import build


def test_compare_prints_a_table_and_leaves_a_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "calm.yaml", "bold.yaml", "--replications", "4") == 0
    said = capsys.readouterr()
    assert said.err == ""  # no terminal, no bar
    assert "2 arms x 4 paired runs" in said.out
    (folder,) = (here / "results").iterdir()
    assert folder.name.startswith("compare-")
    assert f"Results: {Path('results') / folder.name}" in said.out
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {"summary.csv", "differences.csv", "provenance.json", "months.parquet"} <= present
    figures = ("paired_difference", "profit", "customers_kept", "whale_curve")
    assert {f"figures/{n}.{e}" for n in figures for e in ("svg", "png")} <= present
    command = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))["command"]
    assert command == "cxsim compare calm.yaml bold.yaml --replications 4"


def test_run_again_replaces_its_own_folder_and_refuses_another(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["run", "calm.yaml", "--replications", "2", "--out", "mine"]
    assert call(*asked) == 0
    assert "Rival 1" in capsys.readouterr().out
    assert call(*asked) == 0
    capsys.readouterr()
    assert "different run" in fails(capsys, [*asked, "--rng", "2"])


def test_json_is_all_there_is_on_standard_output(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "calm.yaml", "bold.yaml", "--replications", "1", "--json") == 0
    data = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert data["arms"][1]["differences"]["npv"]["low"] is None
    assert Path(data["folder"]).is_dir()
    assert call("run", "calm.yaml", "--replications", "2", "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out)["replications"] == 2


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        ((), "COMMAND"),
        (("rum", "calm.yaml"), "did you mean 'run'?"),
        (("describe", "--", "calm.yaml", "--"), "stands once only"),
        (("help",), "did you mean '--help'?"),
        (("calm.yaml",), "did you mean 'run calm.yaml'?"),
        (("run",), "SCENARIO"),
        (("run", "calm.yaml", "--replication", "3"), "did you mean '--replications'?"),
        (("run", "calm.yaml", "--rep", "3"), "did you mean '--replications'?"),
        (("run", "calm.yaml", "bold.yaml"), "for several: cxsim compare calm.yaml bold.yaml"),
        (("describe", "calm.yaml", "bold.yaml"), "for two: cxsim diff calm.yaml bold.yaml"),
        (("list", "calm.yaml"), "unknown argument 'calm.yaml'"),
        (("run", "calm.yaml", "--replications", "0"), "whole number from 1"),
        (("run", "calm.yaml", "--replications", "2.5"), "whole number from 1"),
        (("run", "calm.yaml", "--threads", "0"), "whole number from 1"),
        (("run", "calm.yaml", "--rng", "-1"), "whole number from 0"),
        (("run", "calm.yaml", "--customers", "none"), "whole number from 1"),
        (("run", "calm.yaml", "--customers", "999999999999"), "customers"),
        (("compare", "calm.yaml"), "at least two"),
        (("run", "clam.yaml"), "calm.yaml"),
        (("describe", "nothing"), "nothing"),
        (("diff", "calm.yaml"), "B"),
        (("diff", "calm.yaml", "blod.yaml"), "did you mean 'bold.yaml'?"),
        (("run", "calm.yaml", "--out", "calm.yaml"), "not a folder"),
        (("run", "calm.yaml", "--out", ""), "name of a folder"),
        (("run", "calm.yaml", "--out", "."), "holds other things"),
        (("run", "calm.yaml", "--out", "bad\0name"), "bad"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    here: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], part: str
) -> None:
    assert part in fails(capsys, argv)
    assert sorted(p.name for p in here.iterdir()) == ["bold.yaml", "calm.yaml"]


def test_the_folder_is_checked_before_anything_is_simulated(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["cxsim.model"], "simulate", lambda *a, **k: pytest.fail("simulated"))
    fails(capsys, ["run", "calm.yaml", "--out", "."])


@pytest.mark.parametrize("stage", [("cxsim.model", "simulate"), ("cxsim.report.drawing", "files")])
def test_ctrl_c_leaves_nothing(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stage: tuple[str, str]
) -> None:
    def stop(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    importlib.import_module(stage[0])
    monkeypatch.setattr(sys.modules[stage[0]], stage[1], stop)
    assert call("run", "calm.yaml", "--replications", "2", "--threads", "1") == 130
    assert "interrupted" in capsys.readouterr().err
    assert not (here / "results").exists()


def test_a_bug_is_a_traceback(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> None:
        raise ValueError("a bug of ours")

    monkeypatch.setattr(sys.modules["cxsim.model"], "simulate", broken)
    with pytest.raises(ValueError, match="a bug of ours"):
        cli.main(["run", "calm.yaml", "--threads", "1"])


def test_describe_and_list(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("describe", "calm.yaml") == 0
    assert "calm.yaml:3" in capsys.readouterr().out
    assert call("describe", "calm.yaml", "--json") == 0
    assert json.loads(capsys.readouterr().out)["currency"] == "EUR"
    assert call("describe", "calm.yaml", "--only", "Entitle") == 0
    some = capsys.readouterr().out
    assert "naive_entitlement_prob" in some and "monthly_price" not in some
    assert call("describe", "calm.yaml", "--only", "entitle", "--json") == 0
    assert all("entitle" in json.dumps(one).lower() for one in json.loads(capsys.readouterr().out)["values"])
    assert "did you mean" in fails(capsys, ["describe", "calm.yaml", "--only", "naive_entitlemen_prob"])
    assert call("list") == 0
    listed = capsys.readouterr().out
    assert "cxsim run" in listed and "parts/mutual" in listed.partition("To extend")[2]
    assert call("list", "--json") == 0
    data = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert data["parts/mutual"]["part"] and data["parts/mutual"]["description"]
    assert data["baseline"]["question"] and not data["baseline"]["part"]


def test_a_file_is_known_without_its_ending(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("diff", "calm", "bold.yaml") == 0
    assert "(calm, hash" in capsys.readouterr().out
    (here / "calm").mkdir()
    assert call("describe", "calm") == 0, "the folder of the same name is none of it"


def test_a_bar_on_a_terminal_only_and_gone_at_the_end(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr("cxsim.engine.compiling.is_cold", lambda: True)
    assert call("run", "calm.yaml", "--replications", "2") == 0
    said = capsys.readouterr().err
    assert "compiling" in said
    assert "2/2 runs" in said
    assert said.endswith(" \r")
    assert call("run", "calm.yaml", "--replications", "2", "--quiet") == 0
    assert capsys.readouterr().err == ""


def test_headings_stand_out_on_a_terminal_only(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = (["list"], ["describe", "calm.yaml"], ["run", "calm.yaml", "--replications", "2", "--quiet"])
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for argv in asked:
        assert call(*argv) == 0
        plain = capsys.readouterr().out
        assert "\033" not in plain
        with monkeypatch.context() as terminal:
            terminal.setattr("sys.stdout.isatty", lambda: True, raising=False)
            assert call(*argv) == 0
            shown = capsys.readouterr().out
            assert shown.startswith("\033[1m")
            assert shown.replace("\033[1m", "").replace("\033[0m", "") == plain
            for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
                with monkeypatch.context() as wish:
                    wish.setenv(name, value)
                    assert call(*argv) == 0
                    assert capsys.readouterr().out == plain


@pytest.mark.skipif(os.name == "nt", reason="streams closed as a POSIX shell does")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_may_be_closed(closed: str, tmp_path: Path) -> None:
    asked = f"'{sys.executable}' -W error -m cxsim"
    for command, status in (("list", 0), ("describe baseline", 0), ("describe nothing", 2)):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{asked} {command} {closed}"], capture_output=True, text=True, check=False,
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60,
        )  # fmt: skip
        assert done.returncode == status
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", build().below)
def test_help_teaches(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(command, "--help") == 0
    text = capsys.readouterr().out
    assert f"cxsim {command}" in text
    assert max(map(len, text.splitlines())) <= 120


def test_help_and_import_bring_nothing_heavy() -> None:
    for code in (
        "import cxsim",
        "from cxsim.cli import main; main(['run', '--help'])",
    ):
        show = f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
        loaded = set(python("-c", show).stdout.split())
        assert "cxsim.version" in loaded
        assert not loaded & {
            "numpy",
            "numba",
            "pandas",
            "matplotlib",
            "mesa",
            "yaml",
            "pyarrow",
            "typing_extensions",
        }


def test_showing_a_scenario_brings_no_compiler() -> None:
    code = "import sys; from cxsim.cli import main; main(['describe', 'baseline']); print(*sys.modules)"
    loaded = set(python("-c", code).stdout.split())
    assert "cxsim.mechanisms" in loaded
    assert not loaded & {"numba", "pandas", "matplotlib", "mesa", "pyarrow"}


def test_public_names() -> None:
    done = python("-c", "import cxsim; [getattr(cxsim, n) for n in cxsim.__all__]; print(*dir(cxsim))")
    assert done.stderr == ""
    assert {"load", "Scenario", "ScenarioError", "run", "compare", "CXModel", "measures", "__version__"} <= set(
        done.stdout.split()
    )
    with pytest.raises(AttributeError, match="lod"):
        cxsim.lod  # noqa: B018


def test_one_version() -> None:
    assert f'version = "{cxsim.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert python("-m", "cxsim", "--version").stdout == f"cxsim {cxsim.__version__}\n"


@pytest.mark.skipif(os.name == "nt", reason="locales are POSIX")
def test_a_terminal_that_knows_ascii_only(tmp_path: Path) -> None:
    (tmp_path / "ä.yaml").write_text("title: Ärger € ±\n", encoding="utf-8")
    bare = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = python("-m", "cxsim", "describe", "ä.yaml", env=bare, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    assert "?rger" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_stops_early_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "cxsim", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as writer:
        assert writer.stdout is not None
        assert writer.stderr is not None
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == cli.PIPE_CLOSED


@pytest.mark.parametrize(
    "argv", [("compare", "calm.yaml", "bold.yaml"), ("run", "calm.yaml"), ("run", "calm.yaml", "--json")]
)
def test_a_reader_that_stops_early_leaves_the_results(
    here: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...]
) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Closed())
    assert call(*argv, "--replications", "2") == cli.PIPE_CLOSED
    (folder,) = (here / "results").iterdir()
    assert (folder / "provenance.json").exists()
    assert (folder / "figures" / "profit.svg").exists()


def test_a_script_saves_what_the_command_saves(here: Path) -> None:
    assert call("run", "calm.yaml", "--replications", "2", "--quiet") == 0
    (folder,) = (here / "results").iterdir()
    runs = cxsim.run("calm.yaml", replications=2)
    assert runs.save().name == folder.name
    drawn, plain = runs.save("drawn"), runs.save("plain", figures=False)
    names = [{p.relative_to(f).as_posix() for p in f.rglob("*") if p.is_file()} for f in (folder, drawn, plain)]
    assert names[0] == names[1] and names[1] - names[2] == {n for n in names[1] if "figures/" in n}


# From here on with the real model.


def test_the_real_model_end_to_end(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text("customers: 200\nhorizon_months: 15\nreplications: 2\n")
    (tmp_path / "other.yaml").write_text("extends: small\npolicy: {requests: {conceded_share: .9}}\n")
    done = python("-m", "cxsim", "compare", "small.yaml", "other.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "2 arms x 2 paired runs" in done.stdout
    again = python("-m", "cxsim", "compare", "small.yaml", "other.yaml", "--threads", "1", cwd=tmp_path)
    assert again.stdout == done.stdout


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupting_the_real_model_leaves_nothing(
    tmp_path: Path, sent: signal.Signals, status: int
) -> None:
    (tmp_path / "any.yaml").write_text("title: Any\n")
    told = (
        "import sys, cxsim.model as m\nreal = m.simulate\n"
        "def simulate(*a, **k):\n    sys.stdout.write('running\\n'); sys.stdout.flush()\n"
        "    return real(*a, **k)\n"
        "m.simulate = simulate\nfrom cxsim.cli import main\nsys.exit(main(sys.argv[1:]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", told, "run", "any.yaml", "--replications", "5000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        process.send_signal(sent)
        process.communicate(timeout=60)
    assert process.returncode == status
    assert [p.name for p in tmp_path.iterdir()] == ["any.yaml"]
