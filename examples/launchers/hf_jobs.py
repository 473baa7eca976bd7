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
    'SCHEDULING': {'state': 'waiting'},
    'RUNNING': {'state': 'running'},
    # Of a command that failed its own output says more than the state.
    **dict.fromkeys(['COMPLETED', 'ERROR'], {'state': 'ended'}),
    **dict.fromkeys(['CANCELED', 'DELETED'], {'state': 'failed', 'cause': 'cancelled'}),
}

# The package of a run holds its keys: it goes with the job.
COMMAND = '"$@"; code=$?; rm -f /nightshift/run/run.zip; exit $code'


def submit(key, prefix, argv, session, run, **_):
    found = listed('--name', key)
    print(json.dumps({'job': found[0]['id'] if found else start(key, prefix, argv, session, run)}))


def start(key, prefix, argv, session, run):
    # A folder goes to the private bucket jobs-artifacts, and of one that has gone there only what is new.
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
        options += ['-v', f'{kept}:/nightshift/session', '-v', f'{own}:/nightshift/run:rw']
        words = ['sh', '-c', COMMAND, 'sh', *[paths.get(word, word) for word in argv]]
        return json.loads(hf('run', *options, IMAGE, *words))['id']


def poll(prefix, **_):
    jobs = listed('--label', f'nightshift={prefix}')
    # The newest come first: of two with a name that one counts.
    newest = {job['labels']['name']: job for job in reversed(jobs)}
    print(json.dumps({'jobs': [described(key, job) for key, job in newest.items()]}))


def described(key, job):
    state = STATES.get(job['status'], {'state': 'unknown'})
    return {'key': key, 'job': job['id'], **state, 'reason': job['status'], 'node': job.get('flavor')}


def listed(*filters):
    return json.loads(hf('ls', '--all', '--limit', '0', '--json', *filters))


def cancel(job, **_):
    hf('cancel', job)


def fetch(job, **_):
    # With `--json` it would print nothing.
    sys.stdout.write(hf('logs', '--format', 'human', job))


def hf(*arguments):
    ended = subprocess.run(['hf', 'jobs', *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8')
    if ended.returncode != 0:
        sys.exit(f'hf jobs {arguments[0]} failed with exit code {ended.returncode}')
    return ended.stdout


{'submit': submit, 'poll': poll, 'cancel': cancel, 'fetch': fetch}[sys.argv[1]](**json.load(sys.stdin))
