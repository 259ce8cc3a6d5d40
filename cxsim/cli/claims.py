"""``cxsim claims``: test the claims of the articles, show the ledger, and leave a folder where one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxsim.cli.progress import Progress
from cxsim.cli.terminal import show

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def claims(options: argparse.Namespace, argv: Sequence[str]) -> None:
    """Test claims and show the ledger; everything that can be wrong is found before anything is run."""
    import shlex

    from cxsim import storage
    from cxsim.studies.claims.claim import chosen, read_claims
    from cxsim.studies.claims.folder import identity, save
    from cxsim.studies.claims.ledger import examine

    wanted = chosen(read_claims(), options.ids)
    if options.out:
        storage.check(options.out, identity(wanted, options.replications, options.worlds, options.rng))
    with Progress(options) as progress:
        ledger = examine(wanted, options.replications, options.worlds, options.rng, progress, threads=options.threads)
    if options.out:
        save(ledger, options.out, shlex.join(["cxsim", *argv]))
    from cxsim.report.ledger import ledger_data, ledger_text

    if options.json:
        from cxsim.report.machine import dumps

        print(dumps(ledger_data(ledger, options.out or "")))
        return
    show(ledger_text(ledger), r"[A-Z]\d+ +[A-Z ]+\. ")
    if options.out:
        print(f"\nLedger: {options.out} (tables, arms resolved)")
