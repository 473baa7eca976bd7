"""In which batches the evaluator sends its rows, among made-up rows that tell what else moves logits.

Places that no row of the data fills, four at least, hold made-up text that resembles it. Of pairs of such
rows, at the same place of two batches, one is the same in both: where its logits move, other rows or earlier
calls moved them. The others go on differently from some position on: where logits before it move, later
tokens moved them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dependence import LAST, SPREAD_OUT, TOLERANCE, dependence_failure

if TYPE_CHECKING:
    import numpy as np

    from leak_plan import Stream

PAIRS = 8  # of made-up rows, at most


@dataclass(frozen=True)
class Pair:
    """A made-up row that is sent twice, at the same place of two batches, alike up to `same` tokens."""

    place: int
    batches: tuple[int, int]
    same: int


@dataclass(frozen=True)
class Batches:
    """All that is sent: `tokens` uint16 [batch, row, context]; `rows` [batch, row], -1 for made-up text."""

    tokens: np.ndarray
    rows: np.ndarray
    pairs: list[Pair]

    @property
    def calls(self) -> np.ndarray:
        """For each row of the data the number of its batch."""
        import numpy as np

        batch, place = np.nonzero(self.rows >= 0)
        found = np.empty(len(batch), np.int64)
        found[self.rows[batch, place]] = batch
        return found


def arranged(inputs: np.ndarray, size: int, stream: Stream) -> Batches:
    """The rows `inputs` [rows, context] in batches of `size` rows, 2 or more.

    Which rows share a batch depends on the stream alone, so that kernels round alike in all runs; the order
    of the batches comes from the system's random numbers.
    """
    import numpy as np

    rows, context = inputs.shape
    count = max(-(-(rows + 4) // size), 2)
    spare = count * size - rows
    free = np.ones((count, size), bool)
    pairs = []
    for place in np.argsort(stream.uniform(size))[: min(PAIRS, spare // 2)]:
        batches = np.argsort(stream.uniform(count))[:2]
        free[batches, place] = False
        same = 1 + int(stream.uniform(1)[0] * (context - 1)) if pairs else context
        pairs.append(Pair(int(place), (int(batches[0]), int(batches[1])), same))
    of = np.full((count, size), -1)
    at = np.flatnonzero(free)
    of.ravel()[at[np.argsort(stream.uniform(len(at)))[:rows]]] = np.arange(rows)
    tokens = np.empty((count, size, context), inputs.dtype)
    tokens[of >= 0] = inputs[of[of >= 0]]
    tokens[of < 0] = made_up(inputs, spare, stream)
    for pair in pairs:
        first, second = pair.batches
        tokens[second, pair.place, : pair.same] = tokens[first, pair.place, : pair.same]
    order = np.random.default_rng().permutation(count)
    now = np.argsort(order)
    moved = [Pair(pair.place, tuple(sorted(int(now[i]) for i in pair.batches)), pair.same) for pair in pairs]
    return Batches(tokens[order], of[order], moved)


def made_up(inputs: np.ndarray, rows: int, stream: Stream) -> np.ndarray:
    """Rows in which every token follows the one before it somewhere in `inputs`."""
    import numpy as np

    before, after = inputs[:, :-1].ravel(), inputs[:, 1:].ravel()
    order = np.argsort(before, kind='stable')
    known = before[order]
    text = np.empty((rows, inputs.shape[1]), inputs.dtype)
    text[:, 0] = inputs[np.arange(rows) % len(inputs), 0]
    chance = stream.uniform(text.shape)
    for place in range(1, text.shape[1]):
        first = np.searchsorted(known, text[:, place - 1], 'left')
        last = np.searchsorted(known, text[:, place - 1], 'right')
        at = first + (chance[:, place] * (last - first)).astype(np.int64)
        # A token at the end of a row alone is followed by any.
        at = np.where(last > first, at, (chance[:, place] * len(known)).astype(np.int64))
        text[:, place] = after[order[at]]
    return text


class PairCheck:
    """Compares the logits of the rows that are sent twice."""

    def __init__(self, pairs: list[Pair], exact: bool) -> None:
        """`exact`: the logits are computed in fp32 on a processor."""
        self.pairs, self.tolerance = pairs, TOLERANCE['fp32' if exact else 'bf16']
        self.seen: dict[int, list[np.ndarray]] = {number: [] for number in range(len(pairs))}

    def wanted(self, batch: int) -> list[tuple[int, int, np.ndarray]]:
        """(pair, row, positions) of a batch's logits that keep() needs."""
        return [
            (number, pair.place, compared_positions(pair.same))
            for number, pair in enumerate(self.pairs)
            if batch in pair.batches
        ]

    def keep(self, number: int, logits: np.ndarray) -> None:
        """Keeps the logits of a pair's row, fp32 [positions, vocabulary]."""
        self.seen[number].append(logits)

    def compare(self) -> None:
        """Raises Failure when logits depend on other rows, on earlier calls, or on later tokens."""
        for number, (before, after) in self.seen.items():  # the first is the same in both
            moved = movement(before, after)
            if moved > self.tolerance:
                raise dependence_failure(moved, later=number > 0)


def compared_positions(same: int) -> np.ndarray:
    """Positions before `same`: some spread over all, and the last."""
    import numpy as np

    return np.unique(
        np.concatenate(
            (np.linspace(0, same - 1, SPREAD_OUT).astype(int), np.arange(max(same - LAST, 0), same))
        )
    )


def movement(before: np.ndarray, after: np.ndarray) -> float:
    """Largest change over positions of logits [positions, vocabulary], relative to their standard deviation.

    0 when either is not finite: the score reports that.
    """
    import numpy as np

    if not (np.isfinite(before).all() and np.isfinite(after).all()):
        return 0.0
    before, after = before.astype(np.float64), after.astype(np.float64)
    spread = before.std(-1) + 0.01  # equal logits have a standard deviation of 0
    moved = float((np.sqrt(np.square(after - before).mean(-1)) / spread).max())
    return moved if math.isfinite(moved) else math.inf
