"""Mechanisms of a researcher's own for tests, as classes and as files."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np

from cxsim import Column, FirmView, Mechanism, Parameter, policy, world
from cxsim.engine.columns import Array
from cxsim.own_month import Block, Parameters
from pages import blocks


class Grudge(Mechanism):
    """Failures add up to a grudge, which wears off and weighs on satisfaction; now and then one is forgiven."""

    WORLD = world(
        "grudge",
        Parameter("weight", 0.1, "months of spend", 0, 1, "assumption: a test", "what a grudge takes", range=(0, 0.5)),
        Parameter("forgiving_prob", 0.05, "per month", 0, 1, "assumption: a test", "chance that all is forgiven"),
    )
    POLICY = policy(
        "grudge",
        Parameter("amends_share", 0, "share", 0, 1, "lever: a test", "grudge made good", "pleases", "takes time"),
    )
    COLUMNS = (Column("grudge", "state", "f4", "failures", "failures held against the firm", 0, 1000),)
    WRITES = ("satisfaction",)
    DRAWS = 2
    AFTER = "loyalty.satisfy"

    def month(self, c: Block, luck: Array, world: Parameters, policy: Parameters) -> None:
        w, amends = world.grudge, c.of_firm(policy.grudge.amends_share)
        c.grudge = (c.grudge + c.failed) * (1 - amends)
        c.grudge[luck[1] < w.forgiving_prob * world.dt] = 0
        c.satisfaction = np.maximum(c.satisfaction - w.weight * c.grudge, -9)


class Diary(Mechanism):
    """Keeps what it saw, and changes nothing."""

    COLUMNS = (
        Column("first_draw", "state", "f4", "0 to 1", "the first draw of the month", 0, 1),
        Column("fourth_draw", "state", "f4", "0 to 1", "the fourth draw of the month", 0, 1),
        Column("lever", "state", "f4", "share", "conceded share of the firm that serves", 0, 1),
        Column("months", "state", "f4", "months", "time lived", 0),
    )
    DRAWS = 5
    AFTER = "journey.travel"

    def month(self, c: Block, luck: Array, world: Parameters, policy: Parameters) -> None:
        c.first_draw, c.fourth_draw = luck[0], luck[3]
        c.lever = c.of_firm(policy.requests.conceded_share)
        c.months += world.dt


class Echo(Mechanism):
    """Reads what Grudge has just left, at the same place in the month."""

    COLUMNS = (Column("echo", "state", "f4", "failures", "the grudge", 0),)
    AFTER = "loyalty.satisfy"

    def month(self, c: Block, luck: Array, world: Parameters, policy: Parameters) -> None:
        c.echo[:] = c.grudge


def generous(firm: FirmView) -> dict[str, float]:
    """A tenth more each quarter, up to all."""
    return {"requests.conceded_share": min(firm.levers["requests.conceded_share"] + 0.1, 1)}


def idle(firm: FirmView) -> dict[str, float]:
    return {}


DECLARED = {
    "WORLD": 'world("thing", Parameter("effect", 1, "ratio", 0, 5, "assumption: a test", "what it does"))',
    "POLICY": "None",
    "COLUMNS": '(Column("tally", "state", "f4", "points", "a count", 0, 10),)',
    "WRITES": '("trust",)',
    "DRAWS": "1",
    "AFTER": '"loyalty.satisfy"',
}


def thing(folder: Path, month: str = "pass", name: str = "thing", **declared: str) -> Path:
    """Write a file with a class ``Thing`` whose month is as given, and whose declarations are usual but for some."""
    head = "import numpy as np\n\nfrom cxsim import Column, Mechanism, Parameter, policy, world\n\n\n"
    lines = [f"{key} = {value}" for key, value in (DECLARED | declared).items()]
    body = ["class Thing(Mechanism):", *(f"    {line}" for line in lines), ""]
    body += ["    def month(self, c, luck, world, policy):", textwrap.indent(month, "        ")]
    file = folder / f"{name}.py"
    file.write_text(head + "\n".join(body) + "\n", encoding="utf-8")
    return file


def documented(folder: Path) -> Path:
    """Write the files of docs/add_a_mechanism.md and return the folder."""
    for mark, _, text in blocks("docs/add_a_mechanism.md"):
        if mark.startswith("file: "):
            (folder / mark.removeprefix("file: ")).write_text(text, encoding="utf-8")
    return folder
