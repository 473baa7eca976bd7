"""Presets: what their documents are, and which split each belongs to."""

import json
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

import corpus
import prepare


def documents(wanted: str) -> list[tuple[str, str]]:
    return list(corpus.open_corpus(wanted, Path('unused')).documents())


def write_parquet(path: Path, texts: list[str], column: str = 'text') -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(pyarrow.table({column: texts}), path)


def test_a_folder_gives_text_lines_of_jsonl_and_rows_of_parquet_but_nothing_hidden_or_binary(tmp_path):
    (tmp_path / 'deep' / 'er').mkdir(parents=True)
    (tmp_path / 'deep' / 'er' / 'text.md').write_text('one')
    (tmp_path / 'lines.jsonl').write_text('{"text": "two"}\n\n{"text": "thr\\ud800ee", "id": 3}\n')
    write_parquet(tmp_path / 'rows.parquet', ['four', 'five', ''])
    (tmp_path / '.hidden').write_text('hidden')
    (tmp_path / '.git').mkdir()
    (tmp_path / '.git' / 'config').write_text('hidden')
    (tmp_path / 'image').write_bytes(b'\x89PNG\0')
    (tmp_path / 'latin.txt').write_bytes('é'.encode('latin-1'))
    (tmp_path / 'link.txt').symlink_to(tmp_path / 'deep' / 'er' / 'text.md')
    assert sorted(text for _, text in documents(f'folder:{tmp_path}')) == [
        'five',
        'four',
        'one',
        'three',
        'two',
    ]


def test_equal_documents_are_in_one_split_wherever_they_lie(tmp_path):
    for i in range(450):
        (tmp_path / f'{i}.txt').write_text(f'text {i % 150}')
    splits: dict[str, set[str]] = {}
    for split, text in documents(f'folder:{tmp_path}'):
        splits.setdefault(text, set()).add(split)
    assert len(splits) == 150
    assert all(len(found) == 1 for found in splits.values())
    assert set.union(*splits.values()) == {'train', 'val', 'holdout'}


def test_the_split_of_a_text_never_changes():
    known = {'0': 'train', '16': 'val', '23': 'holdout'}
    assert {text: corpus.split_of(text) for text in known} == known


def test_splits_have_about_their_share_of_many_texts():
    found = [corpus.split_of(f'text {i}') for i in range(20_000)]
    assert {split: round(100 * found.count(split) / len(found)) for split in corpus.SPLITS} == corpus.SPLITS


def test_a_large_file_is_cut_at_line_ends_and_nothing_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, 'LARGE', 1000)
    monkeypatch.setattr(corpus, 'BLOCK', 100)
    text = ''.join(f'line {i} é\n' for i in range(300))
    (tmp_path / 'large.txt').write_text(text)
    found = [text for _, text in documents(f'folder:{tmp_path}')]
    assert ''.join(found) == text
    assert all(part.endswith('\n') and len(part) < 130 for part in found)
    (tmp_path / 'large.txt').write_text(
        '値' * 1000
    )  # no line ends: cut anywhere, at most a character lost a cut
    found = [text for _, text in documents(f'folder:{tmp_path}')]
    assert set(''.join(found)) == {'値'}
    assert all(len(part.encode()) <= 200 for part in found)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / 'lines.jsonl').write_text('{"text": "x"}')
    found = corpus.open_corpus(f'folder:{tmp_path}', tmp_path)
    (tmp_path / 'lines.jsonl').unlink()
    with pytest.raises(prepare.Failure, match=r'lines\.jsonl could not be read'):
        list(found.documents())


@pytest.mark.parametrize('line', ['{"text": 3}', '{"content": "x"}', 'not json', '["text"]'])
def test_a_line_without_text_is_named(tmp_path, line):
    (tmp_path / 'lines.jsonl').write_text(f'{json.dumps({"text": "x"})}\n{line}\n')
    with pytest.raises(prepare.Failure, match=r'lines\.jsonl:2 has'):
        documents(f'folder:{tmp_path}')


def test_a_parquet_file_without_text_and_one_that_is_none_are_named(tmp_path):
    write_parquet(tmp_path / 'rows.parquet', ['x'], column='body')
    with pytest.raises(prepare.Failure, match=r'no column "text" \(it has body\)'):
        documents(f'folder:{tmp_path}')
    (tmp_path / 'rows.parquet').write_bytes(b'nothing')
    with pytest.raises(prepare.Failure, match='not a readable parquet file'):
        documents(f'folder:{tmp_path}')


def test_without_pyarrow_the_command_that_installs_it_is_said_before_anything_is_downloaded(
    tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, 'pyarrow.parquet', None)
    for wanted in ('climbmix', 'tinystories'):
        with pytest.raises(prepare.Failure, match='needs the Python package pyarrow') as failure:
            documents(wanted)
        assert 'pip install' in failure.value.advice


@pytest.mark.parametrize(
    ('wanted', 'message'),
    [
        ('wikipedia', 'The data "wikipedia" is unknown'),
        ('folder:', 'The data "folder:" is unknown'),
        ('climbmix:many', 'The data "climbmix:many" is unknown'),
        ('climbmix:0', 'climbmix:0 is not possible'),
        ('climbmix:6542', 'climbmix:6542 is not possible'),
        ('folder:/nowhere', 'The data folder /nowhere does not exist'),
    ],
)
def test_data_that_is_not_known_is_refused_with_what_is(wanted, message):
    with pytest.raises(prepare.Failure, match=message):
        documents(wanted)


def test_an_empty_folder_and_one_without_python_source_are_refused(tmp_path):
    with pytest.raises(prepare.Failure, match='is empty'):
        documents(f'folder:{tmp_path}')
    with pytest.raises(prepare.Failure, match='no Python source'):
        corpus.source_files(tmp_path)


def test_the_standard_library_is_the_source_that_runs_without_its_tests():
    names = {path.as_posix() for path in corpus.source_files(Path(json.__file__).parents[1])}
    assert any(name.endswith('json/decoder.py') for name in names)
    assert not any('/test/' in name or 'site-packages' in name for name in names)


def hub(cache: Path, monkeypatch) -> list[str]:
    """Puts files in the place of downloads; gives the names that were asked for."""
    asked: list[str] = []

    def file(repository: str, name: str, _: Path, __: str) -> Path:
        asked.append(f'{repository}/{name}')
        return cache / name

    monkeypatch.setattr(corpus, 'hub_file', file)
    return asked


def test_the_last_shard_of_climbmix_is_val_and_the_one_before_it_the_holdout(tmp_path, monkeypatch):
    for i in (0, 1, 6541, 6542):
        write_parquet(tmp_path / f'shard_{i:05d}.parquet', [f'{i}a', f'{i}b'])
    asked = hub(tmp_path, monkeypatch)
    found = documents('climbmix:2')
    assert found[:4] == [('val', '6542a'), ('val', '6542b'), ('holdout', '6541a'), ('holdout', '6541b')]
    assert found[4:] == [('train', '0a'), ('train', '0b'), ('train', '1a'), ('train', '1b')]
    assert asked[0] == 'karpathy/climbmix-400b-shuffle/shard_06542.parquet'


def test_tinystories_has_the_splits_of_its_authors(tmp_path, monkeypatch):
    monkeypatch.setattr(corpus, 'TINYSTORIES_HELD', 2)
    write_parquet(tmp_path / 'tinystories_gpt4_clean.parquet', list('abcdefg'))
    hub(tmp_path, monkeypatch)
    splits = ''.join(split[0] for split, _ in documents('tinystories'))
    assert splits == 'hhvvttt'
