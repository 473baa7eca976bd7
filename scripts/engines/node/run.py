"""The verb `run`: one run, whose job is on standard input."""

import os
import sys

from failure import Failure
from job import begun, read_job
from runner import run_job


def main(arguments: list[str]) -> None:
    """Does what scripts/engines/local/runner.ts does. Raises Failure for a wrong job or a full disk."""
    if arguments:
        raise Failure(f'`run` takes no arguments, and got "{arguments[0]}": its job comes on standard input.')
    text = sys.stdin.buffer.read()
    # The harness ended, or has no run for this process.
    if text:
        run_job(read_job(text), _begin)


def _begin() -> None:
    """Fails where the harness has ended; the run is then made again."""
    try:
        os.write(1, begun.encode())
    except BrokenPipeError:
        raise Failure('Nobody reads that the run has begun: the harness has ended.') from None
