"""Jobs that wait."""

import contextlib
import os

from layout import Root


def slot_of_job(root: Root, key: str) -> int | None:
    """The slot in whose inbox a job is; None where it is in none."""
    return next((slot for slot in root.slots() if os.path.exists(root.job(slot, key))), None)


def take_out(root: Root, slot: int, key: str) -> None:
    """Removes a job from an inbox, if it is there."""
    for path in (root.job(slot, key), root.slot(slot, 'inbox', f'{key}.start')):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
