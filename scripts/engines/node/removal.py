"""Removes what a run left, whatever it is and whatever rights it has."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable
from uuid import uuid4


def remove_tree(path: str, pulse: Callable[[], None] = lambda: None) -> None:
    """Removes whatever is at a path. Links are not followed. `pulse` is called now and then. Raises OSError.

    Folders are moved up before they are emptied: paths stay short, however deep a run has nested them.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        os.unlink(path)
        return
    folders = [path]
    # The first is removed last: the others are moved into it. After many rounds, something still fills it.
    rounds = 0
    while rounds < 100:
        folder = folders.pop() if len(folders) > 1 else path
        rounds += folder == path
        inner = _empty(folder, pulse)
        moved = [_move_up(os.path.join(folder, name), path) for name in inner] if folder != path else []
        folders += moved or [os.path.join(path, name) for name in inner]
        if folder != path:
            os.rmdir(folder)
        elif not inner:
            os.rmdir(path)
            return
    raise OSError(errno.ENOTEMPTY, 'Something still writes into it', path)


def _empty(folder: str, pulse: Callable[[], None]) -> list[str]:
    """Unlinks all but the folders in it. Returns their names."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    inner: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            pulse()
            if entry.is_dir(follow_symlinks=False):
                inner.append(entry.name)
            else:
                os.unlink(entry.path)
    return inner


def _move_up(folder: str, top: str) -> str:
    """Moves a folder into `top`. It must be writable, because its entry `..` changes."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    moved = os.path.join(top, f'.moved-{uuid4().hex}')
    os.rename(folder, moved)
    return moved


def free_path(path: str, pulse: Callable[[], None] = lambda: None) -> None:
    """Removes what is at a path, or, where that fails, moves it aside. Raises OSError if both fail."""
    try:
        remove_tree(path, pulse)
    except OSError:
        os.rename(path, f'{path}.left-{uuid4().hex}')
