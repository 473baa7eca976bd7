"""The optimizer: who is moved by what, how far, and by which schedule."""

import pytest
import torch
from conftest import TINY

import prepare
import train

pytestmark = pytest.mark.usefixtures('small')
FP32 = torch.float32


def model(**preset) -> train.GPT:
    torch.manual_seed(1)
    built = train.GPT(train.configure({**TINY, 'DEPTH': 4, **preset}), 50, FP32)
    for parameter in built.parameters():
        parameter.grad = torch.randn_like(parameter)
    return built


def test_every_parameter_is_in_exactly_one_group():
    built = model()
    optimizer = train.MuonAdamW(built)
    grouped = [p for params, *_ in (*optimizer.adamw_groups, *optimizer.muon_groups) for p in params]
    assert sorted(map(id, grouped)) == sorted(map(id, built.parameters()))


def test_adamw_has_five_groups_and_muon_one_of_each_shape():
    built = model()
    optimizer = train.MuonAdamW(built)
    names = {id(p): name for name, p in built.named_parameters()}
    groups = [[names[id(p)] for p in params] for params, *_ in optimizer.adamw_groups]
    assert groups == [
        ['lm_head.weight'],
        ['wte.weight'],
        ['blocks.1.value_embed.weight', 'blocks.3.value_embed.weight'],
        ['resid_lambdas'],
        ['x0_lambdas'],
    ]
    shapes = [{p.shape for p in weights} for weights, _ in optimizer.muon_groups]
    assert all(len(each) == 1 for each in shapes)
    assert len(set(map(frozenset, shapes))) == len(shapes)
    assert all(p.ndim == 2 for weights, _ in optimizer.muon_groups for p in weights)


def test_rates_of_embeddings_and_head_fall_with_the_root_of_the_width_and_muons_rise_with_tallness():
    narrow, wide = train.MuonAdamW(model()), train.MuonAdamW(model(DEPTH=8))
    peaks = [[peak for _, peak, _ in optimizer.adamw_groups] for optimizer in (narrow, wide)]
    ratios = [after / before for before, after in zip(*peaks, strict=True)]
    assert ratios == pytest.approx([0.5**0.5, 0.5**0.5, 0.5**0.5, 1, 1])
    up = {weights[0].shape[0] / weights[0].shape[1]: peak for weights, peak in narrow.muon_groups}
    assert up[4.0] == pytest.approx(2 * up[1.0])
    assert up[0.25] == up[1.0]
    assert [peak for _, peak in wide.muon_groups][:3] == pytest.approx(
        [peak for _, peak in narrow.muon_groups][:3]
    )


@pytest.mark.parametrize('rows', [4, 16, 64])
def test_polar_express_brings_singular_values_near_one_and_keeps_the_directions(rows):
    torch.manual_seed(1)
    x = torch.randn(3, rows, 16) * 1e-3
    found = train.polar_express(x)
    assert torch.linalg.svdvals(found).sub(1).abs().max() < 0.25
    u, _, v = torch.linalg.svd(x, full_matrices=False)
    inner = u.mT @ found @ v.mT  # diagonal when the directions are kept
    assert (inner - torch.diag_embed(inner.diagonal(dim1=1, dim2=2))).abs().max() < 1e-3


def test_polar_express_lifts_directions_a_hundred_times_weaker_than_the_strongest():
    torch.manual_seed(1)
    u, v = (torch.linalg.qr(torch.randn(1, 32, 32)).Q for _ in range(2))
    values = torch.logspace(0, -2, 32)
    assert torch.linalg.svdvals(train.polar_express(u @ torch.diag(values) @ v)).min() > 0.6


def muon(weights, gradients, square=None, rate=0.1, decay=0.0, inertia=0.0) -> torch.Tensor:
    square = torch.zeros_like(weights[..., :1]) if square is None else square
    hparams = torch.tensor([rate, decay, inertia, train.MUON_BETA2])
    after = weights.clone()
    train.muon_step(after, gradients, torch.zeros_like(weights), square, hparams, FP32)
    return after


def test_a_step_of_muon_has_the_size_of_an_orthogonal_matrix_whatever_the_gradients():
    torch.manual_seed(1)
    weights, gradients = torch.zeros(2, 24, 16), torch.randn(2, 24, 16)
    small, large = muon(weights, 1e-4 * gradients), muon(weights, 1e4 * gradients)
    assert torch.allclose(small, large, atol=1e-4)
    assert train.matrix_norm(large).flatten().tolist() == pytest.approx([0.1 * 4] * 2, rel=0.15)


def test_neurons_with_a_loud_past_step_less_and_the_matrix_keeps_its_size():
    torch.manual_seed(1)
    weights, gradients = torch.zeros(1, 16, 16), torch.randn(1, 16, 16)
    loud = torch.full((1, 16, 1), 1 / 16)
    loud[:, :8] *= 100
    even, uneven = muon(weights, gradients), muon(weights, gradients, square=loud)
    assert train.matrix_norm(uneven[:, :8]) < 0.2 * train.matrix_norm(uneven[:, 8:])
    assert train.matrix_norm(uneven).item() == pytest.approx(train.matrix_norm(even).item(), rel=1e-4)


def test_weights_decay_only_where_the_step_shrinks_them():
    torch.manual_seed(1)
    weights, gradients = torch.randn(1, 8, 8), torch.randn(1, 8, 8)
    plain, decayed = muon(weights, gradients), muon(weights, gradients, decay=0.5)
    shrunk = (weights - plain) * weights > 0
    assert torch.allclose(decayed, plain - 0.1 * 0.5 * weights * shrunk)
    assert 0 < shrunk.sum() < 64


@pytest.mark.parametrize('seed', [1, 2, 3])
def test_bf16_begins_as_fp32_does_though_the_first_gradients_of_scalars_are_rounding(seed):
    losses = []
    for dtype in (FP32, torch.bfloat16):
        torch.manual_seed(seed)
        built = train.GPT(train.configure({**TINY, 'DEPTH': 4, 'SOFTCAP': 15.0}), 50, dtype)
        optimizer = train.MuonAdamW(built)
        tokens = torch.randint(50, (4, 17))
        for _ in range(5):
            loss = train.mean_loss(built, tokens[:, :-1], tokens[:, 1:])
            loss.backward()
            optimizer.step(0.0)
            losses.append(loss.item())
    assert losses[5:] == pytest.approx(losses[:5], rel=0.05)
    assert losses[4] < losses[2] < losses[0]


def test_a_gradient_of_zero_moves_nothing():
    weights = torch.randn(1, 8, 8)
    assert torch.equal(muon(weights, torch.zeros(1, 8, 8)), weights)


@pytest.mark.parametrize(
    ('group', 'name', 'betas'), [(0, 'lm_head.weight', (0.8, 0.95)), (4, 'x0_lambdas', (0.96, 0.95))]
)
def test_adamw_agrees_with_torchs_own_class(group, name, betas):
    built = model()
    optimizer = train.MuonAdamW(built)
    other = built.get_parameter(name).detach().clone().requires_grad_()
    peak_lr = optimizer.adamw_groups[group][1]
    reference = torch.optim.AdamW([other], lr=peak_lr, betas=betas, eps=1e-10, weight_decay=0.0)
    for i in range(3):
        for parameter in built.parameters():
            parameter.grad = torch.full_like(parameter, (-2.0) ** i)
        other.grad = torch.full_like(other, (-2.0) ** i)
        optimizer.step(0.2)
        reference.step()
    assert torch.allclose(built.get_parameter(name), other, atol=1e-6)


def test_a_step_takes_the_gradients_away_and_a_reset_what_was_gathered():
    built = model()
    optimizer = train.MuonAdamW(built)
    optimizer.step(0.0)
    assert all(p.grad is None for p in built.parameters())
    assert all(mean.any() for mean, _ in optimizer.muon_state)
    optimizer.reset()
    assert not any(mean.any() or square.any() for mean, square in optimizer.muon_state)
    assert not any(steps.item() for _, _, steps in optimizer.adamw_state for steps in steps)


def test_the_rate_rises_stays_and_falls_by_progress(monkeypatch):
    for name, value in {'WARMUP_RATIO': 0.2, 'WARMDOWN_RATIO': 0.4, 'FINAL_LR_FRAC': 0.1}.items():
        monkeypatch.setattr(train, name, value)
    rates = [train.lr_multiplier(progress) for progress in (0.1, 0.2, 0.6, 0.8, 1.0, 1.01)]
    assert rates == pytest.approx([0.5, 1.0, 1.0, 0.55, 0.1, 0.1])


def test_without_warmup_and_warmdown_the_rate_is_constant(monkeypatch):
    for name in ('WARMUP_RATIO', 'WARMDOWN_RATIO'):
        monkeypatch.setattr(train, name, 0.0)
    assert [train.lr_multiplier(progress) for progress in (0.0, 0.5, 1.0)] == [1.0, 1.0, 1.0]


def test_momentum_rises_within_its_share_of_the_budget(monkeypatch):
    for name, value in {'MUON_MOMENTUM': 0.9, 'MUON_MOMENTUM_START': 0.5, 'MUON_MOMENTUM_RAMP': 0.5}.items():
        monkeypatch.setattr(train, name, value)
    assert [train.muon_momentum(progress) for progress in (0, 0.25, 0.5, 1)] == pytest.approx(
        [0.5, 0.7, 0.9, 0.9]
    )
    monkeypatch.setattr(train, 'MUON_MOMENTUM_RAMP', 0.0)
    assert train.muon_momentum(0.0) == 0.9


def test_the_80gb_preset_has_the_peak_rates_of_karpathys_default_but_for_x0(monkeypatch):
    monkeypatch.undo()
    config = train.configure(train.PRESETS['80gb'])
    with torch.device('meta'):
        optimizer = train.MuonAdamW(train.GPT(config, 8192, torch.bfloat16))
    scale = (512 / 768) ** -0.5
    peaks = [peak for _, peak, _ in optimizer.adamw_groups]
    assert peaks == pytest.approx([0.004 * scale, 0.6 * scale, 0.6 * scale, 0.005, 0.05])
    assert {params[0].shape: peak for params, peak in optimizer.muon_groups} == {
        (512, 512): 0.04,
        (4, 32): 0.04,
        (2048, 512): 0.08,
        (512, 2048): 0.04,
    }


def test_lr_scale_multiplies_every_rate():
    one, half = train.MuonAdamW(model()), train.MuonAdamW(model(LR_SCALE=0.5))
    for kind in ('adamw_groups', 'muon_groups'):
        for (_, peak, *_), (_, scaled, *_) in zip(getattr(one, kind), getattr(half, kind), strict=True):
            assert scaled == pytest.approx(0.5 * peak)


def with_a_vector(built):
    built.blocks[0].register_parameter('scale', torch.nn.Parameter(torch.ones(3)))


def with_a_bias(built):
    built.blocks[0].c_q.bias = torch.nn.Parameter(torch.ones(3))


def with_a_head(built):
    built.extra = torch.nn.Linear(8, 8, bias=False)


def with_tied_embeddings(built):
    built.lm_head.weight = built.wte.weight


@pytest.mark.parametrize(
    ('change', 'times'), [(with_a_vector, 0), (with_a_bias, 0), (with_a_head, 0), (with_tied_embeddings, 2)]
)
def test_a_parameter_that_is_not_in_exactly_one_group_is_refused(change, times):
    built = model()
    change(built)
    with pytest.raises(prepare.Failure, match=f'have .* {times} times'):
        train.MuonAdamW(built)
    for parameter in built.parameters():
        parameter.requires_grad_(False)  # what is frozen needs none
    train.MuonAdamW(built)


def test_a_matrix_that_is_replaced_is_refused_rather_than_no_longer_trained():
    built = model()
    optimizer = train.MuonAdamW(built)
    matrix = built.blocks[0].c_fc.weight
    matrix.data = matrix.data.clone()
    for parameter in built.parameters():
        parameter.grad = torch.ones_like(parameter)
    with pytest.raises(prepare.Failure, match='was replaced after MuonAdamW was made'):
        optimizer.step(0.0)


def test_matrices_that_layers_share_are_trained_once():
    built = model(DEPTH=2)
    one, other = built.blocks
    other.c_fc.weight = one.c_fc.weight
    optimizer = train.MuonAdamW(built)
    torch.manual_seed(1)
    for parameter in built.parameters():
        parameter.grad = torch.randn_like(parameter)
    before = one.c_fc.weight.detach().clone()
    optimizer.step(0.0)
    assert other.c_fc.weight is one.c_fc.weight
    assert not torch.equal(one.c_fc.weight, before)
