"""Code that a scenario names: where it is found, what it may be, and that results hang on its text."""

from __future__ import annotations

import copy
import json
import linecache
import pickle
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from command_line import call
from cxsim import api, describe
from cxsim.mechanisms import CUSTOMER_STEPS, step_name
from cxsim.own import STEPS, Mechanism
from cxsim.scenario import Change, Rival, Scenario, ScenarioError, load
from cxsim.scenario_diff import diff, differences
from cxsim.scenario_schema import schema
from own_samples import Diary, Echo, Grudge, documented, generous, thing

USES = "extends: baseline\nreplications: 1\nuse: thing:Thing\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def said(folder: Path, text: str = USES) -> str:
    """The line about a scenario called x."""
    with pytest.raises(ScenarioError) as caught:
        load(write(folder, "x", text).name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


FAULTS = [
    ({"AFTER": '"loyalty.satisfies"'}, ("AFTER: no step of the month is called 'loyalty.satisfies'; did you mean "
     "'loyalty.satisfy'?")),
    ({"AFTER": '"x"'}, f"AFTER: no step of the month is called 'x'; valid: {', '.join(STEPS)}"),
    ({"WRITES": '("trsut",)'}, "WRITES: no column is called 'trsut'; did you mean 'trust'?"),
    ({"WRITES": '("left",)', "AFTER": '"loyalty.decide"'},
     "WRITES: left cannot be changed: who people are, and whose customers, is the model's own"),
    ({"WRITES": '("frailty",)'},
     "WRITES: frailty cannot be changed: who people are, and whose customers, is the model's own"),
    ({"WRITES": '("lead",)'}, "WRITES: lead is set by loyalty.look only, later than loyalty.satisfy"),
    ({"WRITES": '"trust"'}, 'WRITES: expected a tuple of names, such as ("satisfaction",)'),
    ({"DRAWS": "65"}, "DRAWS: expected a whole number from 0 to 64, got '65'"),
    ({"DRAWS": "1.5"}, "DRAWS: expected a whole number from 0 to 64, got '1.5'"),
    ({"COLUMNS": '(Column("trust", "state", "f4", "u", "m"),)'},
     "COLUMNS: there is a column 'trust' already; choose another name"),
    ({"COLUMNS": '(Column("need_1", "state", "f4", "u", "m"),)'},
     "COLUMNS: there is a column 'need_1' already; choose another name"),
    ({"COLUMNS": '(Column("x", "flow", "f4", "u", "m"),)'},
     "COLUMNS: x: an own column is of kind 'state' and type 'f4', one value per person"),
    ({"COLUMNS": '(Column("x", "state", "f4", "u", "m", 1, 2),)'},
     "COLUMNS: x: begins at nought, which is outside 1..2"),
    ({"COLUMNS": '(Column("An x", "state", "f4", "u", "m"),)'},
     "COLUMNS: 'An x' cannot be a name; write small letters, digits and _"),
    ({"COLUMNS": '("x",)'}, "COLUMNS: expected a tuple of cxsim.Column, such as (Column(...),)"),
    ({"WORLD": 'policy("a", Parameter("b", 1, "u", 0, 1, "s", "m", "h", "h"))'},
     "WORLD: expected what cxsim.world(...) returns"),
    ({"WORLD": 'world("dt", Parameter("b", 1, "u", 0, 1, "s", "m"))'},
     "WORLD: 'dt' cannot be a name; write small letters, digits and _"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "what"), FAULTS, ids=[row[1][:40] for row in FAULTS])
def test_what_is_declared_badly(here: Path, declared: dict[str, str], what: str) -> None:
    thing(here, **declared)
    assert said(here) == f"x.yaml:3: use: Thing.{what}"


def test_headings_and_columns_belong_to_one(here: Path) -> None:
    thing(here, WORLD='world("loyalty", Parameter("b", 1, "u", 0, 1, "s", "m"))')
    assert said(here) == "x.yaml:3: use: Thing: world.loyalty is a heading of the model; choose another name"
    thing(here)
    thing(here, name="other")
    (here / "other.py").write_text((here / "other.py").read_text().replace("Thing", "Other"))
    clash = "x.yaml:1: use: Other: world.thing is a heading of Thing; choose another name"
    assert said(here, "use: [thing:Thing, other:Other]\n") == clash
    (here / "other.py").write_text((here / "other.py").read_text().replace('"thing"', '"other"'))
    clash = "x.yaml:1: use: Other: 'tally' is a column of Thing; choose another name"
    assert said(here, "use: [thing:Thing, other:Other]\n") == clash
    thing(here, name="twin", WORLD="None", COLUMNS="()")
    both = said(here, "use: [thing:Thing, twin:Thing]\n")
    assert both == "x.yaml:1: use: Thing: of both thing and twin; a mechanism's luck hangs on its name"


def test_code_that_cannot_be_used(here: Path) -> None:
    absent = "x.yaml:3: use: no thing.py beside this file or in the working folder, nor an installed module"
    assert said(here) == absent
    thing(here, name="thong")
    assert said(here) == f"{absent}; did you mean 'thong'?"
    (here / "thing.py").write_text("x = 1\n\ndef f(:\n")
    assert said(here) == "x.yaml:3: use: thing.py:3: SyntaxError: invalid syntax"
    (here / "thing.py").write_text("import sys\n\nsys.exit('bye')\n")
    assert said(here) == "x.yaml:3: use: thing.py:3: SystemExit: bye, in \"sys.exit('bye')\""
    (here / "thing.py").write_text("import nowhere_at_all\n")
    assert said(here).startswith("x.yaml:3: use: thing.py:1: ModuleNotFoundError: No module named 'nowhere_at_all'")
    (here / "thing.py").write_text("class Think: pass\n")
    assert said(here) == "x.yaml:3: use: thing.py has no 'Thing'; did you mean 'Think'?"
    (here / "thing.py").write_text("import cxsim\nThing = cxsim.Mechanism\n")
    assert said(here).startswith("x.yaml:3: use: Thing of thing comes from cxsim.own")
    (here / "thing.py").write_text("class Thing: pass\n")
    assert said(here) == "x.yaml:3: use: thing:Thing is no class that extends cxsim.Mechanism"
    (here / "thing.py").write_text("import cxsim\nclass Thing(cxsim.Mechanism): pass\n")
    assert said(here) == "x.yaml:3: use: Thing.month: is missing; it says what happens to customers"
    (here / "random.py").write_text("class Thing: pass\n")
    taken = "x.yaml:1: use: random.py: a module random is there already; give the file another name"
    assert said(here, "use: random:Thing\n") == taken
    assert said(here, "use: thing.Thing\n").startswith("x.yaml:1: use: expected module:Name, as in my_study.loyalty:")
    assert said(here, "use: {a: b}\n") == "x.yaml:1: use: expected a text, got a mapping"
    assert said(here, "decide: os.path:join\n").startswith("x.yaml:1: decide: join of os.path comes from ")
    (here / "thing.py").write_text("class Thing: pass\ndef two(a, b): pass\n")
    assert said(here, "decide: thing:Thing\n") == "x.yaml:1: decide: thing:Thing is no function"
    two = "x.yaml:1: decide: thing:two must take one argument, what the firm can see"
    assert said(here, "decide: thing:two\n") == two
    rival = "x.yaml:1: rivals[0].decide: thing.py has no 'tow'; did you mean 'two'?"
    assert said(here, 'rivals: [{title: A, decide: "thing:tow"}]\n') == rival


def test_it_is_found_beside_the_scenario_then_in_the_working_folder(here: Path) -> None:
    (here / "study" / "deep").mkdir(parents=True)
    thing(here, DRAWS="1")
    inner = thing(here / "study" / "deep", DRAWS="2")
    thing(here / "study", DRAWS="3")
    near = load(write(here / "study", "x", "use: deep.thing:Thing\n"))
    assert near.use[0].what.DRAWS == 2 and near.use[0].file == inner
    assert near.use[0].sha256 == sha256(inner.read_bytes()).hexdigest()
    assert load(write(here / "study", "x", USES)).use[0].what.DRAWS == 3
    assert load(write(here / "deep", "x", USES)).use[0].what.DRAWS == 1
    assert Scenario.from_yaml("use: thing:Thing\n").use[0].what.DRAWS == 1
    with pytest.raises(ScenarioError, match=r"^thing\.py is not the same for all \(thing\.py and study/thing\.py\)"):
        api.prepare([load(here / "deep" / "x.yaml"), load(here / "study" / "x.yaml")])


def test_an_edited_file_is_read_again_and_counts(here: Path) -> None:
    """Within the same second too, in which a compiled file would pass for new; what was loaded stays as it was."""
    scenarios = []
    for effect in (1, 2, 1):
        text = f'world("thing", Parameter("effect", {effect}, "ratio", 0, 5, "assumption: a test", "what it does"))'
        thing(here, WORLD=text)
        scenarios.append(load(write(here, "x", USES)))
    one, two, again = scenarios
    assert [s.value("world.thing.effect") for s in scenarios] == [1, 2, 1]
    assert one == again and one.use[0].what is again.use[0].what and one.hash == again.hash != two.hash
    assert not list(here.rglob("__pycache__"))
    (here / "thing.py").write_text("# a comment counts too: results hang on the text\n" + one.use[0].content.decode())
    assert load("x.yaml").hash != one.hash and load("x.yaml").world == one.world


def test_a_file_runs_once_for_several_scenarios(here: Path) -> None:
    file = thing(here)
    file.write_text(file.read_text() + "\nwith open('ran', 'a') as f:\n    f.write('x')\n")
    for name in "abc":
        load(write(here, name, USES))
    assert (here / "ran").read_text() == "x"


def test_what_is_used_adds_up_and_each_file_may_set_only_what_it_uses(here: Path) -> None:
    thing(here)
    file = thing(here, name="other", COLUMNS="()", WORLD='world("other", Parameter("b", 1, "u", 0, 1, "s", "m"))')
    file.write_text(file.read_text().replace("Thing", "Other"))
    write(here, "one", USES)
    write(here, "two", "use: other:Other\nworld: {other: {b: .5}}\n")
    write(here, "x", "extends: [one, two]\nuse: thing:Thing\nworld: {thing: {effect: 3}}\n")
    both = load("x.yaml")
    assert [code.spec for code in both.use] == ["thing:Thing", "other:Other"]
    assert both.value("world.other.b") == 0.5 and both.value("world.thing.effect") == 3
    assert both.origin["use"] == "x.yaml:2" and both.origin["world.other.b"] == "two.yaml:2"
    unknown = "x.yaml:2: world: unknown key 'thing'; valid:"
    assert said(here, "extends: two\nworld: {thing: {effect: 2}}\n").startswith(unknown)
    stray = "use: thing:Thing\nrivals: [{title: A, extends: two}]\n"
    write(here, "two", "use: other:Other\npolicy: {}\n")
    assert load(write(here, "x", stray)).firms[1] == "A"
    levers = 'policy("other", Parameter("b", 1, "u", 0, 1, "s", "m", "h", "h"))'
    file = thing(here, name="other", COLUMNS="()", WORLD="None", POLICY=levers)
    file.write_text(file.read_text().replace("Thing", "Other"))
    write(here, "two", "use: other:Other\npolicy: {other: {b: 0}}\n")
    unused = "two.yaml:2: rivals[0].policy.other.b: belongs to a mechanism that this scenario does not 'use'"
    assert said(here, stray) == unused


def test_rules_are_inherited(here: Path) -> None:
    (here / "rules.py").write_text("def a(firm): return {}\n\n\ndef b(firm): return {}\n")
    write(here, "base", "decide: rules:a\n")
    rivals = """rivals:
  - {title: Twin, extends: focal}
  - {title: Base, extends: base}
  - {title: Free, extends: base, decide: none}
  - {title: Own, decide: "rules:a"}
  - {title: None}
"""

    def rules(text: str) -> list[str]:
        s = load(write(here, "x", text + rivals))
        return [code.spec[-1] if code else "" for code in (s.decide, *(r.decide for r in s.rivals))]

    assert rules("extends: base\ndecide: rules:b\n") == ["b", "b", "a", "", "a", ""]
    assert rules("extends: base\ndecide: none\n") == ["", "", "a", "", "a", ""]
    assert rules("extends: base\n") == ["a", "a", "a", "", "a", ""]
    write(here, "rival_base", "decide: rules:b\n")
    disagree = "rival_base.yaml:1: decide: two bases disagree: 'rules:b' here, but 'rules:a' in base.yaml:1"
    assert said(here, "extends: [base, rival_base]\n").startswith(disagree)


def test_from_python() -> None:
    plain = Scenario.default()
    s = plain.replace("use", [Grudge, Diary], "world.grudge.weight", 0.3, "decide", generous)
    assert [code.what for code in s.use] == [Grudge, Diary] and s.decide and s.decide.what is generous
    assert s.use[0].spec.endswith("own_samples:Grudge") and s.origin["world.grudge.weight"] == "replace()"
    assert s.origin["policy.grudge.amends_share"] == "default"
    assert all(r.policy["grudge"] == {"amends_share": 0} for r in s.rivals)
    assert s.replace("use", [Diary, Grudge]).hash != s.hash, "the order counts"
    fewer = s.replace("use", Grudge, "rivals[0].decide", generous)
    assert fewer.value("world.grudge.weight") == 0.3 and fewer.rivals[0].decide == s.decide
    assert fewer.replace("rivals[0].policy.grudge.amends_share", 0.5).rivals[0].decide == s.decide
    assert s.replace("use", (), "decide", None) == plain and s.replace("use", (), "decide", "none").hash == plain.hash
    assert s.replace("rivals", [Rival("R", {}, generous)]).rivals[0].decide == s.decide
    assert s.catalogue.parameter("world.grudge.weight").range == (0, 0.5)
    for twin in (copy.deepcopy(s), pickle.loads(pickle.dumps(s)), Scenario.from_yaml(s.to_yaml())):
        assert twin == s and twin.hash == s.hash and twin.use[0].what is Grudge


def test_what_python_may_not_give() -> None:
    plain = Scenario.default()

    class Local(Mechanism):
        pass

    dated = plain.replace("use", Grudge, "timeline", [Change(3, world={"grudge": {"weight": 0.2}})])
    made: dict[str, Any] = {"Mechanism": Mechanism, "__name__": "nowhere"}
    exec("class Typed(Mechanism):\n    def month(self, c, luck, world, policy): pass", made)
    for path, value, what in (
        ("use", Local, "use: test_what_python_may_not_give.<locals>.Local cannot be found by its name; put it at the "),
        ("use", 3, "use: expected a class or function of your own, or its name, got '3'"),
        ("use", [generous], f"use: {generous.__module__}:generous is no class that extends cxsim.Mechanism"),
        ("use", made["Typed"], "use: the source of Typed cannot be read, and results hang on it; use a file"),
        ("decide", lambda firm: {}, "decide: test_what_python_may_not_give.<locals>.<lambda> cannot be found"),
        ("decide", Grudge, f"decide: {Grudge.__module__}:Grudge is no function"),
        ("use", [Echo, "own_samples.Echo"], "use: expected module:Name"),
    ):
        with pytest.raises(ScenarioError) as caught:
            plain.replace(path, value)
        assert str(caught.value).startswith(what)
    with pytest.raises(ScenarioError, match=r"^world: unknown key 'grudge'"):
        dated.replace("use", ())
    assert dated.replace("use", (), "timeline", ()) == plain


def test_an_installed_package_is_found_and_not_copied(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = here / "elsewhere" / "kept_by_pip"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "size.py").write_text("EFFECT = 2\n")
    file = thing(package)
    file.write_text(file.read_text().replace("import numpy", "from .size import EFFECT\nimport numpy", 1))
    monkeypatch.syspath_prepend(here / "elsewhere")
    (code,) = load(write(here, "x", "use: kept_by_pip.thing:Thing\n")).use
    assert code.file == file and code.content == file.read_bytes() and code.copied_as is None


def test_what_was_typed_into_a_notebook_hangs_on_its_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "def typed(firm):\n    return {}\n"
    monkeypatch.setitem(linecache.cache, "<cell 3>", (len(cell), None, cell.splitlines(True), "<cell 3>"))
    main: Any = sys.modules["__main__"]
    exec(compile(cell, "<cell 3>", "exec"), names := {"__name__": "__main__"})
    monkeypatch.setattr(main, "typed", names["typed"], raising=False)
    monkeypatch.delattr(main, "__file__", raising=False)
    s = Scenario.default().replace("decide", names["typed"])
    assert s.decide and (s.decide.spec, s.decide.content) == ("__main__:typed", cell.encode())
    assert s.decide.file is None and s.decide.copied_as is None
    assert Scenario.from_yaml(s.to_yaml()) == s
    monkeypatch.delattr(main, "typed")
    with pytest.raises(ScenarioError, match="typed was typed into a program or notebook that is gone"):
        Scenario.from_yaml(s.to_yaml())


def test_step_names_are_those_of_the_documentation() -> None:
    assert tuple(step_name(step) for step in CUSTOMER_STEPS) == STEPS and STEPS[0] == "journey.begin"
    page = (Path(__file__).parents[1] / "docs" / "model.md").read_text(encoding="utf-8")
    assert [name for name in STEPS if f"| `{name}` |" not in page] == []


def test_it_is_shown(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documented(here)
    s, plain = load("cautious_points.yaml"), load("baseline")
    text = describe.describe(s)
    assert "ADDED  code of your own" in text and "loyalty_points:LoyaltyPoints" in text
    assert "Follows requests.answer, changes relief, concession. SHA-256" in text
    assert "world.loyalty_points\n" in text and "chance that a customer redeems her points." in text
    assert max(map(len, text.splitlines())) <= 100
    data = describe.describe_data(s)
    assert json.loads(json.dumps(data)) == data
    assert [(c["path"], c["name"]) for c in data["code"]] == [
        ("use", "loyalty_points:LoyaltyPoints"), ("decide", "saver:cautious"), ("rivals[0].decide", "saver:cautious"),
    ]  # fmt: skip
    assert "ADDED" not in describe.describe(plain)
    found = {d.path: (d.a, d.b) for d in differences(plain, s)}
    assert found["policy.loyalty_points.reward_share"] == (None, 0.03)
    assert found["use"][0] is None and str(found["use"][1]).startswith("loyalty_points:LoyaltyPoints (")
    assert "use            A  -" in diff(plain, s)
    assert "reward_share                              0.03           -" in diff(s, plain)
    grown = schema(s.catalogue.groups)["$defs"]["world"]["properties"]
    assert "loyalty_points" in grown and "loyalty_points" not in schema()["$defs"]["world"]["properties"]
    assert call("schema", "--for", "points.yaml") == 0 and "redeem_prob" in capsys.readouterr().out


def test_results_hold_the_code_and_can_be_repeated_from_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documented(here)
    small = ("--replications", "1", "--customers", "300", "--quiet")
    assert call("compare", "baseline", "cautious_points.yaml", "--worlds", "0", "--out", "a", *small) == 0
    kept = here / "a" / "resolved"
    for name in ("loyalty_points.py", "saver.py"):
        assert (kept / name).read_bytes() == (here / name).read_bytes()
    told = json.loads((here / "a" / "provenance.json").read_text())
    assert "code" not in told["scenarios"][0]
    digest = sha256((here / "saver.py").read_bytes()).hexdigest()
    assert told["scenarios"][1]["code"][1] == {"name": "saver:cautious", "sha256": digest, "file": "resolved/saver.py"}
    assert {"resolved/saver.py", "resolved/loyalty_points.py"} <= set(told["files"])
    for name in ("loyalty_points.py", "saver.py"):
        (here / name).unlink()
    assert call("run", "a/resolved/cautious_points.yaml", "--out", "b", *small) == 0
    again = json.loads((here / "b" / "provenance.json").read_text())["scenarios"][0]
    assert again["hash"] == told["scenarios"][1]["hash"] and again["code"][1]["file"] == "saver.py"
    (here / "b" / "saver.py").write_text((here / "b" / "saver.py").read_text() + "# edited\n")
    assert call("run", "b/resolved.yaml", "--out", "b", *small) == 2
    assert "holds a different run" in capsys.readouterr().err
