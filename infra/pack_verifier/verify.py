"""
Check an evidence pack of nambuoc: python3 -I verify.py PACK.zip [--vkey FILE].

Needs Python 3.9 or later and nothing else: no network, no product. It believes nothing
in the pack: each event must lead to the signed head of the log, each paper to the
digest in an event. Exit codes: 0 right, 5 wrong, 2 wrong call.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from infra.pack_verifier.evidence import Evidence, verify_pack
from infra.pack_verifier.members import OUTCOME
from infra.pack_verifier.tlog import PackError, read_key

_WRONG, _MISUSED = 5, 2


Told = tuple[str, str, str]
"""A mark (✔ checked, ! beware, - not checked), the sentence in Vietnamese, English."""


def sentences(found: Evidence) -> list[Told]:
    """Say what was checked, what is not proven, and what could not be checked."""
    story, head = found.story, found.head
    count, size, root = story.version, head.size, head.root.hex()
    return [
        (
            "✔",
            f"Hồ sơ {story.code}: {count} sự kiện, không hụt phiên bản nào.",
            f"Dossier {story.code}: {count} events, no version is missing.",
        ),
        (
            "✔",
            f"Từng sự kiện có trong sổ {head.origin}, cỡ {size}, gốc {root}.",
            f"Each event is in log {head.origin} of size {size} with that root.",
        ),
        (
            "✔",
            f"Đủ đến phiên bản {count} ở cỡ {size}; không loại trừ sự kiện về sau.",
            f"Complete to version {count} at size {size}; later events may exist.",
        ),
        *_of_papers(found),
        _of_key(found),
        (
            "-",
            "Chưa kiểm: chữ ký số và dấu thời gian trong PDF; giờ là giờ cơ quan ghi.",
            "Not checked: signatures and time stamps in PDFs; times are the office's.",
        ),
        (
            "-",
            "timeline.* chỉ để đọc; verify.py hãy lấy từ nguồn khác, không từ gói.",
            "timeline.* is for reading; take verify.py from elsewhere, not the pack.",
        ),
    ]


def _of_papers(found: Evidence) -> list[Told]:
    story, kept = found.story, len(found.story.papers) - len(found.erased)
    vi = f"{kept} giấy tờ đúng như mã băm trong sự kiện."
    told = [("✔", vi, f"{kept} papers are what the events say.")]
    if story.outcome is None:
        told.append(("-", "Chưa có kết quả đóng dấu.", "No sealed outcome yet."))
    elif story.outcome not in found.erased:
        vi = f"{OUTCOME} đúng là bản cơ quan đã đóng dấu."
        told.append(("✔", vi, f"{OUTCOME} is what the agency sealed."))
    for digest, document in sorted(found.erased.items()):
        vi = f"Giấy tờ {document} ghi là đã xóa; chỉ còn mã băm {digest}."
        told.append(("!", vi, f"Paper {document} is said to be erased."))
    return told


def _of_key(found: Evidence) -> Told:
    if found.key_known:
        vi = "Sổ ký bằng đúng khóa bạn đưa (--vkey)."
        return "✔", vi, "The log signed with the key that you gave (--vkey)."
    vi = f"KHÓA TRONG GÓI ({found.key}) CHƯA CHỨNG MINH GÌ cho đến khi bạn"
    en = "THE KEY INSIDE PROVES NOTHING until you compare it with one known"
    return (
        "!",
        f"{vi} so với khóa biết từ nguồn khác (--vkey TỆP).",
        f"{en} from elsewhere (--vkey FILE).",
    )


def main(words: list[str]) -> int:
    """Check the pack that the words name; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("pack", type=Path)
    parser.add_argument("--vkey", type=Path)
    asked = parser.parse_args(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        known = read_key(asked.vkey.read_bytes(), "--vkey") if asked.vkey else None
        asked.pack.open("rb").close()
    except (OSError, PackError) as error:
        sys.stderr.write(f"{error}\n")
        return _MISUSED
    try:
        found = verify_pack(asked.pack, known)
    except PackError as error:
        sys.stderr.write(f"SAI: {error.vi}\nWRONG: {error.en}\n")
        return _WRONG
    for mark, vi, en in sentences(found):
        sys.stdout.write(f"{mark} {vi}\n  {en}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
