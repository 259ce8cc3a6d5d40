"""The story of one customer of the panel, month by month, in one world: what happened, and what led to leaving."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxsim.app.lives import BEFORE, Event, Life, Pair, counted, parted
from cxsim.app.people import lived, numbers
from cxsim.app.views import plain
from cxsim.results import Runs

if TYPE_CHECKING:
    import pandas as pd

FELT = {
    "satisfaction": "Satisfaction, months of spend",
    "entitlement": "Entitlement: belief that a request will be granted, 0 to 1",
    "trust": "Trust in what the firm says, 0 to 1",
}
"""What is drawn of a life: column -> title."""
KINDS = {"A": "left A, not B", "B": "left B, not A", "both": "left both", "neither": "stayed with both"}


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the panel."""

    number: int

    @property
    def title(self) -> str:
        """What she is called."""
        return f"Customer {self.number}"

    @property
    def about(self) -> str:
        """What is the same in both companies."""
        return "the same person, the same luck, two companies"

    def life(self, runs: Runs) -> Life:
        """Her life with one company. Raises KeyError for one who is not in the panel."""
        return life(runs, self.number)


def life(runs: Runs, number: int) -> Life:
    """The life of a customer of the panel, by number. Raises KeyError for one who is not in it."""
    rows = lived(runs)
    rows = rows[rows["customer"] == number]
    if rows.empty:
        raise KeyError(f"no customer {number} in the panel")
    ours = (rows["served_by"].cat.codes == 0).to_numpy()
    with_us = rows["firm"].cat.codes == 0  # what is felt at a month's end is of the firm that she has by then
    price, currency = runs.scenario.value("world.market.monthly_price"), runs.scenario.currency
    paid = ((rows["spend"] + rows["extras"]).to_numpy() * ours * price).cumsum()
    given = (rows["concession"].to_numpy() * ours * price).cumsum()
    sums = [f"Paid {currency} {a:,.0f}; favours cost {currency} {b:,.0f}." for a, b in zip(paid, given, strict=True)]
    return Life(
        tuple(event for row in rows.to_dict("records") for event in _events(row, runs.firms)),
        {title: plain(rows[name].where(with_us).to_numpy(float)) for name, title in FELT.items()},
        tuple(sums),
        tuple(_partings(rows)),
    )


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
    what = "what she had said got lost between silos" if row["lost"] else "something went wrong"
    if row["resolved"]:
        return f"{what}; complained, and it was put right"
    return f"{what}; complained in vain" if row["complained"] else f"{what}; said nothing"


def _partings(rows: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Each month in which she left us, and what led to it: what she lived through with us, nobody else."""
    ours = rows[rows["served_by"].cat.codes == 0]
    gone = ours[(ours["left"] > 0) & (ours["ended"] == 0)]
    for _, last in gone.iterrows():
        month = int(last["month"])
        yield month, " ".join(_led(ours[(ours["month"] > month - BEFORE) & (ours["month"] <= month)], last))


def _led(rows: pd.DataFrame, last: pd.Series) -> Iterator[str]:
    yield f"Left in month {int(last['month'])}. In the {counted(len(rows), 'month', 'months')} before:"
    refused = rows["asked"] - rows["granted"] - rows["charged"] - rows["alternative"]
    happened = {
        ("failure", "failures"): rows["failed"].sum(),
        ("request refused", "requests refused"): refused.sum(),
        ("request granted", "requests granted"): rows["granted"].sum(),
        ("bad story heard", "bad stories heard"): rows["bad_news_0"].sum(),
    }
    told = [counted(n, *words) for words, n in happened.items() if n]
    yield (", ".join(told) or "nothing worth telling") + "."
    lead = float(last["lead"])
    where = "more than" if lead > 0 else "less than"
    yield (
        f"Satisfaction was {abs(lead):.2f} months of spend {where} what seemed to be had elsewhere."
        " The smaller that lead, the likelier it is to leave in a month; the month itself is luck."
    )


def chosen(pair: Pair) -> dict[str, list[Customer]]:
    """Customers of the panel by whom they left; those whom a firm sent away have not stayed.

    First come those who were with both firms for long, and last those whom one of them sent away: the longer both lives
    are, the more there is to compare.
    """
    first, second = (_found(runs, "left") for runs in pair)
    sent = _found(pair[0], "ended") | _found(pair[1], "ended")
    a, b = (_months(runs) for runs in pair)
    told = sorted(numbers(pair[0]), key=lambda n: (n in sent, -min(a.get(n, 0), b.get(n, 0)), n))
    found = parted(told, first, second, set(a) - sent)
    return {kind: [Customer(number) for number in who] for kind, who in found.items()}


def _found(runs: Runs, event: str) -> set[int]:
    """Numbers of those of our customers to whom it ever happened."""
    rows = lived(runs)
    gone = rows[(rows[event] > 0) & (rows["served_by"].cat.codes == 0)]
    return {int(k) for k in gone["customer"]}


def _months(runs: Runs) -> dict[int, int]:
    """Months that each of our customers was with us."""
    rows = lived(runs)
    return Counter(rows[rows["firm"].cat.codes == 0]["customer"].astype(int).tolist())
