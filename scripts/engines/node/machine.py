"""Which machine this is, and which processes work on it."""

import functools
import os
import socket
import sys
import time
from uuid import uuid4

from owner import Owner, is_alive


def node_name() -> str:
    """The scheduler's name of the node; without one the host name."""
    return os.environ.get('SLURMD_NODENAME') or socket.gethostname()


@functools.cache
def machine_id() -> str:
    """The same where the numbers of processes mean the same: one start of one machine, one PID namespace."""
    if sys.platform != 'linux':
        return socket.gethostname()
    try:
        with open('/proc/sys/kernel/random/boot_id', encoding='ascii') as file:
            return f'{file.read().strip()} {os.readlink("/proc/self/ns/pid")}'
    except OSError:
        return socket.gethostname()


def is_there(found: dict, age: float, stale: float) -> bool:
    """Whether a process that left {machine, pid, start} still works.

    On another machine that is so while its heartbeat is young. On this one its process must be there, and its
    heartbeat may be ten times as old: a stopped process does not work. `age` and `stale` are seconds.
    """
    if found.get('machine') != machine_id():
        # By the same clock it is not in the future: something else has set it there.
        return abs(age) <= stale
    return age <= 10 * stale and is_alive(as_owner(found))


def as_owner(found: object) -> Owner:
    """The process that {pid, start} names; one that has ended where it names none."""
    pid, start = (found.get('pid'), found.get('start')) if isinstance(found, dict) else (None, None)
    is_process = isinstance(pid, int) and pid > 1 and isinstance(start, str)
    return {'pid': pid, 'start': start} if is_process else {'pid': 0, 'start': ''}


def file_clock(folder: str) -> float:
    """Seconds since 1970 by the clock that gives files of this folder their times, e.g. a server's."""
    path = os.path.join(folder, f'.clock-{uuid4().hex}')
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return time.time()  # A full disk: heartbeats are then compared with the clock of this machine.
    try:
        # Not by utime: some systems give the time of a new file otherwise than that of a write.
        os.utime(file)
        return os.fstat(file).st_mtime
    finally:
        os.close(file)
        os.unlink(path)
