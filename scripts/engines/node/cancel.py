"""The verb `cancel`: ends a run, or sees to it that it does not begin."""

import contextlib
import json
import os
import signal

from arguments import read_arguments
from failure import Failure
from inbox import slot_of_job, take_out
from layout import Root, key_of, root_of
from machine import as_owner, file_clock, machine_id
from owner import is_alive
from records import create_record, read_record
from runs import State, claim, mark_lost, state_of


def main(arguments: list[str]) -> None:
    """Prints the state of the run at that moment. Raises Failure where there is no such run."""
    given = read_arguments('cancel', arguments, values=['ROOT', 'KEY'])
    root, key = root_of(given.values[0]), key_of(given.values[1])
    state = _take_back(root, key) or state_of(root, key, file_clock(root.path))
    if state is None:
        raise Failure(f'There is no run {key} in {root.path}.')
    if state['state'] == 'running':
        _end(root, key)
    print(json.dumps(state))


def _take_back(root: Root, key: str) -> State | None:
    """Takes a run that waits, as who executes it would."""
    slot = slot_of_job(root, key)
    claimed = None if slot is None else claim(root, key, slot, None)
    if slot is None or claimed is None:
        return None
    state = mark_lost(root, key, claimed, 'cancelled', 'it had not begun')
    take_out(root, slot, key)
    return state


def _end(root: Root, key: str) -> None:
    """Its holder sees the file within some seconds. On this machine its runner is asked at once."""
    create_record(root.run(key, 'cancel'), {})
    found = read_record(root.run(key, 'claim.json'))
    if found is None or found.value.get('machine') != machine_id():
        return
    runner = as_owner(found.value.get('runner'))
    if is_alive(runner):
        with contextlib.suppress(OSError):
            os.kill(runner['pid'], signal.SIGTERM)
