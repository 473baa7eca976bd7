"""The verb `once`: all of a job whose service knows nothing of the session.

What it needs came in two packages: this program lies in one of them, the request in the other. What it leaves
is printed, because nobody can fetch it: see scripts/engines/launched/result.ts.
"""

import contextlib
import fcntl
import io
import json
import os
import re
import time

import facts
from arguments import read_arguments
from calls import with_parent
from execute import execute
from failure import Failure
from fetch import write_run
from layout import Root, key_of, root_of, slot_of
from machine import file_clock, node_name
from marked import Speaker
from node_job import read_node_job
from put import put_once
from remove import remove
from runs import state_of
from setup import run_setup
from submit import put_job

# Of variables of the node, which runs may get and services keep what is printed of: these are left out.
_secret = re.compile(r'KEY|TOKEN|SECRET|PASS|CREDENTIAL|AUTH|COOKIE|PRIVATE|RAY_JOB_CONFIG', re.IGNORECASE)


def main(arguments: list[str]) -> None:
    """Does what the request says. Raises Failure."""
    given = read_arguments('once', arguments, values=['FOLDER'])
    folder = os.path.abspath(given.values[0])
    request = _take_request(folder)
    speaker = Speaker(request['token'])
    root = root_of(os.path.abspath(os.path.expanduser(request['root']))).make()
    task = request['task']
    if task['kind'] == 'facts':
        found = facts.facts_of(_options(root, request))
        found['env'] = _of_node(found['env'], folder)
        _place(root)
        speaker.block('facts', json.dumps(found).encode())
        return
    _place(root)
    if task['kind'] == 'setup':
        code = run_setup(root, json.dumps(task['job']).encode(), speaker.said)
        speaker.block('setup', json.dumps({'code': code}).encode())
    else:
        _run(root, task['job'], folder, speaker)


def _take_request(folder: str) -> dict:
    """Reads the request, and removes it: it holds the key of the run's result."""
    path = os.path.join(folder, 'request.json')
    try:
        with open(path, 'rb') as file:
            request = json.load(file)
    except (OSError, ValueError) as error:
        raise Failure(f'{path} is no request of a session: {error}.') from error
    os.unlink(path)
    return request


def _options(root: Root, request: dict) -> dict[str, list[str]]:
    python = [] if request['python'] is None else [request['python']]
    return {'--root': [root.path], '--python': python, '--token': [], '--needs': request['needs']}


def _of_node(env: dict[str, str], folder: str) -> dict[str, str]:
    """Without secrets, and without what the service has set for this job alone."""
    packages = {folder, os.path.dirname(os.path.abspath(__file__))}
    kept = {name: value for name, value in env.items() if not _secret.search(name)}
    paths = [path for path in kept.pop('PYTHONPATH', '').split(os.pathsep) if path not in packages]
    if any(paths):
        kept['PYTHONPATH'] = os.pathsep.join(paths)
    if kept.get('PYTHONBREAKPOINT', '').startswith('ray.'):
        del kept['PYTHONBREAKPOINT']
    return kept


def _place(root: Root) -> None:
    """Puts the files of the session in their places, unless they are there."""
    here = os.path.dirname(os.path.abspath(__file__))
    missing = [
        name
        for name in ('base', 'evaluation')
        if os.path.exists(os.path.join(here, f'{name}.tar')) and not os.path.exists(root.at(name))
    ]
    if not missing:
        return
    with open(root.at('.placing'), 'ab') as lock:
        # Some file systems know no locks: then several do the same, and the first one counts.
        with contextlib.suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        for name in missing:
            if not os.path.exists(root.at(name)):
                with open(os.path.join(here, f'{name}.tar'), 'rb') as tar:
                    put_once(root, name, tar)


def _run(root: Root, job: dict, folder: str, speaker: Speaker) -> None:
    if job.get('sandbox') is not None:
        # Beside it lie the requests of jobs that have not begun.
        job['sandbox']['policy']['hidden'].append(_unpacked(folder))
    text = json.dumps(job).encode()
    read_node_job(text)
    key, slot = key_of(job['key']), slot_of(job['slot'])
    if os.path.exists(root.done(key)) or state_of(root, key, file_clock(root.path)) is not None:
        # Its service has started the job again.
        speaker.say('lost', {'cause': 'requeued', 'detail': 'its job was started twice on this node'})
        return
    root.make_slot(slot)
    put_job(root, slot, key, text)
    speaker.say('began', {'node': node_name(), 'clock': time.time()})
    execute(root, key, runner=with_parent)
    state = state_of(root, key, file_clock(root.path))
    if state is not None and state['state'] == 'ended':
        tar = io.BytesIO()
        write_run(root, key, tar)
        speaker.block('run', tar.getvalue())
    else:
        lost = state or {'cause': 'runner killed', 'detail': 'its process was asked to end before it began'}
        speaker.say('lost', {'cause': lost['cause'], 'detail': lost['detail']})
    remove(root, key)


def _unpacked(folder: str) -> str:
    """Ray unpacks the packages of all jobs into one folder."""
    around = os.path.dirname(folder)
    return around if os.path.basename(around) == 'py_modules_files' else folder
