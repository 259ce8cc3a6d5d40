"""Word of mouth: stories travel over a fixed network and move the image that people have of each firm.

A month is memorable where its events are worth more than .1 months of spend, either way (a failure with its
disconfirmation, a relationship ended counting as 1). It is told with some probability, a bad one at a multiple
(about twice as many hear bad news: TARP, quoted by Goodman). Each story heard moves the image of its firm by a
share of the way to the best (1.2) or the worst (-.2), at the market's price; a month of the firm's public reputation
moves it as far as one story. News told this month is heard next month.
"""

from __future__ import annotations

import numpy as np

from cxsim.engine.kernels import step
from cxsim.engine.numerics import ONE, F, clip, felt
from cxsim.parameters import Parameter, world
from cxsim.population import LUCK_TALK

WORLD = world(
    "word_of_mouth",
    Parameter(
        "talk_prob", 0.2, "probability per memorable month", 0, 1,
        "assumption: one good experience in five is told; range: none to twice",
        "chance that a good story is told",
        range=(0, 0.4),
    ),
    Parameter(
        "bad_news_ratio", 2, "ratio", 0, 5,
        ("bad news reaches about twice as many people (TARP, quoted by Goodman): an input, hence no test; range: as "
         "many, to three times"),
        "chance that a bad story is told against a good one",
        range=(1, 3),
    ),
    Parameter(
        "story_weight", 0.05, "share per story", 0, 0.5,
        ("assumption: a story moves an image by a twentieth of the way; reviews and news inform people within two "
         "years; range: none to twice"),
        "how far one story, or a month of public reputation, moves the image of a firm",
        range=(0, 0.1),
    ),
)
CLAIMS = ("D20",)
READS = ("served_by", "relief", "recovery", "failed", "sanctioned", "ended")
WRITES = ("good_news", "bad_news", "image", "news")

_BEST, _WORST, _MEMORABLE = F(1.2), F(-0.2), F(0.1)
_W0, _W1, _W4, _W15 = np.uint64(0), np.uint64(1), np.uint64(4), np.uint64(15)


@step
def spread(tile, scratch, first, start, ties, heard):  # type: ignore[no-untyped-def]
    """Pass the block's stories on: count them in the word of everyone who hears from the teller.

    ``first`` is the block's first customer, ``scratch`` (3 or more, block) int32 room to work in. ``heard`` (n,) uint64
    holds four bits for good and four for bad stories of each firm, which stop at 15; adding is exact in any order. Few
    tell, so passing on is far cheaper than everybody asking all whom they know. The loops before the last fetch from
    memory what it needs, many at a time; the number returned only keeps the compiler from leaving them out.
    """
    c, tellers = tile[0], 0
    who, begin, end = scratch[0], scratch[1], scratch[2]
    for i in range(c.m):
        who[tellers] = i
        tellers += 1 if c.news[i] != 0 else 0
    for j in range(tellers):
        begin[j], end[j] = start[first + who[j]], start[first + who[j] + 1]
    fetched = np.uint64(0)
    for j in range(tellers):
        fetched += heard[ties[begin[j]]]
    for j in range(tellers):
        shift = np.uint64(4 * (c.news[who[j]] - 1))
        for e in range(begin[j], end[j]):
            word = heard[ties[e]]
            room = _W1 if (word >> shift) & _W15 < _W15 else _W0
            heard[ties[e]] = word + (room << shift)
    return fetched


@step
def listen(tile, heard):  # type: ignore[no-untyped-def]
    """Unpack what the block has heard since last month (``heard``, its part), and clear it."""
    c = tile[0]
    for f in range(c.image.shape[0]):
        good, bad, shift = c.good_news[f], c.bad_news[f], np.uint64(8 * f)
        for i in range(c.m):
            word = heard[i] >> shift
            good[i] = F(np.int32(word & _W15))
            bad[i] = F(np.int32((word >> _W4) & _W15))
    heard[: c.m] = 0


@step
def hear(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Move images by the stories heard and toward public reputation."""
    c, w, t = tile[0], world[0].word_of_mouth, firms[0]
    weight = w.story_weight
    follow = weight * world[0].dt
    for f in range(c.image.shape[0]):
        dearer = t.dearer[f]  # which the reputation takes in at the end of the month
        reputation, best, worst = t.reputation[f] - dearer, _BEST - t.dear[f], _WORST - t.dear[f]
        for i in range(c.m):
            seen = c.image[f, i] - dearer
            good, bad = weight * c.good_news[f, i], weight * c.bad_news[f, i]
            moved = good * (best - seen) + bad * (worst - seen) + follow * (reputation - seen)
            # many stories at once lead to where they point on balance, and no further
            c.image[f, i] = clip(seen + moved / max(good + bad + follow, ONE), F(-9), F(9))


@step
def tell(tile, luck, world, policy, firms):  # type: ignore[no-untyped-def]
    """Whose month was memorable, and who tells of it."""
    c, w = tile[0], world[0].word_of_mouth
    good, bad = w.talk_prob, min(w.talk_prob * w.bad_news_ratio, ONE)
    failure_felt, sanction = felt(world[0].journey.failure_loss), world[0].conduct.sanction_loss
    u = luck[LUCK_TALK]
    for i in range(c.m):
        lived = c.relief[i] + c.recovery[i] - failure_felt * c.failed[i] - sanction * c.sanctioned[i] - c.ended[i]
        ill = lived < -_MEMORABLE
        told = (c.served_by[i] >= 0) & (((lived > _MEMORABLE) & (u[i] < good)) | (ill & (u[i] < bad)))
        c.news[i] = 1 + 2 * c.served_by[i] + (1 if ill else 0) if told else 0


@step
def credit(firms, world, policy):  # type: ignore[no-untyped-def]
    """Reputation follows the mean satisfaction of a firm's customers over half a year."""
    s, share = firms[0], min(world[0].dt / F(6), ONE)
    for f in range(len(s.alive)):
        if s.customers[f] > 0:
            known = s.reputation[f] - s.dearer[f]
            s.reputation[f] = known + share * (F(s.sum_satisfaction[f] / s.customers[f]) - known)


