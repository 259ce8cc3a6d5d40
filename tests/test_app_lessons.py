"""Lessons: the shipped ones can be taught, what they say is said of the run at hand, and a slip in one is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cxsim.app.lessons import SHIPPED, Lesson, lessons, moved, paragraphs, told
from cxsim.app.library import Library
from cxsim.app.state import State
from cxsim.scenario import ScenarioError

LIBRARY = Library()
GOOD = """\
title: Ours
about: A question?
minutes: 5
arms: [baseline, mutual_siloed]
notes: What to do.
handout: 1. First? 2. Second?
steps:
  - {kind: hook, text: "Who?"}
  - {kind: predict, text: "Where?", quantity: profit}
  - {kind: play, text: Look., to: 12}
  - {kind: explain, text: So., quantity: profit, ahead: A, month: 60, if_so: A it is., if_not: A it is not.}
  - {kind: explain, text: That is all.}
  - {kind: sandbox, text: Try., move: {B.policy.requests.conceded_share: .5, world.requests.cost_to_value: .5}}
"""


def ours(folder: Path, text: str = GOOD) -> Lesson:
    (folder / "ours.yaml").write_text(text, encoding="utf-8")
    return lessons(LIBRARY, folder)["ours"]


def test_the_shipped_lessons() -> None:
    known = lessons(LIBRARY)
    assert len(known) == 5 == len(list(SHIPPED.glob("*.yaml")))
    assert sum(lesson.minutes for lesson in known.values()) == 60, "an hour"
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    rows = [f"| {lesson.minutes} | {lesson.title} | {lesson.about} |" for lesson in known.values()]
    assert "\n".join(rows) in readme, "in their order"
    for lesson in known.values():
        assert all(step.question for step in lesson.steps if step.kind in ("explain", "sandbox")), lesson.name
        kinds = [step.kind for step in lesson.steps]
        assert kinds[0] == "hook" and kinds.index("predict") < kinds.index("play") < kinds.index("explain")
        assert kinds[-1] == "sandbox"
        assert lesson.notes.startswith("Minutes.") and lesson.minutes <= 15 and len(paragraphs(lesson.handout)) >= 3


def test_a_lesson_of_ones_own_stands_beside_them(tmp_path: Path) -> None:
    lesson = ours(tmp_path)
    assert (lesson.title, lesson.arms) == ("Ours", ("baseline", "mutual_siloed"))
    assert paragraphs(lesson.handout) == ["1. First?", "2. Second?"]
    state = moved(State(lesson.arms), lesson.steps[-1])
    assert state.world == (("world.requests.cost_to_value", 0.5),)
    assert state.policies == ((), (("policy.requests.conceded_share", 0.5),))
    assert len(lessons(LIBRARY, tmp_path)) == 6


def test_what_is_said_follows_the_run(tmp_path: Path) -> None:
    step = ours(tmp_path).steps[3]
    months = [3, 60]
    assert told(step, {"profit": ([1.0, 3.0], [2.0, 2.0])}, months) == "So. A it is."
    assert told(step, {"profit": ([3.0, 1.0], [2.0, 2.0])}, months) == "So. A it is not."
    assert told(step, {"profit": ([3.0, None], [2.0, None])}, months) == "So."
    assert step.question is not None
    early = replace(step, question=replace(step.question, month=4))
    assert told(early, {"profit": ([3.0, 1.0], [2.0, 2.0])}, months) == "So. A it is."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Ours", "title: [Ours]", "ours.yaml: title: expected a text"),
        ("title: Ours\n", "", "ours.yaml: title is missing"),
        ("about:", "abut: x\nabout:", "unknown key 'abut'"),
        ("minutes: 5", "minutes: soon", "minutes: expected a whole number"),
        ("[baseline, mutual_siloed]", "[baseline]", "arms: expected two scenarios"),
        ("[baseline, mutual_siloed]", "[baseline, /etc/passwd]", "arms: expected two scenarios"),
        ("kind: hook", "kind: hok", "steps[0].kind: expected one of hook"),
        ("quantity: profit}", "quantity: joy}", "steps[1].quantity: expected one of"),
        ("to: 12", "to: 99", "steps[2].to: expected a whole number from 1 to 60"),
        (", if_not: A it is not.", "", "steps[3]: if_not is missing"),
        ("ahead: A", "ahead: C", "steps[3].ahead: expected A or B"),
        ("That is all.", "That is all., month: 3", "steps[4]: ahead is missing"),
        ("explain, text: That is all.", "customer, text: One., who: C", "steps[4].who: expected one of A, B"),
        ("explain, text: That is all.", "customer, text: One.", "steps[4]: who is missing"),
        ("conceded_share: .5", "conceded_share: 5", "steps[5].move"),
        ("conceded_share: .5", "conceded_shar: .5", "did you mean"),
        ("conceded_share: .5", "conceded_share: much", "expected a number"),
        ("B.policy", "C.policy", "begins with world., A.policy. or B.policy."),
        ("steps:", "steps: {}\nmore:", "unknown key 'more'"),
        ("notes: What", "notes: !!python/object:os.system What", "ours.yaml:"),
        ("title: Ours", "title: {", "ours.yaml:2: expected"),
    ],
)
def test_a_slip_is_named(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in GOOD
    with pytest.raises(ScenarioError) as found:
        ours(tmp_path, GOOD.replace(old, new))
    assert said in str(found.value) and "\n" not in str(found.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="there is no such folder"):
        lessons(LIBRARY, tmp_path / "none")


def test_the_lesson_in_the_documentation_can_be_taught(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "app.md").read_text(encoding="utf-8")
    lesson = ours(tmp_path, text.split("```yaml\n")[1].split("```")[0])
    assert lesson.title == "Say no early" and len(lesson.steps) == 7
