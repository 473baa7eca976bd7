"""Files that the harness can tell from those of a run: `signed` of scripts/engines/local/signature.ts."""

import base64
import binascii
import json

import ed25519
from failure import Failure

# PKCS#8 of an Ed25519 key (RFC 8410) before its 32 bytes.
_head = bytes.fromhex('302e020100300506032b657004220420')


def signed(value: object, key: str) -> str:
    """A file's text that holds a value and its signature by a key (PKCS#8, DER in base64).

    Raises Failure for what is no key.
    """
    text = json.dumps(value, allow_nan=False, separators=(',', ':'))
    signature = ed25519.signature(text.encode(), _seed(key))
    return json.dumps(
        {'text': text, 'signature': base64.b64encode(signature).decode()}, separators=(',', ':')
    )


def _seed(key: str) -> bytes:
    try:
        data = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        data = b''
    if len(data) != len(_head) + 32 or not data.startswith(_head):
        raise Failure(
            'The key of the job is no Ed25519 key (PKCS#8, DER in base64): the harness makes one.', 2
        )
    return data[len(_head) :]
