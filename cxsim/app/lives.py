"""The story of one customer of the panel, month by month, in one world: what happened, and what led to leaving."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxsim.app.people import lived, numbers
from cxsim.app.views import Numbers, plain
from cxsim.results import Runs

if TYPE_CHECKING:
    import pandas as pd

BEFORE_LEAVING = 6
"""Months before a customer leaves that are told as what led to it."""
FELT = {
    "satisfaction": "Satisfaction, months of spend",
    "entitlement": "Entitlement: belief that a request will be granted, 0 to 1",
    "trust": "Trust in what the firm says, 0 to 1",
}
"""What is drawn of a life: column -> title."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a customer; ``mark`` is a sign beside the text, since colour is never the only cue."""

    month: int
    mark: str
    text: str
    grave: bool = False


@dataclass(frozen=True)
class Life:
    """A customer's life with one company: ``felt`` are monthly, None while she is somebody else's customer."""

    number: int
    events: tuple[Event, ...]
    felt: dict[str, Numbers]
    paid: tuple[float, ...]  # money to the end of each month, extras included
    given: tuple[float, ...]  # cost to the firm of what was granted or offered instead


def life(runs: Runs, number: int) -> Life:
    """The life of a customer of the panel, by number. Raises KeyError for one who is not in it."""
    rows = lived(runs)
    rows = rows[rows["customer"] == number]
    if rows.empty:
        raise KeyError(f"no customer {number} in the panel")
    ours = (rows["served_by"].cat.codes == 0).to_numpy()
    price = runs.scenario.value("world.market.monthly_price")
    paid = ((rows["spend"] + rows["extras"]).to_numpy() * ours * price).cumsum()
    given = (rows["concession"].to_numpy() * ours * price).cumsum()
    events = tuple(event for row in rows.to_dict("records") for event in _events(row, runs.firms))
    felt = {name: plain(rows[name].where(ours).to_numpy(float)) for name in FELT}
    return Life(number, events, felt, tuple(paid.tolist()), tuple(given.tolist()))


def _events(row: dict[Any, Any], firms: tuple[str, ...]) -> Iterator[Event]:
    """What a month brought; of a month with somebody else, only the news and the move that concern us."""
    month, us = int(row["month"]), firms[0]
    if row["served_by"] == us:
        if row["told"]:
            yield Event(month, "i", "was told what can and cannot be done")
        if row["asked"]:
            yield _answer(month, row)
        if row["failed"]:
            yield Event(month, "!", _failure(row), True)
        if row["abuse"]:
            told = ", and was told that this is not accepted" if row["sanctioned"] else ", and nobody minded"
            yield Event(month, "#", f"was rude to our people{told}")
        if row["bad_news_0"]:
            yield Event(month, "\u2193", "heard a bad story about us")
        if row["good_news_0"]:
            yield Event(month, "\u2191", "heard a good story about us")
        if row["ended"]:
            yield Event(month, "\u25A1", "we ended the relationship: it cost more than it brought", True)
        elif row["left"]:
            to = f" for {row['chosen']}" if isinstance(row["chosen"], str) else ", and does without"
            yield Event(month, "\u2717", f"left us{to}", True)
    if row["joined"] and row["firm"] == us:
        yield Event(month, "\u25CF", "became our customer")


def _answer(month: int, row: dict[Any, Any]) -> Event:
    answers = {
        "granted": ("+", "and got it for nothing"),
        "charged": ("$", "and bought it as an extra"),
        "alternative": ("~", "and was offered something else that fitted"),
    }
    for name, (mark, text) in answers.items():
        if row[name]:
            return Event(month, mark, f"asked for more than agreed, {text}")
    return Event(month, "\u2212", "asked for more than agreed, and was refused", True)


def _failure(row: dict[Any, Any]) -> str:
    if row["resolved"]:
        return "something went wrong; complained, and it was put right"
    return "something went wrong; complained in vain" if row["complained"] else "something went wrong; said nothing"


def parting(runs: Runs, number: int) -> tuple[int, str] | None:
    """The month in which a customer first left us, and what led to it in words; None where she never did."""
    rows = lived(runs)
    rows = rows[rows["customer"] == number]
    gone = rows[(rows["left"] > 0) & (rows["served_by"].cat.codes == 0) & (rows["ended"] == 0)]
    if gone.empty:
        return None
    last = gone.iloc[0]
    month = int(last["month"])
    return month, " ".join(_led(rows[(rows["month"] > month - BEFORE_LEAVING) & (rows["month"] <= month)], last))


def _led(rows: pd.DataFrame, last: pd.Series) -> Iterator[str]:
    yield f"Left in month {int(last['month'])}. In the {len(rows)} months before:"
    refused = rows["asked"] - rows["granted"] - rows["charged"] - rows["alternative"]
    counted = {
        ("failure", "failures"): rows["failed"].sum(),
        ("request refused", "requests refused"): refused.sum(),
        ("request granted", "requests granted"): rows["granted"].sum(),
        ("bad story heard", "bad stories heard"): rows["bad_news_0"].sum(),
    }
    told = [f"{int(n)} {words[int(n) > 1]}" for words, n in counted.items() if n]
    yield (", ".join(told) or "nothing worth telling") + "."
    lead = float(last["lead"])
    where = "more than" if lead > 0 else "less than"
    yield (
        f"Satisfaction was {abs(lead):.2f} months of spend {where} what seemed to be had elsewhere."
        " The smaller that lead, the likelier it is to leave in a month; the month itself is luck."
    )


def chosen(runs: tuple[Runs, Runs], kind: str) -> list[int]:
    """Numbers of people: ``A`` left A only, ``B`` left B only, ``both`` left both, ``neither`` stayed with both."""
    first, second = (_found(r, "left") for r in runs)
    sent = _found(runs[0], "ended") | _found(runs[1], "ended")
    everyone = numbers(runs[0])
    picked = {
        "A": [n for n in everyone if n in first and n not in second],
        "B": [n for n in everyone if n in second and n not in first],
        "both": [n for n in everyone if n in first and n in second],
        "neither": [n for n in everyone if n not in first | second | sent and n in _ours(runs[0])],
    }
    return picked[kind]


def _found(runs: Runs, event: str) -> set[int]:
    """Numbers of those of our customers to whom it ever happened."""
    rows = lived(runs)
    gone = rows[(rows[event] > 0) & (rows["served_by"].cat.codes == 0)]
    return {int(k) for k in gone["customer"]}


def _ours(runs: Runs) -> set[int]:
    rows = lived(runs)
    return {int(k) for k in rows[rows["served_by"].cat.codes == 0]["customer"]}
