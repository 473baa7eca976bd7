"""Which attention kernels are fastest on this card: measured once for each shape, then remembered.

torch is imported where it is used, as in prepare.py.
"""

from __future__ import annotations

import functools
import importlib.util
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cache import fastest
from evaluation import device_name

if TYPE_CHECKING:
    import torch

    Attention = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

SDPA_SECONDS = 20.0  # for the search among three kernels for full attention
FLEX_SECONDS = 30.0  # for each of two searches, forward and backward, that compile what they try
ROWS = 16  # at most, of the batch that is measured: enough to fill a card

# Tried beside torch's own choice for the card: rows and columns of a tile, warps, pipeline stages.
FORWARD_TILES = [(128, 128, 8, 2), (128, 64, 4, 3), (64, 64, 4, 3)]
BACKWARD_TILES = [(64, 128, 8, 2), (64, 64, 4, 3), (32, 128, 4, 3)]


@dataclass(frozen=True)
class AttentionShape:
    """What the speed of an attention kernel depends on, beside card and version of torch."""

    dtype: str  # as torch names it, e.g. "bfloat16"
    time: int  # tokens of a row
    n_head: int
    n_kv_head: int
    head_dim: int

    def conditions(self, device: torch.device) -> dict[str, object]:
        """The conditions under which a choice holds, for fastest()."""
        import torch

        return {'card': device_name(device), 'torch': torch.__version__, **asdict(self)}

    def random_qkv(self, rows: int, device: torch.device) -> list[torch.Tensor]:
        """Queries, keys and values [rows, heads, time, head_dim], laid out in memory as a model has them."""
        import torch

        size = (min(rows, ROWS), self.time)
        # Its own numbers, so that those of a run do not depend on whether it measured.
        chance = torch.Generator(device).manual_seed(1)
        kind = {'device': device, 'dtype': getattr(torch, self.dtype), 'generator': chance}
        return [
            torch.randn(*size, heads, self.head_dim, **kind).transpose(1, 2)
            for heads in (self.n_head, self.n_kv_head, self.n_kv_head)
        ]


def use_fastest_sdpa(shape: AttentionShape, rows: int, device: torch.device) -> str | None:
    """Lets scaled_dot_product_attention use the fastest kernel for causal attention; returns its name.

    None: this card or dtype has none of the three kernels, and torch chooses.
    """
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.nn.functional import scaled_dot_product_attention

    kernels = (SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.EFFICIENT_ATTENTION)
    qkv = functools.cache(lambda: shape.random_qkv(rows, device))  # not made where the choice is remembered
    grouped = shape.n_head != shape.n_kv_head
    attention = functools.partial(scaled_dot_product_attention, is_causal=True, enable_gqa=grouped)

    def measure(kernel: SDPBackend) -> float:
        with sdpa_kernel(kernel):
            return seconds_of(attention, qkv(), backward=True)

    by_name = {kernel.name.lower(): kernel for kernel in kernels}
    candidates = {name: functools.partial(measure, kernel) for name, kernel in by_name.items()}
    chosen = fastest('full attention', shape.conditions(device), candidates, SDPA_SECONDS)
    if chosen is not None:
        torch.backends.cuda.enable_flash_sdp(by_name[chosen] == SDPBackend.FLASH_ATTENTION)
        torch.backends.cuda.enable_cudnn_sdp(by_name[chosen] == SDPBackend.CUDNN_ATTENTION)
    return chosen


def flex_options(
    shape: AttentionShape, rows: int, window: int, block_mask: object, device: torch.device
) -> dict[str, object]:
    """Options of flex_attention's kernels that are fastest for a block mask of a `window` of tokens.

    FlashAttention 4 is among what is tried where it is installed; nothing is installed or downloaded for it.
    """
    import torch
    from torch.nn.attention.flex_attention import flex_attention

    conditions = shape.conditions(device) | {'window': window}
    qkv = functools.cache(lambda: shape.random_qkv(rows, device))
    grouped = shape.n_head != shape.n_kv_head

    def search(direction: str, candidates: dict[str, dict], base: dict) -> dict:
        def measure(options: dict) -> float:
            fixed = {'block_mask': block_mask, 'kernel_options': base | options, 'enable_gqa': grouped}
            attention = torch.compile(
                lambda q, k, v: flex_attention(q, k, v, **fixed), dynamic=False, fullgraph=True
            )
            return seconds_of(attention, qkv(), backward=direction == 'backward')

        calls = {name: functools.partial(measure, options) for name, options in candidates.items()}
        chosen = fastest(f'window {direction}', conditions | base, calls, FLEX_SECONDS)
        return base | candidates.get(chosen or '', {})

    forward: dict[str, dict] = {'torch': {}}
    for m, n, warps, stages in FORWARD_TILES:
        options = {'fwd_BLOCK_M': m, 'fwd_BLOCK_N': n, 'fwd_num_warps': warps, 'fwd_num_stages': stages}
        forward[f'{m}x{n}x{warps}x{stages}'] = options
    backward: dict[str, dict] = {'torch': {}}
    for m, n, warps, stages in BACKWARD_TILES:
        options = {'bwd_BLOCK_M1': m, 'bwd_BLOCK_N1': n, 'bwd_BLOCK_M2': n, 'bwd_BLOCK_N2': m}
        options |= {'bwd_num_warps': warps, 'bwd_num_stages': stages}
        backward[f'{m}x{n}x{warps}x{stages}'] = options
    if flash_attention_4_is_installed():
        backward['FlashAttention 4'] = {'BACKEND': 'FLASH'}
    every_token_sees_itself = {'ROWS_GUARANTEED_SAFE': True}
    return search('backward', backward, search('forward', forward, every_token_sees_itself))


def flash_attention_4_is_installed() -> bool:
    """Whether flex_attention finds its kernels."""
    try:
        return importlib.util.find_spec('flash_attn.cute') is not None
    except ImportError:
        return False


def seconds_of(attention: Attention, qkv: list[torch.Tensor], backward: bool) -> float:
    """Seconds of a call, with its gradients if `backward`: the fastest of five after one to warm up."""
    import torch

    inputs = [part.detach().requires_grad_(backward) for part in qkv]

    def call() -> float:
        started = time.perf_counter()
        y = attention(*inputs)
        last = torch.autograd.grad(y, inputs, y.detach())[0] if backward else y
        last.flatten()[0].item()  # waits for the device
        return time.perf_counter() - started

    with torch.set_grad_enabled(backward):
        call()
        return min(call() for _ in range(5))
