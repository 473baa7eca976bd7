"""Data: splits, tokenizer, and a cache folder that is whole or not there."""

import hashlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from conftest import TRAINER, python
from tokenizers import Tokenizer

import prepare
from corpus import Corpus, split_of

imports = (
    f'import os, signal, sys; from pathlib import Path; sys.path.insert(0, {str(TRAINER)!r}); import prepare'
)


def texts_of(corpus: Path, split: str) -> list[str]:
    """The texts of the files that belong to a split."""
    texts = [path.read_text('utf-8') for path in sorted(corpus.glob('package*/*.py'))]
    return [text for text in texts if split_of(text) == split]


def tokenizer_of(data: prepare.Data) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(data.path / 'tokenizer.json'))
    tokenizer.encode_special_tokens = True
    return tokenizer


def lengths_of(data: prepare.Data) -> np.ndarray:
    return np.fromfile(data.path / 'token_bytes.u16', '<u2').astype(int)


def rows_of(data: prepare.Data, split: str) -> np.ndarray:
    return np.fromfile(data.file(f'{split}.u16'), '<u2').reshape(-1, data.context + 1)


def test_the_train_split_holds_exactly_the_texts_of_its_documents(corpus, data):
    split = data.split('train')
    parts = np.split(np.array(split.tokens), split.starts[1:])
    assert {part[0] for part in parts} == {split.end_of_text}
    found = [tokenizer_of(data).decode(part[1:].tolist()) for part in parts]
    assert sorted(found) == sorted(texts_of(corpus, 'train'))


@pytest.mark.parametrize('split', ['val', 'holdout'])
def test_each_row_that_is_scored_is_packed_from_texts_of_its_split_alone(corpus, data, split):
    texts, tokenizer = texts_of(corpus, split), tokenizer_of(data)
    encoded = [tokenizer.encode(text).ids for text in texts]
    own = {tuple(ids[i : i + 8]) for ids in encoded for i in range(len(ids))}
    rows = rows_of(data, split)
    assert len(rows) > 3
    for row in rows:
        assert row[0] == 0
        for part in np.split(row, np.flatnonzero(row == 0)[1:]):
            assert all(tuple(part[i : i + 8].tolist()) in own for i in range(1, len(part) - 8, 5))


def test_a_document_that_two_shards_share_is_held_out_alone(data, tmp_path):
    shards = [('val', 'a b c ' * 500), ('holdout', 'd e f ' * 500), ('val', 'x'), ('train', 'a b c ' * 500)]
    shards += [('holdout', 'a b c ' * 500), ('train', 'x'), ('train', 'y')]
    writers = {split: prepare.Writer(tmp_path, split) for split in prepare.SPLITS}
    prepare.encode(Corpus('shards', '', lambda: iter(shards)), tokenizer_of(data), writers)
    for writer in writers.values():
        writer.close()
    assert {split: len(writer.read().starts) for split, writer in writers.items()} == {
        'val': 2,
        'holdout': 1,
        'train': 1,
    }


def test_val_and_holdout_cannot_be_trained_on_by_accident(data):
    for split in ('val', 'holdout'):
        with pytest.raises(prepare.Failure, match='Only the evaluation reads'):
            data.split(split)


def test_any_text_decodes_to_itself_and_its_byte_lengths_sum_to_its_bytes(data):
    text = 'naïve λ 値 🦜 \r\n\t\x00 <|endoftext|> ' + ''.join(map(chr, range(32, 1500)))
    tokenizer = tokenizer_of(data)
    ids = tokenizer.encode(text).ids
    assert tokenizer.decode(ids) == text
    assert lengths_of(data)[ids].sum() == len(text.encode())


def test_only_the_end_of_text_stands_for_no_bytes(data):
    assert tokenizer_of(data).token_to_id(prepare.END_OF_TEXT) == prepare.END_OF_TEXT_ID == 0
    assert np.flatnonzero(lengths_of(data) == 0).tolist() == [0]


@pytest.mark.parametrize(('gpu', 'vocabulary'), [(True, 8192), (False, 2048)])
def test_the_vocabulary_is_small_without_a_gpu(monkeypatch, gpu, vocabulary):
    monkeypatch.setattr('torch.cuda.is_available', lambda: gpu)
    assert prepare.default_vocabulary() == vocabulary


def test_a_vocabulary_that_cannot_work_is_refused(corpus):
    with pytest.raises(prepare.Failure, match=r'The vocabulary size is 70,000'):
        prepare.prepare(f'folder:{corpus}', 70_000)


def test_preparing_twice_gives_the_same_data_and_the_second_imports_nothing_heavy(corpus, data):
    done = python(f"""
        {imports}
        print(prepare.prepare({f'folder:{corpus}'!r}, 400, Path({str(data.path.parent)!r})).fingerprint)
        assert not {{'torch', 'numpy', 'tokenizers'}} & set(sys.modules)
    """)
    assert (done.stdout.strip(), done.stderr) == (data.fingerprint, '')


def test_another_cache_folder_gets_the_same_fingerprint(corpus, data, tmp_path):
    again = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    assert again.path != data.path
    assert again.fingerprint == data.fingerprint


def test_a_changed_file_gives_another_fingerprint(corpus, data, tmp_path):
    for path in corpus.rglob('*.py'):
        copy = tmp_path / 'corpus' / path.relative_to(corpus)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (tmp_path / 'corpus' / 'package0' / 'module0.py').write_text('changed = True')
    changed = prepare.prepare(f'folder:{tmp_path / "corpus"}', 400)
    assert changed.fingerprint != data.fingerprint


def test_a_preparation_killed_midway_leaves_nothing_that_counts_and_the_next_is_whole(corpus, data, tmp_path):
    done = python(f"""
        {imports}
        added = prepare.Writer.add
        def killed(writer, ids):
            if writer.tokens > 20_000: os.kill(os.getpid(), signal.SIGKILL)
            return added(writer, ids)
        prepare.Writer.add = killed
        prepare.prepare({f'folder:{corpus}'!r}, 400, Path({str(tmp_path)!r}))
    """)
    assert done.returncode == -signal.SIGKILL
    (partial,) = tmp_path.glob('*.partial')
    assert (partial / 'tokenizer.json').exists()

    again = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    assert again.fingerprint == data.fingerprint
    assert not partial.exists()


def test_two_processes_that_prepare_the_same_at_once_do_it_once(corpus, data, tmp_path):
    code = f"""
        {imports}
        print(prepare.prepare({f'folder:{corpus}'!r}, 400, Path({str(tmp_path)!r})).fingerprint)
    """
    with ThreadPoolExecutor() as pool:
        runs = list(pool.map(python, [code, code]))
    assert [run.stdout.strip() for run in runs] == [data.fingerprint] * 2
    assert sum('encoded' in run.stderr for run in runs) == 1


@pytest.mark.parametrize('damage', ['meta.json', 'train.u16'])
def test_a_damaged_cache_folder_is_made_again(corpus, data, tmp_path, damage):
    first = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    (first.path / damage).write_bytes(b'{')
    again = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    assert again == first
    assert (again.path / damage).stat().st_size > 1


def test_a_val_split_changed_together_with_its_digest_has_another_fingerprint(corpus, data, tmp_path):
    first = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    val = first.file('val.u16')
    val.write_bytes(bytes(val.stat().st_size))
    meta = json.loads((first.path / 'meta.json').read_text())
    meta['digests']['val.u16'] = hashlib.sha256(val.read_bytes()).hexdigest()
    # A stored fingerprint, as earlier versions wrote it, is not believed.
    (first.path / 'meta.json').write_text(json.dumps({**meta, 'fingerprint': data.fingerprint}))
    again = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    assert again.digests == meta['digests']
    assert again.fingerprint != data.fingerprint


def test_a_folder_that_an_earlier_version_wrote_keeps_its_fingerprint(corpus, data, tmp_path):
    first = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    meta = json.loads((first.path / 'meta.json').read_text())
    (first.path / 'meta.json').write_text(json.dumps({**meta, 'fingerprint': first.fingerprint}))
    assert prepare.prepare(f'folder:{corpus}', 400, tmp_path) == first
    assert first.fingerprint == data.fingerprint


def test_longer_rows_by_another_context_in_the_cache_are_made_again(corpus, tmp_path):
    first = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    meta = json.loads((first.path / 'meta.json').read_text())
    (first.path / 'meta.json').write_text(json.dumps({**meta, 'context': 2 * first.context + 1}))
    assert prepare.prepare(f'folder:{corpus}', 400, tmp_path) == first


def test_a_cache_that_cannot_be_written_says_what_to_do(corpus, tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(prepare.Failure, match='cannot be written') as failure:
        prepare.prepare(f'folder:{corpus}', 400, tmp_path / 'file' / 'cache')
    assert 'NIGHTSHIFT_CACHE' in failure.value.advice


def test_a_full_disk_is_one_clear_error(corpus, tmp_path):
    done = python(
        f"""
        {imports}
        corpus, cache = {f'folder:{corpus}'!r}, Path({str(tmp_path)!r})
        sys.exit(prepare.guarded(lambda: prepare.prepare(corpus, 400, cache)))
        """,
        preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 2
    assert 'error: The disk is full' in done.stderr
    assert 'Traceback' not in done.stderr


def test_memory_does_not_grow_with_the_text(tmp_path):
    chance = random.Random(1)
    words = [''.join(chance.choices('abcdefghij', k=5)) for _ in range(500)]
    (tmp_path / 'text').mkdir()
    with (tmp_path / 'text' / 'large.txt').open('w') as file:
        for _ in range(12):
            file.write('\n'.join(' '.join(chance.choices(words, k=50)) for _ in range(1000)) + '\n')
    done = python(f"""
        {imports}
        import numpy, resource, tokenizers
        unit = 1 if sys.platform == 'darwin' else 1024
        peak = lambda: unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        prepare.TOKENIZER_TEXT, prepare.BATCH_TEXT = 2**18, 2**16
        encode = prepare.encode
        def measured(*rest):
            before = peak()
            encode(*rest)
            print(peak() - before)
        prepare.encode = measured
        prepare.prepare('folder:' + {str(tmp_path / 'text')!r}, 400, Path({str(tmp_path)!r}))
    """)
    size = (tmp_path / 'text' / 'large.txt').stat().st_size
    assert size > 3e6
    assert int(done.stdout) < size


def test_data_too_small_for_a_row_of_each_split_says_how_much_is_enough(tmp_path):
    (tmp_path / 'one.txt').write_text('a short text')
    with pytest.raises(prepare.Failure, match='too little text for the val split') as failure:
        prepare.prepare(f'folder:{tmp_path}', 400, tmp_path / 'cache')
    assert '1 MB' in failure.value.advice


def prepare_by_command(corpus, cache: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Runs `python prepare.py` as a session does at its start."""
    data = ['--vocabulary', '400', '--data', f'folder:{corpus}']
    command = [sys.executable, str(TRAINER / 'prepare.py'), *flags, *data]
    environment = {**os.environ, 'NIGHTSHIFT_CACHE': str(cache)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_the_command_line_prepares_and_describes_what_it_made_as_json(corpus, data, tmp_path):
    facts = json.loads(prepare_by_command(corpus, tmp_path, '--json').stdout)
    assert set(facts) == {'name', 'fingerprint', 'path', 'tokens'}
    assert facts['name'] == 'folder'
    assert Path(facts['path']).parent == tmp_path
    assert (facts['tokens'], facts['fingerprint']) == (data.tokens, data.fingerprint)


@pytest.mark.parametrize('name', ['train.u16', 'train.starts.i64', 'holdout.u16', 'tokenizer.json'])
def test_the_command_that_starts_a_session_checks_every_file(corpus, tmp_path, name):
    data = prepare.prepare(f'folder:{corpus}', 400, tmp_path)
    prepare.check(data)
    content = bytearray(data.file(name).read_bytes())
    content[-1] ^= 1
    data.file(name).write_bytes(content)
    done = prepare_by_command(corpus, tmp_path)
    assert done.returncode == 2
    assert f'{name} was changed after it was prepared' in done.stderr
    data.file(name).unlink()
    with pytest.raises(prepare.Failure, match=f'{name} was changed'):
        prepare.check(data)
