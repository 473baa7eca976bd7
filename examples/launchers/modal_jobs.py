"""Modal as a launcher: each job is a detached run of the app in modal_app.py, which lies beside this file.

What jobs need, and what they print, lies on the volume `nightshift`: `modal volume create nightshift` makes it.

Variables of the shell that starts the session:

    MODAL_GPU    of each job, as Modal has it, e.g. H100; none without it
    MODAL_HOURS  that one job may take; 2 without it

Written for modal 1.6.4. docs/launchers.md says what each command is given and prints.
"""

import json
import subprocess
import sys
from pathlib import Path

APP = Path(__file__).with_name('modal_app.py')
VOLUME = 'nightshift'


def submit(key, argv, session, run, **_):
    found = [app for app in apps() if app['description'] == key]
    if not found:
        name = f'session-{session["sha256"][:16]}.zip'
        modal('volume', 'put', '--force', VOLUME, session['path'], f'/{name}')
        modal('volume', 'put', '--force', VOLUME, run['path'], f'/{key}/run.zip')
        words = ['--key', key, '--session', name, '--argv', json.dumps(argv)]
        modal('run', '--detach', '--name', key, f'{APP}::start', *words)
        found = [app for app in apps() if app['description'] == key]
    if not found:
        sys.exit(f'modal has taken {key}, and does not list it')
    print(json.dumps({'job': found[0]['app_id']}))


def poll(prefix, **_):
    print(json.dumps({'jobs': [described(app) for app in apps() if app['description'].startswith(prefix)]}))


def described(app):
    return {'key': app['description'], 'job': app['app_id'], **state_of(app)}


def state_of(app):
    state = app['state']
    if state in ('ephemeral', 'ephemeral (detached)'):
        # Without a task there is no container yet.
        return {'state': 'running' if int(app['tasks']) > 0 else 'waiting', 'reason': 'no container'}
    known = {'initializing...': 'waiting', 'stopping...': 'running', 'stopped': 'ended'}
    return {'state': known.get(state, 'unknown'), 'reason': state}


def apps():
    return json.loads(modal('app', 'list', '--json'))


def cancel(job, **_):
    modal('app', 'stop', '--yes', job)


def fetch(key, **_):
    # Not by `modal app logs`, which gives a number of lines.
    sys.stdout.write(modal('volume', 'get', VOLUME, f'/{key}/log', '-'))


def modal(*arguments):
    words = ['modal', *arguments]
    ended = subprocess.run(
        words, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8'
    )
    if ended.returncode != 0:
        sys.stderr.write(ended.stdout[-2000:])
        sys.exit(f'modal {" ".join(arguments[:2])} failed with exit code {ended.returncode}')
    return ended.stdout


{'submit': submit, 'poll': poll, 'cancel': cancel, 'fetch': fetch}[sys.argv[1]](**json.load(sys.stdin))
