"""The user's cache folder: prepared data, compiled kernels, and choices measured on this machine.

A run in a sandbox reads it and cannot write it: it keeps kernels and choices in a folder of its session.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from failure import out_of_memory, say, write_whole

COMPILED = 'compiled'  # folder of kernels compiled by torch, one folder for each Python that compiles
KEEP_DAYS = 14  # compiled kernels that were not used for longer are removed


def cache_root() -> Path:
    """NIGHTSHIFT_CACHE, else `nightshift` in the user's cache folder of this system."""
    if own := os.environ.get('NIGHTSHIFT_CACHE'):
        return Path(own).expanduser().absolute()
    xdg = Path(os.environ.get('XDG_CACHE_HOME', ''))
    if xdg.is_absolute():  # a relative one is to be ignored
        return xdg / 'nightshift'
    return Path.home() / ('Library/Caches' if sys.platform == 'darwin' else '.cache') / 'nightshift'


def compiled_root() -> Path:
    """Folder in which kernels and choices are kept: NIGHTSHIFT_COMPILED, else the cache folder."""
    of_session = os.environ.get('NIGHTSHIFT_COMPILED')
    return Path(of_session) if of_session else cache_root()


def keep_compiled() -> None:
    """Lets torch.compile keep its kernels in compiled_root(), unless TORCHINDUCTOR_CACHE_DIR is set.

    By default they lie in the temporary folder, which a restart empties: the next run then compiles again.
    It stays the default where the folder cannot be written: torch would compile nothing. Call it before
    torch is imported.
    """
    if os.environ.get('TORCHINDUCTOR_CACHE_DIR'):
        return
    os.environ.pop('TORCHINDUCTOR_CACHE_DIR', None)  # torch takes an empty name for a folder
    folder = compiled_root() / COMPILED / f'python{sys.version_info[0]}.{sys.version_info[1]}'
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            os.environ['TORCHINDUCTOR_CACHE_DIR'] = str(folder)


def remove_unused(now: float | None = None) -> None:
    """Removes compiled kernels that no run has read for KEEP_DAYS. Each change of a shape adds some MB.

    What lies in one folder belongs together, and is removed together: a kernel that lacks a file is an error.
    """
    oldest = (time.time() if now is None else now) - KEEP_DAYS * 86_400
    roots = (cache_root() / COMPILED).glob('python[0-9]*')  # in a folder that the user named may be others
    for folder, _, names in (found for root in roots for found in os.walk(root, topdown=False)):
        paths = [Path(folder, name) for name in names]
        with contextlib.suppress(OSError):  # another process removed something, or it is not ours
            if any(max(used.st_atime, used.st_mtime) >= oldest for used in (path.lstat() for path in paths)):
                continue
            for path in paths:
                path.unlink()
            if paths:
                Path(folder).rmdir()  # unless it holds folders


def fastest(
    what: str, conditions: dict[str, object], candidates: dict[str, Callable[[], float]], limit: float
) -> str | None:
    """Name of the candidate that takes the fewest seconds, measured once and then remembered.

    A candidate is a call that returns its seconds. One that fails cannot run here and is left out, which a
    line says: compilers raise errors of many kinds, and none shall end a run that other candidates can serve.
    Memory that runs out says nothing about a candidate: this error is raised.
    `conditions` are what the choice depends on, such as card, versions and shape: under the same ones the
    same candidate is chosen again, so that two runs of the same code use the same kernels. After `limit`
    seconds no further candidate is measured. The first candidate is chosen unless another is 3% faster.
    None: no candidate can run.
    """
    key = json.dumps({'what': what, 'candidates': sorted(candidates), **conditions}, sort_keys=True)
    file = f'{hashlib.sha256(key.encode()).hexdigest()[:24]}.json'
    path = compiled_root() / 'choices' / file
    for place in (path, cache_root() / 'choices' / file):
        if (chosen := remembered(place, key)) in candidates:
            return chosen
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    for name, measure in candidates.items():
        if seconds and time.perf_counter() - started > limit:
            break
        try:
            seconds[name] = measure()
        except Exception as error:
            if out_of_memory(error):
                raise
            why = next(iter(str(error).strip().splitlines()), '')
            say(f'{what}: {name} cannot run here ({type(error).__name__}: {why[:120]})')
    if not seconds:
        return None
    first = next(iter(candidates))
    chosen = min(seconds, key=lambda name: seconds[name] * (0.97 if name == first else 1))
    if (other := remembered(path, key)) in candidates:  # of a process that measured at the same time
        return other
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {'key': key, 'chosen': chosen, 'seconds': seconds}
        write_whole(path, json.dumps(record, indent=2).encode())
    except OSError as error:  # the run needs the choice, not its file
        say(f'{what}: the choice is not remembered, {path} cannot be written ({error.strerror or error})')
    times = ', '.join(f'{name} {1e3 * took:.2f} ms' for name, took in seconds.items() if math.isfinite(took))
    say(f'{what}: {chosen} ({times})')
    return chosen


def remembered(path: Path, key: str) -> str | None:
    """The choice in a file of fastest(); None where there is none for this key."""
    try:
        record = json.loads(path.read_text('utf-8'))
        return record['chosen'] if record['key'] == key and isinstance(record['chosen'], str) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
