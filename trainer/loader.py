"""Training batches: documents packed into rows by best fit, in an order set by the seed."""

from __future__ import annotations

import bisect
import itertools
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from failure import Failure

if TYPE_CHECKING:
    import numpy as np
    import torch

CHUNK = 2**16  # consecutive tokens on disk that are read together
POOL = 16  # random chunks whose documents are shuffled and packed together
AHEAD = 4  # batches that the thread prefetches

Piece = tuple[int, int]  # tokens [first, last) of one document's text; a row has END_OF_TEXT before them


@dataclass(frozen=True)
class Split:
    """A split: `tokens` uint16 [n], and `starts` int64 [documents], the index of each document's first token.

    Each document starts with the token `end_of_text`.
    """

    tokens: np.ndarray
    starts: np.ndarray
    end_of_text: int

    def __len__(self) -> int:
        return len(self.tokens)


def batches(
    split: Split, rows: int, context: int, seed: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (inputs, targets), int64 [rows, context] on the device; targets: shifted by one token.

    The same seed gives the same batches. All text of the split is used once before any is used again. For a
    GPU a thread prefetches batches, for CUDA in pinned memory. Raises Failure when the split is shorter than
    a row.
    """
    made = stacked(split, rows, context, seed)
    if device.type == 'cpu':
        yield from ((batch[:, :-1], batch[:, 1:]) for batch in made)
    else:
        for batch in ahead(made, pin=device.type == 'cuda'):
            moved = batch.to(device, non_blocking=True)
            yield moved[:, :-1].contiguous(), moved[:, 1:].contiguous()


def stacked(split: Split, rows: int, context: int, seed: int) -> Iterator[torch.Tensor]:
    """Batches int64 [rows, context + 1] in host memory."""
    import numpy as np
    import torch

    if len(split) <= context:
        raise Failure(
            f'MAX_SEQ_LEN is {context}.', f'It must be below the {len(split):,} tokens of the train split.'
        )
    tokens = np.asarray(split.tokens)  # slicing an ndarray takes a third of the time of slicing a memmap
    packed = packed_rows(split, context + 1, seed)
    while True:
        batch = np.empty((rows, context + 1), dtype=np.int64)
        for row, pieces in zip(batch, itertools.islice(packed, rows), strict=True):
            fill(row, pieces, tokens, split.end_of_text)
        yield torch.from_numpy(batch)


def fill(row: np.ndarray, pieces: list[Piece], tokens: np.ndarray, end_of_text: int) -> None:
    """Writes pieces into a row, each after an `end_of_text`."""
    at = 0
    for first, last in pieces:
        row[at] = end_of_text
        row[at + 1 : at + 1 + last - first] = tokens[first:last]
        at += 1 + last - first


def packed_rows(split: Split, size: int, seed: int) -> Iterator[list[Piece]]:
    """Endless rows of exactly `size` tokens. Pieces left over in one pool go into the next."""
    import numpy as np

    random = np.random.default_rng(seed)
    bounds = np.unique(np.searchsorted(split.starts, np.arange(0, len(split), CHUNK)))
    bounds = np.append(bounds[bounds < len(split.starts)], len(split.starts))
    left: list[Piece] = []
    while True:
        order = random.permutation(len(bounds) - 1)
        for at in range(0, len(order), POOL):
            chunks = [pieces_of(split, bounds[i], bounds[i + 1], size) for i in order[at : at + POOL]]
            pieces = [*left, *itertools.chain(*chunks)]
            rows, left = pack([pieces[i] for i in random.permutation(len(pieces))], size)
            yield from (rows[i] for i in random.permutation(len(rows)))


def pieces_of(split: Split, first: int, last: int, size: int) -> Iterator[Piece]:
    """The documents [first, last) of a split as pieces of at most `size` - 1 tokens."""
    starts = split.starts[first : last + 1].tolist()
    if last == len(split.starts):
        starts.append(len(split))
    for start, end in itertools.pairwise(starts):
        for at in range(start + 1, end, size - 1):
            yield at, min(at + size - 1, end)


def pack(pieces: list[Piece], size: int) -> tuple[list[list[Piece]], list[Piece]]:
    """Rows of exactly `size` tokens, and the pieces left over that do not fill a row.

    Best fit: a row takes the longest piece that fits until it is full. When none fits, the shortest piece is
    cut and its rest is packed later, so that no text is lost.
    """
    rows = [[piece] for piece in pieces if piece[1] - piece[0] + 1 == size]
    by_length: dict[int, list[Piece]] = {}
    for first, last in pieces:
        if last - first + 1 < size:
            by_length.setdefault(last - first + 1, []).append((first, last))
    lengths = sorted(by_length)

    def take(length: int) -> Piece:
        piece = by_length[length].pop()
        if not by_length[length]:
            lengths.remove(length)
        return piece

    while True:
        row: list[Piece] = []
        gap = size
        while gap and lengths:
            at = bisect.bisect_right(lengths, gap) - 1
            first, last = take(lengths[max(at, 0)])
            if at < 0:
                rest = (first + gap - 1, last)
                length = rest[1] - rest[0] + 1
                if not by_length.setdefault(length, []):
                    bisect.insort(lengths, length)
                by_length[length].append(rest)
                last = first + gap - 1
            row.append((first, last))
            gap -= last - first + 1
        if gap:
            return rows, row
        rows.append(row)


def ahead(made: Iterator[torch.Tensor], pin: bool) -> Iterator[torch.Tensor]:
    """The same batches, prefetched by a thread that ends when this iterator is closed."""
    waiting: queue.Queue = queue.Queue(AHEAD)
    ended = threading.Event()

    def offer(item: object) -> None:
        while not ended.is_set():
            try:
                return waiting.put(item, timeout=0.2)
            except queue.Full:
                continue

    def work() -> None:
        try:
            for batch in made:
                offer(batch.pin_memory() if pin else batch)
                if ended.is_set():
                    return
        except BaseException as error:  # raised in the consumer
            offer(error)

    threading.Thread(target=work, daemon=True, name='loader').start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        ended.set()
