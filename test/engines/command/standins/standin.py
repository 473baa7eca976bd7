"""What the programs that stand in for launchers share: jobs are processes of this machine, in folders of STANDIN_HOME."""

import json
import os
import signal
import subprocess
from pathlib import Path

HOME = Path(os.environ['STANDIN_HOME'])
CALLS = HOME / 'calls'

# A signal to end the job is for its command: the shell waits, and writes how that ended.
WATCHED = 'trap : TERM; at=$1; shift; "$@" > "$at/log" 2>&1; echo $? > "$at/part"; mv "$at/part" "$at/exit"'


def noted(program, arguments):
    """Keeps each call, so that a test sees how often and with what a program was called."""
    HOME.mkdir(parents=True, exist_ok=True)
    with CALLS.open('a') as file:
        file.write(json.dumps([program, *arguments]) + '\n')


def add(about, argv, folder=None):
    """Starts a job. Returns its number, from 1 on."""
    number = 1
    while True:
        try:
            (HOME / f'job-{number}').mkdir(parents=True)
            break
        except FileExistsError:
            number += 1
    where = HOME / f'job-{number}'
    (where / 'about.json').write_text(json.dumps(about))
    null = dict.fromkeys(['stdin', 'stdout', 'stderr'], subprocess.DEVNULL)
    words = ['sh', '-c', WATCHED, 'sh', str(where)]
    job = subprocess.Popen([*words, *argv], cwd=folder or where, start_new_session=True, **null)
    (where / 'pid').write_text(str(job.pid))
    return number


def jobs():
    """All jobs: what is known about each, its number and state, which a file `said` of a test replaces."""
    found = []
    for path in sorted(HOME.glob('job-*/pid'), key=lambda path: int(path.parent.name[4:])):
        where = path.parent
        about = json.loads((where / 'about.json').read_text())
        found.append({**about, 'number': int(where.name[4:]), 'state': state_in(where)})
    said = HOME / 'said.json'
    listed = json.loads(said.read_text()) if said.exists() else []
    return [*found, *({'state': 'running', **job} for job in listed)]


def state_in(where):
    """'running', 'cancelled', or the exit code of its command."""
    if (where / 'cancelled').exists():
        return 'cancelled'
    return int((where / 'exit').read_text()) if (where / 'exit').exists() else 'running'


def end(number):
    where = HOME / f'job-{number}'
    # One that only a test's file has is no process.
    if not where.exists() or state_in(where) != 'running':
        return
    (where / 'cancelled').touch()
    os.killpg(int((where / 'pid').read_text()), signal.SIGTERM)


def log(number):
    path = HOME / f'job-{number}' / 'log'
    return path.read_text() if path.exists() else ''
