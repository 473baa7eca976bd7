"""Which tokens the evaluator replaces in the rows that it sends, to notice a model that sees them early.

At some positions, chosen by a secret, the next input is another token than the target: the target there is
never sent to any run. Beside the token that is shown stands one that is not, drawn the same way. To a model
that predicts from earlier tokens alone the two are alike, so that it prefers either as often as the other.
numpy is imported where it is used, so that the evaluator starts without it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# By tokens of a row: chance that the next input is replaced, and how many of the positions after it are not
# scored, since they would be predicted from a wrong token. docs/benchmarks.md has what they cost.
RATES = ((512, 0.03, 6), (2**31, 0.006, 16))
TRIES = 12  # draws among the successors of a context
FEWEST = 4  # different tokens; among fewer there are no two others than the target
EDGES = 16
EDGE_SPREAD = 0.6  # of a factor's logarithm; neighbouring limits of leak_check.py differ by twice as much


@dataclass(frozen=True)
class Plan:
    """What is sent of a split, and what is known of it. All arrays are [rows, context].

    At position t the model is asked for targets[t], which it was never shown where replaced[t]: there
    inputs[t + 1] is another token, and hidden[t] one that might have been in its place.
    """

    inputs: np.ndarray  # uint16
    targets: np.ndarray  # uint16
    hidden: np.ndarray  # uint16; 0 where nothing is replaced
    eligible: np.ndarray  # bool: might be replaced, by a chance known before
    replaced: np.ndarray  # bool
    scored: np.ndarray  # bool: predicted from tokens of which the last ones are the data's
    chance: float  # of an eligible position
    edges: np.ndarray  # fp64 [EDGES]: factors of the limits by which leak_check.py sorts positions


def plan(windows: np.ndarray, end_of_text: int, secret: bytes, name: str) -> Plan:
    """The replacements in rows of tokens, uint16 [rows, context + 1].

    They depend on the secret and on `name`, which identifies the data, alone: all runs of a machine are asked
    the same.
    """
    import numpy as np

    rows, context = windows.shape[0], windows.shape[1] - 1
    chance, spoiled = next((chance, spoiled) for size, chance, spoiled in RATES if context <= size)
    stream = Stream(hmac.new(secret, name.encode(), hashlib.sha256).digest())
    targets = windows[:, 1:]
    tossed = stream.uniform((rows, context)) < chance
    # The last target is no input, and documents keep their ends.
    possible = targets != end_of_text
    possible[:, -1] = False
    if len(np.unique(targets[possible])) < FEWEST:
        possible[:] = False
    eligible, replaced = np.zeros_like(possible), np.zeros_like(possible)
    left = np.zeros(rows, np.int64)  # positions of each row that are still spoiled
    for place in range(context):
        eligible[:, place] = possible[:, place] & (left == 0)
        replaced[:, place] = eligible[:, place] & tossed[:, place]
        left = np.where(replaced[:, place], spoiled, np.maximum(left - 1, 0))
    inputs, hidden = windows[:, :-1].copy(), np.zeros_like(targets)
    row, place = np.nonzero(replaced)
    inputs[row, place + 1], hidden[row, place] = alternatives(windows, row, place, end_of_text, stream)
    scored = np.ones_like(possible)
    for distance in range(1, spoiled + 1):
        scored[:, distance:] &= ~replaced[:, :-distance]
    # Were the limits known, a model could raise what it sees up to just below the next one, unnoticed.
    edges = np.exp((2 * stream.uniform(EDGES) - 1) * EDGE_SPREAD)
    return Plan(inputs, targets, hidden, eligible, replaced, scored, chance, edges)


def alternatives(
    windows: np.ndarray, row: np.ndarray, place: np.ndarray, end_of_text: int, stream: Stream
) -> tuple[np.ndarray, np.ndarray]:
    """For each position (row, place) two different tokens, neither the target: one to show, one to hide.

    Both follow the same two tokens elsewhere in the split, else the same one token, else occur in it. A fair
    coin says which is shown.
    """
    import numpy as np

    target = windows[row, place + 1]
    pair = np.full((2, len(row)), end_of_text, windows.dtype)
    # Contexts of each position as numbers: the two tokens up to it, the one, none.
    one = windows[:, :-1].astype(np.int64)
    two = np.concatenate((np.full((len(windows), 1), -1), one[:, :-1]), 1) * 2**16 + one
    following = windows[:, 1:].ravel()
    for contexts in (two, one, np.zeros_like(one)):
        order = np.argsort(contexts, axis=None, kind='stable')
        known = contexts.ravel()[order]
        wanted = contexts[row, place]
        first, last = np.searchsorted(known, wanted, 'left'), np.searchsorted(known, wanted, 'right')
        draws = first + (stream.uniform((TRIES, len(row))) * (last - first)).astype(np.int64)
        for draw in following[order[draws]]:
            good = (draw != target) & (draw != end_of_text) & (draw != pair[0]) & (pair[1] == end_of_text)
            empty = good & (pair[0] == end_of_text)
            pair[0, empty] = draw[empty]
            pair[1, good & ~empty] = draw[good & ~empty]
        pair[:, pair[1] == end_of_text] = end_of_text  # both from the same kind of context
    # Where one token is nearly all there is: any two of the others.
    tokens = np.unique(following)
    tokens = tokens[tokens != end_of_text]
    left = np.flatnonzero(pair[1] == end_of_text)
    own = np.searchsorted(tokens, target[left])
    steps = (stream.uniform((2, len(left))) * [[len(tokens) - 1], [len(tokens) - 2]]).astype(np.int64)
    steps[1] += steps[1] >= steps[0]
    pair[:, left] = tokens[(own + 1 + steps) % len(tokens)]
    swap = stream.uniform(len(row)) < 0.5
    return np.where(swap, pair[1], pair[0]), np.where(swap, pair[0], pair[1])


class Stream:
    """Random numbers from a key, which cannot be told from those that were seen."""

    def __init__(self, key: bytes) -> None:
        self.key, self.count = key, 0

    def uniform(self, shape: int | tuple[int, ...]) -> np.ndarray:
        """Numbers from 0 to below 1, fp64."""
        import numpy as np

        self.count += 1
        size = 4 * int(np.prod(shape))
        digest = hashlib.shake_256(self.key + self.count.to_bytes(8, 'little')).digest(size)
        return np.frombuffer(digest, '<u4').reshape(shape) / 2**32
