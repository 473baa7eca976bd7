"""The verb `execute`: one job, in this process."""

import os
from collections.abc import Callable

from arguments import read_arguments, seconds_of
from calls import plain
from execution import Stop, execute_job
from failure import Failure
from holder import take_slot
from inbox import slot_of_job
from layout import Root, key_of, root_of
from loop import Loop
from prepare import Tree
from runs import stale_seconds


def main(arguments: list[str]) -> None:
    """Waits until the job's slot is free, and executes it unless it was begun before. Raises Failure."""
    given = read_arguments('execute', arguments, values=['ROOT', 'KEY'], options=('--until', '--stale'))
    root, key = root_of(given.values[0]), key_of(given.values[1])
    until = seconds_of('--until', given.options.get('--until'))
    stale = seconds_of('--stale', given.options.get('--stale')) or stale_seconds
    execute(root, key, until=until, stale=stale)


def execute(
    root: Root,
    key: str,
    *,
    until: float | None = None,
    stale: float = stale_seconds,
    runner: Callable[[], list[str]] = plain,
) -> None:
    """The same of a root. `runner` gives the arguments of the verb `run`. Raises Failure."""
    slot = slot_of_job(root, key)
    if slot is None:
        if os.path.exists(root.run(key)) or os.path.exists(root.done(key)):
            return
        raise Failure(f'There is no job {key} in {root.path}: `submit` brings it.')
    is_scheduled = until is not None or 'SLURM_JOB_ID' in os.environ
    with Loop() as loop:
        stop = Stop(loop, until, is_scheduled)

        def may_wait() -> bool:
            loop.run(lambda: stop.is_asked, 0.5)
            return not stop.is_asked and os.path.exists(root.job(slot, key))

        holder = take_slot(root, slot, until=until, may_wait=may_wait, stale=stale)
        if holder is None:
            return
        try:
            # Taken back, or taken by an earlier holder of the slot.
            if os.path.exists(root.job(slot, key)):
                execute_job(root, key, holder, Tree(root, slot, holder.pulse), loop, stop, runner)
        finally:
            if not holder.is_replaced:
                holder.set('ended')
