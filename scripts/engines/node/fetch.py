"""The verb `fetch`: what a run has left, as a tar on standard output."""

import io
import os
import stat
import sys
import tarfile
from typing import IO

from arguments import read_arguments
from failure import Failure
from layout import Root, key_of, root_of

# The most bytes of each file, as scripts/engines/remote/unpack.ts has them; what is larger is left out.
# exit.json comes last: where it is, the others are.
_limits = {
    'run/run.log': 2**23,
    'run/curve.csv': 2**25,
    'given/eval.json': 2**22,
    'evaluator.log': 2**23,
    'owner.json': 2**16,
    'exit.json': 2**25,
}


def main(arguments: list[str]) -> None:
    """Sends regular files only, whatever a run has put in their places. Raises Failure."""
    given = read_arguments('fetch', arguments, values=['ROOT', 'KEY'])
    write_run(root_of(given.values[0]), key_of(given.values[1]), sys.stdout.buffer)


def write_run(root: Root, key: str, to: IO[bytes]) -> None:
    """Writes what a run has left as a tar. Raises Failure."""
    try:
        folder = os.open(root.run(key), os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        raise Failure(f'There is no run {key} in {root.path}.') from None
    with tarfile.open(fileobj=to, mode='w|', format=tarfile.USTAR_FORMAT) as tar:
        for name, limit in _limits.items():
            content = _content(folder, name, limit)
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    os.close(folder)


def _content(folder: int, name: str, limit: int) -> bytes | None:
    """None for what is no regular file, or is too large."""
    *folders, last = name.split('/')
    opened = [folder]
    try:
        for part in folders:
            opened.append(os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=opened[-1]))
        # Before it is opened: to open a device can act on it.
        if not stat.S_ISREG(os.stat(last, dir_fd=opened[-1], follow_symlinks=False).st_mode):
            return None
        file = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=opened[-1])
        opened.append(file)
        size = os.fstat(file).st_size
        if size > limit or not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        content = bytearray()
        while len(content) < size and (part := os.read(file, size - len(content))):
            content += part
        return bytes(content)
    except OSError:
        return None
    finally:
        for number in opened[1:]:
            os.close(number)
