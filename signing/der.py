"""Just enough DER to write CMS by hand (X.690); reading is left to asn1crypto."""

SEQUENCE = 0x30
SET = 0x31
OCTET_STRING = 0x04
INTEGER = 0x02
CONTEXT_0 = 0xA0
CONTEXT_1 = 0xA1
LONGEST_SHORT = 0x7F  # bytes whose number fits the length octet itself


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return the parts as one value under a tag, length in the shortest form."""
    content = b"".join(parts)
    size = len(content)
    if size <= LONGEST_SHORT:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def set_of(*members: bytes, tag: int = SET) -> bytes:
    """Return a SET OF: its members in ascending order of their bytes."""
    return tlv(tag, *sorted(members))


def integer(value: int) -> bytes:
    """Return a non-negative INTEGER."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))
