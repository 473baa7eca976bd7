"""What may go wrong as expected, how it is said, and files that are whole or not there."""

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


def say(text: str) -> None:
    """A line of progress; standard output is for results."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turns what goes wrong with a disk into a Failure that says what to do."""
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
    """Holds a file lock, which the system takes back from a process that dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write(path: Path, content: bytes) -> str:
    """Writes a file and waits until it is on disk; returns its SHA-256."""
    with path.open('wb') as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(content).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that a reader sees all of it or nothing."""
    temporary = path.with_name(f'{path.name}.{os.getpid()}.tmp')
    try:
        write(temporary, content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
