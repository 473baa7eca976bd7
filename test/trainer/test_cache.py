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


@pytest.mark.parametrize('error', [RuntimeError, AssertionError, TypeError])
def test_what_cannot_run_here_is_left_out_and_said(error, capsys):
    cannot = error('out of resource: shared memory\nRequired: 300000')
    assert Measured({'a': cannot, 'b': 1.0}).choose() == 'b'
    said = f'test: a cannot run here ({error.__name__}: out of resource: shared memory)'
    assert said in capsys.readouterr().err.splitlines()
    assert Measured({'a': cannot}).choose() is None


def test_memory_that_runs_out_is_no_reason_to_choose_another_kernel_ever_after():
    class OutOfMemoryError(RuntimeError):
        pass

    measured = Measured({'a': OutOfMemoryError('no room'), 'b': 2.0})
    with pytest.raises(OutOfMemoryError):
        measured.choose()
    measured.seconds['a'] = 1.0
    assert measured.choose() == 'a'


def test_a_choice_that_cannot_be_written_is_made_and_said(monkeypatch, tmp_path, capsys):
    (tmp_path / 'file').touch()
    monkeypatch.setenv('NIGHTSHIFT_CACHE', str(tmp_path / 'file'))
    measured = Measured({'a': 1.0, 'b': 0.5})
    assert [measured.choose(), measured.choose()] == ['b', 'b']
    assert measured.calls == ['a', 'b'] * 2
    assert 'test: the choice is not remembered' in capsys.readouterr().err


def test_processes_that_measure_at_the_same_time_agree():
    other = Measured({'a': 1.0, 'b': 2.0})

    def measured_while_another_does() -> float:
        other.choose()
        return 3.0

    ours = {'a': measured_while_another_does, 'b': lambda: 2.0}
    assert cache.fastest('test', {}, ours, 60) == 'a'
    assert other.choose() == 'a'


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
    for content in (
        '{',
        '[]',
        '[' * 100_000,
        json.dumps({'key': 'other', 'chosen': 'b'}),
        json.dumps({'chosen': 3}),
    ):
        path.write_text(content)
        assert measured.choose() == 'a'
    assert measured.calls == ['a', 'b'] * 6


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
    unset = python(code, NIGHTSHIFT_CACHE=str(tmp_path), TORCHINDUCTOR_CACHE_DIR='')
    assert unset.stdout == ours.stdout


def test_a_run_of_a_session_keeps_kernels_and_choices_in_the_folder_of_the_session(tmp_path, monkeypatch):
    kept = Measured({'a': 2.0, 'b': 1.0})
    assert kept.choose(card='kept') == 'b'
    before = sorted(path for path in cache.cache_root().rglob('*'))
    monkeypatch.setenv('NIGHTSHIFT_COMPILED', str(tmp_path))
    monkeypatch.setenv('TORCHINDUCTOR_CACHE_DIR', '')
    assert kept.choose(card='kept') == 'b'
    assert kept.calls == ['a', 'b']
    new = Measured({'a': 1.0, 'b': 2.0})
    assert [new.choose(card='new'), new.choose(card='new')] == ['a', 'a']
    assert new.calls == ['a', 'b']
    cache.keep_compiled()
    version = f'python{sys.version_info[0]}.{sys.version_info[1]}'
    assert os.environ['TORCHINDUCTOR_CACHE_DIR'] == str(tmp_path / 'compiled' / version)
    assert sorted(path for path in cache.cache_root().rglob('*')) == before


def test_where_the_cache_folder_cannot_be_written_kernels_stay_where_torch_keeps_them(tmp_path, monkeypatch):
    (tmp_path / 'file').touch()
    monkeypatch.setenv('NIGHTSHIFT_CACHE', str(tmp_path / 'file'))
    cache.keep_compiled()
    monkeypatch.setenv('NIGHTSHIFT_CACHE', str(tmp_path))
    monkeypatch.setattr(cache.os, 'access', lambda *_: False)
    cache.keep_compiled()
    assert 'TORCHINDUCTOR_CACHE_DIR' not in os.environ


def test_kernels_that_no_run_used_for_two_weeks_are_removed_and_nothing_else():
    root = cache.cache_root()
    day = 86_400
    now = time.time()
    files = {'compiled/python3.12/old/a.json': 20, 'compiled/python3.12/new/a.json': 3}
    files |= {'compiled/python3.12/partly/a.json': 20, 'compiled/python3.12/partly/a.cubin': 3}
    files |= {'stdlib-1/meta.json': 20, 'elsewhere/kept.json': 20, 'compiled/own.txt': 20}
    for name, age in files.items():
        path = Path(root, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (now - age * day, now - age * day))
    Path(root, 'compiled/python3.12/link').symlink_to(root / 'elsewhere')
    cache.remove_unused(now)
    assert [name for name in files if Path(root, name).exists()] == list(files)[1:]
    assert not Path(root, 'compiled/python3.12/old').exists()
