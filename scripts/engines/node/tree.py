"""The working tree of a slot: made anew for each run, so that nothing of a former run is in it."""

import base64
import binascii
import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Mapping
from typing import TypedDict

from failure import Failure
from removal import free_path, remove_tree

# Files up to this size are read at once.
_small = 2**16
# FICLONE of Linux: the copy shares the blocks of the file until one of the two is written to.
_clone = 0x40049409
_no_space = {errno.ENOSPC, errno.EDQUOT}


class Edit(TypedDict):
    """A file in which a commit differs from the first; `content` in base64."""

    content: str
    isExecutable: bool


def make_tree(
    tree: str,
    base: str,
    *,
    edits: Mapping[str, Edit | None],
    hide: list[str],
    links: Mapping[str, str],
    pulse: Callable[[], None] = lambda: None,
) -> None:
    """Makes the tree of a commit. `pulse` is called now and then. Raises Failure, OSError."""
    free_path(tree, pulse)
    copy_tree(base, tree, pulse)
    arrange(tree, edits=edits, hide=hide, links=links)


def arrange(
    tree: str, *, edits: Mapping[str, Edit | None], hide: list[str], links: Mapping[str, str]
) -> None:
    """Makes a copy of the first commit the tree of another, with its links. Raises Failure, OSError."""
    # First what is not there any more: a file may have become a folder.
    for path, edit in edits.items():
        if edit is None:
            _remove(tree, path)
    for path, edit in edits.items():
        if edit is not None:
            _write(_place(tree, path), path, edit)
    for path in hide:
        _remove(tree, path.rstrip('/'), with_folders=False)
    for path, target in links.items():
        place = _place(tree, path.rstrip('/'))
        remove_tree(place)
        os.symlink(target, place)


def copy_tree(source: str, target: str, pulse: Callable[[], None] = lambda: None) -> None:
    """Copies a folder: files, whether they are programs, folders, and links. Raises Failure, OSError.

    Never by hard links: a run that writes to its file would write to the source.
    """
    if not os.path.isdir(source):
        raise Failure(f'{source} is no folder: `put` brings it.')
    os.mkdir(target, 0o755)
    copier = _Copier()
    folders = [(source, target)]
    while folders:
        from_folder, to_folder = folders.pop()
        with os.scandir(from_folder) as entries:
            for entry in entries:
                pulse()
                place = f'{to_folder}/{entry.name}'
                if entry.is_symlink():
                    os.symlink(os.readlink(entry.path), place)
                elif entry.is_dir():
                    os.mkdir(place, 0o755)
                    folders.append((entry.path, place))
                elif entry.is_file():
                    copier.copy(entry.path, place)


class _Copier:
    """Copies files in the fastest way that the file system has."""

    def __init__(self) -> None:
        self._clones = sys.platform == 'linux'

    def copy(self, source: str, target: str) -> None:
        reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            stats = os.fstat(reader)
            mode = 0o755 if stats.st_mode & stat.S_IXUSR else 0o644
            writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            try:
                if stats.st_size <= _small:
                    _write_all(writer, os.read(reader, _small + 1))
                elif not self._clone(reader, writer):
                    _copy_rest(reader, writer, stats.st_size)
            finally:
                os.close(writer)
        finally:
            os.close(reader)

    def _clone(self, reader: int, writer: int) -> bool:
        if not self._clones:
            return False
        import fcntl

        try:
            fcntl.ioctl(writer, _clone, reader)
        except OSError:
            self._clones = False
        return self._clones


def _copy_rest(reader: int, writer: int, size: int) -> None:
    """In the kernel where it can."""
    in_kernel = getattr(os, 'copy_file_range', None)
    left = size
    while left > 0 and in_kernel is not None:
        try:
            count = in_kernel(reader, writer, min(left, 2**30))
        except OSError as error:
            if left < size:
                raise
            # Two file systems, or one that cannot.
            if error.errno in _no_space:
                raise
            break
        if count == 0:
            break
        left -= count
    while data := os.read(reader, 2**20):
        _write_all(writer, data)


def _write_all(writer: int, data: bytes) -> None:
    while data:
        data = data[os.write(writer, data) :]


def _remove(tree: str, path: str, with_folders: bool = True) -> None:
    """Removes a path, by default with the folders around it that are then empty: git has none."""
    place = _inside(tree, path)
    # What a link leads to is not in the tree.
    if not all(_is_folder(around) for around in _around(tree, path)):
        return
    remove_tree(place)
    if with_folders:
        with contextlib.suppress(OSError):
            for around in reversed(_around(tree, path)):
                os.rmdir(around)


def _around(tree: str, path: str) -> list[str]:
    """The folders around a path that are in the tree, the outermost first."""
    names = path.split('/')[:-1]
    return [f'{tree}/{"/".join(names[: count + 1])}' for count in range(len(names))]


def _write(place: str, path: str, edit: Edit) -> None:
    try:
        content = base64.b64decode(edit['content'], validate=True)
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise Failure(f'The content of {path[:200]} in the job is not base64.', 2) from None
    remove_tree(place)
    mode = 0o755 if edit.get('isExecutable') is True else 0o644
    writer = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        _write_all(writer, content)
    finally:
        os.close(writer)


def _place(tree: str, path: str) -> str:
    """A path in the tree, with the folders around it, which are made where they are not there."""
    place = _inside(tree, path)
    for around in _around(tree, path):
        # A link would lead out of the tree, and a file is in the way.
        if not _is_folder(around):
            remove_tree(around)
            os.mkdir(around, 0o755)
    return place


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False


def _inside(tree: str, path: str) -> str:
    """A path in the tree. Raises Failure for one that leads out of it."""
    names = path.split('/')
    if path == '' or any(name in ('', '.', '..') or '\0' in name for name in names):
        raise Failure(f'{path[:200]!r} in the job is no path in the tree.', 2)
    return f'{tree}/{path}'
