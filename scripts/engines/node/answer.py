"""Asks a program that may be missing, fail, print without end, or hang where nothing ends it."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import time
from typing import NamedTuple
from uuid import uuid4

from orphans import Search, kill_orphans, run_mark_variable

# Bytes that a program may print.
MOST = 2**20


class Answer(NamedTuple):
    """What a program printed, also where it did not end well."""

    output: str
    errors: str
    # None where it ended with 0; else one line.
    why: str | None


def answer_of(argv: list[str], seconds: float, env: dict[str, str] | None = None) -> Answer:
    """The answer of a program, which is ended with all that it has started when the time is over.

    What cannot be ended is left alone.
    """
    mark = f'answer-{uuid4()}'
    try:
        process = subprocess.Popen(
            argv,
            env={**(os.environ if env is None else env), run_mark_variable: mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return Answer('', '', f'{argv[0]}: {error.strerror}')
    printed, why = _read(process, time.monotonic() + seconds)
    if why is None:
        code = process.wait()
        why = None if code == 0 else f'{argv[0]} ended with {code}'
    else:
        why = f'{argv[0]} {why.format(seconds=seconds)}'
        kill_orphans(mark, Search())
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(1)
    return Answer(*(text.decode('utf-8', 'replace') for text in printed), why)


def _read(process: subprocess.Popen[bytes], until: float) -> tuple[list[bytes], str | None]:
    """Standard output and standard error, and why they were not read to their end."""
    streams = (process.stdout, process.stderr)
    printed = [b'', b'']
    with selectors.DefaultSelector() as selector, contextlib.ExitStack() as stack:
        for index, stream in enumerate(streams):
            assert stream is not None
            stack.enter_context(stream)
            selector.register(stream, selectors.EVENT_READ, index)
        while selector.get_map():
            ready = selector.select(max(0, until - time.monotonic()))
            if not ready:
                return printed, 'did not end within {seconds:g} s'
            for key, _ in ready:
                part = os.read(key.fd, 2**16)
                printed[key.data] += part
                if part == b'':
                    selector.unregister(key.fileobj)
            if sum(map(len, printed)) > MOST:
                return printed, 'printed too much'
    return printed, None
