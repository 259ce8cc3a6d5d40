"""Completion in shells: a few lines of script for each, which ask cxsim itself what may come next.

So the commands, options and scenarios that a shell offers are always those of the installed version.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from cxsim.cli.parser import Parser, build

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

# The scripts hand over the words before the one being typed, then that one behind a "=": some shells drop empty words.
SCRIPTS = {
    "bash": """\
# For cxsim in bash. In ~/.bashrc: eval "$(cxsim completion bash)"
_cxsim() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("$line")
    done < <(cxsim __complete "${COMP_WORDS[@]:1:COMP_CWORD-1}" "=${COMP_WORDS[COMP_CWORD]}" 2>/dev/null)
}
complete -o filenames -F _cxsim cxsim
""",
    "zsh": """\
#compdef cxsim
# For cxsim in zsh. In ~/.zshrc, after compinit: eval "$(cxsim completion zsh)"
_cxsim() {
    local -a found
    found=(${(f)"$(cxsim __complete "${(@)words[2,CURRENT-1]}" "=${words[CURRENT]}" 2>/dev/null)"})
    compadd -S '' -- ${(M)found:#*/}
    compadd -- ${found:#*/}
}
compdef _cxsim cxsim
""",
    "fish": """\
# For cxsim in fish. Once: cxsim completion fish > ~/.config/fish/completions/cxsim.fish
function __cxsim_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    cxsim __complete $words[2..] "=$current" 2>/dev/null
end
complete -c cxsim -f -a '(__cxsim_complete)'
""",
    "powershell": """\
# For cxsim in PowerShell. In the file that $PROFILE names: cxsim completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName cxsim -ScriptBlock {
    param($current, $line, $place)
    $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
    if ($current -ne '') { $words = @($words | Select-Object -SkipLast 1) }
    cxsim __complete @words "=$current" 2>$null | ForEach-Object {
        $text = if ($_ -match '\\s') { "'$_'" } else { $_ }
        [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
    }
}
""",
}


def script(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """The script for one shell."""
    sys.stdout.write(SCRIPTS[options.shell])


def answer(words: Sequence[str]) -> None:
    """Print what may stand in place of the last of ``words``, one candidate a line."""
    for candidate in candidates([_plain(word) for word in words] or ["="]):
        print(candidate)


def _plain(word: str) -> str:
    """A word without the quotes and backslashes with which it was typed."""
    word = re.sub(r"""^(=?)['"]|['"]$""", r"\1", word)
    return word if os.name == "nt" else re.sub(r"\\(.)", r"\1", word)


def candidates(words: Sequence[str]) -> list[str]:
    """What may come next after ``words``, of which the last begins with "=" and is not yet complete."""
    *before, current = words
    current = current.removeprefix("=")
    here, given, waiting = build(), 0, ""
    for word in before:
        if waiting:
            waiting = ""
        elif word.startswith("-"):
            waiting = here.values.get(word, "")
        elif here.below:
            if word not in here.below:
                return []
            here = here.below[word]
        else:
            given += 1
    if waiting:
        return list(_files(current, ())) if waiting == "DIR" else []
    if current.startswith("-"):
        return [option for option in here.options if option.startswith(current) and option not in before]
    if here.below:
        return [name for name in here.below if name.startswith(current)]
    return _argument(here, given, current)


def _argument(here: Parser, given: int, current: str) -> list[str]:
    """The argument of a command that comes after ``given`` others."""
    expected = here.arguments
    if not expected or (given >= len(expected) and expected[-1].nargs not in ("+", "*")):
        return []
    argument = expected[min(given, len(expected) - 1)]
    if argument.choices:
        return [choice for choice in argument.choices if choice.startswith(current)]
    if argument.metavar == "FILE":
        return []
    if argument.metavar == "ID":
        return [name for name in _claims() if name.startswith(current.upper())]
    if argument.metavar == "EXPERIMENT":
        return [*_experiments(current), *_files(current, (".yaml", ".yml"))]
    return [*_shipped(current), *_files(current, (".yaml", ".yml"))]


def _experiments(current: str) -> Iterator[str]:
    from cxsim.studies.experiments.files import shipped_experiments

    yield from (name for name in shipped_experiments() if name.startswith(current))


def _claims() -> list[str]:
    from cxsim.studies.claims.claim import read_claims

    return list(read_claims())


def _shipped(current: str) -> Iterator[str]:
    from cxsim.scenario_files import shipped

    parts = current.startswith("parts/")
    yield from (name for name in shipped(parts) if name.startswith(current))


def _files(current: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Folders, and files with one of the endings, whose names begin with what is typed; as it is typed."""
    folder, name = os.path.split(current)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as entries:  # noqa: PTH111
            found = sorted(entries, key=lambda entry: entry.name)
            for entry in found:
                if entry.name.startswith(name) and not (entry.name.startswith(".") and not name):
                    shown = os.path.join(folder, entry.name)  # noqa: PTH118
                    if entry.is_dir():
                        yield f"{shown}/"
                    elif entry.name.endswith(endings):
                        yield shown
    except (OSError, ValueError):  # no such folder, or no name at all
        return
