"""The order of parts within a limit of time: each by itself, so that one that fails ends no other."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    """Something to measure: `run` gets the seconds it may take and returns what it found.

    It is not started with less than `least` seconds left, and may take at most `most`. It raises Failed when
    it could not measure; what else it raises counts as failed too.
    """

    name: str
    title: str
    least: float
    most: float
    run: Callable[[float], dict]


class Failed(Exception):
    """A part that could not measure; the message is one line."""


@dataclass
class Results:
    """What came of the parts, by name: what they found, why they failed, why they were not run."""

    found: dict[str, dict] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    not_run: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Clock:
    """The time left of a limit, in seconds."""

    def __init__(self, limit: float) -> None:
        self.limit, self.started = limit, time.monotonic()

    def used(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def left(self) -> float:
        """Seconds until the limit."""
        return self.limit - self.used()


def run_parts(
    parts: list[Part],
    clock: Clock,
    results: Results,
    stopped: Callable[[], bool] = lambda: False,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Runs the parts in order and keeps what came of them; says so on stderr as it goes.

    Once `stopped` holds, no other starts. `after` is called after each that ran.
    """
    for part in parts:
        if stopped():
            results.not_run[part.name] = 'stopped'
        elif clock.left() < part.least:
            results.not_run[part.name] = f'{max(clock.left(), 0):.0f} s left, {part.least:.0f} s needed'
        else:
            run_part(part, clock, results, stopped)
            after()
            continue
        say(part, f'not run: {results.not_run[part.name]}')


def run_part(part: Part, clock: Clock, results: Results, stopped: Callable[[], bool]) -> None:
    """Runs one part."""
    say(part, 'started')
    started = time.monotonic()
    try:
        results.found[part.name] = part.run(min(part.most, clock.left()))
    except KeyboardInterrupt:
        results.failed[part.name] = 'interrupted'
    except Failed as error:
        results.failed[part.name] = 'stopped' if stopped() else str(error)
    except Exception as error:
        results.failed[part.name] = f'{type(error).__name__}: {error}'.splitlines()[0]
    results.seconds[part.name] = time.monotonic() - started
    how = f'failed: {results.failed[part.name]}' if part.name in results.failed else 'done'
    say(part, f'{how} ({results.seconds[part.name]:.1f} s, {clock.used():.0f} of {clock.limit:.0f} s used)')


def say(part: Part, what: str) -> None:
    """A line of progress on stderr."""
    print(f'{part.name:<10} {part.title}: {what}', file=sys.stderr, flush=True)
