"""Whether the folder in which evaluators run holds its frozen files and nothing else.

A module that was planted beside them would be imported.
"""

import os
import posixpath

from files import decoded, path_in
from frozen_hashes import check_frozen
from job import EvaluationFolder


def change_in(evaluation: EvaluationFolder) -> str | None:
    """The first path that differs, as "score.js has changed" or "json.py was put there"; None without one."""
    changed = check_frozen(evaluation.folder, evaluation.hashes)['changed']
    if changed is not None:
        return f'{changed} has changed'
    for path, target in evaluation.links.items():
        if _target_of(path_in(evaluation.folder, path)) != target:
            return f'{path} has changed'
    planted = _first_planted(evaluation.folder, {*evaluation.hashes, *evaluation.links, '.git'})
    return None if planted is None else f'{planted} was put there'


def _target_of(path: bytes) -> str | None:
    try:
        return decoded(os.readlink(path))
    except (OSError, ValueError):
        return None  # Removed, no link, or in the place of its folder lies a file.


def _first_planted(root: str, known: set[str]) -> str | None:
    """The first entry that is neither known nor a folder around something known."""
    around = {folder for path in known for folder in _folders_of(path)}
    folders = ['']
    while folders:
        folder = folders.pop()
        for name, is_folder in _entries_of(path_in(root, folder)):
            path = name if folder == '' else f'{folder}/{name}'
            if path in known:
                continue
            if not is_folder or path not in around:
                return path
            folders.append(path)
    return None


def _folders_of(path: str) -> list[str]:
    """The folders around a path: "a/b/c" lies in "a/b" and "a"."""
    folder = posixpath.dirname(path)
    return [] if folder in ('', '/') else [folder, *_folders_of(folder)]


def _entries_of(folder: bytes) -> list[tuple[str, bool]]:
    """Names, and whether they are folders; none of a folder that cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return [(decoded(entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries]
    except OSError:
        return []  # What should be in it is missing, which is found before.
