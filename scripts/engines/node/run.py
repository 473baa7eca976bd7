"""The verb `run`: one run, whose job is on standard input."""

import os
import sys

from arguments import read_arguments
from failure import Failure
from job import begun, read_job
from processes import end_with
from runner import run_job


def main(arguments: list[str]) -> None:
    """Does what scripts/engines/local/runner.ts does. Raises Failure for a wrong job or a full disk."""
    given = read_arguments('run', arguments, values=[], options=('--parent',))
    if '--parent' in given.options:
        end_with(given.options['--parent'])
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
