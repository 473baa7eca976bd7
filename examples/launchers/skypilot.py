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

# Of a command that failed its own output says more than the state.
STATES = {
    **dict.fromkeys(['INIT', 'PENDING', 'SETTING_UP', 'SUBMITTED', 'STARTING'], {'state': 'waiting'}),
    **dict.fromkeys(['RUNNING', 'WINDING_DOWN', 'CANCELLING'], {'state': 'running'}),
    **dict.fromkeys(['SUCCEEDED', 'FAILED'], {'state': 'ended'}),
    **dict.fromkeys(['FAILED_SETUP', 'FAILED_DRIVER', 'FAILED_CONTROLLER'], {'state': 'failed'}),
    **dict.fromkeys(['FAILED_PRECHECKS', 'FAILED_NO_RESOURCE'], {'state': 'failed', 'cause': 'rejected'}),
    'CANCELLED': {'state': 'failed', 'cause': 'cancelled'},
    'RECOVERING': {'state': 'failed', 'cause': 'preempted'},
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
        # The package of a run holds its keys: it goes with the job.
        command += f'; code=$?; rm -f {shlex.quote(there + sent["{run}"])}; exit $code'
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
    newest = {}
    for job in queue():
        if (job['job_name'] or '').startswith(prefix) and job['job_id'] >= newest.get(job['job_name'], job)['job_id']:
            newest[job['job_name']] = job
    print(json.dumps({'jobs': [described(key, job) for key, job in newest.items()]}))


def described(key, job):
    status = job['status']
    if status in ('RUNNING', 'RECOVERING') and (status == 'RECOVERING' or job.get('recovery_count')):
        # It would begin anew on another machine. The session makes the run again itself, and counts that.
        sky('jobs', 'cancel', '-y', str(job['job_id']))
        status = 'RECOVERING'
    state = STATES.get(status, {'state': 'unknown'})
    reason = ': '.join(text for text in [status, job.get('failure_reason') or job.get('details')] if text)
    return {'key': key, 'job': str(job['job_id']), **state, 'reason': reason, 'node': job.get('infra')}


def queue():
    text = sky('queue', CLUSTER, '-o', 'json') if CLUSTER else sky('jobs', 'queue', '-a', '-o', 'json')
    # Messages may stand before it, each on a line of its own.
    begin = re.search(r'^[\[{]', text, re.MULTILINE)
    jobs = json.loads(text[begin.start() :]) if begin else None
    if CLUSTER:
        # A cluster that does not answer is left out, with exit code 0.
        jobs = (jobs or {}).get(CLUSTER)
    if jobs is None:
        sys.exit(' '.join(text[: begin.start() if begin else None].split()) or 'sky says nothing of its jobs')
    return jobs


def cancel(job, **_):
    sky('cancel', '-y', CLUSTER, job) if CLUSTER else sky('jobs', 'cancel', '-y', job)


def fetch(job, **_):
    whole = ['--no-follow', '--tail', '0']
    # 100: the job failed, 101: it has not ended, 103: it was cancelled.
    text = sky(*(['logs', CLUSTER, job] if CLUSTER else ['jobs', 'logs', job]), *whole, codes=(0, 100, 101, 103))
    # "(name, pid=123) " before each line of a job, in colours.
    text = re.sub(r'\x1b\[[0-9;]*m', '', text)
    sys.stdout.write(re.sub(r'^\([^()\n]*\bpid=\d+[^()\n]*\) ', '', text, flags=re.MULTILINE))


def sky(*arguments, codes=(0,)):
    ended = subprocess.run(['sky', *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, encoding='utf-8')
    if ended.returncode not in codes:
        sys.stderr.write(ended.stdout[-2000:])
        sys.exit(f'sky {arguments[0]} failed with exit code {ended.returncode}')
    return ended.stdout


{'submit': submit, 'poll': poll, 'cancel': cancel, 'fetch': fetch}[sys.argv[1]](**json.load(sys.stdin))
