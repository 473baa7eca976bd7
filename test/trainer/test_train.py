"""A run: the budget, the summary block, the same numbers twice, and ends that are not good."""

import re

import pytest
import torch

import prepare
import train

CPU = torch.device('cpu')
BLOCK = re.compile(
    r'^---\n'
    r'val_bpb:          \d+\.\d{6}\n'
    r'training_seconds: \d+\.\d\n'
    r'total_seconds:    \d+\.\d\n'
    r'peak_vram_mb:     \d+\.\d\n'
    r'mfu_percent:      \d+\.\d\d\n'
    r'total_tokens_M:   \d+\.\d\n'
    r'num_steps:        \d+\n'
    r'num_params_M:     \d+\.\d\n'
    r'depth:            \d+\n'
    r'(holdout_bpb:      \d+\.\d{6}\n)?\Z',
    re.MULTILINE,
)


def test_a_run_ends_with_the_summary_block_and_prints_what_was_measured(run_process, measured):
    done = run_process(NIGHTSHIFT_STEPS='4')
    assert done.returncode == 0, done.stderr
    block = BLOCK.search(done.stdout)
    assert block
    assert block[1] is None
    assert f'val_bpb:          {measured()["val_bpb"]:.6f}\n' in block[0]
    assert 'num_steps:        4\n' in block[0]


def test_the_holdout_is_a_line_after_the_block_when_it_is_asked_for(run, measured):
    block = BLOCK.search(run(NIGHTSHIFT_SPLITS='val,holdout'))
    assert block
    assert block[1] == f'holdout_bpb:      {measured()["holdout_bpb"]:.6f}\n'


def test_two_runs_of_one_seed_agree_to_the_last_digit_and_another_seed_differs(run, measured):
    scores = []
    for seed in ['5', '5', '6']:
        run(NIGHTSHIFT_SEED=seed)
        scores.append(measured()['val_bpb'])
    assert scores[0] == scores[1] != scores[2]


def test_training_lowers_the_score(run, measured):
    run(NIGHTSHIFT_STEPS='1')
    before = measured()['val_bpb']
    run(NIGHTSHIFT_STEPS='60')
    assert measured()['val_bpb'] < before - 0.1


def test_the_curve_is_thinned_lines_of_step_seconds_and_loss(run, tmp_path):
    curve = tmp_path / 'curve.csv'
    run(NIGHTSHIFT_CURVE=str(curve), NIGHTSHIFT_STEPS='500')
    rows = [line.split(',') for line in curve.read_text().splitlines()]
    steps, seconds = [int(row[0]) for row in rows], [float(row[1]) for row in rows]
    assert 150 <= len(rows) <= 300
    assert steps[0] == 1
    assert steps == sorted(set(steps))
    assert seconds == sorted(seconds)
    assert float(rows[-1][2]) < float(rows[0][2])


def test_a_loss_that_is_no_number_is_a_crash(run_process):
    done = run_process({'LEARNING_RATE': 1e38}, NIGHTSHIFT_STEPS='50')
    assert done.returncode != 0
    assert re.search(r'^error: The loss is (nan|inf) at step \d+\.$', done.stderr, re.MULTILINE)
    assert '---' not in done.stdout


def test_memory_that_runs_out_is_one_clear_error(run_process):
    done = run_process({'BATCH': 2**44})
    assert done.returncode == 2
    assert 'error: Out of memory.' in done.stderr
    assert f'Lower BATCH ({2**44})' in done.stderr
    assert 'Traceback' not in done.stderr


def test_memory_that_torch_cannot_allocate_is_the_same_failure(monkeypatch):
    monkeypatch.setattr(train, 'main', lambda: torch.empty(2**50))
    with pytest.raises(prepare.Failure, match='Out of memory'):
        train.run()


def test_other_runtime_errors_keep_their_traceback(monkeypatch):
    monkeypatch.setattr(train, 'main', lambda: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError, match='size'):
        train.run()


def test_a_budget_that_is_no_number_is_refused(run):
    with pytest.raises(prepare.Failure, match='NIGHTSHIFT_BUDGET_S is "5m"'):
        run(NIGHTSHIFT_BUDGET_S='5m')


class Clock:
    """A clock that stands still but for what a step takes."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.mark.usefixtures('small')
@pytest.mark.parametrize(('budget', 'steps'), [(3.5, 4), (4.0, 4), (0.2, 1)])
def test_training_stops_at_the_first_step_that_ends_past_the_budget(data, monkeypatch, budget, steps):
    clock = Clock()
    monkeypatch.setattr(train, 'time', clock)

    def batches():
        for batch in prepare.batches(data.split('train'), 2, 16, 1, CPU):
            clock.now += 1.0
            yield batch

    assert train.train(train.GPT(data.vocabulary), batches(), budget, None) == (steps, float(steps))


def test_the_rate_rises_stays_and_falls_by_progress(monkeypatch):
    for name, value in {'WARMUP': 0.2, 'WARMDOWN': 0.4, 'FINAL_RATE': 0.1}.items():
        monkeypatch.setattr(train, name, value)
    rates = [train.schedule(progress) for progress in (0.1, 0.2, 0.6, 0.8, 1.0, 1.01)]
    assert rates == pytest.approx([0.5, 1.0, 1.0, 0.55, 0.1, 0.1])


def test_without_warmup_and_warmdown_the_rate_is_constant(monkeypatch):
    for name in ('WARMUP', 'WARMDOWN'):
        monkeypatch.setattr(train, name, 0.0)
    assert [train.schedule(progress) for progress in (0.0, 0.5, 1.0)] == [1.0, 1.0, 1.0]
