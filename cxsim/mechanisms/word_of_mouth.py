"""Word of mouth: stories travel over a fixed network and move the image that people have of each firm.

A memorable month is told with some probability, a bad one at a multiple (about twice as many hear bad news:
TARP, quoted by Goodman). Each story heard moves the image of its firm by a share of the way to the best or the
worst; the image also follows the firm's public reputation. News told this month is heard next month.
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.kernels import step
from cxsim.engine.numerics import ONE, F, clip
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_TALK

WORLD = world(
    "word_of_mouth",
    Parameter("talk_prob", 0.2, "probability per memorable month", 0, 1, "assumption: one good experience in five is told",
              "chance that a good story is told"),
    Parameter("bad_news_ratio", 2, "ratio", 0, 5, "bad news reaches about twice as many people (TARP, quoted by Goodman)",
              "chance that a bad story is told against a good one"),
    Parameter("story_weight", 0.05, "share per story", 0, 0.5, "assumption: a story moves an image by a twentieth of the way",
              "how far one story moves the image of a firm"),
    Parameter("reputation_rate", 0.05, "per month", 0, 1, "assumption: reviews and news inform people within two years",
              "rate at which a person's image of a firm follows its reputation"),
    Parameter("ties", 6, "people", 2, 10, "assumption: close ties with whom purchases are talked over",
              "mean number of people whom a person hears from"),
    Parameter("far_share", 0.1, "share", 0, 1, "assumption: a small world (Watts & Strogatz 1998)",
              "ties to anyone instead of to the neighbourhood"),
)  # fmt: skip
READS = ("served_by", "relief", "recovery", "failed", "sanctioned", "ended", "good_news", "bad_news")
WRITES = ("image", "news")

_BEST, _WORST, _MEMORABLE = F(1.2), F(-0.2), F(0.1)
_W4, _WONE, _W15 = np.uint64(4), np.uint64(1), np.uint64(15)


@step
def listen(tile, told, start, ties, first, sums):  # type: ignore[no-untyped-def]
    """Count the good and bad stories that each customer of the block hears about each firm.

    ``told`` holds last month's code of everybody. Four bits each for good and bad per firm add up in one 64-bit
    word, and prefix sums over the block's ties replace a loop of varying length: exact, and without branches.
    """
    c = tile[0]
    base = start[first]
    n_ties = start[first + c.m] - base
    total = np.uint64(0)
    sums[0] = total
    for e in range(n_ties):
        code = np.uint64(told[ties[base + e]])
        story = np.uint64(code != 0) << (_W4 * (code - np.uint64(code != 0)))
        total += story
        sums[e + 1] = total
    n = c.image.shape[0]
    for i in range(c.m):
        heard = sums[start[first + i + 1] - base] - sums[start[first + i] - base]
        for f in range(n):
            c.good_news[f, i] = F(np.int32((heard >> np.uint64(8 * f)) & _W15))
            c.bad_news[f, i] = F(np.int32((heard >> np.uint64(8 * f + 4)) & _W15))


@step
def hear(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Move images by the stories heard and toward public reputation."""
    c, w, t = tile[0], world[0].word_of_mouth, firms[0]
    weight, follow = w.story_weight, w.reputation_rate * world[0].dt
    for f in range(c.image.shape[0]):
        reputation = t.reputation[f]
        for i in range(c.m):
            seen = c.image[f, i]
            moved = weight * (c.good_news[f, i] * (_BEST - seen) + c.bad_news[f, i] * (_WORST - seen))
            c.image[f, i] = clip(seen + moved + follow * (reputation - seen), F(-9), F(9))


@step
def tell(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Whose month was memorable, and who tells of it."""
    c, w = tile[0], world[0].word_of_mouth
    good, bad = w.talk_prob, min(w.talk_prob * w.bad_news_ratio, ONE)
    loss, sanction = world[0].journey.failure_loss, world[0].conduct.sanction_loss
    u = luck[LUCK_TALK]
    for i in range(c.m):
        lived = c.relief[i] + c.recovery[i] - loss * c.failed[i] - sanction * c.sanctioned[i] - c.ended[i]
        ill = lived < -_MEMORABLE
        told = (c.served_by[i] >= 0) & (((lived > _MEMORABLE) & (u[i] < good)) | (ill & (u[i] < bad)))
        c.news[i] = 1 + 2 * c.served_by[i] + (1 if ill else 0) if told else 0


@step
def credit(firms, world, policy):  # type: ignore[no-untyped-def]
    """Reputation follows the mean satisfaction of a firm's customers over half a year."""
    s, share = firms[0], min(world[0].dt / F(6), ONE)
    for f in range(len(s.alive)):
        if s.customers[f] > 0:
            s.reputation[f] += share * (F(s.sum_satisfaction[f] / s.customers[f]) - s.reputation[f])


