"""Tokens per second of train.py's model, or of a plain PyTorch model of the same shape, on this machine.

    python plain.py ours|plain SECONDS

Both train on the same rows by the preset of this machine; a line of JSON says tokens, seconds, CPU time, parameters. The
plain model is what one writes first: LayerNorm, learned positions, GELU, torch's AdamW, autocast where the card
has bf16. torch.compile where the preset compiles.
"""

import contextlib
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'trainer'))

import prepare
import torch
import torch.nn.functional as F
import train
from torch import Tensor, nn


def main() -> None:
    """Warms up, steps for some seconds, prints."""
    side, budget = sys.argv[1], float(sys.argv[2])
    device = train.choose_device()
    shape = train.shape_of(train.PRESETS[train.choose_preset(device)])
    torch.manual_seed(1)
    data = prepare.prepare()
    batches = prepare.batches(data.split('train'), shape.rows, shape.context, 1, device)
    make = ours if side == 'ours' else plain
    model, step = make(shape, data.vocabulary, device, batches)
    for _ in range(2):
        step(0.0)
    wait(device)
    steps, started, used = 0, time.perf_counter(), time.process_time()
    while (taken := time.perf_counter() - started) < budget:
        step(min(taken / budget, 1.0))
        wait(device)
        steps += 1
    seconds, used = time.perf_counter() - started, time.process_time() - used
    size = sum(p.numel() for p in model.parameters())
    print(json.dumps({'tokens': steps * shape.tokens, 'seconds': seconds, 'cpu': used, 'parameters': size}))


def wait(device: torch.device) -> None:
    """Until the device is done."""
    if device.type == 'cuda':
        torch.cuda.synchronize()
    elif device.type == 'mps':
        torch.mps.synchronize()


def ours(shape: train.Shape, vocabulary: int, device: torch.device, batches):
    """The trainer's own model, optimizer and step."""
    if device.type == 'cpu':
        train.keep_memory()
    with device:
        model = train.GPT(shape, vocabulary, train.precision(device))
    optimizer = train.Optimizer(model)
    gradients = train.warm_up(model, optimizer, *next(batches))

    def step(progress: float) -> None:
        for _ in range(shape.pieces):
            gradients(*next(batches))
        optimizer.step(progress)

    return model, step


def plain(shape: train.Shape, vocabulary: int, device: torch.device, batches):
    """The plain model and its step."""
    model = Plain(shape, vocabulary).to(device)
    called = torch.compile(model) if shape.compile else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    half = train.precision(device) == torch.bfloat16

    def step(progress: float) -> None:
        for _ in range(shape.pieces):
            inputs, targets = next(batches)
            with torch.autocast(device.type, torch.bfloat16) if half else contextlib.nullcontext():
                logits = called(inputs)
            loss = F.cross_entropy(logits.flatten(0, 1).float(), targets.flatten())
            (loss / shape.pieces).backward()
        optimizer.step()
        optimizer.zero_grad()

    return model, step


class Plain(nn.Module):
    """Token ids [rows, time] to logits [rows, time, vocabulary]."""

    def __init__(self, shape: train.Shape, vocabulary: int) -> None:
        super().__init__()
        self.token = nn.Embedding(vocabulary, shape.width)
        self.place = nn.Embedding(shape.context, shape.width)
        self.blocks = nn.Sequential(*(PlainBlock(shape) for _ in range(shape.depth)))
        self.norm = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1], device=tokens.device)
        return self.head(self.norm(self.blocks(self.token(tokens) + self.place(places))))


class PlainBlock(nn.Module):
    """Causal self-attention and an MLP, each behind a LayerNorm."""

    def __init__(self, shape: train.Shape) -> None:
        super().__init__()
        width, hidden = shape.width, int(train.MLP_RATIO * shape.width)
        self.heads = shape.heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mix, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))

    def forward(self, x: Tensor) -> Tensor:
        rows, length, width = x.shape
        mixed = self.mix(self.before(x)).view(rows, length, 3, self.heads, width // self.heads)
        query, key, value = (part.transpose(1, 2) for part in mixed.unbind(2))
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(rows, length, width))
        return x + self.mlp(self.between(x))


if __name__ == '__main__':
    main()
