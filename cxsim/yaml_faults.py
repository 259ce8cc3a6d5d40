"""What is wrong with a text that is no YAML, in the words of someone who has to mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

_QUOTES = "must stand in quotes"
_INDENT = "is indented otherwise than the lines it belongs to"
_ESCAPE = "in double quotes \\ begins a special sign: write \\\\ for it, or use single quotes"

# What the parser finds instead of the end of a block -> what that means. "?" stands for a key.
_INSTEAD_OF_END = {
    "<scalar>": "something follows a closing quote; a quote within a text in single quotes is written twice",
    "-": "a list item stands among 'key: value' lines, or the line is indented wrongly",
    "?": "a 'key: value' line stands among list items, or the line is indented wrongly",
    "}": "a } that no { opens",
    "]": "a ] that no [ opens",
    ",": f"a text with a comma after a quote or bracket {_QUOTES} as a whole",
    ":": "': ' without a key before it",
}


def explain(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line to look at (from 1, 0 if unknown) and what is wrong there, for an error about ``text``."""
    problem, context = str(error.problem or error.context or "cannot be understood"), str(error.context or "")
    mark, begun = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    line, opened = (m.line + 1 if m else 0 for m in (mark, begun))
    found = re.search(r"found '(.*)'$", problem)
    sign = found[1] if found else ""
    if "quoted scalar" in context and ("end of stream" in problem or "document separator" in problem):
        return opened, "a quote is opened here and not closed"
    if "double-quoted" in context:
        return line, _ESCAPE
    if problem.startswith("could not find expected ':'"):
        return opened, "expected ': ' with a space between key and value"
    if problem.startswith("expected ',' or"):
        bracket = "{}" if "'}'" in problem else "[]"
        until = f" before line {line}" if line > opened else ""
        return opened, f"a {bracket[0]} is opened here and not closed with {bracket[1]}, or a comma is missing{until}"
    if problem.startswith("mapping values are not allowed"):
        return line, _stray_colon(text, line)
    if problem.startswith("expected <block end>"):
        return line, _INSTEAD_OF_END.get(sign, _INDENT)
    return line, _by_sign(problem, context, sign)


def _by_sign(problem: str, context: str, sign: str) -> str:
    """Faults that one sign gives away; else the parser's own words."""
    if "alias" in context or "anchor" in context:
        return f"a text that begins with {'*' if 'alias' in context else '&'} {_QUOTES}"
    if "block scalar" in context:
        return f"a text that begins with | or > {_QUOTES}"
    if start := re.match(r"found character '(.*)' that cannot start", problem):
        return f"a text that begins with {start[1]} {_QUOTES}"
    if problem.startswith("mapping keys are not allowed"):
        return f"a text that begins with '? ' {_QUOTES}"
    if problem.startswith("sequence entries are not allowed"):
        return f"a list begins on a line of its own; a text that begins with '- ' {_QUOTES}"
    if problem.startswith("expected '<document start>'"):
        return "is indented otherwise than the first line"
    if problem.startswith("expected the node content"):
        if "end>" in sign and "flow" in context:
            return "a [ or { is opened and not closed"
        return f"{'the text ends' if 'end>' in sign else f'a {sign}'} where a value is missing"
    return problem


def _stray_colon(text: str, line: int) -> str:
    """A colon where no key can be: within a text, or behind a key that is indented wrongly."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if len(re.findall(r":(?=\s|$)", here)) > 1 or here.lstrip().startswith("- "):
        pair = re.fullmatch(r"\s*([a-z_]+):\s+([a-z_]+:\s.*\S)\s*", here)
        if pair and pair[1] not in ("title", "question", "description"):
            return f"a key below another stands in braces, or indented on a line of its own: {pair[1]}: {{{pair[2]}}}"
        return f"a text that holds ': ' {_QUOTES}"
    return "a key cannot stand here: indent it like its neighbours, and write ': ' with a space in the line above"
