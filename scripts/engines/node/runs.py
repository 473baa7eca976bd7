"""The runs of a root: who executes each, and what became of it."""

import contextlib
import math
import os
import time
from collections.abc import Callable
from typing import Literal, TypedDict, get_args
from uuid import uuid4

from evidence import no_space
from job import evaluator_mark
from layout import Root, slot_of
from machine import as_owner, is_there, machine_id, node_name
from orphans import Search, kill_orphans
from owner import is_alive, this_process
from records import Record, create_record, read_record, write_record
from removal import remove_tree

# Seconds without a heartbeat after which a process of another machine counts as dead.
stale_seconds = 30.0

# Of a text of a record so many characters are told.
_most_said = 300

# Names of scripts/engines/engine.ts.
Cause = Literal[
    'node failed',
    'preempted',
    'requeued',
    'out of memory',
    'disk full',
    'cancelled',
    'time limit',
    'runner killed',
]


class State(TypedDict):
    """What is known of a run: `runStateSchema` of scripts/engines/remote/verbs.ts."""

    state: Literal['waiting', 'running', 'ended', 'lost']
    slot: int | None
    node: str | None
    cause: str | None
    detail: str | None
    # When it was taken, seconds since 1970 by the clock of its machine; None while it waits.
    began: float | None


def waiting(slot: int) -> State:
    """Of a run that nobody has taken."""
    return {'state': 'waiting', 'slot': slot, 'node': None, 'cause': None, 'detail': None, 'began': None}


def claim(root: Root, key: str, slot: int, generation: int | None) -> dict | None:
    """Takes a run: of all processes that try, ever, one does.

    Returns the content of its claim.json; None when another one has taken it, or it was removed.
    """
    own = {
        'id': uuid4().hex,
        'key': key,
        'slot': slot,
        'generation': generation,
        'node': node_name(),
        'machine': machine_id(),
        **this_process(),
        'at': time.time(),
        'mark': None,
        'runner': None,
        'isOver': False,
    }
    folder = root.at('runs', f'.claim-{own["id"]}')
    os.mkdir(folder, 0o700)
    try:
        write_record(os.path.join(folder, 'claim.json'), own)
        # Fails where a folder is that holds something, and that one always does.
        with contextlib.suppress(OSError):
            os.rename(folder, root.run(key))
        # Asked for, because the answer of a file server may have been lost.
        found = read_record(root.run(key, 'claim.json'))
        if found is None or found.value.get('id') != own['id']:
            return None
        if os.path.exists(root.done(key)):
            remove_tree(root.run(key))
            return None
        return own
    finally:
        remove_tree(folder)


def claim_making_room(
    root: Root, key: str, slot: int, generation: int | None, free: Callable[[], None]
) -> dict | None:
    """The same. Where the disk is full, `free` makes room to say at least that the run is lost for that."""
    try:
        return claim(root, key, slot, generation)
    except OSError as error:
        if error.errno not in no_space:
            raise
        free()
        return claim(root, key, slot, generation)


def state_of(root: Root, key: str, now: float, stale: float = stale_seconds) -> State | None:
    """The state of a run that was taken; None where it was not.

    One whose process is dead is marked as lost, and what it left on this machine is killed. `now`: the clock
    of the file system.
    """
    found = read_record(root.run(key, 'claim.json'))
    if found is None:
        return None
    lost = read_record(root.run(key, 'lost.json'))
    if lost is not None:
        return _lost(found.value, lost.value)
    # In this order: a run that has ended after it was looked for is over, and not dead.
    is_dead = not is_there(found.value, now - found.changed, stale)
    if os.path.lexists(root.run(key, 'exit.json')) and (found.value.get('isOver') is True or is_dead):
        return {**_place(found.value), 'state': 'ended', 'cause': None, 'detail': None}
    if found.value.get('isOver') is True:
        return mark_lost(root, key, found.value, 'runner killed', 'it left no result')
    if not is_dead:
        return {**_place(found.value), 'state': 'running', 'cause': None, 'detail': None}
    return _mark_dead(root, key, found, now - found.changed)


def _mark_dead(root: Root, key: str, found: Record, age: float) -> State:
    node = found.value.get('node')
    if found.value.get('machine') == machine_id():
        cause, detail = 'runner killed', f'its process on {node} has ended without a result'
        kill_run(found.value)
        # It may have written its result before it was killed.
        if os.path.lexists(root.run(key, 'exit.json')):
            return {**_place(found.value), 'state': 'ended', 'cause': None, 'detail': None}
    else:
        cause, detail = 'node failed', f'{node} has given no sign of life for {round(age)} s'
    return mark_lost(root, key, found.value, cause, detail)


def mark_lost(root: Root, key: str, claimed: dict, cause: Cause, detail: str) -> State:
    """Says that a run has no result. What was said first holds."""
    value = {'cause': cause, 'detail': detail[:_most_said]}
    try:
        create_record(root.run(key, 'lost.json'), value)
    except OSError:
        # A full disk. Who asks next finds the same out again.
        return _lost(claimed, value)
    found = read_record(root.run(key, 'lost.json'))
    return _lost(claimed, value if found is None else found.value)


def _lost(claimed: dict, lost: dict) -> State:
    return {
        **_place(claimed),
        'state': 'lost',
        'cause': lost.get('cause') if lost.get('cause') in get_args(Cause) else 'runner killed',
        'detail': text_in(lost, 'detail') or '',
    }


def _place(claimed: dict) -> State:
    began = claimed.get('at')
    try:
        slot = slot_of(claimed.get('slot'))
    except Exception:
        slot = None
    return {
        'state': 'running',
        'slot': slot,
        'node': text_in(claimed, 'node'),
        'cause': None,
        'detail': None,
        'began': began if isinstance(began, int | float) and math.isfinite(began) else None,
    }


def text_in(record: dict, name: str) -> str | None:
    """A text of a record, which a run may have written; None for anything else."""
    value = record.get(name)
    return value[:_most_said] if isinstance(value, str) else None


def kill_run(claimed: dict) -> None:
    """Kills what is left of a run on this machine: runner, command, evaluator, and all below them."""
    if claimed.get('machine') != machine_id():
        return
    mark = claimed.get('mark')
    if not isinstance(mark, str) or mark == '':
        return  # It was not started.
    runner = as_owner(claimed.get('runner'))
    # The runner has the mark too. What has left everything else is still below it.
    kill_orphans(mark, Search(ancestor=runner['pid'] if is_alive(runner) else None))
    kill_orphans(evaluator_mark(mark), Search())
