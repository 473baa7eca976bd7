import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / 'bench' / 'trainer'
sys.path.insert(0, str(BENCH))

from measuring.output import karpathy_speed_of, speed_of, start_up_of, summary_block  # noqa: E402
from measuring.process import Ended  # noqa: E402

OURS = """preset 80gb: DEPTH = 8, DEVICE_BATCH_SIZE = 128
model: n_layer 8, n_embd 512, n_head 4, windows 1024-2048, 50,332,176 parameters, torch.bfloat16; batch: 2 × 128 × 2048 tokens
attention: flash_attention 4.11 ms
step      1    2%  loss 9.0109  0.4 s
step     48   98%  loss 1.8031  18.8 s
---
val_bpb:          1.133377
training_seconds: 20.3
total_seconds:    38.9
peak_vram_mb:     26091.2
mfu_percent:      29.85
total_tokens_M:   27.3
num_steps:        52
num_params_M:     50.3
depth:            8
"""  # noqa: E501


def ended(text: str, seconds: float = 40.0, times=None) -> Ended:
    lines = text.splitlines()
    return Ended(seconds, 0, list(zip(times or [0.0] * len(lines), lines, strict=True)))


def test_reads_the_last_summary_block():
    text = '---\nval_bpb:          2.5\n---\nval_bpb:          1.5\npeak_vram_mb:     1e3\nnot a number: x\n'
    assert summary_block(f'before\n{text}') == {'val_bpb': 1.5, 'peak_vram_mb': 1000.0}
    assert summary_block('step 1\n') == {}


def test_takes_tokens_a_second_from_the_curve(tmp_path):
    (tmp_path / 'curve.csv').write_text('1,0.400,9.0\n50,20.000,1.8\n')
    found = speed_of(ended(OURS), tmp_path / 'curve.csv')
    assert found['tokens_per_second'] == 50 * 2**19 / 20
    assert found['step_ms'] == 400
    assert found['preset'] == '80gb'
    assert found['windows'] == [1024, 2048]
    assert found['batch'] == '2 × 128 × 2048'
    assert found['dtype'] == 'torch.bfloat16'
    assert found['overhead_s'] == pytest.approx(19.7)
    assert found['mfu_causal_percent'] is None


def test_takes_tokens_a_second_from_the_block_without_a_curve(tmp_path):
    found = speed_of(ended(OURS), tmp_path / 'none.csv')
    assert found['tokens_per_second'] == pytest.approx(52 * 2**19 / 20.3)
    other = OURS.replace('model: ', 'network: ')  # a line that has changed
    assert speed_of(ended(other), tmp_path / 'none.csv')['tokens_per_second'] == pytest.approx(27.3e6 / 20.3)


def test_takes_the_batch_that_memory_allowed(tmp_path):
    said = 'DEVICE_BATCH_SIZE 128 → 64; a step keeps its tokens, 4 × 64 × 2048'
    found = speed_of(ended(f'{said}\n{OURS}'), tmp_path / 'none.csv')
    assert found['batch'] == '4 × 64 × 2048'
    assert found['step_tokens'] == 2**19


def test_needs_a_summary_block(tmp_path):
    with pytest.raises(ValueError, match='without a summary block'):
        speed_of(ended('step 1\n'), tmp_path / 'none.csv')


def test_reads_the_start_up_that_the_trainer_says():
    text = 'time: import 2.1 s, data 0.1 s, warm-up 6.2 s, training 20.0 s, evaluation 2.0 s\n---\n'
    parts = start_up_of(ended(text, 32.0), 20.0)
    assert parts == pytest.approx(
        {'import': 2.1, 'data': 0.1, 'warm-up': 6.2, 'evaluation': 2.0, 'rest': 1.6}
    )


def test_finds_the_start_up_by_when_lines_came():
    times = [5.0, 5.0, 8.0, 10.4, 29.0, *[32.3] * 10]
    parts = start_up_of(ended(OURS, 33.0, times), 20.3)
    assert parts['import, data, model'] == 5
    assert parts['warm-up'] == pytest.approx(5)
    assert parts['evaluation'] == pytest.approx(2)
    assert parts['rest'] == pytest.approx(0.7)


def test_counts_the_steps_that_karpathy_counts():
    steps = [
        f'step {i:05d} (1.0%) | loss: 9.0 | lrm: 1.00 | dt: {9000 if i < 11 else 337}ms'
        f' | tok/sec: {58_000 if i < 11 else 1_500_000 + 1_500_000 * (i == 12):,} | mfu: 37.6% | epoch: 1    '
        for i in range(13)
    ]
    block = 'val_bpb:          1.2\ntraining_seconds: 0.5\npeak_vram_mb:     45061.0\nnum_steps:        13\n'
    text = '\n'.join(['Estimated FLOPs per token: 2.360000e+08', *steps, '---', block])
    found = karpathy_speed_of(ended(text, 70.0), 989.5e12)
    assert found['tokens_per_second'] == pytest.approx(2_000_000)  # the mean of times, not of rates
    assert found['step_ms'] == pytest.approx(250)
    assert found['mfu_percent'] == pytest.approx(100 * 2e6 * 2.36e8 / 989.5e12)
    assert found['overhead_s'] == 69.5
