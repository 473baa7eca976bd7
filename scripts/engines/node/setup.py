"""The verb `setup`: executes the contract's setup command once, before the runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

from arguments import read_arguments
from calls import plain_environment
from failure import Failure
from layout import Root, root_of
from loop import Loop
from orphans import Search, kill_orphans, run_mark_variable
from prepare import inherited
from removal import free_path
from submit import session_mark
from tree import make_tree


def main(arguments: list[str]) -> None:
    """The command is on standard input: `SetupJob` of scripts/engines/remote/verbs.ts. Raises Failure.

    Its output is given on as it comes; the last line is {"code"}, its exit code, as JSON.
    """
    given = read_arguments('setup', arguments, values=['ROOT'])
    root = root_of(given.values[0]).make()
    code = run_setup(root, sys.stdin.buffer.read(), _give_on)
    _give_on(f'\n{json.dumps({"code": code})}\n'.encode())


def run_setup(root: Root, text: bytes, give_on: Callable[[bytes], None]) -> int:
    """Executes a `SetupJob`. Returns the exit code of its command. Raises Failure."""
    job = _read_job(text)
    folder = root.at(f'setup-{uuid4().hex}')
    try:
        make_tree(folder, root.at('base'), edits={}, hide=[], links=job['links'])
        return _execute(root, job, os.path.join(folder, job['target']), give_on)
    finally:
        free_path(folder)


def _execute(root: Root, job: dict, folder: str, give_on: Callable[[bytes], None]) -> int:
    mark = f'{session_mark(root)}-setup-{uuid4().hex}'
    env = {
        **plain_environment(),
        **job['env'],
        **inherited(job['inherit'], os.environ.items()),
        run_mark_variable: mark,
    }
    with Loop() as loop:
        asked: list[bool] = []
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.on_signal(number, lambda: asked.append(True))
        command = subprocess.Popen(
            ['sh', '-c', job['command']],
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            start_new_session=True,
        )
        try:
            if command.stdout is not None:
                loop.read(command.stdout, give_on)
            loop.run(lambda: command.poll() is not None or bool(asked))
            return 128 + signal.SIGTERM if asked else _code_of(command.returncode)
        finally:
            # Also where nobody reads its output any more.
            kill_orphans(mark, Search(ancestor=command.pid if command.poll() is None else None))
            loop.run(lambda: command.poll() is not None, 5)
            if command.stdout is not None:
                loop.run(lambda: command.stdout is None or command.stdout.closed, 1)


def _code_of(status: int) -> int:
    """As a shell says it."""
    return status if status >= 0 else 128 - status


def _give_on(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _read_job(text: bytes) -> dict:
    try:
        job = json.loads(text)
    except ValueError:
        job = None
    kinds = {'command': str, 'env': dict, 'inherit': list, 'target': str, 'links': dict}
    wrong = [
        name
        for name, kind in kinds.items()
        if not isinstance(job, dict) or not isinstance(job.get(name), kind)
    ]
    if wrong:
        raise Failure(f'What was given is no setup: `{wrong[0]}` is missing, or has another type.', 2)
    if job['target'].startswith('/') or '..' in job['target'].split('/'):
        raise Failure(f'The target {job["target"][:200]!r} leads out of the tree.', 2)
    return job
