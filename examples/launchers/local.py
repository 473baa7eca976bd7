"""A launcher in its shortest form: a job is a process of this machine. Copy it to begin one of your own.

docs/launchers.md says what each command is given and prints.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

JOBS = Path(os.environ.get('LAUNCHER_JOBS', '~/.cache/nightshift/local-jobs')).expanduser()

# A signal to end the job is for its command: the shell waits, and writes how that ended.
WATCHED = 'trap : TERM; "$@" > log 2>&1; echo $? > exit.part; mv exit.part exit'


def submit(key, argv, session, run, **_):
    folder = JOBS / key
    if not (folder / 'pid').exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The session removes its copy when this program has ended.
        shutil.copy(run['path'], folder / 'run.zip')
        shutil.copy(session['path'], folder / 'session.zip')
        paths = {'{session}': 'session.zip', '{run}': 'run.zip'}
        words = ['sh', '-c', WATCHED, 'sh', *[paths.get(word, word) for word in argv]]
        null = dict.fromkeys(['stdin', 'stdout', 'stderr'], subprocess.DEVNULL)
        job = subprocess.Popen(words, cwd=folder, start_new_session=True, **null)
        (folder / 'pid').write_text(str(job.pid))
    print(json.dumps({'job': key}))


def poll(prefix, **_):
    keys = [path.parent.name for path in JOBS.glob(f'{prefix}*/pid')]
    print(json.dumps({'jobs': [{'key': key, 'job': key, **state_of(key)} for key in keys]}))


def state_of(key):
    if (JOBS / key / 'exit').exists():
        return {'state': 'ended'}
    try:
        os.kill(int((JOBS / key / 'pid').read_text()), 0)
    except ProcessLookupError:
        return {'state': 'failed', 'reason': 'its process is gone'}
    return {'state': 'running', 'node': os.uname().nodename}


def cancel(key, **_):
    if state_of(key)['state'] == 'running':
        os.killpg(int((JOBS / key / 'pid').read_text()), signal.SIGTERM)


def fetch(key, **_):
    sys.stdout.buffer.write((JOBS / key / 'log').read_bytes())


{'submit': submit, 'poll': poll, 'cancel': cancel, 'fetch': fetch}[sys.argv[1]](**json.load(sys.stdin))
