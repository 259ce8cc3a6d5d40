"""Runs the tasks of an experiment, on this machine or on a Dask cluster, and keeps what they yield in a store."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cxsim import pool
from cxsim.api import check_threads
from cxsim.running import SIDE_BY_SIDE, Progress, Staged
from cxsim.scenario_use import refuse_other_values
from cxsim.studies.experiments.experiment import Analysis, Experiment, Task
from cxsim.studies.experiments.results import ExperimentResult
from cxsim.studies.runs.parts import Family
from cxsim.studies.runs.rows import Rows
from cxsim.studies.runs.store import WHOLE, Failure, Store
from cxsim.studies.runs.tasks import Asked, Batches, Made, Work

if TYPE_CHECKING:
    import pandas as pd

    from cxsim.studies.analyses.findings import Finding

_Done = Generator[tuple[Sequence[tuple[int, Task]], Made | pool.Lost], None, None]

_BATCH_SECONDS, _CLUSTER_BATCH_SECONDS = 0.25, 1.0  # long against sending a batch, short against waiting for the last
_WORTH_SECONDS = 2.0  # of work for each process, which takes a second to start


class Runner:
    """Runs tasks, or takes from the store in ``out`` what has been run; without, it is kept as long as its rows are.

    Use as ``with``. ``workers`` processes of this machine run them (one per processor), or the Dask cluster of a
    ``scheduler``. ``progress`` is called as in :func:`cxsim.run`. Raises StoreError for a store that cannot be used,
    ClusterError for a scheduler that does not answer, and ScenarioError where what code of one's own refers to cannot
    be told, or has changed since.
    """

    def __init__(
        self,
        experiment: Experiment,
        out: Path | str | None = None,
        workers: int | None = None,
        scheduler: str | None = None,
        writer: str = WHOLE,
        progress: Progress | None = None,
        command: str = "",
    ) -> None:
        self.experiment, self._progress = experiment, progress
        self._workers, self._scheduler = check_threads(workers), scheduler
        self._out, self._writer, self._command = out, writer, command
        self._held = contextlib.ExitStack()
        self._expected, self._counted = 0, 0  # runs of an analysis, and those that it has asked for

    def __enter__(self) -> Runner:
        if self._out is not None:
            refuse_other_values(code for s in self.experiment.arms.values() for code in s.code)
        with contextlib.ExitStack() as held:
            if self._scheduler is not None:  # first, since without an answer nothing is to be written
                from cxsim.studies.runs.cluster import Cluster

                self._cluster = held.enter_context(Cluster(self._scheduler))
            out = tempfile.mkdtemp(prefix="cxsim-") if self._out is None else self._out
            self.store = Store(out, self.experiment, self._writer, self._command)
            if self._out is None:
                weakref.finalize(self.store.parts, shutil.rmtree, out, ignore_errors=True)
            held.enter_context(self.store)
            self._held = held.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._held.__exit__(*error)

    def __call__(self, tasks: Iterable[Task], experiment: Experiment | None = None) -> Rows:
        """One row a task, in their order.

        Tasks are those of ``experiment``, by default of the runner's own. Like runs are made once. A run that failed
        has nan; why stands in :meth:`failures`, and what would fail again is not tried again.
        """
        return self.run(Asked(experiment or self.experiment, tasks))

    def begin(self, what: str, runs: int) -> None:
        """What is asked for from now on is ``what``, of about so many runs, as which the progress shows it."""
        self._expected, self._counted = runs, 0
        if isinstance(self._progress, Staged):
            self._progress.begin(what)

    def run(self, asked: Asked) -> Rows:
        """As a call, for tasks that were gathered before."""
        family = Family.of(asked.experiment)
        keys, first = np.unique(asked.keys, return_index=True)
        parts = self.store.parts
        missing = np.sort(first[~(parts.find(family, keys)[1] | parts.failed(family, keys))])
        self._counted += len(asked)
        if len(missing):
            for k, row in self._make(asked, missing):
                self.store.add(family, int(asked.keys[k]), asked.task(k), asked.values(k), row)
            self.store.flush()
        return Rows(parts, asked)

    def failures(self, asked: Asked) -> pd.DataFrame:
        """Tasks that failed: point, arm, replication, rng, varied paths, what went wrong, and if it is tried again."""
        import pandas as pd

        found = self.store.parts.failures(Family.of(asked.experiment)).to_pandas()
        tasks = pd.DataFrame({"key": asked.keys, "point": asked.column("point")})
        order = ["point", "arm", "replication"]
        return tasks.merge(found, on="key").drop(columns="key").sort_values(order, ignore_index=True)

    def _make(self, asked: Asked, places: NDArray[np.intp]) -> Generator[tuple[int, list[float] | Failure], None, None]:
        """The runs in some places, in the order in which they are done."""
        n_done, total = 0, len(places)
        if self._expected:  # an analysis asks again and again
            n_done, total = self._counted - total, max(self._expected, self._counted)
        if self._progress:
            self._progress(n_done, total)
        work = Work(asked.experiment)
        if self._scheduler is None:
            batches = Batches(asked, places, _BATCH_SECONDS, self._workers)
        else:
            batches = Batches(asked, places, _CLUSTER_BATCH_SECONDS, self._cluster.threads())
        with contextlib.closing(self._share(work, batches, len(places))) as finished:
            for batch, result in finished:
                if isinstance(result, pool.Lost):
                    rows: list[list[float] | Failure] = [Failure(str(result), killed=True)] * len(batch)
                else:
                    rows = result.rows
                    batches.note(result.seconds, len(batch))
                yield from zip((k for k, _ in batch), rows, strict=True)
                n_done += len(batch)
                if self._progress:
                    self._progress(n_done, total)

    def _share(self, work: Work, batches: Batches, n: int) -> _Done:
        if self._scheduler is not None:
            return self._cluster.share(work, iter(batches))
        # we take part where no run can be the end of this process
        here = all(s.customers < SIDE_BY_SIDE.start and not s.code for s in batches.arms)
        workers = min(self._workers, n, 1 + int(n * batches.each / _WORTH_SECONDS)) - here
        if not pool.may_start() or (workers == 1 and not here and self._workers == 1):
            workers = 0
        return self._on_this_machine(work, batches, workers, here)

    @staticmethod
    def _on_this_machine(work: Work, batches: Batches, workers: int, here: bool) -> _Done:
        workers = pool.boot(workers) if workers else 0
        from cxsim.engine.compiling import is_cold

        todo = iter(batches)
        if is_cold():  # compiled once, not by each
            batch = next(todo)
            if here or not workers:
                yield batch, work(batch)
            else:  # by one of them, as a run may be the end of its process
                yield from pool.share(work, [batch], workers, here=False)
        yield from pool.share(work, todo, workers, here or not workers)


def run_experiment(
    experiment: Experiment,
    out: Path | str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    shard: tuple[int, int] | None = None,
    progress: Progress | None = None,
    command: str = "",
) -> ExperimentResult:
    """Run an experiment and what it asks of its runs; what the store in ``out`` holds already is not run again.

    ``shard`` (3, 20) runs the third of twenty parts of the design, each of which may run anywhere at any time on the
    same ``out``; without it, what is left is run and the analyses are made. ``command`` is what goes on with it, for
    :func:`cxsim.studies.runs.store.status`. Raises ValueError for workers or a shard out of range; other arguments and
    errors as of :class:`Runner`.
    """
    from cxsim.studies.analyses.kinds import analyse, further

    def analysed(analysis: Analysis) -> Finding:
        if more := further(analysis, experiment):
            runner.begin(analysis.kind.replace("_", " "), more.runs)
        return analyse(analysis, experiment, runs, runner)

    part, parts = shard or (1, 1)
    if not 1 <= part <= parts:
        raise ValueError(f"shard must be one of {parts} parts, not {part}")
    if shard and out is None:
        raise ValueError("a shard needs a folder that it shares with the others")
    writer = f"{part}of{parts}" if shard else WHOLE
    with Runner(experiment, out, workers, scheduler, writer, progress, "" if shard else command) as runner:
        asked = Asked(experiment, experiment.tasks())
        runner.store.plan(np.unique(asked.keys))
        if shard:
            asked = Asked(experiment, experiment.tasks(shard))
        runs = runner.run(asked)
        findings = () if shard else tuple(map(analysed, experiment.analysis))
        failures = runner.failures(asked)
    return ExperimentResult(experiment, runs, findings, failures, not shard, None if out is None else Path(out))
