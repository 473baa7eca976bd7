"""What is made before a run: its folders, its tree, its environment, its sandbox."""

import os
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from uuid import uuid4

from failure import Failure
from layout import Root
from orphans import run_mark_variable
from removal import free_path
from tree import arrange, copy_tree


class Tree:
    """The tree of a slot. While the slot waits for a job it is made ahead, as far as all runs have it."""

    def __init__(self, root: Root, slot: int, pulse: Callable[[], None]) -> None:
        self._base = root.at('base')
        self._path = root.slot(slot, 'tree')
        self._pulse = pulse
        self._is_fresh = False

    def make_ahead(self) -> None:
        """Removes what the last run left, and copies the first commit. If it fails, the next run says so."""
        if self._is_fresh:
            return
        try:
            free_path(self._path, self._pulse)
            copy_tree(self._base, self._path, self._pulse)
            self._is_fresh = True
        except (OSError, Failure):
            pass

    def make(self, job: dict) -> None:
        """Makes the tree of a job. Raises Failure, OSError."""
        if not self._is_fresh:
            free_path(self._path, self._pulse)
            copy_tree(self._base, self._path, self._pulse)
        self._is_fresh = False
        arrange(self._path, edits=job['edits'], hide=job['hide'], links=job['links'])

    def free(self) -> None:
        """Removes it. Raises OSError."""
        self._is_fresh = False
        free_path(self._path, self._pulse)


def make_folders(root: Root, key: str) -> None:
    """Makes the folders of a run, which only this user may enter."""
    for name in ('run', 'given', 'output', 'home', 'tmp'):
        os.makedirs(root.run(key, name), 0o700, exist_ok=True)


def make_caches(root: Root, job: dict, pulse: Callable[[], None]) -> None:
    """Makes the compile caches of a run where it has any, and they are not there yet.

    Those of candidates begin as a copy of the baseline's, which has compiled most of what they need.
    """
    baseline, candidates = root.at('caches', 'baseline'), root.at('caches', 'candidates')
    places = [*job['job']['env'].values(), *((job['sandbox'] or {}).get('policy') or {}).get('writable', [])]
    for path in (baseline, candidates):
        if os.path.isdir(path) or not any(_is_in(path, place) for place in places):
            continue
        partial = f'{path}.{uuid4().hex}'
        if path == candidates and os.path.isdir(baseline):
            copy_tree(baseline, partial, pulse)
        else:
            os.makedirs(partial, 0o700)
        try:
            os.rename(partial, path)
        except OSError:
            # Another slot was faster.
            free_path(partial, pulse)


def _is_in(folder: str, path: str) -> bool:
    return path == folder or path.startswith(f'{folder}/')


def local_job(job: dict) -> dict:
    """The `Job` that the runner gets: with this node's variables, in its sandbox. Raises Failure, OSError."""
    run = dict(job['job'])
    taken = inherited(job['inherit'], os.environ.items())
    run['env'] = {**run['env'], **taken, run_mark_variable: run['mark']}
    if run.get('evaluator') is not None:
        evaluator = run['evaluator']
        run['evaluator'] = {**evaluator, 'env': {**evaluator['env'], **taken}}
    if job['sandbox'] is not None:
        # Only for a run that has one: loading it takes time.
        from sandbox import enter

        sandbox = {'caches': [], **job['sandbox']}
        run['argv'], run['env'] = enter(sandbox, run['argv'], run['env'], os.path.expanduser('~'))
    return run


def inherited(patterns: list[str], variables: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Variables whose names match a pattern, e.g. "SLURM_*"."""
    return {name: value for name, value in variables if any(fnmatchcase(name, p) for p in patterns)}
