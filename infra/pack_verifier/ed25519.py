"""Ed25519 signatures (RFC 8032 §5.1.7), checked with plain integers: slow but alone."""

from __future__ import annotations

import hashlib

_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_SIGN_BIT = 255
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_Point = tuple[int, int, int, int]
"""Extended coordinates x, y, z and x·y/z (RFC 8032 §5.1.4)."""


def ed25519_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether these 64 bytes are the signature of that key (32 bytes) on a message."""
    if len(public) != _KEY_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    key, point = _point(public), _point(signature[:_KEY_BYTES])
    scalar = int.from_bytes(signature[_KEY_BYTES:], "little")
    if key is None or point is None or scalar >= _ORDER:
        return False
    hashed = hashlib.sha512(signature[:_KEY_BYTES] + public + message).digest()
    challenge = int.from_bytes(hashed, "little") % _ORDER
    left, right = _times(scalar, _BASE), _sum(point, _times(challenge, key))
    return all(
        (left[axis] * right[2] - right[axis] * left[2]) % _P == 0 for axis in (0, 1)
    )


def _point(packed: bytes) -> _Point | None:
    """Decode a point (RFC 8032 §5.1.3); None when there is no such point."""
    number = int.from_bytes(packed, "little")
    sign, y = number >> _SIGN_BIT, number & ((1 << _SIGN_BIT) - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if x * x % _P != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P


def _sum(one: _Point, two: _Point) -> _Point:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: _Point) -> _Point:
    total = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        factor >>= 1
    return total


def _base() -> _Point:
    found = _point((4 * pow(5, -1, _P) % _P).to_bytes(_KEY_BYTES, "little"))
    if found is None:
        raise AssertionError
    return found


_BASE = _base()
