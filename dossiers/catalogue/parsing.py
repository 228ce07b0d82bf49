"""Bytes of one line → one JSON object, or the reason why not."""

import json
from collections import Counter
from decimal import Decimal

from dossiers.catalogue.findings import Reason

MAX_LINE = 1 << 20
"""Bytes of one record: seven times the largest the portal has sent (134 kB)."""
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60


class LineError(Exception):
    """A line that is no record: which reason, and what exactly."""

    def __init__(self, reason: Reason, detail: str = "", code: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.reason = reason
        self.detail = detail


def parse(raw: bytes) -> tuple[dict[str, object], bool]:
    """Parse strictly; tells whether a byte order mark was skipped; LineError."""
    marked = raw.startswith(_BOM)
    line = raw.removeprefix(_BOM).strip(b" \t\r\n")
    if not line:
        raise LineError(Reason.EMPTY_LINE)
    if len(line) > MAX_LINE:
        raise LineError(Reason.TOO_LONG, f"> {MAX_LINE} bytes")
    value = _decoded(line)
    if not isinstance(value, dict):
        raise LineError(Reason.NOT_AN_OBJECT, type(value).__name__)
    return value, marked


def _decoded(line: bytes) -> object:
    try:
        found: object = json.loads(
            line.decode(),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=Decimal,
        )
    except UnicodeDecodeError as error:
        raise LineError(Reason.NOT_UTF8, f"byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise LineError(Reason.NOT_JSON, f"{error.msg}, char {error.pos}") from None
    except RecursionError:
        raise LineError(Reason.TOO_DEEP) from None
    except (ValueError, ArithmeticError):  # more digits than Python agrees to read
        raise LineError(Reason.NOT_JSON, "number too long") from None
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise LineError(Reason.REPEATED_KEY, twice[:_SHOWN])
    return found


def _constant(name: str) -> object:
    raise LineError(Reason.NOT_A_NUMBER, name)
