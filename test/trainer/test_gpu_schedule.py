import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / 'bench' / 'trainer'))

from measuring.process import run_process
from measuring.schedule import Clock, Failed, Part, Results, run_parts


def test_a_part_that_fails_ends_no_other(capsys):
    def fail(_limit: float) -> dict:
        raise Failed('exit code 1: CUDA error')

    def break_down(_limit: float) -> dict:
        return {}['no such key']

    results = Results()
    parts = [
        Part('a', 'first', 0, 9, fail),
        Part('b', 'second', 0, 9, break_down),
        Part('c', 'third', 0, 9, lambda limit: {'limit': limit}),
    ]
    run_parts(parts, Clock(100), results, lambda: False)
    assert results.failed == {'a': 'exit code 1: CUDA error', 'b': "KeyError: 'no such key'"}
    assert results.found == {'c': {'limit': 9}}
    assert 'a          first: failed: exit code 1: CUDA error' in capsys.readouterr().err


def test_no_part_starts_with_too_little_time_and_none_gets_more():
    results = Results()
    parts = [
        Part('long', 'needs more', 50, 60, lambda limit: {}),
        Part('short', 'needs less', 5, 60, lambda limit: {'limit': limit}),
    ]
    run_parts(parts, Clock(20), results, lambda: False)
    assert results.not_run == {'long': '20 s left, 50 s needed'}
    assert 19 < results.found['short']['limit'] <= 20


def test_nothing_starts_after_a_signal():
    results = Results()
    run_parts([Part('a', 'first', 0, 9, lambda limit: {})], Clock(20), results, lambda: True)
    assert results.not_run == {'a': 'stopped'}


def test_a_process_is_stopped_with_its_children(tmp_path):
    code = (
        'import subprocess, sys, time\n'
        'child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])\n'
        'print(child.pid, flush=True)\n'
        'time.sleep(60)\n'
    )
    ended = run_process([sys.executable, '-c', code], dict(os.environ), tmp_path, 5)
    assert ended.failure == f'stopped after 5 s: {ended.text}'
    for _ in range(100):  # until the system has removed it
        if not Path(f'/proc/{ended.text}').exists() or 'Z' in Path(f'/proc/{ended.text}/stat').read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail('the child lives on')


@pytest.mark.parametrize(
    ('code', 'failure'),
    [
        ('print("well")', None),
        ('import sys; print("a"); sys.exit(3)', 'exit code 3: a'),
        (
            'import sys; print("error: no room\\n       Make some."); sys.exit(2)',
            'exit code 2: error: no room',
        ),
        (
            'raise RuntimeError("CUDA error: lost\\nCompile with more")',
            'exit code 1: RuntimeError: CUDA error: lost',
        ),
        ('import sys; sys.exit(1)', 'exit code 1: no output'),
    ],
)
def test_says_why_a_process_failed(code, failure, tmp_path):
    assert run_process([sys.executable, '-c', code], dict(os.environ), tmp_path, 60).failure == failure


def test_reads_lines_that_end_in_carriage_returns(tmp_path):
    code = 'print("\\rstep 1 |   ", end=""); print("\\rstep 2 |   ", end=""); print()'
    lines = run_process([sys.executable, '-c', code], dict(os.environ), tmp_path, 60).lines
    assert [text.strip() for _, text in lines] == ['', 'step 1 |', 'step 2 |']


def test_a_program_that_is_not_there_has_failed(tmp_path):
    ended = run_process([str(tmp_path / 'none')], {}, tmp_path, 5)
    assert 'No such file' in ended.failure
