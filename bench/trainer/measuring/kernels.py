"""GPU kernels by what they do, from their names."""

from __future__ import annotations

import re

# The first pattern that is found in a name counts. torch.compile names a kernel after at most ten of the
# operations in it, sorted; a template (`tem`) is a matrix product or flex_attention.
GROUPS = {
    'attention': r'flex_attention|sdpa|flash_(?:fwd|bwd)|flash_attn|fmha|flashattn|scaled_dot_product',
    'matrix products': (
        r'nvjet|gemm|cutlass|cublas|splitK|wgmma|_tem_.*_(?:add|b|badd)?b?mm(?:_|$)'
        r'|^triton_(?:tem_fused_)?mm|^aten::_?(?:add|b|badd)?b?mm|^aten::linear$'
    ),
    'attention, other template': r'triton_tem',
    'loss: logits, softmax, cap': (r'softmax|cross_entropy|nll_loss|logsumexp|tanh|_exp_|_log_'),
    'optimizer': r'multi_tensor|adam|muon|lerp|foreach',
    'MLP activation': r'relu|threshold_backward|gelu|silu|_sqrt_',
    'rotary, norms': r'rms_norm|layer_norm|rsqrt|_pow_|_flip_|_cos_|_sin_|aten::neg|aten::(?:cos|sin)',
    'embeddings, gates': r'embedding|sigmoid|index_put|indexing_backward|index_select|vectorized_gather',
    'copies, transposes, cat': r'cat_|[_:]cat|CatArray|copy|transpose|clone|Memcpy|Memset|fill|zero',
}
SAME = {'attention, other template': 'attention'}
OTHER = 'other'


def group_of(name: str) -> str:
    """The group of a kernel's name; OTHER when no pattern is found."""
    for group, pattern in GROUPS.items():
        if re.search(pattern, name, re.IGNORECASE):
            return SAME.get(group, group)
    return OTHER


def grouped(kernels: list[dict]) -> dict[str, dict[str, float]]:
    """Milliseconds and calls by group, the largest first; OTHER last.

    `kernels` have name, ms, calls and phase. All that the optimizer's phase launches is the optimizer's,
    whatever its name: its matrix products have the names of the model's.
    """
    found: dict[str, dict[str, float]] = {}
    for kernel in kernels:
        group = 'optimizer' if kernel['phase'] == 'optimizer' else group_of(kernel['name'])
        into = found.setdefault(group, {'ms': 0.0, 'calls': 0.0})
        into['ms'] += kernel['ms']
        into['calls'] += kernel['calls']
    return dict(sorted(found.items(), key=lambda item: (item[0] == OTHER, -item[1]['ms'])))


def largest_other(kernels: list[dict], count: int = 5) -> list[dict]:
    """The kernels without a group that take most time."""
    other = [k for k in kernels if k['phase'] != 'optimizer' and group_of(k['name']) == OTHER]
    return sorted(other, key=lambda kernel: -kernel['ms'])[:count]
