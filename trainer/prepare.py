"""Data, tokenizer, loader and evaluation of the trainer. Frozen: a session hashes it before and after a run.

Text comes from a corpus (corpus.py): the source of the running Python's standard library, which needs no
network, a folder, or data sets of the Hugging Face hub. A byte-level BPE tokenizer is trained on the train
split; tokens are stored as memory-mapped arrays in the user's cache folder. `python prepare.py` or the first
run makes them.

torch, numpy and tokenizers are imported where they are used, so that prepare() returns at once from the
cache.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from attention_kernels import AttentionShape, flex_options, use_fastest_sdpa
from cache import cache_root, keep_compiled, remove_unused
from channel import VARIABLE
from corpus import SPLITS, Corpus, open_corpus
from evaluation import device_name, evaluate
from failure import Failure, changed_file, guarded, locked, out_of_memory, say, sha256_of, write, writing
from loader import Split, batches, fill, pack, pieces_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ['AttentionShape', 'Data', 'Failure', 'Split', 'batches', 'device_name', 'evaluate', 'flex_options']
__all__ += ['guarded', 'keep_compiled', 'out_of_memory', 'prepare', 'use_fastest_sdpa']

FORMAT = 2  # version of the files in a cache folder
END_OF_TEXT = '<|endoftext|>'  # first token of every document; stands for 0 bytes
VOCABULARY, SMALL_VOCABULARY = 8192, 2048  # with and without a GPU
TOKENIZER_TEXT = 2**26  # characters of the train split that the tokenizer is trained on
BATCH_TEXT = 2**20  # characters per call of the tokenizer, which uses all cores
HELD_OUT = 2**24  # tokens of val, and of holdout, from which rows are chosen
HELD_FOLDER, HELD_FILES = 'held-out', ('val.u16', 'holdout.u16')
# Evaluation, by vocabulary size: tokens per row, and the maximum of rows per split.
EVAL_SMALL, EVAL_LARGE = (256, 96), (2048, 2560)


@dataclass(frozen=True)
class Data:
    """A prepared corpus. Only the evaluation reads its val and holdout rows."""

    name: str
    path: Path
    vocabulary: int
    context: int  # tokens per evaluation row
    tokens: dict[str, int]  # by split; for val and holdout, in the scored rows
    digests: dict[str, str]  # SHA-256 by file name

    def file(self, name: str) -> Path:
        """Path of a file by its name in `digests`. val and holdout lie apart, so that they can be hidden."""
        old = self.path / name  # where earlier versions put them, if they could not be moved
        return old if name not in HELD_FILES or old.exists() else held_folder(self.path) / name

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the digests of tokens, tokenizer and byte lengths, in hex.

        It is not stored in the cache, which a run can write: computed, it cannot contradict the digests.
        """
        return hashlib.sha256(json.dumps(self.digests, sort_keys=True).encode()).hexdigest()

    def split(self, name: str) -> Split:
        """The train split, memory-mapped. Raises Failure for any other split."""
        import numpy as np

        if name != 'train':
            raise Failure(f'Only the evaluation reads the {name} split.', 'Train on data.split("train").')
        return Split(
            np.memmap(self.path / 'train.u16', dtype='<u2', mode='r'),
            np.memmap(self.path / 'train.starts.i64', dtype='<i8', mode='r'),
            END_OF_TEXT_ID,
        )


def prepare(
    data: str | None = None,
    vocabulary: int | None = None,
    cache: Path | None = None,
    held_out: bool | None = None,
) -> Data:
    """The prepared data, from the cache if it is there, else made now (the default in about ten seconds).

    `data` names a corpus as in open_corpus(), by default NIGHTSHIFT_DATA or "stdlib"; `vocabulary` is by
    default 8,192, or 2,048 on a machine without a GPU. Processes that need the same data wait for the one
    that makes it; an interrupted preparation starts over but keeps its downloads. `held_out` says whether val
    and holdout must be there too: by default, unless an evaluator has them or their folder is hidden.
    Raises Failure when the source cannot be read or the cache cannot be written.
    """
    cache = cache or cache_root()
    if held_out is None:
        held_out = not os.environ.get(VARIABLE) and not is_hidden(cache / HELD_FOLDER)
    corpus = open_corpus(data or os.environ.get('NIGHTSHIFT_DATA') or 'stdlib', cache)
    vocabulary = vocabulary or default_vocabulary()
    if not 257 <= vocabulary <= 2**16:
        raise Failure(f'The vocabulary size is {vocabulary:,}.', 'It must be from 257 to 65,536.')
    folder = cache / f'{corpus.name}-{cache_key(corpus, vocabulary)}'
    if (found := read_prepared(folder, vocabulary, held_out)) is not None:
        return found
    with writing(folder), locked(folder.with_name(f'{folder.name}.lock')):
        move_held_out(folder)
        if (found := read_prepared(folder, vocabulary, held_out)) is not None:
            return found
        partial = folder.with_name(f'{folder.name}.partial')
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        partial.mkdir()
        build(corpus, vocabulary, partial)
        move_held_out(partial, held_folder(folder))
        partial.rename(folder)
    found = read_prepared(folder, vocabulary, held_out)
    assert found is not None, f'{folder} was written and cannot be read'
    return found


def default_vocabulary() -> int:
    """8,192 with a GPU, else 2,048: a small model on a CPU gains nothing from more."""
    try:
        import torch
    except ImportError as error:
        raise missing('torch') from error
    has_gpu = torch.cuda.is_available() or torch.backends.mps.is_available()
    return VOCABULARY if has_gpu else SMALL_VOCABULARY


def cache_key(corpus: Corpus, vocabulary: int) -> str:
    """A hash of everything that the content of a cache folder depends on."""
    settings = (FORMAT, vocabulary, END_OF_TEXT, SPLITS, EVAL_SMALL, EVAL_LARGE, TOKENIZER_TEXT, HELD_OUT)
    return hashlib.sha256(f'{settings}\n{corpus.made_from}'.encode()).hexdigest()[:12]


def read_prepared(folder: Path, vocabulary: int, held_out: bool = True) -> Data | None:
    """The data of a cache folder; None when it is missing, incomplete, or not for this vocabulary size.

    Unless `held_out`, val and holdout need not be there. They are missing where earlier versions put them.
    """
    try:
        meta = json.loads((folder / 'meta.json').read_text('utf-8'))
        meta.pop('fingerprint', None)  # written by earlier versions
        data = Data(path=folder, **meta)
        paths = {'train': folder / 'train.u16'}
        if held_out:
            paths |= {split: held_folder(folder) / f'{split}.u16' for split in ('val', 'holdout')}
        whole = all(path.stat().st_size == 2 * data.tokens[split] for split, path in paths.items())
        return data if whole and data.digests and data.context == evaluation_shape(vocabulary)[0] else None
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError, TypeError, KeyError):
        return None


def held_folder(folder: Path) -> Path:
    """The folder of val and holdout of a cache folder, below one that the harness can hide from runs."""
    return folder.parent / HELD_FOLDER / folder.name


def move_held_out(folder: Path, to: Path | None = None) -> None:
    """Moves val and holdout out of a cache folder that was just made, or made by an earlier version."""
    to = to or held_folder(folder)
    for name in HELD_FILES:
        if (folder / name).exists():
            to.mkdir(parents=True, exist_ok=True)
            (folder / name).replace(to / name)


def is_hidden(folder: Path) -> bool:
    """Whether a folder is there and shows nothing, as one that the harness hides from a run."""
    try:
        return not any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True


def prepared_with_held_out(vocabulary: int) -> Data | None:
    """The data that NIGHTSHIFT_DATA names, with val and holdout; None unless it is in the cache."""
    cache = cache_root()
    corpus = open_corpus(os.environ.get('NIGHTSHIFT_DATA') or 'stdlib', cache)
    folder = cache / f'{corpus.name}-{cache_key(corpus, vocabulary)}'
    if (folder / HELD_FILES[0]).exists():
        with writing(folder), locked(folder.with_name(f'{folder.name}.lock')):
            move_held_out(folder)
    return read_prepared(folder, vocabulary)


def check(data: Data) -> None:
    """Raises Failure when a file of the cache is not what was prepared, the train split included.

    Reads all files, about 1 GB in a second or two; a run checks only what its evaluation scores.
    """
    for name, digest in data.digests.items():
        if sha256_of(data.file(name)) != digest:
            raise changed_file(data.file(name))


def evaluation_shape(vocabulary: int) -> tuple[int, int]:
    """Tokens per row of the evaluation, and the maximum of rows per split."""
    return EVAL_SMALL if vocabulary <= SMALL_VOCABULARY else EVAL_LARGE


# --- Building a cache folder ----------------------------------------------------------------------


def build(corpus: Corpus, vocabulary: int, folder: Path) -> None:
    """Writes all files of a cache folder: the splits, tokenizer.json, token_bytes.u16; meta.json last."""
    started = time.perf_counter()
    tokenizer = train_tokenizer(train_sample(corpus), vocabulary)
    size = tokenizer.get_vocab_size()
    say(f'tokenizer  {size:,} tokens, {time.perf_counter() - started:.1f} s')
    lengths = b''.join(n.to_bytes(2, 'little') for n in token_lengths(tokenizer))
    digests = {
        'tokenizer.json': write(folder / 'tokenizer.json', tokenizer.to_str().encode()),
        'token_bytes.u16': write(folder / 'token_bytes.u16', lengths),
    }
    written = {split: Writer(folder, split) for split in SPLITS}
    try:
        encode(corpus, tokenizer, written)
    finally:
        for writer in written.values():
            writer.close()
    context, rows = evaluation_shape(vocabulary)
    for split in ('val', 'holdout'):
        digests[f'{split}.u16'] = write(folder / f'{split}.u16', chosen_rows(written[split], context, rows))
        written[split].starts_path.unlink()
    if not written['train'].tokens:
        raise too_small('train')
    digests |= written['train'].digests()
    meta = {
        'name': corpus.name,
        'vocabulary': size,
        'context': context,
        'tokens': {split: (folder / f'{split}.u16').stat().st_size // 2 for split in SPLITS},
        'digests': digests,
    }
    write(folder / 'meta.json', json.dumps(meta, indent=2).encode())


def train_sample(corpus: Corpus) -> Iterator[str]:
    """The first TOKENIZER_TEXT characters of the train split."""
    size = 0
    for split, text in corpus.documents():
        if split == 'train':
            yield text
            size += len(text)
            if size >= TOKENIZER_TEXT:
                return


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """A byte-level BPE, which encodes any text without loss."""
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    except ImportError as error:
        raise missing('tokenizers') from error
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT],  # gets the first id, END_OF_TEXT_ID
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.encode_special_tokens = True  # "<|endoftext|>" inside a text is encoded as characters
    return tokenizer


END_OF_TEXT_ID = 0


def token_lengths(tokenizer: Tokenizer) -> list[int]:
    """Bytes per token, by token id. Byte-level BPE writes each byte of a token as one character."""
    return [
        0 if token == END_OF_TEXT else len(token)
        for token in (tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size()))
    ]


class Writer:
    """Appends the tokens of a split to SPLIT.u16, and the index of each document to SPLIT.starts.i64."""

    def __init__(self, folder: Path, split: str) -> None:
        self.path, self.starts_path = folder / f'{split}.u16', folder / f'{split}.starts.i64'
        self.split, self.tokens = split, 0
        self.files = [self.path.open('wb'), self.starts_path.open('wb')]
        self.hashes = [hashlib.sha256(), hashlib.sha256()]

    def add(self, ids: list[int]) -> None:
        """Appends one document, after END_OF_TEXT."""
        import numpy as np

        chunks = (
            np.array([END_OF_TEXT_ID, *ids], dtype='<u2').tobytes(),
            self.tokens.to_bytes(8, 'little'),
        )
        for file, digest, chunk in zip(self.files, self.hashes, chunks, strict=True):
            file.write(chunk)
            digest.update(chunk)
        self.tokens += len(ids) + 1

    def close(self) -> None:
        """Closes both files, fsynced."""
        for file in self.files:
            with file:
                file.flush()
                os.fsync(file.fileno())

    def digests(self) -> dict[str, str]:
        """SHA-256 by file name."""
        names = (self.path.name, self.starts_path.name)
        return {name: digest.hexdigest() for name, digest in zip(names, self.hashes, strict=True)}

    def read(self) -> Split:
        """The split that was written."""
        import numpy as np

        return Split(np.fromfile(self.path, '<u2'), np.fromfile(self.starts_path, '<i8'), END_OF_TEXT_ID)


def encode(corpus: Corpus, tokenizer: Tokenizer, writers: dict[str, Writer]) -> None:
    """Encodes all documents in one pass. Memory: one batch, and 16 bytes per held-out document.

    A document that is in val or holdout is dropped when it comes again, as shards may share documents.
    """
    started = said = time.perf_counter()
    held: set[bytes] = set()
    size = 0
    for batch in batched(corpus.documents()):
        fresh = []
        for split, text in batch:
            size += len(text)
            digest = hashlib.sha256(text.encode()).digest()[:16]
            if digest in held:
                continue
            if split != 'train':
                held.add(digest)
            if split == 'train' or writers[split].tokens < HELD_OUT:
                fresh.append((split, text))
        found = tokenizer.encode_batch_fast([text for _, text in fresh])
        for (split, _), encoding in zip(fresh, found, strict=True):
            writers[split].add(encoding.ids)
        if (now := time.perf_counter()) - said > 2:
            said = now
            say(f'encoding   {size / 1e6:,.0f} MB, {size / 1e6 / (now - started):.1f} MB/s')
    counts = ', '.join(f'{split} {writer.tokens:,}' for split, writer in writers.items())
    say(f'encoded    {size / 1e6:,.1f} MB, tokens: {counts}; {time.perf_counter() - started:.1f} s')


def batched(documents: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Lists of documents of about BATCH_TEXT characters."""
    batch, size = [], 0
    for split, text in documents:
        batch.append((split, text))
        size += len(text)
        if size >= BATCH_TEXT:
            yield batch
            batch, size = [], 0
    yield batch


def chosen_rows(writer: Writer, context: int, rows: int) -> bytes:
    """Up to `rows` rows as bytes of uint16 [rows, context + 1], packed as for training, spread evenly."""
    import numpy as np

    split = writer.read()
    packed, _ = pack(list(pieces_of(split, 0, len(split.starts), context + 1)), context + 1)
    if not packed:
        raise too_small(writer.split)
    chosen = np.unique(np.linspace(0, len(packed) - 1, rows).astype(np.int64))
    out = np.empty((len(chosen), context + 1), dtype='<u2')
    for row, i in zip(out, chosen, strict=True):
        fill(row, packed[i], split.tokens, split.end_of_text)
    return out.tobytes()


def too_small(split: str) -> Failure:
    """The Failure for a split that does not fill one row."""
    return Failure(
        f'The data has too little text for the {split} split.', 'Use at least 100 documents and 1 MB.'
    )


def missing(package: str) -> Failure:
    """The Failure for a package of requirements.txt that is not installed."""
    return Failure(
        f'The Python package {package} is missing.',
        f'Install it: {sys.executable} -m pip install -r requirements.txt',
    )


# --- Command line ---------------------------------------------------------------------------------


def main() -> None:
    """Prepares the data or checks what is there, and prints where it is."""
    parser = argparse.ArgumentParser(
        prog='prepare.py',
        description='Prepares the data for training: tokenizes text into the cache folder, or checks it.',
        epilog='example: python prepare.py --data climbmix --shards 20   (then session --data climbmix:20)',
    )
    parser.add_argument(
        '--data', help='stdlib, climbmix, tinystories or folder:PATH (NIGHTSHIFT_DATA, else stdlib)'
    )
    parser.add_argument('--shards', type=int, help='shards of climbmix to train on (10)')
    parser.add_argument('--vocabulary', type=int, help='tokens (8192 with a GPU, 2048 without)')
    parser.add_argument(
        '--json', action='store_true', help='print name, fingerprint, path and tokens as JSON'
    )
    wanted = parser.parse_args()
    if wanted.shards is not None and wanted.data != 'climbmix':
        raise Failure(
            f'--shards {wanted.shards} was given without --data climbmix.', 'Other data has no shards.'
        )
    name = wanted.data if wanted.shards is None else f'climbmix:{wanted.shards}'
    data = prepare(name, wanted.vocabulary, held_out=True)
    check(data)
    remove_unused()
    if wanted.json:
        facts = {
            'name': data.name,
            'fingerprint': data.fingerprint,
            'path': str(data.path),
            'tokens': data.tokens,
        }
        print(json.dumps(facts))
    else:
        counts = ', '.join(f'{name} {count:,}' for name, count in sorted(data.tokens.items()))
        print(f'{data.name} {data.fingerprint[:12]} in {data.path}\ntokens: {counts}')


if __name__ == '__main__':
    sys.exit(guarded(main))
