"""Small JSON files that several processes and machines read: there as a whole or not at all."""

import contextlib
import json
import os
from typing import NamedTuple
from uuid import uuid4

from removal import remove_tree

# Our own files are never larger.
_limit = 2**20


class Record(NamedTuple):
    """`changed`: time of change, seconds since 1970 by the clock of the file system."""

    value: dict
    changed: float


def read_record(path: str) -> Record | None:
    """None where there is no file, or what is there is not a record.

    It is opened, not only looked at: a network file system asks its server then.
    """
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            stats = os.fstat(file)
            if stats.st_size > _limit:
                return None
            value = json.loads(os.read(file, _limit))
        finally:
            os.close(file)
    except (OSError, ValueError, RecursionError):
        return None
    return Record(value, stats.st_mtime) if isinstance(value, dict) else None


def write_record(path: str, value: dict) -> None:
    """Writes a file, or replaces what is there. Raises OSError."""
    temporary = _write_beside(path, json.dumps(value).encode())
    try:
        try:
            os.rename(temporary, path)
        except IsADirectoryError:
            remove_tree(path)
            os.rename(temporary, path)
    except OSError:
        _remove(temporary)
        raise


def create_record(path: str, value: dict) -> bool:
    """Writes a file unless one is there. Returns whether it did: of several, one does. Raises OSError."""
    return create_file(path, json.dumps(value).encode())


def create_file(path: str, data: bytes) -> bool:
    """The same with any content; only this user may read it."""
    temporary = _write_beside(path, data)
    try:
        os.link(temporary, path)
        return True
    except FileExistsError:
        # Also where the answer to a first try of the system itself was lost.
        return _is_same(temporary, path)
    finally:
        _remove(temporary)


def _is_same(a: str, b: str) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False


def _write_beside(path: str, data: bytes) -> str:
    temporary = f'{path}.{uuid4().hex}.tmp'
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        while data:
            data = data[os.write(file, data) :]
    except OSError:
        _remove(temporary)
        raise
    finally:
        os.close(file)
    return temporary


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
