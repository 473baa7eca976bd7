"""One job from its claim to its end. The run itself is owned by another process, which executes `run`."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

from calls import plain, plain_environment, python
from evidence import is_full_at, is_well, killed_for_memory, no_space, no_space_words, read_exit
from failpoint import failpoint
from failure import DiskFull, Failure
from files import read_found
from holder import Holder
from inbox import take_out
from layout import Root
from loop import Loop
from node_job import read_node_job
from orphans import run_mark_variable
from owner import owner_of
from prepare import Tree, local_job, make_caches, make_folders
from records import write_record
from removal import free_path
from runs import Cause, claim_making_room, kill_run, mark_lost

# Seconds that a runner has to end its run: it gives the command three.
_ending = 10.0
# Seconds that a runner has beyond those that its job allows: to begin, to end its run, to search for orphans
# and to hash the frozen files. A run may stop its runner, which then keeps no time.
spare_seconds = 120.0
# Bytes of a job: it has the files that its candidate changed.
_max_job = 2**28
# Of what a runner says on standard error, so many bytes are kept.
_max_said = 4000


class Stop:
    """Whether this process was asked to end, by SIGTERM, and what that means for the run under way."""

    def __init__(self, loop: Loop, until: float | None, is_scheduled: bool) -> None:
        self.is_asked = False
        self._until = until
        self._is_scheduled = is_scheduled
        loop.on_signal(signal.SIGTERM, self._ask)
        loop.on_signal(signal.SIGINT, self._ask)

    def _ask(self) -> None:
        self.is_asked = True

    def why(self) -> tuple[Cause, str]:
        """Cause and detail for the run under way."""
        if not self._is_scheduled:
            return 'runner killed', 'its process was asked to end'
        if self._until is not None and time.time() >= self._until - 120:
            return 'time limit', 'its job was at its time limit'
        return 'preempted', 'the scheduler asked its job to end'


def execute_job(
    root: Root,
    key: str,
    holder: Holder,
    tree: Tree,
    loop: Loop,
    stop: Stop,
    runner: Callable[[], list[str]] = plain,
) -> None:
    """Executes a job that waits in the inbox of the slot, unless it was begun before, by whomever.

    `runner` gives the arguments of the verb `run`.
    """
    claimed = claim_making_room(root, key, holder.slot, holder.number, tree.free)
    if claimed is None:
        take_out(root, holder.slot, key)
        return
    failpoint('claimed')
    holder.set('busy', key)
    execution = _Execution(root, key, claimed, holder, tree, loop, stop, runner)
    try:
        execution.execute()
    finally:
        execution.end()
        holder.set('idle')
        root.say_changed()


class _Execution:
    def __init__(
        self,
        root: Root,
        key: str,
        claimed: dict,
        holder: Holder,
        tree: Tree,
        loop: Loop,
        stop: Stop,
        runner: Callable[[], list[str]],
    ) -> None:
        self._root = root
        self._key = key
        self._claimed = claimed
        self._holder = holder
        self._tree = tree
        self._loop = loop
        self._stop = stop
        self._arguments = runner
        self._runner: subprocess.Popen[bytes] | None = None
        # The sandbox of the run, if it has one, and its environment.
        self._sandbox: tuple[dict | None, dict[str, str]] = (None, {})
        self._said = bytearray()
        # What could not be written for want of space.
        self._unsaid: str | None = None
        # When the runner has not ended in time, by the monotonic clock.
        self._latest = 0.0

    def execute(self) -> None:
        """Leaves exit.json, or lost.json."""
        killed_before = killed_for_memory()
        try:
            job = self._read_job()
            failpoint('job taken')
            self._note(mark=job['job']['mark'])
            make_caches(self._root, job, self._holder.pulse)
            make_folders(self._root, self._key)
            self._tree.make(job)
            run = local_job(job)
            self._sandbox = (job['sandbox'], run['env'])
            text = json.dumps(run).encode()
            failpoint('prepared')
            self._look()
            if self._must_end():
                self._lost(*self._why_ended())
                return
            self._latest = time.monotonic() + _allowed(job['job']) + spare_seconds
            self._start(text, job['job']['mark'])
        except (OSError, Failure) as error:
            self._lost(*_why_not_started(error))
            return
        self._wait()
        failpoint('ended')
        self._judge(killed_before)

    def end(self) -> None:
        """Whatever has happened: nothing of the run is left but what it leaves for `fetch`."""
        if self._runner is not None and self._runner.poll() is None:
            self._runner.kill()
        kill_run(self._claimed)
        for name in ('output', 'home', 'tmp'):
            # A name that cannot be freed is left for `remove`.
            with contextlib.suppress(OSError):
                free_path(self._root.run(self._key, name), self._holder.pulse)
        if self._holder.is_replaced:
            return
        try:
            self._note(isOver=True)
        except OSError as error:
            self._unsaid = self._unsaid or str(error)
        if self._unsaid is not None:
            # While this process lives, the run would count as running.
            raise Failure(f'What became of {self._key} cannot be written: {self._unsaid}')

    def _read_job(self) -> dict:
        """Takes the job out of the inbox: it holds the key of the result, which the run must not find."""
        path = self._root.job(self._holder.slot, self._key)
        # A run may have put anything there.
        found = read_found(path, _max_job)
        take_out(self._root, self._holder.slot, self._key)
        if found.content is None:
            raise Failure(f'{path} is {found.unreadable or "not there any more"}.')
        return read_node_job(found.content)

    def _note(self, **values: object) -> None:
        self._claimed.update(values)
        write_record(self._root.run(self._key, 'claim.json'), self._claimed)

    def _start(self, text: bytes, mark: str) -> None:
        self._runner = subprocess.Popen(
            [*python(), 'run', *self._arguments()],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A run can read this environment.
            env={**plain_environment(), run_mark_variable: mark},
            start_new_session=True,
        )
        runner, pipes = self._runner, self._runner
        failpoint('started')
        self._note(runner=owner_of(runner.pid))
        if pipes.stdout is not None:
            self._loop.read(pipes.stdout, lambda _: None)
        if pipes.stderr is not None:
            self._loop.read(pipes.stderr, self._keep)
        if pipes.stdin is not None:
            # It may have ended before it reads its job.
            with contextlib.suppress(BrokenPipeError), pipes.stdin as stdin:
                while text:
                    text = text[stdin.write(text) or 0 :]

    def _keep(self, chunk: bytes) -> None:
        self._said += chunk
        del self._said[:-_max_said]

    def _look(self) -> None:
        """Hears signals that came meanwhile, and what others ask."""
        self._loop.pause(0.001)
        self._holder.beat()

    def _must_end(self) -> bool:
        return self._stop.is_asked or self._holder.must_end

    def _wait(self) -> None:
        """Until the runner has ended, or was ended."""
        runner = self._runner
        if runner is None:
            return
        while not self._loop.run(lambda: runner.poll() is not None or self._must_end(), 1.0):
            self._holder.pulse()
            if time.monotonic() > self._latest:
                # Also ends the runner, which is stopped or hangs.
                kill_run(self._claimed)
                self._loop.run(lambda: runner.poll() is not None)
        if runner.poll() is None:
            if not self._holder.is_cancelled:
                self._lost(*self._why_ended())
            runner.terminate()
            latest = time.monotonic() + _ending
            while time.monotonic() < latest and not self._loop.run(lambda: runner.poll() is not None, 1.0):
                self._holder.pulse()
            kill_run(self._claimed)
        self._loop.run(lambda: runner.poll() is not None)
        # What it said last.
        self._loop.run(lambda: runner.stderr is None or runner.stderr.closed, 1.0)
        for pipe in (runner.stdout, runner.stderr):
            if pipe is not None:
                self._loop.stop_reading(pipe)

    def _why_ended(self) -> tuple[Cause, str]:
        if self._holder.is_cancelled:
            return 'cancelled', 'it had not begun'
        if self._holder.is_replaced or self._holder.is_lost:
            return 'runner killed', 'its slot has another worker'
        return self._stop.why()

    def _judge(self, killed_before: int) -> None:
        """Says that the run is lost, where what was found is not what the command has done."""
        # Whoever cancels the run may have asked its runner as well, which was faster.
        self._holder.beat()
        code = self._runner.returncode if self._runner is not None else None
        exit = read_exit(self._root.run(self._key, 'exit.json'))
        if any(words in self._said for words in no_space_words):
            self._lost('disk full', self._last_words())
        elif exit is not None and not is_well(exit) and is_full_at(self._root.path):
            self._lost('disk full', f'{self._root.path} has no space left')
        elif exit is None and killed_for_memory() > killed_before:
            self._lost('out of memory', 'its runner was killed for the memory of its job')
        elif exit is None:
            how = f'SIG{-code}' if code is not None and code < 0 else f'exit code {code}'
            with contextlib.suppress(ValueError):
                how = signal.Signals(-(code or 0)).name
            self._lost('runner killed', f'its runner ended with {how}: {self._last_words()}'.rstrip(': '))
        elif exit.get('ended') is None and not is_well(exit):
            why = self._why_no_sandbox()
            if why is not None:
                self._lost('node failed', f'the sandbox of its run can no longer be made: {why}')
        elif exit.get('ended') == 'aborted' and not self._holder.is_cancelled:
            # By the scheduler, which signals all processes of a job, or by whomever.
            self._loop.run(lambda: self._stop.is_asked, 0.5)
            asked = self._stop.is_asked
            self._lost(*(self._stop.why() if asked else ('runner killed', 'its runner was asked to end')))

    def _why_no_sandbox(self) -> str | None:
        """Why the machine is at fault, and not the candidate. None where it can be made, or there is none."""
        sandbox, env = self._sandbox
        if sandbox is None:
            return None
        from probe import why_not

        return why_not(sandbox, env)

    def _last_words(self) -> str:
        lines = self._said.decode('utf-8', 'replace').strip().splitlines()
        return lines[-1].removeprefix('error: ') if lines else ''

    def _lost(self, cause: Cause, detail: str) -> None:
        path = self._root.run(self._key, 'lost.json')
        mark_lost(self._root, self._key, self._claimed, cause, detail)
        if os.path.lexists(path) or self._holder.is_replaced:
            return
        # The disk is full: what nobody needs any more makes room.
        kill_run(self._claimed)
        for free in (self._tree.free, lambda: free_path(self._root.run(self._key, 'tmp'))):
            with contextlib.suppress(OSError):
                free()
        mark_lost(self._root, self._key, self._claimed, cause, detail)
        if not os.path.lexists(path):
            self._unsaid = f'{cause}, {detail}'


def _allowed(job: dict) -> float:
    """Seconds that a local runner's job may take."""
    evaluator = job.get('evaluator')
    return job['timeoutSeconds'] + (evaluator['seconds'] if evaluator else 0)


def _why_not_started(error: OSError | Failure) -> tuple[Cause, str]:
    if isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in no_space):
        return 'disk full', str(error)
    return 'node failed', f'it could not be started: {error}'
