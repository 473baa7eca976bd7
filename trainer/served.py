"""The run's side of an evaluation by evaluator.py: gives the logits for the tokens it is asked about."""

from __future__ import annotations

import contextlib
import mmap
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from channel import BYTES, Channel, Layout
from evaluation import checked_logits, device_name
from failure import Failure

if TYPE_CHECKING:
    import torch

    from evaluation import Model
    from prepare import Data


def serve(model: Model, data: Data, device: torch.device, rows: int) -> dict[str, float]:
    """What evaluate() returns, as measured by the evaluator. Raises Failure when it rejects the model.

    The model is called with `rows` rows, while the evaluator scores the call before. Logits of another type
    than fp32, bf16 or fp16 are passed as fp32.
    """
    import torch

    channel = Channel()
    if device.type == 'cuda':
        torch.cuda.empty_cache()  # the evaluator scores on the same GPU
    asked = {'rows': rows, 'vocabulary': data.vocabulary, 'fingerprint': data.fingerprint}
    used = {'device': str(device), 'name': device_name(device), 'torch': torch.__version__.partition('+')[0]}
    channel.send({**asked, **used})
    opened, descriptor = channel.receive_with_descriptor()
    if descriptor is None:
        raise rejection(opened)
    layout = Layout(rows, data.context, data.vocabulary)
    memory = mmap.mmap(descriptor, layout.size)
    os.close(descriptor)
    tokens = torch.frombuffer(memory, dtype=torch.int16, count=rows * data.context).view(rows, data.context)
    passed = 0
    with torch.no_grad(), pinned(memory, device):
        answer = channel.receive()
        while answer is not None and 'call' in answer:
            inputs = (tokens.long() & 0xFFFF).to(device, copy=True)
            logits = checked_logits(model(inputs), inputs, data.vocabulary)
            kind = str(logits.dtype).removeprefix('torch.')
            if kind not in BYTES:
                logits, kind = logits.float(), 'float32'
            for part in logits.split(layout.part):
                slot = torch.frombuffer(
                    memory, dtype=logits.dtype, count=part.numel(), offset=layout.slot(passed)
                )
                slot.view(part.shape).copy_(part)
                passed += 1
                channel.send({'ready': kind, 'rows': len(part)})
                answer = channel.receive()
                if answer is None or 'call' not in answer:
                    break
    if answer is None or 'measured' not in answer:
        raise rejection(answer)
    return answer['measured']


def rejection(answer: dict | None) -> Failure:
    """The Failure with the evaluator's reason."""
    if answer is None or 'error' not in answer:
        return Failure(
            'The evaluator ended before the evaluation did.', 'Its error is in the record of the run.'
        )
    return Failure(answer['error'], answer['advice'])


@contextlib.contextmanager
def pinned(memory: mmap.mmap, device: torch.device) -> Iterator[None]:
    """Pins the memory, to which a GPU then copies several times as fast. Without it, it works too."""
    import torch

    if device.type != 'cuda':
        yield
        return
    address = torch.frombuffer(memory, dtype=torch.uint8).data_ptr()
    runtime = torch.cuda.cudart()
    is_pinned = int(runtime.cudaHostRegister(address, len(memory), 0)) == 0
    yield
    if is_pinned:
        torch.cuda.synchronize()
        runtime.cudaHostUnregister(address)
