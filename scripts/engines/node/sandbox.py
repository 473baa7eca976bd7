"""The sandbox of a run on a node: what lib/sandbox/ composes locally, composed where the run executes.

Devices, links and hidden paths are the node's, and are looked for shortly before the run. There is no relay
here, so with network `local` a run reaches its own loopback and no service of the node.
"""

from __future__ import annotations

import os
import platform
import re
import stat
from pathlib import Path
from typing import Literal, TypedDict

from home import furnish_home
from policy import Policy, Rule, named_in, rules_of

Mechanism = Literal['bubblewrap', 'namespaces', 'landlock']


class Sandbox(TypedDict):
    """As `NodeSandbox` in engines/nodeJob.ts."""

    mechanism: Mechanism
    program: str
    options: list[str]
    policy: Policy
    caches: list[str]


def enter(
    sandbox: Sandbox, argv: list[str], env: dict[str, str], real_home: str
) -> tuple[list[str], dict[str, str]]:
    """Makes a run's home, temporary folder and caches; returns its command and environment in the sandbox.

    real_home: of the node's user. Other writable folders must be there.
    Raises Failure, or OSError where a folder cannot be made.
    """
    policy = sandbox['policy']
    for path in (policy['home'], policy['tmp']):
        os.makedirs(path, mode=0o700, exist_ok=True)
    # One at a time below a folder that runs cannot replace, as a link of an earlier run would lead elsewhere.
    for path in sandbox['caches']:
        try:
            os.mkdir(path, mode=0o700)
        except FileExistsError:
            continue
    furnish_home(policy['home'], real_home, policy['hidden'])
    return sandboxed_argv(sandbox, argv, env), {**env, **sandbox_variables(sandbox)}


def sandboxed_argv(sandbox: Sandbox, argv: list[str], env: dict[str, str] | None = None) -> list[str]:
    """The command that runs argv in the sandbox.

    It has the working directory and the descriptors that it is given, and ends as `sandboxedCommand` of
    lib/sandbox/sandbox.ts says. env: of the run outside of the sandbox; what its variables name in /tmp stays
    readable. Raises Failure.
    """
    policy = sandbox['policy']
    named = named_in(env or {}, policy['hidden'])
    policy = {**policy, 'readable': [*policy['readable'], *named]}
    program, options = sandbox['program'], sandbox['options']
    if sandbox['mechanism'] == 'bubblewrap':
        # Without perl a run inherits descriptors and the session keyring.
        command = bubblewrap_argv(program, policy, argv)
        return _without_inherited(options[0], command) if options else command
    if sandbox['mechanism'] == 'namespaces':
        remount = 'each' if options[:1] == ['each'] else 'whole'
        return _without_inherited(program, namespaces_argv(program, policy, argv, remount))
    return _without_inherited(program, landlock_argv(program, policy, argv))


def sandbox_variables(sandbox: Sandbox) -> dict[str, str]:
    """Variables that the command must have in the sandbox."""
    policy = sandbox['policy']
    # Landlock cannot mount: /tmp is the machine's, and not writable.
    return {'HOME': policy['home'], 'TMPDIR': policy['tmp'] if sandbox['mechanism'] == 'landlock' else '/tmp'}


def bubblewrap_argv(program: str, policy: Policy, argv: list[str]) -> list[str]:
    """By bubblewrap: namespaces of its own, the file system bound read-only, and no rights."""
    rules = rules_of(policy)
    hidden_folders = [rule.path for rule in rules if rule.access == 'hide' and rule.is_folder]
    return [
        program,
        *('--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'),
        *([] if policy['network'] == 'all' else ['--unshare-net']),
        # In a user namespace of its own a run could mount cgroups, and end the processes of outside in them.
        *('--cap-drop', 'ALL', '--disable-userns'),
        *('--ro-bind', '/', '/', '--proc', '/proc'),
        *(word for path in kernel_settings() for word in ('--ro-bind', path, path)),
        *('--dev', '/dev'),
        *(word for path in accelerator_devices() for word in ('--dev-bind', path, path)),
        *('--perms', '1777', '--tmpfs', '/dev/shm'),
        *(word for rule in rules for word in _mount(rule, policy['tmp'])),
        # Last: what lies in a hidden folder needs its mount point.
        *(word for path in ('/dev', *hidden_folders) for word in ('--remount-ro', path)),
        *('--', *argv),
    ]


def _mount(rule: Rule, tmp: str) -> list[str]:
    if rule.access == 'tmp':
        return ['--bind', tmp, rule.path]
    if rule.access == 'write':
        return ['--bind', rule.path, rule.path]
    if rule.access == 'read':
        return ['--ro-bind', rule.path, rule.path]
    # A mount without devices: a device node that is bound there cannot be opened.
    if not rule.is_folder:
        return ['--ro-bind', '/dev/null', rule.path]
    return ['--perms', '0111', '--tmpfs', rule.path]


def namespaces_argv(perl: str, policy: Policy, argv: list[str], remount: str) -> list[str]:
    """By the kernel's namespaces alone, set up by a perl script.

    remount: `whole`, or `each` before Linux 5.12, as namespaces.pl says.
    """
    return [
        *_perl_script(perl, 'namespaces.pl'),
        *(arch(), 'shared' if policy['network'] == 'all' else 'own', remount),
        *(word for path in (*PLAIN_DEVICES, *accelerator_devices()) for word in ('device', path)),
        *('tmp', policy['tmp']),
        *(word for path in kernel_settings() for word in ('kernel', path)),
        *(
            word
            for rule in rules_of(policy)
            for word in ('mount-tmp' if rule.access == 'tmp' else rule.access, rule.path)
        ),
        *('--', *argv),
    ]


def landlock_argv(perl: str, policy: Policy, argv: list[str]) -> list[str]:
    """By Landlock: the kernel refuses to open files. Nothing is mounted, and no process is hidden."""
    return [
        *_perl_script(perl, 'landlock.pl'),
        *(arch(), 'run', 'shared' if policy['network'] == 'all' else 'own'),
        *('hide', '/dev', 'list', '/dev', 'write', '/dev/shm', 'write', policy['tmp']),
        *(word for path in (*PLAIN_DEVICES, *accelerator_devices()) for word in ('device', path)),
        *(
            word
            for rule in rules_of(policy)
            for word in ('hide' if rule.access == 'tmp' else rule.access, rule.path)
        ),
        *('--', *argv),
    ]


def landlock_version_argv(perl: str) -> list[str]:
    """Prints the version of the kernel's Landlock; 0: none."""
    return [*_perl_script(perl, 'landlock.pl'), arch(), 'abi']


def _without_inherited(perl: str, argv: list[str]) -> list[str]:
    return [*_perl_script(perl, 'inherited.pl'), arch(), *argv]


def _perl_script(perl: str, name: str) -> list[str]:
    """A script; perl does not complain of the user's locale, which would be in the run's log."""
    return ['env', 'PERL_BADLANG=0', perl, str(script_folder() / name)]


def script_folder() -> Path:
    """Of the perl scripts: they are shipped beside this file; in the repository lib/sandbox/ has them."""
    here = Path(__file__).resolve().parent
    return here if (here / 'inherited.pl').exists() else here.parents[1] / 'lib/sandbox'


def arch() -> str:
    """Of the processor, by the names of Node.js, which the perl scripts take."""
    machine = platform.machine()
    return {'x86_64': 'x64', 'amd64': 'x64', 'aarch64': 'arm64'}.get(machine.lower(), machine)


# Nodes that every program may expect.
PLAIN_DEVICES = tuple(f'/dev/{name}' for name in ('null', 'zero', 'full', 'random', 'urandom', 'tty'))

# NVIDIA (nvidia0, nvidiactl, nvidia-uvm, nvidia-caps …), AMD (kfd, dri), Intel (dri, accel), WSL (dxg),
# InfiniBand.
ACCELERATOR = re.compile(r'nvidia.*|dri|kfd|accel.*|dxg|infiniband|gdrdrv')


def accelerator_devices() -> list[str]:
    """Device nodes, and folders of them, of accelerators that are there. Never disks."""
    return [f'/dev/{name}' for name in sorted(os.listdir('/dev')) if ACCELERATOR.fullmatch(name)]


def kernel_settings() -> list[str]:
    """What of /proc concerns the machine and may have files that root can write to without any capability.

    E.g. sys/kernel/core_pattern, which names a program that the kernel starts with all rights.
    """
    names = [
        name
        for name in sorted(os.listdir('/proc'))
        if not re.fullmatch(r'\d+|self|thread-self|net|mounts', name)
    ]
    return [path for path in (f'/proc/{name}' for name in names) if _is_setting(os.stat(path).st_mode)]


def _is_setting(mode: int) -> bool:
    return stat.S_ISDIR(mode) or mode & 0o222 != 0
