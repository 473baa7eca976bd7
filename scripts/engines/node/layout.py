"""Where things are below the root of a place. scripts/engines/remote/paths.ts has the same.

Beside what that names:
    .nightshift               says that the folder is one of ours: `clean` removes no other
    slot-N/inbox/KEY.json     a job that waits
    slot-N/inbox/KEY.start    says that a process of its own was started for it
    slot-N/workers/G          the G-th process that held the slot; its time of change is its heartbeat
    slot-N/end                the slot's worker shall end
    runs/KEY/claim.json       who executes the run; its time of change is its heartbeat
    runs/KEY/lost.json        why there is no result
    runs/KEY/cancel           the run shall end
    done/KEY                  a run that was removed
    changed                   its time of change says that a run is over
"""

import contextlib
import os
import re
from typing import NamedTuple

from failure import Failure

_key = re.compile(r'[A-Za-z0-9][A-Za-z0-9_-]{0,199}')
_number = re.compile(r'\d{1,5}')


class Root(NamedTuple):
    """The folder of a session on a machine."""

    path: str

    def at(self, *names: str) -> str:
        """A path below it."""
        return os.path.join(self.path, *names)

    def slot(self, slot: int, *names: str) -> str:
        """A path in the folder of a slot."""
        return self.at(f'slot-{slot}', *names)

    def job(self, slot: int, key: str) -> str:
        """Of a job that waits."""
        return self.slot(slot, 'inbox', f'{key}.json')

    def run(self, key: str, *names: str) -> str:
        """A path in the folder of a run."""
        return self.at('runs', key, *names)

    def done(self, key: str) -> str:
        """Is there when a run was removed."""
        return self.at('done', key)

    @property
    def marker(self) -> str:
        """Is there when the folder is one of ours."""
        return self.at('.nightshift')

    def make(self) -> 'Root':
        """Makes its folders; only this user may enter."""
        os.makedirs(self.path, 0o700, exist_ok=True)
        for name in ('runs', 'done', 'caches', 'measured'):
            os.makedirs(self.at(name), 0o700, exist_ok=True)
        for path in (self.marker, self.at('changed')):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        return self

    def say_changed(self) -> None:
        """Lets the harness ask at once. It does so soon in any case."""
        with contextlib.suppress(OSError):
            os.utime(self.at('changed'))

    def make_slot(self, slot: int) -> None:
        """Makes the folders of a slot."""
        for name in ('inbox', 'workers'):
            os.makedirs(self.slot(slot, name), 0o700, exist_ok=True)

    def slots(self) -> list[int]:
        """Indices of the slots that have a folder."""
        names = (name.removeprefix('slot-') for name in names_in(self.path) if name.startswith('slot-'))
        return sorted(int(name) for name in names if _number.fullmatch(name))

    def run_keys(self) -> list[str]:
        """Keys of the runs that were taken and not removed."""
        return [name for name in names_in(self.at('runs')) if is_key(name)]

    def waiting(self, slot: int) -> list[str]:
        """Keys of the jobs in a slot's inbox, also of those that were taken meanwhile; the oldest first.

        Only regular files count as records, whatever their names.
        """
        found: list[tuple[float, str]] = []
        try:
            with os.scandir(self.slot(slot, 'inbox')) as entries:
                for entry in entries:
                    key, ending = os.path.splitext(entry.name)
                    if ending == '.json' and is_key(key) and entry.is_file(follow_symlinks=False):
                        found.append((entry.stat(follow_symlinks=False).st_mtime, key))
        except FileNotFoundError:
            pass  # No folder, or a job that was taken meanwhile: it is looked for again soon.
        return [key for _, key in sorted(found)]


def root_of(path: str) -> Root:
    """The root that an argument names. Raises Failure."""
    if not os.path.isabs(path):
        raise Failure(f'The root "{path}" is no absolute path.', 2)
    return Root(os.path.normpath(path))


def is_key(text: str) -> bool:
    """Whether it can be the key of a run."""
    return _key.fullmatch(text) is not None


def key_of(text: object) -> str:
    """The key that an argument names. Raises Failure."""
    if not isinstance(text, str) or not is_key(text):
        raise Failure(f'{str(text)[:80]!r} is no key: letters, digits, - and _.', 2)
    return text


def slot_of(value: object) -> int:
    """The slot that an argument or a job names. Raises Failure."""
    if isinstance(value, bool) or not _number.fullmatch(str(value)):
        raise Failure(f'{str(value)[:80]!r} is no index of a slot: a number from 0.', 2)
    return int(str(value))


def names_in(folder: str) -> list[str]:
    """Names of what a folder holds; none where it is not there."""
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []
