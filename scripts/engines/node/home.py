"""The home folder of a sandboxed run: what lies in the user's, by links, as lib/sandbox/home.ts makes it."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

# Folders in which a program writes beside what others keep there; their entries are linked one by one.
SHARED = ('.cache', '.cache/uv', '.cache/huggingface', '.config', '.local', '.local/share', '.local/state')

# In which Hugging Face's `datasets` locks a data set to read it, and writes what it computes of one:
# NAME/CONFIG/VERSION/HASH/FILE. Folders are made, and files linked, but for `downloads`, which may have very
# many, and is only read.
DATASETS = '.cache/huggingface/datasets'

# What is made and linked one by one there, outermost first. A folder with more is linked as a whole.
MOST_OF_DATASETS = 1000

# Caches that a program fills as it runs, and gives up or fails where it cannot. A run begins with empty ones.
WRITTEN = (
    '.triton',
    '.nv',
    '.cache/fontconfig',
    '.cache/jax',
    '.cache/matplotlib',
    '.cache/mesa_shader_cache',
    '.cache/numba',
    '.cache/torch_extensions',
    '.config/matplotlib',
)

# Entries of uv's cache that every call of uv writes: locks, temporary files, what it found of an interpreter.
WRITTEN_BY_UV = re.compile(r'\.cache/uv/(?:\.|(?:interpreter|environments|builds)-)')


def furnish_home(home: str, real_home: str, hidden: Iterable[str]) -> None:
    """Fills the home folder of a run with links: data and packages are found by the same path from HOME.

    What is there already stays. The folder itself must be there. hidden: absolute paths that the run cannot
    read, among them what is private in the user's home; they are not linked.
    """
    own, real = Path(home), Path(real_home)
    left = {real / name for name in (*SHARED, *WRITTEN, DATASETS)} | {Path(path) for path in hidden}
    for folder in ('', *SHARED):
        names = _names(real / folder)
        if names:
            (own / folder).mkdir(parents=True, exist_ok=True)
        for name in names:
            is_left = real / folder / name in left or WRITTEN_BY_UV.match(os.path.join(folder, name))
            if not is_left:
                _link(own / folder / name, real / folder / name)
    _furnish_datasets(own, real)


def _furnish_datasets(own: Path, real: Path) -> None:
    """Links the files of data sets one by one."""
    count = 0
    folders = [DATASETS]
    # The list grows as folders are found.
    for folder in folders:
        names = _names(real / folder)
        if not names:
            continue
        if count + len(names) > MOST_OF_DATASETS or folder == f'{DATASETS}/downloads':
            _link(own / folder, real / folder)
            continue
        count += len(names)
        (own / folder).mkdir(parents=True, exist_ok=True)
        for path in (f'{folder}/{name}' for name in names if not name.endswith('.lock')):
            if (real / path).is_dir() and not (real / path).is_symlink():
                folders.append(path)
            else:
                _link(own / path, real / path)


def _link(link: Path, target: Path) -> None:
    with contextlib.suppress(FileExistsError):
        link.symlink_to(target)


def _names(folder: Path) -> list[str]:
    """None where there is no such folder, or it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
