"""The evaluator of a run: a frozen command outside of it, which alone says what was measured."""

import contextlib
import os
import posixpath
import signal
import socket
from collections.abc import Callable
from typing import Literal, TypedDict

from evaluation_folder import change_in
from failure import Failure
from files import decoded, encoded, failure_of, read_found, remove
from job import EvaluatorJob
from log import Log
from loop import Loop
from orphans import Search, kill_orphans
from output_folder import output_problem
from processes import Child, Result

# Bytes of NIGHTSHIFT_EVAL that are read.
_max_content = 2**22
# Bytes of its last output that are kept for the record.
_max_said = 40_000


class Evaluated(TypedDict):
    """How an evaluator ended, and what it left: `evaluated` of scripts/engines/local/exit.ts."""

    code: int | None
    signal: str | None
    ended: Literal['timeout'] | None
    content: str | None
    unreadable: str | None
    said: str
    refused: str | None


def make_private(job: EvaluatorJob) -> None:
    """Makes the folder of NIGHTSHIFT_EVAL, which only this user may enter. Raises Failure."""
    folder = encoded(posixpath.dirname(job.file))
    try:
        remove(folder)
        os.makedirs(folder, 0o700)
    except OSError as error:
        raise failure_of(error, job.file) from error


class Evaluator:
    """An evaluator that was started. One that could not be started has ended with 127."""

    def __init__(self, job: EvaluatorJob, loop: Loop, channel: socket.socket | None = None) -> None:
        """Raises Failure where its log cannot be created. `channel`: its end of the socket to the run."""
        self._job = job
        self._loop = loop
        self._log = Log(job.log)
        self._said = bytearray()
        # A subreaper: what its descendants leave stays below it, and is no orphan of the run.
        self.child = Child(loop, job.argv, job.cwd, job.env, self._keep, channel, is_subreaper=True)

    @property
    def failure(self) -> Failure | None:
        """Why its log lacks something that it should hold; else None."""
        return self._log.failure

    def finish(self, seconds: float, is_stopped: Callable[[], bool]) -> Evaluated:
        """Waits for its end, then ends all that it left and reads what it measured.

        It is killed after these seconds, and at once when it is stopped.
        """
        self._loop.run(lambda: self.child.result is not None or is_stopped(), seconds)
        in_time = self.child.result is not None
        self.child.signal_group(signal.SIGKILL)
        kill_orphans(self._job.mark, Search(), pause=self._loop.pause)
        self._loop.run(lambda: self.child.result is not None)
        self.child.read_to_end()
        self._log.close()
        found = read_found(self._job.file, _max_content)
        with contextlib.suppress(OSError):  # What it measured is known.
            remove(encoded(posixpath.dirname(self._job.file)))
        result = self.child.result or Result(None, None)
        return {
            'code': result.code,
            'signal': result.signal,
            'ended': None if in_time else 'timeout',
            'content': None if found.content is None else decoded(found.content),
            'unreadable': found.unreadable,
            'said': decoded(bytes(self._said)),
            # The run may have been faster than the start of its evaluator.
            'refused': _changed(self._job) if self._job.form == 'serve' else None,
        }

    def _keep(self, chunk: bytes) -> None:
        self._log.write(chunk)
        self._said += chunk
        del self._said[:-_max_said]


def reason_not_to_evaluate(job: EvaluatorJob) -> str | None:
    """Why a run that has ended well is not evaluated: its output, or the evaluator's own files; else None."""
    change = _changed(job)
    if change is not None:
        return change
    problem = None if job.output is None else output_problem(job.output)
    return None if problem is None else f'it left {problem}'


def refused(why: str) -> Evaluated:
    """Of a run that is not evaluated."""
    return {
        'code': None,
        'signal': None,
        'ended': None,
        'content': None,
        'unreadable': None,
        'said': '',
        'refused': why,
    }


def _changed(job: EvaluatorJob) -> str | None:
    change = change_in(job.frozen)
    return None if change is None else f'the files of its evaluator were changed: {change}'
