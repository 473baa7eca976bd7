"""The user's cache folder: prepared data, compiled kernels, and choices measured on this machine."""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from failure import say, write_whole, writing

COMPILED = 'compiled'  # folder of kernels compiled by torch, one folder for each Python that compiles
KEEP_DAYS = 14  # compiled kernels that were not used for longer are removed


def cache_root() -> Path:
    """NIGHTSHIFT_CACHE, else `nightshift` in the user's cache folder of this system."""
    if own := os.environ.get('NIGHTSHIFT_CACHE'):
        return Path(own).expanduser().absolute()
    if xdg := os.environ.get('XDG_CACHE_HOME'):
        return Path(xdg) / 'nightshift'
    return Path.home() / ('Library/Caches' if sys.platform == 'darwin' else '.cache') / 'nightshift'


def keep_compiled() -> None:
    """Lets torch.compile keep its kernels in the user's cache folder, unless TORCHINDUCTOR_CACHE_DIR is set.

    By default they lie in the temporary folder, which a restart empties: the next run then compiles again.
    Call it before torch is imported.
    """
    version = f'python{sys.version_info[0]}.{sys.version_info[1]}'
    os.environ.setdefault('TORCHINDUCTOR_CACHE_DIR', str(cache_root() / COMPILED / version))


def remove_unused(now: float | None = None) -> None:
    """Removes compiled kernels that no run has read for KEEP_DAYS. Each change of a shape adds some MB."""
    oldest = (time.time() if now is None else now) - KEEP_DAYS * 86_400
    for folder, _, names in os.walk(cache_root() / COMPILED, topdown=False):
        for name in names:
            path = Path(folder, name)
            try:
                used = path.lstat()
                if max(used.st_atime, used.st_mtime) < oldest:
                    path.unlink()
            except OSError:  # another process removed it, or it is not ours
                continue


def fastest(
    what: str, conditions: dict[str, object], candidates: dict[str, Callable[[], float]], limit: float
) -> str | None:
    """Name of the candidate that takes the fewest seconds, measured once and then remembered.

    A candidate is a call that returns its seconds; one that raises RuntimeError cannot run here and is left
    out. `conditions` are what the choice depends on, such as card, versions and shape: under the same ones
    the same candidate is chosen again, so that two runs of the same code use the same kernels. After `limit`
    seconds no further candidate is measured. The first candidate is chosen unless another is 3% faster.
    None: no candidate can run.
    """
    key = json.dumps({'what': what, 'candidates': sorted(candidates), **conditions}, sort_keys=True)
    path = cache_root() / 'choices' / f'{hashlib.sha256(key.encode()).hexdigest()[:24]}.json'
    if (chosen := remembered(path, key)) in candidates:
        return chosen
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    for name, measure in candidates.items():
        if seconds and time.perf_counter() - started > limit:
            break
        try:
            seconds[name] = measure()
        except RuntimeError:
            continue
    if not seconds:
        return None
    first = next(iter(candidates))
    chosen = min(seconds, key=lambda name: seconds[name] * (0.97 if name == first else 1))
    with writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        record = {'key': key, 'chosen': chosen, 'seconds': seconds}
        write_whole(path, json.dumps(record, indent=2).encode())
    times = ', '.join(f'{name} {1e3 * took:.2f} ms' for name, took in seconds.items() if math.isfinite(took))
    say(f'{what}: {chosen} ({times})')
    return chosen


def remembered(path: Path, key: str) -> str | None:
    """The choice in a file of fastest(); None where there is none for this key."""
    try:
        record = json.loads(path.read_text('utf-8'))
        return record['chosen'] if record['key'] == key and isinstance(record['chosen'], str) else None
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
