"""Stands in for the package `kernels`: attention by torch, as a kernel of the hub needs a network.

The same function as FlashAttention 3's: causal, and a query sees `window_size[0]` tokens before itself.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from prepare import MAX_SEQ_LEN

CUDA = torch.cuda.is_available()
if CUDA:
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    # On Hopper cuDNN's is faster than flash attention, which torch would choose.
    torch.backends.cuda.enable_flash_sdp(torch.cuda.get_device_capability() < (9, 0))


def before(window: int):
    """Whether a query sees a key: itself and `window` tokens before it."""
    return lambda batch, head, q, k: (q >= k) & (q - k <= window)


# Made here, as a compiled function cannot make them. His short windows are half the context.
BLOCK_MASKS = {
    window: create_block_mask(before(window), None, None, MAX_SEQ_LEN, MAX_SEQ_LEN, device='cuda')
    for window in ([MAX_SEQ_LEN // 2] if CUDA else [])
}


class Attention:
    """What `flash_attn_interface` of the hub's kernel has and train.py uses."""

    @staticmethod
    def flash_attn_func(
        q: Tensor, k: Tensor, v: Tensor, causal: bool = True, window_size: tuple[int, int] = (-1, 0)
    ) -> Tensor:
        """Causal attention, [batch, time, heads, head_dim] in and out. Raises ValueError unless causal."""
        if not causal:
            raise ValueError('only causal attention is here')
        q, k, v = (part.transpose(1, 2) for part in (q, k, v))
        time, window, grouped = q.shape[2], window_size[0], q.shape[1] != k.shape[1]
        if not 0 <= window < time - 1:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        elif window in BLOCK_MASKS and time == MAX_SEQ_LEN and torch.compiler.is_compiling():
            y = flex_attention(q, k, v, block_mask=BLOCK_MASKS[window], enable_gqa=grouped)
        else:  # the evaluation, which is not compiled
            position = torch.arange(time, device=q.device)
            mask = before(window)(None, None, position[:, None], position)
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=grouped)
        return y.transpose(1, 2)


class Kernel:
    """A kernel of the hub."""

    flash_attn_interface = Attention


def get_kernel(repository: str) -> type[Kernel]:
    """The stand-in, whatever kernel is asked for."""
    return Kernel
