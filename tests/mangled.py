"""Valid scenario files with something done to them, for the tests that read whatever comes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import yaml
from hypothesis import strategies as st

from cxsim.scenario import shipped
from cxsim.scenario_template import template
from pages import blocks

PAGES = ("README.md", "docs/scenario_files.md", "docs/add_a_mechanism.md")
_BLOCKS = [block for page in PAGES for block in blocks(page)]
OWN = {mark.removeprefix("file: "): text for mark, kind, text in _BLOCKS if mark.endswith(".py")}
"""Files with code that some of the sources use, by name."""


def _sources() -> list[str]:
    """Texts that can be read: shipped files, the file to start from, what the documentation shows."""
    found = [path.read_text(encoding="utf-8") for path in shipped(parts=True).values()]
    found += [template(), re.sub(r"(?m)^#(?!#)", "", template())]
    found += [text for _, kind, text in _BLOCKS if kind == "yaml"]
    found += ["title: A\nrivals: []\n", "{title: A, policy: {requests: {conceded_share: 1}}}\n"]
    return [re.sub(r"(?m)^extends: (\[?)(\w*), demanding", r"extends: \1\2", text) for text in found]


SOURCES = _sources()
NUMBERS = (
    "0", "1", "-1", "-0", ".5", "5.", "1.", "+3", "007", "0x10", "0o17", "1e3", "1e-320", "1e308", "1e309",
    "-1e999", "1_000", "1,5", "1.000,5", "12 %", "12%", "%", "1/3", "1:30", "٣", "½", "²", "Ⅷ", "１２", "∞", "NaN",
    "nan", ".nan", ".inf", "-.INF", "9" * 30, "9" * 401, "." * 5, "0." + "0" * 400 + "1", "1e" + "9" * 30, "1 000",
    "1'000", "EUR 5", "5 EUR", "5h", "12 months", "2024-01-01", "true", "yes", "off", "null", "~", "", "''", '""',
    "!!int 3", "!!float .3", "!!str 3", "!x 3", "=", "<<",
)  # fmt: skip
TEXTS = (
    "a", "'it''s'", '"a\\tb"', '"a\\nb"', '"\\x00"', '"\\ud800"', '"\\U0001F600"', '"\\Uffffffff"', '"\\e[31m"',
    "é", "𝒳", "值", "\u202eabc", "a\u0301", "\u00a0", "\u2028", "\ufeff", "\x85", "\x00", "\x07", "\t", "\x7f",
    "\ud800", "\ue000", "a" * 81, "a" * 500, "|\n  a\n  b", ">-\n  a\n\n  b", "focal", "Focal", "FOCAL ", "Rival",
    "baseline", "parts/mutual", "nowhere", "../x", "/", "~", ".", "..", "C:\\x", "a\\b", "con", "http://x/y",
    "a: b", "a #b", "#", "- a", "? a", "@", "`", "%", "&a x", "*a", "[", "]", "{", "}", "{}", "[]", "[[]]",
    "{a: 1}", "[1, 2]", "{? a : b}", "---", "...", "%YAML 1.1", "!!set {a}", "!!python/object/apply:os.system [x]",
    "<<: *a", "<<: {title: B}", "none", "loyalty_points:LoyaltyPoints", "saver:cautious", "saver:nothing", "x:y",
    "no.such:Thing", "[loyalty_points:LoyaltyPoints]", "os.path:join", "loyalty_points:np", "..:x", "yaml:load",
)  # fmt: skip
KEYS = (
    "use", "decide", "title", "tittle", "Title", "extends", "policy", "world", "rivals", "timeline", "month", "firm",
    "over_months", "customers", "requests", "conceded_share", "represents", "market", "<<", "=", "1", "", "~", "null",
    "true", "é", "a b", "a.b", "[a]", "? [a]", "'policy'", '"world"', "policy ", "policy:requests", "x" * 300, "*a",
    "&a policy", "!!str policy", "\u202epolicy", "arms", "vary", "design", "kind", "points", "rows", "values", "levels",
    "low", "high", "scale", "replications", "rng", "measures", "measure", "year", "analysis", "discover", "optimise",
)  # fmt: skip

NESTS = (("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("a:\n ", ""), ("'", "'"))

Change = Callable[[st.DataObject, str], str]


def _place(draw: st.DataObject, text: str) -> int:
    return draw.draw(st.integers(0, len(text)))


def _delete(draw: st.DataObject, text: str) -> str:
    at = _place(draw, text)
    return text[:at] + text[at + draw.draw(st.integers(1, 30)) :]


def _duplicate(draw: st.DataObject, text: str) -> str:
    at, length = _place(draw, text), draw.draw(st.integers(1, 60))
    return text[:at] + text[at : at + length] + text[at:]


def _insert(draw: st.DataObject, text: str) -> str:
    at = _place(draw, text)
    odd = draw.draw(st.one_of(st.sampled_from(NUMBERS + TEXTS + KEYS), st.text(max_size=6)))
    return text[:at] + odd + text[at:]


def _nest(draw: st.DataObject, text: str) -> str:
    at, depth = _place(draw, text), draw.draw(st.sampled_from([1, 3, 19, 20, 21, 300, 5000]))
    opening, closing = draw.draw(
        st.sampled_from([("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", ""), ("a:\n ", ""), ("'", "'")])
    )
    return text[:at] + opening * depth + closing * draw.draw(st.sampled_from([0, depth])) + text[at:]


def _lines(draw: st.DataObject, text: str) -> str:
    lines = text.split("\n")
    a, b = (draw.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    kind = draw.draw(st.sampled_from(["delete", "duplicate", "swap", "indent", "outdent", "tab", "join", "comment"]))
    if kind == "delete":
        del lines[a]
    elif kind == "duplicate":
        lines.insert(b, lines[a])
    elif kind == "swap":
        lines[a], lines[b] = lines[b], lines[a]
    elif kind == "join":
        lines[a : a + 2] = [" ".join(lines[a : a + 2])]
    else:
        before = {"indent": "  ", "tab": "\t", "comment": "# "}
        lines[a] = before[kind] + lines[a] if kind in before else lines[a].removeprefix("  ")
    return "\n".join(lines)


def _value(draw: st.DataObject, text: str) -> str:
    """Another value behind a key."""
    found = list(re.finditer(r"(?<=: )[^\s,{}\[\]#][^,{}\[\]\n#]*", text))
    if not found:
        return text
    hit = draw.draw(st.sampled_from(found))
    return text[: hit.start()] + draw.draw(st.sampled_from(NUMBERS + TEXTS)) + text[hit.end() :]


def _key(draw: st.DataObject, text: str) -> str:
    """Another key before a value."""
    found = list(re.finditer(r"\w+(?=:(\s|$))", text))
    if not found:
        return text
    hit = draw.draw(st.sampled_from(found))
    return text[: hit.start()] + draw.draw(st.sampled_from(KEYS)) + text[hit.end() :]


def _breaks(draw: st.DataObject, text: str) -> str:
    """Other ends of lines."""
    return text.replace("\n", draw.draw(st.sampled_from(["\r\n", "\r", "\n\n", "\x85", "\u2028", "\n\r", "\x0b"])))


def _data(draw: st.DataObject, text: str) -> str:
    """The same file as JSON, which is YAML, with something done to its data."""
    try:
        data = yaml.load(text, Loader=yaml.BaseLoader)
        mangled = mangled_data(draw, data)
        return json.dumps(mangled, ensure_ascii=draw.draw(st.booleans()))
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError):
        return text


ODD: tuple[Any, ...] = (
    None, True, 0, -1, 0.5, 2.5, 10**30, 1e308, float("nan"), "", " ", "focal", "R", "12 %", "a\nb", "a" * 90, [],
    {}, [1], {"a": 1}, {"requests": {}}, {"requests": {"conceded_share": 1}}, [{"title": "Z"}], [{"month": 1}],
    [{"month": 1, "policy": {}}], ["baseline", "parts/mutual"], [["baseline"]],
    [{"title": f"R{k}"} for k in range(7)],
)  # fmt: skip


def mangled_data(draw: st.DataObject, data: Any) -> Any:
    """Data with a value, a key or an item replaced, removed or added; numbers that were texts are numbers again."""
    data = json.loads(re.sub(r'"(-?\d+(?:\.\d+)?)"', r"\1", json.dumps(data)))
    holder, key = draw.draw(st.sampled_from(_places(data) or [(data, None)]))
    kind = draw.draw(st.sampled_from(["value", "delete", "rename", "add", "copy"]))
    odd = copy.deepcopy(draw.draw(st.sampled_from(ODD)))
    if key is None or (isinstance(holder, list) and kind in ("rename", "add")):
        return data
    if kind == "delete":
        del holder[key]
    elif kind == "rename":
        holder[draw.draw(st.sampled_from(KEYS))] = holder.pop(key)
    elif kind == "add":
        holder[draw.draw(st.sampled_from(KEYS))] = odd
    elif kind == "copy" and isinstance(holder, list):
        holder.insert(0, copy.deepcopy(holder[key]))
    else:
        holder[key] = odd
    return data


def _places(data: Any) -> list[tuple[Any, Any]]:
    """Every container in ``data`` with each of its keys or indices."""
    keys = list(data) if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    return [place for key in keys for place in [(data, key), *_places(data[key])]]


CHANGES: tuple[Change, ...] = (
    _delete, _duplicate, _insert, _nest, _lines, _lines, _value, _value, _value, _key, _breaks, _data,
)  # fmt: skip


def mangled(draw: st.DataObject, sources: Sequence[str] = SOURCES) -> bytes:
    """The bytes of a valid file, by default of a scenario, with one to four things done to it."""
    text = draw.draw(st.sampled_from(sources))
    for change in draw.draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4)):
        text = change(draw, text)
    encoding = draw.draw(st.sampled_from(["utf-8"] * 12 + ["utf-8-sig", "utf-16", "latin-1", "cp437"]))
    content = text.encode(encoding, errors="surrogatepass" if encoding.startswith("utf") else "replace")
    if draw.draw(st.integers(0, 19)) == 0:
        at = draw.draw(st.integers(0, len(content)))
        content = content[:at] + draw.draw(st.binary(max_size=4)) + content[at:]
    return content
