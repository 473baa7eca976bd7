"""Which kernels are tried and used, with torch's kernels stood in for: they need a GPU."""

import contextlib

import pytest
import torch
from torch.nn.attention import SDPBackend

import attention_kernels
from attention_kernels import AttentionShape, flex_options, use_fastest_sdpa

CPU = torch.device('cpu')
SHAPE = AttentionShape(dtype='float32', time=128, n_head=2, n_kv_head=1, head_dim=16)


@pytest.fixture
def sdpa(monkeypatch):
    """The time of each kernel for full attention; one without a time does not run. Gives what is enabled."""
    seconds = {SDPBackend.FLASH_ATTENTION: 4.11, SDPBackend.CUDNN_ATTENTION: 2.55}
    current, enabled = [], {}

    @contextlib.contextmanager
    def kernel(which):
        current.append(which)
        yield
        current.pop()

    def measure(attention, qkv, backward):
        assert backward
        assert attention(*qkv).shape == (4, 2, 128, 16)
        if current[-1] not in seconds:
            raise RuntimeError('No available kernel.')
        return seconds[current[-1]]

    monkeypatch.setattr(torch.nn.attention, 'sdpa_kernel', kernel)
    monkeypatch.setattr(attention_kernels, 'seconds_of', measure)
    for name in ('flash', 'cudnn'):
        monkeypatch.setattr(
            torch.backends.cuda, f'enable_{name}_sdp', lambda on, name=name: enabled.update({name: on})
        )
    return seconds, enabled


def test_the_fastest_kernel_for_full_attention_is_enabled(sdpa):
    assert use_fastest_sdpa(SHAPE, 4, CPU) == 'cudnn_attention'
    assert sdpa[1] == {'flash': False, 'cudnn': True}


def test_measuring_takes_no_random_numbers_from_the_run():
    before = torch.get_rng_state()
    queries, keys, values = SHAPE.random_qkv(4, CPU)
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.equal(keys, values)
    assert (queries.shape, keys.shape) == ((4, 2, 128, 16), (4, 1, 128, 16))


def test_a_choice_is_remembered_and_enabled_without_measuring(sdpa, monkeypatch):
    use_fastest_sdpa(SHAPE, 4, CPU)
    sdpa[1].clear()
    monkeypatch.setattr(attention_kernels, 'seconds_of', None)
    assert use_fastest_sdpa(SHAPE, 4, CPU) == 'cudnn_attention'
    assert sdpa[1] == {'flash': False, 'cudnn': True}


def test_without_any_of_the_kernels_torch_chooses(sdpa):
    sdpa[0].clear()
    assert use_fastest_sdpa(SHAPE, 4, CPU) is None
    assert sdpa[1] == {}


@pytest.fixture
def flex(monkeypatch):
    """Times by the options of flex_attention's kernels. Gives the options that were tried, by direction."""
    tried: list[tuple[bool, dict]] = []
    seconds: dict[str, float] = {}

    def compiled(function, **settings):
        assert settings == {'dynamic': False, 'fullgraph': True}
        fixed = function.__closure__[0].cell_contents
        assert fixed['enable_gqa']
        return fixed['kernel_options']

    def measure(options, qkv, backward):
        tried.append((backward, options))
        key = 'bwd_BLOCK_M1' if backward else 'fwd_BLOCK_M'
        return seconds.get(f'{key}={options.get(key)}', 1.0)

    monkeypatch.setattr(torch, 'compile', compiled)
    monkeypatch.setattr(attention_kernels, 'seconds_of', measure)
    return tried, seconds


def test_the_fastest_tiles_of_each_direction_are_used_together(flex):
    tried, seconds = flex
    seconds |= {'fwd_BLOCK_M=64': 0.5, 'bwd_BLOCK_M1=32': 0.25}
    options = flex_options(SHAPE, 4, 32, None, CPU)
    assert options == {
        'ROWS_GUARANTEED_SAFE': True,
        'fwd_BLOCK_M': 64,
        'fwd_BLOCK_N': 64,
        'fwd_num_warps': 4,
        'fwd_num_stages': 3,
        'bwd_BLOCK_M1': 32,
        'bwd_BLOCK_N1': 128,
        'bwd_BLOCK_M2': 128,
        'bwd_BLOCK_N2': 32,
        'bwd_num_warps': 4,
        'bwd_num_stages': 3,
    }
    assert [backward for backward, _ in tried] == [False] * 4 + [True] * 4
    assert all('fwd_BLOCK_M' in options for backward, options in tried if backward)


def test_torchs_own_tiles_are_used_where_none_is_faster(flex):
    assert flex_options(SHAPE, 4, 32, None, CPU) == {'ROWS_GUARANTEED_SAFE': True}


def test_flash_attention_4_is_tried_where_it_is_installed_and_not_remembered_where_it_is_not(
    flex, monkeypatch
):
    tried, _ = flex
    flex_options(SHAPE, 4, 32, None, CPU)
    assert not any('BACKEND' in options for _, options in tried)
    tried.clear()
    monkeypatch.setattr(attention_kernels, 'flash_attention_4_is_installed', lambda: True)
    flex_options(SHAPE, 4, 32, None, CPU)
    assert [options['BACKEND'] for _, options in tried if 'BACKEND' in options] == ['FLASH']


def test_the_options_that_are_tried_fit_the_block_mask_and_the_time_is_measured_with_gradients():
    for m, n, warps, stages in attention_kernels.FORWARD_TILES + attention_kernels.BACKWARD_TILES:
        assert 128 % m == 128 % n == 0  # tokens of a block of the mask
        assert warps in (4, 8)
        assert 1 <= stages <= 3
    qkv = SHAPE.random_qkv(64, CPU)
    assert [tuple(part.shape) for part in qkv] == [(16, 2, 128, 16), (16, 1, 128, 16), (16, 1, 128, 16)]
    seen = []

    def attention(q, k, v):
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
        seen.append(y.requires_grad)
        return y

    assert attention_kernels.seconds_of(attention, qkv, backward=True) > 0
    assert attention_kernels.seconds_of(attention, qkv, backward=False) > 0
    assert seen == [True] * 6 + [False] * 6
