"""Lines of standard output that the harness finds again, whatever else is printed there."""

import base64
import hashlib
import json
import re
import sys
import zlib

from failure import Failure

# Characters of a line: of a file that several processes append to, it is then written in one piece.
_width = 2000


class Speaker:
    """Writes marked lines. `token`: what only this program and the harness know."""

    def __init__(self, token: object) -> None:
        """Raises Failure."""
        if not isinstance(token, str) or re.fullmatch(r'[0-9a-f]{32,128}', token) is None:
            raise Failure('The request has no token.')
        self._token = token

    def say(self, word: str, value: object) -> None:
        """One line of JSON."""
        self._line(word, json.dumps(value))

    def said(self, data: bytes) -> None:
        """Output of a command, line by line."""
        for line in data.decode('utf-8', 'replace').splitlines():
            self.say('said', line[:_width])

    def block(self, kind: str, content: bytes) -> None:
        """Content of any size, which is known to be whole."""
        packed = zlib.compress(content)
        text = base64.b64encode(packed).decode()
        self.say('block', {'kind': kind, 'bytes': len(packed), 'sha256': hashlib.sha256(packed).hexdigest()})
        for at in range(0, len(text), _width):
            self._line('data', text[at : at + _width])
        self._line('end', kind)

    def _line(self, word: str, text: str) -> None:
        sys.stdout.write(f'nightshift-{self._token} {word} {text}\n')
        sys.stdout.flush()
