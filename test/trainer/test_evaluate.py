"""The frozen evaluation, against computations by hand and against models that would fool it by accident."""

import hashlib
import json
import math
import random
import re

import pytest
import torch
from conftest import python

import evaluation
import prepare
from dependence import DependenceCheck

CPU = torch.device('cpu')


def bits_per_byte(model, windows, lengths, rows: int = 2) -> float:
    with torch.no_grad():
        scored = evaluation.score(model, windows, lengths, len(lengths), rows, CPU)
    nats, size = map(sum, zip(*scored, strict=True))
    return nats / math.log(2) / size


def windows_of(data, split: str = 'val') -> torch.Tensor:
    content = bytearray(data.file(f'{split}.u16').read_bytes())
    return torch.frombuffer(content, dtype=torch.int16).long().view(-1, data.context + 1)


def lengths_of(data) -> torch.Tensor:
    content = bytearray((data.path / 'token_bytes.u16').read_bytes())
    return torch.frombuffer(content, dtype=torch.int16).long()


def guess(data):
    """A model that knows nothing."""
    return lambda inputs: torch.zeros(*inputs.shape, data.vocabulary)


def bigram(data, seed: int = 0):
    """A model that predicts from the token before alone."""
    torch.manual_seed(seed)
    table = torch.randn(data.vocabulary, data.vocabulary)
    return lambda inputs: table[inputs]


def test_bits_per_byte_of_a_hand_computed_row():
    # Tokens 0 to 3 stand for 0, 1, 2 and 4 bytes; the model gives each target a probability known beforehand.
    windows = torch.tensor([[3, 1, 2, 0, 3]])
    lengths = torch.tensor([0, 1, 2, 4])
    probabilities = torch.tensor(
        [[0.1, 0.5, 0.2, 0.2], [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1], [0.5, 0.1, 0.275, 0.125]]
    )
    shifted = probabilities.log() + torch.tensor(
        [[5.0], [-3.0], [0.0], [100.0]]
    )  # logits need no normalisation
    score = bits_per_byte(lambda inputs: shifted.expand(len(inputs), 4, 4), windows, lengths)
    # Targets 1, 2, 0, 3: 1 bit for 1 byte, 2 bits for 2 bytes, the third stands for none, 3 bits for 4 bytes.
    assert score == pytest.approx((1 + 2 + 3) / (1 + 2 + 4), rel=1e-6)


def test_a_model_that_knows_nothing_costs_the_logarithm_of_the_vocabulary(data):
    windows, lengths = windows_of(data), lengths_of(data)
    counted = lengths[windows[:, 1:]]
    bits = math.log2(data.vocabulary) * int((counted > 0).sum())
    assert bits_per_byte(guess(data), windows, lengths) == pytest.approx(bits / int(counted.sum()), rel=1e-5)


@pytest.mark.parametrize(('rows', 'scored'), [(1, 2**24), (3, 2**24), (100, 2**24), (3, 1000)])
def test_the_score_does_not_depend_on_how_many_rows_or_logits_are_taken_at_a_time(
    data, monkeypatch, rows, scored
):
    monkeypatch.setattr(evaluation, 'SCORED', scored)
    windows, lengths = windows_of(data), lengths_of(data)
    whole = evaluation.log_probabilities(bigram(data)(windows[:, :-1]), windows[:, 1:])
    weights = lengths[windows[:, 1:]]
    expected = -whole[weights > 0].double().sum().item() / math.log(2) / int(weights.sum())
    assert bits_per_byte(bigram(data), windows, lengths, rows) == pytest.approx(expected, rel=1e-9)


def test_every_batch_has_the_same_shape(data):
    shapes = set()
    model = bigram(data)
    bits_per_byte(lambda x: shapes.add(tuple(x.shape)) or model(x), windows_of(data), lengths_of(data), 3)
    assert shapes == {(3, data.context)}


def test_half_precision_logits_are_scored_in_full_precision(data):
    table = bigram(data)(torch.arange(data.vocabulary)).bfloat16()
    half, full = (
        bits_per_byte(model, windows_of(data), lengths_of(data))
        for model in (lambda x: table[x], lambda x: table[x].float())
    )
    assert half == full


@pytest.mark.parametrize(
    'unnormalised',
    [lambda x: x - 50, lambda x: x.log_softmax(-1) + 7, lambda x: x + torch.arange(x.shape[1])[:, None]],
)
def test_scores_that_are_not_normalised_gain_nothing(data, unnormalised):
    honest = bigram(data)
    score, shifted = (
        bits_per_byte(model, windows_of(data), lengths_of(data))
        for model in (honest, lambda x: unnormalised(honest(x)))
    )
    assert shifted == pytest.approx(score, rel=1e-5)


def looks_ahead(data, distance: int, share: float = 1.0):
    own = bigram(data)
    return lambda x: own(x) + share * own(x.roll(-distance, 1))


def mixes_rows(data):
    own = bigram(data)
    return lambda x: own(x) + 0.1 * own(x).mean(0, keepdim=True)


def remembers(data):
    own, calls = bigram(data), []
    return lambda x: calls.append(x) or own(x) + 0.1 * len(calls) * own(x.flip(1) * 0)


def drops_out(data):
    own = bigram(data)
    return lambda x: torch.nn.functional.dropout(own(x), 0.1)


@pytest.mark.parametrize(
    ('make', 'message'),
    [
        (lambda data: looks_ahead(data, 1), 'depend on later tokens'),
        (lambda data: looks_ahead(data, 1, 0.1), 'depend on later tokens'),
        (lambda data: looks_ahead(data, 3), 'depend on later tokens'),
        (mixes_rows, 'depend on other rows of the batch'),
        (remembers, 'earlier calls'),
        (drops_out, 'dropout'),
    ],
)
def test_a_model_that_sees_what_it_must_not_is_an_error_and_no_record(
    data, monkeypatch, tmp_path, make, message
):
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(tmp_path / 'eval.json'))
    with pytest.raises(prepare.Failure, match=message):
        prepare.evaluate(make(data), data, CPU)
    assert not (tmp_path / 'eval.json').exists()


def sees_the_next_token_in(data, is_seen):
    """A model that predicts from the token before, and in some calls, counted from 0, knows the next one."""
    own, calls = bigram(data), []

    def model(x):
        calls.append(x)
        seen = torch.nn.functional.one_hot(x.roll(-1, 1), data.vocabulary) * 9.0
        return own(x) + (seen if is_seen(len(calls) - 1) else 0)

    return model


def four_batches(data) -> torch.Tensor:
    """14 rows of random tokens: four batches of four rows, the last one with the first two rows again."""
    return torch.randint(0, data.vocabulary, (14, 33), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize('seeing', range(1, 2**5))
def test_a_model_that_sees_the_next_token_in_any_of_its_calls_is_caught(data, seeing):
    model = sees_the_next_token_in(data, lambda call: seeing >> call & 1)
    with pytest.raises(prepare.Failure, match='depend on'):
        bits_per_byte(model, four_batches(data), lengths_of(data), 4)


def calls_of(data, rows: int = 4) -> list[torch.Tensor]:
    """The inputs of one evaluation, in order."""
    own, calls = bigram(data), []
    bits_per_byte(lambda x: calls.append(x.clone()) or own(x), four_batches(data), lengths_of(data), rows)
    return calls


def test_the_check_costs_one_batch_which_no_seed_foretells(data):
    windows = four_batches(data)
    batches = 4
    known = {row.tobytes() for row in windows[:, :-1].numpy()}
    places, tokens = set(), set()
    for _ in range(30):
        torch.manual_seed(1)
        random.seed(1)
        calls = calls_of(data)
        assert len(calls) == batches + 1
        # Of the extra batch one row is unchanged; the others begin as a row of val and go on differently.
        changed = [sum(row.tobytes() not in known for row in call.numpy()) for call in calls]
        assert sorted(changed) == [0] * batches + [3]
        places.add(changed.index(3))
        tokens.add(calls[changed.index(3)].numpy().tobytes())
    assert len(places) > 1
    assert len(tokens) == 30


def test_the_rows_that_are_scored_again_come_from_as_many_batches_as_there_are(data):
    windows = four_batches(data)
    batches = [torch.arange(first, first + 4) % len(windows) for first in range(0, len(windows), 4)]
    for count in range(1, len(batches) + 1):
        check = DependenceCheck(windows[:, :-1], batches[:count], data.vocabulary)
        assert set(check.batches) == set(range(count))


def test_the_order_of_the_batches_does_not_change_the_score(data):
    model = bigram(data)
    assert len({bits_per_byte(model, four_batches(data), lengths_of(data), 4) for _ in range(5)}) == 1


def test_a_model_written_to_remember_what_it_was_shown_is_not_caught(data):
    """docs/trust.md says so: only an evaluator in a process of its own could prevent it."""
    own, shown = bigram(data), {}

    def model(x):
        logits = own(x) + torch.nn.functional.one_hot(x.roll(-1, 1), data.vocabulary) * 9.0
        for row, of in zip(x.tolist(), logits, strict=True):
            for place in range(len(row)):
                of[place] = shown.setdefault(tuple(row[: place + 1]), of[place].clone())
        return logits

    windows, lengths = four_batches(data), lengths_of(data)
    assert bits_per_byte(model, windows, lengths, 4) < bits_per_byte(own, windows, lengths, 4) / 2


def test_asking_for_one_row_at_a_time_does_not_go_round_the_check(data):
    with pytest.raises(prepare.Failure, match='depend on later tokens'):
        prepare.evaluate(looks_ahead(data, 1), data, CPU, rows=1)


def test_that_error_is_exit_code_2(data):
    done = python(f"""
        import sys; sys.path.insert(0, {str(prepare.__file__.rpartition('/')[0])!r})
        import json, prepare, torch
        from pathlib import Path
        data = prepare.read_prepared(Path({str(data.path)!r}), 400)
        def model(x): return torch.nn.functional.one_hot(x.roll(-1, 1), data.vocabulary) * 9.0
        sys.exit(prepare.guarded(lambda: prepare.evaluate(model, data, torch.device('cpu'))))
    """)
    assert done.returncode == 2
    assert done.stderr.startswith("error: The model's logits depend on later tokens")


def test_rounding_that_differs_between_passes_is_no_dependence(data):
    own = bigram(data)

    def rounded(x):
        exact = own(x)
        return (exact * (1 + 2**-8 * torch.randn_like(exact))).bfloat16()

    assert 0 < bits_per_byte(rounded, windows_of(data), lengths_of(data)) < 100


def test_a_model_that_writes_into_its_input_does_not_reach_the_targets(data):
    own = bigram(data)

    def writes(x):
        logits = own(x)
        x.zero_()
        return logits

    score, written = (bits_per_byte(model, windows_of(data), lengths_of(data)) for model in (own, writes))
    assert written == score


@pytest.mark.parametrize(
    ('give', 'found'),
    [
        (lambda x, n: torch.zeros(*x.shape, n + 1), '(16, 256, {more})'),
        (lambda x, n: torch.zeros(*x.shape, n)[:, -1:], '(16, 1, {own})'),
        (lambda x, n: (torch.zeros(*x.shape, n), None), 'tuple'),
        (lambda x, n: torch.zeros(*x.shape, n).long(), '(16, 256, {own})'),
    ],
)
def test_logits_of_another_shape_or_kind_are_refused(data, give, found):
    found = found.format(own=data.vocabulary, more=data.vocabulary + 1)
    with pytest.raises(prepare.Failure, match=re.escape(f'The model gives {found} for')):
        prepare.evaluate(lambda x: give(x, data.vocabulary), data, CPU)


@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_a_single_score_that_is_no_number_is_a_failure_and_no_record(data, monkeypatch, tmp_path, value):
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(tmp_path / 'eval.json'))
    windows, own = windows_of(data), bigram(data)
    row = windows[-1, :-1]

    def broken(x):
        logits = own(x)
        logits[(x == row).all(-1)] = value
        return logits

    with pytest.raises(prepare.Failure, match=f'1 of {len(windows)} rows have scores that are not finite'):
        prepare.evaluate(broken, data, CPU)
    assert not (tmp_path / 'eval.json').exists()


def test_the_holdout_is_measured_only_when_it_is_asked_for(data, monkeypatch, tmp_path):
    target = tmp_path / 'eval.json'
    assert set(prepare.evaluate(guess(data), data, CPU)) == {'val_bpb'}
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(target))
    monkeypatch.setenv('NIGHTSHIFT_SPLITS', 'val,holdout')
    measured = prepare.evaluate(guess(data), data, CPU)
    record = json.loads(target.read_text())
    assert set(measured) == {'val_bpb', 'holdout_bpb'}
    assert {name: record[name] for name in measured} == measured
    assert (record['data']['name'], record['data']['fingerprint']) == ('folder', data.fingerprint)
    assert record['data']['sha256'] == {
        split: hashlib.sha256(data.file(f'{split}.u16').read_bytes()).hexdigest()
        for split in ('val', 'holdout')
    }
    assert record['device'] == 'cpu'
    assert record['scored']['val']['tokens'] == len(windows_of(data)) * data.context
    assert set(record) == {'val_bpb', 'holdout_bpb', 'data', 'scored', 'rows', 'torch', 'python', 'device'}
    assert [path.name for path in tmp_path.iterdir()] == ['eval.json']


def test_the_record_has_nats_and_bytes_of_every_row(data, monkeypatch, tmp_path):
    target = tmp_path / 'eval.json'
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(target))
    monkeypatch.setenv('NIGHTSHIFT_SPLITS', 'val,holdout')
    model = bigram(data)
    measured = prepare.evaluate(model, data, CPU)
    record = json.loads(target.read_text())
    for split in ('val', 'holdout'):
        windows, rows = windows_of(data, split), record['rows'][split]
        assert len(rows) == len(windows)
        nats, size = map(sum, zip(*rows, strict=True))
        assert size == record['scored'][split]['bytes']
        assert nats / math.log(2) / size == pytest.approx(measured[f'{split}_bpb'], rel=1e-5)
        # One row by itself, as the sum over its targets that stand for bytes.
        inputs, targets = windows[3:4, :-1], windows[3:4, 1:]
        losses = -model(inputs).log_softmax(-1).gather(-1, targets[..., None])[0, :, 0]
        weights = lengths_of(data)[targets][0]
        assert rows[3] == [pytest.approx(losses[weights > 0].sum().item(), abs=2e-3), int(weights.sum())]


def test_a_run_of_a_session_is_measured_once(data, monkeypatch, tmp_path):
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(tmp_path / 'eval.json'))
    prepare.evaluate(guess(data), data, CPU)
    with pytest.raises(prepare.Failure, match='evaluated twice'):
        prepare.evaluate(guess(data), data, CPU)


def test_an_unknown_split_is_refused(data, monkeypatch):
    monkeypatch.setenv('NIGHTSHIFT_SPLITS', 'val,train')
    with pytest.raises(prepare.Failure, match='NIGHTSHIFT_SPLITS is "val,train"'):
        prepare.evaluate(guess(data), data, CPU)


@pytest.mark.parametrize('name', ['val.u16', 'token_bytes.u16'])
def test_rows_or_a_byte_table_changed_after_they_were_prepared_are_not_scored(corpus, tmp_path, name):
    data = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    content = bytearray(data.file(name).read_bytes())
    content[10] ^= 1
    data.file(name).write_bytes(content)
    with pytest.raises(prepare.Failure, match='was changed after it was prepared'):
        prepare.evaluate(guess(data), data, CPU)
