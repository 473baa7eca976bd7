"""The model: shapes, causality, rotary positions; and constants that cannot work."""

import pytest
import torch

import prepare
import train

pytestmark = pytest.mark.usefixtures('small')


def model(vocabulary: int = 50) -> train.GPT:
    """A model whose every matrix does something: those that begin at zero are filled."""
    torch.manual_seed(1)
    built = train.GPT(vocabulary).eval()
    for parameter in built.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    return built


def test_logits_have_a_score_for_each_token_of_the_vocabulary_at_each_position():
    assert model()(torch.randint(50, (3, 11))).shape == (3, 11, 50)


@torch.no_grad()
@pytest.mark.parametrize('place', [1, 7, 15])
def test_logits_do_not_change_with_later_tokens_and_do_with_earlier_ones(place):
    built, tokens = model(), torch.randint(50, (2, 16))
    changed = tokens.clone()
    changed[:, place] = (changed[:, place] + 1) % 50
    before, after = built(tokens), built(changed)
    assert torch.equal(before[:, :place], after[:, :place])
    assert not torch.isclose(before[:, place:], after[:, place:]).all(-1).any()


@torch.no_grad()
def test_a_row_longer_than_the_training_context_can_be_evaluated():
    built, tokens = model(), torch.randint(50, (1, 3 * train.CONTEXT))
    short = built(tokens[:, :5])
    assert torch.allclose(built(tokens)[:, :5], short, atol=1e-5)


def test_rotary_positions_agree_with_a_naive_rotation_in_the_complex_plane():
    width, length = 8, 6
    x = torch.randn(2, 3, length, width, dtype=torch.float64)
    cos, sin = train.Rotary(width)(length, torch.device('cpu'))
    turned = train.rotate(x, cos, sin)
    for position in range(length):
        for pair in range(width // 2):
            angle = position * train.ROTARY_BASE ** (-2 * pair / width)
            point = torch.complex(x[..., position, pair], x[..., position, pair + width // 2])
            expected = point * complex(torch.tensor(1j * angle, dtype=torch.complex128).exp())
            assert torch.allclose(turned[..., position, pair], expected.real, atol=1e-5)
            assert torch.allclose(turned[..., position, pair + width // 2], expected.imag, atol=1e-5)


def test_scores_of_rotated_queries_and_keys_depend_on_their_distance_alone():
    cos, sin = train.Rotary(8)(20, torch.device('cpu'))
    query, key = (train.rotate(torch.randn(8).expand(20, 8), cos, sin) for _ in range(2))
    scores = query @ key.T
    assert torch.allclose(scores[:-1, :-1], scores[1:, 1:], atol=1e-5)


def test_every_parameter_is_in_exactly_one_group_of_the_optimizer():
    built = model()
    grouped = [p for group in train.create_optimizer(built).param_groups for p in group['params']]
    assert sorted(map(id, grouped)) == sorted(map(id, built.parameters()))


@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        ('WIDTH', 18, 'WIDTH is 18 and HEADS is 2'),
        ('HEADS', 3, 'WIDTH is 16 and HEADS is 3'),
        ('BATCH', 12.5, 'BATCH is 12.5'),
        ('DEPTH', 0, 'DEPTH is 0'),
        ('LEARNING_RATE', 0.0, 'LEARNING_RATE is 0.0'),
        ('WARMDOWN', 1.2, 'WARMDOWN is 1.2'),
        ('BETA2', 1.0, 'BETA1, BETA2 are'),
        ('MLP_RATIO', 0.01, 'MLP_RATIO is 0.01'),
    ],
)
def test_a_constant_that_cannot_work_is_named(monkeypatch, name, value, message):
    train.check_constants()
    monkeypatch.setattr(train, name, value)
    with pytest.raises(prepare.Failure, match=message):
        train.check_constants()
