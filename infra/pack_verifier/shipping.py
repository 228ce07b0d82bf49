"""The verifier as one file, made of the very modules that check packs here."""

import re
from pathlib import Path

_PARTS = ("ed25519", "tlog", "members", "evidence", "verify")
_FUTURE = "from __future__ import annotations\n"
_OURS = re.compile(r"^from infra\.[\w.]+ import (?:\([^)]*\)|.*)\n", re.MULTILINE)


def shipped() -> bytes:
    """Write `verify.py`: the modules one after the other, without their imports."""
    folder = Path(__file__).parent
    texts = [(folder / f"{name}.py").read_text("utf-8") for name in _PARTS]
    about = texts[-1].partition(_FUTURE)[0]
    parts = [_OURS.sub("", text.partition(_FUTURE)[2]) for text in texts]
    return f"#!/usr/bin/env python3\n{about}{_FUTURE}{''.join(parts)}".encode()
