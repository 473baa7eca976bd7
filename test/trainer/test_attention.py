"""Attention: windows and shared keys against a naive reference, by each way it is computed here."""

import math

import pytest
import torch

import train

CPU = torch.device('cpu')


def naive(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, window: int) -> torch.Tensor:
    """Token by token, head by head: [rows, heads, time, width]."""
    group = query.shape[1] // key.shape[1]
    out = torch.zeros_like(query)
    for row in range(query.shape[0]):
        for head in range(query.shape[1]):
            for at in range(query.shape[2]):
                first = max(at - window + 1, 0) if window else 0
                seen = key[row, head // group, first : at + 1]
                scores = seen @ query[row, head, at] / math.sqrt(query.shape[3])
                out[row, head, at] = scores.softmax(0) @ value[row, head // group, first : at + 1]
    return out


def parts(heads: int, shared: int, length: int) -> list[torch.Tensor]:
    torch.manual_seed(1)
    return [torch.randn(2, n, length, 8) for n in (heads, shared, shared)]


@pytest.mark.parametrize('shared', [4, 2, 1])
@pytest.mark.parametrize('window', [0, 1, 3, 11, 12, 40])
def test_windows_and_shared_keys_agree_with_a_naive_reference(window, shared):
    given = parts(4, shared, 12)
    assert torch.allclose(train.attend(*given, window), naive(*given, window), atol=1e-5)


# flex_attention outside of a compiler, as torch itself computes it for a check.
@pytest.mark.filterwarnings('ignore:flex_attention called without torch.compile')
@pytest.mark.parametrize('shared', [4, 2])
@pytest.mark.parametrize('window', [1, 20, 130])
def test_the_mask_made_for_flex_attention_is_the_same_window(window, shared, monkeypatch):
    from torch.nn.attention.flex_attention import create_block_mask

    given = parts(4, shared, 150)
    block_mask = create_block_mask(train.in_window(window), None, None, 150, 150, device=CPU)
    monkeypatch.setattr(torch.compiler, 'is_compiling', lambda: True)
    found = train.attend(*given, window, train.FlexWindow(block_mask, {}))
    monkeypatch.undo()
    assert torch.allclose(found, train.attend(*given, window), atol=1e-5)


def test_block_masks_leave_out_what_no_token_of_a_block_sees():
    from torch.nn.attention.flex_attention import create_block_mask

    mask = create_block_mask(train.in_window(512), None, None, 1024, 1024, device=CPU)
    dense = mask.to_dense()[0, 0].int()  # blocks of 128 tokens
    assert dense.tolist() == [[int(0 <= row - column <= 4) for column in range(8)] for row in range(8)]
    full = mask.full_kv_num_blocks
    assert full is not None
    assert full.sum() == 7 + 6 + 5  # blocks that need no mask: three below the diagonal


def test_a_model_with_shared_keys_is_a_model_whose_keys_are_repeated(monkeypatch):
    preset = {**train.PRESETS['cpu'], 'MAX_SEQ_LEN': 16}
    monkeypatch.setattr(train, 'VALUE_EMBED_EVERY', 0)
    torch.manual_seed(1)
    whole = train.GPT(train.configure(preset), 50, torch.float32)
    monkeypatch.setattr(train, 'GQA_GROUP_SIZE', 2)
    shared = train.GPT(train.configure(preset), 50, torch.float32)
    for one, other in zip(whole.blocks, shared.blocks, strict=True):
        for name, matrix in other.named_parameters():
            torch.nn.init.normal_(matrix, std=0.1)
            copied = matrix.detach()
            if name in ('c_k.weight', 'c_v.weight'):
                copied = copied.view(2, 32, 128).repeat_interleave(2, 0).flatten(0, 1)
            one.get_parameter(name).data.copy_(copied)
    for name in ('wte', 'lm_head'):
        weight = torch.randn(50, 128) / 10
        for built in (whole, shared):
            built.get_submodule(name).weight.data.copy_(weight)
    tokens = torch.randint(50, (2, 16))
    assert torch.allclose(whole(tokens), shared(tokens), atol=1e-4)
    assert train.num_params(shared) < train.num_params(whole)
