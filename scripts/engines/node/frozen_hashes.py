"""Hashes of frozen files, before and after each run, as scripts/engines/local/frozenHashes.ts makes them.

After a run anything may lie in a frozen file's place: a pipe that nobody writes to, a device, a file of any
size. None is waited for or read beyond the size that the frozen file had; what cannot be read has changed.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable
from typing import TypedDict

from files import path_in

_lone_surrogate = re.compile('[\ud800-\udfff]')


class FrozenCheck(TypedDict):
    """What hashing after a run found: `digest_of` the files as they are, and the first path that differs."""

    digest: str
    changed: str | None


def hash_frozen(folder: str, paths: Iterable[str], limits: dict[str, str] | None = None) -> dict[str, str]:
    """Path to content: "folder" (a submodule), or kind (link, program, file), size in bytes and SHA-256.

    `limits` are hashes before; a file of another size is not read.
    """
    before = limits or {}
    return {path: _content_of(path_in(folder, path), before.get(path)) for path in paths}


def check_frozen(folder: str, before: dict[str, str]) -> FrozenCheck:
    """Compares the paths in a folder with their hashes before."""
    now = hash_frozen(folder, before, before)
    changed = next((path for path, content in before.items() if now[path] != content), None)
    return {'digest': digest_of(now), 'changed': changed}


def digest_of(frozen: dict[str, str]) -> str:
    """One hash of all paths and contents, in any order."""
    # JavaScript compares UTF-16 units.
    pairs = sorted(frozen.items(), key=lambda pair: pair[0].encode('utf-16-be', 'surrogatepass'))
    text = json.dumps(pairs, ensure_ascii=False, separators=(',', ':'))
    escaped = _lone_surrogate.sub(lambda found: f'\\u{ord(found[0]):04x}', text)
    return hashlib.sha256(escaped.encode()).hexdigest()


def _content_of(path: bytes, before: str | None) -> str:
    """What is compared: "missing", "no file", "unreadable" or "…, not read" where no content is hashed."""
    try:
        stats = os.lstat(path)
    except (OSError, ValueError):
        return 'missing'
    if stat.S_ISDIR(stats.st_mode):
        return 'folder'
    if stat.S_ISLNK(stats.st_mode):
        return _link_at(path)
    if not stat.S_ISREG(stats.st_mode):
        return 'no file'
    # Also for root, who could read it.
    if stats.st_mode & 0o400 == 0:
        return 'unreadable'
    kind = f'{"program" if stats.st_mode & 0o111 else "file"} {stats.st_size}'
    if before is not None and not before.startswith(f'{kind} '):
        return f'{kind}, not read'
    found = _hash_file(path, stats.st_size)
    return 'unreadable' if found is None else f'{kind} {found}'


def _link_at(path: bytes) -> str:
    try:
        target = os.readlink(path)
    except OSError:
        return 'unreadable'
    return f'link {len(target)} {hashlib.sha256(target).hexdigest()}'


def _hash_file(path: bytes, size: int) -> str | None:
    """SHA-256 of a regular file of this size; None where it cannot be read, or has another size by now."""
    try:
        # Neither a link nor a pipe that has taken the file's place meanwhile is followed or waited for.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return _hash_bytes(file, size) if stat.S_ISREG(os.fstat(file).st_mode) else None
    except OSError:
        return None  # A failing disk.
    finally:
        os.close(file)


def _hash_bytes(file: int, size: int) -> str | None:
    digest = hashlib.sha256()
    total = 0
    while total <= size:
        part = os.read(file, min(2**20, size + 1))
        if not part:
            break
        digest.update(part)
        total += len(part)
    return digest.hexdigest() if total == size else None
