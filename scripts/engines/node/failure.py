"""Expected errors."""


class Failure(Exception):
    """Bad input, a missing program, a full disk: printed as one line. Any other exception is a bug.

    The message names the thing, what was found, what is allowed, and what to do next.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class DiskFull(Failure):
    """A file could not be written for want of space, by the disk, a quota or a limit."""
