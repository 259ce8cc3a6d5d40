"""Scenarios: every kind of bad input gives one clear line; what is good survives the way to YAML and back."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cxsim import scenario_files
from cxsim.describe import describe, describe_data
from cxsim.scenario import Change, Rival, Scenario, ScenarioError, load, shipped
from scenario_samples import BAD, GROUPS


def write(folder: Path, **files: str) -> None:
    """Write ``name='text'`` as ``name.yaml``; a double underscore in a name stands for a folder."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder, with a folder of shipped scenarios elsewhere."""
    root = tmp_path / "shipped"
    part = "policy: {requests: {conceded_share: .2}}\n"
    write(root, baseline="title: Baseline\ncustomers: 500\n", parts__mutual=part)
    monkeypatch.setattr(scenario_files, "shipped_folder", lambda name: root)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def read(text: str) -> Scenario:
    return Scenario.from_yaml(text, "x", groups=GROUPS)


def message(call, *args) -> str:
    with pytest.raises(ScenarioError) as caught:
        call(*args)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("text", "expected"), BAD, ids=lambda v: str(v)[:40])
def test_bad_input_gives_one_exact_line(here, text, expected):
    said = message(read, text)
    assert said.startswith("<x>")
    if expected is not None:
        colon = ": " if expected == "is empty" else ":"
        assert said == f"<x>{colon}{expected}"


def test_bad_files(here):
    write(here, mine="title: A\n")
    (here / "latin").write_bytes(b"title: A\n# caf\xe9\n")
    (here / "wide").write_bytes("title: A\n".encode("utf-16"))
    (here / "huge").write_bytes(b"#" * (1 << 20) + b"\n")
    (here / "bom.yaml").write_bytes(b"\xef\xbb\xbftitle: Mine\r\ncustomers: 7\r\n")
    assert message(load, ".", GROUPS) == ".: is a folder; name a file in it"
    assert message(load, "latin", GROUPS) == "latin:2: is not UTF-8 text; save the file as UTF-8"
    assert message(load, "wide", GROUPS).endswith("is not UTF-8 text; save the file as UTF-8")
    assert message(load, "huge", GROUPS) == "huge: is larger than 1024 KiB; is it a scenario?"
    missing = "no such file or shipped scenario"
    assert message(load, "basline", GROUPS) == f"basline: {missing}; did you mean 'baseline'?"
    assert (load("mine", GROUPS).name, load("mine", GROUPS).origin["title"]) == ("mine", "mine.yaml:1")
    assert message(load, "mime.yaml", GROUPS) == f"mime.yaml: {missing}; did you mean 'mine.yaml'?"
    assert message(load, "scenarios/baseline.yaml", GROUPS).endswith("did you mean 'baseline'?")
    assert message(load, "mutual", GROUPS).endswith("did you mean 'parts/mutual'?")
    assert message(load, "", GROUPS) == "no scenario named; cxsim list shows the shipped ones"
    for odd in ("a\0b", "n" * 5000):
        message(load, odd, GROUPS)
    assert load(here / "bom.yaml", GROUPS).customers == 7


@pytest.mark.parametrize(
    ("written", "value"),
    [("1e5", 1e5), ("+5", 5), ("5.", 5), (".5e3", 500), ("2E+3", 2000), ("0.25", 0.25), ("1000000", 1e6)],
)
def test_numbers(written, value):
    got = read(f"world: {{market: {{monthly_price: {written}}}}}").world["market"]["monthly_price"]
    assert got == value
    assert type(got) is float


def test_defaults():
    s = Scenario.default(GROUPS)
    assert (s.customers, s.employees, s.horizon_months) == (2000, 40, 60)
    assert (s.replications, s.steps_per_month) == (20, 1)
    assert s.firms == (s.title, "Rival")
    assert s.rivals[0].policy == s.policy == {
        "requests": {"conceded_share": 0.3, "authority_limit": 1.0}, "silos": {"n_meetings": 2.0}
    }  # fmt: skip
    assert set(s.origin.values()) == {"default"}
    assert s == read("title: defaults")
    assert read("rivals: []").rivals == ()


def test_files_extend_each_other(here):
    write(
        here,
        child="extends: [baseline, parts/mutual, near]\ntitle: Child\n"
        "world: {requests: {out_of_scope_rate: .5}}\n",
        near="policy:\n  silos:\n    n_meetings: 7\n"
        "timeline: [{month: 2, policy: {silos: {n_meetings: 1}}}]\n",
        grandchild="extends: child\nquestion: Why?\ntimeline: []\n",
    )
    s = load("child.yaml", GROUPS)
    assert (s.name, s.title, s.customers) == ("child", "Child", 500)
    assert s.value("policy.requests.conceded_share") == 0.2
    assert s.value("policy.silos.n_meetings") == 7
    assert s.origin["policy.silos.n_meetings"] == "near.yaml:3"
    assert s.origin["world.requests.out_of_scope_rate"] == "child.yaml:3"
    assert s.origin["customers"] == "cxsim/scenarios/baseline.yaml:2"
    assert s.origin["policy.requests.authority_limit"] == "default"
    assert s.origin["timeline[0].policy.silos.n_meetings"] == "near.yaml:4"
    last = load(here / "grandchild.yaml", GROUPS)
    assert (last.title, last.question, last.timeline) == ("grandchild", "Why?", ())


def test_bases_are_looked_up_beside_the_file_not_in_the_working_folder(here):
    write(here, sub__child="extends: base\n", sub__base="customers: 77\n")
    write(here, sub__baseline="extends: baseline\n")
    assert load("sub/child.yaml", GROUPS).customers == 77
    assert load("sub/child.yaml", GROUPS).origin["customers"] == "sub/base.yaml:1"
    assert load("sub/baseline.yaml", GROUPS).customers == 500  # one's own file of a shipped name


def test_clash_between_bases(here):
    write(here, a="title: A\ncustomers: 5\n", b="title: B\n\ncustomers: 6\n", open="extends: [a, b]\n",
          closed="extends: [a, b]\ncustomers: 7\n", same="customers: 5\n",
          agree="extends: [a, same]\n")  # fmt: skip
    assert message(load, "open.yaml", GROUPS) == (
        "b.yaml:3: customers: two bases disagree: 6 here, but 5 in a.yaml:2; "
        "set it in the file that extends both"
    )
    assert load("closed.yaml", GROUPS).customers == 7
    assert load("closed.yaml", GROUPS).title == "closed"
    assert load("agree.yaml", GROUPS).customers == 5


def test_a_change_of_a_shared_ancestor_is_no_clash(here):
    write(here, root="customers: 5\n", left="extends: root\ncustomers: 6\n", right="extends: root\n",
          one="extends: [left, right]\n", two="extends: [right, left]\n",
          other="extends: root\ncustomers: 8\n",
          three="extends: [right, left, root, other]\n", back="extends: left\ncustomers: 5\n",
          four="extends: [left, back]\n")  # fmt: skip
    assert load("one.yaml", GROUPS).customers == load("two.yaml", GROUPS).customers == 6
    assert "6 in left.yaml:2" in message(load, "three.yaml", GROUPS)
    assert load("four.yaml", GROUPS).customers == 5


def test_lists_clash_and_are_replaced(here):
    write(here, a="rivals: [{title: A}]\n", b="rivals: [{title: B}]\n", same="\nrivals:\n- title: A\n",
          x="extends: [a, b]\n", y="extends: [a, same]\n", z="extends: [a, b]\nrivals: []\n")  # fmt: skip
    assert "rivals: two bases disagree: a list of 1 here" in message(load, "x.yaml", GROUPS)
    assert load("y.yaml", GROUPS).firms == ("y", "A")
    assert load("z.yaml", GROUPS).rivals == ()


def test_cycles(here):
    write(here, a="extends: b\n", b="title: B\nextends: [c]\n", c="extends: ./b.yaml\n", me="extends: me\n")
    assert message(load, "a.yaml", GROUPS) == "c.yaml:1: extends: a cycle: b.yaml -> c.yaml -> b.yaml"
    assert message(load, "me.yaml", GROUPS) == "me.yaml:1: extends: a cycle: me.yaml -> me.yaml"
    for i in range(40):
        write(here, **{f"n{i}": f"extends: n{i + 1}\n"})
    assert "more than 32 files" in message(load, "n0.yaml", GROUPS)


def test_many_paths_to_one_base_are_read_once(here):
    write(here, n0="customers: 9\n")
    for i in range(1, 25):
        write(here, **{f"n{i}": f"extends: [n{i - 1}, n{i - 1}]\n"})
    assert load("n24.yaml", GROUPS).customers == 9


def test_rivals_extend_scenarios_and_the_focal_firm(here):
    write(here, a="""
policy: {silos: {n_meetings: 9}}
rivals:
  - {title: Mutual, extends: parts/mutual, policy: {requests: {authority_limit: 3}}}
  - {title: Twin, extends: focal, policy: {requests: {conceded_share: .9}}}
  - {title: Own past, extends: a}
  - {title: Plain}
""")  # fmt: skip
    s = load("a.yaml", GROUPS)
    mutual, twin, past, plain = (r.policy for r in s.rivals)
    assert mutual == {"requests": {"conceded_share": 0.2, "authority_limit": 3}, "silos": {"n_meetings": 2}}
    assert twin == {"requests": {"conceded_share": 0.9, "authority_limit": 1}, "silos": {"n_meetings": 9}}
    assert past == s.policy
    assert plain["silos"]["n_meetings"] == 2
    assert s.origin["rivals[1].policy.silos.n_meetings"] == "a.yaml:2"
    assert s.origin["rivals[3].policy.silos.n_meetings"] == "default"


def test_schedule():
    s = read("""
horizon_months: 20
timeline:
  - {month: 19, over_months: 4, firm: Rival, policy: {silos: {n_meetings: 8}}}
  - {month: 13, over_months: 6, policy: {requests: {conceded_share: .9}}}
  - {month: 2, world: {market: {monthly_price: 50}}, policy: {requests: {conceded_share: .6}}}
""")
    steps = s.schedule()
    assert steps[:2] == [
        (2, "policy", 0, "requests", "conceded_share", 0.6),
        (2, "world", None, "market", "monthly_price", 50),
    ]
    ramp = [step for step in steps if step.month > 2 and step.firm == 0]
    assert [step.month for step in ramp] == [13, 14, 15, 16, 17, 18]
    assert [step.value for step in ramp] == pytest.approx([0.65, 0.7, 0.75, 0.8, 0.85, 0.9])
    assert ramp[-1].value == 0.9
    rounded = [(step.month, step.value) for step in steps if step.firm == 1]
    assert rounded == [(19, 4), (20, 5)]  # 3.5 and 5, rounded; the rest lies beyond the horizon
    assert steps == sorted(steps, key=lambda step: step.month)


def test_adjoining_changes_of_different_firms_do_not_contradict():
    s = read("""
timeline:
  - {month: 3, over_months: 6, policy: {silos: {n_meetings: 1}}}
  - {month: 9, policy: {silos: {n_meetings: 4}}}
  - {month: 5, firm: Rival, policy: {silos: {n_meetings: 4}}}
""")
    assert len(s.timeline) == 3


def test_replace():
    s = Scenario.default(GROUPS)
    t = s.replace("policy.requests.conceded_share", 0.5, "customers", 10, "title", "New")
    assert (t.policy["requests"]["conceded_share"], t.customers, t.title) == (0.5, 10, "New")
    assert (s.customers, t.origin["customers"]) == (2000, "replace()")
    assert t.rivals[0].policy["requests"]["conceded_share"] == 0.3
    u = s.replace("rivals[0].policy.silos.n_meetings", 4)
    assert (u.rivals[0].policy["silos"]["n_meetings"], u.policy["silos"]["n_meetings"]) == (4, 2)
    v = s.replace("rivals", [Rival("B", {"silos": {"n_meetings": 5}})])
    assert v.rivals[0].policy["requests"] == s.policy["requests"]
    w = s.replace("timeline", [Change(3, policy={"silos": {"n_meetings": 5}})])
    assert w.schedule() == [(3, "policy", 0, "silos", "n_meetings", 5)]
    assert s.replace("question", "Why?").replace("question", "") == s


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("policy.requests.conceded_share", 2,
         "policy.requests.conceded_share: 2 is outside 0..1 share; for 2 % write .02"),
        ("policy.requests.conceded", 1, "policy.requests: unknown key 'conceded'; did you mean 'conceded_share'?"),
        ("policy.request.conceded_share", 1, "policy: unknown key 'request'; did you mean 'requests'?"),
        ("policy.requests", 1, None),
        ("customer", 5, "unknown key 'customer'; did you mean 'customers'?"),
        ("customers", True, "customers: expected a number (customers), got 'True' (bool)"),
        ("customers", "5", "customers: expected a number (customers), got '5' (str)"),
        ("customers", float("nan"), "customers: NaN is not a number that can be used"),
        ("customers", 10**400, "customers: is outside 1..20000000 customers"),
        ("policy.silos.n_meetings", 1.5, "policy.silos.n_meetings: 1.5 is not a whole number (per month)"),
        ("rivals[1].policy.silos.n_meetings", 1, None),
        ("rivals", "abc", "rivals: expected a list of Rival objects"),
        ("title", "", "title: is empty"),
        ("timeline", [Change(61, policy={"silos": {"n_meetings": 5}})],
         "timeline[0].month: 61 is outside the horizon 1..60 months"),
        ("timeline", [Change(6, firm=2, policy={"silos": {"n_meetings": 5}})],
         "timeline[0].firm: there is no firm 2; 0 is the focal firm"),
        ("timeline", [Change(6, policy={"silos": {"n_meeting": 5}})],
         "policy.silos: unknown key 'n_meeting'; did you mean 'n_meetings'?"),
    ],
)  # fmt: skip
def test_replace_refuses(path, value, expected):
    said = message(Scenario.default(GROUPS).replace, path, value)
    assert expected is None or said == expected


def test_replacing_the_horizon_or_the_rivals_checks_the_timeline():
    s = read("timeline:\n  - {month: 20, firm: Rival, policy: {silos: {n_meetings: 1}}}\n")
    assert "outside the horizon 1..12" in message(s.replace, "horizon_months", 12)
    assert "there is no firm 1" in message(s.replace, "rivals", [])


def test_hash_covers_what_can_change_results_and_no_labels():
    s = Scenario.default(GROUPS)
    assert len(s.hash) == 12
    for path, value in [("title", "Z"), ("question", "?"), ("description", "D"), ("currency", "JPY")]:
        assert s.replace(path, value).hash == s.hash
        assert s.replace(path, value) != s
    assert s.replace("rivals", [Rival("Other", {})]).hash == s.hash
    change = [Change(3, policy={"silos": {"n_meetings": 5}})]
    others = [("customers", 3), ("employees", 5), ("horizon_months", 3), ("replications", 3),
              ("steps_per_month", 2), ("world.market.monthly_price", 3), ("policy.silos.n_meetings", 3),
              ("rivals", []), ("timeline", change), ("rivals[0].policy.silos.n_meetings", 3)]  # fmt: skip
    hashes = {s.hash, *(s.replace(path, value).hash for path, value in others)}
    assert len(hashes) == len(others) + 1
    assert read("policy: {requests: {conceded_share: -0.0}}").hash == read(
        "policy: {requests: {conceded_share: 0}}").hash  # fmt: skip


def test_copies(here):
    s = load("baseline", GROUPS)
    for other in (pickle.loads(pickle.dumps(s)), copy.deepcopy(s), copy.copy(s)):
        assert other == s
        assert (other.hash, hash(other), other.origin, other.name) == (s.hash, hash(s), s.origin, s.name)
    with pytest.raises(AttributeError):
        s.customers = 3
    with pytest.raises(TypeError):
        s.policy["silos"]["n_meetings"] = 3


texts = st.text(min_size=1, max_size=30).map(
    lambda t: "".join(c for c in t if c.isprintable()).strip() or 'a "b" \\ é 😀: #'
)
shares = st.floats(0, 1)
changes = st.builds(
    lambda month, over, firm, share, price: Change(
        month, over, firm, {"market": {"monthly_price": price}}, {"requests": {"conceded_share": share}}
    ),
    st.integers(1, 60), st.integers(0, 30), st.integers(0, 2), shares, st.floats(0.01, 1e6),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(texts, texts, st.integers(1, 20_000_000), shares, st.integers(0, 20), st.lists(changes, max_size=1))
def test_round_trip(title, text, customers, share, meetings, timeline):
    s = Scenario.default(GROUPS).replace(
        "rivals", [Rival("A", {"silos": {"n_meetings": meetings}}), Rival("no", {})],
        "title", title, "description", f"{text}\n\n  {text}: #1\n{title}", "question", text,
        "customers", customers, "policy.requests.conceded_share", share, "timeline", timeline,
    )  # fmt: skip
    again = read(s.to_yaml())
    assert again == s
    assert again.hash == s.hash
    assert again.to_yaml() == s.to_yaml()
    assert again.schedule() == s.schedule()


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(":-[]{}#&*!|>'\"%@ \n?,a1.\\Ux0", max_size=40)))
def test_no_text_gives_anything_but_a_scenario_or_one_line(text):
    said = ""
    try:
        Scenario.from_yaml(text, "x", GROUPS)
    except ScenarioError as error:
        said = str(error)
    assert not said or said.isprintable()


def test_other_yaml_readers_read_the_resolved_scenario_alike():
    s = read("title: 'yes'\ncurrency: 'no'\ntimeline: [{month: 2, policy: {silos: {n_meetings: 1}}}]")
    text = s.to_yaml()
    assert yaml.safe_load(text) == s.as_dict()
    assert "conceded_share: 0.3  # share" in text


def test_describe(here):
    write(here, a="extends: baseline\nquestion: Why?\n"
          "rivals: [{title: B, policy: {silos: {n_meetings: 9}}}]\n"
          "timeline: [{month: 3, over_months: 4, policy: {silos: {n_meetings: 1}}}]\n")  # fmt: skip
    s = load("a.yaml", GROUPS)
    text = describe(s)
    assert max(len(line) for line in text.splitlines()) <= 100
    for part in ("Why?", s.hash, "0..1", "Dunn 2004", "[default]", "[cxsim/scenarios/baseline.yaml:2]",
                 "(focal 2)", "months 3..6, linear: policy.silos.n_meetings -> 1 per month"):  # fmt: skip
        assert part in text
    data = describe_data(s)
    by_path = {entry["path"]: entry for entry in data["values"]}
    assert by_path["customers"]["set_by"] == "cxsim/scenarios/baseline.yaml:2"
    assert by_path["policy.requests.conceded_share"]["source"] == "Dunn 2004"
    assert data["rivals"][0]["values"][-1]["path"] == "rivals[0].policy.silos.n_meetings"
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_shipped(here):
    assert list(shipped()) == ["baseline"]
    assert list(shipped(parts=True)) == ["baseline", "parts/mutual"]
    assert load("parts/mutual", GROUPS).title == "mutual"
    assert load("baseline", GROUPS).name == "baseline"


def test_an_installed_package_finds_its_own_scenarios(tmp_path):
    source = Path(scenario_files.__file__).parent
    write(tmp_path, site__cxsim__scenarios__baseline="customers: 5\n")
    for module in source.glob("*.py"):
        (tmp_path / "site" / "cxsim" / module.name).write_bytes(module.read_bytes())
    heavy = {"numpy", "pandas", "pydantic", "yaml", "numba", "mesa"}
    code = f"""import sys; sys.path.insert(0, {str(tmp_path / "site")!r})
from cxsim.scenario import shipped
print(*shipped().values(), *({heavy} & set(sys.modules)))"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = tmp_path / "site" / "cxsim" / "scenarios" / "baseline.yaml"
    assert done.stdout.strip() == str(found.resolve())  # and importing it brings nothing heavy
