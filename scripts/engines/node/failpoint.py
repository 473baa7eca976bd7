"""For the fault tests: NIGHTSHIFT_FAILPOINT=NAME kills this process where it calls `failpoint(NAME)`."""

import os
import signal

_wanted = os.environ.get('NIGHTSHIFT_FAILPOINT')


def failpoint(name: str) -> None:
    """Does nothing without the variable."""
    if name == _wanted:
        os.kill(os.getpid(), signal.SIGKILL)
