"""The frozen evaluation, against computations by hand."""

import json
import math

import pytest
import torch

import prepare

CPU = torch.device('cpu')


def test_bits_per_byte_of_a_hand_computed_row():
    # Tokens 0 to 3 stand for 0, 1, 2 and 4 bytes; the model gives each target a probability known beforehand.
    tokens = torch.tensor([3, 1, 2, 0, 3]).numpy()
    lengths = torch.tensor([0, 1, 2, 4])
    probabilities = torch.tensor(
        [[0.1, 0.5, 0.2, 0.2], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1], [0.5, 0.1, 0.275, 0.125]]
    )
    shifted = probabilities.log() + torch.tensor(
        [[5.0], [-3.0], [0.0], [100.0]]
    )  # logits need no normalisation
    score = prepare.bits_per_byte(lambda _: shifted[None], tokens, lengths, CPU, rows=1, context=4)
    # Targets 1, 2, 0, 3: 1 bit for 1 byte, 2 bits for 2 bytes, the third stands for none, 3 bits for 4 bytes.
    assert score == pytest.approx((1 + 2 + 3) / (1 + 2 + 4), rel=1e-6)


def test_a_model_that_knows_nothing_costs_the_logarithm_of_the_vocabulary(data):
    lengths = torch.from_numpy(data.token_bytes())
    guess = lambda inputs: torch.zeros(*inputs.shape, data.vocabulary)  # noqa: E731
    tokens = data.split('val')
    score = prepare.bits_per_byte(guess, tokens, lengths, CPU, rows=5, context=32)
    starts = [round(i * (len(tokens) - 33) / 4 - 0.499) for i in range(5)]
    targets = [int(t) for start in starts for t in tokens[start + 1 : start + 33]]
    counted = [t for t in targets if lengths[t] > 0]
    bits = math.log2(data.vocabulary) * len(counted)
    assert score == pytest.approx(bits / sum(int(lengths[t]) for t in counted), rel=1e-5)


def test_half_precision_logits_are_scored_in_full_precision(data):
    lengths = torch.from_numpy(data.token_bytes())
    torch.manual_seed(0)
    table = torch.randn(data.vocabulary, data.vocabulary).bfloat16()
    half = prepare.bits_per_byte(lambda x: table[x], data.split('val'), lengths, CPU, rows=3, context=64)
    full = prepare.bits_per_byte(
        lambda x: table[x].float(), data.split('val'), lengths, CPU, rows=3, context=64
    )
    assert half == full


def guess(data):
    return lambda inputs: torch.zeros(*inputs.shape, data.vocabulary)


def test_the_holdout_is_measured_only_when_it_is_asked_for(data, monkeypatch, tmp_path):
    target = tmp_path / 'eval.json'
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(target))
    assert set(prepare.evaluate(guess(data), data, CPU)) == {'val_bpb'}
    assert 'holdout_bpb' not in json.loads(target.read_text())
    monkeypatch.setenv('NIGHTSHIFT_SPLITS', 'val,holdout')
    measured = prepare.evaluate(guess(data), data, CPU)
    record = json.loads(target.read_text())
    assert set(measured) == {'val_bpb', 'holdout_bpb'}
    assert {name: record[name] for name in measured} == measured
    assert record['data'] == {'name': 'folder', 'fingerprint': data.fingerprint}
    assert record['device'] == 'cpu'
    assert set(record) == {'val_bpb', 'holdout_bpb', 'data', 'torch', 'python', 'device'}
    assert [path.name for path in tmp_path.iterdir()] == ['eval.json']


def test_an_unknown_split_is_refused(data, monkeypatch):
    monkeypatch.setenv('NIGHTSHIFT_SPLITS', 'val,train')
    with pytest.raises(prepare.Failure, match='NIGHTSHIFT_SPLITS is "val,train"'):
        prepare.evaluate(guess(data), data, CPU)


def test_logits_that_are_no_numbers_are_a_failure_and_no_record(data, monkeypatch, tmp_path):
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(tmp_path / 'eval.json'))
    with pytest.raises(prepare.Failure, match='val_bpb is nan'):
        prepare.evaluate(lambda x: torch.full((*x.shape, data.vocabulary), math.nan), data, CPU)
    assert not (tmp_path / 'eval.json').exists()


@pytest.mark.parametrize('name', ['val.u16', 'token_bytes.u16'])
def test_data_changed_after_it_was_prepared_is_not_scored(corpus, tmp_path, name):
    data = prepare.prepare(corpus, vocabulary=400, cache=tmp_path)
    content = bytearray((data.path / name).read_bytes())
    content[10] ^= 1
    (data.path / name).write_bytes(content)
    with pytest.raises(prepare.Failure, match='was changed after it was prepared'):
        prepare.evaluate(guess(data), data, CPU)
