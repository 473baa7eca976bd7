"""Data: splits, tokenizer, and a cache folder that is whole or not there."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import TRAINER, python
from tokenizers import Tokenizer

import prepare

imports = (
    f'import os, signal, sys; from pathlib import Path; sys.path.insert(0, {str(TRAINER)!r}); import prepare'
)


def documents(data: prepare.Data, split: str) -> list[str]:
    """The texts of a split, decoded from its tokens."""
    tokenizer = Tokenizer.from_file(str(data.path / 'tokenizer.json'))
    end = tokenizer.token_to_id(prepare.END_OF_TEXT)
    ids = np.array(data.split(split))
    assert ids[0] == end
    return [tokenizer.decode(part[1:].tolist()) for part in np.split(ids, np.flatnonzero(ids == end)[1:])]


def texts_of(corpus: Path, split: str) -> list[str]:
    """The texts of the files that belong to a split."""
    names = [path.relative_to(corpus).as_posix() for path in sorted(corpus.glob('package*/*.py'))]
    return [(corpus / name).read_text('utf-8') for name in names if prepare.split_of(name) == split]


@pytest.mark.parametrize('split', ['train', 'val', 'holdout'])
def test_each_split_holds_exactly_the_texts_of_its_files_and_none_of_another(corpus, data, split):
    assert sorted(documents(data, split)) == sorted(texts_of(corpus, split))


def test_every_file_is_in_one_split_and_all_splits_are_used(corpus, data):
    assert sum(len(documents(data, split)) for split in prepare.SPLITS) == 120
    assert all(data.tokens[split] > 0 for split in prepare.SPLITS)


def test_the_split_of_a_path_never_changes():
    known = {'typing.py': 'train', 'os.py': 'train', 'struct.py': 'val', 'asyncio/threads.py': 'val'}
    known |= {'hmac.py': 'holdout', 'http/server.py': 'holdout', 'json/decoder.py': 'train'}
    assert {name: prepare.split_of(name) for name in known} == known


def test_splits_have_about_their_share_of_many_files():
    found = [prepare.split_of(f'folder/file{i}.py') for i in range(20_000)]
    shares = {split: round(100 * found.count(split) / len(found)) for split in prepare.SPLITS}
    assert shares == prepare.SPLITS


def test_byte_lengths_of_tokens_sum_to_the_bytes_of_the_text(corpus, data):
    lengths = data.token_bytes()
    for split in prepare.SPLITS:
        size = sum(len(text.encode()) for text in texts_of(corpus, split))
        assert lengths[np.array(data.split(split))].sum() == size


def test_only_the_end_of_text_stands_for_no_bytes(data):
    tokenizer = Tokenizer.from_file(str(data.path / 'tokenizer.json'))
    assert np.flatnonzero(data.token_bytes() == 0).tolist() == [tokenizer.token_to_id(prepare.END_OF_TEXT)]


def test_preparing_twice_gives_the_same_data_and_the_second_imports_nothing_heavy(corpus, data):
    done = python(f"""
        {imports}
        print(prepare.prepare(Path({str(corpus)!r}), 400, Path({str(data.path.parent)!r})).fingerprint)
        assert not {{'torch', 'numpy', 'tokenizers'}} & set(sys.modules)
    """)
    assert (done.stdout.strip(), done.stderr) == (data.fingerprint, '')


def test_another_cache_folder_gets_the_same_fingerprint(corpus, data, tmp_path):
    again = prepare.prepare(corpus, vocabulary=400, cache=tmp_path)
    assert again.path != data.path
    assert again.fingerprint == data.fingerprint


def test_a_changed_file_gives_another_fingerprint(corpus, data, tmp_path):
    for path in corpus.rglob('*.py'):
        copy = tmp_path / 'corpus' / path.relative_to(corpus)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / 'corpus' / 'package0' / 'module0.py').write_text('changed = True')
    changed = prepare.prepare(tmp_path / 'corpus', vocabulary=400)
    assert changed.fingerprint != data.fingerprint


def test_a_preparation_killed_midway_leaves_nothing_that_counts_and_the_next_is_whole(corpus, data, tmp_path):
    done = python(f"""
        {imports}
        whole = prepare.write_tokens
        def killed(path, *rest):
            if path.stem == 'holdout': os.kill(os.getpid(), signal.SIGKILL)
            return whole(path, *rest)
        prepare.write_tokens = killed
        prepare.prepare(Path({str(corpus)!r}), 400, Path({str(tmp_path)!r}))
    """)
    assert done.returncode == -signal.SIGKILL
    (partial,) = tmp_path.glob('*.partial')
    assert (partial / 'val.u16').exists()

    again = prepare.prepare(corpus, vocabulary=400, cache=tmp_path)
    assert again.fingerprint == data.fingerprint
    assert not partial.exists()


@pytest.mark.parametrize('damage', ['meta.json', 'train.u16'])
def test_a_damaged_cache_folder_is_made_again(corpus, data, tmp_path, damage):
    first = prepare.prepare(corpus, vocabulary=400, cache=tmp_path)
    (first.path / damage).write_bytes(b'{')
    again = prepare.prepare(corpus, vocabulary=400, cache=tmp_path)
    assert again == first
    assert (again.path / damage).stat().st_size > 1


def test_a_cache_that_cannot_be_written_says_what_to_do(corpus, tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(prepare.Failure, match='cannot be written') as failure:
        prepare.prepare(corpus, vocabulary=400, cache=tmp_path / 'file' / 'cache')
    assert 'NIGHTSHIFT_CACHE' in failure.value.advice


def test_a_full_disk_is_one_clear_error(corpus, tmp_path):
    done = python(
        f"""
        {imports}
        corpus, cache = Path({str(corpus)!r}), Path({str(tmp_path)!r})
        sys.exit(prepare.guarded(lambda: prepare.prepare(corpus, 400, cache)))
        """,
        preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 2
    assert 'error: The disk is full' in done.stderr
    assert 'Traceback' not in done.stderr


def test_a_folder_without_python_source_is_refused(tmp_path):
    with pytest.raises(prepare.Failure, match='no Python source'):
        prepare.prepare(tmp_path)


def test_the_command_line_prepares_the_standard_library_and_describes_it_as_json(tmp_path):
    command = [sys.executable, str(TRAINER / 'prepare.py'), '--json']
    environment = {**os.environ, 'NIGHTSHIFT_CACHE': str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    facts = json.loads(done.stdout)
    assert set(facts) == {'name', 'fingerprint', 'path', 'tokens'}
    assert facts['name'] == 'stdlib'
    assert Path(facts['path']).parent == tmp_path
    assert facts['tokens']['train'] > 5 * facts['tokens']['val'] > 0
    assert len(facts['fingerprint']) == 64


def test_batches_are_windows_of_the_tokens_shifted_by_one_and_the_same_for_a_same_seed(data):
    import torch

    tokens, cpu = data.split('train'), torch.device('cpu')
    inputs, targets = next(prepare.batches(tokens, 3, 16, 7, cpu))
    again, _ = next(prepare.batches(tokens, 3, 16, 7, cpu))
    other, _ = next(prepare.batches(tokens, 3, 16, 8, cpu))
    assert inputs.shape == targets.shape == (3, 16)
    assert torch.equal(inputs[:, 1:], targets[:, :-1])
    assert torch.equal(inputs, again)
    assert not torch.equal(inputs, other)
    text = np.array(tokens).tobytes()
    assert all(row.numpy().astype('<u2').tobytes() in text for row in inputs)
