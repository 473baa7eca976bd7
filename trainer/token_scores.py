"""Log-probabilities from logits that lie in memory which the scored process can change at any time.

Every part of them is copied first, and only the copy is read: what is changed meanwhile changes a score as
other logits would, and cannot make probabilities that add up to more than 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch

BLOCK = 2**17  # logits that are copied at a time; they stay in the processor's cache
GPU_BLOCK = 2**27
NUMPY = {'float32': '<f4', 'float16': '<f2', 'bfloat16': '<u2'}  # numpy has no bf16: its bits


def log_probabilities(memory: memoryview, kind: str, wanted: np.ndarray) -> np.ndarray:
    """Log-probability (ln) of some tokens at each position, fp64 [positions, tokens], on the processor.

    `memory` has logits [positions, vocabulary] of a `kind` in channel.BYTES; `wanted` are token ids,
    [positions, tokens]. A logit that is no number makes its position's scores none.
    """
    import numpy as np

    logits = np.frombuffer(memory, NUMPY[kind]).reshape(len(wanted), -1)
    size = max(BLOCK // logits.shape[1], 1)
    copy = np.empty((size, logits.shape[1]), np.float32)
    found = np.empty(wanted.shape)
    with np.errstate(all='ignore'):  # what is no number is found in the scores
        for first in range(0, len(wanted), size):
            part = copy[: min(size, len(wanted) - first)]
            as_fp32(logits[first : first + len(part)], kind, part)
            part -= part.max(1, keepdims=True)
            here = slice(first, first + len(part))
            found[here] = np.take_along_axis(part, wanted[here], 1)
            np.exp(part, out=part)
            found[here] -= np.log(part.sum(1), dtype=np.float64)[:, None]
    return found


def as_fp32(logits: np.ndarray, kind: str, out: np.ndarray) -> None:
    """Copies logits into an array of fp32; bf16 is the upper half of its bits."""
    import numpy as np

    if kind == 'bfloat16':
        np.left_shift(logits, 16, out=out.view(np.uint32), dtype=np.uint32)
    else:
        out[:] = logits


def log_probabilities_by_torch(
    memory: memoryview, kind: str, wanted: np.ndarray, device: torch.device
) -> np.ndarray:
    """The same on another device, to which the logits are copied."""
    import torch

    logits = torch.frombuffer(memory, dtype=getattr(torch, kind)).view(len(wanted), -1)
    index = torch.from_numpy(wanted)
    size = max(GPU_BLOCK // logits.shape[1], 1)
    found = []
    for part, tokens in zip(logits.split(size), index.split(size), strict=True):
        own = part.to(device, copy=True).float().log_softmax(-1)
        found.append(own.gather(-1, tokens.to(device)).double())
    return torch.cat(found).cpu().numpy()
