"""The log of a process: its head and its tail, capped."""

import os

from failure import Failure
from files import encoded, failure_of, remove

# Size of the kept head and of the kept tail of a log, bytes each.
log_cap = 2**20


class Log:
    """Writes the head of a log to disk at once; keeps the last part in memory and writes it at the end.

    Where the disk is full, the rest is kept in memory like a tail, and tried again at the end.
    """

    def __init__(self, path: str) -> None:
        """Creates the file. Raises Failure where that fails, DiskFull where there is no space for it."""
        self._path = path
        place = encoded(path)
        try:
            # The run may have left a link there, or a pipe.
            remove(place)
            self._file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except OSError as error:
            raise failure_of(error, path) from error
        self._room = log_cap
        self._omitted = 0
        self._tail = bytearray()
        self._error: OSError | None = None

    @property
    def failure(self) -> Failure | None:
        """Why the file lacks something that it should hold; else None."""
        return None if self._error is None else failure_of(self._error, self._path)

    def write(self, chunk: bytes) -> None:
        """Adds output. Does not raise."""
        written = self._put(chunk[: self._room])
        self._room = 0 if self._error else self._room - written
        if written == len(chunk):
            return
        self._tail += chunk[written:]
        if len(self._tail) >= 2 * log_cap:
            self._cut()

    def close(self) -> None:
        """Writes the tail. Does not raise."""
        self._error = None
        self._cut()
        if self._omitted > 0:
            self._put(f'\n[{self._omitted} bytes of the log omitted here]\n'.encode())
        self._put(self._tail)
        try:
            os.close(self._file)
        except OSError as error:  # Of a file system of a network, which writes last.
            self._error = error

    def _cut(self) -> None:
        more = len(self._tail) - log_cap
        if more > 0:
            self._omitted += more
            del self._tail[:more]

    def _put(self, data: bytes | bytearray) -> int:
        """Returns the number of bytes that were written."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            self._error = error
        return written
