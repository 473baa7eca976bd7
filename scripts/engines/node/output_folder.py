"""What a run may leave in NIGHTSHIFT_OUTPUT: files and folders.

An evaluator opens what lies there with the rights of the user, so a link could show it something else, and a
pipe would make it wait.
"""

import os
import stat

from files import decoded, encoded, kind_of, path_in

# The most that it may hold.
_max_bytes = 2**30
_max_entries = 10_000


def output_problem(root: str) -> str | None:
    """Why no evaluator gets its content, after "it left", as "a link in NIGHTSHIFT_OUTPUT (a/b)"."""
    try:
        top = os.lstat(encoded(root))
    except OSError:
        return 'no folder NIGHTSHIFT_OUTPUT'
    if not stat.S_ISDIR(top.st_mode):
        return f'{_kind_of(top)} in the place of NIGHTSHIFT_OUTPUT'
    size = entries = 0
    folders = ['']
    while folders:
        folder = folders.pop()
        names = _names_in(path_in(root, folder))
        if names is None:
            return f'a folder that cannot be listed in NIGHTSHIFT_OUTPUT{_shown(folder)}'
        for name in names:
            path = f'{folder}/{name}' if folder else name
            try:
                stats = os.lstat(path_in(root, path))
            except OSError:
                return f'a name that is not UTF-8 in NIGHTSHIFT_OUTPUT{_shown(path)}'
            if stat.S_ISDIR(stats.st_mode):
                folders.append(path)
            elif not stat.S_ISREG(stats.st_mode):
                return f'{_kind_of(stats)} in NIGHTSHIFT_OUTPUT{_shown(path)}'
            elif stats.st_nlink > 1:
                return f'a hard link in NIGHTSHIFT_OUTPUT{_shown(path)}'
            else:
                size += stats.st_size
            entries += 1
            if entries > _max_entries:
                return f'more than {_max_entries} files in NIGHTSHIFT_OUTPUT'
            if size > _max_bytes:
                return f'more than {_max_bytes // 2**20} MiB in NIGHTSHIFT_OUTPUT'
    return None


def _names_in(folder: bytes) -> list[str] | None:
    """At most one more than are allowed; None where the folder cannot be listed."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                names.append(decoded(entry.name))
                if len(names) > _max_entries:
                    break
    except OSError:
        return None  # The run took the rights away.
    return names


def _shown(path: str) -> str:
    return f' ({path[:120]})' if path else ''


def _kind_of(stats: os.stat_result) -> str:
    return kind_of(stats.st_mode) or 'a file'
