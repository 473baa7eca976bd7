import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / 'bench' / 'trainer'))

from measuring.loss_table import difference
from measuring.schedule import Results
from measuring.table import report

FACTS = {'card': 'NVIDIA H100 80GB HBM3', 'memory_gib': 79.2, 'driver': '580.159.04', 'cores': 16}
FACTS |= {'torch': '2.11.0+cu130', 'python': '3.12.3', 'data': 'stdlib', 'date': '2026-11-28 03:00'}
FACTS |= {'commit': '1234abcd', 'train_py': '0123456789ab', 'checkout': 'commit 228791f, 0123456789ab'}


def speed(rate: float, **more: object) -> dict:
    return {
        'tokens_per_second': rate,
        'step_ms': 2**19 / rate * 1000,
        'mfu_percent': 40.1,
        'peak_mb': 45061.0,
        'val_bpb': 1.1234,
        'steps': 1234,
        'batch': '2 × 128 × 2048',
        'overhead_s': 18.5,
        'start_up': {'import': 3.0, 'warm-up': 6.2, 'rest': 1.0},
        **more,
    }


def full() -> Results:
    kernels = [
        {'phase': 'pass', 'name': 'nvjet_' + 'a' * 200, 'ms': 128.5, 'calls': 400.0},
        {'phase': 'pass', 'name': 'unheard_of_' + 'b' * 200, 'ms': 3.0, 'calls': 40.0},
    ]
    evaluation = {'rows': 47, 'seconds': 2.0, 'most_rows': 2560, 'most_rows_seconds': 5.0}
    found = {
        'search': {'seconds': 41.2, 'chosen': ['full attention: cudnn_attention (' + 'c' * 90 + ')']},
        'cold': speed(1.6e6, overhead_s=29.0),
        'warm': speed(1.66e6, preset='80gb', mfu_causal_percent=31.0),
        'half': speed(1.66e6, same_as='warm'),
        'quarter': speed(1.8e6),
        'plain': speed(1.2e6),
        'karpathy': speed(1.5e6),
        'inside': {'kernels': kernels, 'step_ms': 140.0, 'evaluation': evaluation},
        'presets': {'24gb': speed(2e6), '8gb': speed(3e6), '8gb, fp32': {'failed': 'exit code 1: no'}},
    }
    return Results(found=found, not_run={'plain': '3 s left, 20 s needed'})


def test_all_that_a_gpu_gives_fits_in_80_columns():
    text = report(FACTS, full(), ['243 s in all'])
    assert max(len(line) for line in text.splitlines()) <= 80
    for line in (
        "| times karpathy's | 1.107 | 1.107 | 1.200 | 0.800 |    1.000 |",
        "| tokens/s, windows 1/2, times karpathy's |     >= 1.050 |     1.107 |        |",
    ):
        assert [cell.strip() for cell in line.split('|')][:4] in [
            [cell.strip() for cell in row.split('|')][:4] for row in text.splitlines()
        ]
    assert 'of 2,560, the most: 5.0 s' in text
    assert 'once before: compilation and search, 41.2 s' in text
    assert 'full attention: cudnn_attention (ccc' in text
    assert '8gb, fp32: exit code 1: no' in text
    assert 'not run: plain: 3 s left, 20 s needed' in text
    assert text.count('| met |') + text.count('|    met |') == 4
    assert 'missed' in text


def test_judges_only_cards_like_the_one_that_the_targets_are_for():
    text = report(FACTS | {'card': 'NVIDIA A100-SXM4-80GB'}, full(), [])
    assert 'missed' not in text
    assert 'This is NVIDIA A100-SXM4-80GB, not an H100.' in text


def test_says_what_little_there_is():
    text = report(FACTS, Results(failed={'cold': 'exit code 1: error: no space'}), [])
    assert 'failed: cold: exit code 1: error: no space' in text
    assert 'tokens a second' not in text


def test_compares_means_with_their_standard_error():
    assert difference([1.0, 1.2], [1.3, 1.5]).startswith('val_bpb, ours minus karpathy: -0.3000 ± 0.1414')
    assert difference([1.5], [1.4]).splitlines() == [
        'val_bpb, ours minus karpathy: +0.1000',
        'wanted: no worse; missed',
    ]
    assert difference([1.5], []) == ''
