"""Reads the keys of one record without trusting any, and notes what is odd."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from dossiers.catalogue.findings import Finding, Kind, Reason
from dossiers.catalogue.parsing import LineError
from dossiers.codes import normalize_code
from dossiers.procedure import Original

MAX_ROWS = 2000
"""Rows of one list; the longest real one has under 100."""
MAX_NAME = 4000
MAX_PROSE = 20_000
MAX_NUMBER = 10**13
Record = dict[str, object]

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DIGITS = re.compile(r"\s*[0-9]{1,13}(\.[0-9]{1,6})?\s*")
_BROKEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class Reader:
    """Collects findings and original texts while one record is read."""

    line: int
    code: str
    findings: list[Finding] = field(default_factory=list)
    originals: list[Original] = field(default_factory=list)
    texts: dict[Kind, list[str]] = field(default_factory=dict)

    def note(self, path: str, kind: Kind, value: object = "") -> None:
        """Remember a finding."""
        shown = _BROKEN.sub("\ufffd", str(value))
        self.findings.append(Finding(self.line, self.code, path, kind, shown))

    def name(self, record: Record, key: str, path: str) -> str:
        """Read a one-line text: NFC, blanks folded; the original is kept."""
        given = self._text(record, key, path, MAX_NAME)
        visible = _INVISIBLE.sub("", given)
        tidy = " ".join(unicodedata.normalize("NFC", visible).split())
        if tidy != given:
            self.originals.append(Original(path=path, text=given))
        return tidy

    def code_of(self, row: Record, path: str) -> str:
        """Read the code of a component or result, written one way; original kept."""
        tidy = self.name(row, "code", f"{path}.code")
        code = normalize_code(tidy)
        if code != tidy:
            self.originals.append(Original(path=f"{path}.code", text=tidy))
        return code

    def prose(self, record: Record, key: str, path: str) -> str:
        """Read a longer text as it came; only blanks at the ends are cut."""
        return self._text(record, key, path, MAX_PROSE).strip()

    def _text(self, record: Record, key: str, path: str, most: int) -> str:
        given = record.get(key)
        if not isinstance(given, str):
            if given is not None:
                self.note(path, Kind.TYPE_WRONG, type(given).__name__)
            return ""
        if len(given) > most:
            self.note(path, Kind.NAME_LENGTH, f"{len(given)} > {most}")
        whole = given[:most]
        for kind, found in _oddities(whole):
            if found:
                self.texts.setdefault(kind, []).append(path)
        return _BROKEN.sub("\ufffd", whole)

    def close(self) -> tuple[Finding, ...]:
        """Sum up what was odd about texts, one finding a kind."""
        for kind, paths in self.texts.items():
            self.note(paths[0], kind, f"{len(paths)}x")
        self.texts = {}
        return tuple(self.findings)

    def rows(self, record: Record, key: str, path: str) -> Iterator[tuple[str, Record]]:
        """Walk through a list of objects; LineError when it is absurdly long."""
        given = record.get(key)
        if given is not None and not isinstance(given, list):
            self.note(path, Kind.TYPE_WRONG, type(given).__name__)
        listed = given if isinstance(given, list) else []
        if len(listed) > MAX_ROWS:
            raise LineError(Reason.TOO_MANY_ROWS, f"{path}: {len(listed)} > {MAX_ROWS}")
        for number, row in enumerate(listed, 1):
            place = f"{path}[{number}]"
            if isinstance(row, dict):
                yield place, row
            else:
                self.note(place, Kind.TYPE_WRONG, type(row).__name__)

    def object(self, record: Record, key: str, path: str) -> Record:
        """Read an object; empty when it is absent or something else."""
        given = record.get(key)
        if given is None or isinstance(given, dict):
            return given or {}
        self.note(path, Kind.TYPE_WRONG, type(given).__name__)
        return {}

    def flag(self, record: Record, key: str) -> bool:
        """Read a flag; only a true `true` is true."""
        given = record.get(key)
        if given is not None and not isinstance(given, bool):
            self.note(key, Kind.TYPE_WRONG, type(given).__name__)
        return given is True


def number(given: object) -> Decimal | None:
    """Read a finite, sane number from a number or a text of digits, else None."""
    if isinstance(given, str) and _DIGITS.fullmatch(given):
        given = Decimal(given.strip())
    if isinstance(given, bool) or not isinstance(given, int | Decimal):
        return None
    found = Decimal(given)
    sane = found.is_finite() and abs(found) <= MAX_NUMBER and found == round(found, 6)
    return found if sane else None


def plain(value: Decimal) -> str:
    """Write a number without exponent and trailing zeros: `7.5`, `20`."""
    return f"{value.normalize():f}"


def _oddities(text: str) -> Iterator[tuple[Kind, bool]]:
    yield Kind.TEXT_NOT_NFC, not unicodedata.is_normalized("NFC", text)
    blanks = re.search("[\t\u00a0\u2000-\u200a\u3000]", text)
    yield Kind.TEXT_BLANKS, blanks is not None or text != text.strip(" ")
    yield Kind.TEXT_INVISIBLE, _INVISIBLE.search(text) is not None
    yield Kind.TEXT_BROKEN, _BROKEN.search(text) is not None
