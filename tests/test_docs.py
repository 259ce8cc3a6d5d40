"""The documentation is what the code says: generated pages are current, links and paths lead somewhere."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from cxsim.parameters import Group

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)  # blocks and spans of code
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE_PATH = re.compile(r"`((?:cxsim|tests|docs|scenarios)/[\w./]*)`")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    return importlib.import_module("generate")


def anchors(page: Path) -> set[str]:
    """Anchors that a renderer makes of the headings: lower case, marks dropped, spaces as hyphens."""
    headings = HEADING.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def links(page: Path) -> Iterator[str]:
    """Links of a page to places within the repository, those in code left out."""
    for target in LINK.findall(FENCED.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            yield target


def test_generated_pages_are_current(generate: ModuleType) -> None:
    stale = [p for p in generate.PAGES if generate.render(p) != (DOCS / p).read_text(encoding="utf-8")]
    assert not stale, "run: python docs/generate.py"


def test_a_stale_page_is_found_and_rewritten(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "HERE", tmp_path)
    (tmp_path / "model.md").write_text("old", encoding="utf-8")
    assert generate.main(["--check"]) == 1
    assert "model.md" in capsys.readouterr().err
    assert (tmp_path / "model.md").read_text(encoding="utf-8") == "old", "checking writes nothing"
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_every_generator_is_used_and_every_mark_answered(generate: ModuleType) -> None:
    templates = [(generate.TEMPLATES / page).read_text(encoding="utf-8") for page in generate.PAGES]
    marks = [mark for template in templates for mark in generate.MARK.findall(template)]
    assert set(marks) == set(generate.GENERATORS)
    assert not [page for page in generate.PAGES if "<!-- generate:" in generate.render(page)]


def test_model_has_the_seven_elements_and_eleven_concepts() -> None:
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    elements = (
        "Purpose and patterns", "Entities, state variables, and scales", "Process overview and scheduling",
        "Design concepts", "Initialization", "Input data", "Submodels",
    )  # fmt: skip
    places = [text.index(f"## {k}. {name}\n") for k, name in enumerate(elements, 1)]
    assert places == sorted(places)
    concepts = (
        "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction",
        "Stochasticity", "Collectives", "Observation",
    )  # fmt: skip
    within = text[places[3] : places[4]]
    assert [c for c in concepts if f"**{c}.**" not in within] == []


def test_every_step_has_its_place_in_the_month() -> None:
    """Whatever a mechanism lets run stands in the schedule, but for what another step of its file is made of."""
    from cxsim.engine.kernels import Kernel
    from cxsim.mechanisms import MODULES, tally

    text = (DOCS / "model.md").read_text(encoding="utf-8")
    schedule = text[text.index("## 3. ") : text.index("## 4. ")]
    steps = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in (*MODULES, tally)
        for name, kernel in vars(module).items()
        if isinstance(kernel, Kernel) and kernel.__module__ == module.__name__ and not name.startswith("_")
    }
    assert {name for name in steps if f"`{name}`" not in schedule} == {"work.erode"}
    assert "|  |\n" not in schedule, "a stage of which nothing is said"


def test_steps_that_the_description_of_the_model_names_exist() -> None:
    from cxsim.mechanisms import MODULES, tally

    modules = {module.__name__.rpartition(".")[2]: module for module in (*MODULES, tally)}
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    named = {(owner, name) for owner, name in re.findall(r"`(\w+)\.(\w+)`", text) if owner in modules}
    levers = {(g.heading, p.name) for module in MODULES for g in vars(module).values() if isinstance(g, Group)
              for p in g.parameters}  # fmt: skip
    assert [one for one in named - levers if not hasattr(modules[one[0]], one[1])] == []
    assert len(named - levers) > 40


def test_every_parameter_and_measure_is_documented() -> None:
    from cxsim.measures import MEASURES
    from cxsim.mechanisms import GROUPS

    parameters = (DOCS / "parameters.md").read_text(encoding="utf-8")
    model = (DOCS / "model.md").read_text(encoding="utf-8")
    for path in (g.path(p) for g in GROUPS for p in g.parameters):
        assert f"`{path}`" in parameters
        assert f"`{path}`" in model
    measures = (DOCS / "measures.md").read_text(encoding="utf-8")
    assert [name for name in MEASURES if f"`{name}`" not in measures] == []


def test_the_square_was_drawn_from_the_ranges_of_today() -> None:
    from cxsim.scenario import load
    from cxsim.worlds import ranges_hash

    arms = [load(f"{a}_{b}") for a in ("doormat", "mutual") for b in ("siloed", "cross_functional")]
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- square {ranges_hash(arms)} -->" in page, "run: python docs/square.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        if not place.exists() or (anchor and place.suffix == ".md" and anchor not in anchors(place)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_paths_in_code_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda p: p.name)
def test_tables_are_whole(page: Path) -> None:
    width = 0
    for k, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not (width and cells) or cells == width, f"{page.name}:{k}"
        width = cells
