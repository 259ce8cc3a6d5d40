"""``cxsim doctor``: is everything in order on this machine, what is slow, and why.

Each check below finds one thing out and says it in a sentence. What it says is "ok", "note" (worth knowing) or
"wrong" (cxsim works, but slower than it could, or not in this folder).
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxsim.cli.errors import NOT_WELL
from cxsim.cli.terminal import bold

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_SLOW_SECONDS = 1.0  # of a run that takes a tenth of that on a laptop of 2020


@dataclass(frozen=True)
class Finding:
    """What a check found: ``level`` is ok, note or wrong; ``facts`` are for machines."""

    check: str
    level: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


def doctor(options: argparse.Namespace, argv: Sequence[str]) -> int:
    """Check, tell, and return 0 where nothing is wrong."""
    findings = []
    for check in (_versions, _processors, _cache, lambda: _other_caches(options.clean), _folder, _figures, _model):
        for finding in check():
            findings.append(finding)
            if not options.json:
                _tell(finding)
    wrong = sum(f.level == "wrong" for f in findings)
    if options.json:
        import json

        print(json.dumps({"well": not wrong, "findings": [asdict(f) for f in findings]}, indent=2))
    else:
        print(bold(f"\n{wrong} of {len(findings)} checks found something wrong." if wrong else "\nAll is well."))
    return NOT_WELL if wrong else 0


def _tell(finding: Finding) -> None:
    mark = {"ok": "ok", "note": "note", "wrong": "WRONG"}[finding.level]
    head = f"{mark:<6}{finding.check:<12}"
    print(textwrap.fill(finding.text, 100, initial_indent=head, subsequent_indent=" " * 18), flush=True)


def _versions() -> Iterator[Finding]:
    import platform

    from cxsim.provenance import provenance

    about = provenance([], "")
    packages: dict[str, str] = about["packages"]
    named = ", ".join(f"{name} {version}" for name, version in packages.items())
    missing = [name for name, version in packages.items() if version == "unknown"]
    text = f"cxsim {about['cxsim']}, results version {about['results_version']}; Python {about['python']}; {named}"
    if missing:
        text += f". Not installed: {', '.join(missing)}; install cxsim again with pip"
    keys = ("cxsim", "results_version", "python", "packages")
    facts = {key: about[key] for key in keys} | {"platform": platform.platform()}
    yield Finding("versions", "wrong" if missing else "ok", text, facts)


def _processors() -> Iterator[Finding]:
    from cxsim.running import available_threads

    n = available_threads()
    text = f"{n} processor{'s' * (n != 1)} may be used"
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if busy > n + 0.5:
        text += f"; other work keeps {busy:.1f} busy, so that runs take longer than they need"
        yield Finding("processors", "note", text, {"processors": n})
    elif n == 1:
        yield Finding("processors", "note", f"{text}: a large market is computed by one thread", {"processors": n})
    else:
        yield Finding("processors", "ok", text, {"processors": n})


def _uncompiled() -> bool:
    import numba

    return bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]


def _cache() -> Iterator[Finding]:
    from cxsim.cli.caches import size
    from cxsim.engine.compiling import cache_folder, cache_home, temporary_home

    folder = cache_folder()
    facts = {"folder": str(folder), "bytes": size(folder)}
    text = f"compiled steps are kept in {folder} ({_size(size(folder))})"
    if _uncompiled():
        text = (
            "NUMBA_DISABLE_JIT is set, so that the model is not compiled and runs some hundred times slower; unset it"
        )
        yield Finding("cache", "wrong", text, facts)
    elif folder.parent == _place(cache_home):
        yield Finding("cache", "ok", text, facts)
    else:
        lost = "until it is emptied" if folder.parent == _place(temporary_home) else "for this time only"
        usual = _place(cache_home) or "The home directory, which is unknown,"
        text = f"{usual} cannot be written: {text}, {lost}; set CXSIM_CACHE to a folder of your own"
        yield Finding("cache", "wrong", text, facts)


def _place(home: Callable[[], Path]) -> Path | None:
    try:
        return home()
    except (OSError, RuntimeError):
        return None


def _other_caches(clean: bool) -> Iterator[Finding]:
    from cxsim.cli.caches import others, remove

    found = others()
    total = _size(sum(cache.size for cache in found))
    facts = {"folders": [str(cache.path) for cache in found], "bytes": sum(cache.size for cache in found)}
    what = f"{len(found)} folder{'s' * (len(found) != 1)} of compiled steps of other versions, {total}"
    if not found:
        yield Finding("old caches", "ok", "none", facts | {"removed": 0})
    elif not clean:
        text = f"{what}; cxsim doctor --clean removes them (a version still in use compiles once more)"
        yield Finding("old caches", "note", text, facts | {"removed": 0})
    else:
        removed = sum(remove(cache) for cache in found)
        left = len(found) - removed
        text = f"removed {what}" if not left else f"{what}: {left} could not be removed"
        yield Finding("old caches", "wrong" if left else "ok", text, facts | {"removed": removed})


def _folder() -> Iterator[Finding]:
    import tempfile

    facts: dict[str, Any] = {}
    try:
        here = Path.cwd()
        facts["folder"] = str(here)
        with tempfile.TemporaryDirectory(prefix=".cxsim-", dir=here):
            yield Finding("folder", "ok", f"results can be written here, in {here}", facts)
    except OSError as error:
        text = f"results cannot be written in this folder ({error.strerror}); go to another, or name one with --out"
        yield Finding("folder", "wrong", text, facts)


def _figures() -> Iterator[Finding]:
    from cxsim.cli.fonts import font_cache

    moved = font_cache()
    if moved:
        text = f"matplotlib's own folder cannot be written; its list of fonts is kept in {moved}"
        yield Finding("figures", "note", text, {"folder": str(moved)})


def _model() -> Iterator[Finding]:
    """Compile, or load what is compiled, then measure a run. Whatever goes wrong here is told, not raised."""
    import time

    try:
        from cxsim.cli.progress import announce_compiling
        from cxsim.engine.compiling import is_cold
        from cxsim.model import simulate
        from cxsim.scenario import load

        scenario = load("baseline")
        if _uncompiled():
            scenario = scenario.replace("customers", 50, "employees", 4, "horizon_months", 3)
        cold = is_cold()
        announce_compiling()
        start = time.perf_counter()
        simulate(scenario)
        first = time.perf_counter() - start
        start = time.perf_counter()
        simulate(scenario, replication=1)
        again = time.perf_counter() - start
    except Exception as error:  # a broken installation can fail in any way, and this is where one looks for help
        text = f"the model does not run: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
        yield Finding("model", "wrong", text)
        return
    extra = max(first - again, 0.0)
    how = f"compiled in {extra:.1f} s, once for this version" if cold else f"loaded in {extra:.1f} s"
    if not _uncompiled():
        yield Finding("model", "ok", how, {"compiled": cold, "seconds": extra})
    yield _speed(scenario.customers, scenario.horizon_months, again)


def _speed(customers: int, months: int, seconds: float) -> Finding:
    text = f"{customers:,} people over {months} months in {seconds:.2f} s"
    facts = {"customers": customers, "months": months, "seconds": seconds}
    if _uncompiled():
        return Finding("a run", "wrong", f"{text}, uncompiled: see above", facts)
    if seconds > _SLOW_SECONDS:
        return Finding("a run", "wrong", f"{text}: slow; is the machine busy, on battery, or remote?", facts)
    return Finding("a run", "ok", text, facts)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:,.0f} kB"
