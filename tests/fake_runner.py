"""A runner of functions instead of the model: what a run yields is known, and so is what an analysis has to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from matplotlib.text import Text

from cxsim.report.drawing import Chart, _our_style
from cxsim.scenario import Scenario
from cxsim.studies.experiments.experiment import Design, Experiment, Task

Function = Callable[[str, Mapping[str, float], np.random.Generator], Mapping[str, float]]
"""Arm, values of the varied paths, luck of the replication (the same in all arms and points) -> measures."""

START = 0.5
LEVERS = {
    "policy.requests.conceded_share": START,
    "policy.recovery.effort_share": START,
    "policy.requests.alternative_share": START,
}


class FakeRunner:
    """Keeps all tasks that were asked; stops like a machine that is switched off once ``most`` have been."""

    def __init__(self, function: Function, most: int = 10**9) -> None:
        self.function, self.most = function, most
        self.asked: list[tuple[str, int, int, tuple[tuple[str, float], ...]]] = []

    def __call__(self, tasks: Iterable[Task], experiment: Experiment) -> pd.DataFrame:
        rows = []
        for task in tasks:
            if len(self.asked) == self.most:
                raise KeyboardInterrupt
            values = dict(zip(experiment.paths, task.values, strict=True))
            self.asked.append((task.arm, task.rng, task.replication, tuple(values.items())))
            luck = np.random.default_rng([task.rng, task.replication])
            rows.append(self.function(task.arm, values, luck))
        return pd.DataFrame(rows, columns=list(experiment.columns))


def written(chart: Chart) -> list[Text]:
    """Texts of a figure, but for the numbers at its axis."""
    (axes,) = chart.axes
    found = [*chart.texts, *axes.texts, axes._left_title, axes.xaxis.label, *axes.get_yticklabels()]  # type: ignore[attr-defined]
    return [text for text in found if text.get_text()]


def check_drawn(chart: Chart) -> None:
    """That all texts of a figure are large enough, and none leaves it."""
    with _our_style():
        chart.draw_without_rendering()
        texts = written(chart)
        boxes = [text.get_window_extent() for text in texts]
    assert min(text.get_fontsize() for text in texts) >= 11
    assert all(box.x0 >= 0 and box.x1 <= chart.bbox.x1 and box.y0 >= 0 for box in boxes)


def experiment(*arms: str, replications: int = 10, rng: int = 1) -> Experiment:
    """Arms that are alike, with the levers of LEVERS half-way; what they yield is up to the runner."""
    values = [x for pair in list(LEVERS.items()) for x in pair]
    scenario = Scenario.default().replace(str(values[0]), *values[1:])
    found = {name: scenario.replace("title", name.title()) for name in arms}
    return Experiment("Test", found, (), np.empty((1, 0)), Design("list"), replications=replications, rng=rng)
