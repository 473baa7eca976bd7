"""A small GPT, trained for a fixed time on one device. The file that an agent edits; see README.md."""

import time

STARTED = time.perf_counter()  # before torch, whose import takes seconds

import math
import os

# Threads that wait for each other spin only briefly (libgomp reads this when torch loads). Where another
# program takes a core, steps are faster and their time is steady; on an idle machine it makes no difference.
os.environ.setdefault('GOMP_SPINCOUNT', '1000')

import resource
import sys
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import prepare
from prepare import Failure

# What may be tuned. Each line stands alone: NAME = number. A value that cannot work is refused at the start.

# Optimizer: AdamW, its rate by progress through the time budget.
LEARNING_RATE = 4e-3  # of the matrices in the blocks and of the head
EMBEDDING_RATE = 2.0  # times LEARNING_RATE, for the token embedding
BATCH = 16  # rows a step
WARMUP = 0.02  # share of the budget in which the rate rises from zero
WARMDOWN = 0.1  # share of the budget in which it falls towards FINAL_RATE
FINAL_RATE = 0.1  # times the rate, at the end
WEIGHT_DECAY = 0.1  # of matrices in the blocks
BETA1 = 0.9
BETA2 = 0.95
GRAD_CLIP = 1.0  # largest norm of a gradient

# Model.
DEPTH = 2  # blocks
WIDTH = 128
HEADS = 4
MLP_RATIO = 4.0  # hidden units of the MLP / WIDTH
CONTEXT = 256  # tokens a row
ROTARY_BASE = 10_000
INIT_SCALE = 1.0  # times 1 / sqrt(inputs), the standard deviation of a new matrix


def main() -> None:
    """One run: data, model, training within the budget, evaluation, summary."""
    check_constants()
    seed = int(number_from('NIGHTSHIFT_SEED', 1))
    budget = number_from('NIGHTSHIFT_BUDGET_S', 300)
    limit = int(number_from('NIGHTSHIFT_STEPS', 0)) or None  # stops by steps instead of time, for tests
    device = choose_device()
    torch.manual_seed(seed)
    data = prepare.prepare()
    model = GPT(data.vocabulary).to(device)
    batches = prepare.batches(data.split('train'), BATCH, CONTEXT, seed, device)
    steps, seconds = train(model, batches, budget, limit)
    measured = prepare.evaluate(model.eval(), data, device)
    print(summary(model, measured, steps, seconds, device), flush=True)


def check_constants() -> None:
    """Raises Failure for values that cannot work, before anything costs time."""
    counts = {'BATCH': BATCH, 'DEPTH': DEPTH, 'WIDTH': WIDTH, 'HEADS': HEADS, 'CONTEXT': CONTEXT}
    for name, value in counts.items():
        need(
            isinstance(value, int) and value >= 1,
            f'{name} is {value}',
            'It must be a whole number of at least 1.',
        )
    head = f'WIDTH is {WIDTH} and HEADS is {HEADS}'
    need(
        WIDTH % (2 * HEADS) == 0, head, 'WIDTH / HEADS must be a whole and even number, for rotary positions.'
    )
    positive = {'LEARNING_RATE': LEARNING_RATE, 'EMBEDDING_RATE': EMBEDDING_RATE, 'INIT_SCALE': INIT_SCALE}
    for name, value in {**positive, 'GRAD_CLIP': GRAD_CLIP, 'ROTARY_BASE': ROTARY_BASE}.items():
        need(value > 0, f'{name} is {value}', 'It must be greater than 0.')
    for name, value in {'WARMUP': WARMUP, 'WARMDOWN': WARMDOWN, 'FINAL_RATE': FINAL_RATE}.items():
        need(0 <= value <= 1, f'{name} is {value}', 'It is a share, from 0 to 1.')
    need(
        WARMUP + WARMDOWN <= 1,
        f'WARMUP + WARMDOWN is {WARMUP + WARMDOWN}',
        'They are shares of the same budget.',
    )
    need(
        0 <= BETA1 < 1 and 0 <= BETA2 < 1,
        f'BETA1, BETA2 are {BETA1}, {BETA2}',
        'They must be from 0 to below 1.',
    )
    need(WEIGHT_DECAY >= 0, f'WEIGHT_DECAY is {WEIGHT_DECAY}', 'It must be at least 0.')
    need(MLP_RATIO * WIDTH >= 1, f'MLP_RATIO is {MLP_RATIO}', 'The MLP needs a hidden unit at least.')


def need(holds: bool, found: str, allowed: str) -> None:
    """Raises Failure unless a condition holds."""
    if not holds:
        raise Failure(f'{found}.', allowed)


def number_from(variable: str, default: float) -> float:
    """A number of the environment, not negative."""
    text = os.environ.get(variable, '')
    try:
        value = float(text or default)
    except ValueError:
        value = math.nan
    need(0 <= value < math.inf, f'{variable} is "{text}"', f'It must be a number such as {default}.')
    return value


def choose_device() -> torch.device:
    """CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device('cuda')
    return torch.device('mps' if torch.backends.mps.is_available() else 'cpu')


class GPT(nn.Module):
    """Token ids, int64 [rows, time], to logits [rows, time, vocabulary].

    A pre-norm transformer: rotary positions, RMSNorm without weights, normalised queries and keys,
    squared ReLU.
    """

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.head = nn.Linear(WIDTH, vocabulary, bias=False)
        self.rotary = Rotary(WIDTH // HEADS)
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """What writes to the residual stream begins at zero, so that each block begins as the identity."""
        nn.init.normal_(self.embedding.weight)
        nn.init.zeros_(self.head.weight)
        for block in self.blocks:
            for matrix in (block.qkv, block.up):
                nn.init.normal_(matrix.weight, std=INIT_SCALE / math.sqrt(WIDTH))
            nn.init.zeros_(block.project.weight)
            nn.init.zeros_(block.down.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        with autocast(tokens.device):
            x = norm(self.embedding(tokens))
            cos, sin = self.rotary(tokens.shape[1], tokens.device)
            for block in self.blocks:
                x = block(x, cos, sin)
            return self.head(norm(x))


class Block(nn.Module):
    """Causal self-attention, then an MLP; each adds to x [rows, time, WIDTH]."""

    def __init__(self) -> None:
        super().__init__()
        hidden = int(MLP_RATIO * WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH, bias=False)
        self.project = nn.Linear(WIDTH, WIDTH, bias=False)
        self.up = nn.Linear(WIDTH, hidden, bias=False)
        self.down = nn.Linear(hidden, WIDTH, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attention(norm(x), cos, sin)
        return x + self.down(F.relu(self.up(norm(x))).square())

    def attention(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        rows, length, width = x.shape
        qkv = self.qkv(x).view(rows, length, 3, HEADS, width // HEADS)
        query, key, value = (
            part.transpose(1, 2) for part in qkv.unbind(2)
        )  # [rows, HEADS, time, WIDTH / HEADS]
        query, key = norm(rotate(query, cos, sin)), norm(rotate(key, cos, sin))
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.project(mixed.transpose(1, 2).reshape(rows, length, width))


class Rotary(nn.Module):
    """Angles of rotary positions (RoFormer, arXiv 2104.09864), kept for the longest row seen."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.table = torch.empty(2, 0, width // 2)

    def forward(self, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Cosines and sines, both [time, width / 2]."""
        if self.table.shape[1] < length or self.table.device != device:
            rates = ROTARY_BASE ** -(torch.arange(0, self.width, 2, device=device) / self.width)
            angles = torch.arange(length, device=device)[:, None] * rates
            self.table = torch.stack((angles.cos(), angles.sin()))
        cos, sin = self.table[:, :length]
        return cos, sin


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns the pairs (x[i], x[i + width / 2]) of each head by the angle of their position."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


def norm(x: Tensor) -> Tensor:
    """RMSNorm over the last dimension."""
    return F.rms_norm(x, (x.shape[-1],))


def autocast(device: torch.device) -> torch.autocast:
    """bf16 matrix products on CUDA cards that have it; fp32 elsewhere."""
    bf16 = device.type == 'cuda' and torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16)


def train(
    model: GPT, batches: Iterator[tuple[Tensor, Tensor]], budget: float, limit: int | None
) -> tuple[int, float]:
    """Steps until the budget (seconds) or a limit of steps is used up; returns the steps and their seconds.

    The budget counts training alone and is overrun by less than one step. Raises Failure for a loss of NaN.
    """
    optimizer = create_optimizer(model)
    inputs, targets = next(batches)
    loss_of(model, inputs, targets).backward()  # warms kernels and memory up, outside the budget
    optimizer.zero_grad()
    curve = Curve()
    step, seconds, progress = 0, 0.0, 0.0
    started = time.perf_counter()
    while progress < 1:
        for group in optimizer.param_groups:
            group['lr'] = group['peak'] * schedule(progress)
        loss = loss_of(model, inputs, targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), GRAD_CLIP)
        optimizer.step()
        optimizer.zero_grad()
        inputs, targets = next(batches)
        value = loss.item()  # waits for the device
        need(
            math.isfinite(value),
            f'The loss is {value} at step {step}',
            'Lower LEARNING_RATE, or undo the change.',
        )
        step, seconds = step + 1, time.perf_counter() - started
        progress = step / limit if limit else seconds / budget if budget else 1.0
        curve.add(step, seconds, progress, value)
    return step, seconds


def create_optimizer(model: GPT) -> torch.optim.AdamW:
    """AdamW; weight decay on the blocks' matrices alone. `peak` is what the schedule scales."""
    groups = [
        {'params': list(model.blocks.parameters()), 'peak': LEARNING_RATE, 'weight_decay': WEIGHT_DECAY},
        {'params': [model.head.weight], 'peak': LEARNING_RATE, 'weight_decay': 0.0},
        {'params': [model.embedding.weight], 'peak': LEARNING_RATE * EMBEDDING_RATE, 'weight_decay': 0.0},
    ]
    return torch.optim.AdamW(groups, betas=(BETA1, BETA2), eps=1e-10, fused=True)


def schedule(progress: float) -> float:
    """The rate as a share of its peak, by the share of the budget that is used: up, flat, down."""
    if progress < WARMUP:
        return max(progress / WARMUP, 0.05)
    if progress > 1 - WARMDOWN:
        return FINAL_RATE + (1 - FINAL_RATE) * max(1 - progress, 0.0) / WARMDOWN
    return 1.0


def loss_of(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean nats a token."""
    return F.cross_entropy(model(inputs).flatten(0, 1).float(), targets.flatten())


class Curve:
    """The loss as it goes: some 200 lines "step,seconds,loss" in the file NIGHTSHIFT_CURVE, 20 in the log."""

    def __init__(self) -> None:
        path = os.environ.get('NIGHTSHIFT_CURVE')
        self.file = open(path, 'a', buffering=1) if path else None  # noqa: SIM115
        self.next_line = self.next_word = 0.0

    def add(self, step: int, seconds: float, progress: float, loss: float) -> None:
        if self.file and progress >= self.next_line:
            self.file.write(f'{step},{seconds:.3f},{loss:.6f}\n')
            self.next_line = progress + 1 / 200
        if progress >= self.next_word:
            print(f'step {step:6d}  {min(progress, 1):4.0%}  loss {loss:.4f}  {seconds:.1f} s', flush=True)
            self.next_word = progress + 1 / 20


def summary(model: GPT, measured: dict[str, float], steps: int, seconds: float, device: torch.device) -> str:
    """karpathy/autoresearch's block, key by key; a holdout score is a line after it."""
    tokens = steps * BATCH * CONTEXT
    lines = {
        'val_bpb': f'{measured["val_bpb"]:.6f}',
        'training_seconds': f'{seconds:.1f}',
        'total_seconds': f'{time.perf_counter() - STARTED:.1f}',
        'peak_vram_mb': f'{peak_memory(device):.1f}',
        'mfu_percent': f'{100 * flops_per_token(model) * tokens / seconds / peak_flops(device):.2f}',
        'total_tokens_M': f'{tokens / 1e6:.1f}',
        'num_steps': f'{steps}',
        'num_params_M': f'{sum(p.numel() for p in model.parameters()) / 1e6:.1f}',
        'depth': f'{DEPTH}',
    }
    if 'holdout_bpb' in measured:
        lines['holdout_bpb'] = f'{measured["holdout_bpb"]:.6f}'
    return '\n'.join(['---', *(f'{key + ":":<17} {value}' for key, value in lines.items())])


def peak_memory(device: torch.device) -> float:
    """MB (2^20 bytes) at the peak: the card's on CUDA, of Metal's heap on MPS, of the process on the CPU."""
    if device.type == 'cuda':
        return torch.cuda.max_memory_allocated() / 2**20
    if device.type == 'mps':
        return torch.mps.driver_allocated_memory() / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == 'darwin' else 2**10)  # bytes on macOS, kB on Linux


def flops_per_token(model: GPT) -> float:
    """6 for each weight of a matrix, forward and backward, and attention's products (PaLM, appendix B)."""
    matrices = sum(p.numel() for p in model.parameters()) - model.embedding.weight.numel()
    return 6 * matrices + 12 * DEPTH * WIDTH * CONTEXT


def peak_flops(device: torch.device) -> float:
    """What the device could do, FLOP/s: dense bf16 of the data sheet for the cards named here, else measured.

    Measured: a product of two square matrices (1,024; on a GPU 4,096) in the run's precision, best of five.
    """
    sheet = {'H100 80GB HBM3': 989.5e12, 'H200': 989.5e12, 'A100': 312e12}
    name = prepare.device_name(device)
    for card, flops in sheet.items():
        if card in name:
            return flops
    size = 1024 if device.type == 'cpu' else 4096
    with autocast(device):
        a = torch.randn(size, size, device=device)
        best = min(seconds_of(lambda: (a @ a)[0, 0].item()) for _ in range(5))
    return 2 * size**3 / best


def seconds_of(work) -> float:
    """Wall time of a call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run() -> None:
    """main(), with memory that runs out as an expected failure."""
    try:
        main()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or 'allocate' in str(error):
            advice = f'Lower BATCH ({BATCH}), CONTEXT ({CONTEXT}), WIDTH ({WIDTH}) or DEPTH ({DEPTH}).'
            raise Failure('Out of memory.', advice) from error
        raise


if __name__ == '__main__':
    sys.exit(prepare.guarded(run))
