"""Trying sandboxes as lib/sandbox/probe.ts does: a command must write to one folder, and must not do more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TypedDict

from failure import Failure
from policy import Policy
from sandbox import Mechanism, Sandbox, landlock_version_argv, sandbox_variables, sandboxed_argv

Holds = dict[str, bool]


class Found(TypedDict):
    """As `sandbox` in engines/facts.ts."""

    mechanism: Mechanism
    program: str
    options: list[str]
    holds: Holds


class Why(TypedDict):
    """Why a mechanism does not hold; one line."""

    mechanism: Mechanism
    reason: str


# Best first, with their programs.
PROGRAMS: dict[Mechanism, str] = {'bubblewrap': 'bwrap', 'namespaces': 'perl', 'landlock': 'perl'}

EVERYTHING: Holds = {'signals': True, 'processes': True, 'network': True, 'temporary': True}

# Opens the third file for writing, and changes nothing in it.
SCRIPT = """
echo written > "$1/file" || { echo 'it cannot write where it may'; exit 1; }
if cat "$2" > /dev/null 2>&1; then echo 'it reads a hidden file'; exit 1; fi
if (: >> "$3") 2> /dev/null; then echo 'it writes to a file that is read-only'; exit 1; fi
"""

SECONDS = 20


def probe(only: Mechanism | None = None) -> tuple[Found | None, list[Why]]:
    """The best sandbox of this node, and why not each that would be better; some tens of milliseconds.

    only: the one mechanism to try.
    """
    why: list[Why] = []
    if sys.platform != 'linux':
        return None, why
    for mechanism in PROGRAMS:
        if mechanism != (only or mechanism):
            continue
        found = _try(mechanism)
        if not isinstance(found, str):
            return found, why
        why.append({'mechanism': mechanism, 'reason': found})
    return None, why


def why_not(sandbox: Sandbox, env: dict[str, str]) -> str | None:
    """Why the sandbox of a run can no longer be made, in one line; None where it can.

    For a run that failed: where it cannot, the machine is at fault and not the candidate.
    """
    try:
        argv = sandboxed_argv(sandbox, ['true'], env)
    except (Failure, OSError) as error:
        return str(error)
    return _reason(argv, {**env, **sandbox_variables(sandbox)})


def _try(mechanism: Mechanism) -> Found | str:
    program = _find(PROGRAMS[mechanism])
    if program is None:
        return f'{PROGRAMS[mechanism]} is not installed'
    forms = _forms(mechanism, program)
    if isinstance(forms, str):
        return forms
    reason = ''
    for options, holds in forms:
        found: Found = {'mechanism': mechanism, 'program': program, 'options': options, 'holds': holds}
        failed = _probe(found)
        if failed is None:
            return found
        reason = reason or failed
    if '--disable-userns' in reason:
        return 'bwrap is older than 0.8, and would let a run make namespaces'
    return reason


def _forms(mechanism: Mechanism, program: str) -> list[tuple[list[str], Holds]] | str:
    """Options of a mechanism with what it holds, best first; or why there are none."""
    if mechanism == 'bubblewrap':
        perl = _find('perl')
        return [([] if perl is None else [perl], EVERYTHING)]
    if mechanism == 'namespaces':
        return [([remount], EVERYTHING) for remount in ('whole', 'each')]
    version = _landlock_version(program)
    if version <= 0:
        return 'the kernel has no Landlock (Linux 5.13), or it is switched off'
    holds = {'signals': version >= 6, 'processes': False, 'network': False, 'temporary': False}
    return [([f'version {version}'], holds)]


def _landlock_version(perl: str) -> int:
    try:
        done = subprocess.run(
            landlock_version_argv(perl), capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS
        )
        return int(done.stdout) if done.returncode == 0 else 0
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _probe(found: Found) -> str | None:
    """None where it holds; else why not, in one line."""
    with tempfile.TemporaryDirectory(prefix='nightshift-sandbox-') as folder:
        home, tmp = os.path.join(folder, 'home'), os.path.join(folder, 'tmp')
        for path in (home, tmp):
            os.mkdir(path)
        # Any folder that this process can read and sh does not need.
        hidden = Path(json.__file__).parent
        policy: Policy = {
            'writable': [home],
            'hidden': [str(hidden)],
            'readable': [],
            'home': home,
            'tmp': tmp,
            'network': 'local',
        }
        command = ['sh', '-c', SCRIPT, 'sh', home, str(hidden / '__init__.py'), __file__]
        sandbox: Sandbox = {
            'mechanism': found['mechanism'],
            'program': found['program'],
            'options': found['options'],
            'policy': policy,
            'caches': [],
        }
        try:
            return _reason(sandboxed_argv(sandbox, command))
        except (Failure, OSError) as error:
            return str(error)


def _reason(argv: list[str], env: dict[str, str] | None = None) -> str | None:
    try:
        done = subprocess.run(
            argv, capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, cwd='/', env=env
        )
    except FileNotFoundError:
        return f'{argv[0]} is not installed'
    except OSError as error:
        return f'{argv[0]}: {error.strerror}'
    except subprocess.TimeoutExpired:
        return f'it did not end within {SECONDS} s'
    if done.returncode == 0:
        return None
    text = f'{done.stdout.decode(errors="replace")}\n{done.stderr.decode(errors="replace")}'.strip()
    said = re.sub(r'^(sandbox|bwrap): ', '', text).split('\n')[0]
    return said or f'{argv[0]} ended with {done.returncode}'


def _find(program: str) -> str | None:
    """Absolute path of a program in a folder of PATH; None where there is none."""
    folders = [folder for folder in os.environ.get('PATH', '').split(os.pathsep) if os.path.isabs(folder)]
    paths = (os.path.join(folder, program) for folder in folders)
    return next((path for path in paths if os.access(path, os.X_OK)), None)
