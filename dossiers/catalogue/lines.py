"""Streams a catalogue file, plain or gzip, line by line; bad lines stand alone."""

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from dossiers.catalogue.findings import Finding, Kind, Reason, Refused
from dossiers.catalogue.parsing import MAX_LINE
from dossiers.catalogue.record import Draft, read_record

MAX_TOTAL = 1 << 30
"""Bytes of one file, decompressed: the whole catalogue of 5,670 is about 0.15 GB."""
_GZIP = b"\x1f\x8b"
_PIECE = 1 << 16


def import_lines(file: BinaryIO) -> Iterator[Draft | Refused]:
    """
    Read every line of a seekable `.jsonl` or `.jsonl.gz` (told by its first bytes).

    Yields one answer a line, in order. Broken compression and a file beyond
    MAX_TOTAL end it with one refusal; what was readable before stays.
    """
    first: dict[tuple[str, str], tuple[int, str]] = {}
    for number, raw in enumerate(_lines(file), 1):
        if isinstance(raw, Reason):
            yield Refused(number, "", raw)
            continue
        answer = read_record(number, raw)
        yield answer if isinstance(answer, Refused) else _compared(answer, first)


def _compared(draft: Draft, first: dict[tuple[str, str], tuple[int, str]]) -> Draft:
    procedure = draft.procedure
    key = (procedure.code, procedure.issuer)
    line, digest = first.setdefault(key, (draft.line, procedure.digest))
    if line == draft.line:
        return draft
    same = "same content" if digest == procedure.digest else "other content"
    value = f"{procedure.reference}, line {line}, {same}"
    again = Finding(draft.line, procedure.code, "code", Kind.RECORD_REPEATED, value)
    return Draft(draft.line, procedure, (*draft.findings, again))


def _lines(file: BinaryIO) -> Iterator[bytes | Reason]:
    packed = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if packed else file
    total = 0
    while True:
        try:
            raw, size = _line(source)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            yield Reason.COMPRESSION
            return
        total += size
        if not size:
            return
        if total > MAX_TOTAL:
            yield Reason.TOO_LARGE
            return
        yield raw


def _line(source: BinaryIO | gzip.GzipFile) -> tuple[bytes | Reason, int]:
    """Read one line and its length; of one that is too long keep nothing."""
    raw = source.readline(MAX_LINE + 1)
    size = len(raw)
    if size <= MAX_LINE:
        return raw, size
    while raw and not raw.endswith(b"\n") and size <= MAX_TOTAL:
        raw = source.readline(_PIECE)
        size += len(raw)
    return Reason.TOO_LONG, size
