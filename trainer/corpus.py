"""Corpora: documents, each with its split, from the hub, the standard library or a folder."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from download import download
from failure import Failure, say

SPLITS = {'val': 5, 'holdout': 5, 'train': 90}  # percent of documents, unless shards choose the split
LARGE = 2**20  # bytes; a larger text file is cut at line ends into documents of about BLOCK
BLOCK = 2**16  # bytes
CLIMBMIX = 'karpathy/climbmix-400b-shuffle'
CLIMBMIX_LAST = 6542  # its shards are shard_00000.parquet to shard_06542.parquet
CLIMBMIX_SHARDS = 10  # default number of training shards, about 60M tokens each
TINYSTORIES = 'karpathy/tinystories-gpt4-clean'
TINYSTORIES_HELD = 10_000  # stories: rows 0 to 9,999 are its test split, 10,000 to 19,999 its val split


@dataclass(frozen=True)
class Corpus:
    """Text to prepare. Each call of `documents` iterates over all (split, text); `made_from` identifies the
    content, for the cache key.
    """

    name: str
    made_from: str
    documents: Callable[[], Iterator[tuple[str, str]]]


def open_corpus(wanted: str, cache: Path) -> Corpus:
    """The corpus named "stdlib", "climbmix", "climbmix:20", "tinystories" or "folder:PATH".

    Downloads nothing yet. Raises Failure for another name, a missing folder, or one without files.
    """
    name, _, rest = wanted.partition(':')
    if name == 'stdlib' and not rest:
        root = Path(sysconfig.get_path('stdlib'))
        return folder_corpus('stdlib', root, source_files(root))
    if name == 'folder' and rest:
        root = Path(rest).expanduser().absolute()
        return folder_corpus('folder', root, text_files(root))
    if name == 'tinystories' and not rest:
        return Corpus(name, f'{TINYSTORIES} {TINYSTORIES_HELD}', functools.partial(tinystories, cache))
    if name == 'climbmix' and re.fullmatch(r'\d*', rest):
        shards = int(rest or CLIMBMIX_SHARDS)
        if 1 <= shards <= CLIMBMIX_LAST - 1:
            return Corpus(name, f'{CLIMBMIX} {shards}', functools.partial(climbmix, shards, cache))
        raise Failure(
            f'climbmix:{shards} is not possible.', f'climbmix has 1 to {CLIMBMIX_LAST - 1} training shards.'
        )
    raise Failure(
        f'The data "{wanted}" is unknown.',
        'NIGHTSHIFT_DATA or --data must be stdlib, climbmix, climbmix:SHARDS, tinystories or folder:PATH.',
    )


def climbmix(shards: int, cache: Path) -> Iterator[tuple[str, str]]:
    """(split, text): the last shard is val, the one before it holdout, the first `shards` are train."""
    parquet()  # before anything is downloaded
    wanted = [('val', CLIMBMIX_LAST), ('holdout', CLIMBMIX_LAST - 1), *(('train', i) for i in range(shards))]
    paths = [
        (split, hub_file(CLIMBMIX, f'shard_{i:05d}.parquet', cache, f'file {n} of {len(wanted)}'))
        for n, (split, i) in enumerate(wanted, 1)
    ]
    for split, path in paths:
        for text in parquet_texts(path):
            yield split, text


def tinystories(cache: Path) -> Iterator[tuple[str, str]]:
    """(split, text): its published splits, the test split as holdout."""
    parquet()
    path = hub_file(TINYSTORIES, 'tinystories_gpt4_clean.parquet', cache, 'file 1 of 1')
    for row, text in enumerate(parquet_texts(path)):
        yield ('holdout', 'val', 'train')[min(row // TINYSTORIES_HELD, 2)], text


@functools.cache  # a file's checksum is verified once per process
def hub_file(repository: str, name: str, cache: Path, place: str) -> Path:
    """Path of a hub file in the cache folder; downloads it if needed, and first says its `place`."""
    say(f'data       {name}, {place}')
    folder, old = cache / 'downloads', cache / 'hub'
    if old.is_dir() and not folder.exists():  # of earlier versions
        old.rename(folder)
    return download(repository, name, folder / repository.replace('/', '--'))


def folder_corpus(name: str, root: Path, files: list[Path]) -> Corpus:
    """A corpus of files, in an order by the hash of their paths; the split depends on the text alone."""
    states = ((relative(root, path), path.stat()) for path in files)
    made_from = ''.join(f'{path}\0{status.st_size}\0{status.st_mtime_ns}\n' for path, status in states)
    mixed = sorted(files, key=lambda path: hashlib.sha256(relative(root, path).encode()).digest())

    def documents() -> Iterator[tuple[str, str]]:
        for path in mixed:
            for text in texts_of(path):
                yield split_of(text), text

    return Corpus(name, made_from, documents)


def split_of(text: str) -> str:
    """The split of a document, by a hash of its text: equal documents are in the same split."""
    place = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big') % 100
    for split, percent in SPLITS.items():
        if place < percent:
            return split
        place -= percent
    raise AssertionError('SPLITS must add up to 100')


def relative(root: Path, path: Path) -> str:
    """Path below the root with forward slashes; undecodable characters are replaced."""
    return path.relative_to(root).as_posix().encode('utf-8', 'replace').decode()


def source_files(root: Path) -> list[Path]:
    """Every .py file of a standard library, sorted.

    Skips installed packages, the library's tests (some systems don't ship them), links, and files that
    describe this machine, so that the same Python gives the same corpus on another machine.
    """
    skipped = {'site-packages', 'dist-packages', '__pycache__', 'test', 'tests', 'idle_test'}
    files = [
        path
        for path in walk(root, skipped)
        if path.suffix == '.py' and not path.name.startswith('_sysconfigdata')
    ]
    if not files:
        raise Failure(
            f'{root} holds no Python source to train on.',
            'Use a Python with its standard library as .py files; set TRAINER_PYTHON to it.',
        )
    return files


def text_files(root: Path) -> list[Path]:
    """Every file below a folder, sorted, without hidden files and links."""
    if not root.is_dir():
        raise Failure(
            f'The data folder {root} does not exist.', 'folder:PATH must name a folder of text files.'
        )
    files = [path for path in walk(root, {'__pycache__', 'node_modules'}) if not path.name.startswith('.')]
    if not files:
        raise Failure(f'The data folder {root} is empty.', 'Put text, .jsonl or .parquet files there.')
    return files


def walk(root: Path, skipped: set[str]) -> list[Path]:
    """Files below a folder, sorted, without links and without hidden or `skipped` folders."""
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in skipped and not name.startswith('.')]
        found += [Path(folder, name) for name in names]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def texts_of(path: Path) -> Iterator[str]:
    """The documents of a file: rows of .parquet, lines of .jsonl, else the text, in parts if it is large."""
    read = {'.parquet': parquet_texts, '.jsonl': json_texts, '.ndjson': json_texts}.get(
        path.suffix, plain_texts
    )
    try:
        yield from read(path)
    except OSError as error:  # writing() would report it as the cache's
        raise Failure(
            f'{path} could not be read ({error.strerror or error}).', 'Make it readable, or move it away.'
        ) from error


def plain_texts(path: Path) -> Iterator[str]:
    """Text of a file. Files that are not UTF-8, contain NUL or cannot be opened are skipped."""
    try:
        with path.open('rb') as file:
            size = -1 if path.stat().st_size <= LARGE else BLOCK
            while block := file.read(size):
                block += file.readline(BLOCK) if size > 0 else b''
                cut = size > 0 and not block.endswith(b'\n')  # may be inside a character
                with contextlib.suppress(UnicodeDecodeError):
                    text = block.decode('utf-8', 'ignore' if cut else 'strict')
                    if '\0' not in text and text.strip():
                        yield text
    except PermissionError:
        return


def json_texts(path: Path) -> Iterator[str]:
    """The field "text" of each line."""
    with path.open('rb') as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                text = json.loads(line)['text']
            except (ValueError, KeyError, TypeError) as error:
                raise Failure(
                    f'{path}:{number} has no "text".', 'Each line must be {"text": "…"}.'
                ) from error
            if not isinstance(text, str):
                raise Failure(
                    f'{path}:{number} has a "text" that is not a string.', 'Each line must be {"text": "…"}.'
                )
            if text := text.encode('utf-8', 'ignore').decode():  # JSON may hold lone surrogates
                yield text


def parquet_texts(path: Path) -> Iterator[str]:
    """The column "text", read 256 rows at a time."""
    pyarrow = parquet()
    try:
        # Neither memory-mapped nor prefetched: both would count as this process's memory.
        file = pyarrow.ParquetFile(path, memory_map=False, pre_buffer=False)
        if 'text' not in file.schema_arrow.names:
            names = ', '.join(file.schema_arrow.names)
            raise Failure(
                f'{path} has no column "text" (it has {names}).', 'Rename the column that holds the text.'
            )
        for rows in file.iter_batches(batch_size=256, columns=['text']):
            yield from (text for text in rows.column(0).to_pylist() if text)
    except ValueError as error:  # pyarrow.ArrowInvalid is one
        raise Failure(
            f'{path} is not a readable parquet file ({error}).', 'Remove it, or write it again.'
        ) from error


def parquet():
    """The module pyarrow.parquet. Not in requirements.txt: 50 MB that only parquet files need. A session
    whose `data` needs it installs it.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        requirements = Path(__file__).with_name('requirements-parquet.txt')
        raise Failure(
            'Reading parquet files needs the Python package pyarrow.',
            f'Install it: {sys.executable} -m pip install -r {requirements}',
        ) from error
    return pyarrow.parquet
