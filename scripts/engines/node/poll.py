"""The verb `poll`: what is known of all runs and workers of a root."""

import json
import time

from arguments import read_arguments, seconds_of
from holder import last_holder, told_of
from layout import Root, root_of
from machine import file_clock
from runs import State, stale_seconds, state_of, waiting
from submit import start_again


def main(arguments: list[str]) -> None:
    """Prints one JSON object: `pollSchema` of scripts/engines/remote/verbs.ts. Raises Failure."""
    given = read_arguments('poll', arguments, values=['ROOT'], options=('--stale',))
    root = root_of(given.values[0]).make()
    stale = seconds_of('--stale', given.options.get('--stale')) or stale_seconds
    now = file_clock(root.path)
    slots = root.slots()
    workers = {str(slot): worker for slot in slots if (worker := _worker(root, slot, now, stale)) is not None}
    # Waiting ones first: one that is taken meanwhile is then found among the others.
    runs: dict[str, State] = {}
    for slot in slots:
        for key in root.waiting(slot):
            runs[key] = waiting(slot)
    for key in root.run_keys():
        state = state_of(root, key, now, stale)
        if state is not None:
            runs[key] = state
    for key, state in runs.items():
        if state['state'] == 'waiting' and state['slot'] is not None:
            worker = workers.get(str(state['slot']))
            if worker is None or worker['state'] == 'ended' or not worker['isAlive']:
                start_again(root, state['slot'], key, now)
    print(json.dumps({'now': now, 'clock': time.time(), 'runs': runs, 'workers': workers}))


def _worker(root: Root, slot: int, now: float, stale: float) -> dict | None:
    last = last_holder(root, slot)
    if last is None:
        return None
    number, found = last
    return told_of(number, found, now - found.changed, stale)
