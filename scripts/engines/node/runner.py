"""The owner of one run, which does what scripts/engines/local/runner.ts does.

It holds the output pipe, caps the log, enforces the timeout, kills the process group and every orphan,
measures the time, hashes the frozen files, and writes exit.json, signed with the job's key. An evaluator runs
beside or after the run, outside of it; what it measured is signed, too.
"""

import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Literal, TypedDict

from evaluator import Evaluated, Evaluator, make_private, reason_not_to_evaluate, refused
from failure import Failure
from files import write_atomic
from frozen_hashes import FrozenCheck, check_frozen
from job import EvaluatorJob, Job, evaluator_mark
from log import Log
from loop import Loop
from orphans import Search, find_orphans, kill_orphans
from owner import owner_of, this_process
from processes import Child, Result, become_subreaper
from signature import signed

# Time from SIGTERM to SIGKILL, seconds.
_grace = 3.0

Why = Literal['timeout', 'aborted', 'evaluator']


class Exit(TypedDict):
    """What exit.json holds, signed: `exitSchema` of scripts/engines/local/exit.ts."""

    code: int | None
    signal: str | None
    seconds: float
    ended: Why | None
    orphans: int
    frozen: FrozenCheck | None
    evaluated: Evaluated | None


def run_job(job: Job, begin: Callable[[], None] = lambda: None) -> Exit:
    """Executes a run to its end, and leaves its log, owner.json and exit.json. One process executes one run.

    SIGTERM and SIGINT to this process end the run early: it gets SIGTERM, then SIGKILL, and exit.json says
    `aborted`. `begin` is called before the command is started.

    Raises Failure where a file cannot be written, DiskFull where that is for want of space. Nothing of the
    run lives then, and what could be written is there: exit.json, too, if only a log lacks something.
    """
    write_atomic(job.owner, signed(this_process(), job.key), sync=False)
    if job.evaluator is not None:
        make_private(job.evaluator)
    log = Log(job.log)
    become_subreaper()
    with Loop() as loop:
        run = _Run(job, log, loop)
        begin()
        try:
            exit = run.execute()
        except BaseException:
            run.kill()
            raise
        write_atomic(job.exit, signed(exit, job.key))
    for failure in run.failures():
        raise failure
    return exit


class _Run:
    def __init__(self, job: Job, log: Log, loop: Loop) -> None:
        self._job = job
        self._log = log
        self._loop = loop
        self._ended: Why | None = None
        self._is_stopped = False
        # Nothing of its process group lives any more; its number may be given to another.
        self._is_over = False
        self._child: Child | None = None
        self._evaluator: Evaluator | None = None
        self._failures: list[Failure] = []

    def execute(self) -> Exit:
        """Executes the command and its evaluator."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.on_signal(number, lambda: self._end('aborted'))
        start = time.monotonic()
        child = self._start()
        timer = self._loop.after(self._job.timeout_seconds, lambda: self._end('timeout'))
        self._loop.run(lambda: child.result is not None)
        timer.cancel()
        # A shell exits on SIGTERM at once; its children get the grace period.
        if self._ended is not None:
            self._wait_for_descendants()
        # Before the group, to count them: after the group is killed, the number is unknown. What an evaluator
        # that has ended left is no orphan of the run.
        search, uncounted = self._search(), evaluator_mark(self._job.mark)
        orphans = kill_orphans(self._job.mark, search, uncounted, self._loop.pause)
        child.signal_group(signal.SIGKILL)
        self._is_over = True
        # What worked on after the command had ended counts.
        seconds = time.monotonic() - start
        child.read_to_end()
        self._log.close()
        # Now nothing changes them any more, and the tree is still there.
        result = child.result or Result(None, None)
        is_well = result.code == 0 and self._ended is None
        frozen = check_frozen(self._job.frozen.folder, self._job.frozen.hashes) if is_well else None
        evaluated = None if self._job.evaluator is None else self._evaluate(self._job.evaluator, is_well)
        if self._job.evaluator is not None:
            # What the evaluator left without its mark.
            kill_orphans(self._job.mark, Search(os.getpid()), pause=self._loop.pause)
        return {
            'code': result.code,
            'signal': result.signal,
            'seconds': seconds,
            'ended': self._ended,
            'orphans': orphans,
            'frozen': frozen,
            'evaluated': evaluated,
        }

    def failures(self) -> list[Failure]:
        """What could not be written beside exit.json."""
        logs = [self._log.failure, self._evaluator.failure if self._evaluator else None]
        return self._failures + [failure for failure in logs if failure is not None]

    def kill(self) -> None:
        """Kills all that it has started."""
        for child in (self._child, self._evaluator.child if self._evaluator else None):
            if child is not None:
                child.signal_group(signal.SIGKILL)
        for mark in (self._job.mark, evaluator_mark(self._job.mark)):
            kill_orphans(mark, Search(os.getpid()))

    def _start(self) -> Child:
        """Starts the command, and before it the evaluator that serves it."""
        job, evaluator = self._job, self._job.evaluator
        if evaluator is None or evaluator.form == 'after':
            self._child = Child(self._loop, job.argv, job.cwd, job.env, self._log.write)
            return self._child
        ours, its = socket.socketpair()
        # From then on each of the two sees the other's end.
        with ours, its:
            served = self._evaluator = Evaluator(evaluator, self._loop, its)
            # Without a process there is nothing at the other end.
            channel = None if served.child.pid is None else ours
            self._child = Child(self._loop, job.argv, job.cwd, job.env, self._log.write, channel)
        self._tell(evaluator, served)
        served.child.on_end = self._evaluator_ended
        if served.child.result is not None:
            self._evaluator_ended(served.child.result)
        return self._child

    def _evaluator_ended(self, result: Result) -> None:
        """Where it has failed, nobody listens to the run any more."""

        def end() -> None:
            # Where the run ended first, it is about to be seen.
            if self._child is not None and self._child.result is None:
                self._end('evaluator')

        if result.code != 0:
            self._loop.after(_grace, end)

    def _evaluate(self, job: EvaluatorJob, is_well: bool) -> Evaluated | None:
        if self._evaluator is not None:
            seconds = job.seconds if is_well else _grace if self._ended is None else 0
            return self._evaluator.finish(seconds, lambda: self._is_stopped)
        if not is_well:
            return None
        why = reason_not_to_evaluate(job)
        if why is not None:
            return refused(why)
        self._evaluator = Evaluator(job, self._loop)
        self._tell(job, self._evaluator)
        return self._evaluator.finish(job.seconds, lambda: self._is_stopped)

    def _tell(self, job: EvaluatorJob, evaluator: Evaluator) -> None:
        """Names its process: by its mark it may not be found, as it may hide its environment from others."""
        if evaluator.child.pid is None:
            return
        try:
            write_atomic(job.owner, signed(owner_of(evaluator.child.pid), self._job.key), sync=False)
        except Failure as failure:
            self._failures.append(failure)

    def _end(self, why: Why) -> None:
        """Ends the command: SIGTERM, and after the grace period SIGKILL."""
        self._ended = self._ended or why
        self._is_stopped = self._is_stopped or why == 'aborted'
        self._signal(signal.SIGTERM)
        self._loop.after(_grace, lambda: self._signal(signal.SIGKILL))

    def _signal(self, number: int) -> None:
        if self._child is not None and not self._is_over:
            self._child.signal_group(number)

    def _wait_for_descendants(self) -> None:
        """Waits until every descendant has exited, at most for the grace period."""
        latest = time.monotonic() + _grace
        while time.monotonic() < latest and find_orphans(self._job.mark, self._search()):
            self._loop.pause(0.05)

    def _search(self) -> Search:
        """All that this process has started, except the evaluator that still works."""
        return Search(os.getpid(), self._evaluator.child.pid if self._evaluator else None)
