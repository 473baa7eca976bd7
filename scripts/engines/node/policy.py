"""What a run in a sandbox may do, as lib/sandbox/policy.ts has it.

Its rules are for the paths that differ from "readable, not writable". Paths are
resolved here and not by the harness, as links, and what is there, are the node's.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import Literal, TypedDict

from failure import Failure

Access = Literal['write', 'read', 'hide', 'tmp']


class Policy(TypedDict):
    """As `Policy` in lib/sandbox/policy.ts, without a relay."""

    writable: list[str]
    hidden: list[str]
    readable: list[str]
    home: str
    tmp: str
    network: Literal['local', 'none', 'all']


@dataclass(frozen=True)
class Rule:
    """A path at which access differs from that of the folder around it. Resolved: it goes through no link."""

    path: str
    # tmp: a folder of temporary files outside, which is hidden, or replaced by that of the policy
    access: Access
    is_folder: bool


# What stays of /run without a network: programs and drivers of NixOS, and the driver's sockets of NVIDIA.
NEEDED_OF_RUN = (
    'opengl-driver',
    'opengl-driver-32',
    'current-system',
    'wrappers',
    'booted-system',
    'nvidia-persistenced',
    'nvidia-fabricmanager',
)

# By the access around a path. What is writable is readable, and what is hidden in /tmp is not there.
CHANGES_NOTHING: dict[Access, tuple[Access, ...]] = {
    'read': ('read',),
    'write': ('read', 'write'),
    'hide': ('hide',),
    'tmp': ('hide', 'tmp'),
}

# They name the folder of temporary files itself.
TEMPORARY_VARIABLES = ('TMPDIR', 'TMP', 'TEMP')


def rules_of(policy: Policy) -> list[Rule]:
    """Rules from the outermost path to the innermost, so that each holds inside those before it.

    Raises Failure when a path must exist and does not, or a hidden one lies inside a writable one.
    """
    is_offline = policy['network'] == 'none'
    hidden = [*policy['hidden'], *(['/run'] if is_offline else [])]
    readable = [*policy['readable'], *(f'/run/{name}' for name in NEEDED_OF_RUN if is_offline)]
    kinds: list[tuple[list[str], Access]] = [
        (hidden, 'hide'),
        (temporary_folders(), 'tmp'),
        (readable, 'read'),
        (policy['writable'], 'write'),
    ]
    # The last one of the same path counts: writable before readable before hidden.
    by_path: dict[str, Rule] = {}
    for paths, access in kinds:
        for path in paths:
            rule = _rule(path, access)
            if rule is not None:
                by_path[rule.path] = rule
            elif access == 'write':
                raise Failure(f'The sandbox cannot make {path} writable: it is not there')
    rules: list[Rule] = []
    for rule in sorted(by_path.values(), key=lambda each: _depth(each.path)):
        inside = (each.access for each in reversed(rules) if contains(each.path, rule.path))
        around = next(inside, 'read')
        if rule.access == 'hide' and around == 'write':
            raise Failure(
                f'The sandbox cannot hide {rule.path}, which lies inside a folder that it lets a run write to'
            )
        if rule.access not in CHANGES_NOTHING[around]:
            rules.append(rule)
    return rules


def named_in(env: dict[str, str], hidden: list[str]) -> list[str]:
    """Paths in folders of temporary files that a run's variables name, such as PATH and a folder of data.

    Of the node, as a scheduler sets some when an allocation begins, and /tmp may be a link.
    """
    folders = temporary_folders()
    values = {
        value: None
        for name, text in env.items()
        if name not in TEMPORARY_VARIABLES
        for value in text.split(os.pathsep)
    }
    return [
        path
        for path in values
        if os.path.isabs(path)
        and any(contains(folder, path) and not contains(path, folder) for folder in folders)
        and not any(contains(folder, path) for folder in hidden)
        and _is_there(path)
    ]


def temporary_folders() -> list[str]:
    """Folders of temporary files outside, resolved."""
    found = [_resolved(path) for path in ('/tmp', '/var/tmp')]
    return list(dict.fromkeys(each[0] for each in found if each is not None))


def contains(folder: str, path: str) -> bool:
    """Whether an absolute path is a folder or inside it, by their names alone."""
    folder, path = os.path.normpath(folder), os.path.normpath(path)
    return path == folder or path.startswith(folder.rstrip('/') + '/')


def _rule(path: str, access: Access) -> Rule | None:
    found = _resolved(path)
    return None if found is None else Rule(found[0], access, found[1])


def _resolved(path: str) -> tuple[str, bool] | None:
    """The path, and whether it is a folder; None where there is nothing that this user can reach."""
    try:
        real = os.path.realpath(path, strict=True)
        return real, stat.S_ISDIR(os.lstat(real).st_mode)
    except (OSError, ValueError):
        return None


def _is_there(path: str) -> bool:
    # A value may hold what no path can.
    try:
        return os.path.exists(path)
    except ValueError:
        return False


def _depth(path: str) -> int:
    return sum(name != '' for name in path.split('/'))
