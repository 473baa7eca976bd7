"""A job as the harness gives it to a node."""

import json

from failure import Failure
from job import job_of


def read_node_job(text: bytes) -> dict:
    """A `NodeJob` of scripts/engines/nodeJob.ts. Raises Failure, which names no value: one is a key."""
    try:
        job = json.loads(text)
    except (ValueError, RecursionError):
        raise Failure('What was given is no job: it is not JSON.', 2) from None
    kinds = {
        'key': str,
        'slot': int,
        'edits': dict,
        'links': dict,
        'hide': list,
        'inherit': list,
        'job': dict,
    }
    wrong = [
        name
        for name, kind in kinds.items()
        if not isinstance(job, dict) or not isinstance(job.get(name), kind)
    ]
    if wrong or not isinstance(job.get('sandbox'), dict | None):
        raise Failure(
            f'What was given is no job: `{(wrong or ["sandbox"])[0]}` is missing, or has another type.', 2
        )
    job_of(job['job'])
    return job
