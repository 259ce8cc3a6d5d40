"""Issues: pain points of a heavy tail of severity, known or hidden, and which of them are worked off.

The severity of all causes of failure is spread over four classes, each as severe as another in sum; a pain point of one
class is as much worse than one of the class below as there are fewer of them (a Pareto distribution of exponent 1, cut
in four), and all take the same work. Those hidden come to be known where customers complain, or employees whose effort
is recognised speak up, severe ones sooner: of h = rate (complaints / failures + recognised) severity, h / (1 + h) are
found in a month; and each that is mended reveals further ones. What comes up day by day is mended at random, known or
not. By the list, the worst that are known come first; on the spot, small ones are mended as they are found, without
the work of taking them up. What was mended comes back, hidden; what was mended at the root, only as far as new causes
take its place.
"""

from __future__ import annotations

import numpy as np

from cxsim.company import N_CLASSES, N_ISSUES, PROJECT_MONTHS
from cxsim.engine.kernels import inline, step
from cxsim.parameters import Parameter, world

WORLD = world(
    "issues",
    Parameter(
        "severity_ratio", 3, "ratio", 1, 10,
        "assumption: the worst tenth of them makes half of the trouble; range: all alike, to the worst twenty-fifth",
        "severity of a pain point against one of the class below, of which there are as many times more",
        range=(1, 5),
    ),
    Parameter(
        "feedback_rate", 0.02, "per month", 0, 1,
        ("assumption: were every failure complained about, the smallest pain points would be known in four years and "
         "the worst in three months; range: complaints teach nothing, to twice"),
        "rate at which a smallest pain point comes to be known, if all speak of it",
        range=(0, 0.04),
    ),
    Parameter(
        "revealed_per_fix", 0.5, "pain points", 0, 5,
        "assumption: every second action brings another to light (article B: B3); range: none, to two each",
        "hidden pain points that come to be known by mending one",
        range=(0, 2),
    ),
)
_SMALL = 2  # classes whose pain points can be mended on the spot
_KEEPING = 0.1  # time to keep and weigh the list, against the work that is done by it
CLAIMS = ("B3", "B17")
READS = WRITES = ()


@inline
def _smallest(ratio):  # type: ignore[no-untyped-def]
    """Severity of one pain point of the lowest class, such that there are N_ISSUES where nothing is improved."""
    points, of_class = 0.0, 1.0
    for _ in range(N_CLASSES):
        points += of_class / N_CLASSES
        of_class /= ratio
    return points / N_ISSUES


@inline
def _mend(s, f, k, points, severity, rooted):  # type: ignore[no-untyped-def]
    """Take ``points`` of ``severity`` from the list; the share ``rooted`` of them at the root."""
    s.known[f, k] = max(s.known[f, k] - points * severity, 0.0)
    s.rooted[f, k] += rooted * points * severity
    s.taken[f] += points * severity
    s.fixed_issues[f] += points


@step
def find(firms, world, policy):  # type: ignore[no-untyped-def]
    """What comes to be known by complaints, by employees, and by what was mended the month before."""
    s, w, d = firms[0], world[0].issues, world[0].dt
    for f in range(len(s.alive)):
        voice = s.complaints[f] / s.failures[f] if s.failures[f] > 0.0 else 0.0
        hidden, severity = 0.0, _smallest(w.severity_ratio)
        for k in range(N_CLASSES):
            hidden += s.hidden[f, k] / severity
            severity *= w.severity_ratio
        revealed = w.revealed_per_fix * s.fixed_issues[f] / hidden if hidden > 0.0 else 0.0
        s.found_issues[f] = 0.0
        smallest, severity = _smallest(w.severity_ratio), 1.0
        for k in range(N_CLASSES):
            noticed = w.feedback_rate * (voice + s.recognised[f]) * severity * d
            found = min(noticed / (1.0 + noticed) + revealed, 1.0) * s.hidden[f, k]
            s.hidden[f, k] -= found
            s.known[f, k] += found
            s.spotted[f, k] = found
            s.found_issues[f] += found / (smallest * severity)
            severity *= w.severity_ratio


@step
def work_off(firms, world, policy):  # type: ignore[no-untyped-def]
    """A month's work: small ones on the spot, the worst of the list, what comes up; and what comes back."""
    s, w, p = firms[0], world[0].improvement, policy[0].improvement
    renewed, lasting = np.float64(world[0].dt) / w.renewal_months, 1.0 - w.novelty_share
    severity, back = np.empty(N_CLASSES), np.empty(N_CLASSES)
    for f in range(len(s.alive)):
        rooted, work = p.root_cause_share[f] * s.discipline[f], 0.0
        s.kept[f] = s.taken[f] = s.fixed_issues[f] = s.recurred_issues[f] = s.known_issues[f] = 0.0
        severity[0] = _smallest(world[0].issues.severity_ratio)
        for k in range(N_CLASSES):
            if k > 0:
                severity[k] = severity[k - 1] * world[0].issues.severity_ratio
            there = s.hidden[f, k] + s.known[f, k]
            work += s.pace[f] * there / severity[k]
            grown = s.new_defects[f] / N_CLASSES
            kept = min(lasting * s.rooted[f, k], grown)
            back[k] = (grown - there - kept) * renewed
            s.recurred_issues[f] += lasting * max(grown - there - s.rooted[f, k], 0.0) * renewed / severity[k]
            s.kept[f] += kept
            s.rooted[f, k] -= w.novelty_share * s.rooted[f, k] * renewed
        # batches save part of taking things up, the spot the rest
        saved = w.setup_share * p.batch_months[f] / (p.batch_months[f] + PROJECT_MONTHS)
        left, each = p.small_loop_share[f] * s.discipline[f] * work, (1.0 - w.setup_share) / (1.0 - saved)
        done = 0.0
        for k in range(_SMALL - 1, -1, -1):
            points = min(s.spotted[f, k] / severity[k], (left - done) / each)
            _mend(s, f, k, points, severity[k], rooted)
            done += points * each
        left, each = done + p.triage_share[f] * s.discipline[f] * (work - done), 1.0 + _KEEPING
        for k in range(N_CLASSES - 1, -1, -1):
            points = min(s.known[f, k] / severity[k], (left - done) / each)
            _mend(s, f, k, points, severity[k], rooted)
            done += points * each
        s.aside[f] = min(done / work, 1.0) if work > 0.0 else 0.0
        rest = s.pace[f] * (1.0 - s.aside[f])
        for k in range(N_CLASSES):
            there = s.hidden[f, k] + s.known[f, k]
            s.fixed_issues[f] += rest * there / severity[k]
            s.rooted[f, k] += rooted * rest * there
            stays = 1.0 - rest
            if back[k] < 0.0 < there:  # less grows back than there is: some go by themselves
                stays = max(stays + back[k] / there, 0.0)
            s.known[f, k] *= stays
            s.hidden[f, k] = stays * s.hidden[f, k] + max(back[k], 0.0)
            s.known_issues[f] += s.known[f, k] / severity[k]


@step
def forget(firms, world, policy):  # type: ignore[no-untyped-def]
    """Causes that are gone by what others do better, and not by mending, are gone from all classes alike."""
    s = firms[0]
    for f in range(len(s.alive)):
        there, left = 0.0, max(s.defects[f] - s.waiting[f], 0.0)
        for k in range(N_CLASSES):
            there += s.hidden[f, k] + s.known[f, k]
        if there > left * (1.0 + 1e-9):  # by more than rounding
            for k in range(N_CLASSES):
                s.hidden[f, k] *= left / there
                s.known[f, k] *= left / there
