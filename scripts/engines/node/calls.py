"""How this program starts processes of itself."""

import os
import sys


def python() -> list[str]:
    """The command that this program is called by."""
    return [sys.executable, '-I', '-S', '-X', 'utf8', os.path.dirname(os.path.abspath(__file__))]


def plain_environment() -> dict[str, str]:
    """Of processes that a run can look into."""
    names = ('PATH', 'HOME', 'USER', 'LANG', 'TMPDIR')
    return {name: os.environ[name] for name in names if name in os.environ}


def plain() -> list[str]:
    """Arguments of `run` for a runner that outlives this process."""
    return []


def with_parent() -> list[str]:
    """Arguments of `run` for a runner that ends its run when this process has ended, however it did."""
    return ['--parent', str(os.getpid())]
