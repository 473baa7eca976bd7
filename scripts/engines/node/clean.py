"""The verb `clean`: ends all processes of a session on this machine, and removes its root."""

import contextlib
import os
import signal
import time
from uuid import uuid4

from arguments import read_arguments
from failure import Failure
from holder import last_holder
from layout import Root, root_of
from machine import as_owner, machine_id
from orphans import Search, kill_orphans
from owner import is_alive
from records import read_record
from removal import remove_tree
from runs import kill_run
from submit import session_mark

# Seconds that workers have to end by themselves.
_grace = 12.0


def main(arguments: list[str]) -> None:
    """Does nothing where there is no root. Raises Failure for a folder that is none."""
    given = read_arguments('clean', arguments, values=['ROOT'])
    root = root_of(given.values[0])
    if not os.path.isdir(root.path):
        return
    if not os.path.exists(root.marker):
        raise Failure(f'{root.path} was not made by Nightshift: it is not removed.')
    _end_workers(root)
    for key in root.run_keys():
        found = read_record(root.run(key, 'claim.json'))
        if found is not None:
            kill_run(found.value)
    kill_orphans(session_mark(root), Search())
    # First under another name: whoever works there on another machine ends when it is gone.
    aside = f'{root.path}.removed-{uuid4().hex}'
    os.rename(root.path, aside)
    remove_tree(aside)


def _end_workers(root: Root) -> None:
    holders = [found for slot in root.slots() if (found := last_holder(root, slot)) is not None]
    workers = [as_owner(found.value) for _, found in holders if found.value.get('machine') == machine_id()]
    for number in (signal.SIGTERM, signal.SIGKILL):
        alive = [worker for worker in workers if is_alive(worker)]
        for worker in alive:
            with contextlib.suppress(OSError):
                os.kill(worker['pid'], number)
        latest = time.monotonic() + _grace
        while time.monotonic() < latest and any(is_alive(worker) for worker in alive):
            time.sleep(0.05)
