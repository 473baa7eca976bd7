"""Expected failures, their exit code, and memory that runs out; locks, atomic writes, hashes of files."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path


class Failure(Exception):
    """An expected failure: the message says what was found, the advice what to do."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def guarded(run: Callable[[], None]) -> int:
    """Calls `run` and returns an exit code: 0, or 2 after printing a Failure. Other exceptions propagate."""
    try:
        run()
    except Failure as failure:
        print(f'error: {failure}\n       {failure.advice}', file=sys.stderr)
        return 2
    return 0


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out: torch has several for it, also around one another."""
    text = str(error).lower()
    words = ('out of memory', 'tried to allocate', 'allocate memory', 'alloc_failed')
    known = isinstance(error, MemoryError) or type(error).__name__ == 'OutOfMemoryError'
    return known or any(part in text for part in words)


def changed_file(path: Path) -> Failure:
    """The Failure for a file of the cache whose content is not what was prepared."""
    return Failure(f'{path} was changed after it was prepared.', 'Remove its folder; it will be made again.')


def say(text: str) -> None:
    """Prints a progress line to stderr; stdout is for results."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns an OSError while writing to a folder into a Failure."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            message, need = f'The disk is full: {folder} could not be written', 'Free some space there'
        else:
            message, need = f'The cache {folder} cannot be written', 'Make it writable'
        raise Failure(
            f'{message} ({error.strerror or error}).', f'{need}, or name another folder by NIGHTSHIFT_CACHE.'
        ) from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock on a file. The system releases it when the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, content: bytes) -> str:
    """Writes and fsyncs a file; returns its SHA-256 in hex."""
    with path.open('wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def sha256_of(path: Path) -> str | None:
    """SHA-256 of a file in hex, read in parts; None when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open('rb') as file:
            while part := file.read(2**22):
                digest.update(part)
    except OSError:
        return None
    return digest.hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file atomically: a reader sees the old content or all of the new."""
    temporary = path.with_name(f'{path.name}.{os.getpid()}.tmp')
    try:
        write(temporary, content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
