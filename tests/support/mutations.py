"""Files changed at random places: the same seed gives the same changes anywhere."""

import hashlib
from collections.abc import Iterator

_PIECES = (
    *(b"<<", b">>", b"(", b")", b"%", b"\n", b"obj", b"endobj", b"stream\n", b"/"),
    *(b"\nendstream", b"#", b"<", b">", b"[", b"]", b" 0 R", b"xref", b"%%EOF"),
    *(b"startxref", b"\\", b"\r", b"\0", b"trailer", b"/Length 9", b"4 0 obj", b"\xff"),
)


def mutations(content: bytes, seed: str, count: int) -> Iterator[bytes]:
    """Change a file in one to four places, `count` times over."""
    for number in range(count):
        yield _mutated(
            content, hashlib.shake_256(f"{seed}/{number}".encode()).digest(80)
        )


def _mutated(content: bytes, chance: bytes) -> bytes:
    dice = iter(memoryview(chance).cast("I"))
    changed = bytearray(content)
    for _ in range(next(dice) % 4 + 1):
        _change(changed, [next(dice) for _ in range(4)])
    return bytes(changed)


def _change(changed: bytearray, dice: list[int]) -> None:
    """Flip a bit, or cut, write, double or move a few bytes."""
    what, size = dice[0] % 6, dice[3] % 30 + 1
    here, there = (number % (len(changed) + 1) for number in dice[1:3])
    piece = _PIECES[dice[3] % len(_PIECES)]
    match what:
        case 0 if changed:
            changed[here % len(changed)] ^= 1 << dice[3] % 8
        case 1:
            changed[here:here] = piece
        case 2:
            del changed[here : here + size]
        case 3:
            changed[here:here] = changed[there : there + size]
        case 4:
            changed[here : here + len(piece)] = piece
        case _:
            moved = changed[here : here + size]
            del changed[here : here + size]
            changed[there:there] = moved
