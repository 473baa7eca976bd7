"""The evaluator process, with honest models, models that see ahead, and runs that cheat otherwise."""

import hashlib
import json
import math
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import TRAINER, python
from evaluated import CPU, ROWS, SECRET, VOCABULARY, Evaluator, honest, prepared

import evaluation
import leak_plan
import prepare


@pytest.fixture(scope='module')
def held(tmp_path_factory):
    """Synthetic data, and the variables that name it."""
    before = dict(os.environ)
    found = prepared(tmp_path_factory.mktemp('held'))
    variables = {name: os.environ[name] for name in ('NIGHTSHIFT_CACHE', 'NIGHTSHIFT_DATA')}
    os.environ.clear()
    os.environ.update(before)
    return found, variables


@pytest.fixture
def text(held, monkeypatch) -> prepare.Data:
    for name, value in held[1].items():
        monkeypatch.setenv(name, value)
    return held[0]


def windows_of(data, split: str = 'val') -> np.ndarray:
    return np.fromfile(data.file(f'{split}.u16'), '<u2').reshape(-1, 257)


def planned(data, split: str = 'val') -> leak_plan.Plan:
    """What the evaluator replaces, which only who knows the secret can tell."""
    name = f'{data.fingerprint} {split}'
    return leak_plan.plan(windows_of(data, split), 0, bytes.fromhex(SECRET), name)


def expected(data, split: str = 'val') -> float:
    """Bits per byte of the honest model over the positions that the evaluator scores."""
    windows, scored = windows_of(data, split), planned(data, split).scored
    inputs, targets = (torch.from_numpy(part.astype(int)) for part in (windows[:, :-1], windows[:, 1:]))
    losses = -honest()(inputs).log_softmax(-1).gather(-1, targets[..., None])[..., 0].double().numpy()
    lengths = np.fromfile(data.path / 'token_bytes.u16', '<u2').astype(int)[windows[:, 1:]]
    return (losses * scored).sum() / math.log(2) / (lengths * scored).sum()


# --- Honest models -------------------------------------------------------------------------------------


def test_an_honest_model_gets_the_score_of_its_own_process(text, tmp_path, monkeypatch):
    own = prepare.evaluate(honest(), text, CPU)
    found = Evaluator(tmp_path, 'val,holdout').run(honest(), text)
    assert (found.failure, found.code, found.error) == (None, 0, '')
    assert found.measured == {name: found.record[name] for name in ('val_bpb', 'holdout_bpb')}
    for split in ('val', 'holdout'):
        assert found.measured[f'{split}_bpb'] == pytest.approx(expected(text, split), rel=1e-6)
    assert found.measured['val_bpb'] == pytest.approx(own['val_bpb'], rel=0.02)


def test_the_record_has_the_keys_and_sums_of_the_run_s_own(text, tmp_path, monkeypatch):
    record = Evaluator(tmp_path).run(honest(), text).record
    monkeypatch.setattr(evaluation, 'measured_before', False)
    monkeypatch.setenv('NIGHTSHIFT_EVAL', str(tmp_path / 'own.json'))
    prepare.evaluate(honest(), text, CPU)
    own = json.loads((tmp_path / 'own.json').read_text())
    assert list(record) == list(own)
    assert {name: record[name] for name in ('data', 'device', 'torch', 'python')} == {
        name: own[name] for name in ('data', 'device', 'torch', 'python')
    }
    nats, size = map(sum, zip(*record['rows']['val'], strict=True))
    assert len(record['rows']['val']) == ROWS
    assert nats / math.log(2) / size == pytest.approx(record['val_bpb'], rel=1e-5)
    assert record['scored']['val'] == {'tokens': int(planned(text).scored.sum()), 'bytes': size}
    assert size < own['scored']['val']['bytes']


def test_two_runs_of_a_model_get_the_same_digits_and_another_machine_asks_other_positions(text, tmp_path):
    first, second, other = (
        Evaluator(tmp_path, secret=secret).run(honest(), text).record
        for secret in (SECRET, SECRET, '00' * 32)
    )
    assert first == second
    assert first['val_bpb'] != other['val_bpb']


def test_every_row_is_sent_once_in_an_order_of_its_own_and_the_evaluator_needs_no_torch(text, tmp_path):
    orders, rows = set(), {row.tobytes(): number for number, row in enumerate(planned(text).inputs)}
    for _ in range(2):
        evaluator, sent, own = Evaluator(tmp_path), [], honest()

        def model(tokens, evaluator=evaluator, sent=sent, own=own):
            sent.append(tokens.clone())
            mapped = Path(f'/proc/{evaluator.process.pid}/maps').read_text()
            assert 'numpy' in mapped
            assert 'libtorch' not in mapped
            return own(tokens)

        found = evaluator.run(model, text)
        assert found.failure is None
        assert {tuple(tokens.shape) for tokens in sent} == {(16, 256)}
        assert len(sent) == ROWS // 16 + 1
        known = [rows.get(row.tobytes()) for tokens in sent for row in tokens.numpy().astype('<u2')]
        assert sorted(number for number in known if number is not None) == list(range(ROWS))
        orders.add(tuple(known))
    assert len(orders) == 2


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16, torch.float64])
def test_logits_of_other_types_are_scored_as_they_are(text, tmp_path, dtype):
    own = honest()
    found = Evaluator(tmp_path).run(lambda tokens: own(tokens).to(dtype), text)
    assert found.measured['val_bpb'] == pytest.approx(expected(text), rel=2e-3)


# --- Models that see what they must not ----------------------------------------------------------------


def seeing(where):
    """An honest model, but that it knows the next token `where(call, tokens)` says, bool [rows, context]."""
    own, calls = honest(), []

    def model(tokens):
        calls.append(1)
        seen = torch.nn.functional.one_hot(tokens.roll(-1, 1), VOCABULARY) * 12.0
        return own(tokens) + seen * torch.as_tensor(where(len(calls) - 1, tokens))[..., None]

    return model


def rows_like(row: np.ndarray):
    return lambda _, tokens: (
        (tokens == torch.from_numpy(row.astype(int))).all(-1, keepdim=True).expand(tokens.shape)
    )


def last(count: int):
    return lambda _, tokens: (torch.arange(256) >= 256 - count).expand(tokens.shape)


CHEATS = {
    'always': lambda call, tokens: torch.ones_like(tokens),
    'after two honest calls': lambda call, tokens: torch.full_like(tokens, int(call >= 2)),
    'in the first call': lambda call, tokens: torch.full_like(tokens, int(call == 0)),
    'in the last call but one': lambda call, tokens: torch.full_like(tokens, int(call == 5)),
    'at the last eight positions': last(8),
    'at every thirtieth position': lambda call, tokens: (torch.arange(256) % 30 == 0).expand(tokens.shape),
}


@pytest.mark.parametrize('name', CHEATS)
def test_a_model_that_sees_the_next_token_is_rejected(text, tmp_path, name):
    found = Evaluator(tmp_path).run(seeing(CHEATS[name]), text)
    assert "The model's logits depend on later tokens" in found.failure
    assert (found.code, found.record) == (1, None)
    assert found.error.startswith(f'error: {found.failure}\n')


def test_a_model_that_sees_the_next_token_in_one_row_is_rejected(text, tmp_path):
    plan = planned(text)
    row = int(plan.replaced.sum(1).argmax())
    found = Evaluator(tmp_path).run(seeing(rows_like(plan.inputs[row])), text)
    assert "The model's logits depend on later tokens" in found.failure


def test_a_model_that_uses_what_it_sees_only_where_that_is_probable_is_rejected(text, tmp_path):
    own = honest()

    def plausible(_, tokens):
        chance = own(tokens).softmax(-1).gather(-1, tokens.roll(-1, 1)[..., None])[..., 0]
        return chance > 0.2

    found = Evaluator(tmp_path).run(seeing(plausible), text)
    assert "The model's logits depend on later tokens" in found.failure


def test_a_model_that_learned_the_rows_of_an_earlier_run_is_rejected(text, tmp_path):
    """They hold other tokens than the targets at the places that this run is asked about too."""
    shown, own = [], honest()
    Evaluator(tmp_path).run(lambda tokens: shown.extend(tokens.tolist()) or own(tokens), text)
    next_of = {tuple(row[:place]): row[place] for row in shown for place in range(1, 256)}

    def model(tokens):
        logits = own(tokens)
        for row, of in zip(tokens.tolist(), logits, strict=True):
            for place in range(255):
                of[place, next_of.get(tuple(row[: place + 1]), 0)] += 12.0
        return logits

    found = Evaluator(tmp_path).run(model, text)
    assert 'depend on later tokens' in found.failure
    assert found.record is None


def test_a_model_that_keeps_the_logits_it_gave_is_rejected(text, tmp_path):
    own, kept = honest(), {}

    def model(tokens):
        logits = own(tokens) + torch.nn.functional.one_hot(tokens.roll(-1, 1), VOCABULARY) * 12.0
        for row, of in zip(tokens.tolist(), logits, strict=True):
            for place in range(len(row)):
                of[place] = kept.setdefault(tuple(row[: place + 1]), of[place].clone())
        return logits

    assert 'depend on later tokens' in Evaluator(tmp_path).run(model, text).failure


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (lambda own, tokens, calls: torch.nn.functional.dropout(own(tokens), 0.1), 'dropout'),
        (lambda own, tokens, calls: own(tokens) + 0.1 * own(tokens).mean(0), 'other rows of the batch'),
        (lambda own, tokens, calls: own(tokens) * (1 + 0.1 * len(calls)), 'earlier calls'),
        (lambda own, tokens, calls: own(tokens) + 0.1 * own(tokens).mean(1, keepdim=True), 'on later tokens'),
    ],
)
def test_accidental_dependence_is_rejected(text, tmp_path, spoil, message):
    own, calls = honest(), []
    found = Evaluator(tmp_path).run(lambda tokens: calls.append(1) or spoil(own, tokens, calls), text)
    assert message in found.failure
    assert (found.code, found.record) == (1, None)


def test_a_score_that_is_no_number_is_rejected(text, tmp_path):
    own, row = honest(), torch.from_numpy(planned(text).inputs[7].astype(int))

    def model(tokens):
        logits = own(tokens)
        logits[(tokens == row).all(-1)] = math.nan
        return logits

    found = Evaluator(tmp_path).run(model, text)
    assert found.failure == f'1 of {ROWS} rows have scores that are not finite.'
    assert (found.code, found.record) == (1, None)


# --- Runs that cheat otherwise -------------------------------------------------------------------------


def test_what_a_run_does_to_its_own_process_changes_nothing(text, tmp_path):
    """A process that changes math.log, the evaluation, and the answer that it gets, and forges the file."""
    evaluator = Evaluator(tmp_path)
    done = subprocess.run(
        [
            sys.executable,
            '-c',
            f"""
import math, sys; sys.path[:0] = [{str(TRAINER)!r}, {os.path.dirname(__file__)!r}]
import channel, evaluation, evaluated, pathlib, prepare
math.log = lambda *_: 1e9
evaluation.write_record = evaluation.score = evaluation.checked = None
receive = channel.Channel.receive
def patched(self):
    answer = receive(self)
    return {{'measured': {{'val_bpb': 0.1}}}} if answer and 'measured' in answer else answer
channel.Channel.receive = patched
pathlib.Path({str(evaluator.target)!r}).write_text('{{"val_bpb": 0.1}}')
data = prepare.read_prepared(pathlib.Path({str(text.path)!r}), {VOCABULARY})
print(prepare.evaluate(evaluated.honest(), data, evaluated.CPU, 16))
""",
        ],
        env=dict(os.environ),
        pass_fds=[evaluator.socket.fileno()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "{'val_bpb': 0.1}\n", done.stderr
    found = evaluator.ended()
    assert found.record['val_bpb'] == pytest.approx(expected(text), rel=1e-6)


def test_a_forged_file_of_a_run_that_was_not_evaluated_does_not_stay(text, tmp_path):
    (tmp_path / 'eval.json').write_text('{"val_bpb": 0.1}')
    found = Evaluator(tmp_path).ended()
    assert (found.code, found.error, found.record) == (0, '', None)


def test_nothing_is_written_before_the_run_has_ended(text, tmp_path):
    evaluator = Evaluator(tmp_path)
    assert prepare.evaluate(honest(), text, CPU, 16)
    with pytest.raises(subprocess.TimeoutExpired):
        evaluator.process.wait(0.3)
    assert not evaluator.target.exists()
    assert evaluator.ended().record


def test_a_second_evaluation_is_refused_by_the_run_and_by_the_evaluator(text, tmp_path):
    evaluator = Evaluator(tmp_path)
    prepare.evaluate(honest(), text, CPU, 16)
    with pytest.raises(prepare.Failure, match='evaluated twice'):
        prepare.evaluate(honest(), text, CPU, 16)
    evaluator.channel.send(opening(text))
    assert evaluator.channel.receive()['error'] == 'This run was evaluated twice.'
    found = evaluator.ended()
    assert (found.code, found.record) == (1, None)
    assert found.error.startswith('error: This run was evaluated twice.\n')


def opening(data: prepare.Data, **changed) -> dict:
    own = {'rows': 16, 'vocabulary': VOCABULARY, 'fingerprint': data.fingerprint}
    return {**own, 'device': 'cpu', 'name': 'cpu', 'torch': '2', **changed}


def framed(body: bytes) -> bytes:
    return struct.pack('<I', len(body)) + body


GARBAGE = {
    'no JSON': framed(b'\xff' * 100),
    'no object': framed(b'[1]'),
    'deeply nested': framed(b'[' * 60_000),
    'longer than allowed': struct.pack('<I', 2**32 - 1) + b'x' * 2**16,
    'an empty object': framed(b'{}'),
    'text for rows': framed(b'{"rows": "16"}'),
}


@pytest.mark.parametrize('name', GARBAGE)
def test_garbage_is_an_error_with_a_reason(text, tmp_path, name):
    evaluator = Evaluator(tmp_path)
    evaluator.socket.sendall(GARBAGE[name])
    assert 'error' in evaluator.channel.receive()
    found = evaluator.ended()
    assert (found.code, found.record) == (1, None)
    assert found.error.startswith('error: ')
    assert 'Traceback' not in found.error


@pytest.mark.parametrize(
    'changed',
    [
        *({'rows': rows} for rows in (10**9, 0, True)),
        *({'fingerprint': fingerprint} for fingerprint in ('f' * 64, None)),
        *({'vocabulary': 10**9}, {'device': 'x' * 101}, {'name': '\x1b[2J'}),
    ],
)
def test_an_opening_that_cannot_be_is_an_error_with_a_reason(text, tmp_path, changed):
    evaluator = Evaluator(tmp_path)
    evaluator.channel.send(opening(text, **changed))
    answer = evaluator.channel.receive()
    while 'error' not in answer:
        answer = evaluator.channel.receive()
    found = evaluator.ended()
    assert (found.code, found.record) == (1, None)
    assert found.error.startswith(f'error: {answer["error"]}\n')


@pytest.mark.parametrize(
    ('message', 'reason'),
    [
        ({'ready': 'int8', 'rows': 16}, 'in place of logits'),
        ({'ready': ['float32'], 'rows': 16}, 'in place of logits'),
        ({'ready': 'float32', 'rows': 1}, 'other rows than the 16'),
        ({'measured': {'val_bpb': 0.1}}, 'in place of logits'),
    ],
)
def test_what_is_said_of_logits_must_be_true_of_some(text, tmp_path, message, reason):
    evaluator = Evaluator(tmp_path)
    evaluator.channel.send(opening(text))
    assert evaluator.channel.receive()['context'] == 256
    assert evaluator.channel.receive() == {'call': 1}
    evaluator.channel.send(message)
    assert reason in evaluator.channel.receive()['error']
    assert evaluator.ended().code == 1


def test_logits_that_are_said_to_be_ready_more_often_than_asked_for_are_an_error(text, tmp_path):
    evaluator = Evaluator(tmp_path)
    evaluator.channel.send(opening(text))
    answers = [evaluator.channel.receive(), evaluator.channel.receive()]
    while 'measured' not in answers[-1]:
        evaluator.channel.send({'ready': 'float32', 'rows': 16})
        answers.append(evaluator.channel.receive())
    assert [answer['call'] for answer in answers[1:-1]] == list(range(1, ROWS // 16 + 2))
    evaluator.channel.send({'ready': 'float32', 'rows': 16})
    assert evaluator.channel.receive()['error'] == 'This run was evaluated twice.'
    found = evaluator.ended()
    assert (found.code, found.record) == (1, None)


@pytest.mark.parametrize('said', [0, 1, 3])
def test_a_run_that_ends_in_the_middle_leaves_no_file_and_no_error(text, tmp_path, said):
    evaluator = Evaluator(tmp_path)
    evaluator.channel.send(opening(text))
    for _ in range(said):
        evaluator.channel.send({'ready': 'float32', 'rows': 16})
    evaluator.socket.shutdown(socket.SHUT_WR)
    found = evaluator.ended()
    assert (found.code, found.error, found.record) == (0, '', None)


def test_an_evaluator_that_ends_is_a_failure_of_the_run(text, tmp_path):
    evaluator = Evaluator(tmp_path)
    evaluator.process.kill()
    evaluator.process.wait()
    found = evaluator.run(honest(), text)
    assert 'The evaluator ended before the evaluation did' in found.failure


def test_held_out_rows_that_changed_are_not_scored(text, tmp_path):
    path = text.file('val.u16')
    whole = path.read_bytes()
    try:
        path.write_bytes(bytes(2) + whole[2:][::-1])
        found = Evaluator(tmp_path).run(honest(), text)
    finally:
        path.write_bytes(whole)
    assert 'was changed after it was prepared' in found.failure
    assert hashlib.sha256(whole).hexdigest() == text.digests['val.u16']


def test_the_process_cannot_be_read_by_others_of_its_user():
    done = python(f"""
        import sys; sys.path.insert(0, {str(TRAINER)!r})
        import ctypes, evaluator
        dumpable = lambda: ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
        before = dumpable()
        evaluator.keep_from_others()
        print(before, dumpable())
    """)
    assert done.stdout == '1 0\n', done.stderr
