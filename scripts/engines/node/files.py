"""Writing files that are there as a whole or not at all, and reading what a run may have left.

Paths are bytes: UTF-8 whatever the locale of the node is, as in the harness.
"""

import contextlib
import errno
import os
import stat
from typing import NamedTuple

from failure import DiskFull, Failure

# By the disk, a quota, or a limit of the process.
_full = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Found(NamedTuple):
    """What lies at a path: a file's content, or what it is that is not read, after "it is", or neither."""

    content: bytes | None
    unreadable: str | None


def encoded(text: str) -> bytes:
    """Bytes of a path, an argument or a variable. What is no character becomes U+FFFD."""
    return text.encode('utf-16-le', 'surrogatepass').decode('utf-16-le', 'replace').encode()


def decoded(data: bytes) -> str:
    """Text of what another process wrote. What is no character becomes U+FFFD."""
    return data.decode('utf-8', 'replace')


def path_in(folder: str, path: str) -> bytes:
    """The path of what lies in a folder; one that begins with `/` does as well."""
    return os.path.normpath(encoded(f'{folder}/{path}'))


def failure_of(error: OSError, path: str) -> Failure:
    """A file that could not be written, as one line."""
    reason = error.strerror or str(error)
    if error.errno in _full:
        return DiskFull(
            f'{path} could not be written: {reason}. Make space there; the run is then made again.'
        )
    return Failure(f'{path} could not be written: {reason}.')


def write_atomic(path: str, text: str, sync: bool = True) -> None:
    """Writes a file atomically, with `sync` also with respect to a power cut.

    Raises Failure where that fails, DiskFull where there is no space for it; the file is then as it was.
    """
    target = encoded(path)
    temporary = target + b'.tmp'
    try:
        # The run may have left anything there, e.g. a pipe, which would be waited for.
        remove(temporary)
        _write(temporary, text.encode(), sync)
        try:
            os.rename(temporary, target)
        except IsADirectoryError:
            remove(target)
            os.rename(temporary, target)
    except OSError as error:
        # What is there of it takes space, which is short.
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise failure_of(error, path) from error


def _write(path: bytes, data: bytes, sync: bool) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        while data:
            data = data[os.write(file, data) :]
        if sync:
            os.fsync(file)
    finally:
        os.close(file)


def remove(path: bytes) -> None:
    """Removes a file or a folder with all that is in it; a link, and not what it leads to."""
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            from shutil import rmtree  # Takes milliseconds to load, and is seldom needed.

            rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        pass


def kind_of(mode: int) -> str | None:
    """What a path holds, as after "it is"; None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return 'a link'
    if stat.S_ISDIR(mode):
        return 'a folder'
    if stat.S_ISFIFO(mode):
        return 'a pipe'
    return 'a socket' if stat.S_ISSOCK(mode) else 'a device'


def read_found(path: str, limit: int) -> Found:
    """Reads a regular file of at most `limit` bytes. Ends at once, whatever is at the path."""
    try:
        place = encoded(path)
        # Before it is opened: to open a device can act on it.
        wrong = kind_of(os.lstat(place).st_mode)
        if wrong is not None:
            return Found(None, wrong)
        file = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            # Again, because the path may have been replaced.
            stats = os.fstat(file)
            wrong = kind_of(stats.st_mode)
            if wrong is None and stats.st_size > limit:
                wrong = f'a file of {_megabytes(stats.st_size)}, and at most {_megabytes(limit)} are read'
            return Found(None, wrong) if wrong is not None else Found(_read(file, stats.st_size), None)
        finally:
            os.close(file)
    except (FileNotFoundError, NotADirectoryError):
        return Found(None, None)
    except PermissionError:
        return Found(None, 'not readable for this user')
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, 'unknown')
        return Found(None, 'a link' if error.errno == errno.ELOOP else f'not readable ({name})')


def _read(file: int, size: int) -> bytes:
    """At most `size` bytes: a file that grows meanwhile is read up to its present size."""
    content = bytearray()
    while len(content) < size:
        part = os.read(file, size - len(content))
        if not part:
            break
        content += part
    return bytes(content)


def _megabytes(size: int) -> str:
    return f'{size / 1e6:.1f} MB'
