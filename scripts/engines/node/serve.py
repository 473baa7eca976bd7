"""The verb `serve`: a held allocation, which takes the jobs of a slot one after another."""

import os
import sys
import time

from arguments import read_arguments, seconds_of
from execution import Stop, execute_job
from holder import Holder, take_slot
from layout import Root, root_of, slot_of
from loop import Loop
from prepare import Tree
from runs import stale_seconds

# How often the inbox is looked into, seconds: soon after a run often, as the next one comes soon.
_often, _seldom, _soon = 0.05, 1.0, 10.0


def main(arguments: list[str]) -> None:
    """Serves until idle for long, until SIGTERM, or until it is told to end. Raises Failure."""
    given = read_arguments(
        'serve', arguments, values=['ROOT', 'SLOT'], options=('--idle', '--until', '--stale')
    )
    root, slot = root_of(given.values[0]).make(), slot_of(given.values[1])
    idle = seconds_of('--idle', given.options.get('--idle')) or 600.0
    until = seconds_of('--until', given.options.get('--until'))
    stale = seconds_of('--stale', given.options.get('--stale')) or stale_seconds
    with Loop() as loop:
        stop = Stop(loop, until, is_scheduled=True)
        latest = time.monotonic() + idle

        def may_wait() -> bool:
            loop.run(lambda: stop.is_asked, _seldom)
            return not stop.is_asked and time.monotonic() < latest

        goes_on = True
        while goes_on:
            holder = take_slot(root, slot, until=until, may_wait=may_wait, stale=stale)
            if holder is None:
                _say(f'slot {slot} is held by another worker')
                return
            _say(f'slot {slot}: waiting for jobs')
            try:
                goes_on = _serve(root, holder, loop, stop, idle)
            finally:
                if not holder.is_replaced:
                    holder.set('ended')
        _say(f'slot {slot}: ended')


def _serve(root: Root, holder: Holder, loop: Loop, stop: Stop, idle: float) -> bool:
    """Until it shall end, or has been idle for long. Returns whether a job came at the last moment."""
    tree = Tree(root, holder.slot, holder.pulse)
    last = time.monotonic()
    while not stop.is_asked and not holder.is_replaced:
        waiting = root.waiting(holder.slot)
        if waiting:
            _say(waiting[0])
            execute_job(root, waiting[0], holder, tree, loop, stop)
            last = time.monotonic()
            continue
        if os.path.exists(root.slot(holder.slot, 'end')):
            return False
        quiet = time.monotonic() - last
        if quiet >= idle:
            # Said first: who submits a job and then sees a worker that has not ended knows that it takes it.
            holder.set('ended')
            # From now on another worker may take the slot: this one has to take it as well.
            return bool(root.waiting(holder.slot))
        tree.make_ahead()
        loop.run(lambda: stop.is_asked, min(_often if quiet < _soon else _seldom, idle - quiet))
        holder.pulse()
    return False


def _say(line: str) -> None:
    print(line, flush=True)
    sys.stdout.flush()
