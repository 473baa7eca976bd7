"""Scores a run from outside of it: holds val and holdout, asks the run for logits, writes NIGHTSHIFT_EVAL.

The harness starts it beside each run, from files that no run can write, outside of the run's sandbox. It has
one end of a socket, the run the other, which evaluation.py uses. Of the held-out text the run sees the inputs
that it is asked about; at some secret places the next input is not the target (leak_plan.py). The file is
written after the run's last process has ended, so that none of them can change what it says. Whatever the run
sends, this process ends with a file, with none, or with a line `error: …` and exit code 1.

It is one thread and one core of numpy; for a run on CUDA it scores by torch, on the same GPU.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import prepare
from batch_plan import PairCheck, arranged
from channel import BYTES, ROWS, Channel, Layout, shared_memory
from dependence import ONLY_EARLIER
from evaluation import checked, not_finite, twice, wanted_splits, write_record
from failure import Failure
from leak_check import evidence
from leak_plan import Plan, Stream, plan
from token_scores import NUMPY, as_fp32, log_probabilities, log_probabilities_by_torch

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Scorer = Callable[[memoryview, str, np.ndarray], np.ndarray]

UNDERSTOOD = 'Only evaluate() of evaluation.py may use the socket.'


def main() -> int:
    """Serves one run. Returns the exit code: 1 after an error that makes the run's scores worthless."""
    keep_from_others()
    os.environ['OPENBLAS_NUM_THREADS'] = '1'  # its threads would only wait; read when numpy is imported
    channel = None
    try:
        channel = Channel()
        target, secret = settings()
        target.unlink(missing_ok=True)  # whatever lies there is not from here
        record = serve(channel, Prepared(secret))
        if record is None:
            return 0
        if channel.receive() is not None:
            raise twice()
        write_record(target, **record)
    except Failure as failure:
        return rejected(channel, str(failure), failure.advice)
    except Exception as error:  # whatever the run sent: the harness needs the reason as a line
        return rejected(channel, f'The evaluator failed ({type(error).__name__}: {error}).', UNDERSTOOD)
    return 0


def settings() -> tuple[Path, bytes]:
    """The file to write, and the secret."""
    try:
        return Path(os.environ['NIGHTSHIFT_EVAL']), bytes.fromhex(os.environ['NIGHTSHIFT_SECRET'])
    except (KeyError, ValueError) as error:
        raise Failure(
            f'The evaluator needs NIGHTSHIFT_EVAL and NIGHTSHIFT_SECRET, in hex ({error}).',
            'The harness sets both; to evaluate by hand, run train.py alone.',
        ) from error


def rejected(channel: Channel | None, message: str, advice: str) -> int:
    """Tells the run and the harness why there is no score."""
    if channel:
        channel.send({'error': message[:2000], 'advice': advice})
    print(f'error: {message}\n       {advice}', file=sys.stderr)
    return 1


def keep_from_others() -> None:
    """Denies processes of the same user to read this one's memory and variables, on Linux. root still may."""
    if sys.platform == 'linux':
        import ctypes

        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE


# --- What is sent --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """The held-out rows of some data: what is sent of each split, and bytes by token, int64 [vocabulary]."""

    data: prepare.Data
    lengths: np.ndarray
    plans: dict[str, Plan]


class Prepared:
    """The held-out rows by vocabulary, prepared while the run trains and leaves the processor idle."""

    def __init__(self, secret: bytes) -> None:
        self.secret: bytes = secret
        self.held: dict[int, Held] = {}
        self.thread = threading.Thread(target=self.ahead, daemon=True)
        self.thread.start()

    def ahead(self) -> None:
        """What a run will probably ask for. Its failures are told when it does."""
        with contextlib.suppress(Exception):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))  # this thread alone
            if gpu_is_visible():
                import torch  # noqa: F401
            for vocabulary in (prepare.SMALL_VOCABULARY, prepare.VOCABULARY):
                self.read(vocabulary)

    def of(self, vocabulary: int, fingerprint: object) -> Held:
        """The rows of the data that the run was trained on.

        Raises Failure when they are not there or were changed, or when NIGHTSHIFT_DATA names other data.
        """
        self.thread.join()
        for size in (vocabulary, prepare.SMALL_VOCABULARY, prepare.VOCABULARY):  # a small text fills less
            held = self.held.get(size) or self.read(size)
            if held and held.data.fingerprint == fingerprint:
                return held
        raise Failure(
            'The run was trained on data that the evaluator does not have.',
            'Prepare it by `python prepare.py`, and let the run use what NIGHTSHIFT_DATA names.',
        )

    def read(self, vocabulary: int) -> Held | None:
        """Reads the rows and plans what is replaced in them; None when they are not prepared."""
        import numpy as np

        data = prepare.prepared_with_held_out(vocabulary)
        if data is None:
            return None
        plans = {}
        for split in wanted_splits():
            windows = np.frombuffer(checked(data, f'{split}.u16'), '<u2').reshape(-1, data.context + 1)
            name = f'{data.fingerprint} {split}'
            plans[split] = plan(windows, prepare.END_OF_TEXT_ID, self.secret, name)
        lengths = np.frombuffer(checked(data, 'token_bytes.u16'), '<u2').astype(np.int64)
        self.held[vocabulary] = Held(data, lengths, plans)
        return self.held[vocabulary]


def gpu_is_visible() -> bool:
    """Whether a run may use CUDA, as far as can be known without torch."""
    return os.path.exists('/dev/nvidiactl') and os.environ.get('CUDA_VISIBLE_DEVICES') not in ('', '-1')


# --- One evaluation ------------------------------------------------------------------------------------


def serve(channel: Channel, prepared: Prepared) -> dict | None:
    """What write_record() needs; None when the run ended without an evaluation, or during it.

    Raises Failure for scores that are not to be believed, and for messages that are none of the protocol.
    """
    asked = channel.receive()
    if asked is None:
        return None
    size, vocabulary = whole(asked, 'rows', 2, ROWS), whole(asked, 'vocabulary', 257, 2**16)
    device, name, torch_version = (text(asked, key) for key in ('device', 'name', 'torch'))
    held = prepared.of(vocabulary, asked.get('fingerprint'))
    data = held.data
    layout = Layout(size, data.context, data.vocabulary)
    descriptor, memory = shared_memory(layout.size)
    opened = channel.send({'context': data.context, 'rows': size, 'part': layout.part}, descriptor)
    os.close(descriptor)
    conversation = Conversation(channel, layout, memoryview(memory), device)
    measured, scored, by_row, digests = {}, {}, {}, {}
    for split, planned in held.plans.items():
        found = conversation.scores(planned, prepared.secret + split.encode()) if opened else None
        if found is None:
            return None
        rows = row_scores(planned, found, held.lengths)
        nats, length = (sum(column) for column in zip(*rows, strict=True))
        measured[f'{split}_bpb'] = nats / (math.log(2) * length)
        scored[split] = {'tokens': int(planned.scored.sum()), 'bytes': length}
        by_row[split], digests[split] = rows, data.digests[f'{split}.u16']
    channel.send({'measured': measured})
    return {
        'measured': measured,
        'scored': scored,
        'by_row': by_row,
        'data': {'name': data.name, 'fingerprint': data.fingerprint, 'sha256': digests},
        'torch_version': torch_version,
        'device': name,
    }


def whole(message: dict, key: str, least: int, most: int) -> int:
    """A whole number of a message."""
    value = message.get(key)
    if type(value) is not int or not least <= value <= most:
        raise Failure(
            f'The run sent {key} {str(value)[:40]!r}; it must be from {least} to {most:,}.', UNDERSTOOD
        )
    return value


def text(message: dict, key: str) -> str:
    """A short text of a message."""
    value = message.get(key)
    if not isinstance(value, str) or len(value) > 100 or not value.isprintable():
        raise Failure(f'The run sent no {key} of at most 100 characters.', UNDERSTOOD)
    return value


class Conversation:
    """Asks the run for the logits of batches, one after the other, and scores them."""

    def __init__(self, channel: Channel, layout: Layout, memory: memoryview, device: str) -> None:
        self.channel, self.layout, self.memory, self.device = channel, layout, memory, device
        self.passed = 0  # parts of logits so far; it says which slot is next
        self.score: Scorer = log_probabilities
        if device.startswith('cuda'):
            self.score = scorer_of(device)

    def scores(self, planned: Plan, key: bytes) -> np.ndarray | None:
        """Log-probabilities, ln fp64 [rows, context, 3]: of target, shown and hidden token of each position.

        None when the run ended. Raises Failure when the logits show that they are none of a language model.
        """
        import numpy as np

        batches = arranged(planned.inputs, self.layout.rows, Stream(hashlib.sha256(key).digest()))
        shown = np.concatenate((planned.inputs[:, 1:], planned.targets[:, -1:]), 1)
        wanted = np.stack((planned.targets, shown, planned.hidden), -1).astype(np.int64)
        found = np.full(wanted.shape, np.nan)
        pairs: PairCheck | None = None
        tokens = np.frombuffer(self.memory, '<u2', batches.tokens[0].size).reshape(batches.tokens[0].shape)
        count, part = len(batches.tokens), self.layout.part
        for batch in range(count):
            if batch == 0:
                tokens[:] = batches.tokens[0]
                if not self.channel.send({'call': 1}):
                    return None
            for first in range(0, self.layout.rows, part):
                rows = batches.rows[batch, first : first + part]
                kind = self.part_passed(len(rows))
                if kind is None:
                    return None
                last = first + part >= self.layout.rows
                if last and batch + 1 < count:
                    tokens[:] = batches.tokens[batch + 1]
                # The next tokens or slot may be used while this part is scored; the part before it has been.
                if not (last and batch + 1 == count) and not self.channel.send({'call': batch + 1 + last}):
                    return None
                slot = self.slot(len(rows), kind)
                pairs = pairs or PairCheck(batches.pairs, self.device == 'cpu' and kind == 'float32')
                for number, place, positions in pairs.wanted(batch):
                    if first <= place < first + len(rows):
                        shape = (len(rows), self.layout.context, self.layout.vocabulary)
                        pairs.keep(number, logits_at(slot, kind, shape, place - first, positions))
                asked = wanted[np.maximum(rows, 0)]
                scored = self.score(slot, kind, asked.reshape(-1, 3)).reshape(asked.shape)
                found[rows[rows >= 0]] = scored[rows >= 0]
        finite = np.isfinite(found[..., 0])
        if bad := int((~finite).any(-1).sum()):
            raise not_finite(bad, len(found))
        leak = evidence(planned, found, batches.calls)
        if leak.leaks:
            raise Failure(
                f"The model's logits depend on later tokens: of two tokens alike it prefers the one that it "
                f'was shown next in {leak.shown} of {leak.pairs} places, or it predicts worse where that was '
                f'not the target; most clearly in {leak.where}.',
                ONLY_EARLIER,
            )
        pairs.compare()
        return found

    def part_passed(self, rows: int) -> str | None:
        """The type of the logits that the run says are in the slot; None when it ended."""
        message = self.channel.receive()
        if message is None:
            return None
        if 'vocabulary' in message:
            raise twice()
        kind = message.get('ready')
        if not isinstance(kind, str) or kind not in BYTES:
            raise Failure(f'The run sent {str(message)[:60]!r} in place of logits.', UNDERSTOOD)
        if message.get('rows') != rows:
            raise Failure(f'The run sent logits of other rows than the {rows} it was asked for.', UNDERSTOOD)
        return kind

    def slot(self, rows: int, kind: str) -> memoryview:
        """The memory of the logits that were passed."""
        start = self.layout.slot(self.passed)
        self.passed += 1
        size = rows * self.layout.context * self.layout.vocabulary * BYTES[kind]
        return self.memory[start : start + size]


def scorer_of(device: str) -> Scorer:
    """Scores by torch on a device."""
    import torch

    found = torch.device(device)
    return lambda memory, kind, wanted: log_probabilities_by_torch(memory, kind, wanted, found)


def logits_at(
    memory: memoryview, kind: str, shape: tuple[int, int, int], row: int, positions: np.ndarray
) -> np.ndarray:
    """A copy of the logits [rows, context, vocabulary] at some positions of a row, fp32."""
    import numpy as np

    some = np.frombuffer(memory, NUMPY[kind]).reshape(shape)[row, positions]
    copy = np.empty(some.shape, np.float32)
    as_fp32(some, kind, copy)
    return copy


def row_scores(planned: Plan, found: np.ndarray, lengths: np.ndarray) -> list[tuple[float, int]]:
    """For each row the loss over its scored targets in nats, and these targets' bytes."""
    import numpy as np

    weights = np.where(planned.scored, lengths[planned.targets], 0)
    nats = -np.where(weights > 0, found[..., 0], 0.0).sum(-1)
    return list(zip(nats.tolist(), weights.sum(-1).tolist(), strict=True))


if __name__ == '__main__':
    sys.exit(main())
