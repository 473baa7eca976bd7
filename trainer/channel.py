"""Messages between a run and its evaluator, and the memory in which tokens and logits lie.

A message is JSON after its length, 4 bytes. Either side may be hostile to the other's eyes: a message longer
than MESSAGE_BYTES or that is no object ends the conversation, and nothing else that arrives takes memory.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
from dataclasses import dataclass

from failure import Failure

VARIABLE = 'NIGHTSHIFT_EVALUATOR'  # holds the number of the socket's file descriptor
MESSAGE_BYTES = 2**16
SLOT_BYTES = 2**28  # of logits that are passed at a time, or one row
ROWS = 4096  # rows of a batch, at most
BYTES = {'float32': 4, 'bfloat16': 2, 'float16': 2}  # of a logit, by what torch calls its type


class Channel:
    """One end of the socket between a run and its evaluator."""

    def __init__(self) -> None:
        """The end that VARIABLE names. Raises Failure when it names no socket."""
        named = os.environ.get(VARIABLE, '')
        try:
            self.socket = socket.socket(fileno=os.dup(int(named)))
            self.socket.setblocking(True)
        except (ValueError, OSError) as error:
            raise Failure(
                f'{VARIABLE} is "{named}", which is no socket.', 'The harness sets it; unset it by hand.'
            ) from error

    def send(self, message: dict, descriptor: int | None = None) -> bool:
        """Sends a message, and a file descriptor with it. False: the other side has ended."""
        body = json.dumps(message).encode()
        whole = len(body).to_bytes(4, 'little') + body
        try:
            if descriptor is not None:
                socket.send_fds(self.socket, [whole[:1]], [descriptor])
                whole = whole[1:]
            self.socket.sendall(whole)
        except OSError:
            return False
        return True

    def receive(self) -> dict | None:
        """The next message; None when the other side has ended. Raises Failure for what is no message."""
        found = self.read(4)
        if found is None:
            return None
        size = int.from_bytes(found, 'little')
        body = self.read(size) if size <= MESSAGE_BYTES else b''
        if body is None:
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Failure(
                f'What came over {VARIABLE} is no message of the evaluation ({size:,} bytes).',
                'Only evaluate() of evaluation.py may use it.',
            )
        return message

    def receive_with_descriptor(self) -> tuple[dict | None, int | None]:
        """The next message, and the file descriptor that came with it."""
        try:
            first, descriptors, _, _ = socket.recv_fds(self.socket, 1, 1)
        except OSError:
            return None, None
        self.started = first
        return self.receive(), descriptors[0] if descriptors else None

    started = b''  # bytes of the next message that were read

    def read(self, size: int) -> bytes | None:
        """Exactly `size` bytes; None when the other side ends before."""
        found, self.started = bytearray(self.started), b''
        while len(found) < size:
            try:
                part = self.socket.recv(size - len(found))
            except OSError:
                return None
            if not part:
                return None
            found += part
        return bytes(found)


@dataclass(frozen=True)
class Layout:
    """Shared memory: the tokens of a batch, uint16 [rows, context], and two slots for logits."""

    rows: int
    context: int
    vocabulary: int

    @property
    def part(self) -> int:
        """Rows whose logits are passed at a time."""
        return max(min(SLOT_BYTES // (4 * self.context * self.vocabulary), self.rows), 1)

    @property
    def token_bytes(self) -> int:
        """Size of the tokens' area, whole pages."""
        return -(-2 * self.rows * self.context // mmap.PAGESIZE) * mmap.PAGESIZE

    @property
    def slot_bytes(self) -> int:
        """Size of one slot, for logits of fp32, whole pages."""
        return -(-4 * self.part * self.context * self.vocabulary // mmap.PAGESIZE) * mmap.PAGESIZE

    def slot(self, number: int) -> int:
        """Offset of the slot for the part with this number."""
        return self.token_bytes + number % 2 * self.slot_bytes

    @property
    def size(self) -> int:
        """All of it, in bytes."""
        return self.token_bytes + 2 * self.slot_bytes


def shared_memory(size: int) -> tuple[int, mmap.mmap]:
    """A file descriptor of memory that can be neither shrunk nor grown, and the memory.

    Were it shrunk, who reads it would be killed.
    """
    import fcntl

    descriptor = os.memfd_create('nightshift', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, size)
    shrink, grow, seal = 2, 4, 1  # F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL
    fcntl.fcntl(descriptor, getattr(fcntl, 'F_ADD_SEALS', 1033), shrink | grow | seal)
    return descriptor, mmap.mmap(descriptor, size)
