"""Presets: which machine gets which, and what they and the constants come to."""

import pytest
import torch
from conftest import TINY

import prepare
import train

FP32 = torch.float32


@pytest.mark.parametrize(
    ('name', 'vocabulary', 'millions', 'tokens'),
    [('h100', 8192, 50.3, 2**19), ('24gb', 8192, 26.3, 2**17), ('8gb', 8192, 11.5, 2**16),
     ('apple', 8192, 11.5, 2**15), ('cpu', 2048, 1.2, 2**13)],
)  # fmt: skip
def test_each_preset_builds_a_model_of_its_size_and_meets_its_tokens(name, vocabulary, millions, tokens):
    shape = train.shape_of(train.PRESETS[name])
    with torch.device('meta'):
        built = train.GPT(shape, vocabulary, torch.bfloat16)
    assert round(train.count(built) / 1e6, 1) == millions
    assert shape.tokens == tokens


def test_the_h100_preset_has_the_shape_and_the_products_of_karpathys_default():
    with torch.device('meta'):
        built = train.GPT(train.shape_of(train.PRESETS['h100']), 8192, torch.bfloat16)
    shape = built.shape
    assert (shape.depth, shape.width, shape.heads, shape.context) == (8, 512, 4, 2048)
    assert shape.windows == (512, 512, 512, 0, 512, 512, 512, 0)
    blocks = 8 * (4 * 512**2 + 8 * 512**2) + 4 * 32 * 4
    seen = 6 * 512 + 2 * 2048
    assert train.flops_per_token(built) == 6 * (blocks + 512 * 8192) + 12 * 512 * seen


@pytest.mark.parametrize(
    ('scale', 'pieces', 'rows'), [(1.0, 4, 64), (0.5, 2, 64), (0.01, 1, 3), (0.3, 2, 38)]
)
def test_a_step_is_cut_into_pieces_that_fit_the_device(monkeypatch, scale, pieces, rows):
    monkeypatch.setattr(train, 'BATCH_SCALE', scale)
    shape = train.shape_of(train.PRESETS['h100'])
    assert (shape.pieces, shape.rows) == (pieces, rows)
    assert shape.tokens == pytest.approx(scale * 2**19, rel=0.2)


class Card:
    """A stand-in for a CUDA card."""

    def __init__(self, gigabytes: float) -> None:
        self.total_memory = gigabytes * 2**30


@pytest.mark.parametrize(
    ('gigabytes', 'preset'), [(139.8, 'h100'), (79.1, 'h100'), (47.4, '24gb'), (23.5, '24gb'), (5.8, '8gb')]
)
def test_a_card_gets_the_preset_of_its_memory(monkeypatch, gigabytes, preset):
    monkeypatch.setattr(torch.cuda, 'get_device_properties', lambda device: Card(gigabytes))
    assert train.choose_preset(torch.device('cuda')) == preset


def test_apple_silicon_and_cpus_have_presets_of_their_own():
    assert [train.choose_preset(torch.device(kind)) for kind in ('mps', 'cpu')] == ['apple', 'cpu']


@pytest.mark.usefixtures('small')
def test_a_machine_without_a_preset_is_told_so():
    with pytest.raises(prepare.Failure, match='No preset suits mps'):
        train.choose_preset(torch.device('mps'))


@pytest.mark.parametrize(('has_it', 'expected'), [(True, torch.bfloat16), (False, FP32)])
def test_a_card_without_bf16_computes_in_fp32(monkeypatch, has_it, expected):
    asked = []
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda **how: asked.append(how) or has_it)
    assert train.precision(torch.device('cuda')) == expected
    assert asked == [{'including_emulation': False}]


def test_a_cpu_computes_in_fp32_and_a_mac_in_bf16_where_its_system_has_it(monkeypatch):
    assert train.precision(torch.device('cpu')) == FP32
    for has_it, expected in ((True, torch.bfloat16), (False, FP32)):
        monkeypatch.setattr(torch.backends.mps, 'is_macos_or_newer', lambda *_, has_it=has_it: has_it)
        assert train.precision(torch.device('mps')) == expected


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize(
    ('name', 'value', 'message'),
    [
        ('ASPECT', 0, 'ASPECT is 0'),
        ('ASPECT', 12.5, 'ASPECT is 12.5'),
        ('QUERY_GROUP', 3, 'QUERY_GROUP is 3'),
        ('GATE_WIDTH', 64, 'GATE_WIDTH is 64'),
        ('VALUE_EVERY', -1, 'VALUE_EVERY is -1'),
        ('LEARNING_RATE', 0.0, 'LEARNING_RATE is 0.0'),
        ('BATCH_SCALE', -1.0, 'BATCH_SCALE is -1.0'),
        ('HEAD_RATE', -1.0, 'HEAD_RATE is -1.0'),
        ('WARMDOWN', 1.2, 'WARMDOWN is 1.2'),
        ('WARMUP', 0.6, 'WARMUP'),
        ('BETA2', 1.0, 'BETA2 is 1.0'),
        ('MOMENTUM', 1, 'MOMENTUM is 1'),
    ],
)
def test_a_constant_that_cannot_work_is_named(monkeypatch, name, value, message):
    train.shape_of(TINY)
    monkeypatch.setattr(train, name, value)
    with pytest.raises(prepare.Failure, match=message):
        train.shape_of(TINY)


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize(
    'wrong', [{'depth': 0}, {'head': 7}, {'rows': 1.5}, {'tokens': -1}, {'windows': 'SX'}, {'windows': ''}]
)
def test_a_preset_that_cannot_work_is_named(wrong):
    with pytest.raises(prepare.Failure, match=f"The preset's {next(iter(wrong))}"):
        train.shape_of({**TINY, **wrong})


def test_the_sizes_of_these_tests_are_a_preset_like_any_other():
    assert set(TINY) == set(train.PRESETS['cpu'])
