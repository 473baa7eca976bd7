"""The verb `listen`: calls verbs for one caller, one after another, without a start of Python for each.

A call is a line of JSON, {args, bytes}, and so many bytes of input; its answer is {code, said, bytes}, and
so many bytes of output. Ends with its standard input, so that it does not outlive its caller.
"""

import io
import json
import sys
import traceback

from arguments import read_arguments
from dispatch import call_verb


def main(arguments: list[str]) -> None:
    """Raises Failure."""
    read_arguments('listen', arguments, values=[])
    calls, answers = sys.stdin.buffer, sys.stdout.buffer
    while line := calls.readline():
        call = json.loads(line)
        code, said, output = _call(call['args'], calls.read(call['bytes']))
        answers.write(json.dumps({'code': code, 'said': said, 'bytes': len(output)}).encode() + b'\n')
        answers.write(output)
        answers.flush()


def _call(arguments: list[str], given: bytes) -> tuple[int, str, bytes]:
    """Exit code, what it wrote on standard error, and its output."""
    own = sys.stdin, sys.stdout, sys.stderr
    output, said = io.BytesIO(), io.StringIO()
    sys.stdin, sys.stdout, sys.stderr = _text(io.BytesIO(given)), _text(output), said
    try:
        code = call_verb(arguments)
    except Exception:
        # A mistake of ours; it ends this call, as it would end a process of its own.
        code = 1
        traceback.print_exc()
    printed = output.getvalue()
    sys.stdin, sys.stdout, sys.stderr = own
    return code, said.getvalue()[-_most:], printed


# Characters of what is passed on of standard error.
_most = 8000


def _text(data: io.BytesIO) -> io.TextIOWrapper:
    return io.TextIOWrapper(data, encoding='utf-8', write_through=True)
