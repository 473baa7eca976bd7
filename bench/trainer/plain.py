"""Tokens per second of train.py's model, or of a plain PyTorch model of the same shape, on this machine.

    python plain.py ours|plain SECONDS

Both train on the same batches with this machine's preset. Prints a line of JSON: tokens, steps, seconds, CPU
time (seconds), parameters, FLOPs of a token, peak memory (MiB) and the batch. The plain model has LayerNorm,
learned positions, GELU, torch's AdamW, and autocast where the card has bf16; torch.compile, loss included,
where the preset compiles. Where memory runs out, a pass gets half the rows.
"""

import contextlib
import dataclasses
import gc
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'trainer'))

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import prepare
import train


def main() -> None:
    """Warms up, trains for SECONDS, prints the result."""
    side, budget = sys.argv[1], float(sys.argv[2])
    device = train.choose_device()
    config = train.configure(train.PRESETS[train.choose_preset(device)])
    while True:
        try:
            model, step = warm(side, config, device)
            break
        except torch.OutOfMemoryError:
            if config.device_batch_size % 2:
                raise
        halved = {'device_batch_size': config.device_batch_size // 2}
        config = dataclasses.replace(config, grad_accum_steps=2 * config.grad_accum_steps, **halved)
        gc.collect()
        torch.cuda.empty_cache()
    steps, started, used = 0, time.perf_counter(), time.process_time()
    while (taken := time.perf_counter() - started) < budget:
        step(min(taken / budget, 1.0))
        wait(device)
        steps += 1
    seconds, used = time.perf_counter() - started, time.process_time() - used
    size = sum(p.numel() for p in model.parameters())
    print(
        json.dumps(
            {
                'tokens': steps * config.total_batch_size,
                'steps': steps,
                'seconds': seconds,
                'cpu': used,
                'parameters': size,
                'flops_per_token': flops_per_token(model, config),
                'peak_mb': train.peak_memory(device),
                'batch': f'{config.grad_accum_steps} × {config.device_batch_size} × {config.sequence_len}',
            }
        )
    )


def warm(side: str, config: train.Config, device: torch.device):
    """A model and its step, after two steps."""
    torch.manual_seed(1)
    data = prepare.prepare()
    batches = prepare.batches(data.split('train'), config.device_batch_size, config.sequence_len, 1, device)
    model, step = (ours if side == 'ours' else plain)(config, data.vocabulary, device, batches)
    for _ in range(2):
        step(0.0)
    wait(device)
    return model, step


def flops_per_token(model: nn.Module, config: train.Config) -> float:
    """Forward and backward, as train.py counts them; the plain model's attention sees the whole context."""
    if isinstance(model, train.GPT):
        return train.flops_per_token(model)
    matrices = sum(part.weight.numel() for part in model.modules() if isinstance(part, nn.Linear))
    return 6 * matrices + 12 * config.n_embd * config.sequence_len * config.n_layer


def wait(device: torch.device) -> None:
    """Waits for the device to finish its queued work."""
    if device.type == 'cuda':
        torch.cuda.synchronize()
    elif device.type == 'mps':
        torch.mps.synchronize()


def ours(config: train.Config, vocabulary: int, device: torch.device, batches):
    """The trainer's own model, optimizer and step."""
    if device.type == 'cpu':
        train.keep_freed_memory()
    with device:
        model = train.GPT(config, vocabulary, train.compute_dtype(device))
    start = train.warm_up(model, batches)

    def step(progress: float) -> None:
        for _ in range(config.grad_accum_steps):
            start.backward(*next(batches))
        start.optimizer.step(progress)

    return model, step


def plain(config: train.Config, vocabulary: int, device: torch.device, batches):
    """The plain model and its step."""
    model = Plain(config, vocabulary).to(device)
    loss_of = torch.compile(plain_loss, dynamic=False) if config.compile else plain_loss
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    half = train.compute_dtype(device) == torch.bfloat16

    def step(progress: float) -> None:
        for _ in range(config.grad_accum_steps):
            inputs, targets = next(batches)
            with torch.autocast(device.type, torch.bfloat16) if half else contextlib.nullcontext():
                loss = loss_of(model, inputs, targets)
            (loss / config.grad_accum_steps).backward()
        optimizer.step()
        optimizer.zero_grad()

    return model, step


def plain_loss(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy per token, nats."""
    return F.cross_entropy(model(inputs).flatten(0, 1).float(), targets.flatten())


class Plain(nn.Module):
    """Token ids [batch, time] to logits [batch, time, vocabulary]."""

    def __init__(self, config: train.Config, vocabulary: int) -> None:
        super().__init__()
        self.wte = nn.Embedding(vocabulary, config.n_embd)
        self.wpe = nn.Embedding(config.sequence_len, config.n_embd)
        self.blocks = nn.Sequential(*(PlainBlock(config) for _ in range(config.n_layer)))
        self.norm = nn.LayerNorm(config.n_embd)
        self.lm_head = nn.Linear(config.n_embd, vocabulary, bias=False)

    def forward(self, tokens: Tensor) -> Tensor:
        positions = torch.arange(tokens.shape[1], device=tokens.device)
        return self.lm_head(self.norm(self.blocks(self.wte(tokens) + self.wpe(positions))))


class PlainBlock(nn.Module):
    """Causal self-attention and an MLP, each after a LayerNorm."""

    def __init__(self, config: train.Config) -> None:
        super().__init__()
        n_embd, hidden = config.n_embd, int(train.MLP_RATIO * config.n_embd)
        self.n_head = config.n_head
        self.before, self.between = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)
        self.qkv, self.proj = nn.Linear(n_embd, 3 * n_embd), nn.Linear(n_embd, n_embd)
        self.mlp = nn.Sequential(nn.Linear(n_embd, hidden), nn.GELU(), nn.Linear(hidden, n_embd))

    def forward(self, x: Tensor) -> Tensor:
        batch, time, n_embd = x.shape
        qkv = self.qkv(self.before(x)).view(batch, time, 3, self.n_head, n_embd // self.n_head)
        q, k, v = (part.transpose(1, 2) for part in qkv.unbind(2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(y.transpose(1, 2).reshape(batch, time, n_embd))
        return x + self.mlp(self.between(x))


if __name__ == '__main__':
    main()
