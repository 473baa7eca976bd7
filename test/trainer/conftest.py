"""A tiny corpus, the data prepared from it, and two ways to run the trainer on it: here, and as a process."""

import json
import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

TRAINER = Path(__file__).parents[2] / 'trainer'
sys.path.insert(0, str(TRAINER))

import torch  # noqa: E402

import evaluation  # noqa: E402
import prepare  # noqa: E402
import train  # noqa: E402

torch.set_num_threads(1)  # the sizes are so small that a second thread only waits

# Small enough that a step takes a millisecond.
TINY = {'device': 'cpu', 'min_gib': 0, 'compile': False}
TINY |= {'DEPTH': 1, 'HEAD_DIM': 8, 'MAX_SEQ_LEN': 16, 'WINDOW_PATTERN': 'L', 'SOFTCAP': 0.0}
TINY |= {'TOTAL_BATCH_SIZE': 32, 'DEVICE_BATCH_SIZE': 2, 'LR_SCALE': 1.0}
SIZES = {'ASPECT_RATIO': 16, 'VE_GATE_CHANNELS': 8, 'PRESETS': {'cpu': TINY}}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith('NIGHTSHIFT_')]:
        monkeypatch.delenv(name)
    monkeypatch.delenv('TORCHINDUCTOR_CACHE_DIR', raising=False)  # train.py set it, for this process alone
    monkeypatch.setenv('NIGHTSHIFT_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setattr(evaluation, 'measured_before', False)


@pytest.fixture(scope='session')
def corpus(tmp_path_factory) -> Path:
    """120 files of Python-like text, some beyond ASCII, and three that must be left out."""
    root = tmp_path_factory.mktemp('corpus')
    words = ['def', 'return', 'self', 'naïve', 'λ', '値', '🦜', 'x', '==', '    ', prepare.END_OF_TEXT]
    for i in range(120):
        chance = random.Random(i)
        text = '\n'.join(' '.join(chance.choices(words, k=8)) for _ in range(40))
        path = root / f'package{i % 7}' / f'module{i}.py'
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, 'utf-8')
    (root / 'latin.py').write_bytes('# é'.encode('latin-1'))
    (root / 'binary.py').write_bytes(b'x = 1\0')
    (root / '.hidden').mkdir()
    (root / '.hidden' / 'installed.py').write_text('installed = True')
    return root


@pytest.fixture(scope='session')
def data(corpus, tmp_path_factory) -> prepare.Data:
    return prepare.prepare(f'folder:{corpus}', 400, tmp_path_factory.mktemp('cache'))


@pytest.fixture
def small(monkeypatch):
    for name, value in SIZES.items():
        monkeypatch.setattr(train, name, value)


@pytest.fixture
def measured(tmp_path):
    """What the evaluation of the last run wrote."""
    return lambda: json.loads((tmp_path / 'eval.json').read_text())


@pytest.fixture
def run(small, data, monkeypatch, tmp_path, capsys):
    """One run of the trainer in this process, four steps by default; gives what it printed."""
    monkeypatch.setattr(prepare, 'prepare', lambda *_: data)

    def start(**environment: str) -> str:
        own = {'NIGHTSHIFT_EVAL': str(tmp_path / 'eval.json'), 'NIGHTSHIFT_STEPS': '4', **environment}
        with monkeypatch.context() as patch:
            for name, value in own.items():
                patch.setenv(name, value)
            patch.setattr(evaluation, 'measured_before', False)
            train.run()
        return capsys.readouterr().out

    return start


@pytest.fixture
def run_process(corpus, data, tmp_path):
    """The same as a process, for what ends one; gives its exit code, output and errors."""

    def start(
        constants: dict | None = None, preset: dict | None = None, **environment: str
    ) -> subprocess.CompletedProcess:
        code = f"""
            import sys
            from pathlib import Path
            sys.path.insert(0, {str(TRAINER)!r})
            import prepare, train
            vars(train).update({ ({**SIZES, **(constants or {})})!r})
            train.PRESETS['cpu'] |= {preset or {}!r}
            whole = prepare.prepare
            prepare.prepare = lambda *_: whole({f'folder:{corpus}'!r}, 400, Path({str(data.path.parent)!r}))
            sys.exit(prepare.guarded(train.run))
        """
        return python(code, NIGHTSHIFT_EVAL=str(tmp_path / 'eval.json'), **environment)

    return start


def python(code: str, preexec=None, **environment: str) -> subprocess.CompletedProcess:
    """Runs a piece of Python as a process."""
    return subprocess.run(
        [sys.executable, '-c', textwrap.dedent(code)],
        env={**os.environ, **environment},
        preexec_fn=preexec,
        capture_output=True,
        text=True,
        timeout=120,
    )
