"""The score, bits per byte, computed from logits, with checks against scores that are wrong by accident.

Where the harness has started an evaluator (evaluator.py) for the run, that one computes it, out of reach of
the run's code, and served.py asks the model for logits in its name.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from channel import VARIABLE
from dependence import EXTRA, DependenceCheck
from failure import Failure, changed_file, write_whole

if TYPE_CHECKING:
    import torch

    from prepare import Data

    # Token ids [rows, context] to logits [rows, context, vocabulary].
    Model = Callable[[torch.Tensor], torch.Tensor]

BATCH_TOKENS = {'cpu': 2**12, 'mps': 2**14, 'cuda': 2**15}  # tokens per batch, unless `rows` is given
SCORED = 2**24  # logits per call of log_softmax: 64 MiB in fp32

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
    served = bool(os.environ.get(VARIABLE))
    if (target or served) and measured_before:
        raise twice()
    rows = max(rows or BATCH_TOKENS.get(device.type, 2**14) // data.context, 2)  # DependenceCheck needs 2
    if served:
        from served import serve

        measured_before = True
        return serve(model, data, device, rows)
    lengths = torch.frombuffer(bytearray(checked(data, 'token_bytes.u16')), dtype=torch.int16).long()
    measured: dict[str, float] = {}
    scored: dict[str, dict[str, int]] = {}
    by_row: dict[str, list[tuple[float, int]]] = {}
    digests: dict[str, str] = {}
    for split in wanted_splits():
        windows = torch.frombuffer(bytearray(checked(data, f'{split}.u16')), dtype=torch.int16)
        windows = (windows.long() & 0xFFFF).view(-1, data.context + 1)
        with torch.no_grad():
            by_row[split] = score(model, windows, lengths, data.vocabulary, rows, device)
        nats, length = (sum(column) for column in zip(*by_row[split], strict=True))
        measured[f'{split}_bpb'] = nats / (math.log(2) * length)
        scored[split] = {'tokens': windows.shape[0] * data.context, 'bytes': length}
        digests[split] = data.digests[f'{split}.u16']  # as `checked` found it
    if target:
        measured_before = True
        facts = {'name': data.name, 'fingerprint': data.fingerprint, 'sha256': digests}
        torch_version = torch.__version__.partition('+')[0]
        write_record(Path(target), measured, scored, by_row, facts, torch_version, device_name(device))
    return measured


def twice() -> Failure:
    """The Failure for a second evaluation."""
    return Failure(
        'This run was evaluated twice.', 'Choose by the training loss; val is measured once, at the end.'
    )


def write_record(
    path: Path,
    measured: dict[str, float],
    scored: dict,
    by_row: dict[str, list[tuple[float, int]]],
    data: dict,
    torch_version: str,
    device: str,
) -> None:
    """Writes scores, data and versions to the file NIGHTSHIFT_EVAL, atomically.

    `data` has name, fingerprint, and the SHA-256 of the rows that were scored, by split. `rows` has nats and
    bytes of every row, so that two models can be compared row by row. Nats are rounded to a thousandth, far
    below what two runs of one row differ by.
    """
    record = {
        **measured,
        'data': data,
        'scored': scored,
        'rows': {name: [(round(nats, 3), length) for nats, length in rows] for name, rows in by_row.items()},
        'torch': torch_version,
        'python': platform.python_version(),
        'device': device,
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
    path = data.file(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Failure(
            f'{path} could not be read ({error.strerror}).',
            'Run `python prepare.py`, which prepares it again.',
        ) from error
    if hashlib.sha256(content).hexdigest() != data.digests[name]:
        raise changed_file(path)
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

    inputs, targets = windows[:, :-1], windows[:, 1:]
    # Past the end come the first rows again, for the shape; their scores are dropped.
    batches = [torch.arange(first, first + rows) % len(windows) for first in range(0, len(windows), rows)]
    check = DependenceCheck(inputs, batches, vocabulary)
    parts: dict[int, torch.Tensor] = {}
    for batch in check.order():
        asked = check.extra if batch == EXTRA else inputs[batches[batch]]
        asked = asked.to(device, copy=True)  # a model that writes into its input must not reach the targets
        logits = checked_logits(model(asked), asked, vocabulary)
        check.keep(batch, logits)
        if batch != EXTRA:
            parts[batch] = log_probabilities(logits, targets[batches[batch]].to(device))
    check.compare(device)
    found = torch.cat([parts[batch] for batch in sorted(parts)])[: len(windows)].cpu().double()
    if bad := int((~found.isfinite()).any(-1).sum()):
        raise not_finite(bad, len(windows))
    weights = lengths[targets]
    nats = -torch.where(weights > 0, found, 0.0).sum(-1)
    return list(zip(nats.tolist(), weights.sum(-1).tolist(), strict=True))


def not_finite(bad: int, rows: int) -> Failure:
    """The Failure for rows whose scores are no numbers."""
    return Failure(
        f'{bad} of {rows} rows have scores that are not finite.',
        'The logits are nan or infinite; look at the last change.',
    )


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


def device_name(device: torch.device) -> str:
    """E.g. "cpu", "mps", "NVIDIA H100 80GB HBM3"."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type
