"""The owner of one run."""

from collections.abc import Callable

from job import Job


def run_job(job: Job, begin: Callable[[], None]) -> None:
    """Executes a run to its end. `begin` is called before the command is started."""
    raise NotImplementedError(job, begin)
