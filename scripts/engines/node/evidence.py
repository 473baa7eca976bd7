"""What a run and its machine show of how the run ended."""

import errno
import json
import os

from files import read_found

# Of an error for want of space.
no_space = {errno.ENOSPC, errno.EDQUOT}
# What a program says of one.
no_space_words = [os.strerror(number).encode() for number in no_space]
# With less a disk is full, bytes.
_least_space = 2**20
# Bytes of exit.json that are read.
_max_exit = 2**25


def read_exit(path: str) -> dict | None:
    """What the runner signed; None where there is none. It is for the harness to check the signature."""
    # Whatever the run may have put there.
    content = read_found(path, _max_exit).content
    try:
        value = json.loads(json.loads(content or b'')['text'])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_well(exit: dict) -> bool:
    """Whether its command did what it should."""
    return exit.get('code') == 0 and exit.get('ended') is None


def is_full_at(path: str) -> bool:
    """Whether the disk of a path is full."""
    try:
        found = os.statvfs(path)
    except OSError:
        return False
    # Without a number of files the file system has no limit of them.
    return found.f_bavail * found.f_frsize < _least_space or (found.f_files > 0 and found.f_favail == 0)


def killed_for_memory() -> int:
    """How many processes of this control group were killed for its memory; 0 where nothing says it."""
    try:
        with open('/proc/self/cgroup', encoding='ascii') as file:
            own = next(line[3:].strip() for line in file if line.startswith('0::'))
        with open(f'/sys/fs/cgroup{own}/memory.events', encoding='ascii') as file:
            return next(int(line.split()[1]) for line in file if line.startswith('oom_kill '))
    except (OSError, StopIteration, ValueError, IndexError):
        return 0
