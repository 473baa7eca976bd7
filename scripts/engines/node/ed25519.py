"""Signatures by RFC 8032, because the standard library of Python has none.

Takes some milliseconds, and not the same time for each key: for keys that sign the files of one run.
"""

import hashlib
from typing import NamedTuple

_p = 2**255 - 19
# Order of the base point.
_order = 2**252 + 27742317777372353535851937790883648493
_d = -121665 * pow(121666, -1, _p) % _p


class _Point(NamedTuple):
    """A point in extended coordinates: x = X / Z, y = Y / Z, x y = T / Z."""

    x: int
    y: int
    z: int
    t: int


def public_key(seed: bytes) -> bytes:
    """The public key, 32 bytes, of a secret key, 32 bytes."""
    scalar, _ = _expanded(seed)
    return _encoded(_times(scalar, _base))


def signature(message: bytes, seed: bytes) -> bytes:
    """The signature, 64 bytes, of a message by a secret key, 32 bytes."""
    scalar, prefix = _expanded(seed)
    nonce = _number(prefix, message)
    commitment = _encoded(_times(nonce, _base))
    challenge = _number(commitment, _encoded(_times(scalar, _base)), message)
    return commitment + ((nonce + challenge * scalar) % _order).to_bytes(32, 'little')


def _expanded(seed: bytes) -> tuple[int, bytes]:
    """The secret scalar and the prefix of what makes nonces."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], 'little')
    # The cofactor's three bits are 0, and the highest bit is the same for all.
    scalar = scalar & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b''.join(parts)).digest(), 'little') % _order


def _sum(a: _Point, b: _Point) -> _Point:
    """Also of a point with itself: the formula has no exceptions on this curve."""
    minus = (a.y - a.x) * (b.y - b.x) % _p
    plus = (a.y + a.x) * (b.y + b.x) % _p
    ts = 2 * a.t * b.t * _d % _p
    zs = 2 * a.z * b.z % _p
    e, f, g, h = plus - minus, zs - ts, zs + ts, plus + minus
    return _Point(e * f % _p, g * h % _p, f * g % _p, e * h % _p)


def _times(scalar: int, point: _Point) -> _Point:
    result = _Point(0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = _sum(result, point)
        point = _sum(point, point)
        scalar >>= 1
    return result


def _encoded(point: _Point) -> bytes:
    """32 bytes: y, and in the highest bit whether x is odd."""
    inverse = pow(point.z, -1, _p)
    x, y = point.x * inverse % _p, point.y * inverse % _p
    return (y | (x & 1) << 255).to_bytes(32, 'little')


def _base_point() -> _Point:
    """The point with y = 4/5 and an even x: x² = (y² - 1) / (d y² + 1)."""
    y = 4 * pow(5, -1, _p) % _p
    square = (y * y - 1) * pow(_d * y * y + 1, -1, _p) % _p
    x = pow(square, (_p + 3) // 8, _p)
    if x * x % _p != square:
        x = x * pow(2, (_p - 1) // 4, _p) % _p
    if x & 1:
        x = _p - x
    return _Point(x, y, 1, x * y % _p)


_base = _base_point()
