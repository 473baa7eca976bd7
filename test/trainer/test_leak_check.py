"""What the evaluator replaces, and when it holds that against a model, without a process."""

import mmap
from dataclasses import replace

import numpy as np
import pytest
import torch

import token_scores
from batch_plan import arranged
from leak_check import LIMIT, LOSSES, evidence, stretches
from leak_plan import EDGES, Stream, plan

SECRET = b'secret'


def rows_of(rows: int, context: int, tokens: int = 60) -> np.ndarray:
    chance = np.random.default_rng(3)
    return (chance.random((rows, context + 1)) ** 2 * tokens).astype('<u2')


def test_what_is_replaced_was_drawn_twice_and_is_never_the_target_or_the_end_of_a_text():
    windows = rows_of(40, 256)
    found = plan(windows, 0, SECRET, 'data')
    assert 0.02 < found.replaced.mean() < 0.03
    row, place = np.nonzero(found.replaced)
    shown, hidden, target = found.inputs[row, place + 1], found.hidden[row, place], windows[row, place + 1]
    assert not (found.replaced & ~found.eligible).any()
    for one, other in [(shown, hidden), (shown, target), (hidden, target)]:
        assert (one != other).all()
    for tokens in (shown, hidden, target):
        assert (tokens != 0).all()
    # All else is the data's.
    same = found.inputs == windows[:, :-1]
    assert np.array_equal(np.argwhere(~same), np.add(np.argwhere(found.replaced), [0, 1]))
    assert np.array_equal(found.targets, windows[:, 1:])


def test_what_follows_a_replaced_token_is_not_scored():
    found = plan(rows_of(40, 256), 0, SECRET, 'data')
    row, place = np.nonzero(found.replaced)
    assert found.scored[row, place].all()  # its context is intact
    for after in range(1, 7):
        inside = place + after < 256
        assert not found.scored[row[inside], place[inside] + after].any()
    assert found.scored.mean() > 0.8


def test_the_plan_depends_on_the_secret_and_the_data_s_name_alone():
    windows = rows_of(10, 256)
    first, again = (plan(windows, 0, SECRET, 'data').inputs for _ in range(2))
    assert np.array_equal(first, again)
    for other in (plan(windows, 0, b'other', 'data'), plan(windows, 0, SECRET, 'other')):
        assert not np.array_equal(first, other.inputs)


@pytest.mark.parametrize('tokens', [1, 2, 3, 4, 5])
def test_text_of_few_tokens_is_replaced_only_if_there_are_two_others(tokens):
    windows = np.random.default_rng(3).integers(0, tokens, (40, 257)).astype('<u2')
    windows[:, 0] = 0
    found = plan(windows, 0, SECRET, 'data')
    assert found.replaced.any() == (tokens == 5)  # the end of a text is one of them


def test_text_that_is_nearly_one_token_has_replacements_too():
    windows = np.ones((40, 257), '<u2')
    windows[:, ::64] = np.arange(40)[:, None]
    found = plan(windows, 0, SECRET, 'data')
    row, place = np.nonzero(found.replaced)
    assert len(row) > 100
    assert (found.inputs[row, place + 1] != found.hidden[row, place]).all()
    assert (found.inputs[row, place + 1] != windows[row, place + 1]).all()


@pytest.mark.parametrize(('rows', 'size'), [(1, 2), (1, 16), (2, 2), (13, 4), (16, 16), (96, 16)])
def test_all_rows_are_sent_once_among_pairs_of_made_up_ones(rows, size):
    inputs = rows_of(rows, 64)[:, :-1]
    found = arranged(inputs, size, Stream(b'key'))
    assert found.tokens.shape[1:] == (size, 64)
    assert sorted(found.rows[found.rows >= 0]) == list(range(rows))
    assert np.array_equal(found.tokens[found.rows >= 0], inputs[found.rows[found.rows >= 0]])
    assert [found.rows[call].tolist().count(row) for row, call in enumerate(found.calls)] == [1] * rows
    assert len(found.pairs) >= 2
    assert found.pairs[0].same == 64
    for pair in found.pairs:
        first, second = (found.tokens[batch, pair.place] for batch in pair.batches)
        assert pair.batches[0] != pair.batches[1]
        assert np.array_equal(first[: pair.same], second[: pair.same])
        assert (found.rows[list(pair.batches), pair.place] == -1).all()


def factors(models, rows: int = 24, tries: int = 60) -> np.ndarray:
    """Factors of the stakes against models of text with `rows` rows, each time with another secret."""
    windows, found = rows_of(rows, 256), []
    for number in range(tries):
        planned = plan(windows, 0, number.to_bytes(4, 'little'), 'data')
        shown = np.concatenate((planned.inputs[:, 1:], planned.targets[:, -1:]), 1)
        asked = np.stack((planned.targets, shown, planned.hidden), -1)
        scores = models(planned.inputs, asked)
        found.append(evidence(planned, scores, np.arange(rows) // 8).factor)
    return np.array(found)


@pytest.mark.parametrize('rows', [1, 24])
@pytest.mark.parametrize('scale', [0.01, 1.0, 50.0])
def test_honest_models_multiply_no_stake_on_average(rows, scale):
    table = np.random.default_rng(4).standard_cauchy((60, 60)) * scale
    table -= np.logaddexp.reduce(table, -1, keepdims=True)
    found = factors(lambda inputs, asked: table[inputs[..., None], asked], rows)
    assert found.max() < LIMIT
    assert np.median(found) < 1.5
    assert (found > 100).mean() < 0.05  # at most 0.01 by the theory


def test_two_tokens_that_a_model_excludes_say_nothing():
    found = factors(lambda inputs, asked: np.where(asked < 30, -np.inf, -np.log(30.0)), tries=20)
    assert found.max() < LIMIT


def test_a_model_that_sees_the_next_token_multiplies_the_stake():
    def sees(inputs, asked):
        following = np.concatenate((inputs[:, 1:], np.zeros((len(inputs), 1), inputs.dtype)), 1)
        return np.where(asked == following[..., None], -0.1, -6.0)

    assert factors(sees, tries=20).min() > LIMIT


def test_a_model_that_knows_the_check_cannot_tell_how_far_it_may_raise_what_it_sees():
    """It keeps the order of all tokens, and stays between the limits as they stand in leak_check.py."""
    chance = np.random.default_rng(4)
    table = chance.normal(size=(60, 60)) * 2.5
    table -= np.logaddexp.reduce(table, -1, keepdims=True)
    windows = np.ones((160, 257), '<u2')
    for place in range(256):
        tossed = chance.random((160, 1)) > np.exp(table).cumsum(-1)[windows[:, place]]
        windows[:, place + 1] = tossed.sum(-1).clip(max=59)
    limits = np.append(-np.array(LOSSES), 0.0)
    highest = np.array(
        [
            [min(row[row > each].min(initial=0.0), limits[limits > each].min()) - 1e-6 for each in row]
            for row in table
        ]
    )
    secret, known = [], []
    for number in range(20):
        planned = plan(windows, 0, number.to_bytes(4, 'little'), 'data')
        shown = np.concatenate((planned.inputs[:, 1:], planned.targets[:, -1:]), 1)
        asked = np.stack((planned.targets, shown, planned.hidden), -1)
        honest = table[planned.inputs[..., None], asked]
        raised = highest[planned.inputs, shown]
        others = np.log1p(-np.exp(raised)) - np.log1p(-np.exp(honest[..., 1]))
        scores = np.where(asked == shown[..., None], raised[..., None], honest + others[..., None])
        assert (scores[..., 0] - honest[..., 0]).mean() > 0.1
        for plans, found in [(planned, secret), (replace(planned, edges=np.ones(EDGES)), known)]:
            found.append(evidence(plans, scores, np.arange(160) // 16).factor)
    assert np.median(secret) > LIMIT
    assert np.median(known) < LIMIT


def test_stretches_are_all_sizes_and_all_prefixes_and_suffixes():
    assert set(stretches(4)) == {(0, 1), (1, 2), (2, 3), (3, 4), (0, 2), (2, 4), (1, 4), (0, 3)}
    assert list(stretches(1)) == []


@pytest.mark.parametrize('kind', ['float32', 'bfloat16', 'float16'])
def test_log_probabilities_are_those_of_torch_for_each_type(kind):
    logits = (5 * torch.randn(50, 700, generator=torch.Generator().manual_seed(1))).to(getattr(torch, kind))
    wanted = np.random.default_rng(1).integers(0, 700, (50, 3))
    expected = logits.double().log_softmax(-1).gather(-1, torch.from_numpy(wanted)).numpy()
    memory = memoryview(bytearray(logits.view(torch.uint8).numpy().tobytes()))
    for found in (
        token_scores.log_probabilities(memory, kind, wanted),
        token_scores.log_probabilities_by_torch(memory, kind, wanted, torch.device('cpu')),
    ):
        assert found == pytest.approx(expected, abs=2e-5)


def test_logits_that_change_while_they_are_scored_are_read_once(monkeypatch):
    """Else a run could give the sum of the probabilities for some logits, and a target's for others."""
    memory = mmap.mmap(-1, 4 * 64 * 700)
    logits = np.frombuffer(memory, '<f4').reshape(64, 700)
    logits[:] = np.random.default_rng(1).normal(size=logits.shape)
    wanted = np.zeros((64, 3), np.int64)
    before = token_scores.log_probabilities(memoryview(memory), 'float32', wanted)
    copy = token_scores.as_fp32

    def copied_then_changed(part, kind, out):
        copy(part, kind, out)
        logits[:] = 1e9

    monkeypatch.setattr(token_scores, 'BLOCK', logits.size)  # all at once
    monkeypatch.setattr(token_scores, 'as_fp32', copied_then_changed)
    assert np.array_equal(token_scores.log_probabilities(memoryview(memory), 'float32', wanted), before)
