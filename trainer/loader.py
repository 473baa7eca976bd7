"""Training rows: documents packed by best fit, in an order by seed, made while the device computes."""

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

CHUNK = 2**16  # tokens that lie together on disk and are read together
POOL = 16  # chunks, from anywhere, whose documents are mixed and packed together
AHEAD = 4  # batches made before they are asked for

Piece = tuple[int, int]  # text tokens [first, last) of one document; in a row, END_OF_TEXT stands before them


@dataclass(frozen=True)
class Split:
    """The tokens of a split: uint16 [tokens], and where its documents begin, int64 [documents], both on disk.

    Each document begins with `end_of_text`.
    """

    tokens: np.ndarray
    starts: np.ndarray
    end_of_text: int

    def __len__(self) -> int:
        return len(self.tokens)


def batches(
    split: Split, rows: int, context: int, seed: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (inputs, targets), int64 [rows, context] on the device, targets one token on; alike for a seed.

    All text of the split comes once before any comes again. For a GPU the batches are made by a thread, in
    pinned memory. Raises Failure when the split is shorter than a row.
    """
    made = stacked(split, rows, context, seed)
    if device.type == 'cpu':
        yield from ((batch[:, :-1], batch[:, 1:]) for batch in made)
    else:
        for batch in ahead(made, pin=device.type == 'cuda'):
            moved = batch.to(device, non_blocking=True)
            yield moved[:, :-1].contiguous(), moved[:, 1:].contiguous()


def stacked(split: Split, rows: int, context: int, seed: int) -> Iterator[torch.Tensor]:
    """Batches int64 [rows, context + 1] in the memory of the host."""
    import numpy as np
    import torch

    if len(split) <= context:
        raise Failure(
            f'The train split has {len(split):,} tokens.', f'CONTEXT must be below that; it is {context}.'
        )
    tokens = np.asarray(split.tokens)  # a slice of a plain array costs a third of a memmap's
    packed = packed_rows(split, context + 1, seed)
    while True:
        batch = np.empty((rows, context + 1), dtype=np.int64)
        for row, pieces in zip(batch, itertools.islice(packed, rows), strict=True):
            fill(row, pieces, tokens, split.end_of_text)
        yield torch.from_numpy(batch)


def fill(row: np.ndarray, pieces: list[Piece], tokens: np.ndarray, end_of_text: int) -> None:
    """Writes pieces one after the other, END_OF_TEXT before each."""
    at = 0
    for first, last in pieces:
        row[at] = end_of_text
        row[at + 1 : at + 1 + last - first] = tokens[first:last]
        at += 1 + last - first


def packed_rows(split: Split, size: int, seed: int) -> Iterator[list[Piece]]:
    """Rows of exactly `size` tokens without end. What fills no row of a pool goes into the next."""
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
    """The documents [first, last) of a split; one longer than a row as pieces of a row each, and a rest."""
    starts = split.starts[first : last + 1].tolist()
    if last == len(split.starts):
        starts.append(len(split))
    for start, end in itertools.pairwise(starts):
        for at in range(start + 1, end, size - 1):
            yield at, min(at + size - 1, end)


def pack(pieces: list[Piece], size: int) -> tuple[list[list[Piece]], list[Piece]]:
    """Rows of exactly `size` tokens, and the pieces that are left over because they fill none.

    A row takes the longest piece that fits until it is full. When none fits, the shortest is cut to fill it,
    and its rest stays among the pieces: no text is lost.
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
    """The same batches, up to AHEAD of them made by a thread before they are asked for; it ends with this."""
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
        except BaseException as error:  # raised where the batch is asked for
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
