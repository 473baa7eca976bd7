"""Whether a model prefers the tokens it was shown early, or loses where it was shown others than the targets.

Both are bets that an honest model cannot lose on average, whatever it predicts: for each position a stake
is multiplied by a factor whose mean is 1, so that the chance to multiply it by n is at most 1/n. A stake of 1
is split over parts of the evaluation, kinds of position and sizes of bet; the sum decides.

First bet: of the two tokens at a replaced position, the more probable one is the one that was shown. A coin
decided that, so for a model that predicts from earlier tokens it is one half.

Second bet: among positions with a well predicted target few are replaced, among the others many. A coin
with a known chance decided that, whatever the prediction. It finds a model that uses what it is shown only
where that is plausible.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from leak_plan import Plan

LIMIT = 20_000  # an honest model's evaluation of one split is rejected less often than once in this many
# Kinds of replaced position: the probability of the likelier token above …, and how much likelier, in nats.
PAIRS = ((0.0, 0.0), (0.1, 0.0), (0.5, 0.0), (0.9, 0.0), (0.0, 2.0), (0.0, 5.0), (0.0, 10.0))
PAIR_BETS = (0.05, 0.2, 0.6, 0.97)
LOSSES = (0.01, 0.03, 0.1, 0.3, 0.7, 1.5, 3.0, 5.0)  # nats
LOW_BETS, HIGH_BETS = (0.05, 0.2, 0.6, 0.97), (0.003, 0.02, 0.1, 0.5)


@dataclass(frozen=True)
class Evidence:
    """What the bets came to: factors of the stake, of which `factor` decides."""

    factor: float
    pairs: int  # replaced positions where the model prefers one of the two tokens
    shown: int  # of these, the ones where it prefers the one that was shown
    where: str  # the part of the evaluation that gave most, e.g. "call 3"

    @property
    def leaks(self) -> bool:
        """Whether an honest model is practically impossible."""
        return self.factor >= LIMIT


def evidence(plan: Plan, found: np.ndarray, calls: np.ndarray) -> Evidence:
    """The evidence against a model's log-probabilities, ln [rows, context, 3]: of target, shown and hidden.

    The latter two matter at replaced positions alone. `calls` has the number of the call of each row.
    """
    import numpy as np

    target, shown, hidden = (found[..., kind] for kind in range(3))
    with np.errstate(invalid='ignore'):  # two tokens of probability 0
        top, apart = np.maximum(shown, hidden), np.abs(shown - hidden)
    of_losses, of_pairs = plan.edges[: len(LOSSES)], plan.edges[len(LOSSES) :]
    kinds = [
        plan.replaced & (top > (edge * math.log(least) if least else -np.inf)) & (apart > edge * far)
        for (least, far), edge in zip(PAIRS, of_pairs, strict=False)
    ]
    won = shown > hidden
    pairs = [(kind & won, kind & ~won) for kind in kinds]
    loss = -target
    limits = LOSSES * of_losses
    low = [(plan.eligible & (loss <= limit)) for limit in limits]
    high = [(plan.eligible & (loss > limit)) for limit in limits]
    tossed = [[(kind & plan.replaced, kind & ~plan.replaced) for kind in group] for group in (low, high)]
    odds = plan.chance / (1 - plan.chance)
    bets = [
        (1 / 2, pairs, [(1 + bet, 1 - bet) for bet in PAIR_BETS]),
        (1 / 4, tossed[0], [(1 - bet, 1 + bet * odds) for bet in LOW_BETS]),
        (1 / 4, tossed[1], [(1 + bet / odds, 1 - bet) for bet in HIGH_BETS]),
    ]
    total, best, where = -math.inf, -math.inf, ''
    for share, counted, factors in bets:
        by_row = np.array([[side.sum(1) for side in kind] for kind in counted], float)  # [kinds, 2, rows]
        by_place = np.array([[side.sum(0) for side in kind] for kind in counted], float)
        logs = np.log(np.array(factors))  # [bets, 2]
        for names, windows in parts(by_row, by_place, calls):  # windows: [kinds, 2, windows]
            won_by = np.einsum('ksw,bs->wkb', windows, logs)
            each = np.logaddexp.reduce(won_by.reshape(len(won_by), -1), 1)
            each += math.log(share / 4 / len(won_by) / won_by[0].size)
            total = np.logaddexp(total, np.logaddexp.reduce(each))
            if each.max() > best:
                best, where = each.max(), names(int(each.argmax()))
    wins, losses = (int(side.sum()) for side in pairs[0])
    return Evidence(math.exp(min(float(total), 700.0)), wins + losses, wins, where)


def parts(by_row: np.ndarray, by_place: np.ndarray, calls: np.ndarray) -> Iterator[tuple]:
    """Parts of the evaluation, as (name by number, counts [kinds, 2, part]): all, calls, rows, positions."""
    import numpy as np

    yield lambda _: 'all rows', by_row.sum(-1, keepdims=True)
    number = int(calls.max()) + 1
    by_call = np.zeros((*by_row.shape[:2], number))
    np.add.at(by_call, (slice(None), slice(None), calls), by_row)
    if spans := list(stretches(number)):  # with one call there is nothing but all
        yield (
            lambda i: f'calls {spans[i][0] + 1} to {spans[i][1]}',
            np.stack([by_call[..., first:last].sum(-1) for first, last in spans], -1),
        )
    yield lambda i: f'row {i + 1}', by_row
    context = by_place.shape[-1]
    places = list(stretches(8))
    edges = [round(context * i / 8) for i in range(9)]
    places = [(edges[first], edges[last]) for first, last in places]
    places += [(max(context - 2**i, 0), context) for i in range(1, context.bit_length() - 3)]
    yield (
        lambda i: f'positions {places[i][0] + 1} to {places[i][1]}',
        np.stack([by_place[..., first:last].sum(-1) for first, last in places], -1),
    )


def stretches(count: int) -> Iterator[tuple[int, int]]:
    """Intervals [first, last) of 0 to `count`: each number, two, four, …; all before and all after each."""
    size = 1
    while size < count:
        yield from ((first, min(first + size, count)) for first in range(0, count, size))
        size *= 2
    yield from ((first, count) for first in range(1, count))
    yield from ((0, last) for last in range(1, count))
