"""The verb `facts`: what this machine is, and whether runs can execute here; the JSON of engines/facts.ts."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from answer import answer_of
from failure import Failure
from machine import node_name
from probe import probe
from sandbox import arch

# nvidia-smi takes 20 to 100 ms, and a few seconds where it has to load the driver.
NVIDIA_SECONDS = 10
# torch is loaded from a disk that may be another machine's.
PYTHON_SECONDS = 60

# Executed by the run's Python, of whatever version. It says what it knows before what may fail or hang.
QUERY = """
import json, sys
def say(**facts):
    sys.stdout.write('\\nfacts: ' + json.dumps(facts) + '\\n')
    sys.stdout.flush()
say(version='%d.%d.%d' % sys.version_info[:3], folders=[sys.prefix, getattr(sys, 'base_prefix', sys.prefix)])
try:
    import torch
    say(torch=str(torch.__version__))
    say(devices=torch.cuda.device_count())
    if 'names' in sys.argv:
        say(names=[torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())])
except BaseException as error:
    say(why='%s: %s' % (type(error).__name__, error))
"""


def main(arguments: list[str]) -> None:
    """Prints the facts. Raises Failure for an unknown option, or a Python that is not there."""
    print(json.dumps(facts_of(_options(arguments))))


def facts_of(options: dict[str, list[str]]) -> dict[str, Any]:
    """The facts. Raises Failure for a Python that is not there."""
    root = _path((options['--root'] or ['~/.cache/nightshift/nodes'])[-1])
    folder = python_folder(options['--python'][-1]) if options['--python'] else None
    cards = nvidia_cards()
    python, names = run_python(folder, asks_names=not cards)
    found, why = probe()
    return {
        'node': node_name(),
        'runnerPython': '.'.join(map(str, sys.version_info[:3])),
        'home': os.path.expanduser('~'),
        'user': _user(),
        'clock': time.time() * 1000,
        'os': f'{platform.system()} {platform.release()}',
        'arch': arch(),
        'cpu': _cpu(),
        'cores': _cores(),
        'memoryMb': os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') // 2**20,
        'gpus': cards or [{'name': name, 'driver': None} for name in names],
        'freeBytes': _free_bytes(root),
        'rootError': _root_error(root),
        'isShared': _is_shared(root, options['--token']),
        'missing': [path for path in options['--needs'] if not os.access(_path(path), os.R_OK)],
        'pythonFolder': folder,
        'python': python,
        'sandbox': found,
        'sandboxWhy': why,
        'env': dict(os.environ),
    }


def _options(arguments: list[str]) -> dict[str, list[str]]:
    """Values by option. Only `--needs` may come more than once."""
    options: dict[str, list[str]] = {'--python': [], '--root': [], '--token': [], '--needs': []}
    for name, value in zip(arguments[::2], [*arguments[1::2], None], strict=False):
        if name not in options or value is None:
            raise Failure(f'facts: {name} is not one of its options with a value: {", ".join(options)}')
        options[name].append(value)
    return options


def python_folder(path: str) -> str:
    """What comes first in a run's PATH, for an interpreter or the folder of a virtual environment."""
    at = _path(path)
    folder = at / 'bin' if at.is_dir() else at.parent
    if not at.exists() or not folder.is_dir():
        what = 'has no folder bin' if at.exists() else 'is not there'
        raise Failure(f'python: {path} {what}: name an interpreter, or the folder of a virtual environment')
    return str(folder)


def run_python(folder: str | None, asks_names: bool) -> tuple[dict[str, Any] | None, list[str]]:
    """What `python` is for a run whose PATH begins with a folder, and the names of torch's devices.

    None where the run would find none. asks_names: whether for names; torch has to open the devices for them.
    """
    search = os.pathsep.join([*([] if folder is None else [folder]), os.environ.get('PATH', '')])
    path = shutil.which('python', path=search)
    if path is None:
        return None, []
    argv = [path, '-c', QUERY, *(['names'] if asks_names else [])]
    answer = answer_of(argv, PYTHON_SECONDS, {**os.environ, 'PATH': search})
    said: dict[str, Any] = {}
    for line in re.findall(r'^facts: (.*)$', answer.output, re.MULTILINE):
        said.update(json.loads(line))
    torch = said.get('torch')
    why = said.get('why') or _last_line(answer.errors) or answer.why
    python = {
        'path': path,
        'isNamed': folder is None or os.path.dirname(path) == folder,
        'version': said.get('version'),
        'folders': said.get('folders', []),
        'torch': torch,
        'devices': said.get('devices', 0),
        'why': _last_line(why or '') if torch is None or 'devices' not in said else None,
    }
    return python, said.get('names', [])


def nvidia_cards() -> list[dict[str, str | None]]:
    """Cards that nvidia-smi lists; none where it is missing, fails, or does not answer."""
    answer = answer_of(
        ['nvidia-smi', '--query-gpu=name,driver_version', '--format=csv,noheader'], NVIDIA_SECONDS
    )
    if answer.why is not None:
        return []
    # e.g. "NVIDIA H200, 580.159.04"
    rows = [[field.strip() for field in line.split(',')] for line in answer.output.splitlines()]
    return [{'name': row[0], 'driver': row[1] or None} for row in rows if len(row) > 1 and row[0]]


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _last_line(text: str) -> str | None:
    lines = [line.strip() for line in text.splitlines() if line.strip() != '']
    return lines[-1] if lines else None


def _user() -> str:
    # A container may run as a user without a name.
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _cpu() -> str:
    try:
        text = Path('/proc/cpuinfo').read_text(errors='replace')
    except OSError:
        text = ''
    model = re.search(r'^model name\s*:\s*(.*\S)', text, re.MULTILINE)
    return model[1] if model else platform.processor() or platform.machine()


def _cores() -> int:
    # Those of an allocation, where a scheduler binds it to some.
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1


def _free_bytes(root: Path) -> int:
    """Of the folder, or of the nearest one around it that is there."""
    at = next(folder for folder in (root, *root.parents) if folder.exists())
    return shutil.disk_usage(at).free


def _root_error(root: Path) -> str | None:
    """Why the session cannot write there, in one line; None where it can. The folder is made."""
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b'0' * 4096)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f'{error.filename or root}: {error.strerror}'
    return None


def _is_shared(root: Path, tokens: list[str]) -> bool | None:
    """Whether the root has the file that the harness made in its folder of that path; None: it made none."""
    if not tokens:
        return None
    token = tokens[-1]
    if not re.fullmatch(r'[A-Za-z0-9-]+', token):
        raise Failure(f'facts: --token takes letters, digits and dashes, not {token}')
    try:
        return stat.S_ISREG(os.lstat(root / token).st_mode)
    except OSError:
        return False
