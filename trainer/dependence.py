"""A check that logits depend on nothing but the tokens up to their position, in their own row."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING

from failure import Failure

if TYPE_CHECKING:
    import torch

# Largest change of logits, relative to their standard deviation, when inputs change that they must not depend
# on. Both passes have the same shape, so most kernels give the same bits. Others differ by about 1e-6 in fp32
# and 0.5% in bf16 after ten blocks; a model that sees one token ahead changes by 10% and more.
TOLERANCE = {'fp32': 1e-3, 'bf16': 3e-2}
SPREAD_OUT, LAST = 24, 8  # positions of a row that are compared: spread over it, and the last ones
EXTRA = -1  # number of the extra batch
ONLY_EARLIER = 'Each token must be predicted from those before it in its row, and from nothing else.'


class DependenceCheck:
    """Scores some rows twice: in their batch, and in an extra batch with other tokens from a position on.

    The extra batch takes each of its rows from another batch, as far as there are enough, so that few batches
    escape it. Its place among the batches is random too, and all of it comes from the system's random
    numbers, which no seed foretells: a model cannot know which calls are compared, and being honest in some
    does not help. One row of the extra batch stays as it is: where that one's logits move, the others' tokens
    or earlier calls moved them.

    A row has the same index in both batches, and both have the same shape, so that the same kernels run.
    """

    def __init__(self, inputs: torch.Tensor, batches: list[torch.Tensor], vocabulary: int) -> None:
        """`inputs` are token ids, int64 [row, context]; `batches` the rows of each batch, 2 or more."""
        import torch

        chance = random.SystemRandom()
        self.count, rows, context = len(batches), len(batches[0]), inputs.shape[1]
        order = chance.sample(range(self.count), self.count)
        self.batches = [order[row % self.count] for row in range(rows)]
        self.unchanged = chance.randrange(rows)
        # Multiples of the golden ratio modulo 1 are spread evenly for any number of rows.
        shift = chance.random()
        places = [1 + int((context - 1) * ((row * 0.618034 + shift) % 1)) for row in range(rows)]
        places[self.unchanged] = context
        self.compared = [compared_positions(place) for place in places]
        known = inputs[torch.stack([batches[batch][row] for row, batch in enumerate(self.batches)])]
        tokens = torch.Generator().manual_seed(chance.getrandbits(63))
        other = (known + torch.randint(1, vocabulary, known.shape, generator=tokens)) % vocabulary
        kept = torch.arange(context) < torch.tensor(places)[:, None]
        self.extra = torch.where(kept, known, other)
        self.seen: dict[int, torch.Tensor] = {}
        self.seen_again: dict[int, torch.Tensor] = {}

    def order(self) -> Iterator[int]:
        """Numbers of the batches, and EXTRA, in random order."""
        yield from random.SystemRandom().sample([EXTRA, *range(self.count)], self.count + 1)

    def keep(self, batch: int, logits: torch.Tensor) -> None:
        """Keeps what compare() needs of a batch's logits [rows, context, vocabulary]."""
        into = self.seen_again if batch == EXTRA else self.seen
        for row, positions in enumerate(self.compared):
            if batch in (EXTRA, self.batches[row]):
                into[row] = logits[row, positions.to(logits.device)]  # a copy

    def compare(self, device: torch.device) -> None:
        """Raises Failure when logits depend on later tokens, on other rows, or on earlier calls."""
        import torch

        # The row that is the same in both first: where it moves, so do the others, for its reason.
        for row in sorted(self.seen, key=lambda row: row != self.unchanged):
            before, after = self.seen[row], self.seen_again[row]
            exact = device.type == 'cpu' and before.dtype == torch.float32
            moved = movement(before, after)
            if moved > TOLERANCE['fp32' if exact else 'bf16']:
                raise dependence_failure(moved, later=row != self.unchanged)


def dependence_failure(moved: float, later: bool) -> Failure:
    """The Failure for logits that moved when nothing they may depend on did."""
    what = 'on later tokens' if later else 'on other rows of the batch or on earlier calls (dropout, state)'
    return Failure(
        f"The model's logits depend {what}: they move by {100 * moved:.2g}% of their spread.", ONLY_EARLIER
    )


def compared_positions(place: int) -> torch.Tensor:
    """Positions before `place`: some spread over all, and the last, which see first what comes at `place`."""
    import torch

    return torch.cat(
        (torch.linspace(0, place - 1, SPREAD_OUT).long(), torch.arange(max(place - LAST, 0), place))
    )


def movement(before: torch.Tensor, after: torch.Tensor) -> float:
    """Largest change over positions of logits [positions, vocabulary], relative to their standard deviation.

    0 when `before` is not finite: the score reports that.
    """
    before, after = before.float(), after.float()
    spread = before.std(-1) + 0.01  # equal logits have a standard deviation of 0
    change = (after - before).square().mean(-1).sqrt() / spread
    return change.nan_to_num(math.inf).max().item() if before.isfinite().all() else 0.0
