"""The score, bits per byte, computed from logits, with checks against scores that are wrong by accident."""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from failure import Failure, write_whole

if TYPE_CHECKING:
    import torch

    from prepare import Data

    # Token ids [rows, context] to logits [rows, context, vocabulary].
    Model = Callable[[torch.Tensor], torch.Tensor]

BATCH_TOKENS = {'cpu': 2**12, 'mps': 2**14, 'cuda': 2**15}  # tokens per batch, unless `rows` is given
SCORED = 2**24  # logits per call of log_softmax: 64 MiB in fp32
# Largest change of logits, relative to their standard deviation, when inputs change that they must not depend
# on. Both passes have the same shape, so most kernels give the same bits. Others differ by about 1e-6 in fp32
# and 0.5% in bf16 after ten blocks; a model that sees one token ahead changes by 10% and more.
TOLERANCE = {'fp32': 1e-3, 'bf16': 3e-2}

measured_before = False  # whether this process has evaluated


def evaluate(model: Model, data: Data, device: torch.device, rows: int | None = None) -> dict[str, float]:
    """Bits per byte of the splits named by NIGHTSHIFT_SPLITS, e.g. {'val_bpb': 1.9}.

    `model` maps token ids int64 [rows, context] to logits [rows, context, vocabulary]. It is always called
    with `rows` rows of data.context tokens, so that a compiled model sees one shape. The scores are also
    written to the file NIGHTSHIFT_EVAL. Raises Failure for data that changed since it was prepared, logits of
    another shape, scores that are not finite, logits that depend on later tokens or on other rows, and for a
    second evaluation in one run of a session: a choice made by val is training on val.
    """
    import torch

    global measured_before
    target = os.environ.get('NIGHTSHIFT_EVAL')
    if target and measured_before:
        raise Failure(
            'This run was evaluated twice.', 'Choose by the training loss; val is measured once, at the end.'
        )
    rows = max(rows or BATCH_TOKENS.get(device.type, 2**14) // data.context, 2)  # check_dependence needs 2
    lengths = torch.frombuffer(bytearray(checked(data, 'token_bytes.u16')), dtype=torch.int16).long()
    measured: dict[str, float] = {}
    scored: dict[str, dict[str, int]] = {}
    by_row: dict[str, list[tuple[float, int]]] = {}
    for split in wanted_splits():
        windows = torch.frombuffer(bytearray(checked(data, f'{split}.u16')), dtype=torch.int16)
        windows = (windows.long() & 0xFFFF).view(-1, data.context + 1)
        with torch.no_grad():
            by_row[split] = score(model, windows, lengths, data.vocabulary, rows, device)
        nats, length = (sum(column) for column in zip(*by_row[split], strict=True))
        measured[f'{split}_bpb'] = nats / (math.log(2) * length)
        scored[split] = {'tokens': windows.shape[0] * data.context, 'bytes': length}
    if target:
        measured_before = True
        write_record(Path(target), measured, scored, by_row, data, device)
    return measured


def write_record(
    path: Path,
    measured: dict[str, float],
    scored: dict,
    by_row: dict[str, list[tuple[float, int]]],
    data: Data,
    device: torch.device,
) -> None:
    """Writes scores, data and versions to the file NIGHTSHIFT_EVAL, atomically.

    `rows` has nats and bytes of every row, so that two models can be compared row by row. Nats are rounded to
    a thousandth, far below what two runs of one row differ by.
    """
    import torch

    record = {
        **measured,
        'data': {'name': data.name, 'fingerprint': data.fingerprint},
        'scored': scored,
        'rows': {name: [(round(nats, 3), length) for nats, length in rows] for name, rows in by_row.items()},
        'torch': torch.__version__.partition('+')[0],
        'python': platform.python_version(),
        'device': device_name(device),
    }
    try:
        write_whole(path, f'{json.dumps(record)}\n'.encode())
    except OSError as error:
        raise Failure(
            f'{path} could not be written ({error.strerror}).', 'NIGHTSHIFT_EVAL names it.'
        ) from error


def wanted_splits() -> list[str]:
    """The splits in NIGHTSHIFT_SPLITS, e.g. "val,holdout"; default val."""
    text = os.environ.get('NIGHTSHIFT_SPLITS', 'val')
    splits = [part.strip() for part in text.split(',')]
    if not set(splits) <= {'val', 'holdout'}:
        raise Failure(f'NIGHTSHIFT_SPLITS is "{text}".', 'It may be "val" or "val,holdout".')
    return splits


def checked(data: Data, name: str) -> bytes:
    """Content of a cache file. Raises Failure when its SHA-256 is not the one of the prepared file."""
    content = (data.path / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != data.digests[name]:
        raise Failure(
            f'{data.path / name} was changed after it was prepared.',
            'Remove the folder; it will be made again.',
        )
    return content


def score(
    model: Model,
    windows: torch.Tensor,
    lengths: torch.Tensor,
    vocabulary: int,
    rows: int,
    device: torch.device,
) -> list[tuple[float, int]]:
    """For each row of windows [rows, context + 1]: the loss over its targets in nats, and the targets' bytes.

    Targets that stand for no bytes are left out of both. `lengths` are bytes by token, int64 [vocabulary].
    """
    import torch

    targets = windows[:, 1:]
    parts = []
    for first in range(0, len(windows), rows):
        # Past the end come the first rows again, for the shape; their scores are dropped.
        batch = windows[torch.arange(first, first + rows) % len(windows)]
        inputs = batch[:, :-1].to(
            device, copy=True
        )  # a model that writes into its input must not reach the targets
        logits = checked_logits(model(inputs), inputs, vocabulary)
        if first == 0:
            check_dependence(model, logits, batch[:, :-1], vocabulary, device)
        parts.append(log_probabilities(logits, batch[:, 1:].to(device)))
    found = torch.cat(parts)[: len(windows)].cpu().double()
    if bad := int((~found.isfinite()).any(-1).sum()):
        raise Failure(
            f'{bad} of {len(windows)} rows have scores that are not finite.',
            'The logits are nan or infinite; look at the last change.',
        )
    weights = lengths[targets]
    nats = -torch.where(weights > 0, found, 0.0).sum(-1)
    return list(zip(nats.tolist(), weights.sum(-1).tolist(), strict=True))


def checked_logits(logits: torch.Tensor, inputs: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """The logits. Raises Failure unless they are floats [rows, context, vocabulary]."""
    import torch

    wanted = (*inputs.shape, vocabulary)
    found = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
    if found != wanted or not logits.is_floating_point():
        raise Failure(
            f'The model gives {found} for the evaluation.',
            f'It must give logits {wanted}: [rows, context, vocabulary].',
        )
    return logits


def log_probabilities(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Log-probability (ln) of each target, fp32 [rows, context]; in parts, to bound memory."""
    import torch

    flat, wanted = logits.flatten(0, 1), targets.flatten()
    size = max(SCORED // flat.shape[1], 1)
    parts = []
    for part, index in zip(flat.split(size), wanted.split(size), strict=True):
        parts.append(part.float().log_softmax(-1).gather(-1, index[:, None])[:, 0])
    return torch.cat(parts).view(targets.shape)


def check_dependence(
    model: Model, logits: torch.Tensor, inputs: torch.Tensor, vocabulary: int, device: torch.device
) -> None:
    """Raises Failure when logits depend on later tokens, on other rows, or on earlier calls.

    Runs the batch again with other tokens from some position on, a different position in each row. Logits
    before it must not change, nor any of the first row, whose tokens stay. Same shape, so the same kernels.
    """
    import torch

    rows, context = inputs.shape
    chance = torch.Generator().manual_seed(context)
    # Multiples of the golden ratio modulo 1 are spread evenly for any number of rows.
    places = torch.tensor([context, *(1 + int(context * (i * 0.618034 % 1)) for i in range(1, rows))])
    places[1:].clamp_(max=context - 1)
    other = (inputs + torch.randint(1, vocabulary, inputs.shape, generator=chance)) % vocabulary
    kept = torch.arange(context) < places[:, None]
    again = checked_logits(model(torch.where(kept, inputs, other).to(device)), inputs, vocabulary)
    allowed = TOLERANCE['fp32' if device.type == 'cpu' and logits.dtype == torch.float32 else 'bf16']
    for row, place in enumerate(places.tolist()):
        # The positions just before the change see it first, if any does.
        looked_at = torch.cat(
            (torch.linspace(0, place - 1, 24).long(), torch.arange(max(place - 8, 0), place))
        )
        looked_at = looked_at.to(logits.device)
        moved = movement(logits[row, looked_at], again[row, looked_at])
        if moved > allowed:
            what = (
                'on other rows of the batch or on earlier calls (dropout, state)'
                if row == 0
                else 'on later tokens'
            )
            raise Failure(
                f"The model's logits depend {what}: they move by {100 * moved:.2g}% of their spread.",
                'Each token must be predicted from those before it in its row, and from nothing else.',
            )


def movement(before: torch.Tensor, after: torch.Tensor) -> float:
    """Largest change over positions of logits [positions, vocabulary], relative to their standard deviation.

    0 when `before` is not finite: the score reports that.
    """
    before, after = before.float(), after.float()
    spread = before.std(-1) + 0.01  # equal logits have a standard deviation of 0
    change = (after - before).square().mean(-1).sqrt() / spread
    return change.nan_to_num(math.inf).max().item() if before.isfinite().all() else 0.0


def device_name(device: torch.device) -> str:
    """E.g. "cpu", "mps", "NVIDIA H100 80GB HBM3"."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type
