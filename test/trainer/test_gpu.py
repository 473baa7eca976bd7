"""The whole of bench/gpu.sh, from a copy of bench/ beside a stand-in for the trainer, which only prints."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

TRAIN = """
import os, sys
WINDOW_PATTERN = None  # S short, L full
SHORT_WINDOW_RATIO = 0.5  # short / full


def main():
    if SHORT_WINDOW_RATIO == 0.25:
        sys.exit('RuntimeError: CUDA error: an illegal memory access was encountered')
    print("preset cpu: DEPTH = 2")
    print("model: n_layer 2, windows 256-256, 9 parameters, torch.float32; batch: 2 × 16 × 256 tokens")
    with open(os.environ['NIGHTSHIFT_CURVE'], 'a') as curve:
        curve.write('1,0.500,7.0\\n2,1.000,6.9\\n')
    print('time: import 1.0 s, warm-up 2.0 s, training 1.0 s, evaluation 0.5 s')
    print('---')
    for name, value in {'val_bpb': 2.5, 'training_seconds': 1.0, 'peak_vram_mb': 123.0, 'mfu_percent': 41.5,
                        'total_tokens_M': 0.0, 'num_steps': 2}.items():
        print(f'{name + ":":<17} {value}')


if __name__ == '__main__':
    main()
"""

KARPATHY = """
from kernels import get_kernel
print('Estimated FLOPs per token: 1.000000e+06')
for step in range(12):
    print(f"\\rstep {step:05d} (9.0%) | loss: 9.0 | dt: 250ms | tok/sec: 8,192 | mfu: 1.0%    ", end='')
print()
print('---\\nval_bpb:          2.600000\\ntraining_seconds: 0.2\\nnum_steps:        12')
"""


@pytest.fixture
def bench(tmp_path):
    """Runs a copy of bench/gpu.sh beside a stand-in for the trainer."""
    shutil.copytree(ROOT / 'bench', tmp_path / 'bench', ignore=shutil.ignore_patterns('__pycache__'))
    (tmp_path / 'trainer').mkdir()
    (tmp_path / 'trainer' / 'train.py').write_text(TRAIN)
    (tmp_path / 'trainer' / 'prepare.py').write_text('')
    (tmp_path / 'karpathy').mkdir()
    (tmp_path / 'karpathy' / 'train.py').write_text(KARPATHY)
    (tmp_path / 'bench' / 'trainer' / 'karpathy' / 'kernels.py').write_text('get_kernel = None')

    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ['sh', 'bench/gpu.sh', *arguments],
            cwd=tmp_path,
            env={**os.environ, 'TRAINER_PYTHON': sys.executable},
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run


def test_measures_what_it_can_and_says_what_failed(bench, tmp_path):
    ended = bench('--device', 'cpu', '--karpathy', 'karpathy', '--out', 'out')
    text = ended.stdout
    assert ended.returncode == 1
    rows = {line.split('|')[1].strip(): line.split()[-6:] for line in text.splitlines() if line[:1] == '|'}
    assert rows['tokens a second'] == ['16.4k', '|', '16.4k', '|', '8.2k', '|']
    assert rows["times karpathy's"] == ['2.000', '|', '2.000', '|', '1.000', '|']
    assert '| warm-up ' in text
    assert 'failed: quarter: exit code 1: RuntimeError: CUDA error: an illegal memory access' in text
    assert 'failed: inside: ' in text  # the stand-in has no model to look into
    assert 'failed: plain: ' in text
    assert 'failed: presets: needs CUDA' in text
    assert 'failed: search: needs CUDA' in text
    assert 'a try of the script on the CPU' in text
    tables = [line for line in text.splitlines() if line.startswith('|')]
    assert max(map(len, tables)) <= 80
    assert (tmp_path / 'out' / 'table.txt').read_text() == text
    found = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert found['found']['warm']['val_bpb'] == 2.5
    assert found['found']['karpathy']['tokens_per_second'] == pytest.approx(8192)
    assert '===== cold' in (tmp_path / 'out' / 'log.txt').read_text()


def test_a_cold_start_is_one_beside_prepared_data(tmp_path):
    sys.path.insert(0, str(ROOT / 'bench' / 'trainer'))
    from measuring.trainer import Machine

    cache = tmp_path / 'cache'
    for name in ('stdlib-1', 'compiled', 'choices'):
        (cache / name).mkdir(parents=True)
        (cache / name / 'file').write_text('x')
    machine = Machine(tmp_path / 'work', 'auto')
    machine.use_prepared(cache)
    seen = Path(machine.environment('main')['NIGHTSHIFT_CACHE'])
    assert [path.name for path in seen.iterdir()] == ['stdlib-1']
    assert (seen / 'stdlib-1' / 'file').read_text() == 'x'


def test_compares_the_loss_of_seeds(bench):
    ended = bench('--device', 'cpu', '--loss', '--karpathy', 'karpathy', '--seeds', '1,2')
    assert ended.returncode == 0, ended.stderr
    assert '| ours, seed 2     |  2.5000 |' in ended.stdout
    assert 'val_bpb, ours minus karpathy: -0.1000 ± 0.0000' in ended.stdout
    started = [line.split(' 2')[0].split(' 1')[0] for line in ended.stderr.splitlines() if 'started' in line]
    assert started == ['data       data, tokenized: started', 'ours', 'his', 'his', 'ours']


def test_prints_what_it_has_when_it_is_stopped(bench, tmp_path):
    train = tmp_path / 'trainer' / 'train.py'
    train.write_text(TRAIN.replace('    main()', '    import time; time.sleep(99)'))
    command = [sys.executable, 'bench/trainer/gpu.py', '--device', 'cpu', '--only', 'data,cold,warm']
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in running.stderr:
        if line.startswith('cold'):
            break
    running.terminate()
    text, _ = running.communicate(timeout=60)
    assert running.returncode == 1
    assert 'failed: cold: stopped' in text
    assert 'not run: warm: stopped' in text


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--only', 'cold,hot'], '--only has no part "hot"'),
        (['--karpathy', 'nowhere'], 'nowhere has no train.py'),
        (['--seeds', '1'], '--seeds is of --loss'),
        (['--loss', '--seeds', 'one'], '--seeds must be whole numbers from 1'),
    ],
)
def test_refuses_options_that_cannot_work(bench, arguments, message):
    ended = bench(*arguments)
    assert ended.returncode == 2
    assert message in ended.stderr


def test_needs_a_gpu_unless_it_is_a_try(bench, monkeypatch):
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    ended = bench()
    assert ended.returncode == 2
    assert ended.stderr.startswith('error: torch finds no CUDA GPU.\n')


def test_names_its_limits_and_an_example():
    ended = subprocess.run(
        [sys.executable, ROOT / 'bench/trainer/gpu.py', '--help'], capture_output=True, text=True
    )
    assert 'in at most 290 s' in ended.stdout
    assert 'sh bench/gpu.sh --karpathy /tmp/autoresearch' in ended.stdout
