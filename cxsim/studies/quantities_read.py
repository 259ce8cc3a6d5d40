"""From a file to readings: a measure, and the year or financial period in which it is taken."""

from __future__ import annotations

from collections.abc import Sequence

from cxsim.measures import QUARTER, YEAR
from cxsim.parameters import Parameter
from cxsim.scenario_check import number, one_of, only
from cxsim.studies.quantities import QUANTITIES, Moment, Reading, by_quarter
from cxsim.yaml_source import Table, fail

WHEN = ("year", "quarter", "since_year", "since_quarter")
_PERIOD = Parameter("period", 1, "periods", 1, 200, "choice", "a year or a financial period", integer=True)


def reading(below: Table, path: str, months: int, keys: Sequence[str] = ("measure", *WHEN)) -> Reading:
    """The reading that a mapping of ``keys`` describes, of runs of so many months. Raises ScenarioError."""
    only(below, keys, path)
    if "measure" not in below.entries:
        fail(below.where, path, "has no 'measure'")
    return reading_of(one_of(below.entries["measure"], f"{path}.measure", QUANTITIES), below, path, months)


def reading_of(measure: str, below: Table, path: str, months: int) -> Reading:
    """The reading of a measure when a mapping says. Raises ScenarioError."""
    at, since = _moment(below, path, "", measure, months), _moment(below, path, "since_", measure, months)
    if at and since and (at.kind != since.kind or since.months >= at.months):
        fail(below.where, path, f"{since} does not come before {at}")
    if since and not at:
        fail(below.where, path, f"'since_{since.kind}' goes with {since.kind!r}")
    return Reading(measure, at, since)


def _moment(below: Table, path: str, prefix: str, measure: str, months: int) -> Moment | None:
    named = [k for k in ("year", "quarter") if prefix + k in below.entries]
    if len(named) > 1:
        fail(below.where, path, f"either '{prefix}year' or '{prefix}quarter', not both")
    if not named:
        return None
    key = prefix + named[0]
    node = below.entries[key]
    found = int(number(node, f"{path}.{key}", _PERIOD))
    moment = Moment("year", found) if named[0] == "year" else Moment("quarter", found)
    if moment.months > months:
        most = months // (YEAR if moment.kind == "year" else QUARTER)
        fail(node.where, f"{path}.{key}", f"{found} is beyond the horizon; the last is {most}")
    if moment.kind == "quarter" and not by_quarter(measure):
        fail(node.where, f"{path}.{key}", f"{measure} is not there by quarter; name a year")
    if moment.months < months and QUANTITIES[measure].at_end:
        fail(node.where, f"{path}.{key}", f"{measure} is there at the end of a run only")
    return moment
