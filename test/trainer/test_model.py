"""The model: causality, rotary positions, windows, value embeddings, the types it computes in."""

import pytest
import torch
from conftest import TINY

import train

FP32 = torch.float32
CPU = torch.device('cpu')
pytestmark = pytest.mark.usefixtures('small')


def model(dtype: torch.dtype = FP32, **preset) -> train.GPT:
    """A tiny model whose layers all do something: fresh ones begin as the identity."""
    torch.manual_seed(1)
    built = train.GPT(train.configure({**TINY, **preset}), 50, dtype)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return built


def test_logits_have_a_score_for_each_token_of_the_vocabulary_at_each_position():
    assert model()(torch.randint(50, (3, 11))).shape == (3, 11, 50)


@torch.no_grad()
@pytest.mark.parametrize('preset', [{}, {'DEPTH': 3, 'WINDOW_PATTERN': 'SL', 'SOFTCAP': 5.0}])
@pytest.mark.parametrize('place', [1, 7, 15])
def test_logits_do_not_change_with_later_tokens_and_do_with_earlier_ones(place, preset):
    built, tokens = model(**preset), torch.randint(50, (2, 16))
    changed = tokens.clone()
    changed[:, place] = (changed[:, place] + 1) % 50
    before, after = built(tokens), built(changed)
    assert torch.equal(before[:, :place], after[:, :place])
    assert not torch.isclose(before[:, place:], after[:, place:]).all(-1).any()


@torch.no_grad()
def test_a_row_longer_than_the_training_context_can_be_evaluated():
    built, tokens = model(), torch.randint(50, (1, 48))
    short = built(tokens[:, :5])
    assert torch.allclose(built(tokens)[:, :5], short, atol=1e-5)


@torch.no_grad()
def test_a_stack_of_short_windows_sees_no_further_than_they_reach_together(monkeypatch):
    monkeypatch.setattr(train, 'SHORT_WINDOW_RATIO', 3 / 16)
    built, tokens = model(DEPTH=3, WINDOW_PATTERN='S'), torch.randint(50, (1, 16))
    assert built.config.window_sizes == (3, 3, 0)
    for block in built.blocks:
        block.window = 3
    changed = tokens.clone()
    changed[:, 2] = (changed[:, 2] + 1) % 50
    same = (built(tokens) == built(changed)).all(-1)[0]
    assert same.tolist() == [place < 2 or place > 2 + 3 * 2 for place in range(16)]


@torch.no_grad()
def test_capped_logits_stay_within_the_cap_and_keep_their_order():
    free, capped = model(), model(SOFTCAP=0.5)
    tokens = torch.randint(50, (1, 9))
    assert free(tokens).abs().max() > 0.5 >= capped(tokens).abs().max()
    assert torch.allclose(capped(tokens), 0.5 * torch.tanh(free(tokens) / 0.5))


@torch.no_grad()
def test_bf16_products_give_nearly_the_scores_of_fp32_and_they_leave_in_fp32():
    tokens = torch.randint(50, (2, 16))
    exact, rounded = model(DEPTH=2)(tokens), model(torch.bfloat16, DEPTH=2)(tokens)
    assert rounded.dtype == FP32
    assert 0 < (exact - rounded).abs().max() < 0.1 * exact.std()


def test_rotary_positions_agree_with_a_naive_rotation_in_the_complex_plane():
    width, length = 8, 6
    x = torch.randn(2, length, 3, width, dtype=torch.float64)
    turned = train.apply_rotary_emb(x, *train.rotary_embeddings(length, width, 10_000, CPU))
    for position in range(length):
        for pair in range(width // 2):
            angle = position * 10_000 ** (-2 * pair / width)
            point = torch.complex(x[:, position, :, pair], x[:, position, :, pair + width // 2])
            expected = point * complex(torch.tensor(1j * angle, dtype=torch.complex128).exp())
            assert torch.allclose(turned[:, position, :, pair], expected.real, atol=1e-5)
            assert torch.allclose(turned[:, position, :, pair + width // 2], expected.imag, atol=1e-5)


def test_scores_of_rotated_queries_and_keys_depend_on_their_distance_alone():
    angles = train.rotary_embeddings(20, 8, 10_000, CPU)
    query, key = (train.apply_rotary_emb(torch.randn(8).expand(20, 1, 8), *angles)[:, 0] for _ in range(2))
    scores = query @ key.T
    assert torch.allclose(scores[:-1, :-1], scores[1:, 1:], atol=1e-5)


@torch.no_grad()
def test_the_gate_lets_value_embeddings_of_each_token_through_at_alternating_layers(monkeypatch):
    built = model(DEPTH=4)
    assert [block.value_embed is not None for block in built.blocks] == [False, True, False, True]
    tokens = torch.randint(50, (1, 6))
    before = built(tokens)
    built.blocks[3].value_embed.weight[tokens[0, 4]] += 1.0
    changed = (built(tokens) != before).any(-1)[0]
    assert changed.tolist() == [bool((tokens[0, : place + 1] == tokens[0, 4]).any()) for place in range(6)]
    monkeypatch.setattr(train, 'VALUE_EMBED_EVERY', 0)
    assert all(block.value_embed is None for block in model(DEPTH=4).blocks)


@torch.no_grad()
def test_a_new_model_gives_each_token_the_same_chance():
    torch.manual_seed(1)
    assert not train.GPT(train.configure(TINY), 50, FP32)(torch.randint(50, (1, 6))).any()
