"""The model as it is compiled: the same numbers as written plainly, few graphs, nothing computed again."""

import math

import pytest
import torch
import torch.nn.functional as F
from conftest import TINY

import attention_kernels
import train

FP32 = torch.float32
pytestmark = pytest.mark.usefixtures('small', 'narrow')

# The shape of each preset, scaled down: depth, windows and cap as they are.
SCALED_DOWN = {'HEAD_DIM': 8, 'MAX_SEQ_LEN': 32, 'TOTAL_BATCH_SIZE': 128, 'DEVICE_BATCH_SIZE': 2}
PRESETS = train.PRESETS  # before the fixture `small` replaces them


@pytest.fixture
def narrow(monkeypatch, small):
    monkeypatch.setattr(train, 'ASPECT_RATIO', 4)


def scaled_down(name: str, **constants) -> train.GPT:
    """A model of a preset's shape, all of whose layers do something: fresh ones begin as the identity."""
    torch.manual_seed(1)
    config = train.configure({**PRESETS[name], **SCALED_DOWN, 'compile': False, **constants})
    model = train.GPT(config, 50, FP32)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


def plain_loss(model: train.GPT, tokens: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The loss as the model is described, without what makes it fast.

    Queries and keys are rotated first and then normalised; attention is a dense mask; the cap is a tanh.
    """
    config = model.config
    batch, time = tokens.shape
    head_dim = config.n_embd // config.n_head
    angles = torch.arange(time)[:, None] * train.ROTARY_BASE ** (-torch.arange(0, head_dim, 2) / head_dim)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]

    def heads(x: torch.Tensor, layer: torch.nn.Linear) -> torch.Tensor:
        return layer(x).view(batch, time, -1, head_dim)

    def rotated(x: torch.Tensor) -> torch.Tensor:
        x1, x2 = x.chunk(2, dim=-1)
        return train.norm(torch.cat((x1 * cos - x2 * sin, x1 * sin + x2 * cos), dim=-1))

    x = x0 = train.norm(model.wte(tokens))
    for i, block in enumerate(model.blocks):
        x = model.resid_lambdas[i] * x + model.x0_lambdas[i] * x0
        y = train.norm(x)
        q, k, v = rotated(heads(y, block.c_q)), rotated(heads(y, block.c_k)), heads(y, block.c_v)
        if block.value_embed is not None:
            gate = 2 * torch.sigmoid(block.ve_gate(y[..., : train.VE_GATE_CHANNELS]))
            v = v + gate.unsqueeze(-1) * block.value_embed(tokens).view_as(v)
        distance = torch.arange(time)[:, None] - torch.arange(time)
        seen = (distance >= 0) & (distance < (block.window or time))
        scores = torch.einsum('bqhd,bkhd->bhqk', q, k) / math.sqrt(head_dim)
        weights = scores.masked_fill(~seen, -math.inf).softmax(-1)
        x = x + block.c_proj(torch.einsum('bhqk,bkhd->bqhd', weights, v).flatten(2))
        x = x + block.mlp_proj(F.relu(block.c_fc(train.norm(x))) ** 2)
    logits = model.lm_head(train.norm(x))
    if config.softcap:
        logits = config.softcap * torch.tanh(logits / config.softcap)
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def tokens_of_step(step: int) -> tuple[torch.Tensor, torch.Tensor]:
    chance = torch.Generator().manual_seed(step)
    tokens = torch.randint(7, (4, 33), generator=chance) ** 2  # some tokens are likelier than others
    return tokens[:, :-1], tokens[:, 1:]


@pytest.mark.parametrize('name', list(PRESETS))
def test_loss_and_gradients_are_those_of_the_model_written_plainly(name):
    model = scaled_down(name)
    found = []
    for loss_of in (train.mean_loss, plain_loss):
        loss = loss_of(model, *tokens_of_step(0))
        found.append([loss, *torch.autograd.grad(loss, list(model.parameters()))])
    assert found[0][0].item() == pytest.approx(found[1][0].item(), abs=1e-5)
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-5 * max(1.0, other.abs().max().item()))


@pytest.mark.parametrize('name', list(PRESETS))
def test_thirty_steps_differ_from_the_plain_model_no_more_than_the_order_of_sums_does(name):
    def losses(loss_of, order: torch.Tensor) -> torch.Tensor:
        model = scaled_down(name)
        optimizer = train.MuonAdamW(model)
        found = []
        for step in range(30):
            inputs, targets = tokens_of_step(step)
            loss = loss_of(model, inputs[order], targets[order])
            loss.backward()
            optimizer.step(step / 30)
            found.append(loss.item())
        return torch.tensor(found, dtype=torch.float64)

    rows = torch.arange(4)
    plain = losses(plain_loss, rows)
    of_order = max((losses(plain_loss, order) - plain).abs().max() for order in (rows.flip(0), rows.roll(1)))
    assert plain[-1] < plain[0] - 0.5  # it learned
    assert (losses(train.mean_loss, rows) - plain).abs().max() <= max(10 * of_order, 1e-5)


def test_a_cap_that_fp32_cannot_sum_gives_the_same_loss():
    for softcap in (15.0, 75.0, 80.0, 0.0):
        model = scaled_down('80gb', SOFTCAP=softcap)
        model.lm_head.weight.data *= 200  # logits far beyond the cap
        inputs, targets = tokens_of_step(0)
        expected = plain_loss(model, inputs, targets).item()
        assert train.mean_loss(model, inputs, targets).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize('softcap', [0.5, 75, 1e3, 1e6])
def test_a_cap_of_any_size_keeps_the_digits_of_logits(softcap):
    logits = torch.linspace(-20, 20, 1001)
    expected = softcap * torch.tanh(logits.double() / softcap)
    found = train.cap(logits, torch.tensor(softcap), bounded=softcap <= 75)
    assert torch.allclose(found.double(), expected, atol=2e-5)


class Graphs:
    """A compiler that keeps the graphs it is given and runs them as they are."""

    def __init__(self, monkeypatch) -> None:
        self.found: list[torch.fx.GraphModule] = []
        compile_ = torch.compile

        def keep(graph: torch.fx.GraphModule, _) -> torch.fx.GraphModule:
            self.found.append(graph)
            return graph

        torch._dynamo.reset()
        monkeypatch.setattr(
            torch, 'compile', lambda function, **settings: compile_(function, backend=keep, **settings)
        )

    def texts(self) -> list[str]:
        return [graph.code for graph in self.found]


@pytest.fixture
def graphs(monkeypatch):
    return Graphs(monkeypatch)


def endless(rows: int = 2):
    step = 0
    while True:
        inputs, targets = tokens_of_step(step)
        yield inputs[:rows], targets[:rows]
        step += 1


def warmed_up(**constants) -> tuple[train.GPT, train.Start]:
    model = scaled_down('80gb', **constants)
    model.config = train.replace(model.config, compile=True)
    return model, train.warm_up(model, endless())


def test_blocks_are_compiled_once_for_each_kind_and_used_in_every_layer_step_and_evaluation(graphs):
    model, start = warmed_up()
    assert model.config.n_layer == 8
    blocks = [text for text in graphs.texts() if 'scaled_dot_product_attention' in text]
    # Short windows with and without value embeddings, full attention with.
    assert len(blocks) == 3
    optimizer = [text for text in graphs.texts() if 'lerp_' in text]
    assert len(optimizer) == len(start.optimizer.muon_groups) - 1 == 3  # one for each shape but the gates'
    assert len(graphs.found) == len(blocks) + len(optimizer) + 2  # embedding and loss
    before = len(graphs.found)
    for _ in range(3):
        start.backward(*next(start.batches))
        start.optimizer.step(0.5)
    tokens = next(start.batches)[0]
    with torch.no_grad():
        logits = model.eval()(tokens)
        model.compiled = None
        assert torch.allclose(logits, model(tokens), atol=1e-5)
    assert len(graphs.found) == before
    assert not logits.requires_grad


def test_no_graph_computes_cosines_sines_or_powers(graphs):
    warmed_up()
    assert len(graphs.found) > 5
    for text in graphs.texts():
        assert not any(f'.{name}' in text or f'{name}(' in text for name in ('cos', 'sin', 'pow')), text


def test_a_constant_that_is_no_shape_changes_no_graph(graphs, monkeypatch):
    changes = {
        'MATRIX_LR': 0.07,
        'EMBEDDING_LR': 0.3,
        'WEIGHT_DECAY': 0.1,
        'MUON_MOMENTUM': 0.9,
        'MUON_BETA2': 0.9,
    }
    changes |= {'ROTARY_BASE': 50_000, 'INIT_SCALE': 0.5, 'ADAM_BETAS': (0.9, 0.99), 'X0_LR_FRAC': 0.2}
    warmed_up()
    before = graphs.texts()
    graphs.found.clear()
    torch._dynamo.reset()
    for name, value in changes.items():
        monkeypatch.setattr(train, name, value)
    warmed_up(SOFTCAP=20.0, LR_SCALE=0.5)
    assert graphs.texts() == before


def test_evaluation_of_another_shape_is_not_compiled(graphs):
    model, start = warmed_up()
    before = len(graphs.found)
    tokens = torch.randint(50, (3, 48))
    with torch.no_grad():
        assert model(tokens).shape == (3, 48, 50)
    assert len(graphs.found) == before
    assert model.evaluation_rows(32) == 2
    assert model.evaluation_rows(48) is None
    del start


def test_rotary_embeddings_are_made_once_for_training_and_evaluation(monkeypatch):
    train.rotary_embeddings.cache_clear()
    model = train.GPT(train.configure({**TINY, 'DEPTH': 3}), 50, FP32)
    for _ in range(4):
        model(torch.randint(50, (2, 16)))
    assert train.rotary_embeddings.cache_info().misses == 1


@pytest.fixture
def hopper(monkeypatch):
    """A card of which only what choose_attention asks is there; its kernels take equally long."""
    monkeypatch.setattr(torch.cuda, 'get_device_capability', lambda device: (9, 0))
    monkeypatch.setattr(attention_kernels, 'seconds_of', lambda *_, **__: 1.0)
    for name in ('flash', 'cudnn'):
        monkeypatch.setattr(torch.backends.cuda, f'enable_{name}_sdp', lambda on: None)


def test_compiled_blocks_see_their_windows_by_flex_attention_with_the_chosen_options(
    graphs, hopper, monkeypatch
):
    monkeypatch.setattr(train, 'SHORT_WINDOW_RATIO', 1 / 16)
    model = scaled_down('80gb', HEAD_DIM=16, MAX_SEQ_LEN=256, TOTAL_BATCH_SIZE=1024, compile=True)
    model.dtype = torch.bfloat16
    train.choose_attention(model, torch.device('cpu'))
    assert {window: flex.kernel_options for window, flex in model.windows.items()} == {
        16: {'ROWS_GUARANTEED_SAFE': True}
    }
    model.requires_grad_(False)  # the gradient of flex_attention needs a GPU
    tokens = torch.randint(50, (2, 256), generator=torch.Generator().manual_seed(1))
    model.compiled_shape = tokens.shape
    model.compiled = train.Parts(train.embed, train.Block.forward, train.head_loss).compiled()
    by_flex = model(tokens)
    # Short windows with and without value embeddings; the full layers do without it.
    assert [('flex_attention' in text) for text in graphs.texts()].count(True) == 2
    model.compiled = None
    by_masks = model(tokens)
    for block in model.blocks:
        block.window = 0
    of_windows = (model(tokens) - by_masks).square().mean()
    assert (by_flex - by_masks).square().mean() < 0.01 * of_windows  # what bf16 rounds
