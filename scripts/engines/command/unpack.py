"""The first program of a launched job: unpacks its two packages beside one another, and runs what is in them.

Given to `python3 -c`, with the paths of the packages and a command, in which @session and @run stand for the
folders.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import zipfile

_PR_SET_PDEATHSIG = 1


def main(session, run, *command):
    """Returns the exit code of the command."""
    with tempfile.TemporaryDirectory(prefix='nightshift-') as folder:
        places = {'@session': os.path.join(folder, 'session'), '@run': os.path.join(folder, 'run')}
        for package, place in ((session, '@session'), (run, '@run')):
            with zipfile.ZipFile(package) as content:
                content.extractall(places[place])
        # It holds keys. On what cannot be written to it stays for as long as the launcher keeps it.
        with contextlib.suppress(OSError):
            os.unlink(run)
        words = [places.get(word, word) for word in command]
        child = subprocess.Popen(words, preexec_fn=_with_parent)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: child.send_signal(number))
        code = child.wait()
    return code if code >= 0 else 128 - code


def _with_parent():
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
