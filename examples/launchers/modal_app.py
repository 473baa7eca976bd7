"""What modal_jobs.py runs on Modal: one function that executes a job. Change image, GPU and limits here."""

import json
import os
import subprocess

import modal

GPU = os.environ.get('MODAL_GPU')
HOURS = float(os.environ.get('MODAL_HOURS', '2'))
# What is on the volume lies there.
MOUNT = '/nightshift'

app = modal.App('nightshift')
image = modal.Image.debian_slim(python_version='3.12')
# To run a target with torch: image = image.pip_install('torch')
volume = modal.Volume.from_name('nightshift', create_if_missing=True)


@app.function(image=image, gpu=GPU, timeout=int(3600 * HOURS), volumes={MOUNT: volume})
def execute(key, session, argv):
    paths = {'{session}': f'{MOUNT}/{session}', '{run}': f'{MOUNT}/{key}/run.zip'}
    with open(f'{MOUNT}/{key}/log', 'wb') as log:
        job = subprocess.Popen([paths.get(word, word) for word in argv], stdout=log, stderr=subprocess.STDOUT)
        while True:
            try:
                job.wait(5)
                break
            except subprocess.TimeoutExpired:
                # So that the session sees that it has begun.
                volume.commit()
    volume.commit()


@app.local_entrypoint()
def start(key: str, session: str, argv: str):
    execute.spawn(key, session, json.loads(argv))
