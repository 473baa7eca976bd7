"""Presets: which machine gets which, and what they and the constants come to."""

import inspect
import re

import pytest
import torch
from conftest import TINY

import prepare
import train

FP32 = torch.float32


@pytest.mark.parametrize(
    ('name', 'vocabulary', 'millions', 'tokens'),
    [('80gb', 8192, 50.3, 2**19), ('24gb', 8192, 26.3, 2**17), ('8gb', 8192, 11.5, 2**16),
     ('apple', 8192, 11.5, 2**15), ('cpu', 2048, 1.2, 2**13)],
)  # fmt: skip
def test_each_preset_builds_a_model_of_its_size_and_meets_its_tokens(name, vocabulary, millions, tokens):
    config = train.configure(train.PRESETS[name])
    with torch.device('meta'):
        built = train.GPT(config, vocabulary, torch.bfloat16)
    assert round(train.num_params(built) / 1e6, 1) == millions
    assert config.total_batch_size == tokens


def test_the_80gb_preset_has_the_shape_the_batch_and_the_products_of_karpathys_default():
    with torch.device('meta'):
        built = train.GPT(train.configure(train.PRESETS['80gb']), 8192, torch.bfloat16)
    config = built.config
    assert (config.n_layer, config.n_embd, config.n_head, config.n_kv_head) == (8, 512, 4, 4)
    assert config.window_sizes == (1024, 1024, 1024, 0, 1024, 1024, 1024, 0)
    assert (config.grad_accum_steps, config.device_batch_size, config.sequence_len) == (4, 64, 2048)
    blocks = 8 * (4 * 512**2 + 8 * 512**2) + 4 * 32 * 4
    seen = 6 * 1024 + 2 * 2048
    assert train.flops_per_token(built) == 6 * (blocks + 512 * 8192) + 12 * 512 * seen


def test_the_rates_are_karpathys_and_on_a_cpu_scaled_by_the_root_of_the_batch():
    scales = {name: preset['LR_SCALE'] for name, preset in train.PRESETS.items()}
    assert scales == {'80gb': 1.0, '24gb': 1.0, '8gb': 1.0, 'apple': 1.0, 'cpu': (2**13 / 2**19) ** 0.5}


@pytest.mark.parametrize(
    ('total', 'device', 'grad_accum_steps', 'rows'),
    [
        (2**19, 128, 2, 128),
        (2**18, 128, 1, 128),
        (2**11, 128, 1, 1),
        (3 * 2**12, 4, 2, 3),
        (7 * 2**11, 4, 7, 1),
    ],
)
def test_a_step_is_cut_into_equal_parts_that_fit_the_device(
    monkeypatch, total, device, grad_accum_steps, rows
):
    monkeypatch.setattr(train, 'TOTAL_BATCH_SIZE', total)
    monkeypatch.setattr(train, 'DEVICE_BATCH_SIZE', device)
    config = train.configure(train.PRESETS['80gb'])
    assert (config.grad_accum_steps, config.device_batch_size) == (grad_accum_steps, rows)
    assert config.total_batch_size == total


def test_a_constant_that_is_none_has_the_presets_value_and_any_other_takes_its_place(monkeypatch):
    preset = train.PRESETS['cpu']
    names = [name for name in preset if name.isupper()]
    assert all(getattr(train, name) is None for name in names)
    assert train.resolved(preset) == {name: preset[name] for name in names}
    for name, value in {'DEPTH': 3, 'SOFTCAP': 0.0, 'LR_SCALE': 0.5}.items():
        monkeypatch.setattr(train, name, value)
        assert train.resolved(preset)[name] == value
    config = train.configure(preset)
    assert (config.n_layer, config.softcap, config.lr_scale) == (3, 0.0, 0.5)


class Card:
    """A stand-in for a CUDA card."""

    def __init__(self, gigabytes: float) -> None:
        self.total_memory = gigabytes * 2**30


@pytest.mark.parametrize(
    ('gigabytes', 'preset'), [(139.8, '80gb'), (79.1, '80gb'), (47.4, '24gb'), (23.5, '24gb'), (5.8, '8gb')]
)
def test_a_card_gets_the_preset_of_its_memory(monkeypatch, gigabytes, preset):
    monkeypatch.setattr(torch.cuda, 'get_device_properties', lambda device: Card(gigabytes))
    assert train.choose_preset(torch.device('cuda')) == preset


def test_apple_silicon_and_cpus_have_presets_of_their_own():
    assert [train.choose_preset(torch.device(kind)) for kind in ('mps', 'cpu')] == ['apple', 'cpu']


@pytest.mark.usefixtures('small')
def test_a_machine_without_a_preset_is_told_so():
    with pytest.raises(prepare.Failure, match='No preset is for mps'):
        train.choose_preset(torch.device('mps'))


@pytest.mark.parametrize(('has_it', 'expected'), [(True, torch.bfloat16), (False, FP32)])
def test_a_card_without_bf16_computes_in_fp32(monkeypatch, has_it, expected):
    asked = []
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda **how: asked.append(how) or has_it)
    assert train.compute_dtype(torch.device('cuda')) == expected
    assert asked == [{'including_emulation': False}]


def test_a_cpu_computes_in_fp32_and_a_mac_in_bf16_where_its_system_has_it(monkeypatch):
    assert train.compute_dtype(torch.device('cpu')) == FP32
    for has_it, expected in ((True, torch.bfloat16), (False, FP32)):
        monkeypatch.setattr(torch.backends.mps, 'is_macos_or_newer', lambda *_, has_it=has_it: has_it)
        assert train.compute_dtype(torch.device('mps')) == expected


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize(
    ('name', 'value', 'found'),
    [
        ('DEPTH', 0, 'DEPTH is 0.'),
        ('DEPTH', 2.0, 'DEPTH is 2.0.'),
        ('ASPECT_RATIO', 0, 'ASPECT_RATIO is 0.'),
        ('ASPECT_RATIO', 12.5, 'ASPECT_RATIO is 12.5.'),
        ('ASPECT_RATIO', True, 'ASPECT_RATIO is True.'),
        ('HEAD_DIM', 7, 'HEAD_DIM is 7.'),
        ('HEAD_DIM', -2, 'HEAD_DIM is -2.'),
        ('MAX_SEQ_LEN', '16', "MAX_SEQ_LEN is '16'."),
        ('WINDOW_PATTERN', 'SX', "WINDOW_PATTERN is 'SX'."),
        ('WINDOW_PATTERN', '', "WINDOW_PATTERN is ''."),
        ('WINDOW_PATTERN', 4, 'WINDOW_PATTERN is 4.'),
        ('GQA_GROUP_SIZE', 3, 'GQA_GROUP_SIZE is 3.'),
        ('VE_GATE_CHANNELS', 64, 'VE_GATE_CHANNELS is 64.'),
        ('VALUE_EMBED_EVERY', -1, 'VALUE_EMBED_EVERY is -1.'),
        ('SOFTCAP', -1.0, 'SOFTCAP is -1.0.'),
        ('TOTAL_BATCH_SIZE', -1, 'TOTAL_BATCH_SIZE is -1.'),
        ('TOTAL_BATCH_SIZE', 8, 'TOTAL_BATCH_SIZE is 8.'),
        ('TOTAL_BATCH_SIZE', 40, 'TOTAL_BATCH_SIZE is 40.'),
        ('DEVICE_BATCH_SIZE', 1.5, 'DEVICE_BATCH_SIZE is 1.5.'),
        ('LR_SCALE', 0.0, 'LR_SCALE is 0.0.'),
        ('MATRIX_LR', None, 'MATRIX_LR is None.'),
        ('MATRIX_LR', float('nan'), 'MATRIX_LR is nan.'),
        ('EMBEDDING_LR', -1.0, 'EMBEDDING_LR is -1.0.'),
        ('WARMDOWN_RATIO', 1.2, 'WARMDOWN_RATIO is 1.2.'),
        ('WARMUP_RATIO', 0.6, 'WARMUP_RATIO + WARMDOWN_RATIO is 1.1.'),
        ('ADAM_BETAS', (0.8, 1.0), 'ADAM_BETAS is (0.8, 1.0).'),
        ('ADAM_BETAS', (0.8,), 'ADAM_BETAS is (0.8,).'),
        ('ADAM_BETAS', 0.8, 'ADAM_BETAS is 0.8.'),
        ('MUON_MOMENTUM', 1, 'MUON_MOMENTUM is 1.'),
    ],
)
def test_a_constant_that_cannot_work_is_named_with_what_was_found_and_what_is_allowed(
    monkeypatch, name, value, found
):
    train.configure(TINY)
    monkeypatch.setattr(train, name, value)
    with pytest.raises(prepare.Failure) as caught:
        train.configure(TINY)
    assert str(caught.value) == found
    assert caught.value.advice.startswith('It must ')


@pytest.mark.usefixtures('small')
def test_a_preset_that_cannot_work_is_refused_alike():
    with pytest.raises(prepare.Failure, match='DEPTH is 0'):
        train.configure({**TINY, 'DEPTH': 0})


def test_every_constant_is_checked():
    source = inspect.getsource(train.check_constants) + inspect.getsource(train.configure)
    constants = re.findall(r'^([A-Z][A-Z0-9_]+) = ', inspect.getsource(train), re.MULTILINE)
    others = {'STARTED', 'PRESETS', 'POLAR_EXPRESS_COEFFS', 'PEAK_TFLOPS'}
    assert [
        name for name in constants if name not in others and name not in source.split('rules = ')[1]
    ] == []


def test_a_constant_is_one_line_that_the_tuner_can_read():
    block = inspect.getsource(train).split('# --- Constants ---')[1].split('PRESETS = ')[0]
    lines = [line for line in block.splitlines()[1:] if line and not line.startswith('#')]
    value = r'(None|[\d._]+|\([\d., ]+\))'
    assert [line for line in lines if not re.match(rf'[A-Z][A-Z0-9_]* = {value}(  # .*)?$', line)] == []


def test_the_sizes_of_these_tests_are_a_preset_like_any_other():
    assert all(set(TINY) == set(preset) for preset in train.PRESETS.values())
