"""Processes identified by pid and start time, because a pid alone may have been reused.

The form is that of scripts/lib/process/owner.ts, so that the harness can ask on the same machine.
"""

import os
import subprocess
import sys
from typing import TypedDict


class Owner(TypedDict):
    """A process; `start` is to compare only, and '' of one that has ended."""

    pid: int
    start: str


def owner_of(pid: int) -> Owner:
    """A process of this machine."""
    return {'pid': pid, 'start': _start_of(pid) or ''}


def this_process() -> Owner:
    """The process that asks."""
    return owner_of(os.getpid())


def is_alive(owner: Owner) -> bool:
    """Whether this process still runs; a zombie does not."""
    return owner['start'] != '' and _start_of(owner['pid']) == owner['start']


def _start_of(pid: int) -> str | None:
    """Start time of a process as an opaque string; None when it does not exist or is a zombie."""
    if sys.platform == 'linux':
        stat = _text(f'/proc/{pid}/stat')
        if stat is None:
            return None
        # "pid (name) state …"; the name may contain any character. Field 22 is the start in ticks since boot.
        fields = stat[stat.rfind(')') + 2 :].split(' ')
        boot = _text('/proc/sys/kernel/random/boot_id') or ''
        return None if fields[0] == 'Z' else f'{boot.strip()} {fields[19]}'
    # ps fails when the process does not exist.
    words = ['ps', '-o', 'stat=,lstart=', '-p', str(pid)]
    text = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    return None if text == '' or text.startswith('Z') else text.split(None, 1)[1]


def _text(path: str) -> str | None:
    try:
        with open(path, encoding='latin-1') as file:
            return file.read()
    except OSError:
        return None
