"""Who holds a slot: one process at a time makes its tree and executes its runs.

Each holder has a number, and a file of that name in slot-N/workers, which it alone writes. The one with the
highest number holds the slot. Who finds that one dead makes the next file; of several that try, one does.
"""

import contextlib
import math
import os
import re
import signal
import time
from collections.abc import Callable
from typing import Literal

from layout import Root, names_in
from machine import as_owner, file_clock, is_there, machine_id, node_name
from owner import is_alive, this_process
from records import Record, create_record, read_record, write_record
from runs import State, kill_run, mark_lost, stale_seconds, state_of, text_in

# Of those that have ended, so many are kept: a listing of a network file system may be some seconds old.
_kept = 5
# Name of a holder's file.
_number = re.compile(r'[0-9]{1,9}')
# Seconds between two heartbeats.
_beat = 2.0


class Holder:
    """The process that executes this, while it holds a slot."""

    def __init__(self, root: Root, slot: int, number: int, value: dict) -> None:
        self.root = root
        self.slot = slot
        self.number = number
        self._value = value
        self._path = root.slot(slot, 'workers', str(number))
        self._last = time.monotonic()
        # Of the run under way.
        self.key: str | None = None
        # Why the run under way shall end: by its session, or because it counts as lost already.
        self.is_cancelled = False
        self.is_lost = False
        # Another process has the slot, or the root was removed.
        self.is_replaced = False

    def set(self, state: Literal['idle', 'busy', 'ended'], key: str | None = None) -> None:
        """Says what it does. A full disk does not stop it."""
        self.key, self.is_cancelled, self.is_lost = key, False, False
        self._value = {**self._value, 'state': state, 'key': key}
        with contextlib.suppress(OSError):
            write_record(self._path, self._value)

    def pulse(self) -> None:
        """To be called often. Now and then it says that this process lives, and looks for what others ask."""
        if time.monotonic() - self._last >= _beat:
            self._last = time.monotonic()
            self.beat()

    def beat(self) -> None:
        """Says so, and looks, at once."""
        try:
            os.utime(self._path)
            if self.key is not None:
                names = os.listdir(self.root.run(self.key))
                os.utime(self.root.run(self.key, 'claim.json'))
                self.is_cancelled = self.is_cancelled or 'cancel' in names
                self.is_lost = self.is_lost or 'lost.json' in names
        except FileNotFoundError:
            self.is_replaced = True
        except OSError:
            return  # A file server that does not answer for a moment.
        if str(self.number + 1) in names_in(self.root.slot(self.slot, 'workers')):
            self.is_replaced = True

    @property
    def must_end(self) -> bool:
        """Whether the run under way shall end."""
        return self.is_cancelled or self.is_lost or self.is_replaced


def take_slot(
    root: Root,
    slot: int,
    *,
    until: float | None,
    may_wait: Callable[[], bool],
    stale: float = stale_seconds,
) -> Holder | None:
    """Takes a slot as soon as nobody else holds it. Runs that its last holder has not ended are then lost.

    `may_wait` waits some time, and says whether to go on. Returns None where it said no. `until`: seconds
    since 1970 at which the scheduler ends this process.
    """
    root.make_slot(slot)
    while True:
        last = last_holder(root, slot)
        if last is None or not _is_held(root, last[1], stale):
            number = 1 if last is None else last[0] + 1
            value = _value(slot, until)
            if create_record(root.slot(slot, 'workers', str(number)), value):
                _kill_stopped(last)
                _remove_old(root, slot, number)
                _end_left(root, slot, stale)
                return Holder(root, slot, number, value)
            continue
        if not may_wait():
            return None


def last_holder(root: Root, slot: int) -> tuple[int, Record] | None:
    """The holder with the highest number, which may have ended; None where there was none."""
    folder = root.slot(slot, 'workers')
    for number in sorted((int(name) for name in names_in(folder) if _number.fullmatch(name)), reverse=True):
        found = read_record(os.path.join(folder, str(number)))
        if found is not None:
            return number, found
    return None


def told_of(number: int, last: Record, age: float, stale: float) -> dict:
    """What is told of a holder: `workerSchema` of scripts/engines/remote/verbs.ts.

    A run may have written anything there.
    """
    found = last.value
    state = found.get('state') if found.get('state') in ('idle', 'busy') else 'ended'
    until = found.get('until')
    return {
        'node': text_in(found, 'node') or '',
        'pid': as_owner(found)['pid'],
        'state': state,
        'key': text_in(found, 'key'),
        'until': until if isinstance(until, int | float) and math.isfinite(until) else None,
        'schedulerJob': text_in(found, 'schedulerJob'),
        'restarts': _count(found.get('restarts')),
        'generation': number,
        'age': max(0.0, age),
        'isAlive': state != 'ended' and is_there(found, age, stale),
    }


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _is_held(root: Root, last: Record, stale: float) -> bool:
    found = last.value
    if found.get('state') == 'ended':
        return False
    # The scheduler starts a job again when it has ended.
    job = os.environ.get('SLURM_JOB_ID')
    if job is not None and found.get('schedulerJob') == job and _restarts() > _count(found.get('restarts')):
        return False
    return is_there(found, file_clock(root.path) - last.changed, stale)


def _kill_stopped(last: tuple[int, Record] | None) -> None:
    """A process that was stopped so long that it counts as dead would write to the slot when it goes on."""
    if last is not None and last[1].value.get('machine') == machine_id():
        owner = as_owner(last[1].value)
        if last[1].value.get('state') != 'ended' and is_alive(owner):
            with contextlib.suppress(OSError):
                os.kill(owner['pid'], signal.SIGKILL)


def _value(slot: int, until: float | None) -> dict:
    return {
        'slot': slot,
        'node': node_name(),
        'machine': machine_id(),
        **this_process(),
        'state': 'idle',
        'key': None,
        'until': until,
        'schedulerJob': os.environ.get('SLURM_JOB_ID'),
        'restarts': _restarts(),
        'at': time.time(),
    }


def _restarts() -> int:
    """How often the scheduler has started this job again."""
    text = os.environ.get('SLURM_RESTART_COUNT', '0')
    return int(text) if text.isdecimal() else 0


def _remove_old(root: Root, slot: int, number: int) -> None:
    folder = root.slot(slot, 'workers')
    for name in names_in(folder):
        if _number.fullmatch(name) and int(name) <= number - _kept:
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, name))


def _end_left(root: Root, slot: int, stale: float) -> None:
    """Ends the runs that the last holder of the slot has not ended."""
    now = file_clock(root.path)
    for key in root.run_keys():
        found = read_record(root.run(key, 'claim.json'))
        if found is None or found.value.get('slot') != slot or found.value.get('isOver') is True:
            continue
        kill_run(found.value)
        if os.path.lexists(root.run(key, 'exit.json')):
            _say_over(root, key, found.value)
        elif _restarts() > 0:
            mark_lost(root, key, found.value, 'requeued', 'the scheduler has started its job again')
        else:
            _left(root, key, found.value, now, stale)


def _left(root: Root, key: str, claimed: dict, now: float, stale: float) -> State:
    """Of a run whose holder has lost its slot. On another machine its heartbeat may still be young."""
    state = state_of(root, key, now, stale)
    if state is not None and state['state'] != 'running':
        return state
    return mark_lost(root, key, claimed, 'runner killed', 'its slot has another worker')


def _say_over(root: Root, key: str, claimed: dict) -> None:
    with contextlib.suppress(OSError):
        write_record(root.run(key, 'claim.json'), {**claimed, 'isOver': True})
