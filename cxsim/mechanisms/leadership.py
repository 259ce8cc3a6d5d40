"""Leadership: support of staff, mentoring or drill, strengths, and whom the firm hires.

Whatever takes people's time is counted in hours per person and month; leaders are one in ten, so that a share m of
their time is 16 m hours. Support, mentoring and strengths are programmes, kept up as far as leaders fund them; drill
is not. Support h: exhaustion fades 1 + a h times as fast, and time for improvement finds 1 + b h times as much.
Mentoring m: new hires mature, and practice spreads among peers (see culture), 1 + c m times as fast. Drill k: an
hour's work gives 1 + g k times as much, and everybody is strained by e k a month. Strengths: h hours let h / (h + 2)
of the people use theirs, who by a vendor's claim give 8 % more and quit 15 % less; a share of that claim is taken to
be true. Hires chosen for empathy come later and cost more; where they are a share x of a silo, fewer contacts fail
(1 - z x) and more is learned from each (1 + z x).
"""

from __future__ import annotations

from collections.abc import Mapping

from cxsim.company import HOURS_PER_MONTH, N_SILOS
from cxsim.engine.kernels import step
from cxsim.parameters import Parameter, policy, world

WORLD = world(
    "leadership",
    Parameter(
        "support_rest_gain", 0.1, "ratio per hour", 0, 1,
        "assumption: four hours a month shorten a season of recovery to nearly two thirds; range: none to twice",
        "how much faster exhaustion fades per hour of support",
        range=(0, 0.2),
    ),
    Parameter(
        "voice_gain", 0.1, "ratio per hour", 0, 1,
        "assumption: two hours of being heard a month point improvement to a fifth more; range: none to twice",
        "how much more causes of failure are worked off in the same time, per hour of support",
        range=(0, 0.2),
    ),
    Parameter(
        "mentoring_gain", 2, "ratio per share of time", 0, 10,
        "assumption: half of leaders' time given to mentoring doubles the speed; range: none to twice",
        "how much faster new hires mature and practice spreads among peers, per share of leaders' time",
        range=(0, 4),
    ),
    Parameter(
        "drill_pace_gain", 0.3, "ratio per share of time", 0, 2,
        "assumption: half of leaders' time given to drill drives people by a seventh; range: none to twice",
        "how much more an hour's work gives, per share of leaders' time given to drill",
        range=(0, 0.6),
    ),
    Parameter(
        "drill_strain_rate", 0.3, "per month and share of time", 0, 5,
        "assumption: half of leaders' time given to drill tires as a tenth of overtime; range: none to twice",
        "strain of being driven, per share of leaders' time",
        range=(0, 0.6),
    ),
    Parameter(
        "strengths_effect_share", 0.5, "share of the claim", 0, 1,
        ("assumption: half of what a vendor claims (8 % more productive, 15 % less likely to quit; quoted in article "
         "A); range: nothing to all of it"),
        "what is true of the claim about people who use their strengths every day",
        range=(0, 1),
    ),
    Parameter(
        "empathy_gain", 0.2, "share", 0, 0.9,
        "assumption: people chosen for empathy fail a fifth less and learn a fifth more; range: none to twice",
        "failures that people chosen for empathy avoid, and what they learn beyond others in a contact",
        range=(0, 0.4),
    ),
)  # fmt: skip
POLICY = policy(
    "leadership",
    Parameter(
        "support_hours", 0, "hours per person and month", 0, 8,
        "lever: articles B and E (support and voice of employees)",
        "time in which supervisors support people and hear what they have seen",
        "exhaustion fades faster, and improvement finds the causes of failure",
        "the time is taken from own work",
        claims=("B5", "B14", "E17"),
    ),
    Parameter(
        "mentoring_share", 0, "share of leaders' time", 0, 0.5,
        "lever: articles C and E (leaders trained inside each section)",
        "leaders' time for mentoring within their sections",
        "new hires mature faster, and practice spreads faster among peers",
        "leaders do less of the work",
        claims=("C15",),
    ),
    Parameter(
        "coercion_share", 0, "share of leaders' time", 0, 0.5,
        "lever: article E (change by drill sergeant)",
        "leaders' time for drill: orders, control and threats",
        "people give more in an hour",
        "they wear out, fail more often and quit, and leaders do less of the work",
        claims=("E16",),
    ),
    Parameter(
        "strengths_hours", 0, "hours per person and month", 0, 8,
        "lever: article A (strengths used every day)",
        "time for finding people's strengths and fitting the work to them",
        "people give more, and fewer quit, as far as the claim is true",
        "the time is taken from own work",
        claims=("A9", "E17"),
    ),
    Parameter(
        "empathy_hiring_share", 0, "share of hires", 0, 1,
        "lever: article E (staffing for empathy)",
        "hires that are chosen for empathy",
        "fewer contacts fail, and each teaches more of what customers need",
        "hiring takes longer and costs more",
        claims=("E4",),
    ),
)
CLAIMS = ()
READS = WRITES = ()

CHOOSY_SEARCH = 0.5  # time and cost of hiring beyond the usual where all hires are chosen for empathy (assumption)
LEADERS_SHARE = 0.1  # one leader to ten people
HALF_STRENGTHS_HOURS = 2.0  # in which half of the people come to use their strengths
CLAIMED_OUTPUT, CLAIMED_QUITS = 0.08, 0.15


def lead(lever: Mapping[str, float], w: Mapping[str, float], commitment: float) -> tuple[float, dict[str, float]]:
    """Hours per person and month that leadership takes, and what it makes of work: fields of the company record.

    ``lever`` and ``w`` are the policy's and the world's values of this heading, ``commitment`` is the share of
    programmes that leaders fund.
    """
    support, strengths = commitment * lever["support_hours"], commitment * lever["strengths_hours"]
    mentoring, drill = commitment * lever["mentoring_share"], lever["coercion_share"]
    used = w["strengths_effect_share"] * strengths / (strengths + HALF_STRENGTHS_HOURS)
    hours = support + strengths + LEADERS_SHARE * HOURS_PER_MONTH * (mentoring + drill)
    return hours, {
        "output": (1.0 + w["drill_pace_gain"] * drill) * (1.0 + CLAIMED_OUTPUT * used),
        "drill_strain": w["drill_strain_rate"] * drill,
        "rest": 1.0 + w["support_rest_gain"] * support,
        "coaching": 1.0 + w["mentoring_gain"] * mentoring,
        "voice": 1.0 + w["voice_gain"] * support,
        "quit_factor": 1.0 - CLAIMED_QUITS * used,
        "search": 1.0 + CHOOSY_SEARCH * lever["empathy_hiring_share"],
    }


@step
def choose(firms, world, policy):  # type: ignore[no-untyped-def]
    """People chosen for empathy come with the month's hires; whoever quits is as likely to be one as anybody."""
    s = firms[0]
    for f in range(len(s.alive)):
        chosen = policy[0].leadership.empathy_hiring_share[f]
        for j in range(N_SILOS):
            new = min(s.hires[f, j] / max(s.heads[f, j], 1e-9), 1.0)
            s.empathy[f, j] += new * (chosen - s.empathy[f, j])
