"""Hugging Face Jobs as a launcher, by the program `hf`.

Variables of the shell that starts the session:

    HF_JOBS_FLAVOR   the hardware, as `hf jobs hardware` has it, e.g. a100-large; cpu-basic without it
    HF_JOBS_IMAGE    a Docker image with python3 and what runs need; python:3.12 without it
    HF_JOBS_TIMEOUT  how long one job may take, e.g. 2h; Hugging Face's default without it

Written for huggingface_hub 2.4.0. docs/launchers.md says what each command is given and prints.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FLAVOR = os.environ.get('HF_JOBS_FLAVOR', 'cpu-basic')
IMAGE = os.environ.get('HF_JOBS_IMAGE', 'python:3.12')
TIMEOUT = os.environ.get('HF_JOBS_TIMEOUT')
SENT = Path('~/.cache/nightshift/hf-jobs').expanduser()

STATES = {
    'SCHEDULING': 'waiting',
    'RUNNING': 'running',
    'COMPLETED': 'ended',
    # Its own output says more.
    'ERROR': 'ended',
    'CANCELED': 'failed',
    'DELETED': 'failed',
}


def submit(key, prefix, argv, session, run, **_):
    found = listed('--name', key)
    print(json.dumps({'job': found[0]['id'] if found else start(key, prefix, argv, session, run)}))


def start(key, prefix, argv, session, run):
    # Folders go to the private bucket jobs-artifacts. Of one that has gone there only what is new goes there again.
    kept = SENT / session['sha256'][:16]
    if not (kept / 'session.zip').exists():
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy(session['path'], kept / 'part')
        (kept / 'part').rename(kept / 'session.zip')
    paths = {'{session}': '/nightshift/session/session.zip', '{run}': '/nightshift/run/run.zip'}
    with tempfile.TemporaryDirectory() as own:
        shutil.copy(run['path'], os.path.join(own, 'run.zip'))
        options = ['--detach', '--json', '--name', key, '--label', f'nightshift={prefix}', '--flavor', FLAVOR]
        options += ['--timeout', TIMEOUT] if TIMEOUT else []
        # Writable: the job removes the package of its run, which holds keys.
        options += ['-v', f'{kept}:/nightshift/session', '-v', f'{own}:/nightshift/run:rw']
        return json.loads(hf('run', *options, IMAGE, *[paths.get(word, word) for word in argv]))['id']


def poll(prefix, **_):
    print(json.dumps({'jobs': [described(job) for job in listed('--label', f'nightshift={prefix}')]}))


def described(job):
    state = STATES.get(job['status'], 'unknown')
    cause = {'cause': 'cancelled'} if state == 'failed' else {}
    about = {'key': job['labels']['name'], 'job': job['id'], 'node': job.get('flavor')}
    return {**about, 'state': state, **cause, 'reason': job['status']}


def listed(*filters):
    return json.loads(hf('ls', '--all', '--limit', '0', '--json', *filters))


def cancel(job, **_):
    hf('cancel', job)


def fetch(job, **_):
    # With `--json` it would print nothing.
    sys.stdout.write(hf('logs', '--format', 'human', job))


def hf(*arguments):
    words = ['hf', 'jobs', *arguments]
    ended = subprocess.run(
        words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8'
    )
    if ended.returncode != 0:
        sys.exit(f'hf jobs {arguments[0]} failed with exit code {ended.returncode}')
    return ended.stdout


{'submit': submit, 'poll': poll, 'cancel': cancel, 'fetch': fetch}[sys.argv[1]](**json.load(sys.stdin))
