"""Trains a small GPT for a fixed time. The one file that an agent edits; prepare.py has data and evaluation.

Run it in this folder as `python train.py`. Options are environment variables; see README.md.
"""

import time

STARTED = time.perf_counter()  # before torch, whose import takes seconds

import math
import os

# Threads that wait for each other spin only briefly (libgomp reads this when torch loads). Where another
# program takes a core, steps are faster and their time is steady; on an idle machine it makes no difference.
os.environ.setdefault('GOMP_SPINCOUNT', '1000')

import ctypes
import gc
import resource
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.adamw import adamw  # the function: torch's class would import the compiler, a second

import prepare
from prepare import Failure

# What may be tuned. Each line stands alone: NAME = number. A value that cannot work is refused at the start.

# Optimizer: Muon for the matrices in the blocks, AdamW for all else; all by progress through the budget.
LEARNING_RATE = 0.04  # of the matrices; the other rates are multiples of it
HEAD_RATE = 0.12  # times LEARNING_RATE, in a model 512 wide
EMBEDDING_RATE = 18.0  # times LEARNING_RATE
VALUE_RATE = 18.0  # times LEARNING_RATE, of the value embeddings
RESIDUAL_RATE = 0.12  # times LEARNING_RATE, of what a block keeps of the stream
START_RATE = 12.0  # times LEARNING_RATE, of what a block gets of the first embedding
BATCH_SCALE = 1.0  # times the preset's tokens a step
WARMUP = 0.0  # share of the budget in which the rates rise from zero
WARMDOWN = 0.5  # share of the budget in which they fall towards FINAL_RATE
FINAL_RATE = 0.0  # times the rate, at the end
WEIGHT_DECAY = 0.2  # of the matrices, where it agrees with the step; it falls to zero over the budget
MOMENTUM = 0.95  # of Muon
MOMENTUM_START = 0.85  # what it begins at
MOMENTUM_RISE = 0.3  # share of the budget in which it rises
MUON_BETA2 = 0.95  # memory of each neuron's step size
BETA1 = 0.8  # of AdamW
BETA2 = 0.95

# Model.
DEPTH_SCALE = 1.0  # times the preset's blocks
ASPECT = 64  # width / depth; the width is rounded up to whole heads
MLP_RATIO = 4.0  # hidden units of the MLP / width
QUERY_GROUP = 1  # query heads that share one head of keys and values
SHORT_WINDOW = 0.25  # what a short layer sees / context
VALUE_EVERY = 2  # of so many layers one has value embeddings, the last one first; 0 for none
GATE_WIDTH = 32  # channels that open the gate of the value embeddings
ROTARY_BASE = 10_000
INIT_SCALE = 1.0  # times 1 / sqrt(inputs), the standard deviation of a new matrix

# What suits a machine: the first of its kind that asks for no more memory (GiB) than it has. head: width of
# one; tokens: a step; rows: at once on the device, the rest of a step is accumulated; windows: of the layers
# in turn, S short and L long; cap: logits stay within plus and minus this, 0 for no limit; rate: times
# LEARNING_RATE. The CPU's is the demo's: rate and tokens leave a night something to find, and a cap, which
# takes a tenth of a step there, gains nothing in seconds.
# fmt: off
PRESETS = {
    'h100': {'kind': 'cuda', 'memory': 70, 'depth': 8, 'head': 128, 'context': 2048, 'tokens': 2**19,
             'rows': 64, 'windows': 'SSSL', 'cap': 15.0, 'rate': 1.0, 'compile': True},
    '24gb': {'kind': 'cuda', 'memory': 22, 'depth': 6, 'head': 128, 'context': 2048, 'tokens': 2**17,
             'rows': 16, 'windows': 'SSSL', 'cap': 15.0, 'rate': 1.0, 'compile': True},
    '8gb': {'kind': 'cuda', 'memory': 0, 'depth': 4, 'head': 64, 'context': 2048, 'tokens': 2**16,
            'rows': 4, 'windows': 'SSSL', 'cap': 15.0, 'rate': 1.0, 'compile': True},
    'apple': {'kind': 'mps', 'memory': 0, 'depth': 4, 'head': 64, 'context': 2048, 'tokens': 2**15,
              'rows': 4, 'windows': 'L', 'cap': 15.0, 'rate': 1.0, 'compile': False},
    'cpu': {'kind': 'cpu', 'memory': 0, 'depth': 2, 'head': 32, 'context': 256, 'tokens': 2**13,
            'rows': 16, 'windows': 'L', 'cap': 0.0, 'rate': 0.25, 'compile': False},
}
# fmt: on


def main() -> None:
    """One run: data, model, training within the budget, evaluation, summary."""
    seed = int(number_from('NIGHTSHIFT_SEED', 1))
    budget = number_from('NIGHTSHIFT_BUDGET_S', 300)
    limit = int(number_from('NIGHTSHIFT_STEPS', 0)) or None  # stops by steps instead of time, for tests
    device = choose_device()
    name = choose_preset(device)
    shape = shape_of(PRESETS[name])
    if device.type == 'cpu':
        keep_memory()
    torch.manual_seed(seed)
    data = prepare.prepare()
    with device:
        model = GPT(shape, data.vocabulary, precision(device))
    print(f'preset {name}: {describe(model)}', flush=True)
    batches = prepare.batches(data.split('train'), shape.rows, shape.context, seed, device)
    steps, seconds = train(model, batches, budget, limit)
    measured = prepare.evaluate(model.eval(), data, device)
    print(summary(model, measured, steps, seconds, device), flush=True)


# --- What is run ----------------------------------------------------------------------------------


def number_from(variable: str, default: float) -> float:
    """A number of the environment, not negative."""
    text = os.environ.get(variable, '')
    try:
        value = float(text or default)
    except ValueError:
        value = math.nan
    need(0 <= value < math.inf, f'{variable} is "{text}"', f'It must be a number such as {default}.')
    return value


def need(holds: bool, found: str, allowed: str) -> None:
    """Raises Failure unless a condition holds."""
    if not holds:
        raise Failure(f'{found}.', allowed)


def choose_device() -> torch.device:
    """CUDA, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device('cuda')
    return torch.device('mps' if torch.backends.mps.is_available() else 'cpu')


def choose_preset(device: torch.device) -> str:
    """The first preset for this kind of device that asks for no more memory than it has."""
    memory = torch.cuda.get_device_properties(device).total_memory / 2**30 if device.type == 'cuda' else 0
    fits = (name for name, of in PRESETS.items() if of['kind'] == device.type and of['memory'] <= memory)
    name = next(fits, None)
    need(name is not None, f'No preset suits {device.type}', 'Add one of this kind to PRESETS in train.py.')
    return name


def precision(device: torch.device) -> torch.dtype:
    """bf16 on CUDA cards and systems of Apple's that have it, fp32 elsewhere; never fp16, which overflows."""
    if device.type == 'cuda':
        has_it = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        has_it = device.type == 'mps' and torch.backends.mps.is_macos_or_newer(14, 0)
    return torch.bfloat16 if has_it else torch.float32


@dataclass(frozen=True)
class Shape:
    """What a preset and the constants above come to."""

    depth: int
    width: int
    heads: int
    context: int  # tokens a row
    rows: int  # at once on the device
    pieces: int  # of so many rows each is a step
    windows: tuple[int, ...]  # tokens that each layer sees, the own one included; 0: all
    cap: float
    rate: float
    compile: bool

    @property
    def tokens(self) -> int:
        """Tokens a step."""
        return self.pieces * self.rows * self.context


def shape_of(preset: dict) -> Shape:
    """The model and the step of a preset. Raises Failure at once for values that cannot work."""
    check_constants()
    for name in ('depth', 'head', 'context', 'tokens', 'rows'):
        need(is_count(preset[name]), f"The preset's {name} is {preset[name]}", COUNT)
    head, context, kinds = preset['head'], preset['context'], preset['windows']
    need(head % 2 == 0, f"The preset's head is {head}", 'It must be even, for rotary positions.')
    need(bool(kinds) and set(kinds) <= set('SL'), f"The preset's windows are {kinds!r}", 'Say e.g. "SSSL".')
    depth = max(round(preset['depth'] * DEPTH_SCALE), 1)
    heads = math.ceil(depth * ASPECT / head)
    width = heads * head
    need(heads % QUERY_GROUP == 0, f'QUERY_GROUP is {QUERY_GROUP}', f'It must divide the {heads} heads.')
    need(width >= GATE_WIDTH, f'GATE_WIDTH is {GATE_WIDTH}', f'The model is {width} wide.')
    rows = max(round(preset['tokens'] * BATCH_SCALE / context), 1)
    pieces = math.ceil(rows / preset['rows'])
    short = max(round(context * SHORT_WINDOW), 1)
    seen = (kinds * depth)[: depth - 1] + 'L'  # the last layer sees all
    windows = tuple(short if kind == 'S' and short < context else 0 for kind in seen)
    model = (depth, width, heads, context, round(rows / pieces), pieces, windows)
    return Shape(*model, preset['cap'], preset['rate'], preset['compile'])


COUNT = 'It must be a whole number of at least 1.'


def is_count(value: object) -> bool:
    """A whole number of 1 or more."""
    return isinstance(value, int) and value >= 1


def check_constants() -> None:
    """Raises Failure for a constant at the top that can work with no preset."""
    rules = [
        ('ASPECT QUERY_GROUP GATE_WIDTH', is_count, COUNT),
        ('VALUE_EVERY', lambda x: isinstance(x, int) and x >= 0, 'It must be a whole number, 0 for none.'),
        ('LEARNING_RATE BATCH_SCALE DEPTH_SCALE', lambda x: x > 0, 'It must be greater than 0.'),
        ('MLP_RATIO SHORT_WINDOW ROTARY_BASE INIT_SCALE', lambda x: x > 0, 'It must be greater than 0.'),
        ('HEAD_RATE EMBEDDING_RATE VALUE_RATE', lambda x: x >= 0, 'It must be at least 0.'),
        ('RESIDUAL_RATE START_RATE WEIGHT_DECAY', lambda x: x >= 0, 'It must be at least 0.'),
        ('WARMUP WARMDOWN FINAL_RATE MOMENTUM_RISE', lambda x: 0 <= x <= 1, 'It is a share, from 0 to 1.'),
        ('MOMENTUM MOMENTUM_START MUON_BETA2 BETA1 BETA2', lambda x: 0 <= x < 1, 'It must be below 1.'),
    ]
    for names, holds, allowed in rules:
        for name in names.split():
            need(holds(globals()[name]), f'{name} is {globals()[name]}', allowed)
    both = WARMUP + WARMDOWN
    need(both <= 1, f'WARMUP + WARMDOWN is {both}', 'They are shares of the same budget.')


def keep_memory() -> None:
    """Lets glibc keep what torch frees: large blocks given back and fetched again cost a sixth of a step."""
    if mallopt := sys.platform == 'linux' and getattr(ctypes.CDLL(None), 'mallopt', None):
        mallopt(-3, 2**30)  # M_MMAP_THRESHOLD
        mallopt(-1, 2**31 - 1)  # M_TRIM_THRESHOLD


def describe(model: 'GPT') -> str:
    """A preset as it is run, in one line."""
    shape = model.shape
    windows = '-'.join(str(window or shape.context) for window in shape.windows)
    return (
        f'depth {shape.depth}, width {shape.width}, {shape.heads} heads, {count(model):,} parameters, '
        f'windows {windows}, {shape.pieces} × {shape.rows} × {shape.context} = {shape.tokens:,} tokens '
        f'a step, {model.dtype}'
    )


def count(model: nn.Module) -> int:
    """Parameters of a model."""
    return sum(p.numel() for p in model.parameters())


# --- Model ----------------------------------------------------------------------------------------


class GPT(nn.Module):
    """Token ids, int64 [rows, time], to logits, fp32 [rows, time, vocabulary].

    A pre-norm transformer (RMSNorm without weights) with rotary positions (arXiv 2104.09864), normalised
    queries and keys (2010.04245), squared ReLU (2109.08668), windows (2004.05150), shared keys (2305.13245),
    value embeddings (after 2410.17897), and logits capped by tanh (2408.00118). Each block begins from a
    learned mix of the stream and the first embedding. Weights are fp32; products are in the type `dtype`.
    """

    def __init__(self, shape: Shape, vocabulary: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.shape, self.dtype = shape, dtype
        self.embedding = nn.Embedding(vocabulary, shape.width)
        self.blocks = nn.ModuleList()
        for layer, window in enumerate(shape.windows):
            chosen = VALUE_EVERY > 0 and (shape.depth - 1 - layer) % VALUE_EVERY == 0
            self.blocks.append(Block(shape, vocabulary if chosen else 0, window))
        self.head = nn.Linear(shape.width, vocabulary, bias=False)
        self.residual = nn.Parameter(torch.ones(shape.depth))
        self.start = nn.Parameter(torch.full((shape.depth,), 0.1))
        self.bands: dict[int, object] = {}  # block masks of flex_attention by window, where it is used
        self.initialise()

    @torch.no_grad()
    def initialise(self) -> None:
        """What writes to the stream begins at zero: each block begins as the identity (arXiv 1901.09321).

        Other matrices keep the size of what they multiply, whatever the width (2310.17813).
        """
        std = INIT_SCALE / math.sqrt(self.shape.width)
        nn.init.normal_(self.embedding.weight)
        nn.init.zeros_(self.head.weight)
        for block in self.blocks:
            for matrix in (block.query, block.key, block.value, block.up):
                nn.init.normal_(matrix.weight, std=std)
            for matrix in (block.project, block.down):
                nn.init.zeros_(matrix.weight)
            if block.values is not None:
                nn.init.normal_(block.values.weight, std=std)
                nn.init.zeros_(block.gate.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        cos, sin = rotary(tokens.shape[1], self.shape.width // self.shape.heads, tokens.device)
        x = first = norm(self.embedding(tokens).to(self.dtype))
        for block, kept, again in zip(self.blocks, self.residual.unbind(), self.start.unbind(), strict=True):
            x = block(kept * x + again * first, tokens, cos, sin, self.bands.get(block.window))
        logits = times(self.head, norm(x)).float()
        return self.shape.cap * torch.tanh(logits / self.shape.cap) if self.shape.cap else logits


class Block(nn.Module):
    """Causal self-attention, then an MLP; each adds to x [rows, time, width]."""

    def __init__(self, shape: Shape, vocabulary: int, window: int) -> None:
        super().__init__()
        width, hidden = shape.width, max(int(MLP_RATIO * shape.width), 1)
        self.heads, self.groups, self.window = shape.heads, shape.heads // QUERY_GROUP, window
        shared = width // self.heads * self.groups
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, shared, bias=False)
        self.value = nn.Linear(width, shared, bias=False)
        self.project = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)
        self.values = nn.Embedding(vocabulary, shared) if vocabulary else None
        self.gate = nn.Linear(GATE_WIDTH, self.groups, bias=False) if vocabulary else None

    def forward(self, x: Tensor, tokens: Tensor, cos: Tensor, sin: Tensor, band: object) -> Tensor:
        x = x + self.attention(norm(x), tokens, cos, sin, band)
        return x + times(self.down, F.relu(times(self.up, norm(x))).square())

    def attention(self, x: Tensor, tokens: Tensor, cos: Tensor, sin: Tensor, band: object) -> Tensor:
        rows, length, width = x.shape
        # One product for all three: x is read once, and so is its gradient written.
        weights = torch.cat((self.query.weight, self.key.weight, self.value.weight)).to(x.dtype)
        parts = F.linear(x, weights).view(rows, length, -1, width // self.heads)
        query, key, value = parts.split((self.heads, self.groups, self.groups), dim=2)
        if self.values is not None:
            gate = 2 * torch.sigmoid(times(self.gate, x[..., :GATE_WIDTH]))  # 1 at first, one for each group
            value = value + gate.unsqueeze(-1) * self.values(tokens).to(x.dtype).view_as(value)
        query, key = (norm(rotate(part, cos, sin)).to(x.dtype) for part in (query, key))
        mixed = attend(*(part.transpose(1, 2) for part in (query, key, value)), self.window, band)
        return times(self.project, mixed.transpose(1, 2).reshape(rows, length, width))


def times(matrix: nn.Linear, x: Tensor) -> Tensor:
    """The product in the type of x. Not by autocast: which product has which type is seen here."""
    return F.linear(x, matrix.weight.to(x.dtype))


def norm(x: Tensor) -> Tensor:
    """RMSNorm over the last dimension."""
    return F.rms_norm(x, (x.shape[-1],))


def rotary(length: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the positions' angles, both fp32 [time, 1, width / 2]."""
    rates = ROTARY_BASE ** -(torch.arange(0, width, 2, device=device) / width)
    angles = torch.arange(length, device=device)[:, None, None] * rates
    return angles.cos(), angles.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns the pairs (x[i], x[i + width / 2]) of each head by the angle of their position."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), dim=-1)


# --- Attention ------------------------------------------------------------------------------------


def attend(query: Tensor, key: Tensor, value: Tensor, window: int, band: object = None) -> Tensor:
    """Causal attention over the last `window` tokens, 0 for all: [rows, heads, time, head width] to the same.

    `band` is the window as flex_attention wants it. Only its compiled kernel leaves out what is masked; where
    nothing is compiled the window is a mask, which costs as much as full attention.
    """
    grouped = query.shape[1] != key.shape[1]
    if band is not None and torch.compiler.is_compiling():
        from torch.nn.attention.flex_attention import flex_attention

        return flex_attention(query, key, value, block_mask=band, enable_gqa=grouped)
    mask = None
    if 0 < window < query.shape[2]:
        place = torch.arange(query.shape[2], device=query.device)
        mask = in_band(window)(None, None, place[:, None], place)
    return F.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=grouped
    )


def in_band(window: int) -> Callable[..., Tensor]:
    """Whether a query sees a key, by their places, in the form that flex_attention calls."""
    return lambda row, head, query, key: (query >= key) & (query - key < window)


def choose_attention(model: GPT, device: torch.device) -> None:
    """On CUDA: torch's quickest kernel for full attention, measured here; flex_attention for windows.

    flex_attention alone skips the blocks outside of a window. It is compiled with the model, and used where
    its kernels are known to fit: bf16 on cards since Ampere.
    """
    from torch.nn.attention import SDPBackend, sdpa_kernel

    shape, flash, cudnn = model.shape, SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION
    size = (shape.rows, shape.context, shape.heads, shape.width // shape.heads)
    parts = [torch.randn(size, device=device, dtype=model.dtype).transpose(1, 2) for _ in range(3)]
    parts = [part.requires_grad_() for part in parts]
    taken = {}
    for kernel in (flash, cudnn, SDPBackend.EFFICIENT_ATTENTION):
        with sdpa_kernel(kernel):
            try:
                taken[kernel] = min(seconds_of(lambda: back_and_forth(parts)) for _ in range(5))
            except RuntimeError:  # this card, or this type, has no such kernel
                continue
    if taken:
        # Flash attention unless another is clearly quicker, so that two runs choose alike.
        chosen = min(taken, key=lambda kernel: taken[kernel] * (0.95 if kernel == flash else 1))
        torch.backends.cuda.enable_flash_sdp(chosen == flash)
        torch.backends.cuda.enable_cudnn_sdp(chosen == cudnn)
        print('attention: ' + ', '.join(f'{k.name.lower()} {1e3 * s:.2f} ms' for k, s in taken.items()))
    if shape.compile and model.dtype == torch.bfloat16 and torch.cuda.get_device_capability(device) >= (8, 0):
        model.bands = make_bands(shape, device)


def back_and_forth(parts: list[Tensor]) -> None:
    """Full attention, forward and backward, waited for."""
    torch.autograd.grad(attend(*parts, 0).sum(), parts)[0].flatten()[0].item()


def make_bands(shape: Shape, device: torch.device) -> dict[int, object]:
    """The block masks of all windows."""
    from torch.nn.attention.flex_attention import create_block_mask

    size = (None, None, shape.context, shape.context)
    return {w: create_block_mask(in_band(w), *size, device=device) for w in set(shape.windows) if w}


# --- Optimizer ------------------------------------------------------------------------------------


class Optimizer:
    """Muon for the matrices in the blocks, AdamW in five groups for all else.

    The head's rate falls with the width as an output's must (arXiv 2203.03466); embeddings and scalars don't
    depend on it, and a step of Muon is scaled by sqrt(outputs / inputs) where that is above 1 (2310.17813).
    """

    def __init__(self, model: GPT) -> None:
        rate = LEARNING_RATE * model.shape.rate
        values = [block.values.weight for block in model.blocks if block.values is not None]
        groups = [
            ([model.head.weight], rate * HEAD_RATE * 512 / model.shape.width),
            ([model.embedding.weight], rate * EMBEDDING_RATE),
            (values, rate * VALUE_RATE),
            ([model.residual], rate * RESIDUAL_RATE),
            ([model.start], rate * START_RATE),
        ]
        self.groups = [group for group in groups if group[0]]
        by_shape: dict[torch.Size, list[Tensor]] = {}
        for part in model.blocks.modules():
            if isinstance(part, nn.Linear):
                by_shape.setdefault(part.weight.shape, []).append(part.weight)
        self.stacks = [
            (weights, rate * max(size[0] / size[1], 1.0) ** 0.5) for size, weights in by_shape.items()
        ]
        self.muon = muon
        # What Muon multiplies in: its products are a few percent of a step on a GPU, and far more in fp32.
        self.kind = model.dtype if model.head.weight.is_cuda else torch.float32
        self.reset()

    def reset(self) -> None:
        """The state before the first step."""
        self.moments = [
            ([torch.zeros_like(p) for p in weights], [torch.zeros_like(p) for p in weights],
             [torch.zeros((), device=p.device) for p in weights])
            for weights, _ in self.groups
        ]  # fmt: skip
        stacked = [torch.stack([w.detach() for w in weights]) for weights, _ in self.stacks]
        self.gathered = [(torch.zeros_like(s), torch.zeros_like(s[..., :1])) for s in stacked]
        # Tensors, filled before each step: a compiled function would be compiled again for another number.
        self.knobs = torch.zeros(3, device=stacked[0].device)

    @torch.no_grad()
    def step(self, progress: float) -> None:
        """One step at a share of the budget from 0 to 1; gradients are gone afterwards."""
        now = schedule(progress)
        same = {'beta1': BETA1, 'beta2': BETA2, 'weight_decay': 0.0, 'eps': 1e-10, 'fused': True}
        same |= {'amsgrad': False, 'maximize': False}
        for (weights, peak), (mean, square, steps) in zip(self.groups, self.moments, strict=True):
            adamw(weights, [w.grad for w in weights], mean, square, [], steps, lr=peak * now, **same)
        decay, inertia = WEIGHT_DECAY * (1 - progress), momentum(progress)
        for (weights, peak), state in zip(self.stacks, self.gathered, strict=True):
            for knob, value in zip(self.knobs, (peak * now, decay, inertia), strict=True):
                knob.fill_(value)
            gradients = torch.stack([w.grad for w in weights])
            moved = self.muon(torch.stack(weights), gradients, *state, self.knobs, self.kind)
            for weight, new in zip(weights, moved.unbind(), strict=True):
                weight.copy_(new)
        for weights, _ in (*self.groups, *self.stacks):
            for weight in weights:
                weight.grad = None


def schedule(progress: float) -> float:
    """The rate as a share of its peak, by the share of the budget that is used: up, flat, down."""
    if progress < WARMUP:
        return max(progress / WARMUP, 0.05)
    if progress > 1 - WARMDOWN:
        return FINAL_RATE + (1 - FINAL_RATE) * max(1 - progress, 0.0) / WARMDOWN
    return 1.0


def momentum(progress: float) -> float:
    """Muon's momentum: early gradients turn quickly, so it begins with a shorter memory."""
    risen = min(progress / MOMENTUM_RISE, 1.0) if MOMENTUM_RISE else 1.0
    return MOMENTUM_START + (MOMENTUM - MOMENTUM_START) * risen


def muon(
    weights: Tensor, gradients: Tensor, mean: Tensor, square: Tensor, knobs: Tensor, kind: torch.dtype
) -> Tensor:
    """New weights of matrices [n, rows, columns]: a step of Muon (kellerjordan.github.io/posts/muon).

    Nesterov momentum is made orthogonal, then each neuron's step is evened out by the memory of its size, the
    matrix keeping its own (NorMuon, arXiv 2510.05491). Weights decay where the step shrinks them anyway
    (2510.12402). `mean` [n, rows, columns] and `square` [n, rows, 1] are moved in place; `knobs` are rate,
    decay and momentum.
    """
    rate, decay, inertia = knobs.unbind()
    mean.lerp_(gradients, 1 - inertia)
    step = orthogonal(torch.lerp(gradients, mean, inertia).to(kind)).to(weights.dtype)
    square.lerp_(step.square().mean(-1, keepdim=True), 1 - MUON_BETA2)
    even = step * square.clamp_min(1e-12).rsqrt()
    even = even * (size_of(step) / size_of(even).clamp_min(1e-12))
    return weights - rate * (even + decay * weights * (weights * even > 0))


def size_of(x: Tensor) -> Tensor:
    """Frobenius norms of matrices, [n, 1, 1]."""
    return x.norm(dim=(-2, -1), keepdim=True)


# Five steps of Polar Express (arXiv 2505.16932): odd polynomials a x + b x³ + c x⁵ that bring, one after the
# other, singular values from 0.001 to 1 near 1.
POLAR = [
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
]


def orthogonal(x: Tensor) -> Tensor:
    """Matrices [n, rows, columns] with their singular values brought near 1."""
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x / (1.01 * size_of(x) + 1e-7)
    for a, b, c in POLAR:
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x


# --- Training -------------------------------------------------------------------------------------


def train(
    model: GPT, batches: Iterator[tuple[Tensor, Tensor]], budget: float, limit: int | None
) -> tuple[int, float]:
    """Steps until the budget (seconds) or a limit of steps is used up; returns the steps and their seconds.

    The budget counts training alone and is overrun by less than one step. Raises Failure for a loss of NaN.
    """
    optimizer = Optimizer(model)
    inputs, targets = next(batches)
    gradients = warm_up(model, optimizer, inputs, targets)
    gc.collect()
    gc.freeze()
    gc.disable()  # a collection in the loop would be a pause
    try:
        pace = Pace(inputs.device, budget, limit)
        while not pace.is_over():
            loss = torch.zeros((), device=inputs.device)
            for _ in range(model.shape.pieces):
                loss += gradients(inputs, targets)
                inputs, targets = next(batches)  # while the device works
            optimizer.step(pace.progress())
            pace.add(loss)
    finally:
        gc.enable()
        gc.unfreeze()
    return pace.step, pace.seconds


def warm_up(
    model: GPT, optimizer: Optimizer, inputs: Tensor, targets: Tensor
) -> Callable[[Tensor, Tensor], Tensor]:
    """Compiles where the preset says so, and steps once or twice, outside the budget; then all is as before.

    Returns the function that adds a piece's gradients to the weights and gives its part of the loss. What
    cannot be compiled runs as it is, and a line says so.
    """
    before = [p.detach().clone() for p in model.parameters()]
    loss_of = mean_loss
    if inputs.is_cuda:
        torch.set_float32_matmul_precision('high')
        choose_attention(model, inputs.device)

    def gradients(inputs: Tensor, targets: Tensor) -> Tensor:
        loss = loss_of(model, inputs, targets) / model.shape.pieces
        loss.backward()
        return loss.detach()

    def rehearse(times: int) -> None:
        for _ in range(times):
            gradients(inputs, targets)
            optimizer.step(0.0)

    if model.shape.compile:
        from torch._dynamo.exc import TorchDynamoException

        settings = {'dynamic': False, 'fullgraph': True}
        loss_of = torch.compile(mean_loss, **settings)
        optimizer.muon = torch.compile(muon, **settings)
        try:
            rehearse(2)
        except TorchDynamoException as error:
            print(f'not compiled: {str(error).strip().splitlines()[0]}', flush=True)
            loss_of, optimizer.muon = mean_loss, muon
            rehearse(1)
    else:
        rehearse(1)
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), before, strict=True):
            parameter.copy_(value)
            parameter.grad = None
    optimizer.reset()
    return gradients


def mean_loss(model: GPT, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean nats a token."""
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


class Pace:
    """Time, progress and losses of the steps, without making a GPU wait for them.

    On CUDA a step's loss and the time of its end are read two steps later, when they are known, so that the
    queue of work never runs dry; progress counts the steps under way by the mean of those that are done.
    Elsewhere each step is waited for, which costs nothing there.
    """

    def __init__(self, device: torch.device, budget: float, limit: int | None) -> None:
        self.budget, self.limit, self.cuda = budget, limit, device.type == 'cuda'
        self.lag = 2 if self.cuda else 0
        self.step = self.done = 0  # begun, and known to have ended
        self.seconds = 0.0  # of those that ended
        self.waiting: deque[tuple[Tensor, object]] = deque()
        self.curve = Curve()
        self.first = self.now()  # the budget runs from here

    def now(self) -> object:
        """The moment; on CUDA that at which the device comes to it."""
        if not self.cuda:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def add(self, loss: Tensor) -> None:
        """A step was begun; `loss` is its tensor. Raises Failure for one of NaN, on CUDA two steps later."""
        self.step += 1
        kept = torch.empty((), pin_memory=self.cuda).copy_(loss, non_blocking=self.cuda)
        self.waiting.append((kept, self.now()))
        # The first is waited for: it tells how long a step takes.
        while len(self.waiting) > min(self.lag, self.done):
            self.read()

    def read(self) -> None:
        """Takes in the oldest step that is waiting."""
        loss, end = self.waiting.popleft()
        if self.cuda:
            end.synchronize()
            self.seconds = self.first.elapsed_time(end) / 1000
        else:
            self.seconds = end - self.first
        self.done += 1
        found = f'The loss is {loss.item()} at step {self.done - 1}'
        need(math.isfinite(loss.item()), found, 'Lower LEARNING_RATE, or undo the change.')
        self.curve.add(self.done, self.seconds, self.progress(), loss.item())

    def progress(self) -> float:
        """Share of the budget, or of the limit of steps, that the steps begun so far take."""
        if self.limit:
            return self.step / self.limit
        taken = self.seconds * self.step / max(self.done, 1)
        return taken / self.budget if self.budget else float(self.step > 0)

    def is_over(self) -> bool:
        """Whether the budget is used up; an estimate that says so is checked by waiting for all steps."""
        while self.progress() >= 1 and self.waiting:
            self.read()
        return self.progress() >= 1


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


# --- Summary --------------------------------------------------------------------------------------


def summary(model: GPT, measured: dict[str, float], steps: int, seconds: float, device: torch.device) -> str:
    """karpathy/autoresearch's block, key by key; a holdout score is a line after it."""
    tokens = steps * model.shape.tokens
    speed = flops_per_token(model) * tokens / seconds
    lines = {
        'val_bpb': f'{measured["val_bpb"]:.6f}',
        'training_seconds': f'{seconds:.1f}',
        'total_seconds': f'{time.perf_counter() - STARTED:.1f}',
        'peak_vram_mb': f'{peak_memory(device):.1f}',
        'mfu_percent': f'{100 * speed / peak_flops(device, model.dtype):.2f}',
        'total_tokens_M': f'{tokens / 1e6:.1f}',
        'num_steps': f'{steps}',
        'num_params_M': f'{count(model) / 1e6:.1f}',
        'depth': f'{model.shape.depth}',
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
    """6 for each weight of a matrix, forward and backward, and attention's products (PaLM, arXiv 2204.02311).

    As in karpathy/autoresearch a token is counted with its whole window, though early ones see less.
    """
    shape = model.shape
    matrices = sum(part.weight.numel() for part in model.modules() if isinstance(part, nn.Linear))
    return 6 * matrices + 12 * shape.width * sum(window or shape.context for window in shape.windows)


# Dense bf16 with fp32 sums, TFLOP/s, by the data sheets. The first whose name is part of the card's counts.
SHEET = {'H100 PCIe': 756, 'H100 NVL': 835.5, 'H100': 989.5, 'H200': 989.5, 'GH200': 989.5, 'A100': 312}
SHEET |= {'L40S': 362, 'RTX 4090': 165.2, 'RTX 3090': 71}


def peak_flops(device: torch.device, dtype: torch.dtype) -> float:
    """What the device could do, FLOP/s: by the data sheet for cards named above, else measured.

    Measured: a product of two square matrices (1,024; on a GPU 4,096) in the run's type, best of five.
    """
    for card, tera in SHEET.items():
        if dtype == torch.bfloat16 and card in prepare.device_name(device):
            return 1e12 * tera
    size = 1024 if device.type == 'cpu' else 4096
    a = torch.randn(size, size, device=device, dtype=dtype)
    return 2 * size**3 / min(seconds_of(lambda: (a @ a)[0, 0].item()) for _ in range(5))


def seconds_of(work: Callable[[], object]) -> float:
    """Wall time of a call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run() -> None:
    """main(), with memory that runs out as an expected failure."""
    try:
        main()
    except (MemoryError, RuntimeError) as error:
        lacks = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if lacks or 'allocate' in str(error) or 'out of memory' in str(error):
            advice = f"Lower the preset's rows (a step keeps its tokens) or DEPTH_SCALE ({DEPTH_SCALE})."
            raise Failure('Out of memory.', advice) from error
        raise


if __name__ == '__main__':
    sys.exit(prepare.guarded(run))
