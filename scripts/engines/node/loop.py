"""Reads pipes, keeps the time and hears signals, in one thread: beside others a fork is not safe."""

import heapq
import itertools
import os
import selectors
import signal
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO

# Signals that are heard; the others do what they do by default, in this process and in those that it starts.
_heard = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
# Bytes that are read at a time: what a pipe of Linux holds.
_chunk = 2**16


class Timer:
    """What is done later, unless it is cancelled."""

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """Does nothing when it was done already."""
        self.action = None


class Loop:
    """Does what was asked for while `run` or `pause` waits, and only then.

    While it is open, SIGTERM, SIGINT and SIGHUP do not end the process.
    """

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._on_signal: dict[int, list[Callable[[], None]]] = {}
        self._heard, woken = os.pipe()
        for end in (self._heard, woken):
            os.set_blocking(end, False)
        self._woken = woken
        self._selector.register(self._heard, selectors.EVENT_READ, self._hear)
        self._earlier = signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        # Handlers of our own, also for what was ignored: a program that is started gets the default again.
        self._handlers = {number: signal.signal(number, lambda *_: None) for number in _heard}
        # Whoever started this process may have kept signals from it, and from all that it starts.
        self._mask = signal.pthread_sigmask(signal.SIG_SETMASK, [])

    def __enter__(self) -> 'Loop':
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._earlier)
        self._selector.close()
        os.close(self._heard)
        os.close(self._woken)

    def on_signal(self, number: int, action: Callable[[], None]) -> None:
        """Calls it for each such signal; several that come together may be one."""
        self._on_signal.setdefault(number, []).append(action)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Calls it once."""
        timer = Timer(action)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def read(self, pipe: IO[bytes], keep: Callable[[bytes], None]) -> None:
        """Gives on what comes through a pipe, and closes it at its end."""

        def read_some() -> None:
            data = os.read(pipe.fileno(), _chunk)
            if data:
                keep(data)
            else:
                self.stop_reading(pipe)

        self._selector.register(pipe, selectors.EVENT_READ, read_some)

    def stop_reading(self, pipe: IO[bytes]) -> None:
        """Closes a pipe, if it is open."""
        if not pipe.closed:
            self._selector.unregister(pipe)
            pipe.close()

    def run(self, until: Callable[[], bool], seconds: float = float('inf')) -> bool:
        """Waits until something holds, at most for some seconds. Returns whether it does."""
        latest = time.monotonic() + seconds
        while not until():
            left = latest - time.monotonic()
            if left <= 0:
                return False
            self._step(left)
        return True

    def pause(self, seconds: float) -> None:
        """Waits some seconds."""
        self.run(lambda: False, seconds)

    def _step(self, seconds: float) -> None:
        """Waits for the next that is to be done, and does it."""
        if self._timers:
            seconds = min(seconds, max(0.0, self._timers[0][0] - time.monotonic()))
        # A selector takes at most what fits into an integer of milliseconds.
        for key, _ in self._selector.select(min(seconds, 3600)):
            if not getattr(key.fileobj, 'closed', False):
                key.data()
        while self._timers and self._timers[0][0] <= time.monotonic():
            action = heapq.heappop(self._timers)[2].action
            if action is not None:
                action()

    def _hear(self) -> None:
        for number in set(os.read(self._heard, 4096)):
            for action in self._on_signal.get(number, []):
                action()
