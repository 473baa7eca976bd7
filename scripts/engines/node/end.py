"""The verb `end`: the worker of a slot ends once it has no run."""

import os

from arguments import read_arguments
from layout import root_of, slot_of


def main(arguments: list[str]) -> None:
    """The next `submit` to the slot takes it back. Raises Failure."""
    given = read_arguments('end', arguments, values=['ROOT', 'SLOT'])
    root, slot = root_of(given.values[0]).make(), slot_of(given.values[1])
    root.make_slot(slot)
    os.close(os.open(root.slot(slot, 'end'), os.O_WRONLY | os.O_CREAT, 0o600))
