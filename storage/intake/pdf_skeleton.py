"""
The skeleton of a PDF (ISO 32000): its structure without strings, comments and streams.

The whole file is read in order, not along its cross-references: whatever a reader could
reach is seen, also what older revisions held. What only *looks* like an object, inside
a string, a comment or a stream, is reported: cross-references could point at it.
"""

import re
from dataclasses import dataclass, field

from storage.intake.verdict import Kind

WHITE = b"\0\t\n\x0c\r "
W = rb"[\x00\t\n\x0c\r ]"
NAME_END = rb"(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
_MOST_TOKENS = 400_000
_DEEPEST = 500
_END = b"%%EOF"
_TOKEN = re.compile(
    rb"\((?:[^()\\]++|\\.)*+\)|\(|%[^\r\n]*+|endobj|obj|stream", re.DOTALL
)
_IN_STRING = re.compile(rb"[()]|\\.", re.DOTALL)
_STRING_OR_COMMENT = re.compile(rb"\((?:[^()\\]++|\\.)*+\)|\(|%[^\r\n]*+", re.DOTALL)
_HEX_STRING = re.compile(rb"<[0-9A-Fa-f\x00\t\n\x0c\r ]*+>")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMBER = re.compile(rb"([0-9]{1,10})" + W + rb"+[0-9]{1,10}" + W + rb"*\Z")
# "7 0 obj", or `obj` first on its line, when a comment may stand before it.
_HEADER = re.compile(
    rb"(?:[0-9]W+|\AW*)[0-9]{1,10}W*\Z|[\r\n]W*[0-9]{0,10}W*\Z".replace(b"W", W)
)
_OBJ = re.compile(rb"obj(?![A-Za-z_])")
_LETTER = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/#_")
_DELIMITER = frozenset(b"\0\t\n\x0c\r ()<>[]{}/%")
_TRAILER = re.compile(
    rb"trailer" + W + rb"*+<<(?:[^<>]++|<<(?:[^<>]++|<[^<>]*+>)*+>>|<[^<>]*+>)*+>>"
)
_BETWEEN = re.compile(rb"(?:[\x00\t\n\x0c\r 0-9fn]++|startxref|xref)*+")


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream: its dictionary and where its body begins and ends."""

    head: bytes
    start: int
    end: int


@dataclass(slots=True)
class Skeleton:
    """Numbered objects, the text between them, streams, and what is wrong."""

    objects: list[tuple[int, bytes]] = field(default_factory=list)
    between: list[bytes] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    flaws: set[Kind] = field(default_factory=set)


def skeleton_of(content: bytes) -> Skeleton:
    """Read a whole PDF in order; never raises."""
    walk = _Walk(content)
    walk.run()
    found = walk.skeleton
    found.flaws |= _junk(found.between) | _hidden(content, walk.headers)
    text = b"\n".join([*(body for _, body in found.objects), *found.between])
    if has_stray_bracket(text):
        found.flaws.add(Kind.DAMAGED)
    return found


def plain(text: bytes) -> bytes | None:
    """Take strings and comments out of one object; None when one does not end."""
    parts, kept = list[bytes](), 0
    while token := _STRING_OR_COMMENT.search(text, kept):
        start, end = token.span()
        is_string = text.startswith(b"(", start)
        closed = end
        if is_string and end - start == 1:
            closed = end_of_string(text, start) or 0
        if not closed or (not is_string and end == len(text)):
            return None
        parts += (text[kept:start], b"()" if is_string else b" ")
        kept = closed
    return b"".join(parts) + text[kept:]


def end_of_string(text: bytes, start: int) -> int | None:
    """Find the end of a literal string with nested parentheses."""
    depth = 0
    for token in _IN_STRING.finditer(text, start):
        depth += {b"(": 1, b")": -1}.get(token[0], 0)
        if not depth:
            return token.end()
        if depth > _DEEPEST:
            break
    return None


def unescaped(text: bytes) -> bytes:
    """Decode the #xx of names; a delimiter so written stays inside its name."""
    if b"#" not in text:
        return text
    return _ESCAPE.sub(_decoded, text)


def _decoded(escape: re.Match[bytes]) -> bytes:
    code = int(escape[1], 16)
    return b"_" if code in _DELIMITER else bytes([code])


def has_stray_bracket(text: bytes) -> bool:
    """Whether a hex string or dictionary is malformed."""
    rest = _HEX_STRING.sub(b"", text.replace(b"<<", b" ")).replace(b">>", b"")
    return b"<" in rest or b">" in rest


def _junk(between: list[bytes]) -> set[Kind]:
    """Between objects lie cross-references and trailers, and nothing else."""
    found, ended = set[Kind](), False
    for text in between:
        for place, part in enumerate(text.split(_END)):
            ended = ended or place > 0
            rest = _TRAILER.sub(b"", part) if b"trailer" in part else part
            if not _BETWEEN.fullmatch(rest):
                found.add(Kind.BYTES_AFTER if ended else Kind.DAMAGED)
    return found


def _hidden(content: bytes, headers: set[int]) -> set[Kind]:
    """Look for object headers that the walk did not meet as such."""
    for token in _OBJ.finditer(content):
        start = token.start()
        if start in headers or content[start - 1] in _LETTER:
            continue
        if _HEADER.search(content[max(0, start - 64) : start]):
            return {Kind.HIDDEN_OBJECT}
    return set()


class _Walk:
    """One pass over a file; `kept` is where text not yet taken over begins."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.skeleton = Skeleton()
        self.headers = set[int]()
        self.parts = list[bytes]()
        self.kept = self.place = 0
        self.number: int | None = None

    def run(self) -> None:
        for _ in range(_MOST_TOKENS):
            token = _TOKEN.search(self.content, self.place)
            if token is None:
                self.close(len(self.content))
                return
            self.place = token.end()
            self.take(*token.span())
        self.skeleton.flaws.add(Kind.TOO_COMPLEX)

    def take(self, start: int, end: int) -> None:
        match self.content[start : start + 1]:
            case b"(":
                self.string(start, end)
            case b"%":
                self.comment(start, end)
            case first if self.is_word(start, end):
                act = {b"e": self.close, b"o": self.header, b"s": self.stream}[first]
                act(start)
            case _:
                return

    def comment(self, start: int, end: int) -> None:
        if self.number is None and self.content.startswith(_END, start):
            # typst ends without a newline and pyHanko goes on in the same line.
            self.cut(start, start + len(_END), b" %%EOF ")
        else:
            self.cut(start, end, b" ")

    def string(self, start: int, end: int) -> None:
        closed = end if end - start > 1 else end_of_string(self.content, start)
        if closed is None:
            # The rest of the file is read as structure: no name in it is missed.
            self.skeleton.flaws.add(Kind.DAMAGED)
            self.place = len(self.content)
            return
        self.cut(start, closed, b"()")

    def cut(self, start: int, end: int, instead: bytes) -> None:
        self.parts += (self.content[self.kept : start], instead)
        self.kept = self.place = end

    def is_word(self, start: int, end: int) -> bool:
        before, after = self.content[start - 1], self.content[end : end + 1]
        if before in _LETTER:
            return False
        return (
            not after or after[0] in _DELIMITER or self.content.startswith(b"o", start)
        )

    def close(self, at: int) -> None:
        text = b"".join(self.parts) + self.content[self.kept : at]
        if self.number is None:
            self.skeleton.between.append(text)
        else:
            self.skeleton.objects.append((self.number, unescaped(text)))
        self.number, self.parts, self.kept = None, [], self.place

    def header(self, start: int) -> None:
        before = b"".join(self.parts[-4:]) + self.content[self.kept : start]
        self.close(start)
        self.headers.add(start)
        number = _NUMBER.search(before[-64:])
        if number is None:
            self.skeleton.flaws.add(Kind.DAMAGED)
        self.number = int(number[1]) if number else -1

    def stream(self, start: int) -> None:
        if self.number is None:
            self.skeleton.flaws.add(Kind.DAMAGED)
            return
        head = b"".join(self.parts) + self.content[self.kept : start]
        whole = head.count(b"<<") == head.count(b">>")
        if not whole or not head.rstrip(WHITE).endswith(b">>"):
            # What follows is read as structure outside any object.
            self.skeleton.flaws.add(Kind.DAMAGED)
            self.close(start)
            return
        end = self.content.find(b"endstream", self.place)
        if end < 0:
            self.skeleton.flaws.add(Kind.TRUNCATED)
            end = len(self.content)
        body = self.place + (self.content[self.place : self.place + 1] == b"\r")
        body += self.content[body : body + 1] == b"\n"
        self.skeleton.streams.append(Stream(unescaped(head), body, end))
        self.parts, self.kept = [head, b" "], end + 9
        self.place = self.kept
        following = self.content[self.kept : self.kept + 64].lstrip(WHITE)
        if not following.startswith(b"endobj"):
            self.skeleton.flaws.add(Kind.DAMAGED)
            self.close(self.place)
