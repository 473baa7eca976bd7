"""inside.py looks into the real train.py; so does plain.py, beside it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCH = ROOT / 'bench' / 'trainer'

# A step of milliseconds. Evaluation rows have 256 tokens.
SMALL = ['DEPTH=1', 'ASPECT_RATIO=32', 'HEAD_DIM=16', 'MAX_SEQ_LEN=32', 'TOTAL_BATCH_SIZE=64']


@pytest.fixture
def said(corpus):
    def run(*command: object, **variables: str) -> list[str]:
        ended = subprocess.run(
            [sys.executable, *map(str, command)],
            env={
                **os.environ,
                'NIGHTSHIFT_DATA': f'folder:{corpus}',
                'CUDA_VISIBLE_DEVICES': '',
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.splitlines()

    return run


def test_tells_where_a_step_goes_and_how_long_the_evaluation_takes(said):
    lines = said(BENCH / 'measuring' / 'inside.py', ROOT / 'trainer', *SMALL, NIGHTSHIFT_STEPS='14')
    found = [json.loads(line[8:]) for line in lines if line.startswith('inside: ')]
    assert len(found) == 3  # after the profile, after the evaluation, at the end
    assert found[0]['profiled_steps'] == 3
    assert {kernel['phase'] for kernel in found[0]['kernels']} == {'pass', 'optimizer'}
    assert any(kernel['name'] == 'aten::mm' and kernel['ms'] > 0 for kernel in found[0]['kernels'])
    assert 'failed' not in found[-1]
    assert found[-1]['step_ms'] > 0
    evaluation = found[-1]['evaluation']
    assert evaluation['rows'] > 0
    assert evaluation['most_rows'] == 96
    assert evaluation['most_rows_seconds'] > 0


def test_the_plain_model_says_what_the_table_needs(said):
    found = json.loads(said(BENCH / 'plain.py', 'plain', '0.1')[-1])
    assert {'tokens', 'steps', 'seconds', 'flops_per_token', 'peak_mb', 'batch', 'parameters'} <= set(found)
    assert found['tokens'] == found['steps'] * 2**13
