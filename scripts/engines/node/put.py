"""The verb `put`: a tar on standard input becomes a folder of the root."""

import os
import sys
import tarfile
from collections.abc import Callable
from typing import IO
from uuid import uuid4

from arguments import read_arguments
from failure import Failure
from layout import Root, names_in, root_of
from removal import free_path

_names = ('node', 'base', 'evaluation')
# The last entry, as scripts/engines/remote/tar.ts has it: without it the tar is cut.
_last = '.nightshift-end'


def main(arguments: list[str]) -> None:
    """There as a whole: what was there before is replaced at the end. Raises Failure."""
    given = read_arguments('put', arguments, values=['ROOT', 'NAME'])
    root, name = root_of(given.values[0]).make(), given.values[1]
    if name not in _names:
        raise Failure(f'"{name[:80]}" is not put: {", ".join(_names)} are.', 2)
    _put(root, name, sys.stdin.buffer, _replace)


def put_once(root: Root, name: str, tar: IO[bytes]) -> None:
    """The same from a file. What is there meanwhile stays. Raises Failure."""
    _put(root, name, tar, _add)


def _put(root: Root, name: str, source: IO[bytes], settle: Callable[[Root, str, str], None]) -> None:
    new = root.at(f'.put-{name}-{uuid4().hex}')
    try:
        os.mkdir(new, 0o700)
        _unpack(new, source)
        settle(root, name, new)
    except tarfile.TarError as error:
        raise Failure(f'What was put as {name} is no tar: {error}.') from error
    finally:
        free_path(new)


def _add(root: Root, name: str, new: str) -> None:
    try:
        os.rename(new, root.at(name))
    except OSError:
        if not os.path.isdir(root.at(name)):
            raise


def _replace(root: Root, name: str, new: str) -> None:
    old = root.at(f'.old-{name}-{uuid4().hex}')
    if os.path.lexists(root.at(name)):
        os.rename(root.at(name), old)
    os.rename(new, root.at(name))
    for left in names_in(root.path):
        if left.startswith((f'.put-{name}-', f'.old-{name}-')):
            free_path(root.at(left))


def _unpack(folder: str, source: IO[bytes]) -> None:
    links: list[tuple[str, str]] = []
    is_whole = False
    with tarfile.open(fileobj=source, mode='r|', encoding='utf-8', errors='surrogateescape') as tar:
        for member in tar:
            if member.name == _last:
                is_whole = True
                continue
            path = _path_in(folder, member.name)
            if member.issym():
                # At the end: nothing is then written through a link.
                links.append((path, member.linkname))
            elif member.isdir():
                os.makedirs(path, 0o755, exist_ok=True)
            elif member.isfile():
                os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
                _write(tar, member, path)
            else:
                raise Failure(f'What was put has {member.name[:200]!r}, which is no file, folder or link.')
    if not is_whole:
        raise Failure('What was put is cut: the connection was lost.')
    # Else who writes would hear that nobody reads.
    while source.read(2**20):
        pass
    for path, target in links:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        os.symlink(target, path)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    content = tar.extractfile(member)
    mode = 0o755 if member.mode & 0o100 else 0o644
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        left = member.size
        while left > 0 and content is not None:
            data = content.read(min(left, 2**20))
            if not data:
                raise Failure('What was put is cut: the connection was lost.')
            left -= len(data)
            while data:
                data = data[os.write(file, data) :]
    finally:
        os.close(file)


def _path_in(folder: str, name: str) -> str:
    names = name.rstrip('/').split('/')
    if any(part in ('', '.', '..') for part in names):
        raise Failure(f'What was put has the path {name[:200]!r}, which leads out of its folder.')
    return os.path.join(folder, *names)
