"""Where val and holdout lie, and that a run works without them."""

import os
import shutil

import pytest
import torch

import corpus as corpora
import prepare


def prepared(corpus, cache, **options) -> prepare.Data:
    return prepare.prepare(f'folder:{corpus}', 400, cache, **options)


@pytest.fixture
def own(data, tmp_path) -> prepare.Data:
    """A copy of the prepared data, which a test may change."""
    shutil.copytree(data.path.parent, tmp_path / 'own')
    return prepare.read_prepared(tmp_path / 'own' / data.path.name, 400)


def as_by_an_earlier_version(own: prepare.Data) -> None:
    for name in prepare.HELD_FILES:
        own.file(name).rename(own.path / name)
    shutil.rmtree(own.path.parent / prepare.HELD_FOLDER)


def test_they_lie_in_a_folder_of_their_own(data):
    assert sorted(path.name for path in data.path.iterdir()) == [
        'meta.json',
        'token_bytes.u16',
        'tokenizer.json',
        'train.starts.i64',
        'train.u16',
    ]
    held = data.path.parent / 'held-out' / data.path.name
    assert sorted(path.name for path in held.iterdir()) == ['holdout.u16', 'val.u16']


def test_those_of_an_earlier_version_are_moved_and_not_prepared_again(corpus, own, capsys):
    as_by_an_earlier_version(own)
    again = prepared(corpus, own.path.parent)
    assert again == own
    assert not (own.path / 'val.u16').exists()
    prepare.check(again)
    assert capsys.readouterr().err == ''


def test_those_of_an_earlier_version_are_moved_by_a_run_only_if_it_may(corpus, own, monkeypatch):
    as_by_an_earlier_version(own)
    monkeypatch.setenv('NIGHTSHIFT_EVALUATOR', '3')
    assert prepared(corpus, own.path.parent) == own
    assert (own.path / 'val.u16').exists()


def test_a_run_with_an_evaluator_needs_neither(corpus, own, monkeypatch):
    shutil.rmtree(own.path.parent / prepare.HELD_FOLDER)
    monkeypatch.setenv('NIGHTSHIFT_EVALUATOR', '3')
    assert prepared(corpus, own.path.parent) == own


def test_hidden_ones_are_not_prepared_again_and_only_the_evaluation_misses_them(corpus, own):
    shutil.rmtree(own.path.parent / prepare.HELD_FOLDER)
    (own.path.parent / prepare.HELD_FOLDER).mkdir()
    assert prepared(corpus, own.path.parent) == own
    with pytest.raises(prepare.Failure, match=r'val\.u16 could not be read'):
        prepare.evaluate(lambda x: torch.zeros(*x.shape, own.vocabulary), own, torch.device('cpu'))


def test_missing_ones_are_prepared_again(corpus, own, capsys):
    shutil.rmtree(own.path.parent / prepare.HELD_FOLDER)
    assert prepared(corpus, own.path.parent) == own
    assert 'tokenizer' in capsys.readouterr().err
    prepare.check(own)


def test_downloads_of_an_earlier_version_are_kept(tmp_path, monkeypatch):
    (tmp_path / 'hub' / 'some--data').mkdir(parents=True)
    (tmp_path / 'hub' / 'some--data' / 'file').write_text('whole')
    monkeypatch.setattr(corpora, 'download', lambda repository, name, folder: folder / name)
    path = corpora.hub_file.__wrapped__('some/data', 'file', tmp_path, 'file 1 of 1')
    assert path == tmp_path / 'downloads' / 'some--data' / 'file'
    assert path.read_text() == 'whole'
    assert not os.path.exists(tmp_path / 'hub')
