"""
The command line: `nambuoc NOUN VERB …` (architecture §4).

Only the noun's own module is imported, so that `--help` answers at once; Prefect is
never imported here.
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from dossiers.errors import DossierError, MalformedError
from portal.faults import told, unforeseen
from portal.output import SPEECH, complain, say

if TYPE_CHECKING:
    from typer import Typer

NOUNS = {
    "demo": ("chạy thử trên hồ sơ thật", "run the main job on real records"),
    "server": ("bật, tắt, xem máy chủ", "start, stop and see the engine"),
    "dossier": ("hồ sơ: nộp, xem, làm năm bước", "dossiers: submit, show, advance"),
    "procedure": ("thủ tục: nhập, xem, công bố", "procedures: import, show, publish"),
    "audit": (
        "kiểm tra: dòng thời gian, chứng minh",
        "audit: timeline, verify, replay",
    ),
    "events": ("sự kiện: lược đồ, Kafka, xuất", "events: schema, Kafka, export"),
    "sign": ("ký số và kiểm tra chữ ký", "sign and verify"),
    "store": ("kho giấy tờ", "the document store"),
    "calendar": ("lịch làm việc và hạn", "working calendar and due dates"),
    "report": ("báo cáo", "reports"),
    "ops": ("vận hành: kẹt, đối soát", "operations: stuck, reconcile"),
    "bench": ("đo đạc", "benchmarks"),
}
_FLAGS = {"--json": "as_json", "--quiet": "quiet", "-q": "quiet"}
_VALUES = {
    "--lang": "lang",
    "--as": "actor",
    "--command-id": "command_id",
    "--expect": "expect",
}
EXIT_CODES = (
    "0 ok · 1 fault · 2 usage · 3 not found · 4 refused by rule · 5 verification failed"
    " · 6 conflict · 7 dependency down · 8 partly done · 9 indeterminate"
)


INTERRUPTED = 130


def main() -> None:
    """Run one command and exit with its code."""
    sys.excepthook = unforeseen
    os.umask(0o077)  # what lies in a home is its owner's alone
    try:
        code = run(sys.argv[1:])
    except DossierError as error:
        code = complain(error)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except OSError as error:
        code = complain(told(type(error), error))
    sys.exit(code)


def run(words: list[str]) -> int:
    """Run the command of these words; returns the exit code."""
    words = _take_common(words)
    if not words or words[0] in ("-h", "--help", "help"):
        _help()
        return 0 if words else 2
    noun = words[0]
    if noun not in NOUNS:
        known = ", ".join(NOUNS)
        vi = f"không có lệnh «{noun}»; có: {known}"
        raise MalformedError(vi, f"no command {noun!r}; there are: {known}")
    app = application(noun)
    code = import_module("portal.invoking").invoke(app, noun, words[1:] or ["--help"])
    return int(code) if words[1:] else 2


def application(noun: str) -> "Typer":
    """Load a noun with all its verbs; `NOUN_*.py` beside it add further ones."""
    app: Typer = import_module(f"portal.commands.{noun}").app
    for module in iter_modules([str(Path(__file__).parent / "commands")]):
        if module.name.startswith(f"{noun}_"):
            import_module(f"portal.commands.{module.name}")
    return app


def _take_common(words: list[str]) -> list[str]:
    """Take the options that every command knows, wherever they stand."""
    SPEECH.lang = "en" if os.environ.get("NAMBUOC_LANG") == "en" else "vi"
    left: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            setattr(SPEECH, _FLAGS[word], True)
        elif name in _VALUES:
            _set(name, value if equals else next(rest, ""))
        else:
            left.append(word)
    return left


def _set(option: str, value: str) -> None:
    if option == "--lang" and value not in ("vi", "en"):
        vi = f"--lang {value!r}: chọn vi hoặc en"
        raise MalformedError(vi, f"--lang {value!r}: choose vi or en")
    if option == "--expect":
        if not value.isdecimal():
            vi = f"--expect {value!r}: phải là số phiên bản"
            raise MalformedError(vi, f"--expect {value!r}: a version number")
        SPEECH.expect = int(value)
        return
    setattr(SPEECH, _VALUES[option], value)


def _help() -> None:
    lines = [
        say(
            "nambuoc: mỗi thủ tục hành chính qua năm bước",
            "nambuoc: every administrative procedure in five steps",
        ),
        "",
        "  nambuoc NOUN VERB … [--json] [--lang vi|en] [--quiet]",
        "",
        *(f"  {noun:<10} {say(*text)}" for noun, text in NOUNS.items()),
        "",
        say("Mã thoát: ", "Exit codes: ") + EXIT_CODES,
        "NAMBUOC_HOME, NAMBUOC_DATABASE_URL, NAMBUOC_LANG",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
