"""Processes that outlived a run, found by a mark in their environment and as descendants of a process."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

from files import encoded

# Environment variable that marks every descendant of a run.
run_mark_variable = 'NIGHTSHIFT_RUN'

_first_of_namespace = re.compile(rb'^NSpid:.*\s1$', re.MULTILINE)


class Search(NamedTuple):
    """What is found beside the marked processes and their descendants.

    ancestor: all descendants of this process are found too, whatever their environment.
    spared: neither this one of its descendants nor what is below it is found, unless it is marked.
    """

    ancestor: int | None = None
    spared: int | None = None


class _Process(NamedTuple):
    pid: int
    parent: int
    is_marked: bool


def kill_orphans(
    mark: str,
    search: Search,
    uncounted: str | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Kills every other process with the mark, and all that descends from one, until none is left.

    Those with the mark `uncounted` are killed, and not counted. `pause` waits some seconds. Returns their
    number, without the first processes of PID namespaces: those of a sandbox wait for the others.
    """
    seen: set[int] = set()
    # Processes may fork during the search, so it is repeated.
    for _ in range(20):
        found = find_orphans(mark, search)
        if not found:
            break
        # Before any is killed: with the first process of a PID namespace all others of it end.
        seen.update(
            pid for pid in found if not _is_first_of_namespace(pid) and not _is_marked_by(pid, uncounted)
        )
        for pid in found:
            with contextlib.suppress(OSError):  # It has already exited.
                os.kill(pid, signal.SIGKILL)
        pause(0.02)
    return len(seen)


def find_orphans(mark: str, search: Search) -> list[int]:
    """Pids of what `kill_orphans` kills; zombies are none of them."""
    entry = _entry_of(mark)
    own = os.getpid()
    listed = _list_by_proc(entry) if sys.platform == 'linux' else _list_by_ps(entry)
    marked = {process.pid for process in listed if process.is_marked} - {own}
    ancestors = marked if search.ancestor is None else marked | {search.ancestor}
    descendants = _descendants_of(ancestors, listed, search.spared)
    return [process.pid for process in listed if process.pid in (marked | descendants) - {own}]


def _descendants_of(ancestors: Iterable[int], listed: list[_Process], spared: int | None) -> set[int]:
    children: dict[int, list[int]] = {}
    for process in listed:
        children.setdefault(process.parent, []).append(process.pid)
    found: set[int] = set()
    left = list(ancestors)
    while left:
        new = [pid for pid in children.get(left.pop(), []) if pid != spared and pid not in found]
        found.update(new)
        left += new
    return found


def _list_by_proc(entry: bytes) -> list[_Process]:
    """Processes of /proc without zombies."""
    listed: list[_Process] = []
    for name in os.listdir('/proc'):
        if not name.isdecimal():
            continue
        # "pid (name) state parent …"; the name may contain any character.
        stat = _read_proc(name, 'stat')
        fields = stat[stat.rfind(b')') + 2 :].split(b' ', 2)
        if len(fields) == 3 and fields[0] != b'Z':
            listed.append(_Process(int(name), int(fields[1]), _has_entry(name, entry)))
    return listed


def _list_by_ps(entry: bytes) -> list[_Process]:
    """macOS: `ps -E` prints the environment after the command."""
    words = ['ps', '-axEww', '-o', 'pid=,ppid=,command=']
    ps = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    text, _ = ps.communicate()
    rows = [line.split(None, 2) for line in text.splitlines()]
    return [
        _Process(int(row[0]), int(row[1]), entry in row[2].split(b' '))
        for row in rows
        if len(row) == 3 and int(row[0]) != ps.pid
    ]


def _entry_of(mark: str) -> bytes:
    return encoded(f'{run_mark_variable}={mark}')


def _has_entry(pid: int | str, entry: bytes) -> bool:
    return entry in _read_proc(pid, 'environ').split(b'\0')


def _is_marked_by(pid: int, mark: str | None) -> bool:
    return mark is not None and _has_entry(pid, _entry_of(mark))


def _is_first_of_namespace(pid: int) -> bool:
    # "NSpid:" has the process's number in each PID namespace from the outermost to its own.
    return _first_of_namespace.search(_read_proc(pid, 'status')) is not None


def _read_proc(pid: int | str, name: str) -> bytes:
    """Nothing where it cannot be read: of another user's process, or of one that has just exited."""
    try:
        with open(f'/proc/{pid}/{name}', 'rb') as file:
            return file.read()
    except OSError:
        return b''
