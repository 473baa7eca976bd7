"""The cache folder: choices that are measured once, and compiled kernels."""

import json
import os
import sys
import time
from pathlib import Path

import pytest
from conftest import TRAINER, python

import cache


class Measured:
    """Candidates that take the given seconds; counts how often each is measured."""

    def __init__(self, seconds: dict[str, float | Exception]) -> None:
        self.calls: list[str] = []
        self.candidates = {name: lambda name=name: self.measure(name) for name in seconds}
        self.seconds = seconds

    def measure(self, name: str) -> float:
        self.calls.append(name)
        if isinstance(found := self.seconds[name], Exception):
            raise found
        return found

    def choose(self, limit: float = 60, **conditions: object) -> str | None:
        return cache.fastest('test', conditions, self.candidates, limit)


def test_the_fastest_is_chosen_and_not_measured_again_under_the_same_conditions(capsys):
    measured = Measured({'a': 0.004, 'b': 0.002, 'c': 0.003})
    assert measured.choose(card='H100') == 'b'
    assert 'test: b (a 4.00 ms, b 2.00 ms, c 3.00 ms)' in capsys.readouterr().err
    measured.seconds['a'] = 0.001
    assert measured.choose(card='H100') == 'b'
    assert measured.calls == ['a', 'b', 'c']
    assert measured.choose(card='RTX 4090') == 'a'


def test_the_first_is_chosen_unless_another_is_clearly_faster():
    assert Measured({'torch': 1.0, 'own': 0.98}).choose() == 'torch'
    assert Measured({'torch': 1.0, 'own': 0.96}).choose(card='other') == 'own'


def test_what_cannot_run_here_is_left_out_and_other_errors_are_not_hidden():
    cannot = RuntimeError('out of resource: shared memory')
    assert Measured({'a': cannot, 'b': 1.0}).choose() == 'b'
    assert Measured({'a': cannot}).choose() is None
    with pytest.raises(TypeError):
        Measured({'a': TypeError('a mistake')}).choose()


def test_after_the_limit_no_further_candidate_is_measured(monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr(cache.time, 'perf_counter', lambda: next(now))
    measured = Measured({'a': 3.0, 'b': 2.0, 'c': 1.0})
    assert measured.choose(limit=1) == 'b'
    assert measured.calls == ['a', 'b']


def test_a_choice_whose_file_is_damaged_is_measured_again():
    measured = Measured({'a': 1.0, 'b': 2.0})
    measured.choose()
    (path,) = (cache.cache_root() / 'choices').iterdir()
    for content in ('{', '[]', json.dumps({'key': 'other', 'chosen': 'b'}), json.dumps({'chosen': 3})):
        path.write_text(content)
        assert measured.choose() == 'a'
    assert measured.calls == ['a', 'b'] * 5


def test_compiled_kernels_are_kept_in_the_cache_folder_unless_the_user_names_another(tmp_path):
    code = f"""
        import os, sys
        sys.path.insert(0, {str(TRAINER)!r})
        import train
        print(os.environ['TORCHINDUCTOR_CACHE_DIR'])
    """
    ours = python(code, NIGHTSHIFT_CACHE=str(tmp_path))
    version = f'python{sys.version_info[0]}.{sys.version_info[1]}'
    assert ours.stdout == f'{tmp_path / "compiled" / version}\n'
    assert python(code, TORCHINDUCTOR_CACHE_DIR='/elsewhere').stdout == '/elsewhere\n'


def test_kernels_that_no_run_used_for_two_weeks_are_removed_and_nothing_else():
    root = cache.cache_root()
    day = 86_400
    now = time.time()
    files = {'compiled/python3.12/old': 20, 'compiled/python3.12/new': 3, 'stdlib-1/meta.json': 20}
    for name, age in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (now - age * day, now - age * day))
    cache.remove_unused(now)
    assert [name for name in files if Path(root, name).exists()] == list(files)[1:]
