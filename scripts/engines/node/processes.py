"""Processes that a runner starts."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from failure import Failure
from files import encoded
from job import socket_number
from loop import Loop

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36

try:
    import ctypes

    # Loaded before a fork, after which as little as possible should be done.
    _libc = ctypes.CDLL(None) if sys.platform == 'linux' else None
except (ImportError, OSError):
    _libc = None


class Result(NamedTuple):
    """How a process ended: its exit code, or the name of the signal that ended it."""

    code: int | None
    signal: str | None


def become_subreaper() -> None:
    """Makes every descendant whose parent has ended a child of this process.

    Also a process that was forked twice, in a session of its own and with an empty environment, stays a
    descendant. Does nothing on systems without such a call, and where Python was built without ctypes.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with(parent: str) -> None:
    """Lets the system send SIGTERM to this process when its parent has ended. Raises Failure where it has."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if str(os.getppid()) != parent:
        raise Failure('The process that was to wait for the run has ended.')


class Child:
    """A process in a session and a process group of its own.

    Its output is given to `keep` while the loop runs. One that could not be started has ended with 127, and
    the reason is given to `keep`.
    """

    def __init__(
        self,
        loop: Loop,
        argv: list[str],
        cwd: str,
        env: dict[str, str],
        keep: Callable[[bytes], None],
        channel: socket.socket | None = None,
        is_subreaper: bool = False,
    ) -> None:
        """`channel`: an end of a socket, which it gets as its descriptor 3."""
        self.result: Result | None = None
        # Called once when it has ended.
        self.on_end: Callable[[Result], None] | None = None
        self._loop = loop
        self._process: subprocess.Popen[bytes] | None = None
        loop.on_signal(signal.SIGCHLD, self._look)
        try:
            with _at_number(channel) as numbers:
                self._process = subprocess.Popen(
                    [encoded(word) for word in argv],
                    bufsize=0,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=encoded(cwd),
                    env={encoded(name): encoded(value) for name, value in env.items()},
                    pass_fds=numbers,
                    start_new_session=True,
                    # Safe: this process has one thread.
                    preexec_fn=become_subreaper if is_subreaper else None,
                )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            number = error.errno if isinstance(error, OSError) else None
            keep(f'spawn {argv[0]} {errno.errorcode.get(number or 0, error)}\n'.encode())
            self.result = Result(127, None)
        for pipe in self._pipes():
            loop.read(pipe, keep)

    @property
    def pid(self) -> int | None:
        """Its number while it lives."""
        return None if self._process is None or self.result is not None else self._process.pid

    def signal_group(self, number: int) -> None:
        """Signals it and what it started, except what has left its process group."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def read_to_end(self) -> None:
        """Waits for what is still in its pipes, at most 1 s: every process that held them has been killed."""
        self._loop.run(lambda: all(pipe.closed for pipe in self._pipes()), 1)
        for pipe in self._pipes():
            self._loop.stop_reading(pipe)

    def _pipes(self) -> list[IO[bytes]]:
        process = self._process
        return [pipe for pipe in (process.stdout, process.stderr) if pipe is not None] if process else []

    def _look(self) -> None:
        if self._process is None or self.result is not None:
            return
        status = self._process.poll()
        if status is None:
            return
        self.result = Result(status, None) if status >= 0 else Result(None, _signal_name(-status))
        if self.on_end is not None:
            self.on_end(self.result)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f'SIG{number}'


@contextlib.contextmanager
def _at_number(channel: socket.socket | None) -> Iterator[tuple[int, ...]]:
    """Has the socket at its number meanwhile, and what was there before again afterwards."""
    if channel is None:
        yield ()
        return
    try:
        before = os.dup(socket_number)
    except OSError:
        before = None
    if channel.fileno() != socket_number:
        os.dup2(channel.fileno(), socket_number)
    try:
        yield (socket_number,)
    finally:
        if before is None:
            os.close(socket_number)
        else:
            os.dup2(before, socket_number, inheritable=False)
            os.close(before)
