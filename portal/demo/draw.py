"""Draws of the demo: the same seed and case always draw the same."""

import hashlib
import hmac
from typing import Literal

from dossiers.values import Channel

CHANNELS = {
    "Internet": Channel.ONLINE,
    "e-mail": Channel.ONLINE,
    "Desk": Channel.DIRECT,
    "Intern": Channel.DIRECT,
    "Post": Channel.POSTAL,
}
"""The log's channels and ours."""

Method = Literal["counter", "online", "post"]
_METHODS: dict[Channel, tuple[Method, Method, Method]] = {
    Channel.ONLINE: ("online", "counter", "post"),
    Channel.DIRECT: ("counter", "post", "online"),
    Channel.POSTAL: ("post", "counter", "online"),
}
_TENTHS = (0, 0, 0, 0, 0, 0, 0, 1, 1, 2)
"""How outcomes go back: seven in ten the first way of their channel, and so on."""


def draw(seed: bytes, case_id: str, what: str, below: int) -> int:
    """Draw a number from 0 to below it: HMAC-SHA256(seed, case and purpose)."""
    mac = hmac.new(seed, f"{what}\x1f{case_id}".encode(), hashlib.sha256)
    return int.from_bytes(mac.digest()) % below


def procedure(seed: bytes, case_id: str, count: int) -> int:
    """Draw which of so many published procedures the case asks for."""
    return draw(seed, case_id, "procedure", count)


def pool(cases: int) -> int:
    """Count the owners of so many cases: six for ten, rounded up."""
    return (6 * cases + 9) // 10


def owner(seed: bytes, case_id: str, place: int) -> int:
    """
    Draw the owner of the place-th case by arrival (from 1), out of the pool so far.

    It does not depend on how many cases follow, so a larger run keeps the owners.
    """
    return draw(seed, case_id, "owner", pool(place))


def method(seed: bytes, case_id: str, channel: Channel) -> Method:
    """Draw how the outcome goes back."""
    tenth = draw(seed, case_id, "method", len(_TENTHS))
    return _METHODS[channel][_TENTHS[tenth]]
