"""File names as people give them: kept for reading, never used as a path."""

import re
import unicodedata

_LONGEST = 200


def clean_name(name: str) -> str:
    """Last segment of a name in NFC, without control and direction characters."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    return shown.strip(" .")[-_LONGEST:]


def extension_of(name: str) -> str:
    """Extension of a cleaned name in lower case, without the dot; "" when none."""
    stem, dot, extension = clean_name(name).rpartition(".")
    return extension.lower() if dot and stem else ""
