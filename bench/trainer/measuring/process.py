"""Runs a command in a process group of its own, for a limited time, and keeps its lines with their times."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

ERROR = re.compile(r'error: |(?!Exception ignored)[\w.]*(?:Error|Exception)\b')

running: set[subprocess.Popen] = set()  # what stop_all() ends
stopping = threading.Event()  # from then on, nothing that starts lives


@dataclass
class Ended:
    """A process that ended: `lines` are (seconds since its start, text) of stdout and stderr together."""

    seconds: float
    code: int
    lines: list[tuple[float, str]] = field(default_factory=list)
    stopped: float | None = None  # the limit in seconds that ended it

    @property
    def text(self) -> str:
        """All that it printed."""
        return '\n'.join(line for _, line in self.lines)

    @property
    def failure(self) -> str | None:
        """Why it failed, in one line: its own `error:` line, else its last; None when it ended well."""
        if self.stopped is None and self.code == 0:
            return None
        said = [line.strip() for _, line in self.lines if line.strip()]
        last = next(filter(ERROR.match, reversed(said)), (said or ['no output'])[-1])
        how = f'stopped after {self.stopped:.0f} s' if self.stopped is not None else f'exit code {self.code}'
        return f'{how}: {last}'


def run_process(command: list[str], environment: dict[str, str], folder: Path, limit: float) -> Ended:
    """Runs a command, for at most `limit` seconds. A carriage return ends a line too: progress has them."""
    started = time.perf_counter()
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding='utf-8',
            errors='replace',
            start_new_session=True,
        )
    except OSError as error:
        return Ended(0.0, 127, [(0.0, f'{command[0]}: {error.strerror}')])
    running.add(process)
    if stopping.is_set():
        end(process)
    lines: list[tuple[float, str]] = []

    def read() -> None:
        with contextlib.suppress(ValueError):  # closed below
            for line in process.stdout:
                lines.append((time.perf_counter() - started, line.rstrip('\n')))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    stopped = None
    try:
        process.wait(limit)
    except subprocess.TimeoutExpired:
        stopped = limit
    finally:
        seconds = time.perf_counter() - started
        end(process)
        running.discard(process)
    reader.join(5)  # a process that left the group may hold the pipe
    return Ended(seconds, process.returncode, list(lines), stopped)


def end(process: subprocess.Popen) -> None:
    """Kills a process and its group: compilers that it started too. Waits for the process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def stop_all() -> None:
    """Kills every process under way, and those that start later; whoever waits for one sees it end."""
    stopping.set()
    for process in list(running):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
