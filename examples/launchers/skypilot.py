"""SkyPilot as a launcher: jobs on a cluster of yours (`sky exec`), or each as a managed job (`sky jobs`).

Variables of the shell that starts the session:

    SKY_CLUSTER      the cluster, as `sky status` has it; without it each job is a managed job with machines of its own
    SKY_ACCELERATOR  what `resources: { gpus: N }` of program.md counts, e.g. H100
    SKY_OPTIONS      more options, e.g. "--infra aws --use-spot" of managed jobs

Written for SkyPilot 0.14.1. docs/launchers.md says what each command is given and prints.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

CLUSTER = os.environ.get('SKY_CLUSTER')
ACCELERATOR = os.environ.get('SKY_ACCELERATOR')
OPTIONS = shlex.split(os.environ.get('SKY_OPTIONS', ''))

STATES = {
    'waiting': ['INIT', 'PENDING', 'SETTING_UP', 'SUBMITTED', 'STARTING'],
    'running': ['RUNNING', 'WINDING_DOWN', 'CANCELLING'],
    # Of a command that failed its own output says more.
    'ended': ['SUCCEEDED', 'FAILED'],
    'failed': [
        *['FAILED_SETUP', 'FAILED_DRIVER', 'FAILED_CONTROLLER', 'FAILED_PRECHECKS', 'FAILED_NO_RESOURCE'],
        *['CANCELLED', 'RECOVERING'],
    ],
}
CAUSES = {
    'CANCELLED': 'cancelled',
    'RECOVERING': 'preempted',
    'FAILED_PRECHECKS': 'rejected',
    'FAILED_NO_RESOURCE': 'rejected',
}


def submit(key, argv, session, run, resources, **_):
    found = [job for job in queue() if job['job_name'] == key]
    if not found:
        start(key, argv, session, run, resources or {})
        found = [job for job in queue() if job['job_name'] == key]
    if not found:
        sys.exit(f'sky has taken {key}, and does not list it')
    print(json.dumps({'job': str(max(job['job_id'] for job in found))}))


def start(key, argv, session, run, resources):
    with tempfile.TemporaryDirectory() as folder:
        sent = {'{session}': f'session-{session["sha256"][:16]}.zip', '{run}': f'{key}.zip'}
        shutil.copy2(session['path'], os.path.join(folder, sent['{session}']))
        shutil.copy2(run['path'], os.path.join(folder, sent['{run}']))
        there = '' if CLUSTER else '/tmp/nightshift/'
        command = shlex.join([there + sent[word] if word in sent else word for word in argv])
        options = ['-d', '-n', key, *gpus(resources), *OPTIONS]
        if CLUSTER:
            # Folders of several jobs come together in one, where nothing is removed.
            sky('exec', CLUSTER, *options, '--workdir', folder, command)
            return
        mounts = {there + name: os.path.join(folder, name) for name in sent.values()}
        with open(os.path.join(folder, 'task.yaml'), 'w') as file:
            # JSON is YAML, too.
            json.dump({'file_mounts': mounts, 'run': command}, file)
        sky('jobs', 'launch', '-y', *options, file.name)


def gpus(resources):
    count = resources.get('gpus')
    if not count:
        return []
    if not ACCELERATOR:
        sys.exit('program.md has resources.gpus: say of which kind by SKY_ACCELERATOR, e.g. H100')
    return ['--gpus', f'{ACCELERATOR}:{count}']


def poll(prefix, **_):
    ours = [job for job in queue() if (job['job_name'] or '').startswith(prefix)]
    print(json.dumps({'jobs': [described(job) for job in ours]}))


def described(job):
    status = job['status']
    if status in ('RUNNING', 'RECOVERING') and (status == 'RECOVERING' or job.get('recovery_count')):
        # It would begin anew on another machine. The session makes the run again itself, and counts that.
        sky('jobs', 'cancel', '-y', str(job['job_id']))
        status = 'RECOVERING'
    state = next((state for state, statuses in STATES.items() if status in statuses), 'unknown')
    cause = {'cause': CAUSES[status]} if status in CAUSES else {}
    reason = ': '.join(text for text in [status, job.get('failure_reason') or job.get('details')] if text)
    about = {'key': job['job_name'], 'job': str(job['job_id']), 'node': job.get('infra')}
    return {**about, 'state': state, **cause, 'reason': reason}


def queue():
    text = sky('queue', CLUSTER, '-o', 'json') if CLUSTER else sky('jobs', 'queue', '-a', '-o', 'json')
    # Messages may stand before it, each on a line of its own.
    begin = re.search(r'^[\[{]', text, re.MULTILINE)
    jobs = json.JSONDecoder().raw_decode(text, begin.start())[0] if begin else None
    if CLUSTER:
        # A cluster that does not answer is left out, with exit code 0.
        jobs = (jobs or {}).get(CLUSTER)
    if jobs is None:
        sys.exit(' '.join(text[: begin.start() if begin else None].split()) or 'sky says nothing of its jobs')
    return jobs


def cancel(job, **_):
    sky('cancel', '-y', CLUSTER, job) if CLUSTER else sky('jobs', 'cancel', '-y', job)


def fetch(job, **_):
    words = ['logs', CLUSTER, job] if CLUSTER else ['jobs', 'logs', job]
    # 100: the job failed, 101: it has not ended, 103: it was cancelled.
    text = sky(*words, '--no-follow', '--tail', '0', codes=(0, 100, 101, 103))
    # "(name, pid=123) " before each line of a job, in colours.
    text = re.sub(r'\x1b\[[0-9;]*m', '', text)
    sys.stdout.write(re.sub(r'^\([^()\n]*\bpid=\d+[^()\n]*\) ', '', text, flags=re.MULTILINE))


def sky(*arguments, codes=(0,)):
    ended = subprocess.run(
        ['sky', *arguments], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8'
    )
    if ended.returncode not in codes:
        sys.stderr.write(ended.stdout[-2000:])
        sys.exit(f'sky {arguments[0]} failed with exit code {ended.returncode}')
    return ended.stdout


{'submit': submit, 'poll': poll, 'cancel': cancel, 'fetch': fetch}[sys.argv[1]](**json.load(sys.stdin))
