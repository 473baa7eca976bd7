"""Data, tokenizer, loader and evaluation of the trainer. Frozen: a session hashes it before and after a run.

The data is the source of the Python standard library that is running, so it needs no network. It is split by
file, a byte-level BPE tokenizer is trained on the train split, and the tokens lie as memory-mapped arrays in
the user's cache folder. Everything is made once, by `python prepare.py` or by the first run.

torch and tokenizers are imported where they are used: a second call of prepare() must return at once.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import hashlib
import json
import math
import os
import platform
import shutil
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch
    from tokenizers import Tokenizer

FORMAT = 1  # raised when the files of a cache folder change their meaning
VOCABULARY = 2048
END_OF_TEXT = '<|endoftext|>'  # begins every document; it stands for no bytes
SPLITS = {'val': 5, 'holdout': 5, 'train': 90}  # percent of the files
EVAL_CONTEXT = 256  # tokens a row
EVAL_ROWS = 96  # rows of a split that are scored, spread evenly over it
EVAL_BATCH = 16  # rows at a time, so that the logits stay small


class Failure(Exception):
    """An expected failure: the message names the thing and what was found, the advice what to do about it."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def guarded(run: Callable[[], None]) -> int:
    """Runs; returns an exit code: 0, or 2 for a Failure, said in two lines. All else keeps its traceback."""
    try:
        run()
    except Failure as failure:
        print(f'error: {failure}\n       {failure.advice}', file=sys.stderr)
        return 2
    return 0


# --- Data -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Data:
    """A prepared corpus: token arrays by split, and the bytes each token stands for."""

    name: str
    fingerprint: str  # SHA-256 over the split token arrays, the tokenizer and its byte lengths, in hex
    path: Path
    vocabulary: int
    tokens: dict[str, int]  # by split
    digests: dict[str, str]  # SHA-256 by file name

    def split(self, name: str) -> np.ndarray:
        """Token ids of a split, uint16 [tokens], memory-mapped."""
        import numpy as np

        return np.memmap(self.path / f'{name}.u16', dtype='<u2', mode='r')

    def token_bytes(self) -> np.ndarray:
        """Bytes each token stands for, int64 [vocabulary]; 0 for END_OF_TEXT."""
        import numpy as np

        return np.fromfile(self.path / 'token_bytes.u16', dtype='<u2').astype(np.int64)


def prepare(root: Path | None = None, vocabulary: int = VOCABULARY, cache: Path | None = None) -> Data:
    """The prepared data; at once when it lies in the cache, else made first (about ten seconds).

    `root` is a folder of Python source, by default the running standard library. Whoever comes while another
    process prepares waits for it; what an interrupted preparation left is thrown away.
    Raises Failure when the source cannot be read or the cache cannot be written.
    """
    name = 'stdlib' if root is None else 'folder'
    root = root or Path(sysconfig.get_path('stdlib'))
    files = source_files(root)
    folder = (cache or cache_root()) / f'{name}-{corpus_key(root, files, vocabulary)}'
    if (data := read_prepared(folder)) is not None:
        return data
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_name(f'{folder.name}.lock')):
            if (data := read_prepared(folder)) is not None:
                return data
            partial = folder.with_name(f'{folder.name}.partial')
            shutil.rmtree(partial, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
            partial.mkdir()
            build(name, root, files, vocabulary, partial)
            partial.rename(folder)
    data = read_prepared(folder)
    assert data is not None, f'{folder} was written and cannot be read'
    return data


def cache_root() -> Path:
    """NIGHTSHIFT_CACHE, else `nightshift` in the folder where this system keeps a user's caches."""
    if own := os.environ.get('NIGHTSHIFT_CACHE'):
        return Path(own).expanduser().absolute()
    if xdg := os.environ.get('XDG_CACHE_HOME'):
        return Path(xdg) / 'nightshift'
    return Path.home() / ('Library/Caches' if sys.platform == 'darwin' else '.cache') / 'nightshift'


def source_files(root: Path) -> list[Path]:
    """Every .py file under root, sorted.

    Left out: installed packages, the library's own tests (some systems don't ship them), links, and what
    describes this one machine, so that a same Python gives a same corpus elsewhere.
    """
    skipped = {'site-packages', 'dist-packages', '__pycache__', 'test', 'tests', 'idle_test'}
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in skipped]
        found += [
            Path(folder, name)
            for name in names
            if name.endswith('.py') and not name.startswith('_sysconfigdata')
        ]
    files = sorted(path for path in found if not path.is_symlink())
    if not files:
        raise Failure(
            f'{root} holds no Python source to train on.',
            'Use a Python that brings its standard library as .py files (TRAINER_PYTHON names one).',
        )
    return files


def corpus_key(root: Path, files: list[Path], vocabulary: int) -> str:
    """Names a cache folder by what it is made from; a file is known by path, size and time of change."""
    key = hashlib.sha256(repr((FORMAT, vocabulary, END_OF_TEXT, SPLITS)).encode())
    for path in files:
        status = path.stat()
        key.update(f'{relative(root, path)}\0{status.st_size}\0{status.st_mtime_ns}\n'.encode())
    return key.hexdigest()[:12]


def read_prepared(folder: Path) -> Data | None:
    """The data of a cache folder; None when it is not there or not whole."""
    try:
        meta = json.loads((folder / 'meta.json').read_text('utf-8'))
        data = Data(path=folder, **meta)
        whole = all((folder / f'{name}.u16').stat().st_size == 2 * data.tokens[name] for name in SPLITS)
        return data if whole and len(data.fingerprint) == 64 else None
    except (FileNotFoundError, NotADirectoryError, ValueError, TypeError, KeyError):
        return None


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns what goes wrong with a disk into a Failure that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            message, need = f'The disk is full: {folder} could not be written', 'Free 50 MB there'
        else:
            message, need = f'The cache {folder} cannot be written', 'Make it writable'
        raise Failure(
            f'{message} ({error.strerror or error}).', f'{need}, or name another folder by NIGHTSHIFT_CACHE.'
        ) from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a file lock, which the system takes back from a process that dies."""
    with path.open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- Building a cache folder ----------------------------------------------------------------------


def build(name: str, root: Path, files: list[Path], vocabulary: int, folder: Path) -> None:
    """Writes a whole cache folder: the splits, tokenizer.json, token_bytes.u16, and meta.json at the end."""
    documents = read_documents(root, files)
    texts = {split: sum(map(len, documents[split])) for split in SPLITS}
    say(f'text       {sum(texts.values()) / 1e6:.1f} MB in {len(files):,} files of {root}')
    started = time.perf_counter()
    tokenizer = train_tokenizer(documents['train'], vocabulary)
    say(f'tokenizer  {tokenizer.get_vocab_size():,} tokens, {time.perf_counter() - started:.1f} s')
    digests = {'tokenizer.json': write(folder / 'tokenizer.json', tokenizer.to_str().encode())}
    lengths = b''.join(n.to_bytes(2, 'little') for n in token_lengths(tokenizer))
    digests['token_bytes.u16'] = write(folder / 'token_bytes.u16', lengths)
    tokens: dict[str, int] = {}
    for split in SPLITS:
        tokens[split], digests[f'{split}.u16'] = write_tokens(
            folder / f'{split}.u16', tokenizer, documents[split]
        )
    meta = {
        'name': name,
        'fingerprint': hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest(),
        'vocabulary': tokenizer.get_vocab_size(),
        'tokens': tokens,
        'digests': digests,
    }
    write(folder / 'meta.json', json.dumps(meta, indent=2).encode())


def read_documents(root: Path, files: list[Path]) -> dict[str, list[str]]:
    """Texts by split. What is not readable UTF-8 is left out: a library may hold such files."""
    documents: dict[str, list[str]] = {split: [] for split in SPLITS}
    for path in files:
        try:
            text = path.read_bytes().decode('utf-8')
        except (UnicodeDecodeError, PermissionError):
            continue
        if text and '\0' not in text:
            documents[split_of(relative(root, path))].append(text)
    for split, texts in documents.items():
        if not texts:
            raise Failure(
                f'{root} has no file for the {split} split.', 'Use a larger corpus, of 100 files or more.'
            )
    return documents


def split_of(path: str) -> str:
    """The split of a file, by a hash of its path below the root (e.g. "json/decoder.py") alone."""
    place = int.from_bytes(hashlib.sha256(path.encode()).digest()[:8], 'big') % 100
    for split, percent in SPLITS.items():
        if place < percent:
            return split
        place -= percent
    raise AssertionError('SPLITS must add up to 100')


def relative(root: Path, path: Path) -> str:
    """Path below the root with forward slashes; a name that is no valid text keeps a stand-in."""
    return path.relative_to(root).as_posix().encode('utf-8', 'replace').decode()


def train_tokenizer(texts: list[str], vocabulary: int) -> Tokenizer:
    """A byte-level BPE: any text can be encoded, and decodes to itself."""
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    except ImportError as error:
        raise Failure(
            'The Python package tokenizers is missing.', 'Install it: pip install -r requirements.txt'
        ) from error
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.encode_special_tokens = True  # a text that holds "<|endoftext|>" holds these characters
    return tokenizer


def token_lengths(tokenizer: Tokenizer) -> list[int]:
    """Bytes that each token stands for. Byte-level BPE writes a token with one character for each byte."""
    return [
        0 if token == END_OF_TEXT else len(token)
        for token in (tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size()))
    ]


def write_tokens(path: Path, tokenizer: Tokenizer, texts: list[str]) -> tuple[int, str]:
    """Encodes documents into one array of uint16, END_OF_TEXT before each; returns tokens and SHA-256."""
    import numpy as np

    started = said = time.perf_counter()
    end_of_text = tokenizer.token_to_id(END_OF_TEXT)
    digest, count = hashlib.sha256(), 0
    with path.open('wb') as file:
        for first in range(0, len(texts), 64):
            if time.perf_counter() - said > 2:
                said = time.perf_counter()
                say(f'encoding   {path.stem} {100 * first // len(texts)}%')
            for encoding in tokenizer.encode_batch_fast(texts[first : first + 64]):
                chunk = np.array([end_of_text, *encoding.ids], dtype='<u2').tobytes()
                digest.update(chunk)
                count += len(chunk) // 2
                file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    say(f'encoded    {path.stem}: {count:,} tokens, {time.perf_counter() - started:.1f} s')
    return count, digest.hexdigest()


def write(path: Path, content: bytes) -> str:
    """Writes a file and waits until it is on disk; returns its SHA-256."""
    with path.open('wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def say(text: str) -> None:
    """A line of progress; standard output is for results."""
    print(text, file=sys.stderr, flush=True)


# --- Loader ---------------------------------------------------------------------------------------


def batches(
    tokens: np.ndarray, rows: int, context: int, seed: int, device: torch.device
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (inputs, targets), int64 [rows, context]: windows at random places, alike for a seed."""
    import numpy as np
    import torch

    if len(tokens) <= context:
        raise Failure(
            f'The train split has {len(tokens):,} tokens.', f'CONTEXT must be below that; it is {context}.'
        )
    random = np.random.default_rng(seed)
    while True:
        starts = random.integers(0, len(tokens) - context, size=rows)
        windows = np.stack([tokens[start : start + context + 1] for start in starts]).astype(np.int64)
        batch = torch.from_numpy(windows)
        if device.type == 'cuda':
            batch = batch.pin_memory().to(device, non_blocking=True)
        else:
            batch = batch.to(device)
        yield batch[:, :-1], batch[:, 1:]


# --- Evaluation -----------------------------------------------------------------------------------


def evaluate(
    model: Callable[[torch.Tensor], torch.Tensor], data: Data, device: torch.device
) -> dict[str, float]:
    """Bits per byte of the splits that NIGHTSHIFT_SPLITS asks for, also written to the file NIGHTSHIFT_EVAL.

    `model` gives logits [rows, context, vocabulary] for token ids [rows, context]. Returns e.g.
    {'val_bpb': 1.9}. Raises Failure when a split is not what was prepared, or a score is not finite.
    """
    import torch

    splits = wanted_splits()
    lengths = torch.from_numpy(checked(data, 'token_bytes', data.token_bytes)).to(device)
    measured: dict[str, float] = {}
    for split in splits:
        tokens = checked(data, split, lambda split=split: data.split(split))
        score = bits_per_byte(model, tokens, lengths, device)
        if not math.isfinite(score):
            raise Failure(
                f'{split}_bpb is {score}.', 'The model gives no usable logits; look at the last change.'
            )
        measured[f'{split}_bpb'] = score
    if target := os.environ.get('NIGHTSHIFT_EVAL'):
        record = {
            **measured,
            'data': {'name': data.name, 'fingerprint': data.fingerprint},
            'torch': torch.__version__.partition('+')[0],
            'python': platform.python_version(),
            'device': device_name(device),
        }
        write_whole(Path(target), json.dumps(record) + '\n')
    return measured


def wanted_splits() -> list[str]:
    """The splits of NIGHTSHIFT_SPLITS, e.g. "val,holdout"; val alone by default."""
    text = os.environ.get('NIGHTSHIFT_SPLITS', 'val')
    splits = [part.strip() for part in text.split(',')]
    if not set(splits) <= {'val', 'holdout'}:
        raise Failure(f'NIGHTSHIFT_SPLITS is "{text}".', 'It may be "val" or "val,holdout".')
    return splits


def checked(data: Data, name: str, read: Callable[[], np.ndarray]) -> np.ndarray:
    """An array of the cache, once its file is still the one that was prepared."""
    digest = hashlib.sha256((data.path / f'{name}.u16').read_bytes()).hexdigest()
    if digest != data.digests[f'{name}.u16']:
        raise Failure(
            f'{data.path / name}.u16 was changed after it was prepared.',
            'Remove the folder; it will be made again.',
        )
    return read()


def bits_per_byte(
    model: Callable[[torch.Tensor], torch.Tensor],
    tokens: np.ndarray,
    lengths: torch.Tensor,
    device: torch.device,
    rows: int = EVAL_ROWS,
    context: int = EVAL_CONTEXT,
) -> float:
    """Nats over the target tokens / (ln 2 × bytes of these targets), in fp32 from the logits alone.

    Targets that stand for no bytes are left out of both. Rows are spread evenly over the split, none
    overlapping another while the split is long enough.
    """
    import numpy as np
    import torch

    last = len(tokens) - context - 1
    if last < 0:
        raise Failure(
            f'A split has only {len(tokens):,} tokens.', f'Evaluation needs {context + 1} at least.'
        )
    starts = np.linspace(0, last, rows).astype(np.int64)
    windows = torch.from_numpy(np.stack([tokens[s : s + context + 1] for s in starts]).astype(np.int64))
    nats = total = 0.0
    with torch.no_grad():
        for batch in windows.split(EVAL_BATCH):
            inputs, targets = batch[:, :-1].to(device), batch[:, 1:].to(device)
            scores = model(inputs).float().log_softmax(-1)
            scores = scores.gather(-1, targets.unsqueeze(-1)).squeeze(-1)
            weights = lengths[targets]
            nats -= scores[weights > 0].sum().item()
            total += weights.sum().item()
    return nats / (math.log(2) * total)


def device_name(device: torch.device) -> str:
    """E.g. "cpu", "mps", "NVIDIA H100 80GB HBM3"."""
    import torch

    return torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type


def write_whole(path: Path, text: str) -> None:
    """Writes a file so that a reader sees all of it or nothing."""
    temporary = path.with_name(f'{path.name}.{os.getpid()}.tmp')
    try:
        write(temporary, text.encode())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise Failure(
            f'{path} could not be written ({error.strerror}).', 'NIGHTSHIFT_EVAL names it.'
        ) from error


# --- Command line ---------------------------------------------------------------------------------


def main() -> None:
    """Prepares the data and says where it lies."""
    parser = argparse.ArgumentParser(
        prog='prepare.py',
        description='Makes the data a run needs: the source of this Python as tokens, in the cache folder.',
        epilog='example: NIGHTSHIFT_CACHE=/scratch/cache python prepare.py --json',
    )
    parser.add_argument(
        '--json', action='store_true', help='print name, fingerprint, path and tokens as JSON'
    )
    wanted = parser.parse_args()
    data = prepare()
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
