"""The verb `remove`: what is left of a run."""

import contextlib
import os

from arguments import read_arguments
from failure import Failure
from inbox import slot_of_job
from layout import Root, key_of, root_of
from machine import file_clock
from removal import free_path
from runs import state_of


def main(arguments: list[str]) -> None:
    """Its key stays known, so that it is not executed again. Raises Failure for a run that waits or runs."""
    given = read_arguments('remove', arguments, values=['ROOT', 'KEY'])
    remove(root_of(given.values[0]), key_of(given.values[1]))


def remove(root: Root, key: str) -> None:
    """The same of a root. Raises Failure."""
    state = state_of(root, key, file_clock(root.path))
    if state is not None and state['state'] == 'running':
        raise Failure(f'{key} runs on {state["node"]}: `cancel` ends it.')
    if state is None and slot_of_job(root, key) is not None:
        raise Failure(f'{key} waits: `cancel` takes it back.')
    if state is None:
        return
    os.close(os.open(root.done(key), os.O_WRONLY | os.O_CREAT, 0o600))
    # Out of the runs at once; what cannot be removed is left aside.
    aside = root.at('runs', f'.removed-{key}')
    free_path(aside)
    with contextlib.suppress(FileNotFoundError):
        os.rename(root.run(key), aside)
    free_path(aside)
