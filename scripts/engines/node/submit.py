"""The verb `submit`: gives a job to this machine."""

import contextlib
import json
import os
import subprocess
import sys
import time

from arguments import read_arguments
from calls import python
from inbox import slot_of_job, take_out
from layout import Root, key_of, root_of, slot_of
from machine import file_clock, machine_id
from node_job import read_node_job
from orphans import run_mark_variable
from records import create_file, read_record, write_record
from runs import State, state_of, waiting


def main(arguments: list[str]) -> None:
    """Takes the job on standard input, unless its key is there, and prints the state of its run.

    `--start` starts a process that executes it, with `--file` the caller will; else its slot's worker does.
    Raises Failure.
    """
    given = read_arguments('submit', arguments, values=['ROOT'], flags=('--start', '--file'))
    text = sys.stdin.buffer.read()
    job = read_node_job(text)
    key, slot = key_of(job['key']), slot_of(job['slot'])
    root = root_of(given.values[0]).make()
    root.make_slot(slot)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(root.slot(slot, 'end'))
    state = _state(root, key)
    if state is None:
        put_job(root, slot, key, text)
        state = waiting(slot)
        if '--start' in given.flags:
            start(root, slot, key)
    print(json.dumps(state))


def _state(root: Root, key: str) -> State | None:
    if os.path.exists(root.done(key)):
        return {'state': 'ended', 'slot': None, 'node': None, 'cause': None, 'detail': None}
    state = state_of(root, key, file_clock(root.path))
    if state is not None:
        return state
    slot = slot_of_job(root, key)
    return None if slot is None else waiting(slot)


def put_job(root: Root, slot: int, key: str, text: bytes) -> None:
    """Puts a job into the inbox, unless another call was faster: both have the same one.

    Where it was taken before this call has put it, it is taken out again: nobody else would for long, and it
    holds the key of the run.
    """
    create_file(root.job(slot, key), text)
    latest = time.monotonic() + 5
    while time.monotonic() < latest:
        found = read_record(root.run(key, 'claim.json'))
        if found is None:
            if os.path.exists(root.done(key)):
                take_out(root, slot, key)
            return
        # From then on who took it has read it, or never will.
        if found.value.get('mark') is not None or os.path.exists(root.run(key, 'lost.json')):
            take_out(root, slot, key)
            return
        time.sleep(0.02)


def start(root: Root, slot: int, key: str) -> None:
    """Starts a process that executes a job, and outlives this one. Of two for a job, one executes it."""
    write_record(root.slot(slot, 'inbox', f'{key}.start'), {'machine': machine_id(), 'at': time.time()})
    with open(root.slot(slot, 'execute.log'), 'ab') as log:
        subprocess.Popen(
            [*python(), 'execute', root.path, key],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd='/',
            env={**os.environ, run_mark_variable: session_mark(root)},
            start_new_session=True,
        )


# Seconds after which a job that nobody has taken is started again: the process for it was killed.
_patience = 15.0


def start_again(root: Root, slot: int, key: str, now: float) -> None:
    """Starts a job for which a process of this machine was started, and has not taken it for long."""
    path = root.slot(slot, 'inbox', f'{key}.start')
    found = read_record(path)
    if found is not None and found.value.get('machine') == machine_id() and now - found.changed > _patience:
        start(root, slot, key)


def session_mark(root: Root) -> str:
    """NIGHTSHIFT_RUN of the processes that are started for a root, before they are a run's."""
    return f'node-{root.path}'
